"""What does an operation compute?  One output cell of an example, number by number, so that it can be redone by hand.

A trace knows shapes and no numbers. Those here are an example's: whole numbers from two short tables, inputs from 0 to 9
(−9 to 9 where an operation usually reads negative ones) and weights from −2 to 2. What becomes of them is what the
operation makes of them: PyTorch makes the same of the same tensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Literal, NamedTuple

from ..checks import check_whole
from ..steps import Activation, Add, AvgPool, BlurPool, Conv, Linear, MaxPool, Norm, Pair, Step
from ..wording import plural
from .axis import Axis, axes
from .shape import output_shape

MOST = 50_000  # numbers that are added up for one cell
SQUARE = 7  # rows and columns of a kernel that are written out
POOLED = 14  # the same of a pool, whose window stands alone
LISTED = 5  # channels that are written out where the kernel is one cell
NEAR = 3  # rows and columns around a cell that is computed by itself
EPS = 1e-5  # PyTorch's, under a norm's root

# "map": a cell of the input that is not read for this output cell
Kind = Literal["input", "map", "padding", "beyond", "weight", "dead", "product", "output"]


class Number(NamedTuple):
    """A number in its cell; None for a cell beyond the map that is not counted. ``marked``: the one that it is about."""

    value: float | None
    kind: Kind
    marked: bool = False


class Panel(NamedTuple):
    """Numbers in rows under a title, with the sign that stands before them."""

    sign: str
    title: str
    rows: tuple[tuple[Number, ...], ...]


class Example(NamedTuple):
    """What one output cell is made of: ``panels``, and the ``lines`` that lead from them to the ``result``.

    ``across`` and ``down`` say what the columns and rows of the first panel are. Without panels there are too many
    numbers, and the result is None.
    """

    head: str
    across: tuple[str, ...]
    down: tuple[str, ...]
    panels: tuple[Panel, ...]
    lines: tuple[str, ...]
    result: float | None


# ---- the numbers ----------------------------------------------------------------------------------------------------


def _table(size: int, low: int, high: int, seed: int) -> tuple[int, ...]:
    """Numbers without a pattern that one sees (a linear congruence, its upper bits)."""
    made: list[int] = []
    for _ in range(size):
        seed = (seed * 1103515245 + 12345) % 2**31
        made.append(low + (seed >> 16) % (high - low + 1))
    return tuple(made)


# lengths are primes, so that rows, columns and channels meet each other's numbers late
_CELLS = _table(251, 0, 9, 7)
_SIGNED = _table(251, -9, 9, 1)
_WEIGHTS = _table(239, -2, 2, 3)


def cell_number(channel: int, row: int, column: int, signed: bool = False, tensor: int = 0) -> int:
    """What stands in a cell of the example's input; of an addition ``tensor`` 1 is the second."""
    return (_SIGNED if signed else _CELLS)[(channel * 73 + row * 37 + column * 11 + tensor * 101) % 251]


def weight_number(filter_: int, channel: int, row: int, column: int) -> int:
    """A weight of a conv's filter; of a linear layer's output number at row and column 0."""
    return _WEIGHTS[(filter_ * 59 + channel * 31 + row * 17 + column * 5) % 239]


def bias_number(filter_: int) -> int:
    """What a filter adds at the end."""
    return 1 + filter_ % 3


NORM = (3.0, 4.0, 2.0, 1.0)  # mean, variance, weight and bias of a norm's first channel


def has_example(step: Step) -> bool:
    """Whether one output cell can be computed from what the trace knows of the operation."""
    op, output = step.op, step.output
    if not step.inputs or step.path == "gate":
        return False
    first = step.inputs[0]
    match op:
        case Linear():
            return len(first) == 2
        case Conv() | MaxPool() | AvgPool() | BlurPool():
            # an even kernel with padding="same" has another padding at the far edge, which the trace does not know
            return len(first) == len(output) == 4 and output_shape(op, step.inputs, output[1]) == output
        case Norm():
            return len(first) == 4 and not op.over and (op.groups is None or first[1] % op.groups == 0)
        case Activation():
            return op.function == "relu" and len(first) == 4 and first == output
        case Add():
            return len(step.inputs) == 2 and len(first) == 4 and step.inputs[1] == first == output
        case _:
            return False


