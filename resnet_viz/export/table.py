"""The shape table in each format that leaves the program."""

from __future__ import annotations

import json
from collections.abc import Callable

from ..steps import COLUMNS, Trace

_SHORT = (
    "index",
    "name",
    "kind",
    "output_shape",
    "kernel",
    "stride",
    "params",
    "macs",
    "receptive_field",
    "output_stride",
    "time_ms",
)


def count_text(number: int) -> str:
    """A count in engineering form: ``21.80 M``, ``3.664 G``; below ten thousand as it is."""
    for power, letter in ((12, "T"), (9, "G"), (6, "M"), (3, "k")):
        if number >= 10 ** max(power, 4):
            return f"{number / 10**power:.4g} {letter}"
    return f"{number}"


def bytes_text(number: int) -> str:
    """Bytes in powers of 1024: ``19.7 MiB``."""
    value = float(number)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.4g} {unit}"
        value /= 1024
    return f"{value:.4g} TiB"


def as_text(trace: Trace) -> str:
    """Aligned columns for a terminal, with the totals below."""
    rows = trace.rows()
    columns = [c for c in _SHORT if c != "time_ms" or any(row[c] != "" for row in rows)]
    cells = [
        list(columns),
        *([f"{row[c]:,}" if c in ("params", "macs") else str(row[c]) for c in columns] for row in rows),
    ]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    right = {"index", "params", "macs", "receptive_field", "output_stride", "time_ms"}
    lines = [
        "  ".join(
            cell.rjust(w) if columns[i] in right else cell.ljust(w)
            for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    totals = trace.totals
    lines.append(
        f"\n{totals.params:,} parameters, {totals.macs:,} MACs, {bytes_text(totals.activation_bytes)} activations, batch {trace.batch}, {trace.dtype}"
    )
    return "\n".join(lines) + "\n"


def as_json(trace: Trace) -> str:
    """``{"engine", "device", …, "steps": [row, …]}``."""
    head = {"engine": trace.engine, "device": trace.device, "dtype": trace.dtype, "batch": trace.batch}
    return json.dumps({**head, "steps": trace.rows()}, indent=1) + "\n"


def as_markdown(trace: Trace) -> str:
    """A Markdown table of all columns."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += ["| " + " | ".join(str(row[c]) for c in COLUMNS) + " |" for row in trace.rows()]
    return "\n".join(lines) + "\n"


EXPORTERS: tuple[tuple[str, Callable[[Trace], str]], ...] = (
    ("text", as_text),
    ("csv", Trace.to_csv),
    ("json", as_json),
    ("markdown", as_markdown),
)
