"""A receptive field on an image, as a Plotly figure: what one cell of one step sees."""

from __future__ import annotations

from typing import Any

from ...steps import Trace
from ..layout import PLAIN, Look, Place, contract
from ..layout.field import FieldScene, field_scene
from ..layout.window import Rect
from . import palette
from .image import as_input, sample
from .window import area, frame, lines

TITLE = "Receptive field"
QUESTION = "What part of the image does one cell see?"
_INK = {"field": "#D55E00", "output": "#009E73"}


def describe_field(trace: Trace, place: Place, look: Look = PLAIN, *, image: str | None = None) -> dict[str, Any]:
    """The figure as plain data. ``image`` is a ``data:`` address as :func:`as_input` makes it; else the sample's."""
    scene, theme = field_scene(trace, place.focus, place.cell), look.theme
    height, width = trace.input_size
    source = image or as_input(sample(), (height, width), trace.steps[0].output[1])
    muted, paper = palette.MUTED[theme], palette.PAPER[theme]
    traces = [
        area([scene.view], "beyond the border (padding)" if scene.view != scene.image else "", "rgba(140,140,140,0.16)", muted, "dot"),
        area(_around(scene.seen, scene.image), "", palette.clear(paper, 0.62), "rgba(0,0,0,0)"),
        area(_around(scene.seen, scene.field), "", palette.clear(_INK["field"], 0.28), "rgba(0,0,0,0)"),
        {
            "type": "scatter", "mode": "markers", "hoverinfo": "skip", "name": "middles of all fields, one effective stride apart",
            "x": [round(x, 1) for x, _ in scene.centres], "y": [round(y, 1) for _, y in scene.centres],
            "marker": {"size": 3.5, "color": palette.INK["light"], "line": {"width": 1, "color": "#ffffff"}},
        },
        area([scene.neighbour] if scene.neighbour else [], "field of the next cell", "rgba(0,0,0,0)", palette.INK[theme], "dot", 1.4),
        area([scene.field], "receptive field", "rgba(0,0,0,0)", _INK["field"], width=3),
        area([scene.output], "output map", palette.clear(_INK["output"], 0.45), _INK["output"]),
        lines(scene.grid, "rgba(120,130,140,0.45)", 0.6),
        area([scene.filled], "", palette.INK[theme], palette.INK[theme]),
        lines((scene.arrow,), muted, 1.6),
        {
            "type": "scatter", "mode": "markers", "hoverinfo": "skip", "showlegend": False,
            "x": [scene.arrow[1][0]], "y": [scene.arrow[1][1]],
            "marker": {"symbol": "arrow", "size": 9, "angle": 90, "color": muted},
        },
        area([], contract.TRACES.selected, "rgba(0,0,0,0)", palette.INK[theme], width=3) | {"showlegend": False},
        _hits(scene),
    ]  # fmt: skip
    figure = frame(traces, scene.bounds, scene.labels, theme, place.text, _alt(scene))
    figure["layout"]["meta"]["outlines"] = {str(number): _outline(rect) for rect, number in scene.cells}
    figure["layout"]["images"] = [
        {
            "source": source, "xref": "x", "yref": "y", "x": scene.image[0], "y": scene.image[3], "sizing": "stretch", "layer": "below",
            "sizex": scene.image[2] - scene.image[0], "sizey": scene.image[3] - scene.image[1],
        }
    ]  # fmt: skip
    return figure


def _around(inner: Rect, outer: Rect) -> list[Rect]:
    """The frame between two rectangles, in four pieces."""
    (a, b, c, d), (left, bottom, right, top) = inner, outer
    pieces = [(left, d, right, top), (left, bottom, right, b), (left, b, a, d), (c, b, right, d)]
    return [piece for piece in pieces if piece[2] - piece[0] > 0.05 and piece[3] - piece[1] > 0.05]


def _outline(rect: Rect) -> list[list[float]]:
    left, bottom, right, top = (round(n, 1) for n in rect)
    return [[left, right, right, left, left], [bottom, bottom, top, top, bottom]]


def _hits(scene: FieldScene) -> dict[str, Any]:
    """The layer that is clicked: a bar a cell of the output map."""
    rects = [rect for rect, _ in scene.cells]
    columns = round((scene.output[2] - scene.output[0]) / (rects[0][2] - rects[0][0])) if rects else 1
    return {
        "type": "bar", "name": contract.TRACES.hits, "showlegend": False, "opacity": 0,  # and no zorder, under which plotly.js 4.1 loses images that lie below
        "x": [round((r[0] + r[2]) / 2, 1) for r in rects], "width": [round(r[2] - r[0], 1) for r in rects],
        "base": [round(r[1], 1) for r in rects], "y": [round(r[3] - r[1], 1) for r in rects],
        "customdata": [number for _, number in scene.cells],
        "hovertext": [f"cell ({number // columns}, {number % columns})" for _, number in scene.cells],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }  # fmt: skip


def _alt(scene: FieldScene) -> str:
    return f"{scene.title}. " + "; ".join(", ".join(label.lines) for label in scene.labels) + "."
