"""Shortcut options A, B and C cost differently."""

from __future__ import annotations

from ..spec import replace
from ..wording import plural
from .base import Answer, Lesson, Page, Question, attempt, choices, right
from .figure import Picture
from .scene import Scene


def build(scene: Scene) -> Page:
    # option A has no conv that a pool could stand before, so all three are compared without one
    plain, told = attempt(scene, lambda spec: replace(spec, shortcut="A", shortcut_pool=False), "resnet34")
    found = {option: plain.of_spec(replace(plain.spec, shortcut=option)) for option in "ABC"}
    counts = {option: len(made.shortcut_convs) for option, made in found.items()}
    params = {option: made.trace.totals.params for option, made in found.items()}
    projections = [b.name for b in found["B"].blocks() if b.projection is not None]
    second = found["B"].blocks(min(2, plain.stages))
    projecting = sum(block.projection is not None for block in second)
    return Page(
        f"{told}Where a block changes the shape, the paper tries three ways for the shortcut. **A**: slice, and fill up with zero "
        "channels. **B**: a 1×1 conv, a projection, there alone. **C**: a projection in every block, needed or not.",
        Picture(found["B"]),
        Question(
            f"How many projections has {plain.title} with option C?",
            choices(
                "options",
                right(f"{counts['C']}", "One a block."),
                [
                    Answer(f"{counts['B']}", "That is option B: one for each block that changes the shape.", view=Picture(found["B"])),
                    Answer(f"{counts['A']}", "That is option A, which has no conv on any shortcut.", view=Picture(found["A"])),
                ],
                [Answer(f"{len(found['C'].main_convs)}", "That is the number of convs on the main path.")],
            ),
        ),
        f"Projections with A, B, C: {counts['A']}, {counts['B']}, {counts['C']}. Parameters: {params['A']:,}, {params['B']:,}, "
        f"{params['C']:,}. In B they are in {', '.join(projections) or 'no block'}; so {second[0].name.split('.')[0]} has "
        f"{plural(len(second), 'block')}, {projecting} with a projection and {len(second) - projecting} with an identity. The paper found "
        "C a little better than B and B than A, and used B: C's gain is not worth its weights.",
        Picture(found["C"]),
    )  # fmt: skip


LESSON = Lesson(
    "options",
    "Three kinds of shortcut",
    "The kinds of shortcut differ in cost, not in shape.",
    "resnet34@224",
    ("projection", "identity", "option"),
    build,
)
