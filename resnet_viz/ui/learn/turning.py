"""Turning to a step: its heading comes into view, and the browser's Back goes to the step before."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.components.v2 import component

from resnet_viz.ui.diagram import read


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return component("resnet_viz_turn", html="<span></span>", js=read("turn.js"), isolate_styles=False)


def turned_to(step: str) -> None:
    """Show the heading of ``step`` where another one was shown before."""
    _component()(key="turn", data={"step": step})
