"""The operation level: one conv or pool taken apart, its window over the padded input and the cell that it fills.

Units are CSS pixels; x grows to the right and y upwards, with the maps' row 0 at the top.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...errors import InputError
from ...steps import AvgPool, BlurPool, Conv, MaxPool, Pair, Step, Trace
from ...why.axis import Axis, Blank, Window, axes
from ...why.shape import axes_text
from ...why.worked import kernel_extent
from .scene import LINE, Label, text_width

WIDTH = 300.0  # px of the larger padded side
LARGEST = 60.0  # px of a cell, however few there are
CLOSE = 210.0  # px of the close-up
Rect = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True, slots=True)
class WindowScene:
    """Rectangles by what they are, lines, and labels; ``cell`` is the output cell (row, column) that is filled."""

    step: int
    cell: Pair
    title: str
    padded: Rect
    map: Rect
    window: Rect
    taps: tuple[Rect, ...]
    unread: tuple[Rect, ...]
    close: tuple[
        tuple[Rect, str], ...
    ]  # a cell of the close-up and what it is: tap, gap, padding, or dead where no output cell has data
    output: Rect
    filled: Rect
    grids: tuple[tuple[tuple[float, float], tuple[float, float]], ...]
    arrows: tuple[tuple[tuple[float, float], tuple[float, float]], ...]
    labels: tuple[Label, ...]
    bounds: Rect
    conv: bool  # else a pool, which counts nothing beyond the map


def operation_names(trace: Trace) -> tuple[str, ...]:
    """Steps that slide a window over a map: convs and pools, those of a gate aside, which look at all or at one cell."""
    return tuple(
        step.name
        for step in trace.steps
        if isinstance(step.op, Conv | MaxPool | AvgPool | BlurPool)
        and step.path != "gate"
        and step.inputs
        and len(step.inputs[0]) == 4
    )


def window_scene(
    trace: Trace, focus: str | None, cell: Pair = (0, 0), hide: frozenset[int] = frozenset()
) -> WindowScene:
    """The scene of the step ``focus``, or of the first conv, filling output ``cell`` (row, column), cut to the map.

    The sizes of what the steps in ``hide`` make are for the reader to find, and no word tells them.

    Raises :class:`InputError` for a step that slides no window.
    """
    names = operation_names(trace)
    if not names:
        raise InputError("level", "operation", "this network has no conv or pool", "use level='network'")
    name = focus or names[0]
    if name not in names:
        raise InputError("focus", name, "slides no window over a map", f"use a conv or pool, e.g. {names[0]}")
    step = trace.step(name)
    op = step.op
    assert isinstance(op, Conv | MaxPool | AvgPool | BlurPool)
    out_h, out_w = step.output[2:]
    down, across = axes(step)
    row, column = min(max(cell[0], 0), out_h - 1), min(max(cell[1], 0), out_w - 1)
    # a ceiling pool's last window may hang over the far edge
    total_h, total_w = (
        max(axis.size + 2 * axis.padding, (out - 1) * axis.stride + axis.extent)
        for axis, out in ((down, out_h), (across, out_w))
    )
    unit = min(LARGEST, WIDTH / max(total_h, total_w))

    def rect(left: float, top: float, columns: float, rows: float, x: float = 0.0, y: float = 0.0) -> Rect:
        """Cells counted from the top left of a map whose corner stands at (x, y)."""
        return (x + left * unit, y - (top + rows) * unit, x + (left + columns) * unit, y - top * unit)

    at_row, at_column = row * down.stride, column * across.stride
    taps = tuple(
        rect(at_column + across.dilation * j, at_row + down.dilation * i, 1, 1)
        for i in range(down.kernel if unit >= 3 and down.kernel <= 15 else 0)
        for j in range(across.kernel)
    )
    bands = [rect(total_w - across.unread, 0, across.unread, total_h)] if across.unread else []
    bands += [rect(0, total_h - down.unread, total_w, down.unread)] if down.unread else []
    # panels: the padded input, the window close up, the output at the input's scale
    close_x = total_w * unit + 70
    close, close_labels, close_right = _close(step, (down, across), (at_row, at_column), (close_x, -total_h * unit / 2))
    blank = Blank(not hide.isdisjoint(step.reads), step.index in hide)
    words = _words(step, op, (down, across), (row, column), (at_row, at_column), blank)
    close_right = max(close_right, close_x + text_width(words[1]))
    out_x = close_right + 60
    middle = -total_h * unit / 2
    out_y = middle + out_h * unit / 2
    output = rect(0, 0, out_w, out_h, out_x, out_y)
    filled = at_least(rect(column, row, 1, 1, out_x, out_y), 4)
    grids = [*grid(unit, total_w, total_h, 0, 0), *grid(unit, out_w, out_h, out_x, out_y)]
    floor = min(-total_h * unit, middle - CLOSE / 2) - 8
    out_label = max(out_x + out_w * unit / 2, out_x + text_width(words[2]) / 2)
    labels = [
        Label(max(total_w * unit / 2, text_width(words[0]) / 2), floor, words[0], strong=True),
        Label(close_x + max(CLOSE / 2, text_width(words[1]) / 2), floor, words[1], strong=True),
        Label(out_label, floor, words[2], strong=True),
        *close_labels,
    ]
    for before in (0, 1):  # a wide text under a narrow panel pushes the next to the right
        shift = labels[before].rect[2] + 14 - labels[before + 1].rect[0]
        labels[before + 1] = replace(labels[before + 1], x=labels[before + 1].x + max(0.0, shift))
    arrows = (
        ((total_w * unit + 10, middle), (close_x - 34, middle)),
        ((close_right + 12, middle), (out_x - 10, middle)),
    )
    right = max(output[2], *(label.rect[2] for label in labels)) + 12
    bottom = min(label.rect[1] for label in labels) - 6
    return WindowScene(
        step.index,
        (row, column),
        f"{name}, output cell ({row}, {column})",
        rect(0, 0, total_w, total_h),
        rect(across.padding, down.padding, across.size, down.size),
        at_least(rect(at_column, at_row, across.extent, down.extent), 5),
        taps,
        tuple(bands),
        close,
        output,
        filled,
        tuple(grids),
        arrows,
        tuple(labels),
        (-12, bottom, right, max(6.0, middle + CLOSE / 2 + LINE + 8)),
        isinstance(op, Conv),
    )


def at_least(rect: Rect, side: float) -> Rect:
    """A cell of a large map, still to be seen."""
    x, y = (rect[0] + rect[2]) / 2, (rect[1] + rect[3]) / 2
    across, down = max(rect[2] - rect[0], side) / 2, max(rect[3] - rect[1], side) / 2
    return (x - across, y - down, x + across, y + down)


def grid(
    unit: float, across: int, down: int, x: float, y: float
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Lines between cells, where these are large enough to be counted."""
    if unit < 6:
        return []
    lines = [((x + i * unit, y), (x + i * unit, y - down * unit)) for i in range(across + 1)]
    return lines + [((x, y - i * unit), (x + across * unit, y - i * unit)) for i in range(down + 1)]


