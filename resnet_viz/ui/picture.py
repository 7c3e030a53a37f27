"""The picture of a network: its level, focus and look, and what a click in it does."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import streamlit as st

import resnet_viz as rv
from resnet_viz.export.table import input_text
from resnet_viz.picture.layout import COLOURS, LEVELS, PLAIN, QUANTITIES, Look, Place, block_names, stage_names
from resnet_viz.picture.layout.asked import asked
from resnet_viz.picture.layout.contract import ACTS
from resnet_viz.picture.layout.going import drawn_at, inside
from resnet_viz.picture.layout.network import FOLD_OVER
from resnet_viz.picture.layout.single import numbered_names
from resnet_viz.picture.layout.trail import trail
from resnet_viz.picture.layout.window import operation_names
from resnet_viz.steps import Pair, Step, Trace
from resnet_viz.ui import ahead, cache, diagram, links, parts, printing, saving, viewing
from resnet_viz.ui.selection import choose_drawn, show_choice
from resnet_viz.ui.subject import Shown, Subject
from resnet_viz.why.example import channels_to_choose


def _picked(shown: Shown, step: int, act: str) -> None:
    """A volume was clicked, or reached and opened by keys: what is chosen is the step that gave it its shape."""
    state, trace = st.session_state, shown.trace
    level = state.get("level", LEVELS[0])
    if act in (ACTS.go_out, ACTS.go_to):
        way = trail(trace, Place(level, state.get("operation" if level == "operation" else "focus")), shown.called)
        # where one goes to is said by its number on the way
        viewing.go(way[step if act == ACTS.go_to else max(0, len(way) - 2)].place)
        parts.whole()
    elif act == ACTS.go_in:
        state["go_in"] = step
        parts.whole()
    else:
        chosen = asked(trace, step) if step < len(trace.steps) else None
        choose_drawn(chosen)
        # the mark stays where one clicked: a second click goes in, and keys walk on from there
        state["picked"] = None if chosen is None else (shown.subject, level, chosen, step)
        show_choice(marked=True)


class Standing(NamedTuple):
    """What the picture shows, and how."""

    shown: Shown
    place: Place
    look: Look


def _levels(trace: Trace) -> tuple[str, ...]:
    """The levels that there are: a network without parts or without windows lacks some."""
    lacks = {
        "stage": not stage_names(trace),
        "block": not block_names(trace),
        "operation": not operation_names(trace),
    }
    return tuple(level for level in LEVELS if not lacks.get(level))


class Chosen(NamedTuple):
    """What a page that shows a network's own numbers has chosen: a step, and its output cell."""

    step: Step | None
    cell: Pair


def controls(shown: Shown, chosen: Chosen | None = None) -> Standing:
    """Draw the controls of the picture. With ``chosen`` a window is that step's and stands at its cell, without an
    example's numbers."""
    forecast = shown.trace
    levels = _levels(forecast)
    _go_in(forecast)
    if st.session_state.get("level") not in levels:
        st.session_state["level"] = levels[0]
    # at the last level there are sliders, whose names stand above them
    low = st.session_state["level"] == "operation" and chosen is None
    row = st.container(horizontal=True, vertical_alignment="bottom" if low else "center", key="view")
    level = row.segmented_control(
        "Level",
        levels,
        required=True,
        key="level",
        label_visibility="visible" if low else "collapsed",
        help="network: a volume a block; stage: every conv of its blocks; block: one block with its formulas; "
        "operation: one conv's window at work, or any other step, in numbers",
    )
    if level == "operation":
        window = _operation(row, forecast) if chosen is None else _own_operation(row, forecast, chosen)
        place, look = window, viewing.plain()
    else:
        place = Place(str(level), _focus(row, str(level), forecast))
        look = _look(row, shown, place.level)
    now = Standing(shown, place, look)
    about = f"{input_text(shown.trace)} · {_what(now)}"
    saving.offer(row, partial(_figure, now), shown.title, about, saving.file_name(shown, place, look), look.theme)
    return now


def _subject(now: Standing) -> Subject:
    shown = now.shown
    return shown.timed if now.look.colour == "time" and shown.timed else shown.subject


def _figure(now: Standing) -> cache.Figure:
    return cache.figure(_subject(now), now.place, now.look)


