"""One number of a step as the sum that it is, and the ways on to what it read."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

import resnet_viz as rv
from resnet_viz.inside.activations import Activations
from resnet_viz.inside.apart.parts import Apart, Cell
from resnet_viz.inside.painting import scale_of, whole
from resnet_viz.steps import Step
from resnet_viz.ui import links, maps, viewing
from resnet_viz.ui.inside import going
from resnet_viz.ui.inside.panels import cell, under

_ROWS = 14  # products that are listed


def show_apart(seen: Activations, step: Step) -> None:
    """The chosen cell's number as the sum that it is, and the way on to the cells that it read."""
    at = cell(seen, step)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    for name, place, side in zip(("channel", "row", "column"), at, step.output[1:], strict=False):
        st.session_state[f"inside_{name}"] = place
        row.number_input(name.capitalize(), 0, side - 1, key=f"inside_{name}", width=130, disabled=side == 1)
    try:
        found = seen.apart(step, *at)
    except rv.ResNetVizError as error:
        st.info(f"This number is not taken apart. {error}")
        return
    st.markdown(f"`{found.cell}` = **{found.cell.value:.6g}**: {found.words}" + (f". {found.summary}." if found.terms else "."))  # fmt: skip
    if found.numbers:
        st.caption(", ".join(f"{name} {value:.6g}" for name, value in found.numbers))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _products(found)
    with right:
        _window(seen, found)
    if found.cell.step != seen.trace.steps[0].name:
        _way(seen, step, at)


def _products(found: Apart) -> None:
    """The largest products; a row that is chosen goes on to its cell."""
    if not found.terms and found.bias is None:
        return
    rows: list[dict[str, Any]] = []
    for term in found.terms[:_ROWS]:
        rows.append(
            {
                "read": term.note if term.cell is None else str(term.cell),
                "value": None if term.cell is None else term.cell.value,
                "weight": term.weight,
                "product": term.product,
            }
        )
    rest = found.terms[_ROWS:]
    if rest:
        rows.append({"read": f"{len(rest)} more", "value": None, "weight": None, "product": sum(term.product for term in rest)})  # fmt: skip
    if found.bias is not None:
        rows.append({"read": "added", "value": None, "weight": None, "product": found.bias})
    rows.append({"read": "sum", "value": None, "weight": None, "product": found.total})
    key = f"inside_terms_{found.cell}"
    format_ = {name: st.column_config.NumberColumn(format="%.5g") for name in ("value", "weight", "product")}

    def chosen() -> None:
        picked: list[int] = st.session_state[key].selection.rows
        if picked and picked[0] < min(len(found.terms), _ROWS) and (read := found.terms[picked[0]].cell):
            going.go_to(read.step, read.at)

    st.dataframe(rows, key=key, hide_index=True, on_select=chosen, selection_mode="single-row", column_config=format_,
                 alt=f"The products that {found.cell} is the sum of; choose a row to go on to what was read")  # fmt: skip
    st.caption("Choose a row to go on to the cell that was read.")


def _window(seen: Activations, found: Apart) -> None:
    """The map that the largest product was read from, with all that was read of it in a frame."""
    read = next((term.cell for term in found.terms if term.cell is not None and len(term.cell.at) == 3), None)
    if read is None:
        return
    step = seen.trace.step(read.step)
    numbers = seen.maps(step)
    cells = [term.cell.at for term in found.terms if term.cell and term.cell.step == read.step and term.cell.channel == read.channel]  # fmt: skip
    top, left = (min(at[axis] for at in cells) for axis in (1, 2))
    frame = (top, left, *(max(at[axis] for at in cells) - first + 1 for axis, first in ((1, top), (2, left))))
    title = f"The map that is read, {step.name}, channel {read.channel}: the frame is what this number read of it"
    maps.show(
        [maps.Large(title, title, whole(numbers, read.channel))], [], scale_of(numbers),
        viewing.theme(), partial(_picked, read), key="inside_window", cell=frame, side=240,
    )  # fmt: skip


def _picked(read: Cell, what: dict[str, int]) -> None:
    """Another cell of the map that ``read`` is in."""
    if "row" in what:
        going.go_to(read.step, (read.channel, what["row"], what["column"]))


def _way(seen: Activations, step: Step, at: tuple[int, ...]) -> None:
    """From the number to the image, along the largest product of each; a row that is chosen goes to its cell."""
    on = st.toggle("The way back to the image, along the largest products", key="inside_way")
    links.publish("way", 1 if on else None, None)
    if not on:
        return
    way = seen.way_back(step, *at)
    first, last = way[0].cell, way[-1].cell
    key = f"inside_way_{first}"
    rows = [{"cell": str(one.cell), "value": one.cell.value, "it is": one.words} for one in way]

    def chosen() -> None:
        picked: list[int] = st.session_state[key].selection.rows
        if picked and picked[0] < len(way):
            to = way[picked[0]].cell
            going.go_to(to.step, to.at)

    left, right = st.columns([3, 2], gap="medium")
    left.dataframe(rows, key=key, hide_index=True, on_select=chosen, selection_mode="single-row",
                   column_config={"value": st.column_config.NumberColumn(format="%.5g")},
                   alt=f"From {first} to {last}, a cell a row; choose a row to go there")  # fmt: skip
    left.caption("Each read the cell in the row below it. Choose a row to go there.")
    begin = seen.trace.step(last.step)
    if begin.index or len(last.at) != 3:
        right.info(f"The way ends at {last}, which is not taken apart further.")
        return
    numbers, image = seen.maps(begin), under(seen)
    title = f"… and it ends in the image, at row {last.row}, column {last.column}"
    with right:
        maps.show(
            [maps.Large(title, title, whole(numbers, last.channel))], [], scale_of(numbers), viewing.theme(), partial(_picked, last),
            key="inside_end", cell=last.at[1:], image=image, side=240,
        )  # fmt: skip
