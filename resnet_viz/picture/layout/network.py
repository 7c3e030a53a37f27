"""The network level: each block is one volume, stages are bracketed, long repeats fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from ...steps import AvgPool, BlurPool, Conv, MaxPool, Part, Step, Trace
from ...why.shape import axes_text
from ...wording import plural
from . import residual
from .axes import Extent, extents
from .canvas import Canvas
from .curves import arc, drop
from .measure import LEAST, WIDEST, Measure, Reference, Sizes, fit, smaller
from .parts import stage_title
from .scene import BLANK, GAP, LINE, Box, Scene, text_width, way_kind
from .words import way_text

TARGET = 1080.0  # px; at its reference input a network is made to fit this width where it can
FULL = 1400.0  # px; and where even the least zoom leaves it wider, more of it is folded
FOLD_OVER, FOLD_KEEP = 8, 2  # a stage of more blocks shows its first two, a fold, and its last
GATE = 17.0  # room for the gate's sign before the addition's


class _Fold(NamedTuple):
    """Of a stage of more than ``over`` blocks the first ``keep``, a fold and the last are drawn."""

    over: int
    keep: int


_FOLDS = (_Fold(FOLD_OVER, FOLD_KEEP), _Fold(5, 2), _Fold(3, 1))
_UNFOLDED = _Fold(1_000_000, 1)


@dataclass(frozen=True, slots=True)
class _Item:
    """A volume of the network level and what its block's shortcut is; ``run`` groups volumes under one bracket."""

    step: Step
    role: str
    run: str
    stage: Part | None = None
    add: Step | None = None
    way: tuple[Step, ...] = ()  # the shortcut's steps
    inside: tuple[Step, ...] = ()  # F's, as far as they have a mark
    gate: Step | None = None  # where a channel gate scales the result
    folded: tuple[int, ...] = ()


_STEM_KINDS = ("input", "conv", "maxpool", "avgpool", "blurpool")
_HEAD_KINDS = ("avgpool", "mean", "conv", "linear")


def network_scene(trace: Trace, measure: Measure, unfold: bool = False, hide: frozenset[int] = frozenset()) -> Scene:
    """The scene of the whole network; ``unfold`` shows every block of a long stage."""
    known = extents(trace)
    fold, own = _own(trace, measure, known)
    measure = measure.at(_fitting(trace, measure, known, fold, own))
    canvas = _drawn(trace, measure, known, _UNFOLDED if unfold else fold, hide)
    return finished(trace, canvas, smaller(trace, measure, own))


def finished(trace: Trace, canvas: Canvas, notes: tuple[str, ...] = ()) -> Scene:
    """The scene of a network's canvas."""
    return canvas.scene("×".join(map(str, trace.steps[0].output)), "network", notes=notes)


def zoom_of(trace: Trace, measure: Measure) -> float:
    """How large the volumes are drawn: the network's own zoom, whatever the input, where that leaves room for it."""
    known = extents(trace)
    return _fitting(trace, measure, known, *_own(trace, measure, known))


def network_canvas(trace: Trace, measure: Measure) -> Canvas:
    """The whole network, drawn in ``measure``."""
    known = extents(trace)
    return _drawn(trace, measure, known, _own(trace, measure, known)[0])


def _own(trace: Trace, measure: Measure, known: Sequence[Extent]) -> tuple[_Fold, float]:
    """What is folded, and the zoom: of the network at its reference input."""
    reference = Reference(trace, known, measure.side)
    for fold in _FOLDS:
        row = _Row(trace, reference, fold)
        zoom = fit(lambda at, row=row: row.width(measure.at(at)), TARGET, 1.0, LEAST)
        if row.width(measure.at(zoom)) <= FULL:
            return fold, zoom
    return _FOLDS[-1], LEAST


def _fitting(trace: Trace, measure: Measure, known: Sequence[Extent], fold: _Fold, own: float) -> float:
    row = _Row(trace, known, fold)
    return fit(lambda at: row.width(measure.at(at)), WIDEST, min(own, measure.zoom), 0.05)


def _drawn(
    trace: Trace, measure: Measure, known: Sequence[Extent], fold: _Fold, hide: frozenset[int] = frozenset()
) -> Canvas:
    row = _Row(trace, known, fold, hide)
    canvas = Canvas(measure, hide)
    boxes: dict[int, Box] = {}
    volumes = {item.step.index: canvas.volume(item.step, item.role) for item in row.items}
    deepest = max(box.height for box in volumes.values()) / 2
    low = residual.depth(item.inside for item in row.items)
    floor = -max(deepest, low) - 10 - (LINE + 4 if any(item.folded for item in row.items) else 0)
    x = 0.0
    for run, text in zip(row.runs, row.texts, strict=True):
        slots = [row.slot(item, volumes[item.step.index].span) for item in run]
        slack = max(0.0, text_width(text) + 10 - sum(slots)) / len(run)
        for item, slot in zip(run, slots, strict=True):
            box = volumes[item.step.index]
            lead = slot + slack - box.span
            # volumes stand at the right of their slot: the free room before them is for the addition
            boxes[item.step.index] = replace(box, x=x + (lead if item.add else lead / 2), folded=item.folded)
            x += slot + slack
        left, right = boxes[run[0].step.index].left, boxes[run[-1].step.index].right
        canvas.brackets.append((left, right, floor))
        # a name wider than its bracket ends with the run, whose room it has
        canvas.write(min((left + right) / 2, x - text_width(text) / 2 - 2), floor - 6, text, strong=True)
    canvas.boxes += boxes.values()
    canvas.reach = x
    for before, item in pairwise(row.items):
        _lead(canvas, item, boxes[before.step.index], boxes[item.step.index], low)
    kinds = {block.signature or block.path: block for stage in trace.parts.parts if stage.kind == "stage" for block in stage.parts}  # fmt: skip
    canvas.keys |= residual.keys([trace.steps[block.start : block.stop] for block in kinds.values()])
    return canvas


