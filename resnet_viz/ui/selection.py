"""The one step that is chosen: picture, table, card and the paper's table all show and set it."""

from __future__ import annotations

import streamlit as st

from resnet_viz.steps import Step, Trace
from resnet_viz.ui import links, parts

# What the shape table shows; the table cannot be told to scroll, so a click in the picture turns to the second.
ROWS = ("all steps", "the selected block")


# What else says the chosen step, and the keys by which it is chosen.
_SHOWING = ("find", "card", "table")
_KEYS = ("step", "step_index", "table_turn")


def choose_step(index: int | None) -> None:
    """Choose a step by its index, or none; read by :func:`selected` in the run that follows."""
    st.session_state["step_index"] = index


def show_choice(marked: bool = False) -> None:
    """From a callback that chose a step: draw what shows it; the picture too, unless it is ``marked`` there already."""
    state = st.session_state
    pictured = () if marked and not state.get("field") else ("picture",)
    opened = ("others",) if state.get("paper") else ()
    parts.redraw((*pictured, *_SHOWING, *opened), _KEYS)
    parts.whole()


def choose_drawn(index: int | None) -> None:
    """Choose a step elsewhere than in the table, which cannot be told to scroll: so it shows the part that the step is in,
    and under a fresh key it forgets the row that was chosen by hand and takes the new default.
    """
    choose_step(index)
    st.session_state["rows"] = ROWS[1]
    st.session_state["table_turn"] = st.session_state.get("table_turn", 0) + 1


def selected(forecast: Trace) -> Step | None:
    """The chosen step, kept by name in the address; None also where this network has no step of that name."""
    state = st.session_state
    if "step_index" in state:
        index = state.pop("step_index")
        state["step"] = None if index is None or index >= len(forecast.steps) else forecast.steps[index].name
    name = state.get("step")
    links.publish("step", name, None)
    return next((step for step in forecast.steps if step.name == name), None)
