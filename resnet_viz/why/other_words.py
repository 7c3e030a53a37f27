"""The operations of other people's networks in words: why a shape is what it is, and the worked line of its numbers.

What our own networks are made of has its lines in :mod:`~resnet_viz.arithmetic` and its sentences in
:mod:`~resnet_viz.explaining`. Here nothing is said that a step does not tell: where a formula does not give the shape
that was seen, the shape is told as it was seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
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
from .worked import output_side, size_line

Op = (
    ConvTranspose | Sliding | Resize | Mean | Concat | Multiply | MatMul | Attention | Recurrent | Rearrange | Pointwise
)
Line = tuple[str, str]

_AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
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
            size = f"{sides(step.inputs[0])} becomes {sides(step.output)}" if _is_map(step) else _becomes(step)
            return f"The {_what(step)} is put on another grid: {size}" + (f"; {how}." if how else ".")
        case Mean():
            return _mean(step, op)
        case Concat():
            return _joined(step, op)
        case Multiply():
            return _product(step)
        case MatMul():
            return f"A matrix product of two tensors of the network: {_becomes(step)}." + (
                f" Each number is the sum of {plural(step.inputs[0][-1], 'product')}." if _is_matmul(step) else ""
            )
        case Attention():
            heads = f", in {plural(op.heads, 'head')}" if op.heads else ""
            stays = "the shape stays" if step.inputs[0] == step.output else _becomes(step)
            return (
                "Each position asks all others and takes a mean of what they hold, weighed by how well they fit: "
                f"softmax(Q·Kᵀ)·V{heads}; {stays}."
            )
        case Recurrent():
            layers = f" in {op.layers} layers" if op.layers > 1 else ""
            ways = ", in both directions" if op.both_ways else ""
            article = "An" if op.cell[:1].upper() in "AEIOLR" else "A"
            return f"{article} {op.cell} goes along the sequence{layers}{ways}, and passes on what it keeps: {_becomes(step)}."
        case Rearrange():
            what = _MOVED.get(op.function, "The numbers stand in another order or shape")
            return f"{what}: {_becomes(step)}. Nothing is computed."
        case Pointwise():
            does = _POINTWISE.get(op.function.rstrip("_"), f"Each number goes by itself through {op.function}")
            return f"{does}: " + ("the shape stays." if step.inputs[0] == step.output else f"{_becomes(step)}.")
        case _:
            assert_never(op)


def worked(step: Step, op: Op) -> list[Line]:
    """(title, line) pairs that compute each number of ``step`` from what it reads."""
    lines: list[Line] = []
    first, output = step.inputs[0], step.output
    match op:
        case ConvTranspose():
            lines += _grown_lines(step, op.kernel, op.stride, op.padding, op.dilation, op.output_padding)
            lines += _filter_lines(step, op.kernel, op.groups, op.bias, transposed=True)
        case Sliding():
            lines += _sliding_lines(step, op)
        case Resize():
            lines += _by_axis(step, [_factor(a, b) for a, b in zip(first[2:], output[2:], strict=False)])
        case Mean():
            count = prod(first[axis] for axis in op.axes if axis < len(first))
            lines.append(("size", f"{_becomes(step)}; each number is the mean of {count:,}"))
        case Concat():
            lines += _concat_lines(step, op)
        case Multiply():
            lines.append(("size", f"{' · '.join(map(text, step.inputs))}, number by number: {text(output)}"))
        case MatMul():
            if _is_matmul(step):
                two = " times ".join(f"{shape[-2]}×{shape[-1]}" for shape in step.inputs)
                lines.append(("size", f"{two} = {output[-2]}×{output[-1]}"))
                if step.macs == prod(output) * first[-1]:
                    lines.append(("MACs", f"{'·'.join(map(str, output))} · {first[-1]} = {step.macs:,}"))
            else:
                lines.append(("size", _becomes(step)))
        case Rearrange():
            before, after = prod(first), prod(output)
            same = f"{before:,} numbers before and after" if before == after else f"{before:,} numbers, then {after:,}"
            lines.append(("size", f"{_becomes(step)}: {same}"))
        case Attention() | Recurrent() | Pointwise():
            lines.append(("size", "the shape stays" if first == output else _becomes(step)))
        case _:
            assert_never(op)
    if step.params and not any(title == "parameters" for title, _ in lines):
        lines.append(("parameters", f"{step.params:,}"))
    return lines


def text(shape: Shape) -> str:
    """``64×56×56``, PyTorch's order without the batch; one number an image is ``1``."""
    return "×".join(map(str, shape[1:])) or "1"


def sides(shape: Shape) -> str:
    """``56×56``: what lies behind batch and channels."""
    return "×".join(map(str, shape[2:]))


def _becomes(step: Step) -> str:
    """What is read and what is made; with the batch where that changes."""
    batch = any(shape[:1] != step.output[:1] for shape in step.inputs)
    told = [("×".join(map(str, shape)) or "1") if batch else text(shape) for shape in (*step.inputs, step.output)]
    return f"{' and '.join(told[:-1])} → {told[-1]}"


