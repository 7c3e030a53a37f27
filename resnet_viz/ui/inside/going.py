"""To go to a step, or to one cell of it: the picture follows."""

from __future__ import annotations

import streamlit as st

from resnet_viz.picture.layout import Place, home
from resnet_viz.picture.layout.single import numbered_names
from resnet_viz.picture.layout.trail import own_place
from resnet_viz.steps import Step, Trace
from resnet_viz.ui import viewing
from resnet_viz.ui.selection import choose_drawn


def go_to(step: str, at: tuple[int, ...] = ()) -> None:
    """From a callback: choose a step, and where it is given a cell of it; read in the run that follows."""
    st.session_state["inside_cell"] = (step, at)


def arrive(trace: Trace) -> None:
    """At the beginning of a run: the step that was gone to, and its cell."""
    state = st.session_state
    gone: tuple[str, tuple[int, ...]] | None = state.pop("inside_cell", None)
    if gone is None:
        return
    name, at = gone
    step = next((step for step in trace.steps if step.name == name), None)
    if step is None:  # another network's, from a page that is out of date
        return
    choose_drawn(step.index)
    for axis, place in zip(("channel", "row", "column"), at, strict=False):
        state[f"inside_{axis}"] = place
    _follow(trace, step)


def _follow(trace: Trace, step: Step) -> None:
    """Show the part that the step is in, at the picture's level where it has one there."""
    state = st.session_state
    level = state.get("level")
    if level in ("stage", "block"):
        part = home(trace, step.index, level)
        viewing.go(own_place(trace, step.index) if part is None else Place(level, part.path))
    elif level == "operation" and step.name not in numbered_names(trace):
        viewing.go(own_place(trace, step.index))


def keep_place(trace: Trace) -> str:
    """Where the network is another, which has no step of the chosen one's name: choose the nearest that it has.

    What is to be said of it, else "".
    """
    state = st.session_state
    name = state.get("step")
    if name is None or "step_index" in state or any(step.name == name for step in trace.steps):
        return ""
    before: tuple[Step, int] | None = state.get("inside_step")
    if before is None or before[0].name != name:
        del state["step"]
        return f"`{name}` is no step of this network."
    near = min(trace.steps, key=lambda step: _far(trace, step, *before))
    choose_drawn(near.index)
    _follow(trace, near)
    return f"This network has no step `{name}`; the nearest that it has is `{near.name}`."


def remember(trace: Trace, step: Step) -> None:
    """The step that is shown, for :func:`keep_place`."""
    st.session_state["inside_step"] = (step, _position(trace, step))


def _position(trace: Trace, step: Step) -> int:
    """Which step of its block it is; outside of blocks, of the network."""
    block = home(trace, step.index, "block")
    return step.index - (0 if block is None else block.start)


def _far(trace: Trace, step: Step, from_: Step, position: int) -> tuple[int, ...]:
    """How far two networks' steps are from each other: what they are first, then where."""
    return (
        (step.stage is None) != (from_.stage is None),
        (step.kind, step.path) != (from_.kind, from_.path),
        abs((step.stage or 0) - (from_.stage or 0)),
        abs((step.block or 0) - (from_.block or 0)),
        abs(_position(trace, step) - position),
    )
