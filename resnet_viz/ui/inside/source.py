"""Which network, with which weights, sees which image: the page's controls, and what they make."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

import resnet_viz as rv
from resnet_viz import learned
from resnet_viz.export.table import count_text
from resnet_viz.inside.activations import Activations
from resnet_viz.learned.loading import SHOWN, about
from resnet_viz.picture.figures.image import sample
from resnet_viz.spec import ResNetSpec
from resnet_viz.spec.configuration import Configuration
from resnet_viz.steps import Pair, parse_size
from resnet_viz.ui import cache, links
from resnet_viz.ui.controls import network_titles
from resnet_viz.ui.links import Param, one_of

TRAINED = {name: "Drawings ResNet-20, trained here" for name in learned.NAMES}
# On two cores the largest that is run from the page takes some five seconds.
MOST_MACS = 80_000_000_000
HOUSE = "a house"
RANDOM, FILE = "random", "from a file"
PARAMS = (
    Param("net", lambda text: text if text in TRAINED or text in rv.variants() else None, "inside_net"),
    Param("at", lambda text: text[:24] or None, "inside_size"),
    Param("image", lambda text: text if text in _images() else None, "inside_image"),
    Param("weights", one_of(RANDOM, FILE), "inside_weights"),
)


@dataclass(frozen=True)
class Source:
    """What is run: the spec and input for the picture, the key for the cache, and the function that runs it."""

    name: str
    title: str
    spec: ResNetSpec
    size: Pair
    learnt: bool  # whether its weights are more than numbers drawn by lot
    key: tuple[Any, ...]
    make: Callable[[], Activations]


def _images() -> tuple[str, ...]:
    return (*about(learned.DEFAULT)["classes"], HOUSE)


def choose(row: Any) -> Source | None:
    """Draw the controls in ``row``; None where what they say is refused, which is then said."""
    state = st.session_state
    titles = TRAINED | network_titles()
    name = row.selectbox("Network", list(titles), format_func=titles.__getitem__, key="inside_net", width=330)
    trained = name in TRAINED
    spec, own = _published(name)
    written = row.text_input(
        "Input (px)", key="inside_size", width=110, max_chars=24, placeholder=_side(own), help="One side, or H×W"
    )
    links.publish("net", name, next(iter(TRAINED)))
    links.publish("at", written or None, None)
    state.setdefault("inside_image", _images()[0])
    picture = row.selectbox(
        "Image", _images(), key="inside_image", width=150, help="Drawn by this project; or your own"
    )
    links.publish("image", picture, _images()[0])
    with row.popover("Own image, weights", key="inside_more", on_change="rerun"):
        upload: Any = st.file_uploader(
            "Own image", type=["png", "jpg", "jpeg", "webp", "npy"], key="inside_upload", max_upload_size=20,
            help="Stays on the server only as long as this page is open",
        )  # fmt: skip
        file = _weights(trained)
    try:
        size = parse_size(written) if written else own
    except rv.InputError as error:
        st.error(f"Input: {error}")
        return None
    try:
        macs = cache.forecast(spec, size, 1).totals.macs
    except rv.InputError as error:
        st.error(f"This network cannot run at this input. {error}")
        return None
    if macs is None or macs > MOST_MACS:
        st.warning(
            f"Not run from here: {count_text(macs)} MACs would keep this server busy for long. Use a smaller input, or "
            f"`resnet-viz look {name}@{_side(size)} IMAGE` in a terminal."
        )
        return None
    key = (name, size, picture if upload is None else upload.file_id, None if file is None else file.file_id)
    title = titles[name].partition(" · ")[0]
    return Source(
        name, title, spec, size, trained or file is not None, key, lambda: _run(name, size, picture, upload, file)
    )


def _published(name: str) -> tuple[ResNetSpec, Pair]:
    if name in TRAINED:
        known = Configuration.of(about(name)["network"])
        return known.spec, known.size
    side = rv.entry(name).input_size
    return rv.variant(name), (side, side)


def _side(size: Pair) -> str:
    return str(size[0]) if size[0] == size[1] else f"{size[0]}x{size[1]}"


def _weights(trained: bool) -> Any:
    """The uploaded file of weights; None where they are random or the network's own."""
    if trained:
        st.caption("This network has its own weights. Choose one of the catalogue to bring others.")
        return None
    st.session_state.setdefault("inside_weights", RANDOM)
    chosen = st.segmented_control("Weights", (RANDOM, FILE), required=True, key="inside_weights")
    links.publish("weights", None if chosen == RANDOM else str(chosen), None)
    if chosen != FILE:
        return None
    return st.file_uploader(
        "Weights (.pth, .pt, .safetensors, .npz)", key="inside_file",
        help="Read as data in a process of its own, found under whatever names; nothing in it is run, and nothing is kept",
    )  # fmt: skip


def _run(name: str, size: Pair, picture: str, upload: Any, file: Any) -> Activations:
    """Run the image through the network. Raises a ``ResNetVizError``."""
    network: Any = learned.load(name) if name in TRAINED else f"{name}@{_side(size)}"
    with tempfile.TemporaryDirectory() as folder:
        image = _image(Path(folder), picture, upload)
        weights: Path | None = None
        if file is not None:
            weights = Path(folder) / "weights"
            weights.write_bytes(file.getbuffer())
        return rv.look(network, image, weights=weights, input_size=size)


def _image(folder: Path, picture: str, upload: Any) -> Any:
    """A path, or an array of a drawing."""
    if upload is not None:
        path = folder / ("image.npy" if upload.name.lower().endswith(".npy") else "image")
        path.write_bytes(upload.getbuffer())
        return path
    if picture == HOUSE:
        path = folder / "house.png"
        sample().save(path)
        return path
    return learned.drawing(picture, SHOWN)
