"""What is told of a step's numbers: statistics, what an addition adds, and where a class is seen."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_SHOWN = 8  # channels that are named


@dataclass(frozen=True, slots=True)
class Statistics:
    """A step's numbers in a few: ``zeros`` is the share that is exactly 0, ``dead`` the channels of which all are, and
    ``strongest`` all channels, that of the largest mean square first. ``spread`` is the standard deviation."""

    step: str
    shape: tuple[int, ...]
    mean: float
    spread: float
    least: float
    most: float
    zeros: float
    dead: tuple[int, ...]
    strongest: tuple[int, ...]

    def __repr__(self) -> str:
        named = ", ".join(map(str, self.strongest[:_SHOWN])) + (", …" if self.strongest[_SHOWN:] else "")
        return (
            f"{self.step} {'×'.join(map(str, self.shape))}: mean {self.mean:.4g}, spread {self.spread:.4g}, "
            f"{self.least:.4g} to {self.most:.4g}, {self.zeros:.1%} zeros, {len(self.dead)} of {self.shape[0]} channels dead; "
            f"strongest: {named}"
        )


def statistics(step: str, numbers: Tensor) -> Statistics:
    """Of ``(C, …)``: each number is read three times, whatever is told of them is then made of the channels'."""
    rows = numbers.reshape(numbers.shape[0] if numbers.dim() else 1, -1)
    variances, means = (one.double() for one in torch.var_mean(rows, dim=1, correction=0))
    low, high = rows.aminmax(dim=1)
    dead = (low == 0) & (high == 0)
    return Statistics(
        step,
        tuple(numbers.shape) or (1,),
        float(means.mean()),
        float((variances.mean() + means.var(correction=0)).sqrt()),
        float(low.min()),
        float(high.max()),
        (rows.numel() - int(torch.count_nonzero(rows))) / rows.numel(),
        tuple(torch.nonzero(dead).flatten().tolist()),
        tuple(torch.argsort(variances + means**2, descending=True, stable=True).tolist()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Addition:
    """What meets at an addition: ``shortcut`` + ``residual`` = ``sum``, each ``(C, H, W)``."""

    step: str
    block: str
    shortcut: Tensor
    residual: Tensor
    sum: Tensor

    @property
    def ratio(self) -> float | None:
        """The residual's norm over the shortcut's; None where the shortcut is 0 everywhere."""
        return ratio(norm(self.residual), norm(self.shortcut))

    def __repr__(self) -> str:
        told = (
            "no shortcut to compare with" if self.ratio is None else f"the residual is {self.ratio:.3g} of the shortcut"
        )
        return f"{self.step}: {told} (norms {norm(self.residual):.4g}, {norm(self.shortcut):.4g}, sum {norm(self.sum):.4g})"


@dataclass(frozen=True, slots=True)
class Share:
    """Of one block: the norms of what its shortcut brings, of what its residual adds, and of their sum."""

    block: str
    step: str
    shortcut: float
    residual: float
    sum: float

    @property
    def ratio(self) -> float | None:
        """The residual's norm over the shortcut's; None where the shortcut is 0 everywhere."""
        return ratio(self.residual, self.shortcut)


def norm(numbers: Tensor) -> float:
    """The root of the sum of squares."""
    return float(torch.linalg.vector_norm(numbers, dtype=torch.float64))


def ratio(residual: float, shortcut: float) -> float | None:
    return residual / shortcut if shortcut else None


@dataclass(frozen=True, slots=True)
class Score:
    """A class and what the network gives it: its score, and its share after a softmax."""

    index: int
    name: str
    score: float
    share: float
