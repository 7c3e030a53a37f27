"""The picture's measures, written down apart from the code, and a ruler that works out a volume by hand.

A volume is drawn through square roots: 13 px of height for each √row, 3.6 px to the right and 5.4 px up for each
√column (half as long as the height's 13 px), 0.9 px of thickness for each √channel. A letter takes 6.84 px (0.57 em of 12 px), a line of text 16.2 px.
"""

from math import hypot, sqrt
from typing import Any, NamedTuple

import pytest

from resnet_viz.picture.layout import Box, Label, Scene
from resnet_viz.steps import Trace

LETTER, LINE = 6.84, 16.2
Rect = tuple[float, float, float, float]  # left, bottom, right, top


class Volume(NamedTuple):
    """Thickness along the flow, height of the front face, and the depth's way to the right and up, in px."""

    thick: float
    tall: float
    right: float
    up: float

    @property
    def span(self) -> float:
        return self.thick + self.right

    def rect(self, left: float, middle: float = 0.0) -> Rect:
        """Around the volume whose front face begins at ``left`` and has its middle at the height ``middle``."""
        return left, middle - self.tall / 2, left + self.span, middle + self.tall / 2 + self.up


def volume(rows: int, columns: int, channels: int) -> Volume:
    """The volume of a map; a vector is 1×1. A slice thinner than 3 px is drawn 3 px thick."""
    return Volume(max(3.0, 0.9 * sqrt(channels)), 13 * sqrt(rows), 3.6 * sqrt(columns), 5.4 * sqrt(columns))


def wide(*lines: str) -> float:
    """Room that a text takes: its longest line."""
    return LETTER * max(len(line) for line in lines)


def rect_of(box: Box) -> Rect:
    return box.left, box.bottom, box.right, box.top


def volumes_of(scene: Scene, trace: Trace) -> dict[str, Rect]:
    return {trace.steps[box.step].name: rect_of(box) for box in scene.boxes}


def labels_of(scene: Scene) -> dict[tuple[str, ...], tuple[float, float]]:
    """Where each text stands, by its lines; two labels of the same words are an error here."""
    found = {label.lines: (label.x, label.y) for label in scene.labels}
    assert len(found) == len(scene.labels)
    return found


def first_labels_of(scene: Scene) -> dict[tuple[str, ...], tuple[float, float]]:
    """Where each text stands; of several with the same words the first."""
    return {label.lines: (label.x, label.y) for label in reversed(scene.labels)}


def same(found: object, wanted: object) -> bool:
    """Equal to a hundredth of a px, names and orders included."""
    if isinstance(wanted, dict):
        return (
            isinstance(found, dict) and list(found) == list(wanted) and all(same(found[k], wanted[k]) for k in wanted)
        )
    if isinstance(wanted, list | tuple):
        return (
            isinstance(found, list | tuple)
            and len(found) == len(wanted)
            and all(same(a, b) for a, b in zip(found, wanted, strict=True))
        )
    if isinstance(wanted, float):
        return found == pytest.approx(wanted, abs=0.01)
    return found == wanted


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    """Whether two rectangles share more than an edge."""
    return a[0] < b[2] - 0.01 and b[0] < a[2] - 0.01 and a[1] < b[3] - 0.01 and b[1] < a[3] - 0.01


def label_rect(label: Label) -> Rect:
    """Around a text centred at ``label.x`` whose first line begins at ``label.y``."""
    half = wide(*label.lines) / 2
    return label.x - half, label.y - LINE * len(label.lines), label.x + half, label.y


def seen(figure: dict[str, Any], point: tuple[float, float, float]) -> tuple[float, float]:
    """Where a point is in the page, in px from the picture's middle, right and up: the camera's own arithmetic.

    An axis's range is as long as its aspect, around the origin; an orthographic camera turned to the origin shows two
    units from the bottom to the top.
    """
    scene = figure["layout"]["scene"]
    world = []
    for axis, value in zip("xyz", point, strict=True):
        low, high = scene[f"{axis}axis"]["range"]
        world.append((value - (low + high) / 2) / (high - low) * scene["aspectratio"][axis])
    eye = [scene["camera"]["eye"][axis] for axis in "xyz"]
    away = [value / hypot(*eye) for value in eye]
    flat = hypot(away[0], away[1])
    right = (-away[1] / flat, away[0] / flat, 0.0)
    up = (away[1] * right[2] - away[2] * right[1], away[2] * right[0] - away[0] * right[2], away[0] * right[1] - away[1] * right[0])  # fmt: skip
    return tuple(
        sum(a * b for a, b in zip(world, axis, strict=True)) * figure["layout"]["height"] / 2 for axis in (right, up)
    )  # type: ignore[return-value]
