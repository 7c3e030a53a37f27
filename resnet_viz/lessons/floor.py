"""Sizes are floored."""

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
        Answer(f"{out + 1}", "That rounds up. A window that hangs over the edge is not placed: sizes are rounded down, floored." if not whole else "One place too many: the first window counts, so it is the number of steps plus one, and no more."),
        Answer(f"{bare}", "That forgets the padding: the frame of zeros gives the window places at the edges, too."),
    ]  # fmt: skip
    if not whole:
        wrong.append(Answer(f"none, since {axis.exact:g} is no whole number", "Many tools call this setting invalid. PyTorch floors: the half is only a column that no window reads."))  # fmt: skip
    rest = axis.remainder("row", "column")
    rest = f"{rest[0].upper()}{rest[1:]}." if rest else "Here the division is exact, and every column is read."
    pool = scene.pool
    more = ""
    if pool is not None and pool is not step and isinstance(pool.op, MaxPool):
        way = "is rounded up, as its ceil_mode asks" if pool.op.ceil else "goes the same way"
        more = f" The max pool behind it {way}: {hwc(pool.inputs[0])} to {hwc(pool.output)}, exact {axes(pool)[0].exact:g}."
    return Page(
        f"A window of {k}×{k} slides over the map in steps: the **stride** says how far, here {plural(s, 'cell')}. Before that the "
        f"map gets a frame of zeros, the **padding**, here {p} wide. The output has a cell for each place that the window takes.",
        Picture(scene, Place("operation", step.name), blanks=(step.name,)),
        Question(
            f"`{step.name}`: a side of {n}, kernel {k}, stride {s}, padding {p}. How long is the side of the output?",
            choices("floor", right(f"{out}", "Count the steps that fit, round down, and add the first place."), wrong,
                    [Answer(f"{n}", "That forgets the stride.") if n != out else Answer(f"{out + 2}", "That takes the frame for cells of the output.")]),
        ),
        f"{axis.line}. {rest}{more}",
        Picture(scene, Place("operation", step.name, (step.output[2] - 1, step.output[3] - 1)), worked=False),
    )  # fmt: skip


LESSON = Lesson(
    "floor",
    "When a size is not whole",
    "Sizes are floored.",
    "resnet34@224",
    ("kernel", "stride", "padding", "floor"),
    build,
)
