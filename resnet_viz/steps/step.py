"""What is a step?  One operation, what it read, what it made, and what that costs."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeVar

from ..spec.sizes import Pair, Shape
from .ops import Op

Path = Literal["stem", "main", "gate", "shortcut", "head"]


class Step(NamedTuple):
    """One operation: what it reads, what it makes, what it costs.

    A named tuple, not a dataclass: a network of 1,202 layers has over 5,000 and they are made in a blink.
    Shapes are ``(N, C, H, W)`` or ``(N, C)``, in other people's networks any; receptive field and output stride are
    (vertical, horizontal) in input pixels; ``macs`` counts multiply-adds of convs, linear layers and matrix products
    for the whole batch. What is not known is None, never 0.

    >>> from resnet_viz import forecast
    >>> step = forecast("resnet18", 224).step("conv1")
    >>> step.output, step.params  # 112 = (224 + 2*3 - 7)//2 + 1; 9408 = 64*3*7*7
    ((1, 64, 112, 112), 9408)
    """

    index: int  # pyright: ignore[reportIncompatibleMethodOverride]  (a step is never searched as a tuple)
    name: str
    op: Op
    stage: int | None
    block: int | None
    path: Path
    reads: tuple[int, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    params: int
    macs: int | None
    receptive_field: Pair | None
    output_stride: Pair | None
    output_bytes: int
    time_ms: float | None = None

    @property
    def kind(self) -> str:
        """The CSV's word for the operation."""
        return self.op.kind


Value = TypeVar("Value")


def known(value: Value | None) -> Value:
    """``value``, for code that only ever sees our own networks, whose numbers are all known.

    >>> known((4, 4))
    (4, 4)
    """
    if value is None:
        raise ValueError("a number that is unknown was taken for one of our own networks'")
    return value
