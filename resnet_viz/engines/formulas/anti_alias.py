"""Anti-aliasing (1904.11486): a strided conv keeps its size, and a low-pass pool after its ReLU halves the map."""

from __future__ import annotations

from ...spec import ResNetSpec
from ...steps import AvgPool, BlurPool


def low_pass(spec: ResNetSpec, stride: int) -> AvgPool | BlurPool | None:
    """The pool that takes a stride over from a conv; None where the conv keeps it."""
    if stride == 1 or spec.anti_alias == "none":
        return None
    return AvgPool((2, 2), (2, 2)) if spec.anti_alias == "avg" else BlurPool()
