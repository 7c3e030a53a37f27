"""What is this network made of?  Joins, stages, blocks and branches, from who reads whom and the modules' paths.

No name is looked for: a path only tells which steps belong to one module. So our own networks and anybody else's get
their parts in one way.

A *block* is the smallest module that adds or joins what it was given to what it made of it, and its like beside it;
where the code has no module for it, the steps between the fork and the join. *Stages* are runs of blocks with one
parent and one map size; what comes before them is the stem, what comes after the head.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from .joins import dominators, find_joins, heavy
from .steps import SHORTCUTS, Activation, AvgPool, Join, Part, Path, Shape, Step, Trace

MOST_DIRECT = 3  # additions in one module's own code that still make one block (attention, then a small network)


def derive(trace: Trace) -> tuple[tuple[Join, ...], Part]:
    """Every join of ``trace`` in order of execution, and the network as a tree of parts.

    >>> from resnet_viz import forecast
    >>> [part.path for part in derive(forecast("resnet18"))[1].parts]
    ['stem', 'layer1', 'layer2', 'layer3', 'layer4', 'head']
    """
    joins = find_joins(trace.steps)
    return joins, _Builder(trace, joins).network()


def placed(trace: Trace) -> Trace:
    """``trace`` of somebody else's network with its steps' stage, block and path, and its structure at hand."""
    joins, network = derive(trace)
    made = replace(trace, steps=place(trace.steps, joins, network))
    made.keep_structure(joins, network)
    return made


def place(steps: Sequence[Step], joins: Iterable[Join], network: Part) -> tuple[Step, ...]:
    """The steps of somebody else's network with their stage, block and path, as the parts and joins tell."""
    paths: dict[int, Path] = {}
    for join in joins:
        if join.kind == "gate":
            paths |= dict.fromkeys(set(join.shortcut) - set(join.main), "gate")
        elif join.kind in SHORTCUTS:
            for index in set(join.shortcut) - set(join.main):
                paths.setdefault(index, "shortcut")
    where: dict[int, tuple[int | None, int | None, Path]] = {}
    number = 0
    for part in network.parts:
        if part.kind != "stage":
            side: Path = "stem" if part.kind == "stem" else "head"
            where |= dict.fromkeys(part.steps, (None, None, side))
            continue
        number += 1
        where |= dict.fromkeys(part.steps, (number, None, "main"))
        for block, one in enumerate(one for one in part.parts if one.kind == "block"):
            where |= dict.fromkeys(one.steps, (number, block, "main"))
    placed: list[Step] = []
    for step in steps:
        stage, block, path = where.get(step.index, (None, None, "main"))
        placed.append(step._replace(stage=stage, block=block, path=paths.get(step.index, path) if stage else path))
    return tuple(placed)


def place_names(trace: Trace) -> dict[tuple[int | None, int | None], str]:
    """The path of each stage, by its number and None, and of each block, by both numbers, as the steps bear them."""
    found: dict[tuple[int | None, int | None], str] = {}
    for part in trace.parts.walk():
        first = trace.steps[part.start]
        if part.kind == "stage":
            found.setdefault((first.stage, None), part.path)
        elif part.kind == "block" and first.block is not None:
            found.setdefault((first.stage, first.block), part.path)
    return found


def main_path(steps: Sequence[Step], output: int) -> list[int]:
    """The steps that every way must pass: from the input to the smallest map, and from there to ``output``."""
    maps = [step for step in steps if _has_several_cells(step)]
    if not maps:
        return []
    smallest = min(maps, key=lambda step: (step.output[2] * step.output[3], -step.index))
    above = dominators([step.reads for step in steps])
    chain: list[int] = []
    at: int | None = smallest.index
    while at is not None:
        chain.append(at)
        at = above[at]
    chain.reverse()
    # the same seen from the output: who reads whom, backwards
    count = output + 1
    readers: list[list[int]] = [[] for _ in range(count)]
    for step in steps[:count]:
        for read in step.reads:
            readers[count - 1 - read].append(count - 1 - step.index)
    if smallest.index < count:
        below = dominators([tuple(reads) for reads in readers], only_from=0)
        at = below[count - 1 - smallest.index]
        while at is not None:
            chain.append(count - 1 - at)
            at = below[at]
    return chain


