"""Turning to a step: its heading comes into view, and the browser's Back goes to the step before."""

from __future__ import annotations

import json

import streamlit as st

from resnet_viz.ui.diagram import read

_SCRIPT = read("turn.js")


def turned_to(*names: str) -> None:
    """Show the heading of what ``names`` say, a part of the page and its step, where another one was shown before.

    As an element and no component: each component costs a run some milliseconds, even where nothing changed.
    """
    step = json.dumps(" ".join(names)).replace("<", "\\u003c")
    st.html(f"<script>{{ const STEP = {step};\n{_SCRIPT} }}</script>", unsafe_allow_javascript=True)
