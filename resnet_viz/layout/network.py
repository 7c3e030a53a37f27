"""The network level: each block is one volume, stages are bracketed, long repeats fold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from ..steps import AvgPool, BlurPool, Conv, MaxPool, Pad, Part, Step, Trace
from ..why.shape import axes_text
from ..wording import plural
from .parts import stage_title
from .scene import GAP, LINE, Box, Label, Link, Measure, Plus, Scene, map_text, text_width, way_kind

TARGET = 960.0  # a scene is made to fit this width where it can
FOLD_OVER, FOLD_KEEP = 8, 2  # a stage of more blocks shows its first two, a fold, and its last
GATE = 17.0  # room for the gate's sign before the addition's


@dataclass(frozen=True, slots=True)
class _Item:
    """A volume of the network level and what its block's shortcut is; ``run`` groups volumes under one bracket."""

    step: Step
    role: str
    run: str
    stage: Part | None = None
    add: Step | None = None
    way: tuple[Step, ...] = ()  # the shortcut's steps
    gate: Step | None = None  # where a channel gate scales the result
    folded: tuple[int, ...] = ()


_STEM_KINDS = ("input", "conv", "maxpool", "avgpool", "blurpool")
_HEAD_KINDS = ("avgpool", "mean", "conv", "linear")


def _items(trace: Trace, unfold: bool) -> list[_Item]:
    items: list[_Item] = []
    number = 0
    for part in trace.parts.parts:
        steps = trace.steps[part.start : part.stop]
        if part.kind != "stage":
            kinds = _HEAD_KINDS if part.kind == "head" else _STEM_KINDS
            shown = [step for step in steps if step.kind in kinds]
            items += [_Item(step, "input" if step.kind == "input" else part.kind, step.name) for step in shown]
            continue
        number += 1
        made = [_block_item(f"stage{number}", part, list(trace.steps[b.start : b.stop])) for b in part.parts]
        if len(made) > FOLD_OVER and not unfold:
            hidden = made[FOLD_KEEP:-1]
            folded = tuple(item.step.index for item in hidden)
            made = [
                *made[:FOLD_KEEP],
                replace(hidden[-1], add=None, way=(), gate=None, folded=folded),
                made[-1],
            ]
        items += made
    return items


def _block_item(role: str, stage: Part, steps: list[Step]) -> _Item:
    add = next((step for step in reversed(steps) if step.kind == "add"), None)
    way = tuple(step for step in steps if step.path == "shortcut")
    gate = next((step for step in steps if step.kind == "scale"), None)
    return _Item(steps[-1], role, stage.path, stage, add, way, gate)


def squeeze_of(trace: Trace, measure: Measure, unfold: bool = False) -> float:
    """How much narrower the volumes are drawn, so that the whole network fits the width."""
    items = _items(trace, unfold)
    runs = _runs(items)
    texts = [_run_text(run, trace) for run in runs]
    way_width = _way_width(items)
    wider = (twentieths / 20 for twentieths in range(20, 6, -1))
    fits = (squeeze for squeeze in wider if _network_width(runs, texts, measure, squeeze, way_width) <= TARGET)
    return next(fits, 0.3)


def _way_width(items: list[_Item]) -> float:
    return max(text_width((way_text(item.way),)) for item in items) + 10


def _runs(items: list[_Item]) -> list[list[_Item]]:
    runs: list[list[_Item]] = []
    for item in items:
        if runs and runs[-1][0].run == item.run:
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def network_scene(trace: Trace, measure: Measure, unfold: bool = False, squeeze: float | None = None) -> Scene:
    """The scene of the whole network; ``unfold`` shows every block of a long stage, ``squeeze`` as of :func:`squeeze_of`."""
    items = _items(trace, unfold)
    runs = _runs(items)
    texts = [_run_text(run, trace) for run in runs]
    squeeze = squeeze or squeeze_of(trace, measure, unfold)
    way_width = _way_width(items)
    boxes: dict[int, Box] = {}
    labels: list[Label] = []
    brackets: list[tuple[float, float, float]] = []
    x = 0.0
    volumes = {item.step.index: measure.volume(item.step, item.role, squeeze) for item in items}
    floor = (
        -max(box.height for box in volumes.values()) / 2 - 10 - (LINE + 4 if any(item.folded for item in items) else 0)
    )
    for run, text in zip(runs, texts, strict=True):
        slots = [_slot(item, volumes[item.step.index].span, way_width) for item in run]
        slack = max(0.0, text_width(text) + 10 - sum(slots)) / len(run)
        for item, slot in zip(run, slots, strict=True):
            box = volumes[item.step.index]
            lead = slot + slack - box.span
            # volumes stand at the right of their slot: the free room before them is for the addition
            boxes[item.step.index] = replace(box, x=x + (lead if item.add else lead / 2), folded=item.folded)
            x += slot + slack
        left, right = boxes[run[0].step.index].left, boxes[run[-1].step.index].right
        brackets.append((left, right, floor))
        # a name wider than its bracket ends with the run, whose room it has
        centre = min((left + right) / 2, x - text_width(text) / 2 - 2)
        labels.append(Label(centre, floor - 6, text, strong=True))
    links, pluses, extra = _network_links(items, boxes, measure, squeeze, labels)
    everything = [*boxes.values(), *extra]
    top = max(
        max(box.top for box in everything),
        *(label.y for label in labels),
        *(y for link in links for _, y in link.points),
    )
    bottom = min(label.rect[1] for label in labels)
    title = "×".join(map(str, trace.steps[0].output))
    return Scene(
        title,
        "network",
        tuple(everything),
        tuple(links),
        tuple(labels),
        tuple(pluses),
        tuple(brackets),
        (-12, bottom - 6, max(x + 12, 480), top + 10),
        squeeze=squeeze,
    )


