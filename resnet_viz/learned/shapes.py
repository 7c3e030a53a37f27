"""Shapes as signed distances: how far a place lies outside a shape, below 0 inside it. A shape is about 1 large, round 0.

Most formulas are from Inigo Quilez's collection of distances in 2-D. ``x`` runs to the right and ``y`` down, ``(H, W)``
each; ``a`` and ``b``, from 0 to 1, make one shape thin or stout, pointed or blunt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.float64]
Shape = Callable[[Grid, Grid, float, float], Grid]


def circle(x: Grid, y: Grid, a: float, b: float) -> Grid:
    return np.hypot(x, y) - 0.86


def ring(x: Grid, y: Grid, a: float, b: float) -> Grid:
    thick = 0.10 + 0.16 * a
    return np.abs(np.hypot(x, y) - (0.95 - thick)) - thick


def crescent(x: Grid, y: Grid, a: float, b: float) -> Grid:
    """A disc without another disc of radius ``other`` that lies ``apart`` to its right."""
    apart, other = 0.42 + 0.22 * a, 0.80 + 0.08 * b
    return np.maximum(np.hypot(x - 0.15, y) - 0.97, other - np.hypot(x - 0.15 - apart, y))


def heart(x: Grid, y: Grid, a: float, b: float) -> Grid:
    u, v = np.abs(x) / 1.55, (0.80 - y) / 1.55  # the tip at the bottom is its origin
    lobes = np.hypot(u - 0.25, v - 0.75) - np.sqrt(2) / 4
    half = 0.5 * np.maximum(u + v, 0)
    sides = np.minimum(np.hypot(u, v - 1), np.hypot(u - half, v - half)) * np.sign(u - v)
    return 1.55 * np.where(u + v > 1, lobes, sides)


def drop(x: Grid, y: Grid, a: float, b: float) -> Grid:
    """A disc of radius ``r`` and the two tangents from a point over it."""
    r, tall = 0.55 + 0.10 * a, 1.10 + 0.20 * b
    u, v = np.abs(x), 0.95 - r - y  # the disc's centre is the origin, the point is at (0, tall)
    slope = r / tall  # the sine of half the angle at the point
    side = np.sqrt(1 - slope**2)
    along = v * side - u * slope  # along the tangent, from where it leaves the disc
    straight = np.where(along > tall * side, np.hypot(u, v - tall) + r, u * side + v * slope)
    return np.where(along < 0, np.hypot(u, v), straight) - r


def triangle(x: Grid, y: Grid, a: float, b: float) -> Grid:
    return _polygon(x, y, 3, 0.50 + 0.04 * a)


def square(x: Grid, y: Grid, a: float, b: float) -> Grid:
    u, v = np.abs(x) - 0.72, np.abs(y) - 0.72
    return np.hypot(np.maximum(u, 0), np.maximum(v, 0)) + np.minimum(np.maximum(u, v), 0)


def hexagon(x: Grid, y: Grid, a: float, b: float) -> Grid:
    return _polygon(x, y, 6, 0.82)


def star(x: Grid, y: Grid, a: float, b: float) -> Grid:
    """Five points at 1.05, the corners between them further in or out."""
    inner = 0.40 + 0.12 * a
    angle, radius = np.arctan2(x, -y), np.hypot(x, y)
    turn = np.pi / 5
    folded = np.abs((angle + turn) % (2 * turn) - turn)  # from a point to the corner beside it
    u, v = radius * np.sin(folded), radius * np.cos(folded)
    ex, ey = inner * np.sin(turn), inner * np.cos(turn) - 1.05  # the edge, from the point
    share = np.clip((u * ex + (v - 1.05) * ey) / (ex * ex + ey * ey), 0, 1)
    away = np.hypot(u - share * ex, v - 1.05 - share * ey)
    return away * np.sign((v - 1.05) * ex - u * ey)


def cross(x: Grid, y: Grid, a: float, b: float) -> Grid:
    arm = 0.22 + 0.12 * a
    u, v = np.maximum(np.abs(x), np.abs(y)), np.minimum(np.abs(x), np.abs(y))
    outside = np.hypot(np.maximum(u - 0.95, 0), np.maximum(v - arm, 0))
    corner = np.hypot(np.maximum(arm - u, 0), np.maximum(arm - v, 0))  # inside, the nearest is the corner between arms
    inside = -np.minimum(0.95 - u, np.where(u > arm, arm - v, corner))
    return np.where((u > 0.95) | (v > arm), outside, inside)


def _polygon(x: Grid, y: Grid, corners: int, inner: float) -> Grid:
    """Regular, a corner at the top; ``inner`` is the radius of the circle in it."""
    turn = np.pi / corners
    angle, radius = np.arctan2(x, -y), np.hypot(x, y)
    folded = angle % (2 * turn) - turn  # from the middle of an edge
    u, v = radius * np.sin(folded), radius * np.cos(folded)
    past = np.maximum(np.abs(u) - inner * np.tan(turn), 0)
    return np.where(v > inner, np.hypot(v - inner, past), v - inner)


SHAPES: Mapping[str, Shape] = MappingProxyType(
    {shape.__name__: shape for shape in (circle, ring, crescent, heart, drop, triangle, square, hexagon, star, cross)}
)
"""Every shape by its name, in the order of the classes."""
