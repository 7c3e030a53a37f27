"""The shape table as aligned columns for a terminal."""

from __future__ import annotations

from ..registry import Export, Exporter
from ..table import bytes_text, short_cells, short_columns


def write(export: Export) -> str:
    """The columns that have room on a line, with the totals below, what they leave out, and where they are from."""
    trace = export.trace
    columns = short_columns(trace)
    cells = [[name for name, _ in columns], *short_cells(trace)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    lines = [
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, (_, number) in zip(line, widths, columns, strict=True)
        ).rstrip()
        for line in cells
    ]
    totals = trace.totals
    lines.append(
        f"\n{totals.params:,} parameters, {totals.macs:,} MACs, {bytes_text(totals.activation_bytes)} activations, batch {trace.batch}, {trace.dtype}"
    )
    return "\n".join([*lines, *trace.coverage, export.said]) + "\n"


EXPORTER = Exporter(
    "text", "Table, plain text", (".txt",), "text/plain", "the shape table in aligned columns, for a terminal", write
)
