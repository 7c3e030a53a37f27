"""One step in words: why it has this shape, what it reads, and the worked line of each of its numbers."""

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
    Shape,
    Sliding,
    Step,
    Trace,
    known,
)  # fmt: skip
from ..structure import place_names
from ..wording import plural
from . import other_words as other_ops
from . import worked as arithmetic


def worked_lines(trace: Trace, step: Step) -> list[tuple[str, str]]:
    """(title, worked line) of each number of ``step``; none where the hooks do not know what it reads."""
    if not step.inputs and not isinstance(step.op, Input):
        return []
    op = step.op
    lines = arithmetic.worked(step, tuple(trace.steps[read] for read in step.reads))
    if isinstance(op, other_ops.Op):
        return [*other_ops.worked(step, op), *lines]
    if (
        isinstance(op, arithmetic.Window)
        and _on_map(step)
        and arithmetic.output_shape(op, step.inputs, step.output[1]) != step.output
    ):
        # an even kernel with padding="same", a max pool with ceil_mode: the formula has one padding for both edges
        seen = (
            f"{_size(step.output)} as the hooks saw it: the far edge is padded or rounded otherwise than the near one"
        )
        rest = [
            line for line in lines if line[0] not in ("size", "height", "width") and not line[0].startswith("where")
        ]
        lines = [("size", seen), *rest]
    return lines


def shape_text(shapes: tuple[tuple[int, ...], ...]) -> str:
    """``64×56×56`` (C×H×W, PyTorch's order without the batch); several joined by ``+``."""
    return " + ".join(map(other_ops.text, shapes))


def why(trace: Trace, step: Step) -> str:
    """Why this very step has its shape, in plain words; every number is read from the trace."""
    op, sentences = step.op, list[str]()
    if not step.inputs and not isinstance(op, Input):
        return "What it reads was made by no step that the hooks saw, so its shape is told as it was seen."
    match op:
        case Input():
            sentences.append(
                f"The image as the network gets it: {plural(step.output[1], 'channel')} of {_size(step.output)} px."
                if len(step.output) == 4
                else f"The input as the network gets it: {'×'.join(map(str, step.output)) or 'one number'}."
            )
        case Conv() | MaxPool() | AvgPool() | BlurPool() | Pad() if not _on_map(step):
            sentences.append(f"It turns {shape_text(step.inputs)} into {shape_text((step.output,))}.")
        case Conv():
            sentences = _conv(trace, step, op)
        case MaxPool() | AvgPool() | BlurPool():
            sentences = _pool(trace, step)
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
        case Pad() if trace.spec is None and _on_map(step):
            if max(op.stride) > 1:
                sentences.append(f"It keeps every {_nth(max(op.stride))} row and column.")
            sentences.append(
                f"{plural(op.before + op.after, 'channel')} of zeros beside {step.inputs[0][1]} make {step.output[1]}, without weights."
            )
        case Pad():
            zeros = op.before + op.after
            if op.stride[0] > 1:
                sentences.append(f"Option A: it keeps every {_nth(op.stride[0])} row and column of the block's input.")
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
            sentences.append(other_ops.sentence(step, op))
        case _:
            assert_never(op)
    size = trace.input_size
    if isinstance(op, Conv | MaxPool | AvgPool | BlurPool) and step.path != "gate" and len(size) == 2 and step.reads:
        field, before = step.receptive_field, trace.steps[step.reads[0]].receptive_field
        if field is None or before is None:
            return " ".join(sentences)
        if field[0] > size[0] and field[1] > size[1] and not (before[0] > size[0] and before[1] > size[1]):
            sentences.append(
                f"From here on the receptive field, {_both(field)} px, is larger than the image: a cell in the middle sees all of it."
            )
    return " ".join(sentences)


def _on_map(step: Step) -> bool:
    """Whether a window slides over a map, with batch and channels: the sentences speak of its height and width."""
    return len(step.inputs[0]) == len(step.output) == 4


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[2]}×{shape[3]}"


def _both(pair: tuple[int, int]) -> str:
    """One number where both axes agree, ``H×W`` where they do not."""
    return "×".join(map(str, dict.fromkeys(pair)))


