"""Half the size, twice the channels, the same work."""

from __future__ import annotations

from ..advise.comparing import ratio_text
from ..steps import Conv
from .base import Answer, Lesson, Page, Question, choices, hwc, right
from .figure import Bars, Picture
from .scene import Scene


def _times(ratio: float) -> str:
    return "the same" if abs(ratio - 1) < 1e-9 else f"{ratio_text(1, ratio)} as much"


def build(scene: Scene) -> Page:
    told = ""
    if scene.stages < 2:
        scene, told = Scene.of("resnet34"), "The chosen network has one stage alone, so this is ResNet's own. "
    # the last conv with a window of the first block, in two stages: its stride is one, or it is the strided one of both
    pair = []
    for stage in (1, 2):
        convs = [s for s in scene.blocks(stage)[-1].convs if isinstance(s.op, Conv) and max(s.op.kernel) > 1]
        pair.append(convs[-1])
    one, two = pair
    macs, weights, maps = two.macs / one.macs, two.params / one.params, two.output_bytes / one.output_bytes
    second = next(s for s in scene.blocks(2)[0].convs if isinstance(s.op, Conv) and max(s.op.kernel) > 1)
    rows = (("numbers in the map", "output_bytes"), ("multiply-adds", "macs"), ("weights", "params"))
    bars = tuple(
        (title, ((one.name, float(getattr(one, name))), (two.name, float(getattr(two, name))))) for title, name in rows
    )
    side = {1: one.output[2] * one.output[1], 2: two.output[2] * two.output[1]}
    product = f"{one.output[2]}·{one.output[1]} = {side[1]:,} and {two.output[2]}·{two.output[1]} = {side[2]:,}"
    strided = f" The stage's first {second.op.kernel[0]}×{second.op.kernel[1]} conv, which reads the narrower map, has {second.macs:,}." if isinstance(second.op, Conv) and second.macs != two.macs else ""  # fmt: skip
    return Page(
        f"{told}`{one.name}` makes {hwc(one.output)}, and `{two.name}`, one stage later, {hwc(two.output)}. The work of a conv is counted in "
        "**multiply-adds** (MACs): one for each weight at each place of the map.",
        Picture(scene, select=two.name),
        Question(
            f"How much work has `{two.name}` against `{one.name}`?",
            choices(
                "work",
                right(_times(macs), "Cells of the map × kernel × input channels × filters."),
                [
                    Answer(_times(macs / 2), "That counts one factor of channels alone. There are more input channels, and more filters as well."),
                    Answer(_times(weights), "That is what happens to the weights. It forgets that they are laid on fewer places."),
                    Answer(_times(maps), "That is what happens to the numbers in the map. Each of them is also made from more channels."),
                ],
            ),
        ),
        f"`{one.name}` has {one.macs:,} multiply-adds and `{two.name}` {two.macs:,}. Numbers in the map: {_times(maps)}; weights: "
        f"{_times(weights)}. Side × channels is {product}: where it is kept, a conv's work is kept.{strided} Memory moves to the "
        "early stages, weights to the late ones.",
        Bars(scene, bars),
    )  # fmt: skip


LESSON = Lesson(
    "work",
    "Half the size, twice the channels: and the work?",
    "Where side × channels is kept, a conv's work is kept.",
    "resnet34@224",
    ("MAC", "parameter", "activation"),
    build,
)
