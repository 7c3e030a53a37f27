"""What one cell sees of the image."""

from __future__ import annotations

from ..picture.layout import Place
from ..steps import Conv, MaxPool, known
from ..why.field import windows_field, windows_line
from ..wording import plural
from .base import Answer, Lesson, Page, Question, choices, right
from .figure import Field, Picture
from .scene import Scene


def build(scene: Scene) -> Page:
    trace = scene.trace
    stage = trace.stages[0]
    last = trace.steps[stage.stop - 1]
    windows = [
        s for s in trace.steps[: last.index + 1] if isinstance(s.op, Conv | MaxPool) and s.path in ("stem", "main") and max(s.op.kernel) > 1
    ]  # fmt: skip
    sight = known(last.receptive_field)[0]
    steps = [(step.op.kernel[0], known(trace.steps[step.reads[0]].output_stride)[0]) for step in windows]  # type: ignore[union-attr]
    flat = windows_field([(kernel, 1) for kernel, _ in steps])
    kernel = steps[-1][0] if steps else 1
    end = scene.last_map
    final = known(end.receptive_field)[0]
    # a blur or a dilated kernel on the way widens it as well
    worked = windows_line(steps) if steps and windows_field(steps) == sight else f"It is {sight} px"
    image = max(scene.size)
    ways: list[
        list[int]
    ] = []  # windows that are alike, one after the other: kernel, pixels from cell to cell, how many
    for wide, apart in steps:
        if ways and ways[-1][:2] == [wide, apart]:
            ways[-1][2] += 1
        else:
            ways.append([wide, apart, 1])
    listed = "; ".join(
        f"{plural(count, 'window')} of {wide}×{wide} on cells {apart} px apart" for wide, apart, count in ways
    )
    return Page(
        "One cell of a conv's output is made from the few cells under its window; each of these was made from the few under "
        "the window before it. So the part of the image that can have an influence on one cell grows from conv to conv: its **receptive field**. "
        "A window adds its kernel less one cell, times the pixels from cell to cell of the map that it reads. A stride of two doubles these. "
        f"On the way to `{last.name}`, at the end of {stage.path}: {listed}.",
        Picture(scene, Place("stage", stage.path), select=last.name),
        Question(
            f"How many pixels of the image, side to side, does one cell of `{last.name}` see?",
            choices(
                "sight",
                right(f"{sight} px", "Begin with one pixel, and add what each window adds."),
                [
                    Answer(f"{kernel} px", "That is the last window alone, in cells of the map before it and not in pixels."),
                    Answer(f"{flat} px", "That adds up the windows and forgets the strides: after a stride of two, one cell further is two pixels further."),
                    Answer(f"{scene.size[0]} px", "That is the whole image. A cell comes to see that much later, or never."),
                ],
            ),
        ),
        f"{worked}. At the end of the network, in `{end.name}`, it is {final} px"
        + (f", more than the image's {image} px: the rest is padding." if final > image else f" of the image's {image} px.")
        + " A 1×1 conv and a norm add nothing, and a shortcut sees no more than the main path.",
        Field(scene, last.name),
    )  # fmt: skip


LESSON = Lesson(
    "sight", "What one cell sees", "Each window widens the sight by the stride so far.", "resnet34@224",
    ("receptive field",), build, deeper=True,
)  # fmt: skip
