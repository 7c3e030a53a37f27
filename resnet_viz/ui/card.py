"""Why this shape?  The chosen step in formulas and words, and what one of its cells sees of the image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

import resnet_viz as rv
from resnet_viz.picture.layout import Place
from resnet_viz.picture.layout.contract import ACTS
from resnet_viz.picture.layout.field import CELLS
from resnet_viz.steps import Step, by_x
from resnet_viz.ui import cache, diagram, links, parts, viewing
from resnet_viz.ui.selection import choose_step, show_choice
from resnet_viz.ui.subject import Shown
from resnet_viz.why.field import has_field, map_size
from resnet_viz.why.names import pytorch_line
from resnet_viz.why.words import why
from resnet_viz.why.worked import worked_lines


def told(shown: Shown, step: Step) -> None:
    """Formula, sentence and code of the chosen step: what another input changes of its card."""
    forecast = shown.trace
    reads = " and ".join(f"`{forecast.steps[read].name}`" for read in step.reads)
    head = f"**Why this shape?** `{step.name}` ({step.kind}), row {step.index}" + (f", reads {reads}" if reads else "")
    worked = worked_lines(forecast, step)
    if step.receptive_field and len(step.output) == 4 and not any("receptive" in title for title, _ in worked):
        # a 1×1 leaves it as it is, and yet it is asked for
        worked.append(("receptive field", f"{by_x(tuple(dict.fromkeys(step.receptive_field)))} px, as before"))
    lines = [f"- {title}: `{line}`" for title, line in worked]
    code = pytorch_line(step)
    if code:
        lines.append(f"- in PyTorch: `{code}`")
    st.markdown("\n".join([head, "", why(forecast, step), "", *lines]))


def card(shown: Shown, step: Step, telling: Callable[[], None]) -> None:
    """The chosen step's card: what is ``told`` of it, and whether what one of its cells sees is wanted."""
    forecast = shown.trace
    with st.container(border=True, key="card"):
        telling()
        st.button("✕", key="close_card", on_click=_closed, help="Close: select nothing", type="tertiary")
        if has_field(forecast, step):
            asked = st.toggle(
                "Its receptive field on an image",
                key="field",
                on_change=_field_asked,
                help="What one cell of this step sees: under the picture",
            )
            links.publish("field", "1" if asked else None, None)
        elif step.reads:
            st.caption("Which part of the input one of its cells sees is not known here.")


def _closed() -> None:
    choose_step(None)
    show_choice()


def _field_asked() -> None:
    parts.redraw(("picture", "card"), ("field",))
    parts.whole()


def field(about: Shown, step: Step) -> None:
    """Where it is asked for, the receptive field of a cell of the step, on the person's own image or on the sample."""
    state = st.session_state
    if not (state.get("field") and has_field(about.trace, step)):
        return
    rows, columns = map_size(step)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    cell: list[int] = []
    for key, title, side in (("field_row", "Cell row", rows), ("field_column", "Cell column", columns)):
        now = state.get(key)
        state[key] = side // 2 if now is None else min(int(now), side - 1)
        cell.append(row.slider(title, 0, side - 1, key=key, width=220) if side > 1 else 0)
        links.publish(key, cell[-1] if side > 1 and cell[-1] != side // 2 else None, None)
    drawn, below = st.container(), st.container()  # the picture as high up as may be: it is what was asked for
    upload: Any = below.file_uploader(
        "Own image", type=["png", "jpg", "jpeg", "webp"], key="field_image", width=300, max_upload_size=20,
        help="Stays on the server only as long as this page is open",
    )  # fmt: skip
    source = None
    if upload is not None:
        try:
            source = cache.own_image(
                upload.file_id, map_size(about.trace.steps[0]), about.trace.steps[0].output[1], upload.getvalue()
            )
        except rv.InputError as error:
            below.error(f"Own image: {error}. The sample stands instead.")
    place = Place("field", step.name, (cell[0], cell[1]))
    figure, alt = cache.field(about.subject, place, viewing.plain(), source)
    clickable = max(rows, columns) <= CELLS and rows * columns > 1
    with drawn:
        diagram.show(
            figure, alt, cell[0] * columns + cell[1] if clickable else None, f"{about.file_name}_field",
            lambda number, act: _field_picked(number, act, columns), key="diagram_field",
        )  # fmt: skip
        st.caption(
            "What lies outside the orange frame cannot change this cell; what lies beyond the border is padding. "
            + ("Click a cell of the map, or move the sliders." if clickable else "Move the sliders to another cell.")
        )


def _field_picked(number: int, act: str, columns: int) -> None:
    state = st.session_state
    if act == ACTS.go_out:
        state["field"] = False
        _field_asked()
    else:
        state["field_row"], state["field_column"] = divmod(number, columns)
