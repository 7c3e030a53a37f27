"""Small figures of the lessons: bars of two steps, sizes as curves, the cells that a step reads."""

from __future__ import annotations

from typing import Any

from ...advise.comparing import ratio_text
from ...steps import AvgPool, BlurPool, Conv, Pad, Trace
from ..layout import contract
from . import palette
from .pair import SIDES

TITLE = "One claim"
QUESTION = "What does this one claim look like?"
MOST_CELLS = 64  # of a grid's side; of a larger map its corner is shown


def _frame(theme: str, alt: str, width: float = 760, height: float = 300) -> dict[str, Any]:
    return {
        "width": width, "height": height, "uirevision": alt[:40], "margin": {"l": 56, "r": 16, "t": 34, "b": 76},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": 13, "color": palette.INK[theme], "family": palette.FONTS}, "annotations": [], "hoverlabel": palette.hover(theme),
        "legend": {"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0, "itemclick": False, "itemdoubleclick": False},
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": palette.MUTED[theme], "activecolor": palette.INK[theme]},
        "meta": contract.meta(alt),
    }  # fmt: skip


def describe_bars(
    bars: tuple[tuple[str, tuple[tuple[str, float], ...]], ...], *, theme: str = "light"
) -> dict[str, Any]:
    """A panel for each quantity, one under the other, with two bars that lie, and the second's ratio to the first over them.

    A number stands at the end of its bar, where there is room for it at any width.
    """
    told = "; ".join(f"{title}: " + ", ".join(f"{name} {value:,.0f}" for name, value in pair) for title, pair in bars)
    look = _frame(theme, f"Bars. {told}.", 390, 110 * len(bars) + 60)
    look["barmode"], look["margin"] = "group", {"l": 8, "r": 8, "t": 8, "b": 46}
    look["legend"] |= {"y": 0, "traceorder": "normal"}
    data: list[dict[str, Any]] = []
    for number, (title, pair) in enumerate(bars):
        axis = "" if number == 0 else str(number + 1)
        for side, (name, value) in enumerate(pair):
            data.append({
                "type": "bar", "orientation": "h", "y": [side], "x": [value], "name": name, "legendgroup": name, "showlegend": number == 0,
                "width": 0.8, "marker": {"color": SIDES[side % 2], "pattern": {"shape": "/" if side else ""}}, "text": [f"{value:,.0f}"],
                "textposition": "outside", "constraintext": "none", "cliponaxis": False, "xaxis": f"x{axis}", "yaxis": f"y{axis}", "hoverinfo": "skip",
            })  # fmt: skip
        top, bottom = 1 - number / len(bars), 1 - (number + 0.72) / len(bars)
        most = max(value for _, value in pair)
        look[f"xaxis{axis}"] = {"visible": False, "range": [0, most * 1.5], "anchor": f"y{axis}", "fixedrange": True}
        look[f"yaxis{axis}"] = {
            "domain": [bottom, top - 0.25 / len(bars)], "visible": False, "range": [1.5, -0.5], "anchor": f"x{axis}", "fixedrange": True,
        }  # fmt: skip
        ratio = ratio_text(pair[0][1], pair[1][1]).replace("=", "equal")
        look["annotations"].append({
            "text": f"<b>{title}: {ratio}</b>", "xref": "paper", "yref": "paper", "x": 0, "y": top, "xanchor": "left",
            "yanchor": "top", "showarrow": False,
        })  # fmt: skip
    return {"data": data, "layout": look}


def describe_curves(
    curves: tuple[tuple[str, tuple[int, ...]], ...], at: int, *, theme: str = "light"
) -> dict[str, Any]:
    """Output side against input side, a line a reduction; ``at`` is the side that is marked."""
    told = "; ".join(f"{name}: {values[at - 1]}" for name, values in curves)
    look = _frame(theme, f"Output side against input side. At {at}: {told}.", 360, 390)
    grid = {"gridcolor": "rgba(128,128,128,0.25)", "zeroline": False, "fixedrange": True}
    near = (max(1, at - 12), at + 12)
    ys = [values[min(side, len(values)) - 1] for _, values in curves for side in near]
    look["xaxis"] = {"title": {"text": "side that comes in"}, "range": [near[0] - 0.5, near[1] + 0.5], **grid}
    look["yaxis"] = {"title": {"text": "side that goes out"}, "range": [min(ys) - 1, max(ys) + 1], **grid}
    look["legend"]["y"] = -0.36
    look["margin"]["b"] = 130
    styles = ((9, SIDES[1], "solid"), (2.5, SIDES[0], "solid"), (2.5, palette.LINK["projection"][theme], "dot"))
    data: list[dict[str, Any]] = []
    for (name, values), (width, colour, dash) in zip(curves, styles, strict=True):
        data.append({
            "type": "scatter", "mode": "lines", "name": name, "x": list(range(1, len(values) + 1)), "y": list(values),
            "line": {"width": width, "color": colour, "dash": dash, "shape": "hvh"}, "hovertemplate": "%{x} → %{y}<extra></extra>",
        })  # fmt: skip
    data.append({
        "type": "scatter", "mode": "lines", "x": [at, at], "y": look["yaxis"]["range"], "hoverinfo": "skip", "showlegend": False,
        "line": {"width": 1.5, "color": palette.MUTED[theme], "dash": "dash"},
    })  # fmt: skip
    return {"data": data, "layout": look}


def describe_reads(trace: Trace, name: str, *, theme: str = "light") -> dict[str, Any]:
    """The cells of its input that the step ``name`` reads, for a step whose window is one cell or a pool."""
    step = trace.step(name)
    op = step.op
    assert isinstance(op, Conv | Pad | AvgPool | BlurPool)
    (height, width), every = step.inputs[0][2:], isinstance(op, AvgPool | BlurPool)
    rows, columns = min(height, MOST_CELLS), min(width, MOST_CELLS)
    read = [
        [1 if every or (i % op.stride[0] == 0 and j % op.stride[1] == 0) else 0 for j in range(columns)]
        for i in range(rows)
    ]
    count = height * width if every else step.output[2] * step.output[3]
    corner = f", of which the corner of {rows}×{columns} is shown" if (rows, columns) != (height, width) else ""
    look = _frame(
        theme, f"{name} reads {count:,} of {height * width:,} cells of a {height}×{width} map{corner}.", 400, 440
    )
    look["margin"] = {"l": 8, "r": 8, "t": 8, "b": 46}
    look["legend"]["y"] = 0
    look["xaxis"] = {"visible": False, "fixedrange": True, "constrain": "domain", "range": [-0.5, columns - 0.5]}
    look["yaxis"] = {
        "visible": False,
        "fixedrange": True,
        "scaleanchor": "x",
        "range": [rows - 0.5, -0.5],
        "constrain": "domain",
    }
    pale = "rgba(128,128,128,0.22)"
    data: list[dict[str, Any]] = [
        {
            "type": "heatmap", "z": read, "zmin": 0, "zmax": 1, "colorscale": [[0, pale], [1, SIDES[0]]], "showscale": False, "xgap": 1, "ygap": 1,
            "hovertemplate": "row %{y}, column %{x}<extra></extra>",
        },
        *(
            {"type": "scatter", "mode": "markers", "x": [None], "y": [None], "name": words, "marker": {"symbol": "square", "size": 12, "color": colour}}
            for words, colour in ((f"read: {count:,}", SIDES[0]), (f"not read: {height * width - count:,}", pale))
        ),
    ]  # fmt: skip
    return {"data": data, "layout": look}
