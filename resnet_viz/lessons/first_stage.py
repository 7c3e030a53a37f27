"""The first stage keeps the size."""

from __future__ import annotations

from ..picture.layout import Place
from ..steps import Conv, MaxPool, known
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
    halved = Answer(
        f"{-(-h // 2)}×{-(-w // 2)}×{c}",
        "That assumes that the first conv of every stage has stride two. Here it has stride one: the stem has made the map small already.",
    )
    stale = (
        "That forgets the max pool before the stage."
        if scene.pool is not None
        else "That takes the image's size, which the stem has changed."
    )
    other = block.source.output[1] if block.source.output[1] != c else 2 * c
    wrong = [
        halved,
        Answer(f"{before[2]}×{before[3]}×{c}", stale, view=Picture(scene)),
        Answer(f"{h}×{w}×{other}", f"The size is right. The channels are the conv's filters, {c} of them."),
    ]
    convs = [step for each in scene.blocks(1) for step in each.convs]
    work = sorted({known(step.macs) for step in convs})
    each = (
        f"{work[0]:,} multiply-adds each" if len(work) == 1 else f"from {work[0]:,} to {work[-1]:,} multiply-adds each"
    )
    strided = [
        s for s in scene.trace.steps if s.path == "stem" and isinstance(s.op, Conv | MaxPool) and s.op.stride[0] > 1
    ]
    told = ", then ".join(
        f"`{s.name}` with stride {s.op.stride[0]}" for s in strided if isinstance(s.op, Conv | MaxPool)
    )
    stem = f"its **stem**: here {told}" if told else "its **stem**, which has no stride here"
    return Page(
        f"A network begins with {stem}. After it come the **stages**, called layer1, layer2 and so on in PyTorch: a stage is a row of blocks "
        f"whose maps have one size. `{conv.name}` is the first conv of the first stage. Its kernel is {op.kernel[0]}×{op.kernel[1]}, "
        f"its stride {op.stride[0]}, its padding {op.padding[0]}, and it has {plural(c, 'filter')}. The image is {hwc(scene.image.output)}.",
        Picture(scene, Place("block", block.name), select=conv.name, blanks=making(conv.output, (block.source, *block.steps))),
        Question(f"What shape comes out of `{conv.name}`?", choices("first", right(hwc(conv.output), f"The stem makes {hwc(block.source.output)} of the image; stride one and a padding that fits the kernel keep the size."), wrong), "shape"),
        f"A {op.kernel[0]}×{op.kernel[1]} kernel with padding {op.padding[0]} and stride {op.stride[0]} has a place for every cell. "
        f"So all of {scene.trace.stages[0].path} stays at {hw(conv.output)}: {plural(len(scene.blocks(1)), 'block')}, {plural(len(convs), 'conv')}, {each}. "
        + (f"The reduction before it was the max pool's, from {hw(before)} to {hw(block.source.output)}." if scene.pool is not None else "No pool stands before it."),
    )  # fmt: skip


LESSON = Lesson(
    "first-stage",
    "What the first stage does to the size",
    "The first stage keeps the size.",
    "resnet34@160",
    ("stem", "stage", "MAC", "average pool"),
    build,
)
