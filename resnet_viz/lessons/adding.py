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
        f"A **block** is a few convs with a shortcut around them. This one is called `{block.name}`: names count from zero, as Python does. "
        f"Its convs are the **main path**, which makes {text} of the input. The **shortcut** brings the input itself, {text}. At the sign ⊕ the two "
        "are added. What the convs add is called the **residual**: they need only learn what to change.",
        Picture(scene, Place("block", block.name), select=block.add.name, blanks=making(shape, block.steps[block.steps.index(block.add) :])),
        Question(
            "What is the shape of the sum?",
            choices(
                "adding",
                right("the same shape", "Each cell of one is added to the cell at the same place of the other."),
                [
                    Answer(f"twice the channels, {h}×{w}×{2 * c}", "That is concatenation: one volume after the other, as DenseNet and U-Net have it. A ResNet adds the numbers."),
                    Answer(f"one channel, {h}×{w}×1", "That adds up the channels within a cell. The sum is taken between the two volumes, channel by channel."),
                ],
            ),
        ),
        f"The sum has no weights, needs {h * w * c:,} additions, and asks for one thing alone: two equal shapes. All that "
        "shortcuts do to shapes follows from this. A shortcut that hands on its input as it is has a name: the **identity shortcut**.",
    )  # fmt: skip


LESSON = Lesson(
    "adding",
    "What adding does to the shape",
    "Adding keeps the shape.",
    "resnet34@224",
    ("block", "shortcut", "main path", "residual", "identity"),
    build,
)
