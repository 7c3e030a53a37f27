"""Lines and signs in space as triangles: where drawing is done in software these are much quicker than Plotly's own lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import cos, dist, hypot, pi, sin, sqrt

Point = tuple[float, float, float]
Triangle = tuple[int, int, int]

_AROUND = tuple((cos(pi / 2 + turn * 2 * pi / 3), sin(pi / 2 + turn * 2 * pi / 3)) for turn in range(3))
CORNERS = 12  # of a ring


@dataclass(slots=True)
class Triangles:
    """Corners, and which three of them make a triangle each."""

    points: list[Point] = field(default_factory=list[Point])
    faces: list[Triangle] = field(default_factory=list[Triangle])

    def tube(self, way: Sequence[Point], radius: float) -> None:
        """A way as a tube of three sides, open at its ends; its bends lie mostly across the depth (y)."""
        first = len(self.points)
        for number, (x, y, z) in enumerate(way):
            before, behind = way[max(0, number - 1)], way[min(len(way) - 1, number + 1)]
            along, up = behind[0] - before[0], behind[2] - before[2]
            length = hypot(along, up) or 1.0
            for out, back in _AROUND:  # out: across the way, in the plane of x and z
                self.points.append(
                    (x - up / length * out * radius, y + back * radius, z + along / length * out * radius)
                )
        for start in range(first, first + 3 * (len(way) - 1), 3):
            for side in range(3):
                a, b = start + side, start + (side + 1) % 3
                self.faces += [(a, b, b + 3), (a, b + 3, a + 3)]

    def ring(self, middle: Point, radius: float, width: float, right: Point, up: Point, corners: int = CORNERS) -> None:
        """A flat ring (of four ``corners`` a square) in the plane of two directions."""
        first = len(self.points)
        turned = pi / corners  # a square stands on a side
        for corner in range(corners):
            angle = turned + corner * 2 * pi / corners
            for away in (radius - width, radius):
                self.points.append(moved(middle, cos(angle) * away, right, sin(angle) * away, up))
        for corner in range(corners):
            a, b = first + 2 * corner, first + 2 * ((corner + 1) % corners)
            self.faces += [(a, a + 1, b + 1), (a, b + 1, b)]

    def bar(self, middle: Point, half: float, width: float, right: Point, up: Point) -> None:
        """A flat bar along the direction ``right``."""
        first = len(self.points)
        for along, across in ((-half, -1), (half, -1), (half, 1), (-half, 1)):
            self.points.append(moved(middle, along, right, across * width / 2, up))
        self.faces += [(first, first + 1, first + 2), (first, first + 2, first + 3)]


def moved(point: Point, along: float, one: Point, across: float, other: Point) -> Point:
    """A point so far away along two directions."""
    x, y, z = (a + along * b + across * c for a, b, c in zip(point, one, other, strict=True))
    return (x, y, z)


def diagonal(right: Point, up: Point) -> tuple[Point, Point]:
    """Two directions, turned by half a right angle."""
    half = 1 / sqrt(2)
    x, y = moved((0.0, 0.0, 0.0), half, right, half, up), moved((0.0, 0.0, 0.0), half, right, -half, up)
    return x, y


def dashed(way: Sequence[Point], pattern: Sequence[float]) -> list[tuple[Point, ...]]:
    """The pieces of a way that are drawn: ``pattern`` are lengths, drawn and not by turns; all of it without one."""
    if not pattern:
        return [tuple(way)]
    pieces: list[tuple[Point, ...]] = []
    at, left = 0, pattern[0]
    piece: list[Point] = [way[0]]
    for start, end in pairwise(way):
        long, done = dist(start, end), 0.0
        while long - done > left:
            done += left
            share = done / long
            point = tuple(a + (b - a) * share for a, b in zip(start, end, strict=True))
            here = (point[0], point[1], point[2])
            if at % 2 == 0:
                pieces.append((*piece, here))
            piece = [here]
            at, left = at + 1, pattern[(at + 1) % len(pattern)]
        left -= long - done
        if at % 2 == 0:
            piece.append(end)
    if at % 2 == 0 and len(piece) > 1:
        pieces.append(tuple(piece))
    return pieces
