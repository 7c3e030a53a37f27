"""How large is a volume drawn?  One scale for the whole picture, and one zoom for a network at whatever input.

Height = H, depth into the page = W, thickness along the flow = C, each through a square root, so that 224 and 7, 3 and
2048 can all be read, or in proportion. Depth is drawn oblique and foreshortened to a half, as in a cabinet projection:
a map's depth is half as long as that of its height would be, in every picture. Never is one axis scaled against another;
what has to be narrower is smaller as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from ...steps import AvgPool, Conv, ConvTranspose, MaxPool, Mean, Pad, Resize, Step, Trace
from .axes import Extent, extents
from .axes import extent as extent_of
from .scene import BLANK, Box

TALL = 13.0  # px of height per square root of a map row
DEPTH_X, DEPTH_Y = 3.6, 5.4  # px of the oblique depth per square root of a map column: half as long as the height's 13
THICK = 0.9  # px of thickness per square root of a channel
KERNEL = 6.0  # px of a kernel's cell
HIGHEST = 840.0  # px of the largest map, which only a true scale can pass
LEAST = 0.5  # the smallest zoom of a network at its reference; of one that is still too wide less is drawn
WIDEST = 1600.0  # px; no network is drawn wider unless it is unfolded


@dataclass(frozen=True, slots=True)
class Measure:
    """From a shape to a volume: through square roots, or true to scale so that a side of ``side`` is as large in both."""

    side: float  # of the reference input
    channels: int  # the most channels
    true: bool
    zoom: float = 1.0

    @staticmethod
    def of(*traces: Trace, true: bool = False) -> Measure:
        """The measure for all volumes of these traces, of their usual size."""
        known = [extents(trace) for trace in traces]
        maps = [one for each in known for one in each if one.form in ("map", "solid")]
        channels = max((one.channels for one in maps), default=1)
        side = max(reference_side(trace, each) for trace, each in zip(traces, known, strict=True))
        usual = Measure(side, channels, true)
        tallest = TALL * usual.across(max((max(one.rows, one.columns) for one in maps), default=1.0))
        return replace(usual, zoom=min(1.0, HIGHEST / tallest)) if true else usual

    @property
    def scale(self) -> str:
        """Volumes can be held against each other where this is equal, each at its own ``zoom``."""
        return f"true {self.side:g} {self.channels}" if self.true else "root"

    def at(self, zoom: float) -> Measure:
        """The same scale, all of it at ``zoom``."""
        return replace(self, zoom=zoom)

    def across(self, cells: float) -> float:
        """What a map side is drawn as: its square root, or in proportion to the reference side."""
        return self.zoom * (cells / sqrt(self.side) if self.true else sqrt(cells))

    def through(self, channels: float) -> float:
        """The same of channels."""
        return self.zoom * (channels / sqrt(self.channels) if self.true else sqrt(channels))

    def volume(
        self, step: Step, role: str, aside: bool = False, extent: Extent | None = None, hidden: bool = False
    ) -> Box:
        """The volume of a step's output with its left edge at 0, never so small that it is not seen."""
        form, rows, columns, channels, words = extent or extent_of(step.output)
        zeros = (step.op.before / channels, step.op.after / channels) if isinstance(step.op, Pad) else (0.0, 0.0)
        deep = max(1.0 / DEPTH_Y, self.across(columns))
        return Box(
            step.index,
            role,
            0.0,
            0.0,
            max(3.0, THICK * self.through(channels)),
            max(2.0, TALL * self.across(rows)),
            DEPTH_X * deep,
            DEPTH_Y * deep,
            aside,
            zeros,
            plate=form == "plate",
            words=BLANK if hidden else words,
        )


def kernel_box(step: Step, channels: int, x: float, top: float) -> Box:
    """A kernel ``k x k x C_in`` as a small block of its own scale, larger than true beside a map, around ``x``."""
    assert isinstance(step.op, Conv)
    height, depth = (KERNEL * (extent + 0.5) for extent in step.op.kernel)
    width = max(4.0, THICK * sqrt(channels))
    dx, dy = depth * DEPTH_X / TALL, depth * DEPTH_Y / TALL
    return Box(step.index, "kernel", x - (width + dx) / 2, top - dy - height / 2, width, height, dx, dy)


# ---- a network at an input that is its own: so its zoom does not depend on the one at hand ---------------------------


def reference_side(trace: Trace, known: Sequence[Extent]) -> float:
    """The side of the input whose smallest maps are 7×7, as ResNets have at 224; at least 56."""
    cells = _single_cells(trace)
    strides = [
        max(step.output_stride)
        for step, one in zip(trace.steps, known, strict=True)
        if one.form == "map" and step.output_stride is not None and not cells[step.index]
    ]
    return float(min(max(56, 7 * max(strides, default=1)), 448))


class Reference:
    """The extents that the steps would have at a square input of ``side``, from their strides, by their index."""

    def __init__(self, trace: Trace, known: Sequence[Extent], side: float) -> None:
        self.steps, self.known, self.side = trace.steps, known, side
        self.cells = _single_cells(trace)

    def __getitem__(self, index: int) -> Extent:
        step, one = self.steps[index], self.known[index]
        if one.form not in ("map", "solid") or self.cells[index]:
            return one
        if step.output_stride is not None and one.form == "map":
            rows, columns = (max(1.0, self.side / stride) for stride in step.output_stride)
        else:
            share = self.side / max(self.known[0].rows, self.known[0].columns)
            rows, columns = max(1.0, share * one.rows), max(1.0, share * one.columns)
        return Extent(one.form, rows, columns, one.channels, f"{rows:.0f}×{columns:.0f}×{one.channels}")


Sizes = Sequence[Extent] | Reference


def _single_cells(trace: Trace) -> list[bool]:
    """Which steps make one cell at every input: a pool over the whole map, and what reads nothing else."""
    made: list[bool] = []
    for step in trace.steps:
        op = step.op
        if isinstance(op, Mean):
            cell = len(op.axes) > 1
        elif isinstance(op, AvgPool | MaxPool) and len(step.inputs[0]) == 4 and op.kernel == step.inputs[0][2:]:
            # on a small map a pool of 2×2 may cover all by chance
            cell = max(op.kernel) > 3 or step.path in ("head", "gate")
        else:
            cell = bool(step.reads) and not isinstance(op, Resize | ConvTranspose)
            cell = cell and all(made[read] for read in step.reads)
        made.append(cell)
    return made


def fit(width: Callable[[float], float], room: float, most: float, least: float) -> float:
    """The largest zoom up to ``most`` at which ``width`` is at most ``room``, in twentieths, or ``least``."""
    twentieths = (number / 20 for number in range(int(most * 20 + 1e-9), 0, -1))
    tried = [most, *(zoom for zoom in twentieths if least < zoom < most)]
    return next((zoom for zoom in tried if width(zoom) <= room), min(least, most))


def smaller(trace: Trace, measure: Measure, own: float) -> tuple[str, ...]:
    """What is to be said where a network is drawn at less than its ``own`` zoom."""
    if measure.zoom >= own:
        return ()
    size = "×".join(map(str, trace.input_size))
    return (f"at {size} all volumes are drawn smaller than at other inputs, so that the picture fits",)
