"""The shape table, the paper's Table 1 and torchinfo's summary of one network."""

from __future__ import annotations

from typing import Any

import streamlit as st

from resnet_viz.steps import Step, Trace
from resnet_viz.ui import cache
from resnet_viz.ui.columns import count_column, shape_columns
from resnet_viz.ui.controls import Choice
from resnet_viz.ui.home import take_home
from resnet_viz.ui.parts import part
from resnet_viz.ui.selection import ROWS, choose_step, selected, show_choice
from resnet_viz.ui.subject import Shown
from resnet_viz.why.names import paper_table


def _select_row(key: str, indices: list[int]) -> None:
    # A table that has been replaced still says what is selected in it, and then that nothing is: only the one in the
    # page counts, and to select nothing the card has a button.
    rows: list[int] = st.session_state[key].selection.rows
    if rows and key == st.session_state.get("table_key"):
        choose_step(indices[rows[0]])
        show_choice()


def _part(trace: Trace, step: Step) -> list[int]:
    """Indices of the steps of the same block, or of the stem or the head."""
    outside = step.stage is None
    return [
        other.index
        for other in trace.steps
        if (other.stage, other.block) == (step.stage, step.block) and (not outside or other.path == step.path)
    ]


def shape_table(shown: Shown) -> None:
    """The shape table of what is shown; choosing a row chooses its step."""
    st.session_state["tabled"] = shown
    with st.container(horizontal=True, vertical_alignment="center", key="table_row"):
        _head()
        take_home()
    _table()


def table_on(shown: Shown) -> None:
    """Another input of the same network: what the table shows when it is drawn anew."""
    st.session_state["tabled"] = shown


@part("table_head")
def _head() -> None:
    shown: Shown = st.session_state["tabled"]
    trace, table = shown.trace, cache.shape_table(shown.subject)
    st.markdown(f"**Shape table**: {len(trace.steps)} steps in execution order", width="content")
    st.download_button("Download CSV", table.csv, f"{shown.file_name}.csv", "text/csv", on_click="ignore", key="csv")


@part("table")
def _table() -> None:
    shown: Shown = st.session_state["tabled"]
    trace, table = shown.trace, cache.shape_table(shown.subject)
    step = selected(trace)
    indices = list(range(len(trace.steps)))
    if step is not None:
        st.session_state.setdefault("rows", ROWS[0])
        rows = st.segmented_control("Rows", ROWS, required=True, key="rows", label_visibility="collapsed")
        if rows == ROWS[1]:
            indices = _part(trace, step)
    # The key tells the parts apart: a row's number means another step in each.
    key = f"table_{st.session_state.get('table_turn', 0)}_{indices[0]}_{len(indices)}"
    st.session_state["table_key"] = key
    default: Any = {"selection": {"rows": [indices.index(step.index)] if step else []}}
    st.dataframe(
        table.arrow if len(indices) == len(trace.steps) else table.arrow.take(indices),
        key=key,
        height=min(420, 38 + 35 * len(indices)),
        hide_index=True,
        placeholder="",
        column_config=shape_columns(trace),
        on_select=lambda: _select_row(key, indices),
        selection_mode="single-row",
        selection_default=default,
    )


def paper(forecast: Trace, step: Step | None) -> None:
    """The paper's Table 1 for this very network; choosing a row selects its last step."""
    if not st.toggle("The paper's Table 1 for this network", key="paper"):
        return
    rows = paper_table(forecast)
    here = [i for i, row in enumerate(rows) if step is not None and row.steps[0] <= step.index <= row.steps[1]]
    frame = [
        {"paper": row.paper, "PyTorch": row.pytorch, "output size": row.output, "made of": row.made_of, "parameters": row.params, "MACs": row.macs}
        for row in rows
    ]  # fmt: skip
    key = f"paper_{here}_{len(rows)}"

    def chosen() -> None:
        picked: list[int] = st.session_state[key].selection.rows
        if picked:
            choose_step(rows[picked[0]].steps[1])
            show_choice()

    st.dataframe(
        frame, key=key, hide_index=True, on_select=chosen, selection_mode="single-row", selection_default={"selection": {"rows": here}},
        column_config={
            "made of": st.column_config.TextColumn(width="large"),
            "parameters": count_column([row.params for row in rows], "parameters"),
            "MACs": count_column([row.macs for row in rows], "MACs"),
        },
        alt="The paper's Table 1 for this network",
    )  # fmt: skip
    st.caption(
        "As in 1512.03385, Table 1: what the paper calls FLOPs are multiply-adds. The row of the selected step is marked."
    )


def torchinfo(choice: Choice, forecast: Trace) -> None:
    """torchinfo's own summary, and where its counts differ."""
    if not st.toggle("torchinfo's summary of the same network", key="torchinfo"):
        return
    with st.spinner("Running torchinfo …"):
        text, params, mult_adds = cache.torchinfo_summary(choice.spec, choice.size, choice.batch)
    totals = forecast.totals
    biases = sum(step.output[1] for step in forecast.steps if getattr(step.op, "bias", False))
    extra = sum(step.params for step in forecast.steps if step.kind == "norm") + biases
    st.markdown(
        f"| | parameters | multiply-adds |\n|---|--:|--:|\n| ResNet Viz | {totals.params:,} | {totals.macs:,} |\n"
        f"| torchinfo | {params:,} | {mult_adds:,} |\n| difference | {params - totals.params:,} | {mult_adds - totals.macs:,} |"
    )
    if mult_adds - totals.macs == extra * choice.batch:
        st.caption(
            f"torchinfo also counts each norm's weights and every bias as one multiply-add per image, whatever the map's size: {extra:,} an image. Additions have no row of its own there."
        )
    st.code(text, language=None)
