"""Adapt to my data: what the images are, and networks that suit them, each to be seen beside the original."""

from __future__ import annotations

import streamlit as st

import resnet_viz as rv
from resnet_viz.advise.adapting import ROLES
from resnet_viz.errors import ResNetVizError
from resnet_viz.spec.configuration import Configuration
from resnet_viz.spec.settings import apply
from resnet_viz.steps import parse_size
from resnet_viz.ui import cache, links
from resnet_viz.ui.links import Param, number, whole
from resnet_viz.why.memory import MAX_GIB

PARAMS = (
    Param("for", lambda text: text[:24] or None, "adapt_size"),
    Param("for_channels", whole(1024), "adapt_channels"),
    Param("for_classes", whole(100_000), "adapt_classes"),
    Param("for_memory", number(100_000), "adapt_memory"),
)


def adapting(base: str) -> None:
    """The questions and the proposals; a button puts one beside the network ``base`` at the same images."""
    state = st.session_state
    asked = bool(state.get("adapt_size"))
    box = st.expander("Adapt to my data: which network for my images?", expanded=asked, key="adapting")
    with box:
        row = st.container(horizontal=True, vertical_alignment="bottom")
        written = row.text_input(
            "My images (px)", key="adapt_size", width=140, max_chars=24, placeholder="e.g. 64 or 64x96",
            help="One side, or H×W",
        )  # fmt: skip
        for key, plain in (("adapt_channels", 3), ("adapt_classes", 10), ("adapt_memory", 0.0)):
            state.setdefault(key, plain)
        channels = row.number_input("Channels", 1, 1024, key="adapt_channels", width=130, help="1: grey, 3: colour")
        classes = row.number_input("Classes", 1, 100_000, key="adapt_classes", width=140)
        memory = row.number_input("GPU memory (GiB)", 0.0, float(MAX_GIB), step=1.0, key="adapt_memory", width=170, help="0: not asked")  # fmt: skip
        links.publish("for", written or None, None)
        links.publish("for_channels", channels, 3)
        links.publish("for_classes", classes, 10)
        links.publish("for_memory", f"{memory:g}", "0")
        if not written:
            return
        try:
            size = parse_size(written)
            with st.spinner("Trying networks …"):
                found = cache.proposals(size, int(channels), int(classes), float(memory))
            changed = apply(rv.variant(base), {"in_channels": str(channels), "num_classes": str(classes)})
        except ResNetVizError as error:
            st.error(str(error))
            return
        original = Configuration(base, changed, size)
        if not found:
            st.info("No known network suits these images without a warning. Larger images or more memory would help.")
        for proposal, place in zip(found, st.columns(max(1, len(found)), border=True), strict=False):
            place.markdown(
                f"**{ROLES[proposal.role]}**  \n`{proposal.configuration.text}`\n"
                + "\n".join(f"- {reason}" for reason in proposal.reasons)
            )
            wish = {"wish_a": original.text, "wish_b": proposal.configuration.text}
            place.button(f"Show beside {base}", key=f"adapt_{proposal.role}", on_click=state.update, args=(wish,))
