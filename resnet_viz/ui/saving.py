"""The picture as a file, offered where it is seen: what the menu holds is made when it is open, the file by the browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.components.v2 import component

from resnet_viz import __version__
from resnet_viz.errors import InputError
from resnet_viz.picture import browser
from resnet_viz.picture.figures.files import SIZES, framed
from resnet_viz.picture.layout import Look, Place
from resnet_viz.ui import links
from resnet_viz.ui.cache import Figure
from resnet_viz.ui.diagram import address, read
from resnet_viz.ui.server import BASIC_URL, PLOTLY_URL
from resnet_viz.ui.subject import Shown

_TITLES = {"page": "Picture", "slide": "Slide, 16:9"}
_HINTS = {
    "svg": "Vectors, for papers and slides", "png": "Pixels, twice as many as on the screen", "pdf": "By the browser's print dialog: choose Save as PDF",
    "html": "One file that zooms and tells by hovering, and needs nothing else",
}  # fmt: skip


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    buttons = "".join(
        f"<span>{_TITLES[size]}</span>"
        + "".join(
            f'<button data-size="{size}" data-form="{form}" title="{hint}" aria-label="{_TITLES[size]} as {form.upper()}">{form.upper()}</button>'
            for form, hint in _HINTS.items()
        )
        for size in SIZES
    )
    return component(
        "resnet_viz_saving",
        html=f'<div class="saving">{buttons}<div class="saved" aria-live="polite"></div></div>',
        css=read("saving.css"),
        js="\n".join((browser.joined(browser.FOLDER, "plotly.js", "paper.js"), read("saving.js"))),
        isolate_styles=False,
    )


def offer(
    row: Any, figure: Callable[[], Figure], title: str, about: str, file: str, theme: str, key: str = "save"
) -> None:
    """A menu that saves what ``figure`` gives, as it is seen and as a slide, as files that ``file`` names; its ``title`` and
    what ``about`` says of it stand in each."""
    menu = row.popover("Save", key=key, on_change=links.chose)  # a hint would lie over what it opens
    if not menu.open:
        return
    with menu:
        try:
            made = json.loads(figure().json)
        except InputError:
            st.caption("There is no picture to save.")
            return
        told = f"{about} · ResNet Viz {__version__}"
        sizes = {size: json.dumps(framed(made, title, told, theme=theme, size=size)) for size in SIZES}
        _component()(
            key=f"{key}_files",
            data={
                **sizes,
                "file": file,
                "plotly": address(PLOTLY_URL),
                "basic": address(BASIC_URL) if BASIC_URL else "",
            },
        )
        st.caption(
            "A slide is 1280×720 px or more, its words 15 px or more; title and configuration stand in each file."
        )


def file_name(shown: Shown, place: Place, look: Look) -> str:
    """``resnet34_224x224_batch1_block_layer2.0_macs``: says the configuration, the level and what colours tell."""
    said = [shown.file_name, place.level, place.focus, None if look.colour == "stage" else look.colour]
    return re.sub(r"[^\w.-]+", "-", "_".join(filter(None, said)))
