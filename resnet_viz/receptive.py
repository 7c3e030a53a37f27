"""Which input pixels does one cell see?  The receptive field of a single cell of a step, in input pixels."""

from __future__ import annotations

from typing import NamedTuple

from . import arithmetic
from .steps import Pair, Step, Trace


class Field(NamedTuple):
    """Rows ``top`` to ``bottom`` and columns ``left`` to ``right``, both ends included; outside the image is padding."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def size(self) -> Pair:
        """Height and width in px."""
        return self.bottom - self.top + 1, self.right - self.left + 1

    def on_image(self, size: Pair) -> tuple[Field, float]:
        """The part that lies on an image of ``size`` (height, width), and its share of the whole field."""
        part = Field(max(self.top, 0), max(self.left, 0), min(self.bottom, size[0] - 1), min(self.right, size[1] - 1))
        return part, part.size[0] * part.size[1] / (self.size[0] * self.size[1])


def map_size(step: Step) -> Pair:
    """Height and width of a step's output; a vector has one cell."""
    return (step.output[2], step.output[3]) if len(step.output) == 4 else (1, 1)


def field_of(trace: Trace, step: Step, cell: Pair = (0, 0)) -> Field:
    """The receptive field of output ``cell`` (row, column) of ``step``, cut to its map."""
    starts: list[Pair] = []
    for known in trace.steps[: step.index + 1]:
        before = tuple(starts[read] for read in known.reads) or ((0, 0),)
        strides = tuple(trace.steps[read].output_stride for read in known.reads) or ((1, 1),)
        starts.append(arithmetic.field_start(known.op, before, strides))
    height, width = map_size(step)
    row, column = min(max(cell[0], 0), height - 1), min(max(cell[1], 0), width - 1)
    top = starts[-1][0] + row * step.output_stride[0]
    left = starts[-1][1] + column * step.output_stride[1]
    return Field(top, left, top + step.receptive_field[0] - 1, left + step.receptive_field[1] - 1)
