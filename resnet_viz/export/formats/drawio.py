"""draw.io: an uncompressed file of diagrams.net. Lines hold on to their volumes, which are groups."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from ..escaping import xml_text
from ..figure import sheet
from ..registry import Export, Exporter

if TYPE_CHECKING:
    from ...picture.figures.shapes import Group, Line, Point, Shape

_DASHES = {"dash": "6 4", "dot": "1 3", "dashdot": "6 3 1 3"}
Rect = tuple[float, float, float, float]  # left, top, width, height


def write(export: Export) -> str:
    """A page of the size that is asked for."""
    made = sheet(export)
    drawn = made.drawing
    cells: list[str] = []
    rooms = {name: _room(group) for name, group in made.named}
    homes: dict[int, str] = {}  # a step's volume or sign, the later one where it is drawn twice
    for name, group in made.named:
        if group.step is not None and group.kind in ("volume", "sign"):
            homes[group.step] = name
    for name, group in made.named:
        if group.ends is not None:
            for shape in group.shapes:
                cells.append(_link(name, shape, group, homes, rooms))  # pyright: ignore[reportArgumentType]
            continue
        left, top, *_ = rooms[name]
        cells.append(
            f'<object id="{name}" label="" step={_quoted(group.name)} tooltip={_quoted(group.title)}>'
            f'<mxCell style="group;html=0;" vertex="1" connectable="1" parent="1">{_geometry(rooms[name])}</mxCell></object>'
        )
        cells += [_shape(f"{name}.{i}", shape, name, (left, top)) for i, shape in enumerate(group.shapes)]
    page = f'pageWidth="{_n(drawn.width)}" pageHeight="{_n(drawn.height)}"'
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<mxfile host=\"ResNet Viz\" description={_quoted(made.said)}>",
        f"<diagram id=\"figure\" name={_quoted(made.title[:80])}>",
        f'<mxGraphModel grid="0" guides="1" page="1" pageScale="1" {page} background="{drawn.paper}"><root>',
        '<mxCell id="0"/>', '<mxCell id="1" parent="0"/>', *cells, "</root></mxGraphModel></diagram></mxfile>", "",
    ])  # fmt: skip


def _quoted(text: str) -> str:
    return quoteattr(xml_text(text), {"\n": "&#10;"})


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def _points(shape: Shape) -> list[Point]:
    from ...picture.figures.shapes import Oval, Text

    if isinstance(shape, Text):
        left, top, width, height = shape.rect
        return [(left, top), (left + width, top + height)]
    if isinstance(shape, Oval):
        return [(shape.x - shape.radius, shape.y - shape.radius), (shape.x + shape.radius, shape.y + shape.radius)]
    return list(shape.points)


def _bounds(points: Iterable[Point]) -> Rect:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def _room(group: Group) -> Rect:
    return _bounds([point for shape in group.shapes for point in _points(shape)])


def _geometry(rect: Rect) -> str:
    left, top, width, height = map(_n, rect)
    return f'<mxGeometry x="{left}" y="{top}" width="{width}" height="{height}" as="geometry"/>'


def _shape(name: str, shape: Shape, parent: str, origin: Point) -> str:
    """A cell, its place told from its group's corner."""
    from ...picture.figures.shapes import Line, Oval, Text

    left, top = origin
    if isinstance(shape, Line):
        points = [(x - left, y - top) for x, y in shape.points]
        return _edge(name, shape, points, parent, "")
    x, y, width, height = _bounds(_points(shape))
    geometry = _geometry((x - left, y - top, width, height))
    if isinstance(shape, Text):
        return _words(name, shape, parent, origin)
    pen = f"fillColor={shape.fill or 'none'};strokeColor={shape.stroke};strokeWidth={_n(shape.width)};html=0;"
    if isinstance(shape, Oval):
        return _vertex(name, "", f"ellipse;{pen}", parent, geometry)
    corners = [[round((a - x) / (width or 1), 4), round((b - y) / (height or 1), 4)] for a, b in shape.points]
    style = f"shape=mxgraph.basic.polygon;polyCoords={json.dumps(corners, separators=(',', ':'))};polyline=0;{pen}"
    return _vertex(name, "", style, parent, geometry)


