"""A pass of one image through a network that shows each step's numbers as they are made, and no more of it than is needed.

A network that is built as its spec says is a chain of links, stem, blocks and head: a pass begins at the last link whose
input is still kept and ends with the last step that is wanted. Anybody's module is watched, and runs from its beginning.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from threading import Lock, RLock
from typing import Any, Literal, Protocol
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import _disable_current_modes

from ..engines.formulas import forecast
from ..engines.hooks import trace as trace_by_hooks
from ..engines.model import ResNet
from ..engines.module import trace_module
from ..engines.module.failing import failed, memory_told
from ..engines.module.keeping import as_found, untouched
from ..engines.module.tensors import Record
from ..engines.module.tree import Tree
from ..errors import LookError, ResNetVizError
from ..steps import Flatten, Identity, Rearrange, Step, Trace
from .images import Picture
from .networks import Subject, smaller

Instead = Literal["zero", "mean"]
Visit = Callable[[int, Tensor], None]
Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Cut:
    """What is taken out: of the step's own numbers some ``channels``, or one ``operand`` of what an addition reads."""

    step: int
    instead: Instead
    what: str
    channels: tuple[int, ...] = ()
    operand: int | None = None


def replaced(tensor: Tensor, instead: Instead) -> Tensor:
    """``tensor`` as zeros, or each channel as its mean over the map."""
    if instead == "zero":
        return torch.zeros_like(tensor)
    axes = tuple(range(2, tensor.dim()))
    return tensor.mean(axes, keepdim=True).expand_as(tensor) if axes else tensor.mean().expand_as(tensor)


def without_channels(tensor: Tensor, cuts: Sequence[Cut]) -> Tensor:
    """A copy without the channels that are cut."""
    made = tensor.clone()
    for cut in cuts:
        chosen = list(cut.channels)
        made[:, chosen] = replaced(made[:, chosen], cut.instead)
    return made


class Kept:
    """The tensors that were used last, by step, up to so many bytes."""

    def __init__(self, most: int) -> None:
        self.most, self.bytes = most, 0
        self.tensors: OrderedDict[int, Tensor] = OrderedDict()

    def __contains__(self, step: int) -> bool:
        return step in self.tensors

    def get(self, step: int) -> Tensor | None:
        found = self.tensors.get(step)
        if found is not None:
            self.tensors.move_to_end(step)
        return found

    def put(self, step: int, tensor: Tensor) -> None:
        old = self.tensors.pop(step, None)
        self.bytes -= 0 if old is None else old.nbytes
        if tensor.nbytes > self.most:
            return
        self.tensors[step] = tensor
        self.bytes += tensor.nbytes
        while self.bytes > self.most:
            _, gone = self.tensors.popitem(last=False)
            self.bytes -= gone.nbytes


_LOCKS: WeakKeyDictionary[nn.Module, RLock] = WeakKeyDictionary()
_ANY = Lock()


def lock_of(module: nn.Module) -> RLock:
    """One for each module, whoever looks into it: its hooks are there for one pass at a time."""
    with _ANY:
        return _LOCKS.setdefault(module, RLock())


class Runner(Protocol):
    """What runs a network; ``trace`` are its steps, ``training`` whether it runs as in training."""

    @property
    def trace(self) -> Trace: ...
    @property
    def training(self) -> bool: ...
    @property
    def lock(self) -> RLock: ...

    def has(self, step: int) -> bool:
        """Whether the step's numbers are ever shown."""
        ...

    def begins_after(self, step: int) -> bool:
        """Whether a later pass can begin with what this step makes."""
        ...

    def run(
        self, kept: Kept, wanted: Collection[int], visit: Visit, cuts: Sequence[Cut], progress: Progress | None
    ) -> None:
        """Show the steps of a pass up to the last of ``wanted`` to ``visit``; those that are kept may be left out."""
        ...

    def near(self, step: int) -> range:
        """The steps that a pass for ``step`` meets anyway, and that are looked at with it."""
        ...

    def refuse(self, step: Step) -> str:
        """Why nothing can be cut from a step's own numbers; "" where it can."""
        ...


@contextmanager
def as_it_is(module: nn.Module, device: str, training: bool) -> Iterator[None]:
    """In evaluation or training mode, always with the same random numbers; the module is left as found."""
    tree = Tree(module)
    with as_found(tree, device), untouched(tree):
        torch.manual_seed(0)
        if training:
            module.train()
        yield


