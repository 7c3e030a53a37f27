"""What each block's residual is and does, over the depth of a network: its size against the shortcut, and what is lost without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import palette


def describe_shares(shares: Sequence[tuple[str, float | None]], chosen: str | None, theme: str) -> dict[str, Any]:
    """The figure of blocks' names and ratios, None where there is none to tell; the ``chosen`` block's point is larger."""
    ink, grid = palette.INK[theme], palette.GRID[theme]
    names = [name for name, _ in shares]
    values = [value for _, value in shares]
    told = [value for value in values if value is not None]
    end = max([1.0, *told]) * 1.08
    colour = palette.LINK["projection"][theme]
    return {
        "data": [
            {
                "type": "scatter", "x": names, "y": values, "mode": "lines+markers", "cliponaxis": False,
                "line": {"color": colour, "width": 2},
                "marker": {"color": colour, "size": [13 if name == chosen else 8 for name in names]},
                "hovertemplate": "%{x}: the residual is %{y:.3g} times the shortcut<extra></extra>",
            }
        ],
        "layout": {
            "height": 250, "margin": {"l": 52, "r": 16, "t": 12, "b": 40}, "showlegend": False,
            "font": {"family": palette.FONTS, "size": 13, "color": ink}, "paper_bgcolor": palette.PAPER[theme], "plot_bgcolor": palette.PAPER[theme],
            "xaxis": {"type": "category", "showgrid": False, "color": ink, "automargin": True, "fixedrange": True},
            "yaxis": {"title": {"text": "‖F(x)‖ ÷ ‖shortcut‖"}, "range": [0, end], "gridcolor": grid, "zerolinecolor": ink, "color": ink, "fixedrange": True},
            "shapes": [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1, "y1": 1, "line": {"color": palette.MUTED[theme], "dash": "dot", "width": 1}}],
            "hoverlabel": palette.hover(theme),
        },
    }  # fmt: skip


def describe_left_out(
    without: Sequence[tuple[str, int]], whole: int, images: int, chosen: str | None, theme: str
) -> dict[str, Any]:
    """Bars of how many of ``images`` are right without each block's residual, against those of the ``whole`` network."""
    ink, grid = palette.INK[theme], palette.GRID[theme]
    names, colour = [name for name, _ in without], palette.KINDS["block"]
    return {
        "data": [
            {
                "type": "bar", "x": names, "y": [right for _, right in without], "text": [str(right) for _, right in without], "textposition": "inside", "insidetextfont": {"color": palette.ON_ACCENT},
                "marker": {"color": colour, "line": {"color": ink, "width": [2 if name == chosen else 0 for name in names]}},
                "hovertemplate": "without the residual of %{x}: %{y} of " + str(images) + " right<extra></extra>",
            }
        ],
        "layout": {
            "height": 250, "margin": {"l": 52, "r": 16, "t": 12, "b": 40}, "showlegend": False,
            "font": {"family": palette.FONTS, "size": 13, "color": ink}, "paper_bgcolor": palette.PAPER[theme], "plot_bgcolor": palette.PAPER[theme],
            "xaxis": {"type": "category", "showgrid": False, "color": ink, "automargin": True, "fixedrange": True},
            "yaxis": {"title": {"text": f"right of {images}"}, "range": [0, images], "gridcolor": grid, "zerolinecolor": ink, "color": ink, "fixedrange": True},
            "shapes": [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": whole, "y1": whole, "line": {"color": palette.MUTED[theme], "dash": "dot", "width": 1}}],
            "annotations": [{"text": f"whole: {whole}", "xref": "paper", "x": 1, "y": whole, "xanchor": "right", "yanchor": "bottom", "showarrow": False, "font": {"color": ink}}],
            "hoverlabel": palette.hover(theme),
        },
    }  # fmt: skip
