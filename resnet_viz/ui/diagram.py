"""The picture as a component: plotly.js around a figure, kept in the page so that zoom and selection survive a rerun.

``st.plotly_chart`` makes a new chart whenever the figure changes, which loses both, and has no way in by keyboard.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2 import component

from resnet_viz.picture.layout import contract
from resnet_viz.ui.server import PLOTLY_URL, PRINTED_URL

FRONTEND = Path(__file__).parent / "frontend"
_HTML = """
<div class="room" tabindex="0" role="application" aria-roledescription="diagram; arrow keys walk, Enter goes in, Escape out">
  <div class="plot"></div>
</div>
<div class="tip" aria-hidden="true" hidden></div>
<div class="said" aria-live="polite"></div>
"""


def read(*names: str) -> str:
    """Files of the front end one after the other, as one."""
    return "\n".join((FRONTEND / name).read_text(encoding="utf-8") for name in names)


def address(path: str) -> str:
    """A path of this server in the browser, behind whatever it is served under."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}{path}" if base else path


def script() -> str:
    """``diagram.js`` with the contract before it, so that it has no copy of what the figures say."""
    facts = json.dumps(json.loads(contract.FILE.read_text(encoding="utf-8")))
    return f"const CONTRACT = {facts};\n{read('plotly.js', 'paper.js', 'tip.js', 'diagram.js')}"


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    """Registered once a process; its files are read then."""
    return component(
        "resnet_viz_diagram",
        html=_HTML,
        css=read("diagram.css", "paper.css"),
        js=script(),
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
) -> None:
    """Draw ``figure``, a Plotly figure as JSON; ``on_pick(step, act)`` is called with an act of ``contract.ACTS``.

    ``printed`` is the token of what is printed instead of the page, see :mod:`resnet_viz.ui.printing`.
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
            "printed": address(f"{PRINTED_URL}/{printed}") if printed else "",
        },
        **{f"on_{contract.EVENT}_change": picked},
    )
