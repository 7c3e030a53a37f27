"""A picture as a file: SVG, PNG and PDF by way of a browser without a window, or one HTML file that needs nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from ..errors import InputError
from ..extras import require
from . import palette

FORMATS = ("svg", "png", "pdf", "html")
SIZES = ("page", "slide")
_FOOT = 26.0  # px for the line that says what is shown


def write_picture(
    figure: dict[str, Any], path: str | Path, about: str, *, theme: str = "light", size: str = "page"
) -> None:
    """Write ``figure`` (of ``describe``) to ``path``; the suffix is the format, ``about`` a line at its foot.

    ``size`` "page" keeps the picture's own proportions, "slide" makes it 16:9. Raises :class:`InputError` for an
    unknown suffix, for a place that cannot be written, and where there is no Chrome or Chromium to draw with;
    :class:`MissingPackageError` where kaleido is absent, which all but .html need.
    """
    path = Path(path)
    suffix = path.suffix.removeprefix(".").lower()
    if suffix not in FORMATS:
        raise InputError("output", str(path), "must end in ." + ", .".join(FORMATS), "write e.g. -o resnet34.svg")
    if size not in SIZES:
        raise InputError("size", size, "must be one of " + ", ".join(SIZES), "use 'page'")
    if suffix != "html":
        require("kaleido", f"a picture as .{suffix}")
    made = _framed(figure, about, theme, size)
    try:
        if suffix == "html":
            text = made.to_html(
                include_plotlyjs=True, config={"displaylogo": False, "showSendToCloud": False, "responsive": False}
            )
            path.write_text(text, encoding="utf-8")
        else:
            # a page of paper and a slide are both read well at twice the screen's points
            made.write_image(path, format=suffix, scale=2 if suffix == "png" else 1)
    except OSError as error:
        raise InputError(
            "output", str(path), f"cannot be written ({error.strerror})", "name a file in a folder that exists"
        ) from None
    except (RuntimeError, ValueError) as error:
        raise InputError(
            "output",
            str(path),
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
    more_x, more_y = width - layout["width"], height - _FOOT - layout["height"]
    note = {
        "text": about, "xref": "paper", "yref": "paper", "x": 0, "y": 0, "xshift": 8, "yshift": -44, "xanchor": "left", "yanchor": "top",
        "showarrow": False, "font": {"size": 11, "color": palette.MUTED[theme], "family": palette.FONTS},
    }  # fmt: skip
    framed = {
        **layout,
        "width": width,
        "height": height,
        "margin": {"l": 0, "r": 0, "t": 4, "b": 42 + _FOOT},
        "xaxis": {**layout["xaxis"], "range": [left - more_x / 2, right + more_x / 2]},
        "yaxis": {**layout["yaxis"], "range": [bottom - more_y / 2, top + more_y / 2]},
        "paper_bgcolor": palette.PAPER[theme],
        "annotations": [*layout["annotations"], note],
    }
    return go.Figure({"data": figure["data"], "layout": framed})
