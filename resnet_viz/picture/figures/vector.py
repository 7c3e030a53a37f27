"""A picture as shapes that any drawing program holds: faces, lines, signs and texts, a named group for each volume.

Colours, words of the legend and strokes are those of the page's figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from math import cos, radians, sin
from typing import Any

from ...steps import Trace
from .. import layout
from ..layout import FONT, Box, Label, Look, Mark, Place, Scene, contract, text_width
from ..layout.rows import AGAIN, rows
from ..layout.scene import LINE, Plus
from . import palette
from .colouring import colouring
from .flow import describe_scene
from .marks import describe_marks
from .shapes import Drawing, Group, Line, Oval, Point, Polygon, Shape, Text

_LIT, _TOP = 0.25, 0.6  # how much lighter a volume's front and top are than its side
_HEAD = 8.0  # px of an arrow
_LEGEND = 12.0  # px left of a legend
_KEY, _ROW, _PAD = 30.0, 18.0, 2.0  # px of a legend's sign, of its rows, and around the picture


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
    return made.greyed() if grey else made


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
