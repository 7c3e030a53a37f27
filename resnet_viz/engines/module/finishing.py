"""Records as a trace's steps: what nobody reads is left out, each has its name, number, reach and bytes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from ...steps import Input, Step, Unowned
from ...why.field import reach
from .tensors import Record
from .tree import Tree
from .watching import Parameters


def needed(records: Sequence[Record], returned: Sequence[Record]) -> list[Record]:
    """All but the by-products: what a forward computes itself and neither reads again nor returns."""
    left = [record for record in records if record.into is None]
    read = {id(record) for record in returned}
    kept: list[Record] = []
    for record in reversed(left):
        by_product = not record.is_call and not record.params and not record.macs
        if id(record) in read or not by_product or isinstance(record.op, Input):
            kept.append(record)
            read.update(id(one.settled()) for one in record.reads)
    return kept[::-1]


def steps(records: Sequence[Record], item_bytes: int) -> tuple[tuple[Step, ...], dict[int, int]]:
    """The steps, and the index of each record by its id."""
    made: list[Step] = []
    index: dict[int, int] = {}
    names: dict[str, int] = {}
    for record in records:
        reads = tuple([index[id(one.settled())] for one in record.reads])
        inputs = tuple([made[read].output for read in reads])
        number = index[id(record)] = record.step = len(made)
        before = [(made[read].receptive_field, made[read].output_stride) for read in reads]
        field, stride = reach(record.op, inputs, record.output, before)
        times = names[record.name] = names.get(record.name, 0) + 1
        name = record.name if times == 1 else f"{record.name}#{times}"
        made.append(Step(number, name, record.op, None, None, "main", reads, inputs, record.output, record.params, record.macs, field, stride, prod(record.output) * item_bytes, record.time_ms))  # fmt: skip
    return tuple(made), index


def unowned(tree: Tree, parameters: Parameters, called: set[int]) -> tuple[Unowned, ...]:
    """The parameters that no step reads, by name, and why."""
    if not parameters.unowned:
        return ()
    ran = {id(one) for part in tree.parts if id(part) in called for one in part.parameters(recurse=False)}
    found: list[Unowned] = []
    for name, one in tree.parameters.items():
        if id(one) in parameters.unowned:
            key = id(one)
            reason = "read by no step" if key in parameters.touched else "not read" if key in ran else "not run"
            found.append(Unowned(name, one.numel(), reason))
    return tuple(found)
