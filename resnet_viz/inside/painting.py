"""A step's numbers as bytes that a page can colour: many maps small, one map whole, on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

TILE = 56  # cells of a small map's longer side; a larger one is averaged down to it
LARGE = 448  # the same of a map that is shown alone


class Scale(NamedTuple):
    """From which number to which the colours go: from 0, or as far below it as above."""

    low: float
    high: float

    @property
    def signed(self) -> bool:
        return self.low < 0


class Tiles(NamedTuple):
    """Maps side by side: ``data`` has a byte a cell, from 0 at the scale's low to 255 at its high, map after map."""

    channels: tuple[int, ...]
    height: int
    width: int
    data: bytes


class Whole(NamedTuple):
    """One map in its numbers: ``data`` are float32, little-endian, row after row; ``sides`` are those of the step's own
    map, where this one was averaged down."""

    height: int
    width: int
    data: bytes
    sides: tuple[int, int]


def scale_of(*numbers: Tensor) -> Scale:
    """One scale for all of ``numbers``.

    >>> import torch
    >>> scale_of(torch.tensor([0.0, 3.0])), scale_of(torch.tensor([-1.0, 3.0]))
    (Scale(low=0.0, high=3.0), Scale(low=-3.0, high=3.0))
    """
    low = min(float(one.min()) for one in numbers)
    most = max(float(one.abs().max()) for one in numbers) or 1.0
    return Scale(-most if low < 0 else 0.0, most)


def tiles(numbers: Tensor, channels: Sequence[int], scale: Scale) -> Tiles:
    """These ``channels`` of ``(C, H, W)``, or of a vector ``(C,)``, whose maps have one cell."""
    maps = _small(_maps(numbers)[list(channels)], TILE)
    shares = (maps - scale.low) / (scale.high - scale.low)
    data = (shares.clamp(0, 1) * 255).round().to(torch.uint8).contiguous().numpy().tobytes()
    return Tiles(tuple(channels), int(maps.shape[1]), int(maps.shape[2]), data)


def whole(numbers: Tensor, channel: int) -> Whole:
    """One channel of ``(C, H, W)`` or ``(C,)``."""
    own = _maps(numbers)[channel : channel + 1]
    shown = _small(own, LARGE)
    data = shown[0].to(torch.float32).contiguous().numpy().tobytes()
    return Whole(int(shown.shape[1]), int(shown.shape[2]), data, (int(own.shape[1]), int(own.shape[2])))


def _maps(numbers: Tensor) -> Tensor:
    return numbers if numbers.dim() == 3 else numbers.reshape(-1, 1, 1)


def _small(maps: Tensor, most: int) -> Tensor:
    """Averaged down where they are larger, in whole cells where these divide."""
    height, width = maps.shape[1:]
    times = max(height, width) / most
    if times <= 1:
        return maps
    to = (max(1, round(height / times)), max(1, round(width / times)))
    return functional.adaptive_avg_pool2d(maps.unsqueeze(0), to)[0]


def pixels(shown: Tensor) -> bytes:
    """Colours ``(H, W, 3)`` from 0 to 1 as a byte each."""
    return (shown.clamp(0, 1) * 255).round().to(torch.uint8).contiguous().numpy().tobytes()
