"""What a number is taken apart into: cells that were read, what each is multiplied by, and what is added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from torch import Tensor, nn

from ...errors import LookError
from ...steps import Step
from ...wording import plural

Index = tuple[int, ...]
ALMOST = 0.8  # of a sum, which a few of its products make


AXES = ("channel", "row", "column")


def checked_index(step: Step, given: tuple[object, ...]) -> tuple[int, ...]:
    """Channel, row and column of a number that the step has. Raises :class:`LookError`."""
    sides = step.output[1:]
    if len(sides) > len(AXES):
        raise LookError("step", step.name, f"has {len(sides)} axes, and none of its numbers has a channel, row and column alone", "look at its statistics")  # fmt: skip
    for name, place, side in zip_longest(AXES, given, sides):
        if side is None and place is not None:
            raise LookError(name, place, f"{step.name} has no {name}s", "leave it out")
        if side is not None and (not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < side):
            raise LookError(name, place, f"{step.name} has {name}s 0 to {side - 1}", "use one of them")
    return tuple([place for place in given if isinstance(place, int)])


class Cell(NamedTuple):
    """One number: of which step, where in its tensor (channel, row, column; a vector's has a channel alone), its value."""

    step: str
    at: Index
    value: float

    @property
    def channel(self) -> int:
        return self.at[0]

    @property
    def row(self) -> int | None:
        return self.at[1] if len(self.at) == 3 else None

    @property
    def column(self) -> int | None:
        return self.at[2] if len(self.at) == 3 else None

    def __str__(self) -> str:
        return f"{self.step}[{', '.join(map(str, self.at))}]"


class Term(NamedTuple):
    """One product of a sum: ``cell`` times ``weight``. Without a cell it is padding, whose value ``note`` tells; ``by`` is the
    cell that the weight is, where it is no parameter. Without a weight ``product`` is a function of the cell."""

    cell: Cell | None
    weight: float | None
    product: float
    by: Cell | None = None
    note: str = ""


class Made(NamedTuple):
    """What a kind of step says of one of its numbers; ``numbers`` are those that its weights come from, by name."""

    words: str
    terms: list[Term]
    bias: float | None = None
    numbers: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class At:
    """One number of a step: its place, the tensors that the step reads, without the batch's axis, and its module."""

    step: Step
    index: Index
    inputs: tuple[Tensor, ...]
    names: tuple[str, ...]  # of the steps that made them
    module: nn.Module | None
    training: bool

    def cell(self, at: Index, place: int = 0) -> Cell:
        return Cell(self.names[place], at, float(self.inputs[place][at]))

    def unknown(self, why: str) -> LookError:
        """The error for a number that cannot be told as a sum of what was read."""
        return LookError(
            "step", self.step.name, why, "take the steps that it reads apart: " + ", ".join(self.names[:3])
        )


Rule = Callable[[At], Made]


@dataclass(frozen=True, slots=True)
class Apart:
    """One number as the sum that it is: ``terms``, the largest product first, and ``bias``; ``total`` is their sum in
    float64, ``cell.value`` the very number in the tensor."""

    cell: Cell
    kind: str
    words: str
    terms: tuple[Term, ...]
    bias: float | None
    total: float
    numbers: tuple[tuple[str, float], ...] = ()

    @property
    def few(self) -> int:
        """How many of the largest products make up 80 % of what all of them move, whatever their sign."""
        whole = sum(abs(term.product) for term in self.terms)
        reached = 0.0
        for count, term in enumerate(self.terms, 1):
            reached += abs(term.product)
            if reached >= ALMOST * whole:
                return count
        return 0

    @property
    def summary(self) -> str:
        """``576 products; the 12 largest are 80% of their total size``, where a size has no sign."""
        padded = sum(term.cell is None for term in self.terms)
        told = plural(len(self.terms), "number" if self.kind == "add" else "product")
        if padded:
            told += f", {padded} of padding"
        if len(self.terms) > self.few > 0:
            largest = "the largest is" if self.few == 1 else f"the {self.few} largest are"
            told += f"; {largest} {ALMOST:.0%} of their total size"
        return told

    def lines(self, most: int = 12) -> list[str]:
        """The sum as text, at most so many products of it."""
        told = [f"{self.cell} = {self.cell.value:.6g}", self.words]
        if self.numbers:
            told.append(", ".join(f"{name} {value:.6g}" for name, value in self.numbers))
        if self.terms:
            told.append(self.summary)
        for term in self.terms[:most]:
            read = term.note if term.cell is None else f"{term.cell} = {term.cell.value:.6g}"
            weight = "" if term.weight is None else f" × {term.weight:.6g}"
            by = f" ({term.by})" if term.by else ""
            note = f"  {term.note}" if term.note and term.cell is not None else ""
            told.append(f"  {term.product:+.6g}  {read}{weight}{by}{note}")
        if self.terms[most:]:
            told.append(
                f"  {sum(term.product for term in self.terms[most:]):+.6g}  {plural(len(self.terms) - most, 'more product')}"
            )
        if self.bias is not None:
            told.append(f"  {self.bias:+.6g}  added")
        return [*told, f"= {self.total:.6g}"] if self.terms or self.bias is not None else told

    def __repr__(self) -> str:
        return "\n".join(self.lines())
