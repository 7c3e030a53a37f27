"""The operation level where no window slides: a norm, a ReLU or an addition makes each cell of its own, a linear layer
each number of all. The same scene as a window's, whose window is that one cell, or everything.
"""

from __future__ import annotations

from ...steps import Add, Linear, Pair, Step, Trace
from ...why.example import has_example
from .scene import LINE, Label, text_width
from .window import LARGEST, WIDTH, WindowScene, at_least, grid, operation_names

STRIP = 30.0  # px of a vector's width
BETWEEN = 90.0  # px between the panels, for an arrow


def numbered_names(trace: Trace) -> tuple[str, ...]:
    """All steps that the operation level shows: those that slide a window, and those that can be told in numbers."""
    windows = set(operation_names(trace))
    return tuple(step.name for step in trace.steps if step.name in windows or has_example(step))


def single_scene(trace: Trace, name: str, cell: Pair = (0, 0), hide: frozenset[int] = frozenset()) -> WindowScene:
    """The scene of a step that :func:`~.window.window_scene` does not draw, making output ``cell``, cut to the map.

    The sizes of what the steps in ``hide`` make are for the reader to find, and no word tells them.
    """
    step = trace.step(name)
    linear = isinstance(step.op, Linear)
    rows, columns = (1, step.output[1]) if linear else step.output[2:]
    row, column = min(max(cell[0], 0), rows - 1), min(max(cell[1], 0), columns - 1)
    if linear:
        # vectors stand upright, both equally high: only one number of the output is told apart
        high, unit = WIDTH, WIDTH / columns
        source = (0.0, -high, STRIP, 0.0)
        window = source
    else:
        unit = min(LARGEST, WIDTH / max(rows, columns))
        high = rows * unit
        source = (0.0, -high, columns * unit, 0.0)
        window = at_least((column * unit, -(row + 1) * unit, (column + 1) * unit, -row * unit), 5)
    reads, makes = _words(step, (row, column), not hide.isdisjoint(step.reads), step.index in hide)
    x = max(source[2], text_width(reads)) + BETWEEN
    out = (x, -high, x + source[2], 0.0)
    if linear:
        filled = at_least((x, -(column + 1) * unit, x + STRIP, -column * unit), 4)
        filled = (x, filled[1], x + STRIP, filled[3])
    else:
        filled = (window[0] + x, window[1], window[2] + x, window[3])
    grids = () if linear else (*grid(unit, columns, rows, 0, 0), *grid(unit, columns, rows, x, 0))
    labels = (
        Label(max(source[2], text_width(reads)) / 2, -high - 8, reads, strong=True),
        Label(x + max(source[2], text_width(makes)) / 2, -high - 8, makes, strong=True),
    )
    return WindowScene(
        step.index,
        (row, column),
        f"{name}, output {f'number {column}' if linear else f'cell ({row}, {column})'}",
        source,
        source,
        window,
        (),
        (),
        (),
        out,
        filled,
        grids,
        (((source[2] + 10, -high / 2), (x - 10, -high / 2)),),
        labels,
        (-12, min(label.rect[1] for label in labels) - 6, max(out[2], labels[1].rect[2]) + 12, 6.0 + LINE),
        True,
    )


def _words(step: Step, cell: Pair, read: bool, made: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What stands under the input and the output."""
    if isinstance(step.op, Linear):
        inside = "?" if read else f"{step.inputs[0][1]:,}"
        out = "?" if made else f"{step.output[1]:,}"
        return (f"input {inside} numbers", "each output reads all"), (
            f"output {out} numbers",
            f"number {cell[1] + 1:,}",
        )
    before = "?×?" if read else "×".join(map(str, step.inputs[0][2:]))
    after = "?×?" if made or read else "×".join(map(str, step.output[2:]))
    both = ("both inputs", "the same cell of each") if isinstance(step.op, Add) else ("input", "each number by itself")
    return (f"{both[0]} {before}", both[1]), (f"output {after}", f"cell ({cell[0]}, {cell[1]})", "the shape stays")
