"""Statements that one often reads, tested on the chosen network."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from resnet_viz.lessons.errata import CLAIMS
from resnet_viz.ui import cache, links
from resnet_viz.ui.learn import tour
from resnet_viz.ui.sides import network_controls

SIDE = "errata"
START = "resnet34@224"
_OTHERS = ("resnet18", "resnet34", "resnet50", "resnet50_v1", "cifar_resnet20", "resnetv2_50")


def errata(hidden: frozenset[str]) -> None:
    """Each statement with its badge and its reason, and where else it holds."""
    st.header("Often read, and true only for some networks", anchor=False)
    st.caption("Each statement is tested on the network that you choose, at its input.")
    made = network_controls(SIDE, "Network", START)
    if made is None:
        return
    links.publish("of", made.text, START)
    scene = tour.scene_of(made)
    if scene is None:
        return
    for claim in CLAIMS:
        verdict = claim.check(scene)
        badge = f":green-badge[true for {scene.title}]" if verdict.true else f":red-badge[false for {scene.title}]"
        row = st.container(horizontal=True, vertical_alignment="center")
        row.markdown(f"*{claim.text}* {badge}  \nBecause {verdict.because}.", width="stretch")
        if "steps" not in hidden:
            row.button(
                "Lesson",
                key=f"claim_{claim.name}",
                on_click=_to,
                args=(claim.lesson,),
                type="tertiary",
                help=f"The lesson on it: {claim.lesson}",
            )
    st.markdown("**Where each holds**, every network at its own input")
    st.dataframe(
        pd.DataFrame([dict(row) for row in cache.verdicts(_OTHERS)]),
        hide_index=True,
        alt="Statements by network: ✓ true, ✗ false",
        key="errata_table",
    )


def _to(name: str) -> None:
    st.session_state["part"] = "Tour"
    tour.go(name)
