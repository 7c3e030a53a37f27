"""Why an operation of other people's networks has its shape, in plain words.

What our own networks are made of has its sentences in :mod:`~resnet_viz.why.words`. Here nothing is said that a step
does not tell.
"""

from __future__ import annotations

from typing import assert_never

from ..steps import (
    Attention,
    Concat,
    ConvTranspose,
    MatMul,
    Mean,
    Multiply,
    Pointwise,
    Rearrange,
    Recurrent,
    Resize,
    Shape,
    Sliding,
    Step,
)
from ..wording import plural
from .shape import axes_text, sides, text

Op = (
    ConvTranspose | Sliding | Resize | Mean | Concat | Multiply | MatMul | Attention | Recurrent | Rearrange | Pointwise
)

_WHAT = {1: "signal", 2: "map", 3: "volume"}
_RESIZED = {
    "nearest": "each new cell copies the one that it lies in",
    "linear": "each new cell mixes the 2 around it",
    "bilinear": "each new cell mixes the 2×2 around it",
    "trilinear": "each new cell mixes the 2×2×2 around it",
    "bicubic": "each new cell mixes the 4×4 around it",
    "area": "each new cell is the mean of those that it covers",
}
_MOVED = {
    "permute": "The axes change places",
    "transpose": "Two axes change places",
    "slice": "A part is cut out",
    "pad": "A border is put around",
    "expand": "The same numbers are repeated",
    "repeat": "The same numbers are repeated",
    "roll": "The numbers are shifted around in a ring",
}

_POINTWISE = {
    "add": "A constant or a parameter is added to each number",
    "sub": "A constant or a parameter is taken from each number",
    "mul": "Each number is multiplied by a constant or a parameter",
    "div": "Each number is divided by a constant or a parameter",
    "pow": "Each number is raised to a power",
    "clamp": "Each number is cut off at bounds",
}


def sentence(step: Step, op: Op) -> str:
    """Why ``step`` has its shape, in plain words with its numbers."""
    match op:
        case ConvTranspose():
            return _spreads(step, op.kernel, op.stride, op.groups)
        case Sliding():
            return _slides(step, op)
        case Resize():
            how = _RESIZED.get(op.mode, "")
            size = f"{sides(step.inputs[0])} becomes {sides(step.output)}" if keeps_axes(step) else becomes(step)
            return f"The {_what(step)} is put on another grid: {size}" + (f"; {how}." if how else ".")
        case Mean():
            return _mean(step, op)
        case Concat():
            return _joined(step, op)
        case Multiply():
            return _product(step)
        case MatMul():
            return f"A matrix product of two tensors of the network: {becomes(step)}." + (
                f" Each number is the sum of {plural(step.inputs[0][-1], 'product')}." if is_matmul(step) else ""
            )
        case Attention():
            heads = f", in {plural(op.heads, 'head')}" if op.heads else ""
            stays = "the shape stays" if step.inputs[0] == step.output else becomes(step)
            return (
                "Each position asks all others and takes a mean of what they hold, weighed by how well they fit: "
                f"softmax(Q·Kᵀ)·V{heads}; {stays}."
            )
        case Recurrent():
            layers = f" in {op.layers} layers" if op.layers > 1 else ""
            ways = ", in both directions" if op.both_ways else ""
            article = "An" if op.cell[:1].upper() in "AEIOLR" else "A"
            return f"{article} {op.cell} goes along the sequence{layers}{ways}, and passes on what it keeps: {becomes(step)}."
        case Rearrange():
            what = _MOVED.get(op.function, "The numbers stand in another order or shape")
            return f"{what}: {becomes(step)}. Nothing is computed."
        case Pointwise():
            does = _POINTWISE.get(op.function.rstrip("_"), f"Each number goes by itself through {op.function}")
            return f"{does}: " + ("the shape stays." if step.inputs[0] == step.output else f"{becomes(step)}.")
        case _:
            assert_never(op)


def _what(step: Step) -> str:
    return _WHAT.get(len(step.output) - 2, "tensor")


# ---- windows -----------------------------------------------------------------------------------------------------


