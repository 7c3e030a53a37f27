"""A picture as a file: SVG, PNG and PDF by way of a browser without a window, or one HTML file that needs nothing else."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from ...errors import InputError
from ...extras import require
from .. import layout as laid
from . import palette

FORMATS = ("svg", "png", "pdf", "html")
SIZES = ("page", "slide")
SLIDE = (1280, 720)  # px, or more where the picture is larger
READ_FROM_AFAR = 15.0  # px of the smallest words on a slide
_LARGEST = 2.0  # a small picture is not blown up to fill a slide
_PAD = 24.0  # px around the picture on a slide
_TITLE, _ABOUT, _LINE = 19.0, 12.0, 1.35  # px of the title, of what is below it, and lines apart


def picture(
    figure: dict[str, Any], form: str, title: str, about: str, *, theme: str = "light", size: str = "page"
) -> bytes:
    """The file's content of ``figure`` (of ``describe``) in a form of :data:`FORMATS`, framed as :func:`framed` does.

    Raises :class:`InputError` for an unknown form or size, and where there is no Chrome or Chromium to draw with;
    :class:`MissingPackageError` where kaleido is absent, which all forms but html need.
    """
    if form not in FORMATS:
        raise InputError("format", form, "must be one of " + ", ".join(FORMATS), "use 'svg'")
    if size not in SIZES:
        raise InputError("size", size, "must be one of " + ", ".join(SIZES), "use 'page'")
    if form != "html":
        require("kaleido", f"a picture as .{form}")
    made = go.Figure(framed(figure, title, about, theme=theme, size=size))
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


def framed(
    figure: dict[str, Any], title: str, about: str, *, theme: str = "light", size: str = "page"
) -> dict[str, Any]:
    """``figure`` with a title and, below it, ``about``, on an opaque ground, as plain data.

    ``size`` "page" keeps the picture's own proportions; "slide" makes it 16:9, at least :data:`SLIDE`, and all of it so
    large that no word has less than :data:`READ_FROM_AFAR` px.
    """
    layout = figure["layout"]
    flat = "xaxis" in layout  # a solid picture's room has no edges to move
    width, height = layout["width"], layout["height"]
    lines = _wrapped(about, width - 2 * _PAD)
    head = 30 + _LINE * (_TITLE + len(lines) * _ABOUT)
    wide, high, times = width, height + head, 1.0
    if size == "slide":
        wide, high = width + 2 * _PAD, high + _PAD
        wide, high = max(wide, high * 16 / 9), max(high, wide * 9 / 16)
        times = max(READ_FROM_AFAR / laid.FONT, min(_LARGEST, SLIDE[0] / wide))
        wide = max(wide, SLIDE[0] / times)
        high = wide * 9 / 16
    frame = {
        **layout,
        "width": wide,
        "height": high,
        "margin": {**layout["margin"], "t": layout["margin"]["t"] + head},
        "paper_bgcolor": palette.PAPER[theme],
        "title": {
            "text": f"<b>{title}</b>", "font": {"size": _TITLE, "color": palette.INK[theme]}, "x": 14 / wide, "xanchor": "left",
            "y": 1 - 10 / high, "yref": "container", "yanchor": "top",
            "subtitle": {"text": "<br>".join(lines), "font": {"size": _ABOUT, "color": palette.MUTED[theme]}},
        },
    }  # fmt: skip
    if flat:
        more = {"xaxis": wide - width, "yaxis": high - head - height}
        for axis, room in more.items():
            low, end = layout[axis]["range"]
            frame[axis] = {**layout[axis], "range": [low - room / 2, end + room / 2]}
    return _larger({"data": figure["data"], "layout": frame}, times)


def _wrapped(about: str, width: float) -> list[str]:
    """``about`` in lines that are no wider, broken between its pieces."""
    lines = [""]
    for piece in about.split(" · "):
        longer = f"{lines[-1]} · {piece}" if lines[-1] else piece
        if lines[-1] and laid.text_width((longer,)) > width:
            lines.append(piece)
        else:
            lines[-1] = longer
    return lines


# What of a figure is in px of the screen, while all else is in the picture's own measure, in which an axis is larger.
_IN_PX = {"width", "height", "size", "l", "r", "t", "b", "borderpad", "thickness", "xshift", "yshift"}


def _larger(part: Any, times: float) -> Any:
    """A figure of which all is so many times as large: words, lines and signs too."""
    if times == 1 or not isinstance(part, dict):
        return [_larger(one, times) for one in part] if isinstance(part, list) and times != 1 else part
    made: dict[str, Any] = {}
    for key, value in part.items():
        if key in ("x", "y", "z", "customdata", "meta") or (key == "width" and isinstance(value, list)):
            made[key] = value  # numbers of the picture, and long
        elif key in _IN_PX and isinstance(value, int | float):
            made[key] = value * times
        else:
            made[key] = _larger(value, times)
    return made
