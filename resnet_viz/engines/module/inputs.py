"""What a network is run on: tensors given, or random ones of the shapes asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any, cast

import torch
from torch import Tensor, nn

from ...errors import InputError
from ...steps import Pair, Shape
from .nested import MAX_DEPTH

MAX_AXES, MAX_SIDE, MAX_NUMBERS = 8, 1 << 24, 1 << 31
_EXAMPLE = "give a tensor, a shape such as (1, 3, 224, 224), or a list or dict of these"


def wanted(inputs: Any, device: str, dtype: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Positional and keyword arguments for ``inputs``: copies of tensors, random numbers for shapes, all else as it is.

    Raises :class:`InputError` for an object of another kind.
    """
    copies: dict[int, Tensor] = {}
    if isinstance(inputs, Mapping):
        named = cast("Mapping[Any, Any]", inputs)
        bad = next((name for name in named if not isinstance(name, str)), None)
        if bad is not None or not named:
            raise InputError(
                "inputs", inputs, "a dict names the forward pass's arguments", "use {'x': (1, 3, 224, 224)}"
            )
        return (), {name: _one(value, f"inputs[{name!r}]", device, dtype, copies) for name, value in named.items()}
    if isinstance(inputs, Tensor) or _is_shape(inputs) or type(inputs).__module__ == "numpy":
        return (_one(inputs, "inputs", device, dtype, copies),), {}
    if isinstance(inputs, list | tuple) and inputs:
        several = cast("Sequence[Any]", inputs)
        return tuple([_one(value, f"inputs[{i}]", device, dtype, copies) for i, value in enumerate(several)]), {}
    raise InputError("inputs", inputs, "must be tensors or shapes", _EXAMPLE)


def _is_shape(value: Any) -> bool:
    sides = cast("Sequence[Any]", value)
    return isinstance(value, list | tuple) and len(sides) > 0 and all(isinstance(side, int) for side in sides)


def _one(value: Any, field: str, device: str, dtype: str, copies: dict[int, Tensor]) -> Any:
    if not _is_shape(value):
        return _as_is(value, field, device, dtype, copies)
    sides = tuple(cast("Sequence[int]", value))
    if len(sides) > MAX_AXES or not all(type(side) is int and 1 <= side <= MAX_SIDE for side in sides):
        raise InputError(
            field,
            value,
            f"a shape has 1 to {MAX_AXES} sides, whole numbers from 1 to {MAX_SIDE:,}",
            "use such as (1, 3, 224, 224)",
        )
    if prod(sides) > MAX_NUMBERS and device != "meta":
        raise InputError(field, value, f"has more than {MAX_NUMBERS:,} numbers", "use a smaller batch or input")
    return random(sides, device, dtype)


def _as_is(value: Any, field: str, device: str, dtype: str, copies: dict[int, Tensor], depth: int = 0) -> Any:
    """``value`` with copies of its tensors on ``device``: a forward pass may write into them, and leaves the caller's."""
    if isinstance(value, Tensor):
        if id(value) not in copies:  # one tensor that is given twice stays one
            stays = str(value.device) == device or (device != "meta" and not value.is_meta)
            copies[id(value)] = value.detach().clone() if stays else value.detach().to(device)
        return copies[id(value)]
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        return value  # a switch or a number of the forward pass's
    if type(value).__module__ == "numpy" and hasattr(value, "dtype"):
        return _from_numpy(value, field, device, dtype)
    if depth < MAX_DEPTH and isinstance(value, Mapping):
        named = cast("Mapping[Any, Any]", value)
        return {key: _as_is(one, f"{field}[{key!r}]", device, dtype, copies, depth + 1) for key, one in named.items()}
    if depth < MAX_DEPTH and isinstance(value, list | tuple):
        several = cast("Sequence[Any]", value)
        ones = [_as_is(one, f"{field}[{i}]", device, dtype, copies, depth + 1) for i, one in enumerate(several)]
        if isinstance(value, list):
            return ones
        return type(value)(*ones) if hasattr(value, "_fields") else tuple(ones)
    raise InputError(field, value, "is neither a tensor nor a shape", _EXAMPLE)


def _from_numpy(value: Any, field: str, device: str, dtype: str) -> Tensor:
    """A copy of an array; one of fractions, which NumPy makes in float64, in the module's own type."""
    try:
        made = torch.tensor(value, device=device)
    except TypeError:
        raise InputError(field, value, "is an array of no numbers", "give an array of numbers") from None
    return made.to(getattr(torch, dtype)) if made.is_floating_point() else made


def random(shape: Shape, device: str, dtype: str) -> Tensor:
    """Normal random numbers, the same each time, without touching the global random state; on meta none."""
    kind = getattr(torch, dtype)
    if device == "meta":
        return torch.empty(shape, device="meta", dtype=kind)
    generator = torch.Generator(device).manual_seed(0)
    return torch.randn(shape, device=device, generator=generator).to(kind)


_OTHER: tuple[tuple[tuple[type[nn.Module], ...], str, str], ...] = (
    ((nn.Conv1d, nn.ConvTranspose1d), "(1, {0}, 128)", "in_channels"),
    ((nn.Conv3d, nn.ConvTranspose3d), "(1, {0}, 16, 64, 64)", "in_channels"),
    ((nn.Linear, nn.Bilinear), "(1, {0})", "in_features"),
    ((nn.RNNBase, nn.RNNCellBase), "(1, 16, {0})", "input_size"),
    ((nn.Embedding, nn.EmbeddingBag), "torch.zeros(1, 16, dtype=torch.long)", "num_embeddings"),
)


def image(module: nn.Module, size: Pair, batch: int, given: bool) -> Shape:
    """The shape of an image batch for a network that takes one; its channels are the first 2-D conv's.

    Raises :class:`InputError` that says what to pass for a network that begins with a layer for something else.
    """
    first: tuple[str, nn.Module] | None = None
    for name, part in module.named_modules():
        if isinstance(part, nn.Conv2d):
            return batch, int(part.in_channels) or 3, *size
        if first is None and any(isinstance(part, kinds) for kinds, *_ in _OTHER):
            first = name, part
    if first is None:
        return batch, 3, *size
    name, part = first
    for kinds, shape, attribute in _OTHER:
        if isinstance(part, kinds) and not (given and isinstance(part, nn.Linear)):
            raise InputError(
                "inputs",
                None,
                f"{type(module).__name__} begins with {name or 'itself'}, {article(type(part).__name__)}, and takes no images",
                f"pass inputs={shape.format(int(getattr(part, attribute)) or 3)}, or whatever it takes",
            )
    return batch, 3, *size


@contextmanager
def first_conv(module: nn.Module) -> Iterator[list[tuple[int, int]]]:
    """Inside, of the first 2-D conv that is called: the channels that it expects, and those that it is given."""
    found: list[tuple[int, int]] = []

    def note(conv: nn.Module, args: tuple[Any, ...]) -> None:
        if not found and args and isinstance(args[0], Tensor) and args[0].dim() > 2:
            found.append((int(cast("Any", conv).in_channels), int(args[0].shape[-3])))

    handles = [part.register_forward_pre_hook(note) for part in module.modules() if isinstance(part, nn.Conv2d)]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def article(noun: str) -> str:
    """``a Conv1d``, ``an Embedding``"""
    return f"{'an' if noun[0] in 'AEIOU' or noun.startswith('LSTM') else 'a'} {noun}"
