"""The stage level: every conv and pool of a stage's blocks as a volume, block after block."""

from __future__ import annotations

from dataclasses import replace

from ...steps import AvgPool, BlurPool, Conv, Part, Step, Trace
from ...why.shape import axes_text
from ...wording import plural
from .block import SHOWN
from .canvas import Canvas
from .curves import arc
from .network import FOLD_KEEP, FOLD_OVER
from .parts import role_of, stage_title
from .scene import GAP, LINE, Scene, text_width, way_kind
from .words import way_text


def stage_scene(trace: Trace, canvas: Canvas, stage: Part, unfold: bool) -> Scene:
    """The scene of a stage of residual blocks, drawn on ``canvas``."""
    return _Stage(trace, canvas, stage, unfold).scene()


class _Stage:
    """Places one block after the other; ``x`` is the first free place to the right."""

    def __init__(self, trace: Trace, canvas: Canvas, stage: Part, unfold: bool) -> None:
        self.trace, self.canvas, self.stage, self.role = trace, canvas, stage, role_of(trace, stage.start)
        blocks = list(stage.parts)
        self.source = trace.steps[trace.steps[stage.start].reads[0]]
        self.hidden: list[Part] = []
        if len(blocks) > FOLD_OVER and not unfold:
            self.hidden = blocks[FOLD_KEEP:-1]
            blocks = [*blocks[:FOLD_KEEP], blocks[-1]]
        self.blocks = blocks
        every = [self.source, *(step for block in blocks for step in self._steps(block) if step.path == "main")]
        volumes = [canvas.volume(step, self.role) for step in every]
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
        self.canvas.reach = self.x
        count = plural(len(self.blocks) + len(self.hidden), "block")
        return self.canvas.scene(f"{stage_title(self.trace, self.stage)}, {count}", "stage")

    def _end_volume(self, step: Step, role: str, title: str) -> None:
        self._whole_volume(step, role, (title, self.canvas.shape(step)))

    def _fold(self) -> None:
        """One volume for the blocks between: all equal to the one before."""
        out = self._steps(self.hidden[-1])[-1]
        text = (f"× {len(self.hidden)}", f"equal blocks: {self.hidden[0].title} …")
        self._whole_volume(out, self.role, text, tuple(block.stop - 1 for block in self.hidden))

    def _whole_volume(self, step: Step, role: str, text: tuple[str, ...], folded: tuple[int, ...] = ()) -> None:
        """A volume with its name under it, from whose top the next shortcut begins."""
        box = self.canvas.volume(step, role)
        room = max(box.span, text_width(text))
        made = replace(box, x=self.x + (room - box.span) / 2, folded=folded)
        if self.canvas.boxes:
            self._lead(step, made.left)
        self.canvas.boxes.append(made)
        self.canvas.write(made.middle, self.floor - 6, text, strong=True)
        self.anchor, self.before = (made.middle, made.top), (step.index, made.right)
        self.x += room + 16

    def _lead(self, step: Step, to: float, arrow: bool = True) -> None:
        """The main path's line from what came before."""
        self.canvas.join(self.before[0], step.index, ((self.before[1], 0), (to, 0)), arrow=arrow)

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
        title = (part.title, self.canvas.shape(add))
        wanted = start + max(text_width(title), text_width((way_text(way),)) + 8)
        self.x = max(self.x, wanted - GAP)
        at = self._sign(add)
        self._shortcut(source, add, way, at)
        self.canvas.brackets.append((start, at + 8, self.floor))
        self.canvas.write((start + at + 8) / 2, self.floor - 6, title, strong=True)
        self.anchor = (at + 15, 0.0)  # the sum is on the line just after its sign
        self.before = (add.index, at + 8)
        self.x += 16

    def _operation(self, step: Step) -> None:
        op = step.op
        assert isinstance(op, Conv | AvgPool | BlurPool)
        kernel = "blur" if isinstance(op, BlurPool) else f"{op.kernel[0]}×{op.kernel[1]}"
        stride = f", /{axes_text(op.stride)}" if max(op.stride) > 1 else ""
        words = (kernel + stride,)
        box = self.canvas.volume(step, self.role)
        room = max(box.span + GAP, text_width(words) + 8)
        made = replace(box, x=self.x + room - box.span)
        self._lead(step, made.left)
        self.canvas.write(self.x + room - max(box.span, text_width(words)) / 2, made.top + LINE + 3, words)
        self.canvas.boxes.append(made)
        self.before = (step.index, made.right)
        self.x += room

    def _sign(self, step: Step, gate: bool = False) -> float:
        at = self.x + GAP * 0.8
        self._lead(step, at - 8, arrow=False)
        self.canvas.sign(step.index, at, form="gate" if gate else "sum")
        self.before = (step.index, at + 8)
        self.x = at + 8
        return at

    def _shortcut(self, source: int, add: Step, way: tuple[Step, ...], at: float) -> None:
        kind = way_kind(way)
        if kind == "identity":
            over = (self.anchor, (self.anchor[0], self.roof), (at, self.roof), (at, 9.0))
            self.canvas.join(source, add.index, over, kind)
            return
        box = self.canvas.volume(way[-1], self.role, aside=True)
        middle = max((self.anchor[0] + at) / 2, self.anchor[0] + 16 + box.span / 2)
        made = replace(box, x=middle - box.span / 2, y=self.roof + box.height / 2)
        self.canvas.boxes.append(made)
        start = arc(self.anchor, (made.left, made.y), made.y, corner=True)
        self.canvas.join(source, made.step, start, kind)
        self.canvas.join(made.step, add.index, ((made.right, made.y), (at, made.y), (at, 9.0)), kind)
        self.canvas.write(middle, made.top + LINE + 3, (way_text(way),), kind=kind)
