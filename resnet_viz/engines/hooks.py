"""What did happen?  Forward hooks on a dummy batch, on cuda, cpu or meta, to the same Trace as the forecast's."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from math import prod
from typing import Any, cast

import torch
from torch import Tensor, nn

from ..checks import check_text
from ..errors import DeviceError, InputError, TraceError
from ..extras import require
from ..spec import ResNetSpec
from ..spec.configuration import DEFAULT_SIDE, Configuration, Network, spec_and_size
from ..steps import (
    Add,
    BlurPool,
    ChannelConv,
    Identity,
    Input,
    Op,
    Pad,
    Pair,
    Path,
    Scale,
    Shape,
    Step,
    Trace,
    by_x,
    check_input,
)
from ..why import cost
from ..why.field import receptive_field
from ..why.memory import peak_bytes
from .formulas import forecast
from .model import ResNet, attention, build, parts, resolve_device
from .module import inputs as given
from .module import trace_module
from .module.failing import failed, memory_told
from .module.keeping import as_found, on_meta, unwrapped
from .module.layers import layer
from .module.nested import tensors
from .module.tree import Tree
from .timing import Timer

Inputs = Tensor | Sequence[Any] | Mapping[str, Any]


def trace(
    network: Network | nn.Module,
    input_size: int | Pair | None = None,
    batch: int = 1,
    device: str = "auto",
    dtype: str = "float32",
    *,
    inputs: Inputs | None = None,
) -> Trace:
    """Run ``network`` once on a dummy batch ``(batch, C, H, W)`` and record every step by forward hooks.

    ``network`` is a spec, a configuration or its text, or a module of your own, which runs in full where it is;
    ``input_size`` is one side or ``(H, W)``, by default the configuration's, or 224. ``device`` is "auto" (CUDA where
    there is one, else meta), "cuda", "cuda:N", "cpu" or "meta". On meta nothing is computed or stored: the shapes are
    the same, and a block whose make-up and input shape equal an earlier block's is taken from that run
    (``Trace.blocks_run`` tells how many ran).

    A module that takes anything but an image batch is run on ``inputs``: a tensor, a shape such as ``(1, 2, 128)``, or a
    list or dict (its forward's keywords) of these and of whatever else its forward takes: numbers, texts, lists or
    dicts of tensors, NumPy arrays. Tensors are copied before. Its numbers stay of the type they are. It runs once on cpu, so that its times are a first pass's; on CUDA a
    pass before warms up. A module of your own asked for on "meta" runs as a copy without numbers.

    The module is left as found: modes, hooks, buffers, attributes, lazy shapes and the global random state, also when
    the pass raises; then the error's ``so_far`` is the trace of what ran, and of a network of ours its ``stopped`` the
    step that raised.

    Raises :class:`InputError`, :class:`DeviceError` (absent, or too small), or :class:`TraceError` with PyTorch's own
    words, or whatever error the module's own code raised.

    >>> trace("resnet18@32", device="meta").confirm(forecast("resnet18@32"))
    []
    >>> trace(nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU()), inputs=(1, 2, 16)).outputs
    ((1, 4, 14),)
    """
    if isinstance(network, type) and issubclass(network, nn.Module):
        name = network.__name__
        raise InputError("network", name, "is a class of modules and no module", f"make one: {name}(…)")
    if not isinstance(network, nn.Module):
        if not isinstance(network, str | ResNetSpec | Configuration):
            rule = (
                f"must be an nn.Module or a network's name, configuration or ResNetSpec, not {type(network).__name__}"
            )
            raise InputError("network", network, rule, "pass a module itself, or write e.g. 'resnet18@64'")
        if inputs is not None:
            raise InputError("inputs", inputs, "are for a module of your own", "use input_size and batch")
        spec, input_size = spec_and_size(network, input_size)
        size, batch, dtype = check_input(input_size, batch, dtype)
        place = resolve_device(device)
        if place != "meta":
            check_memory(spec, size, batch, dtype, place)
        with _no_garbage_collection():
            module = build(spec, place, init=place != "meta")
            if dtype != "float32":
                module = module.to(cast(torch.dtype, getattr(torch, dtype)))
            return _run(module, spec, size, batch, dtype, place, spec.in_channels, repeat=place == "meta")
    if isinstance(network, ResNet) and inputs is None:
        size, batch, dtype = check_input(DEFAULT_SIDE if input_size is None else input_size, batch, dtype)
        here, dtype = _whereabouts(network, device, dtype)
        return _run(network, network.spec, size, batch, dtype, here, network.spec.in_channels, repeat=False)
    return _foreign(unwrapped(network), input_size, batch, device, dtype, inputs)


def trace_as_is(module: ResNet, size: Pair) -> Trace:
    """Run one of our own networks, changed or not, once on one image on the processor, in the mode that it is in.

    Raises :class:`TraceError`, with the trace up to the error and the step that raised.
    """
    return _run(module, module.spec, size, 1, "float32", "cpu", module.spec.in_channels, repeat=False, as_is=True)


def _foreign(
    network: nn.Module, input_size: int | Pair | None, batch: int, device: str, dtype: str, inputs: Inputs | None
) -> Trace:
    """Somebody else's module, on an image batch or on ``inputs``."""
    size, batch, dtype = check_input(DEFAULT_SIDE if input_size is None else input_size, batch, dtype)
    if device == "meta":
        network = _copy_on_meta(network)
    here, dtype = _whereabouts(network, device, dtype)
    if inputs is None:
        return _on_image(network, given.image(network, size, batch, input_size is not None), here, dtype)
    if input_size is not None:
        raise InputError("input_size", input_size, "is said by the inputs", "pass one of the two")
    with memory_told(here, "making the inputs"):
        args, kwargs = given.wanted(inputs, here, dtype)
    return trace_module(network, args, kwargs, here, dtype, "check that this network accepts this input")


