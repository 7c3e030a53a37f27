"""A figure as SVG written by Python alone: no browser, no script, no network. Notebooks show it.

The geometry is the figure's own: this reads the plain data that :func:`~resnet_viz.picture.figures.flow.describe_scene` makes.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import chain
from math import cos, radians, sin
from typing import Any

from ...advise.comparing import Comparison, totals_text
from ...errors import InputError
from ...steps import Trace
from ..layout.scene import CHAR, text_width
from . import palette
from .flow import describe
from .pair import describe_compared

TITLE = "A picture that stands still"
QUESTION = "What does a notebook show without a script?"

_PAD = 10.0  # px around the picture
_ROW = 18.0  # px of a row of the legend
_KEY = 30.0  # px of a legend's sign
_DASHES = {"dash": "6 4", "dot": "2 3", "dashdot": "6 3 2 3"}
_TURNS = {"octagon": tuple(n + 22.5 for n in range(0, 360, 45)), "triangle-up": (0.0, 120.0, 240.0)}  # corners
Shift = tuple[float, float]  # where the figure's x = 0 is in the picture, and its y = 0


def svg(figure: dict[str, Any], *, theme: str = "light") -> str:
    """A figure of ``describe`` at the levels network, stage and block as one ``<svg>`` on its own ground.

    It has no ids, so that many stand on one page, and scales by its ``viewBox``.
    """
    look = figure["layout"]
    (left, right), (bottom, top) = look["xaxis"]["range"], look["yaxis"]["range"]
    keys = [trace for trace in figure["data"] if trace.get("name") and trace.get("showlegend", True) and _points(trace)]
    widest = max((_key_width(key) for key in keys), default=0.0)
    width = max(right - left, widest) + 2 * _PAD
    shift = (_PAD - left + (width - 2 * _PAD - (right - left)) / 2, _PAD + top)
    legend, rows = _legend(keys, width - 2 * _PAD, _PAD + top - bottom + 8, theme)
    height = top - bottom + 2 * _PAD + 8 + rows * _ROW
    parts = chain(
        [f'<rect width="{_n(width)}" height="{_n(height)}" rx="6" fill="{palette.PAPER[theme]}"/>'],
        *(_draw(trace, shift) for trace in figure["data"]),
        *(_text(note, shift) for note in look["annotations"]),
        legend,
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}"'
        f' role="img" aria-label="{escape(look["meta"]["alt"])}" font-family="{palette.FONTS}"'
        f' style="max-width:100%;min-width:{_n(min(width, 900))}px;height:auto">{"".join(parts)}</svg>'
    )


def trace_html(trace: Trace) -> str:
    """A trace for a notebook: its picture, where it can be drawn, and its totals."""
    try:
        picture = scrolled(svg(describe(trace)))
    except InputError:  # somebody else's network without maps to draw
        picture = ""
    return picture + f"<p>{'<br>'.join(map(escape, trace.summary))}</p>"


def comparison_html(comparison: Comparison) -> str:
    """A comparison for a notebook: both pictures in one scale, and the totals."""
    figures, told = describe_compared(comparison)
    names = [f"<b>{name}</b>: {escape(repr(trace.spec))}" for name, trace in (("a", comparison.a), ("b", comparison.b))]
    pictures = "".join(f"<p>{name}</p>{scrolled(svg(figure))}" for name, figure in zip(names, figures, strict=True))
    words = f"<p>What differs: {'<br>'.join(map(escape, told))}</p>"
    return pictures + words + f"<pre>{escape(chr(10).join(totals_text(comparison, ('a', 'b'))))}</pre>"


def scrolled(picture: str) -> str:
    """A picture that is not squeezed into a narrow page."""
    return f'<div style="overflow-x:auto">{picture}</div>'


def _n(value: float) -> str:
    """A number as short as it can be written to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def _points(trace: dict[str, Any]) -> bool:
    return any(x is not None for x in trace["x"])


def _draw(trace: dict[str, Any], shift: Shift) -> Iterable[str]:
    if trace["type"] != "scatter" or not _points(trace):  # the bars are the transparent layer that is clicked
        return []
    return [_lines(trace, shift)] if trace["mode"] == "lines" else _signs(trace, shift)


def _lines(trace: dict[str, Any], shift: Shift) -> str:
    pieces: list[str] = []
    start = True
    for x, y in zip(trace["x"], trace["y"], strict=True):
        if x is None:
            start = True
            continue
        pieces.append(f"{'M' if start else 'L'}{_n(x + shift[0])} {_n(shift[1] - y)}")
        start = False
    return f'<path d="{"".join(pieces)}" {_paint(trace)}/>'


def _paint(trace: dict[str, Any]) -> str:
    line = trace["line"]
    dash = _DASHES.get(line.get("dash", "solid"))
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    fill = trace["fillcolor"] if trace.get("fill") == "toself" else "none"
    return f'fill="{fill}" stroke="{line["color"]}" stroke-width="{line["width"]}" stroke-linejoin="round"{dashed}'


def _signs(trace: dict[str, Any], shift: Shift) -> list[str]:
    marker = trace["marker"]
    made: list[str] = []
    for i, (x, y) in enumerate(zip(trace["x"], trace["y"], strict=True)):
        colour = marker["color"][i] if isinstance(marker["color"], list) else marker["color"]
        angle = marker.get("angle", 0)
        turned = angle[i] if isinstance(angle, list) else angle
        made.append(_sign(marker, colour, turned, x + shift[0], shift[1] - y))
    return made


