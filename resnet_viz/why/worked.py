"""Why this number?  The formulas of one step, each with its worked line.

The only place for them: the forecast computes with these, the hooks' record is costed with these, the texts quote them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from ..steps import (
    Activation,
    Add,
    Attention,
    AvgPool,
    BlurPool,
    ChannelConv,
    Conv,
    ConvTranspose,
    Flatten,
    Identity,
    Linear,
    MatMul,
    MaxPool,
    Mean,
    Norm,
    Op,
    Other,
    Pad,
    Pair,
    Rearrange,
    Recurrent,
    Resize,
    Scale,
    Shape,
    Sliding,
    Step,
)
from ..wording import plural

Window = Conv | MaxPool | AvgPool | BlurPool  # what slides over a map


def output_side(size: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> int:
    """Side of the output of a conv or pool, in cells: ``(224 + 2*3 - 7)//2 + 1 = 112``."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def exact_side(size: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> float:
    """The same before it is floored: ``(224 + 2*3 - 7)/2 + 1 = 112.5``."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1


def output_side_ceil(size: int, kernel: int, stride: int, padding: int) -> int:
    """The same rounded up, for a pool with ``ceil_mode``: ``-(-(57 - 2)//2) + 1 = 29``.

    A last window that would start in the padding is left out, as PyTorch does.
    """
    side = -(-(size + 2 * padding - kernel) // stride) + 1
    return side - 1 if (side - 1) * stride >= size + padding else side


def unread(size: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> int:
    """Rows (or columns) at the far edge that no window reads, padding included: 1 for 224, k7 s2 p3."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) % stride


def output_shape(op: Op, inputs: tuple[Shape, ...], channels: int | None = None) -> Shape:
    """Shape ``(N, C, H, W)`` or ``(N, C)`` that ``op`` makes; ``channels`` for what chooses its own (conv, linear).

    For the operations that our own networks are made of; of others the engine that saw them knows the shape.
    """
    first = inputs[0]
    match op:
        case Conv():
            return (first[0], channels or first[1], *_sides(op, first, op.dilation))
        case BlurPool():
            return (first[0], first[1], *_sides(op, first, (1, 1)))
        case AvgPool() | MaxPool():
            if op.ceil:
                (kh, kw), (sh, sw), (ph, pw) = op.kernel, op.stride, op.padding
                return (*first[:2], output_side_ceil(first[2], kh, sh, ph), output_side_ceil(first[3], kw, sw, pw))
            return (first[0], first[1], *_sides(op, first, op.dilation if isinstance(op, MaxPool) else (1, 1)))
        case Pad():
            # a slice with step s keeps ceil(n/s) = (n - 1)//s + 1 cells, as a 1x1 conv of that stride does
            return (
                first[0],
                first[1] + op.before + op.after,
                *(output_side(n, 1, s, 0) for n, s in zip(first[2:], op.stride, strict=True)),
            )
        case Flatten():
            return (first[0], prod(first[1:]))
        case Linear():
            return (*first[:-1], channels or first[-1])
        case _:
            return first


def _sides(op: Window, shape: Shape, dilation: Pair) -> Pair:
    return (
        output_side(shape[2], op.kernel[0], op.stride[0], op.padding[0], dilation[0]),
        output_side(shape[3], op.kernel[1], op.stride[1], op.padding[1], dilation[1]),
    )


def refusal(op: Op, inputs: tuple[Shape, ...], output: Shape) -> str:
    """Why PyTorch would refuse this step at this size, as a rule; empty where it would not."""
    first = inputs[0]
    match op:
        case Add() if inputs[0] != inputs[1]:
            main, short = ("×".join(map(str, shape[1:])) for shape in inputs)
            return f"the main path brings {main} and the shortcut {short}, which cannot be added"
        case BlurPool() if min(first[2:]) < 2:
            return f"a blur reflects its map at the border, and {first[2]}×{first[3]} has nothing to reflect"
        case Norm(groups=int(groups)) if first[0] * (first[1] // groups) * prod(first[2:]) == 1:
            return f"a group norm needs more than one value in a group, and {first[1]}×1×1 in {groups} groups has one"
        case Conv() | MaxPool() | AvgPool() if min(output[2:]) < 1:
            return f"its {op.kernel[0]}×{op.kernel[1]} window does not fit into {first[2]}×{first[3]}"
        case _:
            return ""


def params(op: Op, inputs: tuple[Shape, ...], output: Shape) -> int:
    """Learnable numbers of a step: 64*3*7*7 = 9408 for ResNet's first conv; a norm has a weight and a bias a channel."""
    match op:
        case Conv():
            return output[1] * (inputs[0][1] // op.groups) * op.kernel[0] * op.kernel[1] + (output[1] if op.bias else 0)
        case Linear():
            return inputs[0][-1] * output[-1] + (output[-1] if op.bias else 0)
        case Norm():
            return 2 * output[1]
        case ChannelConv():
            return op.kernel
        case _:
            return 0


def macs(op: Op, inputs: tuple[Shape, ...], output: Shape) -> int | None:
    """Multiply-adds of a conv, a linear layer or a matrix product for the whole batch (1 MAC = 2 FLOPs).

    0 for what only moves, compares or scales numbers; None for what has no formula here.
    """
    match op:
        case ChannelConv():
            return prod(output) * op.kernel
        case Conv():
            return prod(output) * (inputs[0][1] // op.groups) * op.kernel[0] * op.kernel[1]
        case Linear():
            return prod(output) * inputs[0][-1]
        case ConvTranspose():  # each cell of the input is multiplied by the whole kernel
            return prod(inputs[0]) * (output[1] // op.groups) * prod(op.kernel)
        case Sliding() if "transpose" in op.function:
            return prod(inputs[0]) * (output[1] // op.groups) * prod(op.kernel)
        case Sliding() if op.function.startswith("conv"):
            return prod(output) * (inputs[0][1] // op.groups) * prod(op.kernel)
        case MatMul():
            return prod(output) * inputs[0][-1]
        case Attention() | Recurrent() | Other():
            return None
        case _:
            return 0


def attention_macs(query: Shape, key: Shape, value: Shape) -> int:
    """The two matrix products of an attention: each query with each key, and the weights with the values."""
    return prod(query[:-1]) * key[-2] * (query[-1] + value[-1])


def recurrent_macs(cell: str, positions: int, inputs: int, hidden: int) -> int:
    """One layer in one direction: at each position each gate of the cell multiplies the input and the state."""
    return positions * {"LSTM": 4, "GRU": 3}.get(cell, 1) * hidden * (inputs + hidden)


def window(op: Op) -> tuple[Pair, Pair]:
    """Extent and stride, in cells of its input, of what one output cell of ``op`` reads."""
    match op:
        case Conv():
            return (op.dilation[0] * (op.kernel[0] - 1) + 1, op.dilation[1] * (op.kernel[1] - 1) + 1), op.stride
        case MaxPool():
            return (op.dilation[0] * (op.kernel[0] - 1) + 1, op.dilation[1] * (op.kernel[1] - 1) + 1), op.stride
        case AvgPool() | BlurPool():
            return op.kernel, op.stride
        case Pad():
            return (1, 1), op.stride
        case _:
            return (1, 1), (1, 1)


def receptive_field(op: Op, fields: tuple[Pair, ...], strides: tuple[Pair, ...]) -> tuple[Pair, Pair]:
    """Receptive field and output stride in input pixels: ``r + (k - 1) * j`` and ``j * s``; the largest where paths meet.

    A channel gate passes on the field of the map it scales: what it knows of the rest is one number a channel.
    """
    (kh, kw), (sh, sw) = window(op)
    field, jump = fields[0], strides[0]
    if isinstance(op, Scale):
        return field, jump
    for other in fields[1:]:
        field = (max(field[0], other[0]), max(field[1], other[1]))
    for other in strides[1:]:
        jump = (max(jump[0], other[0]), max(jump[1], other[1]))
    return (field[0] + (kh - 1) * jump[0], field[1] + (kw - 1) * jump[1]), (jump[0] * sh, jump[1] * sw)


Reach = tuple[Pair | None, Pair | None]  # a receptive field and an output stride, as far as they are known


def reach(op: Op, inputs: tuple[Shape, ...], output: Shape, read: Sequence[Reach]) -> Reach:
    """Receptive field and output stride of any operation in anybody's network, from those of what it reads.

    As :func:`receptive_field` where that holds. What is spread over a map (a number a channel, a gate) does not count
    beside the map. A resizing divides the stride: by 2 for twice the size, and mixing modes also read neighbours; a
    transposed conv reads ``⌈k/s⌉`` neighbouring cells. None where it is unknown, or where every position sees all.

    Behind a resizing or a transposed conv it is nominal: windows that lie across the coarser grid's cells differently
    see up to one such cell more or less.
    """
    if isinstance(op, Attention | MatMul | Recurrent | Other) or not read:
        return ((1, 1), (1, 1)) if not read and len(output) == 4 else (None, None)
    whole = [one for shape, one in zip(inputs, read, strict=True) if not is_spread(shape, output)] or list(read)
    if isinstance(op, Scale):
        whole = whole[:1]
    fields = [field for field, _ in whole if field is not None]
    jumps = [jump for _, jump in whole if jump is not None]
    field = _largest(fields) if len(fields) == len(whole) else None
    jump = _largest(jumps) if len(jumps) == len(whole) else None
    first = inputs[0]
    match op:
        case Resize() | ConvTranspose():
            if len(first) != 4 or len(output) != 4:
                return None, None
            if isinstance(op, Resize):
                taps = {"nearest": 1, "bicubic": 4}.get(op.mode, 2)
                more = (taps - 1, taps - 1)
            else:
                extents = [op.dilation[a] * (op.kernel[a] - 1) + 1 for a in (0, 1)]
                more = (-(-extents[0] // op.stride[0]) - 1, -(-extents[1] // op.stride[1]) - 1)
            if field is not None:
                field = None if jump is None else (field[0] + more[0] * jump[0], field[1] + more[1] * jump[1])
            return field, _rescaled(jump, first, output)
        case Mean():
            if len(first) != 4 or not {2, 3} <= set(op.axes):
                return field, jump
            extents, strides = (first[2], first[3]), (first[2], first[3])
        case Flatten() if len(first) == 4:  # one list of all cells: what reads it sees what all of them see
            extents, strides = (first[2], first[3]), (first[2], first[3])
        case Sliding():
            return None, None
        case Rearrange() if len(first) == 4 and len(output) == 4 and op.function not in ("slice", "pad", "permute"):
            return field, _rescaled(jump, first, output) if first[2:] != output[2:] else jump
        case _:
            extents, strides = window(op)
    if extents == (1, 1) and strides == (1, 1):
        return field, jump
    if jump is None:
        return None, None
    if field is not None:
        field = (field[0] + (extents[0] - 1) * jump[0], field[1] + (extents[1] - 1) * jump[1])
    return field, (jump[0] * strides[0], jump[1] * strides[1])


def is_spread(shape: Shape, output: Shape) -> bool:
    """Whether a tensor of ``shape`` is repeated over the cells of a map: one number a channel, or one in all."""
    return len(output) == 4 and prod(output[2:]) > 1 and (len(shape) < 4 or shape[2:] == (1, 1))


def _largest(pairs: Sequence[Pair]) -> Pair:
    return max(pair[0] for pair in pairs), max(pair[1] for pair in pairs)


def _rescaled(jump: Pair | None, before: Shape, after: Shape) -> Pair | None:
    """The output stride on a grid of another size; None where a cell is no whole number of pixels."""
    if jump is None or any(jump[a] * before[2 + a] % after[2 + a] for a in (0, 1)):
        return None
    return jump[0] * before[2] // after[2], jump[1] * before[3] // after[3]


def field_start(op: Op, starts: tuple[Pair, ...], strides: tuple[Pair, ...]) -> Pair:
    """First input row and column, counted from 0, that output cell (0, 0) reaches: ``start - padding * j``.

    Negative where it reaches beyond the border. Where paths meet, the one that begins first counts; a channel gate
    passes on its map's, as in :func:`receptive_field`.
    """
    row, column = starts[0]
    if isinstance(op, Scale):
        return row, column
    for other in starts[1:]:
        row, column = min(row, other[0]), min(column, other[1])
    padding = op.padding if isinstance(op, Conv | MaxPool | AvgPool | BlurPool) else (0, 0)
    return row - padding[0] * strides[0][0], column - padding[1] * strides[0][1]


def live_taps(size: int, output: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> tuple[int, ...]:
    """Taps of a kernel along one axis that meet the input at least once: ``(1,)`` for a padded 3 on a side of 1."""
    found: list[int] = []
    for tap in range(kernel):
        shift = tap * dilation - padding  # what the first output cell has under this tap
        first = max(0, -(shift // stride))  # the first output cell whose window has this tap on the input
        if first < output and first * stride + shift < size:
            found.append(tap)
    return tuple(found)


def dead_weights(op: Op, inputs: tuple[Shape, ...], output: Shape) -> int:
    """Weights of a conv that only ever meet padding, so that their gradient is exactly zero."""
    match op:
        case Conv():
            taps = [
                len(
                    live_taps(
                        inputs[0][2 + a], output[2 + a], op.kernel[a], op.stride[a], op.padding[a], op.dilation[a]
                    )
                )
                for a in (0, 1)
            ]
            return output[1] * (inputs[0][1] // op.groups) * (op.kernel[0] * op.kernel[1] - taps[0] * taps[1])
        case ChannelConv():
            return op.kernel - len(live_taps(inputs[0][1], output[1], op.kernel, 1, op.kernel // 2))
        case _:
            return 0


# ---- memory ------------------------------------------------------------------------------------------------------

OPTIMIZERS = {"sgd": 1, "adam": 2}  # numbers kept a parameter: SGD's momentum; Adam's two moments


def saved_bytes(steps: Sequence[Step]) -> int:
    """Bytes of the maps that PyTorch keeps from the forward pass for the backward pass.

    A conv, a linear layer, a norm and a pool keep what they read, a ReLU or sigmoid what it makes, a gate's product
    both factors; an addition keeps nothing. Each tensor counts once; a max pool also keeps an index (8 B) a cell.
    """
    kept: set[int] = set()
    for step in steps:
        match step.op:
            case Conv() | Linear() | Norm() | Scale() | MaxPool() | ChannelConv() | BlurPool():
                kept.update(step.reads)
            case AvgPool() if step.path not in ("head", "gate"):
                kept.update(step.reads)
            case Activation():
                kept.add(step.index)
            case _:
                pass
    indices = sum(8 * prod(step.output) for step in steps if isinstance(step.op, MaxPool))
    made_by = _made_by(steps)
    return sum(steps[index].output_bytes for index in {made_by[index] for index in kept}) + indices


def _made_by(steps: Sequence[Step]) -> list[int]:
    """For each step the one that made its tensor: itself, but flatten and the identity only rename what they read."""
    made_by: list[int] = []
    for step in steps:
        renames = isinstance(step.op, Flatten | Identity) and step.reads
        made_by.append(made_by[step.reads[0]] if renames else step.index)
    return made_by


def training_bytes(steps: Sequence[Step], params: int, optimizer: str) -> dict[str, int]:
    """An estimate of what training needs, by part, in float32: weights, gradients, optimizer, activations, gradients
    on the way back (the two largest maps). The workspace of a conv's algorithm and the allocator's rounding come on top.
    """
    largest = sorted((step.output_bytes for step in steps), reverse=True)
    return {
        "weights": 4 * params,
        "gradients": 4 * params,
        "optimizer": 4 * params * OPTIMIZERS[optimizer],
        "activations": saved_bytes(steps),
        "on the way back": sum(largest[:2]),
    }


def peak_bytes(steps: Sequence[Step]) -> int:
    """Bytes of the tensors that are alive at one time, at most: each lives until the last step that reads it."""
    made_by = _made_by(steps)
    last: dict[int, int] = {}
    for step in steps:
        for read in step.reads:
            last[made_by[read]] = step.index
    dying: dict[int, int] = {}
    alive = most = 0
    for step in steps:
        if made_by[step.index] == step.index:
            alive += step.output_bytes
            if step.index in last:
                dying[last[step.index]] = dying.get(last[step.index], 0) + step.output_bytes
        most = max(most, alive)
        alive -= dying.get(step.index, 0)
    return most


def inference_bytes(steps: Sequence[Step], params: int) -> int:
    """An estimate of what a pass without gradients needs, in float32: the weights and the most that is alive at a time."""
    return 4 * params + peak_bytes(steps)


# ---- worked lines ------------------------------------------------------------------------------------------------


def size_line(size: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> str:
    """``⌊(56 + 2·1 − 3)/2⌋ + 1 = 28``"""
    extent = dilation * (kernel - 1) + 1
    return f"⌊({size} + 2·{padding} − {extent})/{stride}⌋ + 1 = {output_side(size, kernel, stride, padding, dilation)}"


def ceil_line(size: int, kernel: int, stride: int, padding: int) -> str:
    """``⌈(57 + 2·0 − 2)/2⌉ + 1 = 29``"""
    return f"⌈({size} + 2·{padding} − {kernel})/{stride}⌉ + 1 = {output_side_ceil(size, kernel, stride, padding)}"


def side_line(op: Window | Pad, size: int, axis: int) -> str:
    """The worked size of one axis (0 height, 1 width) of a step that slides a window."""
    if isinstance(op, Pad):
        return size_line(size, 1, op.stride[axis], 0)
    if isinstance(op, AvgPool | MaxPool) and op.ceil:
        return ceil_line(size, op.kernel[axis], op.stride[axis], op.padding[axis])
    dilation = op.dilation[axis] if isinstance(op, Conv | MaxPool) else 1
    return size_line(size, op.kernel[axis], op.stride[axis], op.padding[axis], dilation)


def remainder_line(
    size: int,
    kernel: int,
    stride: int,
    padding: int,
    dilation: int = 1,
    cells: tuple[str, ...] = ("row", "column"),
) -> str:
    """Where the half goes when the division is not exact; empty when it is. ``cells`` are what lies along the axis."""
    left = unread(size, kernel, stride, padding, dilation)
    if not left:
        return ""
    exact = exact_side(size, kernel, stride, padding, dilation)
    pad = min(left, padding)
    what = [
        " and ".join(plural(count, cell) for cell in cells) + f" of {place}"
        for count, place in ((pad, "padding"), (left - pad, "the input"))
        if count
    ]
    return f"exact {exact:g}, floored: {' and '.join(what)} at the far edge, which no window reads"


def windows_field(windows: Sequence[Pair]) -> int:
    """The receptive field behind a chain of windows, each its kernel and the stride before it: ``[(7, 1), (3, 2)]`` is 11."""
    return 1 + sum((kernel - 1) * jump for kernel, jump in windows)


def windows_line(windows: Sequence[Pair]) -> str:
    """``1 + (7 − 1)·1 + (3 − 1)·2 = 11``"""
    return f"1 + {' + '.join(f'({kernel} − 1)·{jump}' for kernel, jump in windows)} = {windows_field(windows)}"


_ACTIVATIONS = {
    "relu": "max(0, x) for every cell",
    "relu6": "min(max(0, x), 6) for every cell",
    "sigmoid": "1/(1 + e⁻ˣ) for every number: between 0 and 1",
    "hardsigmoid": "min(max(0, x + 3), 6)/6 for every number: between 0 and 1",
    "tanh": "(eˣ − e⁻ˣ)/(eˣ + e⁻ˣ) for every number: between −1 and 1",
    "silu": "x/(1 + e⁻ˣ) for every number",
    "swish": "x/(1 + e⁻ˣ) for every number",
    "hardswish": "x·min(max(0, x + 3), 6)/6 for every number",
    "gelu": "x·Φ(x) for every number, Φ the normal distribution's share below x",
    "mish": "x·tanh(ln(1 + eˣ)) for every number",
    "softplus": "ln(1 + eˣ) for every number",
    "leakyrelu": "x where it is above 0, else a small part of it",
    "prelu": "x where it is above 0, else a learnt part of it",
    "elu": "x where it is above 0, else α·(eˣ − 1)",
    "softmax": "eˣ over the sum of all eˣ along one axis: shares that add up to 1",
}


def _activation_line(function: str, stays: bool) -> str:
    """What an activation does to each number, and to the shape."""
    told = _ACTIVATIONS.get(function.replace("_", "").lower(), f"{function}(x) for every number")
    return f"{told}{', ' if ':' in told else ': '}the shape stays" if stays else told


def kernel_extent(op: Conv | MaxPool) -> str:
    """``5×5`` cells that a dilated 3×3 kernel spans."""
    return "×".join(str(d * (k - 1) + 1) for k, d in zip(op.kernel, op.dilation, strict=True))


def _by_axis(title: str, lines: list[str]) -> list[tuple[str, str]]:
    """One titled line where height and width have the same, else one for each."""
    if lines[0] == lines[1]:
        return [(title, lines[0])]
    return [(f"{title}, {side}", line) for side, line in zip(("height", "width"), lines, strict=True)]


def worked(step: Step, read: tuple[Step, ...]) -> list[tuple[str, str]]:
    """(title, line) pairs that compute each number of ``step`` from its inputs; ``read`` are the steps it reads."""
    op = step.op
    lines: list[tuple[str, str]] = []
    first = step.inputs[0] if step.inputs else step.output
    on_map = len(first) == len(step.output) == 4
    match op:
        case Conv() | MaxPool() | AvgPool() | BlurPool() | Pad() if on_map:
            lines = [(side, side_line(op, first[2 + axis], axis)) for axis, side in enumerate(("height", "width"))]
            square = lines[0][1] == lines[1][1]
            if square:
                lines = [("size", lines[0][1])]
            if not (isinstance(op, AvgPool | MaxPool) and op.ceil):
                extents, strides = window(op)
                padding = (0, 0) if isinstance(op, Pad) else op.padding
                for axis, (side, cell) in enumerate((("height", "row"), ("width", "column"))):
                    cells = ("row", "column") if square else (cell,)
                    rest = remainder_line(first[2 + axis], extents[axis], strides[axis], padding[axis], cells=cells)
                    if rest and not (square and axis):
                        lines.append(("where the half goes" if square else f"where the {side}'s half goes", rest))
        case _:
            pass
    match op:
        case Conv() if on_map:
            inside = first[1] // op.groups
            area = f"{op.kernel[0]}·{op.kernel[1]}"
            grouped = f" ({first[1]} in {op.groups} groups)" if op.groups > 1 else ""
            bias = f" + {step.output[1]}" if op.bias else ""
            if max(op.dilation) > 1:
                gaps = "every second cell" if op.dilation[0] == 2 else f"one cell in {op.dilation[0]}"
                lines.append(("dilation", f"{op.kernel[0]}×{op.kernel[1]} taps over {kernel_extent(op)}, {gaps}"))
            lines.append(
                (
                    "channels",
                    f"{plural(step.output[1], 'filter')}, each {op.kernel[0]}×{op.kernel[1]}×{inside}{grouped}: {plural(step.output[1], 'channel')}",
                )
            )
            if step.params == params(op, step.inputs, step.output):
                lines.append(("parameters", f"{step.output[1]}·{inside}·{area}{bias} = {step.params:,}"))
            else:  # weights that another step had before, or that are no parameters
                lines.append(("parameters", f"{step.params:,}"))
            batch = f"{step.output[0]}·" if step.output[0] > 1 else ""
            if step.macs is not None:
                cells = f"{batch}{step.output[2]}·{step.output[3]}·{step.output[1]}"
                lines.append(("MACs", f"{cells} · {inside}·{area} = {step.macs:,}"))
        case Linear():
            product = f"{first[-1]}·{step.output[-1]}{f' + {step.output[-1]}' if op.bias else ''}"
            owned = step.params == params(op, step.inputs, step.output)
            lines.append(("parameters", f"{product} = {step.params:,}" if owned else f"{step.params:,}"))
            each = "".join(f"{side}·" for side in step.output[:-1] if side > 1)
            if step.macs is not None:
                lines.append(("MACs", f"{each}{first[-1]}·{step.output[-1]} = {step.macs:,}"))
        case Norm() if op.over or len(step.output) < 2 or step.params not in (0, 2 * step.output[1]):
            lines.append(("size", "a norm keeps the shape"))
            lines.append(("parameters", f"{step.params:,}" if step.params else "none: it only rescales"))
        case Norm():
            what = f"the channels in {op.groups} groups, image by image" if op.groups else "each channel"
            lines.append(("size", f"a norm keeps the shape: it rescales {what}"))
            has_weights = f"2·{step.output[1]} = {step.params:,} (a weight and a bias a channel)"
            lines.append(("parameters", has_weights if step.params else "none: it only rescales"))
        case Add():
            shown = " + ".join("×".join(map(str, shape[1:])) for shape in step.inputs)
            if len(set(step.inputs)) == 1 and len(step.inputs) > 1:
                lines.append(("size", f"{shown}: equal shapes, added cell by cell, so the shape stays"))
            else:
                lines.append(("size", f"{shown}, added cell by cell: {'×'.join(map(str, step.output[1:]))}"))
        case Identity():
            way = "the identity shortcut: nothing is computed" if step.path == "shortcut" else "nothing is computed"
            lines.append(("size", f"{way}, the shape stays"))
        case Scale() if len(step.inputs) < 2 or len(step.inputs[1]) != 4 or step.inputs[1][2:] != (1, 1):
            lines.append(("size", "the product, number by number: the shape stays"))
        case Scale():
            gate, cells = step.inputs[1][1], "×".join(map(str, first[2:]))
            lines.append(
                (
                    "size",
                    f"{'the one channel' if gate == 1 else f'each of {gate} channels'} times its own number, at all {cells} cells: the shape stays",
                )
            )
            if step.receptive_field is not None:
                height, width = step.receptive_field
                field = f"{height}" if height == width else f"{height}×{width}"
                lines.append(("receptive field", f"{field} px, the main path's; the gate also knows the whole map"))
        case ChannelConv():
            batch = f"{step.output[0]}·" if step.output[0] > 1 else ""
            lines.append(
                (
                    "size",
                    f"one kernel of {op.kernel} slides along {plural(first[1], 'channel')}, padded: {first[1]} stay",
                )
            )
            lines.append(("parameters", f"{op.kernel}, the same for every channel"))
            lines.append(("MACs", f"{batch}{first[1]}·{op.kernel} = {step.macs:,}"))
        case Activation():
            lines.append(("size", _activation_line(op.function, first == step.output)))
            if step.params:
                lines.append(("parameters", f"{step.params:,}"))
        case Pad() if on_map:
            zeros = op.before + op.after
            lines.append(
                ("channels", f"{first[1]} + {plural(zeros, 'zero channel')} = {step.output[1]}; no parameters")
            )
        case Flatten():
            if len(step.output) == 2:
                lines.append(("size", f"{'·'.join(map(str, first[1:]))} = {plural(step.output[1], 'number')} an image"))
            else:
                before, after = ("×".join(map(str, shape)) for shape in (first, step.output))
                lines.append(("size", f"{before} → {after}: the same numbers"))
        case BlurPool():
            lines.append(("weights", "fixed: 1 2 1 by 1 2 1, over 16; nothing is learnt"))
        case _:
            pass
    kernel, stride = window(op)
    before, jump = (read[0].receptive_field, read[0].output_stride) if read else (None, None)
    field, cell = step.receptive_field, step.output_stride
    if before and jump and field and cell and max(*kernel, *stride) > 1:
        fields = [f"{before[a]} + ({kernel[a]} − 1)·{jump[a]} = {field[a]} px" for a in (0, 1)]
        strides = [f"{jump[a]}·{stride[a]} = {cell[a]} px" for a in (0, 1)]
        lines += [*_by_axis("receptive field", fields), *_by_axis("output stride", strides)]
    if step.macs is None:
        lines.append(("MACs", "unknown: there is no formula for them here"))
    if step.receptive_field is None and len(step.output) == 4:
        lines.append(("receptive field", "unknown"))
    width = step.output_bytes // max(1, prod(step.output))
    lines.append(("bytes", f"{'·'.join(map(str, step.output))}·{width} B = {step.output_bytes:,} B"))
    return lines
