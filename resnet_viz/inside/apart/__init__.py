"""One number taken apart: what it is the sum of. A kind of step has a rule in a table; one that has none says so.

Each sum is compared with the number in the tensor before it is told, so that none is told that is not it.
"""

from __future__ import annotations

from math import fsum, isfinite

import torch

from ...errors import LookError
from ...steps import (
    Activation,
    Add,
    AvgPool,
    BlurPool,
    ChannelConv,
    Concat,
    Conv,
    Flatten,
    Identity,
    Input,
    Linear,
    MaxPool,
    Mean,
    Multiply,
    Norm,
    Op,
    Other,
    Pad,
    Rearrange,
    Scale,
    Sliding,
)
from . import moving, norming, pointwise, sliding
from .parts import Apart, At, Cell, Made, Rule, Term, checked_index

__all__ = ["Apart", "At", "Cell", "Term", "checked_index", "take_apart"]

RULES: dict[type[Op], Rule] = {
    Input: moving.given, Conv: sliding.conv, ChannelConv: pointwise.channel_conv, Norm: norming.norm,
    Activation: pointwise.activation, MaxPool: sliding.max_pool, AvgPool: sliding.avg_pool, BlurPool: sliding.blur_pool,
    Pad: moving.pad, Identity: moving.identity, Add: pointwise.add, Scale: pointwise.scale, Flatten: moving.flatten,
    Linear: pointwise.linear, Sliding: sliding.sliding, Mean: moving.mean, Concat: moving.concat,
    Multiply: pointwise.multiply, Rearrange: moving.rearrange,
}  # fmt: skip
CLOSE = 1e-5  # of the sum of all magnitudes: what float32 loses over some thousand products
_TINY = 1e-30


def take_apart(at: At, value: float) -> Apart:
    """The number at a place as a sum, which is checked to be ``value``. Raises :class:`LookError`."""
    made = _rule(at)(at)
    cell = Cell(at.step.name, at.index, value)
    if not isfinite(value):
        raise at.unknown(f"is {value} there, which no sum explains")
    if not at.inputs:
        return Apart(cell, at.step.kind, made.words, (), None, value)
    total = fsum([*(term.product for term in made.terms), made.bias or 0.0])
    _check(at, made, total, value)
    terms = tuple(sorted(made.terms, key=lambda term: (-abs(term.product), term.cell is None)))
    return Apart(cell, at.step.kind, made.words, terms, made.bias, total, made.numbers)


def _rule(at: At) -> Rule:
    op = at.step.op
    rule = RULES.get(type(op))
    if isinstance(op, Other):
        rule = moving.mean if op.label == "mean" else sliding.adaptive
    if rule is None:
        raise at.unknown(f"is of a kind that is not taken apart here ({at.step.kind})")
    return rule


def _check(at: At, made: Made, total: float, value: float) -> None:
    magnitude = fsum([*(abs(term.product) for term in made.terms), abs(made.bias or 0.0)])
    magnitude = max(magnitude, *(abs(term.cell.value) for term in made.terms if term.cell is not None and term.weight is None), 0.0)  # fmt: skip
    dtype = at.inputs[0].dtype
    close = max(CLOSE, 32 * torch.finfo(dtype).eps) if dtype.is_floating_point else CLOSE
    if abs(total - value) > close * magnitude + _TINY:
        raise LookError("step", at.step.name, f"computes something else than its layer says: the sum is {total:.6g}, the number {value:.6g}", "take the steps that it reads apart: " + ", ".join(at.names[:3]))  # fmt: skip
