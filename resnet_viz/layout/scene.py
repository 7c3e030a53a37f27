"""What a picture is made of, and the one scale that all its volumes share.

One unit is one CSS pixel at the scene's own width; a wider screen stretches the horizontal axis, so what does not
collide here does not collide there. y grows upwards; the main path runs along y = 0.

Each dimension has one scale for the whole picture: height = H, depth into the page = W, thickness along the flow = C,
through a square root, so that 224 and 7, 3 and 2048 can all be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

from ..steps import Conv, Pad, Shape, Step, Trace
from .axes import Extent, extents
from .axes import extent as extent_of
from .contract import LEAST_SQUEEZE

LinkKind = Literal["main", "identity", "projection", "zero-pad", "gate", "skip"]

FONT = 12.0  # px of the smallest label
CHAR = 0.57 * FONT  # a generous mean advance of a sans-serif at that size
LINE = 1.35 * FONT
TALL = 13.0  # px of height per square root of a map row
DEPTH_X, DEPTH_Y = 5.4, 3.6  # px of the oblique depth per square root of a map column
THICK = 1.15  # px of thickness per square root of a channel
KERNEL = 6.0  # px of a kernel's cell
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
    arrow: bool = True


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of text centred at ``x``, the first line's top at ``y``."""

    x: float
    y: float
    lines: tuple[str, ...]
    strong: bool = False  # the first line is a name
    kind: LinkKind = "main"

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
    form: Literal["sum", "gate", "concat"] = "sum"

    @property
    def gate(self) -> bool:
        return self.form == "gate"


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
    kernels: tuple[Box, ...] = ()  # a conv's kernel beside its arrow: no volume of the route, and nothing to click
    bars: tuple[tuple[float, float, float, float], ...] = ()  # a strip under the volumes: left, bottom, right, top
    squeeze: float = 1.0  # how much narrower than their scale volumes are drawn along the flow
    span: tuple[int, int] = (0, 0)  # the steps that the picture of any part stands for
    notes: tuple[str, ...] = ()  # what is to be said of volumes that are no maps
    scale: str = ""  # volumes of two scenes can be held against each other where this is equal


def map_text(shape: Shape) -> str:
    """``56×56×64``, the paper's order; a vector is its length, any other tensor in its own order, ``197×768``."""
    if len(shape) == 4:
        return f"{shape[2]}×{shape[3]}×{shape[1]}"
    return "×".join(map(str, shape[1:])) or "1"


def text_width(lines: tuple[str, ...]) -> float:
    """Width in units that a block of text surely fits in."""
    return CHAR * max(map(len, lines))


@dataclass(frozen=True, slots=True)
class Measure:
    """From a shape to a volume: through square roots, or true to scale so that the largest map stays as large."""

    side: int  # the largest map side of the network
    channels: int  # the most channels
    true: bool

    @staticmethod
    def of(*traces: Trace, true: bool = False) -> Measure:
        """The measure for all volumes of these traces."""
        known = [one for trace in traces for one in extents(trace) if one.form in ("map", "solid")]
        sides, channels = [max(one.rows, one.columns) for one in known], [one.channels for one in known]
        return Measure(int(max(sides, default=1)), max(channels, default=1), true)

    @property
    def scale(self) -> str:
        """Square roots are the same in every picture; a true scale depends on the largest map."""
        return f"true {self.side} {self.channels}" if self.true else "root"

    def across(self, cells: float) -> float:
        """What a map side is drawn as: its square root, or a share of the largest."""
        return cells / sqrt(self.side) if self.true else sqrt(cells)

    def volume(
        self,
        step: Step,
        role: str,
        squeeze: float = 1.0,
        y: float = 0.0,
        aside: bool = False,
        extent: Extent | None = None,
    ) -> Box:
        """The volume of a step's output with its left edge at 0; ``squeeze`` makes it narrower along the flow."""
        form, rows, columns, channels, words = extent or extent_of(step.output)
        through = channels / sqrt(self.channels) if self.true else sqrt(channels)
        zeros = (step.op.before / channels, step.op.after / channels) if isinstance(step.op, Pad) else (0.0, 0.0)
        return Box(
            step.index,
            role,
            0.0,
            y,
            max(3.0, THICK * through * max(squeeze, LEAST_SQUEEZE)),
            max(2.0, TALL * self.across(rows)),
            max(1.0, DEPTH_X * self.across(columns) * squeeze),
            max(1.0, DEPTH_Y * self.across(columns)),
            aside,
            zeros,
            plate=form == "plate",
            words=words,
        )


def kernel_box(step: Step, channels: int, x: float, top: float) -> Box:
    """A kernel ``k x k x C_in`` as a small block of its own scale, larger than true beside a map, around ``x``."""
    assert isinstance(step.op, Conv)
    height, depth = (KERNEL * (extent + 0.5) for extent in step.op.kernel)
    width = max(4.0, THICK * sqrt(channels))
    dx, dy = depth * DEPTH_X / TALL, depth * DEPTH_Y / TALL
    return Box(step.index, "kernel", x - (width + dx) / 2, top - dy - height / 2, width, height, dx, dy)


def way_kind(way: tuple[Step, ...]) -> LinkKind:
    if any(step.kind == "conv" for step in way):
        return "projection"
    return "zero-pad" if any(step.kind == "pad" for step in way) else "identity"
