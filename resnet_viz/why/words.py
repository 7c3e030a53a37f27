"""One step in words: why it has this very shape."""

from __future__ import annotations

from math import prod
from typing import assert_never

from ..steps import (
    Activation,
    Add,
    Attention,
    AvgPool,
    BlurPool,
    ChannelConv,
    Concat,
    Conv,
    ConvTranspose,
    Flatten,
    Identity,
    Input,
    Linear,
    MatMul,
    MaxPool,
    Mean,
    Multiply,
    Norm,
    Other,
    Pad,
    Pointwise,
    Rearrange,
    Recurrent,
    Resize,
    Scale,
    Sliding,
    Step,
    Trace,
)  # fmt: skip
from ..wording import nth, plural
from .other_words import sentence
from .shape import axes_text, is_map_to_map, shape_text, sides
from .window_words import conv_words, pool_words


def why(trace: Trace, step: Step) -> str:
    """Why this very step has its shape, in plain words; every number is read from the trace."""
    op, sentences = step.op, list[str]()
    if not step.inputs and not isinstance(op, Input):
        return "What it reads was made by no step that the hooks saw, so its shape is told as it was seen."
    match op:
        case Input():
            sentences.append(
                f"The image as the network gets it: {plural(step.output[1], 'channel')} of {sides(step.output)} px."
                if len(step.output) == 4
                else f"The input as the network gets it: {'×'.join(map(str, step.output)) or 'one number'}."
            )
        case Conv() | MaxPool() | AvgPool() | BlurPool() | Pad() if not is_map_to_map(step):
            sentences.append(f"It turns {shape_text(step.inputs)} into {shape_text((step.output,))}.")
        case Conv():
            sentences = conv_words(trace, step, op)
        case MaxPool() | AvgPool() | BlurPool():
            sentences = pool_words(trace, step)
        case Norm():
            what = {"layer": "A layer norm rescales numbers by their own mean and spread", "rms": "It rescales numbers by their own size", "instance": "It rescales each channel of an image by itself"}  # fmt: skip
            sentences.append(
                f"{what.get(op.over, 'A norm rescales each channel')} and moves no cell, so the shape stays."
            )
            if trace.spec is not None and trace.spec.preact and step.stage is not None and step.path == "main":
                sentences.append("In pre-activation order it stands before its conv, not after.")
            if op.groups:
                sentences.append(f"Its {op.groups} groups look at one image at a time, whatever the batch.")
        case Activation():
            sentences += _activation(trace, step, op)
        case Pad() if trace.spec is None and is_map_to_map(step):
            if max(op.stride) > 1:
                sentences.append(f"It keeps every {nth(max(op.stride))} row and column.")
            sentences.append(
                f"{plural(op.before + op.after, 'channel')} of zeros beside {step.inputs[0][1]} make {step.output[1]}, without weights."
            )
        case Pad():
            zeros = op.before + op.after
            if op.stride[0] > 1:
                sentences.append(f"Option A: it keeps every {nth(op.stride[0])} row and column of the block's input.")
            sentences.append(
                f"The main path has {plural(step.output[1], 'channel')} here and the block's input {step.inputs[0][1]}, so "
                + (
                    "1 channel of zeros is added, which needs"
                    if zeros == 1
                    else f"{zeros} channels of zeros are added, which need"
                )
                + " no weights."
            )
        case Identity():
            if step.path != "shortcut":
                sentences.append("Nothing is computed here: what it reads is passed on as it is.")
            elif trace.spec is None:
                sentences.append("Nothing is computed here: the shortcut passes on what it reads as it is.")
            elif step.name.endswith(".downsample.0"):
                sentences.append("Nothing shrinks in this block, so there is nothing to average before the 1×1.")
            else:
                sentences.append(
                    "Main path and shortcut have the same shape here, so the block's input is passed on as it is."
                )
        case Add():
            sentences.append(
                "Both paths end in the same shape, so they can be added cell by cell, and the shape stays."
                if len(step.inputs) > 1 and step.inputs[0] == step.inputs[1]
                else "Something is added that depends on no input, and the shape stays."
                if len(step.inputs) == 1 and step.inputs[0] == step.output
                else f"What is smaller is repeated to {shape_text((step.output,))}, then added cell by cell."
            )
            if trace.spec is not None and trace.spec.preact:
                sentences.append("Nothing follows the addition: a signal can pass the whole network unchanged.")
        case Scale():
            sentences.append(
                "Each channel is multiplied by its own gate; no cell moves, so the shape stays."
                if len(step.inputs) > 1 and step.inputs[1][2:] == (1, 1)
                else "Number by number it is multiplied by a gate; no cell moves, so the shape stays."
            )
        case ChannelConv():
            sentences.append(
                "One small kernel slides along the channels: each gate knows its neighbours, for a handful of weights."
            )
        case Flatten():
            before = step.inputs[0]
            sentences.append(
                "The map is 1×1, so it is a list of numbers: one per channel."
                if len(before) == 4 and before[2:] == (1, 1)
                else f"All numbers of {'the map' if len(before) == 4 else 'an image'} stand in one list: {shape_text((before,))} are {step.output[-1]:,}."
            )
        case Linear():
            what = ("class", "classes") if trace.spec is not None else ("output", "outputs")
            alike = ", at each position alike" if prod(step.output[1:-1]) > 1 else ""
            sentences.append(
                f"{f'The one {what[0]}' if step.output[-1] == 1 else f'Each of the {step.output[-1]:,} {what[1]}'} weighs {'the one number' if step.inputs[0][-1] == 1 else f'all {step.inputs[0][-1]:,} numbers'} once{alike}."
            )
        case Other():
            sentences.append(f"There is no formula for it here ({op.label}); its shapes are told as they were seen.")
        case (
            ConvTranspose() | Sliding() | Resize() | Mean() | Concat() | Multiply() | MatMul() | Attention()
            | Recurrent() | Rearrange() | Pointwise()
        ):  # fmt: skip
            sentences.append(sentence(step, op))
        case _:
            assert_never(op)
    size = trace.input_size
    if isinstance(op, Conv | MaxPool | AvgPool | BlurPool) and step.path != "gate" and len(size) == 2 and step.reads:
        field, before = step.receptive_field, trace.steps[step.reads[0]].receptive_field
        if field is None or before is None:
            return " ".join(sentences)
        if field[0] > size[0] and field[1] > size[1] and not (before[0] > size[0] and before[1] > size[1]):
            sentences.append(
                f"From here on the receptive field, {axes_text(field)} px, is larger than the image: a cell in the middle sees all of it."
            )
    return " ".join(sentences)


_ACTIVATIONS = {
    "relu": "It sets negative numbers to 0",
    "relu6": "It cuts each number off at 0 and at 6",
    "hardsigmoid": "It turns each number into one between 0 and 1",
    "tanh": "It turns each number into one between −1 and 1",
    "softmax": "It turns numbers into shares that add up to 1",
}


def _activation(trace: Trace, step: Step, op: Activation) -> list[str]:
    if step.inputs[0] != step.output:
        return [f"{op.function}: {shape_text(step.inputs)} becomes {shape_text((step.output,))}."]
    if op.function == "sigmoid":
        if trace.spec is not None:
            return ["It turns each channel's score into a number between 0 and 1, the gate."]
        gate = ", the gate," if step.path == "gate" else ""
        return [f"It turns each number into one between 0 and 1{gate} and leaves the shape."]
    does = _ACTIVATIONS.get(op.function, f"It takes each number by itself through {op.function}")
    words = [f"{does} and leaves the shape."]
    if op.function in ("relu", "relu6") and step.reads and trace.steps[step.reads[0]].kind == "add":
        words.append("It comes after the addition, so it also clips what the shortcut brought (1512.03385, figure 2).")
    return words
