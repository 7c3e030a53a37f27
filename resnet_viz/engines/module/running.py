"""Any module, run once on a dummy batch or on what is given, to a Trace."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import DeviceError, InputError
from ...steps import Input, Trace
from ...steps.structure import placed
from ..timing import Timer
from .failing import failed, memory_told
from .finishing import needed, steps, unowned
from .keeping import as_found, copied_lazy, is_lazy, untouched
from .nested import anywhere, tensors
from .tensors import Record
from .tree import Tree
from .watching import Watcher


def trace_module(
    module: nn.Module,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    device: str,
    dtype: str,
    fix: str,
    *,
    seen: Callable[[Record, Tensor], None] | None = None,
    training: bool = False,
) -> Trace:
    """Run ``module`` where it is on ``args`` and ``kwargs`` and record every operation on what depends on them.

    ``seen`` is shown the first tensor of each record at the moment it is made; afterwards the record's ``step`` tells its
    place in the trace, None where it has none. With ``training`` it runs in training mode.

    Raises :class:`TraceError` with PyTorch's words or the error of the network's own, the place, and the trace up to
    there; :class:`DeviceError` where the memory does not suffice.
    """
    tree = Tree(module)
    if is_lazy(tree):
        module = copied_lazy(module)  # the first call gives its parameters their shapes
        tree = Tree(module)
    given = [tensor for tensor in tensors((args, kwargs)) if tensor.dim()]
    if not given:
        raise InputError("inputs", None, "hold no tensor", "give a tensor or a shape such as (1, 3, 224, 224)")
    batch = int(given[0].shape[0])
    what = f"{type(module).__name__} at {_shown(given)}, on {device}"
    watcher = Watcher(tree, Timer(device))
    began = time.perf_counter()

    def made(returned: Sequence[Tensor]) -> Trace:
        """The trace as far as it came."""
        outputs = [record for tensor in returned if (record := watcher.read(tensor)) is not None]
        kept = needed(watcher.records, outputs)
        done, index = steps(kept, given[0].element_size())
        returns = tuple([index[id(record)] for record in outputs])
        if returns == (len(done) - 1,):
            returns = ()
        left = unowned(tree, watcher.parameters, watcher.called)
        elapsed = (time.perf_counter() - began) * 1e3
        title = type(module).__name__
        return placed(Trace(done, "hooks", device, dtype, batch, None, elapsed, None, left, returns, title))

    try:
        with memory_told(device, f"tracing {what}"), as_found(tree, device), untouched(tree), torch.no_grad():
            if training:
                module.train()
            if device.startswith("cuda"):
                module(*args, **kwargs)  # the first pass chooses algorithms and would be timed for it
            for number, tensor in enumerate(given):
                name = "input" if number == 0 else f"input.{number}"
                start = Record(watcher.call, name, Input(), [], tuple(tensor.shape), is_call=True)
                watcher.records.append(start)
                watcher.made(tensor, start)
            watcher.seen = seen
            watcher.attach()
            began = time.perf_counter()
            try:
                # Below autograd an operation comes as its author wrote it: a linear layer, not a view, a product, a view.
                with torch._C._AutoDispatchBelowAutograd(), watcher:
                    output = module(*args, **kwargs)
                watcher.timer.finish()
                returned = list(anywhere(output))
                trace = made(returned)
            finally:
                watcher.detach()
    except DeviceError:
        raise
    except (Exception, SystemExit) as error:
        failure = failed(what, watcher.failed or watcher.call.path, error, fix)
        failure.so_far = made([]) if len(watcher.records) > len(given) else None
        raise failure from error
    if not returned:
        raise InputError(
            "network",
            type(module).__name__,
            f"its forward pass returns {'None' if output is None else type(output).__name__} and no tensor",
            "return a tensor, or a list or dict of tensors",
        )
    if len(trace.steps) <= len(given):
        raise InputError(
            "network",
            type(module).__name__,
            "no module of it ran in the forward pass",
            "pass a network that calls its modules",
        )
    return trace


def _shown(given: Sequence[Tensor]) -> str:
    """``3×224×224, batch 1``; several inputs, and a vector, as whole shapes with a plus between."""
    if len(given) == 1 and given[0].dim() > 1:
        batch, *sides = given[0].shape
        return f"{'×'.join(map(str, sides))}, batch {batch}"
    return " + ".join("×".join(map(str, tensor.shape)) for tensor in given)
