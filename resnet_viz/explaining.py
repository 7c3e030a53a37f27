"""One step in words: why it has this shape, what it reads, and the worked line of each of its numbers."""

from __future__ import annotations

from math import prod
from typing import assert_never

from . import arithmetic
from .configuration import Network
from .forecasting import as_trace
from .steps import (
    Activation,
    Add,
    AvgPool,
    BlurPool,
    ChannelConv,
    Conv,
    Flatten,
    Identity,
    Input,
    Linear,
    MaxPool,
    Norm,
    Other,
    Pad,
    Scale,
    Step,
    Trace,
)  # fmt: skip
from .wording import plural


def explain(trace: Trace | Network, name: str) -> str:
    """Why the step ``name`` has its shape, then its worked formulas, one a line.

    ``trace`` may also be a network, whose forecast is explained. Raises ``InputError`` for an unknown name.

    >>> print(explain("resnet18@224", "maxpool"))
    maxpool (maxpool): 64×112×112 → 64×56×56
    ...
    size: ⌊(112 + 2·1 − 3)/2⌋ + 1 = 56
    ...
    """
    trace = as_trace(trace)
    step = trace.step(name)
    head = (
        f"{step.name} ({step.kind}): {shape_text(step.inputs)} → {shape_text((step.output,))}"
        if step.inputs
        else f"{step.name}: {shape_text((step.output,))}"
    )
    reads = [trace.steps[read].name for read in step.reads]
    lines = [head, why(trace, step), *([f"reads: {' and '.join(reads)}"] if reads else [])]
    return "\n".join(lines + [f"{title}: {line}" for title, line in worked_lines(trace, step)])


def worked_lines(trace: Trace, step: Step) -> list[tuple[str, str]]:
    """(title, worked line) of each number of ``step``; none where the hooks do not know what it reads."""
    if not step.inputs and not isinstance(step.op, Input):
        return []
    lines = arithmetic.worked(step, tuple(trace.steps[read] for read in step.reads))
    op = step.op
    if isinstance(op, arithmetic.Window) and arithmetic.output_shape(op, step.inputs, step.output[1]) != step.output:
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
    return " + ".join("×".join(map(str, shape[1:])) for shape in shapes)


def why(trace: Trace, step: Step) -> str:
    """Why this very step has its shape, in plain words; every number is read from the trace."""
    op, sentences = step.op, list[str]()
    if not step.inputs and not isinstance(op, Input):
        return "What it reads was made by no step that the hooks saw, so its shape is told as it was seen."
    match op:
        case Input():
            sentences.append(
                f"The image as the network gets it: {plural(step.output[1], 'channel')} of {_size(step.output)} px."
            )
        case Conv():
            sentences = _conv(trace, step, op)
        case MaxPool() | AvgPool() | BlurPool():
            sentences = _pool(trace, step)
        case Norm():
            sentences.append("A norm rescales each channel and moves no cell, so the shape stays.")
            if trace.spec is not None and trace.spec.preact and step.stage is not None and step.path == "main":
                sentences.append("In pre-activation order it stands before its conv, not after.")
            if op.groups:
                sentences.append(f"Its {op.groups} groups look at one image at a time, whatever the batch.")
        case Activation(function="sigmoid"):
            sentences.append("It turns each channel's score into a number between 0 and 1, the gate.")
        case Activation():
            sentences = _relu(trace, step)
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
            if step.path == "shortcut" and step.name.endswith(".downsample.0"):
                sentences.append("Nothing shrinks in this block, so there is nothing to average before the 1×1.")
            else:
                sentences.append(
                    "Main path and shortcut have the same shape here, so the block's input is passed on as it is."
                )
        case Add():
            sentences.append(
                "Both paths end in the same shape, so they can be added cell by cell, and the shape stays."
                if len(step.inputs) > 1 and step.inputs[0] == step.inputs[1]
                else f"What is smaller is repeated to {shape_text((step.output,))}, then added cell by cell."
            )
            if trace.spec is not None and trace.spec.preact:
                sentences.append("Nothing follows the addition: a signal can pass the whole network unchanged.")
        case Scale():
            sentences.append("Each channel is multiplied by its own gate; no cell moves, so the shape stays.")
        case ChannelConv():
            sentences.append(
                "One small kernel slides along the channels: each gate knows its neighbours, for a handful of weights."
            )
        case Flatten():
            before = step.inputs[0]
            sentences.append(
                "The map is 1×1, so it is a list of numbers: one per channel."
                if prod(before[2:]) == 1
                else f"All numbers of the map stand in one list: {shape_text((before,))} are {step.output[-1]:,}."
            )
        case Linear():
            sentences.append(
                f"{'The one class' if step.output[-1] == 1 else f'Each of the {step.output[-1]:,} classes'} weighs {'the one number' if step.inputs[0][-1] == 1 else f'all {step.inputs[0][-1]:,} numbers'} once."
            )
        case Other():
            sentences.append(f"A module of the network's own ({op.label}); its shapes are as the hooks saw them.")
        case _:
            assert_never(op)
    size = trace.input_size
    if isinstance(op, Conv | MaxPool | AvgPool | BlurPool) and step.path != "gate":
        field = step.receptive_field
        before = trace.steps[step.reads[0]].receptive_field
        if field[0] > size[0] and field[1] > size[1] and not (before[0] > size[0] and before[1] > size[1]):
            sentences.append(
                f"From here on the receptive field, {_both(field)} px, is larger than the image: a cell in the middle sees all of it."
            )
    return " ".join(sentences)


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
    if step.path == "gate":
        return [f"On a 1×1 map a conv is a small layer: {plural(before[1], 'number')} become {after[1]}."]
    if step.path == "shortcut":
        return _projection(trace, step, op)
    sentences: list[str] = []
    halves = max(op.stride) > 1
    first = step.block == 0 and step.stage is not None
    if halves:
        place = f"Where layer{step.stage} begins" if first else "Here"
        if step.path == "stem" and step.name.startswith("maxpool"):
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
        change = f"from {before[1]} to {after[1]}, {what}" if after[1] != before[1] else f"and they stay {after[1]}"
        sentences.append(f"A 1×1 looks at one cell at a time: the size stays, only the channels are mixed, {change}.")
    else:
        sentences.append(
            f"Stride 1 and padding {_both(op.padding)}: the {kernel} window's centre visits every cell, so {_size(before)} stays."
        )
        if first and step.stage == 1 and trace.spec is not None and trace.spec.stem.pool != "none":
            sentences.append("The first stage does not halve: the stem's pool just did.")
    if halves and max(op.kernel) < max(op.stride):
        sentences.append(_share(step))
    if op.groups > 1:
        sentences.append(
            f"It runs in {op.groups} groups: a filter sees {before[1] // op.groups} of the {before[1]} channels, for 1/{op.groups} of the weights."
        )
    return sentences


