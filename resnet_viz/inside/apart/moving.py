"""Numbers that are moved and not computed: identity, flatten, concatenation, padding by channels; and whole means."""

from __future__ import annotations

from itertools import product
from math import prod

from ...steps import Concat, Mean, Other, Pad, Rearrange
from .parts import At, Made, Term
from .pointwise import passed
from .sliding import ZERO


def given(at: At) -> Made:
    """The network's input."""
    return Made("a number of the network's input", [])


def identity(at: At) -> Made:
    return passed(at.cell(at.index), "passed on as it is")


def flatten(at: At) -> Made:
    """The same numbers in the same order, in another shape."""
    place = 0
    for i, side in zip(at.index, at.step.output[1:], strict=True):
        place = place * side + i
    where: list[int] = []
    for side in reversed(at.inputs[0].shape):
        place, rest = divmod(place, int(side))
        where.insert(0, rest)
    return passed(at.cell(tuple(where)), "the same number in another shape")


def rearrange(at: At) -> Made:
    """A new shape in the old order; every other way of moving numbers about is not told here."""
    op = at.step.op
    same = (
        isinstance(op, Rearrange) and op.function == "reshape" and prod(at.inputs[0].shape) == prod(at.step.output[1:])
    )
    if not same:
        word = op.function if isinstance(op, Rearrange) else at.step.kind
        raise at.unknown(f"moves numbers about ({word}), and from where is not known here")
    return flatten(at)


def pad(at: At) -> Made:
    """Option A: every so-many-th cell, and channels of zeros around."""
    op = at.step.op
    assert isinstance(op, Pad)
    channel, row, column = at.index
    source = channel - op.before
    if not 0 <= source < at.inputs[0].shape[0]:
        return Made("a channel of zeros, added so that both ways have as many", [Term(None, 1.0, 0.0, note=ZERO)])
    cell = at.cell((source, row * op.stride[0], column * op.stride[1]))
    return passed(cell, "every so-many-th cell of the map is kept")


def concat(at: At) -> Made:
    """The tensor whose turn it is at this place."""
    op = at.step.op
    assert isinstance(op, Concat)
    if op.new or op.axis == 0:
        raise at.unknown("puts tensors beside each other along an axis of its own, which is not taken apart here")
    axis = op.axis - 1
    place = at.index[axis]
    for number, tensor in enumerate(at.inputs):
        if place < tensor.shape[axis]:
            return passed(
                at.cell((*at.index[:axis], place, *at.index[axis + 1 :]), number), "one of the tensors put together"
            )
        place -= int(tensor.shape[axis])
    raise at.unknown("puts together what is not a step's")


def mean(at: At) -> Made:
    """The mean over whole axes, which are gone or one cell long."""
    op, shape = at.step.op, tuple(at.inputs[0].shape)
    if isinstance(op, Mean) and 0 not in op.axes:
        axes = {axis - 1 for axis in op.axes}
        kept = iter(at.index)
        ways = [range(side) if axis in axes else (next(kept),) for axis, side in enumerate(shape)]
    elif isinstance(op, Other) and op.label == "mean" and len(shape) == len(at.index):
        made = at.step.output[1:]
        ways = [range(side) if short == 1 else (i,) for side, short, i in zip(shape, made, at.index, strict=True)]
    else:
        raise at.unknown("is a mean over the batch too, which is not taken apart here")
    cells = [at.cell(place) for place in product(*ways)]
    weight = 1 / len(cells)
    return Made(
        f"the mean: each cell times 1/{len(cells)}", [Term(cell, weight, cell.value * weight) for cell in cells]
    )
