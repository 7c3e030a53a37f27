"""What is shown of a chosen step: its maps, one number taken apart, what an addition adds, where a class is seen."""

from __future__ import annotations

from typing import Any

import streamlit as st

import resnet_viz as rv
from resnet_viz.inside.activations import Activations
from resnet_viz.inside.apart.parts import Apart, Cell
from resnet_viz.inside.joining import residuals
from resnet_viz.inside.painting import Scale, pixels, scale_of, tiles, whole
from resnet_viz.picture.figures.image import png
from resnet_viz.picture.figures.shares import describe_shares
from resnet_viz.steps import Step
from resnet_viz.ui import links, maps, viewing
from resnet_viz.ui.selection import choose_drawn
from resnet_viz.wording import plural

MOST_TILES = 64
_ROWS = 14  # products that are listed
SIDE = 280  # px of the map beside the picture


def under(seen: Activations) -> str:
    """The image as the network got it, before it was normalised, as a ``data:`` address; "" where it is none."""
    shown = seen.picture.shown
    return "" if shown is None else png(int(shown.shape[0]), int(shown.shape[1]), pixels(shown))


def thumbnail(row: Any, seen: Activations) -> None:
    """The image, small."""
    address = under(seen)
    if address:
        row.html(
            f'<img src="{address}" width="56" alt="The image as the network gets it" style="display:block">',
            width="content",
        )


def _shape(step: Step) -> str:
    return "×".join(map(str, step.output[1:]))


def _places(step: Step) -> bool:
    return len(step.output) == 4


def _channel(seen: Activations, step: Step) -> int:
    """The chosen channel, by default the strongest."""
    state = st.session_state
    now = state.get("inside_channel")
    if not isinstance(now, int) or now >= step.output[1]:
        now = seen.statistics(step).strongest[0]
    return now


def cell(seen: Activations, step: Step) -> tuple[int, ...]:
    """The chosen channel, row and column of the step; of a vector the channel alone."""
    state = st.session_state
    channel = _channel(seen, step)
    if not _places(step):
        return (channel,)
    height, width = step.output[2:]
    row, column = state.get("inside_row"), state.get("inside_column")
    return (
        channel,
        row if isinstance(row, int) and row < height else height // 2,
        column if isinstance(column, int) and column < width else width // 2,
    )


def _pick(what: dict[str, int]) -> None:
    state = st.session_state
    for name, number in what.items():
        state[f"inside_{name}"] = number
    if "row" in what:
        state["inside_show"] = APART


MAPS, APART, ADDITION, CLASS = "Maps", "One number", "Addition", "Where the class is seen"


# ---- maps -----------------------------------------------------------------------------------------------------------


def show_maps(seen: Activations, step: Step) -> None:
    """All channels small, the strongest first."""
    numbers, channel = seen.maps(step), _channel(seen, step)
    scale = scale_of(numbers)
    shown = seen.statistics(step).strongest[:MOST_TILES]
    if channel not in shown:
        shown = (channel, *shown[: MOST_TILES - 1])
    count = step.output[1]
    more = ", strongest first" if count == len(shown) else f", the {len(shown)} strongest of them first"
    sides = "×".join(map(str, step.output[2:]))
    title = f"{step.name}: {plural(count, 'channel')}{f' of {sides}' if sides else ''}{more}"
    maps.show(
        [], [maps.Many(title, f"{title}. {_told(seen, step)}", tiles(numbers, shown, scale))], scale, viewing.theme(), _pick,
        key="inside_maps", channel=channel,
    )  # fmt: skip


