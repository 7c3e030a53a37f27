"""What is a table, whatever is written of it?  Columns, rows of numbers and texts, and sentences below.

The shape table and a comparison of two networks are made here once; each format writes any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..advise.comparing import FIELDS, Comparison, compare, summary
from ..errors import InputError
from ..steps import COLUMNS, Trace
from .registry import Export
from .table import input_text

Cell = int | float | str | None  # "" does not apply, None is unknown
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Table:
    """``columns`` by name, the rows in their order, and ``notes``: sentences that stand below."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    def numeric(self, column: int) -> bool:
        """Whether a column holds numbers, apart from cells that are empty or unknown or have one for each axis."""
        kinds = [type(row[column]) for row in self.rows if row[column] not in (None, "")]
        return bool(kinds) and sum(kind is not str for kind in kinds) * 2 > len(kinds)


def table_of(export: Export) -> Table:
    """The shape table of a network, or of two what differs. Raises :class:`InputError` for more."""
    name = export.configuration or export.name
    others = list(export.beside)
    if len(others) > 1:
        named = [other.name for other in others]
        raise InputError(
            "beside", named, "must be one network here", "name one, or use format paper, which takes several"
        )
    for other in others:
        names = (name, other.configuration or other.name)
        return comparison_table(compare(export.trace, other.trace), names)
    return shape_table(export.trace, name)


def shape_table(trace: Trace, title: str) -> Table:
    """Every step in all columns, as the CSV has them."""
    rows = tuple([tuple([row[name] for name in COLUMNS]) for row in trace.rows()])
    totals = trace.totals
    sums = f"{totals.params:,} parameters, {totals.macs:,} MACs, {totals.activation_bytes:,} bytes of activations"
    return Table(f"{title}, {input_text(trace)}", COLUMNS, rows, (sums, *trace.coverage))


_BESIDE = ("name", *FIELDS)


def comparison_table(comparison: Comparison, names: tuple[str, str]) -> Table:
    """Two networks beside each other: a row an aligned pair, both values of each field, and what differs."""
    columns = ("place", *(f"{field}_{side}" for field in _BESIDE for side in "ab"), "differs")
    rows_a, rows_b = comparison.a.rows(), comparison.b.rows()
    rows: list[tuple[Cell, ...]] = []
    for row in comparison.rows:
        sides: list[dict[str, Any]] = [
            rows_a[row.a.index] if row.a else {},
            rows_b[row.b.index] if row.b else {},
        ]
        # a step that is not there has no numbers, which is not the same as unknown ones
        values = [side[field] if side else "" for field in _BESIDE for side in sides]
        rows.append((row.place, *values, ";".join(row.differs)))
    notes = [
        f"{one['quantity']}: a {_said(one['a'])}, b {_said(one['b'])} {one['ratio']}".rstrip()
        for one in summary(comparison)
    ]
    sides_text = " and ".join(
        f"{side} = {name} ({input_text(trace)})"
        for side, name, trace in zip("ab", names, (comparison.a, comparison.b), strict=True)
    )
    return Table(sides_text, columns, tuple(rows), tuple(notes))


def _said(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"
