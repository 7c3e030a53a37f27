"""How many places a window takes."""

from __future__ import annotations

from ..picture.layout import Place
from ..steps import Conv, MaxPool
from ..why.axis import axes
from ..wording import plural
from .base import Answer, Lesson, Page, Question, choices, hwc, right
from .figure import Picture
from .scene import Scene


def build(scene: Scene) -> Page:
    step = next(
        (s for s in scene.trace.steps if isinstance(s.op, Conv | MaxPool) and s.path != "shortcut" and s.op.stride[0] > 1),
        scene.first_conv,
    )  # fmt: skip
    op = step.op
    assert isinstance(op, Conv | MaxPool)
    axis = axes(step)[0]
    n, k, s, p = axis.size, axis.kernel, axis.stride, axis.padding
    out, whole = step.output[2], axis.unread == 0
    bare = axis._replace(padding=0).out
    wrong = [
        Answer(f"{out + 1}", "That places a window which hangs over the edge. Only those that lie within the frame are placed." if not whole else "One place too many: the places are the steps and one more, for the first."),
        Answer(f"{bare}", "That forgets the padding: the frame of zeros gives the window places at the edges, too."),
    ]  # fmt: skip
    if not whole:
        wrong.append(Answer("none: the setting is invalid, since the window does not come out even", "Many tools say so. PyTorch takes as many steps as fit; what is left over is a column that no window reads."))  # fmt: skip
    rest = axis.remainder("row", "column")
    rest = f"{rest[0].upper()}{rest[1:]}." if rest else "Here the division is exact, and every column is read."
    pool = scene.pool
    more = ""
    if pool is not None and pool is not step and isinstance(pool.op, MaxPool):
        way = "is rounded up, as its ceil_mode asks" if pool.op.ceil else "goes the same way"
        more = f" The max pool after it {way}: {hwc(pool.inputs[0])} becomes {hwc(pool.output)}, exact {axes(pool)[0].exact:g}."
    half = (
        " With this kernel, stride and padding it comes to half the side, rounded up."
        if (s, out) == (2, -(-n // 2))
        else ""
    )
    return Page(
        f"A window of {k}×{k} slides over the map in steps. The **stride** says how far a step goes, here {plural(s, 'cell')}. Before "
        f"that the map gets a frame of zeros, the **padding**, here {plural(p, 'cell')} wide. The output has one cell for each place "
        "that the window takes.",
        Picture(scene, Place("operation", step.name), blanks=(step.name,)),
        Question(
            f"`{step.name}` reads a side of {n} with kernel {k}, stride {s} and padding {p}. How long is the side of its output?",
            choices("floor", right(f"{out}", "Count the steps that fit, and add the first place."), wrong,
                    [Answer(f"{n}", "That forgets the stride.") if n != out else Answer(f"{out + 2}", "That takes the frame for cells of the output.")]),
        ),
        f"{axis.line}. {rest} So {hwc(step.inputs[0])} becomes {hwc(step.output)}.{half}{more}",
        Picture(scene, Place("operation", step.name, (step.output[2] - 1, step.output[3] - 1)), worked=False),
    )  # fmt: skip


LESSON = Lesson(
    "floor",
    "When a size is not whole",
    "As many steps as fit, rounded down, and one place more for the first.",
    "resnet34@150",
    ("kernel", "stride", "padding", "floor"),
    build,
)
