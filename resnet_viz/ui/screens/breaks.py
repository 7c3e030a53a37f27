"""Break it: a mistake made in a real network, PyTorch's own error, and where in the picture it arose."""

from __future__ import annotations

import streamlit as st

import resnet_viz as rv
from resnet_viz.advise.mistakes import BREAKS, Break, Outcome, breakable_blocks, usual_block
from resnet_viz.advise.shape_errors import SAMPLE, explain_error, not_understood
from resnet_viz.picture.layout import WHOLE, Place, block_names, home
from resnet_viz.spec import ResNetSpec
from resnet_viz.steps import Pair, Trace, parse_size
from resnet_viz.ui import cache, diagram, links, viewing
from resnet_viz.ui.controls import network_titles
from resnet_viz.ui.links import Param, module_path, one_of
from resnet_viz.ui.subject import Known
from resnet_viz.ui.wording import literal
from resnet_viz.why.pytorch_errors import MAX_TEXT, Cause

_TITLES = {known.name: known.title for known in BREAKS}


def page() -> None:
    """The whole page, top to bottom."""
    st.title("Break it: make the mistake and see where PyTorch stops", anchor=False)
    links.restore(
        "break",
        (
            Param("net", one_of(*rv.variants()), "break_net"),
            Param("at", lambda text: text[:24] or None, "break_size"),
            Param("case", one_of(*_TITLES), "break_case"),
            Param("block", module_path, "break_block"),
            Param("level", one_of("block", WHOLE.level), "break_level"),
        ),
    )
    state = st.session_state
    state.setdefault("break_net", "resnet34")
    state.setdefault("break_size", "224")
    row = st.container(horizontal=True, vertical_alignment="bottom")
    titles = network_titles()
    name = row.selectbox("Network", list(titles), format_func=titles.__getitem__, key="break_net", width=300)
    own = rv.entry(name).input_size  # a block is there at any input
    links.settle("break", "block", breakable_blocks(cache.forecast(rv.variant(name), (own, own), 1)))
    written = row.text_input("Input (px)", key="break_size", width=110, max_chars=24, help="One side, or H×W")
    links.publish("net", name, "resnet34")
    links.publish("at", written, "224")
    try:
        size = parse_size(written)
        sound = cache.forecast(rv.variant(name), size, 1)
    except rv.InputError as error:
        st.error(str(error))
        sound = None
    else:
        _bench(rv.variant(name), size, sound)
    st.divider()
    _pasted(sound, name)


def _bench(spec: ResNetSpec, size: Pair, sound: Trace) -> None:
    state = st.session_state
    row = st.container(horizontal=True, vertical_alignment="bottom")
    case = row.selectbox(
        "The mistake", list(_TITLES), format_func=_TITLES.__getitem__, key="break_case", width=320, on_change=_fresh
    )
    known = next(known for known in BREAKS if known.name == case)
    block = None
    places = breakable_blocks(sound)
    if known.block:
        if not places:
            st.info("No block of this network changes the shape, so this mistake has no place in it.")
            return
        if state.get("break_block") not in places:
            state["break_block"] = usual_block(sound)
        block = row.selectbox("In block", places, key="break_block", width=140, on_change=_fresh)
    links.publish("case", case, BREAKS[0].name)
    links.publish("block", block, None)
    st.markdown(known.sentence)
    st.code(known.code, language="python", wrap_lines=True)
    try:
        with st.spinner("Running the broken network …"):
            outcome = cache.outcome(spec, case, size, block)
    except rv.InputError as error:
        st.error(str(error))
        return
    mended = state.get("break_mended") == (case, block, size)
    _picture(spec, size, outcome, block, mended=mended)
    if mended:
        st.success(f"{known.mend} {cache.mended(spec, case, size)}")
        st.button("Break it again", on_click=_fresh)
        return
    _told(spec, outcome, known, size, block)


def _fresh() -> None:
    st.session_state.pop("break_mended", None)


def _picture(spec: ResNetSpec, size: Pair, outcome: Outcome, block: str | None, *, mended: bool) -> None:
    """The network as far as it ran, or mended: the block that it went wrong in, or all of it."""
    place = cache.broken_place(spec, outcome.case, size, block)
    if place == WHOLE and block is not None:  # nothing went wrong in it at this input
        place = Place("block", block)
    row = st.container(horizontal=True, vertical_alignment="center")
    if place == WHOLE:
        links.publish("level", None, None)
    else:
        levels = (place.level, WHOLE.level)
        if st.session_state.get("break_level") not in levels:
            st.session_state["break_level"] = levels[0]
        level = row.segmented_control(
            "Picture", levels, key="break_level", required=True, label_visibility="collapsed",
            help="The block that it goes wrong in, or the whole network",
        )  # fmt: skip
        links.publish("level", level, levels[0])
        place = place if level == place.level else WHOLE
    inside = f", block {place.focus}" if place.focus else ""
    if mended:
        figure, alt = cache.figure(Known(spec, size), place, viewing.plain())
        row.caption(f"The network as it should be{inside}.", width="content")
    else:
        figure, alt = cache.broken_figure(spec, outcome.case, size, block, place, viewing.plain())
        row.caption(_caption(outcome, inside), width="content")
    diagram.show(figure, alt, None, "broken", lambda _step, _act: None, key="diagram_break")


