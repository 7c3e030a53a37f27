"""What a lesson is: a claim, a figure, a prediction, and why each answer is right or wrong.

A lesson's page is made anew for any network at any input, so each number in it is read from that network's trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from zlib import crc32

from ..catalogue import entry
from ..configuration import Configuration, configuration
from ..errors import ResNetVizError
from ..forecasting import forecast
from ..layout import map_text
from ..spec import ResNetSpec
from ..steps import Pair, Shape, Step, Trace

Shown = Literal["picture", "beside", "bars", "curve", "reads", "unfolded", "field", "failure"]


@dataclass(frozen=True)
class Scene:
    """The network that a lesson is about, at an input."""

    name: str  # in the catalogue
    spec: ResNetSpec
    size: Pair

    @staticmethod
    def of(name: str, size: int | Pair | None = None, spec: ResNetSpec | None = None) -> Scene:
        """The catalogue's network ``name``, or ``spec`` made from it. Raises a ``ResNetVizError`` where it cannot run."""
        known = entry(name)
        side = size or known.input_size
        made = Scene(known.name, spec or known.spec, (side, side) if isinstance(side, int) else side)
        assert made.trace
        return made

    @staticmethod
    def read(text: str) -> Scene:
        """The scene of a configuration, ``resnet18:num_classes=10@32``. Raises a ``ResNetVizError``."""
        made = configuration(text)
        return Scene.of(made.name, made.size, made.spec)

    @property
    def text(self) -> str:
        """The configuration; :meth:`read` reads it back."""
        return Configuration(self.name, self.spec, self.size).text

    @cached_property
    def trace(self) -> Trace:
        """One image through it, by formulas."""
        return forecast(self.spec, self.size)

    @property
    def title(self) -> str:
        """``ResNet-34``"""
        return entry(self.name).title

    def of_spec(self, spec: ResNetSpec, size: Pair | None = None) -> Scene:
        """The same with another spec or input. Raises a ``ResNetVizError``."""
        return Scene.of(self.name, size or self.size, spec)

    @property
    def image(self) -> Step:
        """The input."""
        return self.trace.steps[0]

    @property
    def first_conv(self) -> Step:
        """The first conv of all."""
        return next(step for step in self.trace.steps if step.kind == "conv")

    @property
    def pool(self) -> Step | None:
        """The stem's max pool, where there is one."""
        return next((step for step in self.trace.steps if step.path == "stem" and step.kind == "maxpool"), None)

    @property
    def stages(self) -> int:
        """How many stages."""
        return max(step.stage or 0 for step in self.trace.steps)

    @cached_property
    def by_block(self) -> dict[str, list[Step]]:
        """The steps of each block, ``layer2.0``, in order."""
        found: dict[str, list[Step]] = {}
        for step in self.trace.steps:
            if step.stage is not None:
                found.setdefault(f"layer{step.stage}.{step.block}", []).append(step)
        return found

    def blocks(self, stage: int | None = None) -> list[Block]:
        """Every block, or those of a stage."""
        return [Block(self, name) for name, steps in self.by_block.items() if stage in (None, steps[0].stage)]

    @property
    def last_map(self) -> Step:
        """The step whose map the head reads."""
        return [s for s in self.trace.steps if s.path not in ("head", "gate") and len(s.output) == 4][-1]

    @property
    def halving(self) -> Block | None:
        """The first block that makes the map smaller."""
        return next((block for block in self.blocks() if block.source.output[2:] != block.add.output[2:]), None)

    @property
    def main_convs(self) -> list[Step]:
        """Convs that are not on a shortcut, as papers count them."""
        return [step for step in self.trace.steps if step.kind == "conv" and step.path in ("stem", "main")]

    @property
    def shortcut_convs(self) -> list[Step]:
        """The projections."""
        return [step for step in self.trace.steps if step.kind == "conv" and step.path == "shortcut"]


@dataclass(frozen=True)
class Block:
    """A residual block within a scene."""

    scene: Scene
    name: str

    @property
    def steps(self) -> list[Step]:
        """All its steps, in order."""
        return self.scene.by_block[self.name]

    @property
    def source(self) -> Step:
        """What the block reads."""
        return self.scene.trace.steps[self.steps[0].reads[0]]

    @property
    def add(self) -> Step:
        """Its addition."""
        return next(step for step in self.steps if step.kind == "add")

    @property
    def convs(self) -> list[Step]:
        """The convs of its main path."""
        return [step for step in self.steps if step.kind == "conv" and step.path == "main"]

    @property
    def way(self) -> list[Step]:
        """The steps of its shortcut."""
        return [step for step in self.steps if step.path == "shortcut"]

    @property
    def projection(self) -> Step | None:
        """The conv of its shortcut."""
        return next((step for step in self.way if step.kind == "conv"), None)


