"""The figure of a lesson, drawn by the views that the rest of the app uses."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

import resnet_viz as rv
from resnet_viz.lessons import View
from resnet_viz.settings import settings
from resnet_viz.ui import cache, diagram
from resnet_viz.ui.controls import SIZES
from resnet_viz.ui.subject import Known


def show(view: View, key: str, hide: bool = False) -> None:
    """Draw ``view``; with ``hide`` the shapes that are asked for are blank."""
    theme = st.context.theme.type or "light"
    scene, file_name = view.scene, f"{view.scene.name}_lesson"
    if view.shown == "beside" and view.other is not None:
        pair = (scene, view.other)
        figures = cache.beside(tuple(Known(each.spec, each.size) for each in pair), theme, "stage", False)
        for number, (each, (figure, alt)) in enumerate(zip(pair, figures, strict=True)):
            st.markdown(f"`{each.text}`")
            diagram.show(figure, alt, None, file_name, lambda _step, _act: None, key=f"{key}_{number}")
        return
    if view.shown == "failure" and view.focus is not None:
        try:
            found = cache.outcome(scene.spec, "remove-projection", scene.size, view.focus)
        except rv.InputError as error:  # too large to be run while somebody waits
            st.caption(f"Not run here: {error.rule}.")
        else:
            if found.error:
                st.code(f"{found.error_type}: {found.error}", language=None, wrap_lines=True)
            else:
                st.caption(found.sentence)
            figure, alt = cache.broken_figure(
                scene.spec, "remove-projection", scene.size, view.focus, "block", view.focus, theme
            )
            index = scene.trace.step(f"{view.focus}.add").index
            diagram.show(figure, alt, index, file_name, lambda _step, _act: None, key=key)
            return
    if view.shown == "field" and view.focus:
        step = scene.trace.step(view.focus)
        cell = (step.output[2] // 2, step.output[3] // 2)
        figure, alt = cache.field(Known(scene.spec, scene.size), view.focus, cell, theme, None)
        diagram.show(figure, alt, None, file_name, lambda _step, _act: None, key=key)
        return
    view = _moved(view, key)
    figure, alt = cache.lesson_figure(view, theme, hide)
    selected = scene.trace.step(view.select).index if view.select and view.shown == "picture" else None
    diagram.show(figure, alt, selected, file_name, lambda _step, _act: None, key=key)
    if not hide:
        st.markdown(f"[Open this network in Explore]({explore_address(view)})", width="content")


def _moved(view: View, key: str) -> View:
    """The view with its window, or the side on its curves, where the reader has moved it."""
    if view.shown == "picture" and view.level == "operation" and view.focus:
        rows, columns = view.scene.trace.step(view.focus).output[2:]
        place = st.container(horizontal=True)
        cell = [
            place.slider(title, 0, side - 1, min(at, side - 1), key=f"{key}_{title}_{view.scene.text}_{at}", width=240) if side > 1 else 0
            for title, side, at in (("Output row", rows, view.cell[0]), ("Output column", columns, view.cell[1]))
        ]  # fmt: skip
        return replace(view, cell=(cell[0], cell[1]))
    if view.shown == "curve" and view.curves:
        most = len(view.curves[0][1])
        at = st.slider("Side that comes in", 1, most, view.at, key=f"{key}_at_{view.scene.text}", width=420)
        st.markdown(" · ".join(f"{name}: **{values[at - 1]}**" for name, values in view.curves))
        return replace(view, at=at)
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
    if view.shown == "picture" and view.level != "network" and view.focus:
        asked["level"] = view.level
        asked["operation" if view.level == "operation" else "focus"] = view.focus
    if view.select:
        asked["step"] = view.select
    return f"./?{urlencode(asked)}"
