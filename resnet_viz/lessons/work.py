"""Half the size, twice the channels, the same work."""

from __future__ import annotations

from ..steps import Conv
from .base import Answer, Lesson, Page, Question, choices, hwc, instead, right, times_text
from .figure import Bars, Picture
from .scene import Scene


def _times(ratio: float) -> str:
    return "the same" if abs(ratio - 1) < 1e-9 else f"{times_text(1, ratio)} as much"


def build(scene: Scene) -> Page:
    told = ""
    if scene.stages < 2:
        scene, told = instead("resnet34", "The chosen network has one stage alone")
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
    strided = f" The stage's first {second.op.kernel[0]}×{second.op.kernel[1]} conv reads fewer channels and has {second.macs:,}." if isinstance(second.op, Conv) and second.macs != two.macs else ""  # fmt: skip
    kept = "so a conv's work is kept" if side[1] == side[2] else "so a conv's work is not kept"
    return Page(
        f"{told}`{one.name}` makes {hwc(one.output)}, and `{two.name}`, one stage later, makes {hwc(two.output)}. The work of a conv is counted in "
        "**multiply-adds** (MACs): one for each weight at each place of the map.",
        Picture(scene, select=two.name),
        Question(
            f"How much work does `{two.name}` have, compared with `{one.name}`?",
            choices(
                "work",
                right(_times(macs), "Its work is cells of the map × kernel × input channels × filters."),
                [
                    Answer(_times(macs / 2), "That counts one factor of channels alone. There are more input channels, and more filters as well."),
                    Answer(_times(weights), "That is what happens to the weights. It forgets on how many places they are laid."),
                    Answer(_times(maps), "That is what happens to the numbers in the map. Each of them is also made from more channels."),
                ],
            ),
        ),
        f"`{one.name}` has {one.macs:,} multiply-adds and `{two.name}` {two.macs:,}. The numbers in the map are {_times(maps)}, the weights "
        f"{_times(weights)}. Side × channels is {product}, {kept}.{strided} Memory is needed in the early stages, weights in the late ones.",
        Bars(scene, bars),
    )  # fmt: skip


LESSON = Lesson(
    "work",
    "Half the size, twice the channels: and the work?",
    "Where side × channels is kept, a conv's work is kept.",
    "resnet34@224",
    ("MAC", "activation"),
    build,
)
