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
    identities = sum(block.projection is None for block in scene.blocks())
    left_out = "the norms and the projections" if ways else "the norms"
    kept = "stands for the one conv that it replaces" if stem > 1 else "counts as one layer"
    return Page(
        f"{scene.title} has {plural(len(blocks), 'stage')} of [{listed}] blocks, with {plural(each[0], 'conv')} each on the main path. Before them "
        f"{'stand' if stem > 1 else 'stands'} {plural(stem, 'conv')} of the stem, and after them one linear layer, which turns the averaged channels into class scores. "
        f"Each of these convs has a norm, and {plural(ways, 'shortcut')} {'has' if ways == 1 else 'have'} a projection.",
        Picture(scene),
        Question(
            "The paper names a network by its number of layers with weights. Which of these does it leave out? Add up, and compare with a ResNet's name.",
            choices(
                "counting",
                right(left_out, "The main path is counted: the stem, the blocks' convs, and the linear layer."),
                [
                    Answer("the linear layer", "That has weights and stands on the main path, so it counts."),
                    Answer("the stem", f"It {kept}."),
                    Answer("nothing: all that has weights counts", "Then the number would be far larger: each conv has a norm, and norms have weights, too."),
                ],
            ),
        ),
        f"{stem} + {' + '.join(f'{count}·{each[0]}' for count in blocks)} + 1 = {counted}, or {stem} + {each[0]}·{sum(blocks)} + 1. There are {plural(len(scene.blocks()), 'shortcut')} "
        f"over {plural(plain, 'conv')}: {identities} {'passes' if identities == 1 else 'pass'} the input on, {ways} {'projects' if ways == 1 else 'project'}. As modules there are "
        f"{plural(convs + ways, 'conv')} with the {plural(ways, 'projection')}. All together: {total.params:,} parameters, {total.macs / 1e9:.3f} G "
        f"multiply-adds at {scene.size[0]}×{scene.size[1]} px. Sides on the way: {', '.join(sizes)}."
        + (" Names count such a deep stem as the one conv that it replaces." if stem > 1 else ""),
    )  # fmt: skip


LESSON = Lesson(
    "counting",
    "What the number in the name counts",
    "The name counts layers with weights on the main path.",
    "resnet34@224",
    ("linear layer",),
    build,
)
