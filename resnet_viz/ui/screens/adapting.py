"""Adapt to my data: what the images are and what there is, then the networks ranked, each to be seen beside the original."""

from __future__ import annotations

from typing import Any

import streamlit as st

import resnet_viz as rv
from resnet_viz.advise.adapting import ROLES, Proposal, Proposals, sight, way_costs
from resnet_viz.advise.adapting.question import BATCHES, SPEED
from resnet_viz.advise.diagnosis import gib
from resnet_viz.errors import ResNetVizError
from resnet_viz.spec.configuration import Configuration
from resnet_viz.spec.settings import apply, settings
from resnet_viz.steps import MAX_BATCH, parse_size
from resnet_viz.ui import cache, links
from resnet_viz.ui.findings import ICONS, MODES
from resnet_viz.ui.links import Param, number, one_of, whole
from resnet_viz.why.memory import MAX_GIB
from resnet_viz.wording import short

PARAMS = (
    Param("for", lambda text: text[:24] or None, "adapt_size"),
    Param("for_channels", whole(1024), "adapt_channels"),
    Param("for_classes", whole(100_000), "adapt_classes"),
    Param("for_memory", number(100_000), "adapt_memory"),
    Param("for_mode", one_of(*MODES), "adapt_mode"),
    Param("for_batch", whole(MAX_BATCH), "adapt_batch"),
    Param("for_ms", number(100_000), "adapt_ms"),
    Param("for_speed", lambda text: text[:80] or None, "adapt_speed"),
)
ONE_LINE = 28  # characters
CARDS = 3  # proposals whose reasons are shown; the table has them all
_MARKS = {"best": "✓", "suits": "✓", "caution": ICONS["warning"], "refused": "✗"}


def adapting(base: str) -> None:
    """The questions and the proposals; a button puts one beside the network ``base`` at the same images."""
    state = st.session_state
    asked = bool(state.get("adapt_size"))
    with st.expander("Adapt to my data: which network for my images?", expanded=asked, key="adapting"):
        found = _asked()
        if found is None:
            return
        size, proposals = found
        try:
            ends = {name: str(state[f"adapt_{key}"]) for name, key in (("in_channels", "channels"), ("num_classes", "classes"))}  # fmt: skip
            original = Configuration(base, apply(rv.variant(base), ends), size)
        except ResNetVizError as error:
            st.error(str(error))
            return
        (st.markdown if proposals else st.info)(proposals.summary)
        st.container(key="adapt_table").markdown(_table(proposals))
        shown = proposals[:CARDS]
        for proposal, place in zip(shown, st.columns(len(shown), border=True) if shown else (), strict=True):
            _card(proposal, place, base, original.text)
        _ways(proposals, base, original.text)


def _asked() -> tuple[tuple[int, int], Proposals] | None:
    """The controls, and what comes of them; None where nothing is asked yet, or where something is refused."""
    state = st.session_state
    plain = {"channels": 3, "classes": 10, "memory": 0.0, "mode": "train", "batch": None, "ms": 0.0}
    for key, value in plain.items():
        state.setdefault(f"adapt_{key}", value)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    written = row.text_input("My images (px)", key="adapt_size", width=130, max_chars=24, placeholder="e.g. 512x640", help="One side, or H×W")  # fmt: skip
    channels = row.number_input("Channels", 1, 1024, key="adapt_channels", width=120, help="1: grey, 3: colour")
    classes = row.number_input("Classes", 1, 100_000, key="adapt_classes", width=130)
    mode = row.selectbox("To", list(MODES), key="adapt_mode", format_func=MODES.__getitem__, width=150)
    batch = row.number_input(
        "Images at once", 1, MAX_BATCH, key="adapt_batch", width=140, placeholder=f"{BATCHES[mode]}"
    )
    memory = row.number_input("GPU memory (GiB)", 0.0, float(MAX_GIB), step=1.0, key="adapt_memory", width=150, help="0: not asked")  # fmt: skip
    ms = row.number_input("ms an image", 0.0, 100_000.0, step=1.0, key="adapt_ms", width=130, help="0: not asked")
    speed = row.text_input(
        "My machine's speed", key="adapt_speed", width=180, max_chars=80, placeholder=SPEED,
        help=f"What you measured: {SPEED} says that it does 300 images a second with resnet50 at 224 px. "
        "`resnet-viz adapt --measure` measures it.",
    )  # fmt: skip
    now = {"channels": channels, "classes": classes, "memory": f"{memory:g}", "mode": mode, "batch": batch, "ms": f"{ms:g}", "speed": speed or None}  # fmt: skip
    links.publish("for", written or None, None)
    for key, value in now.items():
        links.publish(f"for_{key}", value, "0" if key in ("memory", "ms") else plain.get(key))
    if not written:
        return None
    try:
        size = parse_size(written)
        with st.spinner("Trying networks …"):
            images = None if batch is None else int(batch)
            return size, cache.proposals(size, int(channels), int(classes), float(memory), images, mode, float(ms), speed or None)  # fmt: skip
    except ResNetVizError as error:
        st.error(str(error))
        return None


