"""Two networks beside each other on a page: pictures in one scale, totals with ratios, and every step aligned."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

import resnet_viz as rv
from resnet_viz.advise.comparing import Comparison
from resnet_viz.export.registry import Export
from resnet_viz.picture.layout import Look
from resnet_viz.ui import cache, diagram, printing, saving, viewing
from resnet_viz.ui.aligned import COLUMNS, COUNTS, Side, step_rows, total_rows
from resnet_viz.ui.columns import text_column
from resnet_viz.ui.home import made_when_asked
from resnet_viz.ui.wording import literal

_ONLY = "compare_only"


def pictures(a: Side, b: Side, paper: Mapping[str, Side] | None = None) -> None:
    """Both pictures in one scale, and in words what is marked in them; with the sides that go to ``paper``, if any."""
    true_scale = st.toggle("True scale", key="compare_true", help="Sizes in proportion, not their square roots")
    try:
        look = Look(true_scale=bool(true_scale), theme=viewing.theme())
        found = cache.compared(a.subject, b.subject, look)
    except rv.InputError as error:
        st.info(f"There is no picture of both. {error}")
        return
    st.markdown("\n".join(["**What differs**", "", *(f"- {literal(line)}" for line in found.words)]))
    only = bool(st.session_state.get(_ONLY))
    printed = printing.token_of(printing.PrintedPair(tuple(paper.items()), look, only)) if paper else ""
    for name, side, other, made in zip("AB", (a, b), (b, a), found.figures, strict=True):
        row = st.container(horizontal=True, vertical_alignment="center")
        row.markdown(f"**{name}** · `{side.text}`", width="content")
        about = f"network level · in one scale with {other.text}"
        saving.offer(
            row, lambda made=made: made, side.text, about, f"{side.file_name}_network", look.theme, f"save_{name}"
        )
        diagram.show(
            made.json, made.alt, None, side.file_name, lambda _step, _act: None, key=f"beside_{name}", printed=printed
        )
    st.caption(
        "One scale for both: height = H, depth = W (drawn foreshortened, half as long), thickness = C. Each stage begins "
        "at the same place. A yellow edge marks what is done otherwise in the other network, or where it has more."
    )


def totals(sides: Mapping[str, Side]) -> None:
    """Totals of two to four, each with its ratio to the first."""
    st.dataframe(
        pd.DataFrame(total_rows(sides)), hide_index=True, key="compare_totals", alt="Totals, with their ratios to A"
    )


def rows(found: Comparison, a: Side, b: Side) -> None:
    """The aligned table: one value where both agree, an arrow where they do not."""
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    row.markdown(f"**Step by step**: {len(found.different)} of {len(found.rows)} steps differ", width="content")
    name = f"{a.file_name}_{b.file_name}"
    files = row.container(horizontal=True, width="content", gap="small")
    files.download_button(
        "Download CSV", found.to_csv(), f"{name}.csv", "text/csv", on_click="ignore", key="compare_csv"
    )
    files.download_button(
        "Report, HTML", made_when_asked("report", lambda: Export.of(found.a, beside=[found.b])), f"{name}.html", "text/html",
        on_click="ignore", key="compare_report",
        help="Both pictures, what differs, findings and reasons on one page to hand in, send or print",
    )  # fmt: skip
    lines = step_rows(found, st.toggle("Only what differs", key=_ONLY))
    st.dataframe(
        pd.DataFrame(lines, columns=list(COLUMNS)), hide_index=True, height=min(420, 38 + 35 * max(1, len(lines))), key="compare_rows",
        column_config={
            **{name: st.column_config.TextColumn(width="medium") for name in ("A", "B", "output_shape")},
            **{name: text_column([line[name] for line in lines], name) for name in COUNTS},
        },
        alt="Steps of A and B, aligned",
    )  # fmt: skip
