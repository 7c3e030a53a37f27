"""A receptive field on the image: what one output cell sees, and the cell beside it.

Units are CSS pixels; x grows to the right and y upwards, with row 0 at the top.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InputError
from ...steps import Pair, Trace
from ...why.field import Field, field_of, has_field, map_size
from .scene import LINE, Label, text_width
from .window import Rect, at_least, grid

WIDTH = 300.0  # px of the image's larger side
BORDER = 0.5  # how far beyond the image is drawn at most, as a share of its larger side
CELLS = 32  # a map of at most so many rows and columns can be clicked cell by cell


@dataclass(frozen=True, slots=True)
class FieldScene:
    """``view`` is all that is drawn around the image; ``field`` is cut to it, ``seen`` to the image."""

    step: int
    cell: Pair
    title: str
    image: Rect
    view: Rect
    field: Rect
    seen: Rect
    neighbour: Rect | None
    centres: tuple[tuple[float, float], ...]
    output: Rect
    filled: Rect
    cells: tuple[tuple[Rect, int], ...]  # of the output, with row * width + column
    grid: tuple[tuple[tuple[float, float], tuple[float, float]], ...]
    arrow: tuple[tuple[float, float], tuple[float, float]]
    labels: tuple[Label, ...]
    bounds: Rect


def field_scene(trace: Trace, focus: str | None, cell: Pair | None = None) -> FieldScene:
    """The scene of output ``cell`` (row, column) of the step ``focus``; without them the middle cell of the last map.

    Raises :class:`InputError` for an unknown step.
    """
    maps = [step for step in trace.steps if len(step.output) == 4 and step.path != "head" and step.receptive_field]
    if not maps:
        raise InputError("level", "field", "this network has no map", "use level='network'")
    step = trace.step(focus) if focus else maps[-1]
    if not has_field(trace, step) or step.output_stride is None:
        raise InputError(
            "focus",
            step.name,
            "comes after what has no fixed grid of windows (an upsampling, a transposed conv, attention), so where a cell looks is not drawn",
            "use a conv or pool that comes before that",
        )
    height, width = trace.input_size
    rows, columns = map_size(step)
    wanted = cell or (rows // 2, columns // 2)
    row, column = min(max(wanted[0], 0), rows - 1), min(max(wanted[1], 0), columns - 1)
    field = field_of(trace, step, (row, column))
    # so far beyond the border as any cell of this step sees, so that nothing moves when the cell does
    first, end = field_of(trace, step), field_of(trace, step, (rows, columns))  # cut to the last
    far = max(0, -first.top, -first.left, end.bottom + 1 - height, end.right + 1 - width)
    most = int(max(height, width) * BORDER)
    margin = min(far, max(most, 1))
    unit = WIDTH / max(height, width)

    def rect(area: Field) -> Rect:
        cut = (
            max(area.left, -margin), max(area.top, -margin), min(area.right + 1, width + margin), min(area.bottom + 1, height + margin),
        )  # fmt: skip
        return (cut[0] * unit, -cut[3] * unit, cut[2] * unit, -cut[1] * unit)

    image = (0.0, -height * unit, width * unit, 0.0)
    view = (-margin * unit, -(height + margin) * unit, (width + margin) * unit, margin * unit)
    part, share = field.on_image((height, width))
    jump = step.output_stride
    beside = column + 1 if column + 1 < columns else column - 1
    neighbour = rect(field_of(trace, step, (row, beside))) if columns > 1 else None
    centres: list[tuple[float, float]] = []
    if min(jump) * unit >= 9 and rows * columns > 1:
        middle = ((field.top + field.bottom + 1) / 2, (field.left + field.right + 1) / 2)
        centres = [
            ((middle[1] + (j - column) * jump[1]) * unit, -(middle[0] + (i - row) * jump[0]) * unit)
            for i in range(rows)
            for j in range(columns)
        ]
    # the output map beside it: as large as the image, since its cells stand for the whole of it
    words = _words(trace, field, share, far > margin, (rows, columns), jump, (row, column), step.name)
    out_x = max(view[2], text_width(words[0])) + 70
    side = WIDTH / max(rows, columns) if rows * columns > 1 else 40.0
    middle_y = image[1] / 2
    top = middle_y + rows * side / 2

    def place(i: int, j: int) -> Rect:
        return (out_x + j * side, top - (i + 1) * side, out_x + (j + 1) * side, top - i * side)

    output = (out_x, top - rows * side, out_x + columns * side, top)
    clickable = max(rows, columns) <= CELLS and rows * columns > 1
    floor = min(view[1], output[1]) - 8  # the map of a wide image may be the lower of the two
    labels = (
        Label(max((view[0] + view[2]) / 2, view[0] + text_width(words[0]) / 2), floor, words[0], strong=True),
        Label(max(out_x + columns * side / 2, out_x + text_width(words[1]) / 2), floor, words[1], strong=True),
    )
    return FieldScene(
        step.index,
        (row, column),
        f"receptive field of {step.name}, cell ({row}, {column})",
        image,
        view,
        rect(field),
        rect(part),
        neighbour,
        tuple(centres),
        output,
        at_least(place(row, column), 4),
        tuple((place(i, j), i * columns + j) for i in range(rows) for j in range(columns)) if clickable else (),
        tuple(grid(side, columns, rows, out_x, top)),
        ((view[2] + 14, middle_y), (out_x - 12, middle_y)),
        labels,
        (
            view[0] - 12,
            min(label.rect[1] for label in labels) - 6,
            max(output[2], labels[1].rect[2]) + 12,
            max(view[3], top) + LINE,
        ),
    )


def _words(
    trace: Trace, field: Field, share: float, cut: bool, size: Pair, jump: Pair, cell: Pair, name: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What stands under the image and under the map."""
    height, width = trace.input_size
    beyond = "all of it on the image" if share == 1 else f"{share:.0%} of it on the image, the rest is padding"
    under_image = (
        f"image {height}×{width} px",
        f"field {field.size[0]}×{field.size[1]} px: {beyond}",
        f"rows {field.top} … {field.bottom}, columns {field.left} … {field.right}",
        *(("it reaches further than is drawn",) if cut else ()),
    )
    step = f"{jump[0]} px" if jump[0] == jump[1] else f"{jump[0]} px down, {jump[1]} px across"
    under_map = (
        f"{name}: {size[0]}×{size[1]}",
        f"cell ({cell[0]}, {cell[1]})",
        f"next cell: its field is {step} on" if size != (1, 1) else "one cell for the whole image",
    )
    return under_image, under_map
