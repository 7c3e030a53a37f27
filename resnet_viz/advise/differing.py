"""What do two networks do otherwise, beside the sizes that their inputs give?  In words, and by the steps to mark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import groupby
from typing import Any

from ..steps import (
    Activation,
    AvgPool,
    ChannelConv,
    Conv,
    ConvTranspose,
    Flatten,
    Identity,
    Input,
    Linear,
    MaxPool,
    Norm,
    Op,
    Step,
    Trace,
)
from ..steps.structure import place_names
from ..why.called import kind_words, window_words
from ..why.shape import axes_text
from ..wording import plural, some
from .comparing import Comparison, Row, ratio_text

MOST_SAID = 6  # lines; the table has the rest
_MOST_PLACES = 4  # in a line
_FIELDS = ("kernel", "stride", "dilation", "groups")


@dataclass(frozen=True, slots=True)
class Differences:
    """``words`` are a line each; ``marked`` are the steps of each network that are to be marked in its picture.

    Where only one of them has a step, the other's step before it is marked: there it is missing.
    """

    words: tuple[str, ...]
    marked: tuple[frozenset[int], frozenset[int]]


def differences(comparison: Comparison) -> Differences:
    """What is done otherwise.

    >>> from resnet_viz import compare
    >>> differences(compare("resnet50@64", "resnet50_v1@64")).words
    ('layer2.0, layer3.0, layer4.0: conv1 stride 1 → 2, conv2 stride 2 → 1',)
    """
    rows = comparison.rows
    marked = _marked(rows)
    read = _input(comparison)
    if not any(marked):
        same = (
            f"Every operation is the same, and only sizes differ: the input is {read}." if read else "Both do the same."
        )
        return Differences((same,), marked)
    where: dict[str, dict[str, None]] = {}  # what is done otherwise, and in which places
    for place, change in _changes(comparison):
        where.setdefault(change, {})[place] = None
    lines: dict[tuple[str, ...], list[str]] = {}
    for change, places in where.items():
        lines.setdefault(tuple(places), []).append(change)
    blocks = dict.fromkeys(row.place for row in rows if row.a and row.b and row.a.block is not None)
    words = [f"{_places(places, blocks)}: {', '.join(changes)}" for places, changes in lines.items()]
    words = [f"input: {read}", *words] if read else words
    if len(words) > MOST_SAID:
        words = [*words[: MOST_SAID - 1], f"and {plural(len(words) - MOST_SAID + 1, 'more difference')}, in the table"]
    return Differences(tuple(words), marked)


def _input(comparison: Comparison) -> str:
    """``3×224×224 → 3×32×32``; nothing where both read the same."""
    a, b = ("×".join(map(str, trace.steps[0].output[1:])) for trace in (comparison.a, comparison.b))
    return "" if a == b else f"{a} → {b}"


# ---- step by step ----------------------------------------------------------------------------------------------------


def _does(step: Step) -> tuple[Op, int | None]:
    """An operation without what the input's size gives it, and how many filters it has or channels the input."""
    op = step.op
    if isinstance(op, AvgPool | MaxPool) and op.kernel == step.inputs[0][2:] and step.path in ("gate", "head"):
        op = replace(op, kernel=(0, 0), stride=(0, 0))
    filters: int | None = None
    if isinstance(op, Conv | ConvTranspose):
        filters = step.output[1]
    elif isinstance(op, Linear):
        filters = step.output[-1]
    elif isinstance(op, Input):
        filters = step.output[1] if len(step.output) > 1 else None
    return op, filters


def _differing(rows: Sequence[Row]) -> list[Row]:
    """The rows whose steps do something else, or stand alone and do something."""
    equal = _equal_ways(rows)
    return [
        row
        for row in rows
        if (None in (row.a, row.b) or _does(row.a) != _does(row.b))  # pyright: ignore[reportArgumentType]
        and not (None in (row.a, row.b) and isinstance(_step(row).op, Identity | Flatten))
        and not (_path(row) == "shortcut" and row.place in equal)
    ]


def _equal_ways(rows: Sequence[Row]) -> set[str]:
    """The blocks whose shortcuts do the same, though one has an operation more that does nothing."""
    sides: tuple[dict[str, list[Any]], dict[str, list[Any]]] = ({}, {})
    for row in rows:
        for step, made in zip((row.a, row.b), sides, strict=True):
            if step is not None and step.path == "shortcut" and not isinstance(step.op, Identity):
                made.setdefault(row.place, []).append(_does(step))
    return {place for place, does in sides[0].items() if sides[1].get(place) == does}


def _marked(rows: Sequence[Row]) -> tuple[frozenset[int], frozenset[int]]:
    found: tuple[set[int], set[int]] = (set(), set())
    before = [0, 0]
    others = {id(row) for row in _differing(rows)}
    for row in rows:
        differ = id(row) in others
        for side, step in enumerate((row.a, row.b)):
            if step is not None:
                before[side] = step.index
            if differ:
                found[side].add(before[side])
    return frozenset(found[0]), frozenset(found[1])


# ---- in words --------------------------------------------------------------------------------------------------------


