"""What is a network made of?  Joins, where ways meet again, and parts, which are runs of steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

JoinKind = Literal["identity", "projection", "padding", "gate", "concat", "merge"]
SHORTCUTS = ("identity", "projection", "padding")  # additions of what was read to what was made of it


@dataclass(frozen=True, slots=True)
class Join:
    """Where ways that forked meet again: an addition, a product or a concatenation, by its step's index.

    ``fork`` is the last step that all ways come from, None where they come from different inputs. ``ways`` are the
    steps of each way after the fork and before the join, in execution order, the main path's first; the shortcut's
    is last. An addition is an "identity" where its shortcut computes nothing, a "projection" where it is one conv
    beside a longer way, "padding" where zero channels are added, otherwise a "merge". ``detail`` is a word more.
    """

    step: int
    fork: int | None
    ways: tuple[tuple[int, ...], ...]
    kind: JoinKind
    detail: str = ""

    @property
    def main(self) -> tuple[int, ...]:
        return self.ways[0]

    @property
    def shortcut(self) -> tuple[int, ...]:
        return self.ways[-1]

    @property
    def is_residual(self) -> bool:
        """Whether a shortcut is added to the work of convs or linear layers."""
        return self.kind in SHORTCUTS and self.detail != "inner"


PartKind = Literal["network", "stem", "stage", "block", "branch", "head"]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a network: the steps from ``start`` up to, not with, ``stop``, and the parts that these fall into.

    ``path`` is the module that it is, or the longest common path of its modules; unique in its trace. ``source`` is the
    step whose output it reads, None for a network. Parts of equal ``signature`` (operations, shapes, parameters) are
    the same thing again. ``joins`` are those of its steps that are in none of its parts.
    """

    kind: PartKind
    path: str
    title: str
    start: int
    stop: int
    source: int | None
    parts: tuple[Part, ...] = ()
    joins: tuple[Join, ...] = ()
    signature: int = 0

    @property
    def steps(self) -> range:
        """The indices of its steps."""
        return range(self.start, self.stop)

    def walk(self) -> Iterator[Part]:
        """This part and all within, each before its own."""
        yield self
        for part in self.parts:
            yield from part.walk()