def _caption(outcome: Outcome, inside: str) -> str:
    if outcome.trace is None:
        return f"The network that was to be built{inside}: it could not be, and nothing ran."
    if outcome.error:
        return f"The network with the mistake in it{inside}, as far as it ran."
    return f"The network with the mistake in it{inside}, which ran to its end."


def _told(spec: ResNetSpec, outcome: Outcome, known: Break, size: Pair, block: str | None) -> None:
    """PyTorch's words, and ours."""
    if outcome.error:
        st.error(f"**{outcome.sentence}**")
        st.code(f"{outcome.error_type}: {outcome.error}", language=None, wrap_lines=True)
        if outcome.explanation:
            st.markdown(outcome.explanation.says)  # its causes are guesses, and here the cause is known
    else:
        (st.warning if outcome.step else st.info)(outcome.sentence)
        side = None if outcome.step else _showing(spec, known.name, size, block)
        if side is not None:
            st.button(f"Try an input of {side}", on_click=lambda: st.session_state.update(break_size=str(side)))
    if outcome.error or outcome.step:
        st.markdown(f"**{known.mend}**")
        st.button("Mend it", on_click=lambda: st.session_state.update(break_mended=(known.name, block, size)))


def _showing(spec: ResNetSpec, case: str, size: Pair, block: str | None) -> int | None:
    """A side of an input at which a mistake shows that does not at ``size``."""
    for side in {"floor-pool": (size[0] + 1,), "fixed-head": (256, 32), "one-image": (32, 4)}.get(case, ()):
        try:
            if cache.outcome(spec, case, (side, side), block).step:
                return side
        except rv.InputError:  # too large to be run while somebody waits
            continue
    return None


def _pasted(sound: Trace | None, name: str) -> None:
    """An error of one's own, explained; the text outlives a change of page, as widgets' own memory does not."""
    st.header("Paste an error of your own", anchor=False)
    state = st.session_state
    state.setdefault("break_text", state.get("break_kept", ""))
    text = st.text_area(
        "PyTorch's message, or the whole traceback", key="break_text", max_chars=MAX_TEXT, height=110,
        placeholder=SAMPLE,
    )  # fmt: skip
    state["break_kept"] = text
    if not text.strip():
        st.button("Try a sample", on_click=lambda: state.update(break_text=SAMPLE))
        return
    found = explain_error(text, sound)
    if found is None:
        st.info(literal(not_understood(text)))
        return
    st.code(found.quote[:_MOST_QUOTED], language=None, wrap_lines=True)
    if found.place:
        st.caption(literal(f"In your code: {found.place}"))
    st.markdown(literal(f"{found.says} {found.causes[0].why}"))
    _cause(found.causes[0])
    if len(found.causes) > 1:
        st.markdown("Less likely:")
        for cause in found.causes[1:]:
            st.markdown(literal(cause.why))
            _cause(cause)
    if found.steps and sound is not None:
        shown = ", ".join(f"`{step}`" for step in found.steps[:6])
        more = f" and {len(found.steps) - 6} more" if len(found.steps) > 6 else ""
        st.markdown(f"In {name} at this input it fits: {shown}{more}.")
        _fitting(sound, name, found.steps)
    elif sound is not None:
        st.caption(f"No step of {name} at this input fits; choose your network and input above.")


def _fitting(sound: Trace, name: str, steps: tuple[str, ...]) -> None:
    """Where that is: the block, where all of it is in one, else the network."""
    parts = {home(sound, sound.step(step).index, "block") for step in steps}
    part = parts.pop() if len(parts) == 1 else None
    place = Place("block", part.path) if part is not None and part.path in block_names(sound) else WHOLE
    height, width = sound.input_size
    figure, alt = cache.fitting_figure(rv.variant(name), (height, width), steps, place, viewing.plain())
    diagram.show(figure, alt, None, "fits", lambda _step, _act: None, key="diagram_fits")


def _cause(cause: Cause) -> None:
    """What mends it, in words and as a line."""
    st.markdown(f"**{literal(cause.fix)}**")
    if cause.code:
        st.code(cause.code, language="python", wrap_lines=True)


_MOST_QUOTED = 2_000  # characters of the message that are shown again
