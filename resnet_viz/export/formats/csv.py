"""The shape table as CSV: every column, and nothing else, for other programs count on that."""

from __future__ import annotations

from ..registry import Export, Exporter


def write(export: Export) -> str:
    """A header and one row a step."""
    return export.trace.to_csv()


EXPORTER = Exporter(
    "csv", "Table, CSV", (".csv",), "text/csv", "the shape table for spreadsheets and programs: one row a step", write
)
