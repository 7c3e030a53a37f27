"""The graph of one picture, made step by step: volumes, signs, and the lines that lead from one to the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...steps import Concat, Input, Join, Pad, Part, Step
from ...steps.joins import heavy
from .atoms import Atom, Detail
from .graph import Edge, Form, Graph, Node, Structure, Value
from .scene import LinkKind

MOST_SOURCES = 6  # tensors from outside that a part is drawn with
MOST_SIGNS = 3  # additions of one volume


class GraphMaker:
    """Makes the graph of one picture."""

    def __init__(self, structure: Structure, level: str, detail: Detail) -> None:
        self.structure, self.steps, self.joins = structure, structure.steps, structure.joins
        self.level, self.detail = level, detail
        self.graph = Graph()
        self.values: dict[int, Value] = {}
        self.lost: dict[int, int] = {}  # how many sources are left out
        self.has_blocks = any(part.kind == "block" for part in structure.trace.parts.walk())

    def make(self, atoms: Sequence[Atom]) -> Graph:
        self._sources(atoms)
        for atom in atoms:
            if atom.like is not None:
                move = atom.start - atom.like
                for index in range(atom.start, atom.stop):
                    self.values[index] = self.values[index - move]
            elif atom.part is not None:
                self._whole(atom)
            else:
                for step in self.steps[atom.start : atom.stop]:
                    self._loose(step, atom)
        self._output(atoms[-1])
        return self.graph

    # ---- nodes and edges -----------------------------------------------------------------------------------------

    def _add(self, step: int, form: Form, run: str, part: Part | None, block: Part | None = None) -> int:
        node = Node(step, form, self.structure.roles[step], run, part, block)
        self.graph.nodes.append(node)
        return len(self.graph.nodes) - 1

    def _link(self, sources: Iterable[int], target: int, kind: LinkKind = "main") -> None:
        for source in dict.fromkeys(sources):
            edge = Edge(source, target, kind)
            if edge not in self.graph.edges[-12:]:
                self.graph.edges.append(edge)

    def _values(self, step: Step) -> list[Value]:
        return [self.values[read] for read in self.structure.reads_of(step) if read in self.values]

    def _sources(self, atoms: Sequence[Atom]) -> None:
        """What the steps read from outside, the main one first."""
        start, stop = atoms[0].start, atoms[-1].stop
        outside: dict[int, None] = {}
        for step in self.steps[start:stop]:
            for read in self.structure.reads_of(step):
                if read < start:
                    outside[read] = None
        merged: dict[int, int] = {}
        for read in outside:
            root = self.structure.root(read) if read in outside else read
            if root in merged or len(merged) < MOST_SOURCES:
                if root not in merged:
                    index = self._add(read, "volume", f"in: {self.steps[read].name}", None)
                    self.graph.nodes[index].source = True
                    merged[root] = index
                self.values[read] = Value((merged[root],), False)

    def _output(self, last: Atom) -> None:
        """A part that ends in a sign shows what it makes."""
        out = last.stop - 1
        value = self.values.get(out)
        if value is None or value.through or self.graph.nodes[value.nodes[0]].form == "volume":
            return
        node = self._add(out, "volume", last.run or self.steps[out].name, last.of if last.run else None)
        if self.level != "network":
            self.graph.nodes[node].run, self.graph.nodes[node].part = f"out: {self.steps[out].name}", None
        self._link(value.nodes, node)

    # ---- loose steps ---------------------------------------------------------------------------------------------

    def _loose(self, step: Step, atom: Atom) -> None:
        values = self._values(step)
        nodes = tuple(dict.fromkeys(node for value in values for node in value.nodes))
        through = any(value.through for value in values) or len(nodes) > 1
        if isinstance(step.op, Input):
            node = self._add(step.index, "volume", step.name, None)
            self.values[step.index] = Value((node,), False)
            return
        if nodes and self._left_out(step, atom):
            self.values[step.index] = Value(nodes, True)
            return
        if step.index in self.joins and nodes:
            part = atom.of if atom.run or self.level == "network" else None
            run = atom.run or (part.path if part else step.name)
            if self._sign(step, run, part) and self.level == "network" and step.index in self.structure.reads:
                made = self._add(step.index, "volume", run, part)  # what a dense block has made
                self._link(self.values[step.index].nodes, made)
                self.values[step.index] = Value((made,), False)
            return
        if nodes and self.structure.quiet(step):
            self.values[step.index] = Value(nodes, through)
            return
        part = atom.of if atom.of is not None and (atom.run or atom.opened or self.level == "network") else None
        run = atom.run or (part.path if part else step.name)
        node = self._add(step.index, "volume", run, part)
        aside = step.path in ("shortcut", "gate") and self.level != "network"
        self.graph.nodes[node].aside = aside
        self._link(nodes, node, _aside_kind(step) if aside else "main")
        self.values[step.index] = Value((node,), False)

    def _left_out(self, step: Step, atom: Atom) -> bool:
        """Whether a step is told by the line that leads from what it reads to a sign."""
        join = self.structure.gated.get(step.index)
        if join is not None and self.level != "block" and join.fork is not None:
            return True
        if self.level == "stage" and step.path == "shortcut" and not isinstance(step.op, Concat):
            return any(step.index in join.shortcut and self._may_hang(join) for join in self._residuals(step.index))
        if self.level != "network" or not atom.opened:
            return False
        if step.index in self.joins and self.joins[step.index].kind in ("gate", "concat"):
            return False
        return self.structure.leads_to_sign(step.index) and (
            step.index not in self.joins or self._only_added(step.index)
        )

    def _only_added(self, index: int) -> bool:
        return all(self.steps[reader].kind == "add" for reader in self.structure.readers_beyond(index))

    def _residuals(self, index: int) -> list[Join]:
        return [
            join
            for reader in self.structure.readers_beyond(index)
            if (join := self.joins.get(reader)) is not None and join.kind in ("projection", "padding")
        ]

    # ---- signs ---------------------------------------------------------------------------------------------------

    def _sign(self, step: Step, run: str, part: Part | None) -> bool:
        """⊕, ⊗ or ◫; none where all that is joined comes from one volume by what is not drawn."""
        join = self.joins[step.index]
        reads = [read for read in self.structure.reads_of(step) if read in self.values]
        values = [self.values[read] for read in reads]
        nodes = tuple(dict.fromkeys(node for value in values for node in value.nodes))
        if len(nodes) == 1 and not any(value.through for value in values):
            self.values[step.index] = Value(nodes, False)
            return False
        form: Form = {"gate": "gate", "concat": "concat"}.get(join.kind, "sum")  # type: ignore[assignment]
        sign = self._add(step.index, form, run or step.name, part)
        node = self.graph.nodes[sign]
        node.more = len(self.structure.reads_of(step)) - len(reads)
        hung = self._hang(node, join)
        ways: list[Value] = []
        for read, value in zip(reads, values, strict=True):
            kind = self._kind(join, read, value)
            if hung and read in (*join.shortcut, join.fork) and read not in join.main:
                continue
            if kind == "gate" and value.through and all(set(value.nodes) <= set(v.nodes) for v in values):
                continue
            if kind == "main" and (value.through or form == "sum"):
                ways.append(value)
            self._link(value.nodes, sign, kind)
        if form != "gate" and len(ways) > 1 and len(nodes) == 1:
            node.fan = len(ways)
        self.values[step.index] = Value((sign,), False)
        return True

    def _hang(self, node: Node, join: Join) -> bool:
        """A projection's result hangs over its sign where its steps are not drawn one by one."""
        if join.kind not in ("projection", "padding") or not self._may_hang(join):
            return False
        assert join.fork is not None
        fork = self.values[self._known(join.fork)]
        way = tuple(index for index in join.shortcut if index not in join.main)
        if any(index in self.values and not self.values[index].through for index in way):
            drawn = [self.values[index].nodes[0] for index in way if index in self.values]
            if any(node_index != fork.nodes[0] for node_index in drawn):
                return False
        node.hang, node.hang_from = way, fork.nodes[0]
        node.hang_kind = "projection" if join.kind == "projection" else "zero-pad"
        return True

    def _may_hang(self, join: Join) -> bool:
        """Whether the way begins at one node of the main path, where a line can go up from it."""
        if self.level == "block" or join.fork is None or not set(join.shortcut) - set(join.main):
            return False
        fork = self.values.get(self._known(join.fork))
        if fork is None or len(fork.nodes) != 1:
            return False
        return not (self.graph.nodes[fork.nodes[0]].source and fork.nodes[0] > 0)

    def _known(self, index: int) -> int:
        return index if index in self.values else self.structure.root(index)

    def _kind(self, join: Join, read: int, value: Value) -> LinkKind:
        short = read in join.shortcut and read not in join.main
        if join.kind != "gate":  # of a gate the fork is what is gated
            short = short or read == join.fork
        if join.kind == "concat":
            if value.through or len(join.ways) < 2:
                return "main"
            fork = join.fork
            alone = fork is not None and self.structure.root(read) == self.structure.root(fork)
            return "skip" if alone or join.step in self.structure.reads else "main"
        if not short:
            return "main"
        return {"identity": "identity", "projection": "projection", "padding": "zero-pad", "gate": "gate"}.get(
            join.kind, "main"
        )  # type: ignore[return-value]

    # ---- parts as one volume -------------------------------------------------------------------------------------

    def _whole(self, atom: Atom) -> None:
        """A block as its signs and one volume."""
        part = atom.part
        assert part is not None
        final = self.structure.root(atom.stop - 1, atom.start)
        signs = self._signs(atom, final)
        dense: int | None = None
        before: tuple[int, ...] = ()
        for step in self.steps[atom.start : atom.stop]:
            values = self._values(step)
            nodes = tuple(dict.fromkeys(node for value in values for node in value.nodes))
            before = before or nodes
            through = any(value.through for value in values) or len(nodes) > 1
            if step.index in signs and nodes and self._sign(step, atom.run, atom.of):
                if self._leads_dense(step, atom):
                    dense = self._add(step.index, "volume", atom.run, atom.of, part)
                    self.graph.nodes[dense].covers = (atom.start, atom.stop)
                    self._link(self.values[step.index].nodes, dense)
                    self.values[step.index] = Value((dense,), False)
                continue
            quiet = self.structure.quiet(step) and not through and len(nodes) == 1
            self.values[step.index] = Value(nodes or before, not quiet)
        out = atom.stop - 1
        value = self.values[out]
        if dense is not None and value.through and self._goes_beside(out, value):
            return
        if dense is None and not atom.folded and value.through and self._goes_beside(out, value):
            return  # the first layer of a dense block: the line to the concatenation tells it
        shown = out
        if atom.folded:
            lead = next((i for i in range(atom.folded[-1].start, out) if i in self.structure.reads), None)
            shown = lead if lead is not None and self._only_concatenated(out) else out
        node = self._add(shown, "volume", atom.run, atom.of, part)
        made = self.graph.nodes[node]
        made.covers = (atom.start, atom.stop)
        if atom.folded:
            made.folded = tuple(one.stop - 1 for one in atom.folded)
            equal = len({one.signature for one in atom.folded}) == 1
            made.note = f"× {len(atom.folded)}" if equal else f"+ {len(atom.folded)} more"
        self._link(value.nodes, node)
        whole = Value((node,), False)
        beside = shown != out
        for index in range(atom.start, atom.stop):
            if self.values[index].through:
                self.values[index] = Value((node,), True) if beside and index == out else whole
        self.values[out] = Value((node,), True) if beside else whole

    def _leads_dense(self, step: Step, atom: Atom) -> bool:
        """Whether a part begins with a concatenation of what lies before it, as a dense layer does."""
        return (
            self.level == "network"
            and isinstance(step.op, Concat)
            and all(read < atom.start for read in step.reads)
            and not any(heavy(other) for other in self.steps[atom.start : step.index])
        )

    def _goes_beside(self, out: int, value: Value) -> bool:
        """Whether a part's output is only ever put beside what the part read."""
        if self.level != "network" or not value.nodes or not self._only_concatenated(out):
            return False
        first = self.steps[min(self.structure.readers_beyond(out))]
        others = [
            read for read in self.structure.reads_of(first) if self.structure.root(read) != self.structure.root(out)
        ]
        return any(
            (known := self.values.get(read)) is not None and not known.through and known.nodes[0] in value.nodes
            for read in others
        )

    def _only_concatenated(self, index: int) -> bool:
        readers = self.structure.readers_beyond(index)
        return bool(readers) and all(
            (join := self.joins.get(reader)) is not None and join.kind == "concat" for reader in readers
        )

    def _signs(self, atom: Atom, final: int) -> set[int]:
        """The joins of a block that are drawn before its volume."""
        if atom.folded:
            return set()
        closed = atom.opened and not self.detail.inner
        if closed or atom.part is None or atom.part.kind != "block" or not atom.part.path:
            return self._from_outside(atom)
        found = self._from_outside(atom)
        inside = [join for join in self.structure.joins.values() if atom.start <= join.step < atom.stop]
        residual = [join for join in inside if join.is_residual]
        residual = [join for join in residual if join.fork is not None and self._at_door(join.fork, atom, residual)]
        if len(residual) <= MOST_SIGNS:
            found |= {join.step for join in residual}
        elif residual[-1].step == final:
            found = {*found}
        if final in self.joins and self.joins[final].kind in ("concat", "merge"):
            found.add(final)
        found |= {
            join.step
            for join in inside
            if join.kind == "concat"
            and join.fork is not None
            and self.structure.root(join.fork, atom.start) < atom.start
        }
        gates = [join for join in inside if join.kind == "gate" and self.steps[join.step].kind == "scale"]
        if len(gates) == 1 and self.detail.gates:
            found.add(gates[0].step)
        return found

    def _at_door(self, fork: int, atom: Atom, residual: Sequence[Join]) -> bool:
        """Whether a shortcut begins at what the block read, or at a sum before it, and not inside a way."""
        root = self.structure.root(fork, atom.start)
        return root < atom.start or any(root == join.step for join in residual)

    def _from_outside(self, atom: Atom) -> set[int]:
        """Joins that read a tensor from outside beside another one: a U-Net's skips, a dense layer's concatenation."""
        found: set[int] = set()
        for index in range(atom.start, atom.stop):
            join = self.joins.get(index)
            if join is None or join.kind == "gate":
                continue
            roots = {self.structure.root(read, atom.start) for read in self.structure.reads_of(self.steps[index])}
            outside = {root for root in roots if root < atom.start}
            if outside and len(roots) > 1:
                found.add(index)
        return found if len(found) <= MOST_SIGNS else set(sorted(found)[-MOST_SIGNS:])


def _aside_kind(step: Step) -> LinkKind:
    if step.path == "gate":
        return "gate"
    return "zero-pad" if isinstance(step.op, Pad) else "projection"