def _share(step: Step) -> str:
    read = step.output[2] * step.output[3]
    cells = step.inputs[0][2] * step.inputs[0][3]
    return f"With a 1×1 window it reads only {read:,} of {cells:,} positions, {read / cells:.0%}; the others are never looked at."


def _projection(trace: Trace, step: Step, op: Conv) -> list[str]:
    part = [other for other in trace.steps if (other.stage, other.block) == (step.stage, step.block)]
    add = _addition(trace, step)
    main = add.inputs[0] if add else step.output
    before = trace.steps[part[0].reads[0]].output if part[0].reads else step.inputs[0]
    sentences = [
        f"The main path brings {shape_text((main,))} to the addition and the block's input is {shape_text((before,))}."
    ]
    if main == before:
        return [*sentences, "They are equal and could be added as they are; shortcut option C projects all the same."]
    if main[2:] == before[2:]:
        sentences.append("Nothing shrinks, but only equal shapes can be added, so a 1×1 conv changes the channels.")
    elif max(op.stride) > 1:
        sentences.append(
            f"So the shortcut projects: a 1×1 conv of stride {_both(op.stride)} makes both size and channels equal."
        )
        sentences.append(_share(step))
    else:
        sentences.append("A pool makes the size equal, so no position is skipped; this 1×1 makes the channels equal.")
    return sentences


def _addition(trace: Trace, step: Step) -> Step | None:
    """The first addition to which ``step`` leads, which bears no block's name where it is a ``+``."""
    led = {step.index}
    for other in trace.steps:
        if led.intersection(other.reads):
            if other.kind == "add":
                return other
            led.add(other.index)
    return None


def _pool(trace: Trace, step: Step) -> list[str]:
    op, before, after = step.op, step.inputs[0], step.output
    assert isinstance(op, MaxPool | AvgPool | BlurPool)
    if step.path == "head" and isinstance(op, AvgPool) and after[2:] == (1, 1):
        return [f"The mean of all {_size(before)} cells of each channel: any input size ends as 1×1 here."]
    if step.path == "gate":
        return [f"The gate looks at the whole {_size(before)} map: one mean per channel."]
    if isinstance(op, BlurPool):
        return [
            f"A fixed blur before every second cell is dropped takes {_size(before)} to {_size(after)} without aliasing."
        ]
    if step.path == "shortcut":
        return [
            f"ResNet-D halves the shortcut by averages, {_size(before)} to {_size(after)}, so that its 1×1 skips no cell."
        ]
    if step.path == "main" and step.stage is not None and isinstance(op, AvgPool):
        return [f"The conv before it kept its size; averaging 2×2 cells halves {_size(before)} to {_size(after)}."]
    verb = "keeps the largest of" if isinstance(op, MaxPool) else "averages"
    stays = (
        "so the size stays"
        if before[2:] == after[2:]
        else f"and every {_nth(max(op.stride))} window is kept: {_size(before)} becomes {_size(after)}"
        if max(op.stride) > 1
        else f"which finds room at {_size(after)} places of {_size(before)}"
    )
    end = [other for other in trace.steps if other.path == "stem"][-1]
    stem = f" The stem alone shrinks the image by {_both(end.output_stride)}." if step.path == "stem" else ""
    return [f"It {verb} each {op.kernel[0]}×{op.kernel[1]} window, {stays}.{stem}"]


def _relu(trace: Trace, step: Step) -> list[str]:
    words = ["It sets negative numbers to 0 and leaves the shape."]
    if step.reads and trace.steps[step.reads[0]].kind == "add":
        words.append("It comes after the addition, so it also clips what the shortcut brought (1512.03385, figure 2).")
    return words