class _Row:
    """The volumes of a network in a row, and the room that each takes along the flow."""

    def __init__(self, trace: Trace, known: Sizes, fold: _Fold, hide: frozenset[int] = frozenset()) -> None:
        self.known = known
        self.items = _items(trace, fold)
        self.runs: list[list[_Item]] = []
        for item in self.items:
            if self.runs and self.runs[-1][0].run == item.run:
                self.runs[-1].append(item)
            else:
                self.runs.append([item])
        self.texts = [_run_text(run, trace, known, hide) for run in self.runs]
        # one width for all labels of shortcuts, so that a long one beside a short one has its half of the room
        self.way_width = max(text_width((way_text(item.way),)) for item in self.items) + 10

    def slot(self, item: _Item, span: float) -> float:
        """Room of a volume: its own ``span``, the gap before it, its shortcut's label."""
        own = span + GAP + (GATE if item.gate else 0)
        if item.folded:
            own = max(own, text_width((f"× {len(item.folded)}",)) + 8)
        return max(own, self.way_width) if way_text(item.way) else own

    def width(self, measure: Measure) -> float:
        """How wide the network is in ``measure``."""
        return 24 + sum(
            max(sum(self.slot(item, self._span(item, measure)) for item in run), text_width(text) + 10)
            for run, text in zip(self.runs, self.texts, strict=True)
        )

    def _span(self, item: _Item, measure: Measure) -> float:
        return measure.volume(item.step, item.role, extent=self.known[item.step.index]).span


def _items(trace: Trace, fold: _Fold) -> list[_Item]:
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
        if len(made) > fold.over:
            hidden = made[fold.keep : -1]
            folded = tuple(item.step.index for item in hidden)
            made = [
                *made[: fold.keep],
                replace(hidden[-1], add=None, way=(), inside=(), gate=None, folded=folded),
                made[-1],
            ]
        items += made
    return items


def _block_item(role: str, stage: Part, steps: list[Step]) -> _Item:
    add = next((step for step in reversed(steps) if step.kind == "add"), None)
    way = tuple(step for step in steps if step.path == "shortcut")
    gate = next((step for step in steps if step.kind == "scale"), None)
    return _Item(steps[-1], role, stage.path, stage, add, way, residual.inside(steps), gate)


def _run_text(run: list[_Item], trace: Trace, known: Sizes, hide: frozenset[int]) -> tuple[str, ...]:
    step, stage = run[0].step, run[0].stage
    shapes = BLANK if step.index in hide else known[step.index].words
    if stage is not None:
        blocks = sum(len(item.folded) or 1 for item in run)
        ends = (run[0].inside, run[-1].inside)
        # of a bottleneck whose shape is to be found its width would tell the channels
        width = "" if not hide.isdisjoint(stage.steps) else residual.width_words(ends)
        return (stage_title(trace, stage), shapes, plural(blocks, "block") + width, *residual.windows_line(*ends))
    if isinstance(step.op, Conv | MaxPool | AvgPool | BlurPool) and step.path != "head":
        return (step.name, shapes, f"{step.op.kernel[0]}×{step.op.kernel[1]}, /{axes_text(step.op.stride)}")
    return (step.name, shapes)


def _lead(canvas: Canvas, item: _Item, source: Box, box: Box, low: float) -> None:
    """What leads from a volume to the next: a line, or a sum of F, ``low`` px under the line, and its shortcut."""
    if item.folded:
        canvas.write(box.middle, min(box.bottom, -residual.foot(box, low)) - 3, (f"× {len(item.folded)}",))
    if item.add is None:
        canvas.join(source.step, box.step, ((source.right, 0), (box.left, 0)))
        return
    at = start_x = box.left - GAP / 2
    if item.gate:
        start_x = at - GATE
        canvas.sign(item.gate.index, start_x, form="gate")
        canvas.join(item.gate.index, item.add.index, ((start_x, 0), (at, 0)), arrow=False)
    canvas.sign(item.add.index, at)
    into = item.gate.index if item.gate else item.add.index
    canvas.join(source.step, into, residual.way(source, start_x, low), arrow=False)
    canvas.marks += residual.marks(item.inside, start_x)
    canvas.join(item.add.index, box.step, ((at, 0), (box.left, 0)))
    kind = way_kind(item.way)
    start = (source.middle, source.top)
    if kind == "identity":
        canvas.join(source.step, item.add.index, arc(start, (at, 7), source.top + 22), kind)
        return
    made = canvas.volume(item.way[-1], item.role, aside=True)
    low = max(source.top, box.top) + 16
    made = replace(made, x=max(at - made.span / 2, start[0] + 12), y=low + made.height / 2)
    canvas.boxes.append(made)
    canvas.join(source.step, made.step, arc(start, (made.left, made.y), made.y, corner=True), kind)
    end = drop((made.left + made.width / 2, made.bottom), (at, 7), low)
    canvas.join(made.step, item.add.index, end, kind)
    canvas.write(made.middle, made.top + LINE + 3, (way_text(item.way),), kind=kind)
