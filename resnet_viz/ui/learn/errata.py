"""Statements that one often reads, tested on the whole catalogue and on the chosen network."""

from __future__ import annotations

import streamlit as st

import resnet_viz as rv
from resnet_viz.lessons.errata import Standing
from resnet_viz.ui import cache, links
from resnet_viz.ui.learn import tour, words
from resnet_viz.ui.sides import network_controls

SIDE = "errata"
START = "resnet34@224"
NETWORKS = tuple(rv.variants())  # on which each statement is tested


def errata(hidden: frozenset[str]) -> None:
    """Each statement with what becomes of it over the catalogue and in the chosen network, and why."""
    st.header("Often read, and true only for some networks", anchor=False)
    with st.spinner("Testing each statement on every network of the catalogue …"):
        found = cache.standings(NETWORKS)
    st.caption(
        f"Each statement is tested on all {found[0].of} networks of the catalogue, each at its own input: one counter-example refutes it. "
        "The last line says what is so for the network that you choose."
    )
    made = network_controls(SIDE, "Network", START)
    if made is None:
        return
    links.publish("of", made.text, START)
    scene = tour.scene_of(made)
    if scene is None:
        return
    seen = set[str]()
    for standing in found:
        claim, verdict = standing.claim, standing.claim.check(scene)
        row = st.container(horizontal=True, vertical_alignment="center", key=f"claim_row_{claim.name}")
        own = f"{scene.title}: {'it holds' if verdict.true else 'it does not hold'}, for {verdict.because}."
        words.write(f"*{claim.text}* {_badge(standing)}  \n{_examples(standing)}  \n{own}", seen, row, width="stretch")
        if "steps" not in hidden:
            row.button(
                "Lesson",
                key=f"claim_{claim.name}",
                on_click=_to,
                args=(claim.lesson,),
                type="tertiary",
                help=f"The lesson on it: {claim.lesson}",
            )


def _badge(standing: Standing) -> str:
    if standing.holds == standing.of:
        return f":green-badge[true for all {standing.of}]"
    if not standing.holds:
        return f":red-badge[false for all {standing.of}]"
    return f":red-badge[not in general: true for {standing.holds} of {standing.of}]"


def _examples(standing: Standing) -> str:
    shown = standing.but_not if standing.holds else standing.but_not[:1]  # of those that are all alike one will do
    but = "; ".join(f"{title} ({because})" for title, because in shown)
    if not but:
        return f"For example {'; '.join(standing.for_example)}."
    if not standing.for_example:
        return f"Counter-example: {but}."
    return f"True, for example, for {'; '.join(standing.for_example)}. Counter-examples: {but}."


def _to(name: str) -> None:
    st.session_state["part"] = "Tour"
    tour.go(name)