def channels_to_choose(step: Step) -> int:
    """How many output channels there are to be redone, each by a filter of its own; 1 where all are alike."""
    return step.output[1] if isinstance(step.op, Conv) and has_example(step) else 1


def example(step: Step, cell: Pair = (0, 0), channel: int = 0) -> Example | None:
    """How the output ``cell`` (row, column) of the first channel is made, of a conv that of output ``channel``, from 0; of a
    linear layer the number at ``column``.

    None where :func:`has_example` is not. Raises :class:`InputError` for a channel that a conv has not.
    """
    if not has_example(step):
        return None
    op = step.op
    match op:
        case Conv():
            return _conv(step, op, cell, check_whole("channel", channel, 0, step.output[1] - 1))
        case MaxPool() | AvgPool():
            return _pool(step, op, cell)
        case BlurPool():
            return _blur(step, cell)
        case Linear():
            return _linear(step, op, cell[1])
        case Norm():
            return _norm(step, op, cell)
        case Add():
            return _add(step, cell)
        case _:
            return _relu(step, cell)


def said(value: float | None) -> str:
    """A number as it is written in a cell: whole, or to two places; ``·`` for what is not counted.

    >>> said(-3), said(1234), said(2.0), said(0.6666), said(None)
    ('−3', '1,234', '2', '0.67', '·')
    """
    if value is None:
        return "·"
    text = f"{value:,.2f}".rstrip("0").rstrip(".") if value != int(value) else f"{int(value):,}"
    return "0" if text in ("0", "-0") else text.replace("-", "−")


def _summed(values: Sequence[float]) -> str:
    """``12 − 5 + 7 = 14``."""
    text = said(values[0])
    for value in values[1:]:
        text += f" {'−' if value < 0 else '+'} {said(abs(value))}"
    return f"{text} = {said(sum(values))}"


def _too_many(head: str, count: int) -> Example:
    return Example(head, (), (), (), (f"{count:,} numbers for one cell:", "too many to be added up here"), None)


# ---- windows --------------------------------------------------------------------------------------------------------


def _places(axis: Axis, at: int) -> list[int]:
    """Rows (or columns) of the map that the window of output row ``at`` reads; some may lie beyond it."""
    return [at * axis.stride - axis.padding + axis.dilation * tap for tap in range(axis.kernel)]


