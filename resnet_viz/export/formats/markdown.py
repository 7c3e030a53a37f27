"""The shape table as Markdown, or what differs between two networks."""

from __future__ import annotations

from collections.abc import Sequence

from ..escaping import markdown as escaped
from ..registry import Export, Exporter
from ..tabular import UNKNOWN, Table, table_of


def write(export: Export) -> str:
    """A table of all columns; below it what the sums leave out, and where it is from. With one network beside it what differs."""
    table = table_of(export)
    return table_text(table, table.notes if export.beside else export.trace.coverage, export.said)


def table_text(table: Table, notes: Sequence[str], said: str) -> str:
    """Any table, with sentences below it and a line that says where it is from."""
    lines = ["| " + " | ".join(table.columns) + " |", "|" + "---|" * len(table.columns)]
    for row in table.rows:
        cells = [
            UNKNOWN if value is None else escaped(value) if isinstance(value, str) else str(value) for value in row
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *notes, *[""] * bool(notes), said]) + "\n"


EXPORTER = Exporter(
    "markdown",
    "Table, Markdown",
    (".md", ".markdown"),
    "text/markdown",
    "the shape table for a readme or a note; with one --beside what differs",
    write,
    options=("beside",),
)