def _changes(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Each place with each thing that is done otherwise there."""
    names = (_inner_names(comparison.a), _inner_names(comparison.b))
    for place, group in groupby(comparison.rows, key=lambda row: row.place):
        rows = [*group]
        alone = next((side for side, other in (("A", "b"), ("B", "a")) if all(getattr(row, other) is None for row in rows)), "")  # fmt: skip
        if alone:
            yield place, f"in {alone} alone"
            continue
        changed = {path: change for path in ("shortcut", "gate") if (change := _way_change(rows, path))}
        ways = [*changed.values()]
        told = [row for row in _differing(rows) if _step(row).kind != "input" and _path(row) not in changed]
        first = [_starts_with(rows, side) for side in (0, 1)]
        if first[0] != first[1]:
            ways.insert(0, f"pre-activation in {'AB'[first.index(True)]} alone")
        # a norm or a function that comes with its conv, or with another order, says nothing more
        more = [row for row in told if (row.a and row.b) or not isinstance(_step(row).op, Norm | Activation)]
        for change in dict.fromkeys((*ways, *(_change(row, names) for row in (more if ways or more else told)))):
            yield place, change


def _path(row: Row) -> str:
    """Where a row's step is; the product itself goes with its gate."""
    step = _step(row)
    return "gate" if step.kind == "scale" else step.path


def _step(row: Row) -> Step:
    step = row.a or row.b
    assert step is not None
    return step


def _starts_with(rows: Sequence[Row], side: int) -> bool:
    """Whether a block begins with a norm or a function, and not with its first conv."""
    steps = [step for row in rows if (step := (row.a, row.b)[side]) is not None and step.path == "main"]
    return bool(steps) and steps[0].block is not None and isinstance(steps[0].op, Norm | Activation)


def _change(row: Row, names: tuple[dict[int, str], dict[int, str]]) -> str:
    a, b = row.a, row.b
    if a is None or b is None:
        step, side = (a, "A") if a is not None else (b, "B")
        assert step is not None
        return f"{_called(step, names['AB'.index(side)])} in {side} alone"
    if isinstance(a.op, Norm | Activation) and isinstance(b.op, Norm | Activation):
        return f"{kind_words(a.op)} → {kind_words(b.op)}"
    one, two = names[0][a.index], names[1][b.index]
    name = one if one == two else f"{one} / {two}"
    if type(a.op) is not type(b.op):
        return f"{name} {window_words(a.op)} → {window_words(b.op)}"
    parts = [
        f"{field} {_text(field, x)} → {_text(field, y)}"
        for field in _FIELDS
        if (x := getattr(a.op, field, None)) != (y := getattr(b.op, field, None))
    ]
    if isinstance(a.op, Conv | ConvTranspose | Linear) and _does(a)[1] != _does(b)[1]:
        x, y = _does(a)[1], _does(b)[1]
        times = ratio_text(x, y)
        parts.append(
            f"{'outputs' if isinstance(a.op, Linear) else 'filters'} {f'{x} → {y}' if times == '≈' else times}"
        )
    if not parts:  # a padding that no kernel asks for, a bias, how a resize fills in
        parts = [
            f"{field.name} {_text(field.name, x)} → {_text(field.name, y)}"
            for field in fields(a.op)
            if (x := getattr(a.op, field.name)) != (y := getattr(b.op, field.name))
        ]
    return f"{name} {' and '.join(parts)}"


def _text(field: str, value: Any) -> str:
    if not isinstance(value, tuple):
        return str(value)
    sides: tuple[int, ...] = tuple(value)  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]
    return "×".join(map(str, sides)) if field == "kernel" else axes_text(sides)


def _called(step: Step, names: dict[int, str]) -> str:
    """``conv3 (1×1 conv)``; a norm or a function by its kind."""
    if isinstance(step.op, Norm | Activation):
        return kind_words(step.op)
    return f"{names[step.index]} ({window_words(step.op)})"


def _way_change(rows: Sequence[Row], path: str) -> str:
    """A channel gate, or a shortcut, as a whole; nothing where both are made of the same kinds of operations."""
    sides = [[step for row in rows if (step := (row.a, row.b)[side]) and _path(row) == path] for side in (0, 1)]
    if path == "gate":
        alone = [name for name, steps in zip("AB", sides, strict=True) if steps]
        if len(alone) == 1:
            return f"channel gate in {alone[0]} alone"
        one, two = map(_gate, sides)
        return f"channel gate by {one} → {two}" if one != two else ""
    one, two = map(_shortcut, sides)
    return f"shortcut {one} → {two}" if one != two else ""


def _gate(steps: Sequence[Step]) -> str:
    """``2 layers``: what a channel gate's numbers come from."""
    if any(isinstance(step.op, ChannelConv) for step in steps):
        return "a conv along the channels"
    return plural(sum(isinstance(step.op, Conv | Linear) for step in steps), "layer")


def _shortcut(steps: Sequence[Step]) -> str:
    """``1×1 conv, /2``: what a shortcut computes."""
    words: list[str] = []
    for step in steps:
        if isinstance(step.op, Identity | Norm):
            continue
        stride: tuple[int, ...] = getattr(step.op, "stride", (1,))
        words.append(window_words(step.op) + (f", /{axes_text(stride)}" if max(stride) > 1 else ""))
    return " and ".join(words) or "identity"


def _inner_names(trace: Trace) -> dict[int, str]:
    """What each step is called within its block."""
    places = place_names(trace)
    return {
        step.index: step.name.removeprefix(f"{places.get((step.stage, step.block), '')}.") if step.block is not None else step.name
        for step in trace.steps
    }  # fmt: skip


def _places(places: Sequence[str], blocks: dict[str, None]) -> str:
    """``stem, every block``; of many places the first."""
    if len(blocks) > 1 and blocks.keys() <= {*places}:
        return ", ".join([*(place for place in places if place not in blocks), "every block"])
    return some(places, _MOST_PLACES)