def beside(seen: Activations, step: Step) -> None:
    """The chosen channel large, and the step's numbers in a few: what stands beside the picture."""
    state = st.session_state
    at = cell(seen, step)
    if _places(step):
        numbers, channel = seen.maps(step), at[0]
        over = seen.picture.shown is not None and bool(state.get("inside_over"))
        maps.show(
            [maps.Large(f"{step.name}, channel {channel}: a cell opens its number", f"{step.name}, channel {channel}, {_told(seen, step)}", whole(numbers, channel))],
            [], scale_of(numbers), viewing.theme(), _pick, key="inside_large", cell=(at[1], at[2]), image=under(seen) if over else "", side=SIDE,
        )  # fmt: skip
        if seen.picture.shown is not None:
            st.toggle("Over the image", key="inside_over")
    st.caption(f"`{step.name}` ({step.kind}), {_shape(step)}: {_told(seen, step)}")


def _told(seen: Activations, step: Step) -> str:
    known = seen.statistics(step)
    dead = f", {plural(len(known.dead), 'channel')} all 0" if known.dead else ""
    return f"from {known.least:.4g} to {known.most:.4g}, mean {known.mean:.4g}, spread {known.spread:.4g}, {known.zeros:.0%} zeros{dead}".replace("-", "−")  # fmt: skip


# ---- one number -----------------------------------------------------------------------------------------------------


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
            go_to(read)

    st.dataframe(rows, key=key, hide_index=True, on_select=chosen, selection_mode="single-row", column_config=format_,
                 alt=f"The products that {found.cell} is the sum of; choose a row to go on to what was read")  # fmt: skip
    st.caption("Choose a row to go on to the cell that was read.")


def go_to(read: Cell) -> None:
    """Choose a cell, and with it its step; read in the run that follows."""
    state = st.session_state
    state["inside_cell"] = read


def take_cell(seen: Activations) -> None:
    """At the beginning of a run: the cell that was gone on to."""
    state = st.session_state
    read: Cell | None = state.pop("inside_cell", None)
    if read is None:
        return
    choose_drawn(seen.trace.step(read.step).index)
    for name, place in zip(("channel", "row", "column"), read.at, strict=False):
        state[f"inside_{name}"] = place


def _window(seen: Activations, found: Apart) -> None:
    """Where the largest product was read: that channel of the step before, with the cell marked."""
    read = next((term.cell for term in found.terms if term.cell is not None and len(term.cell.at) == 3), None)
    if read is None:
        return
    step = seen.trace.step(read.step)
    numbers = seen.maps(step)
    maps.show(
        [maps.Large(f"largest product: {read}", f"{step.name}, channel {read.channel}", whole(numbers, read.channel))], [], scale_of(numbers),
        viewing.theme(), lambda what: go_to(Cell(read.step, (read.channel, what["row"], what["column"]), 0.0)) if "row" in what else None,
        key="inside_window", cell=(read.at[1], read.at[2]), side=240,
    )  # fmt: skip


def _way(seen: Activations, step: Step, at: tuple[int, ...]) -> None:
    """From the number to the image, along the largest product of each."""
    if not st.toggle("The way back to the image, along the largest products", key="inside_way"):
        return
    way = seen.way_back(step, *at)
    lines = [f"{'' if not i else '← '}`{one.cell}` = {one.cell.value:.5g}: {one.words}" for i, one in enumerate(way)]
    st.markdown("  \n".join(lines))


# ---- addition -------------------------------------------------------------------------------------------------------


def block_of(seen: Activations, step: Step) -> str | None:
    """The residual block that a step lies in; None where no shortcut is added there."""
    parts = [part.path for part in seen.trace.parts.walk() if part.kind == "block" and step.index in part.steps]
    known = {block for _, block in residuals(seen.trace)}
    return next((path for path in reversed(parts) if path in known), None)


