"""Which steps belong to one module?  Its calls, as runs of neighbouring steps.

No name is looked for: a path only tells which steps belong together, and which modules are within which.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, groupby, pairwise

from ..spec.sizes import Shape
from .joins import heavy, may_join
from .ops import Activation
from .step import Step


def common_path(paths: Iterable[str]) -> str:
    """The longest path that all begin with: ``features`` of ``features.0`` and ``features.1.conv``."""
    split = [path.split(".") if path else [] for path in paths]
    first, last = min(split), max(split)
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    return ".".join(first[:same])


@dataclass(slots=True)
class Span:
    """A module's call, or the steps between a fork and its join: ``start`` up to ``stop``."""

    path: str
    start: int
    stop: int
    inner: list[Span] = field(default_factory=list["Span"])
    title: str = ""
    residual: bool = False  # it adds its input to what it made of it, or stands beside one that does
    unit: bool = False  # a block that is made of several

    @property
    def parent(self) -> str:
        """The path of the module that it stands in."""
        return self.path.rpartition(".")[0]


def within(one: Span, other: Span) -> bool:
    """Whether all steps of ``one`` are steps of ``other``."""
    return other.start <= one.start and one.stop <= other.stop


def same(one: Span, other: Span) -> bool:
    """Whether they are the same call of the same module."""
    return (one.path, one.start, one.stop) == (other.path, other.start, other.stop)


class Modules:
    """The modules of a network's steps, and where each is called."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps
        self._names = [step.name.partition("#")[0] for step in steps]
        # the path of the module in whose forward a step is called: ``layer1.0`` of ``layer1.0.conv1#2``
        self.of = [name.rpartition(".")[0] for name in self._names]
        self._heavy = [*accumulate(map(heavy, steps), initial=0)]  # how many there are before a step
        self._calls: dict[str, list[tuple[int, int]]] = {}

    def under(self, index: int, path: str) -> bool:
        """Whether a step is that module, or called in it or deeper."""
        module = self.of[index]
        return module == path or module.startswith(path + ".") or self._names[index] == path

    def size(self, span: Span) -> Shape:
        """The sides of the map that a span makes."""
        return self.steps[span.stop - 1].output[2:]

    def with_activation(self, index: int) -> int:
        """Up to where a step and the activations that its own module has right after it go."""
        stop = index + 1
        while stop < len(self.steps):
            step = self.steps[stop]
            if not (isinstance(step.op, Activation) and step.reads == (stop - 1,) and self.of[stop] == self.of[index]):
                break
            stop += 1
        return stop

    def heavy(self, span: Span) -> int:
        """How many convs, linear layers or more a span has."""
        return self._heavy[span.stop] - self._heavy[span.start]

    @cached_property
    def paths(self) -> dict[str, None]:
        """Every path that a step lies in, directly or deeper, in order."""
        known: dict[str, None] = {"": None}
        for module in dict.fromkeys(self.of):
            at = ""
            for name in module.split(".") if module else ():
                at = f"{at}.{name}" if at else name
                known[at] = None
        return known

    @cached_property
    def _below(self) -> dict[str, list[str]]:
        """The modules right within each."""
        below: dict[str, list[str]] = {}
        for path in self.paths:
            if path:
                below.setdefault(path.rpartition(".")[0], []).append(path)
        return below

    @cached_property
    def _runs(self) -> dict[str, list[tuple[int, int]]]:
        """For each module the runs of neighbouring steps in it or deeper, from and up to."""
        runs: dict[str, list[tuple[int, int]]] = {}
        start = 0
        for path, steps in groupby(self.of):  # neighbours of one module lie in the same modules
            stop = start + len([*steps])
            at = path
            while at:
                known = runs.setdefault(at, [])
                if known and known[-1][1] == start:
                    known[-1] = (known[-1][0], stop)
                else:
                    known.append((start, stop))
                at = at.rpartition(".")[0]
            start = stop
        return runs

    def children(self, parent: str) -> list[str]:
        """The modules right within ``parent``, in order."""
        return self._below.get(parent, [])

    def calls(self, module: str) -> list[Span]:
        """Each call of a module, as far as it can be told from the next: a run of neighbouring steps, or where it is
        called again at once each of the run's equal pieces."""
        if module not in self._calls:
            runs = self._runs.get(module, [])
            self._calls[module] = [call for run in runs for call in pairwise(self._again(module, *run))]
        return [Span(module, start, stop) for start, stop in self._calls[module]]

    def _again(self, module: str, start: int, stop: int) -> list[int]:
        """Where a run of a module's steps begins anew, with its start and stop.

        A module whose code calls one conv twice looks the same as one of that conv called twice; so a piece must be
        worth a call: several convs, or a way round one.
        """
        names = self._names[start:stop]
        if names[0] not in names[1:]:
            return [start, stop]
        length = _period(names)
        piece = self.steps[start : start + length]
        convs = self._heavy[start + length] - self._heavy[start]
        joined = any(may_join(step) and self.of[step.index] == module for step in piece)
        return [*range(start, stop + 1, length)] if convs > 1 or (convs and joined) else [start, stop]


def _period(names: Sequence[str]) -> int:
    """How many names stand before the same begin anew, all of them where none do: 2 of ``a b a b``, 3 of ``a b a``."""
    back = [0]  # for each place how many names up to it are those at the start (Knuth, Morris, Pratt 1977)
    for name in names[1:]:
        at = back[-1]
        while at and names[at] != name:
            at = back[at - 1]
        back.append(at + (names[at] == name))
    period = len(names) - back[-1]
    return len(names) if len(names) % period else period
