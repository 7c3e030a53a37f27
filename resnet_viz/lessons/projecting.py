"""Projecting is not down-sampling."""

from __future__ import annotations

from ..picture.layout import Place
from ..steps import Conv
from ..wording import plural
from .base import Answer, Lesson, Page, Question, choices, hw, hwc, making, right
from .figure import Picture
from .scene import Scene

_NO, _ONE, _TWO, _ZEROS = (
    "no, its input is added as it is",
    "yes, with stride one",
    "yes, with stride two",
    "no, zero channels are added",
)


def build(scene: Scene) -> Page:
    block = scene.blocks(1)[0]
    way, source, out = block.projection, block.source.output, block.add.output
    width, expansion = scene.spec.widths[0], scene.spec.expansion
    strided = way is not None and isinstance(way.op, Conv) and way.op.stride[0] > 1
    zeros = any(step.kind == "pad" for step in block.way)
    truth = _ZEROS if zeros else _NO if way is None else _TWO if strided else _ONE
    whys = {
        _NO: "Input and output of the block have the same shape, so nothing has to be done." if truth == _NO else f"That overlooks the channels: {source[1]} come in and {out[1]} go out, so they could not be added.",
        _ONE: f"The channels change from {source[1]} to {out[1]}, the size does not." if truth == _ONE else "That would be needed if the channels changed, and the size did not.",
        _TWO: "The block makes the map smaller as well." if truth == _TWO else f"The name `downsample` misleads. The map stays at {hw(out)} in this block.",
        _ZEROS: f"Option A fills up from {source[1]} to {plural(out[1], 'channel')}.",
    }  # fmt: skip
    answers = [Answer(text, whys[text]) for text in (_NO, _ONE, _TWO) if text != truth]
    kernels = ", ".join(f"{c.op.kernel[0]}×{c.op.kernel[1]}" for c in block.convs if isinstance(c.op, Conv))
    convs = ", ".join(
        f"{part} to {plural(conv.output[1], 'channel')}"
        for part, conv in zip(kernels.split(", "), block.convs, strict=True)
    )
    kind = f"A **bottleneck** is a block that works at few channels, here {width}, and ends with {expansion} times as many. That factor is its **expansion**." if expansion > 1 else f"A **basic block** has the same width, here {width}, from its first conv to its end."  # fmt: skip
    # a block of the same kind whose shortcut tells nothing of the one that is asked for
    plain = next((other for other in scene.blocks() if other.name != block.name and not any(step.kind in ("conv", "pad") for step in other.way)), None)  # fmt: skip
    view = (
        Picture(scene, Place("operation", block.convs[-1].name), worked=False)
        if plain is None
        else Picture(scene, Place("block", plain.name), blanks=tuple(dict.fromkeys(name for conv in plain.convs for name in making(conv.output, plain.steps))))
    )  # fmt: skip
    shown = f" The figure shows `{plain.name}`, a later block of this kind." if plain is not None else ""
    return Page(
        f"{kind}{shown} `{block.name}` of {scene.title} reads {hwc(source)}. Its convs are {convs}.",
        view,
        Question(f"Does the shortcut of `{block.name}` project?", choices("projecting", right(truth, whys[truth]), answers)),
        f"{hwc(source)} comes in and {hwc(out)} goes out: "
        + ("the channels differ, so a projection is needed, and the map does not shrink. PyTorch calls the module `downsample` all the same: *projection* is the better word." if truth == _ONE else "the shapes are equal, so the identity will do. With bottlenecks it is otherwise: try a network of these here." if truth == _NO else "both have to change on the shortcut as well."),
        Picture(scene, Place("block", block.name), select=(way or block.add).name),
    )  # fmt: skip


LESSON = Lesson(
    "projecting",
    "Projecting and down-sampling",
    "To project is not to sample down: a projection may keep the size.",
    "resnet50@224",
    ("basic block", "bottleneck", "expansion"),
    build,
)
