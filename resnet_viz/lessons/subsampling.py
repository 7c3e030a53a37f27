"""A projection subsamples."""

from __future__ import annotations

from ..picture.layout import Place
from .base import Answer, Lesson, Page, Question, choices, hwc, instead, percent, right
from .figure import Picture, Reads
from .scene import Scene


def build(scene: Scene) -> Page:
    told = ""
    if scene.halving is None:
        scene, told = instead("resnet34", "No block of the chosen network halves")
    block = scene.halving
    assert block is not None
    way = block.add.inputs[1]
    first = next(step for step in block.way if step.inputs[0][2:] != step.output[2:])
    cells, kept = block.source.output[2] * block.source.output[3], way[2] * way[3]
    pooled = first.kind in ("avgpool", "blurpool")
    read = cells if pooled else kept
    share = percent(read / cells)
    name = {"pad": "a slice with zero channels", "avgpool": "an average pool, then a 1×1 conv"}.get(
        first.kind, "a 1×1 conv"
    )
    weights = f" The projection has {block.projection.params:,} weights." if block.projection is not None else ""
    zeros = (
        f" It keeps every other row and column and adds zero channels, {block.source.output[1]} → {way[1]}."
        if first.kind == "pad"
        else ""
    )
    return Page(
        f"{told}The shortcut of `{block.name}` makes {hwc(way)} from {hwc(block.source.output)} by {name}. The stride is what "
        "makes it smaller.",
        Picture(scene, Place("block", block.name), select=first.name),
        Question(
            "Which share of the cells of its input does the shortcut read at all?",
            choices(
                "subsampling",
                right(share, f"That is {read:,} of {cells:,} cells."),
                [
                    Answer("100 %", "That would be so with stride one. With a larger one the 1×1 steps over rows and columns and never sees them."),
                    Answer(percent(kept / cells), "That is a plain 1×1 with a stride. Here a pool stands before it, and a pool averages all cells."),
                    Answer("50 %", "That counts one axis alone. It reads every other row, and in these rows every other column."),
                    Answer("0 %", "It does read: what it reads is multiplied and handed on."),
                ],
            ),
        ),
        f"It reads {read:,} of {cells:,} positions"
        + (". The pool in front averages each of them: that is ResNet-D's point." if pooled else ". The rest is lost on this path, though the main path's wider window still sees it. ResNet-D puts a pool in front for that reason.")
        + weights + zeros,
        Reads(scene, first.name),
    )  # fmt: skip


LESSON = Lesson(
    "subsampling",
    "What a shortcut reads",
    "A projection with a stride reads few cells.",
    "resnet34@224",
    ("subsampling", "average pool"),
    build,
)
