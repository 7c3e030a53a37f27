"""One training, reproducible on one processor core: stochastic gradient descent on drawings, and what is measured on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_viz.learned.drawings import CLASSES
from resnet_viz.learned.twins import layers, pictured

WATCHED = 500_000  # seeds of the unseen drawings that curves are measured on; training takes those from 0
FIRST = 20  # steps whose losses are kept one by one
MOMENTUM, DECAY = 0.9, 1e-4  # the paper's, section 3.4
SHIFT = 4  # pixels of 64 by which a drawing is moved at most while training


@dataclass(frozen=True)
class Plan:
    """How long and how fast."""

    epochs: int
    rate: float  # the highest; it rises over the first epoch and falls along half a cosine
    batch: int
    seed: int


@dataclass
class Curves:
    """After each epoch; the training's own are means over the epoch as it ran."""

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    unseen_loss: list[float] = field(default_factory=list)
    unseen_accuracy: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)  # the loss of each of the first steps

    def rounded(self) -> dict[str, list[float]]:
        """What is kept of them: the epochs' numbers."""
        return {name: [round(value, 4) for value in values] for name, values in vars(self).items() if name != "steps"}


def steady(seed: int) -> None:
    """One core, whose sums have one order, and one seed, so that the same machine computes the same numbers again."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)


class Pictures:
    """Drawings, the classes in turn, each drawn when it is first asked for, and kept.

    ``pictures[indices]`` are ``(n, 3, side, side)``, normalised, and labels ``(n,)``; at 32 px they are means of 2×2 pixels.
    """

    def __init__(self, count: int, seed: int, side: int, *, calm: bool = False) -> None:
        self.count, self.seed, self.side, self.calm = count, seed, side, calm
        self.labels = torch.arange(count) % len(CLASSES)
        self._kept: dict[int, Tensor] = {}

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        chosen = torch.stack([self._picture(index) for index in indices.tolist()])
        return chosen.contiguous(memory_format=torch.channels_last), self.labels[indices]

    def _picture(self, index: int) -> Tensor:
        if index not in self._kept:
            label = int(self.labels[index])
            self._kept[index] = pictured(label, self.seed + index, self.side, calm=self.calm)
        return self._kept[index]


def moved(x: Tensor, lot: torch.Generator) -> Tensor:
    """Each picture mirrored or not, and moved by some pixels; what comes in at the side mirrors the picture."""
    shift = SHIFT * x.shape[-1] // 64
    mirrored = torch.rand(len(x), generator=lot) < 0.5
    x = torch.where(mirrored.view(-1, 1, 1, 1), x.flip(3), x)
    padded = functional.pad(x, [shift] * 4, mode="reflect")
    down, right = torch.randint(0, 2 * shift + 1, (2,), generator=lot).tolist()  # one move a batch
    return padded[:, :, down : down + x.shape[2], right : right + x.shape[3]]


def fit(
    model: nn.Module,
    train: Pictures,
    unseen: Pictures,
    plan: Plan,
    after: Callable[[int, nn.Module], None] = lambda epoch, model: None,
    *,
    steps: int | None = None,
) -> Curves:
    """Train ``model`` in place. ``after`` is called before the first epoch (0) and after each; ``steps`` stops early."""
    model.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # quicker on a processor
    lot = torch.Generator().manual_seed(plan.seed)
    optimiser = torch.optim.SGD(model.parameters(), plan.rate, momentum=MOMENTUM, weight_decay=DECAY, nesterov=True)
    an_epoch = len(train) // plan.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, plan.rate, an_epoch * plan.epochs, pct_start=1 / plan.epochs, cycle_momentum=False
    )
    curves = Curves()
    after(0, model)
    for epoch in range(1, plan.epochs + 1):
        model.train()
        losses, right = [], 0
        began = time.perf_counter()
        for x, y in _batches(train, plan.batch, lot):
            scores = model(moved(x, lot))
            loss = functional.cross_entropy(scores, y)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
            right += int((scores.argmax(1) == y).sum())
            if epoch == 1 and len(curves.steps) < FIRST:
                curves.steps.append(losses[-1])
            if steps is not None and len(losses) == steps:
                return curves
        curves.loss.append(sum(losses) / len(losses))
        curves.accuracy.append(right / (len(losses) * plan.batch))
        unseen_loss, unseen_accuracy = measured(model, unseen)
        curves.unseen_loss.append(unseen_loss)
        curves.unseen_accuracy.append(unseen_accuracy)
        print(
            f"  epoch {epoch}: loss {curves.loss[-1]:.3f}, accuracy {curves.accuracy[-1]:.3f}; "
            f"unseen {unseen_loss:.3f}, {unseen_accuracy:.3f}; {time.perf_counter() - began:.0f} s",
            flush=True,
        )
        after(epoch, model)
    return curves


def _batches(data: Pictures, batch: int, lot: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    order = torch.randperm(len(data), generator=lot)
    for start in range(0, len(order) - batch + 1, batch):
        yield data[order[start : start + batch]]


@torch.no_grad()
def measured(model: nn.Module, data: Pictures) -> tuple[float, float]:
    """Mean loss and share of right answers, as the network answers when it is used."""
    model.eval()
    loss, right = 0.0, 0
    for indices in torch.arange(len(data)).split(100):
        x, y = data[indices]
        scores = model(x)
        loss += functional.cross_entropy(scores, y, reduction="sum").item()
        right += int((scores.argmax(1) == y).sum())
    return loss / len(data), right / len(data)


def weights(model: nn.Module) -> list[float]:
    """The root mean square of each layer's weights."""
    return [float(weight.detach().square().mean().sqrt()) for _, weight in layers(model)]
