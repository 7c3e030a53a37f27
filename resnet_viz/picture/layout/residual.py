"""What does a block do between what it reads and its sum?  A mark for each conv on the way, and the words for all of them.

The identity goes over the volumes and F(x) under them: down from the volume that is read, along, and up into ⊕ through
one mark a conv. The marks stand under the sign, where the gap between two volumes leaves their room.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...steps import Activation, AvgPool, BlurPool, ChannelConv, Conv, Norm, Scale, Step
from ...why.called import kind_words, window_words
from ...why.shape import axes_text
from ...wording import plural
from .curves import Way
from .scene import Box, Mark
from .words import window_text

FIRST, PITCH, END = 13.0, 7.0, 6.5  # px under ⊕: to the mark next to it, from mark to mark, and on to the way's corner
CLEAR = 4.0  # px between the way and a volume's foot that it would run along
WIDTHS = ((1, 7.0), (3, 14.0), (5, 16.0))  # px of a bar whose window is at most so many cells wide
WIDEST = 17.0  # of all others; the gap that they stand in is 20 px
_LONG = 26  # letters under a stage that say its convs one by one


def inside(block: Sequence[Step]) -> tuple[Step, ...]:
    """The steps of F that have a mark, in order: convs and pools; before them the norm of a pre-activation block."""
    found: list[Step] = []
    for step in block:
        if step.kind == "add":
            break
        if step.path != "main":
            continue
        if isinstance(step.op, Conv | AvgPool | BlurPool) or (isinstance(step.op, Norm | Activation) and not found):
            found.append(step)
    return tuple(found)


def depth(blocks: Iterable[tuple[Step, ...]]) -> float:
    """How far below the line F goes: as far in each block, so that the picture is calm."""
    most = max(map(len, blocks), default=0)
    return FIRST + PITCH * (most - 1) + END if most else 0.0


def foot(source: Box, low: float) -> float:
    """How far below the line F goes that leaves a volume: ``low``, unless it would run along the volume's foot."""
    return CLEAR - source.bottom if abs(source.bottom + low) < CLEAR else low


def way(source: Box, at: float, low: float) -> Way:
    """From a volume's foot, or the side of one that reaches further down than ``low``, to the sign at ``at``."""
    low = foot(source, low)
    if source.bottom > -low:
        return ((source.middle, source.bottom), (source.middle, -low), (at, -low), (at, -7.0))
    back = min(1.0, (-low - source.bottom) / source.dy)
    return ((source.x + source.width + back * source.dx, -low), (at, -low), (at, -7.0))


def marks(steps: tuple[Step, ...], at: float) -> list[Mark]:
    """The marks of one block around ``at``, the last operation next to the sign."""
    return [_mark(step, at, -FIRST - PITCH * number) for number, step in enumerate(reversed(steps))]


def _mark(step: Step, at: float, y: float) -> Mark:
    op = step.op
    if isinstance(op, AvgPool | BlurPool):
        return Mark(step.index, at, y, "pool", 8.0, 1, max(op.stride) > 1)
    if not isinstance(op, Conv):
        return Mark(step.index, at, y, "norm", 6.0)
    reads = max((k - 1) * d + 1 for k, d in zip(op.kernel, op.dilation, strict=True))
    width = next((px for cells, px in WIDTHS if reads <= cells), WIDEST)
    pieces = 1 if op.groups == 1 else 5 if op.groups == step.inputs[0][1] else 3
    return Mark(step.index, at, y, "conv", width, pieces, max(op.stride) > 1)


# ---- in words --------------------------------------------------------------------------------------------------------


def windows_line(first: tuple[Step, ...], last: tuple[Step, ...]) -> tuple[str, ...]:
    """What the convs of a stage's blocks read, ``1×1, 3×3, 1×1``, as a line; none where its blocks differ in that."""
    convs = [[step.op for step in steps if isinstance(step.op, Conv)] for steps in (first, last)]
    if [op.kernel for op in convs[0]] != [op.kernel for op in convs[1]]:
        return ()
    # the first block of a dilated stage still samples as the stage before did: the others tell
    spread = [f" dilated {axes_text(op.dilation)}" if max(op.dilation) > 1 else "" for op in convs[1]]
    text = ", ".join(window_text(op.kernel) + more for op, more in zip(convs[1], spread, strict=True))
    return (text if len(text) <= _LONG else plural(len(convs[1]), "conv"),)


