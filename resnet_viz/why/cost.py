"""What does an operation cost?  Its parameters, its multiply-adds, and the weights that are of no use."""

from __future__ import annotations

from math import prod

from ..steps import (
    Attention,
    ChannelConv,
    Conv,
    ConvTranspose,
    Linear,
    MatMul,
    Norm,
    Op,
    Other,
    Recurrent,
    Shape,
    Sliding,
)
from .axis import Axis, axes_of


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


def dead_weights(op: Op, inputs: tuple[Shape, ...], output: Shape) -> int:
    """Weights of a conv that only ever meet padding, so that their gradient is exactly zero."""
    match op:
        case Conv():
            across = zip(axes_of(op, inputs[0][2:]), output[2:], strict=True)
            alive = prod([len(axis.taps(places)) for axis, places in across])
            return output[1] * (inputs[0][1] // op.groups) * (prod(op.kernel) - alive)
        case ChannelConv():
            along = Axis(inputs[0][1], op.kernel, 1, op.kernel // 2)
            return op.kernel - len(along.taps(output[1]))
        case _:
            return 0
