"""A module's call while it runs."""

from __future__ import annotations

from typing import Any

from torch import nn


class Call:
    """In whose forward something happens: the module and its path, and how far the record was when it began."""

    __slots__ = ("arguments", "children", "module", "parent", "path", "start")

    def __init__(self, module: nn.Module, path: str, parent: Call | None, start: int, arguments: Any) -> None:
        self.module, self.path, self.parent, self.start, self.arguments = module, path, parent, start, arguments
        self.children = 0  # calls of modules within

    def named(self, function: str) -> str:
        """The name of what this forward does itself."""
        return f"{self.path}.{function}" if self.path else function

    @property
    def name(self) -> str:
        """The name of a step that is the whole call; a network that is one layer goes by its type."""
        return self.path or type(self.module).__name__