def width_words(blocks: Sequence[tuple[Step, ...]]) -> str:
    """``, width 64`` where the convs before the last have another number of filters than the block; else nothing."""
    made = [[step.output[1] for step in steps if isinstance(step.op, Conv)] for steps in blocks]
    inner = {channels for each in made for channels in each[:-1]}
    return f", width {inner.pop()}" if len(inner) == 1 and inner != {made[-1][-1]} else ""


_ORDER = ("first", "second", "third")


def told(blocks: Iterable[Sequence[Step]]) -> str:
    """``3 convs: 1×1, 3×3, 1×1; where maps get smaller, stride 2 in the 3×3``: of F; nothing where blocks differ in their convs."""
    ways = [[step for step in inside(block) if not isinstance(step.op, Norm | Activation)] for block in blocks]
    names = [[window_text(step.op.kernel) for step in way if isinstance(step.op, Conv)] for way in ways]
    if not names or not names[0] or any(each != names[0] for each in names):
        return ""
    places = dict.fromkeys(
        f"stride {axes_text(step.op.stride)} in the {_which(way, step)}"
        for way in ways
        for step in way
        if isinstance(step.op, Conv | AvgPool | BlurPool) and max(step.op.stride) > 1
    )
    text = f"{plural(len(names[0]), 'conv')}: {', '.join(names[0])}"
    return text + (f"; where maps get smaller, {' or '.join(places)}" if places else "")


def _which(way: Sequence[Step], step: Step) -> str:
    """``3×3``, or ``first 3×3`` where there are more of them."""
    name = _window(step)
    alike = [other for other in way if _window(other) == name]
    place = alike.index(step)
    return name if len(alike) == 1 else f"{_ORDER[place] if place < len(_ORDER) else f'{place + 1}th'} {name}"


def _window(step: Step) -> str:
    return window_text(step.op.kernel) if isinstance(step.op, Conv) else window_words(step.op)


def keys(blocks: Sequence[Sequence[Step]]) -> dict[str, str]:
    """What the legend says of the marks, by their form, and of the gates: from all steps of the blocks."""
    steps = [step for block in blocks for step in block]
    drawn = [step for block in blocks for step in inside(block)]
    convs = [step for step in drawn if isinstance(step.op, Conv)]
    found: dict[str, str] = {}
    if not convs:
        return found
    kinds = dict.fromkeys(
        kind_words(step.op) for step in steps if step.path == "main" and isinstance(step.op, Norm | Activation)
    )
    strides = sorted({axes_text(step.op.stride) for step in convs if isinstance(step.op, Conv) and max(step.op.stride) > 1})  # fmt: skip
    groups = sorted({_group_words(step) for step in convs if isinstance(step.op, Conv) and step.op.groups > 1})
    hollow = f"; hollow: stride {' or '.join(strides)}" if strides else ""
    split = f"; split: {' or '.join(groups)}" if groups else ""
    found["conv"] = f"{', '.join(('conv', *kinds))} (bar{hollow}{split})"
    pools = dict.fromkeys(_pool_words(step.op) for step in drawn if isinstance(step.op, AvgPool | BlurPool))
    if pools:
        found["pool"] = f"{' or '.join(pools)} (rhomb)"
    if any(isinstance(step.op, Norm | Activation) for step in drawn):
        found["norm"] = f"{' and '.join(kinds)} first (dot)"
    gates = _gate_words(steps)
    if gates:
        found["gate"] = gates
    return found


def _pool_words(op: AvgPool | BlurPool) -> str:
    return f"{window_words(op)}, /{axes_text(op.stride)}"


def _group_words(step: Step) -> str:
    assert isinstance(step.op, Conv)
    return "depthwise" if step.op.groups == step.inputs[0][1] else f"{step.op.groups} groups"


def _gate_words(steps: Sequence[Step]) -> str:
    """How a channel gate gets its numbers; nothing where there is none, or where it is of another kind."""
    gate = [step for step in steps if step.path == "gate"]
    if not any(isinstance(step.op, Scale) for step in steps):
        return ""
    along = sorted({step.op.kernel for step in gate if isinstance(step.op, ChannelConv)})
    if along:
        return f"conv along {_span(along)} channels"
    layers = [step.output[1] for step in gate if step.kind in ("conv", "linear") and len(step.output) > 1]
    return f"two layers through {_span(sorted(set(layers[::2])))}" if layers and len(layers) % 2 == 0 else ""


def _span(numbers: Sequence[int]) -> str:
    few = ", ".join(map(str, numbers))
    return few if len(numbers) <= 4 else f"{numbers[0]} … {numbers[-1]}"
