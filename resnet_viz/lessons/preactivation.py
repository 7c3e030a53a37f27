"""Pre-activation: nothing after the addition."""

from __future__ import annotations

from ..picture.layout import Place
from ..spec import replace
from .base import Answer, Lesson, Page, Question, attempt, choices, hwc, right
from .figure import Picture
from .scene import Scene


def _after(scene: Scene) -> str:
    """What the step that ends a block is."""
    block = scene.blocks()[-1]
    later = [step for step in block.steps if step.index > block.add.index]
    return "a ReLU" if any(step.kind == "relu" for step in later) else "nothing, the sum is handed on"


def build(scene: Scene) -> Page:
    pre, told = attempt(scene, lambda spec: replace(spec, preact=True), "resnetv2_50")
    post = Scene.of(pre.name, pre.size, replace(pre.spec, preact=False))
    block, plain = pre.blocks()[-1], post.blocks()[-1]
    order = " → ".join(step.kind for step in block.steps if step.path == "main")
    usual = " → ".join(step.kind for step in plain.steps if step.path == "main")
    truth = _after(pre)
    same = [s.output for s in pre.trace.steps if s.kind == "add"] == [
        s.output for s in post.trace.steps if s.kind == "add"
    ]
    return Page(
        f"{told}In the first ResNets a conv is followed by its norm and its ReLU, and one more ReLU follows the addition. Later its authors "
        f"moved norm and ReLU *before* the conv: **pre-activation**.",
        Picture(post, Place("block", plain.name)),
        Question(
            "What follows the addition in a pre-activation block?",
            choices(
                "preact",
                right(truth, "So a signal can run from the first block to the last through sums alone."),
                [Answer("a ReLU", "That is the earlier order, where each sum is cut at zero."), Answer("a norm and a ReLU", "These belong to the next block, which begins with them on its main path alone.")],
            ),
        ),
        f"The main path of `{block.name}` is {order}. In the earlier order it is {usual}. The order moves, and the shapes {'stay' if same else 'change'}: the last sum is {hwc(block.add.output)} in both. "
        "One more norm and one more ReLU stand at the very end, before the pool.",
        Picture(pre, Place("block", block.name)),
    )  # fmt: skip


LESSON = Lesson(
    "pre-activation",
    "Pre-activation",
    "In a pre-activation block nothing follows the sum.",
    "resnetv2_50@224",
    ("pre-activation", "ReLU"),
    build,
    deeper=True,
)
