"""The picture and, beside it, what is asked of it: the chosen step's card, or how the picture is read."""

from __future__ import annotations

from typing import Any, NamedTuple

import streamlit as st

from resnet_viz.ui.card import card, field
from resnet_viz.ui.picture import Drawn, picture
from resnet_viz.ui.search import search
from resnet_viz.ui.subject import Shown

CARD_WIDTH = 312  # in a window of 1440 px it leaves a bottleneck block the room that it needs


class Stand(NamedTuple):
    """What :func:`stand` drew, and places under the picture for what is said of it later."""

    drawn: Drawn
    told: Any
    under: Any


def stand(shown: Shown) -> Stand:
    """Draw the picture and its card, which on a phone is a sheet from below."""
    row = st.container(horizontal=True, wrap=False, key="stand")
    left, right = row.container(key="stand_picture"), row.container(width=CARD_WIDTH, key="stand_card")
    with left:
        drawn = picture(shown)
        told, under = st.container(), st.container(key="confirmed")
    with right:
        search(shown, drawn.step)
        if drawn.step is not None:
            if card(shown, drawn.step):
                with told:  # a picture as wide as the network's, which a card has no room for
                    field(shown, drawn.step)
        else:
            st.caption(f"**How it is read.** {drawn.reading}")
    return Stand(drawn, told, under)
