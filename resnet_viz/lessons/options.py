"""Shortcut options A, B and C cost differently."""

from __future__ import annotations

from ..picture.layout import Place
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
    drawn = found["A"].halving or found["A"].blocks()[0]
    *first, last = map(str, plain.spec.blocks)
    listed = f"{', '.join(first)} and {last}" if first else last
    return Page(
        f"{told}Where a block changes the shape, the paper, “Deep Residual Learning for Image Recognition” by He and others, tries "
        "three **options** for the shortcut.\n"
        "- **A**: keep every other row and column, and fill up with zero channels. It is drawn here.\n"
        "- **B**: a projection, there alone.\n"
        "- **C**: a projection on every shortcut, needed or not.\n\n"
        f"The stages of {plain.title} have {listed} blocks.",
        Picture(found["A"], Place("block", drawn.name)),
        Question(
            f"How many projections does {plain.title} have with option C?",
            choices(
                "options",
                right(f"{counts['C']}", "That is one per block."),
                [
                    Answer(f"{counts['B']}", "That is option B: one for each block that changes the shape.", view=Picture(found["B"])),
                    Answer(f"{counts['A']}", "That is option A, which has no conv on any shortcut.", view=Picture(found["A"])),
                ],
                [Answer(f"{len(found['C'].main_convs)}", "That is the number of convs on the main path.")],
            ),
        ),
        f"Projections with A, B and C: {counts['A']}, {counts['B']}, {counts['C']}. Parameters: {params['A']:,}, {params['B']:,}, "
        f"{params['C']:,}. In B they stand in {', '.join(projections) or 'no block'}. So {second[0].name.split('.')[0]} has "
        f"{plural(len(second), 'block')}, {projecting} with a projection and {len(second) - projecting} with an identity. The paper found "
        "C a little better than B, and B a little better than A. It used B, since C's gain is not worth its weights.",
        Picture(found["C"]),
    )  # fmt: skip


LESSON = Lesson(
    "options",
    "Three kinds of shortcut",
    "The kinds of shortcut differ in cost, not in shape.",
    "resnet34@224",
    ("the paper", "option", "parameter"),
    build,
)
