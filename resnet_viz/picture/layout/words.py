"""What does an operation do, in a few signs beside its volume?"""

from __future__ import annotations

from ...steps import (
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
from ...why.axis import OPEN, Axis, Blank, axes
from ...why.shape import axes_text
from ...wording import plural


def window_text(sides: tuple[int, ...]) -> str:
    """``3×3``."""
    return "×".join(map(str, sides))


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
            stride = f", /{axes_text(op.stride)}" if max(op.stride, default=1) > 1 else ""
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


def way_text(way: tuple[Step, ...]) -> str:
    """What a shortcut does, in a few signs: ``1×1, /2``; empty for an identity."""
    words: list[str] = []
    for step in way:
        op = step.op
        if isinstance(op, AvgPool):
            words.append(f"avg/{axes_text(op.stride)}")
        elif isinstance(op, Conv | Pad):
            words.append("1×1" if isinstance(op, Conv) else "pad")
            if max(op.stride) > 1:
                words.append(f"/{axes_text(op.stride)}")
    return ", ".join(words)


def formula_words(step: Step, blank: Blank = OPEN) -> tuple[str, ...]:
    """An operation's kernel, stride and worked size, a line each; nothing for what keeps the shape."""
    op = step.op
    match op:
        case Conv():
            grouped = f", {op.groups} groups" if op.groups > 1 else ""
            spread = f", dilation {axes_text(op.dilation)}" if max(op.dilation) > 1 else ""
            first = f"{op.kernel[0]}×{op.kernel[1]} conv, {step.output[1]} filters{grouped}"
            second = f"stride {axes_text(op.stride)}, padding {axes_text(op.padding)}{spread}"
        case AvgPool():
            first, second = f"{op.kernel[0]}×{op.kernel[1]} average pool", f"stride {axes_text(op.stride)}"
        case BlurPool():
            first, second = "3×3 blur, fixed weights", "stride 2, padding 1"
        case Pad():
            every = "every 2nd row and column" if op.stride == (2, 2) else "every row and column"
            first, second = every, f"{op.before} + {plural(op.after, 'zero channel')}"
        case _:
            return ()
    height, width = (_side(op, axis, blank) for axis in axes(step))
    return (first, second, height) if height == width else (first, second, f"H: {height}", f"W: {width}")


def _side(op: Conv | AvgPool | BlurPool | Pad, axis: Axis, blank: Blank) -> str:
    """The worked size of one axis; of a slice in the fewest signs: ``⌈57/2⌉ = 29``."""
    if isinstance(op, Pad):
        return blank.line("⌈", axis.size, f"/{axis.stride}⌉ = ", axis.out)
    return axis.told(blank)
