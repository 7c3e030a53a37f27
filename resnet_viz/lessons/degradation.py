"""Deeper plain networks learn worse, on the very drawings that they are trained on."""

from __future__ import annotations

from .base import Answer, Lesson, Page, Question, choices, percent, right
from .figure import Training
from .scene import Scene
from .shipped import Run, Study, studied, study


def build(scene: Scene) -> Page:
    own, told = studied(scene)
    found = study()
    shallow, *between, deep = found.depths
    plain, twins = found.of(deep, False), found.of(deep, True)
    few = found.of(shallow, False)
    guessing = 1 / own.spec.num_classes
    learns = min(_last(plain)) > min(_last(few))
    fails = max(_last(plain)) < 2 * guessing
    worse = (
        f"hardly more of them than by guessing, which gets {percent(guessing)}"
        if fails
        else "fewer of them than the shallow one"
    )
    better, same = (
        "nearly all of them: it has more parameters",
        "at least as many: the layers that were added may do nothing",
    )
    truth = better if learns else worse
    whys = {
        worse: f"{_shares(_last(plain))} of the drawings that it was trained on, {_shares(_unseen(plain))} of unseen ones.",
        better: "It has " + f"{plain[0].parameters / few[0].parameters:.0f} times the parameters, and could fit more. But it has to be found by training, and training does not get there.",
        same: "This is the paper's own argument: let the layers that were added hand on what they read, and nothing is lost. Such weights exist. Training does not find them, and that is the riddle.",
    }  # fmt: skip
    over = Answer(
        "nearly all of them, and fewer of unseen ones",
        f"That would be overfitting. Its mark is a high accuracy in training and a low one on unseen drawings; here training itself fails: {_shares(_last(plain))}, unseen {_shares(_unseen(plain))}.",
    )
    panels = tuple((run.depth, run.residual, run.seed, run.accuracy) for run in found.runs)
    epochs = found.setting["epochs"]
    return Page(
        f"{told}Why shortcuts at all? A **plain** network is a ResNet without them: the same convs, the same parameters, nothing added. Plain ones of {shallow} layers were trained to tell "
        f"drawings apart, and after {epochs} epochs get {_shares(_last(few))} of the drawings right that they were trained on, with two seeds. Their twins with shortcuts are no better: {_shares(_last(found.of(shallow, True)))}.",
        Training(own, tuple(panel for panel in panels if panel[0] == shallow), found.said),
        Question(
            f"A plain network of {deep} layers is trained in the same way. How many of its training drawings does it get right in the end?",
            choices(
                "degradation",
                right(truth, whys[truth]),
                [*(Answer(text, whys[text]) for text in (worse, better, same) if text != truth), over],
            ),
        ),
        f"The paper calls it **degradation**: with {deep} layers the plain network fails in training, {_shares(_last(plain))}, and its residual twin of as many parameters, "
        f"{twins[0].parameters:,}, does not: {_shares(_last(twins))}, on unseen drawings {_shares(_unseen(twins))}. So it is neither overfitting nor the number of parameters: the plain one is harder to train. "
        + "".join(_undecided(found, depth) for depth in between)
        + "To hand a volume on, a plain block would have to learn weights that copy; a residual block's convs need only make zeros.",
        Training(own, panels, found.said),
    )  # fmt: skip


def _undecided(found: Study, depth: int) -> str:
    """Of a depth where the seeds disagree on which of the two is the better; "" where they do not."""
    plain, residual = _last(found.of(depth, False)), _last(found.of(depth, True))
    if max(plain) < min(residual) or min(plain) > max(residual):
        return ""
    return f"At {depth} layers the seeds disagree, plain {_shares(plain)} and residual {_shares(residual)}: nothing follows from them. "


def _last(runs: tuple[Run, ...]) -> tuple[float, ...]:
    return tuple(run.accuracy[-1] for run in runs)


def _unseen(runs: tuple[Run, ...]) -> tuple[float, ...]:
    return tuple(run.unseen[-1] for run in runs)


def _shares(values: tuple[float, ...]) -> str:
    return " and ".join(percent(value) for value in values)


LESSON = Lesson(
    "degradation",
    "Why not simply deeper?",
    "A deep plain network fails in training, not for want of parameters.",
    "cifar_resnet20:blocks=9,9,9,widths=8,16,32,stem.channels=8,stem.stride=2@32",
    ("plain network", "epoch", "overfitting", "shortcut"),
    build,
    deeper=True,
)
