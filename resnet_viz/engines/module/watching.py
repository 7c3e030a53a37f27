"""What ran?  Hooks on every module and a dispatch mode, together one record of the operations on what depends on an input."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from ...steps import Attention, Identity, Linear, Op, Other, Rearrange, Recurrent, Scale, Shape
from ...why import cost
from ..timing import Timer
from . import merging
from .calls import Call
from .counting import Counting
from .layers import is_layer, layer, layer_macs
from .nested import tensors
from .operations import Arguments, Context, Plan, matrix_macs, plan
from .tensors import Look, Memory, Move, Record, assembled, folded, geometry
from .tree import Tree


class Parameters:
    """Whose each parameter is: the first step's that reads it, also through what was computed from it.

    Products in such a computation (a table of positions put through a layer) are that step's too.
    """

    def __init__(self, tree: Tree) -> None:
        self.unowned: dict[int, nn.Parameter] = {id(one): one for one in tree.parameters.values()}
        self.all = dict(self.unowned)
        self.touched: set[int] = set()
        self.work: dict[int, int] = {}  # multiply-adds, by a number that is no parameter's
        self.derived: dict[int, tuple[Callable[[], Tensor | None], frozenset[int]]] = {}

    def behind(self, tensor: Tensor) -> frozenset[int]:
        """The parameters that ``tensor`` is, or was computed from."""
        key = id(tensor)
        if key in self.all:
            self.touched.add(key)
            return frozenset((key,))
        known = self.derived.get(key)
        return known[1] if known is not None and known[0]() is tensor else frozenset()

    def derive(self, read: Iterable[Tensor], made: Iterable[Tensor], macs: int | None = 0) -> None:
        """Remember that ``made`` was computed from the parameters behind ``read``."""
        behind: frozenset[int] = frozenset().union(*map(self.behind, read))
        if macs:
            number = -1 - len(self.work)
            self.work[number] = macs
            behind |= {number}
        if behind:
            for tensor in made:
                self.derived[id(tensor)] = (weakref.ref(tensor), behind)

    def take(self, tensors: Iterable[Tensor]) -> tuple[int, int]:
        """How many numbers these parameters bring to the step that reads them, and what work; each is given once."""
        params = macs = 0
        for tensor in tensors:
            if not self.derived and id(tensor) not in self.all:
                continue  # an activation, mostly
            for key in self.behind(tensor):
                if key < 0:
                    macs, self.work[key] = macs + self.work[key], 0
                else:
                    own = self.unowned.pop(key, None)
                    params += own.numel() if own is not None else 0
        return params, macs


class Watcher(TorchDispatchMode):
    """Sees every operation while it is active, and every call of the modules that it was put on."""

    def __init__(self, tree: Tree, timer: Timer) -> None:
        super().__init__()
        self.tree, self.module, self.timer = tree, tree.root, timer
        self.records: list[Record] = []
        self.looks: dict[int, Look] = {}
        self.parameters = Parameters(tree)
        self.zeros: dict[int, Callable[[], Tensor | None]] = {}
        self.called: set[int] = set()
        self.call = Call(tree.root, "", None, 0, [])
        self.within: Call | None = None  # a layer, whose inside is its own business
        self.depth = 0  # calls inside of that
        self.failed: str | None = None  # the innermost place that raised
        self.seen: Callable[[Record, Tensor], None] | None = None  # is shown what each record made, as it is made
        self.handles: list[Any] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """PyTorch would wrap each call against being compiled; nothing is compiled while a network is traced."""
        return False

    # ---- modules -------------------------------------------------------------------------------------------------

    def attach(self) -> None:
        for part in self.tree.parts:
            if isinstance(part, torch.jit.ScriptModule):
                continue  # takes no hooks; its operations are seen all the same
            self.handles += [
                part.register_forward_pre_hook(self._enter, with_kwargs=True),
                part.register_forward_hook(self._leave, with_kwargs=True, always_call=True),
            ]

    def detach(self) -> None:
        for handle in self.handles:
            handle.remove()

    def _path(self, part: nn.Module) -> str:
        """The module's path; of several that within the call that is running."""
        known = self.tree.paths[id(part)]
        if len(known) == 1 or not self.call.path:
            return known[0]
        inside = self.call.path + "."
        return next((name for name in known if name.startswith(inside)), known[0])

    def _enter(self, part: nn.Module, args: Any, kwargs: Any) -> None:
        if self.within is not None:
            self.depth += 1
            return
        self.called.add(id(part))
        self.call.children += 1
        plain = len(args) == 1 and not kwargs and isinstance(args[0], Tensor)
        given = [args[0]] if plain else list(tensors((args, kwargs)))
        self.call = Call(part, self._path(part), self.call, len(self.records), given)
        if is_layer(part) and any(self._known(tensor) for tensor in given):
            self.within = self.call
            self.timer.start()

    def _leave(self, part: nn.Module, args: Any, kwargs: Any, output: Any) -> Any:
        raised = output is None and sys.exc_info()[0] is not None
        if self.within is not None and self.depth:
            self.depth -= 1
            return None
        call = self.call
        if raised:
            self.failed = self.failed if self.failed is not None else call.path
        elif self.failed is not None and self.within is None:
            self.failed = None  # the network had an answer to it
        changed = None
        if self.within is not None:
            self.timer.stop()
            self.within = None
            if not raised:
                changed = self._layer(call, output)
        elif not raised and not call.children and part is not self.module:
            changed = merging.settle(self, call, output)
        call.given = []
        if call.parent is not None:
            self.call = call.parent
        return changed

    def _layer(self, call: Call, output: Any) -> Tensor | None:
        """One step for the call of a layer that read ``call.given``."""
        module, given = call.module, call.given
        read = [tensor for tensor in given if self._known(tensor)]
        made = [output] if isinstance(output, Tensor) else list(tensors(output))
        if not made:
            return None
        op = layer(module, read, made[0])
        reads = self._read_all(read)
        macs = layer_macs(module, op, read, made[0])
        if isinstance(module, nn.MultiheadAttention):
            reads = list(dict.fromkeys(reads))
        own = module.parameters() if module._modules else module._parameters.values()
        params, work = self.parameters.take([one for one in (*own, *given) if one is not None])
        record = self.record(
            call, call.name, op, reads, tuple(made[0].shape), params, _with(op, macs, work), is_call=True
        )
        self.timer.tell(record)
        return self.give(record, made, read)

    def give(self, record: Record, made: Sequence[Tensor], read: Sequence[Tensor]) -> Tensor | None:
        """``made`` are a call's outputs, the first one ``record``'s, the others cut from it.

        What a call returned unchanged is another tensor from here on, so that who reads it is told apart from who reads
        what the call was given.
        """
        first = made[0]
        self.show(record, first)
        if isinstance(record.op, Identity) and any(first is tensor for tensor in read):
            if len(made) > 1 or type(first) is not Tensor:
                return None
            look = self.looks[id(first)]
            alias = first.detach()
            self.looks[id(alias)] = again = Look(alias, look.memory, look.moves)
            again.known = (cast("Record", look.memory.made).settled(), record)
            return alias
        if any(first is tensor for tensor in read):
            self._write(first, record)
        else:
            self.made(first, record)
        for tensor in made[1:]:
            if not any(tensor is other for other in read):
                self._cut(tensor, record)
        return None

    # ---- tensors -------------------------------------------------------------------------------------------------

    def _known(self, tensor: Tensor) -> Look | None:
        look = self.looks.get(id(tensor))
        return look if look is not None and look.ref() is tensor else None

    def show(self, record: Record, tensor: Tensor) -> None:
        if self.seen is not None:
            self.seen(record, tensor)

    def made(self, tensor: Tensor, record: Record) -> None:
        self.looks[id(tensor)] = Look(tensor, Memory(record))

    def _cut(self, tensor: Tensor, record: Record) -> None:
        """A further output of ``record``, a step of its own where it is read."""
        move = Move("extra", (), tuple(tensor.shape), record.call)
        self.looks[id(tensor)] = Look(tensor, Memory(record, (move,)))

    def record(
        self,
        call: Call,
        name: str,
        op: Op,
        reads: list[Record],
        output: Shape,
        params: int = 0,
        macs: int | None = 0,
        is_call: bool = False,
    ) -> Record:
        made = Record(call, name, op, reads, output, params, macs, is_call)
        self.records.append(made)
        return made

    def _read_all(self, read: Iterable[Tensor]) -> list[Record]:
        return [record for tensor in read if (record := self.read(tensor)) is not None]

    def read(self, tensor: Tensor) -> Record | None:
        """The record whose output ``tensor`` is; a chain of views becomes one here, when it is read."""
        look = self._known(tensor)
        if look is None:
            return None
        memory = look.memory
        if memory.parts:
            self._assemble(memory, tensor)
        if memory.made is None:
            return None
        content = memory.made.settled()
        if look.known is not None and look.known[0] is content:
            return look.known[1].settled()
        shape = tuple(tensor.shape)
        moves = memory.moves + look.moves
        if not memory.moves and shape == content.output and (not look.moves or memory.geometry == geometry(tensor)):
            return content
        call = moves[-1].call if moves else self.call
        op = folded(content.output, moves, shape)
        record = self.record(call, call.named(_word(op)), op, [content], shape)
        look.known = (content, record)
        self.show(record, tensor)
        return record

    def _assemble(self, memory: Memory, tensor: Tensor) -> None:
        """The pieces that were written into ``memory``, put together as one step."""
        whole = memory.geometry[0] if memory.geometry else tuple(tensor.shape)
        parts, call = [part.settled() for part, _ in memory.parts], memory.parts[-1][1]
        op = assembled([part.output for part in parts], whole)
        if memory.made is not None:
            before = memory.made.settled()
            parts, op = [before, *parts], Rearrange("write")
        record = self.record(call, call.named(_word(op)), op, parts, whole)
        memory.made, memory.parts, memory.moves = record, [], ()
        if tuple(tensor.shape) == whole:
            self.show(record, tensor)

    def _view(self, word: str, arguments: tuple[Any, ...], source: Tensor, made: Iterable[Tensor]) -> None:
        look = cast("Look", self._known(source))
        memory = look.memory
        if memory.geometry is None and not look.moves:
            memory.geometry = geometry(source)
        lies = source.untyped_storage()._cdata
        for tensor in made:
            if tensor is source:
                continue
            move = Move(word, arguments, tuple(tensor.shape), self.call)
            if tensor.untyped_storage()._cdata == lies:
                self.looks[id(tensor)] = view = Look(tensor, memory, (*look.moves, move))
                current = memory.made.settled() if memory.made else None  # None, or another since it was written
                if look.known is not None and look.known[0] is current:  # a view of what a call returned unchanged
                    view.memory, view.moves = Memory(look.known[1]), (move,)
                    view.memory.geometry = geometry(source)
            else:
                self._moved(tensor, source, move)

    def _moved(self, tensor: Tensor, source: Tensor, move: Move | None) -> None:
        """``tensor`` has the numbers of ``source`` in memory of its own."""
        look = cast("Look", self._known(source))
        memory = look.memory
        if memory.parts:
            self._assemble(memory, source)
        if memory.made is None:
            return
        content, moves = memory.made.settled(), memory.moves + look.moves
        if look.known is not None and look.known[0] is content:
            content, moves = look.known[1].settled(), ()
        elif tuple(source.shape) == content.output and not memory.moves and memory.geometry == geometry(source):
            moves = ()
        self.looks[id(tensor)] = Look(tensor, Memory(content, (*moves, move) if move else moves))

    def _write(self, tensor: Tensor, record: Record) -> None:
        """``record`` wrote into ``tensor``: all of its memory, or a piece of it."""
        look = self._known(tensor)
        if look is None:
            base = tensor._base
            if base is None or base.numel() == tensor.numel():
                self.made(tensor, record)
                return
            whole = self._known(base)
            if whole is None:
                self.looks[id(base)] = whole = Look(base, Memory(None))
                whole.memory.geometry = geometry(base)
            look = self.looks[id(tensor)] = Look(
                tensor, whole.memory, (Move("slice", (), tuple(tensor.shape), self.call),)
            )
        memory = look.memory
        if look.moves and memory.geometry is not None and _cells(memory.geometry[0]) != tensor.numel():
            memory.parts.append((record, self.call))
            return
        memory.made, memory.moves, memory.parts = record, (), []
        memory.geometry = geometry(tensor)
        look.moves, look.known = (), None

    # ---- operations ----------------------------------------------------------------------------------------------

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self.within is not None:
            return func(*args, **kwargs)
        found = plan(func)
        if found.kind == "inside":
            with self:
                return func.decompose(*args, **kwargs)
        flat: list[Tensor] = []
        for value in args:
            if isinstance(value, Tensor):
                flat.append(value)
            elif isinstance(value, list | tuple):
                flat += [one for one in cast("list[Any]", value) if isinstance(one, Tensor)]
        if kwargs:
            flat += tensors(kwargs)
        active = [tensor for tensor in flat if self._known(tensor) is not None]
        timer = self.timer
        timer.start()
        try:
            output, macs = self._run(func, found, args, kwargs, flat, bool(active))
        except Exception:
            if self.failed is None:
                self.failed = self.call.named(found.word)
            raise
        timer.stop()
        if not active:
            if found.zeros or (flat and found.kind in ("copy", "view") and self._is_zero(flat[0])):
                for tensor in tensors(output):
                    self.zeros[id(tensor)] = weakref.ref(tensor)
            if flat and found.kind != "make":
                self.parameters.derive(flat, tensors(output), macs)
            return output
        kind = found.kind
        if kind == "make" or (kind == "same" and output is args[0]):
            return output
        if kind == "view":
            made = [output] if isinstance(output, Tensor) else list(tensors(output))
            self._view(found.word, tuple(args[1:]), active[0], made)
        elif kind in ("copy", "move", "same"):
            if active[0] is not args[0]:
                self._step(found, args, kwargs, flat, active, output, macs)
            elif isinstance(output, Tensor):
                if kind == "move" and not (found.pads and output.shape == args[0].shape):
                    self._moved(output, args[0], Move(found.word, tuple(args[1:]), tuple(output.shape), self.call))
                elif output is not args[0]:
                    self._copied(output, args[0])
        elif kind == "join" and len(active) == 1 and self._bordered(args, kwargs, active[0], output):
            pass
        elif kind == "write":
            self._written(args, active, output)
        elif isinstance(output, Tensor) or any(True for _ in tensors(output)):
            self._step(found, args, kwargs, flat, active, output, macs)
        return output

    def _run(
        self, func: Any, found: Plan, args: Any, kwargs: Any, flat: Sequence[Tensor], active: bool
    ) -> tuple[Any, int | None]:
        """What the operation returns, and the products in it, where our formulas do not know them."""
        if found.free or found.kind != "step" or not flat or (active and found.formula):
            return func(*args, **kwargs), 0
        counter = Counting()
        output = counter.run(func, args, kwargs)
        return output, counter.macs

    def _is_zero(self, tensor: Tensor) -> bool:
        """Whether it was made as zeros: a border's numbers."""
        known = self.zeros.get(id(tensor))
        return known is not None and known() is tensor

    def _bordered(self, args: Sequence[Any], kwargs: dict[str, Any], read: Tensor, made: Tensor) -> bool:
        """A concatenation with zeros is a border, as ``pad`` makes one."""
        joined = cast("list[Tensor]", args[0])
        axis = int(args[1] if len(args) > 1 else kwargs.get("dim", 0)) % made.dim()
        if not all(one is read or self._is_zero(one) for one in joined):
            return False
        place = next(i for i, one in enumerate(joined) if one is read)
        sizes = [int(one.shape[axis]) for one in joined]
        border = [0] * (2 * (made.dim() - axis))
        border[-2:] = [sum(sizes[:place]), sum(sizes[place + 1 :])]
        self._moved(made, read, Move("pad", (border,), tuple(made.shape), self.call))
        return True

    def _copied(self, tensor: Tensor, source: Tensor) -> None:
        if tensor.untyped_storage()._cdata == source.untyped_storage()._cdata:
            look = cast("Look", self._known(source))
            self.looks[id(tensor)] = again = Look(tensor, look.memory, look.moves)
            again.known = look.known
        else:
            self._moved(tensor, source, None)

    def _written(self, args: Sequence[Any], active: Sequence[Tensor], output: Any) -> None:
        """``copy_`` and its like: the numbers of one tensor are put into another."""
        target = args[0]
        sources = [tensor for tensor in active if tensor is not target]
        if not sources:
            return  # constants over a part of it: still what it was
        own, source = self._known(target), cast("Look", self._known(sources[-1]))
        if own is not None and own.memory is source.memory and geometry(target) == geometry(sources[-1]):
            return  # what ``x[:, :2] += y`` puts back is there already
        record = self.read(sources[-1])
        if record is None:
            return
        if record.output != tuple(target.shape):
            wider = self.record(
                self.call, self.call.named("expand"), folded(record.output, (), ()), [record], tuple(target.shape)
            )
            record = wider
        self._write(target, record)

    def _step(
        self,
        found: Plan,
        args: Sequence[Any],
        kwargs: dict[str, Any],
        flat: Sequence[Tensor],
        active: Sequence[Tensor],
        output: Any,
        macs: int | None,
    ) -> None:
        made = [output] if isinstance(output, Tensor) else list(tensors(output))
        if found.writes and not found.reads_written:
            active = [tensor for tensor in active if tensor is not args[0]] or active
        context = Context(Arguments(found, args, kwargs), active, made[0])
        op = found.rule(context)
        params, work = self.parameters.take([tensor for tensor in flat if self._known(tensor) is None])
        if isinstance(op, Scale) and active[0].shape[2:] == (1, 1):
            active = [active[1], active[0]]
        reads = self._read_all(active)
        shape = tuple(made[0].shape)
        if not reads:
            return
        counts = self._macs(op, active, shape, context, macs)
        call, name = self.call, self.call.named(found.word)
        record = self.record(call, name, op, reads, shape, params, _with(op, counts, work))
        self.timer.tell(record)
        if made:
            self.show(record, made[0])
        if found.writes:
            self._write(args[0], record)
            made = [tensor for tensor in made if tensor is not args[0]]
        elif made:
            self.made(made[0], record)
            made = made[1:]
        for tensor in made:
            self._cut(tensor, record)

    def _macs(self, op: Op, active: Sequence[Tensor], shape: Shape, context: Context, counts: int | None) -> int | None:
        """By our formula, else what was counted."""
        if isinstance(op, Attention):
            return cost.attention_macs(*(tuple(context.get(name).shape) for name in ("query", "key", "value")))
        if isinstance(op, _NO_FORMULA):
            matrices = matrix_macs(context.get.plan.word, context.get.args, shape)
            return counts if matrices is None else matrices
        first = active[-1] if isinstance(op, Linear) else active[0]
        return cost.macs(op, (tuple(first.shape), *[tuple(tensor.shape) for tensor in active[1:]]), shape)


def _with(op: Op, macs: int | None, work: int) -> int | None:
    """``work`` on parameters alone on top, but for an operation whose own formula is shown as an equation."""
    shown = bool(macs) and not isinstance(op, _OWN_COUNT)
    return macs if macs is None or shown else macs + work


_NO_FORMULA = (Other, Recurrent)
_OWN_COUNT = (Attention, *_NO_FORMULA)


def _cells(shape: Shape) -> int:
    total = 1
    for side in shape:
        total *= side
    return total


def _word(op: Op) -> str:
    function = getattr(op, "function", "")
    return function or op.kind