def map_stages(trace: Trace) -> list[tuple[tuple[int, int], list[int]]]:
    """Per map size along the main path the channels in order, repeats dropped: ``[((56, 56), [64, 256]), …]``."""
    stages: list[tuple[tuple[int, int], list[int]]] = []
    for index in main_path(trace.steps, trace.returned[0]):
        step = trace.steps[index]
        if not _has_several_cells(step) or step.kind in ("input", "reshape", "pad"):
            continue
        side, channels = (step.output[2], step.output[3]), step.output[1]
        if not stages or stages[-1][0] != side:
            stages.append((side, [channels]))
        elif stages[-1][1][-1] != channels:
            stages[-1][1].append(channels)
    return stages


def _has_several_cells(step: Step) -> bool:
    """Whether it makes a map of more than one cell."""
    return len(step.output) == 4 and step.output[2] * step.output[3] > 1


def module_of(step: Step) -> str:
    """The path of the module in whose forward the step is called: ``layer1.0`` of ``layer1.0.conv1#2``."""
    return step.name.partition("#")[0].rpartition(".")[0]


def common_path(paths: Iterable[str]) -> str:
    """The longest path that all ``paths`` begin with; at least one."""
    split = [path.split(".") if path else [] for path in paths]
    first, last = min(split), max(split)
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    return ".".join(first[:same])


@dataclass(slots=True)
class _Span:
    """A module's call, or the steps between a fork and its join: ``start`` up to ``stop``."""

    path: str
    start: int
    stop: int
    inner: list[_Span] = field(default_factory=list["_Span"])
    title: str = ""
    residual: bool = False  # it adds its input to what it made of it, or stands beside one that does

    @property
    def parent(self) -> str:
        return self.path.rpartition(".")[0]


def _within(one: Part | _Span, other: Part | _Span) -> bool:
    return other.start <= one.start and one.stop <= other.stop


def _same(one: _Span, other: _Span) -> bool:
    return (one.path, one.start, one.stop) == (other.path, other.start, other.stop)


