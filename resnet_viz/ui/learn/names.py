"""One step under all its names: the paper's, PyTorch's, a line of code, a row of the table, a volume; and the glossary."""

from __future__ import annotations

import re

import pandas as pd
import streamlit as st

from resnet_viz.lessons import LESSONS
from resnet_viz.lessons.glossary import GLOSSARY
from resnet_viz.picture.layout import WHOLE
from resnet_viz.picture.layout.going import drawn_at
from resnet_viz.steps import Trace
from resnet_viz.ui import cache, diagram, links, viewing
from resnet_viz.ui.learn import tour
from resnet_viz.ui.sides import network_controls
from resnet_viz.ui.subject import Known
from resnet_viz.why.names import paper_table, pytorch_line
from resnet_viz.why.words import why

SIDE = "names"
START = "resnet34@224"


def names(hidden: frozenset[str]) -> None:
    """Choose a step; see it everywhere at once."""
    st.header("One step, all its names", anchor=False)
    made = network_controls(SIDE, "Network", START)
    if made is None:
        return
    links.publish("network", made.text, START)
    scene = tour.scene_of(made)
    if scene is None:
        return
    state, steps = st.session_state, scene.trace.steps
    known, start = [step.name for step in steps], _start(scene.trace)
    if state.get("named") not in known:
        state["named"] = start
    name = st.selectbox("Step", known, key="named", width=300)
    links.publish("named", name, start)
    step = scene.trace.step(str(name))
    row = next((row for row in paper_table(scene.trace) if row.steps[0] <= step.index <= row.steps[1]), None)
    paper = f"{row.paper}: {row.made_of}, output {row.output}" if row else "the image"
    lines = [
        f"- In the paper: **{paper}**" + (f", block {step.block + 1}" if step.block is not None else ""),
        f"- In PyTorch: `model.{_indexed(step.name)}`" if step.index else "- In PyTorch: the argument `x`",
        f"- As a line of code: `{pytorch_line(step) or 'x'}`",
        f"- In words: {why(scene.trace, step)}",
    ]
    st.markdown("\n".join(lines))
    st.dataframe(
        pd.DataFrame([scene.trace.rows()[step.index]]),
        hide_index=True,
        key="named_row",
        alt=f"The row of {name} in the shape table",
    )
    figure, alt = cache.figure(Known(scene.spec, scene.size), WHOLE, viewing.plain())

    def pick(index: int, _act: str) -> None:
        st.session_state["named"] = steps[index].name

    diagram.show(
        figure,
        alt,
        drawn_at(scene.trace, step, WHOLE.level),
        f"{scene.name}_named",
        pick,
        key=f"named_diagram_{scene.name}",
    )
    st.caption("Click a volume to name it.")


def _start(trace: Trace) -> str:
    """The step that is shown at first: the first conv of the second stage, where there is one."""
    inside = trace.steps[trace.stages[1].start :] if len(trace.stages) > 1 else ()
    return next((step.name for step in inside if step.kind == "conv" and step.path == "main"), trace.steps[1].name)


def _indexed(name: str) -> str:
    """``layer2[0].downsample[1]`` of ``layer2.0.downsample.1``, as Python has it."""
    return re.sub(r"\.(\d+)", r"[\1]", name)


def glossary() -> None:
    """Every word of the field that the app uses."""
    st.header("Words", anchor=False)
    brought: dict[str, int] = {}
    for number, lesson in enumerate(LESSONS, 1):
        for term in lesson.terms:
            brought.setdefault(term, number)
    st.markdown(
        "\n".join(
            f"- **{term}**: {meaning}" + (f" (step {brought[term]})" if term in brought else "")
            for term, meaning in sorted(GLOSSARY.items(), key=lambda item: item[0].lower())
        )
    )
