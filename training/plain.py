"""The plain twin of a ResNet: the same layers with the same weights, and no shortcut adds anything.

It is what He et al. call a plain network (1512.03385, section 3.3). With option A, whose shortcuts have no weights, both
have the same parameters, names and multiply-adds.
"""

from __future__ import annotations

from torch import Tensor, nn

import resnet_viz as rv


class MainAlone(nn.Module):
    """Stands where a block adds: ``(N, C, H, W)`` of the main path, and nothing of the shortcut."""

    def forward(self, main: Tensor, shortcut: Tensor) -> Tensor:
        return main


def plain(network: str) -> nn.Module:
    """``network`` without its shortcuts, initialised as ``rv.build`` initialises it."""
    model = rv.build(network)
    if model.spec.shortcut != "A" or model.spec.preact or model.spec.block != "basic":
        raise ValueError(f"{network}: a plain twin has a network of basic blocks with shortcuts of option A")
    for _, block in model.blocks():
        block.add = MainAlone()
    return model
