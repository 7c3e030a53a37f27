"""Where do ways fork, and where do they meet again?  Additions, products and concatenations in a graph of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import compress, count

from .ops import (
    Activation,
    Add,
    Attention,
    ChannelConv,
    Concat,
    ConvTranspose,
    Linear,
    MatMul,
    Multiply,
    Norm,
    Pad,
    Recurrent,
    Resize,
    Scale,
    is_conv,
)
from .parts import Join, JoinKind
from .step import Step


def dominators(reads: Sequence[Sequence[int]], only_from: int | None = None) -> list[int | None]:
    """For each step the last one that every way to it from the inputs passes, None at an input or where ways begin
    apart. ``reads`` are in order of execution; with ``only_from`` what that step does not lead to has none.
    """
    return _dominated(reads, only_from)[0]


def _dominated(reads: Sequence[Sequence[int]], only_from: int | None = None) -> tuple[list[int | None], list[int]]:
    """The same, and how many such steps each has above it."""
    above: list[int | None] = []
    depth: list[int] = []
    reached = [only_from is None] * len(reads)
    if only_from is not None:
        reached[only_from] = True
    for index, sources in enumerate(reads):
        known = [read for read in dict.fromkeys(sources) if reached[read]]
        if only_from is not None and known:
            reached[index] = True
        at: int | None = known[0] if known else None
        for other in known[1:]:
            at = _meet(at, other, above, depth)
        above.append(at)
        depth.append(0 if at is None else depth[at] + 1)
    return above, depth


def _meet(one: int | None, other: int | None, above: list[int | None], depth: list[int]) -> int | None:
    while one != other:
        if one is None or other is None:
            return None
        if depth[one] < depth[other] or (depth[one] == depth[other] and one < other):
            other = above[other]
        else:
            one = above[one]
    return one


# asked of every step, some several times: a union made at each call takes longer
_JOINING = (Add, Scale, Multiply, Concat)
_WORKING = (Linear, Attention, Recurrent)
_TUNED = (Norm, ChannelConv)
_PADDING = (Pad, Concat)
_RESIZED = (Resize, ConvTranspose)

MOST_FOLLOWED = 1_000_000  # steps on all ways together; what is tangled more than any known network is not followed


def find_joins(steps: Sequence[Step]) -> tuple[Join, ...]:
    """Every addition, product and concatenation of two tensors or more, in order of execution.

    In a graph whose ways are more than a million steps long together, the ways of the joins after that are left empty.
    """
    return tuple(_Finder(steps).joins()) if any(map(may_join, steps)) else ()


def may_join(step: Step) -> bool:
    """Whether it adds, multiplies or concatenates several tensors."""
    return len(step.reads) > 1 and isinstance(step.op, _JOINING)


class _Finder:
    """Sets of steps are whole numbers, one bit a step: what lies between two steps is then one operation."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps
        self.dominator, self.depth = _dominated([step.reads for step in steps])
        self.above: list[int] = []  # all that a step is made of, and itself
        for step in steps:
            made_of = 1 << step.index
            for read in step.reads:
                made_of |= self.above[read]
            self.above.append(made_of)
        self.below = [1 << step.index for step in steps]  # all that is made of a step, and itself
        for step in reversed(steps):
            for read in step.reads:
                self.below[read] |= self.below[step.index]
        self.heavy = _set(steps, heavy)
        self.parametrised = _set(steps, _parametrised)
        self.inputs = _set(steps, lambda step: not step.reads)
        self.left = MOST_FOLLOWED

    @cached_property
    def padding(self) -> int:
        return _set(self.steps, lambda step: isinstance(step.op, _PADDING))

    @cached_property
    def resized(self) -> int:
        return _set(self.steps, lambda step: isinstance(step.op, _RESIZED))

    @cached_property
    def partial(self) -> int:
        return _set(self.steps, lambda step: isinstance(step.op, MatMul) or step.kind == "slice")

    def joins(self) -> Iterator[Join]:
        for step in self.steps:
            if may_join(step):
                yield self._join(step)

    def _join(self, step: Step) -> Join:
        reads = step.reads
        first = min(reads)
        if all(self.above[read] >> first & 1 for read in reads):
            fork: int | None = first
        else:
            fork = reads[0]
            for other in reads[1:]:
                fork = _meet(fork, other, self.dominator, self.depth)
        sets = [self._between(fork, read) for read in reads]
        self.left -= sum(way.bit_count() for way in sets)
        if self.left < 0:
            kind: JoinKind = (
                "concat" if isinstance(step.op, Concat) else "merge" if isinstance(step.op, Add) else "gate"
            )
            return Join(step.index, fork, ((),) * len(sets), kind, "too tangled to follow")
        match step.op:
            case Add():
                sets.sort(
                    key=lambda way: (
                        -self._count(way, self.parametrised),
                        -self._count(way, self.heavy),
                        -way.bit_count(),
                    )
                )
                ways = tuple(map(_indices, sets))
                kind, detail = self._addition(fork, sets, ways[-1])
                return Join(step.index, fork, ways, kind, detail)
            case Multiply():
                sets.sort(key=self._gates)
                return Join(step.index, fork, tuple(map(_indices, sets)), "gate")
            case Concat():
                return Join(step.index, fork, tuple(map(_indices, sets)), "concat")
            case _:
                return Join(step.index, fork, tuple(map(_indices, sets)), "gate")

    def _between(self, fork: int | None, end: int) -> int:
        """The steps between ``fork`` and ``end``, with the end; none where the end is the fork, and without a fork all
        that the end is made of, but the inputs."""
        if fork is None:
            return self.above[end] & ~self.inputs
        return 0 if end == fork else self.above[end] & self.below[fork] & ~(1 << fork)

    @staticmethod
    def _count(way: int, of: int) -> int:
        return (way & of).bit_count()

    def _gates(self, way: int) -> tuple[bool, int]:
        """Sorts the gate last: it ends in a function that is bounded, or it is the longer way."""
        last = self.steps[way.bit_length() - 1] if way else None
        bounded = last is not None and isinstance(last.op, Activation) and last.kind in _BOUNDED
        return bounded, self._count(way, self.parametrised)

    def _addition(self, fork: int | None, sets: list[int], shortcut: tuple[int, ...]) -> tuple[JoinKind, str]:
        """What kind of addition it is, by what its lightest way does, and a word more."""
        if fork is None:
            return "merge", "separate inputs"
        if len(sets) > 2:
            return "merge", ""
        convs = [self._count(way, self.heavy) for way in sets]
        way = sets[-1]
        parametrised = self._count(way, self.parametrised)
        if not way:
            return "identity", "" if convs[0] else "inner"
        if not parametrised and way & self.padding:
            return "padding", ""
        if way & self.resized:
            return "merge", "resized"
        if way & self.partial:
            return "merge", "part of the channels"
        if not parametrised:
            return "identity", "" if convs[0] else "inner"
        if convs[1] == 1 and convs[0] >= 2 and all(_projects(self.steps[index]) for index in shortcut):
            return "projection", ""
        return "merge", ""


def _set(steps: Sequence[Step], holds: Callable[[Step], bool]) -> int:
    """The steps of which ``holds`` is true."""
    return sum([1 << step.index for step in steps if holds(step)])


def _indices(way: int) -> tuple[int, ...]:
    """The steps of a set, in order."""
    if not way:
        return ()
    low = (way & -way).bit_length() - 1
    return tuple(compress(count(low), bin(way >> low)[:1:-1].encode().translate(_BITS)))


_BITS = bytes.maketrans(b"01", b"\0\1")
_BOUNDED = ("sigmoid", "hardsigmoid", "tanh", "softmax", "hardtanh")


def heavy(step: Step) -> bool:
    """Whether it is a conv, a linear layer or more: what a way is made for."""
    return is_conv(step.op) or isinstance(step.op, _WORKING)


def _parametrised(step: Step) -> bool:
    return step.params > 0 or heavy(step) or isinstance(step.op, _TUNED)


def _projects(step: Step) -> bool:
    """Whether a shortcut that is a projection may have it: one conv of at most 3×3, norms, pools, what keeps shapes."""
    if heavy(step):
        return max(getattr(step.op, "kernel", (1,))) <= 3
    return not isinstance(step.op, _JOINING)
