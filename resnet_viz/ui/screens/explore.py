"""Explore: choose a network and an input; see its volumes, its shortcuts, its totals and its shape table."""

from __future__ import annotations

from typing import Any

import streamlit as st

import resnet_viz as rv
from resnet_viz.explaining import why, worked_lines
from resnet_viz.export.table import bytes_text, count_text
from resnet_viz.layout import COLOURS, LEVELS, QUANTITIES, block_names, map_text, stage_names
from resnet_viz.layout.network import FOLD_OVER
from resnet_viz.layout.window import operation_names
from resnet_viz.rosetta import paper_table, pytorch_line
from resnet_viz.steps import Step, Trace
from resnet_viz.tracing import resolve_device
from resnet_viz.ui import cache, diagram, links
from resnet_viz.ui.controls import Choice, choose

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
    _paper(forecast, step)
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


def _picked(step: int, act: str) -> None:
    """A volume was clicked, or reached and opened by keys."""
    state = st.session_state
    if act == "out":
        state["level"] = LEVELS[max(0, LEVELS.index(state.get("level", LEVELS[0])) - 1)]
    elif act == "in":
        state["go_in"] = step
    else:
        _choose_step(step)
        # The table cannot be told to scroll, so it shows the part that the box stands for; and under a fresh key it
        # forgets the row that was chosen by hand and takes the new default.
        state["rows"] = _ROWS[1]
        state["table_turn"] = state.get("table_turn", 0) + 1


def _select_row(key: str, indices: list[int]) -> None:
    # A table that has been replaced still says what is selected in it, and then that nothing is: only the one in the
    # page counts, and to select nothing the card has a button.
    rows: list[int] = st.session_state[key].selection.rows
    if rows and key == st.session_state.get("table_key"):
        _choose_step(indices[rows[0]])


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
    _go_in(forecast)
    level = row.segmented_control(
        "Level",
        LEVELS,
        required=True,
        key="level",
        help="network: a volume a block; stage: every conv of its blocks; block: one block with its formulas; "
        "operation: one conv's window at work",
    )
    if level == "operation":
        focus, look = _operation(row, forecast)
    else:
        focus, look = _focus(row, str(level), forecast), _look(row, choice, forecast, str(level))
        links.publish("focus", focus, None)
        for name in ("operation", "row", "column"):
            links.publish(name, None, None)
    links.publish("level", level, LEVELS[0])
    step = _selected(forecast)
    theme = st.context.theme.type or "light"
    timed = cache.trace(choice.spec, choice.size, choice.batch, look.device) if look.device else None
    figure, alt = cache.figure(choice.spec, choice.size, choice.batch, str(level), focus, theme, look, timed)
    # a picture that is turned has another context than a flat one, so each has a node of its own
    key = "diagram_solid" if look.solid else "diagram"
    diagram.show(figure, alt, _shown_step(forecast, step, str(level)), choice.file_name, _picked, key=key)
    if level == "operation":
        st.caption(
            "The window of one output cell over the padded input, close up, and where the cell stands; move it with the sliders or "
            "their arrow keys. Input and output have one scale. Escape leads out."
        )
        return step
    if look.solid:
        st.caption("Drag to turn, scroll to come nearer; the camera stays when the network or the input changes.")
        return step
    scale = "true to scale" if look.true_scale else "each through a square root"
    st.caption(
        f"Height = H, depth = W, thickness = C, {scale}. Shapes here are H×W×C, in the table N×C×H×W as PyTorch prints them. "
        "Click a volume or ⊕ for its formula, a second time to go in; with keys: arrows, Enter, Escape."
    )
    return step


def _focus(row: Any, level: str, forecast: Trace) -> str | None:
    """Which stage or block is shown; the choice of a block is also its stage's."""
    names = {"stage": stage_names(forecast), "block": block_names(forecast)}.get(level)
    if not names:
        return None
    state = st.session_state
    now = state.get("focus") or ""
    if now not in names:
        # a block's stage, a stage's first block, or the first block that projects, which teaches most
        near = now.split(".")[0] if level == "stage" else f"{now}.0"
        first = next((name for name in names if not name.startswith("layer1")), names[0])
        state["focus"] = near if near in names else first
    return row.selectbox("Stage" if level == "stage" else "Block", names, key="focus", width=140)


def _operation(row: Any, forecast: Trace) -> tuple[str, cache.Look]:
    """Which conv or pool is taken apart, and which of its output cells is filled."""
    names, state = operation_names(forecast), st.session_state
    if state.get("operation") not in names:
        chosen = state.get("step")
        inside = [name for name in names if name.startswith(f"{state.get('focus') or 'layer'}.")]
        state["operation"] = chosen if chosen in names else (inside or names)[0]
    name = row.selectbox("Operation", names, key="operation", width=260)
    height, width = forecast.step(name).output[2:]
    cell: list[int] = []
    for key, title, side in (("row", "Output row", height), ("column", "Output column", width)):
        state[key] = min(int(state.get(key) or 0), side - 1)
        # a slider needs two places to go; a map of one cell has none
        cell.append(row.slider(title, 0, side - 1, key=key, width=220) if side > 1 else 0)
    links.publish("operation", name, None)
    links.publish("row", cell[0] or None, None)
    links.publish("column", cell[1] or None, None)
    return name, cache.Look(cell=(cell[0], cell[1]))


