"""Inside: a real image's numbers at each volume, one number taken apart, what the residual adds, parts cut out."""

from __future__ import annotations

import re
from contextlib import nullcontext

import streamlit as st

import resnet_viz as rv
from resnet_viz.inside.activations import Activations
from resnet_viz.picture.layout import block_names, stage_names
from resnet_viz.steps import Step
from resnet_viz.ui import cache, links, parts, viewing
from resnet_viz.ui.inside import cutting, panels, source
from resnet_viz.ui.links import Param, index, module_path
from resnet_viz.ui.picture import controls, picture
from resnet_viz.ui.search import search
from resnet_viz.ui.selection import selected
from resnet_viz.ui.stand import CARD_WIDTH
from resnet_viz.ui.subject import Known, Shown
from resnet_viz.ui.wording import literal

_PANELS = {
    panels.MAPS: panels.show_maps,
    panels.APART: panels.show_apart,
    panels.ADDITION: panels.show_addition,
    panels.CLASS: panels.show_class,
}
_WORDS = {"maps": panels.MAPS, "number": panels.APART, "addition": panels.ADDITION, "class": panels.CLASS}

_PARAMS = (
    *source.PARAMS,
    *viewing.params(module_path, module_path),
    Param("step", module_path),
    Param("show", lambda text: _WORDS.get(text), "inside_show"),
    Param("channel", index, "inside_channel"),
    Param("cell_row", index, "inside_row"),
    Param("cell_column", index, "inside_column"),
    Param("class", index, "inside_class"),
    Param("cut", cutting.read, "inside_cuts"),
)


def page() -> None:
    """The whole page, top to bottom."""
    st.title("Inside: what flows through the network", anchor=False)
    parts.begin()
    viewing.own_view("inside")
    links.restore("inside", _PARAMS)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    chosen = source.choose(row)
    if chosen is None:
        return
    forecast = cache.forecast(chosen.spec, chosen.size, 1)
    links.settle("inside", "focus", (*stage_names(forecast), *block_names(forecast)))
    # a spinner is a thread and a message, so there is one only where somebody waits
    waiting = nullcontext() if cache.has_looked(chosen.key, cutting.cuts()) else st.spinner("Running the image through the network …", show_time=True)  # fmt: skip
    try:
        with waiting, cache.looking:
            whole, seen = _looked(chosen)
    except rv.ResNetVizError as error:
        source.refused(error, chosen)
        return
    with cache.looking:
        told = row.container(horizontal=True, vertical_alignment="center", width="content")
        panels.thumbnail(told, seen)
        cutting.classes(told, seen, whole, chosen.learnt)
        _show(chosen, forecast, seen)


def _looked(chosen: source.Source) -> tuple[Activations, Activations]:
    """The network as it is, and without what was cut. Raises a ``ResNetVizError``."""
    cuts = cutting.cuts()
    whole = cache.looked(chosen.key, (), chosen.make)
    if not cuts:
        return whole, whole
    try:
        return whole, cache.looked(chosen.key, cuts, chosen.make)
    except rv.InputError as error:
        st.warning(f"What was cut is not in this network, and is put back. {error}")
        st.session_state["inside_cuts"] = ()
        return whole, whole


def _show(chosen: source.Source, forecast: rv.Trace, seen: Activations) -> None:
    panels.take_cell(seen)
    state = st.session_state
    if "step" not in state and "step_index" not in state:
        state["step"] = forecast.steps[1].name
    file_name = re.sub(r"[^\w.-]+", "_", f"inside_{chosen.name}_{chosen.size[0]}x{chosen.size[1]}")
    shown = Shown(Known(chosen.spec, chosen.size), forecast, file_name, chosen.title, None, chosen.title)
    row = st.container(horizontal=True, wrap=False, key="stand")
    left, right = row.container(key="stand_picture"), row.container(width=CARD_WIDTH, key="stand_card")
    with left:
        now = controls(shown)
        step = selected(forecast)
        picture(now, step)
    with right:
        search(shown, step)
        if step is not None:
            panels.beside(seen, step)
    if step is None:
        st.info("Choose a volume in the picture, or a step by its name, to see what flows there.")
    else:
        _panel(seen, step)
    st.caption("; ".join(map(literal, seen.said)))


def _panel(seen: Activations, step: Step) -> None:
    state = st.session_state
    if state.get("inside_show") not in _PANELS:
        state["inside_show"] = panels.MAPS
    row = st.container(horizontal=True, vertical_alignment="center")
    shown = row.segmented_control("Show", list(_PANELS), required=True, key="inside_show", label_visibility="collapsed")
    cutting.controls(row, seen, step)
    words = {panel: word for word, panel in _WORDS.items()}
    links.publish("show", words[str(shown)] if shown != panels.MAPS else None, None)
    at = panels.cell(seen, step)
    for name, place in zip(("channel", "cell_row", "cell_column"), at, strict=False):
        chosen = state.get("inside_" + name.removeprefix("cell_"))
        links.publish(name, None if chosen is None else place, None)
    try:
        _PANELS[str(shown)](seen, step)
    except rv.ResNetVizError as error:
        st.error(str(error))
