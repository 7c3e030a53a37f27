"""Design tasks: a goal, a network of one's own, and what the trace says of it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import resnet_viz as rv
from resnet_viz.lessons.tasks import TASKS, judge, passed
from resnet_viz.picture.layout import WHOLE
from resnet_viz.ui import cache, diagram, links, viewing
from resnet_viz.ui.learn import progress
from resnet_viz.ui.sides import network_controls, wish
from resnet_viz.ui.subject import Known

_BY_NAME = {task.name: task for task in TASKS}
SIDE = "design"


def start(name: str | None) -> str:
    """The configuration that a task opens with."""
    return _BY_NAME.get(name or "", TASKS[0]).start


def go(name: str) -> None:
    """Turn to a task."""
    st.session_state["task"] = name
    _turned()


def _turned() -> None:
    state = st.session_state
    task = _BY_NAME[state["task"]]
    it = progress.given().get(f"task-{task.name}")
    wish(SIDE, _designs().get(task.name) or (it.config if it else task.start))


def _designs() -> dict[str, str]:
    """The last design for each task."""
    return st.session_state.setdefault("designs", {})


def _titled(name: str) -> str:
    return _BY_NAME[name].title


def tasks(hidden: frozenset[str], bar: DeltaGenerator) -> None:
    """The chosen task; ``bar`` has room for the choice of another."""
    state = st.session_state
    state.setdefault("task", TASKS[0].name)
    if f"{SIDE}_net" not in state and f"wish_{SIDE}" not in state:
        _turned()
    if "steps" not in hidden:
        bar.selectbox(
            "Task", list(_BY_NAME), key="task", format_func=_titled, on_change=_turned, width=460,
            label_visibility="collapsed",
        )  # fmt: skip
    task = _BY_NAME[state["task"]]
    links.publish("task", task.name, TASKS[0].name)
    with st.container(key="step_head"):
        st.header(task.title, anchor=False)
    st.markdown(task.goal)
    made = network_controls(SIDE, "Network", task.start)
    if made is None:
        return
    _designs()[task.name] = made.text
    links.publish("design", made.text, task.start)
    try:
        conditions = judge(task, made)
    except rv.ResNetVizError as error:
        st.error(str(error))
        return
    for condition in conditions:
        st.markdown(f"{':green[✓]' if condition.met else ':gray[○]'} {condition.text}: {condition.told}")
    if passed(conditions):
        progress.record(f"task-{task.name}", "1", made.text)
        st.success(f"Solved, with `{made.text}`. The address of this page carries your solution: copy it to share it.")
    _hints(task.name, task.hints)
    try:
        figure, alt = cache.figure(Known(made.spec, made.size), WHOLE, viewing.plain())
    except rv.InputError:
        return
    diagram.show(figure, alt, None, f"{made.name}_design", lambda _step, _act: None, key="design_diagram")


def _hints(name: str, hints: tuple[str, ...]) -> None:
    state = st.session_state
    shown: int = state.setdefault("hints", {}).get(name, 0)
    for hint in hints[:shown]:
        st.info(hint)
    if shown < len(hints):
        st.button(
            "A hint" if not shown else "One hint more", key="task_hint",
            on_click=lambda: state["hints"].update({name: shown + 1}), help=f"{len(hints) - shown} left, each says more",
        )  # fmt: skip
