"""The figure of a lesson, drawn by the views that the rest of the app uses."""

from __future__ import annotations

import streamlit as st

import resnet_viz as rv
from resnet_viz.lessons import View
from resnet_viz.ui import cache, diagram


def show(view: View, key: str, hide: bool = False) -> None:
    """Draw ``view``; with ``hide`` the shapes that are asked for are blank."""
    theme = st.context.theme.type or "light"
    scene, file_name = view.scene, f"{view.scene.name}_lesson"
    if view.shown == "beside" and view.other is not None:
        pair = (scene, view.other)
        figures = cache.beside(tuple((each.spec, each.size) for each in pair), theme, "stage", False)
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
            figure, alt = cache.broken_figure(scene.spec, scene.size, "block", view.focus, theme, found)
            index = scene.trace.step(f"{view.focus}.add").index
            diagram.show(figure, alt, index, file_name, lambda _step, _act: None, key=key)
            return
    figure, alt = cache.lesson_figure(view, theme, hide)
    selected = scene.trace.step(view.select).index if view.select and view.shown == "picture" else None
    diagram.show(figure, alt, selected, file_name, lambda _step, _act: None, key=key)
