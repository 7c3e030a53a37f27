"""For whoever teaches with the tour: what each step teaches and asks, as a page to print."""

from __future__ import annotations

from urllib.parse import urlencode

import resnet_viz as rv
from resnet_viz.export.guide import Taught, guide
from resnet_viz.lessons import LESSONS, Lesson
from resnet_viz.lessons.pace import minutes
from resnet_viz.lessons.scene import Scene


def whole_guide(address: str) -> str:
    """All steps, each with the network that it opens with and a link into it from the page at ``address``."""
    return guide(all_taught(address), rv.__version__)


def all_taught(address: str) -> list[Taught]:
    """Each step, to be written in any form."""
    return [_taught(lesson, address) for lesson in LESSONS]


def _taught(lesson: Lesson, address: str) -> Taught:
    made = lesson.build(Scene.read(lesson.start))
    asked = made.question
    wrong = [(answer.text, answer.why) for answer in asked.answers if not answer.right]
    return Taught(
        lesson.title, f"{address}?{urlencode({'lesson': lesson.name})}", lesson.deeper, lesson.claim, lesson.start, lesson.terms,
        asked.prompt, asked.right.text, asked.right.why, made.reason, wrong, minutes(lesson.title, made),
    )  # fmt: skip
