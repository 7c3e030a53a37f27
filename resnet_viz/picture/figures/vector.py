"""A picture as shapes that any drawing program holds: faces, lines, signs and texts, a named group for each volume.

Colours, words of the legend and strokes are those of the page's figure; x grows to the right and y downwards, one unit
a CSS pixel, from the upper left corner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import cos, hypot, radians, sin
from typing import Any, Literal

from ...steps import Trace
from .. import layout
from ..layout import FONT, Box, Label, Look, Mark, Place, Scene, contract, text_width
from ..layout.rows import AGAIN, rows
from ..layout.scene import LINE, Plus
from . import palette
from .colouring import colouring
from .flow import describe_scene
from .marks import describe_marks

Point = tuple[float, float]
Dash = Literal["solid", "dash", "dot", "dashdot"]
GroupKind = Literal["volume", "link", "sign", "label", "mark", "legend", "scale"]
_LIT, _TOP = 0.25, 0.6  # how much lighter a volume's front and top are than its side
_HEAD = 8.0  # px of an arrow
_LEGEND = 12.0  # px left of a legend
_KEY, _ROW, _PAD = 30.0, 18.0, 2.0  # px of a legend's sign, of its rows, and around the picture


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed face; ``fill`` "" is none."""

    points: tuple[Point, ...]
    fill: str
    stroke: str
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """An open line; where it has an arrow at its end, ``head`` is how long that is."""

    points: tuple[Point, ...]
    stroke: str
    width: float
    dash: Dash = "solid"
    head: float = 0.0

    @property
    def arrow(self) -> tuple[tuple[Point, ...], tuple[Point, Point, Point]]:
        """For what has no arrows of its own: the line that ends within the head, and the head's corners."""
        (x0, y0), (x1, y1) = next(ends for ends in reversed([*pairwise(self.points)]) if ends[0] != ends[1])
        length = hypot(x1 - x0, y1 - y0)
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        back = (x1 - ux * self.head, y1 - uy * self.head)
        half = self.head * 0.42
        sides = [(round(back[0] + uy * k, 3), round(back[1] - ux * k, 3)) for k in (half, -half)]
        # a last piece that is shorter than the head lies within it
        shorter = (*self.points[:-1], (round(x1 - ux * min(self.head * 0.7, length), 3), round(y1 - uy * min(self.head * 0.7, length), 3)))  # fmt: skip
        return shorter, (self.points[-1], sides[0], sides[1])


@dataclass(frozen=True, slots=True)
class Oval:
    """A circle around a point."""

    x: float
    y: float
    radius: float
    fill: str
    stroke: str
    width: float


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of text under each other, the first one's top at ``y``; centred at ``x``, or beginning there."""

    x: float
    y: float
    lines: tuple[str, ...]
    size: float
    colour: str
    strong: bool = False  # the first line is bold
    centred: bool = True

    @property
    def rect(self) -> tuple[float, float, float, float]:
        """left, top, width and height of the room that it has"""
        width = text_width(self.lines) * self.size / FONT
        left = self.x - width / 2 if self.centred else self.x
        return left, self.y, width, LINE * self.size / FONT * len(self.lines)

    def baseline(self, line: int) -> float:
        """y that the letters of a line stand on."""
        return self.y + LINE * self.size / FONT * (line + 0.74)


Shape = Polygon | Line | Oval | Text


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes that belong together: ``name`` says what of the network they are, ``title`` tells its shape."""

    kind: GroupKind
    name: str
    title: str
    shapes: tuple[Shape, ...]
    step: int | None = None
    ends: tuple[int, int] | None = None  # of a link the places of the volumes that it leads from and to


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture of so many px, its groups in the order in which they cover each other; ``alt`` tells it in words."""

    width: float
    height: float
    groups: tuple[Group, ...]
    alt: str
    paper: str

    def scaled(self, times: float, dx: float, dy: float, width: float, height: float) -> Drawing:
        """So many times as large, then moved, on a page of its own."""
        groups = tuple(
            [replace(group, shapes=tuple([_scaled(s, times, dx, dy) for s in group.shapes])) for group in self.groups]
        )
        return replace(self, width=width, height=height, groups=groups)


def drawing(trace: Trace, place: Place, look: Look, *, grey: bool = False, count: int = 1) -> Drawing | None:
    """The picture of a trace at levels network, stage and block, in ``count`` rows; None where it cannot be cut so often.

    ``grey`` is for a printer without colours. Raises :class:`InputError` for a level or a focus that there is not.
    """
    scene = layout.lay_out(trace, place.level, place.focus, true_scale=look.true_scale, unfold=look.unfold)
    if look.colour not in ("stage", "kind"):
        scene = layout.with_strip(scene, trace, layout.quantity(look.colour))
    cut = rows(scene, count)
    if cut is None:
        return None
    figure = describe_scene(trace, scene, look, place.text)  # what the page says of it
    made = _Pen(trace, cut, look, figure, grey).drawn()
    if grey:
        groups = tuple([replace(g, shapes=tuple([_grey(shape) for shape in g.shapes])) for g in made.groups])
        made = replace(made, groups=groups)
    return made


