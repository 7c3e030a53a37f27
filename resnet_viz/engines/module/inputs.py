"""What a network is run on: tensors given, or random ones of the shapes asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, cast

import torch
from torch import Tensor, nn

from ...errors import InputError
from ...steps import Pair, Shape

MAX_AXES, MAX_SIDE, MAX_NUMBERS = 8, 1 << 24, 1 << 31
_EXAMPLE = "give a tensor, a shape such as (1, 3, 224, 224), or a list or dict of these"


def wanted(inputs: Any, device: str, dtype: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Positional and keyword arguments for ``inputs``: tensors as they are, random numbers for shapes.

    Raises :class:`InputError` for what is neither.
    """
    if isinstance(inputs, Mapping):
        named = cast("Mapping[Any, Any]", inputs)
        bad = next((name for name in named if not isinstance(name, str)), None)
        if bad is not None or not named:
            raise InputError(
                "inputs", inputs, "a dict names the forward pass's arguments", "use {'x': (1, 3, 224, 224)}"
            )
        return (), {name: _one(value, f"inputs[{name!r}]", device, dtype) for name, value in named.items()}
    if isinstance(inputs, Tensor) or _is_shape(inputs):
        return (_one(inputs, "inputs", device, dtype),), {}
    if isinstance(inputs, list | tuple) and inputs:
        several = cast("Sequence[Any]", inputs)
        return tuple([_one(value, f"inputs[{i}]", device, dtype) for i, value in enumerate(several)]), {}
    raise InputError("inputs", inputs, "must be tensors or shapes", _EXAMPLE)


def _is_shape(value: Any) -> bool:
    sides = cast("Sequence[Any]", value)
    return isinstance(value, list | tuple) and len(sides) > 0 and all(isinstance(side, int) for side in sides)


def _one(value: Any, field: str, device: str, dtype: str) -> Any:
    if isinstance(value, Tensor):
        return value if str(value.device) == device or (device != "meta" and not value.is_meta) else value.to(device)
    if value is None or isinstance(value, bool | str):
        return value  # a switch of the forward pass's
    if not _is_shape(value):
        raise InputError(field, value, "is neither a tensor nor a shape", _EXAMPLE)
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


def article(noun: str) -> str:
    """``a Conv1d``, ``an Embedding``"""
    return f"{'an' if noun[0] in 'AEIOU' or noun.startswith('LSTM') else 'a'} {noun}"
