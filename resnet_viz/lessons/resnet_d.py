"""ResNet-D: a pool in the shortcut."""

from __future__ import annotations

from ..picture.layout import Place
from ..spec import replace
from .base import Answer, Lesson, Page, Question, attempt, choices, hw, hwc, right
from .figure import Picture
from .scene import Scene


def build(scene: Scene) -> Page:
    pooled, told = attempt(
        scene,
        lambda spec: replace(spec, shortcut_pool=True, shortcut="B" if spec.shortcut == "A" else spec.shortcut),
        "resnet50d",
    )
    plain = pooled.of_spec(replace(pooled.spec, shortcut_pool=False))
    if pooled.halving is None:
        pooled, plain = (
            Scene.of("resnet50d"),
            Scene.of("resnet50d", None, replace(Scene.of("resnet50d").spec, shortcut_pool=False)),
        )
    block = pooled.halving
    assert block is not None
    before = next(b for b in plain.blocks() if b.name == block.name)
    same = (block.add.output, pooled.trace.totals.params) == (before.add.output, plain.trace.totals.params)
    kept, moved = "which cells are read, and neither shapes nor weights", "the shape or the number of weights"
    truth, other = (kept, moved) if same else (moved, kept)
    extra = plain.trace.totals.macs - pooled.trace.totals.macs
    work = "the multiply-adds stay as well" if extra == 0 else f"the multiply-adds differ by {abs(extra):,}"
    return Page(
        f"{told}A 1×1 conv with a stride steps over most cells. In ResNet-D an average pool halves the map first, and the 1×1 then has "
        f"stride one. In `{block.name}` the shortcut makes {hwc(block.add.inputs[1])} from {hwc(block.source.output)}.",
        Picture(plain, Place("block", block.name)),
        Question(
            "What does the pool in the shortcut change?",
            choices(
                "pool",
                right(truth, "A pool has no weights, and it halves as the stride did."),
                [
                    Answer(other, "The pool halves as the stride did, and the 1×1 conv keeps its weights."),
                    Answer("nothing at all", "The numbers change: each cell of the result now depends on its neighbours, too."),
                ],
            ),
        ),
        f"{hw(block.source.output)} becomes {hw(block.add.output)} as before, with the same {pooled.trace.totals.params:,} parameters, and {work}. "
        "The pool must round up, as all other reductions do, or odd sizes could not be added.",
        Picture(pooled, Place("block", block.name), select=block.way[0].name),
    )  # fmt: skip


LESSON = Lesson(
    "resnet-d",
    "ResNet-D: a pool in the shortcut",
    "A pool in the shortcut reads every cell and keeps the shape.",
    "resnet50d@224",
    (),
    build,
    deeper=True,
)
