"""The end of the tour: what one predicted, and what is so."""

from __future__ import annotations

import streamlit as st

from resnet_viz.lessons import LESSONS
from resnet_viz.ui.learn import progress, words


def recap(hidden: frozenset[str]) -> None:
    """Each step that was answered, with its prediction, the right answer where answers may be seen, and the claim."""
    with st.container(key="step_head"):
        st.header("What you predicted, and what is so", anchor=False)
    told = {entry.lesson: entry for entry in progress.answered()}
    if not told:
        st.markdown("Nothing is predicted yet: each step of the tour asks one question.")
    seen = set[str]()
    for number, lesson in enumerate(LESSONS, 1):
        entry = told.get(lesson.name)
        if entry is None:
            continue
        line = f"**{number}. {lesson.title}**  \n{entry.question}  \n"
        if "answers" in hidden:
            line += f"You predicted **{entry.text}**."
        elif entry.answer.right:
            line += f":green-badge[You are right: it is] **{entry.text}**. {lesson.claim}"
        else:
            line += f":red-badge[You predicted] **{entry.text}** :green-badge[It is] **{entry.right}**. {lesson.claim}"
        words.write(line, seen)
    left = [str(number) for number, lesson in enumerate(LESSONS, 1) if lesson.name not in told]
    if told and left:
        st.caption(f"Not answered yet: {'steps' if len(left) > 1 else 'step'} {', '.join(left)}.")
