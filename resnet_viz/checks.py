"""What comes in at a public door is checked here: each refusal names the parameter and says what to give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar, cast

from .errors import InputError

Kind = TypeVar("Kind")


def check_kind(field: str, value: object, kind: type[Kind], words: str, fix: str) -> Kind:
    """``value``, which must be a ``kind``; ``words`` say what that is."""
    if not isinstance(value, kind):
        raise InputError(field, value, f"must be {words}, not {type(value).__name__}", fix)
    return value


def check_text(field: str, value: object, example: str) -> str:
    """``value``, which must be a text."""
    return check_kind(field, value, str, "a text", f"write e.g. {example!r}")


def check_flag(field: str, value: object) -> bool:
    """``value``, which must be True or False."""
    return check_kind(field, value, bool, "True or False", "use True or False")


def check_one_of(field: str, value: object, allowed: Iterable[str], use: str = "") -> str:
    """``value``, which must be one of these words; the fix says ``use``, or the first."""
    words = list(allowed)
    if not isinstance(value, str) or value not in words:
        rule = f"must be {words[0]} or {words[1]}" if len(words) == 2 else "must be one of " + ", ".join(words)
        raise InputError(field, value, rule, f"use {(use or words[0])!r}")
    return value


def check_whole(field: str, value: object, low: int, high: int) -> int:
    """``value``, which must be a whole number in these bounds."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise InputError(field, value, f"must be a whole number from {low} to {high}", f"use e.g. {low}")
    return value


def check_number(field: str, value: object, low: float, high: float, words: str, fix: str) -> float:
    """``value``, which must be a number in these bounds; ``words`` say which."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise InputError(field, value, words, fix)
    return float(value)


def check_pair(field: str, given: object, words: str, fix: str) -> tuple[int, int]:
    """``given``, which must be two whole numbers; ``words`` say which."""
    value: object = given  # pyright narrows an isinstance of tuple to tuple[Unknown, ...]
    sides = list(cast("Sequence[object]", value)) if isinstance(value, tuple | list) else []
    whole = [side for side in sides if isinstance(side, int) and not isinstance(side, bool)]
    if len(sides) != 2 or len(whole) != 2:
        raise InputError(field, given, words, fix)
    return whole[0], whole[1]
