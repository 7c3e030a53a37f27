"""Plain networks and ResNets of one depth, as the study of depth trains them: how they are built, what they see, and how
large the loss's gradient is at each layer.

A plain twin is what He et al. call a plain network (1512.03385, section 3.3). With option A, whose shortcuts have no
weights, both have the same parameters, names and multiply-adds.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..engines.model import ResNet, build
from ..errors import InputError
from .drawings import CLASSES, drawn
from .loading import depth_study

MEAN, STD = (0.36, 0.36, 0.36), (0.20, 0.20, 0.20)  # of a channel of the drawings, roughly
DEPTHS = tuple(range(8, 57, 6))  # layers with weights: 6·n + 2 for n blocks a stage


class MainAlone(nn.Module):
    """Stands where a block adds: ``(N, C, H, W)`` of the main path, and nothing of the shortcut."""

    def forward(self, main: Tensor, shortcut: Tensor) -> Tensor:
        return main


def plain(network: str) -> ResNet:
    """``network`` without its shortcuts, initialised as :func:`build` initialises it."""
    model = build(network)
    if model.spec.shortcut != "A" or model.spec.preact or model.spec.block != "basic":
        raise ValueError(f"{network}: a plain twin has a network of basic blocks with shortcuts of option A")
    for _, block in model.blocks():
        block.add = MainAlone()
    return model


def normalised(image: Tensor) -> Tensor:
    """``(H, W, 3)`` of uint8 as ``(3, H, W)``."""
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, STD))
    return (image.permute(2, 0, 1) / 255 - mean) / std


def pictured(label: int, seed: int, side: int, *, calm: bool) -> Tensor:
    """A drawing as the networks see it, ``(3, side, side)``: at 32 px a pixel is the mean of 2×2."""
    x = normalised(torch.from_numpy(drawn(label, seed, calm=calm)))
    return functional.avg_pool2d(x, x.shape[-1] // side)


def layers(model: nn.Module) -> list[tuple[str, Tensor]]:
    """Name and weights of each conv and of the classifier, in order: the layers that a network's depth counts."""
    return [(name, part.weight) for name, part in model.named_modules() if isinstance(part, nn.Conv2d | nn.Linear)]


def gradients(model: nn.Module, probe: tuple[Tensor, Tensor]) -> list[float]:
    """The root mean square of the loss's gradient over each layer's weights, on the drawings of ``probe``.

    One pass as while training, by a copy: the network and its running statistics stay as they are.
    """
    probed = copy.deepcopy(model).train()
    functional.cross_entropy(probed(probe[0]), probe[1]).backward()
    return [float(weight.grad.square().mean().sqrt()) for _, weight in layers(probed) if weight.grad is not None]


@dataclass(frozen=True, slots=True)
class Start:
    """Before the first step of training: the gradient's size at each of the ``layers``, without shortcuts and with them."""

    depth: int
    layers: tuple[str, ...]
    plain: tuple[float, ...]
    residual: tuple[float, ...]


@lru_cache(1)  # 1.5 MB, which take as long to draw as most networks to answer
def _probe(count: int, side: int, calm: bool) -> tuple[Tensor, Tensor]:
    """The first drawings of the study and their classes."""
    labels = torch.arange(count) % len(CLASSES)
    seen = [pictured(int(label), number, side, calm=calm) for number, label in enumerate(labels)]
    return torch.stack(seen).contiguous(memory_format=torch.channels_last), labels


def start(depth: int) -> Start:
    """The twins of that depth with weights drawn anew, on the study's own drawings, and from its first seed.

    Some half a second for the deepest. At the depths that were recorded these are the record's numbers. Raises a ``ResNetVizError``.
    """
    if depth not in DEPTHS:
        raise InputError("depth", depth, "must be one of " + ", ".join(map(str, DEPTHS)), "use e.g. 20")
    study = depth_study()
    setting, seed = study["setting"], int(study["runs"][0]["seed"])
    probe = _probe(int(setting["probed"]), int(setting["side"]), setting["drawings"] == "calm")
    network = setting["network"].format(n=(depth - 2) // 6, side=setting["side"])
    made: list[ResNet] = []
    for builder in (plain, build):
        with torch.random.fork_rng(devices=[]):  # both from the same numbers
            torch.manual_seed(seed)
            made.append(builder(network))
    without, residual = (tuple(gradients(model, probe)) for model in made)
    return Start(depth, tuple(name for name, _ in layers(made[0])), without, residual)
