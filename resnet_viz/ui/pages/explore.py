"""Explore: choose a network and an input; see its volumes, its shortcuts, its totals and its shape table."""

from __future__ import annotations

from typing import Any

import streamlit as st

import resnet_viz as rv
from resnet_viz.explaining import worked_lines
from resnet_viz.export.table import bytes_text, count_text
from resnet_viz.layout import LEVELS, block_names, map_text
from resnet_viz.steps import Step, Trace
from resnet_viz.tracing import resolve_device
from resnet_viz.ui import cache, links
from resnet_viz.ui.controls import Choice, choose

# The picture keeps its own scale: where the window is narrower, it scrolls and does not squeeze its labels.
_STYLE = """<style>
.st-key-diagram {{ overflow-x: auto; }}
.st-key-diagram > div {{ min-width: {width}px; }}
</style>"""

# On a processor this many multiply-adds take some ten seconds.
SLOW_MACS = 500_000_000_000


_ROWS = ("all steps", "the selected block")


def page() -> None:
    """The whole page, top to bottom."""
    st.markdown("#### What a ResNet does to the shape of a tensor")
    choice = choose()
    if choice is None:
        st.caption("The picture returns as soon as that is mended; everything else you chose is kept.")
        return
    try:
        forecast = cache.forecast(choice.spec, choice.size, choice.batch)
    except rv.InputError as error:
        st.error(f"This network cannot run at this input. {error}")
        return
    totals_area = st.container()
    _advice(forecast)
    step = _diagram(choice, forecast)
    if step is not None:
        _card(forecast, step)
    confirmed_area = st.empty()
    real = choice.device in ("cpu", "cuda")
    table_area = st.container()
    if not real:
        _table(table_area, choice, forecast, step)
    traced = _confirm(confirmed_area, choice, forecast)
    with totals_area:
        _totals(forecast, traced)
    if real:
        _table(table_area, choice, traced or forecast, step)
    _torchinfo(choice, forecast)


def _totals(forecast: Trace, traced: Trace | None) -> None:
    totals = forecast.totals
    where = ""
    if traced is not None:
        time = traced.totals.time_ms
        where = f" · {traced.device}" + (f", {time:.1f} ms a pass" if time is not None else " (shapes only)")
    st.markdown(
        f"**{count_text(totals.params)}** parameters · **{count_text(totals.macs)}** MACs "
        f"({count_text(2 * totals.macs)} FLOPs) · **{bytes_text(totals.activation_bytes)}** activations · "
        f"final map **{map_text(totals.final_map)}**{where}",
        help="Sums over every step, for the whole batch. 1 MAC = 2 FLOPs; only convs and the linear layer are counted. "
        "Activations: every output that is a tensor of its own, in float32.",
    )


def _advice(forecast: Trace) -> None:
    """Say what happened where the input is too small for the stem, with the remedy one click away."""
    height, width = forecast.totals.final_map[2:]
    reduced = forecast.spec is not None and (forecast.spec.stem.stride == 2 or forecast.spec.stem.pool != "none")
    if (height, width) != (1, 1) or forecast.input_size == (1, 1) or not reduced:
        return
    first = next(step for step in forecast.steps if step.kind == "conv" and step.output[2:] == (1, 1))
    row = st.container(horizontal=True, vertical_alignment="center")
    row.info(
        f"At {forecast.input_size[0]}×{forecast.input_size[1]} the map has shrunk to 1×1 from {first.name} on: a 3×3 kernel there meets one cell and eight "
        f"of padding. The stem alone divides the size by {next(s for s in reversed(forecast.steps) if s.path == 'stem').output_stride[0]}; "
        "a CIFAR stem (one 3×3 of stride 1, no pool) keeps it."
    )
    row.button("Use the CIFAR stem", on_click=lambda: st.session_state.update(stem="cifar"))


def _select_box() -> None:
    points: list[Any] = st.session_state["chart"].selection.points
    if points:
        data = points[0]["customdata"]
        _choose_step(int(data[0] if isinstance(data, list | tuple) else data))
        # The table cannot be told to scroll, so it shows the part that the box stands for; and under a fresh key it
        # forgets the row that was chosen by hand and takes the new default.
        st.session_state["rows"] = _ROWS[1]
        st.session_state["table_turn"] = st.session_state.get("table_turn", 0) + 1


def _select_row(key: str, indices: list[int]) -> None:
    rows: list[int] = st.session_state[key].selection.rows
    _choose_step(indices[rows[0]] if rows else None)


def _choose_step(index: int | None) -> None:
    st.session_state["step_index"] = index


def _selected(forecast: Trace) -> Step | None:
    """The chosen step, kept by name in the address."""
    state = st.session_state
    if "step_index" in state:
        index = state.pop("step_index")
        state["step"] = None if index is None or index >= len(forecast.steps) else forecast.steps[index].name
    name = state.get("step")
    links.publish("step", name, None)
    if name is None:
        return None
    found = next((step for step in forecast.steps if step.name == name), None)
    if found is None:
        st.caption(f"The chosen step `{name}` is not in this network; choose another in the picture or the table.")
    return found


