"""Why a conv or a pool has its shape, in plain words."""

from __future__ import annotations

from dataclasses import replace

from ..steps import AvgPool, BlurPool, Conv, MaxPool, Shape, Step, Trace, known
from ..steps.structure import place_names
from ..wording import nth, plural
from .shape import axes_text, output_shape, shape_text, sides
from .worked import kernel_extent


def conv_words(trace: Trace, step: Step, op: Conv) -> list[str]:
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
    if output_shape(op, step.inputs, after[1]) != after:
        sentences.append(f"The edges are treated otherwise than by its padding of {axes_text(op.padding)}: {sides(before)} " + (f"becomes {sides(after)}." if before[2:] != after[2:] else "stays."))  # fmt: skip
    elif halves:
        place = _begins(trace, step)
        if trace.spec is None and step.reads == (0,):
            place = "The first conv"
        elif trace.spec is not None and step.path == "stem" and step.name.startswith("maxpool"):
            place = "In place of a max pool"
        elif step.path == "stem" and step.reads == (0,):
            place = "The first conv of the stem"
        sentences.append(f"{place}, the stride of {axes_text(op.stride)} takes {sides(before)} to {sides(after)}.")
        if first and trace.spec is not None and step.stage and step.stage > 1:
            outs = trace.spec.out_channels
            if outs[step.stage - 1] == 2 * outs[step.stage - 2]:
                sentences.append(
                    f"The stage has twice the channels of the one before, {outs[step.stage - 1]} and not {outs[step.stage - 2]}: "
                    "half the height and width for twice the channels keeps the work of a block."
                )
    elif before[2:] != after[2:]:
        sentences.append(
            f"Stride 1 and padding {axes_text(op.padding)}: the {kernel_extent(op)} window finds room at {sides(after)} places of {sides(before)}."
        )
    elif max(op.dilation) > 1 and trace.spec is None:
        sentences.append(
            f"The {kernel} kernel is spread over {kernel_extent(op)} cells: {sides(after)} stays, and a cell sees further."
        )
    elif max(op.dilation) > 1:
        sentences.append(
            f"Instead of a stride the {kernel} kernel is spread over {kernel_extent(op)} cells: the map stays, and a cell still sees as far."
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
            f"Stride 1 and padding {axes_text(op.padding)}: the {kernel} window's centre visits every cell, so {sides(before)} stays."
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
    """Where a stage begins, by the network's own name for it."""
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
            f"So the shortcut projects: a {kernel} conv of stride {axes_text(op.stride)} makes both size and channels equal."
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


def pool_words(trace: Trace, step: Step) -> list[str]:
    op, before, after = step.op, step.inputs[0], step.output
    assert isinstance(op, MaxPool | AvgPool | BlurPool)
    if isinstance(op, AvgPool) and op.kernel == before[2:] and after[2:] == (1, 1) and trace.spec is None:
        return [f"The mean of all {sides(before)} cells of each channel: one number a channel is left."]
    if step.path == "head" and isinstance(op, AvgPool) and after[2:] == (1, 1) and trace.spec is not None:
        return [f"The mean of all {sides(before)} cells of each channel: any input size ends as 1×1 here."]
    if step.path == "gate" and trace.spec is not None:
        return [f"The gate looks at the whole {sides(before)} map: one mean per channel."]
    if isinstance(op, BlurPool):
        return [
            f"A fixed blur before every second cell is dropped takes {sides(before)} to {sides(after)} without aliasing."
        ]
    if step.path == "shortcut" and trace.spec is not None:
        return [
            f"ResNet-D halves the shortcut by averages, {sides(before)} to {sides(after)}, so that its 1×1 skips no cell."
        ]
    if step.path == "main" and step.stage is not None and isinstance(op, AvgPool) and trace.spec is not None:
        return [f"The conv before it kept its size; averaging 2×2 cells halves {sides(before)} to {sides(after)}."]
    verb = "keeps the largest of" if isinstance(op, MaxPool) else "averages"
    stays = (
        "so the size stays"
        if before[2:] == after[2:]
        else f"and every {nth(max(op.stride))} window is kept: {sides(before)} becomes {sides(after)}"
        if max(op.stride) > 1
        else f"which finds room at {sides(after)} places of {sides(before)}"
    )
    floored = output_shape(replace(op, ceil=False), step.inputs) if op.ceil else after
    up = f" Its size is rounded up: the last window hangs over the far edge; rounded down it would be {sides(floored)}." if floored != after else ""  # fmt: skip
    stem = ""
    if step.path == "stem" and trace.spec is not None:
        end = [other for other in trace.steps if other.path == "stem"][-1]
        stem = f" The stem alone shrinks the image by {axes_text(known(end.output_stride))}."
    return [f"It {verb} each {op.kernel[0]}×{op.kernel[1]} window, {stays}.{up}{stem}"]