def _words(name: str, text: object, parent: str, origin: Point) -> str:
    from ...picture.figures.shapes import Text

    assert isinstance(text, Text)
    left, top, width, height = text.rect
    row = height / len(text.lines)
    align = "center" if text.centred else "left"
    style = f"text;html=0;align={align};verticalAlign=middle;spacing=0;fontFamily=Helvetica;fontSize={_n(text.size)};fontColor={text.colour};"
    cells: list[str] = []
    for i, line in enumerate(text.lines):
        geometry = _geometry((left - origin[0], top - origin[1] + i * row, width, row))
        bold = "fontStyle=1;" if text.strong and i == 0 else ""
        cells.append(_vertex(f"{name}.{i}", line, style + bold, parent, geometry))
    return "\n".join(cells)


def _vertex(name: str, value: str, style: str, parent: str, geometry: str) -> str:
    return f'<mxCell id="{name}" value={_quoted(value)} style={_quoted(style)} vertex="1" connectable="0" parent="{parent}">{geometry}</mxCell>'


def _link(name: str, line: Line, group: Group, homes: dict[int, str], rooms: dict[str, Rect]) -> str:
    """A line that follows when the volume at its end is moved, and holds on to the very place where it is drawn."""
    assert group.ends is not None
    more = ""
    hold = ""
    for end, step, point in zip(("exit", "entry"), group.ends, (line.points[0], line.points[-1]), strict=True):
        home = homes.get(step)
        if home is None:
            continue
        left, top, width, height = rooms[home]
        x, y = (point[0] - left) / (width or 1), (point[1] - top) / (height or 1)
        if -0.5 <= x <= 1.5 and -0.5 <= y <= 1.5:  # a volume that is drawn once more is not the one meant
            hold += f"{end}X={x:.4f};{end}Y={y:.4f};{end}Dx=0;{end}Dy=0;{end}Perimeter=0;"
            more += f' {"source" if end == "exit" else "target"}="{home}"'
    tip = f'<object id="{name}" label="" tooltip={_quoted(group.title)}>'
    return tip + _edge("", line, list(line.points), "1", hold, more) + "</object>"


def _edge(name: str, line: Line, points: list[Point], parent: str, hold: str, more: str = "") -> str:
    dash = f"dashed=1;fixDash=1;dashPattern={_DASHES[line.dash]};" if line.dash in _DASHES else ""
    head = f"endArrow=block;endFill=1;endSize={_n(max(1.0, line.head * 0.8))};" if line.head else "endArrow=none;"
    style = f"html=0;rounded=0;strokeColor={line.stroke};strokeWidth={_n(line.width)};{dash}{head}{hold}"
    (x0, y0), *between, (x1, y1) = points
    way = "".join([f'<mxPoint x="{_n(x)}" y="{_n(y)}"/>' for x, y in between])
    array = f'<Array as="points">{way}</Array>' if way else ""
    geometry = (
        f'<mxGeometry relative="1" as="geometry"><mxPoint x="{_n(x0)}" y="{_n(y0)}" as="sourcePoint"/>'
        f'<mxPoint x="{_n(x1)}" y="{_n(y1)}" as="targetPoint"/>{array}</mxGeometry>'
    )
    known = f' id="{name}"' if name else ""
    return f'<mxCell{known} style={_quoted(style)} edge="1" parent="{parent}"{more}>{geometry}</mxCell>'


EXPORTER = Exporter(
    "drawio", "Figure, draw.io", (".drawio",), "application/vnd.jgraph.mxfile",
    "the picture for diagrams.net, its lines tied to its volumes", write,
    kind="figure", options=("level", "part", "size", "grey", "colour"),
)  # fmt: skip
