"""How to read the picture."""

from __future__ import annotations

from .base import Answer, Lesson, Page, Question, choices, hwc, right
from .figure import Picture
from .scene import Scene


def build(scene: Scene) -> Page:
    image = scene.image.output
    zeros = any(step.kind == "pad" for step in scene.trace.steps)
    return Page(
        "Each box is a **tensor** on its way through the network, from the image at the left to the class scores at the right. "
        "Its height is that of a map, its depth into the page the map's width, and its thickness the number of channels. "
        f"The words under a box say the same: the image is {hwc(image)}, height × width × channels. "
        "An arc is a **shortcut**: it leads around a few convs, which together are a **block**. At the sign ⊕ their result and "
        "the block's input are added."
        + (" Hatched parts are zero channels, which a shortcut adds." if zeros else ""),
        Picture(scene),
        Question(
            "A box gets thicker and lower. What has become of its tensor?",
            choices(
                "reading",
                right("more channels, smaller maps", "Thickness is channels; height and depth are the map's sides."),
                [
                    Answer("wider maps, fewer rows", "That takes thickness for width. Width is the depth into the page, so that a square map stays a square face."),
                    Answer("more images, smaller ones", "No box shows how many images there are: each goes through by itself, and all have the same shape."),
                ],
            ),
        ),
        "On the way few channels on a large map become many channels on a small one. "
        "Plain arcs hand a block's input on as it is. A dashed arc has a conv on it, and why it needs one is the subject of a later step.",
    )  # fmt: skip


LESSON = Lesson(
    "reading",
    "How to read the picture",
    "A box is a tensor: height, width into the page, channels along the way.",
    "resnet34@224",
    ("tensor", "map", "channel", "convolution", "block", "shortcut"),
    build,
)
