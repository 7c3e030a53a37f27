"""Check weights: which network does a file of weights fit?"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

import resnet_viz as rv
from resnet_viz.advise.weights import Fit, Weights, known_words, python_lines, report, verdict
from resnet_viz.steps import Pair
from resnet_viz.ui import cache
from resnet_viz.wording import plural

BEST = "the network that fits best"
KINDS = "Weights (.pth, .pt, .th, .ckpt, .bin, .safetensors, .npz, .pkl of arrays or tensors)"
# Made by this project, of one number and the shapes of a resnet18's encoder for grey images beside a decoder.
SAMPLE = Path(__file__).parents[1] / "sample_weights.pth"


def page(open_network: Callable[[str, Pair | None], None]) -> None:
    """The whole page; ``open_network`` shows a network in Explore."""
    st.title("Which network do these weights fit?", anchor=False)
    st.markdown(
        "The network is found by the shapes in the file, under whatever names and in whatever else lies there. "
        "The file is read as data: nothing in it is run, no weight is loaded, and nothing is kept."
    )
    row = st.container(horizontal=True, vertical_alignment="bottom")
    file: Any = row.file_uploader(KINDS, key="weights_file", width=520)
    name = row.selectbox(
        "Compare with", [BEST, *rv.variants()], key="weights_as", width=280, help="Type to search the catalogue"
    )
    if file is None:
        st.caption(
            "Larger files, and those that may not leave your machine: `resnet-viz check FILE` in a terminal says the same."
        )
        if not st.toggle("Try it with a sample: an encoder inside a larger network", key="weights_sample"):
            return
    try:
        with st.spinner("Reading names and shapes …"):
            file_id, weights = _read(file)
            fits = cache.best_fits(file_id, weights) if name == BEST else (cache.fit(weights, name),)
    except rv.CheckpointError as error:
        st.error(str(error))
        return
    _tell(weights, fits, searched=name == BEST)
    spec = fits[0].spec
    if fits[0].name and st.button(f"Open {fits[0].name} in Explore"):
        st.session_state["classes"] = spec.num_classes
        st.session_state["channels"] = spec.in_channels
        open_network(fits[0].name, None)


def _read(file: Any) -> tuple[str, Weights]:
    """The upload by way of a temporary file, so that the reader of another process can have it; else the sample."""
    if file is None:
        return "sample", cache.weights("sample", SAMPLE, SAMPLE.name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights"
        path.write_bytes(file.getbuffer())
        return file.file_id, cache.weights(file.file_id, path, file.name)


def _tell(weights: Weights, fits: tuple[Fit, ...], searched: bool) -> None:
    """The sentence, then the table and what does not fit, then the lines of Python."""
    best = fits[0]
    said = (
        verdict(weights, fits)
        if searched
        else f"{best.name}: " + ("every weight fits." if best.complete else "does not fit.")
    )
    (st.success if best.complete or (searched and best.identified) else st.warning)(_plain(said))
    st.caption(
        f"{plural(len(weights.shapes), 'tensor')}, {plural(weights.total, 'number')}; {_plain('; '.join(weights.how))}"
    )
    if len(fits) > 1:
        rows = [
            {"network": fit.name, "matching": len(fit.matching), "missing": len(fit.missing), "another shape": len(fit.different), "not its own": len(fit.unexpected)}
            for fit in fits
        ]  # fmt: skip
        st.dataframe(rows, hide_index=True, key="fits", alt="The nearest networks and how many weights match each")
    if not best.complete:
        # as code: names come from the file and are never read as Markdown
        st.code("\n".join(report(best)), language=None)
    lines = python_lines(weights, best)
    if lines:
        st.markdown("In Python, with the file beside it:")
        st.code("\n".join(lines), language="python")
    if known := known_words(best):
        st.markdown(f"`{best.name}`: {known}")


def _plain(text: str) -> str:
    """Names of a file, which are never read as Markdown."""
    return re.sub(r"[\\`*{}\[\]<>#$~|!]|(?<!\w)_|_(?!\w)|:(?=\w)", r"\\\g<0>", text)
