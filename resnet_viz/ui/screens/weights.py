"""Check weights: which network does a file of weights fit?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

import resnet_viz as rv
from resnet_viz.catalogue import CATALOGUE
from resnet_viz.checkpoints import Fit, Weights, report, verdict
from resnet_viz.steps import Pair
from resnet_viz.ui import cache
from resnet_viz.wording import plural

BEST = "the network that fits best"


def page(open_network: Callable[[str, Pair | None], None]) -> None:
    """The whole page; ``open_network`` shows a network in Explore."""
    st.title("Which network do these weights fit?", anchor=False)
    st.markdown(
        "Names and shapes in the file are compared with those of every network here. The file is read as data: "
        "nothing in it is run, no weight is loaded, and nothing is kept."
    )
    row = st.container(horizontal=True, vertical_alignment="bottom")
    file: Any = row.file_uploader("Weights (.pth, .pt, .th, .bin, .safetensors)", key="weights_file", width=520)
    name = row.selectbox(
        "Compare with", [BEST, *rv.variants()], key="weights_as", width=280, help="Type to search the catalogue"
    )
    if file is None:
        st.caption(
            "Larger files, and those that may not leave your machine: `resnet-viz check FILE` in a terminal says the same."
        )
        return
    try:
        with st.spinner("Reading names and shapes …"):
            weights = _read(file)
            fits = cache.best_fits(file.file_id, weights) if name == BEST else (cache.fit(weights, name),)
    except rv.CheckpointError as error:
        st.error(str(error))
        return
    _tell(weights, fits, searched=name == BEST)
    spec = fits[0].spec
    if st.button(f"Open {fits[0].name} in Explore"):
        st.session_state["classes"] = spec.num_classes
        st.session_state["channels"] = spec.in_channels
        open_network(fits[0].name, None)


def _read(file: Any) -> Weights:
    """The upload by way of a temporary file, so that the reader of another process can have it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights"
        path.write_bytes(file.getbuffer())
        return cache.weights(file.file_id, path, file.name)


def _tell(weights: Weights, fits: tuple[Fit, ...], searched: bool) -> None:
    best = fits[0]
    said = (
        verdict(weights, fits)
        if searched
        else f"{best.name}: " + ("every weight fits." if best.complete else "does not fit.")
    )
    (st.success if best.complete else st.warning)(said)
    st.caption(f"{plural(len(weights.shapes), 'tensor')}, {plural(weights.total, 'number')}; {'; '.join(weights.how)}")
    known = next(entry for entry in CATALOGUE if entry.name == best.name)
    if not best.complete:
        # as code: names come from the file and are never read as Markdown
        st.code("\n".join(report(best)), language=None)
        if len(fits) > 1:
            rows = [
                {"network": fit.name, "matching": len(fit.matching), "missing": len(fit.missing), "another shape": len(fit.different), "not its own": len(fit.unexpected)}
                for fit in fits
            ]  # fmt: skip
            st.dataframe(rows, hide_index=True, key="fits", alt="The nearest networks and how many weights match each")
    st.markdown(f"`{known.name}`: {known.description}. {known.family.idea}")
