"""What a page is on paper: title, totals, the whole picture in light or both, and whole tables, sent when somebody prints.

A browser does not wait while it prints, and cannot ask for a run of the page: so the picture carries an address, under
which the server has what the page last showed, for as long as its session lives.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakValueDictionary

import streamlit as st

from resnet_viz import __version__
from resnet_viz.errors import InputError
from resnet_viz.export.table import input_text, short_cells, short_columns, totals_text
from resnet_viz.picture.layout import Look, Place
from resnet_viz.ui import cache
from resnet_viz.ui.aligned import COUNTS, Side, step_rows, total_rows
from resnet_viz.ui.subject import Subject


@dataclass(frozen=True)
class Printed:
    """What a page shows: its ``title``, the subject of picture and table, and ``what`` the picture shows in words."""

    title: str
    subject: Subject
    place: Place
    look: Look
    what: str

    def sheet(self) -> dict[str, Any]:
        trace = cache.trace_of(self.subject)
        try:
            figures = [{"name": "", "figure": cache.figure(self.subject, self.place, _on_paper(self.look)).json}]
        except InputError:
            figures = []
        columns = [{"name": name, "number": number} for name, number in short_columns(trace)]
        return {
            "title": f"{self.title} · {input_text(trace)}",
            "lines": [totals_text(trace), *trace.coverage, f"{self.what} · {_VERSION}"],
            "figures": figures,
            "tables": [{"columns": columns, "rows": short_cells(trace)}],
        }


@dataclass(frozen=True)
class PrintedPair:
    """Two networks beside each other, the first two of ``sides``, and up to two more in the totals; ``only`` what differs."""

    sides: tuple[tuple[str, Side], ...]
    look: Look
    only: bool

    def sheet(self) -> dict[str, Any]:
        a, b = (side for _, side in self.sides[:2])
        found, drawn = (
            cache.comparison(a.subject, b.subject),
            cache.compared(a.subject, b.subject, _on_paper(self.look)),
        )
        differ = f"{len(found.different)} of {len(found.rows)} steps differ" + (
            ", which are these" if self.only else ""
        )
        return {
            "title": f"{a.text} and {b.text}",
            "lines": [*drawn.words, f"{differ} · {_VERSION}"],
            "figures": [
                {"name": f"{name} · {side.text}", "figure": figure.json}
                for name, side, figure in zip("AB", (a, b), drawn.figures, strict=True)
            ],
            "tables": [_table(total_rows(dict(self.sides))), _table(step_rows(found, self.only), _NARROW)],
        }


_VERSION = f"ResNet Viz {__version__}"
# of what differs that which has room on a sheet
_NARROW = ("differs", "A", "B", "output_shape", "kernel", "stride", "params", "macs", "receptive_field")


def _on_paper(look: Look) -> Look:
    """Paper is white, and a picture that is turned lies flat on it."""
    return replace(look, theme="light", solid=False)


def _table(rows: Sequence[dict[str, str]], names: Sequence[str] = ()) -> dict[str, Any]:
    names = names or list(rows[0])
    return {
        "columns": [{"name": name, "number": name in (*COUNTS, "receptive_field")} for name in names],
        "rows": [[row[name] for name in names] for row in rows],
    }


# Each is kept by the session that shows it, and here only as long.
_shown: WeakValueDictionary[str, Printed | PrintedPair] = WeakValueDictionary()


def token_of(what: Printed | PrintedPair) -> str:
    """Under which the server has ``what`` for the browser of this session; the same as before where that is what it was."""
    before: tuple[str, Printed | PrintedPair] | None = st.session_state.get("printed")
    if before is not None and before[1] == what:
        return before[0]
    token = secrets.token_urlsafe(16)
    _shown[token] = what
    st.session_state["printed"] = (token, what)
    return token


def shown(token: str) -> Printed | PrintedPair | None:
    """What a session shows, None where none does any more."""
    return _shown.get(token)


def sheet(token: str) -> str | None:
    """The JSON of what is printed, None where no session shows it any more."""
    what = shown(token)
    return None if what is None else json.dumps(what.sheet())
