"""A filter spans all input channels."""

from __future__ import annotations

from ..picture.layout import Place
from ..steps import Conv
from ..wording import plural
from .base import Answer, Lesson, Page, Question, choices, right
from .figure import Picture, Unfolded
from .scene import Scene


def build(scene: Scene) -> Page:
    conv = scene.first_conv
    op = conv.op
    assert isinstance(op, Conv)
    channels, filters = conv.inputs[0][1], conv.output[1]
    k = f"{op.kernel[0]}×{op.kernel[1]}"
    one = op.kernel[0] * op.kernel[1] * channels
    view = Unfolded(scene, conv.name)
    depth = "the one input channel" if channels == 1 else f"all {channels} input channels at once"
    return Page(
        f"`{conv.name}` is the first **convolution**. One of its **filters** is a block of {k}×{channels} weights: "
        f"{plural(op.kernel[0], 'row')}, {plural(op.kernel[1], 'column')}, and {depth}. Laid on one place of the image, it "
        "multiplies each number under it by a weight. All products are added up to a single number: one cell of a map. "
        "Moved over the image, the filter fills the map.",
        view,
        Question(
            f"The conv has {plural(filters, 'filter')}, and its input has {plural(channels, 'channel')}. How many maps come out?",
            choices(
                "filters",
                right("one map per filter", f"That makes {plural(filters, 'map')}, whatever the number of input channels."),
                [
                    Answer("one map per filter and channel" if channels > 1 else "two maps per filter", f"That treats the channels apart: {plural(filters * channels, 'map')}. But a filter adds over all its input channels." if channels > 1 else "A filter makes one number at each place, and so one map."),
                    Answer("one map per channel", f"That assumes that the depth is kept, as a colour filter keeps a photo's: {plural(channels, 'map')}. The number of filters alone sets how many maps there are."),
                ],
            ),
        ),
        f"Each filter has {k}×{channels} = {one} weights; all of them together have {one * filters // op.groups:,}. There is no bias, since the batch norm after "
        "the conv has one. The size of the image does not enter: the same weights serve an image of any size.",
        Picture(scene, Place("operation", conv.name, (conv.output[2] // 2, conv.output[3] // 2))),
    )  # fmt: skip


LESSON = Lesson(
    "filters",
    "A filter and its channels",
    "A filter spans all channels, and makes one.",
    "resnet34@224",
    ("convolution", "filter", "kernel", "channel", "batch norm"),
    build,
)
