"""What a page is on paper: title, totals, the whole picture in light, and the whole table, sent when somebody prints.

A browser does not wait while it prints, and cannot ask for a run of the page: so the picture carries an address, under
which the server has what the page last showed, for as long as its session lives.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

import streamlit as st

from resnet_viz import __version__
from resnet_viz.errors import InputError
from resnet_viz.export.table import input_text, short_cells, short_columns, totals_text
from resnet_viz.picture.layout import Look, Place
from resnet_viz.ui import cache
from resnet_viz.ui.subject import Subject


@dataclass(frozen=True)
class Printed:
    """What a page shows: its ``title``, the subject of picture and table, and ``what`` the picture shows in words."""

    title: str
    subject: Subject
    place: Place
    look: Look
    what: str


# Each is kept by the session that shows it, and here only as long.
_shown: WeakValueDictionary[str, Printed] = WeakValueDictionary()


def token_of(what: Printed) -> str:
    """Under which the server has ``what`` for the browser of this session; the same as before where that is what it was."""
    before: tuple[str, Printed] | None = st.session_state.get("printed")
    if before is not None and before[1] == what:
        return before[0]
    token = secrets.token_urlsafe(16)
    _shown[token] = what
    st.session_state["printed"] = (token, what)
    return token


def sheet(token: str) -> str | None:
    """The JSON of what is printed, None where no session shows it any more."""
    what = _shown.get(token)
    if what is None:
        return None
    trace = cache.trace_of(what.subject)
    try:
        # paper is white, and a picture that is turned lies flat on it
        figure = cache.figure(what.subject, what.place, replace(what.look, theme="light", solid=False)).json
    except InputError:
        figure = None
    return json.dumps(
        {
            "title": f"{what.title} · {input_text(trace)}",
            "lines": [totals_text(trace), *trace.coverage, f"{what.what} · ResNet Viz {__version__}"],
            "figure": figure,
            "columns": [{"name": name, "number": number} for name, number in short_columns(trace)],
            "rows": short_cells(trace),
        }
    )
