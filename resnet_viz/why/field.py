"""Which input pixels does one cell see?  Its receptive field: the size of it, and where that of a single cell lies."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple, cast

from ..errors import InputError
from ..steps import (
    Attention,
    AvgPool,
    BlurPool,
    Conv,
    ConvTranspose,
    Flatten,
    MatMul,
    MaxPool,
    Mean,
    Op,
    Other,
    Pad,
    Pair,
    Rearrange,
    Recurrent,
    Resize,
    Scale,
    Shape,
    Sliding,
    Step,
    Trace,
)
from .axis import extent


def window(op: Op) -> tuple[Pair, Pair]:
    """Extent and stride, in cells of its input, of what one output cell of ``op`` reads."""
    match op:
        case Conv() | MaxPool():
            return (extent(op.kernel[0], op.dilation[0]), extent(op.kernel[1], op.dilation[1])), op.stride
        case AvgPool() | BlurPool():
            return op.kernel, op.stride
        case Pad():
            return (1, 1), op.stride
        case _:
            return (1, 1), (1, 1)


def receptive_field(op: Op, fields: tuple[Pair, ...], strides: tuple[Pair, ...]) -> tuple[Pair, Pair]:
    """Receptive field and output stride in input pixels: ``r + (k - 1) * j`` and ``j * s``; the largest where paths meet.

    A channel gate passes on the field of the map it scales: what it knows of the rest is one number a channel.
    """
    (kh, kw), (sh, sw) = window(op)
    field, jump = fields[0], strides[0]
    if isinstance(op, Scale):
        return field, jump
    for other in fields[1:]:
        field = (max(field[0], other[0]), max(field[1], other[1]))
    for other in strides[1:]:
        jump = (max(jump[0], other[0]), max(jump[1], other[1]))
    return (field[0] + (kh - 1) * jump[0], field[1] + (kw - 1) * jump[1]), (jump[0] * sh, jump[1] * sw)


_EVERYWHERE = (Attention, MatMul, Recurrent, Other)  # each position sees all, or it is unknown which

Reach = tuple[Pair | None, Pair | None]  # a receptive field and an output stride, as far as they are known


def reach(op: Op, inputs: tuple[Shape, ...], output: Shape, read: Sequence[Reach]) -> Reach:
    """Receptive field and output stride of any operation in anybody's network, from those of what it reads.

    As :func:`receptive_field` where that holds. What is spread over a map (a number a channel, a gate) does not count
    beside the map. A resizing divides the stride: by 2 for twice the size, and mixing modes also read neighbours; a
    transposed conv reads ``⌈k/s⌉`` neighbouring cells. None where it is unknown, or where every position sees all.

    Behind a resizing or a transposed conv it is nominal: windows that lie across the coarser grid's cells differently
    see up to one such cell more or less.
    """
    if isinstance(op, _EVERYWHERE) or not read:
        return ((1, 1), (1, 1)) if not read and len(output) == 4 else (None, None)
    field, jump = read[0] if len(read) == 1 else _together(op, inputs, output, read)
    first = inputs[0]
    match op:
        case Resize() | ConvTranspose():
            if len(first) != 4 or len(output) != 4:
                return None, None
            if isinstance(op, Resize):
                taps = {"nearest": 1, "bicubic": 4}.get(op.mode, 2)
                more = (taps - 1, taps - 1)
            else:
                extents = [extent(op.kernel[a], op.dilation[a]) for a in (0, 1)]
                more = (-(-extents[0] // op.stride[0]) - 1, -(-extents[1] // op.stride[1]) - 1)
            if field is not None:
                field = None if jump is None else (field[0] + more[0] * jump[0], field[1] + more[1] * jump[1])
            return field, _rescaled(jump, first, output)
        case Mean():
            if len(first) != 4 or not {2, 3} <= set(op.axes):
                return field, jump
            extents, strides = (first[2], first[3]), (first[2], first[3])
        case Flatten() if len(first) == 4:  # one list of all cells: what reads it sees what all of them see
            extents, strides = (first[2], first[3]), (first[2], first[3])
        case Sliding():
            return None, None
        case Rearrange() if len(first) == 4 and len(output) == 4 and op.function not in ("slice", "pad", "permute"):
            return field, _rescaled(jump, first, output) if first[2:] != output[2:] else jump
        case _:
            extents, strides = window(op)
    if extents == (1, 1) and strides == (1, 1):
        return field, jump
    if jump is None:
        return None, None
    if field is not None:
        field = (field[0] + (extents[0] - 1) * jump[0], field[1] + (extents[1] - 1) * jump[1])
    return field, (jump[0] * strides[0], jump[1] * strides[1])


def _together(op: Op, inputs: tuple[Shape, ...], output: Shape, read: Sequence[Reach]) -> Reach:
    """The largest field and output stride of several that are read, without what is spread over a map."""
    whole = [one for shape, one in zip(inputs, read, strict=True) if not is_spread(shape, output)] or list(read)
    if isinstance(op, Scale):
        whole = whole[:1]
    fields = [field for field, _ in whole if field is not None]
    jumps = [jump for _, jump in whole if jump is not None]
    return (
        _largest(fields) if len(fields) == len(whole) else None,
        _largest(jumps) if len(jumps) == len(whole) else None,
    )


def is_spread(shape: Shape, output: Shape) -> bool:
    """Whether a tensor of ``shape`` is repeated over the cells of a map: one number a channel, or one in all."""
    return len(output) == 4 and prod(output[2:]) > 1 and (len(shape) < 4 or shape[2:] == (1, 1))


def _largest(pairs: Sequence[Pair]) -> Pair:
    return max(pair[0] for pair in pairs), max(pair[1] for pair in pairs)


def _rescaled(jump: Pair | None, before: Shape, after: Shape) -> Pair | None:
    """The output stride on a grid of another size; None where a cell is no whole number of pixels."""
    if jump is None or any(jump[a] * before[2 + a] % after[2 + a] for a in (0, 1)):
        return None
    return jump[0] * before[2] // after[2], jump[1] * before[3] // after[3]


def field_start(op: Op, starts: tuple[Pair, ...], strides: tuple[Pair, ...]) -> Pair:
    """First input row and column, counted from 0, that output cell (0, 0) reaches: ``start - padding * j``.

    Negative where it reaches beyond the border. Where paths meet, the one that begins first counts; a channel gate
    passes on its map's, as in :func:`receptive_field`.
    """
    row, column = starts[0]
    if isinstance(op, Scale):
        return row, column
    for other in starts[1:]:
        row, column = min(row, other[0]), min(column, other[1])
    padding = op.padding if isinstance(op, Conv | MaxPool | AvgPool | BlurPool) else (0, 0)
    return row - padding[0] * strides[0][0], column - padding[1] * strides[0][1]


def windows_field(windows: Sequence[Pair]) -> int:
    """The receptive field behind a chain of windows, each its kernel and the stride before it: ``[(7, 1), (3, 2)]`` is 11."""
    return 1 + sum((kernel - 1) * jump for kernel, jump in windows)


def windows_line(windows: Sequence[Pair]) -> str:
    """``1 + (7 − 1)·1 + (3 − 1)·2 = 11``"""
    return f"1 + {' + '.join(f'({kernel} − 1)·{jump}' for kernel, jump in windows)} = {windows_field(windows)}"


# ---- a single cell's ----------------------------------------------------------------------------------------------


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
        return field_start(op, ((0, 0),), ((1, 1),))
    if isinstance(op, ConvTranspose | Resize | Sliding | Attention | MatMul | Recurrent | Other):
        return None
    if isinstance(op, Rearrange) and not (len(step.inputs[0]) == 4 and prod(step.inputs[0][2:]) == 1):
        return None  # where a cell has gone is not known
    if not isinstance(op, Scale):  # what is spread over a map does not say where a cell begins
        whole = [one for one, shape in zip(read, step.inputs, strict=True) if not is_spread(shape, step.output)]
        read = whole or read
    before = [starts[index] for index, _ in read]
    if None in before[: 1 if isinstance(op, Scale) else None] or read[0][1] is None:
        return None
    return field_start(op, cast("tuple[Pair, ...]", tuple(before)), (read[0][1],))
