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
from resnet_viz.ui.inside import cutting, going, number, panels, source
from resnet_viz.ui.links import Param, flag, index, module_path, one_of
from resnet_viz.ui.picture import Chosen, controls, picture
from resnet_viz.ui.search import search
from resnet_viz.ui.selection import selected
from resnet_viz.ui.stand import CARD_WIDTH
from resnet_viz.ui.subject import Known, Shown
from resnet_viz.ui.wording import literal

_PANELS = {
    panels.MAPS: panels.show_maps,
    panels.APART: number.show_apart,
    panels.ADDITION: panels.show_addition,
    panels.CLASS: panels.show_class,
}
_WORDS = {"maps": panels.MAPS, "number": panels.APART, "addition": panels.ADDITION, "class": panels.CLASS}

_PARAMS = (
    *source.PARAMS,
    # a window shows the chosen cell, so it has none of its own
    *(known for known in viewing.params(module_path, module_path) if known.name not in ("row", "column", "channel")),
    Param("step", module_path),
    Param("show", lambda text: _WORDS.get(text), "inside_show"),
    Param("channel", index, "inside_channel"),
    Param("cell_row", index, "inside_row"),
    Param("cell_column", index, "inside_column"),
    Param("class", index, "inside_class"),
    Param("here", flag, "inside_cam_here"),
    Param("over", flag, "inside_over"),
    Param("order", one_of(*panels.ORDERS), "inside_order"),
    Param("all", flag, "inside_all"),
    Param("way", flag, "inside_way"),
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
    links.settle("inside", "step", [step.name for step in forecast.steps])
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
    going.arrive(forecast)
    other = going.keep_place(forecast)
    state = st.session_state
    if "step" not in state and "step_index" not in state:
        state["step"] = forecast.steps[1].name
    file_name = re.sub(r"[^\w.-]+", "_", f"inside_{chosen.name}_{chosen.size[0]}x{chosen.size[1]}")
    shown = Shown(Known(chosen.spec, chosen.size), forecast, file_name, chosen.title, None, chosen.title)
    step = selected(forecast)
    if step is not None:
        going.remember(forecast, step)
    row = st.container(horizontal=True, wrap=False, key="stand")
    left, right = row.container(key="stand_picture"), row.container(width=CARD_WIDTH, key="stand_card")
    with left:
        if other:
            st.info(other)
        now = controls(shown, Chosen(step, (0, 0) if step is None else _window_cell(seen, step)))
        picture(now, step)
        if now.place.level == "operation":
            st.caption(f"Where the window of the chosen cell stands. Its own numbers are under “{panels.APART}”.")
    with right:
        search(shown, step)
        if step is not None:
            panels.beside(seen, step)
    if step is None:
        st.info("Choose a volume in the picture, or a step by its name, to see what flows there.")
    else:
        _panel(seen, step)
    st.caption("; ".join(map(literal, seen.said)))


def _window_cell(seen: Activations, step: Step) -> tuple[int, int]:
    """The chosen cell's row and column; a vector is one row."""
    at = panels.cell(seen, step)
    return (at[1], at[2]) if len(at) == 3 else (0, at[0])


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
        # one number is always that of a cell, whether one was chosen or not
        known = shown == panels.APART or state.get("inside_" + name.removeprefix("cell_")) is not None
        links.publish(name, place if known else None, None)
    try:
        _PANELS[str(shown)](seen, step)
    except rv.ResNetVizError as error:
        st.error(str(error))
