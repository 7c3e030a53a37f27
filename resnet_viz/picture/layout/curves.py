"""How lines bend: arcs over volumes, ways up and down, rounded corners, from lane to lane."""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[float, float]
Way = tuple[Point, ...]


def arc(start: Point, end: Point, roof: float, corner: bool = False) -> Way:
    """A smooth way up from ``start`` to ``roof`` and to ``end``."""
    (x0, y0), (x3, y3) = start, end
    one, two = ((x0, roof), (x0, roof)) if corner else ((x0, roof + (roof - y0) * 0.3), (x3, roof + (roof - y0) * 0.3))
    points: list[Point] = []
    for i in range(17):
        t = i / 16
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        points.append((a * x0 + b * one[0] + c * two[0] + d * x3, a * y0 + b * one[1] + c * two[1] + d * y3))
    return tuple(points)


def drop(start: Point, end: Point, low: float) -> Way:
    """Down from under a shortcut's volume, then in the gap between two volumes to the addition."""
    return (start, (start[0], low - 8), (end[0], low - 8), end)


def curve(start: Point, end: Point) -> Way:
    """A smooth way from lane to lane."""
    (x0, y0), (x1, y1) = start, end
    return tuple((x0 + (x1 - x0) * t / 12, y0 + (y1 - y0) * (3 * (t / 12) ** 2 - 2 * (t / 12) ** 3)) for t in range(13))


def rounded(start: Point, end: Point, roof: float) -> Way:
    """Up to the roof, along it and down, round at the corners."""
    (x0, y0), (x1, y1) = start, end
    r = max(0.0, min(14.0, (x1 - x0) / 2, roof - y0, roof - y1))
    bend = [(1 - c, s) for c, s in ((1.0, 0.0), (0.92, 0.38), (0.71, 0.71), (0.38, 0.92), (0.0, 1.0))]
    up = [(x0 + r * a, roof - r + r * b) for a, b in bend]
    down = [(x1 - r * a, roof - r + r * b) for a, b in reversed(bend)]
    return (start, *up, *down, end)


def without_doubles(points: Sequence[Point]) -> Way:
    """The way without the points that it stays at."""
    kept = [points[0]]
    for point in points[1:]:
        if abs(point[0] - kept[-1][0]) > 0.01 or abs(point[1] - kept[-1][1]) > 0.01:
            kept.append(point)
    return tuple(kept) if len(kept) > 1 else tuple(points)