def _slides(step: Step, op: Sliding) -> str:
    if "transpose" in op.function:
        return _spreads(step, op.kernel, op.stride, op.groups)
    verb = "keeps the largest of" if "max" in op.function else "averages" if "pool" in op.function else "weighs"
    window = "×".join(map(str, op.kernel))
    if not keeps_axes(step):
        return f"It {verb} each window of {window}: {becomes(step)}."
    before, after = sides(step.inputs[0]), sides(step.output)
    moves = f"stride {axes_text(op.stride)} and padding {axes_text(op.padding)}"
    size = f"{after} stays" if before == after else f"{before} becomes {after}"
    return f"It {verb} each window of {window} along the {_what(step)}; at {moves}, {size}.{_groups(step, op.groups)}"


def _spreads(step: Step, kernel: Shape, stride: Shape, groups: int) -> str:
    if not keeps_axes(step):
        return f"A transposed conv: {becomes(step)}."
    before, after = sides(step.inputs[0]), sides(step.output)
    size = f"{after} stays" if before == after else f"{before} becomes {after}"
    window = "×".join(map(str, kernel))
    apart = "1 cell" if set(stride) == {1} else f"{axes_text(stride)} cells"
    return f"A conv run backwards: each cell is spread over a window of {window}, {apart} apart, so {size}.{_groups(step, groups)}"


def _groups(step: Step, groups: int) -> str:
    if groups == 1:
        return ""
    channels = step.inputs[0][1]
    return f" It runs in {groups} groups: a filter sees {channels // groups} of the {plural(channels, 'channel')}."


# ---- what makes one tensor of several, or of its axes ----------------------------------------------------------


def _mean(step: Step, op: Mean) -> str:
    first = step.inputs[0]
    gone = len(step.output) == len(first) - len(op.axes)
    if len(first) == 4 and set(op.axes) == {2, 3}:
        return f"The mean of all {sides(first)} cells of each channel: {becomes(step)}."
    axes = " and ".join(f"axis {axis} ({first[axis]})" for axis in op.axes if axis < len(first))
    one = len(op.axes) == 1
    then = ("it is gone" if one else "they are gone") if gone else "one number is left of " + ("it" if one else "them")
    return f"The mean over {axes}: {then}, {becomes(step)}."


def _joined(step: Step, op: Concat) -> str:
    if op.new:
        return f"{plural(len(step.inputs), 'tensor')} of {text(step.inputs[0])} stand beside each other along a new axis: {text(step.output)}."
    axis = op.axis % len(step.output)
    what, rest, total = axis_name(step, axis), constant_along(step, axis), step.output[axis]
    what = "the channels add up" if what == "channels" else f"the sizes along {what} add up"
    alone = f", {rest} of which {'depends' if rest == 1 else 'depend'} on no input" if rest > 0 else ""
    stand = f"{len(step.inputs)} tensors stand one after the other"
    if len(step.inputs) == 1:
        stand = "It is put beside what depends on no input"
    return f"{stand}: {what} to {total}{alone}; all else stays."


def _product(step: Step) -> str:
    shapes = step.inputs
    if all(shape == step.output for shape in shapes):
        with_what = "Two tensors are" if len(shapes) > 1 else "It is"
        return f"{with_what} multiplied number by number, and the shape stays."
    return f"What is smaller is repeated to {text(step.output)}, then multiplied number by number."


def becomes(step: Step) -> str:
    """What is read and what is made; with the batch where that changes."""
    batch = any(shape[:1] != step.output[:1] for shape in step.inputs)
    told = [("×".join(map(str, shape)) or "1") if batch else text(shape) for shape in (*step.inputs, step.output)]
    return f"{' and '.join(told[:-1])} → {told[-1]}"


def keeps_axes(step: Step) -> bool:
    """Whether it reads and makes channels over the same number of axes."""
    return len(step.inputs[0]) == len(step.output) and len(step.output) - 2 in _WHAT


def axis_name(step: Step, axis: int) -> str:
    """What lies along ``axis`` of what is made."""
    if axis == 0:
        return "the batch"
    return "channels" if axis == 1 and len(step.output) == 4 else f"axis {axis}"


def constant_along(step: Step, axis: int) -> int:
    """How much along ``axis`` comes from what depends on no input: a class token."""
    return step.output[axis] - sum(shape[axis] for shape in step.inputs if axis < len(shape))


def is_matmul(step: Step) -> bool:
    """Whether two tensors meet as matrices do: the first one's columns are the second one's rows."""
    if len(step.inputs) != 2 or min(map(len, (*step.inputs, step.output))) < 2:
        return False
    one, two = step.inputs
    return one[-1] == two[-2] and step.output[-2:] == (one[-2], two[-1])
