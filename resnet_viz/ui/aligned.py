"""Networks beside each other in tables, for the page and for paper: totals with their ratios, and the steps of two aligned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from resnet_viz.advise.comparing import FIELDS, Comparison, summary
from resnet_viz.export.table import bytes_text, count_text
from resnet_viz.ui import cache
from resnet_viz.ui.subject import Subject

COUNTS = ("params", "macs", "output_bytes")
COLUMNS = ("differs", "A", "B", *FIELDS[1:])


@dataclass(frozen=True)
class Side:
    """One of the networks, and what it is called."""

    text: str
    subject: Subject

    @property
    def file_name(self) -> str:
        return self.text.replace(":", "_").replace("/", "_")


def total_rows(sides: Mapping[str, Side]) -> list[dict[str, str]]:
    """Totals of two to four, a row a quantity, each with its ratio to the first."""
    shown: dict[str, Any] = {"parameters": count_text, "MACs": count_text, "activation bytes": bytes_text}
    first = sides["a"].subject
    rows = {row["quantity"]: {"quantity": row["quantity"]} for row in summary(cache.comparison(first, first))}
    for name, side in sides.items():
        for row in summary(cache.comparison(first, side.subject)):
            value = row["b"]
            text = "unknown" if value is None else shown.get(row["quantity"], str)(value)
            ratio = "" if name == "a" or row["ratio"] in ("=", "") else f" ({row['ratio']})"
            rows[row["quantity"]][f"{name.upper()}: {side.text}"] = text + ratio
    return list(rows.values())


def step_rows(found: Comparison, only: bool) -> list[dict[str, str]]:
    """Every step, or ``only`` those that differ: one value where both agree, an arrow where they do not."""
    cells_a, cells_b = found.a.rows(), found.b.rows()
    lines: list[dict[str, str]] = []
    for pair in found.different if only else found.rows:
        one = cells_a[pair.a.index] if pair.a else {}
        two = cells_b[pair.b.index] if pair.b else {}
        names: list[str] = [cells.get("name", "") for cells in (one, two)]
        line = {
            "differs": "only A" if not two else "only B" if not one else "≠" if pair.differs else "=",
            "A": names[0],
            "B": names[1],
        }
        for field in FIELDS[1:]:
            x, y = (_cell(cells.get(field, ""), field) for cells in (one, two))
            line[field] = x if x == y or not two else y if not one else f"{x} → {y}"
        lines.append(line)
    return lines


def _cell(value: Any, field: str) -> str:
    if value is None:
        return "unknown"
    return f"{value:,}" if field in COUNTS and value != "" else str(value)
