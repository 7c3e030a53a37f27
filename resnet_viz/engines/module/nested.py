"""Tensors inside of what a forward pass takes and returns: lists, tuples, dicts, dataclasses."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, cast

from torch import Tensor

MAX_DEPTH = 20


def tensors(value: Any, depth: int = 0) -> Iterator[Tensor]:
    """Every tensor in ``value``, containers flattened in order; what is no container of tensors is passed over."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        if depth < MAX_DEPTH:
            for one in cast("list[Any]", value):
                yield from tensors(one, depth + 1)
    elif isinstance(value, Mapping):
        if depth < MAX_DEPTH:
            for one in cast("Mapping[Any, Any]", value).values():
                yield from tensors(one, depth + 1)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type) and depth < MAX_DEPTH:
        for field in dataclasses.fields(value):
            yield from tensors(getattr(value, field.name, None), depth + 1)
