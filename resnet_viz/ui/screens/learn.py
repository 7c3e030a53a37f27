"""Learn: the tour with its predictions, the errata, design tasks, names side by side, words; progress and teachers' links."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

import resnet_viz as rv
from resnet_viz.export.sheet import sheet
from resnet_viz.lessons import LESSONS
from resnet_viz.lessons.tasks import TASKS
from resnet_viz.ui import links
from resnet_viz.ui.learn import errata, names, progress, tasks, teachers, tour
from resnet_viz.ui.learn.turning import turned_to
from resnet_viz.ui.links import Param, one_of
from resnet_viz.ui.sides import readable, wish

PARTS = ("Tour", "Often read", "Design tasks", "Names", "Words")
HIDE = {"answers": "the answers", "network": "the choice of network", "steps": "the other steps and parts"}
_PARAMS = (
    Param("part", one_of(*PARTS)),
    Param("lesson", one_of(*(lesson.name for lesson in LESSONS), tour.RECAP)),
    Param("on", readable, f"wish_{tour.SIDE}"),
    Param("given", progress.read, progress.LINKED),
    Param("of", readable, f"wish_{errata.SIDE}"),
    Param("task", one_of(*(task.name for task in TASKS))),
    Param("design", readable, f"wish_{tasks.SIDE}"),
    Param("network", readable, f"wish_{names.SIDE}"),
    Param("named", lambda text: text[:60] or None),
    Param("hide", lambda text: text if set(text.split(",")) <= set(HIDE) else None, "teacher_hides"),
)


def page() -> None:
    """The whole page, top to bottom."""
    st.title("Learn: predict, look, ask why", anchor=False)
    went = links.restore("learn", _PARAMS)
    state = st.session_state
    progress.adopt()
    if went:
        _as_linked()
    hidden = frozenset(filter(None, str(state.get("teacher_hides") or "").split(",")))
    state.setdefault("part", PARTS[0])
    links.publish("hide", ",".join(sorted(hidden)) or None, None)
    bar = st.container(horizontal=True, vertical_alignment="center", key="learn_bar")
    if "steps" not in hidden:
        bar.segmented_control("Part", PARTS, required=True, key="part", label_visibility="collapsed")
    part = state["part"]
    links.publish("part", part, PARTS[0])
    if part == "Tour":
        tour.tour(hidden, bar)
    elif part == "Often read":
        errata.errata(hidden)
    elif part == "Design tasks":
        tasks.tasks(hidden, bar)
    elif part == "Names":
        names.names(hidden)
    else:
        names.glossary()
    turned = {"Tour": "lesson", "Design tasks": "task"}.get(part)
    turned_to(part, str(state[turned]) if turned else "")
    progress.publish()
    _progress(hidden)
    if not hidden:
        _teacher()


def _as_linked() -> None:
    """Where somebody went back in the browser, a network that the address does not name is the one that stands there."""
    state = st.session_state
    for name, side, start in (
        ("on", tour.SIDE, tour.start(state.get("lesson"))), ("of", errata.SIDE, errata.START),
        ("design", tasks.SIDE, tasks.start(state.get("task"))), ("network", names.SIDE, names.START),
    ):  # fmt: skip
        if name not in links.address() and f"{side}_net" in state:
            wish(side, start)


def _progress(hidden: frozenset[str]) -> None:
    """How far one has come, the page to hand in, and the way back to the beginning."""
    answered = sum(lesson.name in progress.given() for lesson in LESSONS)
    solved = sum(f"task-{task.name}" in progress.given() for task in TASKS)
    st.divider()
    st.progress(
        answered / len(LESSONS), f"{answered} of {len(LESSONS)} steps answered, {solved} of {len(TASKS)} tasks solved"
    )
    if not progress.given():
        st.caption("Your answers are kept in the address of this page and nowhere else: reload it, or keep the link.")
        return
    if "answers" not in hidden:
        st.caption(progress.marks())
        _hand_in()
    st.button("Start over", on_click=_reset)


def _hand_in() -> None:
    """A form, so that a name which was just typed is in the page that is then offered."""
    state = st.session_state
    with st.form("hand_in", border=False):
        row = st.container(horizontal=True, vertical_alignment="bottom")
        name = row.text_input("Your name, for the page to hand in", key="learner", max_chars=80, width=280)
        row.form_submit_button("Make a page to hand in", on_click=lambda: state.update(sheet_wanted=True))
    if state.get("sheet_wanted"):
        st.download_button(
            f"Download the page{f' of {name}' if name else ''}", sheet(progress.entries(), name, rv.__version__), "resnet-viz-answers.html",
            "text/html", on_click="ignore", type="primary", help="One HTML file, to be printed or handed in",
        )  # fmt: skip


def _reset() -> None:
    progress.reset()
    for kept in ("lesson_on", "designs", "drawn_designs", "hints", "sheet_wanted"):
        st.session_state.pop(kept, None)
    tour.go(LESSONS[0].name)


def _teacher() -> None:
    """A link to a step that hides what should not be seen yet."""
    with st.expander("For teachers: a link to this step, and what each teaches", key="teacher"):
        chosen = st.pills(
            "Hide in it", list(HIDE), format_func=HIDE.__getitem__, selection_mode="multi", key="teacher_choice"
        )
        wanted = {"part": st.session_state["part"], "lesson": st.session_state.get("lesson", LESSONS[0].name)}
        for name in ("on", "of", "task", "design", "network", "named"):
            if name in links.address():
                wanted[name] = links.address()[name]
        if chosen:
            wanted["hide"] = ",".join(chosen)
        address = _address()
        st.code(f"{address}?{urlencode(wanted)}", language=None, wrap_lines=True)
        st.caption("Whoever opens it begins there. With hidden answers a prediction is noted and not judged.")
        st.download_button(
            "What each step teaches and asks, HTML", lambda: teachers.whole_guide(address), "resnet-viz-teachers.html", "text/html",
            on_click="ignore", help="In order, with the right answer and what each wrong one shows that one believes; to be printed",
        )  # fmt: skip


def _address() -> str:
    return str(st.context.url or "learn").partition("?")[0]
