"""What of a part is drawn: its volumes and signs as nodes, and who reads whom as edges.

A step is a volume, a sign (⊕ ⊗ ◫), or neither: norms and activations belong to the volume before them, and what lies on
the way to a sign may be left to the line that leads there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal, NamedTuple

from ...steps import (
    Activation,
    Concat,
    Flatten,
    Identity,
    Input,
    Norm,
    Other,
    Part,
    Pointwise,
    Rearrange,
    Step,
    Trace,
)
from .scene import LinkKind

Form = Literal["volume", "sum", "gate", "concat"]
_QUIET = Norm | Activation | Identity | Flatten | Rearrange | Pointwise


@dataclass(slots=True)
class Node:
    """A volume or a sign; ``step`` is the tensor or the operation."""

    step: int
    form: Form
    role: str
    run: str  # neighbours of one run share a bracket and a name
    part: Part | None = None  # what the run is, where it is a part
    block: Part | None = None  # what the volume stands for, where it is a part
    covers: tuple[int, int] = (0, 0)  # and its steps
    aside: bool = False
    source: bool = False  # a tensor from outside
    folded: tuple[int, ...] = ()
    note: str = ""
    hang: tuple[int, ...] = ()  # the steps of a shortcut whose result hangs over the sign
    hang_from: int = 0
    hang_kind: LinkKind = "main"
    fan: int = 0  # so many ways lead from the node before to this sign
    more: int = 0  # tensors that are read and not drawn


class Edge(NamedTuple):
    source: int
    target: int
    kind: LinkKind


class Value(NamedTuple):
    """What a step's output is in the picture: a node's, or made from those of ``nodes`` by what is not drawn."""

    nodes: tuple[int, ...]
    through: bool


@dataclass(slots=True)
class Graph:
    nodes: list[Node] = field(default_factory=list[Node])
    edges: list[Edge] = field(default_factory=list[Edge])


class Structure:
    """What all graphs of one trace ask."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.steps = trace, trace.steps
        self.joins = {join.step: join for join in trace.joins}
        self.readers: list[list[int]] = [[] for _ in trace.steps]
        for step in trace.steps:
            for read in step.reads:
                self.readers[read].append(step.index)
        self.roles = _roles(trace)
        self.reads = self._shorter_reads()
        self.gated = {
            index: join for join in trace.joins if join.kind == "gate" for index in set(join.shortcut) - set(join.main)
        }

    def _shorter_reads(self) -> dict[int, tuple[int, ...]]:
        """A concatenation of what another one has and one tensor more reads that one: so dense blocks have no n² lines."""
        known: dict[tuple[int, ...], int] = {}
        found: dict[int, tuple[int, ...]] = {}
        for step in self.steps:
            if not isinstance(step.op, Concat) or step.op.new or len(step.reads) < 2:
                continue
            reads = step.reads
            for cut in range(1, min(4, len(reads) - 1)):
                if reads[:-cut] in known:
                    found[step.index] = (known[reads[:-cut]], *reads[-cut:])
                    break
                if reads[cut:] in known:
                    found[step.index] = (*reads[:cut], known[reads[cut:]])
                    break
            known[reads] = step.index
        return found

    def reads_of(self, step: Step) -> tuple[int, ...]:
        return self.reads.get(step.index, step.reads)

    def quiet(self, step: Step) -> bool:
        """Whether it belongs to the volume before it."""
        if isinstance(step.op, _QUIET) or (isinstance(step.op, Concat) and len(step.reads) < 2):
            return True
        # what has no name for what it does, no parameter and the same shape changes nothing that is drawn
        return isinstance(step.op, Other) and not step.params and step.inputs[:1] == (step.output,)

    def root(self, index: int, start: int = 0) -> int:
        """The step whose volume ``index`` belongs to, back to ``start`` at most."""
        while index >= start and self.quiet(self.steps[index]) and self.steps[index].reads:
            index = self.steps[index].reads[0]
        return index

    def readers_beyond(self, index: int) -> list[int]:
        """Who reads a step's output, through what is not drawn."""
        found: list[int] = []
        todo = [*self.readers[index]]
        while todo:
            reader = todo.pop()
            if self.quiet(self.steps[reader]):
                todo += self.readers[reader]
            else:
                found.append(reader)
        return found

    def leads_to_sign(self, index: int) -> bool:
        """Whether all that is made of a step's output, one operation after the other, is added or concatenated."""
        for _ in range(64):
            after = set(self.readers_beyond(index))
            if len(after) != 1:
                return False
            (index,) = after
            if index in self.joins:
                return self.joins[index].kind != "gate"
        return False


def _roles(trace: Trace) -> list[str]:
    roles = ["stem"] * len(trace.steps)
    number = 0
    for part in trace.parts.parts:
        number += part.kind == "stage"
        role = f"stage{number}" if part.kind == "stage" else part.kind
        roles[part.start : part.stop] = [role] * (part.stop - part.start)
    for step in trace.steps:
        if isinstance(step.op, Input):
            roles[step.index] = "input"
    return roles


def runs_of(nodes: Sequence[Node], order: Sequence[int]) -> list[list[int]]:
    """Neighbours of one run, in order."""
    return [list(group) for _, group in groupby(order, key=lambda index: nodes[index].run)]
