"""A lesson's figures of real tensors: computed when they are shown, and kept for all who look."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, assert_never
from urllib.parse import urlencode

import streamlit as st

from resnet_viz.inside.activations import Activations
from resnet_viz.inside.kernels import Window, weights_of, window
from resnet_viz.inside.painting import scale_of, tiles, whole
from resnet_viz.learned.twins import DEPTHS
from resnet_viz.lessons import Added, Maps, Real, Starts
from resnet_viz.picture.figures.shares import describe_left_out, describe_shares
from resnet_viz.ui import cache, diagram, maps, viewing
from resnet_viz.ui.inside.panels import under

_SIDE = 192  # px of a map that is shown alone
_WINDOW = 84  # px of a filter's window
_COLOURS = ("red", "green", "blue")


def show(view: Real, key: str, hide: bool) -> None:
    """Draw ``view``; with ``hide`` only what the question gives."""
    match view:
        case Maps():
            _maps(view, key, hide)
        case Added():
            _added(view, key, hide)
        case Starts():
            _starts(view, key, hide)
        case _:
            assert_never(view)


def _maps(view: Maps, key: str, hide: bool) -> None:
    with cache.looking:
        seen = cache.drawing_looked(view.drawing)
        image = under(seen)
        if hide:
            row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
            _image(row, view.drawing, image)
            with row.container(width=3 * _WINDOW + 36):
                _three(weights_of(seen, view.step)[view.channel], f"{view.step}, filter {view.channel}", f"{key}_filter")  # fmt: skip
            return
        state = st.session_state
        channel, cell = state.get(f"{key}_channel", view.channel), state.get(f"{key}_cell", view.cell)

        def pick(what: dict[str, int]) -> None:
            if "channel" in what:
                state[f"{key}_channel"] = what["channel"]
            else:
                state[f"{key}_cell"] = (what["row"], what["column"])

        row = st.container(horizontal=True, gap="medium")
        _image(row, view.drawing, image)
        with row.container(width="stretch", key="real_beside"):
            _all_maps(view, seen, channel, cell, pick, key)
        found = window(seen, view.step, channel, *cell)
        st.markdown(
            f"**One number of it**: `{view.step}[{channel}, {cell[0]}, {cell[1]}]` = what the window reads × the filter's weights, summed = **{_number(found.total)}**"
        )
        _taken_apart(found, key)
    st.markdown(
        f"[See every step of this network in Inside](./inside?{urlencode({'image': view.drawing, 'step': view.step, 'channel': channel})})"
    )


def _image(row: Any, drawing: str, address: str) -> None:
    row.html(
        f'<figure style="margin:0"><img src="{address}" width="128" alt="A drawing of a {drawing}, as the network gets it" style="display:block;image-rendering:pixelated">'
        '<figcaption style="font-size:0.85rem">the image</figcaption></figure>',
        width="content",
    )


def _three(numbers: Any, title: str, key: str) -> None:
    """A window of numbers for each colour."""
    st.markdown(title)
    maps.show(
        [maps.Large(colour, f"{title}, {colour}", whole(numbers, place), opens=False) for place, colour in enumerate(_COLOURS)],
        [], scale_of(numbers), viewing.theme(), lambda _: None, key=key, side=_WINDOW,
    )  # fmt: skip


def _all_maps(view: Maps, seen: Activations, channel: int, cell: tuple[int, int], pick: Any, key: str) -> None:
    """One map large, all small, and those of the same filters before training."""
    numbers, before = seen.maps(view.step), cache.drawing_looked(view.drawing, random=True).maps(view.step)
    channels = tuple(range(len(numbers)))
    groups = (("", "Its", numbers), ("before training: random weights, on a scale of their own", "The same", before))
    maps.show(
        [maps.Large(f"{view.step}, channel {channel}: choose a cell", f"{view.step} of a {view.drawing}, channel {channel}", whole(numbers, channel))],
        [maps.Many(title := f"{whose} {len(channels)} maps {when}".strip(), title, tiles(of, channels, scale_of(of))) for when, whose, of in groups],
        scale_of(numbers), viewing.theme(), pick, key=f"{key}_maps", channel=channel, cell=cell, side=_SIDE,
    )  # fmt: skip


def _taken_apart(found: Window, key: str) -> None:
    parts = (("read", "What it reads", found.read), ("weights", "× weights", found.weights), ("products", "= products", found.products))  # fmt: skip
    row = st.container(horizontal=True, gap="medium")
    for name, title, numbers in parts:
        with row.container(width=3 * _WINDOW + 36):
            _three(numbers, title, f"{key}_{name}")


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _added(view: Added, key: str, hide: bool) -> None:
    with cache.looking:
        seen = cache.drawing_looked(view.drawing)
        shares = seen.residual_share()
        blocks = [share.block for share in shares]
        block = view.block
        if not hide:
            state = st.session_state
            state.setdefault(f"{key}_block", view.block)
            block = str(st.segmented_control("Block", blocks, required=True, key=f"{key}_block"))
        found = seen.addition(block)
        channel = seen.statistics(found.step).strongest[0]
        row = st.container(horizontal=True, gap="medium")
        _image(row, view.drawing, under(seen))
        with row.container(width="stretch", key="real_beside"):
            parts = (("shortcut", found.shortcut), ("+ residual", found.residual), ("= sum", found.sum))
            maps.show(
                [maps.Large(f"{name}, channel {channel}", f"{name} of {block}, channel {channel}", whole(numbers, channel), opens=False) for name, numbers in parts],
                [], scale_of(found.shortcut, found.residual, found.sum), viewing.theme(), lambda _: None, key=f"{key}_sum", side=128,
            )  # fmt: skip
    if hide:
        return
    theme = viewing.theme()
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**How large is the residual?** Divided by the shortcut, on this drawing")
        _chart(describe_shares([(share.block, share.ratio) for share in shares], block, theme), f"{key}_shares")
    with right:
        answers = cache.left_out()
        st.markdown(f"**Without it?** Right answers of {answers.images}, a block's residual set to zero")
        _chart(describe_left_out(answers.without, answers.whole, answers.images, block, theme), f"{key}_left_out")
    worst, best = (choose(answers.without, key=lambda one: one[1]) for choose in (min, max))
    st.caption(
        f"On {answers.images} new drawings the whole network is right {answers.whole} times, without the residual of {worst[0]} {worst[1]} times, without that of {best[0]} {best[1]} times."
    )
    st.markdown(f"[Cut it yourself in Inside](./inside?{urlencode({'image': view.drawing, 'step': found.step, 'show': 'addition', 'cut': f'residual:{block}'})})")  # fmt: skip


def _chart(figure: dict[str, Any], key: str) -> None:
    st.plotly_chart(figure, key=key, config={"displayModeBar": False}, theme=None)


def _starts(view: Starts, key: str, hide: bool) -> None:
    depth = view.depth
    if not hide:
        depth = int(st.select_slider("Layers", DEPTHS, view.depth, key=f"{key}_depth", width=420))
    with st.spinner("Computing both gradients …") if not cache.knows(cache.start, depth) else nullcontext():
        found = cache.start(depth)
    figure = cache.start_figure(depth, viewing.plain())
    diagram.show(figure.json, figure.alt, None, f"gradients_{depth}", lambda _step, _act: None, key=key)
    st.caption(f"At `{found.layers[0]}`: plain {_number(found.plain[0])}, residual {_number(found.residual[0])}. Computed now for {depth} layers, before the first step of training.")  # fmt: skip
