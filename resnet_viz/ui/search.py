"""Find a step by any part of its name."""

from __future__ import annotations

from functools import partial

import streamlit as st

from resnet_viz.picture.layout.trail import own_place
from resnet_viz.steps import Step
from resnet_viz.ui import parts, viewing
from resnet_viz.ui.selection import choose_drawn, choose_step, show_choice
from resnet_viz.ui.subject import Shown


def search(shown: Shown, step: Step | None) -> None:
    """A list of all steps that is filtered as one types, and says which is chosen; to pick one chooses it and goes there.

    Where the step was chosen elsewhere it is a fresh field: a browser that is a step behind still sends what the last one
    said, which is no choice.
    """
    state, chosen = st.session_state, None if step is None else step.name
    if state.get(_key(), chosen) != chosen:
        state["find_turn"] = state.get("find_turn", 0) + 1
    state.setdefault(_key(), chosen)
    names = [known.name for known in shown.trace.steps]
    st.selectbox(
        "Find a step", names, index=None, key=_key(), on_change=partial(_found, shown, _key()), label_visibility="collapsed",
        placeholder=f"Find a step: {names[len(names) // 2]} …",
    )  # fmt: skip


def _key() -> str:
    return f"find_step_{st.session_state.get('find_turn', 0)}"


def _found(shown: Shown, key: str) -> None:
    if key != _key():
        parts.whole()
    name = st.session_state[key]
    step = next((step for step in shown.trace.steps if step.name == name), None)
    if step is None:  # emptied; or a name that another network has, from a page that is out of date
        choose_step(None)
        show_choice()
    else:
        choose_drawn(step.index)
        viewing.go(own_place(shown.trace, step.index))
        parts.whole()
