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
from resnet_viz.ui.server import PLOTLY_URL

_FRONTEND = Path(__file__).parent / "frontend"
_HTML = """
<div class="room" tabindex="0" role="application" aria-roledescription="diagram; arrow keys walk, Enter goes in, Escape out">
  <div class="plot"></div>
</div>
<div class="said" aria-live="polite"></div>
"""


def script() -> str:
    """``diagram.js`` with the contract before it, so that it has no copy of what the figures say."""
    facts = json.dumps(json.loads(contract.FILE.read_text(encoding="utf-8")))
    return f"const CONTRACT = {facts};\n{(_FRONTEND / 'diagram.js').read_text(encoding='utf-8')}"


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    """Registered once a process; its files are read then."""
    return component(
        "resnet_viz_diagram",
        html=_HTML,
        css=(_FRONTEND / "diagram.css").read_text(encoding="utf-8"),
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
) -> None:
    """Draw ``figure``, a Plotly figure as JSON; ``on_pick(step, act)`` is called with an act of ``contract.ACTS``."""

    def picked() -> None:
        value: Any = st.session_state[key][contract.EVENT]
        if value:
            on_pick(int(value["step"]), str(value["act"]))

    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    address = f"/{base}{PLOTLY_URL}" if base else PLOTLY_URL
    _component()(
        key=key,
        data={"figure": figure, "alt": alt, "selected": selected, "file": file_name, "plotly": address},
        **{f"on_{contract.EVENT}_change": picked},
    )
