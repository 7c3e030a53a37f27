"""What the number in the name counts."""

from __future__ import annotations

from ..wording import plural
from .base import Answer, Lesson, Page, Question, choices, right
from .figure import Picture
from .scene import Scene


def build(scene: Scene) -> Page:
    convs, ways, blocks = len(scene.main_convs), len(scene.shortcut_convs), scene.spec.blocks
    each = [len(block.convs) for block in scene.blocks()]
    stem = convs - sum(each)
    counted, plain = convs + 1, sum(each)
    listed = ", ".join(map(str, blocks))
    total = scene.trace.totals
    sizes = list(dict.fromkeys(str(step.output[2]) for step in scene.trace.steps if len(step.output) == 4))
    return Page(
        f"{scene.title} has {plural(len(blocks), 'stage')} of [{listed}] blocks, with {plural(each[0], 'conv')} each on the main path. In front: "
        f"{plural(stem, 'conv')} of the stem. At the end: one linear layer, which turns the averaged channels into class scores.",
        Picture(scene),
        Question(
            "How many layers with weights does the main path have, as the paper counts them for a network's name?",
            choices(
                "counting",
                right(f"{counted}", "The stem's convs, the blocks' convs, and the linear layer."),
                [
                    Answer(f"{sum(blocks)}", "That counts blocks. A block has several convs."),
                    Answer(f"{counted + ways}", "That counts the projections as well. They stand beside the main path, and the paper leaves them out."),
                    Answer(f"{plain}", "That leaves out the stem and the linear layer."),
                ],
            ),
        ),
        f"{stem} + {' + '.join(f'{count}·{each[0]}' for count in blocks)} + 1 = {counted}, or {stem} + {each[0]}·{sum(blocks)} + 1. As modules there are "
        f"{plural(convs + ways, 'conv')} with the {plural(ways, 'projection')}. All together: {total.params:,} parameters, {total.macs / 1e9:.3f} G "
        f"multiply-adds at {scene.size[0]}×{scene.size[1]}. Sides on the way: {', '.join(sizes)}."
        + (" Names count such a deep stem as the one conv that it replaces." if stem > 1 else ""),
    )  # fmt: skip


LESSON = Lesson(
    "counting",
    "What the number in the name counts",
    "The name counts layers with weights on the main path.",
    "resnet34@224",
    ("stage", "block", "linear layer", "parameter", "MAC"),
    build,
)