def _run_text(run: list[_Item], trace: Trace) -> tuple[str, ...]:
    step, stage = run[0].step, run[0].stage
    shapes = map_text(step.output)
    if stage is not None:
        blocks = sum(len(item.folded) or 1 for item in run)
        return (stage_title(trace, stage), shapes, plural(blocks, "block"))
    if isinstance(step.op, Conv | MaxPool | AvgPool | BlurPool) and step.path != "head":
        return (step.name, shapes, f"{step.op.kernel[0]}×{step.op.kernel[1]}, /{axes_text(step.op.stride)}")
    return (step.name, shapes)


def _slot(item: _Item, span: float, way_width: float) -> float:
    """Room that a volume takes along the flow: its own ``span``, the gap before it, its shortcut's label.

    ``way_width`` is one width for all such labels, so that a long one beside a short one has its half of the room.
    """
    own = span + GAP + (GATE if item.gate else 0)
    if item.folded:
        own = max(own, text_width((f"× {len(item.folded)}",)) + 8)
    return max(own, way_width) if way_text(item.way) else own


def _network_width(
    runs: list[list[_Item]], texts: list[tuple[str, ...]], measure: Measure, squeeze: float, way_width: float
) -> float:
    return (
        sum(
            max(
                sum(_slot(item, measure.volume(item.step, item.role, squeeze).span, way_width) for item in run),
                text_width(text) + 10,
            )
            for run, text in zip(runs, texts, strict=True)
        )
        + 24
    )


def way_text(way: tuple[Step, ...]) -> str:
    """What a shortcut does, in a few signs: ``1×1, /2``; empty for an identity."""
    words: list[str] = []
    for step in way:
        op = step.op
        if isinstance(op, AvgPool):
            words.append(f"avg/{axes_text(op.stride)}")
        elif isinstance(op, Conv | Pad):
            words.append("1×1" if isinstance(op, Conv) else "pad")
            if max(op.stride) > 1:
                words.append(f"/{axes_text(op.stride)}")
    return ", ".join(words)


def _network_links(
    items: list[_Item], boxes: dict[int, Box], measure: Measure, squeeze: float, labels: list[Label]
) -> tuple[list[Link], list[Plus], list[Box]]:
    links: list[Link] = []
    pluses: list[Plus] = []
    extra: list[Box] = []
    for before, item in pairwise(items):
        box, source = boxes[item.step.index], boxes[before.step.index]
        if item.folded:
            labels.append(Label(box.middle, box.bottom - 3, (f"× {len(item.folded)}",)))
        if item.add is None:
            links.append(Link(source.step, box.step, "main", ((source.right, 0), (box.left, 0))))
            continue
        at = start_x = box.left - GAP / 2
        if item.gate:
            start_x = at - GATE
            pluses.append(Plus(item.gate.index, start_x, 0.0, "gate"))
            links.append(Link(item.gate.index, item.add.index, "main", ((start_x, 0), (at, 0)), arrow=False))
        pluses.append(Plus(item.add.index, at, 0.0))
        into = item.gate.index if item.gate else item.add.index
        links.append(Link(source.step, into, "main", ((source.right, 0), (start_x, 0)), arrow=False))
        links.append(Link(item.add.index, box.step, "main", ((at, 0), (box.left, 0))))
        kind = way_kind(item.way)
        start = (source.middle, source.top)
        if kind == "identity":
            links.append(Link(source.step, item.add.index, kind, arc(start, (at, 7), source.top + 22)))
            continue
        made = measure.volume(item.way[-1], item.role, squeeze, aside=True)
        low = max(source.top, box.top) + 16
        made = replace(made, x=max(at - made.span / 2, start[0] + 12), y=low + made.height / 2)
        extra.append(made)
        links.append(Link(source.step, made.step, kind, arc(start, (made.left, made.y), made.y, corner=True)))
        end = drop((made.left + made.width / 2, made.bottom), (at, 7), low)
        links.append(Link(made.step, item.add.index, kind, end))
        labels.append(Label(made.middle, made.top + LINE + 3, (way_text(item.way),), kind=kind))
    return links, pluses, extra


def arc(
    start: tuple[float, float], end: tuple[float, float], roof: float, corner: bool = False
) -> tuple[tuple[float, float], ...]:
    """A smooth way up from ``start`` to ``roof`` and to ``end``."""
    (x0, y0), (x3, y3) = start, end
    one, two = ((x0, roof), (x0, roof)) if corner else ((x0, roof + (roof - y0) * 0.3), (x3, roof + (roof - y0) * 0.3))
    points: list[tuple[float, float]] = []
    for i in range(17):
        t = i / 16
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        points.append((a * x0 + b * one[0] + c * two[0] + d * x3, a * y0 + b * one[1] + c * two[1] + d * y3))
    return tuple(points)


def drop(start: tuple[float, float], end: tuple[float, float], low: float) -> tuple[tuple[float, float], ...]:
    """Down from under a shortcut's volume, then in the gap between two volumes to the addition."""
    return (start, (start[0], low - 8), (end[0], low - 8), end)
