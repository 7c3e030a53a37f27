"""One conv or pool taken apart: where its window stands, what it reads, and the cell that it fills."""

from __future__ import annotations

from math import ceil
from typing import Any

from ...steps import AvgPool, BlurPool, Conv, Step, Trace
from ...why.example import Example, example
from ..layout import PLAIN, Label, Look, Place, contract
from ..layout.numbers import Numbers, place_numbers
from ..layout.scene import CHAR
from ..layout.single import numbered_names, single_scene
from ..layout.window import Rect, WindowScene, operation_names, window_scene
from . import palette

TITLE = "One operation"
QUESTION = "Which input cells make this output cell, and how?"
_INK = {
    "map": "#56B4E9",
    "window": "#D55E00",
    "output": "#009E73",
    "kernel": palette.base("kernel"),
    "dead": "#CC79A7",
    "unread": palette.LINK["projection"]["light"],
}
# opaque and pale, the same in both themes and at every size: dark numbers are read on them, and the legend shows them
_FILL = {
    **{name: palette.shade(colour, "#ffffff", 0.45) for name, colour in _INK.items()},
    "made": palette.shade(_INK["output"], "#ffffff", 0.15),
    "padding": "#c9cdd2",
    "gap": "#e4e8ec",
    "product": "#ffffff",
}
_KEY, _ROW = 42.0, 19.0  # px of a legend's sign, and of its rows
_NARROWEST = 0.87  # of its own width a picture is at least drawn in a page
# what a cell's number is, as what it is drawn
_KINDS = {"input": "window", "map": "map", "padding": "padding", "beyond": "padding", "weight": "kernel", "dead": "dead", "product": "product", "output": "output"}  # fmt: skip


def describe_window(
    trace: Trace, place: Place, look: Look = PLAIN, *, hide: frozenset[int] = frozenset(), worked: bool = True
) -> dict[str, Any]:
    """The figure as plain data: the padded input with the window, the window close up, the output; and an example's
    numbers under them where they are to be ``worked``, and ``hide`` asks for no size that they would tell.
    """
    scene, theme = _scene(trace, place, hide), look.theme
    step = trace.steps[scene.step]
    wanted = worked and place.channel is not None and hide.isdisjoint((step.index, *step.reads))
    told = example(step, scene.cell, place.channel or 0) if wanted else None
    numbers = place_numbers(told, 0.0, scene.bounds[1] - 14) if told else None
    traces = [*_maps(scene, _border(step), theme), *(_numbers(numbers, theme) if numbers else [])]
    traces += [
        {"type": "scatter", "x": [], "y": [], "name": contract.TRACES.selected, "showlegend": False, "hoverinfo": "skip"},
        {"type": "bar", "x": [], "y": [], "customdata": [], "hovertext": [], "name": contract.TRACES.hits, "showlegend": False},
    ]  # fmt: skip
    left, bottom, right, top = scene.bounds
    if numbers:
        bottom, right = numbers.bounds[1] - 6, max(right, numbers.bounds[2] + 12)
    labels = (*scene.labels, *(numbers.labels if numbers else ()))
    return frame(traces, (left, bottom, right, top), labels, theme, place.text, _alt(scene, told))


def _scene(trace: Trace, place: Place, hide: frozenset[int]) -> WindowScene:
    """A window's scene; of a norm, a ReLU, an addition or a linear layer its own."""
    cell = place.cell or (0, 0)
    if place.focus in numbered_names(trace) and place.focus not in operation_names(trace):
        return single_scene(trace, place.focus, cell, hide)
    return window_scene(trace, place.focus, cell, hide)


def _border(step: Step) -> str:
    """What lies around the map."""
    if isinstance(step.op, BlurPool):
        return "border (the map mirrored)"
    # PyTorch's average counts its padding unless it is told otherwise
    zeros = isinstance(step.op, Conv) or (isinstance(step.op, AvgPool) and max(step.op.padding) > 0)
    return "padding (zeros)" if zeros else "beyond the map (not counted)"


