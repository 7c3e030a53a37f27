"""Does it suit this input?  The diagnosis on a page: what was found, why, and remedies one click away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from resnet_viz.advise.diagnosis import DATA, Finding, Mode, Remedy, gib, most_images
from resnet_viz.ui import cache, links
from resnet_viz.ui.subject import Subject
from resnet_viz.why.memory import MAX_GIB, gib_bytes
from resnet_viz.wording import plural

ICONS = {"error": "⛔", "warning": "⚠️", "note": "ℹ️"}
MODES: dict[Mode, str] = {"eval": "classify (eval)", "train": "train"}


def findings(
    row: Any, subject: Subject, batch: int, apply: Callable[[Remedy], None], select: Callable[[Finding], None]
) -> None:
    """The worst finding on ``row`` with its first remedy; all of them behind a button, which it opens, too.

    ``apply`` is called with a remedy, ``select`` with the finding whose step is asked for.
    """
    state = st.session_state
    wanted = (state.get("mode") or "eval", state.get("images") or "", float(state.get("memory") or 0), state.get("optimizer") or "sgd")  # fmt: skip
    found = cache.findings(subject, *wanted)
    first = next((finding for finding in found if finding.severity != "note"), None)
    if first is not None:
        row.button(
            f"{ICONS[first.severity]} **{first.title}.**", key="worst", on_click=_open, help=first.explanation, type="tertiary"
        )  # fmt: skip
        for remedy in first.remedies[:1]:
            row.button(remedy.title, key=f"remedy_first_{remedy.title}", on_click=apply, args=(remedy,))
    counts = [
        f"{count} {word}{'s' * (count > 1)}"
        for word in ("error", "warning", "note")
        if (count := sum(finding.severity == word for finding in found))
    ]
    box = row.popover(
        " · ".join(counts) or "Nothing found", key="diagnosis", on_change=links.chose, help="Does it suit this input?"
    )
    if not box.open:
        return
    with box:
        st.markdown("**Does it suit this input?**")
        _questions(subject, batch)
        for number, finding in enumerate(found):
            _finding(finding, apply, select, number)


def _open() -> None:
    st.session_state["diagnosis"] = True


def _questions(subject: Subject, batch: int) -> None:
    """What the network is wanted for."""
    state = st.session_state
    row = st.container(horizontal=True, vertical_alignment="bottom")
    state.setdefault("mode", "eval")
    mode = row.segmented_control("Wanted to", list(MODES), required=True, key="mode", format_func=MODES.__getitem__)
    titles = {"": "any images", **{known.name: known.title for known in DATA}}
    data = row.selectbox("Images of", list(titles), key="images", width=170, format_func=titles.__getitem__)
    memory = row.number_input(
        "GPU memory (GiB)", 0.0, float(MAX_GIB), step=1.0, key="memory", width=170, help="0: not asked"
    )
    optimizer = "sgd"
    if mode == "train":
        optimizer = row.selectbox(
            "Optimizer",
            ("sgd", "adam"),
            key="optimizer",
            width=120,
            help="SGD with momentum keeps 4 B a parameter, Adam 8 B",
        )
    for name, value, plain in (("mode", mode, "eval"), ("images", data, ""), ("memory", f"{memory:g}", "0"), ("optimizer", optimizer, "sgd")):  # fmt: skip
        links.publish(name, value, plain)
    parts = cache.memory_parts(subject, mode or "eval", optimizer)
    if parts is not None:
        most = ""
        if memory:
            images = plural(most_images(parts, batch, gib_bytes(memory)), "image")
            most = f"; at most {images} at once fit into {memory:g} GiB"
        st.caption(
            f"Memory, an estimate for float32 and batch {batch:,}: {gib(sum(parts.values()))} ("
            + ", ".join(f"{name} {gib(value)}" for name, value in parts.items())
            + f"){most}. A conv's workspace and the allocator's rounding come on top."
        )


def _finding(finding: Finding, apply: Callable[[Remedy], None], select: Callable[[Finding], None], number: int) -> None:
    st.markdown(f"{ICONS[finding.severity]} **{finding.title}**: {finding.evidence}.")
    st.markdown(finding.explanation + (f" _{finding.source}_" if finding.source else ""))
    _buttons(st.container(), finding, apply, str(number), select)


def _buttons(
    area: Any,
    finding: Finding,
    apply: Callable[[Remedy], None],
    key: str,
    select: Callable[[Finding], None] | None = None,
) -> None:
    row = area.container(horizontal=True)
    for remedy in finding.remedies:
        row.button(remedy.title, key=f"remedy_{key}_{remedy.title}", on_click=apply, args=(remedy,))
    if select and finding.steps:

        def show() -> None:
            st.session_state["diagnosis"] = False  # what is shown lies under the findings
            select(finding)

        row.button(f"Show {finding.steps[0]}", key=f"show_{key}", on_click=show, type="tertiary")
