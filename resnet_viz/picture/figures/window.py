"""One conv or pool taken apart: where its window stands, what it reads, and the cell that it fills."""

from __future__ import annotations

from typing import Any

from ...steps import Trace
from ..layout import PLAIN, Label, Look, Place, contract
from ..layout.window import Rect, WindowScene, window_scene
from . import palette

TITLE = "One operation"
QUESTION = "Which input cells make this output cell?"
_INK = {
    "map": "#56B4E9",
    "window": "#D55E00",
    "output": "#009E73",
    "padding": "#b9b9b9",
    "gap": "#e4e8ec",
    "dead": "#CC79A7",
}


def describe_window(
    trace: Trace, place: Place, look: Look = PLAIN, *, hide: frozenset[int] = frozenset()
) -> dict[str, Any]:
    """The figure as plain data: the padded input with the window, the window close up, the output."""
    scene, theme = window_scene(trace, place.focus, place.cell or (0, 0), hide), look.theme
    muted = palette.MUTED[theme]
    traces = [
        area([scene.padded], "padding (zeros)" if scene.conv else "beyond the map (not counted)", "rgba(140,140,140,0.18)", muted, "dot"),
        area([scene.map], "input map", palette.clear(_INK["map"], 0.45), _INK["map"]),
        area(list(scene.unread), "read by no window", "rgba(179,38,30,0.5)", palette.LINK["projection"][theme]),
        area(list(scene.taps), "", palette.clear(_INK["window"], 0.6), _INK["window"]),
        area([scene.window], "window", palette.clear(_INK["window"], 0.25), _INK["window"], width=2.5),
        *(
            area([rect for rect, what in scene.close if what == kind], name, _INK[ink], palette.PAPER[theme])
            for kind, ink, name in (
                ("gap", "gap", ""),
                ("padding", "padding", ""),
                ("tap", "window", ""),
                ("dead", "dead", "weights that only ever meet padding"),
            )
        ),
        area([scene.output], "output map", palette.clear(_INK["output"], 0.45), _INK["output"]),
        lines(scene.grids, "rgba(120,130,140,0.45)", 0.6),
        area([scene.filled], "", palette.INK[theme], palette.INK[theme]),
        lines(scene.arrows, muted, 1.6),
        {
            "type": "scatter", "mode": "markers", "hoverinfo": "skip", "showlegend": False,
            "x": [end[0] for _, end in scene.arrows], "y": [end[1] for _, end in scene.arrows],
            "marker": {"symbol": "arrow", "size": 9, "angle": 90, "color": muted},
        },
        {"type": "scatter", "x": [], "y": [], "name": contract.TRACES.selected, "showlegend": False, "hoverinfo": "skip"},
        {"type": "bar", "x": [], "y": [], "customdata": [], "hovertext": [], "name": contract.TRACES.hits, "showlegend": False},
    ]  # fmt: skip
    return frame(traces, scene.bounds, scene.labels, theme, place.text, _alt(scene))


def frame(
    traces: list[dict[str, Any]], bounds: Rect, labels: tuple[Label, ...], theme: str, view: str, alt: str
) -> dict[str, Any]:
    """A figure around traces whose cells are square; a page's zoom is kept while ``view`` stays."""
    left, bottom, right, top = bounds
    look = {
        "width": right - left,
        "height": top - bottom + 46,
        "margin": {"l": 0, "r": 0, "t": 4, "b": 42},
        "xaxis": {"range": [left, right], "visible": False},
        # cells are square, whatever the width of the page
        "yaxis": {"range": [bottom, top], "visible": False, "scaleanchor": "x"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": 12, "color": palette.INK[theme], "family": palette.FONTS},
        "hoverlabel": palette.hover(theme),
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": palette.MUTED[theme], "activecolor": palette.INK[theme]},
        "dragmode": "pan",
        "barmode": "overlay",
        "legend": {"orientation": "h", "y": 0, "yanchor": "top", "x": 0, "itemclick": False, "itemdoubleclick": False},
        "uirevision": view,
        "meta": contract.meta(alt),
        "annotations": [
            {
                "x": round(label.x, 1), "y": round(label.y, 1), "showarrow": False, "xanchor": "center", "yanchor": "top", "borderpad": 0,
                "text": "<br>".join(f"<b>{line}</b>" if label.strong and i == 0 else line for i, line in enumerate(label.lines)),
                "font": {"size": 12, "color": palette.INK[theme]},
            }
            for label in labels
        ],
    }  # fmt: skip
    return {
        # what the script looks for is there even where it is empty
        "data": [
            trace
            for trace in traces
            if trace.get("x") or trace.get("name") in (contract.TRACES.hits, contract.TRACES.selected)
        ],
        "layout": look,
    }


def area(rects: list[Rect], name: str, fill: str, line: str, dash: str = "solid", width: float = 1.2) -> dict[str, Any]:
    """A filled trace of rectangles; without a name it is not in the legend."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for left, bottom, right, top in rects:
        xs += [round(x, 1) for x in (left, right, right, left, left)] + [None]
        ys += [round(y, 1) for y in (bottom, bottom, top, top, bottom)] + [None]
    return {
        "type": "scatter", "x": xs, "y": ys, "mode": "lines", "fill": "toself", "fillcolor": fill, "hoverinfo": "skip",
        "line": {"color": line, "width": width, "dash": dash}, "name": name, "showlegend": bool(name),
    }  # fmt: skip


def lines(
    pieces: tuple[tuple[tuple[float, float], tuple[float, float]], ...], colour: str, width: float
) -> dict[str, Any]:
    """A trace of straight lines."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for start, end in pieces:
        xs += [round(start[0], 1), round(end[0], 1), None]
        ys += [round(start[1], 1), round(end[1], 1), None]
    return {
        "type": "scatter", "x": xs, "y": ys, "mode": "lines", "line": {"color": colour, "width": width},
        "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip


def _alt(scene: WindowScene) -> str:
    panels = "; ".join(", ".join(label.lines) for label in scene.labels[:3])
    return f"operation level, {scene.title}. {panels}."
