"""The same scene in space: where lines, signs and words stand when its volumes are boxes that can be turned.

x is the way along the flow, y goes into the depth, z up, one unit each a CSS pixel of the flat scene. Lines and signs lie
on the near faces of the volumes, where the flat picture has them too. Words are placed for the camera that one meets
first, in CSS pixels of the page, and hang on their volume by a thin line; they move with it, being points in space too.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import hypot, sqrt

from .measure import DEPTH_Y, TALL
from .scene import LINE, Box, Label, Link, LinkKind, PlusForm, Scene, text_width
from .tubes import Point, moved

Span = tuple[float, float]

WIDTH, HEIGHT = 900.0, 520.0  # px of the picture
ROOM, MARGIN = 790.0, 8.0  # px of the narrowest page that does not scroll it, and of its edges
SIDES = 40.0  # px beside the volumes, into which the words under the outer ones reach
LEGEND = 30.0  # px at the foot
EYE: Point = (-0.7, -2.2, 0.8)
ROW = 2 * LINE + 4  # px between rows of words
MANY = 400  # lines of a scene whose curves have fewer points, for the sake of what is sent
AIR = 10.0  # px between volumes and words


@dataclass(frozen=True, slots=True)
class Hung:
    """Lines of words, each around a point, and the thread from a volume to the first or last of them."""

    lines: tuple[tuple[Point, str], ...]
    thread: tuple[Point, Point]


@dataclass(frozen=True, slots=True)
class Solid:
    """``ways`` are the links in space, ``signs`` the places of ⊕, ⊗ and ◫, ``ranges`` what is seen along x, y and z,
    and ``aspect`` how long each of them is in the camera's units.
    """

    ways: tuple[tuple[LinkKind, tuple[Point, ...]], ...]
    signs: tuple[tuple[PlusForm, Point], ...]
    words: tuple[Hung, ...]
    ranges: tuple[Span, Span, Span]
    aspect: Point
    scale: float  # px of the page in a unit


def deep(box: Box) -> float:
    """The depth in the scale of the height, as W is in that of H."""
    return box.dy / DEPTH_Y * TALL


def corners(box: Box) -> tuple[Point, ...]:
    """Bottom near left, right, far right, far left, then the top."""
    x0, x1, half, z0, z1 = box.x, box.x + box.width, deep(box) / 2, box.bottom, box.bottom + box.height
    around = ((x0, -half), (x1, -half), (x1, half), (x0, half))
    return tuple((x, y, z) for z in (z0, z1) for x, y in around)


def solid_scene(scene: Scene) -> Solid:
    """The scene in space."""
    near = _Near(scene)
    ways: tuple[tuple[LinkKind, tuple[Point, ...]], ...]
    ways = tuple((link.kind, near.way(link)) for link in scene.links)
    signs: tuple[tuple[PlusForm, Point], ...]
    signs = tuple((plus.form, (plus.x, -near.at(plus.x) - 1, plus.y)) for plus in scene.pluses)
    points = [point for box in scene.boxes for point in corners(box)]
    points += [point for _, way in ways for point in way]
    seen = [_seen(point) for point in points]
    across, up = [x for x, _ in seen], [y for _, y in seen]
    named = _named(scene)
    # the largest scale at which the volumes, and the words under and over them, are in the picture
    wide = (ROOM - 2 * SIDES) / (max(across) - min(across))
    rows = 2
    while True:
        over = 1 if any(not low for *_, low in named) else 0
        high = HEIGHT - LEGEND - 2 * MARGIN - AIR - ROW * (rows + over)
        scale = min(wide, high / (max(up) - min(up)))
        words, needed = _hang(named, scale, (min(up), max(up)), (max(across) + min(across)) / 2)
        if needed <= rows or rows == 5:
            break
        rows += 1
    # what is in the middle of the picture: seen points (across, up) with room for the words under them
    points += [point for hung in words for point in (*hung.thread, *(at for at, _ in hung.lines))]
    middle_across = (max(across) + min(across)) / 2
    middle_up = (max(up) + min(up)) / 2 + (ROW * (over - rows) - AIR - LEGEND) / 2 / scale
    centre = _behind(middle_across, middle_up)
    ranges: list[Span] = []
    for axis, middle in enumerate(centre):
        half = max(abs(point[axis] - middle) for point in points) + 1
        ranges.append((middle - half, middle + half))
    unit = scale / (HEIGHT / 2)  # the orthographic camera shows two units from the bottom to the top
    aspect = tuple(unit * (high - low) for low, high in ranges)
    return Solid(ways, signs, words, (ranges[0], ranges[1], ranges[2]), (aspect[0], aspect[1], aspect[2]), scale)


# ---- the camera -----------------------------------------------------------------------------------------------------

_LONG = hypot(*EYE)
_FLAT = sqrt(EYE[0] ** 2 + EYE[1] ** 2)
RIGHT: Point = (-EYE[1] / _FLAT, EYE[0] / _FLAT, 0.0)
UP: Point = (-EYE[0] * EYE[2] / _FLAT / _LONG, -EYE[1] * EYE[2] / _FLAT / _LONG, _FLAT / _LONG)


def _seen(point: Point) -> tuple[float, float]:
    """Where a point is seen, to the right and up, at the scale 1."""
    return (
        sum(a * b for a, b in zip(point, RIGHT, strict=True)),
        sum(a * b for a, b in zip(point, UP, strict=True)),
    )


def _behind(across: float, up: float) -> Point:
    """A point with y = 0 that is seen there."""
    x = across / RIGHT[0]
    return (x, 0.0, (up - x * UP[0]) / UP[2])


# ---- lines and signs ------------------------------------------------------------------------------------------------


class _Near:
    """Where the near faces of a scene's volumes are: there lines run and signs stand."""

    def __init__(self, scene: Scene) -> None:
        self.every = 4 if len(scene.links) > MANY else 2
        self.boxes: dict[int, list[Box]] = {}
        for box in scene.boxes:
            self.boxes.setdefault(box.step, []).append(box)
        self.row = sorted((box for box in scene.boxes if not box.aside), key=lambda box: box.x)
        self.lefts = [box.x for box in self.row]

    def at(self, x: float) -> float:
        """How far before the middle the near face at ``x`` lies: between two volumes that of the deeper one."""
        behind = bisect_right(self.lefts, x)  # the first volume that begins later
        around = self.row[max(0, behind - 1) : behind + 1]
        if behind and x <= around[0].x + around[0].width:
            around = around[:1]
        return max(deep(box) / 2 for box in around)

    def way(self, link: Link) -> tuple[Point, ...]:
        """A link on the near faces of what it joins; its ends touch the volumes, whose oblique depth is gone."""
        # half of a curve's points still look round
        flat = list(link.points)
        if len(flat) > 12:
            flat = [*flat[: -1 : self.every], flat[-1]]
        first, last = self._end(link.source, *flat[0]), self._end(link.target, *flat[-1])
        long = (flat[-1][0] - flat[0][0]) or 1.0
        shares = [min(1.0, max(0.0, (x - flat[0][0]) / long)) for x, _ in flat[1:-1]]
        between = [
            (x, first[1] + (last[1] - first[1]) * share, z) for (x, z), share in zip(flat[1:-1], shares, strict=True)
        ]
        return (first, *between, last)

    def _end(self, step: int, x: float, z: float) -> Point:
        for box in self.boxes.get(step, ()):
            if box.x - 1 <= x <= box.right + 1 and box.bottom - 1 <= z <= box.top + 1:
                x = min(max(x, box.x), box.x + box.width)
                return (x, -deep(box) / 2, min(max(z, box.bottom), box.bottom + box.height))
        return (x, -self.at(x), z)


