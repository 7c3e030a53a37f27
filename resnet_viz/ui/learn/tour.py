"""One lesson: claim, figure, prediction, then the answer with its reason."""

from __future__ import annotations

import streamlit as st

import resnet_viz as rv
from resnet_viz.lessons import LESSONS, Lesson, Page, Question, Scene
from resnet_viz.lessons.glossary import GLOSSARY
from resnet_viz.spec.configuration import Configuration
from resnet_viz.ui import cache, links
from resnet_viz.ui.learn import figures, progress
from resnet_viz.ui.sides import network_controls, wish

_BY_NAME = {lesson.name: lesson for lesson in LESSONS}
SIDE = "lesson"
_SIDES = ("Height", "Width", "Channels")


def go(name: str) -> None:
    """Turn to a lesson, on the network that it was last shown on."""
    state = st.session_state
    state["lesson"] = name
    _turned()


def _turned() -> None:
    if not links.offered("lesson", _BY_NAME):
        return
    lesson = _BY_NAME[st.session_state["lesson"]]
    it = progress.given().get(lesson.name)
    wish(SIDE, _shown_on().get(lesson.name) or (it.config if it else lesson.start))


def _shown_on() -> dict[str, str]:
    """The configuration that each lesson was last shown on."""
    return st.session_state.setdefault("lesson_on", {})


def tour(hidden: frozenset[str]) -> None:
    """The lesson that is turned to."""
    state = st.session_state
    if not links.offered("lesson", _BY_NAME):
        state["lesson"] = LESSONS[0].name
    lesson = _BY_NAME[state["lesson"]]
    if f"{SIDE}_net" not in state and f"wish_{SIDE}" not in state:
        _turned()
    number = LESSONS.index(lesson)
    if "steps" not in hidden:
        st.selectbox(
            "Step of the tour", list(_BY_NAME), key="lesson", format_func=_titled, on_change=_turned, width=460
        )
    links.publish("lesson", lesson.name, LESSONS[0].name)
    st.header(f"{lesson.title}", anchor=False)
    scene = _scene(lesson, hidden)
    if scene is None:
        return
    page = cache.lesson_page(lesson.name, scene)
    it = progress.given().get(lesson.name)
    text = progress.answer_text(page, it) if it is not None and it.config == scene.text else None
    st.markdown(page.claim)
    words(lesson.terms, lesson.name)
    open_ = text is not None and "answers" not in hidden
    figures.show(page.after if open_ and page.after is not None else page.view, f"lesson_{lesson.name}", hide=not open_)
    _question(lesson, page, scene, text, hidden)
    if "steps" not in hidden:
        row = st.container(horizontal=True)
        if number:
            row.button("Back", key="lesson_back", on_click=go, args=(LESSONS[number - 1].name,))
        if number + 1 < len(LESSONS):
            row.button(
                "Next",
                key="lesson_next",
                type="primary" if open_ or text else "secondary",
                on_click=go,
                args=(LESSONS[number + 1].name,),
            )
        else:
            row.button(
                "On to the design tasks",
                key="lesson_tasks",
                type="primary",
                on_click=lambda: state.update(part="Design tasks"),
            )


def _titled(name: str) -> str:
    lesson = _BY_NAME[name]
    return f"{LESSONS.index(lesson) + 1}. {lesson.title}"


def _scene(lesson: Lesson, hidden: frozenset[str]) -> Scene | None:
    """The network of the lesson, which the learner may change."""
    if "network" in hidden:
        links.publish("on", None, None)
        return Scene.read(lesson.start)
    with st.expander("On another network or input?", key="lesson_network"):
        made = network_controls(SIDE, "Network", lesson.start)
    if made is None:
        return None
    _shown_on()[lesson.name] = made.text
    links.publish("on", made.text, lesson.start)
    if made.text != lesson.start:
        st.caption(f"Here: `{made.text}`")
    return scene_of(made)


def scene_of(made: Configuration) -> Scene | None:
    """The scene, or None where the network cannot run, which is told."""
    try:
        return Scene.of(made.name, made.size, made.spec)
    except rv.ResNetVizError as error:
        st.error(f"This network cannot run at this input. {error}")
        return None


def words(terms: tuple[str, ...], key: str) -> None:
    """The terms of a text, each with its meaning a key press away."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"words_{key}")
    row.caption("Words:", width="content")
    for term in terms:
        row.popover(term, type="tertiary", key=f"word_{key}_{term}").markdown(f"**{term}**: {GLOSSARY[term]}")


def _question(lesson: Lesson, page: Page, scene: Scene, text: str | None, hidden: frozenset[str]) -> None:
    question = page.question
    st.markdown(f"**Predict.** {question.prompt}")
    if text is None:
        key = f"predict_{lesson.name}"
        with st.form(f"{key}_{scene.text}", border=False, enter_to_submit=True):
            if question.kind == "shape":
                row = st.container(horizontal=True, vertical_alignment="bottom")
                for word in _SIDES:
                    row.number_input(word, 1, 99_999, value=None, step=1, width=120, key=f"{key}_{word}")
            else:
                st.radio(
                    "Your prediction",
                    [each.text for each in question.answers],
                    index=None,
                    key=key,
                    label_visibility="collapsed",
                )
            # in a callback, so that the answer is there in the run that follows and not one later
            if st.form_submit_button(
                "Check my prediction", type="primary", on_click=_submit, args=(lesson, question, scene.text)
            ):
                st.warning(
                    "Predict first: fill in all three numbers."
                    if question.kind == "shape"
                    else "Predict first: choose an answer."
                )
        return
    if "answers" in hidden:
        st.info(f"Your prediction is noted: {text}.")
    else:
        answer = question.judge(text)
        if answer.right:
            st.success(f"**{text}** is right. {answer.why}")
        else:
            st.warning(f"You predicted **{text}**. {answer.why}")
            if answer.view is not None:
                figures.show(answer.view, f"wrong_{lesson.name}")
            st.success(f"It is **{question.right.text}**. {question.right.why}")
        st.markdown(f"**{lesson.claim}**")
        st.markdown(f"**Why?** {page.reason}")
    st.button("Predict again", key="lesson_again", on_click=progress.forget, args=(lesson.name,))


def _submit(lesson: Lesson, question: Question, config: str) -> None:
    """Note what was predicted; where something is missing, the page asks for it."""
    state, key = st.session_state, f"predict_{lesson.name}"
    if question.kind == "shape":
        sides = [state.get(f"{key}_{word}") for word in _SIDES]
        if None not in sides:
            progress.record(lesson.name, "x".join(str(side) for side in sides), config)
    elif state.get(key) is not None:
        progress.record(lesson.name, str([each.text for each in question.answers].index(state[key])), config)
