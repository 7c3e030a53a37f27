"""A module of somebody's own that does one thing, in several operations, is one step with the module's name."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from torch import Tensor

from ...steps import (
    Activation,
    Add,
    Conv,
    Flatten,
    Identity,
    Linear,
    MatMul,
    Multiply,
    Norm,
    Op,
    Pointwise,
    Rearrange,
    Scale,
)
from ...why import cost
from .calls import Call
from .nested import tensors
from .tensors import Record

if TYPE_CHECKING:
    from .watching import Watcher

_AUXILIARY = (Pointwise, Rearrange, Flatten)
_ELEMENTWISE = (Pointwise, Activation, Multiply)
_HEAVY = ("conv", "linear", "matmul", "attention", "recurrent")


def settle(watcher: Watcher, call: Call, output: Any) -> Tensor | None:
    """Make one step of what ran in ``call`` where it is one thing; what it returned instead of ``output``, if anything."""
    made = list(tensors(output))
    if not made:
        return None
    first = made[0]
    inner = [record for record in watcher.records[call.start :] if record.call is call and record.into is None]
    if not inner and any(first is tensor for tensor in call.given):
        return _nothing(watcher, call, made)
    last = watcher.read(first)  # what was only moved about is a step, and this module's
    if last is None:
        return None
    inner = [record for record in watcher.records[call.start :] if record.call is call and record.into is None]
    if not inner or last not in inner or len(made) > 1:
        return None
    outside: list[Record] = []
    within = set(map(id, inner))
    for record in inner:
        outside += [read for one in record.reads if id(read := one.settled()) not in within and read not in outside]
    main = [record for record in inner if not isinstance(record.op, _AUXILIARY)]
    op = _one(call, inner, main, outside, last)
    if op is None:
        if len(main) == 1:
            main[0].name, main[0].is_call = call.name, True
        return None
    if len(inner) == 1:
        inner[0].name, inner[0].op, inner[0].is_call = call.name, op, True
        return None
    counts = [record.macs for record in inner]
    reads = main[0].reads if isinstance(op, Scale) and len(outside) == 2 else outside
    reads = [read if id(read) not in within else _root(read, within) for read in map(Record.settled, reads)]
    whole = watcher.record(
        call,
        call.name,
        op,
        reads,
        last.output,
        sum(record.params for record in inner),
        None if None in counts else sum(count or 0 for count in counts),
        is_call=True,
    )
    times = [record.time_ms for record in inner if record.time_ms is not None]
    whole.time_ms = sum(times) if times else None
    for record in inner:
        record.into = whole
    watcher.made(first, whole)
    watcher.show(whole, first)
    return None


def _nothing(watcher: Watcher, call: Call, made: list[Tensor]) -> Tensor | None:
    """A call that returned what it was given: an identity, such as a DropPath in evaluation."""
    read = watcher.read(made[0])
    if read is None:
        return None
    record = watcher.record(call, call.name, Identity(), [read], read.output, is_call=True)
    return watcher.give(record, made, made)


def _root(record: Record, within: set[int]) -> Record:
    """What a chain of moves inside of the call began with."""
    while id(record) in within and record.reads:
        record = record.reads[0].settled()
    return record


def _one(call: Call, inner: list[Record], main: list[Record], outside: list[Record], last: Record) -> Op | None:
    """The one operation that these are, or None."""
    if len(inner) == 1:
        return inner[0].op
    kind = type(call.module).__name__
    alike = len(outside) == 1 and outside[0].output == last.output
    if alike and "norm" in kind.lower() and not any(record.op.kind in _HEAVY for record in inner):
        return _norm(kind, main)
    if len(main) == 1:
        op, (only,) = main[0].op, main
        if isinstance(op, Norm) and alike:
            return op
        if isinstance(op, Add | Multiply | Scale) and len(outside) == 2 and prod(only.output) == prod(last.output):
            return op if _straight(inner, main) and only.output == last.output else None
        if isinstance(op, Conv | Linear | MatMul) and only.output == last.output:
            inputs = tuple(read.output for read in outside)
            same = only.inputs == list(inputs) and cost.macs(op, inputs, last.output) == only.macs
            return op if same else None
        return None
    if alike and all(isinstance(record.op, _ELEMENTWISE) for record in inner):
        if any(isinstance(record.op, Activation) for record in inner):
            return Activation(_snake(kind))
        return Pointwise(_snake(kind))
    return None


def _straight(inner: list[Record], main: list[Record]) -> bool:
    """Whether all but the main one only move numbers about."""
    return all(isinstance(record.op, Rearrange | Flatten) for record in inner if record is not main[0])


def _norm(kind: str, main: list[Record]) -> Op:
    for record in main:
        if isinstance(record.op, Norm):
            return record.op
    name = kind.lower()
    for word in ("layer", "instance", "rms", "group", "response", "batch"):
        if word in name:
            return Norm(None, "" if word == "batch" else word)
    return Norm(None, kind)


def _snake(name: str) -> str:
    """``HardSwish`` as ``hard_swish``"""
    name = name.strip("_")
    parted = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return parted.strip("_")
