"""Parts of a page that are drawn anew alone: a change sends what it concerns, and the browser keeps the rest as it stands.

What is in a part is drawn from the session's state alone, for the page around it has not run. A widget in a part runs that
part alone, unless its callback ends with :func:`redraw` or :func:`whole`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import NoReturn, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from resnet_viz.ui import links
from resnet_viz.ui.turns import turn

R = TypeVar("R")


def part(name: str, *kept: str) -> Callable[[Callable[[], R]], Callable[[], R]]:
    """Make a function a part of the pages that call it; ``kept`` are widgets of the address that it draws at times."""

    def made(function: Callable[[], R]) -> Callable[[], R]:
        @st.fragment(key=name)
        @wraps(function)
        def drawn() -> R:
            state, context = st.session_state, get_script_run_ctx()
            if not (context and context.fragment_ids_this_run):  # the whole page runs
                state.setdefault("parts", set()).add(name)
                return function()
            state.setdefault("parts_due", set()).add(name)
            state.setdefault("parts", set()).add(name)  # one within another comes with it
            links.keep(kept)
            with turn(), links.one_entry():
                result = function()
            state["parts_due"].discard(name)
            links.remember()
            return result

        return drawn

    return made


def begin() -> None:
    """At the top of a page: it has no part yet, and is not drawn before :func:`finish`."""
    st.session_state["parts"] = set()
    st.session_state["parts_due"] = {""}


def finish() -> None:
    """Once the whole page is drawn."""
    st.session_state["parts_due"] = set()


def redraw(names: Sequence[str], chosen: Sequence[str]) -> None:
    """From a callback: draw the parts of these names that the page has, and nothing else.

    This returns where that would not do: something other than the widgets ``chosen`` was changed since the page stood, or
    what was last asked for was not drawn to its end.
    """
    state = st.session_state
    there = [name for name in names if name in state.get("parts", ())]
    if there and not state.get("parts_due") and links.stands(but=chosen):
        state["parts_due"] = set(there)
        st.rerun(there)


def whole() -> NoReturn:
    """From a callback in a part: draw the whole page."""
    st.rerun()
