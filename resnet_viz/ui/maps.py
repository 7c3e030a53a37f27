"""Maps of numbers as a component: large ones whose cells are chosen, and many small ones, each a channel."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.components.v2 import component

from resnet_viz.inside.painting import Scale, Tiles, Whole
from resnet_viz.picture.figures import palette
from resnet_viz.ui.diagram import read

SIDE = 300  # px of a large map
TILE = 60  # px of a small one
_HTML = """
<div class="maps"><div><div class="ones"></div><div class="scale" aria-hidden="true"></div></div><div class="groups"></div></div>
<div class="tip" aria-hidden="true" hidden></div>
<div class="said" aria-live="polite"></div>
"""


@dataclass(frozen=True)
class Large:
    """One map; ``opens`` where a cell of it may be chosen."""

    title: str
    alt: str
    map: Whole
    opens: bool = True


@dataclass(frozen=True)
class Many:
    """Small maps under a title."""

    title: str
    alt: str
    tiles: Tiles


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return component("resnet_viz_maps", html=_HTML, css=read("maps.css"), js=read("maps.js"), isolate_styles=True)


def show(
    large: Sequence[Large],
    many: Sequence[Many],
    scale: Scale,
    theme: str,
    on_pick: Callable[[dict[str, int]], None],
    *,
    key: str,
    channel: int | None = None,
    cell: tuple[int, ...] | None = None,
    image: str = "",
    side: int = SIDE,
) -> None:
    """Draw the maps on one scale. ``on_pick`` is called with ``{"channel": …}`` or with ``{"row": …, "column": …}``.

    ``cell`` is marked, a row and a column; with two numbers more so many rows and columns from there.
    ``image``, a ``data:`` address, lies under the large ones.
    """

    def picked() -> None:
        value: Any = st.session_state[key]["chosen"]
        if isinstance(value, dict):
            on_pick({name: int(number) for name, number in value.items() if name in ("channel", "row", "column")})

    ones = [
        {"title": one.title, "alt": one.alt, "height": one.map.height, "width": one.map.width, "sides": list(one.map.sides),
         "data": _text(one.map.data), "opens": one.opens}
        for one in large
    ]  # fmt: skip
    groups = [
        {"title": one.title, "alt": one.alt, "height": one.tiles.height, "width": one.tiles.width, "channels": list(one.tiles.channels),
         "data": _text(one.tiles.data), "tile": TILE}
        for one in many
    ]  # fmt: skip
    anchors = list(palette.SIGNED[theme] if scale.signed else palette.RAMP)
    drawn = hashlib.sha256(repr((ones, groups, scale, anchors, image, side)).encode()).hexdigest()
    _component()(
        key=key,
        data={
            "ones": ones,
            "groups": groups,
            "scale": {"low": scale.low, "high": scale.high},
            "anchors": anchors,
            "image": image,
            "side": side,
            "drawn": drawn,
            "channel": channel,
            "cell": None if cell is None else list(cell),
        },
        on_chosen_change=picked,
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
