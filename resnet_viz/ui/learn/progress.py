"""What the learner has answered: in the session and in the address, never on the server; and the page to hand in.

In the address an answer is ``lesson~answer`` or ``lesson~answer~configuration``, joined by ``!``; a choice is its number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import streamlit as st

import resnet_viz as rv
from resnet_viz.export.sheet import Entry
from resnet_viz.lessons import LESSONS, Answer, Page, Scene
from resnet_viz.lessons.tasks import TASKS, judge, passed
from resnet_viz.spec.configuration import configuration
from resnet_viz.ui import cache, links

_LONGEST = 4000
_DESIGN = "task-"
_NAMES = [lesson.name for lesson in LESSONS]
LINKED = "given_by_link"  # what the address brings


@dataclass(frozen=True)
class Given:
    """An answer and the configuration it was given for; ``text`` is a choice's number, or a shape as typed."""

    text: str
    config: str


def given() -> dict[str, Given]:
    """Answers by lesson, solved tasks by ``task-NAME``."""
    return st.session_state.setdefault("given", {})


def adopt() -> None:
    """Take in what the address brings. Whoever goes back in the browser keeps what was answered since."""
    brought: dict[str, Given] = st.session_state.get(LINKED) or {}
    for key, it in brought.items():
        given().setdefault(key, it)
    st.session_state[LINKED] = None


def record(key: str, text: str, config: str) -> None:
    """Note an answer."""
    given()[key] = Given(text, config)


def forget(key: str) -> None:
    """Take an answer back."""
    given().pop(key, None)


def read(text: str) -> dict[str, Given] | None:
    """Answers from the address; what is none is left out, and None where nothing is left of something."""
    found: dict[str, Given] = {}
    for part in text[:_LONGEST].split("!")[: len(LESSONS) + len(TASKS)]:
        key, _, rest = part.partition("~")
        answer, _, config = rest.partition("~")
        lesson = next((lesson for lesson in LESSONS if lesson.name == key), None)
        task = next((task for task in TASKS if _DESIGN + task.name == key), None)
        try:
            if lesson is not None and re.fullmatch(r"\d{1,2}|\d{1,5}x\d{1,5}x\d{1,6}", answer):
                found[key] = Given(answer, Scene.read(config or lesson.start).text)
            elif task is not None and answer == "1" and config:
                made = configuration(config)
                if passed(judge(task, made)):  # a link cannot claim what is not so
                    found[key] = Given("1", made.text)
        except rv.ResNetVizError:
            continue
    return found if found or not text else None


def publish() -> None:
    """Write the answers to the address."""
    starts = {lesson.name: lesson.start for lesson in LESSONS}
    parts = [
        f"{key}~{it.text}" + (f"~{it.config}" if it.config != starts.get(key) else "") for key, it in given().items()
    ]
    links.publish("given", "!".join(parts) or None, None)


def answer_text(page: Page, it: Given) -> str | None:
    """The answer as the page words it, or None where its number is none of the page's."""
    if "x" in it.text:
        return it.text.replace("x", "×")
    return page.question.answers[int(it.text)].text if int(it.text) < len(page.question.answers) else None


@dataclass(frozen=True)
class Answered:
    """A step of the tour that was answered: the question, what was predicted, and what is right."""

    lesson: str
    config: str
    question: str
    text: str
    answer: Answer
    right: str


def answered() -> list[Answered]:
    """The steps that were answered, in the tour's order."""
    made: list[Answered] = []
    for lesson in LESSONS:
        it = given().get(lesson.name)
        if it is None:
            continue
        page = cache.lesson_page(lesson.name, Scene.read(it.config))
        text = answer_text(page, it)
        if text is not None:
            asked = page.question
            made.append(Answered(lesson.name, it.config, asked.prompt, text, asked.judge(text), asked.right.text))
    return made


def marks() -> str:
    """Which steps of the tour were answered rightly and which not, by their numbers, and which tasks are solved."""
    judged: dict[bool, list[str]] = {True: [], False: []}
    for it in answered():
        judged[it.answer.right].append(str(_NAMES.index(it.lesson) + 1))
    solved = [task.title for task in TASKS if _DESIGN + task.name in given()]
    told = [
        f"{title}: {', '.join(found)}"
        for title, found in (("Right", judged[True]), ("Not right", judged[False]), ("Solved", solved))
        if found
    ]
    return " · ".join(told)


def entries() -> list[Entry]:
    """Everything that was answered and solved, in the tour's order, for the page to hand in."""
    made = [
        Entry(LESSONS[_NAMES.index(it.lesson)].title, it.config, it.question, it.text, it.answer.right, it.answer.why)
        for it in answered()
    ]
    for task in TASKS:
        it = given().get(_DESIGN + task.name)
        if it is not None:
            conditions = judge(task, configuration(it.config))
            told = "; ".join(f"{condition.text}: {condition.told}" for condition in conditions)
            made.append(Entry(task.title, it.config, task.goal, it.config, passed(conditions), told))
    return made


def reset() -> None:
    """Begin anew."""
    st.session_state["given"] = {}
