"""What a picture is drawn with, whatever draws it: faces, lines, circles and texts, in groups that have names.

x grows to the right and y downwards, one unit a CSS pixel, from the upper left corner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import hypot
from typing import Literal

from ..layout import FONT, text_width
from ..layout.scene import LINE
from . import palette

Point = tuple[float, float]
Dash = Literal["solid", "dash", "dot", "dashdot"]
GroupKind = Literal["volume", "link", "sign", "label", "mark", "legend", "scale"]


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

    def greyed(self) -> Drawing:
        """Without colours, for print."""
        groups = tuple([replace(group, shapes=tuple(map(_grey, group.shapes))) for group in self.groups])
        return replace(self, groups=groups)


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
