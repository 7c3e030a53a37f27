"""The block level: every conv and pool of one block as a volume, with its formula on the way to it."""

from __future__ import annotations

from dataclasses import replace

from ...steps import Activation, Norm, Part, Step, Trace
from ...why.called import function_words
from .canvas import Canvas
from .marking import NOT_RUN
from .parts import role_of, short_name
from .scene import BLANK, LINE, Box, Scene, text_width, way_kind

EQUAL = "equal: added"  # the last line under an addition
SHOWN = ("conv", "avgpool", "blurpool")  # what changes a shape on the main path


def block_scene(trace: Trace, canvas: Canvas, block: Part) -> Scene:
    """The scene of a residual block, drawn on ``canvas``."""
    return _Block(trace, canvas, block).scene()


class _Block:
    """Places one operation after the other; ``x`` is the first free place to the right."""

    def __init__(self, trace: Trace, canvas: Canvas, block: Part) -> None:
        self.trace, self.canvas, self.block, self.role = trace, canvas, block, role_of(trace, block.start)
        self.steps = list(trace.steps[block.start : block.stop])
        self.source = trace.steps[self.steps[0].reads[0]]
        self.shown = [step for step in self.steps if step.path == "main" and step.kind in SHOWN]
        self.add = next(step for step in self.steps if step.kind == "add")
        every = (self.source, *self.shown, self.steps[-1])
        self.floor = -max(canvas.volume(step, self.role).height for step in every) / 2 - 8
        self.x = 0.0
        self.gate = [step for step in self.steps if step.path == "gate"]
        self.gap = 4 if self.gate else 20  # beside the words on a way, which need less than they are given
        self.clear = 0.0  # where the gate's words end, which the way into the sum does not cross

    def scene(self) -> Scene:
        """Source, operations, gate, sum and the way over them."""
        self._first_volume()
        for step in self.shown:
            self._operation(step)
        last = self.canvas.boxes[-1]
        before: tuple[int, float] = (last.step, last.right)
        if self.gate:
            before = self._gate(before, next(step for step in self.steps if step.kind == "scale"))
        plus_x = self._sum(before)
        way = tuple(step for step in self.steps if step.path == "shortcut")
        self._way(way, plus_x)
        return self.canvas.scene(f"{self.block.title}, {way_kind(way)} shortcut", "block")

    def _then(self, after: Step | None, before: Step) -> tuple[str, ...]:
        """``then bn1, relu1``: what follows on the main path and keeps the shape, as a line, or none."""
        between = self.steps[self.steps.index(after) + 1 if after else 0 : self.steps.index(before)]
        names = [
            short_name(step, self.block)
            for step in between
            if step.path == "main"
            and isinstance(step.op, Norm | Activation)
            and step.index not in self.canvas.unreached
        ]
        return ("then " + ", ".join(names),) if names else ()

    def _first_volume(self) -> None:
        """The tensor that the block reads; a pre-activation block norms and activates it first."""
        source = self.source
        first = next(step for step in self.steps if step.kind == "conv")
        box = self.canvas.volume(source, role_of(self.trace, source.index))
        text = (f"in: {source.name}", self.canvas.shape(source), *self._then(None, first))
        box = replace(box, x=self.x + (max(box.span, text_width(text)) - box.span) / 2)
        self.canvas.boxes.append(box)
        label = self.canvas.write(box.middle, self.floor, text, strong=True)
        self.x = max(box.right, label.rect[2])

    def _operation(self, step: Step) -> None:
        canvas = self.canvas
        before = canvas.boxes[-1]
        mark = canvas.wrong_at(*range(before.step + 1, step.index + 1))
        words = mark.words if mark else canvas.formula(step)
        box = canvas.volume(step, self.role)
        following = next((other for other in self.shown if other.index > step.index), None)
        text = (short_name(step, self.block), canvas.shape(step), *self._then(step, following or self.add))
        half = max(box.span, text_width(text)) / 2
        at = self.x + text_width(words) + self.gap + half
        box = replace(box, x=at - box.span / 2)
        between = (before.right + box.left) / 2
        canvas.join(before.step, step.index, ((before.right, 0), (box.left, 0)))
        if words:
            canvas.write(between, (16 if mark else 8) + LINE * len(words), words, alarm=mark is not None)
        canvas.filters(step, between, -10)
        canvas.write(at, self.floor, text, strong=True)
        canvas.boxes.append(box)
        self.x = at + half

    def _gate(self, start: tuple[int, float], scale: Step) -> tuple[int, float]:
        """The channel gate, in a row under the main path that ends under ⊗: mean, small layers, sigmoid, and up to it."""
        canvas = self.canvas
        words = ("gate: each", "channel × 0…1")
        half = text_width(words) / 2
        branch, lane = self.x + 12, canvas.bottom - 12
        at = max(branch + 22, start[1] + 4 + half)
        row: list[tuple[Box, tuple[str, ...]]] = []
        names: list[str] = []
        for step in self.gate:
            if step.kind in ("avgpool", "mean", "conv", "conv1d", "linear"):
                box = canvas.volume(step, self.role, aside=True)
                channels = "?" if canvas.unknown((step.index,)) else step.output[1]
                row.append((box, (short_name(step, self.block), f"1×1×{channels}")))
                names.append("" if names else "mean")
            elif isinstance(step.op, Activation) and names and not names[-1]:
                names[-1] = function_words(step.op.function)
        height = max(box.height for box, _ in row)
        y = lane - 10 - height / 2 - max(box.dy for box, _ in row)
        told = [(*text, word) if word else text for (_, text), word in zip(row, names, strict=True)]
        widths = [max(box.span, text_width(lines)) for (box, _), lines in zip(row, told, strict=True)]
        x = at - 14 - sum(14 + width for width in widths)
        way = ((branch, 0), (branch, lane), (x, lane), (x, y))
        previous: tuple[int, tuple[tuple[float, float], ...]] = (start[0], way)
        for (box, _), lines, width in zip(row, told, widths, strict=True):
            made = replace(box, x=x + 14 + (width - box.span) / 2, y=y)
            canvas.join(previous[0], made.step, (*previous[1], (made.left, y)), "gate")
            canvas.write(made.middle, y - height / 2 - 3, lines, strong=True, kind="gate")
            canvas.boxes.append(made)
            previous = (made.step, ((made.right, y),))
            x += 14 + width
        canvas.join(previous[0], scale.index, (*previous[1], (at, y), (at, -9)), "gate")
        canvas.join(start[0], scale.index, ((start[1], 0), (at - 8, 0)))
        canvas.sign(scale.index, at, form="gate")
        canvas.write(at, 14 + LINE * len(words), words, kind="gate")
        self.x, self.clear = at + 6, at + half + 10
        return scale.index, at + 8

    def _sum(self, start: tuple[int, float]) -> float:
        """⊕ and the block's output; the place of ⊕."""
        canvas, add, out = self.canvas, self.add, self.steps[-1]
        shapes = [canvas.shape(self.trace.steps[read]) for read in add.reads]
        one, other = [BLANK] * 2 if canvas.unknown(add.reads) else shapes  # they are equal: one would tell the other
        words = (one, f"+ {other}", EQUAL)
        mark = canvas.wrong_at(add.index)
        if mark:
            words = mark.words
        elif add.index in canvas.unreached:
            words = (NOT_RUN,)
        room = text_width(words) / 2 + (10 if mark else 4)
        plus_x = max(self.x + room, self.clear)
        canvas.join(start[0], add.index, ((start[1], 0), (plus_x - 8, 0)))
        box = canvas.volume(out, self.role)
        text = (f"out: {short_name(out, self.block)}", canvas.shape(out))
        half = max(box.span, text_width(text)) / 2
        at = plus_x + room + half
        box = replace(box, x=at - box.span / 2)
        canvas.join(add.index, out.index, ((plus_x + 8, 0), (box.left, 0)))
        canvas.write(at, self.floor, text, strong=True)
        canvas.write(plus_x, -14 if mark else -12, words, alarm=mark is not None)
        canvas.boxes.append(box)
        canvas.sign(add.index, plus_x)
        return plus_x

    def _way(self, way: tuple[Step, ...], plus_x: float) -> None:
        canvas, source, add = self.canvas, self.source, self.add
        first = canvas.boxes[0]
        roof = canvas.top + 14
        kind = way_kind(way)
        start, end = (first.middle, first.top), (plus_x, 9.0)
        mark = canvas.wrong_at(*(step.index for step in way))
        if kind == "identity" and not mark:
            canvas.join(source.index, add.index, (start, (start[0], roof + 8), (plus_x, roof + 8), end), kind)
            words = ("identity shortcut: the same tensor, nothing computed",)
            canvas.write((start[0] + plus_x) / 2, roof + 14 + LINE, words, kind=kind)
            return
        last = way[-1]
        made = canvas.volume(last, self.role, aside=True)
        words = tuple(line for step in way for line in canvas.formula(step))
        if mark:
            words = mark.words
        elif way[0].reads[0] != source.index:
            fork = short_name(self.trace.steps[way[0].reads[0]], self.block)
            words = (f"reads after {fork}, as the main path does", *words)
        names = {"avgpool": "pool", "conv": "1×1 conv", "norm": "norm"}
        what = ", ".join(names[step.kind] for step in way if step.kind in names)
        text = (f"projection: {what}" if kind == "projection" else "option A: no parameters", canvas.shape(last))
        middle = max(
            (start[0] + plus_x) / 2,
            start[0] + text_width(words) + 24 + max(made.span, text_width(text)) / 2,
        )
        # under its line the way has a kernel with two lines of text, beside it the volume with its own two
        clear = 2 * LINE + made.height / 2
        y = roof + (max(clear, 3 * LINE + 18) if kind == "projection" else clear) + 8
        made = replace(made, x=middle - made.span / 2, y=y)
        canvas.boxes.append(made)
        canvas.join(source.index, last.index, (start, (start[0], y), (made.left, y)), kind)
        canvas.join(last.index, add.index, ((made.right, y), (plus_x, y), end), kind)
        between = (start[0] + made.left) / 2
        if words:
            # more than three lines need more room where a narrow page makes the picture smaller and not its words
            over = (14 if mark else 6) + LINE * len(words) + 2 * max(0, len(words) - 3)
            canvas.write(between, y + over, words, kind=kind, alarm=mark is not None)
        for step in way:
            canvas.filters(step, between, y - 8, kind)
        canvas.write(made.middle, made.bottom - 3, text, strong=True, kind=kind)