def show_addition(seen: Activations, step: Step) -> None:
    """Shortcut, residual and sum of the step's block on one scale, and the residual's share over the depth."""
    shares = seen.residual_share()
    if not shares:
        st.info("No shortcut is added in this network.")
        return
    block = block_of(seen, step) or shares[0].block
    found = seen.addition(block)
    scale = scale_of(found.shortcut, found.residual, found.sum)
    strongest = seen.statistics(found.step).strongest
    channel = _channel(seen, seen.trace.step(found.step))
    parts = (("shortcut, x", found.shortcut), ("residual, F(x)", found.residual), ("their sum", found.sum))
    ratio = "" if found.ratio is None else f" The residual's norm is {found.ratio:.3g} times the shortcut's."
    st.markdown(f"**`{found.step}`**: what block `{block}` carries over, what it adds, and both together, on one scale.{ratio}")  # fmt: skip
    shown = strongest[:12]
    maps.show(
        [maps.Large(f"{name}: channel {channel}", f"{name} of {block}, channel {channel}", whole(numbers, channel), opens=False) for name, numbers in parts],
        [maps.Many(f"{name}: the {len(shown)} channels strongest in the sum", f"{name} of {block}", tiles(numbers, shown, scale)) for name, numbers in parts],
        scale, viewing.theme(), _pick, key="inside_addition", channel=channel, side=176,
    )  # fmt: skip
    st.markdown("**How large is the residual, block after block?**")
    st.plotly_chart(
        describe_shares([(share.block, share.ratio) for share in shares], block, viewing.theme()), key="inside_shares",
        config={"displayModeBar": False}, theme=None,
    )  # fmt: skip
    st.caption(f"Above 1 the block adds more than it carries over.{_other_shortcuts(seen, [share.block for share in shares])}")  # fmt: skip


def _other_shortcuts(seen: Activations, blocks: list[str]) -> str:
    """Which shortcuts do not hand on what they read, by what they do."""
    told = ""
    for kind, verb in (("conv", "projected"), ("pad", "cut down and filled up with zeros")):
        doing = [part.path for part in seen.trace.parts.walk() if part.path in blocks and any(seen.trace.steps[index].kind == kind and seen.trace.steps[index].path == "shortcut" for index in part.steps)]  # fmt: skip
        if doing:
            names = ", ".join(doing) if len(doing) < len(blocks) else "every block"
            told += f" In {names} the shortcut is {verb}."
    return told


# ---- where a class is seen ------------------------------------------------------------------------------------------


def show_class(seen: Activations, step: Step) -> None:
    """Grad-CAM over the image, for a class and at a step."""
    found = seen.classes(1000)
    if not found:
        st.info("This network returns no scores of classes.")
        return
    state = st.session_state
    names = {one.index: f"{one.name}, {one.share:.1%}" for one in found}
    if state.get("inside_class") not in names:
        state["inside_class"] = found[0].index
    row = st.container(horizontal=True, vertical_alignment="bottom")
    index = row.selectbox("Class", list(names), format_func=names.__getitem__, key="inside_class", width=230)
    links.publish("class", str(index) if index != found[0].index else None, None)
    here = row.toggle(f"At {step.name}, the chosen step", key="inside_cam_here") if _places(step) else False
    try:
        cam = seen.cam(index, step if here else None)
    except rv.ResNetVizError as error:
        st.info(f"No class is seen there. {error}")
        return
    st.markdown(
        f"**Where the network sees “{cam.name}”**: Grad-CAM at `{cam.step}`. {cam.why[:1].upper()}{cam.why[1:]}."
    )
    most = float(cam.map.max()) or 1.0
    longest = max(cam.map.shape)  # both in one size, of whole pixels a cell
    drawn = cam.map[None]
    shown = maps.Large("brighter: more for the class", f"where {cam.name} is seen, at {cam.step}", whole(drawn, 0), opens=False)  # fmt: skip
    cells = maps.Large(f"in the {'×'.join(map(str, cam.cells.shape))} cells of {cam.step}", "the same in the step's own cells", whole(cam.cells[None] / (float(cam.cells.max()) or 1.0), 0), opens=False)  # fmt: skip
    maps.show(
        [shown, cells],
        [],
        Scale(0.0, most),
        viewing.theme(),
        lambda _: None,
        key="inside_cam",
        image=under(seen),
        side=maps.SIDE // longest * longest or maps.SIDE,
    )
    if not float(cam.cells.max()):
        st.caption(
            "No cell speaks for this class: every weighted sum is negative, and Grad-CAM keeps what is positive."
        )