def _nth(number: int) -> str:
    return {2: "second", 3: "third"}.get(number, f"{number}th")


def _conv(trace: Trace, step: Step, op: Conv) -> list[str]:
    before, after = step.inputs[0], step.output
    kernel = f"{op.kernel[0]}×{op.kernel[1]}"
    if step.path == "gate" and before[2:] == (1, 1) and after[2:] == (1, 1):
        return [f"On a 1×1 map a conv is a small layer: {plural(before[1], 'number')} become {after[1]}."]
    if step.path == "shortcut":
        return _projection(trace, step, op)
    sentences: list[str] = []
    halves = max(op.stride) > 1
    # of somebody else's network only what the step itself tells: its stages have other names, its stem another plan
    first = step.block == 0 and step.stage is not None and trace.spec is not None
    if arithmetic.output_shape(op, step.inputs, after[1]) != after:
        sentences.append(f"The edges are treated otherwise than by its padding of {_both(op.padding)}: {_size(before)} " + (f"becomes {_size(after)}." if before[2:] != after[2:] else "stays."))  # fmt: skip
    elif halves:
        place = f"Where layer{step.stage} begins" if first else "Here"
        if trace.spec is None:
            place = "The first conv" if step.reads == (0,) else _begins(trace, step)
        elif step.path == "stem" and step.name.startswith("maxpool"):
            place = "In place of a max pool"
        elif step.path == "stem" and step.reads == (0,):
            place = "The first conv of the stem"
        sentences.append(f"{place}, the stride of {_both(op.stride)} takes {_size(before)} to {_size(after)}.")
        if first and trace.spec is not None and step.stage and step.stage > 1:
            outs = trace.spec.out_channels
            if outs[step.stage - 1] == 2 * outs[step.stage - 2]:
                sentences.append(
                    f"The stage has twice the channels of the one before, {outs[step.stage - 1]} and not {outs[step.stage - 2]}: "
                    "half the height and width for twice the channels keeps the work of a block."
                )
    elif before[2:] != after[2:]:
        sentences.append(
            f"Stride 1 and padding {_both(op.padding)}: the {arithmetic.kernel_extent(op)} window finds room at {_size(after)} places of {_size(before)}."
        )
    elif max(op.dilation) > 1 and trace.spec is None:
        sentences.append(
            f"The {kernel} kernel is spread over {arithmetic.kernel_extent(op)} cells: {_size(after)} stays, and a cell sees further."
        )
    elif max(op.dilation) > 1:
        sentences.append(
            f"Instead of a stride the {kernel} kernel is spread over {arithmetic.kernel_extent(op)} cells: the map stays, and a cell still sees as far."
        )
    elif op.kernel == (1, 1):
        what = (
            "to fewer channels, so that the 3×3 costs less"
            if after[1] < before[1]
            else "to the block's output channels"
        )
        change = f"from {before[1]} to {after[1]}" if after[1] != before[1] else f"and they stay {after[1]}"
        if after[1] != before[1] and trace.spec is not None:
            change += f", {what}"
        sentences.append(f"A 1×1 looks at one cell at a time: the size stays, only the channels are mixed, {change}.")
    else:
        sentences.append(
            f"Stride 1 and padding {_both(op.padding)}: the {kernel} window's centre visits every cell, so {_size(before)} stays."
        )
        if first and step.stage == 1 and trace.spec is not None and trace.spec.stem.pool != "none":
            sentences.append("The first stage does not halve: the stem's pool just did.")
    if halves and _skips(op):
        sentences.append(_share(step))
    if op.groups > 1:
        sentences.append(
            f"It runs in {op.groups} groups: a filter sees {before[1] // op.groups} of the {before[1]} channels, for 1/{op.groups} of the weights."
        )
    return sentences


def _begins(trace: Trace, step: Step) -> str:
    """Where a stage of somebody else's network begins, by that network's own name for it."""
    if step.stage is None or step.block != 0:
        return "Here"
    name = place_names(trace).get((step.stage, None))
    return f"Where {name} begins" if name else "Here"


def _skips(op: Conv) -> bool:
    """Whether there are positions that no window reads, between those that do, along both axes."""
    return max(op.dilation) == 1 and op.kernel[0] < op.stride[0] and op.kernel[1] < op.stride[1]


