"""Find a step by any part of its name."""

from __future__ import annotations

from functools import partial

import streamlit as st

from resnet_viz.picture.layout.trail import own_place
from resnet_viz.steps import Step
from resnet_viz.ui import viewing
from resnet_viz.ui.selection import choose_drawn, choose_step
from resnet_viz.ui.subject import Shown


def search(shown: Shown, step: Step | None) -> None:
    """A list of all steps that is filtered as one types, and says which is chosen; to pick one chooses it and goes there."""
    st.session_state["find_step"] = None if step is None else step.name
    names = [known.name for known in shown.trace.steps]
    st.selectbox(
        "Find a step", names, index=None, key="find_step", on_change=partial(_found, shown), label_visibility="collapsed",
        placeholder=f"Find a step: {names[len(names) // 2]} …",
    )  # fmt: skip


def _found(shown: Shown) -> None:
    name = st.session_state["find_step"]
    step = next((step for step in shown.trace.steps if step.name == name), None)
    if step is None:  # emptied; or a name that another network has, from a page that is out of date
        choose_step(None)
        return
    choose_drawn(step.index)
    viewing.go(own_place(shown.trace, step.index))