def _conv(step: Step, op: Conv, cell: Pair, filter_: int) -> Example:
    down, across = axes(step)
    inside = step.inputs[0][1] // op.groups
    first = filter_ * op.groups // step.output[1] * inside  # of the channels that the filter's group reads
    rows, columns = _places(down, cell[0]), _places(across, cell[1])
    single = len(rows) * len(columns) == 1 < inside  # one product a channel
    head = f"output channel {filter_ + 1:,} of {step.output[1]:,}, {_channels(inside, op.groups, single)}"
    count = inside * len(rows) * len(columns)
    if count > MOST:
        return _too_many(head, count)
    on_map = [
        (row * 37 + column * 11, i * 17 + j * 5)
        for i, row in enumerate(rows)
        for j, column in enumerate(columns)
        if 0 <= row < down.size and 0 <= column < across.size
    ]
    sums = [
        sum(
            _CELLS[((first + channel) * 73 + a) % 251] * _WEIGHTS[(filter_ * 59 + channel * 31 + b) % 239]
            for a, b in on_map
        )
        for channel in range(inside)
    ]
    bias = bias_number(filter_) if op.bias else None
    if single:
        channels = range(min(inside, LISTED))
        numbers = [
            (cell_number(first + c, rows[0], columns[0]) if on_map else 0, weight_number(filter_, c, 0, 0))
            for c in channels
        ]
        kind: Kind = "input" if on_map else "padding"
        terms, lines = _listed(sums, bias, "channel")
        lines = (*lines, _summed(terms)) if len(terms) > 1 else lines
        return Example(
            head, (), tuple(f"channel {c + 1}" for c in channels), _column(numbers, kind), lines, float(sum(terms))
        )
    alive = [set(axis.taps(places)) for axis, places in zip((down, across), step.output[2:], strict=True)]
    shown_rows, shown_columns = rows[:SQUARE], columns[:SQUARE]
    inputs: list[tuple[Number, ...]] = []
    weights: list[tuple[Number, ...]] = []
    products: list[tuple[Number, ...]] = []
    for i, row in enumerate(shown_rows):
        line: list[tuple[Number, Number, Number]] = []
        for j, column in enumerate(shown_columns):
            on = 0 <= row < down.size and 0 <= column < across.size
            value, weight = cell_number(first, row, column) if on else 0, weight_number(filter_, 0, i, j)
            dead = not (i in alive[0] and j in alive[1])
            line.append((
                Number(value, "input" if on else "padding"), Number(weight, "dead" if dead else "weight"),
                Number(value * weight, "product" if on else "padding"),
            ))  # fmt: skip
        for told, numbers in zip((inputs, weights, products), zip(*line, strict=True), strict=True):
            told.append(numbers)
    seen = sum(number.value or 0 for row in products for number in row)
    terms = [seen]
    kernel = len(rows) * len(columns)
    shown = len(shown_rows) * len(shown_columns)
    lines = [f"the product: {said(seen)}" if shown == 1 else f"sum of the {shown} products: {said(seen)}"]
    if kernel > shown:
        terms.append(sums[0] - seen)
        lines.append(f"the kernel's other {kernel - shown}: {said(terms[-1])}")
    named = sums[1:] if inside <= 4 else sums[1:3]
    lines += [f"channel {number}: {said(value)}" for number, value in enumerate(named, 2)]
    terms += named
    if rest := sums[1 + len(named) :]:
        lines.append(f"the other {len(rest):,} channels: {said(sum(rest))}")
        terms.append(sum(rest))
    lines.append("no bias" if bias is None else f"bias: {bias}")
    terms += [] if bias is None else [bias]
    if len(terms) > 1:
        lines.append(_summed(terms))
    return Example(
        head, tuple(map(said, shown_columns)), tuple(map(said, shown_rows)),
        (Panel("", "input", tuple(inputs)), Panel("×", "kernel", tuple(weights)), Panel("=", "products", tuple(products))),
        tuple(lines), float(sum(terms)),
    )  # fmt: skip


def _channels(inside: int, groups: int, all_: bool) -> str:
    """Which input channels a filter reads, and which of them is written out."""
    if inside == 1:
        return "from the one input channel" if groups == 1 else "from its own input channel alone"
    own = f" of its group ({groups:,} groups)" if groups > 1 else ""
    if all_:
        return f"from all {inside:,} input channels{own}"
    return f"the cells are those of input channel 1 of {inside:,}{own}"


def _column(numbers: Sequence[tuple[int, int]], kind: Kind = "input") -> tuple[Panel, ...]:
    """A product a row."""
    return (
        Panel("", "input", tuple((Number(value, kind),) for value, _ in numbers)),
        Panel("×", "weights", tuple((Number(weight, "weight"),) for _, weight in numbers)),
        Panel("=", "products", tuple((Number(value * weight, "product" if kind == "input" else kind),) for value, weight in numbers)),
    )  # fmt: skip


def _listed(products: Sequence[int], bias: int | None, word: str) -> tuple[list[float], tuple[str, ...]]:
    """The terms of a sum of which only some are written out, and what they are."""
    seen, rest = products[:LISTED], products[LISTED:]
    terms: list[float] = [sum(seen)]
    lines = [f"sum of the {len(seen)} products: {said(terms[0])}"]
    if rest:
        terms.append(sum(rest))
        lines.append(f"the other {plural(len(rest), word)}: {said(terms[1])}")
    lines.append("no bias" if bias is None else f"bias: {bias}")
    return [*terms, *([] if bias is None else [bias])], tuple(lines)


def _linear(step: Step, op: Linear, number: int) -> Example:
    inside = step.inputs[0][1]
    head = f"output number {number + 1:,} of {step.output[1]:,}, from all {inside:,} input numbers"
    if inside > MOST:
        return _too_many(head, inside)
    numbers = [(cell_number(k, 0, 0), weight_number(number, k, 0, 0)) for k in range(inside)]
    bias = bias_number(number) if op.bias else None
    terms, lines = _listed([a * b for a, b in numbers], bias, "product")
    lines = (*lines, _summed(terms)) if len(terms) > 1 else lines
    shown = numbers[:LISTED]
    return Example(
        head, (), tuple(f"number {k + 1}" for k in range(len(shown))), _column(shown), lines, float(sum(terms))
    )


