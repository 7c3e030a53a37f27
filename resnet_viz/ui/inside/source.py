"""Which network, with which weights, sees which image: the page's controls, and what they make."""

from __future__ import annotations

import re
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
from resnet_viz.spec.configuration import Configuration, configuration
from resnet_viz.spec.settings import apply
from resnet_viz.steps import Pair, parse_size
from resnet_viz.ui import cache, links
from resnet_viz.ui.controls import network_titles
from resnet_viz.ui.links import Param, one_of
from resnet_viz.ui.sides import changes_in, changes_text

TRAINED = {name: "Drawings ResNet-20, trained here" for name in learned.NAMES}
# On two cores the largest that is run from the page takes some five seconds.
MOST_MACS = 80_000_000_000
HOUSE = "a house"
OWN = "own"  # image, as the address has it
RANDOM, FILE = "random", "from a file"


def _changes(text: str) -> str | None:
    try:
        changes_in(text)
    except rv.ResNetVizError:
        return None
    return text[:200] or None


PARAMS = (
    Param("net", lambda text: text if text in TRAINED or text in rv.variants() else None, "inside_net"),
    Param("with", _changes, "inside_changes"),
    Param("at", lambda text: text[:24] or None, "inside_size"),
    Param("image", lambda text: text if text in (*_images(), OWN) else None, "inside_image"),
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
    beside: Any  # where the image and the weights are chosen, for what is said of them


def _images() -> tuple[str, ...]:
    return (*about(learned.DEFAULT)["classes"], HOUSE)


def choose(row: Any) -> Source | None:
    """Draw the controls in ``row``; None where what they say is refused, which is then said."""
    state = st.session_state
    titles = TRAINED | network_titles()
    name = row.selectbox("Network", list(titles), format_func=titles.__getitem__, key="inside_net", width=330)
    trained = name in TRAINED
    written = row.text_input(
        "Input (px)", key="inside_size", width=110, max_chars=24, placeholder=_side(_published(name)[1]), help="One side, or H×W"
    )  # fmt: skip
    links.publish("net", name, next(iter(TRAINED)))
    links.publish("at", written or None, None)
    picture = _picture(row)
    with row.popover("Own image, weights", key="inside_more", on_change=links.chose):
        upload: Any = st.file_uploader(
            "Own image", type=["png", "jpg", "jpeg", "webp", "npy"], key="inside_upload", max_upload_size=20,
            help="Stays on the server only as long as this page is open", on_change=_uploaded,
        )  # fmt: skip
        changes, file = _weights(trained)
        beside = st.container()
    if state.get("inside_weights") == FILE and file is None and not trained:
        st.info(
            "No file of weights is chosen, and a link brings none, so these are random: choose it at *Own image, weights*."
        )
    try:
        spec, own = _published(name)
        spec = apply(spec, changes_in(changes))
        size = parse_size(written) if written else own
    except rv.ResNetVizError as error:
        st.error(f"{'Input' if error.field == 'input_size' else 'Changes'}: {error}")
        return None
    try:
        macs = cache.forecast(spec, size, 1).totals.macs
    except rv.InputError as error:
        st.error(f"This network cannot run at this input. {error}")
        return None
    made = f"{name}:{','.join(changes.split())}" if changes else name
    if macs is None or macs > MOST_MACS:
        st.warning(
            f"Not run from here: {count_text(macs)} MACs would keep this server busy for long. Use a smaller input, or "
            f"`resnet-viz look {made}@{_side(size)} IMAGE` in a terminal."
        )
        return None
    key = (made, size, upload.file_id if picture == OWN else picture, None if file is None else file.file_id)
    title = titles[name].partition(" · ")[0] + (f" with {changes}" if changes else "")
    given = upload if picture == OWN else picture
    return Source(
        name, title, spec, size, trained or file is not None, key, lambda: _run(made, size, given, file), beside
    )


def refused(error: rv.ResNetVizError, chosen: Source) -> None:
    """Say why the image was not run: on the page, and where the image and the weights are chosen, which may lie over it."""
    state = st.session_state
    for place in (st, chosen.beside) if state.get("inside_more") else (st,):
        place.error(f"The image was not run through the network. {error}")
    network = error.network if isinstance(error, rv.CheckpointError) else None
    if network:
        st.button(f"Look into {network}", key="inside_fits", on_click=_take, args=(network,))


def _take(network: str) -> None:
    state, made = st.session_state, configuration(network)
    state["inside_net"], state["inside_changes"] = made.name, changes_text(made)


def _picture(row: Any) -> str:
    """The image that is chosen: one of the drawings, or ``OWN``."""
    state = st.session_state
    upload = state.get("inside_upload")
    asked = state.get("inside_image")
    offered = (*_images(), *([OWN] if upload is not None else []))
    if not links.offered("inside_image", offered):
        state["inside_image"] = offered[0]
    if asked == OWN and upload is None:
        st.info("An own image stays with whoever brought it, and a link brings none: choose yours at *Own image, weights*, or see a drawing.")  # fmt: skip
    picture = row.selectbox(
        "Image", offered, key="inside_image", width=150, help="Drawn by this project; or your own",
        format_func=lambda name: str(upload.name) if name == OWN and upload is not None else name,
    )  # fmt: skip
    links.publish("image", picture, offered[0])
    return picture


def _uploaded() -> None:
    """An image that is brought is looked at, and one that is taken away no more."""
    state = st.session_state
    state["inside_image"] = OWN if state.get("inside_upload") is not None else _images()[0]


def _published(name: str) -> tuple[ResNetSpec, Pair]:
    if name in TRAINED:
        known = Configuration.of(about(name)["network"])
        return known.spec, known.size
    side = rv.entry(name).input_size
    return rv.variant(name), (side, side)


def _side(size: Pair) -> str:
    return str(size[0]) if size[0] == size[1] else f"{size[0]}x{size[1]}"


def _weights(trained: bool) -> tuple[str, Any]:
    """What is changed of the network, and the uploaded file of weights; None where they are random or the network's own."""
    if trained:
        st.caption("This network has its own weights. Choose one of the catalogue to bring others.")
        links.publish("with", None, None)
        return "", None
    state = st.session_state
    changes = st.text_input(
        "Changes of the network", key="inside_changes", max_chars=200, placeholder="num_classes=10 in_channels=1",
        help="FIELD=VALUE, separated by spaces: as many classes and input channels as your weights have",
    ).strip()  # fmt: skip
    links.publish("with", changes or None, None)
    state.setdefault("inside_weights", RANDOM)
    chosen = st.segmented_control("Weights", (RANDOM, FILE), required=True, key="inside_weights")
    links.publish("weights", None if chosen == RANDOM else str(chosen), None)
    if chosen != FILE:
        return changes, None
    return changes, st.file_uploader(
        "Weights (.pth, .pt, .safetensors, .npz)", key="inside_file",
        help="Read as data in a process of its own, found under whatever names; nothing in it is run, and nothing is kept",
    )  # fmt: skip


def _run(network: str, size: Pair, given: Any, file: Any) -> Activations:
    """Run the image ``given``, a drawing's name or an upload, through the network. Raises a ``ResNetVizError``."""
    model: Any = learned.load(network) if network in TRAINED else f"{network}@{_side(size)}"
    with tempfile.TemporaryDirectory() as folder:
        return rv.look(model, _image(Path(folder), given), weights=file and _saved(Path(folder), file), input_size=size)


def _saved(folder: Path, upload: Any) -> Path:
    """An upload under its own name, as far as a file may have it: messages tell it."""
    path = folder / (re.sub(r"[^\w. -]+", "_", str(upload.name))[-80:].strip(" .") or "file")
    path.write_bytes(upload.getbuffer())
    return path


def _image(folder: Path, given: Any) -> Any:
    """A path, or an array of a drawing."""
    if not isinstance(given, str):
        return _saved(folder, given)
    if given == HOUSE:
        path = folder / "house.png"
        sample().save(path)
        return path
    return learned.drawing(given, SHOWN)
