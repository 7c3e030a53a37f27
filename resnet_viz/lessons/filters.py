"""A filter spans all input channels."""

from __future__ import annotations

from ..picture.layout import Place
from ..steps import Conv
from ..wording import plural
from .base import Answer, Lesson, Page, Question, choices, hwc, right
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
    return Page(
        f"`{conv.name}` is the first **convolution**. One of its **filters** is a block of {k}×{channels} weights: "
        f"{plural(op.kernel[0], 'row')}, {plural(op.kernel[1], 'column')}, and {'the one input channel' if channels == 1 else f'all {channels} input channels at once'}. Laid on one place of the "
        "image, it multiplies every number under it with a weight and adds up everything to a single number, one cell of "
        "a map. Moved over the image, it fills the map.",
        view,
        Question(
            f"The conv has {plural(filters, 'filter')} and its input {plural(channels, 'channel')}. How many maps come out?",
            choices(
                "filters",
                right(f"{filters}", "One map a filter, whatever the number of input channels."),
                [
                    Answer(f"{filters * channels}", f"That treats the channels apart, each filter making {channels} maps. But a filter adds over all its input channels."),
                    Answer(f"{channels}", "That thinks the depth is kept, as for a colour filter on a photo. The number of filters alone sets the number of output channels."),
                ],
                [Answer(f"{one}", "That is the number of weights in one filter."), Answer(f"{filters + channels}", "Nothing is put beside the input: the maps replace it.")],
            ),
        ),
        f"So {hwc(conv.inputs[0])} becomes {hwc(conv.output)}. Each filter has {k}×{channels} = {one} weights, all together "
        f"{one * filters // op.groups:,} (no bias: the batch norm behind it has one). The sizes do not enter: the same weights serve an image of any size.",
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