def _on_image(network: nn.Module, shape: Shape, here: str, dtype: str) -> Trace:
    """On an image batch, whose channels are a guess: where the first conv that runs expects others, on those."""

    def run(
        shape: Shape, fix: str = "check that this network accepts this input, or pass its own as inputs=…"
    ) -> Trace:
        with memory_told(here, f"making the input {by_x(shape)}"):
            image = given.random(shape, here, dtype)
        return trace_module(network, (image,), {}, here, dtype, fix)

    guessed = shape[1]
    with given.first_conv(network) as found:
        try:
            return run(shape)
        except TraceError as error:
            expected, got = found[0] if found else (guessed, guessed)
            if expected == got:
                raise
            if got != guessed:  # it reads what was made of the image
                own = f"({shape[0]}, C, {shape[2]}, {shape[3]})"
                fix = f"its channels, {guessed}, are guessed from its first conv; pass its own as inputs={own}"
                told = TraceError(error.field, error.value, error.rule, fix)
                told.so_far, told.explanation = error.so_far, error.explanation
                raise told from error.__cause__
    return run((shape[0], expected, *shape[2:]))


def _whereabouts(network: nn.Module, device: str, dtype: str) -> tuple[str, str]:
    """Where a module's tensors are, which ``device`` may not contradict, and of what type."""
    check_text("device", device, "auto")
    stored = chain(network.parameters(), network.buffers())  # the first will mostly do
    first = next(stored, None)
    here = "cpu" if first is None else str(first.device)
    if device not in ("auto", here, here.split(":")[0]):
        resolve_device(device)  # says what is no device, or none of this machine
        raise DeviceError(
            "device",
            device,
            f"the module's tensors are on {here}",
            f"use device='auto', or move it with module.to({device!r})",
        )
    floating = next((one for one in chain((first,), stored) if one is not None and one.is_floating_point()), None)
    own = dtype if floating is None else str(floating.dtype).removeprefix("torch.")
    if dtype not in ("float32", own):
        fix = f"convert it with module.to(torch.{dtype}), or leave dtype out"
        raise InputError("dtype", dtype, f"the module's numbers are {own}", fix)
    return here, own


def _copy_on_meta(network: nn.Module) -> nn.Module:
    """``network`` itself where it is on meta, else a copy without numbers; itself where it refuses to be copied."""
    tensors = [*network.parameters(), *network.buffers()]
    if not tensors or all(tensor.is_meta for tensor in tensors):
        return network
    try:
        return on_meta(network)
    except Exception:  # a module decides itself how it is copied, and may fail at it in any way
        return network


