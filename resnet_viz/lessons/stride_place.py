"""Where the stride sits in a bottleneck."""

from __future__ import annotations

from ..advise.comparing import ratio_text
from ..picture.layout import Place
from ..spec import replace
from .base import Answer, Lesson, Page, Question, attempt, choices, hwc, right
from .figure import Picture
from .scene import Scene


def build(scene: Scene) -> Page:
    wanted, told = attempt(scene, lambda spec: replace(spec, block="bottleneck", stride_in="1x1"), "resnet50")
    if scene.spec.block != "bottleneck" and not told:
        told = f"{scene.title} has basic blocks, where the question does not arise; here it has bottlenecks instead. "
    first = wanted
    second = first.of_spec(replace(first.spec, stride_in="3x3"))
    a, b = first.trace.totals.macs, second.trace.totals.macs
    block = first.halving or first.blocks()[0]
    name = block.name
    early, late = block.convs, next(x for x in second.blocks() if x.name == name).convs
    ratio = ratio_text(a, b)
    truth = (
        "with the stride in the 3×3" if b > a else "with the stride in the first 1×1" if a > b else "both have the same"
    )
    why = {
        "with the stride in the 3×3": "The first 1×1 then still works on the large map.",
        "with the stride in the first 1×1": "That makes the map small at once, so all that follows has less to do.",
        "both have the same": "The shapes at the block's two ends are equal; those in between are not.",
    }
    return Page(
        f"{told}A bottleneck that halves has three convs: 1×1, 3×3 and 1×1. One of them has the stride. The paper puts it in the "
        f"first (v1), PyTorch in the middle one (v1.5). In both, `{name}` makes {hwc(block.add.output)} from {hwc(block.source.output)}.",
        Picture(second, Place("block", name)),
        Question("Which of the two versions has more work to do?", choices("place", right(truth, why[truth]), [Answer(text, words) for text, words in why.items() if text != truth])),
        f"With the stride in the first 1×1 the network has {a:,} multiply-adds, in the 3×3 {b:,} ({ratio}). In `{name}` the first "
        f"conv makes {hwc(early[0].output)} in v1 and {hwc(late[0].output)} in v1.5. The weights are the same. A 1×1 with a stride reads "
        "only every other row and column, while a 3×3 reads all cells. The later version was measured to be a little more accurate.",
        Picture(first, Place("block", name)),
    )  # fmt: skip


LESSON = Lesson(
    "stride-place",
    "Where the stride sits",
    "The later the stride, the more work, and the more is read.",
    "resnet50@224",
    (),
    build,
    deeper=True,
)
