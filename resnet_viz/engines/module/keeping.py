"""A module is left as it was found, also when its forward pass raises."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from operator import is_
from typing import Any, cast

import torch
from torch import Tensor, nn

from .tree import Tree


def is_lazy(tree: Tree) -> bool:
    """Whether some parameter or buffer has no shape before the first call."""
    return any(nn.parameter.is_lazy(one) for one in (*tree.parameters.values(), *tree.buffers.values()))


def unwrapped(module: nn.Module) -> nn.Module:
    """The network inside of DataParallel, DistributedDataParallel or torch.compile."""
    while True:
        if isinstance(module, nn.DataParallel | nn.parallel.DistributedDataParallel):
            module = module.module
        elif "_orig_mod" in module._modules:
            module = cast("nn.Module", module._modules["_orig_mod"])
        else:
            return module


def on_meta(module: nn.Module) -> nn.Module:
    """A copy that stores no numbers. Raises whatever a module's own way of being copied raises."""
    return _copied(module, "meta")


def copied_lazy(module: nn.Module) -> nn.Module:
    """A copy of a module whose shapes are still open, so that the module itself stays so."""
    return _copied(module, None)


def _copied(module: nn.Module, device: str | None) -> nn.Module:
    """A deep copy, its tensors on ``device`` where that is given; shapes that are open stay open."""
    kept: dict[int, Any] = {}
    for one in (*module.parameters(), *module.buffers()):
        if isinstance(one, nn.UninitializedParameter | nn.UninitializedBuffer):
            kept[id(one)] = cast("Any", type(one))(device=device or one.device, dtype=one.dtype)
        elif device is not None:
            moved = one.detach().to(device)
            kept[id(one)] = nn.Parameter(moved, one.requires_grad) if isinstance(one, nn.Parameter) else moved
    return copy.deepcopy(module, kept)


@contextmanager
def as_found(tree: Tree, device: str) -> Iterator[None]:
    """Evaluation mode inside; outside the modes, buffers, attributes, random state and switches as they were."""
    modes = [(part, part.training) for part in tree.parts]
    cuda = [torch.device(device)] if device.startswith("cuda") else []
    with ExitStack() as stack:
        stack.enter_context(torch.random.fork_rng(devices=cuda))
        try:
            if any(training for _, training in modes):
                tree.root.eval()
            yield
        finally:
            for part, training in modes:
                if part.training is not training:
                    part.training = training


@contextmanager
def untouched(tree: Tree) -> Iterator[None]:
    """What a forward pass of somebody else's may change besides: buffers, attributes, PyTorch's switches."""
    parts = [part for part in tree.parts if not isinstance(part, torch.jit.ScriptModule)]  # these keep their own
    tables = [(part.__dict__[name], dict(part.__dict__[name])) for part in parts for name in _TABLES]
    attributes = [dict(part.__dict__) for part in parts]
    stored = [one for one in tree.buffers.values() if not one.is_meta and not nn.parameter.is_lazy(one)]
    buffers = [(buffer, buffer.detach().clone()) for buffer in stored]
    fast = torch.backends.mha.get_fastpath_enabled()
    with ExitStack() as stack:
        if "torch._dynamo" in sys.modules:  # something may be compiled; only then is there anything to switch off
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        torch.backends.mha.set_fastpath_enabled(False)  # one kernel for a whole layer: nothing could be seen of it
        try:
            yield
        finally:
            torch.backends.mha.set_fastpath_enabled(fast)
            for now, before in tables:
                _restore(now, before)
            for part, own in zip(parts, attributes, strict=True):
                _restore(part.__dict__, own)
            _put_back(buffers)


_TABLES = ("_parameters", "_buffers", "_modules")


def _restore(now: dict[str, Any], before: dict[str, Any]) -> None:
    """A table as it was, where something in it is another object now: two tensors do not say whether they are equal."""
    same = len(now) == len(before)
    if same and before:
        same = all(map(is_, now, before)) and all(map(is_, now.values(), before.values()))
    if not same:
        now.clear()
        now.update(before)


def _put_back(buffers: list[tuple[Tensor, Tensor]]) -> None:
    with torch.no_grad():
        for buffer, before in buffers:
            if buffer.shape != before.shape or not torch.equal(buffer, before):
                buffer.resize_(before.shape).copy_(before)