def _is_map(step: Step) -> bool:
    """Whether it reads and makes channels over the same number of axes."""
    return len(step.inputs[0]) == len(step.output) and len(step.output) - 2 in _AXES


def _what(step: Step) -> str:
    return _WHAT.get(len(step.output) - 2, "tensor")


def _by_axis(step: Step, lines: Sequence[str]) -> list[Line]:
    """A titled line an axis; one where all have the same."""
    names = _AXES.get(len(lines))
    if not names or not _is_map(step):
        return [("size", _becomes(step))]
    if len(set(lines)) == 1:
        return [("size", lines[0])]
    return list(zip(names, lines, strict=True))


def _as_seen(step: Step) -> list[Line]:
    return [
        ("size", f"{sides(step.inputs[0])} → {sides(step.output)}, as it was seen: the edges are treated otherwise")
    ]


# ---- windows -----------------------------------------------------------------------------------------------------


def grown_side(size: int, kernel: int, stride: int, padding: int, dilation: int = 1, more: int = 0) -> int:
    """Side of the output of a transposed conv, in cells: ``(28 − 1)·2 − 2·0 + 1·(2 − 1) + 0 + 1 = 56``."""
    return (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + more + 1


def _grown_lines(
    step: Step, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, more: Shape | None
) -> list[Line]:
    """The sizes of a transposed conv; with ``more`` unknown it is what the size seen leaves for it."""
    before, after = step.inputs[0][2:], step.output[2:]
    if not _is_map(step) or len(before) != len(kernel):
        return [("size", _becomes(step))]
    lines: list[str] = []
    for n, m, k, s, p, d, o in zip(
        before, after, kernel, stride, padding, dilation, more or (None,) * len(kernel), strict=True
    ):
        rest = m - grown_side(n, k, s, p, d) if o is None else o
        if grown_side(n, k, s, p, d, rest) != m or not 0 <= rest < max(s, d):
            return _as_seen(step)
        lines.append(f"({n} − 1)·{s} − 2·{p} + {d}·({k} − 1) + {rest} + 1 = {m}")
    return _by_axis(step, lines)


def _filter_lines(step: Step, kernel: Shape, groups: int, bias: bool, transposed: bool) -> list[Line]:
    """Channels, parameters and MACs of a conv of any number of axes."""
    first, output = step.inputs[0], step.output
    if not _is_map(step):
        return []
    inside, filters = first[1] // groups, output[1]
    # a transposed conv's weight is (in, out / groups, …), any other's (out, in / groups, …)
    factors = [first[1], filters // groups] if transposed else [filters, inside]
    weights = prod(factors) * prod(kernel) + (filters if bias else 0)
    area, size = "·".join(map(str, kernel)), "×".join(map(str, kernel))
    grouped = f" ({first[1]} in {groups} groups)" if groups > 1 else ""
    lines = [("channels", f"{plural(filters, 'filter')}, each {size}×{inside}{grouped}: {plural(filters, 'channel')}")]
    if weights == step.params:
        product = f"{factors[0]}·{factors[1]}·{area}"
        lines.append(("parameters", f"{product}{f' + {filters}' if bias else ''} = {step.params:,}"))
    cells = first if transposed else output
    each = factors[1] * prod(kernel)
    if step.macs is not None and step.macs == prod(cells) * each:
        batch = f"{cells[0]}·" if cells[0] > 1 else ""
        where = "·".join(map(str, (*cells[2:], cells[1])))
        lines.append(("MACs", f"{batch}{where} · {factors[1]}·{area} = {step.macs:,}"))
    return lines


def _sliding_lines(step: Step, op: Sliding) -> list[Line]:
    before, after = step.inputs[0][2:], step.output[2:]
    dilation = op.dilation or (1,) * len(op.kernel)
    if "transpose" in op.function:
        lines = _grown_lines(step, op.kernel, op.stride, op.padding, dilation, None)
    elif not _is_map(step) or not len(before) == len(op.kernel) == len(op.stride) == len(op.padding) == len(dilation):
        lines = [("size", _becomes(step))]
    else:
        axes = list(zip(before, op.kernel, op.stride, op.padding, dilation, strict=True))
        fits = tuple([output_side(*axis) for axis in axes]) == after
        lines = _by_axis(step, [size_line(*axis) for axis in axes]) if fits else _as_seen(step)
    if "conv" in op.function:
        lines += _filter_lines(step, op.kernel, op.groups, op.bias, "transpose" in op.function)
    return lines


def _slides(step: Step, op: Sliding) -> str:
    if "transpose" in op.function:
        return _spreads(step, op.kernel, op.stride, op.groups)
    verb = "keeps the largest of" if "max" in op.function else "averages" if "pool" in op.function else "weighs"
    window = "×".join(map(str, op.kernel))
    if not _is_map(step):
        return f"It {verb} each window of {window}: {_becomes(step)}."
    before, after = sides(step.inputs[0]), sides(step.output)
    moves = f"stride {_all(op.stride)} and padding {_all(op.padding)}"
    size = f"{after} stays" if before == after else f"{before} becomes {after}"
    return f"It {verb} each window of {window} along the {_what(step)}; at {moves}, {size}.{_groups(step, op.groups)}"


def _spreads(step: Step, kernel: Shape, stride: Shape, groups: int) -> str:
    if not _is_map(step):
        return f"A transposed conv: {_becomes(step)}."
    before, after = sides(step.inputs[0]), sides(step.output)
    size = f"{after} stays" if before == after else f"{before} becomes {after}"
    window = "×".join(map(str, kernel))
    apart = "1 cell" if set(stride) == {1} else f"{_all(stride)} cells"
    return f"A conv run backwards: each cell is spread over a window of {window}, {apart} apart, so {size}.{_groups(step, groups)}"


def _groups(step: Step, groups: int) -> str:
    if groups == 1:
        return ""
    channels = step.inputs[0][1]
    return f" It runs in {groups} groups: a filter sees {channels // groups} of the {plural(channels, 'channel')}."


def _all(values: Shape) -> str:
    return str(values[0]) if len(set(values)) == 1 else "×".join(map(str, values))


# ---- what makes one tensor of several, or of its axes ----------------------------------------------------------


def _factor(before: int, after: int) -> str:
    """``28·2 = 56``, ``56/2 = 28``, ``28 → 45, ×1.61``"""
    if before == after:
        return f"{after} stays"
    if before and after % before == 0:
        return f"{before}·{after // before} = {after}"
    if after and before % after == 0:
        return f"{before}/{before // after} = {after}"
    return f"{before} → {after}, ×{after / max(before, 1):.3g}"


def _mean(step: Step, op: Mean) -> str:
    first = step.inputs[0]
    gone = len(step.output) == len(first) - len(op.axes)
    if len(first) == 4 and set(op.axes) == {2, 3}:
        return f"The mean of all {sides(first)} cells of each channel: {_becomes(step)}."
    axes = " and ".join(f"axis {axis} ({first[axis]})" for axis in op.axes if axis < len(first))
    one = len(op.axes) == 1
    then = ("it is gone" if one else "they are gone") if gone else "one number is left of " + ("it" if one else "them")
    return f"The mean over {axes}: {then}, {_becomes(step)}."


def _axis_name(step: Step, axis: int) -> str:
    if axis == 0:
        return "the batch"
    return "channels" if axis == 1 and len(step.output) == 4 else f"axis {axis}"


def _joined(step: Step, op: Concat) -> str:
    if op.new:
        return f"{plural(len(step.inputs), 'tensor')} of {text(step.inputs[0])} stand beside each other along a new axis: {text(step.output)}."
    axis = op.axis % len(step.output)
    what, rest, total = _axis_name(step, axis), _constant(step, axis), step.output[axis]
    what = "the channels add up" if what == "channels" else f"the sizes along {what} add up"
    alone = f", {rest} of which {'depends' if rest == 1 else 'depend'} on no input" if rest > 0 else ""
    stand = f"{len(step.inputs)} tensors stand one after the other"
    if len(step.inputs) == 1:
        stand = "It is put beside what depends on no input"
    return f"{stand}: {what} to {total}{alone}; all else stays."


def _constant(step: Step, axis: int) -> int:
    """How much along ``axis`` comes from what depends on no input: a class token."""
    return step.output[axis] - sum(shape[axis] for shape in step.inputs if axis < len(shape))


def _concat_lines(step: Step, op: Concat) -> list[Line]:
    if op.new:
        return [("size", f"{len(step.inputs)} of {text(step.inputs[0])}: {text(step.output)}")]
    axis = op.axis % len(step.output)
    rest = _constant(step, axis)
    if rest < 0 or any(len(shape) != len(step.output) for shape in step.inputs):
        return [("size", _becomes(step))]
    terms = [str(shape[axis]) for shape in step.inputs] + ([str(rest)] if rest else [])
    return [(_axis_name(step, axis), f"{' + '.join(terms)} = {step.output[axis]}")]


def _product(step: Step) -> str:
    shapes = step.inputs
    if all(shape == step.output for shape in shapes):
        with_what = "Two tensors are" if len(shapes) > 1 else "It is"
        return f"{with_what} multiplied number by number, and the shape stays."
    return f"What is smaller is repeated to {text(step.output)}, then multiplied number by number."


def _is_matmul(step: Step) -> bool:
    """Whether two tensors meet as matrices do: the first one's columns are the second one's rows."""
    if len(step.inputs) != 2 or min(map(len, (*step.inputs, step.output))) < 2:
        return False
    one, two = step.inputs
    return one[-1] == two[-2] and step.output[-2:] == (one[-2], two[-1])
