"""Windows: convs over any number of axes, and pools."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

from torch import nn

from ...steps import AvgPool, MaxPool, Sliding
from .parts import At, Index, Made, Term

ZERO = "padding zero"


def _zeros(place: int, side: int) -> int | None:
    return place if 0 <= place < side else None


def _reflect(place: int, side: int) -> int | None:
    return abs(place) if place < side else 2 * (side - 1) - place


def _replicate(place: int, side: int) -> int | None:
    return min(max(place, 0), side - 1)


def _circular(place: int, side: int) -> int | None:
    return place % side


BORDERS: dict[str, Callable[[int, int], int | None]] = {
    "zeros": _zeros, "reflect": _reflect, "replicate": _replicate, "circular": _circular,
}  # fmt: skip


def _each(size: Any, axes: int) -> tuple[int, ...]:
    """A size for each axis, as PyTorch takes it: one for all, or several."""
    return (int(size),) * axes if isinstance(size, int) else tuple(map(int, size))


def conv(at: At) -> Made:
    """Each cell of the window times its weight, over the channels of its group."""
    module = at.module
    if not isinstance(module, nn.modules.conv._ConvNd) or module.transposed:
        raise at.unknown("is a conv whose weights are no layer's, so what each cell is multiplied by is not known")
    axes = len(module.kernel_size)
    kernel, stride, gaps = (_each(size, axes) for size in (module.kernel_size, module.stride, module.dilation))
    if module.padding == "same":
        before = tuple(gap * (side - 1) // 2 for gap, side in zip(gaps, kernel, strict=True))
    else:
        before = (0,) * axes if module.padding == "valid" else _each(module.padding, axes)
    border, (read, *_) = BORDERS[module.padding_mode], at.inputs
    sides = tuple(read.shape[1:])
    out, *places = at.index
    weights = module.weight.detach()[out].double().tolist()
    first = out // (module.out_channels // module.groups) * (module.in_channels // module.groups)
    windows = [
        [border(place * step - start + gap * offset, side) for offset in range(size)]
        for place, step, start, gap, size, side in zip(places, stride, before, gaps, kernel, sides, strict=True)
    ]
    terms: list[Term] = []
    for channel, of_channel in enumerate(weights):
        for offsets in product(*map(range, kernel)):
            weight: Any = of_channel
            for offset in offsets:
                weight = weight[offset]
            where = [window[offset] for window, offset in zip(windows, offsets, strict=True)]
            if None in where:
                terms.append(Term(None, weight, 0.0, note=ZERO))
                continue
            cell = at.cell((first + channel, *[place for place in where if place is not None]))
            terms.append(Term(cell, weight, cell.value * weight))
    bias = None if module.bias is None else float(module.bias.detach()[out])
    words = "each cell under the window times its weight"
    words += f", over the {len(weights)} channels of its group" if module.groups > 1 else ", over all channels"
    return Made(words, terms, bias)


def _window(at: At, kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int], gaps: Sequence[int]) -> Iterator[Index | None]:  # fmt: skip
    """The cells under a pool's window, None for each that lies in the border."""
    channel, *places = at.index
    sides = tuple(at.inputs[0].shape[1:])
    starts = [place * step - border for place, step, border in zip(places, stride, padding, strict=True)]
    for offsets in product(*map(range, kernel)):
        where = [start + gap * offset for start, gap, offset in zip(starts, gaps, offsets, strict=True)]
        inside = all(0 <= place < side for place, side in zip(where, sides, strict=True))
        yield (channel, *where) if inside else None


def _sizes(at: At) -> tuple[Sequence[int], Sequence[int], Sequence[int], Sequence[int]]:
    op = at.step.op
    assert isinstance(op, MaxPool | AvgPool | Sliding)
    gaps = () if isinstance(op, AvgPool) else op.dilation
    return op.kernel, op.stride, op.padding, gaps or (1,) * len(op.kernel)


