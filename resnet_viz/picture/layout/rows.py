"""A long picture in rows under each other, so that it can be read in the column of a paper or fills a slide.

It is cut behind a volume from which all lines lead that go on; the next row begins with that volume once more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

from .scene import LINE, Box, Label, Link, Scene

MOST = 6  # rows
_PLACES = 20  # where a picture may be cut: more would be too many ways to do it
AGAIN = "as above"  # what stands under a volume that is drawn once more
_GAP, _PAD, _NEAR = 16.0, 12.0, 0.5  # px between rows, around a picture, and of what counts as one place

Edges = tuple[float, float]  # of a row: right of the first, up to the second


def rows(scene: Scene, count: int) -> Scene | None:
    """``scene`` in so many rows of about one width; None where it cannot be cut so often, or not at all."""
    if count == 1:
        return scene
    ends = _ends(scene, count)
    if ends is None:
        return None
    starts = [float("-inf"), *(box.right for box in ends)]
    stops = [*(box.right for box in ends), float("inf")]
    made: list[Scene] = []
    floor = 0.0
    for number, edges in enumerate(zip(starts, stops, strict=True)):
        first = ends[number - 1] if number else None
        row = _row(scene, edges, first, [box for box in ends if box is not first])
        left, _, _, top = row.bounds
        moved = _moved(row, -left, floor - top)
        made.append(moved)
        floor = moved.bounds[1] - _GAP
    return _together(scene, made)


def _ends(scene: Scene, count: int) -> list[Box] | None:
    """The volumes behind which the picture is cut, so that the longest row is as short as it can be."""
    if scene.axis is not None or scene.halos or scene.signs:  # one scale of bars stands at one row
        return None
    main = sorted((box for box in scene.boxes if not box.aside), key=lambda box: box.right)
    closed = [right for _, right, _ in scene.brackets]
    free = [
        box
        for box in main[1:-1]
        if (not closed or any(abs(right - box.right) < _NEAR for right in closed)) and _is_end(scene, box)
    ]
    best: tuple[Box, ...] | None = None
    least = float("inf")
    for chosen in combinations(free[:_PLACES], count - 1):
        edges = [main[0].left, *(box.right for box in chosen), main[-1].right]
        starts = [main[0].left, *(box.left for box in chosen)]  # where that volume stands once more
        longest = max(stop - start for start, stop in zip(starts, edges[1:], strict=True))
        if longest < least:
            best, least = chosen, longest
    return None if best is None else list(best)


def _is_end(scene: Scene, box: Box) -> bool:
    """Whether all lines that pass a volume's right side begin at it."""
    for link in scene.links:
        across = [x for x, _ in link.points]
        if min(across) < box.right - _NEAR and max(across) > box.right + _NEAR and link.source != box.step:
            return False
    return all(
        other.aside or other is box or other.right <= box.right + _NEAR or other.left >= box.right - _NEAR
        for other in scene.boxes
    )


def _leaves(link: Link, box: Box) -> bool:
    """Whether a line begins at a volume, and not at the sign of the same step that leads to it."""
    return link.source == box.step and link.points[0][0] >= box.left - _NEAR


def _row(scene: Scene, edges: Edges, first: Box | None, ends: list[Box]) -> Scene:
    """What stands between two edges, and the volume before them once more."""
    low, high = edges

    def inside(x: float) -> bool:
        return low + _NEAR < x <= high + _NEAR

    def of_row(link: Link) -> bool:
        if first is not None and _leaves(link, first):
            return True
        return not any(_leaves(link, box) for box in ends) and inside(link.points[-1][0])

    boxes = [box for box in scene.boxes if inside(box.right if not box.aside else box.middle)]
    labels = [label for label in scene.labels if inside(label.x)]
    if first is not None:
        boxes.insert(0, first)
        under = max((y for *_, y in scene.brackets), default=first.bottom - 4)
        beside = min((label.rect[0] for label in labels if label.y < under), default=high)
        words = Label(first.middle, under - 6, (AGAIN,))
        labels.append(replace(words, x=min(words.x, beside - 8 - words.width / 2)))
    row = replace(
        scene,
        boxes=tuple(boxes),
        labels=tuple(labels),
        links=tuple([link for link in scene.links if of_row(link)]),
        pluses=tuple([plus for plus in scene.pluses if inside(plus.x)]),
        marks=tuple([mark for mark in scene.marks if inside(mark.x)]),
        brackets=tuple([bracket for bracket in scene.brackets if inside(bracket[1])]),
        kernels=tuple([box for box in scene.kernels if inside(box.middle)]),
    )
    row = _closer(row, _low(row) - _low(scene))
    return replace(row, bounds=_bounds(row))


