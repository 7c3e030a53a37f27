"""Weights that meet nothing but padding."""

from __future__ import annotations

from ..picture.layout import Place
from ..why import cost
from ..wording import plural
from .base import Answer, Lesson, Page, Question, choices, hw, percent, right
from .figure import Picture
from .scene import Scene


def build(scene: Scene) -> Page:
    counts = {s.name: cost.dead_weights(s.op, s.inputs, s.output) for s in scene.trace.steps}
    dead, params = sum(counts.values()), scene.trace.totals.params
    wide = [s for s in scene.trace.steps if s.kind == "conv" and s.path == "main" and max(s.op.kernel) > 1]  # type: ignore[union-attr]
    worst = max(wide, key=lambda step: (counts[step.name], step.index))
    k = worst.op.kernel[0]  # type: ignore[union-attr]
    spots = k * k
    last = sum(step.params for step in scene.trace.steps if step.stage == scene.stages)
    share = percent(dead / params)
    n = len([name for name, count in counts.items() if count])
    return Page(
        f"`{worst.name}` has a {k}×{k} kernel, and its map is {hw(worst.inputs[0])} with padding around. Where a map is small, some of a "
        "kernel's weights stand over the frame of zeros at every place that the window takes. They multiply zeros in each pass, so "
        "their **gradient** is exactly zero: they never learn.",
        Picture(scene, Place("operation", worst.name)),
        Question(
            f"Which share of all weights of {scene.title} at {scene.size[0]}×{scene.size[1]} is that?",
            choices(
                "dead",
                right(share, f"{dead:,} of {params:,}."),
                [
                    Answer("0 %", "That thinks that every weight meets some number of the image. It does on larger maps."),
                    Answer(percent((spots - 1) / spots), f"That is the share within one {k}×{k} kernel on a single cell. Not every conv stands on so small a map."),
                    Answer(percent(last / params), "That is the whole last stage. Its 1×1 convs, norms and the kernels' middles do meet data."),
                ],
                [Answer(percent(dead / params / 2 + 0.1), "Count the taps of each conv that never stand over the map.")],
            ),
        ),
        f"{dead:,} of {params:,} parameters, in {plural(n, 'conv')}; the most in `{worst.name}`: {counts[worst.name]:,} of {worst.params:,}. They are "
        "stored, saved and sent around with the rest. A stem for small images, or a larger input, puts them to work."
        if dead
        else f"None: even at `{worst.name}` each tap of the kernel stands over the map somewhere. Feed smaller images to see it change.",
    )  # fmt: skip


LESSON = Lesson(
    "dead-weights",
    "Weights that meet only padding",
    "On tiny maps most taps of a kernel are idle.",
    "resnet18:num_classes=10@32",
    ("padding", "kernel", "gradient", "parameter"),
    build,
    deeper=True,
)
