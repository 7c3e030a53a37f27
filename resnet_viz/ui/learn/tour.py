"""One lesson: claim, figure, prediction, then the answer with its reason."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import resnet_viz as rv
from resnet_viz.lessons import LESSONS, Lesson, Page, Question, Scene
from resnet_viz.spec.configuration import Configuration
from resnet_viz.ui import cache, links
from resnet_viz.ui.learn import figures, progress, recap, words
from resnet_viz.ui.sides import network_controls, wish

_BY_NAME = {lesson.name: lesson for lesson in LESSONS}
_CORE = [lesson for lesson in LESSONS if not lesson.deeper]
_DEEPER = [lesson for lesson in LESSONS if lesson.deeper]
SIDE = "lesson"
RECAP = "recap"  # what stands at the end of either way, in the address too
_SIDES = ("Height", "Width", "Channels")


def go(name: str) -> None:
    """Turn to a lesson, on the network that it was last shown on."""
    state = st.session_state
    state["lesson"] = name
    _turned()


def start(name: str | None) -> str:
    """The configuration that a lesson opens with."""
    return _BY_NAME.get(name or "", LESSONS[0]).start


def _turned() -> None:
    state = st.session_state
    lesson = _BY_NAME.get(state["lesson"])
    if lesson is None:
        return
    it = progress.given().get(lesson.name)
    wish(SIDE, _shown_on().get(lesson.name) or (it.config if it else lesson.start))


def _shown_on() -> dict[str, str]:
    """The configuration that each lesson was last shown on."""
    return st.session_state.setdefault("lesson_on", {})


def tour(hidden: frozenset[str], bar: DeltaGenerator) -> None:
    """The lesson that is turned to; ``bar`` has room for the choice of another."""
    state = st.session_state
    if not links.offered("lesson", (*_BY_NAME, RECAP)):
        state["lesson"] = LESSONS[0].name
    if "steps" not in hidden:
        bar.selectbox(
            "Step of the tour", [*_BY_NAME, RECAP], key="lesson", format_func=_titled, on_change=_turned, width=460,
            label_visibility="collapsed",
        )  # fmt: skip
    links.publish("lesson", state["lesson"], LESSONS[0].name)
    if state["lesson"] == RECAP:
        links.publish("on", None, None)
        recap.recap(hidden)
        _onwards()
        return
    lesson = _BY_NAME[state["lesson"]]
    if f"{SIDE}_net" not in state and f"wish_{SIDE}" not in state:
        _turned()
    head = st.container(horizontal=True, vertical_alignment="center", key="step_head")
    head.header(lesson.title, anchor=False, width="stretch")
    scene = _scene(lesson, hidden, head)
    page = cache.lesson_page(lesson.name, scene)
    it = progress.given().get(lesson.name)
    text = progress.answer_text(page, it) if it is not None and it.config == scene.text else None
    open_ = text is not None and "answers" not in hidden
    with st.container(key="step"):
        with st.container(key="step_text"):
            _asked(page, folded=open_)
        with st.container(key="step_figure"):
            _figure(lesson, page, text if open_ else None)
        with st.container(key="step_answer"):
            if text is None:
                _ask(lesson, page.question, scene)
            elif open_:
                _judge(lesson, page, text)
            else:
                st.info(f"Your prediction is noted: {text}.")
            _turning(lesson, hidden, answered=text is not None)


def _titled(name: str) -> str:
    if name == RECAP:
        return "What you predicted, and what is so"
    lesson = _BY_NAME[name]
    return f"{LESSONS.index(lesson) + 1}. {lesson.title}{' (deeper)' if lesson.deeper else ''}"


def _asked(page: Page, *, folded: bool) -> None:
    """What the step is about, and its question."""
    seen = set[str]()
    if folded:
        with st.expander("What stood here before the answer"):
            words.write(page.claim, seen)
    else:
        words.write(page.claim, seen)
    words.write(f"**Predict.** {page.question.prompt}", seen)


def _figure(lesson: Lesson, page: Page, text: str | None) -> None:
    """The figure of the step; once ``text`` is answered, that which shows why."""
    key = f"lesson_{lesson.name}"
    if text is None:
        figures.show(page.view, key, hide=True)
        return
    wrong = page.question.judge(text).view
    if wrong is not None or page.after is not None:
        st.markdown(f":green-badge[It is] {page.question.right.text}")
    figures.show(page.after or page.view, key)
    if wrong is not None:
        st.markdown(f":red-badge[You predicted] {text}")
        figures.show(wrong, f"wrong_{lesson.name}")


def _turning(lesson: Lesson, hidden: frozenset[str], *, answered: bool) -> None:
    """The ways on and back."""
    row = st.container(horizontal=True, key="step_turn")
    if "steps" not in hidden:
        before, after = neighbours(lesson.name)
        if before is not None:
            row.button("Back", key="lesson_back", on_click=go, args=(before,))
        kind = "primary" if answered else "secondary"
        row.button("Next", key="lesson_next", type=kind, on_click=go, args=(after,))
    if answered:
        row.button("Predict again", key="lesson_again", type="tertiary", on_click=progress.forget, args=(lesson.name,))


def neighbours(name: str) -> tuple[str | None, str]:
    """The steps before and after a step on its way, which ends with the recap."""
    way = [lesson.name for lesson in (_DEEPER if _BY_NAME[name].deeper else _CORE)]
    at = way.index(name)
    return way[at - 1] if at else None, way[at + 1] if at + 1 < len(way) else RECAP


def _onwards() -> None:
    """What comes after the recap: the deeper steps while one of them is unanswered, and the design tasks."""
    left = [lesson for lesson in _DEEPER if lesson.name not in progress.given()]
    row = st.container(horizontal=True)
    if left:
        row.button(f"Go deeper: {left[0].title}", key="lesson_deeper", on_click=go, args=(left[0].name,))
    row.button(
        "On to the design tasks", key="lesson_tasks", type="primary",
        on_click=lambda: st.session_state.update(part="Design tasks"),
    )  # fmt: skip


def _scene(lesson: Lesson, hidden: frozenset[str], head: DeltaGenerator) -> Scene:
    """The network of the lesson, which the learner may change."""
    if "network" in hidden:
        links.publish("on", None, None)
        return Scene.read(lesson.start)
    with head.popover("Another network?", key="lesson_network"):
        made = network_controls(SIDE, "Network", lesson.start)
    scene = None if made is None else scene_of(made)
    if made is None or scene is None:  # the step stays as it was while an entry is wrong
        last = _shown_on().get(lesson.name, lesson.start)
        st.caption(f"Here still: `{last}`")
        return Scene.read(last)
    _shown_on()[lesson.name] = made.text
    links.publish("on", made.text, lesson.start)
    if made.text != lesson.start:
        st.caption(f"Here: `{made.text}`")
    return scene


def scene_of(made: Configuration) -> Scene | None:
    """The scene, or None where the network cannot run, which is told."""
    try:
        return Scene.of(made.name, made.size, made.spec)
    except rv.ResNetVizError as error:
        st.error(f"This network cannot run at this input. {error}")
        return None


def _ask(lesson: Lesson, question: Question, scene: Scene) -> None:
    """The answers to choose from, or the numbers to fill in."""
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


def _judge(lesson: Lesson, page: Page, text: str) -> None:
    """What was predicted, what is so, and why."""
    answer, seen = page.question.judge(text), set[str]()
    if not answer.right:
        words.write(f":red-badge[You predicted] **{text}**  \n{answer.why}", seen)
    told = f":green-badge[{'You are right: it is' if answer.right else 'It is'}] **{page.question.right.text}**"
    words.write(f"{told}  \n{page.question.right.why}", seen)
    words.write(f"**{lesson.claim}** {page.reason}", seen)


def _submit(lesson: Lesson, question: Question, config: str) -> None:
    """Note what was predicted; where something is missing, the page asks for it."""
    state, key = st.session_state, f"predict_{lesson.name}"
    if question.kind == "shape":
        sides = [state.get(f"{key}_{word}") for word in _SIDES]
        if None not in sides:
            progress.record(lesson.name, "x".join(str(side) for side in sides), config)
    elif state.get(key) is not None:
        progress.record(lesson.name, str([each.text for each in question.answers].index(state[key])), config)
