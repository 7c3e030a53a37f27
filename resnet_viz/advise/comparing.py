"""What differs between two networks, or one network at two inputs?  Steps aligned by role, stages beside each other."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from importlib import import_module
from typing import Any

from ..engines.formulas import forecast
from ..spec.configuration import Network, check_network
from ..steps import Shape, Step, Trace, by_x
from ..steps.structure import place_names

FIELDS = ("kind", "output_shape", "kernel", "stride", "padding", "groups", "params", "macs", "receptive_field", "output_stride", "output_bytes")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A step of either network, or of both; ``differs`` names the fields in which they do."""

    place: str  # stem, layer2.0, head
    a: Step | None
    b: Step | None
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Stem, a stage or head of one network."""

    side: Shape  # height and width at its end, (1, 1) of a vector; of any other tensor what lies behind the channels
    channels: int
    activation_bytes: int
    macs: int
    params: int
    uncounted: int = 0  # steps whose MACs are unknown and not in the sum


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two traces: their steps aligned, and their parts by name, of which either may lack one.

    >>> found = compare("resnet18@224", "resnet18@32")
    >>> len(found.rows), len(found.different)
    (75, 75)
    """

    a: Trace
    b: Trace
    rows: tuple[Row, ...]
    parts: tuple[tuple[str, Part | None, Part | None], ...]

    @property
    def different(self) -> tuple[Row, ...]:
        """The rows that differ or stand alone."""
        return tuple(row for row in self.rows if row.differs or row.a is None or row.b is None)

    def __repr__(self) -> str:
        return "\n  ".join(totals_text(self, ("a", "b")))

    def _repr_html_(self) -> str:
        """What a notebook shows: both pictures in one scale, and the totals."""
        return import_module("resnet_viz.picture.figures.still").comparison_html(self)

    def to_csv(self) -> str:
        """A row an aligned pair: place, both names, both values of each field, and what differs."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["place", *(f"{field}_{side}" for field in ("name", *FIELDS) for side in "ab"), "differs"])
        rows_a, rows_b = self.a.rows(), self.b.rows()
        for row in self.rows:
            left = rows_a[row.a.index] if row.a else {}
            right = rows_b[row.b.index] if row.b else {}
            values = [cells.get(field) for field in ("name", *FIELDS) for cells in (left, right)]
            writer.writerow([row.place, *values, ";".join(row.differs)])
        return file.getvalue()


def compare(a: Network | Trace, b: Network | Trace, batch: int = 1) -> Comparison:
    """Two networks side by side, each at its input, by formulas; or traces of any, as they are.

    Raises a ``ResNetVizError``.

    >>> compare("resnet34@224", "resnet34@32").parts[1][2].side
    (8, 8)
    """
    return align(_trace("a", a, batch), _trace("b", b, batch))


def _trace(field: str, given: Network | Trace, batch: int) -> Trace:
    return given if isinstance(given, Trace) else forecast(check_network(field, given), batch=batch)


def align(a: Trace, b: Trace) -> Comparison:
    """Pair the steps of two traces by stage, block and role."""
    left, right = _places(a), _places(b)
    names_a, names_b = _names(a), _names(b)
    cells_a, cells_b = a.rows(), b.rows()
    rows: list[Row] = []
    for key in sorted({*left, *right}):
        place = _name(names_a.get(key), names_b.get(key))
        for one, two in _pairs(left.get(key, []), right.get(key, []), names_a.get(key, ""), names_b.get(key, "")):
            differs: tuple[str, ...] = ()
            if one is not None and two is not None:
                x, y = cells_a[one.index], cells_b[two.index]
                differs = tuple(field for field in FIELDS if x[field] != y[field])
            rows.append(Row(place, one, two, differs))
    stages = dict.fromkeys(key[:2] for key in sorted({*left, *right}))
    parts = tuple(
        (
            _name(names_a.get((*stage, -1)), names_b.get((*stage, -1))),
            _part([step for key, steps in left.items() if key[:2] == stage for step in steps]),
            _part([step for key, steps in right.items() if key[:2] == stage for step in steps]),
        )
        for stage in stages
    )
    return Comparison(a, b, tuple(rows), parts)


Key = tuple[int, int, int]  # 0 stem, 1 a stage, 2 the head; the stage; its block, -1 for what is in none


def _places(trace: Trace) -> dict[Key, list[Step]]:
    found: dict[Key, list[Step]] = {}
    for step in trace.steps:
        if step.stage is None:
            key = (2 if step.path == "head" else 0, 0, -1)
        else:
            key = (1, step.stage, -1 if step.block is None else step.block)
        found.setdefault(key, []).append(step)
    return found


def _names(trace: Trace) -> dict[Key, str]:
    """What the network calls its places: the paths of its parts."""
    found: dict[Key, str] = {(0, 0, -1): "stem", (2, 0, -1): "head"}
    for (stage, block), path in place_names(trace).items():
        if stage is not None:
            found[1, stage, -1 if block is None else block] = path
    return found


def _name(a: str | None, b: str | None) -> str:
    """One name where both agree or only one has the place, else both: ``layer1.0 / stages.0.blocks.0``."""
    return " / ".join(dict.fromkeys(name for name in (a, b) if name is not None))


def _pairs(one: list[Step], two: list[Step], name_a: str, name_b: str) -> list[tuple[Step | None, Step | None]]:
    """Steps of the same place side by side: by name where the names agree, else by what they do, in order."""
    if [_inside(step, name_a) for step in one] == [_inside(step, name_b) for step in two]:
        return list(zip(one, two, strict=True))
    tokens = [tuple(map(_role, steps)) for steps in (one, two)]
    return [(one[i] if i is not None else None, two[j] if j is not None else None) for i, j in _match(*tokens)]


def _inside(step: Step, place: str) -> str:
    """A step's name within its place: ``conv1`` of ``layer2.0.conv1``."""
    return step.name.removeprefix(place + ".")


