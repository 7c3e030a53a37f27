"""How to read the picture."""

from __future__ import annotations

from ..wording import plural
from .base import Answer, Lesson, Page, Question, choices, hwc, right
from .figure import Picture
from .scene import Scene


def build(scene: Scene) -> Page:
    image, last = scene.image.output, scene.trace.totals.final_map
    identities = sum(block.projection is None for block in scene.blocks())
    projections = len(scene.shortcut_convs)
    zeros = any(step.kind == "pad" for step in scene.trace.steps)
    view = Picture(scene)
    return Page(
        "Each box is a **tensor** on its way through the network, from the image at the left to the class scores at the "
        "right. Its height is the map's height, its depth into the page the map's width, its thickness along the way the "
        f"number of channels. The words under a box say the same: the image is {hwc(image)}, height × width × channels. "
        "An arc is a **shortcut**: it carries a block's input around the block, to the sign ⊕ where the two are added. A "
        "plain arc carries it as it is, an **identity shortcut**; a dashed one has a conv on it, a **projection shortcut**."
        + (" A dotted one adds zero channels, which are hatched." if zeros else ""),
        view,
        Question(
            "A box gets thicker and lower. What has become of its tensor?",
            choices(
                "reading",
                right("more channels, smaller maps", "Thickness is channels, and height and depth are the map's sides."),
                [
                    Answer("wider maps, fewer rows", "That takes thickness for width. Width is the depth into the page, so that a square map stays a square face."),
                    Answer("more images, smaller ones", "No box shows the batch: each image goes through by itself, and all have the same shape."),
                ],
            ),
        ),
        f"Here the image {hwc(image)} ends as {hwc(last)}: from few channels on a large map to many channels on a small one. "
        f"On the way stand {plural(len(scene.blocks()), 'shortcut')} over {plural(len(scene.main_convs) - 1, 'conv')}: "
        f"{identities} {'passes' if identities == 1 else 'pass'} the input on{' as it is or with zero channels' if zeros else ''}, {projections} {'projects' if projections == 1 else 'project'}.",
    )  # fmt: skip


LESSON = Lesson(
    "reading",
    "How to read the picture",
    "A box is a tensor: height, width into the page, channels along the way.",
    "resnet34@224",
    ("tensor", "map", "channel", "convolution", "block", "shortcut", "identity", "projection"),
    build,
)
