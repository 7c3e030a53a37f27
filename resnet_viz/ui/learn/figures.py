"""The figure of a lesson, drawn by the views that the rest of the app uses."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never
from urllib.parse import urlencode

import streamlit as st

import resnet_viz as rv
from resnet_viz.lessons import (
    Added,
    Bars,
    Beside,
    Curves,
    Failure,
    Field,
    Maps,
    Picture,
    Reads,
    Scene,
    Single,
    Starts,
    Training,
    Unfolded,
    View,
)
from resnet_viz.picture.layout import Place
from resnet_viz.spec.settings import settings
from resnet_viz.ui import cache, diagram, viewing
from resnet_viz.ui.controls import SIZES
from resnet_viz.ui.learn import real
from resnet_viz.ui.subject import Known


def show(view: View, key: str, hide: bool = False) -> None:
    """Draw ``view``; with ``hide`` the shapes that are asked for are blank."""
    match view:
        case Beside():
            _beside(view, key)
        case Field():
            _field(view, key)
        case Failure():
            _failure(view, key, hide)
        case Maps() | Added() | Starts():
            real.show(view, key, hide)
        case Picture() | Bars() | Curves() | Reads() | Unfolded() | Training():
            _single(view, key, hide)
        case _:
            assert_never(view)


def _show(scene: Scene, figure: cache.Figure, key: str, step: str | None = None) -> None:
    """Put a figure on the page, with a step marked, where nothing is to be chosen."""
    index = None if step is None else scene.trace.step(step).index
    # a picture for each network, so that no outline of another one's volumes comes into it
    own = f"{key}_{scene.text.rpartition('@')[0]}"
    diagram.show(figure.json, figure.alt, index, f"{scene.name}_lesson", lambda _step, _act: None, key=own)


def _beside(view: Beside, key: str) -> None:
    pair = (view.scene, view.other)
    figures = cache.beside(tuple(Known(scene.spec, scene.size) for scene in pair), viewing.plain())
    for number, (scene, figure) in enumerate(zip(pair, figures, strict=True)):
        st.markdown(f"`{scene.text}`")
        _show(view.scene, figure, f"{key}_{number}")


def _field(view: Field, key: str) -> None:
    scene = view.scene
    rows, columns = scene.trace.step(view.step).output[2:]
    place = Place("field", view.step, (rows // 2, columns // 2))
    _show(scene, cache.field(Known(scene.spec, scene.size), place, viewing.plain(), None), key)


def _failure(view: Failure, key: str, hide: bool) -> None:
    """The error and where it arose; where it may not be run, the sound block."""
    scene, case = view.scene, "remove-projection"
    try:
        found = cache.outcome(scene.spec, case, scene.size, view.block)
    except rv.InputError as error:  # too large to be run while somebody waits
        st.caption(f"Not run here: the network {error.rule}. The figure is the sound block.")
        _single(view, key, hide)
        return
    place = Place("block", view.block)
    figure = cache.broken_figure(scene.spec, case, scene.size, view.block, place, viewing.plain())
    _show(scene, figure, key)
    if found.error:
        st.code(f"{found.error_type}: {found.error}", language=None, wrap_lines=True)
    else:
        st.caption(found.sentence)


def _single(view: Single, key: str, hide: bool) -> None:
    drawn = st.container()  # over what moves it
    view = _moved(view, key)
    figure = cache.lesson_figure(view, viewing.plain(), hide)
    with drawn:
        _show(view.scene, figure, key, view.select if isinstance(view, Picture) else None)
    if isinstance(view, Training):
        st.caption(view.said)
    if not hide:
        st.markdown(f"[Open this network in Explore]({explore_address(view)})", width="content")


def _moved(view: Single, key: str) -> Single:
    """The view with its window, or the side on its curves, where the reader has moved it."""
    match view:
        case Picture(scene, Place("operation", str(step))):
            rows, columns = scene.trace.step(step).output[2:]
            row, column = view.place.cell or (0, 0)
            sliders = st.container(horizontal=True)
            cell = [
                sliders.slider(title, 0, side - 1, min(at, side - 1), key=f"{key}_{title}_{scene.text}_{at}", width=240) if side > 1 else 0
                for title, side, at in (("Output row", rows, row), ("Output column", columns, column))
            ]  # fmt: skip
            return replace(view, place=replace(view.place, cell=(cell[0], cell[1])))
        case Curves(scene, curves):
            most = len(curves[0][1])
            at = st.slider("Side that comes in", 1, most, view.at, key=f"{key}_at_{scene.text}", width=420)
            st.markdown(" · ".join(f"{name}: **{values[at - 1]}**" for name, values in curves))
            return replace(view, at=at)
        case _:
            return view


def explore_address(view: View) -> str:
    """A link to Explore with the network of the view, at its level."""
    scene = view.scene
    side = str(scene.size[0]) if scene.size[0] == scene.size[1] else ""
    asked = {"net": scene.name, "size": side if side in SIZES else "own"}
    if asked["size"] == "own":
        asked["hw"] = f"{scene.size[0]}x{scene.size[1]}"
    renamed = {"num_classes": "classes", "in_channels": "channels"}
    asked |= {renamed.get(name, name): value for name, value in settings(scene.spec, rv.entry(scene.name).spec).items()}
    if isinstance(view, Picture):
        # the page chooses the cell of a window, as the reader does
        asked |= viewing.query(replace(view.place, cell=None))
        if view.select:
            asked["step"] = view.select
    return f"./?{urlencode(asked)}"