class _Pen:
    """Draws one scene."""

    def __init__(self, trace: Trace, scene: Scene, look: Look, figure: dict[str, Any], grey: bool) -> None:
        self.scene, self.theme = scene, look.theme
        self.figure = figure
        fills = colouring(scene, trace, look.colour).fills
        self.fills = {step: palette.grey(fill) for step, fill in fills.items()} if grey else fills
        # greys that are near each other are told apart by an edge that is darker than both
        self.edge = palette.MUTED[look.theme] if grey else palette.PAPER[look.theme]
        self.names = {int(step): name for step, (name, _) in figure["layout"]["meta"]["volumes"].items()}
        self.steps = trace.steps
        self.paper, self.ink = palette.PAPER[look.theme], palette.INK[look.theme]
        self.left, self.top = scene.bounds[0] - _PAD, scene.bounds[3] + _PAD
        self.styles = {
            trace["line"]["color"]: trace["line"]
            for trace in figure["data"]
            if trace.get("name") and trace.get("mode") == "lines" and trace.get("fill") is None
        }

    def drawn(self) -> Drawing:
        left, bottom, right, _ = self.scene.bounds
        width = right - left + 2 * _PAD
        legend, foot = self._legend(width, self.top - bottom + 6)
        groups = [*self._scale(), *self._volumes(), *self._links(), *self._marks(), *self._signs(), *self._brackets(), *self._labels(), *legend]  # fmt: skip
        return Drawing(width, foot + _PAD, tuple(groups), self.figure["layout"]["meta"]["alt"], self.paper)

    def _at(self, x: float, y: float) -> Point:
        return round(x - self.left, 2), round(self.top - y, 2)

    def _points(self, points: Iterable[Point]) -> tuple[Point, ...]:
        return tuple([self._at(x, y) for x, y in points])

    # ---- volumes -------------------------------------------------------------------------------------------------

    def _volumes(self) -> list[Group]:
        made: list[Group] = []
        seen: set[int] = set()
        for box in self.scene.kernels:
            name = f"filter of {self.steps[box.step].name}"
            made.append(Group("mark", name, name, self._faces(box, palette.base("kernel"))))
        for box in self.scene.boxes:
            name = self.names.get(box.step, self.steps[box.step].name)
            if box.folded:
                name = f"{len(box.folded)} more blocks before {name}"
            if box.step in seen:
                name += f" ({AGAIN})"
            seen.add(box.step)
            shapes = (*self._faces(box, self.fills[box.step]), *self._strokes(box))
            made.append(Group("volume", name, f"{name}: {box.words}", shapes, box.step))
        return made

    def _faces(self, box: Box, colour: str) -> tuple[Polygon, ...]:
        x, y, w, dx, dy = box.x, box.bottom, box.width, box.dx, box.dy
        t = y + box.height
        side = ((x + w, y), (x + w + dx, y + dy), (x + w + dx, t + dy), (x + w, t))
        top = ((x, t), (x + w, t), (x + w + dx, t + dy), (x + dx, t + dy))
        front = ((x, y), (x + w, y), (x + w, t), (x, t))
        lit = ((side, 0.0), (top, _TOP), (front, _LIT))
        return tuple(
            [
                Polygon(self._points(face), palette.shade(colour, "#ffffff", share), self.edge, 0.8)
                for face, share in lit
            ]
        )

    def _strokes(self, box: Box) -> list[Line]:
        """Over a front: slanted ones for zero channels, a row a token of a plate, two that say that blocks are folded."""
        strokes: list[tuple[Point, Point]] = []
        colour, width = self.paper, 1.0
        if box.folded:
            strokes = [((box.x + k, box.bottom), (box.x + k, box.bottom + box.height)) for k in (box.width * 0.33, box.width * 0.66)]  # fmt: skip
            width = 2.0
        elif box.plate:
            count = max(2, min(12, int(box.height / 6)))
            heights = [box.bottom + box.height * k / count for k in range(1, count)]
            strokes = [((box.x, y), (box.x + box.width, y)) for y in heights]
        else:
            colour, width = palette.INK["light"], 0.9
            before, after = box.zeros
            for start, stop in ((0.0, before), (1.0 - after, 1.0)):
                x0, x1 = box.x + start * box.width, box.x + stop * box.width
                y = box.bottom
                while x1 - x0 >= 0.5 and y + 3 <= box.bottom + box.height:
                    strokes.append(((x0, y), (x1, y + 3)))
                    y += 4
        return [Line(self._points(stroke), colour, width) for stroke in strokes]

    # ---- lines, marks and signs ----------------------------------------------------------------------------------

    def _links(self) -> list[Group]:
        made: list[Group] = []
        for link in self.scene.links:
            colour = palette.LINK[link.kind][self.theme]
            style = self.styles.get(colour, {})
            line = Line(
                self._points(link.points),
                colour,
                style.get("width", 1.4),
                style.get("dash", "solid"),
                _HEAD if link.arrow else 0.0,
            )
            ends = (self.steps[link.source].name, self.steps[link.target].name)
            name = f"{link.kind}: {ends[0]} to {ends[1]}"
            made.append(Group("link", name, name, (line,), None, (link.source, link.target)))
        return made

    def _marks(self) -> list[Group]:
        """Each operation of F by the name of its step."""
        return [self._mark(mark) for mark in self.scene.marks]

    def _mark(self, mark: Mark) -> Group:
        shapes = [
            shape
            for trace in describe_marks(replace(self.scene, marks=(mark,)), self.theme)
            for shape in _shapes(trace, self._at)
        ]
        name = self.steps[mark.step].name
        return Group("mark", name, f"{name} ({self.steps[mark.step].kind})", tuple(shapes))

    def _signs(self) -> list[Group]:
        looks = {
            trace["marker"]["symbol"]: trace["marker"]
            for trace in self.figure["data"]
            if trace.get("mode") == "markers" and trace.get("name") and isinstance(trace["marker"]["symbol"], str)
        }
        return [self._sign(plus, looks) for plus in self.scene.pluses]

    def _sign(self, plus: Plus, looks: dict[str, Any]) -> Group:
        symbol = {"sum": "circle-cross", "gate": "circle-x", "concat": "square"}[plus.form]
        x, y = self._at(plus.x, plus.y)
        shapes = _symbol(looks[symbol], symbol, looks[symbol]["color"], 0.0, x, y)
        if plus.form == "concat":
            pen, r = looks[symbol]["line"], looks[symbol]["size"] / 2
            shapes = [*shapes, Line(((x, y - r), (x, y + r)), pen["color"], pen["width"])]
        name = self.steps[plus.step].name
        return Group("sign", name, f"{name} ({self.steps[plus.step].kind})", tuple(shapes), plus.step)

    def _brackets(self) -> list[Group]:
        colour = palette.MUTED[self.theme]
        return [
            Group("mark", "bracket", "volumes of one shape", (Line(self._points(((a, y + 4), (a, y), (b, y), (b, y + 4))), colour, 1.0),))
            for a, b, y in self.scene.brackets
        ]  # fmt: skip

    def _scale(self) -> list[Group]:
        """The bars under the volumes and the scale of both."""
        axis = self.scene.axis
        if axis is None:
            return []
        edge = palette.MUTED[self.theme]

        def bar(left: float, bottom: float, right: float, top: float, fill: str) -> Polygon:
            return Polygon(self._points(((left, bottom), (right, bottom), (right, top), (left, top))), fill, edge, 0.6)

        grid = [Line(self._points(((axis.right, y), (axis.end, y))), palette.GRID[self.theme], 1.0) for y in axis.ticks]
        part = (axis.top - axis.bottom) / len(palette.RAMP)
        ramp = [
            bar(axis.left, axis.bottom + i * part, axis.right, axis.bottom + (i + 1) * part, colour)
            for i, colour in enumerate(palette.RAMP)
        ]
        texts = [self._text(label) for label in axis.labels]
        made = [Group("scale", "scale", "the scale of colours and bars", (*grid, *ramp, *texts))]
        for left, bottom, right, top, step in self.scene.bars:
            if top - bottom > 0.3:
                name = f"bar of {self.names.get(step, self.steps[step].name)}"
                made.append(Group("scale", name, name, (bar(left, bottom, right, top, self.fills[step]),)))
        return made

    # ---- words ---------------------------------------------------------------------------------------------------

    def _text(self, label: Label) -> Text:
        colour = self.ink if label.kind == "main" else palette.LINK[label.kind][self.theme]
        return Text(*self._at(label.x, label.y), label.lines, FONT, colour, label.strong)

    def _labels(self) -> list[Group]:
        return [
            Group("label", label.lines[0], " ".join(label.lines), (self._text(label),)) for label in self.scene.labels
        ]

    def _legend(self, width: float, top: float) -> tuple[list[Group], float]:
        """What the page's legend says, from left to right and row by row; and where it ends."""
        keys = [
            trace
            for trace in self.figure["data"]
            if trace.get("name") and trace.get("showlegend", True) and any(x is not None for x in trace.get("x", ()))
            and trace["name"] != contract.TRACES.selected
        ]  # fmt: skip
        made: list[Group] = []
        x, row = _LEGEND, 0
        for key in keys:
            room = _KEY + text_width((key["name"],)) + 14
            if x > _LEGEND and x + room > width:
                x, row = _LEGEND, row + 1
            y = top + row * _ROW + _ROW / 2
            text = Text(x + _KEY, y - LINE / 2, (key["name"],), FONT, self.ink, centred=False)
            made.append(Group("legend", key["name"], key["name"], (*_key(key, x, y), text)))
            x += room
        return made, top + (row + 1) * _ROW if keys else top


