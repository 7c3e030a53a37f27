"""What has been drawn of a picture so far: one object places every volume, line, word and sign, and knows their bounds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...steps import Conv, Step
from ...why.axis import Blank
from .axes import Extent
from .curves import Point
from .marking import Wrong
from .measure import Measure, kernel_box
from .scene import BLANK, Box, Label, Link, LinkKind, Mark, Plus, PlusForm, Scene, map_text
from .words import formula_words

MARGIN, FOOT, HEAD = 12.0, 6.0, 10.0  # px around a picture: at its sides, under it and over it
NARROWEST = 480.0  # px that the legend needs


@dataclass(slots=True)
class Canvas:
    """Draws in one measure; the output shapes of the steps in ``hide`` are for the reader to find, and are blank."""

    measure: Measure
    hide: frozenset[int] = frozenset()
    wrong: Sequence[Wrong] = ()
    unreached: frozenset[int] = frozenset()  # what never ran has neither shape nor formula
    boxes: list[Box] = field(default_factory=list[Box])
    links: list[Link] = field(default_factory=list[Link])
    labels: list[Label] = field(default_factory=list[Label])
    pluses: list[Plus] = field(default_factory=list[Plus])
    brackets: list[tuple[float, float, float]] = field(default_factory=list[tuple[float, float, float]])
    kernels: list[Box] = field(default_factory=list[Box])
    marks: list[Mark] = field(default_factory=list[Mark])
    keys: dict[str, str] = field(default_factory=dict[str, str])
    reach: float = 0.0  # the right end of the room that is taken, where that is more than what is drawn

    # ---- what is drawn -------------------------------------------------------------------------------------------

    def volume(self, step: Step, role: str, aside: bool = False, extent: Extent | None = None) -> Box:
        """The volume of a step's output, still to be placed."""
        return self.measure.volume(step, role, aside, extent, step.index in self.hide)

    def shape(self, step: Step) -> str:
        """A step's output in words, ``56×56×64``."""
        return BLANK if step.index in self.hide else map_text(step.output)

    def formula(self, step: Step) -> tuple[str, ...]:
        """What an operation does, a line each; of a size that is hidden no number is left."""
        if step.index in self.unreached:
            return ()
        read = self.unknown(step.reads)  # the size that is made would tell it
        return formula_words(step, Blank(read, read or step.index in self.hide))

    def wrong_at(self, *steps: int) -> Wrong | None:
        """The mark of one of these steps that something is said of."""
        return next((mark for mark in self.wrong if mark.words and mark.step in steps), None)

    def unknown(self, steps: Iterable[int]) -> bool:
        """Whether one of these shapes is for the reader to find."""
        return not self.hide.isdisjoint(steps)

    def write(
        self,
        x: float,
        y: float,
        lines: tuple[str, ...],
        *,
        strong: bool = False,
        kind: LinkKind = "main",
        alarm: bool = False,
    ) -> Label:
        """Lines of text centred at ``x``, the first one's top at ``y``."""
        made = Label(x, y, lines, strong, kind, alarm)
        self.labels.append(made)
        return made

    def join(
        self, source: int, target: int, points: Sequence[Point], kind: LinkKind = "main", *, arrow: bool = True
    ) -> None:
        """A line from one step to another."""
        self.links.append(Link(source, target, kind, tuple(points), arrow))

    def sign(self, step: int, x: float, y: float = 0.0, form: PlusForm = "sum") -> None:
        """⊕, ⊗ or ◫."""
        self.pluses.append(Plus(step, x, y, form))

    def filters(self, step: Step, x: float, top: float, kind: LinkKind = "main") -> None:
        """One filter of a conv around ``x`` from ``top`` down, and how many there are; nothing of what is no conv."""
        if not isinstance(step.op, Conv) or step.index in self.unreached:
            return
        box = kernel_box(step, step.inputs[0][1] // step.op.groups, x, top)
        self.kernels.append(box)
        self.write(x, box.bottom - 3, self.filter_words(step), kind=kind)

    def filter_words(self, step: Step) -> tuple[str, str]:
        """``3×3×64`` and ``× 128``."""
        op = step.op
        assert isinstance(op, Conv)
        inside = "?" if self.unknown(step.reads) else step.inputs[0][1] // op.groups
        return f"{op.kernel[0]}×{op.kernel[1]}×{inside}", f"× {step.output[1]}"

    # ---- where there is room -------------------------------------------------------------------------------------

    @property
    def top(self) -> float:
        """How high volumes and words reach."""
        return max(*(box.top for box in self.boxes), *(label.y for label in self.labels))

    @property
    def bottom(self) -> float:
        """How low words reach."""
        return min(label.rect[1] for label in self.labels)

    def clear(self, points: Sequence[Point], but: tuple[int, int]) -> bool:
        """Whether a way of straight lines goes through no volume but those of the two steps that it joins."""
        boxes = [box for box in self.boxes if box.step not in but]
        for (x0, y0), (x1, y1) in pairwise(points):
            left, right, low, high = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
            for box in boxes:
                if left < box.right and box.left < right + 0.1 and low < box.top and box.bottom < high + 0.1:
                    return False
        return True

    def bounds(self) -> tuple[float, float, float, float]:
        """Around all that is drawn: left, bottom, right, top."""
        xs = [0.0, self.reach]
        ys = [MARGIN, -MARGIN]
        for left, bottom, right, top in (label.rect for label in self.labels):
            xs += (left, right)
            ys += (bottom, top)
        for box in (*self.boxes, *self.kernels):
            xs += (box.left, box.right)
            ys += (box.bottom, box.top)
        for plus in self.pluses:
            ys += (plus.y - MARGIN, plus.y + MARGIN)
        for link in self.links:
            ys += (y for _, y in link.points)
        return min(xs) - MARGIN, min(ys) - FOOT, max(max(xs) + MARGIN, NARROWEST), max(ys) + HEAD

    def scene(self, title: str, level: str, span: tuple[int, int] = (0, 0), notes: tuple[str, ...] = ()) -> Scene:
        """The finished picture; ``span`` are the steps that the picture of any part stands for."""
        return Scene(
            title,
            level,
            tuple(self.boxes),
            tuple(self.links),
            tuple(self.labels),
            tuple(self.pluses),
            tuple(self.brackets),
            self.bounds(),
            kernels=tuple(self.kernels),
            zoom=self.measure.zoom,
            span=span,
            notes=notes,
            scale=self.measure.scale,
            hidden=self.hide,
            marks=tuple(self.marks),
            keys=tuple(self.keys.items()),
        )
