"""How long does a step take?  By what is read in it, looked at and thought over; so that a lecture can be planned."""

from __future__ import annotations

from .base import Page

READING = 200  # words per minute: silent reading of plain prose is about 240 (Brysbaert 2019), and these have formulas
LOOKING = 45  # seconds for a figure
PREDICTING = 30  # seconds for an answer, before it is told


def minutes(title: str, page: Page) -> float:
    """Minutes for one step: its title, claim, question and answers, the reason, and the longest reply to a wrong answer.

    >>> from resnet_viz.lessons import LESSONS
    >>> from resnet_viz.lessons.scene import Scene
    >>> 1 < minutes(LESSONS[0].title, LESSONS[0].build(Scene.read(LESSONS[0].start))) < 4
    True
    """
    asked = page.question
    replies = [answer.why for answer in asked.answers if not answer.right]
    read = [title, page.claim, asked.prompt, *(answer.text for answer in asked.answers), asked.right.why, page.reason]
    words = sum(len(text.split()) for text in [*read, max(replies, key=len, default="")])
    return words / READING + (LOOKING + PREDICTING) / 60
