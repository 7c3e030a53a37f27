"""Explore: choose a network and an input; see its volumes, its shortcuts, its totals and its shape table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

import resnet_viz as rv
from resnet_viz.advise.diagnosis import Case, Finding, Remedy
from resnet_viz.engines.hooks import resolve_device
from resnet_viz.export.table import bytes_text, count_text
from resnet_viz.picture.layout import block_names, map_text, stage_names
from resnet_viz.steps import Trace, known
from resnet_viz.ui import cache, editor, links, parts, viewing
from resnet_viz.ui.controls import SIZES, Choice, choose, publish_size
from resnet_viz.ui.findings import findings
from resnet_viz.ui.parts import part
from resnet_viz.ui.selection import selected
from resnet_viz.ui.stand import stand, stand_on
from resnet_viz.ui.subject import Known, Shown
from resnet_viz.ui.tables import paper, shape_table, table_on, torchinfo


def page() -> None:
    """The whole page, top to bottom."""
    st.title("What a ResNet does to the shape of a tensor", anchor=False)
    parts.begin()
    viewing.own_view("explore")
    choice = choose(_resized)
    if choice is None:
        st.caption("The picture returns as soon as that is mended; everything else you chose is kept.")
        return
    try:
        forecast = cache.forecast(choice.spec, choice.size, choice.batch)
    except rv.InputError as error:
        _diagnosis(_status_row(), choice)
        st.error(f"This network cannot run at this input. {error}")
        editor.story(rv.entry(choice.name), choice.spec)
        return
    links.settle("explore", "focus", (*stage_names(forecast), *block_names(forecast)))
    st.session_state["explored"] = choice
    totals_area = _status()
    shown = _shown(choice, forecast)
    under = stand(shown, _story)
    real = choice.device in ("cpu", "cuda")
    table_area = st.container() if real else None
    if not real:
        shape_table(shown)
    with under:
        traced = _confirmed()
    if totals_area is not None:
        with totals_area:
            _totals(forecast, traced)
    if table_area is not None:
        device = Known(choice.spec, choice.size, choice.batch, traced.device) if traced else shown.subject
        with table_area:
            shape_table(Shown(device, traced or forecast, choice.file_name, choice.title))
    _others()


def _resized() -> None:
    """Another of the inputs offered changes what is said of it and shown, and nothing else of the page."""
    state = st.session_state
    before: Choice | None = state.get("explored")
    if before is None or state["size"] == "own" or st.query_params.get("size") == "own":  # which has a field
        return
    if (
        state.get("more")
        or state.get("save")
        or state.get("home")
        or state.get("level") == "operation"
        or _device(before) != "meta"
    ):
        return
    after = replace(before, size=(int(state["size"]), int(state["size"])))
    try:
        shown = _shown(after, cache.forecast(after.spec, after.size, after.batch))
    except rv.InputError:
        return
    state["explored"] = after
    stand_on(shown)
    table_on(shown)
    chosen = ("card",) if state.get("step") else ()
    opened = ("others",) if state.get("paper") or state.get("torchinfo") else ()
    parts.redraw(("picture", "status", *chosen, "table_head", "table", "confirmed", *opened), ("size",))


def _explored() -> tuple[Choice, Trace]:
    choice: Choice = st.session_state["explored"]
    return choice, cache.forecast(choice.spec, choice.size, choice.batch)


def _device(choice: Choice) -> str:
    """Where the hooks run; empty where that device is not there."""
    try:
        return resolve_device(choice.device)
    except rv.DeviceError:
        return ""


@part("status", "mode", "images", "memory", "optimizer")
def _status() -> Any:
    """Totals and findings; the totals' place where they wait for a device."""
    choice, forecast = _explored()
    publish_size(choice.name, st.session_state["size"])
    row, device = _status_row(), _device(choice)
    if device in ("", "meta"):  # which takes no time that could be told
        with row:
            _totals(forecast, None)
        _diagnosis(row, choice)
        return None
    area = row.container(width="content")
    _diagnosis(row, choice)
    wanted = (choice.spec, choice.size, choice.batch, device)
    if not cache.knows(cache.trace, *wanted):
        return area
    with area:
        _totals(forecast, cache.trace(*wanted))
    return None


def _status_row() -> Any:
    return st.container(horizontal=True, vertical_alignment="center", key="status")


def _story() -> None:
    choice, _ = _explored()
    editor.story(rv.entry(choice.name), choice.spec)


@part("confirmed")
def _confirmed() -> Trace | None:
    return _confirm(*_explored())


@part("others")
def _others() -> None:
    choice, forecast = _explored()
    paper(forecast, selected(forecast))
    torchinfo(choice, forecast)


def _shown(choice: Choice, forecast: Trace) -> Shown:
    """The formulas' trace, and the hooks' for its times where a device really runs."""
    subject = Known(choice.spec, choice.size, choice.batch)
    device = _device(choice)
    real = device not in ("", "meta") and (device != "cpu" or forecast.totals.macs <= cache.SLOW_MACS)
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
        parts.whole()

    def select(finding: Finding) -> None:
        state = st.session_state
        state["step"] = finding.steps[0]
        if finding.code == "dead-weights":  # one sees them in the window alone
            state["level"], state["operation"] = "operation", finding.steps[0]
        parts.whole()

    findings(row, Known(choice.spec, choice.size, choice.batch), choice.batch, apply, select)


def _confirm(choice: Choice, forecast: Trace) -> Trace | None:
    """Run the hooks and say whether they agree with the formulas."""
    try:
        device = resolve_device(choice.device)
        if device == "cpu" and forecast.totals.macs > cache.SLOW_MACS:
            st.warning(
                f"Not run on the cpu from here: {count_text(forecast.totals.macs)} MACs would keep it busy for long. Use a smaller batch or input, device meta for the shapes, or `resnet-viz trace` in a terminal."
            )
            return None
        wanted = (choice.spec, choice.size, choice.batch, device)
        # a spinner is a thread and a message, so there is one only where somebody waits
        if not cache.knows(cache.trace, *wanted):
            with st.spinner("Running the forward hooks …", show_time=True):
                cache.trace(*wanted)
        traced = cache.trace(*wanted)
    except rv.ResNetVizError as error:
        st.error(f"The hooks did not run. {error}. The picture and the table are the formulas'.")
        return None
    differences = cache.differences(*wanted)
    if differences:
        st.error(
            "The formulas and the hooks disagree, which is a bug in this program:\n\n"
            + "\n".join(f"- {line}" for line in differences[:20])
        )
        return traced
    ran = (
        f"; {traced.blocks_run[0]} of {traced.blocks_run[1]} blocks ran, the others are equal to one of these"
        if traced.blocks_run
        else ""
    )
    st.caption(
        f"✓ Confirmed by forward hooks on {traced.device}: {len(traced.steps) - 1} steps, {traced.elapsed_ms:.0f} ms{ran}."
    )
    return traced
