"""Which input pixels does one cell see?  The receptive field of a single cell of a step, in input pixels."""

from __future__ import annotations

from math import prod
from typing import NamedTuple, cast

from ..errors import InputError
from ..steps import (
    Attention,
    ConvTranspose,
    MatMul,
    Other,
    Pair,
    Rearrange,
    Recurrent,
    Resize,
    Scale,
    Sliding,
    Step,
    Trace,
)
from . import worked as arithmetic


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


def has_field(trace: Trace, step: Step) -> bool:
    """Whether it is known which part of the image a cell of ``step`` sees: its size, and where it begins."""
    return _start(trace, step) is not None and step.receptive_field is not None and step.output_stride is not None


def field_of(trace: Trace, step: Step, cell: Pair = (0, 0)) -> Field:
    """The receptive field of output ``cell`` (row, column) of ``step``, cut to its map.

    Raises :class:`InputError` for a step whose field is unknown (:func:`has_field`).
    """
    start, size, stride = _start(trace, step), step.receptive_field, step.output_stride
    if start is None or size is None or stride is None:
        raise InputError(
            "step",
            step.name,
            "comes after what has no fixed grid of windows (an upsampling, a transposed conv, attention), so where a cell looks is not known",
            "use a conv or pool that comes before that",
        )
    height, width = map_size(step)
    row, column = min(max(cell[0], 0), height - 1), min(max(cell[1], 0), width - 1)
    top, left = start[0] + row * stride[0], start[1] + column * stride[1]
    return Field(top, left, top + size[0] - 1, left + size[1] - 1)


def _start(trace: Trace, step: Step) -> Pair | None:
    """The first input row and column that output cell (0, 0) of ``step`` reaches; None where it is unknown."""
    if len(trace.steps[0].output) != 4:
        return None
    starts: list[Pair | None] = []
    for made in trace.steps[: step.index + 1]:
        starts.append(_start_of(made, starts, [trace.steps[read].output_stride for read in made.reads]))
    return starts[-1]


def _start_of(step: Step, starts: list[Pair | None], strides: list[Pair | None]) -> Pair | None:
    op, read = step.op, list(zip(step.reads, strides, strict=True))
    if not read:
        return arithmetic.field_start(op, ((0, 0),), ((1, 1),))
    if isinstance(op, ConvTranspose | Resize | Sliding | Attention | MatMul | Recurrent | Other):
        return None
    if isinstance(op, Rearrange) and not (len(step.inputs[0]) == 4 and prod(step.inputs[0][2:]) == 1):
        return None  # where a cell has gone is not known
    if not isinstance(op, Scale):  # what is spread over a map does not say where a cell begins
        whole = [
            one for one, shape in zip(read, step.inputs, strict=True) if not arithmetic.is_spread(shape, step.output)
        ]
        read = whole or read
    before = [starts[index] for index, _ in read]
    if None in before[: 1 if isinstance(op, Scale) else None] or read[0][1] is None:
        return None
    return arithmetic.field_start(op, cast("tuple[Pair, ...]", tuple(before)), (read[0][1],))