def _close(
    step: Step, window: tuple[Axis, Axis], at: Pair, centre: tuple[float, float]
) -> tuple[tuple[tuple[Rect, str], ...], list[Label], float]:
    """The window's cells large, with the input's row and column numbers beside them; only its corner if it is huge."""
    down, across = window
    rows, columns = (min(axis.extent, 11) for axis in window)
    top, left = (first - axis.padding for first, axis in zip(at, window, strict=True))
    side = min(34.0, CLOSE / max(rows, columns))
    x, y = centre[0], centre[1] + rows * side / 2
    cells: list[tuple[Rect, str]] = []
    alive = _alive(step, window)
    for i in range(rows):
        for j in range(columns):
            tap = i % down.dilation == 0 and j % across.dilation == 0
            outside = not (0 <= top + i < down.size and 0 <= left + j < across.size)
            what = ("padding" if outside else "tap") if tap else "gap"
            if tap and alive and not (i // down.dilation in alive[0] and j // across.dilation in alive[1]):
                what = "dead"
            cells.append(((x + j * side, y - (i + 1) * side, x + (j + 1) * side, y - i * side), what))
    labels = [
        Label(x + (j + 0.5) * side, y + 18, (str(left + j),)) for j in range(columns) if j % max(1, columns // 4) == 0
    ]
    labels += [
        Label(x - 17, y - (i + 0.5) * side + LINE / 2, (str(top + i),))
        for i in range(rows)
        if i % max(1, rows // 4) == 0
    ]
    return tuple(cells), labels, x + columns * side


def _alive(step: Step, window: tuple[Axis, Axis]) -> tuple[tuple[int, ...], ...]:
    """Rows and columns of a conv's kernel that meet the map at least once; nothing for a pool, which has no weights."""
    if not isinstance(step.op, Conv):
        return ()
    return tuple(axis.taps(places) for axis, places in zip(window, step.output[2:], strict=True))


def _words(
    step: Step, op: Window, window: tuple[Axis, Axis], cell: Pair, at: Pair, blank: Blank
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """What stands under each panel."""
    down, across = window
    kernel = f"{down.kernel}×{across.kernel}"
    spread = f" spread over {kernel_extent(op)}" if max(down.dilation, across.dilation) > 1 else ""
    top, left = (first - axis.padding for first, axis in zip(at, window, strict=True))
    read, made = (
        "?×?" if hidden else f"{a}×{b}"
        for hidden, (a, b) in zip(blank, (step.inputs[0][2:], step.output[2:]), strict=True)
    )
    lines = [axis.told(blank) for axis in window]
    formula = (lines[0],) if lines[0] == lines[1] else (f"H: {lines[0]}", f"W: {lines[1]}")
    taps = down.kernel * across.kernel
    each = "in each channel by itself"
    if isinstance(op, Conv):
        inside = step.inputs[0][1] // op.groups
        each = f"{kernel}×{inside} = {taps * inside:,} numbers"
    alive = _alive(step, window)
    dead = taps - len(alive[0]) * len(alive[1]) if alive else 0
    spent = (f"{dead} of {taps} only ever meet padding",) if dead else ()
    return (
        (
            f"input {read}",
            f"padding {axes_text(op.padding)}, stride {axes_text(op.stride)}",
            *(() if True in blank else _unread_words(down, across)),  # the exact quotient tells the size
        ),
        (
            f"{kernel} window{spread}",
            f"rows {top} … {top + down.extent - 1}",
            f"columns {left} … {left + across.extent - 1}",
            each,
            *spent,
        ),
        (f"output {made}", f"cell ({cell[0]}, {cell[1]})", *formula),
    )


def _unread_words(down: Axis, across: Axis) -> tuple[str, ...]:
    """Where the halves go when a division is not exact: what lies at the far edge and is read by no window."""
    told = [down.remainder("row", "column")]
    if told != [across.remainder("row", "column")]:
        height, width = down.remainder("row"), across.remainder("column")
        told = [f"H: {height}" if height else "", f"W: {width}" if width else ""]
    lines: list[str] = []
    for line in filter(None, told):
        exact, _, rest = line.partition(", floored: ")
        lines += [f"{exact}, floored:", rest.removesuffix(" at the far edge, which no window reads")]
    if not lines:
        return ()
    which = {down.unread_numbers("row", "column"), across.unread_numbers("row", "column")}
    numbers = which if len(which) == 1 else (down.unread_numbers("row"), across.unread_numbers("column"))
    return (*lines, "at the far edge: no window reads it", *filter(None, numbers))
