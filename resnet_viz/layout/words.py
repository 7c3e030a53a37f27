"""What does an operation do, in a few signs beside its volume?"""

from __future__ import annotations

from ..steps import (
    Attention,
    AvgPool,
    BlurPool,
    ChannelConv,
    Conv,
    ConvTranspose,
    Linear,
    MatMul,
    MaxPool,
    Mean,
    Other,
    Pad,
    Rearrange,
    Recurrent,
    Resize,
    Sliding,
    Step,
)
from ..why.shape import axes_text


def window_text(sides: tuple[int, ...]) -> str:
    """``3×3``."""
    return "×".join(map(str, sides))


def strides_text(sides: tuple[int, ...]) -> str:
    """``2``, or ``1×2×2`` where the axes differ."""
    return str(sides[0]) if len(set(sides)) == 1 else window_text(sides)


def few_words(step: Step) -> str:
    """``3×3, /2`` of a conv, ``max 2×2, /2`` of a pool; empty where the name says it all."""
    op = step.op
    match op:
        case Conv() | ConvTranspose():
            channels = {shape[1] for shape in (*step.inputs[:1], step.output) if len(shape) > 1}
            depth = isinstance(op, Conv) and op.groups > 1 and channels == {op.groups}
            grouped = ", depthwise" if depth else f", {op.groups} groups" if op.groups > 1 else ""
            up = isinstance(op, ConvTranspose)
            stride = f", {'×' if up else '/'}{axes_text(op.stride)}" if max(op.stride) > 1 else ""
            spread = f", dilated {axes_text(op.dilation)}" if max(op.dilation) > 1 else ""
            return f"{'up ' if up else ''}{window_text(op.kernel)}{stride}{spread}{grouped}"
        case MaxPool() | AvgPool():
            if len(step.inputs[0]) == 4 and op.kernel == step.inputs[0][2:]:
                return "global mean" if isinstance(op, AvgPool) else "global max"
            stride = f", /{axes_text(op.stride)}" if max(op.stride) > 1 else ""
            return f"{'max' if isinstance(op, MaxPool) else 'mean'} {window_text(op.kernel)}{stride}"
        case BlurPool():
            return f"blur, /{axes_text(op.stride)}"
        case Sliding():
            name = {"conv": "", "maxpool": "max ", "avgpool": "mean "}
            kind = next((short for long, short in name.items() if op.function.startswith(long)), f"{op.function} ")
            stride = f", /{strides_text(op.stride)}" if max(op.stride, default=1) > 1 else ""
            return f"{kind}{window_text(op.kernel)}{stride}"
        case Resize():
            before, after = step.inputs[0][2:], step.output[2:]
            times = {b / a for a, b in zip(before, after, strict=False) if a}
            return f"{op.mode} ×{times.pop():g}" if len(times) == 1 else op.mode
        case Linear():
            return "linear"
        case Attention():
            return f"attention, {op.heads} heads" if op.heads else "attention"
        case Recurrent():
            return op.cell
        case Mean():
            return "mean"
        case MatMul():
            return "product"
        case ChannelConv():
            return f"{op.kernel} channels"
        case Pad():
            return f"pad, /{axes_text(op.stride)}" if max(op.stride) > 1 else "pad"
        case Rearrange():
            return op.function
        case Other():
            return op.label
        case _:
            return step.kind
