"""The first stage keeps the size."""

from __future__ import annotations

from ..picture.layout import Place
from ..steps import Conv, known
from ..wording import plural
from .base import Answer, Lesson, Page, Question, choices, hw, hwc, making, right
from .figure import Picture
from .scene import Scene


def build(scene: Scene) -> Page:
    block = scene.blocks(1)[0]
    conv = block.convs[0]
    op = conv.op
    assert isinstance(op, Conv)
    _, c, h, w = conv.output
    before = scene.pool.inputs[0] if scene.pool is not None else scene.image.output
    wrong = [
        Answer(f"{-(-h // 2)}×{-(-w // 2)}×{c}", "That believes that the first conv of each stage has stride two. Here it has not: the stem has made the map small already.", view=Picture(scene)),
        Answer(f"{before[2]}×{before[3]}×{c}", "That forgets the max pool that stands before the stage." if scene.pool is not None else "That takes the image's size, and the stem has changed it.", view=Picture(scene)),
        Answer(f"{h}×{w}×{block.source.output[1] if block.source.output[1] != c else 2 * c}", f"The size is right. The channels are the conv's filters, {c} of them."),
    ]  # fmt: skip
    convs = [step for each in scene.blocks(1) for step in each.convs]
    work = sorted({known(step.macs) for step in convs})
    each = (
        f"{work[0]:,} multiply-adds each" if len(work) == 1 else f"from {work[0]:,} to {work[-1]:,} multiply-adds each"
    )
    return Page(
        f"Behind the stem stand the **stages**, called layer1, layer2 … in PyTorch. A stage is a row of **blocks**, and a block "
        f"is a few convs with a shortcut around them. The first conv of the first block is `{conv.name}`: kernel "
        f"{op.kernel[0]}×{op.kernel[1]}, stride {op.stride[0]}, padding {op.padding[0]}, {c} filters. It reads {hwc(block.source.output)}.",
        Picture(scene, Place("block", block.name), select=conv.name, blanks=making(conv.output, block.steps)),
        Question(f"What shape comes out of `{conv.name}`?", choices("first", right(hwc(conv.output), "Stride one and a padding that fits the kernel keep the size."), wrong), "shape"),
        f"A {op.kernel[0]}×{op.kernel[1]} kernel with padding {op.padding[0]} and stride {op.stride[0]} has a place for every cell. "
        f"So all of {scene.trace.stages[0].path} stays at {hw(conv.output)}: {plural(len(scene.blocks(1)), 'block')}, {plural(len(convs), 'conv')}, {each}. "
        + (f"The reduction before it was the max pool's, {hw(before)} to {hw(block.source.output)}." if scene.pool is not None else "No pool stands before it."),
    )  # fmt: skip


LESSON = Lesson(
    "first-stage",
    "What the first stage does to the size",
    "The first stage keeps the size.",
    "resnet34@224",
    ("stage", "block", "stem"),
    build,
)