def _sign(marker: dict[str, Any], colour: str, angle: float, x: float, y: float) -> str:
    """An arrow whose tip is at a place, turned clockwise from up; a box, a rhomb, a dot; an octagon or triangle; or a circle
    with a cross in it."""
    size = marker["size"]
    if marker["symbol"] == "arrow":
        c, s = cos(radians(angle)), sin(radians(angle))
        tail = [(x + dx * c - size * s, y + dx * s + size * c) for dx in (-size * 0.45, size * 0.45)]
        corners = " ".join(f"{_n(a)},{_n(b)}" for a, b in [(x, y), *tail])
        return f'<polygon points="{corners}" fill="{colour}"/>'
    line, r = marker["line"], size / 2
    pen = f'stroke="{line["color"]}" stroke-width="{line["width"]}"'
    if marker["symbol"] in ("circle", "diamond"):
        turn = f' transform="rotate(45 {_n(x)} {_n(y)})"' if marker["symbol"] == "diamond" else ""
        side, round_ = (size * 0.71, 0.0) if turn else (size, r)
        return f'<rect x="{_n(x - side / 2)}" y="{_n(y - side / 2)}" width="{_n(side)}" height="{_n(side)}" rx="{_n(round_)}" fill="{colour}" {pen}{turn}/>'
    if marker["symbol"] == "square":
        return f'<rect x="{_n(x - r)}" y="{_n(y - r)}" width="{_n(size)}" height="{_n(size)}" fill="{colour}" {pen}/>'
    if marker["symbol"] in _TURNS:
        turns = (radians(degrees) for degrees in _TURNS[marker["symbol"]])
        corners = " ".join(f"{_n(x + r * sin(turn))},{_n(y - r * cos(turn))}" for turn in turns)
        return f'<polygon points="{corners}" fill="{colour}" {pen}/>'
    a = r if marker["symbol"] == "circle-cross" else r * 0.707
    cross = (
        f"M{_n(x - a)} {_n(y)}H{_n(x + a)}M{_n(x)} {_n(y - a)}V{_n(y + a)}"
        if marker["symbol"] == "circle-cross"
        else f"M{_n(x - a)} {_n(y - a)}L{_n(x + a)} {_n(y + a)}M{_n(x - a)} {_n(y + a)}L{_n(x + a)} {_n(y - a)}"
    )
    return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(r)}" fill="{colour}" {pen}/><path d="{cross}" fill="none" {pen}/>'


def _text(note: dict[str, Any], shift: Shift) -> list[str]:
    """Lines of text under each other; the only mark-up of a label is ``<b>…</b>`` around a whole line."""
    size, colour = note["font"]["size"], note["font"]["color"]
    made: list[str] = []
    lines = note["text"].split("<br>")
    if "bgcolor" in note:
        pad, wide = note["borderpad"], text_width(tuple(lines))
        place = f'x="{_n(note["x"] + shift[0] - wide / 2 - pad)}" y="{_n(shift[1] - note["y"])}"'
        made.append(
            f'<rect {place} width="{_n(wide + 2 * pad)}" height="{_n(size * 1.3 * len(lines) + 2 * pad)}" fill="{note["bgcolor"]}"/>'
        )
    for i, line in enumerate(lines):
        bold = line.startswith("<b>") and line.endswith("</b>")
        words = line.removeprefix("<b>").removesuffix("</b>") if bold else line
        y = shift[1] - note["y"] + note["borderpad"] + size * (0.95 + 1.3 * i)
        weight = ' font-weight="bold"' if bold else ""
        made.append(
            f'<text x="{_n(note["x"] + shift[0])}" y="{_n(y)}" text-anchor="middle" font-size="{size}" fill="{colour}"{weight}>{escape(words)}</text>'
        )
    return made


def _key_width(trace: dict[str, Any]) -> float:
    return _KEY + len(trace["name"]) * CHAR + 14


def _legend(keys: list[dict[str, Any]], width: float, top: float, theme: str) -> tuple[list[str], int]:
    """Signs with their names, from left to right and row by row; and how many rows."""
    made: list[str] = []
    x, row = 0.0, 0
    for key in keys:
        if x and x + _key_width(key) > width:
            x, row = 0.0, row + 1
        left, y = _PAD + x, top + row * _ROW + _ROW / 2
        if key["mode"] == "markers":
            made.append(_sign({**key["marker"], "size": 12}, key["marker"]["color"], 0, left + _KEY / 2 - 4, y))
        elif key.get("fill") == "toself":
            made.append(f'<rect x="{_n(left + 4)}" y="{_n(y - 5)}" width="16" height="10" {_paint(key)}/>')
        else:
            made.append(f'<path d="M{_n(left)} {_n(y)}h{_n(_KEY - 6)}" {_paint(key)}/>')
        made.append(
            f'<text x="{_n(left + _KEY)}" y="{_n(y + 4)}" font-size="12" fill="{palette.INK[theme]}">{escape(key["name"])}</text>'
        )
        x += _key_width(key)
    return made, row + bool(keys)