def _key(trace: dict[str, Any], x: float, y: float) -> list[Shape]:
    """A legend's sign."""
    if trace["mode"] == "markers":
        marker = {**trace["marker"], "size": 12}
        return _symbol(marker, marker["symbol"], marker["color"], 0.0, x + _KEY / 2 - 4, y)
    line = trace["line"]
    if trace.get("fill") == "toself":
        corners = ((x + 4, y - 5), (x + 20, y - 5), (x + 20, y + 5), (x + 4, y + 5))
        return [Polygon(corners, trace["fillcolor"], line["color"], line["width"])]
    return [Line(((x, y), (x + _KEY - 6, y)), line["color"], line["width"], line.get("dash", "solid"))]


def _shapes(trace: dict[str, Any], at: Callable[[float, float], Point]) -> list[Shape]:
    """The shapes of a trace of lines, of filled lines, or of signs."""
    if trace["mode"] == "markers":
        marker = trace["marker"]
        places = [at(x, y) for x, y in zip(trace["x"], trace["y"], strict=True)]
        return [shape for x, y in places for shape in _symbol(marker, marker["symbol"], marker["color"], 0.0, x, y)]
    pieces: list[list[Point]] = [[]]
    for x, y in zip(trace["x"], trace["y"], strict=True):
        if x is None:
            pieces.append([])
        else:
            pieces[-1].append(at(x, y))
    line = trace["line"]
    if trace.get("fill") == "toself":
        return [Polygon(tuple(p[:-1]), trace["fillcolor"], line["color"], line["width"]) for p in pieces if p]
    return [Line(tuple(piece), line["color"], line["width"]) for piece in pieces if piece]