def bytes_needed(forecasted: Trace) -> int:
    """Bytes that a forward pass needs at its fullest: all weights, and the outputs that are still to be read.

    A lower bound: scratch memory of the conv algorithms comes on top.
    """
    steps = forecasted.steps
    item = steps[0].output_bytes // prod(steps[0].output)
    return peak_bytes(steps) + sum(step.params for step in steps) * item


def check_memory(spec: ResNetSpec, size: Pair, batch: int, dtype: str, device: str) -> None:
    """Raise :class:`DeviceError` where a forward pass needs more memory than is free there."""
    needed = bytes_needed(forecast(spec, size, batch, dtype))
    if device == "cpu":
        require("psutil", "tracing on the processor")
        import psutil

        free = int(psutil.virtual_memory().available)
    else:
        free = int(torch.cuda.mem_get_info(device)[0])
    if needed > free * 0.9:
        raise DeviceError(
            "device",
            device,
            f"batch {batch} at {size[0]}×{size[1]} needs at least {needed:,} bytes and {free:,} are free",
            "use a smaller batch or input, or device='meta', which stores nothing",
        )


@dataclass(slots=True)
class _Seen:
    """One call as observed, before its numbers are computed."""

    name: str
    op: Op
    reads: tuple[int, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    params: int
    macs: int | None = 0
    time_ms: float | None = None


class _Observer:
    """Collects calls; knows which step made which tensor, by identity, for as long as the tensor lives."""

    def __init__(self, timer: Timer) -> None:
        self.seen: list[_Seen] = []
        self.timer = timer
        self.makers: dict[int, tuple[weakref.ref[Tensor], int]] = {}
        self.counted: set[int] = set()
        self.handles: list[Any] = []
        self.begun: tuple[str, nn.Module, list[Tensor]] | None = None  # the call that is in progress

    def made(self, tensor: Tensor, index: int) -> None:
        key = id(tensor)
        # An id is used again once its tensor is freed; the callback forgets it at that moment.
        self.makers[key] = (weakref.ref(tensor, lambda _, key=key, makers=self.makers: makers.pop(key, None)), index)

    def maker(self, tensor: Tensor) -> int | None:
        known = self.makers.get(id(tensor))
        return known[1] if known and known[0]() is tensor else None

    def record(self, name: str, op: Op, inputs: list[Tensor], output: Tensor, params: int) -> None:
        sources = [(index, tuple(t.shape)) for t in inputs if (index := self.maker(t)) is not None]
        index, shape = len(self.seen), tuple(output.shape)
        # what it computes does not depend on whether it is known where its input was made
        macs = cost.macs(op, tuple([tuple(t.shape) for t in inputs]), shape) if inputs else 0
        self.seen.append(
            _Seen(name, op, tuple(i for i, _ in sources), tuple(s for _, s in sources), shape, params, macs)
        )
        self.made(output, index)

    def hook(self, name: str, module: nn.Module) -> None:
        def before(_: nn.Module, args: tuple[Any, ...], named: dict[str, Any]) -> None:
            self.begun = name, module, _given(args, named)
            self.timer.start()

        def after(_: nn.Module, args: tuple[Any, ...], named: dict[str, Any], output: Any) -> None:
            self.timer.stop()
            self.begun = None
            inputs = _given(args, named)
            for place, made in enumerate(tensors(output)):
                own = [p for p in module.parameters() if id(p) not in self.counted]
                self.counted.update(map(id, own))
                self.record(name, _op(module, inputs, made), inputs, made, sum(p.numel() for p in own))
                if place == 0:
                    self.timer.tell(self.seen[-1])

        self.handles += [
            module.register_forward_pre_hook(before, with_kwargs=True),
            module.register_forward_hook(after, with_kwargs=True),
        ]

    def raised(self) -> _Seen | None:
        """The call that raised: what it was given, and that nothing came out. None where it was no module's."""
        if self.begun is None or not self.begun[2]:
            return None
        name, module, given = self.begun
        sources = [(index, tuple(t.shape)) for t in given if (index := self.maker(t)) is not None]
        op = _op(module, given, given[0])
        return _Seen(name, op, tuple(i for i, _ in sources), tuple(s for _, s in sources), (), 0, None)

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()


def _run(
    module: ResNet,
    spec: ResNetSpec,
    size: Pair,
    batch: int,
    dtype: str,
    device: str,
    channels: int,
    *,
    repeat: bool,
    as_is: bool = False,
) -> Trace:
    """``as_is`` runs once, in the modes that the modules are in."""
    what = f"{type(module).__name__} at {channels}×{size[0]}×{size[1]}, batch {batch}, on {device}"
    generator = None if device == "meta" else torch.Generator(device).manual_seed(0)  # leaves the global state alone
    shape = (batch, channels, *size)
    observer = _Observer(Timer(device))
    try:
        with memory_told(device, f"tracing {what}"):
            x = (
                torch.empty(shape, device="meta", dtype=getattr(torch, dtype))
                if device == "meta"
                else torch.randn(shape, device=device, generator=generator).to(getattr(torch, dtype))
            )
            observer.seen.append(_Seen("input", Input(), (), (), shape, 0))
            with nullcontext() if as_is else as_found(Tree(module), device), torch.no_grad():
                if device != "meta" and not as_is:
                    with suppress(Exception):  # which the pass that is watched meets again
                        module(x)  # warm up: first calls choose algorithms and would be timed for it
                observer.made(x, 0)
                began = time.perf_counter()
                ran: tuple[int, int] | None = None
                try:
                    if repeat:
                        ran = _run_distinct(module, observer, x)
                    else:
                        for name, leaf in module.named_modules():
                            if name and not leaf._modules:
                                observer.hook(name, leaf)
                        module(x)
                    observer.timer.finish()
                finally:
                    observer.remove()
                elapsed = (time.perf_counter() - began) * 1e3
    except DeviceError:
        raise
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        failure = failed(what, "", error, "check that this network accepts this input")
        failure.so_far, failure.stopped = _cut_short(observer, module, dtype, batch, device)
        raise failure from error
    steps = _costed(observer.seen, module, x.element_size())
    return Trace(steps, "hooks", device, dtype, batch, spec, elapsed, ran)


def _cut_short(
    observer: _Observer, module: ResNet, dtype: str, batch: int, device: str
) -> tuple[Trace | None, Step | None]:
    """What ran before the error, of a network that is not what its spec says; and the step that raised."""
    if not observer.seen:
        return None, None
    raised = observer.raised()
    item_bytes = cast(torch.dtype, getattr(torch, dtype)).itemsize
    *steps, last = _costed([*observer.seen, *([raised] if raised else [])], module, item_bytes)
    if raised is None:
        steps, stopped = [*steps, last], None
    else:
        stopped = last._replace(receptive_field=None, output_stride=None, output_bytes=0)
    return Trace(tuple(steps), "hooks", device, dtype, batch, title=type(module).__name__), stopped


def _run_distinct(module: ResNet, observer: _Observer, x: Tensor) -> tuple[int, int]:
    """Run each distinct block once; a block of equal make-up at an equal input shape repeats what was seen."""
    blocks = module.blocks()
    inside = {id(part) for _, block in blocks for part in block.modules()}

    def watch(name: str, leaf: nn.Module) -> None:
        observer.hook(name, leaf)
        rule = next((rule for kinds, rule in _BY_RULE if isinstance(leaf, kinds)), None)
        if rule is not None:
            changed.append(leaf)
            leaf.__dict__["forward"] = partial(rule, leaf)

    changed = [block for _, block in blocks]  # what is given another forward pass for this run
    for name, leaf in module.named_modules(remove_duplicate=False):
        if name and id(leaf) not in inside and not leaf._modules:
            watch(name, leaf)
    known: dict[object, tuple[int, int, str, Tensor]] = {}

    def take_over(name: str, block: nn.Module) -> None:
        def forward(x: Tensor) -> Tensor:
            key = (block.signature, tuple(x.shape))
            if key not in known:
                for part, leaf in block.named_modules():
                    if part and not leaf._modules:
                        watch(f"{name}.{part}", leaf)
                start = len(observer.seen)
                output = type(block).forward(block, x)
                known[key] = (start, len(observer.seen), name, output)
                return output
            start, stop, old_name, old_output = known[key]
            source = observer.maker(x)
            assert source is not None
            shift, seen, cut = len(observer.seen) - start, observer.seen, len(old_name)
            for old in seen[start:stop]:
                reads = tuple([read + shift if read >= start else source for read in old.reads])
                seen.append(_Seen(name + old.name[cut:], old.op, reads, old.inputs, old.output, old.params, old.macs))
            output = torch.empty_like(old_output)
            observer.made(output, len(seen) - 1)
            return output

        block.forward = forward

    for name, block in blocks:
        take_over(name, block)
    try:
        module(x)
    finally:
        for part in changed:
            part.__dict__.pop("forward", None)
    return len(known), len(blocks)


def _norm_by_rule(norm: nn.BatchNorm2d | nn.GroupNorm, x: Tensor) -> Tensor:
    """A norm keeps its input's shape, after PyTorch's own checks.

    On meta PyTorch's kernel runs eight Python operations for the same answer, most of the time of a whole pass.
    """
    if isinstance(norm, nn.GroupNorm):
        single = x.shape[0] * (norm.num_channels // norm.num_groups) * x[0, 0].numel() == 1
        if single or x.shape[1] != norm.num_channels:
            return type(norm).forward(norm, x)  # which says what is wrong
    else:
        norm._check_input_dim(x)
        if x.shape[1] != norm.num_features:
            raise RuntimeError(f"running_mean should contain {x.shape[1]} elements not {norm.num_features}")
    return torch.empty_like(x)


def _activation_by_rule(_: nn.Module, x: Tensor) -> Tensor:
    """An activation keeps its input's shape, whatever it is."""
    return torch.empty_like(x)


def _sum_by_rule(add: parts.Add, main: Tensor, shortcut: Tensor) -> Tensor:
    """A sum keeps the shape of both; where they differ the module says so."""
    return torch.empty_like(main) if main.shape == shortcut.shape else type(add).forward(add, main, shortcut)


# Modules whose kernels on meta are Python in PyTorch, most of the time of a pass: they are answered by their rule.
_BY_RULE: tuple[tuple[Any, Callable[..., Tensor]], ...] = (
    ((nn.BatchNorm2d, nn.GroupNorm), _norm_by_rule),
    ((nn.ReLU, nn.Sigmoid), _activation_by_rule),
    (parts.Add, _sum_by_rule),
)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A deep network is tens of thousands of objects, none of them garbage: the collector would walk them in vain,
    which is half of the time for ResNet-1202."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _given(args: tuple[Any, ...], named: dict[str, Any]) -> list[Tensor]:
    """The tensors that a call was given."""
    return [arg for arg in (*args, *named.values()) if isinstance(arg, Tensor)]


def _op(module: nn.Module, inputs: list[Tensor], output: Tensor) -> Op:
    match module:
        case attention.ChannelConv():
            return ChannelConv(module.kernel_size[0])
        case parts.BlurPool():
            return BlurPool()
        case parts.Add():
            return Add()
        case attention.Scale():
            return Scale()
        case parts.ZeroPadShortcut():
            return Pad((module.stride, module.stride), module.before, module.after)
        case parts.IdentityShortcut():
            return Identity()
        case _:
            return layer(module, inputs, output)


def _costed(seen: list[_Seen], module: ResNet, item_bytes: int) -> tuple[Step, ...]:
    """Place each observed call where the network has its module, and compute its costs; parameters and shapes are as
    observed."""
    places = module.places()
    inside = [index for index, call in enumerate(seen) if call.name in places]
    first, last = (inside[0], inside[-1]) if inside else (1, len(seen))  # a network without blocks has no head
    steps: list[Step] = []
    for index, call in enumerate(seen):
        outside: Path = "stem" if index < first else "head" if index > last else "main"
        stage, block, path = places.get(call.name, (None, None, outside))
        fields: Any = tuple([steps[read].receptive_field for read in call.reads]) or ((1, 1),)
        strides: Any = tuple([steps[read].output_stride for read in call.reads]) or ((1, 1),)
        field, stride = receptive_field(call.op, fields, strides)
        steps.append(Step(index, call.name, call.op, stage, block, path, call.reads, call.inputs, call.output, call.params, call.macs, field, stride, prod(call.output) * item_bytes, call.time_ms))  # fmt: skip
    return tuple(steps)
