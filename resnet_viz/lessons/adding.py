"""Adding keeps the shape."""

from __future__ import annotations

from ..picture.layout import Place
from .base import Answer, Lesson, Page, Question, choices, hwc, making, right
from .figure import Picture
from .scene import Scene


def build(scene: Scene) -> Page:
    block = next((block for block in scene.blocks() if block.projection is None), scene.blocks()[0])
    shape = block.add.output
    _, c, h, w = shape
    text = hwc(shape)
    return Page(
        f"At the end of `{block.name}` stands ⊕: the result of the block's convs, {text}, and its input from the shortcut, "
        f"{text}, become one tensor. This is the **residual** idea: the convs need only learn what to change.",
        Picture(scene, Place("block", block.name), select=block.add.name, blanks=making(shape, block.steps[block.steps.index(block.add) :])),
        Question(
            f"{text} + {text} gives …",
            choices(
                "adding",
                right(text, "Each cell of one is added to the cell at the same place of the other."),
                [
                    Answer(f"{h}×{w}×{2 * c}", "That is concatenation: one volume behind the other, as DenseNet and U-Net do. A ResNet adds the numbers."),
                    Answer(f"{h}×{w}×1", "That adds the channels up within a cell. The sum is taken between the two volumes, channel by channel."),
                ],
            ),
        ),
        f"The sum has no weights, needs {h * w * c:,} additions, and asks one thing alone: two equal shapes. All that "
        "shortcuts do to shapes follows from this.",
    )  # fmt: skip


LESSON = Lesson(
    "adding",
    "What adding does to the shape",
    "Adding keeps the shape.",
    "resnet34@224",
    ("shortcut", "residual", "main path"),
    build,
)
