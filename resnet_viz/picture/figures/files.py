"""A picture as a file: SVG, PNG and PDF by way of a browser without a window, or one HTML file that needs nothing else."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from ...errors import InputError
from ...extras import require
from . import palette

FORMATS = ("svg", "png", "pdf", "html")
SIZES = ("page", "slide")
_FOOT = 26.0  # px for the line that says what is shown


def picture(figure: dict[str, Any], form: str, about: str, *, theme: str = "light", size: str = "page") -> bytes:
    """The file's content of ``figure`` (of ``describe``) in a form of :data:`FORMATS`; ``about`` is a line at its foot.

    ``size`` "page" keeps the picture's own proportions, "slide" makes it 16:9. Raises :class:`InputError` for an
    unknown form or size, and where there is no Chrome or Chromium to draw with; :class:`MissingPackageError` where
    kaleido is absent, which all forms but html need.
    """
    if form not in FORMATS:
        raise InputError("format", form, "must be one of " + ", ".join(FORMATS), "use 'svg'")
    if size not in SIZES:
        raise InputError("size", size, "must be one of " + ", ".join(SIZES), "use 'page'")
    if form != "html":
        require("kaleido", f"a picture as .{form}")
    made = _framed(figure, about, theme, size)
    if form == "html":
        config = {"displaylogo": False, "showSendToCloud": False, "responsive": False}
        return made.to_html(include_plotlyjs=True, config=config).encode()
    try:
        # a page of paper and a slide are both read well at twice the screen's points
        return made.to_image(format=form, scale=2 if form == "png" else 1)
    except (RuntimeError, ValueError) as error:
        raise InputError(
            "format",
            form,
            f"needs Chrome or Chromium to be drawn ({type(error).__name__})",
            "install chromium, or write .html, which needs none",
        ) from error


def _framed(figure: dict[str, Any], about: str, theme: str, size: str) -> go.Figure:
    """The figure on an opaque ground, with a line at its foot, in the proportions asked for."""
    layout = figure["layout"]
    if "xaxis" not in layout:  # a solid picture: its room has no edges to move
        width, height = (1280, 720) if size == "slide" else (1000, 560)
        note = {"text": about, "xref": "paper", "yref": "paper", "x": 0.01, "y": 0.01, "xanchor": "left", "showarrow": False, "font": {"size": 11, "color": palette.MUTED[theme]}}  # fmt: skip
        framed = {
            **layout,
            "width": width,
            "height": height,
            "paper_bgcolor": palette.PAPER[theme],
            "annotations": [note],
        }
        return go.Figure({"data": figure["data"], "layout": framed})
    (left, right), (bottom, top) = layout["xaxis"]["range"], layout["yaxis"]["range"]
    width, height = layout["width"], layout["height"] + _FOOT
    if size == "slide":
        width, height = max(width, height * 16 / 9), max(height, width * 9 / 16)
    legend = layout["margin"]["b"]
    more_x, more_y = width - layout["width"], height - _FOOT - layout["height"]
    note = {
        "text": about, "xref": "paper", "yref": "paper", "x": 0, "y": 0, "xshift": 8, "yshift": -legend - 2, "xanchor": "left", "yanchor": "top",
        "showarrow": False, "font": {"size": 11, "color": palette.MUTED[theme], "family": palette.FONTS},
    }  # fmt: skip
    framed = {
        **layout,
        "width": width,
        "height": height,
        "margin": {"l": 0, "r": 0, "t": 4, "b": legend + _FOOT},
        "xaxis": {**layout["xaxis"], "range": [left - more_x / 2, right + more_x / 2]},
        "yaxis": {**layout["yaxis"], "range": [bottom - more_y / 2, top + more_y / 2]},
        "paper_bgcolor": palette.PAPER[theme],
        "annotations": [*layout["annotations"], note],
    }
    return go.Figure({"data": figure["data"], "layout": framed})
