"""What does each block's residual do for the answers?  Several images at once, without one residual after the other."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy
import torch
from torch import Tensor, nn

from .. import learned
from ..engines.model import ResNet
from ..learned.loading import SHOWN

TRIED = 50  # drawings: a third of a second


class Answers(NamedTuple):
    """How many of ``images`` are rightly answered by the network as it is, and without the residual of each block."""

    images: int
    whole: int
    without: tuple[tuple[str, int], ...]  # a block's path, and how many are right without what it adds


@torch.no_grad()
def leave_out(network: nn.Module, images: Tensor, labels: Tensor) -> Answers:
    """Run ``images`` ``(N, C, H, W)`` of the classes ``labels`` ``(N,)``; what comes before a block is run once."""
    assert isinstance(network, ResNet)
    chain = network.chain()
    blocks = dict(network.blocks())
    x, found = images, list[tuple[str, int]]()
    for place, (name, link) in enumerate(chain):
        if name in blocks:
            handle = blocks[name].get_submodule("add").register_forward_hook(_shortcut_alone)
            try:
                found.append((name, _right(link(x), chain[place + 1 :], labels)))
            finally:
                handle.remove()
        x = link(x)
    return Answers(len(images), _right(x, [], labels), tuple(found))


def _shortcut_alone(module: nn.Module, operands: tuple[Any, ...], made: Tensor) -> Tensor:
    """Instead of an addition's sum what its shortcut brings, which is its second operand."""
    return operands[1]


def _right(x: Tensor, rest: list[tuple[str, nn.Module]], labels: Tensor) -> int:
    for _, link in rest:
        x = link(x)
    return int((x.argmax(1) == labels).sum())


def try_drawings(count: int = TRIED) -> Answers:
    """Ask the trained network that the package carries, of each class as many drawings, none of which it was trained on."""
    network = learned.load()
    labels = torch.arange(count) % len(network.classes)
    images = [learned.drawing(int(label), SHOWN + number) for number, label in enumerate(labels)]
    return leave_out(network.module, network.prepared(numpy.stack(images)), labels)