def _pool(step: Step, op: MaxPool | AvgPool, cell: Pair) -> Example:
    down, across = axes(step)
    rows, columns = _places(down, cell[0]), _places(across, cell[1])
    head = f"channel 1 of {step.output[1]:,}, each by itself"
    if len(rows) * len(columns) > MOST:
        return _too_many(head, len(rows) * len(columns))
    largest = isinstance(op, MaxPool)

    def number(row: int, column: int) -> Number:
        if 0 <= row < down.size and 0 <= column < across.size:
            return Number(cell_number(0, row, column), "input")
        # PyTorch counts an average's padding unless it is told otherwise, but not what hangs over it at the far edge
        padded = row < down.size + down.padding and column < across.size + across.padding
        return Number(0, "padding") if padded and not largest else Number(None, "beyond")

    window = [[number(row, column) for column in columns] for row in rows]
    counted = [one.value for line in window for one in line if one.value is not None]
    shown = [line[:POOLED] for line in window[:POOLED]]
    seen = [one.value for line in shown for one in line if one.value is not None]
    rest = len(counted) - len(seen)
    if largest:
        result = float(max(counted))
        if result in seen:
            i, j = next((i, j) for i, line in enumerate(shown) for j, one in enumerate(line) if one.value == result)
            shown[i][j] = shown[i][j]._replace(marked=True)
        lines = [f"the largest of {plural(len(counted), 'number')}: {said(result)}"]
        if len(counted) < len(rows) * len(columns):
            lines.append("a cell beyond the map is never it")
    else:
        total = sum(counted)
        result = total / len(counted)
        lines = [f"sum of {plural(len(seen), 'number')}: {said(sum(seen))}"]
        if rest:
            lines += [f"the other {rest:,}: {said(total - sum(seen))}", _summed([sum(seen), total - sum(seen)])]
        if any(one.kind == "padding" for line in window for one in line):
            lines.append("zeros of the padding are counted")
        about = "=" if said(result) == said(round(result, 9)) and round(result, 2) == round(result, 9) else "≈"
        lines.append(f"{said(total)} / {len(counted):,} {about} {said(result)}")
    title = "input" if len(shown) == len(rows) and len(shown[0]) == len(columns) else "input, its corner"
    return Example(
        head, tuple(map(said, columns[:POOLED])), tuple(map(said, rows[:POOLED])),
        (Panel("", title, tuple(map(tuple, shown))),), tuple(lines), result,
    )  # fmt: skip


def _blur(step: Step, cell: Pair) -> Example:
    down, across = axes(step)
    rows, columns = _places(down, cell[0]), _places(across, cell[1])
    weights = (1, 2, 1)

    def mirrored(at: int, size: int) -> int:
        at = abs(at)
        return 2 * (size - 1) - at if at >= size else at

    inputs = [
        [
            Number(
                cell_number(0, mirrored(row, down.size), mirrored(column, across.size)),
                "input" if 0 <= row < down.size and 0 <= column < across.size else "padding",
            )
            for column in columns
        ]
        for row in rows
    ]
    kernel = [[Number(a * b, "weight") for b in weights] for a in weights]
    products = [
        [Number((x.value or 0) * (w.value or 0), "product") for x, w in zip(line, factors, strict=True)]
        for line, factors in zip(inputs, kernel, strict=True)
    ]
    total = sum(one.value or 0 for line in products for one in line)
    lines = [f"sum of the 9 products: {said(total)}"]
    if any(one.kind == "padding" for line in inputs for one in line):
        lines.append("the border mirrors the map")
    about = "=" if total / 16 == round(total / 16, 2) else "≈"
    lines.append(f"{said(total)} / 16 {about} {said(total / 16)}")
    return Example(
        f"channel 1 of {step.output[1]:,}, each by itself", tuple(map(said, columns)), tuple(map(said, rows)),
        tuple(Panel(sign, title, tuple(map(tuple, made))) for sign, title, made in (("", "input", inputs), ("×", "fixed weights", kernel), ("=", "products", products))),
        tuple(lines), total / 16,
    )  # fmt: skip


# ---- each cell by itself --------------------------------------------------------------------------------------------


