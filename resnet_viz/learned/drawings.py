"""Pictures that the project draws itself: one of ten shapes on a textured ground, lit, noisy and partly hidden.

A picture is a function of its label and its seed alone. What is drawn by lot are the doubles of PCG64, whose stream
NumPy keeps; the picture is computed in float64 and rounded once, so that another processor makes the same bytes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .shapes import SHAPES, Grid

SIDE = 64  # pixels
CLASSES = tuple(SHAPES)

Picture = NDArray[np.uint8]  # (SIDE, SIDE, 3)


class _Lot:
    """Numbers drawn by lot; only uniform doubles are asked of NumPy."""

    def __init__(self, *seed: int) -> None:
        self._generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self._generator.random()

    def below(self, count: int) -> int:
        return int(self._generator.random() * count)

    def chance(self, share: float) -> bool:
        return self._generator.random() < share

    def grid(self, *sides: int) -> NDArray[np.float64]:
        """Uniform from 0 to 1."""
        return self._generator.random(sides)


def drawn(label: int, seed: int, *, calm: bool = False) -> Picture:
    """The picture of class ``label`` with this seed: ``(64, 64, 3)``, uint8, red green blue.

    A ``calm`` one is easier: a large shape that nothing hides, on a ground of one colour, without noise.

    >>> drawn(0, 1).shape, (drawn(0, 1) == drawn(0, 1)).all(), (drawn(0, 1) == drawn(0, 2)).all()
    ((64, 64, 3), np.True_, np.False_)
    """
    lot = _Lot(seed, label)
    y, x = np.mgrid[0:SIDE, 0:SIDE] + 0.5  # pixels' centres
    ground_colour, other, paint = _colours(lot)
    ground = ground_colour + (other - ground_colour) * _texture(lot, x, y)[..., None] * (not calm)

    size = lot.between(13, 24)
    if calm:
        size = max(size, 20)
    reach = SIDE / 2 - size  # the shape stays in the picture
    centre = SIDE / 2 + lot.between(-reach, reach), SIDE / 2 + lot.between(-reach, reach)
    distance = _placed(lot, label, x, y, centre, size)  # in pixels

    light = lot.between(0, 2 * np.pi)
    light_x, light_y = np.cos(light), np.sin(light)
    picture = _shadowed(lot, ground, distance, light_x, light_y)
    inside = _cover(distance)[..., None]
    picture = picture + (_painted(lot, paint, x, y, distance, light_x, light_y) - picture) * inside
    if lot.chance(0.25):  # a line round it
        line = _cover(np.abs(distance) - lot.between(0.5, 1.2))[..., None]
        picture = picture + (paint * lot.between(0.15, 0.5) - picture) * line
    for _ in range(lot.below(3) * (not calm)):
        picture = _hidden(lot, picture, x, y, (ground_colour, other), centre, size)
    slope = lot.between(0, 0.35) * ((x - SIDE / 2) * light_x + (y - SIDE / 2) * light_y) / SIDE
    picture = picture * (lot.between(0.8, 1.1) - slope)[..., None]
    noise = lot.grid(4, SIDE, SIDE, 3).sum(0) - 2  # nearly normal, of variance 1/3
    picture = picture + noise * lot.between(0, 0.09) * (not calm)
    return np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)


def drawings(count: int, seed: int = 0, *, calm: bool = False) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """``count`` pictures ``(count, 64, 64, 3)`` and their labels, the classes in turn; picture n has the seed ``seed + n``."""
    labels = np.arange(count, dtype=np.int64) % len(CLASSES)
    pictures = np.empty((count, SIDE, SIDE, 3), np.uint8)
    for number, label in enumerate(labels):
        pictures[number] = drawn(int(label), seed + number, calm=calm)
    return pictures, labels


def _cover(distance: Grid) -> Grid:
    """The share of a pixel that lies inside, from the distance of its centre to the edge in pixels."""
    return np.clip(0.5 - distance, 0, 1)


def _colours(lot: _Lot) -> tuple[Any, Any, Any]:
    """Two colours of the ground and one of the shape, ``(3,)`` each, which differ enough for an eye."""
    hue, shift = lot.between(0, 1), lot.between(-0.12, 0.12)
    dark = lot.between(0.18, 0.75)
    ground = _colour(hue, lot.between(0.1, 0.75), dark)
    other = _colour(
        hue + shift, lot.between(0.1, 0.75), dark + lot.between(0.08, 0.25) * (1 if lot.chance(0.5) else -1)
    )
    middle = (ground + other) / 2
    while True:
        paint = _colour(lot.between(0, 1), lot.between(0.25, 0.9), lot.between(0.25, 0.95))
        if np.abs(paint - middle).sum() > 0.55 and abs(_luma(paint) - _luma(middle)) > 0.08:
            return ground, other, paint


def _colour(hue: float, saturation: float, value: float) -> Any:
    """Hue, saturation and value, from 0 to 1 each, as red, green and blue ``(3,)``."""
    wheel = np.clip(np.abs((hue * 6 + np.array([0.0, 4.0, 2.0])) % 6 - 3) - 1, 0, 1)
    return min(max(value, 0.05), 1.0) * (1 + saturation * (wheel - 1))


def _luma(colour: Any) -> float:
    return float(colour @ np.array([0.299, 0.587, 0.114]))


def _texture(lot: _Lot, x: Grid, y: Grid) -> Grid:
    """A field from 0 to 1: one of nine patterns, turned and scaled."""
    angle, wave = lot.between(0, 2 * np.pi), lot.between(6, 18)  # of so many pixels
    u = (x * np.cos(angle) + y * np.sin(angle)) / wave + lot.between(0, 1)
    v = (y * np.cos(angle) - x * np.sin(angle)) / wave + lot.between(0, 1)
    turn = 2 * np.pi
    clouds = _clouds(lot, x, y)
    match lot.below(9):
        case 0:  # a gradient
            field = 0.5 + 0.5 * ((x - SIDE / 2) * np.cos(angle) + (y - SIDE / 2) * np.sin(angle)) / SIDE
        case 1:  # stripes
            field = 0.5 + 0.9 * np.sin(turn * u)
        case 2:  # a chessboard
            field = 0.5 + 1.6 * np.sin(turn * u / 2) * np.sin(turn * v / 2)
        case 3:  # dots
            field = 3.2 * (0.34 - np.hypot(u % 1 - 0.5, v % 1 - 0.5)) + 0.5
        case 4:  # waves
            field = 0.5 + 0.8 * np.sin(turn * (u + 0.22 * np.sin(turn * v / 1.7)))
        case 5:  # rings round a place
            away = np.hypot(x - lot.between(0, SIDE), y - lot.between(0, SIDE))
            field = 0.5 + 0.7 * np.sin(turn * away / wave)
        case 6:  # wood
            field = 0.5 + 0.6 * np.sin(turn * (u / 1.5 + 1.3 * clouds))
        case 7:  # bricks
            along, up = (u / 2 + np.floor(v) / 2) % 1, v % 1  # each row half a brick on
            field = 6 * np.minimum(2 * np.minimum(along, 1 - along), np.minimum(up, 1 - up)) - 0.4
        case _:
            field = clouds
    return np.clip(field * 0.8 + clouds * 0.4 - 0.1, 0, 1)


def _clouds(lot: _Lot, x: Grid, y: Grid) -> Grid:
    """Noise of three sizes, each smooth between random values on a lattice; from 0 to 1."""
    total, weight = np.zeros_like(x), 0.0
    for cell, share in ((21.0, 1.0), (9.0, 0.5), (4.0, 0.3)):
        lattice = lot.grid(SIDE // int(cell) + 3, SIDE // int(cell) + 3)
        u, v = x / cell, y / cell
        column, row = u.astype(int), v.astype(int)
        u, v = u - column, v - row
        u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
        upper = lattice[row, column] + (lattice[row, column + 1] - lattice[row, column]) * u
        lower = lattice[row + 1, column] + (lattice[row + 1, column + 1] - lattice[row + 1, column]) * u
        total, weight = total + share * (upper + (lower - upper) * v), weight + share
    return np.clip((total / weight - 0.5) * 1.8 + 0.5, 0, 1)


def _placed(lot: _Lot, label: int, x: Grid, y: Grid, centre: tuple[float, float], size: float) -> Grid:
    """The shape's distance in pixels, turned, stretched, bent and rounded."""
    upright = CLASSES[label] in ("heart", "drop")  # an eye knows these by their tip
    angle = lot.between(-0.7, 0.7) if upright else lot.between(0, 2 * np.pi)
    stretch, bend = lot.between(0.9, 1.1), lot.between(0, 0.03)
    u, v = (x - centre[0]) / size, (y - centre[1]) / size
    u, v = u * np.cos(angle) + v * np.sin(angle), v * np.cos(angle) - u * np.sin(angle)
    u, v = u * stretch, v / stretch
    u = u + bend * np.sin(5 * v + lot.between(0, 6))
    v = v + bend * np.sin(5 * u + lot.between(0, 6))
    a, b = lot.between(0, 1), lot.between(0, 1)
    return SHAPES[CLASSES[label]](u, v, a, b) * size - lot.between(0, 1)


