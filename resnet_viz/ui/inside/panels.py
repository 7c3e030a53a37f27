"""What is shown of a chosen step: its maps, what an addition adds, where a class is seen."""

from __future__ import annotations

from typing import Any

import streamlit as st

import resnet_viz as rv
from resnet_viz.inside.activations import Activations
from resnet_viz.inside.joining import residuals
from resnet_viz.inside.painting import TILE, Scale, pixels, scale_of, tiles, whole
from resnet_viz.inside.seen import Share
from resnet_viz.picture.figures.image import png
from resnet_viz.picture.figures.shares import describe_shares
from resnet_viz.steps import Step
from resnet_viz.ui import links, maps, viewing
from resnet_viz.ui.inside import going
from resnet_viz.wording import plural

MOST_TILES = 64
MOST_BYTES = 500_000  # of small maps, which all are offered to
NAMED = 24  # channels that are named
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


def places(step: Step) -> bool:
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
    if not places(step):
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
_ORDER_TITLES = {"strongest": "Strongest first", "weakest": "Weakest first", "number": "By number"}
ORDERS = tuple(_ORDER_TITLES)


# ---- maps -----------------------------------------------------------------------------------------------------------


def show_maps(seen: Activations, step: Step) -> None:
    """The channels small: the strongest first, or in another order."""
    numbers, channel = seen.maps(step), _channel(seen, step)
    scale = scale_of(numbers)
    state, count = st.session_state, step.output[1]
    row = st.container(horizontal=True, vertical_alignment="center")
    if state.get("inside_order") not in ORDERS:
        state["inside_order"] = ORDERS[0]
    order = row.segmented_control("Order", ORDERS, required=True, key="inside_order", label_visibility="collapsed", format_func=_ORDER_TITLES.__getitem__)  # fmt: skip
    links.publish("order", order, ORDERS[0])
    most = MOST_TILES
    if count > MOST_TILES and count * min(TILE, step.output[-2]) * min(TILE, step.output[-1]) <= MOST_BYTES:
        every = row.toggle(f"All {count}", key="inside_all")
        links.publish("all", 1 if every else None, None)
        most = count if every else MOST_TILES
    strongest = seen.statistics(step).strongest
    shown = {"strongest": strongest, "weakest": strongest[::-1], "number": tuple(range(count))}[str(order)][:most]
    if channel not in shown:
        shown = (channel, *shown[: most - 1])
    all_ = count == len(shown)
    which = {"strongest": "strongest", "weakest": "weakest", "number": "first"}[str(order)]
    more = f", {_ORDER_TITLES[str(order)].lower()}" if all_ else f", the {len(shown)} {which} of them" + ("" if order == "number" else " first")  # fmt: skip
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
    if places(step):
        numbers, channel = seen.maps(step), at[0]
        over = seen.picture.shown is not None and bool(state.get("inside_over"))
        maps.show(
            [maps.Large(f"{step.name}, channel {channel}: a cell opens its number", f"{step.name}, channel {channel}, {_told(seen, step)}", whole(numbers, channel))],
            [], scale_of(numbers), viewing.theme(), _pick, key="inside_large", cell=(at[1], at[2]), image=under(seen) if over else "", side=SIDE,
        )  # fmt: skip
        if seen.picture.shown is not None:
            over = st.toggle("Over the image", key="inside_over")
            links.publish("over", 1 if over else None, None)
    st.caption(f"`{step.name}` ({step.kind}), {_shape(step)}: {_told(seen, step)}")


def _told(seen: Activations, step: Step) -> str:
    known = seen.statistics(step)
    more = f" and {len(known.dead) - NAMED} more" if len(known.dead) > NAMED else ""
    named = ", ".join(map(str, known.dead[:NAMED])) + more
    dead = f", {plural(len(known.dead), 'channel')} all 0 ({named})" if known.dead else ""
    return f"from {known.least:.4g} to {known.most:.4g}, mean {known.mean:.4g}, spread {known.spread:.4g}, {known.zeros:.0%} zeros{dead}".replace("-", "−")  # fmt: skip


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
    _over_the_depth(seen, shares, block)
    shown = strongest[:12]
    maps.show(
        [maps.Large(f"{name}: channel {channel}", f"{name} of {block}, channel {channel}", whole(numbers, channel), opens=False) for name, numbers in parts],
        [maps.Many(f"{name}: the {len(shown)} channels strongest in the sum", f"{name} of {block}", tiles(numbers, shown, scale)) for name, numbers in parts],
        scale, viewing.theme(), _pick, key="inside_addition", channel=channel, side=176,
    )  # fmt: skip


def _over_the_depth(seen: Activations, shares: tuple[Share, ...], block: str) -> None:
    """How large each block's residual is; a point that is chosen goes to its addition."""
    key = f"inside_shares_{block}"  # what was chosen is forgotten where one has gone to

    def chosen() -> None:
        picked: list[dict[str, Any]] = st.session_state[key].selection.points
        share = next((share for share in shares if picked and share.block == picked[0].get("x")), None)
        if share is not None:
            going.go_to(share.step)

    st.plotly_chart(
        describe_shares([(share.block, share.ratio) for share in shares], block, viewing.theme()), key=key,
        config={"displayModeBar": False}, theme=None, on_select=chosen, selection_mode="points",
    )  # fmt: skip
    st.caption(
        "How large each block's residual is: above 1 the block adds more than it carries over. Choose a point to go to its "
        f"addition.{_other_shortcuts(seen, [share.block for share in shares])}"
    )


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
    here = row.toggle(f"At {step.name}, the chosen step", key="inside_cam_here") if places(step) else False
    if places(step):
        links.publish("here", 1 if here else None, None)
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
