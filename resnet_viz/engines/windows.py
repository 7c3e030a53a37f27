"""A conv or a pool over any number of axes as an operation: over a map its own, over a signal or a volume a sliding one.

What PyTorch and ONNX call it, and how they write its numbers, their engines know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..steps import AvgPool, Conv, ConvTranspose, MaxPool, Op, Pair, Shape, Sliding

Pooling = Literal["maxpool", "avgpool"]


def pair(sizes: Sequence[int]) -> Pair:
    """Sizes of two axes."""
    return sizes[0], sizes[1]


def conv(kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, groups: int, bias: bool) -> Op:
    """A conv over as many axes as its kernel has."""
    if len(kernel) == 2:
        return Conv(pair(kernel), pair(stride), pair(padding), groups, bias, pair(dilation))
    return Sliding(f"conv{len(kernel)}d", kernel, stride, padding, groups, bias, dilation)


def conv_transpose(
    kernel: Shape, stride: Shape, padding: Shape, more: Shape, dilation: Shape, groups: int, bias: bool
) -> Op:
    """A transposed conv over as many axes as its kernel has; ``more`` is its output's padding."""
    if len(kernel) == 2:
        sizes = pair(kernel), pair(stride), pair(padding), pair(more)
        return ConvTranspose(*sizes, groups, bias, pair(dilation))
    return Sliding(f"conv_transpose{len(kernel)}d", kernel, stride, padding, groups, bias, dilation)


def pool(what: Pooling, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, ceil: bool = False) -> Op:
    """A pool over as many axes as its kernel has; a dilated average is none of PyTorch's, so it slides as well."""
    if len(kernel) == 2 and what == "maxpool":
        return MaxPool(pair(kernel), pair(stride), pair(padding), ceil, pair(dilation))
    dilated = set(dilation) != {1}
    if len(kernel) == 2 and not dilated:
        return AvgPool(pair(kernel), pair(stride), pair(padding), ceil)
    return Sliding(
        f"{what}{len(kernel)}d", kernel, stride, padding, dilation=dilation if dilated or what == "maxpool" else ()
    )


def whole(what: Pooling, sides: Shape) -> Op:
    """A pool over all of a map, a signal or a volume at once."""
    none = (0,) * len(sides)
    return pool(what, sides, sides, none, (1,) * len(sides))
