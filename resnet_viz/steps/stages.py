"""Which steps are a stage?  Runs of blocks with one parent and one map size, or without blocks runs of one size."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from ..spec.sizes import Shape
from .joins import heavy
from .main_path import main_path
from .ops import AvgPool
from .parts import Join
from .spans import Modules, Span
from .step import Step


def runs_of_blocks(modules: Modules, joins: Sequence[Join], blocks: list[Span]) -> list[Span]:
    """Runs of blocks with one parent, split where the map size changes among children of one parent."""
    groups: list[Span] = []
    for span in blocks:
        last = groups[-1] if groups else None
        if last and last.inner[-1].parent == span.parent and modules.size(last.inner[-1]) == modules.size(span):
            last.inner.append(span)
            last.stop = span.stop
        else:
            groups.append(Span("", span.start, span.stop, [span]))
    closed = [_closed(modules, joins, groups, number) for number in range(len(groups))]
    homes = [module or group.inner[0].parent for module, group in zip(closed, groups, strict=True)]
    own = [_is_own(home, homes) for home in homes]
    for (before, group), home, alone in zip(pairwise(groups), homes, own, strict=False):
        while alone and before.stop < group.start and modules.under(before.stop, home):
            before.stop += 1
        group.start = before.stop
    last, first = groups[-1], groups[0]
    while own[-1] and last.stop < len(modules.steps) and modules.under(last.stop, homes[-1]):
        last.stop += 1
    while own[0] and first.start > 1 and modules.under(first.start - 1, homes[0]):
        first.start -= 1
    for group, home, alone in zip(groups, homes, own, strict=True):
        names = [span.path for span in group.inner]
        if alone:
            group.path = home
        else:
            group.title = names[0] if len(set(names)) == 1 else f"{names[0]} … {names[-1].rpartition('.')[2]}"
    return groups


def _is_own(home: str, homes: Sequence[str]) -> bool:
    """Whether a module is one run's alone: it holds no other run, and no module that does."""
    return bool(home) and homes.count(home) == 1 and not any(other.startswith(f"{home}.") for other in homes)


def _closed(modules: Modules, joins: Sequence[Join], groups: list[Span], number: int) -> str:
    """Extend a run of blocks up to the addition that goes round all of it and no other, a residual group's, and the
    activation after it; or, where a concatenation does and its module works on with what that made, as a cross-stage
    partial network's, up to that module's end. The module that joins, "" where there is none or where it holds other runs.
    """
    group = groups[number]
    start, parent = group.inner[0].start, group.inner[0].parent
    earlier = groups[number - 1].inner[-1].stop if number else 1
    end = groups[number + 1].inner[0].start if number + 1 < len(groups) else len(modules.steps)
    first, after = (bisect_left(joins, at, key=lambda join: join.step) for at in (group.stop, end))
    found = ""
    for join in joins[first:after]:
        module = modules.of[join.step]
        if not module or not f"{parent}.".startswith(f"{module}.") or join.fork is None:
            continue
        if not earlier - 1 <= join.fork < start:
            continue
        if join.is_residual:
            group.stop, found = modules.with_activation(join.step), module
        elif join.kind == "concat":
            call = next(call for call in modules.calls(module) if call.start <= join.step < call.stop)
            if any(map(heavy, modules.steps[join.step + 1 : call.stop])):
                group.stop, found = call.stop, module
    others = (span.path for other in groups if other is not group for span in other.inner)
    return "" if not found or any(path.startswith(f"{found}.") for path in others) else found


def runs_of_maps(steps: Sequence[Step], output: int) -> list[Span]:
    """Without blocks: runs of the main path with one map size."""
    groups: list[Span] = []
    size: Shape | None = None
    for index in main_path(steps, output):
        step = steps[index]
        if step.kind == "input":
            continue
        if len(step.output) != 4 or (isinstance(step.op, AvgPool) and step.op.kernel == step.inputs[0][2:]):
            break  # what comes after the maps, or after the mean of the last
        if step.output[2:] != size:
            size = step.output[2:]
            groups.append(Span("", index, index + 1))
        groups[-1].stop = index + 1
        groups[-1].title = _run_title(steps, groups[-1])
    for before, group in pairwise(groups):
        group.start = before.stop
    if groups:
        groups[0].start = 0
    return groups


def _run_title(steps: Sequence[Step], group: Span) -> str:
    first, last = (steps[index].name for index in (group.start, group.stop - 1))
    return first if first == last else f"{first} … {last}"