def max_pool(at: At) -> Made:
    """The largest cell of the window; the others count nothing."""
    cells = [at.cell(place) for place in _window(at, *_sizes(at)) if place is not None]
    return _largest(cells)


def _largest(cells: list[Any]) -> Made:
    best = max(range(len(cells)), key=lambda place: cells[place].value)
    terms = [Term(cell, float(i == best), cell.value if i == best else 0.0) for i, cell in enumerate(cells)]
    return Made("the largest cell under the window alone is passed on", terms)


def avg_pool(at: At) -> Made:
    """The mean of the window; whether its border counts is the layer's own setting."""
    module = at.module
    if isinstance(module, nn.modules.pooling._AdaptiveAvgPoolNd):
        return adaptive(at)
    kernel, stride, padding, gaps = _sizes(at)
    places = list(_window(at, kernel, stride, padding, gaps))
    counted, divisor = True, None
    if isinstance(module, nn.modules.pooling._AvgPoolNd):
        counted, divisor = bool(getattr(module, "count_include_pad", True)), getattr(module, "divisor_override", None)
    sides = tuple(at.inputs[0].shape[1:])
    if divisor is None and counted:  # what lies beyond the border, where the size is rounded up, never counts
        starts = [place * step - border for place, step, border in zip(at.index[1:], stride, padding, strict=True)]
        divisor = prod(
            min(start + size, side + border) - start
            for start, size, side, border in zip(starts, kernel, sides, padding, strict=True)
        )
    elif divisor is None:
        divisor = sum(place is not None for place in places)
    return _mean(at, places, divisor)


def _mean(at: At, places: Sequence[Index | None], divisor: int) -> Made:
    weight, terms = 1 / divisor, list[Term]()
    for place in places:
        if place is None:
            terms.append(Term(None, weight, 0.0, note=ZERO))
        else:
            cell = at.cell(place)
            terms.append(Term(cell, weight, cell.value * weight))
    return Made(f"the mean: each cell times 1/{divisor}", terms)


def adaptive(at: At) -> Made:
    """A pool to a given size: windows that begin at ⌊i·in/out⌋ and end at ⌈(i+1)·in/out⌉."""
    module = at.module
    largest = isinstance(module, nn.modules.pooling._AdaptiveMaxPoolNd)
    if not largest and not isinstance(module, nn.modules.pooling._AdaptiveAvgPoolNd):
        raise at.unknown(f"is of a kind that is not taken apart here ({getattr(at.step.op, 'label', at.step.kind)})")
    channel, *places = at.index
    read, made = at.inputs[0].shape[1:], at.step.output[2:]
    ways = [
        range(i * have // want, -(-(i + 1) * have // want)) for i, have, want in zip(places, read, made, strict=True)
    ]
    windows: list[Index | None] = [(channel, *place) for place in product(*ways)]
    if largest:
        return _largest([at.cell(place) for place in windows if place is not None])
    return _mean(at, windows, len(windows))


def blur_pool(at: At) -> Made:
    """1 2 1 by 1 2 1 over 16, two cells apart, over a reflected border."""
    channel, row, column = at.index
    height, width = at.inputs[0].shape[1:]
    weights: dict[tuple[int, int], float] = {}
    for i, j in product(range(3), range(3)):
        y, x = _reflect(2 * row - 1 + i, height), _reflect(2 * column - 1 + j, width)
        assert y is not None and x is not None
        weights[y, x] = weights.get((y, x), 0.0) + (1, 2, 1)[i] * (1, 2, 1)[j] / 16
    terms = list[Term]()
    for (y, x), weight in weights.items():
        cell = at.cell((channel, y, x))
        terms.append(Term(cell, weight, cell.value * weight))
    return Made("a blur: 1 2 1 by 1 2 1 over 16, the border reflected", terms)


def sliding(at: At) -> Made:
    """A window over a signal or a volume."""
    function = getattr(at.step.op, "function", "")
    if function.startswith("maxpool"):
        return max_pool(at)
    return avg_pool(at) if function.startswith("avgpool") else conv(at)
