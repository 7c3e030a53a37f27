"""A lesson's view as a figure; two networks beside each other and a failure are :mod:`.figures`' own."""

from __future__ import annotations

from typing import Any

from resnet_viz.lessons import View
from resnet_viz.views import describe
from resnet_viz.views.teaching import describe_bars, describe_curves, describe_reads
from resnet_viz.views.unfolded import describe_unfolded


def draw_view(view: View, theme: str, hide: bool) -> dict[str, Any]:
    """The figure as plain data; with ``hide`` the shapes that are asked for are blank."""
    if view.shown == "bars":
        return describe_bars(view.bars, theme=theme)
    if view.shown == "curve":
        return describe_curves(view.curves, view.at, theme=theme)
    if view.shown == "reads" and view.focus:
        return describe_reads(view.scene.trace, view.focus, theme=theme)
    if view.shown == "unfolded" and view.focus:
        return describe_unfolded(view.scene.trace, view.focus, theme=theme)
    trace = view.scene.trace
    asked = frozenset(trace.step(name).index for name in view.blanks) if hide else frozenset[int]()
    return describe(trace, view.level, view.focus, theme=theme, cell=view.cell, hide=asked)
