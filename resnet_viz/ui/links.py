"""The address bar: says what a link asked for in vain. Streamlit drops such values silently; we do not."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def note_bad_values(rules: dict[str, Callable[[str], bool]]) -> None:
    """On a session's first run, remember each parameter whose value no control accepts, and show them."""
    if "bad_values" not in st.session_state:
        params = st.query_params
        st.session_state["bad_values"] = [(name, params[name][:40]) for name, good in rules.items() if name in params and not good(params[name])]
    bad: list[tuple[str, str]] = st.session_state["bad_values"]
    if bad:
        st.warning("The link asked for what does not exist, so the default stands instead:")
        st.code("\n".join(f"{name}={value}" for name, value in bad), language=None)