def _maps(scene: WindowScene, border_name: str, theme: str) -> list[dict[str, Any]]:
    """Where the cells are: the input, the window, the close-up, the output."""
    muted, ink, paper = palette.MUTED[theme], palette.INK[theme], palette.PAPER[theme]
    # a tap on the padding reads a zero, and is drawn as one
    read = [rect for rect in scene.taps if _within(rect, scene.map)] if scene.taps else [scene.window]
    border = [scene.padded] if scene.padded != scene.map else []
    return [
        area(border, border_name, _FILL["padding"], muted, "dot"),
        area([scene.map], "input map", _FILL["map"], _INK["map"]),
        area(list(scene.unread), "read by no window", _FILL["unread"], _INK["unread"]),
        area(read, "window", _FILL["window"], _INK["window"]),
        area([scene.window], "", "rgba(0,0,0,0)", _INK["window"], width=2.5),
        *(
            area([rect for rect, what in scene.close if what == kind], name, _FILL[fill], paper)
            for kind, fill, name in (
                ("gap", "gap", "skipped by the dilation"),
                ("padding", "padding", ""),
                ("tap", "window", ""),
                ("dead", "dead", "weights that only ever meet padding"),
            )
        ),
        area([scene.output], "output map", _FILL["output"], _INK["output"]),
        lines(scene.grids, "rgba(120,130,140,0.45)", 0.6),
        area([scene.filled], "the cell that is made", _FILL["made"], ink, width=2),
        lines(scene.arrows, muted, 1.6),
        {
            "type": "scatter", "mode": "markers", "hoverinfo": "skip", "showlegend": False,
            "x": [end[0] for _, end in scene.arrows], "y": [end[1] for _, end in scene.arrows],
            "marker": {"symbol": "arrow", "size": 9, "angle": 90, "color": muted},
        },
    ]  # fmt: skip


def _within(rect: Rect, outer: Rect) -> bool:
    """Whether the middle of a cell lies in a map."""
    x, y = (rect[0] + rect[2]) / 2, (rect[1] + rect[3]) / 2
    return outer[0] < x < outer[2] and outer[1] < y < outer[3]


def _numbers(numbers: Numbers, theme: str) -> list[dict[str, Any]]:
    """Cells with their numbers, in the colours of the maps over them."""
    muted = palette.MUTED["light"]
    made: dict[str, list[Rect]] = {}
    for cell in numbers.cells:
        fill = _KINDS[cell.kind]
        made.setdefault("made" if fill == "output" and cell.marked else fill, []).append(cell.rect)
    marked = [cell.rect for cell in numbers.cells if cell.marked]
    return [
        *(
            area(rects, "kernel" if fill == "kernel" else "", _FILL[fill], muted, width=0.6)
            for fill, rects in made.items()
        ),
        area(marked, "", "rgba(0,0,0,0)", palette.INK[theme], width=2.5),
        _texts([(*_middle(cell.rect), cell.text) for cell in numbers.cells], palette.INK["light"], 12),
        _texts(list(numbers.names), palette.INK[theme], 12),
        _texts(list(numbers.signs), palette.INK[theme], 18),
    ]


def _middle(rect: Rect) -> tuple[float, float]:
    return (rect[0] + rect[2]) / 2, (rect[1] + rect[3]) / 2


def _texts(placed: list[tuple[float, float, str]], colour: str, size: int) -> dict[str, Any]:
    """Short texts around points, as one trace: an annotation each would be slow."""
    return {
        "type": "scatter", "mode": "text", "hoverinfo": "skip", "showlegend": False,
        "x": [round(x, 1) for x, _, _ in placed], "y": [round(y, 1) for _, y, _ in placed],
        "text": [text for _, _, text in placed], "textfont": {"size": size, "color": colour},
    }  # fmt: skip


def frame(
    traces: list[dict[str, Any]], bounds: Rect, labels: tuple[Label, ...], theme: str, view: str, alt: str
) -> dict[str, Any]:
    """A figure around traces whose cells are square; a page's zoom is kept while ``view`` stays."""
    left, bottom, right, top = bounds
    foot = _legend_room(traces, right - left)
    look = {
        "width": right - left,
        "height": top - bottom + 4 + foot,
        "margin": {"l": 0, "r": 0, "t": 4, "b": foot},
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


def _legend_room(traces: list[dict[str, Any]], width: float) -> float:
    """px under a picture for its legend, which stands in columns as wide as the widest entry, also on a narrow page."""
    names = [
        trace["name"] for trace in traces if trace.get("x") and trace.get("name") and trace.get("showlegend", True)
    ]
    column = max((_KEY + CHAR * len(name) for name in names), default=1.0)
    rows = ceil(len(names) / max(1, int(_NARROWEST * width / column)))
    return max(42.0, 4.0 + _ROW * rows)


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


def _alt(scene: WindowScene, told: Example | None) -> str:
    panels = "; ".join(", ".join(label.lines) for label in scene.labels if label.strong)
    numbers = f" In numbers, an example's: {told.head}: {', '.join(told.lines)}." if told else ""
    return f"operation level, {scene.title}. {panels}.{numbers}"