class _Builder:
    """Makes the tree of one network."""

    def __init__(self, trace: Trace, joins: tuple[Join, ...]) -> None:
        self.trace, self.steps, self.joins = trace, trace.steps, joins
        self.modules = [module_of(step) for step in self.steps]
        self.paths: set[str] = set()

    def network(self) -> Part:
        """Stem, stages and head."""
        steps = self.steps
        blocks = self._blocks()
        groups = self._stages(blocks) if blocks else self._plain_stages()
        parts: list[Part] = []
        self.paths |= {"stem", "head"}
        if groups and groups[0].start > 0:
            parts.append(self._part("stem", "stem", "stem", 0, groups[0].start))
        parts += [self._stage(group, number) for number, group in enumerate(groups, 1)]
        end = groups[-1].stop if groups else 0
        if end < len(steps):
            kind = "head" if groups else "stem"
            parts.append(self._part(kind, kind, kind, end, len(steps)))
        kept = self._left(0, len(steps), parts)
        title = self.trace.title or "network"
        return Part("network", "", title, 0, len(steps), None, tuple(parts), kept, 0)

    # ---- blocks --------------------------------------------------------------------------------------------------

    def _blocks(self) -> list[_Span]:
        """The outermost blocks in order; those within one are its ``inner``."""
        found = self._joining_modules(residual=True)
        found += self._between_forks(found)
        for span in found:
            span.residual = True
        found += self._siblings(found)
        joining = self._joining_modules(residual=False)
        joining = [one for one in joining if not any(_same(one, other) for other in found)]
        found += joining
        found += self._siblings([one for one in joining if not any(o.residual and _within(one, o) for o in found)])
        if not found:
            found = self._repeated()
        return self._nested([self._whole(span) for span in found])

    def _joining_modules(self, residual: bool) -> list[_Span]:
        """Modules whose own code adds a shortcut, or else concatenates or merges what belongs together."""
        direct: dict[str, list[Join]] = {}
        for join in self.joins:
            if (
                join.kind != "gate"
                and join.detail != "inner"
                and join.is_residual == residual
                and self.modules[join.step]
            ):
                direct.setdefault(self.modules[join.step], []).append(join)
        spans: list[_Span] = []
        for module, joins in direct.items():
            for span in self._calls(module):
                inside = sum(span.start <= join.step < span.stop for join in joins)
                if inside and (inside <= MOST_DIRECT or not residual) and self._heavy(span):
                    spans.append(span)
        return spans

    def _whole(self, span: _Span) -> _Span:
        """What joins inside a numbered module, as the only one there, is that module's work."""
        parent = span.parent
        if not parent.rpartition(".")[2].isdecimal() or span.path.rpartition(".")[2].isdecimal():
            return span
        above = next((call for call in self._calls(parent) if _within(span, call)), None)
        if above is None or any(
            above.start <= join.step < above.stop and not span.start <= join.step < span.stop
            for join in self.joins
            if join.kind != "gate"
        ):
            return span
        above.residual = span.residual
        return above

    def _between_forks(self, modules: list[_Span]) -> list[_Span]:
        """Residuals that no module stands for: from after the fork to the join, and the activation after it."""
        spans: list[_Span] = []
        in_module = bytearray(len(self.steps))
        for module in modules:
            in_module[module.start : module.stop] = b"\1" * (module.stop - module.start)
        for join in self.joins:
            if not join.is_residual or in_module[join.step]:
                continue
            start = min([way[0] for way in join.ways if way], default=join.step)
            stop = join.step + 1
            while stop < len(self.steps) and self._follows(stop, self.modules[join.step]):
                stop += 1
            spans.append(_Span(self.steps[join.step].name, start, stop))
        # a long way round other blocks is no block of its own, and nothing is in two
        spans = [one for one in spans if not any(_within(other, one) for other in modules)]
        kept: list[_Span] = []
        taken = bytearray(len(self.steps))
        for span in sorted(spans, key=lambda span: (span.stop - span.start, span.start)):
            if not any(taken[span.start : span.stop]):
                taken[span.start : span.stop] = b"\1" * (span.stop - span.start)
                kept.append(span)
        return kept

    def _follows(self, index: int, module: str) -> bool:
        step = self.steps[index]
        return isinstance(step.op, Activation) and step.reads == (index - 1,) and self.modules[index] == module

    def _siblings(self, blocks: list[_Span]) -> list[_Span]:
        """The like of blocks beside them that joins nothing: of two convs at least, a child of the same module, or of
        a module beside that one which has no blocks yet (a stage of one block that halves the map).
        """
        whole = {span.path for span in blocks if span.residual}  # what stands in such a block is its work
        parents = dict.fromkeys(
            span.parent
            for span in blocks
            if span.parent and span.parent not in whole and span.path in self._all_modules
        )
        wide = dict(parents)
        for parent in parents:
            for other in self._children(parent.rpartition(".")[0]):
                if not any(span.path == other or span.path.startswith(other + ".") for span in blocks):
                    wide[other] = None
        spans: list[_Span] = []
        for parent in wide:
            for child in self._children(parent):
                for span in self._calls(child):
                    apart = all(
                        span.stop <= other.start or other.stop <= span.start or parent == other.path for other in blocks
                    )
                    if apart and self._heavy(span) >= 2 and len(self.steps[span.stop - 1].output) == 4:
                        span.residual = blocks[0].residual
                        spans.append(span)
        return spans

    def _repeated(self) -> list[_Span]:
        """In a network without joins: modules of several convs that stand side by side."""
        best: list[_Span] = []
        for parent in sorted(self._all_modules, key=lambda path: path.count(".")):
            spans = [span for child in self._children(parent) for span in self._calls(child) if self._heavy(span) >= 2]
            if len(spans) >= 2 and not any(_within(span, one) for span in spans for one in best):
                numbered = all(span.path.rpartition(".")[2].isdecimal() for span in spans)
                if parent and numbered:
                    best += spans
        return best

    def _nested(self, spans: list[_Span]) -> list[_Span]:
        """A tree of spans: what holds several others is a stage and gives way to them, what holds one keeps it."""
        ordered = sorted(spans, key=lambda span: (span.start, -span.stop, span.path, not span.residual))
        spans = [span for at, span in enumerate(ordered) if not at or not _same(span, ordered[at - 1])]
        outer: list[_Span] = []
        stack: list[_Span] = []
        for span in spans:
            while stack and stack[-1].stop <= span.start:
                stack.pop()
            if stack and not _within(span, stack[-1]):
                continue
            (stack[-1].inner if stack else outer).append(span)
            stack.append(span)
        return [one for span in outer for one in self._opened(span)]

    def _opened(self, span: _Span) -> list[_Span]:
        inner = [one for below in span.inner for one in self._opened(below)]
        span.inner = inner
        chain = [one for one in inner if one.residual or not span.residual]
        alike = not span.residual or len({one.parent for one in chain}) == 1
        if len(chain) < 2 or not alike or not all(self._continues(a, b) for a, b in pairwise(chain)):
            return [span]
        return inner

    def _continues(self, one: _Span, other: _Span) -> bool:
        """Whether ``other`` reads what ``one`` made: blocks in a row and not beside each other."""
        return any(one.start <= read < one.stop for step in self.steps[one.stop : other.stop] for read in step.reads)

    # ---- stages --------------------------------------------------------------------------------------------------

    def _stages(self, blocks: list[_Span]) -> list[_Span]:
        """Runs of blocks with one parent, split where the map size changes among children of one parent."""
        groups: list[_Span] = []
        for span in blocks:
            last = groups[-1] if groups else None
            if last and last.inner[-1].parent == span.parent and self._size(last.inner[-1]) == self._size(span):
                last.inner.append(span)
                last.stop = span.stop
            else:
                groups.append(_Span("", span.start, span.stop, [span]))
        of_parent: dict[str, int] = {}
        for group in groups:
            of_parent[group.inner[0].parent] = of_parent.get(group.inner[0].parent, 0) + 1
        for before, group in pairwise(groups):
            parent = before.inner[-1].parent
            own = parent and of_parent[parent] == 1
            while own and before.stop < group.start and self._under(before.stop, parent):
                before.stop += 1
            group.start = before.stop
        last, first = groups[-1], groups[0]
        parent = last.inner[-1].parent
        while of_parent[parent] == 1 and parent and last.stop < len(self.steps) and self._under(last.stop, parent):
            last.stop += 1
        parent = first.inner[0].parent
        while of_parent[parent] == 1 and parent and first.start > 1 and self._under(first.start - 1, parent):
            first.start -= 1
        for group in groups:
            names = [span.path for span in group.inner]
            shared = common_path(span.parent for span in group.inner)
            if shared and of_parent[group.inner[0].parent] == 1:
                group.path = shared
            else:
                group.title = names[0] if len(set(names)) == 1 else f"{names[0]} … {names[-1].rpartition('.')[2]}"
        return groups

    def _plain_stages(self) -> list[_Span]:
        """Without blocks: runs of the main path with one map size."""
        groups: list[_Span] = []
        size: Shape | None = None
        for index in main_path(self.steps, self.trace.returned[0]):
            step = self.steps[index]
            if step.kind == "input":
                continue
            if len(step.output) != 4 or (isinstance(step.op, AvgPool) and step.op.kernel == step.inputs[0][2:]):
                break  # what comes after the maps, or after the mean of the last
            if step.output[2:] != size:
                size = step.output[2:]
                groups.append(_Span("", index, index + 1))
            groups[-1].stop = index + 1
            groups[-1].title = self._run_title(groups[-1])
        for before, group in pairwise(groups):
            group.start = before.stop
        if groups:
            groups[0].start = 0
        return groups

    def _run_title(self, group: _Span) -> str:
        first, last = (self.steps[index].name for index in (group.start, group.stop - 1))
        return first if first == last else f"{first} … {last}"

    def _stage(self, group: _Span, number: int) -> Part:
        parts = [self._block(span) for span in group.inner]
        path = self._unique(group.path or f"stage{number}")
        title = f"{path}: {group.title}" if group.title else path
        return self._part("stage", path, title, group.start, group.stop, parts)

    def _block(self, span: _Span) -> Part:
        parts = [self._block(one) for one in span.inner]
        path = self._unique(span.path)
        return self._part("block", path, path, span.start, span.stop, parts)

    # ---- small things --------------------------------------------------------------------------------------------

    def _part(self, kind: str, path: str, title: str, start: int, stop: int, parts: Sequence[Part] = ()) -> Part:
        outside = [read for step in self.steps[start:stop] for read in step.reads if read < start]
        return Part(
            kind,  # type: ignore[arg-type]
            path,
            title,
            start,
            stop,
            outside[0] if outside else None,
            tuple(parts),
            self._left(start, stop, parts),
            self._signature(start, stop),
        )

    def _left(self, start: int, stop: int, parts: Sequence[Part]) -> tuple[Join, ...]:
        """The joins of these steps that are in no part of theirs."""
        first, after = (bisect_left(self.joins, at, key=lambda join: join.step) for at in (start, stop))
        left: list[Join] = []
        at = 0
        for join in self.joins[first:after]:
            while at < len(parts) and parts[at].stop <= join.step:
                at += 1
            if at == len(parts) or join.step < parts[at].start:
                left.append(join)
        return tuple(left)

    def _signature(self, start: int, stop: int) -> int:
        return hash(
            tuple(
                (step.op, step.inputs, step.output, step.params, tuple([max(read - start, -1) for read in step.reads]))
                for step in self.steps[start:stop]
            )
        )

    def _unique(self, path: str) -> str:
        name, number = path, 2
        while name in self.paths:
            name, number = f"{path}#{number}", number + 1
        self.paths.add(name)
        return name

    def _under(self, index: int, path: str) -> bool:
        module = self.modules[index]
        return module == path or module.startswith(path + ".") or self.steps[index].name.partition("#")[0] == path

    def _size(self, span: _Span) -> Shape:
        last = span.stop - 1
        while last > span.start and self.steps[last].kind in ("reshape", "identity"):
            last -= 1
        return self.steps[last].output[2:]

    def _heavy(self, span: _Span) -> int:
        return sum(heavy(step) for step in self.steps[span.start : span.stop])

    @cached_property
    def _all_modules(self) -> dict[str, None]:
        """Every path that a step lies in, directly or deeper, in order."""
        known: dict[str, None] = {"": None}
        for module in dict.fromkeys(self.modules):
            at = ""
            for name in module.split(".") if module else ():
                at = f"{at}.{name}" if at else name
                known[at] = None
        return known

    @cached_property
    def _below(self) -> dict[str, list[str]]:
        """The modules right within each."""
        below: dict[str, list[str]] = {}
        for path in self._all_modules:
            if path:
                below.setdefault(path.rpartition(".")[0], []).append(path)
        return below

    @cached_property
    def _runs(self) -> dict[str, list[tuple[int, int]]]:
        """For each module the runs of neighbouring steps in it or deeper, from and up to."""
        runs: dict[str, list[tuple[int, int]]] = {}
        for index, path in enumerate(self.modules):
            at = path
            while at:
                known = runs.setdefault(at, [])
                if known and known[-1][1] == index:
                    known[-1] = (known[-1][0], index + 1)
                else:
                    known.append((index, index + 1))
                at = at.rpartition(".")[0]
        return runs

    def _children(self, parent: str) -> list[str]:
        return self._below.get(parent, [])

    def _calls(self, module: str) -> list[_Span]:
        """Each call of a module, as far as it can be told from the next: a run of neighbouring steps."""
        return [_Span(module, start, stop) for start, stop in self._runs.get(module, [])]