_TURNS = {"diamond": (0.0, 90.0, 180.0, 270.0), "square": (45.0, 135.0, 225.0, 315.0)}
_REACH = {"diamond": 0.65, "square": 0.707}  # of its size, from the middle to a corner


def _symbol(marker: dict[str, Any], symbol: str, fill: str, angle: float, x: float, y: float) -> list[Shape]:
    """⊕, ⊗, a box, a rhomb or a dot around a place."""
    size, pen = marker["size"], marker.get("line") or {"color": fill, "width": 0}
    if symbol in _TURNS:
        r = size * _REACH[symbol]
        turns = [radians(degrees + angle) for degrees in _TURNS[symbol]]
        points = tuple([(round(x + r * sin(turn), 2), round(y - r * cos(turn), 2)) for turn in turns])
        return [Polygon(points, fill, pen["color"], pen["width"])]
    r = size / 2
    made: list[Shape] = [Oval(x, y, r, fill, pen["color"], pen["width"])]
    a = round(r * 0.707, 2)
    crosses: dict[str, Sequence[tuple[Point, Point]]] = {
        "circle-cross": (((x - r, y), (x + r, y)), ((x, y - r), (x, y + r))),
        "circle-x": (((x - a, y - a), (x + a, y + a)), ((x - a, y + a), (x + a, y - a))),
    }
    return [*made, *(Line(ends, pen["color"], pen["width"]) for ends in crosses.get(symbol, ()))]


def _scaled(shape: Shape, times: float, dx: float, dy: float) -> Shape:
    def at(x: float, y: float) -> Point:
        return round(x * times + dx, 3), round(y * times + dy, 3)

    if isinstance(shape, Text):
        x, y = at(shape.x, shape.y)
        return replace(shape, x=x, y=y, size=round(shape.size * times, 3))
    width = round(shape.width * times, 3)
    if isinstance(shape, Oval):
        x, y = at(shape.x, shape.y)
        return replace(shape, x=x, y=y, radius=round(shape.radius * times, 3), width=width)
    if isinstance(shape, Line):
        shape = replace(shape, head=round(shape.head * times, 3))
    return replace(shape, points=tuple([at(x, y) for x, y in shape.points]), width=width)


def _grey(shape: Shape) -> Shape:
    if isinstance(shape, Text):
        return replace(shape, colour=palette.grey(shape.colour))
    if isinstance(shape, Line):
        return replace(shape, stroke=palette.grey(shape.stroke))
    return replace(shape, fill=palette.grey(shape.fill), stroke=palette.grey(shape.stroke))