class Chain:
    """One of our own networks: links one after the other."""

    def __init__(self, subject: Subject, picture: Picture, training: bool, trace: Trace) -> None:
        assert isinstance(subject.module, ResNet)
        self.module, self.training, self.trace = subject.module, training, trace
        self.lock = lock_of(subject.module)
        first = next(subject.module.parameters())
        self.device = str(first.device)
        self.x = picture.tensor.to(first.device, first.dtype)
        self.what = f"{subject.name} at {'×'.join(map(str, picture.tensor.shape[1:]))}"
        self.links = self.module.chain()
        names = {step.name: step.index for step in trace.steps}
        self.leaves: list[list[tuple[int, nn.Module]]] = []
        for name, link in self.links:
            inside = [(f"{name}.{path}" if path else name, part) for path, part in link.named_modules()]
            self.leaves.append([(names[path], part) for path, part in inside if not part._modules])
        self.starts = [min(index for index, _ in leaves) for leaves in self.leaves]
        assert all(before < after for before, after in pairwise(self.starts))

    def link(self, step: int) -> int:
        return max((number for number, start in enumerate(self.starts) if start <= step), default=0)

    def near(self, step: int) -> range:
        link = self.link(step)
        stop = self.starts[link + 1] if link + 1 < len(self.starts) else len(self.trace.steps)
        return range(self.starts[link], stop)

    def has(self, step: int) -> bool:
        return True

    def begins_after(self, step: int) -> bool:
        return step + 1 in self.starts

    def refuse(self, step: Step) -> str:
        return ""

    def run(
        self, kept: Kept, wanted: Collection[int], visit: Visit, cuts: Sequence[Cut], progress: Progress | None
    ) -> None:
        first, last = self.link(min(wanted)), self.link(max(wanted))
        while first and self.starts[first] - 1 not in kept:
            first -= 1
        x = kept.get(self.starts[first] - 1) if first else self.x
        assert x is not None
        if not first:
            visit(0, x.cpu())
        total, found = len(self.trace.steps), (self.module, self.device, self.training)

        def shown(index: int, tensor: Tensor) -> None:
            if progress is not None:
                with guarded():
                    progress(index + 1, total)
            visit(index, tensor.cpu())

        try:
            with self.lock, told(self.what, self.device), torch.no_grad(), as_it_is(*found):
                self.through(first, last, x.to(self.device), shown, cuts)
        except _End as end:
            assert end.cause is not None
            raise end.cause from None

    def through(
        self,
        first: int,
        last: int,
        x: Tensor,
        shown: Visit,
        cuts: Sequence[Cut],
        further: Callable[[], Any] | None = None,
    ) -> Tensor:
        """What the links from ``first`` to ``last`` make of ``x``; ``further`` puts on a hook that comes after all others."""
        handles = [handle for link in range(first, last + 1) for handle in self._hooks(link, shown, cuts)]
        try:
            if further is not None:
                handles.append(further())
            for link in range(first, last + 1):
                x = self.links[link][1](x)
            return x
        finally:
            for handle in handles:
                handle.remove()

    def _hooks(self, link: int, shown: Visit, cuts: Sequence[Cut]) -> Iterator[Any]:
        for index, leaf in self.leaves[link]:
            operands = [cut for cut in cuts if cut.step == index and cut.operand is not None]
            channels = [cut for cut in cuts if cut.step == index and cut.operand is None]
            if operands:
                yield leaf.register_forward_pre_hook(partial(_cut_operands, operands))
            yield leaf.register_forward_hook(partial(_after, index, channels, shown))


