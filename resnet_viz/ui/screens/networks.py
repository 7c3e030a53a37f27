"""Networks: the whole catalogue as a chart and as a table; choosing one opens it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

import resnet_viz as rv
from resnet_viz.export.catalogue import FILES, catalogue_file
from resnet_viz.export.registry import exporter
from resnet_viz.picture.figures import draw_family
from resnet_viz.picture.figures.family import kind_of
from resnet_viz.spec.catalogue import CATALOGUE, families
from resnet_viz.steps import Pair, parse_size
from resnet_viz.ui import cache, home, links, viewing
from resnet_viz.ui.links import Param, one_of

DATASETS = ("ImageNet-1k", "CIFAR-10", "all")
SIZES = ("own", "32", "64", "96", "128", "224", "288", "other")
_COLUMNS = (
    "name", "title", "family", "year", "layers", "params", "macs", "top1", "top1_input", "output_stride",
    "receptive_field", "final_map", "activation_bytes", "description", "top1_source",
)  # fmt: skip


def page(open_network: Callable[[str, Pair | None], None]) -> None:
    """The whole page; ``open_network`` shows a network in Explore at a size."""
    st.title("Every network, what it costs and what it reached", anchor=False)
    links.restore(
        "networks",
        (
            Param("data", one_of(*DATASETS)),
            Param("at", one_of(*SIZES)),
            Param("at_hw", lambda text: text[:24] or None),
            Param("find", lambda text: text[:60] or None),
        ),
    )
    size, bad = _controls()
    if bad:
        return
    rows = _rows(size)
    _chart(rows, size, open_network)
    _table(rows, size, open_network)


def _controls() -> tuple[Pair | None, bool]:
    state = st.session_state
    state.setdefault("data", DATASETS[0])
    state.setdefault("at", "224" if state["data"] != "CIFAR-10" else "32")
    row = st.container(horizontal=True, vertical_alignment="bottom")
    data = row.segmented_control("Published for", DATASETS, required=True, key="data")
    side = row.segmented_control(
        "Input (px)",
        SIZES,
        required=True,
        key="at",
        help="Counts below are for this input; “own” takes each network's own",
    )
    text = row.text_input("H×W", key="at_hw", width=110, max_chars=24, placeholder="160x224") if side == "other" else ""
    find = row.text_input("Find", key="find", width=200, max_chars=60, placeholder="name, family or year")
    links.publish("data", data, DATASETS[0])
    links.publish("at", side, "224")
    links.publish("at_hw", text or None, None)
    links.publish("find", find or None, None)
    if side == "own":
        return None, False
    try:
        return parse_size((text or "160x224") if side == "other" else str(side)), False
    except rv.ResNetVizError as error:
        st.error(f"Input: {error}")
        return None, True


def _rows(size: Pair | None) -> list[Mapping[str, Any]]:
    """The rows that are asked for, with progress while they are counted for the first time at this size."""
    data, find = st.session_state["data"], (st.session_state.get("find") or "").lower().strip()
    wanted = [
        known
        for known in CATALOGUE
        if data in ("all", known.family.dataset)
        and find in f"{known.name} {known.title} {known.family.name} {known.family.year} {known.description}".lower()
    ]
    place = st.empty()
    rows: list[Mapping[str, Any]] = []
    for number, known in enumerate(wanted, 1):
        rows.append(cache.catalogue_row(known.name, size))
        if number % 20 == 0:
            place.progress(number / len(wanted), f"Counting {number} of {len(wanted)} networks …")
    place.empty()
    return rows


def _chart(rows: list[Mapping[str, Any]], size: Pair | None, open_network: Callable[[str, Pair | None], None]) -> None:
    points = [
        {**row, "kind": kind_of(rv.variant(row["name"]))} for row in rows if row["top1"] != "" and row["macs"] != ""
    ]
    if not points:
        st.caption("No network here has a published accuracy to draw.")
        return
    figure: Any = draw_family(points, theme=viewing.theme())
    picked: Any = st.plotly_chart(
        figure,
        key="family_chart",
        theme=None,
        on_select=links.chose,
        selection_mode="points",
        config={"displaylogo": False},
        alt=figure.layout.meta["alt"],
    )
    st.caption(
        "Area = parameters. Each accuracy was measured at its own input and with its own training recipe, which moves it "
        "as much as the network does; hover for both. Click a point to open the network."
    )
    chosen = picked.selection.points
    if chosen:
        data = chosen[0]["customdata"]
        open_network(str(data[0] if isinstance(data, list | tuple) else data), size)


def _table(rows: list[Mapping[str, Any]], size: Pair | None, open_network: Callable[[str, Pair | None], None]) -> None:
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    row.markdown(
        f"**{len(rows)} of {len(CATALOGUE)} networks**, in teaching order; click a heading to sort", width="content"
    )
    name = "own" if size is None else f"{size[0]}x{size[1]}"
    with row.popover("Take it home"):
        files = st.container(horizontal=True, gap="small")
        for one in map(exporter, FILES):
            with files:
                home.table_button(
                    one, f"networks_{name}{one.suffix}", lambda one=one: catalogue_file(rows, size, one.name)
                )
        st.caption("In a terminal: `resnet-viz list --input 224 -o networks.xlsx`. A network's own files are in Explore: click its row.")  # fmt: skip
    if not rows:
        st.caption("Nothing matches; change “Find” or “Published for”.")
        return
    frame = pd.DataFrame([dict(entry) for entry in rows])[list(_COLUMNS)]
    for column in (
        "layers",
        "params",
        "macs",
        "top1",
        "top1_input",
        "output_stride",
        "receptive_field",
        "activation_bytes",
    ):
        frame[column] = pd.to_numeric(frame[column], errors="coerce")  # an empty cell is a missing number
    frame["params"] /= 1e6
    frame["macs"] /= 1e9
    frame["activation_bytes"] /= 2**20
    event: Any = st.dataframe(
        frame,
        key="family_table",
        hide_index=True,
        placeholder="",
        height=520,
        on_select=links.chose,
        selection_mode="single-row",
        column_config={
            "name": st.column_config.TextColumn(width="medium"),
            "family": st.column_config.TextColumn(width="medium"),
            "params": st.column_config.NumberColumn("parameters (M)", format="%.2f"),
            "macs": st.column_config.NumberColumn("MACs (G)", format="%.3f", help="Multiply-adds; 1 MAC = 2 FLOPs"),
            "top1": st.column_config.NumberColumn("top-1 %", format="%.2f", help="As published, by top1_source"),
            "top1_input": st.column_config.NumberColumn("top-1 at px"),
            "layers": st.column_config.NumberColumn(help="Convs outside shortcuts and gates, and the linear layer"),
            "receptive_field": st.column_config.NumberColumn("receptive field px", help="At the last map"),
            "output_stride": st.column_config.NumberColumn("output stride"),
            "activation_bytes": st.column_config.NumberColumn("activations (MiB)", format="%.1f"),
            "description": st.column_config.TextColumn("what it is", width="large"),
            "title": None,
        },
    )
    missing = [entry["name"] for entry in rows if entry["macs"] == ""]
    if missing:
        st.caption(f"Cannot run at this input, so without counts: {', '.join(missing)}.")
    chosen = event.selection.rows
    if chosen:
        open_network(str(rows[chosen[0]]["name"]), size)
    with st.expander("The families: what each paper changed"):
        st.markdown(
            "\n".join(
                f"- **{family.name}** ({family.year}, [{family.arxiv}](https://arxiv.org/abs/{family.arxiv})): {family.idea} "
                f"Checked against {family.source}."
                for family in families()
            )
        )