@dataclass(frozen=True)
class View:
    """A figure to show: which of the app's views, of what. ``other`` is the second network of "beside"."""

    scene: Scene
    shown: Shown = "picture"
    level: str = "network"
    focus: str | None = None
    select: str | None = None
    cell: Pair = (0, 0)
    blanks: tuple[str, ...] = ()  # the steps whose shape the reader is to find: the picture shows question marks for it
    other: Scene | None = None
    bars: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()  # (quantity, ((name, value), …))
    curves: tuple[tuple[str, tuple[int, ...]], ...] = ()  # (name, a value for each side from 1 up)
    at: int = 0  # the side that is marked on the curves


@dataclass(frozen=True)
class Answer:
    """One answer with its reason: for a wrong one the misconception that it comes from."""

    text: str
    why: str
    right: bool = False
    view: View | None = None  # a figure that shows it


@dataclass(frozen=True)
class Question:
    """What to predict. A "shape" is typed as H×W×C, the answers are those that the lesson knows."""

    prompt: str
    answers: tuple[Answer, ...]
    kind: Literal["choice", "shape"] = "choice"

    @property
    def right(self) -> Answer:
        """The one right answer."""
        return next(answer for answer in self.answers if answer.right)

    def judge(self, text: str) -> Answer:
        """The answer that ``text`` is; for a typed shape that no answer foresees, what of it is off."""
        found = next((answer for answer in self.answers if answer.text == text), None)
        if found is not None or self.kind == "choice":
            return found or Answer(text, "That is none of the answers.")
        wanted, given = self.right.text.split("×"), text.split("×")
        off = [word for word, a, b in zip(("height", "width", "channels"), wanted, given, strict=False) if a != b]
        told = (
            "Height and width are right, the channels are not: count the filters."
            if off == ["channels"]
            else "The channels are right, height and width are not: follow the strides from the image on."
            if "channels" not in off
            else "Neither the size nor the channels: read the sizes off the picture, then the step's own kernel, stride and filters."
        )
        return Answer(text, told)


@dataclass(frozen=True)
class Page:
    """A lesson for one scene."""

    claim: str
    view: View
    question: Question
    reason: str  # why the right answer is right, and what follows from it
    after: View | None = None  # the figure once the answer is known; else the same without blanks


@dataclass(frozen=True)
class Lesson:
    """A step of the tour. ``build`` makes its page; a network that it does not fit is replaced within, and told so."""

    name: str
    title: str  # what it is about, without the answer
    claim: str  # in one sentence, said with the answer
    start: str  # the configuration that it opens with
    terms: tuple[str, ...]  # of the glossary, explained beside the text
    build: Callable[[Scene], Page]


def choices(key: str, right: Answer, wrong: Iterable[Answer], spare: Iterable[Answer] = ()) -> tuple[Answer, ...]:
    """The right answer among the wrong ones that differ from it, in an order that tells nothing.

    ``spare`` is taken from where the network makes fewer than two of ``wrong`` differ.
    """
    kept = {right.text: right}
    for answer in wrong:
        kept.setdefault(answer.text, answer)
    for answer in spare:
        if len(kept) >= 3:
            break
        kept.setdefault(answer.text, answer)
    return tuple(sorted(kept.values(), key=lambda answer: crc32(f"{key} {answer.text}".encode())))


def right(text: str, why: str, view: View | None = None) -> Answer:
    """The right answer."""
    return Answer(text, why, right=True, view=view)


def making(shape: Shape, steps: Iterable[Step]) -> tuple[str, ...]:
    """The names of those of ``steps`` that make ``shape``: what is to be blank where it is asked for."""
    return tuple(step.name for step in steps if step.output == shape)


def hwc(shape: Shape) -> str:
    """``56×56×64``"""
    return map_text(shape)


def hw(shape: Shape) -> str:
    """``56×56``"""
    return f"{shape[2]}×{shape[3]}"


def percent(share: float) -> str:
    """``25 %``, ``62.1 %``"""
    return f"{100 * share:.3g} %"


def attempt(scene: Scene, make: Callable[[ResNetSpec], ResNetSpec], fallback: str) -> tuple[Scene, str]:
    """The scene with its spec changed by ``make``, or the network ``fallback`` changed so, with a sentence that says it."""
    try:
        return scene.of_spec(make(scene.spec)), ""
    except ResNetVizError:
        known = entry(fallback)
        made = Scene.of(fallback, None, make(known.spec))
        return made, f"{scene.title} cannot be built so, and {known.title} stands in for it. "
