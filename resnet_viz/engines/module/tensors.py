"""Which operation made this tensor, and what was moved about since.

A view shares its memory with what it was cut from: both are one :class:`Memory`, and a write to either is seen by
both. Views, copies and paddings make no step; they are remembered one after the other, and become one step when an
operation reads what they made.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from torch import Tensor

from ...steps import Concat, Flatten, Op, Pad, Rearrange, Shape

if TYPE_CHECKING:
    from .calls import Call

Geometry = tuple[Shape, tuple[int, ...], int]


class Record:
    """One step to be: an operation as it was seen, before it has its place in a trace."""

    __slots__ = (
        "call", "inputs", "into", "is_call", "macs", "name", "op", "output", "params", "reads", "step", "time_ms",
    )  # fmt: skip

    def __init__(
        self,
        call: Call,
        name: str,
        op: Op,
        reads: list[Record],
        output: Shape,
        params: int = 0,
        macs: int | None = 0,
        is_call: bool = False,
    ) -> None:
        self.call, self.name, self.op, self.reads, self.output = call, name, op, reads, output
        self.inputs: list[Shape] = [read.output for read in reads]
        self.params, self.macs, self.is_call = params, macs, is_call
        self.time_ms: float | None = None
        self.into: Record | None = None  # the record that this one became a part of
        self.step: int | None = None  # the trace's step that it became, once that is known

    def settled(self) -> Record:
        """This record, or the one that stands for it."""
        record = self
        while record.into is not None:
            record = record.into
        return record


@dataclass(frozen=True, slots=True)
class Move:
    """One view, copy or padding: the function, its arguments, the shape it made, in whose forward it was called."""

    function: str
    arguments: tuple[Any, ...]
    shape: Shape
    call: Call


class Memory:
    """Numbers that several tensors may look at: the record that made them, and what was moved before they lay there."""

    __slots__ = ("geometry", "made", "moves", "parts")

    def __init__(self, made: Record | None, moves: tuple[Move, ...] = ()) -> None:
        self.made, self.moves = made, moves
        self.geometry: Geometry | None = None  # how the tensor that was written lies in it, once there is a view of it
        self.parts: list[tuple[Record, Call]] = []  # written into pieces of it since, and in whose forward


class Look:
    """What is known of one tensor: its memory, and the views between."""

    __slots__ = ("known", "memory", "moves", "ref")

    def __init__(self, tensor: Tensor, memory: Memory, moves: tuple[Move, ...] = ()) -> None:
        self.ref = weakref.ref(tensor)
        self.memory, self.moves = memory, moves
        self.known: tuple[Record, Record] | None = None  # what it is while its memory holds the first: the second


def geometry(tensor: Tensor) -> Geometry:
    """Shape, strides and offset; an axis of one cell has no stride."""
    shape = tuple(tensor.shape)
    strides = tuple([step if side > 1 else 0 for side, step in zip(shape, tensor.stride(), strict=True)])
    return shape, strides, int(tensor.storage_offset())


_SLICES = {"slice", "select", "narrow", "chunk", "split", "split_with_sizes", "unbind", "tensor_split", "unsafe_chunk", "unsafe_split", "diagonal", "extra", "hsplit", "vsplit", "dsplit"}  # fmt: skip
_PERMUTES = {"permute", "transpose", "t", "swapaxes", "swapdims", "movedim", "moveaxis", "numpy_T", "mT", "adjoint"}
_RESHAPES = {"view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "_unsafe_view", "view_as", "reshape_as", "_reshape_alias", "atleast_1d", "atleast_2d", "atleast_3d", "ravel"}  # fmt: skip
_SPREADS = {"expand", "expand_as", "broadcast_to"}
_MERGES = {"view", "reshape", "flatten", "_unsafe_view", "squeeze", "ravel", "_reshape_alias"}  # may drop axes


def folded(before: Shape, moves: tuple[Move, ...], after: Shape) -> Op:
    """One operation for a chain of views, copies and paddings from ``before`` to ``after``."""
    names = [move.function for move in moves]
    if all(name in _MERGES for name in names) and len(before) > 2 and after == (before[0], prod(before[1:])):
        return Flatten()
    padded = _option_a(before, moves)
    if padded is not None:
        return padded
    for kind, function in ((_PERMUTES, "permute"), (_SPREADS, "expand"), (_RESHAPES, "reshape")):
        others = [name for name in names if name not in kind and not (kind is not _RESHAPES and name in _RESHAPES)]
        if names and not others and any(name in kind for name in names):
            return Rearrange(function)
    if any(name in _SLICES for name in names):
        return Rearrange("slice")
    plain = [name for name in names if name not in _RESHAPES | _PERMUTES | _SPREADS]
    if plain:
        return Rearrange({"constant_pad_nd": "pad"}.get(plain[-1], plain[-1]))
    return Rearrange("permute" if any(name in _PERMUTES for name in names) else "reshape")


def _option_a(before: Shape, moves: tuple[Move, ...]) -> Pad | None:
    """Every so-many-th row and column, and zero channels around: one step, as in the network's paper."""
    if len(before) != 4:
        return None
    stride, zeros, sides = [1, 1], [0, 0], before
    for move in moves:
        if len(move.shape) != 4:
            return None
        if move.function == "slice":
            axis, start, stop, step = _slice(move)
            if start or (stop is not None and stop < sides[axis]) or (axis < 2 and step != 1):
                return None
            if axis >= 2:
                stride[axis - 2] *= step
        elif move.function in ("pad", "constant_pad_nd"):
            border = list(move.arguments[0])
            mode = move.arguments[1] if len(move.arguments) > 1 else "constant"
            value = move.arguments[2] if len(move.arguments) > 2 else 0
            if move.function == "constant_pad_nd":
                mode, value = "constant", move.arguments[1] if len(move.arguments) > 1 else 0
            if mode != "constant" or value or len(border) != 6 or any(border[:4]) or min(border) < 0:
                return None
            zeros = [zeros[0] + border[4], zeros[1] + border[5]]
        else:
            return None
        sides = move.shape
    if stride == [1, 1] and zeros == [0, 0]:
        return None
    return Pad((stride[0], stride[1]), zeros[0], zeros[1])


def _slice(move: Move) -> tuple[int, int | None, int | None, int]:
    given: list[Any] = [*move.arguments, *(0, None, None, 1)[len(move.arguments) :]]
    return int(given[0]) % 4, given[1], given[2], int(given[3])


def assembled(shapes: list[Shape], whole: Shape) -> Op:
    """What writing pieces into one tensor comes to: a concatenation, or a border of zeros."""
    if len(shapes) == 1:
        return Rearrange("pad")
    axes = [axis for axis in range(len(whole)) if all(len(shape) == len(whole) for shape in shapes)]
    for axis in axes:
        rest = [{shape[other] for shape in shapes} | {whole[other]} for other in axes if other != axis]
        if all(len(sides) == 1 for sides in rest) and sum(shape[axis] for shape in shapes) == whole[axis]:
            return Concat(axis)
    return Rearrange("write")
