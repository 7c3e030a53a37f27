"""Turning to a step: its heading comes into view, and the browser's Back goes to the step before."""

from __future__ import annotations

from html import escape

import streamlit as st

from resnet_viz.ui.diagram import read

_SCRIPT = read("turn.js")  # the same for each step: a browser runs only what the server's headers name


def turned_to(*names: str) -> None:
    """Show the heading of what ``names`` say, a part of the page and its step, where another one was shown before.

    As an element and no component: each component costs a run some milliseconds, even where nothing changed.
    """
    step = escape(" ".join(names))
    st.html(f'<span hidden data-step="{step}"></span><script>{_SCRIPT}</script>', unsafe_allow_javascript=True)