def _low(scene: Scene) -> float:
    """How far down reaches what stands over the brackets."""
    floor = max((y for *_, y in scene.brackets), default=float("inf"))
    lows = [box.bottom for box in scene.boxes] + [y for link in scene.links for _, y in link.points]
    return min(lows + [label.rect[1] for label in scene.labels if label.y > floor])


def _closer(row: Scene, up: float) -> Scene:
    """The brackets and the words under them as near to the row's own volumes as they are in the whole picture."""
    if not row.brackets:
        return row
    floor = max(y for *_, y in row.brackets)
    labels = [replace(label, y=label.y + up) if label.y < floor else label for label in row.labels]
    return replace(row, labels=tuple(labels), brackets=tuple([(a, b, y + up) for a, b, y in row.brackets]))


def _bounds(row: Scene) -> tuple[float, float, float, float]:
    rects = [(box.left, box.bottom, box.right, box.top) for box in (*row.boxes, *row.kernels)]
    rects += [label.rect for label in row.labels]
    points = [point for link in row.links for point in link.points]
    points += [(x, y) for bracket in row.brackets for x, y in ((bracket[0], bracket[2]), (bracket[1], bracket[2]))]
    points += [(mark.x, mark.y - LINE / 2) for mark in row.marks]
    across = [x for left, _, right, _ in rects for x in (left, right)] + [x for x, _ in points]
    up = [y for _, bottom, _, top in rects for y in (bottom, top)] + [y for _, y in points]
    return min(across) - _PAD, min(up) - _PAD, max(across) + _PAD, max(up) + _PAD


def _moved(row: Scene, dx: float, dy: float) -> Scene:
    def box(one: Box) -> Box:
        return replace(one, x=one.x + dx, y=one.y + dy)

    left, bottom, right, top = row.bounds
    return replace(
        row,
        boxes=tuple(map(box, row.boxes)),
        kernels=tuple(map(box, row.kernels)),
        labels=tuple([replace(label, x=label.x + dx, y=label.y + dy) for label in row.labels]),
        links=tuple([replace(link, points=tuple([(x + dx, y + dy) for x, y in link.points])) for link in row.links]),
        pluses=tuple([replace(plus, x=plus.x + dx, y=plus.y + dy) for plus in row.pluses]),
        marks=tuple([replace(mark, x=mark.x + dx, y=mark.y + dy) for mark in row.marks]),
        brackets=tuple([(a + dx, b + dx, y + dy) for a, b, y in row.brackets]),
        bounds=(left + dx, bottom + dy, right + dx, top + dy),
    )


def _together(scene: Scene, made: list[Scene]) -> Scene:
    def all_of(parts: Iterable[tuple[object, ...]]) -> tuple[object, ...]:
        return tuple([one for part in parts for one in part])

    fields = ("boxes", "links", "labels", "pluses", "brackets", "kernels", "marks")
    bounds = [row.bounds for row in made]
    return replace(
        scene,
        **{field: all_of(getattr(row, field) for row in made) for field in fields},  # pyright: ignore[reportArgumentType]
        bounds=(0.0, bounds[-1][1], max(right for _, _, right, _ in bounds), bounds[0][3]),
    )
