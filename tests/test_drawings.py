"""The drawings: their shapes' geometry, and that a picture is a function of its class and seed."""

import hashlib

import numpy as np
import pytest

import resnet_viz as rv
from resnet_viz.learned.drawings import CLASSES, drawn
from resnet_viz.learned.shapes import SHAPES, Grid

BYTES = "d7e085116086e9c387defcc0ae0de18dd3cb2b905881c1e97041e4e4d3140b3a"  # of the drawings below
POLYGONS = {  # corners in order; x runs to the right, y down
    "square": [(-0.72, -0.72), (0.72, -0.72), (0.72, 0.72), (-0.72, 0.72)],
    "triangle": [(0, -1), (3**0.5 / 2, 0.5), (-(3**0.5) / 2, 0.5)],
    "hexagon": [(u * 0.82, v * 0.82 / 3**0.5) for u, v in ((0, -2), (1, -1), (1, 1), (0, 2), (-1, 1), (-1, -1))],
    "star": [(far * np.sin(turn * np.pi / 5), -far * np.cos(turn * np.pi / 5)) for turn, far in enumerate([1.05, 0.40] * 5)],
    "cross": [
        (0.22, -0.95), (0.22, -0.22), (0.95, -0.22), (0.95, 0.22), (0.22, 0.22), (0.22, 0.95),
        (-0.22, 0.95), (-0.22, 0.22), (-0.95, 0.22), (-0.95, -0.22), (-0.22, -0.22), (-0.22, -0.95),
    ],
}  # fmt: skip


def places() -> tuple[Grid, Grid]:
    y, x = np.mgrid[-1.4:1.4:41j, -1.4:1.4:41j]
    return x + 0.001, y + 0.002


@pytest.mark.parametrize("name", POLYGONS)
def test_a_distance_is_that_of_the_nearest_edge(name: str) -> None:
    """By the corners alone: the nearest place of each edge, and inside where the edges turn once round it."""
    x, y = places()
    corners = np.array(POLYGONS[name])
    place, best, turned = np.stack([x, y], -1), np.full(x.shape, np.inf), np.zeros(x.shape)
    for begin, end in zip(corners, np.roll(corners, -1, 0), strict=True):
        edge, away = end - begin, place - begin
        share = np.clip(away @ edge / (edge @ edge), 0, 1)
        best = np.minimum(best, np.hypot(*np.moveaxis(away - share[..., None] * edge, -1, 0)))
        one, other = place - begin, place - end
        turned += np.arctan2(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0], (one * other).sum(-1))
    inside = np.abs(turned) > np.pi
    np.testing.assert_allclose(SHAPES[name](x, y, 0.0, 0.0), np.where(inside, -best, best), atol=1e-9)


def test_the_round_shapes_are_their_discs() -> None:
    """Inside or outside, by discs, squares and triangles alone."""
    x, y = places()
    inside = {name: SHAPES[name](x, y, 0.0, 0.0) < 0 for name in SHAPES}

    def disc(u: float, v: float, radius: float) -> Grid:
        return (x - u) ** 2 + (y - v) ** 2 < radius**2

    assert (inside["circle"] == disc(0, 0, 0.86)).all()
    assert (inside["ring"] == disc(0, 0, 0.95) & ~disc(0, 0, 0.75)).all()
    assert (inside["crescent"] == disc(0.15, 0, 0.97) & ~disc(0.57, 0, 0.80)).all()
    # a square on its corner, and a half disc on each of its upper sides
    unit = 1.55
    diamond = np.abs(x) + np.abs(y - 0.80 + unit / 2) < unit / 2
    lobes = [disc(side * unit / 4, 0.80 - 0.75 * unit, unit * 2**0.5 / 4) for side in (-1, 1)]
    assert (inside["heart"] == diamond | lobes[0] | lobes[1]).all()
    # a disc of 0.55 at (0, 0.40), a point 1.10 over its centre, whose tangents touch at 30° over the horizontal
    tip, touch = -0.70, 0.40 - 0.55 / 2
    side = 0.55 * 3**0.5 / 2 * (y - tip) / (touch - tip)
    assert (inside["drop"] == disc(0, 0.40, 0.55) | ((np.abs(x) < side) & (y < touch))).all()


def test_a_drawing_is_the_same_everywhere_and_another_for_each_seed_and_class() -> None:
    made = [drawn(label, seed) for label in range(len(CLASSES)) for seed in range(3)]
    made += [drawn(label, 7, calm=True) for label in range(len(CLASSES))]
    assert all(picture.shape == (64, 64, 3) and picture.dtype == np.uint8 for picture in made)
    assert len({picture.tobytes() for picture in made}) == len(made)
    assert hashlib.sha256(b"".join(picture.tobytes() for picture in made)).hexdigest() == BYTES


def test_the_public_drawing_is_by_name_or_number() -> None:
    assert (rv.learned.drawing("star", 3) == drawn(CLASSES.index("star"), 3)).all()
    assert (rv.learned.drawing(8, 3) == rv.learned.drawing("star", 3)).all()
    with pytest.raises(rv.InputError) as caught:
        rv.learned.drawing("square", -1)
    assert str(caught.value) == "seed=-1: must be a whole number from 0 to 2147483647; use e.g. 0"
