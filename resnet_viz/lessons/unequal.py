"""Unequal tensors cannot be added."""

from __future__ import annotations

from ..picture.layout import Place
from ..wording import plural
from .base import Answer, Lesson, Page, Question, choices, hwc, instead, right
from .figure import Failure, Picture
from .scene import Block, Scene


def build(scene: Scene) -> Page:
    told = ""
    changing = [b for b in scene.blocks() if any(s.kind in ("conv", "pad") for s in b.way) and _fails(b)]
    if not changing:
        scene, told = instead("resnet34", "No block of the chosen network would fail so")
        changing = [b for b in scene.blocks() if b.projection is not None]
    block = next((b for b in changing if b.steps[0].stage != 1), changing[0])
    main, way = block.add.output, block.source.output
    what = "conv" if block.projection is not None else "slice and its zero channels"
    sides = "" if main[2:] == way[2:] else f", {plural(main[2], 'row')} against {way[2]}"
    middle = block.convs[-1]
    named = "a 1×1 conv, called a **projection**" if block.projection is not None else f"a {what}"
    return Page(
        f"{told}`{block.name}` reads {hwc(way)}, and its convs make {hwc(main)} of it. On its shortcut stands {named}, which makes the same shape. "
        "Suppose somebody deletes it, so that the block's input arrives at ⊕ as it is.",
        Picture(scene, Place("block", block.name), select=block.add.name),
        Question(
            "The changed network is run. Where does it fail?",
            choices(
                "unequal",
                right("at ⊕, where the two meet", f"There {hwc(main)} meets {hwc(way)}. Each step before it gets just what it got before."),
                [
                    Answer(f"in {middle.name}", f"Its input is {hwc(middle.inputs[0])} as before: the main path knows nothing of the shortcut."),
                    Answer("nowhere: PyTorch stretches the smaller one", "PyTorch repeats a side of one, and nothing else. Where a map has shrunk to a single cell that does happen, in silence."),
                ],
            ),
        ),
        f"The sum is the first place where the two meet: {plural(main[1], 'channel')} against {way[1]}{sides}. So a block that changes the "
        "shape has to change it on the shortcut, too. The figure shows the real network with this mistake made, as far as it ran. The error is PyTorch's own.",
        Failure(scene, block.name),
    )  # fmt: skip


def _fails(block: Block) -> bool:
    """Whether its input and what it makes cannot be added: PyTorch repeats a side of one, and no other."""
    return any(a != b and 1 not in (a, b) for a, b in zip(block.source.output, block.add.output, strict=True))


LESSON = Lesson(
    "unequal",
    "When two tensors are unequal",
    "Unequal tensors cannot be added.",
    "resnet34@224",
    ("projection", "broadcasting"),
    build,
)
