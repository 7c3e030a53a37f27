"""The address bar: a link restores the view, and says what it asked for in vain.

Streamlit's own binding writes a select box's label and drops bad values silently, so this is done here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import streamlit as st


@dataclass(frozen=True)
class Param:
    """A parameter of the address and the widget key it is for; ``read`` returns None for a bad value."""

    name: str
    read: Callable[[str], Any]
    key: str = ""  # where it differs from the name

    @property
    def widget(self) -> str:
        """The key in the session's state."""
        return self.key or self.name


def one_of(*options: str) -> Callable[[str], str | None]:
    """Accept exactly these values."""
    return lambda text: text if text in options else None


def whole(most: int) -> Callable[[str], int | None]:
    """Accept a whole number from 1 to ``most``."""
    return lambda text: (
        int(text) if text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= most else None
    )


def index(text: str) -> int | None:
    """Accept a row or column number from 0 up."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None


def flag(text: str) -> bool | None:
    """Accept ``1``, for a switch that is on."""
    return True if text == "1" else None


def matching(pattern: str) -> Callable[[str], str | None]:
    """Accept a text that the whole pattern fits."""
    return lambda text: text if re.fullmatch(pattern, text) else None


def number(most: float) -> Callable[[str], float | None]:
    """Accept a plain decimal number from 0 to ``most``."""
    return lambda text: float(text) if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", text) and float(text) <= most else None


# what may be the path of a module, of a part or a step; whether there is one :func:`settle` asks
module_path = matching(r"[^\s<>&]{1,300}")


_next: ContextVar[dict[str, str] | None] = ContextVar("next_address", default=None)


@contextmanager
def one_entry() -> Iterator[None]:
    """Write what is published within to the address at its end and at once: each write is an entry of the browser's
    history, and Back would stop at views that nobody chose. What is broken off writes nothing."""
    made = st.query_params.to_dict()
    token = _next.set(made)
    try:
        yield
    finally:
        _next.reset(token)
    if made != st.query_params.to_dict():
        st.query_params.from_dict(made)


def address() -> MutableMapping[str, str]:
    """What the address says, or will say at the end of the run."""
    made = _next.get()
    return st.query_params if made is None else made


def restore(page: str, params: tuple[Param, ...]) -> bool:
    """Give the widgets what the address says, on a session's first run of ``page`` and where somebody went back or
    forward in the browser, which is returned; show what it asked for in vain.
    """
    state = st.session_state
    known = f"bad_values_{page}"
    went = _went(page)
    if went:
        for key in (*(param.widget for param in params), *_OF_A_PAGE.get(page, ()), known):
            state.pop(key, None)
    state["address_page"] = page
    if known not in state:
        bad: list[tuple[str, str]] = []
        asked: dict[str, tuple[str, Any]] = {}
        for param in params:
            if param.name not in address():
                continue
            value = param.read(address()[param.name])
            if value is None:
                bad.append((param.name, address()[param.name][:40]))
            else:
                state[param.widget] = value
                asked[param.name] = (param.widget, value)
        state[known], state[_asked(page)] = bad, asked
        state.setdefault("kept_widgets", set()).update(param.widget for param in params)
    for name, value in state[known]:  # in each run, for one that is broken off writes nothing
        if address().get(name, "\0")[:40] == value:
            del address()[name]
    if state[known]:
        st.warning("The link asked for what does not exist, so the default stands instead:")
        # as code: what came from outside is never read as Markdown
        st.code("\n".join(f"{name}={value}" for name, value in state[known]), language=None)
    return went


def offered(key: str, options: Container[Any]) -> bool:
    """Whether a list's choice is one of its ``options``; what is not is dropped, so that its default stands.

    A browser sends the words it showed: a tab left open over an update may say what no list offers any more. Streamlit
    drops that as it draws the list, which is too late for callbacks and for what is read before.
    """
    state = st.session_state
    if key in state and state[key] not in options:
        del state[key]
    return key in state


def _asked(page: str) -> str:
    return f"asked_values_{page}"


def settle(page: str, name: str, there: Container[str]) -> None:
    """Once the network is known that the address is about: replace what it asked of it by the default, and say so as
    :func:`restore` does, where that is not among what is ``there``. Called before the widget is drawn."""
    state = st.session_state
    widget, value = state.get(_asked(page), {}).pop(name, ("", None))
    if value is None or value in there or state.get(widget) != value:
        return
    del state[widget]
    state[f"bad_values_{page}"].append((name, value[:40]))
    st.rerun()


# what else follows from the address of a page
_OF_A_PAGE = {
    "explore": ("edits", "network_before", "step_index", "go_in"),
    "model": ("step_index", "go_in"),
    "inside": ("step_index", "go_in", "inside_cell"),
}


def _went(page: str) -> bool:
    """Whether the address says otherwise than this page last wrote, and nothing was chosen meanwhile: Back or Forward.

    A choice that is made before the browser has the last address comes with the one before it, and is no way back.
    """
    state = st.session_state
    chose = state.pop("chose", False)
    if state.get("address_page") != page or "address" not in state:
        return False
    if dict(st.query_params) == state["address"]:
        return False
    held = state.to_dict()
    chosen = any(held.get(key) != value for key, value in state["values_before"].items())
    return not (chose or chosen or _touched(held))


def chose() -> None:
    """From the callback of a widget that the address is not about, where its value may tell nothing: a popover that is
    closed looks like a button that was pressed the run before."""
    st.session_state["chose"] = True


def _touched(held: dict[str, Any]) -> bool:
    """Whether any widget says otherwise than at the end of the last run, but for buttons, which fall back by themselves."""
    before, now = st.session_state["plain_before"], _plain(held)
    return any(key in now and now[key] != value and (value, now[key]) != (True, False) for key, value in before.items())


def _plain(held: dict[str, Any]) -> dict[str, object]:
    """What is a number, a text or nothing of all that the session holds."""
    return {key: value for key, value in held.items() if isinstance(value, (bool, int, float, str, type(None)))}


def remember() -> None:
    """At the end of a run: what the address says now, and every widget that it is about."""
    state = st.session_state
    state["address"] = dict(st.query_params)
    keys = (*state.get("kept_widgets", ()), "step_index", "go_in", "table_turn")
    state.pop("chose", None)
    held = state.to_dict()  # at once: each that is asked for by itself costs as much as all
    state["values_before"] = {key: held.get(key) for key in keys}
    state["plain_before"] = _plain(held)


def stands(but: Container[str]) -> bool:
    """Whether the address and all that was chosen are as the last run left them, but for the widgets named."""
    state = st.session_state
    before: dict[str, Any] = state.get("values_before", {})
    return dict(st.query_params) == state.get("address") and all(
        state.get(key) == value for key, value in before.items() if key not in but
    )


def forget(page: str) -> None:
    """Read the address anew when ``page`` is next shown, and choose no step."""
    st.session_state.pop(f"bad_values_{page}", None)
    st.session_state.get("views", {}).get(page, {}).pop("step", None)


def keep(keys: Iterable[str] | None = None) -> None:
    """Streamlit forgets a widget that a run does not draw; writing its value keeps it for when it is back: each that the
    address is about, or these."""
    state = st.session_state
    for key in state.get("kept_widgets", ()) if keys is None else keys:
        if key in state:
            state[key] = state[key]


def publish(name: str, value: object, default: object) -> None:
    """Write a choice to the address; a default leaves it, so links stay short."""
    now = address()
    if value is None or value == default:
        if name in now:
            del now[name]
    elif now.get(name) != str(value):
        now[name] = str(value)
