"""A lesson's own figure; two networks beside each other and a receptive field are drawn as on other pages."""

from __future__ import annotations

from typing import Any, assert_never

from resnet_viz.lessons import Bars, Curves, Failure, Picture, Reads, Single, Training, Unfolded
from resnet_viz.picture.figures import describe
from resnet_viz.picture.figures.depth import describe_training
from resnet_viz.picture.figures.teaching import describe_bars, describe_curves, describe_reads
from resnet_viz.picture.figures.unfolded import describe_unfolded
from resnet_viz.picture.figures.window import describe_window
from resnet_viz.picture.layout import Look, Place


def draw_view(view: Single, look: Look, hide: bool) -> dict[str, Any]:
    """The figure as plain data; with ``hide`` the shapes that are asked for are blank."""
    trace = view.scene.trace
    match view:
        case Picture():
            asked = frozenset(trace.step(name).index for name in view.blanks) if hide else frozenset[int]()
            if view.place.level == "operation":
                return describe_window(trace, view.place, look, hide=asked, worked=view.worked)
            return describe(trace, view.place, look, hide=asked)
        case Bars():
            return describe_bars(view.bars, theme=look.theme)
        case Curves():
            return describe_curves(view.curves, view.at, theme=look.theme)
        case Reads():
            return describe_reads(trace, view.step, theme=look.theme)
        case Unfolded():
            return describe_unfolded(trace, view.conv, theme=look.theme)
        case Training():
            return describe_training(view.curves, 1 / view.scene.spec.num_classes, theme=look.theme)
        case Failure():  # the sound block
            return describe(trace, Place("block", view.block), look)
    assert_never(view)