def _what(now: Standing) -> str:
    """What the picture shows, in words."""
    place, look = now.place, now.look
    what = " ".join([place.level, "level", *([place.focus] if place.focus else [])])
    if look.colour != PLAIN.colour and place.level != "operation":
        what += f" · colours: {_COLOUR_TITLES[look.colour]}"
    return what


def picture(now: Standing, step: Step | None) -> None:
    """Draw the picture, in which ``step`` is marked."""
    shown, place, look = now
    viewing.publish(place, look)
    try:
        figure, alt = _figure(now)
    except rv.InputError as error:
        st.info(f"There is no such picture of this network. {error}")
        return
    printed = printing.Printed(shown.title, _subject(now), place, look, _what(now))
    token = printing.token_of(printed)
    diagram.show(
        figure,
        alt,
        _marked(shown, step, place.level),
        shown.file_name,
        partial(_picked, shown),
        # a picture that is turned has another context than a flat one, so each has a node of its own
        key="diagram_solid" if look.solid else "diagram",
        printed=token,
        ahead=ahead.offered(token, printed),
        trail=[stop.name for stop in trail(shown.trace, place, shown.called)],
    )


def reading(now: Standing) -> str:
    """What the picture's dimensions mean, and how one moves in it."""
    _, place, look = now
    if place.level == "operation":
        return (
            "The window of one output cell over the padded input, close up, and where the cell stands; move it with the sliders or "
            "their arrow keys. Input and output have one scale. Each output channel has a filter of its own. The numbers are an example's, the same at every visit: whole "
            "numbers that can be added up by hand, and no weights of this network. Escape leads out."
        )
    if look.solid:
        return (
            "Drag to turn, scroll to come nearer, click a volume for its formula; with keys: arrows, Enter, Escape. The camera stays "
            "when the network or the input changes."
        )
    scale = "true to scale" if look.true_scale else "each through a square root"
    return (
        f"Height = H, depth = W (drawn foreshortened, half as long), thickness = C, {scale}. Shapes here are H×W×C, in the table "
        "N×C×H×W as PyTorch prints them.\n\n"
        "Click a volume or ⊕ for its formula, a second time to go in; with keys: arrows, Enter, Escape."
    )


def _focus(row: Any, level: str, forecast: Trace) -> str | None:
    """Which stage or block is shown; the choice of a block is also its stage's."""
    names = {"stage": stage_names(forecast), "block": block_names(forecast)}.get(level)
    if not names:
        return None
    state = st.session_state
    now = state.get("focus") or ""
    if now not in names:
        # a block's stage, a stage's first block, or the first block that projects, which teaches most
        state["focus"] = _near(forecast, now, level) or _teaching(forecast, names)
    return row.selectbox(
        "Stage" if level == "stage" else "Block", names, key="focus", width=130, label_visibility="collapsed"
    )


def _near(forecast: Trace, focus: str, level: str) -> str | None:
    """The stage that the block ``focus`` is in, or the first block of the stage ``focus``."""
    for outer in forecast.parts.parts:
        inside = [part.path for part in outer.walk() if part is not outer]
        if level == "stage" and focus in inside:
            return outer.path
        if level == "block" and focus == outer.path and inside:
            return inside[0]
    return None


def _teaching(forecast: Trace, names: tuple[str, ...]) -> str:
    """The first of these after the first stage, where a ResNet's maps get smaller; else the first."""
    stages = [part for part in forecast.parts.parts if part.kind == "stage"]
    later = [part.path for stage in stages[1:] for part in stage.walk()]
    return next((name for name in names if name in later), names[0])


def _operations(forecast: Trace) -> tuple[str, ...]:
    """What can be taken apart; if nothing is yet, the chosen step is, or the first of its part."""
    names, state = numbered_names(forecast), st.session_state
    if state.get("operation") not in names:
        windows = operation_names(forecast)
        chosen = state.get("step")
        part = {known.path: known for known in forecast.parts.walk()}.get(str(state.get("focus")))
        steps = forecast.steps[part.start : part.stop] if part and part.path else ()
        inside = [step.name for step in steps if step.name in windows]
        state["operation"] = chosen if chosen in names else (inside or windows)[0]
    return names


def _own_operation(row: Any, forecast: Trace, chosen: Chosen) -> Place:
    """The window of the chosen step, at the chosen cell; to choose an operation chooses its step."""
    state, step = st.session_state, chosen.step
    if step is not None and step.name in numbered_names(forecast):
        state["operation"] = step.name
    name = row.selectbox(
        "Operation", _operations(forecast), key="operation", width=200, label_visibility="collapsed",
        on_change=_operation_chosen, args=(forecast,),
    )  # fmt: skip
    return Place("operation", name, chosen.cell if step is not None and name == step.name else (0, 0), None)


