"""Why halve the maps and double the channels?"""

from __future__ import annotations

from ..errors import ResNetVizError
from ..spec import replace
from ..steps import known
from .base import Answer, Lesson, Page, Question, choices, hw, instead, right, times_text
from .figure import Bars, Picture
from .scene import Scene


def build(scene: Scene) -> Page:
    told = ""
    if _apart(scene, scene.stages) == _apart(scene, 1):
        scene, told = instead("resnet34", "The chosen network does not halve from stage to stage")
    first, last = _apart(scene, 1), _apart(scene, scene.stages)
    times, halvings = last // first, scene.stages - 1
    ends = [scene.trace.steps[stage.stop - 1] for stage in (scene.trace.stages[0], scene.trace.stages[-1])]
    kept = _kept(scene)
    dear = (
        f" If its last {halvings} stages kept their size, with kernels spread so as to see as far, it would need "
        f"{times_text(scene.trace.totals.macs, kept.trace.totals.macs)} the multiply-adds. What it computes would take "
        f"{times_text(scene.trace.totals.activation_bytes, kept.trace.totals.activation_bytes)} the memory."
        if kept is not None
        else ""
    )
    rows = (
        ("pixels from cell to cell", (float(first), float(last))),
        ("cells of a map", tuple(float(step.output[2] * step.output[3]) for step in ends)),
        ("channels", tuple(float(step.output[1]) for step in ends)),
        ("numbers in all maps", tuple(float(step.output[1] * step.output[2] * step.output[3]) for step in ends)),
    )
    return Page(
        f"{told}From stage to stage the maps of {scene.title} are halved, and the channels grow. A step on the work showed that this can keep "
        "a conv's work the same. But why do it at all? Think of what one cell sees. In the first stage, neighbouring cells of a map are "
        f"{first} px of the image apart.",
        Picture(scene),
        Question(
            "How much further does a 3×3 conv of the last stage make a cell see, compared with one of the first stage?",
            choices(
                "why-halve",
                right(f"{times} times as far", f"Neighbouring cells are {last} px apart there."),
                [
                    Answer("just as far", "Counted in cells, it is the same. But each cell stands for more of the image."),
                    Answer(f"{2 * halvings if 2 * halvings != times else 2 * halvings + 1} times as far", "That adds up the halvings. Each one doubles what the one before has doubled."),
                    Answer(f"{times * times} times as far", "That is how many more pixels a cell stands for. Seen from side to side it is the root of it."),
                ],
            ),
        ),
        f"So few convs come to see a large part of the image. Memory shrinks as well: a map of {hw(ends[0].output)} becomes one of {hw(ends[1].output)}.{dear} "
        "What is lost is *where* something is, to the pixel. What more channels gain is *what* it can be. Early maps tell edges and colours, of which "
        "there are few kinds. Late ones tell parts and objects, of which there are many.",
        Bars(scene, tuple((title, (("first stage", pair[0]), ("last stage", pair[1]))) for title, pair in rows)),
    )  # fmt: skip


def _apart(scene: Scene, stage: int) -> int:
    """The pixels from cell to cell at the end of a stage."""
    return known(scene.trace.steps[scene.trace.stages[stage - 1].stop - 1].output_stride)[0]


def _kept(scene: Scene) -> Scene | None:
    """The same with its later stages dilated, where it can be built so."""
    try:
        return scene.of_spec(replace(scene.spec, dilated_stages=scene.stages - 1))
    except ResNetVizError:
        return None


LESSON = Lesson(
    "why-halve",
    "Why halve, and why widen?",
    "Halving makes far sight cheap, and channels keep what is seen.",
    "resnet34@224",
    (),
    build,
    deeper=True,
)
