"""What a lesson is: a claim, a figure, a prediction, and why each answer is right or wrong.

A lesson's page is made anew for any network at any input, so each number in it is read from that network's trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

from ..advise.comparing import ratio_text
from ..errors import ResNetVizError
from ..picture.layout import map_text
from ..spec import ResNetSpec
from ..spec.catalogue import entry
from ..steps import Shape, Step
from .figure import View
from .mistyped import told
from .scene import Scene


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
        """The answer that ``text`` is; for a typed shape that no answer foresees, what it shows that one assumes."""
        found = next((answer for answer in self.answers if answer.text == text), None)
        if found is not None or self.kind == "choice":
            return found or Answer(text, "That is none of the answers.")
        return Answer(text, told(self.right.text, text))


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
    terms: tuple[str, ...]  # of the glossary, which it brings in or needs most
    build: Callable[[Scene], Page]
    deeper: bool = False  # no part of the core, which takes half an hour


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


def times_text(before: float, after: float) -> str:
    """``4 times``, ``½``"""
    text = ratio_text(before, after)
    return f"{text[1:]} times" if text.startswith("×") else text


def instead(name: str, why: str) -> tuple[Scene, str]:
    """The catalogue's network ``name`` where the chosen one does not fit, with a sentence that says ``why``."""
    known = entry(name)
    return Scene.of(name), f"{why}, and {known.title} stands in for it. "


def attempt(scene: Scene, make: Callable[[ResNetSpec], ResNetSpec], fallback: str) -> tuple[Scene, str]:
    """The scene with its spec changed by ``make``, or the network ``fallback`` changed so, with a sentence that says it."""
    try:
        return scene.of_spec(make(scene.spec)), ""
    except ResNetVizError:
        known = entry(fallback)
        made = Scene.of(fallback, None, make(known.spec))
        return made, f"{scene.title} cannot be built so, and {known.title} stands in for it. "
