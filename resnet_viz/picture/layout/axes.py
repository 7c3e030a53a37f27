"""Which axis of a tensor is its channels?  Maps, tokens, signals, volumes and vectors as what they are.

A shape alone does not tell: ``(1, 56, 56, 96)`` are 96 channels of 56×56 where a linear layer reads it, and 56 of 56×96
where a conv does. So the axis is followed from step to step.
"""

from __future__ import annotations

from math import prod, sqrt
from typing import Literal, NamedTuple

from ...steps import (
    Activation,
    Add,
    Attention,
    AvgPool,
    BlurPool,
    Concat,
    Conv,
    ConvTranspose,
    Identity,
    Linear,
    MaxPool,
    Mean,
    Multiply,
    Norm,
    Pad,
    Pointwise,
    Recurrent,
    Resize,
    Scale,
    Shape,
    Sliding,
    Step,
    Trace,
)

Form = Literal["map", "plate", "vector", "solid"]
_SECOND = Conv | ConvTranspose | MaxPool | AvgPool | BlurPool | Resize | Scale | Sliding | Pad
_LAST = Linear | Attention | Recurrent
_SAME = Norm | Activation | Add | Multiply | Identity | Pointwise


class Extent(NamedTuple):
    """How large a tensor is drawn: ``rows`` × ``columns`` × ``channels``, and its shape in words.

    A plate is a row of tokens, a signal, or what else has one axis beside the channels; it is as high as the square map
    of as many cells. A solid has a third axis, which is not drawn.
    """

    form: Form
    rows: float
    columns: float
    channels: int
    words: str


def extent(shape: Shape, axis: int | None = 1) -> Extent:
    """The extent of a tensor whose channels are on ``axis``, None where no axis is."""
    if axis == 1 and len(shape) == 4:
        _, channels, rows, columns = shape
        return Extent("map", rows, columns, channels, f"{rows}×{columns}×{channels}")
    by = "×".join
    if axis is None or not 0 < axis < len(shape):
        rest = shape[1:] or shape
        return Extent("plate", sqrt(prod(rest[:-1])), 1, rest[-1] if rest else 1, by(map(str, rest)) or "1")
    others = [size for number, size in enumerate(shape) if number not in (0, axis)]
    words = by(map(str, [*others, shape[axis]]))
    match len(others):
        case 0:
            return Extent("vector", 1, 1, shape[axis], words)
        case 1:
            return Extent("plate", sqrt(others[0]), 1, shape[axis], words)
        case 2:
            return Extent("map", others[0], others[1], shape[axis], words)
        case 3:
            return Extent("solid", others[1], others[2], shape[axis], words)
        case _:
            return Extent("plate", sqrt(prod(others)), 1, shape[axis], words)


def extents(trace: Trace) -> tuple[Extent, ...]:
    """The extent of every step's output."""
    if trace.spec is not None:
        return tuple(extent(step.output) for step in trace.steps)
    readers: list[list[int]] = [[] for _ in trace.steps]
    for step in trace.steps:
        for read in step.reads:
            readers[read].append(step.index)
    axes: list[int | None] = []
    for step in trace.steps:
        axes.append(_axis(trace, step, axes, readers))
    return tuple(extent(step.output, axis) for step, axis in zip(trace.steps, axes, strict=True))


def _axis(trace: Trace, step: Step, axes: list[int | None], readers: list[list[int]]) -> int | None:
    rank = len(step.output)
    before = axes[step.reads[0]] if step.reads else None
    source = step.inputs[0] if step.inputs else ()
    if isinstance(step.op, _SECOND) or rank == 2:
        return 1
    if isinstance(step.op, _LAST):
        return rank - 1
    if isinstance(step.op, _SAME) and len(source) == rank:
        return before
    if isinstance(step.op, Mean) and before is not None and before not in step.op.axes:
        return before - sum(axis < before for axis in step.op.axes) if len(source) > rank else before
    if isinstance(step.op, Concat) and before is not None:
        return before + (step.op.new and step.op.axis <= before)
    wanted = _wanted(trace, step, readers)
    if wanted is not None:
        return wanted
    if before is not None and before < len(source):
        if source == step.output:
            return before
        same = [axis for axis in range(1, rank) if step.output[axis] == source[before]]
        if len(same) == 1:
            return same[0]
    return 1 if rank in (4, 5) or step.kind == "input" else rank - 1 if rank == 3 else None


def _wanted(trace: Trace, step: Step, readers: list[list[int]]) -> int | None:
    """The axis that the first conv or linear layer after ``step`` takes for the channels."""
    rank, at = len(step.output), step
    for _ in range(8):
        after = [trace.steps[reader] for reader in readers[at.index]]
        for reader in after:
            if isinstance(reader.op, _SECOND):
                return 1
            if isinstance(reader.op, _LAST):
                return rank - 1
            if isinstance(reader.op, Norm) and reader.op.over == "layer" and rank == 3:
                return 2
        onward = [reader for reader in after if isinstance(reader.op, _SAME) and len(reader.output) == rank]
        if not onward:
            return None
        at = onward[0]
    return None