def _shadowed(lot: _Lot, ground: Any, distance: Grid, light_x: float, light_y: float) -> Any:
    """The ground with the shape's soft shadow on it, away from the light; one picture in two has one."""
    if lot.chance(0.5):
        return ground
    away, soft = lot.between(2, 5), lot.between(2, 5)
    # whole pixels, so that the distance needs no computing anew
    moved = _shifted(distance, round(away * light_y), round(away * light_x))
    return ground * (1 - lot.between(0.3, 0.6) * np.clip(0.5 - moved / soft, 0, 1))[..., None]


def _shifted(field: Grid, down: int, right: int) -> Grid:
    """Moved by whole pixels; what comes in at a side repeats the side's value."""
    rows, columns = np.arange(SIDE) - down, np.arange(SIDE) - right
    return field[np.clip(rows, 0, SIDE - 1)][:, np.clip(columns, 0, SIDE - 1)]


def _painted(lot: _Lot, paint: Any, x: Grid, y: Grid, distance: Grid, light_x: float, light_y: float) -> Any:
    """The shape's surface: its colour, a pattern on some, and an edge that the light catches."""
    surface = np.broadcast_to(paint, (SIDE, SIDE, 3))
    if lot.chance(0.4):
        mark = np.clip(paint + lot.between(-0.3, 0.3), 0, 1)
        surface = surface + (mark - surface) * _texture(lot, x, y)[..., None]
    down, right = np.gradient(distance)
    edge = np.clip(1 + distance / lot.between(2, 7), 0, 1)  # 1 at the edge, 0 further in
    shade = -(right * light_x + down * light_y) * edge * lot.between(0, 0.45)
    return surface * (1 + shade)[..., None]


def _hidden(
    lot: _Lot, picture: Any, x: Grid, y: Grid, colours: tuple[Any, Any], centre: tuple[float, float], size: float
) -> Any:
    """The picture behind a bar or a disc of the ground's colours, which covers the rim of the shape at most."""
    angle = lot.between(0, 2 * np.pi)
    colour = colours[lot.below(2)] * lot.between(0.6, 1.3)
    side = x - centre[0], y - centre[1]
    across = side[0] * np.cos(angle) + side[1] * np.sin(angle)
    if lot.chance(0.5):
        distance = np.abs(across - lot.between(-0.7, 0.7) * size) - lot.between(0.8, 2.2)
    else:
        away = size * lot.between(0.75, 1.6)
        distance = np.hypot(side[0] - away * np.cos(angle), side[1] - away * np.sin(angle)) - size * lot.between(
            0.15, 0.3
        )
    return picture + (colour - picture) * _cover(distance)[..., None]
