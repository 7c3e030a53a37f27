"""Weights that meet nothing but padding."""

from __future__ import annotations

import math

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
    per_place = worst.params // spots  # weights at each place of the kernel
    awake = spots - counts[worst.name] // per_place
    block = next(block for block in scene.blocks() if worst in block.steps)
    share = percent(dead / params)
    n = len([name for name, count in counts.items() if count])
    size = f"{scene.size[0]}×{scene.size[1]} px"
    return Page(
        f"`{worst.name}` has a {k}×{k} kernel, and its map is {hw(worst.inputs[0])} with padding around. Where a map is small, some of a "
        "kernel's weights stand over the frame of zeros at every place that the window takes. They multiply zeros in each pass, so "
        "their **gradient** is exactly zero: they never learn.",
        Picture(scene, Place("block", block.name), select=worst.name),
        Question(
            f"At how many of the {spots} places of its kernel do the weights ever meet the map?",
            choices(
                "dead",
                right(_places(awake, spots), "Move the window over all its places, and see which of its cells come to stand over the map."),
                [
                    Answer(_places(spots, spots), "That assumes that every weight meets some number of the image. It does on larger maps."),
                    Answer(_places(1, spots), "That would be so on a map of a single cell, which the window meets with its middle alone."),
                    Answer(_places(min(spots, math.prod(worst.inputs[0][2:]) + k), spots), "That counts cells of the map. What counts is where the kernel's cells come to stand over it."),
                ],
                [Answer("none of them", "The middle of the window stands over the map, so some weights meet it.")],
            ),
        ),
        f"In all, {dead:,} of {params:,} parameters of {scene.title} at {size} only ever meet padding, in {plural(n, 'conv')}: {share}. "
        f"In `{worst.name}` it is {counts[worst.name]:,} of {worst.params:,}. They are stored, saved and sent around with the rest. A stem for "
        "small images, or a larger input, puts them to work."
        if dead
        else f"None of {scene.title}'s weights at {size} meet padding alone: even in `{worst.name}` each part of the kernel stands over the map somewhere. Feed smaller images to see it change.",
        Picture(scene, Place("operation", worst.name)),
    )  # fmt: skip


def _places(count: int, spots: int) -> str:
    return "all of them" if count == spots else "the middle one alone" if count == 1 else f"{count} of them"


LESSON = Lesson(
    "dead-weights",
    "Weights that meet only padding",
    "On tiny maps most weights of a kernel are idle.",
    "resnet18:num_classes=10@32",
    ("gradient",),
    build,
    deeper=True,
)
