"""The shape table as Markdown."""

from __future__ import annotations

from ...steps import COLUMNS
from ..registry import Export, Exporter


def write(export: Export) -> str:
    """A table of all columns; below it what the sums leave out, and where it is from."""
    trace = export.trace
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += [
        "| " + " | ".join("unknown" if row[c] is None else str(row[c]) for c in COLUMNS) + " |" for row in trace.rows()
    ]
    return "\n".join([*lines, "", *trace.coverage, *[""] * bool(trace.coverage), export.said]) + "\n"


EXPORTER = Exporter(
    "markdown",
    "Table, Markdown",
    (".md", ".markdown"),
    "text/markdown",
    "the shape table for a readme or a note",
    write,
)
