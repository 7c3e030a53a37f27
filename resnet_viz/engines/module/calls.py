"""A module's call while it runs."""

from __future__ import annotations

from torch import Tensor, nn


class Call:
    """In whose forward something happens: the module and its path, and how far the record was when it began."""

    __slots__ = ("children", "given", "module", "parent", "path", "start")

    def __init__(self, module: nn.Module, path: str, parent: Call | None, start: int, given: list[Tensor]) -> None:
        self.module, self.path, self.parent, self.start = module, path, parent, start
        self.given = given  # the tensors among its arguments, for as long as it runs: records keep their calls
        self.children = 0  # calls of modules within

    def named(self, function: str) -> str:
        """The name of what this forward does itself."""
        return f"{self.path}.{function}" if self.path else function

    @property
    def name(self) -> str:
        """The name of a step that is the whole call; a network that is one layer goes by its type."""
        return self.path or type(self.module).__name__