def _operation_chosen(forecast: Trace) -> None:
    name = st.session_state["operation"]
    choose_drawn(next((step.index for step in forecast.steps if step.name == name), None))


def _operation(row: Any, forecast: Trace) -> Place:
    """Which conv or pool is taken apart, and which of its output cells is filled."""
    state = st.session_state
    name = row.selectbox("Operation", _operations(forecast), key="operation", width=200)
    output = forecast.step(name).output
    # a linear layer makes a row of numbers
    height, width = output[2:] if len(output) == 4 else (1, output[1])
    cell: list[int] = []
    titles = ("Output row", "Output column" if len(output) == 4 else "Output number, from 0")
    for key, title, side in zip(("row", "column"), titles, (height, width), strict=True):
        state[key] = min(int(state.get(key) or 0), side - 1)
        # a slider needs two places to go; a map of one cell has none
        cell.append(row.slider(title, 0, side - 1, key=key, width=130) if side > 1 else 0)
    channels = channels_to_choose(forecast.step(name))
    state["channel"] = min(max(1, int(state.get("channel") or 1)), channels)
    channel = (
        row.number_input(f"Output channel of {channels:,}", 1, channels, key="channel", width=150)
        if channels > 1
        else 1
    )
    return Place("operation", name, (cell[0], cell[1]), channel - 1)


_COLOUR_TITLES = {"stage": "stage", "kind": "kind of operation", **{known.name: known.title for known in QUANTITIES}}


def _look(row: Any, shown: Shown, level: str) -> Look:
    """Colours, scale and folding. Times need a real device, so without one they are not offered."""
    colours = [name for name in COLOURS if name != "time" or shown.timed]
    state = st.session_state
    if state.get("colour") not in colours:
        state["colour"] = PLAIN.colour
    colour = row.selectbox(
        "Colour by", colours, key="colour", width=190, format_func=lambda name: f"Colour: {_COLOUR_TITLES[name]}",
        label_visibility="collapsed", on_change=_look_chosen, args=("colour", "colour"),
    )  # fmt: skip
    true_scale = row.toggle(
        "True scale", key="true", help="Sizes in proportion, not their square roots",
        on_change=_look_chosen, args=("true_scale", "true"),
    )  # fmt: skip
    unfold = False
    longest = max((len(part.parts) for part in shown.trace.parts.walk() if part.kind != "network"), default=0)
    if level != "block" and longest > FOLD_OVER:
        unfold = row.toggle(
            "Unfold repeats", key="unfold", help="Show every block of a long stage",
            on_change=_look_chosen, args=("unfold", "unfold"),
        )  # fmt: skip
    solid = level != "block" and row.toggle(
        "3-D", key="solid", help="The same volumes as solid boxes; drag to turn them",
        on_change=_look_chosen, args=("solid", "solid"),
    )  # fmt: skip
    return Look(str(colour), bool(true_scale), bool(unfold), bool(solid), viewing.theme())


def _look_chosen(field: str, key: str) -> None:
    """Another look changes the picture and how it is read."""
    state = st.session_state
    now: Standing | None = state.get("standing")
    if field == "colour" and not links.offered(key, COLOURS):
        return
    if now is not None and not state.get("save"):
        state["standing"] = now._replace(look=replace(now.look, **{field: state[key]}))
        parts.redraw(("picture", "card"), (key,))


def _go_in(forecast: Trace) -> None:
    """Show the block of the volume that was opened, before the controls are drawn."""
    state = st.session_state
    index = state.pop("go_in", None)
    if index is None or index >= len(forecast.steps):
        return
    place = inside(forecast, str(state.get("level")), index)
    if place is not None:
        state["level"], state["operation" if place.level == "operation" else "focus"] = place.level, place.focus


def _marked(shown: Shown, step: Step | None, level: str) -> int | None:
    """The volume that is marked: the one that was clicked as long as its step is chosen, else where the step is drawn."""
    picked: tuple[Any, str, int, int] | None = st.session_state.get("picked")
    if step is not None and picked and picked[:3] == (shown.subject, level, step.index):
        return picked[3]
    return drawn_at(shown.trace, step, level)
