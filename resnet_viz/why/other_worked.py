"""The worked line of each number of an operation of other people's networks.

Where a formula does not give the shape that was seen, the shape is told as it was seen.
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
from .axis import axes, grown_side
from .other_words import Op, axis_name, becomes, constant_along, is_matmul, keeps_axes
from .shape import sides, text

Line = tuple[str, str]

_AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


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
            lines.append(("size", f"{becomes(step)}; each number is the mean of {count:,}"))
        case Concat():
            lines += _concat_lines(step, op)
        case Multiply():
            lines.append(("size", f"{' · '.join(map(text, step.inputs))}, number by number: {text(output)}"))
        case MatMul():
            if is_matmul(step):
                two = " times ".join(f"{shape[-2]}×{shape[-1]}" for shape in step.inputs)
                lines.append(("size", f"{two} = {output[-2]}×{output[-1]}"))
                if step.macs == prod(output) * first[-1]:
                    lines.append(("MACs", f"{'·'.join(map(str, output))} · {first[-1]} = {step.macs:,}"))
            else:
                lines.append(("size", becomes(step)))
        case Rearrange():
            before, after = prod(first), prod(output)
            same = f"{before:,} numbers before and after" if before == after else f"{before:,} numbers, then {after:,}"
            lines.append(("size", f"{becomes(step)}: {same}"))
        case Attention() | Recurrent() | Pointwise():
            lines.append(("size", "the shape stays" if first == output else becomes(step)))
        case _:
            assert_never(op)
    if step.params and not any(title == "parameters" for title, _ in lines):
        lines.append(("parameters", f"{step.params:,}"))
    return lines


def _by_axis(step: Step, lines: Sequence[str]) -> list[Line]:
    """A titled line an axis; one where all have the same."""
    names = _AXES.get(len(lines))
    if not names or not keeps_axes(step):
        return [("size", becomes(step))]
    if len(set(lines)) == 1:
        return [("size", lines[0])]
    return list(zip(names, lines, strict=True))


def _as_seen(step: Step) -> list[Line]:
    return [
        ("size", f"{sides(step.inputs[0])} → {sides(step.output)}, as it was seen: the edges are treated otherwise")
    ]


def _grown_lines(
    step: Step, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, more: Shape | None
) -> list[Line]:
    """The sizes of a transposed conv; with ``more`` unknown it is what the size seen leaves for it."""
    before, after = step.inputs[0][2:], step.output[2:]
    if not keeps_axes(step) or len(before) != len(kernel):
        return [("size", becomes(step))]
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
    if not keeps_axes(step):
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
    if "transpose" in op.function:
        lines = _grown_lines(step, op.kernel, op.stride, op.padding, op.dilation or (1,) * len(op.kernel), None)
    elif not keeps_axes(step) or not (slid := axes(step)):
        lines = [("size", becomes(step))]
    else:
        fits = tuple([axis.out for axis in slid]) == step.output[2:]
        lines = _by_axis(step, [axis.line for axis in slid]) if fits else _as_seen(step)
    if "conv" in op.function:
        lines += _filter_lines(step, op.kernel, op.groups, op.bias, "transpose" in op.function)
    return lines


def _factor(before: int, after: int) -> str:
    """``28·2 = 56``, ``56/2 = 28``, ``28 → 45, ×1.61``"""
    if before == after:
        return f"{after} stays"
    if before and after % before == 0:
        return f"{before}·{after // before} = {after}"
    if after and before % after == 0:
        return f"{before}/{before // after} = {after}"
    return f"{before} → {after}, ×{after / max(before, 1):.3g}"


def _concat_lines(step: Step, op: Concat) -> list[Line]:
    if op.new:
        return [("size", f"{len(step.inputs)} of {text(step.inputs[0])}: {text(step.output)}")]
    axis = op.axis % len(step.output)
    rest = constant_along(step, axis)
    if rest < 0 or any(len(shape) != len(step.output) for shape in step.inputs):
        return [("size", becomes(step))]
    terms = [str(shape[axis]) for shape in step.inputs] + ([str(rest)] if rest else [])
    return [(axis_name(step, axis), f"{' + '.join(terms)} = {step.output[axis]}")]
