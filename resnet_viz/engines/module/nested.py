"""Tensors inside of what a forward pass takes and returns: lists, tuples, dicts, dataclasses."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, cast

from torch import Tensor, nn

MAX_DEPTH = 20
MAX_OBJECTS = 10_000  # that are looked into


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


def anywhere(value: Any) -> Iterator[Tensor]:
    """As :func:`tensors`; where there are none, those in the attributes of objects of any other kind."""
    found = list(tensors(value))
    yield from found or _in_objects(value, set())


def _in_objects(value: Any, seen: set[int]) -> Iterator[Tensor]:
    if id(value) in seen or len(seen) >= MAX_OBJECTS:
        return
    seen.add(id(value))
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for one in cast("list[Any]", value):
            yield from _in_objects(one, seen)
    elif isinstance(value, Mapping):
        for one in list(cast("Mapping[Any, Any]", value).values()):
            yield from _in_objects(one, seen)
    elif hasattr(value, "__dict__") and not isinstance(value, type | nn.Module):
        for one in list(vars(value).values()):
            yield from _in_objects(one, seen)
