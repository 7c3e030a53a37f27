"""The stage level: every conv and pool of a stage's blocks as a volume, block after block."""

from __future__ import annotations

from dataclasses import replace

from ..steps import AvgPool, BlurPool, Conv, Part, Step, Trace
from ..why.shape import axes_text
from ..wording import plural
from .block import SHOWN
from .network import FOLD_KEEP, FOLD_OVER, arc, way_text
from .parts import role_of, stage_title
from .scene import GAP, LINE, Box, Label, Link, Measure, Plus, Scene, map_text, text_width, way_kind


def stage_scene(trace: Trace, measure: Measure, stage: Part, unfold: bool) -> Scene:
    """The scene of a stage of residual blocks."""
    return _Stage(trace, measure, stage, unfold).scene()


class _Stage:
    """Places one block after the other; ``x`` is the first free place to the right."""

    def __init__(self, trace: Trace, measure: Measure, stage: Part, unfold: bool) -> None:
        self.trace, self.measure, self.stage, self.role = trace, measure, stage, role_of(trace, stage.start)
        blocks = list(stage.parts)
        self.source = trace.steps[trace.steps[stage.start].reads[0]]
        self.boxes: list[Box] = []
        self.links: list[Link] = []
        self.labels: list[Label] = []
        self.pluses: list[Plus] = []
        self.brackets: list[tuple[float, float, float]] = []
        self.hidden: list[Part] = []
        if len(blocks) > FOLD_OVER and not unfold:
            self.hidden = blocks[FOLD_KEEP:-1]
            blocks = [*blocks[:FOLD_KEEP], blocks[-1]]
        self.blocks = blocks
        every = [self.source, *(step for block in blocks for step in self._steps(block) if step.path == "main")]
        volumes = [measure.volume(step, self.role) for step in every]
        self.floor = -max(box.height for box in volumes) / 2 - 10
        self.roof = max(box.top for box in volumes) + LINE + 14
        self.x = 0.0
        self.anchor: tuple[float, float]  # where a shortcut of the next block begins
        self.before: tuple[int, float]  # the step and the right end of what the main path comes from

    def scene(self) -> Scene:
        """Source, blocks, output."""
        source = self.source
        self._end_volume(source, role_of(self.trace, source.index), f"in: {source.name}")
        for number, block in enumerate(self.blocks):
            if self.hidden and number == FOLD_KEEP:
                self._fold()
            self._block(block)
        self._end_volume(self._steps(self.blocks[-1])[-1], self.role, "out")
        boxes, labels = self.boxes, self.labels
        return Scene(
            f"{stage_title(self.trace, self.stage)}, {plural(len(self.blocks) + len(self.hidden), 'block')}",
            "stage",
            tuple(boxes),
            tuple(self.links),
            tuple(labels),
            tuple(self.pluses),
            tuple(self.brackets),
            (
                -12,
                min(label.rect[1] for label in labels) - 6,
                max(self.x + 12, 480),
                max(*(b.top for b in boxes), *(t.y for t in labels), *(y for k in self.links for _, y in k.points))
                + 10,
            ),
        )

    def _end_volume(self, step: Step, role: str, title: str) -> None:
        text = (title, map_text(step.output))
        box = self.measure.volume(step, role)
        room = max(box.span, text_width(text))
        made = replace(box, x=self.x + (room - box.span) / 2)
        if self.boxes:
            self.links.append(Link(self.before[0], step.index, "main", ((self.before[1], 0), (made.left, 0))))
        self.boxes.append(made)
        self.labels.append(Label(made.middle, self.floor - 6, text, strong=True))
        self.anchor, self.before = (made.middle, made.top), (step.index, made.right)
        self.x += room + 16

    def _fold(self) -> None:
        """One volume for the blocks between: all equal to the one before."""
        out = self._steps(self.hidden[-1])[-1]
        text = (f"× {len(self.hidden)}", f"equal blocks: {self.hidden[0].title} …")
        box = self.measure.volume(out, self.role)
        room = max(box.span, text_width(text))
        made = replace(box, x=self.x + (room - box.span) / 2, folded=tuple(block.stop - 1 for block in self.hidden))
        self.links.append(Link(self.before[0], out.index, "main", ((self.before[1], 0), (made.left, 0))))
        self.boxes.append(made)
        self.labels.append(Label(made.middle, self.floor - 6, text, strong=True))
        self.anchor, self.before = (made.middle, made.top), (out.index, made.right)
        self.x += room + 16

    def _steps(self, block: Part) -> tuple[Step, ...]:
        return self.trace.steps[block.start : block.stop]

    def _block(self, part: Part) -> None:
        start, source, block = self.x, self.before[0], self._steps(part)
        add = next(step for step in reversed(block) if step.kind == "add")
        scale = next((step for step in block if step.kind == "scale"), None)
        way = tuple(step for step in block if step.path == "shortcut")
        for step in block:
            if step.path == "main" and step.kind in SHOWN:
                self._operation(step)
        if scale is not None:
            self._sign(scale, gate=True)
        # a block's name has its room before the sum, so that the sum stands at the block's end
        title = (part.title, map_text(add.output))
        wanted = start + max(text_width(title), text_width((way_text(way),)) + 8)
        self.x = max(self.x, wanted - GAP)
        at = self._sign(add)
        self._shortcut(source, add, way, at)
        self.brackets.append((start, at + 8, self.floor))
        self.labels.append(Label((start + at + 8) / 2, self.floor - 6, title, strong=True))
        self.anchor = (at + 15, 0.0)  # the sum is on the line just after its sign
        self.before = (add.index, at + 8)
        self.x += 16

    def _operation(self, step: Step) -> None:
        op = step.op
        assert isinstance(op, Conv | AvgPool | BlurPool)
        kernel = "blur" if isinstance(op, BlurPool) else f"{op.kernel[0]}×{op.kernel[1]}"
        stride = f", /{axes_text(op.stride)}" if max(op.stride) > 1 else ""
        words = (kernel + stride,)
        box = self.measure.volume(step, self.role)
        room = max(box.span + GAP, text_width(words) + 8)
        made = replace(box, x=self.x + room - box.span)
        self.links.append(Link(self.before[0], step.index, "main", ((self.before[1], 0), (made.left, 0))))
        self.labels.append(Label(self.x + room - max(box.span, text_width(words)) / 2, made.top + LINE + 3, words))
        self.boxes.append(made)
        self.before = (step.index, made.right)
        self.x += room

    def _sign(self, step: Step, gate: bool = False) -> float:
        at = self.x + GAP * 0.8
        self.links.append(Link(self.before[0], step.index, "main", ((self.before[1], 0), (at - 8, 0)), arrow=False))
        self.pluses.append(Plus(step.index, at, 0.0, "gate" if gate else "sum"))
        self.before = (step.index, at + 8)
        self.x = at + 8
        return at

    def _shortcut(self, source: int, add: Step, way: tuple[Step, ...], at: float) -> None:
        kind = way_kind(way)
        if kind == "identity":
            self.links.append(
                Link(source, add.index, kind, (self.anchor, (self.anchor[0], self.roof), (at, self.roof), (at, 9.0)))
            )
            return
        box = self.measure.volume(way[-1], self.role, aside=True)
        text = way_text(way)
        middle = max((self.anchor[0] + at) / 2, self.anchor[0] + 16 + box.span / 2)
        made = replace(box, x=middle - box.span / 2, y=self.roof + box.height / 2)
        self.boxes.append(made)
        start = arc(self.anchor, (made.left, made.y), made.y, corner=True)
        self.links.append(Link(source, made.step, kind, start))
        self.links.append(Link(made.step, add.index, kind, ((made.right, made.y), (at, made.y), (at, 9.0))))
        self.labels.append(Label(middle, made.top + LINE + 3, (text,), kind=kind))