def _table(found: Proposals) -> str:
    """Every network that was tried, as Markdown: a few lines that need no message of their own."""
    timed = any(each.candidate.ms is not None for each in (*found, *found.refused))
    head = ["", "Network", "A last cell sees", "Last map", "Weights that stay", "MACs an image", *(["Time"] if timed else []), "Memory"]  # fmt: skip
    rows = [head, ["---"] * 4 + ["---"] + ["---:"] * (len(head) - 5)]
    for each in (*found, *found.refused):
        made = each.candidate
        note = f" (misses {', '.join(miss.limit for miss in made.short)})" if made.short else ""
        time = [f"{made.ms:.3g} ms"] if timed and made.ms is not None else []
        rows.append([
            _MARKS[each.role], f"`{_network(each.configuration)}`{note}", sight(made), "×".join(map(str, made.final_map)), made.kept.short or "none published",
            short(made.macs), *time, gib(made.bytes),
        ])  # fmt: skip
    # cells that are short stay on one line: a phone scrolls the table sideways
    lines = [[cell.replace(" ", "\u00a0") if len(cell) <= ONE_LINE else cell for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _network(made: Configuration) -> str:
    """Its name and what is changed of it, without what all have in common: the images and their classes."""
    changed = settings(made.spec, rv.entry(made.name).spec)
    told = [f"{name}={value}" for name, value in changed.items() if name not in ("in_channels", "num_classes")]
    return ":".join([made.name, *filter(None, [",".join(told)])])


def _card(proposal: Proposal, place: Any, base: str, original: str) -> None:
    told = [f"{ICONS['warning']} {caution}." for caution in proposal.cautions]
    place.markdown(
        f"**{ROLES[proposal.role]}**  \n`{proposal.configuration.text}`\n"
        + "\n".join(f"- {reason}" for reason in (proposal.reasons[0], *told, *proposal.reasons[1:]))
    )
    wish = {"wish_a": original, "wish_b": proposal.configuration.text}
    place.button(f"Show beside {base}", key=f"adapt_{proposal.configuration.name}", on_click=st.session_state.update, args=(wish,))  # fmt: skip


def _ways(found: Proposals, base: str, original: str) -> None:
    """What else could be done, each with what it costs and what is lost by it."""
    if not found.ways:
        return
    lines = ["**Other ways with such images**\n"]
    for way in found.ways:
        made = way.candidate
        mark = _MARKS["refused" if made.short else "caution" if made.cautions else "suits"]
        lines.append(
            f"- {mark} **{way.title}** (`{_network(made.configuration)}`): {way_costs(way)}. Lost: {way.lost}."
        )
    st.markdown("\n".join(lines))
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown(f"Beside {base}:", width="content")
    for way in found.ways:
        wish = {"wish_a": original, "wish_b": way.candidate.configuration.text}
        row.button(way.title, key=f"adapt_way_{way.kind}", on_click=st.session_state.update, args=(wish,))
