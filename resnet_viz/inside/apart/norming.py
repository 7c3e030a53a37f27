"""Norms: a number's distance from a mean, in spreads, scaled and shifted; as a product and a sum."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from .parts import At, Made, Term


def norm(at: At) -> Made:
    """``(x − mean) / √(variance + eps) · γ + β``, told as x times one number plus another."""
    module, read, channel = at.module, at.inputs[0].double(), at.index[0]
    numbers: Tensor
    if isinstance(module, nn.modules.batchnorm._NormBase):
        return _batch(at, module, read, channel)
    if isinstance(module, nn.GroupNorm):
        size = module.num_channels // module.num_groups
        start = channel // size * size
        numbers, of = read[start : start + size], f"its group, channels {start} to {start + size - 1}"
        scale, shift = _affine(module, channel)
    elif isinstance(module, nn.LayerNorm | nn.RMSNorm):
        axes = len(module.normalized_shape)
        numbers, of = (
            read[at.index[: read.dim() - axes]],
            f"all along the last {'axis' if axes == 1 else f'{axes} axes'}",
        )
        scale, shift = _affine(module, at.index[read.dim() - axes :])
    else:
        kind = type(module).__name__ if module is not None else "norm that is no layer"
        raise at.unknown(f"is a {kind}, whose weights are not known here")
    if isinstance(module, nn.RMSNorm):
        eps = torch.finfo(at.inputs[0].dtype).eps if module.eps is None else module.eps
        mean, variance, word = 0.0, float((numbers**2).mean()), "mean square"
    else:
        eps, mean, word = module.eps, float(numbers.mean()), "variance"
        variance = float(numbers.var(correction=0))
    return _made(at, f"normalised by {of}", mean, variance, word, eps, scale, shift)


def _batch(at: At, module: nn.modules.batchnorm._NormBase, read: Tensor, channel: int) -> Made:
    own = isinstance(module, nn.modules.instancenorm._InstanceNorm)
    means, variances = module.running_mean, module.running_var
    if means is not None and variances is not None and not at.training and (not own or module.track_running_stats):
        mean, variance = float(means[channel]), float(variances[channel])
        of = "its channel's running statistics"
    else:
        mean, variance = float(read[channel].mean()), float(read[channel].var(correction=0))
        of = "this image's own statistics of its channel"
    return _made(at, f"normalised by {of}", mean, variance, "variance", module.eps, *_affine(module, channel))


def _affine(module: Any, place: Any) -> tuple[float, float | None]:
    """The learned scale and shift: 1 and 0 where there are none; None where the norm never shifts."""
    weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
    return 1.0 if weight is None else float(weight.detach()[place]), 0.0 if bias is None else float(
        bias.detach()[place]
    )


def _made(at: At, words: str, mean: float, variance: float, word: str, eps: float, scale: float, shift: float | None) -> Made:  # fmt: skip
    factor = scale / (variance + eps) ** 0.5
    cell = at.cell(at.index)
    bias = (shift or 0.0) - mean * factor
    told = (("mean", mean), (word, variance), ("eps", float(eps)), ("γ", scale), ("β", shift or 0.0))
    return Made(
        f"{words}: (x − mean) / √({word} + eps) · γ + β, which is x times one number plus another",
        [Term(cell, factor, cell.value * factor)],
        bias,
        told,
    )
