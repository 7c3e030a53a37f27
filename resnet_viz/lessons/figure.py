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


Single = Picture | Bars | Curves | Reads | Unfolded | Failure  # one figure that is the lesson's alone
View = Single | Beside | Field
