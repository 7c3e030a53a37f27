"""A module's parts with their paths, and its parameters and buffers, found in one walk.

PyTorch walks anew for each question, through a generator in a generator for each level, and a trace asks ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TypeVar

from torch import Tensor, nn

Kind = TypeVar("Kind", bound=Tensor)
MOST_PLACES = 64  # at which a module that several share is looked into; each level that shares multiplies them


class Tree:
    """What stands in a module, in PyTorch's order, each once. It is not walked again: what is added later is unknown."""

    def __init__(self, root: nn.Module) -> None:
        self.root = root
        self.parts: list[nn.Module] = []  # the root is the first
        self.paths: dict[int, list[str]] = {}  # where a part stands, by its id
        stack = [("", root)]
        while stack:
            path, part = stack.pop()
            known = self.paths.get(id(part))
            if known is None:
                self.paths[id(part)] = [path]
                self.parts.append(part)
            else:
                known.append(path)
                if len(known) > MOST_PLACES:
                    continue
            if part._modules:
                before = f"{path}." if path else ""
                stack += [(before + name, one) for name, one in reversed([*part._modules.items()]) if one is not None]

    @cached_property
    def parameters(self) -> dict[str, nn.Parameter]:
        """Each parameter by its name."""
        return self._named((part, part._parameters) for part in self.parts)

    @cached_property
    def buffers(self) -> dict[str, Tensor]:
        """Each buffer by its name."""
        return self._named((part, part._buffers) for part in self.parts)

    def _named(self, tables: Iterable[tuple[nn.Module, Mapping[str, Kind | None]]]) -> dict[str, Kind]:
        found: dict[str, Kind] = {}
        seen: set[int] = set()
        for part, table in tables:
            for name, one in table.items():
                if one is not None and id(one) not in seen:
                    seen.add(id(one))
                    path = self.paths[id(part)][0]
                    found[f"{path}.{name}" if path else name] = one
        return found