def _role(step: Step) -> tuple[str, str]:
    """What a step is for: on the shortcut an identity and zero channels stand where a projection's conv does."""
    return (step.path, "conv" if step.path == "shortcut" and step.kind in ("identity", "pad") else step.kind)


@lru_cache(maxsize=512)
def _match(one: tuple[object, ...], two: tuple[object, ...]) -> tuple[tuple[int | None, int | None], ...]:
    found: list[tuple[int | None, int | None]] = []
    for tag, i0, i1, j0, j1 in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if tag == "equal":
            found += zip(range(i0, i1), range(j0, j1), strict=True)
        else:
            found += [(i, None) for i in range(i0, i1)] + [(None, j) for j in range(j0, j1)]
    return tuple(found)


def _part(steps: list[Step]) -> Part | None:
    if not steps:
        return None
    last = steps[-1].output
    return Part(
        last[2:] or (1, 1),
        last[1] if len(last) > 1 else 1,
        sum(step.output_bytes for step in steps if step.kind not in ("input", "identity", "flatten")),
        sum(step.macs for step in steps if step.macs is not None),
        sum(step.params for step in steps),
        sum(step.macs is None for step in steps),
    )


def ratio_text(before: float | None, after: float | None) -> str:
    """``×4``, ``½``, ``÷3.1``; empty where there is nothing to divide, ``=`` where they are equal, ``≈`` where nearly."""
    if not before or not after:
        return ""
    if before == after:
        return "="
    ratio = after / before
    if round(ratio, 6) in (0.5, 0.25):
        return {0.5: "½", 0.25: "¼"}[round(ratio, 6)]
    sign, times = ("×", ratio) if ratio > 1 else ("÷", 1 / ratio)
    if f"{times:.3g}" == "1":
        return "≈"
    return f"{sign}{times:,.0f}" if times >= 100 else f"{sign}{times:.3g}"


def summary(comparison: Comparison) -> list[dict[str, Any]]:
    """The totals of both, a row a quantity, with the ratio of the second to the first; None is unknown."""
    a, b = comparison.a.totals, comparison.b.totals
    sides = [_last_map(totals.final_map) for totals in (a, b)]
    rows: list[tuple[str, float | None, float | None]] = [
        ("parameters", a.params, b.params),
        ("MACs", a.macs, b.macs),
        ("activation bytes", a.activation_bytes, b.activation_bytes),
        ("final map side", sides[0][0], sides[1][0]),
        ("final channels", sides[0][1], sides[1][1]),
        ("convs", a.convs, b.convs),
        ("receptive field", _field(comparison.a), _field(comparison.b)),
    ]
    # sums that do not cover the same are not held against each other
    partial = {"parameters": a.unowned_params or b.unowned_params, "MACs": a.uncounted or b.uncounted}
    return [
        {"quantity": name, "a": x, "b": y, "ratio": "" if partial.get(name) else ratio_text(x, y)}
        for name, x, y in rows
    ]


