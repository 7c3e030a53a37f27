"""Every reduction rounds up, so both branches agree."""

from __future__ import annotations

from ..picture.layout import Place
from ..steps import Conv
from ..why.axis import Axis
from .base import Answer, Lesson, Page, Question, choices, hw, instead, right
from .figure import Curves, Picture
from .scene import Scene


def build(scene: Scene) -> Page:
    told = ""
    if scene.halving is None:
        scene, told = instead("resnet34", "No block of the chosen network halves")
    block = scene.halving
    assert block is not None
    axis = 2 if block.source.output[2] != block.add.output[2] else 3  # a side of one stays
    n, a, b = block.source.output[axis], block.add.inputs[0][axis], block.add.inputs[1][axis]
    strided = next(s for s in block.steps if s.path == "main" and s.inputs[0][axis] != s.output[axis])
    window = next((s.op for s in block.convs if s.op.stride[0] > 1), None)  # type: ignore[union-attr]
    op = window if isinstance(window, Conv) else strided.op
    k, s, p = (op.kernel[0], op.stride[0], op.padding[0]) if isinstance(op, Conv) else (3, 2, 1)
    down, padded = n // s, Axis(n, 1, s, 1).out
    reducing = next((step.kind for step in block.way if step.inputs[0][2:] != step.output[2:]), "conv")
    kind = {
        "avgpool": f"a pool of {s} that rounds up", "pad": f"a slice, one row and column in {s}",
    }.get(reducing, f"1×1, stride {s}, no padding")  # fmt: skip
    every = tuple(range(1, max(2 * n, 16) + 1))
    curves = (
        (f"main path: {k}×{k}, stride {s}, padding {p}", tuple(Axis(side, k, s, p).out for side in every)),
        (f"shortcut: {kind}", tuple(Axis(side, 1, s, 0).out for side in every)),
        (f"a pool of {s} that rounds down", tuple(side // s for side in every)),
    )
    way = " then ".join(step.kind for step in block.way if step.kind in ("conv", "avgpool", "pad"))
    halved = tuple(step.name for step in block.steps if step.output[2:] == block.add.output[2:])
    steps = (
        f"Steps that fit, and a first place: {Axis(n, k, s, p).line} on the main path, {Axis(n, 1, s, 0).line} on the shortcut."
        if (Axis(n, k, s, p).out, Axis(n, 1, s, 0).out) == (a, b)
        else "Count the steps that fit, and add the first place."
    )
    return Page(
        f"{told}In `{block.name}` the map is made smaller twice, side by side: on the main path and on the shortcut ({way}). "
        "Both results meet at ⊕. So both must come out with the same size, whatever size comes in.",
        Picture(scene, Place("block", block.name), select=block.add.name, blanks=halved),
        Question(
            f"The block reads a side of {n}. What do the main path ({k}×{k}, stride {s}, padding {p}) and the shortcut (stride {s}, no padding) make of it?",
            choices(
                "halving",
                right(f"{a} and {b}", steps),
                [
                    Answer(f"{down} and {down}", "That rounds the result down. The steps are rounded down, and then the first place is added."),
                    Answer(f"{a} and {padded}", "That pads the 1×1, as if each conv needed padding. A 1×1 looks at one cell and hangs over no edge; with padding its first place would be on a zero."),
                    Answer(f"{a} and {n}", "That forgets that the shortcut has the stride as well."),
                ],
            ),
        ),
        f"Steps that are rounded down, and one place more: with these windows that is **half the side, rounded up**. {hw(block.source.output)} "
        f"becomes {hw(block.add.output)}, and the two upper curves lie on each other at every size. The third, a pool that rounds down, leaves "
        "them at every odd side. Code that mixes the two kinds works until someone feeds an odd size.",
        Curves(scene, curves, n),
    )  # fmt: skip


LESSON = Lesson(
    "halving",
    "Two reductions that must agree",
    "Every reduction here makes half the side, rounded up.",
    "resnet34@225",
    ("floor",),
    build,
)
