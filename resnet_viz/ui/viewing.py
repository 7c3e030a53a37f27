"""Where a page looks and how, as the address says it: one description, which pages read and the picture writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from resnet_viz.picture.layout import COLOURS, LEVELS, PLAIN, WHOLE, Look, Place
from resnet_viz.ui import links
from resnet_viz.ui.links import Param, flag, index, one_of


@dataclass(frozen=True)
class _Told:
    """A parameter of the address: how it is read, None where the page says which names there are, and what it says of a
    place or a look, None where that is the default and stays out of links."""

    name: str
    read: Callable[[str], Any] | None
    of: Callable[[Any], str | int | None]


def _set(value: bool) -> str | None:
    return "1" if value else None


def _cell(place: Place, axis: int) -> int | None:
    """None also where the page has a cell of its own, which is shown without an example's numbers."""
    if place.level != "operation" or place.cell is None or place.channel is None:
        return None
    return place.cell[axis] or None


def _channel(place: Place) -> int | None:
    """Counted from 1, as a person does."""
    return place.channel + 1 if place.level == "operation" and place.channel else None


_PLACE = (
    _Told("level", one_of(*LEVELS), lambda place: None if place.level == WHOLE.level else place.level),
    _Told("focus", None, lambda place: None if place.level == "operation" else place.focus),
    _Told("operation", None, lambda place: place.focus if place.level == "operation" else None),
    _Told("row", index, lambda place: _cell(place, 0)),
    _Told("column", index, lambda place: _cell(place, 1)),
    _Told("channel", index, _channel),
)
_LOOK = (
    _Told("colour", one_of(*COLOURS), lambda look: None if look.colour == PLAIN.colour else look.colour),
    _Told("true", flag, lambda look: _set(look.true_scale)),
    _Told("solid", flag, lambda look: _set(look.solid)),
    _Told("unfold", flag, lambda look: _set(look.unfold)),
)
# what is a page's own of the controls that pages share
OWN = (*(told.name for told in _PLACE), "step", "field_row", "field_column", "rows", "go_in")


def params(focus: Callable[[str], str | None], operation: Callable[[str], str | None]) -> tuple[Param, ...]:
    """The parameters of a page that shows a picture; ``focus`` accepts its parts' names, ``operation`` its steps'."""
    own = {"focus": focus, "operation": operation}
    return tuple(Param(told.name, told.read or own[told.name]) for told in (*_PLACE, *_LOOK))


def query(place: Place) -> dict[str, str]:
    """What a link to a place says."""
    return {told.name: str(value) for told in _PLACE if (value := told.of(place)) is not None}


def publish(place: Place, look: Look) -> None:
    """Write both to the address. A window has no look but its theme, and no part: what was chosen of them stays."""
    windowed = place.level == "operation"
    for told in _PLACE:
        if not (windowed and told.name == "focus"):
            links.publish(told.name, told.of(place), None)
    if not windowed:
        for told in _LOOK:
            links.publish(told.name, told.of(look), None)


def go(place: Place) -> None:
    """Show ``place`` from the next run on."""
    state = st.session_state
    state["level"] = place.level
    if place.focus is not None:
        state["operation" if place.level == "operation" else "focus"] = place.focus


def theme() -> str:
    """The page's theme."""
    return st.context.theme.type or PLAIN.theme


def plain() -> Look:
    """The plain look in the page's theme."""
    return Look(theme=theme())


def own_view(page: str) -> None:
    """Pages that show a picture share its controls; each has its own part, level and step in them, kept for it."""
    state = st.session_state
    before = state.get("view_page")
    if before == page:
        return
    views: dict[str, dict[str, Any]] = state.setdefault("views", {})
    if before is not None:
        views[before] = {key: state.pop(key) for key in OWN if key in state}
    state.update(views.pop(page, {}))
    state["view_page"] = page
