"""The numbers of an example under an operation's maps: panels of cells side by side, and the lines that lead to the result.

Units are CSS pixels; x grows to the right and y upwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...why.example import Example, Kind, said
from .scene import CHAR, LINE, Label, text_width

Rect = tuple[float, float, float, float]  # left, bottom, right, top
SIDE, LEAST = 34.0, 21.0  # px of a cell at most and at least
ROOM = 182.0  # px of a panel of many cells
SIGN = 34.0  # px between panels, for a sign
HEAD = 2 * LINE + 16  # px over the panels: what is shown, and the columns' numbers


@dataclass(frozen=True, slots=True)
class Cell:
    """A number in its place."""

    rect: Rect
    text: str
    kind: Kind
    marked: bool


@dataclass(frozen=True, slots=True)
class Numbers:
    """``cells`` with their numbers; ``names`` of their rows and columns, and the ``signs`` between panels, as texts around
    a point.
    """

    cells: tuple[Cell, ...]
    names: tuple[tuple[float, float, str], ...]
    signs: tuple[tuple[float, float, str], ...]
    labels: tuple[Label, ...]
    bounds: Rect


def place_numbers(example: Example, left: float, top: float) -> Numbers:
    """The example's panels from ``left`` to the right, its head at ``top``."""
    title = ("In numbers (an example's, not the network's own)", example.head)
    labels = [Label(left + text_width(title) / 2, top, title, strong=True)]
    cells: list[Cell] = []
    names: list[tuple[float, float, str]] = []
    signs: list[tuple[float, float, str]] = []
    y = top - HEAD - (8 if example.across else 0)
    rows = max((len(panel.rows) for panel in example.panels), default=0)
    side = _side(example)
    floor = y - rows * side
    middle = (y + floor) / 2
    x = left + (max(CHAR * len(name) for name in example.down) + 10 if example.down else 0)
    for name, row in zip(example.down, range(rows), strict=False):
        names.append((x - 6 - CHAR * len(name) / 2, y - (row + 0.5) * side, name))
    for number, panel in enumerate(example.panels):
        wide = side * len(panel.rows[0])
        room = max(wide, text_width((panel.title,)))
        if panel.sign:
            signs.append((x + SIGN / 2, middle, panel.sign))
            x += SIGN
        start = x + (room - wide) / 2
        if number == 0:
            names += [(start + (j + 0.5) * side, y + 10, name) for j, name in enumerate(example.across)]
        for i, line in enumerate(panel.rows):
            for j, one in enumerate(line):
                rect = (start + j * side, y - (i + 1) * side, start + (j + 1) * side, y - i * side)
                cells.append(Cell(rect, said(one.value), one.kind, one.marked))
        labels.append(Label(x + room / 2, floor - 4, (panel.title,)))
        x += room
    x += 24 if example.panels else 0
    height = LINE * len(example.lines)
    wide = text_width(example.lines)
    # beside low panels the lines begin with them, and never reach up to the head
    labels.append(Label(x + wide / 2, min(y + 8, middle + height / 2), example.lines))
    x += wide
    if example.result is not None and not any(panel.title == "output" for panel in example.panels):
        text = said(example.result)
        half = max(SIDE, CHAR * len(text) + 8) / 2
        name = ("output cell",)
        signs.append((x + SIGN / 2, middle, "→"))
        x += SIGN + max(half, text_width(name) / 2)
        cells.append(Cell((x - half, middle - SIDE / 2, x + half, middle + SIDE / 2), text, "output", True))
        labels.append(Label(x, middle - SIDE / 2 - 4, name))
        x += max(half, text_width(name) / 2)
    right = max(x, *(label.rect[2] for label in labels))
    bottom = min(label.rect[1] for label in labels)
    return Numbers(tuple(cells), tuple(names), tuple(signs), tuple(labels), (left, bottom, right, top))


def _side(example: Example) -> float:
    """Cells that the widest number fits in, and of which many fit in a panel's room."""
    if not example.panels:
        return SIDE
    most = max(len(panel.rows[0]) for panel in example.panels)
    letters = max(len(said(one.value)) for panel in example.panels for line in panel.rows for one in line)
    return max(LEAST, CHAR * letters + 5, min(SIDE, ROOM / most))
