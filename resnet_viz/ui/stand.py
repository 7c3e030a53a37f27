"""The picture and, beside it, what is asked of it: the chosen step's card, or how the picture is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from resnet_viz.ui.card import card, field, told
from resnet_viz.ui.parts import part
from resnet_viz.ui.picture import Standing, controls, picture, reading
from resnet_viz.ui.search import search
from resnet_viz.ui.selection import selected
from resnet_viz.ui.subject import Shown

CARD_WIDTH = 312  # in a window of 1440 px it leaves a bottleneck block the room that it needs


def stand(shown: Shown, story: Callable[[], None] | None = None) -> Any:
    """Draw the picture and its card, which on a phone is a sheet from below; ``story`` draws what else is said of the network,
    under the picture, so that it does not move it. The place that is returned is under that."""
    row = st.container(horizontal=True, wrap=False, key="stand")
    left, right = row.container(key="stand_picture"), row.container(width=CARD_WIDTH, key="stand_card")
    st.session_state["told"] = story
    with left:
        st.session_state["standing"] = controls(shown)
        _picture()
        under = st.container(key="confirmed")
    with right:
        _find()
        _card()
    return under


def stand_on(shown: Shown) -> None:
    """Another input of the same network: what parts that are drawn anew show."""
    st.session_state["standing"] = _standing()._replace(shown=shown)


def _standing() -> Standing:
    return st.session_state["standing"]


@part("picture", "field_row", "field_column")
def _picture() -> None:
    now = _standing()
    step = selected(now.shown.trace)
    if step is None and st.session_state.get("step") is not None:
        name = st.session_state["step"]
        st.caption(f"The chosen step `{name}` is not in this network; choose another in the picture or the table.")
    picture(now, step)
    if step is not None:
        field(now.shown, step)  # a picture as wide as the network's, which a card has no room for
    story: Callable[[], None] | None = st.session_state["told"]
    if story is not None:
        story()


@part("find")
def _find() -> None:
    shown = _standing().shown
    search(shown, selected(shown.trace))


@part("why")
def _why() -> None:
    now = _standing()
    step = selected(now.shown.trace)
    if step is not None:
        told(now.shown, step)


@part("card", "field")
def _card() -> None:
    now = _standing()
    step = selected(now.shown.trace)
    if step is not None:
        card(now.shown, step, _why)
    else:
        st.caption(f"**How it is read.** {reading(now)}")