def _cut_operands(cuts: Sequence[Cut], _: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
    made = list(args)
    for cut in cuts:
        assert cut.operand is not None
        made[cut.operand] = replaced(made[cut.operand], cut.instead)
    return tuple(made)


def _after(index: int, cuts: Sequence[Cut], shown: Visit, _: nn.Module, args: Any, output: Tensor) -> Tensor | None:
    changed = without_channels(output, cuts) if cuts else output
    shown(index, changed)
    return changed if cuts else None


@contextmanager
def told(what: str, device: str) -> Iterator[None]:
    """PyTorch's errors as the project's own."""
    try:
        with smaller(), memory_told(device, f"looking into {what}"):
            yield
    except ResNetVizError:
        raise
    except (RuntimeError, ValueError) as error:
        if isinstance(error, UnicodeError):
            raise
        raise failed(what, "", error, "check that this network accepts this image") from error


class _End(BaseException):
    """A pass has shown all that is wanted, or whoever watches it has raised ``cause``."""

    def __init__(self, cause: BaseException | None = None) -> None:
        super().__init__()
        self.cause = cause


@contextmanager
def guarded() -> Iterator[None]:
    """What the caller's own progress raises is not the network's, and comes out as it is."""
    try:
        yield
    except Exception as error:
        raise _End(error) from None


class Watched:
    """Somebody's own module, whose operations are watched; the first pass finds its steps."""

    def __init__(
        self, subject: Subject, picture: Picture, training: bool, kept: Kept, progress: Progress | None
    ) -> None:
        self.module, self.training, self.lock = subject.module, training, lock_of(subject.module)
        some = next(iter([*self.module.parameters(), *self.module.buffers()]), None)
        self.device = "cpu" if some is None else str(some.device)
        floating = next((one.dtype for one in self.module.parameters() if one.is_floating_point()), torch.float32)
        self.x = picture.tensor.to(self.device, floating)
        self.dtype = str(floating).removeprefix("torch.")
        records: list[Record] = []
        latest = Kept(kept.most)

        def seen(record: Record, tensor: Tensor) -> None:
            with _disable_current_modes():
                latest.put(len(records), tensor.detach().cpu().clone())
                records.append(record)
                if progress is not None:
                    progress(len(records), len(records))

        self.trace = self._pass(seen)
        # of each time that numbers were shown: the step that they are, None for what became a part of another
        self.order = [record.step for record in records]
        kept.put(0, picture.tensor)
        for place, tensor in latest.tensors.items():
            step = self.order[place]
            if step is not None:
                kept.put(step, tensor)
        self.shown = {step for step in self.order if step is not None} | {0}

    def _pass(self, seen: Callable[[Record, Tensor], None]) -> Trace:
        def show(record: Record, tensor: Tensor) -> None:
            with guarded():
                seen(record, tensor)

        cuda = [torch.device(self.device)] if self.device.startswith("cuda") else []
        fix = "check that this network accepts this image"
        try:
            with self.lock, smaller(), torch.random.fork_rng(devices=cuda):
                torch.manual_seed(0)
                return trace_module(
                    self.module, (self.x.clone(),), {}, self.device, self.dtype, fix, seen=show, training=self.training
                )  # fmt: skip
        except _End as end:
            if end.cause is not None:
                raise end.cause from None
            return self.trace

    def near(self, step: int) -> range:
        return range(len(self.trace.steps))

    def has(self, step: int) -> bool:
        return step in self.shown

    def begins_after(self, step: int) -> bool:
        return False

    def refuse(self, step: Step) -> str:
        if isinstance(step.op, Identity | Rearrange | Flatten) and step.reads:
            return f"only passes on what it reads; cut {self.trace.steps[step.reads[0]].name}"
        return ""

    def run(
        self, kept: Kept, wanted: Collection[int], visit: Visit, cuts: Sequence[Cut], progress: Progress | None
    ) -> None:
        lost = [self.trace.steps[step].name for step in wanted if step not in self.shown]
        if lost:
            raise LookError(
                "step", lost[0], "has numbers that are never seen by themselves", "look at a step beside it"
            )
        visit(0, self.x.detach().cpu())
        place, last, total = 0, max(wanted), len(self.trace.steps)
        operands = {0: self.x}  # what an addition is given, where one of its operands is cut
        needed = {read for cut in cuts if cut.operand is not None for read in self.trace.steps[cut.step].reads}

        def seen(record: Record, tensor: Tensor) -> None:
            nonlocal place
            step = self.order[place] if place < len(self.order) else None
            place += 1
            if step is None:
                return
            if record.output != self.trace.steps[step].output:
                raise LookError("network", type(self.module).__name__, "does not do the same each time", "make its forward pass depend on its input alone")  # fmt: skip
            with _disable_current_modes():
                self._cut(step, tensor, cuts, operands)
                if step in needed:
                    operands[step] = tensor.detach().clone()
                if progress is not None:
                    progress(step + 1, total)
                visit(step, tensor.detach().cpu())
                if step >= last:
                    raise _End

        self._pass(seen)

    def _cut(self, step: int, tensor: Tensor, cuts: Sequence[Cut], operands: Mapping[int, Tensor]) -> None:
        """Change the numbers where they lie: whoever reads them next reads these."""
        mine = [cut for cut in cuts if cut.step == step]
        channels = [cut for cut in mine if cut.operand is None]
        summed = [cut for cut in mine if cut.operand is not None]
        if summed:
            read = [operands[index] for index in self.trace.steps[step].reads]
            for cut in summed:
                assert cut.operand is not None
                read[cut.operand] = replaced(read[cut.operand], cut.instead)
            tensor.copy_(sum(read[1:], read[0]))
        if channels:
            tensor.copy_(without_channels(tensor, channels))


def runner(subject: Subject, picture: Picture, training: bool, kept: Kept, progress: Progress | None) -> Runner:
    """What runs this network on this image."""
    if not _is_chain(subject.module):
        return Watched(subject, picture, training, kept, progress)
    if subject.spec is not None:
        return Chain(subject, picture, training, forecast(subject.spec, picture.size))
    with lock_of(subject.module):
        traced = trace_by_hooks(subject.module, picture.size)
    return Chain(subject, picture, training, traced)


def _is_chain(module: nn.Module) -> bool:
    """Whether a module is one of our own, whose forward pass is its chain."""
    return type(module) is ResNet and "forward" not in module.__dict__
