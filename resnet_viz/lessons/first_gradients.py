"""Do gradients vanish in a deep plain network?  Before the first step of training they do the opposite."""

from __future__ import annotations

from .base import Answer, Lesson, Page, Question, choices, right
from .figure import Starts
from .scene import Scene
from .shipped import Run, studied, study

_SAME = 3.0  # times as large or as small: within it they are called about equal
_SMALLER, _EQUAL, _LARGER = "far smaller: it vanishes on its way back", "about as large: batch norm keeps it so", "far larger: it grows on its way back"  # fmt: skip


def build(scene: Scene) -> Page:
    own, told = studied(scene)
    found = study()
    shallow, deep = found.depths[0], found.depths[-1]
    (few, plain), twin = (found.of(depth, False)[0] for depth in (shallow, deep)), found.of(deep, True)[0]
    times = _start(plain) / _start(few)
    truth = _LARGER if times > _SAME else _SMALLER if times < 1 / _SAME else _EQUAL
    measured = f"recorded were {_size(_start(plain))} against {_size(_start(few))}, {_times(times)}"
    whys = {
        _SMALLER: "So one often reads, and of networks without norms it is true. With a norm behind each conv it is not: ",
        _EQUAL: "So the paper says of its own plain networks, whose gradients it found healthy with batch norm. Measured here it is otherwise: ",
        _LARGER: "Each layer on the way back multiplies it by a little more than one: ",
    }
    first = sorted(plain.gradient)[1]
    return Page(
        f"{told}Training begins at the loss and goes back, layer by layer: each weight's **gradient** says how to change it. An old explanation of why deep plain networks fail "
        f"is that on so long a way gradients vanish, and the first layers never learn. These networks have a batch norm behind every conv. In the plain one of {shallow} layers, its weights "
        f"just drawn by lot, the gradient over the weights of `{own.first_conv.name}` has a size of {_size(_start(few))}, the root of its mean square.",
        Starts(own, shallow),
        Question(
            f"How large is it in the plain network of {deep} layers, before the first step of training?",
            choices(
                "first-gradients",
                right(truth, f"{whys[truth]}{measured}."),
                [Answer(text, f"{why}{measured}.") for text, why in whys.items() if text != truth],
            ),
        ),
        f"In its twin with shortcuts it is {_size(_start(twin))}: there a gradient also goes back past the convs. The first steps of training throw the plain network's first weights far off: after "
        f"{'one epoch' if first == 1 else f'{first} epochs'} those of `{own.first_conv.name}` are {_times(plain.weight[first] / plain.weight[0])} what they were, in the twin {_times(twin.weight[first] / twin.weight[0])}. Only then is its gradient small, "
        f"{_size(plain.gradient[first])} against {_size(twin.gradient[first])}, for behind a norm large weights have small gradients. So whoever looks later sees it vanish. "
        "This is what was measured in small networks; the paper itself left the reason open, and shortcuts help whichever it is. Choose a depth: both are computed now, on this server.",
        Starts(own, deep),
    )  # fmt: skip


def _start(run: Run) -> float:
    return run.gradient[0]


def _size(value: float) -> str:
    return f"{value:.2g}"


def _times(value: float) -> str:
    if value >= 1000:
        return f"{value / 1000:.2g} thousand times"
    return f"{value:.0f} times" if value >= 10 else f"{value:.2g} times"


LESSON = Lesson(
    "first-gradients",
    "Do gradients vanish?",
    "In a deep plain network with batch norm gradients first explode.",
    "cifar_resnet20:blocks=9,9,9,widths=8,16,32,stem.channels=8,stem.stride=2@32",
    ("gradient", "loss", "batch norm", "plain network"),
    build,
    deeper=True,
)