# ---- words ----------------------------------------------------------------------------------------------------------


def _named(scene: Scene) -> list[tuple[Label, Box, bool]]:
    """The labels that name a volume, that volume, and whether they stand under it: over it those on a shortcut."""
    found: list[tuple[Label, Box, bool]] = []
    for label in scene.labels:
        if label.strong:
            box = min(scene.boxes, key=lambda box: abs(box.middle - label.x) + abs(box.bottom - label.y) / 3)
            found.append((label, box, not (box.aside and box.y > 0)))
    return found


def _hang(named: list[tuple[Label, Box, bool]], scale: float, up: Span, middle: float) -> tuple[tuple[Hung, ...], int]:
    """Words in rows under and over all volumes, each as near to its own as its neighbours leave room; and how many rows."""
    placed: list[Hung] = []
    most = 1
    for low in (True, False):
        ends: list[float] = []  # the right end of each row
        anchors: list[tuple[float, float, Point, tuple[str, ...]]] = []
        for label, box, under in named:
            if under == low:
                near = (label.x if box.x < label.x < box.x + box.width else box.x + box.width / 2, -deep(box) / 2)
                at = (*near, box.bottom if low else box.bottom + box.height)
                x, y = _seen(at)
                shape = (box.words,) if box.folded else label.lines[1:2]  # of a fold there stands which blocks it is of
                lines = (label.lines[0].split(" · ")[0], *shape)
                anchors.append(((x - middle) * scale, y * scale, at, lines))
        for x, y, at, lines in sorted(anchors):
            half = text_width(lines) / 2
            place = min(max(x, half + MARGIN - ROOM / 2), ROOM / 2 - MARGIN - half)
            row = next((row for row, right in enumerate(ends) if right + 12 <= place - half), None)
            if row is None:
                row = len(ends)
                ends.append(0.0)
            ends[row] = place + half
            edge = up[0] * scale - AIR - ROW * row if low else up[1] * scale + AIR / 2 + ROW * row + LINE * len(lines)
            texts = tuple(
                (moved(at, (place - x) / scale, RIGHT, (edge - (number + 0.5) * LINE - y) / scale, UP), line)
                for number, line in enumerate(lines)
            )
            end = edge if low else edge - LINE * len(lines)
            placed.append(Hung(texts, (at, moved(at, (place - x) / scale, RIGHT, (end - y) / scale, UP))))
        most = max(most, len(ends))
    return tuple(placed), most