_COLOUR_TITLES = {"stage": "stage", "kind": "kind of operation", **{known.name: known.title for known in QUANTITIES}}


def _look(row: Any, choice: Choice, forecast: Trace, level: str) -> cache.Look:
    """Colours, scale and folding. Times need a real device, so without one they are not offered."""
    try:
        device = resolve_device(choice.device)
    except rv.DeviceError:
        device = "meta"
    real = device != "meta" and (device != "cpu" or forecast.totals.macs <= SLOW_MACS)
    colours = [name for name in COLOURS if name != "time" or real]
    state = st.session_state
    if state.get("colour") not in colours:
        state["colour"] = COLOURS[0]
    colour = row.selectbox(
        "Colour by", colours, key="colour", width=170, format_func=_COLOUR_TITLES.__getitem__,
        help="A quantity also gets a strip of bars under the volumes; times need device cpu or cuda",
    )  # fmt: skip
    true_scale = row.toggle("True scale", key="true", help="Sizes in proportion, not their square roots")
    unfold = False
    if level != "block" and max(forecast.spec.blocks if forecast.spec else (1,)) > FOLD_OVER:
        unfold = row.toggle("Unfold repeats", key="unfold", help="Show every block of a long stage")
    solid = level != "block" and row.toggle(
        "3-D", key="solid", help="The same volumes as solid boxes; drag to turn them"
    )
    links.publish("colour", colour, COLOURS[0])
    links.publish("solid", "1" if solid else None, None)
    links.publish("true", "1" if true_scale else None, None)
    links.publish("unfold", "1" if unfold else None, None)
    return cache.Look(str(colour), true_scale, unfold, device if colour == "time" else "", solid=bool(solid))


def _go_in(forecast: Trace) -> None:
    """Show the block of the volume that was opened, before the controls are drawn."""
    state = st.session_state
    index = state.pop("go_in", None)
    if index is None or index >= len(forecast.steps):
        return
    step = forecast.steps[index]
    if state.get("level") == "block" or step.stage is None:
        if step.name in operation_names(forecast):
            state["level"], state["operation"] = "operation", step.name
        return
    deeper = {"network": "stage", "stage": "block"}.get(str(state.get("level")))
    if deeper:
        state["level"] = deeper
        state["focus"] = f"layer{step.stage}" + (f".{step.block}" if deeper == "block" else "")


def _shown_step(forecast: Trace, step: Step | None, level: str) -> int | None:
    """At network level a step inside a block is marked on the block's volume; at stage level a norm on its conv."""
    if step is None:
        return None
    part = [
        s
        for s in forecast.steps
        if (s.stage, s.block, s.stage is None or s.path == "main") == (step.stage, step.block, True)
    ]
    if level == "network" and step.stage is not None:
        return part[-1].index
    if (
        level != "network"
        and step.kind in ("norm", "relu")
        and step.path == "main"
        and (level == "stage" or step is not part[-1])
    ):
        before = [s.index for s in part if s.index < step.index and s.kind not in ("norm", "relu")]
        return before[-1] if before else step.index
    return step.index


def _card(forecast: Trace, step: Step) -> None:
    with st.container(border=True):
        reads = " and ".join(f"`{forecast.steps[read].name}`" for read in step.reads)
        head = f"**Why this shape?** `{step.name}` ({step.kind}), row {step.index}" + (
            f", reads {reads}" if reads else ""
        )
        lines = [f"- {title}: `{line}`" for title, line in worked_lines(forecast, step)]
        row = st.container(horizontal=True, horizontal_alignment="distribute")
        row.markdown(head, width="content")
        row.button("Close", on_click=_choose_step, args=(None,), help="Select nothing")
        code = pytorch_line(step)
        if code:
            lines.append(f"- in PyTorch: `{code}`")
        st.markdown("\n".join([why(forecast, step), "", *lines]))


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
        st.session_state["table_key"] = key
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


def _paper(forecast: Trace, step: Step | None) -> None:
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
            _choose_step(rows[picked[0]].steps[1])

    st.dataframe(
        frame, key=key, hide_index=True, on_select=chosen, selection_mode="single-row", selection_default={"selection": {"rows": here}},
        column_config={"made of": st.column_config.TextColumn(width="large")}, alt="The paper's Table 1 for this network",
    )  # fmt: skip
    st.caption(
        "As in 1512.03385, Table 1: what the paper calls FLOPs are multiply-adds. The row of the selected step is marked."
    )


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
