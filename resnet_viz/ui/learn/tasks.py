"""Design tasks: a goal, a network of one's own, and what the trace says of it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import resnet_viz as rv
from resnet_viz.lessons.tasks import TASKS, Task, judge, passed
from resnet_viz.picture.layout import WHOLE
from resnet_viz.spec.configuration import Configuration, configuration
from resnet_viz.ui import cache, diagram, links, viewing
from resnet_viz.ui.learn import progress, words
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
    if not links.offered("task", _BY_NAME):
        return
    task = _BY_NAME[st.session_state["task"]]
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
    if not links.offered("task", _BY_NAME):
        state["task"] = TASKS[0].name
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
    seen = set[str]()
    words.write(task.goal, seen)
    made = network_controls(SIDE, "Network", task.start, fields=True)
    solved = made is not None and _judged(task, made)
    _hints(task.name, task.hints, seen)
    _picture(task, made)
    if "steps" not in hidden:
        number = TASKS.index(task) + 1
        if number < len(TASKS):
            st.button(
                "Next task",
                key="task_next",
                type="primary" if solved else "secondary",
                on_click=go,
                args=(TASKS[number].name,),
            )
        elif solved:
            st.markdown("That was the last task.")


def _judged(task: Task, made: Configuration) -> bool:
    """What the network fulfils and what not, and whether that is all."""
    _designs()[task.name] = made.text
    links.publish("design", made.text, task.start)
    try:
        conditions = judge(task, made)
    except rv.ResNetVizError as error:
        st.error(str(error))
        return False
    lines = [f"{':green[✓]' if known.met else ':gray[○]'} {known.text}: {known.told}" for known in conditions]
    words.write("  \n".join(lines))
    if passed(conditions):
        progress.record(f"task-{task.name}", "1", made.text)
        st.success(f"Solved, with `{made.text}`. The address of this page carries your solution: copy it to share it.")
    return passed(conditions)


def _picture(task: Task, made: Configuration | None) -> None:
    """The network; while an entry is wrong, or the network cannot run, the last that could."""
    drawn: dict[str, str] = st.session_state.setdefault("drawn_designs", {})
    try:
        figure, alt = cache.figure(Known(made.spec, made.size), WHOLE, viewing.plain()) if made else (None, "")
    except rv.InputError:
        figure, alt = None, ""
    if made is not None and figure is not None:
        drawn[task.name] = made.text
        shown = made
    elif task.name in drawn:
        shown = configuration(drawn[task.name])
        st.caption(f"The last that could be drawn: `{shown.text}`")
        figure, alt = cache.figure(Known(shown.spec, shown.size), WHOLE, viewing.plain())
    else:
        return
    # a picture for each task and network, so that no outline of another one's volumes comes into it
    key = f"design_diagram_{task.name}_{shown.name}"
    diagram.show(figure, alt, None, f"{shown.name}_design", lambda _step, _act: None, key=key)


def _hints(name: str, hints: tuple[str, ...], seen: set[str]) -> None:
    state = st.session_state
    shown: int = state.setdefault("hints", {}).get(name, 0)
    for number, hint in enumerate(hints[:shown], 1):
        words.write(f":blue-badge[Hint {number}] {hint}", seen)
    if shown < len(hints):
        st.button(
            "A hint" if not shown else "One hint more", key="task_hint",
            on_click=lambda: state["hints"].update({name: shown + 1}), help=f"{len(hints) - shown} left, each says more",
        )  # fmt: skip
