"""What a picture is made of: volumes, lines, words and signs, and how much room a text takes.

One unit is one CSS pixel. y grows upwards; the main path runs along y = 0. How large a volume is drawn says
:mod:`.measure`.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Literal, NamedTuple

from ...steps import Shape, Step
from ...why.shape import text

LinkKind = Literal["main", "identity", "projection", "zero-pad", "gate", "skip"]
PlusForm = Literal["sum", "gate", "concat"]
SignForm = Literal["raised", "silent", "maybe"]  # an error here, a wrong shape from here on, a place that an error fits
MarkForm = Literal["conv", "pool", "norm"]

BLANK = "?×?×?"  # a shape that the reader is to find
FONT = 12.0  # px of the smallest label
CHAR = 0.57 * FONT  # a generous mean advance of a sans-serif at that size
LINE = 1.35 * FONT
GAP = 20.0  # between volumes: room for the addition sign


@dataclass(frozen=True, slots=True)
class Box:
    """A volume: front face ``width`` x ``height`` with its left edge at ``x`` and its middle at ``y``; depth ``(dx, dy)``."""

    step: int
    role: str  # input, stem, head, or stage1 … stageN
    x: float
    y: float
    width: float
    height: float
    dx: float
    dy: float
    aside: bool = False  # on a shortcut or a gate, not on the main path
    zeros: tuple[float, float] = (0.0, 0.0)  # share of the thickness that is zero channels, before and after
    folded: tuple[int, ...] = ()  # the steps that a fold stands for
    plate: bool = False  # tokens or a signal: no map, but a row
    words: str = ""  # its shape
    covers: tuple[int, int] = (0, 0)  # the steps of a part of any network that is this one volume

    @property
    def left(self) -> float:
        return self.x

    @property
    def span(self) -> float:
        """Room along the flow, the depth's way to the right included."""
        return self.width + self.dx

    @property
    def right(self) -> float:
        return self.x + self.span

    @property
    def bottom(self) -> float:
        return self.y - self.height / 2

    @property
    def top(self) -> float:
        return self.y + self.height / 2 + self.dy

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class Link:
    """A line from the output of one step to the input of another, through ``points``; its arrow is at the end."""

    source: int
    target: int
    kind: LinkKind
    points: tuple[tuple[float, float], ...]
    arrow: bool


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of text centred at ``x``, the first line's top at ``y``."""

    x: float
    y: float
    lines: tuple[str, ...]
    strong: bool = False  # the first line is a name
    kind: LinkKind = "main"
    alarm: bool = False  # says what is wrong

    @property
    def width(self) -> float:
        return text_width(self.lines)

    @property
    def rect(self) -> tuple[float, float, float, float]:
        """left, bottom, right, top"""
        return (self.x - self.width / 2, self.y - LINE * len(self.lines), self.x + self.width / 2, self.y)


@dataclass(frozen=True, slots=True)
class Plus:
    """The sign of an addition (⊕), of a gate's product (⊗), or of a concatenation (◫)."""

    step: int
    x: float
    y: float
    form: PlusForm

    @property
    def gate(self) -> bool:
        return self.form == "gate"


class Bar(NamedTuple):
    """A bar under a volume: left, bottom, right, top, and the volume's step."""

    left: float
    bottom: float
    right: float
    top: float
    step: int


@dataclass(frozen=True, slots=True)
class Axis:
    """The scale of the bars, beside the first of them: a ramp of the colours from ``bottom`` up, and its numbers."""

    left: float
    bottom: float
    right: float
    top: float
    end: float  # where the lines across the bars end
    ticks: tuple[float, ...]  # heights that have a number
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Sign:
    """A mark on a step."""

    step: int
    x: float
    y: float
    form: SignForm


@dataclass(frozen=True, slots=True)
class Mark:
    """An operation of F on its way to the sum: a bar for a conv, in ``pieces`` where it is grouped; hollow where it strides."""

    step: int
    x: float  # the middle
    y: float
    form: MarkForm
    width: float
    pieces: int = 1
    strided: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that a picture needs; ``brackets`` are (left, right, y) under a run of volumes of one shape."""

    title: str
    level: str
    boxes: tuple[Box, ...]
    links: tuple[Link, ...]
    labels: tuple[Label, ...]
    pluses: tuple[Plus, ...]
    brackets: tuple[tuple[float, float, float], ...]
    bounds: tuple[float, float, float, float]  # left, bottom, right, top
    _: KW_ONLY
    kernels: tuple[Box, ...]  # a conv's kernel beside its arrow: no volume of the route, and nothing to click
    bars: tuple[Bar, ...] = ()  # a strip under the volumes
    axis: Axis | None = None  # the strip's
    zoom: float  # how large all volumes are drawn, of their usual size
    span: tuple[int, int]  # the steps that the picture of any part stands for
    notes: tuple[str, ...] = ()  # what is to be said of volumes that are no maps, or smaller than the network's own
    hidden: frozenset[int] = frozenset()  # the steps whose output the reader is to find: their shapes stand nowhere
    signs: tuple[Sign, ...] = ()  # of what is wrong
    unreached: frozenset[int] = frozenset()  # the steps that never ran: their volumes are outlines without a shape
    scale: str = ""  # volumes of two scenes can be held against each other where this is equal
    marks: tuple[Mark, ...] = ()  # at network level the operations of each block that is drawn
    keys: tuple[tuple[str, str], ...] = ()  # what the legend says of each form of mark
    halos: tuple[tuple[tuple[float, float], ...], ...] = ()  # lines around what differs from another network


def map_text(shape: Shape) -> str:
    """``56×56×64``, the paper's order; a vector is its length, any other tensor in its own order, ``197×768``."""
    if len(shape) == 4:
        return f"{shape[2]}×{shape[3]}×{shape[1]}"
    return text(shape)


def text_width(lines: tuple[str, ...]) -> float:
    """Width in units that a block of text surely fits in."""
    return CHAR * max(map(len, lines), default=0)


def way_kind(way: tuple[Step, ...]) -> LinkKind:
    if any(step.kind == "conv" for step in way):
        return "projection"
    return "zero-pad" if any(step.kind == "pad" for step in way) else "identity"
