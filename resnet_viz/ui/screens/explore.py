"""Explore: choose a network and an input; see its volumes, its shortcuts, its totals and its shape table."""

from __future__ import annotations

from typing import Any

import streamlit as st

import resnet_viz as rv
from resnet_viz.advise.diagnosis import Case, Finding, Remedy
from resnet_viz.engines.hooks import resolve_device
from resnet_viz.export.table import bytes_text, count_text
from resnet_viz.picture.layout import block_names, map_text, stage_names
from resnet_viz.steps import Trace, known
from resnet_viz.ui import cache, editor, links, viewing
from resnet_viz.ui.controls import SIZES, Choice, choose
from resnet_viz.ui.findings import findings
from resnet_viz.ui.stand import stand
from resnet_viz.ui.subject import Known, Shown
from resnet_viz.ui.tables import paper, shape_table, torchinfo


def page() -> None:
    """The whole page, top to bottom."""
    st.title("What a ResNet does to the shape of a tensor", anchor=False)
    viewing.own_view("explore")
    choice = choose()
    if choice is None:
        st.caption("The picture returns as soon as that is mended; everything else you chose is kept.")
        return
    status = st.container(horizontal=True, vertical_alignment="center", key="status")
    try:
        forecast = cache.forecast(choice.spec, choice.size, choice.batch)
    except rv.InputError as error:
        st.error(f"This network cannot run at this input. {error}")
        _diagnosis(status, choice)
        editor.story(rv.entry(choice.name), choice.spec)
        return
    links.settle("explore", "focus", (*stage_names(forecast), *block_names(forecast)))
    totals_area = status.container(width="content")
    _diagnosis(status, choice)
    shown = _shown(choice, forecast)
    (step, *_), told_area, confirmed_area = stand(shown)
    with told_area:  # under the picture, so that a change does not move it
        editor.story(rv.entry(choice.name), choice.spec)
    real = choice.device in ("cpu", "cuda")
    table_area = st.container()
    if not real:
        shape_table(table_area, shown, step)
    traced = _confirm(confirmed_area, choice, forecast)
    with totals_area:
        _totals(forecast, traced)
    if real:
        device = Known(choice.spec, choice.size, choice.batch, traced.device) if traced else shown.subject
        shape_table(table_area, Shown(device, traced or forecast, choice.file_name, choice.title), step)
    paper(forecast, step)
    torchinfo(choice, forecast)


def _shown(choice: Choice, forecast: Trace) -> Shown:
    """The formulas' trace, and the hooks' for its times where a device really runs."""
    subject = Known(choice.spec, choice.size, choice.batch)
    try:
        device = resolve_device(choice.device)
    except rv.DeviceError:
        device = "meta"
    real = device != "meta" and (device != "cpu" or forecast.totals.macs <= cache.SLOW_MACS)
    known = rv.entry(choice.name)
    name = known.title if choice.spec == known.spec else f"{known.title}, changed"
    timed = subject._replace(device=device) if real else None
    return Shown(subject, forecast, choice.file_name, choice.title, timed, name)


def _totals(forecast: Trace, traced: Trace | None) -> None:
    totals = forecast.totals
    where = ""
    if traced is not None:
        time = traced.totals.time_ms
        where = f" · {traced.device}, {time:.1f} ms a pass" if time is not None else ""
    st.markdown(
        f"**{count_text(totals.params)}** parameters · **{count_text(totals.macs)}** MACs · "
        f"**{bytes_text(totals.activation_bytes)}** activations · final map **{map_text(totals.final_map)}**{where}",
        help=f"Sums over every step, for the whole batch. 1 MAC = 2 FLOPs, so these are {count_text(2 * totals.macs)} FLOPs; only "
        "convs and the linear layer are counted. Activations: every output that is a tensor of its own, in float32.",
    )
    for line in (traced or forecast).coverage:
        st.caption(line)


def _diagnosis(row: Any, choice: Choice) -> None:
    """Findings for the chosen network, whose remedies change the controls above."""

    def apply(remedy: Remedy) -> None:
        after = remedy.apply(Case.of(choice.spec, choice.size, choice.batch))
        editor.adopt(known(after.spec), choice.name)
        state = st.session_state
        if remedy.size:
            side = str(remedy.size[0]) if remedy.size[0] == remedy.size[1] else ""
            state["size"] = side if side in SIZES else "own"
            state["hw"] = f"{remedy.size[0]}x{remedy.size[1]}"
        if remedy.batch:
            state["batch"] = remedy.batch
        if remedy.mode:
            state["mode"] = remedy.mode

    def select(finding: Finding) -> None:
        state = st.session_state
        state["step"] = finding.steps[0]
        if finding.code == "dead-weights":  # one sees them in the window alone
            state["level"], state["operation"] = "operation", finding.steps[0]

    findings(row, Known(choice.spec, choice.size, choice.batch), choice.batch, apply, select)


def _confirm(area: Any, choice: Choice, forecast: Trace) -> Trace | None:
    """Run the hooks and say whether they agree with the formulas."""
    try:
        device = resolve_device(choice.device)
        if device == "cpu" and forecast.totals.macs > cache.SLOW_MACS:
            area.warning(
                f"Not run on the cpu from here: {count_text(forecast.totals.macs)} MACs would keep it busy for long. Use a smaller batch or input, device meta for the shapes, or `resnet-viz trace` in a terminal."
            )
            return None
        wanted = (choice.spec, choice.size, choice.batch, device)
        # a spinner is a thread and a message, so there is one only where somebody waits
        if not cache.knows(cache.trace, *wanted):
            with area, st.spinner("Running the forward hooks …", show_time=True):
                cache.trace(*wanted)
        traced = cache.trace(*wanted)
    except rv.ResNetVizError as error:
        area.error(f"The hooks did not run. {error}. The picture and the table are the formulas'.")
        return None
    differences = cache.differences(*wanted)
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
