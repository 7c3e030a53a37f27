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
from dataclasses import replace
from functools import cached_property

from .blocks import find_blocks
from .joins import find_joins
from .parts import SHORTCUTS, Join, Part, PartKind
from .spans import Modules, Span
from .stages import runs_of_blocks, runs_of_maps
from .step import Path, Step
from .trace import Trace


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
        path = paths.get(step.index, path) if stage else path
        placed.append(Step(*step[:3], stage, block, path, *step[6:]))  # by place: by name it takes twice as long
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


_ENDS = ("stem", "head")  # what parts are called that are no module


class _Builder:
    """Makes the tree of one network."""

    def __init__(self, trace: Trace, joins: tuple[Join, ...]) -> None:
        self.trace, self.steps, self.joins = trace, trace.steps, joins
        self.paths: set[str] = set()

    def network(self) -> Part:
        """Stem, stages and head."""
        steps = self.steps
        modules = Modules(steps)
        blocks = find_blocks(modules, self.joins)
        groups = runs_of_blocks(modules, self.joins, blocks) if blocks else runs_of_maps(steps, self.trace.returned[0])
        parts: list[Part] = []
        self.paths |= {*_ENDS}
        if groups and groups[0].start > 0:
            parts.append(self._part("stem", "stem", "stem", 0, groups[0].start))
        parts += [self._stage(group, number) for number, group in enumerate(groups, 1)]
        end = groups[-1].stop if groups else 0
        if end < len(steps):
            kind: PartKind = "head" if groups else "stem"
            parts.append(self._part(kind, kind, kind, end, len(steps)))
        kept = self._left(0, len(steps), parts)
        title = self.trace.title or "network"
        return Part("network", "", title, 0, len(steps), None, tuple(parts), kept, 0)

    def _stage(self, group: Span, number: int) -> Part:
        parts = [self._block(span) for span in group.inner]
        path = self._unique(group.path or f"stage{number}")
        title = f"{path}: {group.title}" if group.title else path
        return self._part("stage", path, title, group.start, group.stop, parts)

    def _block(self, span: Span) -> Part:
        parts = [self._block(one) for one in span.inner]
        path = self._unique(span.path)
        title = span.path if span.path in _ENDS else path
        return self._part("block", path, title, span.start, span.stop, parts)

    def _part(self, kind: PartKind, path: str, title: str, start: int, stop: int, parts: Sequence[Part] = ()) -> Part:
        outside = [read for step in self.steps[start:stop] for read in step.reads if read < start]
        return Part(
            kind,
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
        alike = zip(self._alike[start:stop], self.steps[start:stop], strict=True)
        return hash(tuple([(own, *[max(read - start, -1) for read in step.reads]) for own, step in alike]))

    @cached_property
    def _alike(self) -> list[int]:
        """For each step what it is, wherever it stands; it lies in a part in a part."""
        return [hash((step.op, step.inputs, step.output, step.params)) for step in self.steps]

    def _unique(self, path: str) -> str:
        name, number = path, 2
        while name in self.paths:
            name, number = f"{path}#{number}", number + 1
        self.paths.add(name)
        return name
