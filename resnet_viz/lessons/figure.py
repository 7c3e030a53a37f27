"""What a lesson shows: one of these figures, of its scene. Whoever draws them matches all, and the type checker sees that."""

from __future__ import annotations

from dataclasses import dataclass

from ..picture.layout import WHOLE, Place
from .scene import Scene


@dataclass(frozen=True)
class Picture:
    """The network at a place, with the step ``select`` marked."""

    scene: Scene
    place: Place = WHOLE
    select: str | None = None
    worked: bool = True  # an operation with an example's numbers under it
    blanks: tuple[str, ...] = ()  # the steps whose shape the reader is to find: the picture shows question marks for it


@dataclass(frozen=True)
class Beside:
    """Two networks in one scale."""

    scene: Scene
    other: Scene


@dataclass(frozen=True)
class Bars:
    """Two bars for each quantity: ``(quantity, ((name, value), …))``."""

    scene: Scene
    bars: tuple[tuple[str, tuple[tuple[str, float], ...]], ...]


@dataclass(frozen=True)
class Curves:
    """What comes out for each side that comes in: ``(name, a value for each side from 1 up)``; ``at`` is marked."""

    scene: Scene
    curves: tuple[tuple[str, tuple[int, ...]], ...]
    at: int


@dataclass(frozen=True)
class Reads:
    """The cells of its input that a step reads."""

    scene: Scene
    step: str


@dataclass(frozen=True)
class Unfolded:
    """One filter of a conv, channel by channel."""

    scene: Scene
    conv: str


@dataclass(frozen=True)
class Field:
    """What the middle cell of a step sees of the image."""

    scene: Scene
    step: str


@dataclass(frozen=True)
class Failure:
    """A block without its projection, and PyTorch's own error."""

    scene: Scene
    block: str


@dataclass(frozen=True)
class Training:
    """Training accuracy after each epoch, a panel a depth: ``(depth, residual, seed, values)``; ``said`` tells its source."""

    scene: Scene
    curves: tuple[tuple[int, bool, int, tuple[float, ...]], ...]
    said: str


@dataclass(frozen=True)
class Maps:
    """What a conv of the trained network makes of a drawing: a filter's weights; once known, its maps and one number."""

    scene: Scene
    drawing: str
    step: str
    channel: int
    cell: tuple[int, int]


@dataclass(frozen=True)
class Added:
    """What a block of the trained network carries over and adds; once known, how much each block adds, and does."""

    scene: Scene
    drawing: str
    block: str


@dataclass(frozen=True)
class Starts:
    """The gradient's size at each layer before training, with shortcuts and without, for a depth that the reader chooses."""

    scene: Scene
    depth: int


Single = Picture | Bars | Curves | Reads | Unfolded | Failure | Training  # one figure that is the lesson's alone
Real = Maps | Added | Starts  # real tensors, computed when they are shown
View = Single | Beside | Field | Real
