"""Plain networks and ResNets of one depth beside each other: how they learnt, and the gradient's size at each layer."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any

from ..layout import contract
from . import palette
from .pair import SIDES

_SEEDS = ("solid", "dot", "dash")


def describe_training(
    curves: Sequence[tuple[int, bool, int, Sequence[float]]], guessing: float, *, theme: str = "light"
) -> dict[str, Any]:
    """Training accuracy after each epoch, a panel a depth; ``curves`` are depth, whether residual, seed, and the values."""
    depths = sorted({depth for depth, *_ in curves})
    seeds = sorted({seed for _, _, seed, _ in curves})
    told = "; ".join(
        f"{depth} layers, {'residual' if residual else 'plain'}, seed {seed}: {values[-1]:.0%} at the end"
        for depth, residual, seed, values in curves
    )
    look = _frame(theme, f"Training accuracy after each epoch. {told}.", 130)
    data: list[dict[str, Any]] = []
    for number, depth in enumerate(depths):
        axis = str(number + 1) if number else ""
        left, right = (number + 0.06 * (number > 0)) / len(depths), (number + 1) / len(depths) - 0.01
        epochs = max(len(values) for at, _, _, values in curves if at == depth)
        look[f"xaxis{axis}"] = {**_axis(theme), "domain": [left, right], "anchor": f"y{axis}", "range": [0, epochs + 1], "title": {"text": "epoch", "standoff": 4}, "nticks": 5}  # fmt: skip
        look[f"yaxis{axis}"] = {**_axis(theme), "range": [0, 1], "tickformat": ".0%", "anchor": f"x{axis}", "showticklabels": number == 0}  # fmt: skip
        look["annotations"].append(_over(f"<b>{depth} layers</b>", (left + right) / 2))
        data.append({
            "type": "scatter", "mode": "lines", "x": [0, epochs + 1], "y": [guessing, guessing], "name": "by guessing", "xaxis": f"x{axis}", "yaxis": f"y{axis}",
            "line": {"color": palette.MUTED[theme], "width": 1, "dash": "dash"}, "hoverinfo": "skip", "showlegend": number == 0,
        })  # fmt: skip
        for at, residual, seed, values in curves:
            if at == depth:
                name = "residual" if residual else "plain"
                data.append({
                    "type": "scatter", "mode": "lines", "x": list(range(1, len(values) + 1)), "y": list(values), "xaxis": f"x{axis}", "yaxis": f"y{axis}",
                    "line": {"color": SIDES[0 if residual else 1], "width": 2.5, "dash": _SEEDS[seeds.index(seed) % len(_SEEDS)]},
                    "name": f"{name}, seed {seed}", "showlegend": number == 0, "legendgroup": f"{name} {seed}",
                    "hovertemplate": f"{name}, {depth} layers, seed {seed}, epoch %{{x}}: %{{y:.1%}}<extra></extra>",
                })  # fmt: skip
    return {"data": data, "layout": look}


def describe_starts(
    layers: Sequence[str], plain: Sequence[float], residual: Sequence[float], *, theme: str = "light"
) -> dict[str, Any]:
    """The gradient's size over the weights of each of ``layers``, from the first, on a scale of powers of ten."""
    alt = f"The gradient's size at {layers[0]}: plain {plain[0]:.2g}, residual {residual[0]:.2g}; at {layers[-1]}: {plain[-1]:.2g}, {residual[-1]:.2g}."
    look = _frame(theme, alt, 84)
    least, most = (of(value for value in (*plain, *residual) if value > 0) for of in (min, max))
    look["xaxis"] = {
        **_axis(theme),
        "range": [0, len(layers) + 1],
        "title": {"text": "layer, from the image on", "standoff": 4},
    }
    look["yaxis"] = {**_axis(theme), "type": "log", "dtick": 1, "range": [floor(log10(least)), ceil(log10(most))], "title": {"text": "gradient's size"}, "exponentformat": "power"}  # fmt: skip
    data = [
        {
            "type": "scatter", "mode": "lines+markers", "x": list(range(1, len(layers) + 1)), "y": list(values), "name": name, "text": list(layers),
            "line": {"color": SIDES[side], "width": 2.5}, "marker": {"color": SIDES[side], "size": 6, "symbol": ("circle", "diamond")[side]},
            "hovertemplate": f"{name}, %{{text}}: %{{y:.3g}}<extra></extra>",
        }
        for side, (name, values) in enumerate((("residual", residual), ("plain", plain)))
    ]  # fmt: skip
    return {"data": data, "layout": look}


def _axis(theme: str) -> dict[str, Any]:
    return {"gridcolor": palette.GRID[theme], "color": palette.INK[theme], "zeroline": False, "fixedrange": True}


def _over(text: str, x: float) -> dict[str, Any]:
    return {"text": text, "xref": "paper", "yref": "paper", "x": x, "y": 1.02, "xanchor": "center", "yanchor": "bottom", "showarrow": False}  # fmt: skip


def _frame(theme: str, alt: str, below: int) -> dict[str, Any]:
    return {
        "width": 400, "height": 220 + below, "uirevision": alt[:40], "margin": {"l": 62, "r": 12, "t": 30, "b": below}, "annotations": [],
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "hoverlabel": palette.hover(theme),
        "font": {"size": 13, "color": palette.INK[theme], "family": palette.FONTS},
        "legend": {"orientation": "h", "y": -0.26, "yanchor": "top", "x": 0, "itemclick": False, "itemdoubleclick": False},
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": palette.MUTED[theme], "activecolor": palette.INK[theme]},
        "meta": contract.meta(alt),
    }  # fmt: skip
