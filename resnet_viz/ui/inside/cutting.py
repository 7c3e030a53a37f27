"""Cut it: parts that are switched off, and what that does to the classes."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from resnet_viz.inside.activations import Activations
from resnet_viz.steps import Step
from resnet_viz.ui import links
from resnet_viz.ui.cache import Cut
from resnet_viz.ui.inside.panels import block_of, cell
from resnet_viz.ui.wording import literal

MOST = 8  # cuts at once
_TEXT = re.compile(r"(residual|shortcut|channel):([\w.]{1,80})(?::(\d{1,6}))?(=mean)?")


def read(text: str) -> tuple[Cut, ...] | None:
    """``residual:layer1.0,channel:conv1:3=mean`` as an address has it; None where that says no cuts."""
    found: list[Cut] = []
    for part in text.split(",")[: MOST + 1]:
        match = _TEXT.fullmatch(part)
        if match is None or (match[1] == "channel") != (match[3] is not None):
            return None
        instead = "mean" if match[4] else "zero"
        found.append(
            Cut(channel=(match[2], int(match[3])), instead=instead)
            if match[1] == "channel"
            else Cut(**{match[1]: match[2]}, instead=instead)  # pyright: ignore[reportArgumentType]
        )
    return tuple(found) if len(found) <= MOST else None


def written(cuts: tuple[Cut, ...]) -> str | None:
    """The same as text; None for none."""
    return ",".join(map(_text, cuts)) or None


def _text(cut: Cut) -> str:
    end = "=mean" if cut.instead == "mean" else ""
    if cut.channel is not None:
        return f"channel:{cut.channel[0]}:{cut.channel[1]}{end}"
    return f"residual:{cut.residual}{end}" if cut.residual is not None else f"shortcut:{cut.shortcut}{end}"


def _words(cut: Cut) -> str:
    what = (
        f"channel {cut.channel[1]} of {cut.channel[0]}"
        if cut.channel is not None
        else f"the residual of {cut.residual}"
        if cut.residual is not None
        else f"the shortcut of {cut.shortcut}"
    )
    return f"{what} is {'its mean' if cut.instead == 'mean' else '0'}"


def cuts() -> tuple[Cut, ...]:
    """What is cut now."""
    return tuple(st.session_state.get("inside_cuts") or ())


def _set(now: tuple[Cut, ...]) -> None:
    st.session_state["inside_cuts"] = now


def controls(row: Any, seen: Activations, step: Step) -> None:
    """What can be cut at the chosen step, behind one button, and what is cut, each with its way back."""
    now = cuts()
    links.publish("cut", written(now), None)
    with row.popover("Switch a part off", key="inside_cutting", on_change=links.chose):
        if st.session_state.get("inside_cutting"):
            _offers(seen, step, now)
    for place, cut in enumerate(now):
        row.button(f"✂ {_words(cut)}  ✕", key=f"inside_undo_{place}_{_text(cut)}", on_click=_set, args=((*now[:place], *now[place + 1 :]),), help="Put it back")  # fmt: skip


def _offers(seen: Activations, step: Step, now: tuple[Cut, ...]) -> None:
    st.markdown("See what becomes of the maps after it and of the classes.")
    st.session_state.setdefault("inside_instead", "0")
    mean = st.segmented_control("In its place", ("0", "its mean"), required=True, key="inside_instead")
    instead = "zero" if mean == "0" else "mean"
    offers: list[tuple[str, Cut]] = []
    block = block_of(seen, step)
    if block is not None:
        offers += [(f"the residual of {block}", Cut(residual=block, instead=instead)), (f"the shortcut of {block}", Cut(shortcut=block, instead=instead))]  # fmt: skip
    else:
        st.caption("Choose a step of a block to cut its residual or its shortcut.")
    if step.kind != "input":
        channel = cell(seen, step)[0]
        offers.append((f"channel {channel} of {step.name}", Cut(channel=(step.name, channel), instead=instead)))
    known = {_text(cut).removesuffix("=mean") for cut in now}
    for title, cut in offers:
        text = _text(cut).removesuffix("=mean")
        st.button(f"Switch off {title}", key=f"inside_cut_{text}", on_click=_set, args=((*now, cut),), disabled=text in known or len(now) >= MOST)  # fmt: skip


def classes(row: Any, seen: Activations, whole: Activations, learnt: bool) -> None:
    """The classes in a line, each with what it was before the cuts."""
    found = seen.classes(4 if learnt else 2)
    if not found:
        return
    if not learnt:
        row.markdown("By chance, since the weights are random:", width="content")
    before = {} if seen is whole else {one.index: one.share for one in whole.classes(1_000_000)}
    told = [f"**{literal(one.name)} {one.share:.1%}**" + (f" (uncut: {before[one.index]:.1%})" if before else "") for one in found]  # fmt: skip
    first = whole.classes(1)[0]
    if before and first.index not in [one.index for one in found]:
        now = next(one for one in seen.classes(1_000_000) if one.index == first.index)
        told.append(f"{literal(now.name)} {now.share:.1%} (uncut: {first.share:.1%})")
    row.markdown(" · ".join(told), width="content")