def _share(step: Step) -> str:
    kernel = step.op.kernel if isinstance(step.op, Conv) else (1, 1)
    read = step.output[2] * step.output[3] * kernel[0] * kernel[1]
    cells = step.inputs[0][2] * step.inputs[0][3]
    return f"With a {kernel[0]}×{kernel[1]} window it reads only {read:,} of {cells:,} positions, {read / cells:.0%}; the others are never looked at."


def _projection(trace: Trace, step: Step, op: Conv) -> list[str]:
    main, before = _met(trace, step)
    kernel = f"{op.kernel[0]}×{op.kernel[1]}"
    sentences = [
        f"The main path brings {shape_text((main,))} to the addition and the block's input is {shape_text((before,))}."
    ]
    if main == before:
        return [*sentences, "They are equal and could be added as they are; shortcut option C projects all the same."]
    if main[2:] == before[2:]:
        sentences.append(
            f"Nothing shrinks, but only equal shapes can be added, so a {kernel} conv changes the channels."
        )
    elif max(op.stride) > 1:
        sentences.append(
            f"So the shortcut projects: a {kernel} conv of stride {_both(op.stride)} makes both size and channels equal."
        )
        if _skips(op):
            sentences.append(_share(step))
    else:
        sentences.append("A pool makes the size equal, so no position is skipped; this 1×1 makes the channels equal.")
    return sentences


def _met(trace: Trace, step: Step) -> tuple[Shape, Shape]:
    """What the main path brings to the addition of a shortcut's step, and what both come from."""
    if trace.spec is None:
        join = next((join for join in trace.joins if step.index in join.shortcut), None)
        if join is not None and join.fork is not None and trace.steps[join.step].kind == "add":
            return trace.steps[join.step].inputs[0], trace.steps[join.fork].output
        return step.output, step.inputs[0]
    part = [other for other in trace.steps if (other.stage, other.block) == (step.stage, step.block)]
    add = next((other for other in part if other.kind == "add"), None)
    before = trace.steps[part[0].reads[0]].output if part[0].reads else step.inputs[0]
    return add.inputs[0] if add else step.output, before


def _pool(trace: Trace, step: Step) -> list[str]:
    op, before, after = step.op, step.inputs[0], step.output
    assert isinstance(op, MaxPool | AvgPool | BlurPool)
    if isinstance(op, AvgPool) and op.kernel == before[2:] and after[2:] == (1, 1) and trace.spec is None:
        return [f"The mean of all {_size(before)} cells of each channel: one number a channel is left."]
    if step.path == "head" and isinstance(op, AvgPool) and after[2:] == (1, 1) and trace.spec is not None:
        return [f"The mean of all {_size(before)} cells of each channel: any input size ends as 1×1 here."]
    if step.path == "gate" and trace.spec is not None:
        return [f"The gate looks at the whole {_size(before)} map: one mean per channel."]
    if isinstance(op, BlurPool):
        return [
            f"A fixed blur before every second cell is dropped takes {_size(before)} to {_size(after)} without aliasing."
        ]
    if step.path == "shortcut" and trace.spec is not None:
        return [
            f"ResNet-D halves the shortcut by averages, {_size(before)} to {_size(after)}, so that its 1×1 skips no cell."
        ]
    if step.path == "main" and step.stage is not None and isinstance(op, AvgPool) and trace.spec is not None:
        return [f"The conv before it kept its size; averaging 2×2 cells halves {_size(before)} to {_size(after)}."]
    verb = "keeps the largest of" if isinstance(op, MaxPool) else "averages"
    stays = (
        "so the size stays"
        if before[2:] == after[2:]
        else f"and every {_nth(max(op.stride))} window is kept: {_size(before)} becomes {_size(after)}"
        if max(op.stride) > 1
        else f"which finds room at {_size(after)} places of {_size(before)}"
    )
    stem = ""
    if step.path == "stem" and trace.spec is not None:
        end = [other for other in trace.steps if other.path == "stem"][-1]
        stem = f" The stem alone shrinks the image by {_both(known(end.output_stride))}."
    return [f"It {verb} each {op.kernel[0]}×{op.kernel[1]} window, {stays}.{stem}"]


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
