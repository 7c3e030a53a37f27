"""Two networks beside each other on a page: pictures in one scale, totals with ratios, and every step aligned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

import resnet_viz as rv
from resnet_viz.advise.comparing import FIELDS, Comparison, summary
from resnet_viz.export.table import bytes_text, count_text
from resnet_viz.picture.layout import Look
from resnet_viz.ui import cache, diagram, saving, viewing
from resnet_viz.ui.columns import text_column
from resnet_viz.ui.subject import Subject
from resnet_viz.ui.wording import literal


@dataclass(frozen=True)
class Side:
    """One of the networks, and what it is called."""

    text: str
    subject: Subject

    @property
    def file_name(self) -> str:
        return self.text.replace(":", "_").replace("/", "_")


def pictures(a: Side, b: Side) -> None:
    """Both pictures in one scale, and in words what is marked in them."""
    true_scale = st.toggle("True scale", key="compare_true", help="Sizes in proportion, not their square roots")
    try:
        look = Look(true_scale=bool(true_scale), theme=viewing.theme())
        found = cache.compared(a.subject, b.subject, look)
    except rv.InputError as error:
        st.info(f"There is no picture of both. {error}")
        return
    st.markdown("\n".join(["**What differs**", "", *(f"- {literal(line)}" for line in found.words)]))
    for name, side, other, (figure, alt) in zip("AB", (a, b), (b, a), found.figures, strict=True):
        row = st.container(horizontal=True, vertical_alignment="center")
        row.markdown(f"**{name}** · `{side.text}`", width="content")
        about = f"network level · in one scale with {other.text}"
        saving.offer(row, figure, side.text, about, f"{side.file_name}_network", look.theme, f"save_{name}")
        diagram.show(figure, alt, None, side.file_name, lambda _step, _act: None, key=f"beside_{name}")
    st.caption(
        "One scale for both: height = H, depth = W (drawn foreshortened, half as long), thickness = C. Each stage begins "
        "at the same place. A yellow edge marks what is done otherwise in the other network, or where it has more."
    )


def totals(sides: Mapping[str, Side]) -> None:
    """Totals of two to four, each with its ratio to the first."""
    shown: dict[str, Any] = {"parameters": count_text, "MACs": count_text, "activation bytes": bytes_text}
    first = sides["a"].subject
    rows = {row["quantity"]: {"quantity": row["quantity"]} for row in summary(cache.comparison(first, first))}
    for name, side in sides.items():
        for row in summary(cache.comparison(first, side.subject)):
            value = row["b"]
            text = "unknown" if value is None else shown.get(row["quantity"], str)(value)
            ratio = "" if name == "a" or row["ratio"] in ("=", "") else f" ({row['ratio']})"
            rows[row["quantity"]][f"{name.upper()}: {side.text}"] = text + ratio
    st.dataframe(
        pd.DataFrame(rows.values()), hide_index=True, key="compare_totals", alt="Totals, with their ratios to A"
    )


_COUNTS = ("params", "macs", "output_bytes")


def _cell(value: Any, field: str) -> str:
    if value is None:
        return "unknown"
    return f"{value:,}" if field in _COUNTS and value != "" else str(value)


def rows(found: Comparison, a: Side, b: Side) -> None:
    """The aligned table: one value where both agree, an arrow where they do not."""
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    row.markdown(f"**Step by step**: {len(found.different)} of {len(found.rows)} steps differ", width="content")
    name = f"{a.file_name}_{b.file_name}.csv"
    row.download_button("Download CSV", found.to_csv(), name, "text/csv", on_click="ignore", key="compare_csv")
    only = st.toggle("Only what differs", key="compare_only")
    cells_a, cells_b = found.a.rows(), found.b.rows()
    lines: list[dict[str, Any]] = []
    for pair in found.different if only else found.rows:
        one = cells_a[pair.a.index] if pair.a else {}
        two = cells_b[pair.b.index] if pair.b else {}
        names = [cells.get("name", "") for cells in (one, two)]
        line = {
            "differs": "only A" if not two else "only B" if not one else "≠" if pair.differs else "=",
            "A": names[0],
            "B": names[1],
        }
        for field in FIELDS[1:]:
            x, y = (_cell(cells.get(field, ""), field) for cells in (one, two))
            line[field] = x if x == y or not two else y if not one else f"{x} → {y}"
        lines.append(line)
    st.dataframe(
        pd.DataFrame(lines, columns=["differs", "A", "B", *FIELDS[1:]]), hide_index=True, height=min(420, 38 + 35 * max(1, len(lines))), key="compare_rows",
        column_config={
            **{name: st.column_config.TextColumn(width="medium") for name in ("A", "B", "output_shape")},
            **{name: text_column([line[name] for line in lines], name) for name in _COUNTS},
        },
        alt="Steps of A and B, aligned",
    )  # fmt: skip