def _diagram(choice: Choice, forecast: Trace) -> Step | None:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    st.session_state.setdefault("level", LEVELS[0])
    level = row.segmented_control(
        "Level",
        LEVELS,
        required=True,
        key="level",
        help="network: a volume a block; block: every conv of one block, with its formula",
    )
    focus = None
    if level == "block":
        names = block_names(forecast)
        if st.session_state.get("focus") not in names:
            # the first block that projects teaches most
            st.session_state["focus"] = next((name for name in names if not name.startswith("layer1.")), names[0])
        focus = row.selectbox("Block", names, key="focus", width=160)
    links.publish("level", level, LEVELS[0])
    links.publish("focus", focus, None)
    step = _selected(forecast)
    theme = st.context.theme.type or "light"
    shown = _shown_step(forecast, step, str(level))
    figure: Any = cache.figure(choice.spec, choice.size, choice.batch, str(level), focus, theme, shown)
    st.html(_STYLE.format(width=int(figure.layout.width)))
    config = {
        "displaylogo": False,
        "scrollZoom": False,
        "toImageButtonOptions": {"format": "svg", "filename": choice.file_name},
    }
    with st.container(key="diagram"):
        st.plotly_chart(
            figure,
            key="chart",
            theme=None,
            on_select=_select_box,
            selection_mode="points",
            config=config,
            alt=figure.layout.meta["alt"],
        )
    st.caption(
        "Height = H, depth = W, thickness = C, each through a square root. Shapes here are H×W×C, in the table N×C×H×W as PyTorch prints them. Click a volume or ⊕ for its formula."
    )
    return step


def _shown_step(forecast: Trace, step: Step | None, level: str) -> int | None:
    """At network level a step inside a block is marked on the block's volume."""
    if step is None:
        return None
    if level == "network" and step.stage is not None:
        return next(s.index for s in reversed(forecast.steps) if (s.stage, s.block) == (step.stage, step.block))
    return step.index


def _card(forecast: Trace, step: Step) -> None:
    with st.container(border=True):
        reads = " and ".join(f"`{forecast.steps[read].name}`" for read in step.reads)
        head = f"**Why this shape?** `{step.name}` ({step.kind}), row {step.index}" + (
            f", reads {reads}" if reads else ""
        )
        lines = [f"- {title}: `{line}`" for title, line in worked_lines(forecast, step)]
        st.markdown("\n".join([head, "", *lines]))


def _part(trace: Trace, step: Step) -> list[int]:
    """Indices of the steps of the same block, or of the stem or the head."""
    outside = step.stage is None
    return [
        other.index
        for other in trace.steps
        if (other.stage, other.block) == (step.stage, step.block) and (not outside or other.path == step.path)
    ]


def _table(area: Any, choice: Choice, trace: Trace, step: Step | None) -> None:
    with area:
        frame = trace.to_dataframe()
        if not any(s.time_ms is not None for s in trace.steps):
            frame = frame.drop(columns="time_ms")
        row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
        row.markdown(f"**Shape table**: {len(frame)} steps in execution order", width="content")
        row.download_button("Download CSV", trace.to_csv(), f"{choice.file_name}.csv", "text/csv", on_click="ignore")
        indices = list(range(len(frame)))
        if step is not None:
            st.session_state.setdefault("rows", _ROWS[0])
            shown = st.segmented_control("Rows", _ROWS, required=True, key="rows", label_visibility="collapsed")
            if shown == _ROWS[1]:
                indices = _part(trace, step)
        # The key tells the parts apart: a row's number means another step in each.
        key = f"table_{st.session_state.get('table_turn', 0)}_{indices[0]}_{len(indices)}"
        default: Any = {"selection": {"rows": [indices.index(step.index)] if step else []}}
        st.dataframe(
            frame.iloc[indices],
            key=key,
            height=min(420, 38 + 35 * len(indices)),
            hide_index=True,
            placeholder="",
            column_config={
                "name": st.column_config.TextColumn(width="medium"),
                "input_shape": st.column_config.TextColumn(width="medium"),
            },
            on_select=lambda: _select_row(key, indices),
            selection_mode="single-row",
            selection_default=default,
        )


def _confirm(area: Any, choice: Choice, forecast: Trace) -> Trace | None:
    """Run the hooks and say whether they agree with the formulas."""
    try:
        device = resolve_device(choice.device)
        if device == "cpu" and forecast.totals.macs > SLOW_MACS:
            area.warning(
                f"Not run on the cpu from here: {count_text(forecast.totals.macs)} MACs would keep it busy for long. Use a smaller batch or input, device meta for the shapes, or `resnet-viz trace` in a terminal."
            )
            return None
        with area, st.spinner("Running the forward hooks …", show_time=True):
            traced = cache.trace(choice.spec, choice.size, choice.batch, device)
    except rv.ResNetVizError as error:
        area.error(f"The hooks did not run. {error}. The picture and the table are the formulas'.")
        return None
    differences = traced.confirm(forecast)
    if differences:
        area.error(
            "The formulas and the hooks disagree, which is a bug in this program:\n\n"
            + "\n".join(f"- {line}" for line in differences[:20])
        )
        return traced
    ran = (
        f"; {traced.blocks_run[0]} of {traced.blocks_run[1]} blocks ran, the others are equal to one of these"
        if traced.blocks_run
        else ""
    )
    area.caption(
        f"✓ Confirmed by forward hooks on {traced.device}: {len(traced.steps) - 1} steps, {traced.elapsed_ms:.0f} ms{ran}."
    )
    return traced


def _torchinfo(choice: Choice, forecast: Trace) -> None:
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
