"""The operation level: one conv or pool taken apart, its window over the padded input and the cell that it fills.

Units are CSS pixels; x grows to the right and y upwards, with the maps' row 0 at the top.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import InputError
from ..steps import AvgPool, BlurPool, Conv, MaxPool, Pair, Step, Trace
from ..why.worked import Window, kernel_extent, live_taps, remainder_line, side_line, unread
from .scene import LINE, Label, axes_text, text_width

WIDTH = 300.0  # px of the larger padded side
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


def window_scene(trace: Trace, focus: str | None, cell: Pair = (0, 0)) -> WindowScene:
    """The scene of the step ``focus``, or of the first conv, filling output ``cell`` (row, column), cut to the map.

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
    dilation = op.dilation if isinstance(op, Conv | MaxPool) else (1, 1)
    (height, width), (out_h, out_w) = step.inputs[0][2:], step.output[2:]
    row, column = min(max(cell[0], 0), out_h - 1), min(max(cell[1], 0), out_w - 1)
    extent = tuple(d * (k - 1) + 1 for k, d in zip(op.kernel, dilation, strict=True))
    # a ceiling pool's last window may hang over the far edge
    total_h = max(height + 2 * op.padding[0], (out_h - 1) * op.stride[0] + extent[0])
    total_w = max(width + 2 * op.padding[1], (out_w - 1) * op.stride[1] + extent[1])
    unit = WIDTH / max(total_h, total_w)

    def rect(left: float, top: float, across: float, down: float, x: float = 0.0, y: float = 0.0) -> Rect:
        """Cells counted from the top left of a map whose corner stands at (x, y)."""
        return (x + left * unit, y - (top + down) * unit, x + (left + across) * unit, y - top * unit)

    at_row, at_column = row * op.stride[0], column * op.stride[1]
    taps = tuple(
        rect(at_column + dilation[1] * j, at_row + dilation[0] * i, 1, 1)
        for i in range(op.kernel[0] if unit >= 3 and op.kernel[0] <= 15 else 0)
        for j in range(op.kernel[1])
    )
    left_over = (unread(height, op.kernel[0], op.stride[0], op.padding[0], dilation[0]), unread(width, op.kernel[1], op.stride[1], op.padding[1], dilation[1]))  # fmt: skip
    if isinstance(op, AvgPool | MaxPool) and op.ceil:
        left_over = (0, 0)
    bands = [rect(total_w - left_over[1], 0, left_over[1], total_h)] if left_over[1] else []
    bands += [rect(0, total_h - left_over[0], total_w, left_over[0])] if left_over[0] else []
    # panels: the padded input, the window close up, the output at the input's scale
    close_x = total_w * unit + 70
    close, close_labels, close_right = _close(
        step, op, dilation, extent, (at_row, at_column), (height, width), (close_x, -total_h * unit / 2)
    )
    words = _words(step, op, (row, column), extent, (at_row, at_column))
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
        rect(op.padding[1], op.padding[0], width, height),
        at_least(rect(at_column, at_row, extent[1], extent[0]), 5),
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
    step: Step, op: Window, dilation: Pair, extent: tuple[int, ...], at: Pair, size: Pair, centre: tuple[float, float]
) -> tuple[tuple[tuple[Rect, str], ...], list[Label], float]:  # fmt: skip
    """The window's cells large, with the input's row and column numbers beside them; only its corner if it is huge."""
    shown = (min(extent[0], 11), min(extent[1], 11))
    side = min(34.0, CLOSE / max(shown))
    x, y = centre[0], centre[1] + shown[0] * side / 2
    cells: list[tuple[Rect, str]] = []
    alive = _alive(step)
    for i in range(shown[0]):
        for j in range(shown[1]):
            r, c = at[0] + i - op.padding[0], at[1] + j - op.padding[1]
            tap = i % dilation[0] == 0 and j % dilation[1] == 0
            outside = not (0 <= r < size[0] and 0 <= c < size[1])
            what = ("padding" if outside else "tap") if tap else "gap"
            if tap and alive and not (i // dilation[0] in alive[0] and j // dilation[1] in alive[1]):
                what = "dead"
            cells.append(((x + j * side, y - (i + 1) * side, x + (j + 1) * side, y - i * side), what))
    labels = [
        Label(x + (j + 0.5) * side, y + 18, (str(at[1] + j - op.padding[1]),))
        for j in range(shown[1])
        if j % max(1, shown[1] // 4) == 0
    ]
    labels += [
        Label(x - 17, y - (i + 0.5) * side + LINE / 2, (str(at[0] + i - op.padding[0]),))
        for i in range(shown[0])
        if i % max(1, shown[0] // 4) == 0
    ]
    return tuple(cells), labels, x + shown[1] * side


def _alive(step: Step) -> tuple[tuple[int, ...], ...]:
    """Rows and columns of a conv's kernel that meet the map at least once; nothing for a pool, which has no weights."""
    op = step.op
    if not isinstance(op, Conv):
        return ()
    sizes = zip(step.inputs[0][2:], step.output[2:], op.kernel, op.stride, op.padding, op.dilation, strict=True)
    return tuple(live_taps(*axis) for axis in sizes)


def _words(
    step: Step, op: Window, cell: Pair, extent: tuple[int, ...], at: Pair
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """What stands under each panel."""
    height, width = step.inputs[0][2:]
    kernel = f"{op.kernel[0]}×{op.kernel[1]}"
    spread = f" spread over {kernel_extent(op)}" if isinstance(op, Conv | MaxPool) and max(op.dilation) > 1 else ""
    rows = (at[0] - op.padding[0], at[0] - op.padding[0] + extent[0] - 1)
    columns = (at[1] - op.padding[1], at[1] - op.padding[1] + extent[1] - 1)
    lines = [side_line(op, size, axis) for axis, size in ((0, height), (1, width))]
    formula = (lines[0],) if lines[0] == lines[1] else (f"H: {lines[0]}", f"W: {lines[1]}")
    each = "in each channel by itself"
    if isinstance(op, Conv):
        inside = step.inputs[0][1] // op.groups
        each = f"{kernel}×{inside} = {op.kernel[0] * op.kernel[1] * inside:,} numbers"
    alive = [len(taps) for taps in _alive(step)]
    dead = op.kernel[0] * op.kernel[1] - alive[0] * alive[1] if alive else 0
    spent = (f"{dead} of {op.kernel[0] * op.kernel[1]} only ever meet padding",) if dead else ()
    return (
        (
            f"input {height}×{width}",
            f"padding {axes_text(op.padding)}, stride {axes_text(op.stride)}",
            *_unread_words(op, (height, width)),
        ),
        (
            f"{kernel} window{spread}",
            f"rows {rows[0]} … {rows[1]}",
            f"columns {columns[0]} … {columns[1]}",
            each,
            *spent,
        ),
        (f"output {step.output[2]}×{step.output[3]}", f"cell ({cell[0]}, {cell[1]})", *formula),
    )


def _unread_words(op: Window, size: Pair) -> tuple[str, ...]:
    """Where the halves go when a division is not exact: what lies at the far edge and is read by no window."""
    if isinstance(op, AvgPool | MaxPool) and op.ceil:
        return ()
    dilation = op.dilation if isinstance(op, Conv | MaxPool) else (1, 1)
    down, across = zip(size, op.kernel, op.stride, op.padding, dilation, strict=True)
    told = [remainder_line(*down)]  # of rows and columns
    if told != [remainder_line(*across)]:
        height, width = remainder_line(*down, cells=("row",)), remainder_line(*across, cells=("column",))
        told = [f"H: {height}" if height else "", f"W: {width}" if width else ""]
    lines: list[str] = []
    for line in filter(None, told):
        exact, _, rest = line.partition(", floored: ")
        lines += [f"{exact}, floored:", rest.removesuffix(" at the far edge, which no window reads")]
    return (*lines, "at the far edge: no window reads it") if lines else ()