def _near(step: Step, cell: Pair) -> tuple[list[int], list[int]]:
    """Rows and columns around a cell, cut to the map."""
    rows, columns = (
        list(range(first := max(0, min(at - 1, size - NEAR)), min(size, first + NEAR)))
        for at, size in zip(cell, step.output[2:], strict=True)
    )
    return rows, columns


def _relu(step: Step, cell: Pair) -> Example:
    rows, columns = _near(step, cell)
    inputs = [[cell_number(0, row, column, True) for column in columns] for row in rows]
    x = cell_number(0, *cell, True)
    return _pointwise(
        step, cell, (("", "input", inputs), ("→", "output", [[max(0, x) for x in line] for line in inputs])),
        (f"max(0, {said(x)}) = {max(0, x)}",), float(max(0, x)),
    )  # fmt: skip


def _add(step: Step, cell: Pair) -> Example:
    rows, columns = _near(step, cell)
    a, b = ([[cell_number(0, row, column, True, tensor) for column in columns] for row in rows] for tensor in (0, 1))
    sums = [[x + y for x, y in zip(*lines, strict=True)] for lines in zip(a, b, strict=True)]
    pair = cell_number(0, *cell, True), cell_number(0, *cell, True, 1)
    return _pointwise(
        step, cell, (("", "first input", a), ("+", "second input", b), ("=", "output", sums)), (_summed(pair),), float(sum(pair)),
    )  # fmt: skip


def _norm(step: Step, op: Norm, cell: Pair) -> Example:
    _, channels, height, width = step.inputs[0]
    mean, variance, weight, bias = NORM
    whose = "the channel's stored mean"
    if op.groups is not None:
        inside = channels // op.groups
        if (count := inside * height * width) > MOST:
            return _too_many(f"channel 1 of {channels:,}, in its group of {inside:,}", count)
        group = [
            cell_number(c, row, column, True) for c in range(inside) for row in range(height) for column in range(width)
        ]
        mean = sum(group) / count
        variance = sum((x - mean) ** 2 for x in group) / count
        whose = f"mean of the group's {count:,} numbers"
    if not step.params:
        weight, bias = 1.0, 0.0
    rows, columns = _near(step, cell)

    def made(x: float) -> float:
        return (x - mean) / sqrt(variance + EPS) * weight + bias

    inputs = [[float(cell_number(0, row, column, True)) for column in columns] for row in rows]
    x = cell_number(0, *cell, True)
    less = f"{said(x)} {'−' if mean >= 0 else '+'} {said(abs(mean))}"
    scaled = f"({less}) / √{said(variance)}"
    lines = [f"{whose}: {said(mean)}", f"its variance: {said(variance)}"]
    if step.params:
        lines.append(f"weight {said(weight)}, bias {said(bias)}")
        scaled += f" · {said(weight)} + {said(bias)}"
    exact = op.groups is None  # PyTorch's 0.00001 under the root is in no digit that is shown
    lines.append(f"{scaled} {'=' if exact else '≈'} {said(round(made(x), 2))}")
    outputs = [[round(made(x), 2) for x in line] for line in inputs]
    return _pointwise(step, cell, (("", "input", inputs), ("→", "output", outputs)), tuple(lines), made(x))


def _pointwise(
    step: Step,
    cell: Pair,
    panels: Sequence[tuple[str, str, Sequence[Sequence[float]]]],
    lines: tuple[str, ...],
    result: float,
) -> Example:
    """Numbers around a cell before and after, the cell's own marked."""
    rows, columns = _near(step, cell)
    kinds: dict[tuple[bool, bool], Kind] = {
        (False, False): "map", (False, True): "input", (True, False): "output", (True, True): "output",
    }  # fmt: skip
    return Example(
        f"channel 1 of {step.output[1]:,}, each number by itself",
        tuple(map(said, columns)),
        tuple(map(said, rows)),
        tuple(
            Panel(
                sign,
                title,
                tuple(
                    tuple(
                        Number(value, kinds[title == "output", (row, column) == cell], (row, column) == cell)
                        for column, value in zip(columns, line, strict=True)
                    )
                    for row, line in zip(rows, numbers, strict=True)
                ),
            )
            for sign, title, numbers in panels
        ),
        lines,
        result,
    )
