"""What differs between two networks, or one network at two inputs?  Steps aligned by role, stages beside each other."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from importlib import import_module
from typing import Any

from .configuration import Network, check_network
from .forecasting import forecast
from .steps import Pair, Step, Trace, by_x

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

    side: Pair  # height and width at its end
    channels: int
    activation_bytes: int
    macs: int
    params: int


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
        return import_module("resnet_viz.views.still").comparison_html(self)

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


def compare(a: Network, b: Network, batch: int = 1) -> Comparison:
    """Two networks, each at its input, side by side, by formulas. Raises a ``ResNetVizError``.

    >>> compare("resnet34@224", "resnet34@32").parts[1][2].side
    (8, 8)
    """
    return align(forecast(check_network("a", a), batch=batch), forecast(check_network("b", b), batch=batch))


def align(a: Trace, b: Trace) -> Comparison:
    """Pair the steps of two traces by stage, block and role."""
    left, right = _places(a), _places(b)
    cells_a, cells_b = a.rows(), b.rows()
    rows: list[Row] = []
    for place in _in_order(left, right):
        for one, two in _pairs(left.get(place, []), right.get(place, [])):
            differs: tuple[str, ...] = ()
            if one is not None and two is not None:
                x, y = cells_a[one.index], cells_b[two.index]
                differs = tuple(field for field in FIELDS if x[field] != y[field])
            rows.append(Row(place, one, two, differs))
    names = dict.fromkeys(place.split(".")[0] for place in _in_order(left, right))
    parts = tuple((name, _part(left, name), _part(right, name)) for name in names)
    return Comparison(a, b, tuple(rows), parts)


def _places(trace: Trace) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for step in trace.steps:
        place = (
            f"layer{step.stage}.{step.block}" if step.stage is not None else "head" if step.path == "head" else "stem"
        )
        found.setdefault(place, []).append(step)
    return found


def _in_order(a: dict[str, list[Step]], b: dict[str, list[Step]]) -> list[str]:
    """Places of either, stage by stage: ``layer1.2`` before ``layer1.10`` before ``layer2.0``."""

    blocks = {*a, *b} - {"stem", "head"}
    inside = sorted(blocks, key=lambda place: tuple(map(int, place.removeprefix("layer").split("."))))
    return [place for place in ("stem", *inside, "head") if place in a or place in b]


def _pairs(one: list[Step], two: list[Step]) -> list[tuple[Step | None, Step | None]]:
    """Steps of the same place side by side: by name where the names agree, else by what they do, in order."""
    if [step.name for step in one] == [step.name for step in two]:
        return list(zip(one, two, strict=True))
    tokens = [tuple(map(_role, steps)) for steps in (one, two)]
    return [(one[i] if i is not None else None, two[j] if j is not None else None) for i, j in _match(*tokens)]


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


def _part(places: dict[str, list[Step]], name: str) -> Part | None:
    steps = [step for place, inside in places.items() if place.split(".")[0] == name for step in inside]
    if not steps:
        return None
    last = steps[-1].output
    return Part(
        (last[2], last[3]) if len(last) == 4 else (1, 1),
        last[1],
        sum(step.output_bytes for step in steps if step.kind not in ("input", "identity", "flatten")),
        sum(step.macs for step in steps),
        sum(step.params for step in steps),
    )


def ratio_text(before: float, after: float) -> str:
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
    """The totals of both, a row a quantity, with the ratio of the second to the first."""
    a, b = comparison.a.totals, comparison.b.totals
    rows: list[tuple[str, float, float]] = [
        ("parameters", a.params, b.params),
        ("MACs", a.macs, b.macs),
        ("activation bytes", a.activation_bytes, b.activation_bytes),
        ("final map side", a.final_map[2], b.final_map[2]),
        ("final channels", a.final_map[1], b.final_map[1]),
        ("convs", a.convs, b.convs),
        ("receptive field", _field(comparison.a), _field(comparison.b)),
    ]
    return [{"quantity": name, "a": x, "b": y, "ratio": ratio_text(x, y)} for name, x, y in rows]


def totals_text(comparison: Comparison, names: tuple[str, str]) -> list[str]:
    """What is compared, and the totals of both, in at most ten lines."""
    differ = f"Comparison: {len(comparison.different)} of {len(comparison.rows)} steps differ"
    return [differ, *_totals_table(comparison, names)]


def _totals_table(comparison: Comparison, names: tuple[str, str]) -> list[str]:
    rows = [["", *names, "ratio"]]
    rows += [[row["quantity"], f"{row['a']:,}", f"{row['b']:,}", row["ratio"]] for row in summary(comparison)]
    return _columns(rows)


def as_text(comparison: Comparison, names: tuple[str, str]) -> str:
    """Totals, stages and the steps that differ, for a terminal."""
    lines = [*_totals_table(comparison, names), ""]
    table = [["part", "a: H×W×C", "b: H×W×C", "a: MACs", "b: MACs", "ratio", "a: parameters", "b: parameters", "ratio"]]
    for name, a, b in comparison.parts:
        shapes = [f"{part.side[0]}×{part.side[1]}×{part.channels}" if part else "-" for part in (a, b)]
        macs = [f"{part.macs:,}" if part else "-" for part in (a, b)]
        params = [f"{part.params:,}" if part else "-" for part in (a, b)]
        ratios = [ratio_text(a.macs, b.macs), ratio_text(a.params, b.params)] if a and b else ["", ""]
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
        "parts": [{"name": name, "a": asdict(a) if a else None, "b": asdict(b) if b else None} for name, a, b in comparison.parts],
        "steps": len(comparison.rows),
        "different": [
            {"place": row.place, "a": row.a.name if row.a else None, "b": row.b.name if row.b else None, "differs": list(row.differs)}
            for row in comparison.different
        ],
    }  # fmt: skip


def _field(trace: Trace) -> int:
    """The receptive field of the last map."""
    return max(next(s for s in reversed(trace.steps) if len(s.output) == 4 and s.path != "head").receptive_field)
