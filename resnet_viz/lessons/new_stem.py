"""A new stem: more work, nearly the same weights."""

from __future__ import annotations

from ..advise.comparing import ratio_text
from ..spec.settings import apply
from .base import Answer, Lesson, Page, Question, attempt, choices, hw, right
from .figure import Beside, Picture
from .scene import Scene


def build(scene: Scene) -> Page:
    large = scene.spec.stem.stride == 2 or scene.spec.stem.pool != "none"
    wanted = "cifar" if large else "imagenet"
    changed, told = attempt(scene, lambda spec: apply(spec, {"stem": wanted}), "resnet18")
    if told:
        scene = Scene.of("resnet18", 32)
        changed = scene.of_spec(apply(scene.spec, {"stem": "cifar"}))
    a, b = scene.trace.totals, changed.trace.totals
    params, macs = b.params - a.params, ratio_text(a.macs, b.macs)
    signed = f"{'+' if params > 0 else '−'}{abs(params):,}"
    described = (
        "one 3×3 conv of stride one and no pool"
        if changed.spec.stem.stride == 1
        else "a large conv of stride two and a pool"
    )
    stem = [step for step in changed.trace.steps if step.path == "stem"][-1]
    old = [step for step in scene.trace.steps if step.path == "stem"][-1]
    return Page(
        f"{told}Now the stem of {scene.title} is replaced by {described}. The rest stays. At {scene.size[0]}×{scene.size[1]} px the blocks "
        f"then get maps of {hw(stem.output)} where they got {hw(old.output)}.",
        Picture(scene),
        Question(
            "What becomes of parameters and multiply-adds?",
            choices(
                "stem",
                right(f"multiply-adds {macs}, parameters change in the stem alone", f"Weights do not know how large the map is; the work does. Parameters: {signed}."),
                [
                    Answer(f"both {macs}", "That lets the weights grow with the area. A conv has the same weights for any map."),
                    Answer("neither changes much", "That forgets the area: the same weights are laid on many more places, or fewer."),
                ],
            ),
        ),
        f"Parameters {a.params:,} → {b.params:,}; multiply-adds {a.macs:,} → {b.macs:,}; the last map {hw(a.final_map)} → {hw(b.final_map)}. "
        "All weights after the stem are the same, and meet another number of cells.",
        Beside(scene, changed),
    )  # fmt: skip


LESSON = Lesson(
    "new-stem",
    "A stem for another size",
    "Work follows the area, weights do not.",
    "resnet18:num_classes=10@32",
    (),
    build,
)