def _last_map(shape: Shape) -> tuple[int | None, int | None]:
    """Side and channels of the last map, where there is one."""
    return (shape[2], shape[1]) if len(shape) == 4 else (None, None)


def coverage(comparison: Comparison, names: tuple[str, str]) -> list[str]:
    """What the totals of either leave out, a line each; nothing of our own networks."""
    sides = zip(names, (comparison.a, comparison.b), strict=True)
    return [f"{name}: {line}" for name, trace in sides for line in trace.coverage]


def totals_text(comparison: Comparison, names: tuple[str, str]) -> list[str]:
    """What is compared, and the totals of both, in at most ten lines."""
    differ = f"Comparison: {len(comparison.different)} of {len(comparison.rows)} steps differ"
    return [differ, *_totals_table(comparison, names), *coverage(comparison, names)]


def _totals_table(comparison: Comparison, names: tuple[str, str]) -> list[str]:
    rows = [["", *names, "ratio"]]
    rows += [[row["quantity"], _number(row["a"]), _number(row["b"]), row["ratio"]] for row in summary(comparison)]
    return _columns(rows)


def _shape(part: Part) -> str:
    """``56×56×64``; what has no height and width in its own order."""
    order = (*part.side, part.channels) if len(part.side) == 2 else (part.channels, *part.side)
    return "×".join(map(str, order))


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,}"


def _without(part: Part) -> str:
    return f"{part.macs:,}" + (f" without {part.uncounted} not counted" if part.uncounted else "")


def as_text(comparison: Comparison, names: tuple[str, str]) -> str:
    """Totals, stages and the steps that differ, for a terminal."""
    lines = [*_totals_table(comparison, names), *coverage(comparison, names), ""]
    table = [["part", "a: H×W×C", "b: H×W×C", "a: MACs", "b: MACs", "ratio", "a: parameters", "b: parameters", "ratio"]]
    for name, a, b in comparison.parts:
        shapes = [_shape(part) if part else "-" for part in (a, b)]
        macs = [_without(part) if part else "-" for part in (a, b)]
        params = [f"{part.params:,}" if part else "-" for part in (a, b)]
        ratios = ["", ""]
        if a and b:
            ratios = ["" if a.uncounted or b.uncounted else ratio_text(a.macs, b.macs), ratio_text(a.params, b.params)]
        table.append([name, *shapes, *macs, ratios[0], *params, ratios[1]])
    lines += [*_columns(table), ""]
    different = comparison.different
    lines.append(f"{len(different)} of {len(comparison.rows)} steps differ")
    steps = [["a", "b", "a: output", "b: output", "differs in"]]
    for row in different:
        names_ab = [step.name if step else "-" for step in (row.a, row.b)]
        shapes = [by_x(step.output) if step else "-" for step in (row.a, row.b)]
        steps.append([*names_ab, *shapes, ", ".join(row.differs) if row.a and row.b else "only here"])
    return "\n".join(lines + (_columns(steps) if different else [])) + "\n"


def _columns(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def as_data(comparison: Comparison) -> dict[str, Any]:
    """Totals, parts and differing steps as plain data, for JSON."""
    return {
        "totals": summary(comparison),
        "coverage": {"a": list(comparison.a.coverage), "b": list(comparison.b.coverage)},
        "parts": [{"name": name, "a": asdict(a) if a else None, "b": asdict(b) if b else None} for name, a, b in comparison.parts],
        "steps": len(comparison.rows),
        "different": [
            {"place": row.place, "a": row.a.name if row.a else None, "b": row.b.name if row.b else None, "differs": list(row.differs)}
            for row in comparison.different
        ],
    }  # fmt: skip


def _field(trace: Trace) -> int | None:
    """The receptive field of the last map, where there is one and it is known."""
    last = next((step for step in reversed(trace.steps) if len(step.output) == 4 and step.path != "head"), None)
    return max(last.receptive_field) if last and last.receptive_field else None
