"""Where a residual is added to a shortcut: which additions these are, and which of the two each operand is."""

from __future__ import annotations

from difflib import get_close_matches

from ..checks import check_kind
from ..errors import InputError
from ..steps import Add, Join, Step, Trace


def residuals(trace: Trace) -> list[tuple[Join, str]]:
    """Each addition of a shortcut, and the block that it ends, or the addition's own name."""
    blocks = [part for part in trace.parts.walk() if part.kind == "block"]
    found: list[tuple[Join, str]] = []
    for join in trace.joins:
        step = trace.steps[join.step]
        if isinstance(step.op, Add) and join.is_residual and len(step.reads) == 2:
            inside = [part.path for part in blocks if join.step in part.steps]
            found.append((join, inside[-1] if inside else step.name))
    return found


def residual(trace: Trace, where: str | Step) -> tuple[Join, str]:
    """The addition at a step, or the one that ends a block, and the block's path. Raises :class:`InputError`."""
    given = where.name if isinstance(where, Step) else where
    name = check_kind("block", given, str, "a text", "write e.g. 'layer1.0'")
    known = residuals(trace)
    for join, block in known:
        if name in (block, trace.steps[join.step].name):
            return join, block
    blocks = [block for _, block in known]
    if not blocks:
        raise InputError("block", name, "is none: no shortcut is added in this network", "look at its steps")
    near = get_close_matches(name, blocks, 3, 0.5) or blocks[:3]
    raise InputError("block", name, "is no block that ends in an addition, nor its step", "try " + ", ".join(near))


def ways(trace: Trace, join: Join) -> tuple[int, int]:
    """Which operand of an addition is the main path's, and which the shortcut's."""
    main = join.main[-1] if join.main else join.fork
    place = 0 if trace.steps[join.step].reads[0] == main else 1
    return place, 1 - place
