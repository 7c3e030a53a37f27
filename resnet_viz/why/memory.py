"""How many bytes does it take?  What PyTorch keeps for the backward pass, what training needs, what lives at one time."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from ..steps import (
    Activation,
    AvgPool,
    BlurPool,
    ChannelConv,
    Conv,
    Flatten,
    Identity,
    Linear,
    MaxPool,
    Norm,
    Scale,
    Step,
)

MAX_GIB = 100_000  # of a GPU that is asked about
OPTIMIZERS = {"sgd": 1, "adam": 2}  # numbers kept a parameter: SGD's momentum; Adam's two moments


def saved_bytes(steps: Sequence[Step]) -> int:
    """Bytes of the maps that PyTorch keeps from the forward pass for the backward pass.

    A conv, a linear layer, a norm and a pool keep what they read, a ReLU or sigmoid what it makes, a gate's product
    both factors; an addition keeps nothing. Each tensor counts once; a max pool also keeps an index (8 B) a cell.
    """
    kept: set[int] = set()
    for step in steps:
        match step.op:
            case Conv() | Linear() | Norm() | Scale() | MaxPool() | ChannelConv() | BlurPool():
                kept.update(step.reads)
            case AvgPool() if step.path not in ("head", "gate"):
                kept.update(step.reads)
            case Activation():
                kept.add(step.index)
            case _:
                pass
    indices = sum(8 * prod(step.output) for step in steps if isinstance(step.op, MaxPool))
    made_by = _made_by(steps)
    return sum(steps[index].output_bytes for index in {made_by[index] for index in kept}) + indices


def _made_by(steps: Sequence[Step]) -> list[int]:
    """For each step the one that made its tensor: itself, but flatten and the identity only rename what they read."""
    made_by: list[int] = []
    for step in steps:
        renames = isinstance(step.op, Flatten | Identity) and step.reads
        made_by.append(made_by[step.reads[0]] if renames else step.index)
    return made_by


def training_bytes(steps: Sequence[Step], params: int, optimizer: str) -> dict[str, int]:
    """An estimate of what training needs, by part, in float32: weights, gradients, optimizer, activations, gradients
    on the way back (the two largest maps). The workspace of a conv's algorithm and the allocator's rounding come on top.
    """
    largest = sorted((step.output_bytes for step in steps), reverse=True)
    return {
        "weights": 4 * params,
        "gradients": 4 * params,
        "optimizer": 4 * params * OPTIMIZERS[optimizer],
        "activations": saved_bytes(steps),
        "on the way back": sum(largest[:2]),
    }


def peak_bytes(steps: Sequence[Step]) -> int:
    """Bytes of the tensors that are alive at one time, at most: each lives until the last step that reads it."""
    made_by = _made_by(steps)
    last: dict[int, int] = {}
    for step in steps:
        for read in step.reads:
            last[made_by[read]] = step.index
    dying: dict[int, int] = {}
    alive = most = 0
    for step in steps:
        if made_by[step.index] == step.index:
            alive += step.output_bytes
            if step.index in last:
                dying[last[step.index]] = dying.get(last[step.index], 0) + step.output_bytes
        most = max(most, alive)
        alive -= dying.get(step.index, 0)
    return most


def inference_bytes(steps: Sequence[Step], params: int) -> int:
    """An estimate of what a pass without gradients needs, in float32: the weights and the most that is alive at a time."""
    return 4 * params + peak_bytes(steps)


def gib_bytes(gib: float) -> int:
    """The bytes of a memory of so many GiB, each 1024³."""
    return int(gib * 2**30)
