"""Where is the class seen?  Grad-CAM (1610.02391): a step's maps, each weighted by the mean of the score's gradient over it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..errors import LookError
from ..spec.sizes import Pair
from ..steps import Step, Trace
from .run import Chain, Cut, Runner, Watched, as_it_is, told


@dataclass(frozen=True, slots=True, eq=False)
class Cam:
    """Where the network sees a class: ``map`` ``(H, W)`` of the image, from 0 to 1, and ``cells`` ``(h, w)`` as the step
    has them, in the score's own measure; ``weights`` are its channels' in the sum. ``why`` tells why this step."""

    index: int
    name: str
    score: float
    step: str
    why: str
    map: Tensor
    cells: Tensor
    weights: Tensor

    def __repr__(self) -> str:
        row, column = divmod(int(self.cells.argmax()), self.cells.shape[1])
        most = (
            "nothing in the image speaks for it" if not float(self.cells.max()) else f"most at cell ({row}, {column})"
        )
        return f"Cam of {self.name} (score {self.score:.4g}) at {self.step}: {most}; {self.why}"


def last_map(trace: Trace) -> tuple[Step, str]:
    """The step whose maps tell most of a class, and why. Raises :class:`LookError` where no step has places."""
    maps = [step for step in trace.steps[1:] if len(step.output) == 4 and step.path != "gate"]
    wide = [step for step in maps if step.output[2] * step.output[3] > 1]
    found = (wide or maps)[-1:]
    if not found:
        raise LookError("step", None, "there is none with maps in this network", "give an image to a network of convs")
    height, width = found[0].output[2:]
    cells = f"{height}×{width} cells"
    return found[0], f"the last map before the classifier: the deepest step whose numbers still have a place ({cells})"


def checked_map(step: Step) -> tuple[Step, str]:
    """A step that was asked for, which must have maps."""
    if len(step.output) != 4:
        raise LookError(
            "step", step.name, "has no map, so a class has no place in it", "name a step before the classifier"
        )
    height, width = step.output[2:]
    return step, f"as asked: {height}×{width} cells"


def cam(runner: Runner, step: Step, numbers: Tensor, before: Tensor | None, cuts: Sequence[Cut], score: int) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The map's cells and its channels' weights, for the class ``score``; ``numbers`` are the step's, ``before`` what its
    link reads."""
    if isinstance(runner, Chain):
        gradient = _through_chain(runner, step, numbers, before, cuts, score)
    else:
        assert isinstance(runner, Watched)
        if cuts:
            raise LookError("cam", step.name, "is not had of somebody's own module with something cut", "ask it of the look before")  # fmt: skip
        gradient = _through_module(runner, step, numbers, score)
    weights = gradient.mean((2, 3))[0].double()
    return torch.relu((weights.view(-1, 1, 1) * numbers[0].double()).sum(0)), weights


def on_image(cells: Tensor, size: Pair) -> Tensor:
    """The cells from 0 to 1, resized to the image."""
    wide = functional.interpolate(cells[None, None], size, mode="bilinear", align_corners=False)[0, 0]
    most = float(cells.max())
    return (wide / most).clamp(0, 1).float() if most > 0 else torch.zeros(size)


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """No gradient is asked of its weights, for which each layer would have to keep what it read."""
    learning = [one for one in module.parameters() if one.requires_grad]
    try:
        for one in learning:
            one.requires_grad_(False)
        yield
    finally:
        for one in learning:
            one.requires_grad_(True)


def _through_chain(
    runner: Chain, step: Step, numbers: Tensor, before: Tensor | None, cuts: Sequence[Cut], score: int
) -> Tensor:
    """The gradient at a step: from there on the network runs on a copy, into which an in-place ReLU may write."""
    link = runner.link(step.index)
    leaf = next(leaf for index, leaf in runner.leaves[link] if index == step.index)
    start = numbers.detach().to(runner.device).requires_grad_()
    x = runner.x if before is None else before.to(runner.device)

    def put(*_: Any) -> Tensor:
        torch.set_grad_enabled(True)  # until the no_grad around ends
        return start.clone()

    found = (runner.module, runner.device, runner.training)
    with runner.lock, as_it_is(*found), frozen(runner.module), told(runner.what, runner.device):
        with torch.no_grad():
            made = runner.through(link, len(runner.links) - 1, x, lambda *_: None, cuts, lambda: leaf.register_forward_hook(put))  # fmt: skip
        return torch.autograd.grad(made[0, score], start)[0].cpu()


def _through_module(runner: Watched, step: Step, numbers: Tensor, score: int) -> Tensor:
    """The same of somebody's own module: the innermost of those around the step that returns just these numbers."""
    path = step.name.partition("#")[0].split(".")
    around = [".".join(path[:end]) for end in range(len(path), -1, -1)]
    modules = dict(runner.module.named_modules())
    start = numbers.detach().to(runner.device).requires_grad_()
    found: list[nn.Module] = []

    def put(part: nn.Module, _: Any, output: Any) -> Tensor | None:
        if found or not isinstance(output, Tensor) or output.shape != start.shape:
            return None
        if not torch.allclose(output, start, 1e-4, 1e-6):
            return None
        found.append(part)
        torch.set_grad_enabled(True)  # until the no_grad around ends
        return start.clone()

    handles = [modules[name].register_forward_hook(put) for name in around if name in modules]
    try:
        whole = (runner.module, runner.device, runner.training)
        with runner.lock, as_it_is(*whole), frozen(runner.module), told(step.name, runner.device):
            with torch.no_grad():
                output = runner.module(runner.x.clone())
            if not found or not isinstance(output, Tensor) or not output.requires_grad:
                raise LookError("step", step.name, "is no module's output, so no gradient is seen there", "name a module's step")  # fmt: skip
            return torch.autograd.grad(output[0, score], start)[0].cpu()
    finally:
        for handle in handles:
            handle.remove()
