"""Why this number?  The formulas of one step, each with its worked line.

The only place for them: the forecast computes with these, the hooks' record is costed with these, the texts quote them.
"""

from __future__ import annotations

from math import prod
from typing import assert_never

from .steps import (
    Activation,
    Add,
    AvgPool,
    Conv,
    Flatten,
    Identity,
    Input,
    Linear,
    MaxPool,
    Norm,
    Op,
    Other,
    Pad,
    Pair,
    Shape,
    Step,
)


def output_side(size: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> int:
    """Side of the output of a conv or pool, in cells: ``(224 + 2*3 - 7)//2 + 1 = 112``."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def unread(size: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> int:
    """Rows (or columns) at the far edge that no window reads, padding included: 1 for 224, k7 s2 p3."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) % stride


def output_shape(op: Op, inputs: tuple[Shape, ...], channels: int | None = None) -> Shape:
    """Shape ``(N, C, H, W)`` or ``(N, C)`` that ``op`` makes; ``channels`` for what chooses its own (conv, linear)."""
    first = inputs[0]
    match op:
        case Conv():
            return (first[0], channels or first[1], *_sides(op, first, op.dilation))
        case MaxPool() | AvgPool():
            return (first[0], first[1], *_sides(op, first, (1, 1)))
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
        case Input() | Norm() | Activation() | Identity() | Add() | Other():
            return first
        case _:
            assert_never(op)


def _sides(op: Conv | MaxPool | AvgPool, shape: Shape, dilation: Pair) -> Pair:
    return (
        output_side(shape[2], op.kernel[0], op.stride[0], op.padding[0], dilation[0]),
        output_side(shape[3], op.kernel[1], op.stride[1], op.padding[1], dilation[1]),
    )


def params(op: Op, inputs: tuple[Shape, ...], output: Shape) -> int:
    """Learnable numbers of a step: 64*3*7*7 = 9408 for ResNet's first conv; a norm has a weight and a bias a channel."""
    match op:
        case Conv():
            return output[1] * (inputs[0][1] // op.groups) * op.kernel[0] * op.kernel[1] + (output[1] if op.bias else 0)
        case Linear():
            return inputs[0][-1] * output[-1] + (output[-1] if op.bias else 0)
        case Norm():
            return 2 * output[1]
        case _:
            return 0


def macs(op: Op, inputs: tuple[Shape, ...], output: Shape) -> int:
    """Multiply-adds of a conv or linear step for the whole batch (1 MAC = 2 FLOPs); 0 for every other step."""
    match op:
        case Conv():
            return prod(output) * (inputs[0][1] // op.groups) * op.kernel[0] * op.kernel[1]
        case Linear():
            return prod(output) * inputs[0][-1]
        case _:
            return 0


def window(op: Op) -> tuple[Pair, Pair]:
    """Extent and stride, in cells of its input, of what one output cell of ``op`` reads."""
    match op:
        case Conv():
            return (op.dilation[0] * (op.kernel[0] - 1) + 1, op.dilation[1] * (op.kernel[1] - 1) + 1), op.stride
        case MaxPool() | AvgPool():
            return op.kernel, op.stride
        case Pad():
            return (1, 1), op.stride
        case _:
            return (1, 1), (1, 1)


def receptive_field(op: Op, fields: tuple[Pair, ...], strides: tuple[Pair, ...]) -> tuple[Pair, Pair]:
    """Receptive field and output stride in input pixels: ``r + (k - 1) * j`` and ``j * s``; the largest where paths meet."""
    (kh, kw), (sh, sw) = window(op)
    field, jump = fields[0], strides[0]
    for other in fields[1:]:
        field = (max(field[0], other[0]), max(field[1], other[1]))
    for other in strides[1:]:
        jump = (max(jump[0], other[0]), max(jump[1], other[1]))
    return (field[0] + (kh - 1) * jump[0], field[1] + (kw - 1) * jump[1]), (jump[0] * sh, jump[1] * sw)


# ---- worked lines ------------------------------------------------------------------------------------------------


def size_line(size: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> str:
    """``⌊(56 + 2·1 − 3)/2⌋ + 1 = 28``"""
    extent = dilation * (kernel - 1) + 1
    return f"⌊({size} + 2·{padding} − {extent})/{stride}⌋ + 1 = {output_side(size, kernel, stride, padding, dilation)}"


def remainder_line(size: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> str:
    """Where the half goes when the division is not exact; empty when it is."""
    left = unread(size, kernel, stride, padding, dilation)
    if not left:
        return ""
    extent = dilation * (kernel - 1) + 1
    exact = (size + 2 * padding - extent) / stride + 1
    pad = min(left, padding)
    what: list[str] = []
    if pad:
        what.append(f"{pad} row{'s' * (pad > 1)} and {pad} column{'s' * (pad > 1)} of padding")
    if left - pad:
        n = left - pad
        what.append(f"{n} row{'s' * (n > 1)} and {n} column{'s' * (n > 1)} of the input")
    return f"exact {exact:g}, floored: {' and '.join(what)} at the far edge, which no window reads"


def worked(step: Step, read: tuple[Step, ...]) -> list[tuple[str, str]]:
    """(title, line) pairs that compute each number of ``step`` from its inputs; ``read`` are the steps it reads."""
    op, lines = step.op, list[tuple[str, str]]()
    first = step.inputs[0] if step.inputs else step.output
    match op:
        case Conv() | MaxPool() | AvgPool() | Pad():
            kernel, stride = window(op)
            padding = (0, 0) if isinstance(op, Pad) else op.padding
            for axis, side in enumerate(("height", "width")):
                size = first[2 + axis]
                lines.append((side, size_line(size, kernel[axis], stride[axis], padding[axis])))
            if first[2] == first[3] and kernel[0] == kernel[1] and stride[0] == stride[1]:
                lines = [("size", lines[0][1])]
            rest = remainder_line(first[2], kernel[0], stride[0], padding[0])
            if rest:
                lines.append(("where the half goes", rest))
        case _:
            pass
    match op:
        case Conv():
            inside = first[1] // op.groups
            area = f"{op.kernel[0]}·{op.kernel[1]}"
            grouped = f" ({first[1]} in {op.groups} groups)" if op.groups > 1 else ""
            bias = f" + {step.output[1]}" if op.bias else ""
            lines.append(
                (
                    "channels",
                    f"{step.output[1]} filters, each {op.kernel[0]}×{op.kernel[1]}×{inside}{grouped}: {step.output[1]} channels",
                )
            )
            lines.append(("parameters", f"{step.output[1]}·{inside}·{area}{bias} = {step.params:,}"))
            batch = f"{step.output[0]}·" if step.output[0] > 1 else ""
            lines.append(
                ("MACs", f"{batch}{step.output[2]}·{step.output[3]}·{step.output[1]} · {inside}·{area} = {step.macs:,}")
            )
        case Linear():
            lines.append(
                (
                    "parameters",
                    f"{first[-1]}·{step.output[-1]}{f' + {step.output[-1]}' if op.bias else ''} = {step.params:,}",
                )
            )
            batch = f"{step.output[0]}·" if step.output[0] > 1 else ""
            lines.append(("MACs", f"{batch}{first[-1]}·{step.output[-1]} = {step.macs:,}"))
        case Norm():
            lines.append(("size", "a norm keeps the shape: it rescales each channel"))
            lines.append(("parameters", f"2·{step.output[1]} = {step.params:,} (a weight and a bias a channel)"))
        case Add():
            shown = " + ".join("×".join(map(str, shape[1:])) for shape in step.inputs)
            lines.append(("size", f"{shown}: equal shapes, added cell by cell, so the shape stays"))
        case Identity():
            lines.append(("size", "the identity shortcut: nothing is computed, the shape stays"))
        case Activation():
            lines.append(("size", "max(0, x) for every cell: the shape stays"))
        case Pad():
            zeros = op.before + op.after
            lines.append(("channels", f"{first[1]} + {zeros} zero channels = {step.output[1]}; no parameters"))
        case Flatten():
            lines.append(("size", f"{'·'.join(map(str, first[1:]))} = {step.output[1]} numbers an image"))
        case Input() | MaxPool() | AvgPool() | Other():
            pass
        case _:
            assert_never(op)
    if read and any(window(op)[0][axis] > 1 or window(op)[1][axis] > 1 for axis in (0, 1)):
        before, jump = read[0].receptive_field, read[0].output_stride
        kernel = window(op)[0]
        lines.append(("receptive field", f"{before[0]} + ({kernel[0]} − 1)·{jump[0]} = {step.receptive_field[0]} px"))
        lines.append(("output stride", f"{jump[0]}·{window(op)[1][0]} = {step.output_stride[0]} px"))
    width = step.output_bytes // max(1, prod(step.output))
    lines.append(("bytes", f"{'·'.join(map(str, step.output))}·{width} B = {step.output_bytes:,} B"))
    return lines
