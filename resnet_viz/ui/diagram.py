"""The picture as a component: plotly.js around a figure, kept in the page so that zoom and selection survive a rerun.

``st.plotly_chart`` makes a new chart whenever the figure changes, which loses both, and has no way in by keyboard.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2 import component

from resnet_viz.picture import browser
from resnet_viz.picture.layout import contract
from resnet_viz.ui.server import BASIC_URL, PLOTLY_URL, PRINTED_URL, SCRIPT_URL

FRONTEND = Path(__file__).parent / "frontend"


def read(*names: str) -> str:
    """Files of the app's own front end one after the other, as one."""
    return browser.joined(FRONTEND, *names)


def address(path: str) -> str:
    """A path of this server in the browser, behind whatever it is served under."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}{path}" if base else path


@cache
def script_file() -> tuple[str, bytes]:
    """The address of the script, which says its content, and the script: read once a process."""
    content = browser.script().encode()
    return f"{SCRIPT_URL}-{sha256(content).hexdigest()[:12]}.js", content


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    """Registered once a process. What is given as the script travels in every message, so it only says where the script is."""
    where = json.dumps(address(script_file()[0]))
    return component(
        "resnet_viz_diagram",
        html=browser.HTML,
        css=browser.styles(),
        # in two lines, for what is in one line is taken for a file's name
        js=f"const script = await import(new URL({where}, location.origin));\nexport default script.default;",
        isolate_styles=False,
    )


def show(
    figure: str,
    alt: str,
    selected: int | None,
    file_name: str,
    on_pick: Callable[[int, str], None],
    *,
    key: str = "diagram",
    printed: str = "",
    trail: Sequence[str] = (),
    ahead: Mapping[str, Any] | None = None,
) -> None:
    """Draw ``figure``, a Plotly figure as JSON; ``on_pick(step, act)`` is called with an act of ``contract.ACTS``.

    ``printed`` is the token of what is printed instead of the page, see :mod:`resnet_viz.ui.printing`. ``trail`` are the
    names of the places on the way from the whole network to this picture, which stand over it and lead back there; its
    first is what the network is called. Without it nothing leads back. ``ahead`` is what :func:`resnet_viz.ui.ahead.offered`
    says of the same picture at other inputs.
    """

    def picked() -> None:
        value: Any = st.session_state[key][contract.EVENT]
        if value:
            on_pick(int(value["step"]), str(value["act"]))

    _component()(
        key=key,
        data={
            "figure": figure,
            "alt": alt,
            "selected": selected,
            "file": file_name,
            "plotly": address(PLOTLY_URL),
            "basic": address(BASIC_URL) if BASIC_URL else "",
            "printed": address(f"{PRINTED_URL}/{printed}") if printed else "",
            "trail": list(trail),
            "ahead": dict(ahead or {}),
        },
        **{f"on_{contract.EVENT}_change": picked},
    )
