"""Shapes and sizes: how they are written, read and bounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from ..checks import check_text
from ..errors import InputError

Shape = tuple[int, ...]
Pair = tuple[int, int]

DTYPE_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2, "float64": 8}
MAX_SIDE, MAX_BATCH = 16_384, 1_048_576


def by_x(values: tuple[int, ...]) -> str:
    """``(1, 64, 112, 112)`` as ``1x64x112x112``."""
    return "x".join(map(str, values))


def check_input(size: object, batch: object, dtype: object) -> tuple[Pair, int, str]:
    """Validate an untrusted input size (``224`` or ``(H, W)``), batch and dtype before any work starts."""
    value: object = size  # pyright narrows an isinstance of tuple to tuple[Unknown, ...]
    sides = list(cast("Sequence[object]", value)) if isinstance(value, tuple | list) else [value, value]
    whole = [n for n in sides if isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= MAX_SIDE]
    if len(sides) != 2 or len(whole) != 2:
        raise InputError(
            "input_size",
            size,
            f"height and width must be whole numbers from 1 to {MAX_SIDE} px",
            "use 224, or (H, W)",
        )
    if not isinstance(batch, int) or isinstance(batch, bool) or not 1 <= batch <= MAX_BATCH:
        raise InputError("batch", batch, f"must be a whole number from 1 to {MAX_BATCH}", "use 1")
    if not isinstance(dtype, str) or dtype not in DTYPE_BYTES:
        raise InputError("dtype", dtype, "must be one of " + ", ".join(DTYPE_BYTES), "use 'float32'")
    return (whole[0], whole[1]), batch, str(dtype)


def parse_size(text: str) -> Pair:
    """``"224"`` or ``"160x224"`` (height x width) as a pair; also with ``×`` or ``*``."""
    check_text("input_size", text, "160x224")
    parts = text.strip().lower().replace("×", "x").replace("*", "x").split("x")
    if len(parts) not in (1, 2) or not all(
        part.strip().isascii() and part.strip().isdecimal() and len(part.strip()) <= 9 for part in parts
    ):
        raise InputError(
            "input_size", text, f"must be one side or HxW in whole pixels from 1 to {MAX_SIDE}", "write 224 or 160x224"
        )
    sides = [int(part) for part in parts]
    return check_input((sides[0], sides[-1]), 1, "float32")[0]
