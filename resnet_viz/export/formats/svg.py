"""SVG: live text, and a named group for each volume, line and sign, to be worked on in Inkscape or Illustrator."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from ..escaping import xml_text
from ..figure import MM, Sheet, sheet
from ..registry import Export, Exporter

if TYPE_CHECKING:
    from ...picture.figures.shapes import Line, Point, Shape

_DASHES = {"dash": (6, 4), "dot": (1.4, 2.6), "dashdot": (6, 3, 1.4, 3)}  # of a line 1.4 px wide


def write(export: Export) -> str:
    """The figure in mm, on paper's own ground."""
    return drawn_on(sheet(export))


def drawn_on(made: Sheet) -> str:
    """The same of a sheet that is laid out."""
    from ...picture.figures import palette

    drawn = made.drawing
    width, height = drawn.width, drawn.height
    groups = [
        f'<g id="{name}" inkscape:label="{_text(group.name)}"><title>{_text(group.title)}</title>'
        + "".join([part for shape in group.shapes for part in _shape(shape)])
        + "</g>"
        for name, group in made.named
    ]
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"'
        f' width="{_n(width / MM)}mm" height="{_n(height / MM)}mm" viewBox="0 0 {_n(width)} {_n(height)}" role="img"'
        f' aria-labelledby="figure-title figure-text" font-family="{escape(palette.FONTS)}">',
        f'<title id="figure-title">{_text(made.title)}</title>',
        f'<desc id="figure-text">{_text(drawn.alt)} {_text(made.said)}</desc>',
        f'<rect id="ground" width="{_n(width)}" height="{_n(height)}" fill="{drawn.paper}"/>',
        *groups, "</svg>", "",
    ])  # fmt: skip


def _text(text: str) -> str:
    return escape(xml_text(text))


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _points(points: Iterable[Point]) -> str:
    return " ".join([f"{_n(x)},{_n(y)}" for x, y in points])


def _shape(shape: Shape) -> list[str]:
    from ...picture.figures.shapes import Line, Oval, Polygon

    if isinstance(shape, Line):
        return _line(shape)
    if isinstance(shape, Polygon | Oval):
        pen = f'fill="{shape.fill or "none"}" stroke="{shape.stroke}" stroke-width="{_n(shape.width)}"'
        if isinstance(shape, Oval):
            return [f'<circle cx="{_n(shape.x)}" cy="{_n(shape.y)}" r="{_n(shape.radius)}" {pen}/>']
        return [f'<polygon points="{_points(shape.points)}" {pen} stroke-linejoin="round"/>']
    anchor = ' text-anchor="middle"' if shape.centred else ""
    return [
        f'<text x="{_n(shape.x)}" y="{_n(shape.baseline(i))}" font-size="{_n(shape.size)}" fill="{shape.colour}"{anchor}'
        f"{' font-weight=' + chr(34) + 'bold' + chr(34) if shape.strong and i == 0 else ''}>{_text(line)}</text>"
        for i, line in enumerate(shape.lines)
    ]


def _line(line: Line) -> list[str]:
    points, head = line.arrow if line.head else (line.points, ())
    dashes = [_n(part * line.width / 1.4) for part in _DASHES.get(line.dash, ())]
    dashed = f' stroke-dasharray="{" ".join(dashes)}"' if dashes else ""
    pen = f'fill="none" stroke="{line.stroke}" stroke-width="{_n(line.width)}" stroke-linejoin="round"{dashed}'
    made = [f'<polyline points="{_points(points)}" {pen}/>']
    return [*made, f'<polygon points="{_points(head)}" fill="{line.stroke}"/>'] if head else made


EXPORTER = Exporter(
    "svg", "Figure, SVG", (".svg",), "image/svg+xml",
    "the picture with live text and a named group for each volume, for Inkscape, Illustrator and the web", write,
    kind="figure", options=("level", "part", "size", "grey", "colour"),
)  # fmt: skip
