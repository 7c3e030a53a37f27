"""Which steps are a block?  The smallest module that adds or joins what it was given to what it made of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from .joins import heavy
from .parts import Join
from .spans import Modules, Span, same, within

MOST_DIRECT = 3  # additions in one module's own code that still make one block (attention, then a small network)


def find_blocks(modules: Modules, joins: Sequence[Join]) -> list[Span]:
    """The outermost blocks in order; those within one are its ``inner``."""
    return _Blocks(modules, joins).find()


class _Blocks:
    """Finds the blocks of one network."""

    def __init__(self, modules: Modules, joins: Sequence[Join]) -> None:
        self.modules, self.steps, self.joins = modules, modules.steps, joins

    def find(self) -> list[Span]:
        """The outermost blocks in order."""
        found = self._joining_modules(residual=True)
        found += self._between_forks(found)
        for span in found:
            span.residual = True
        found += self._siblings(found)
        joining = self._joining_modules(residual=False)
        joining = [one for one in joining if not any(same(one, other) for other in found)]
        found += joining
        joining = [one for one in joining if not any(o.residual and within(one, o) for o in found)]
        found += self._siblings(joining)
        found += self._encoder(joining, found)
        if not found:
            found = self._repeated()
        found = [self._whole(span) for span in found]
        return self._nested([*found, *self._units(found)])

    def _joining_modules(self, residual: bool) -> list[Span]:
        """Modules whose own code adds a shortcut, or else concatenates or merges what belongs together."""
        direct: dict[str, list[Join]] = {}
        for join in self.joins:
            if (
                join.kind != "gate"
                and join.detail != "inner"
                and join.is_residual == residual
                and self.modules.of[join.step]
            ):
                direct.setdefault(self.modules.of[join.step], []).append(join)
        spans: list[Span] = []
        for module, joins in direct.items():
            for span in self.modules.calls(module):
                inside = sum(span.start <= join.step < span.stop for join in joins)
                if inside and (inside <= MOST_DIRECT or not residual) and self.modules.heavy(span):
                    spans.append(span)
        return spans

    def _whole(self, span: Span) -> Span:
        """What joins inside a numbered module, as the only one there, is that module's work."""
        parent = span.parent
        if not parent.rpartition(".")[2].isdecimal() or span.path.rpartition(".")[2].isdecimal():
            return span
        above = next((call for call in self.modules.calls(parent) if within(span, call)), None)
        if above is None or any(
            above.start <= join.step < above.stop and not span.start <= join.step < span.stop
            for join in self.joins
            if join.kind != "gate"
        ):
            return span
        above.residual = span.residual
        return above

    def _units(self, blocks: list[Span]) -> list[Span]:
        """Numbered modules whose work is several blocks in a row that have names and one map size: a transformer's
        layer of attention and MLP."""
        inside: dict[tuple[str, int], list[Span]] = {}
        calls: dict[tuple[str, int], Span] = {}
        for span in blocks:
            module = span.path
            while module and not module.rpartition(".")[2].isdecimal():
                module = module.rpartition(".")[0]
            for call in self.modules.calls(module) if module else ():
                if within(span, call):
                    calls[module, call.start] = call
                    inside.setdefault((module, call.start), []).append(span)
        units: list[Span] = []
        for place, call in calls.items():
            own = sorted(inside[place], key=lambda span: (span.start, -span.stop))
            own = [one for one in own if not any(one is not other and within(one, other) for other in own)]
            named = len(own) > 1 and all(one.residual and one.path != call.path for one in own)
            alike = named and len({self.modules.size(one) for one in own}) == 1
            if alike and all(self._continues(a, b) for a, b in pairwise(own)):
                units.append(replace(call, residual=True, unit=True))
        return units

    def _between_forks(self, modules: list[Span]) -> list[Span]:
        """Residuals that no module stands for: from after the fork to the join, and the activation after it."""
        spans: list[Span] = []
        in_module = bytearray(len(self.steps))
        for module in modules:
            in_module[module.start : module.stop] = b"\1" * (module.stop - module.start)
        for join in self.joins:
            if not join.is_residual or in_module[join.step]:
                continue
            start = min([way[0] for way in join.ways if way], default=join.step)
            spans.append(Span(self.steps[join.step].name, start, self.modules.with_activation(join.step)))
        # a long way round other blocks is no block of its own, and nothing is in two
        spans = [one for one in spans if not any(within(other, one) for other in modules)]
        kept: list[Span] = []
        taken = bytearray(len(self.steps))
        for span in sorted(spans, key=lambda span: (span.stop - span.start, span.start)):
            if not any(taken[span.start : span.stop]):
                taken[span.start : span.stop] = b"\1" * (span.stop - span.start)
                kept.append(span)
        return kept

    def _siblings(self, blocks: list[Span]) -> list[Span]:
        """The like of blocks beside them that joins nothing: of two convs at least, a child of the same module, or of
        a module beside that one which has no blocks yet (a stage of one block that halves the map).
        """
        whole = {span.path for span in blocks if span.residual}  # what stands in such a block is its work
        parents = dict.fromkeys(
            span.parent
            for span in blocks
            if span.parent and span.parent not in whole and span.path in self.modules.paths
        )
        wide = dict(parents)
        for parent in parents:
            for other in self.modules.children(parent.rpartition(".")[0]):
                if not any(span.path == other or span.path.startswith(other + ".") for span in blocks):
                    wide[other] = None
        spans: list[Span] = []
        for parent in wide:
            for child in self.modules.children(parent):
                for span in self.modules.calls(child):
                    apart = all(
                        span.stop <= other.start or other.stop <= span.start or parent == other.path for other in blocks
                    )
                    if apart and self.modules.heavy(span) >= 2 and len(self.steps[span.stop - 1].output) == 4:
                        span.residual = blocks[0].residual
                        spans.append(span)
        return spans

    def _encoder(self, joining: list[Span], blocks: list[Span]) -> list[Span]:
        """The levels of an encoder that stand at the root before a decoder's: modules of two convs at least that the
        decoder's long skips fork from, or lead round.
        """
        led_round: set[int] = set()
        for up in joining:
            if up.parent:
                continue
            first, after = (bisect_left(self.joins, at, key=lambda join: join.step) for at in (up.start, up.stop))
            for join in self.joins[first:after]:
                before = {index for way in join.ways for index in way if index < up.start}
                # what forks right before the block is no long skip
                if join.fork is not None and any(heavy(self.steps[index]) for index in before):
                    led_round |= {join.fork, *before}
        return [
            span
            for child in (self.modules.children("") if led_round else ())
            for span in self.modules.calls(child)
            if all(span.stop <= other.start or other.stop <= span.start for other in blocks)
            and self.modules.heavy(span) >= 2
            and len(self.steps[span.stop - 1].output) == 4
            and not led_round.isdisjoint(range(span.start, span.stop))
        ]

    def _repeated(self) -> list[Span]:
        """In a network without joins: modules of several convs that stand side by side."""
        best: list[Span] = []
        for parent in sorted(self.modules.paths, key=lambda path: path.count(".")):
            spans = [
                span
                for child in self.modules.children(parent)
                for span in self.modules.calls(child)
                if self.modules.heavy(span) >= 2
            ]
            if len(spans) >= 2 and not any(within(span, one) for span in spans for one in best):
                numbered = all(span.path.rpartition(".")[2].isdecimal() for span in spans)
                if parent and numbered:
                    best += spans
        return best

    def _nested(self, spans: list[Span]) -> list[Span]:
        """A tree of spans: what holds several others is a stage and gives way to them, what holds one keeps it."""
        ordered = sorted(spans, key=lambda span: (span.start, -span.stop, span.path, not span.residual))
        spans = [span for at, span in enumerate(ordered) if not at or not same(span, ordered[at - 1])]
        outer: list[Span] = []
        stack: list[Span] = []
        for span in spans:
            while stack and stack[-1].stop <= span.start:
                stack.pop()
            if stack and not within(span, stack[-1]):
                continue
            (stack[-1].inner if stack else outer).append(span)
            stack.append(span)
        return [one for span in outer for one in self._opened(span)]

    def _opened(self, span: Span) -> list[Span]:
        inner = [one for below in span.inner for one in self._opened(below)]
        span.inner = inner
        if span.unit:
            return [span]
        chain = [one for one in inner if one.residual or not span.residual]
        alike = not span.residual or len({one.parent for one in chain}) == 1
        if len(chain) < 2 or not alike or not all(self._continues(a, b) for a, b in pairwise(chain)):
            return [span]
        return inner

    def _continues(self, one: Span, other: Span) -> bool:
        """Whether ``other`` reads what ``one`` made: blocks in a row and not beside each other."""
        return any(one.start <= read < one.stop for step in self.steps[one.stop : other.stop] for read in step.reads)
