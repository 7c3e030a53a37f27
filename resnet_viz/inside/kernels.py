"""What does a conv's filter look for?  Its weights colour by colour, and one number as window × weights."""

from __future__ import annotations

from typing import NamedTuple, cast

from torch import Tensor
from torch.nn import functional

from ..errors import LookError
from ..steps import Conv
from .activations import Activations


class Window(NamedTuple):
    """One number of a conv: what it ``read``, the filter's ``weights`` and their ``products``, each ``(C, rows, columns)``.

    ``total`` is the sum of the products, which is the number where the conv adds no bias.
    """

    read: Tensor
    weights: Tensor
    products: Tensor
    total: float


def weights_of(seen: Activations, step: str) -> Tensor:
    """A conv's weights, ``(filters, C, rows, columns)``. Raises :class:`LookError` where the step is no plain conv."""
    op = seen.step(step).op
    if not isinstance(op, Conv) or op.groups != 1:
        raise LookError("step", step, "is no conv whose filters read all channels", "name one, e.g. conv1")
    return cast("Tensor", seen.subject.module.get_submodule(step).weight).detach()


def window(seen: Activations, step: str, channel: int, row: int, column: int) -> Window:
    """The number of ``step`` at ``channel``, ``row`` and ``column`` as window × weights; padding reads zeros."""
    found = seen.step(step)
    weights, op = weights_of(seen, step)[channel], found.op
    assert isinstance(op, Conv)
    (down, across), (high, wide), padding = op.dilation, op.kernel, op.padding
    x = functional.pad(seen.maps(seen.trace.steps[found.reads[0]]), (padding[1], padding[1], padding[0], padding[0]))
    top, left = row * op.stride[0], column * op.stride[1]
    read = x[:, top : top + down * high : down, left : left + across * wide : across]
    products = read * weights
    return Window(read, weights, products, float(products.double().sum()))


def balance(weights: Tensor) -> Tensor:
    """Of each filter, from 0 to 1: how much of it is left on an even ground, where each channel has one value.

    0 where plus and minus cancel in each channel, as those of an edge detector do; 1 where no channel has both.

    >>> import torch
    >>> sobel = torch.tensor([[1.0, 2.0, 1.0], [0.0, 0.0, 0.0], [-1.0, -2.0, -1.0]])
    >>> balance(torch.stack([sobel, sobel.abs()])[:, None]).tolist()
    [0.0, 1.0]
    """
    return weights.sum((2, 3)).abs().sum(1) / weights.abs().sum((1, 2, 3))


def evenness(weights: Tensor) -> Tensor:
    """Of each filter, from 0 to 1: the share of its sum of squares that one weight a channel has, the same at each place.

    1 for a filter that weighs colours and looks at no shape; of a 3×3 filter drawn by lot 1/9 on average.
    """
    return weights.mean((2, 3)).square().sum(1) * weights[0, 0].numel() / weights.square().sum((1, 2, 3))


def strongest(numbers: Tensor) -> tuple[tuple[int, int], tuple[int, int]]:
    """Row and column of the number farthest from 0 in a map ``(H, W)``, away from the padding, and of the middle of all strong ones."""
    rows, columns = numbers.shape
    inner = numbers.abs()[1 : rows - 1, 1 : columns - 1]
    at = int(inner.argmax())
    middle = (inner > inner.max() / 3).nonzero().double().mean(0).round().long() + 1
    return (at // inner.shape[1] + 1, at % inner.shape[1] + 1), (int(middle[0]), int(middle[1]))


def of_one_sign(weights: Tensor) -> int:
    """In how many of all windows, one a filter and channel, each weight has the same sign."""
    return int(((weights > 0).all(3).all(2) | (weights < 0).all(3).all(2)).sum())
