"""One filter of a conv unfolded: a window of weights for each input channel, all summed to one number of one map."""

from __future__ import annotations

from typing import Any

from ...steps import Conv, Trace
from ...wording import plural
from ..layout import Label
from ..layout.window import Rect
from . import palette
from .window import area, frame, lines

TITLE = "One filter, unfolded"
QUESTION = "How many maps does a filter make?"
_CELL, _MOST, _MAPS = 11.0, 4, 5  # px of a weight, panels, maps that are drawn of many
_INPUT = ("#D55E00", "#009E73", "#0072B2", "#CC79A7")


def describe_unfolded(trace: Trace, name: str, *, theme: str = "light") -> dict[str, Any]:
    """The filter of the conv ``name`` as a panel for each input channel, the sum, and the stack of maps."""
    step = trace.step(name)
    op = step.op
    assert isinstance(op, Conv)
    rows, columns = min(op.kernel[0], 11), min(op.kernel[1], 11)
    channels, filters = step.inputs[0][1] // op.groups, step.output[1]
    shown = min(channels, _MOST)
    width, height = columns * _CELL, rows * _CELL
    side = 110.0  # px of an output map
    middle = -(18 + max(height, side) / 2)
    traces: list[dict[str, Any]] = []
    labels: list[Label] = []
    grids: list[tuple[tuple[float, float], tuple[float, float]]] = []
    x = 0.0
    ink = palette.INK[theme]
    for panel in range(shown):
        low = middle - height / 2
        rect: Rect = (x, low, x + width, low + height)
        traces.append(area([rect], "", palette.clear(_INPUT[panel], 0.55), _INPUT[panel]))
        grids += [((x + i * _CELL, low), (x + i * _CELL, low + height)) for i in range(1, columns)]
        grids += [((x, low + i * _CELL), (x + width, low + i * _CELL)) for i in range(1, rows)]
        room = max(width, 78.0)
        labels.append(Label(x + width / 2, low - 8, (f"channel {panel + 1}", f"{op.kernel[0]}×{op.kernel[1]}")))
        x += width
        if panel + 1 < shown:
            labels.append(Label(x + (room - width) + 16, middle + 9, ("+",), strong=True))
            x += (room - width) + 32
    if channels > shown:
        labels.append(Label(x + 62, middle + 9, (f"+ … {channels - shown} more",)))
        x += 124
    arrow = ((x + 16, middle), (x + 116, middle))
    labels.append(Label(x + 66, middle + 34, ("all added up:", "one number")))
    x += 140
    drawn = min(filters, _MAPS)
    maps: list[Rect] = [
        (x + 16 * i, middle - side / 2 + 9 * i, x + 16 * i + side, middle + side / 2 + 9 * i)
        for i in reversed(range(drawn))
    ]
    traces += [
        area([rect], "", palette.clear("#009E73", 0.25) if i + 1 < drawn else palette.clear("#009E73", 0.6), "#009E73")
        for i, rect in enumerate(maps)
    ]
    traces.append(area([(x + side / 2 - 4, middle - 4, x + side / 2 + 4, middle + 4)], "", ink, ink))
    under = middle - side / 2 - 8
    labels.append(Label(x + side / 2 + 20, under, ("this filter's map;", "another filter, another map")))
    traces += [lines(tuple(grids), palette.PAPER[theme], 1.0), lines((arrow,), ink, 1.6)]
    traces.append({
        "type": "scatter", "mode": "markers", "hoverinfo": "skip", "showlegend": False, "x": [arrow[1][0]], "y": [middle],
        "marker": {"symbol": "arrow", "size": 10, "angle": 90, "color": ink},
    })  # fmt: skip
    more = f" and {plural(channels - shown, 'channel')} more" if channels > shown else ""
    alt = (
        f"One filter of {name}: {plural(shown, 'window')} of {op.kernel[0]}×{op.kernel[1]} weights, one for each input channel{more}, "
        "all multiplied and added up to one number, a cell of this filter's map."
    )
    bounds = (
        min(0.0, *(label.rect[0] for label in labels)) - 12, min(label.rect[1] for label in labels) - 8,
        max(x + side + 16 * drawn, *(label.rect[2] for label in labels)) + 12, max(middle + side / 2 + 9 * drawn, *(label.rect[3] for label in labels)) + 8,
    )  # fmt: skip
    return frame(traces, bounds, tuple(labels), theme, f"unfolded {name}", alt)
