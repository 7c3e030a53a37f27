"""The worked line of each number of a step, computed from what it reads."""

from __future__ import annotations

from math import prod

from ..steps import (
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
    Pad,
    Scale,
    Step,
    Trace,
)
from ..wording import plural
from . import other_words, other_worked
from .axis import Window, axes_of
from .cost import params
from .field import window
from .shape import is_map_to_map, output_shape, sides

Line = tuple[str, str]

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


def _by_axis(title: str, lines: list[str]) -> list[Line]:
    """One titled line where height and width have the same, else one for each."""
    if lines[0] == lines[1]:
        return [(title, lines[0])]
    return [(f"{title}, {side}", line) for side, line in zip(("height", "width"), lines, strict=True)]


def worked_lines(trace: Trace, step: Step) -> list[Line]:
    """(title, worked line) of each number of ``step``; none where the hooks do not know what it reads."""
    if not step.inputs and not isinstance(step.op, Input):
        return []
    op = step.op
    lines = worked(step, tuple(trace.steps[read] for read in step.reads))
    if isinstance(op, other_words.Op):
        return [*other_worked.worked(step, op), *lines]
    if isinstance(op, Window) and is_map_to_map(step) and output_shape(op, step.inputs, step.output[1]) != step.output:
        # an even kernel with padding="same", a max pool with ceil_mode: the formula has one padding for both edges
        seen = (
            f"{sides(step.output)} as the hooks saw it: the far edge is padded or rounded otherwise than the near one"
        )
        rest = [
            line for line in lines if line[0] not in ("size", "height", "width") and not line[0].startswith("where")
        ]
        lines = [("size", seen), *rest]
    return lines


def worked(step: Step, read: tuple[Step, ...]) -> list[Line]:
    """(title, line) pairs that compute each number of ``step`` from its inputs; ``read`` are the steps it reads."""
    op = step.op
    lines: list[Line] = []
    first = step.inputs[0] if step.inputs else step.output
    on_map = len(first) == len(step.output) == 4
    match op:
        case Conv() | MaxPool() | AvgPool() | BlurPool() | Pad() if on_map:
            height, width = axes_of(op, first[2:])
            if height.line == width.line:
                rest = height.remainder("row", "column")
                lines = [("size", height.line), *([("where the half goes", rest)] if rest else [])]
            else:
                lines = [("height", height.line), ("width", width.line)]
                for side, rest in (("height", height.remainder("row")), ("width", width.remainder("column"))):
                    if rest:
                        lines.append((f"where the {side}'s half goes", rest))
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


def kernel_extent(op: Window) -> str:
    """``5×5`` cells that a dilated 3×3 kernel spans."""
    return "×".join(map(str, window(op)[0]))
