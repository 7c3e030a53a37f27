"""At a small input the stem decides."""

from __future__ import annotations

from ..errors import ResNetVizError
from ..spec.settings import apply
from .base import Answer, Lesson, Page, Question, choices, hw, hwc, making, right
from .figure import Beside, Picture
from .scene import Scene


def build(scene: Scene) -> Page:
    final = scene.trace.totals.final_map
    large = (224, 224) if scene.size != (224, 224) else (32, 32)
    usual = scene.of_spec(scene.spec, large)
    wrong = [
        Answer(
            hwc(usual.trace.totals.final_map),
            f"That is its shape at {large[0]}×{large[1]}. The number of halvings is fixed, so the sizes follow the input.",
        )
    ]
    cifar = None
    try:
        cifar = scene.of_spec(apply(scene.spec, {"stem": "cifar"}))
        wrong.append(
            Answer(
                hwc(cifar.trace.totals.final_map),
                "That is its shape with a stem made for small images, which keeps the size.",
            )
        )
    except ResNetVizError:
        pass
    _, c, h, w = final
    wrong.append(Answer(f"{2 * h}×{2 * w}×{c}", "One halving is missing in that."))
    way = [scene.image] + [
        s
        for s in scene.trace.steps
        if len(s.output) == 4 and s.path in ("stem", "main") and s.inputs and s.inputs[0][2:] != s.output[2:]
    ]
    chain = " → ".join(hw(step.output) for step in way)
    names = ", ".join(f"`{step.name}`" for step in way[1:])
    dead = (
        f" At {hw(final)} each cell has seen everything, so where something was can no longer be told."
        if h * w <= 4
        else ""
    )
    return Page(
        f"{scene.title} gets images of {scene.size[0]}×{scene.size[1]} px. Nothing in it has to be changed for that: convs run at any "
        "size, and the **global average pool** at the end averages whatever map there is. The question is what is left of the image.",
        Picture(scene, blanks=making(final, scene.trace.steps)),
        Question("What is the shape of the last map, before that pool?", choices("small", right(hwc(final), "Follow the halvings one by one."), wrong), "shape"),
        f"{chain}: {'it is halved in ' + names if names else 'nothing makes it smaller'}.{dead} "
        + (f"With a stem for small images, one 3×3 conv and no pool, it would be {hwc(cifar.trace.totals.final_map)}." if cifar and cifar.spec.stem != scene.spec.stem else "Its stem keeps the size."),
        Beside(usual, scene),
    )  # fmt: skip


LESSON = Lesson(
    "small-input",
    "The same network, a small image",
    "At a small input the stem decides.",
    "resnet34@32",
    ("global average pool",),
    build,
)
