"""Compare: two networks, or one at two inputs, in one scale; up to four in the totals."""

from __future__ import annotations

import json

import streamlit as st

import resnet_viz as rv
from resnet_viz.picture.figures.pair import describe_parts
from resnet_viz.spec.configuration import Configuration
from resnet_viz.spec.settings import apply
from resnet_viz.ui import cache, comparison, diagram, links, viewing
from resnet_viz.ui.aligned import Side
from resnet_viz.ui.findings import ICONS
from resnet_viz.ui.links import Param
from resnet_viz.ui.screens.adapting import PARAMS, adapting
from resnet_viz.ui.sides import network_controls, readable
from resnet_viz.ui.subject import Known

SIDES = ("a", "b", "c", "d")
# one thing is varied, the rest stays
PRESETS: dict[str, tuple[str, str]] = {
    "input size: 224 or 32": ("resnet34@224", "resnet34@32"),
    "stem at 32: ImageNet or CIFAR": ("resnet34@32", "resnet34:stem=cifar@32"),
    "shortcut option: B or A": ("resnet34@224", "resnet34:shortcut=A@224"),
    "shortcut option: B or C": ("resnet34@224", "resnet34:shortcut=C@224"),
    "block: basic or bottleneck": ("resnet34@224", "resnet50@224"),
    "depth: 18 or 34": ("resnet18@224", "resnet34@224"),
    "depth: 50 or 152": ("resnet50@224", "resnet152@224"),
    "width: once or twice": ("resnet50@224", "wide_resnet50_2@224"),
    "stride in the 3×3 or the 1×1 (v1.5 or v1)": ("resnet50@224", "resnet50:stride_in=1x1@224"),
    "ResNet-D's changes": ("resnet50@224", "resnet50d@224"),
    "pre-activation": ("resnet50@224", "resnetv2_50@224"),
}
_FIRST = next(iter(PRESETS))


def page() -> None:
    """The whole page, top to bottom."""
    st.title("Two networks in one scale", anchor=False)
    links.restore("compare", (*(Param(side, readable, f"wish_{side}") for side in SIDES), *PARAMS))
    state = st.session_state
    if "compare_sides" not in state:
        state["compare_sides"] = True
        for side, plain in zip(SIDES, (*PRESETS[_FIRST], None, None), strict=True):
            state.setdefault(f"wish_{side}", plain)
    _presets()
    adapting_area = st.container()
    chosen: dict[str, Configuration] = {}
    for side in SIDES:
        made = _side(side)
        if made is not None:
            chosen[side] = made
    with adapting_area:
        adapting(str(state["a_net"]))
    if state.get("compare_bad") or not {"a", "b"} <= chosen.keys():
        st.caption("The comparison returns as soon as that is mended; everything else you chose is kept.")
        return
    runs: dict[str, Configuration] = {}
    for side, made in chosen.items():
        try:
            cache.forecast(made.spec, made.size, 1)
            runs[side] = made
        except rv.InputError as error:
            st.error(f"{side.upper()}, {made.text}: {error}")
    if len(runs) < len(chosen):
        return
    sides = {side: Side(made.text, Known(made.spec, made.size)) for side, made in runs.items()}
    comparison.pictures(sides["a"], sides["b"], paper=sides)
    comparison.totals(sides)
    found = cache.comparison(sides["a"].subject, sides["b"].subject)
    names = (f"A: {runs['a'].text}", f"B: {runs['b'].text}")
    figure = describe_parts(found, names, theme=viewing.theme())
    diagram.show(
        json.dumps(figure), figure["layout"]["meta"]["alt"], None, "stages", lambda _step, _act: None, key="parts"
    )
    _findings(runs)
    comparison.rows(found, sides["a"], sides["b"])


def _presets() -> None:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.selectbox(
        "Vary one thing", list(PRESETS), index=None, placeholder="choose what to vary", key="compare_preset", width=320, on_change=_take_preset
    )  # fmt: skip
    row.button("Swap A and B", on_click=_swap)
    row.button("Copy A to B", on_click=_copy)
    state = st.session_state
    extra = [side for side in SIDES[2:] if _is_on(side)]
    if len(extra) < 2:
        row.button("Add another", on_click=_add, help="Up to four stand in the table of totals")
    if extra:
        row.button(f"Take away {extra[-1].upper()}", on_click=lambda: state.update({f"on_{extra[-1]}": False}))


def _is_on(side: str) -> bool:
    state = st.session_state
    return side in ("a", "b") or bool(state.get(f"on_{side}")) or bool(state.get(f"wish_{side}"))


def _take_preset() -> None:
    if links.offered("compare_preset", PRESETS):
        chosen = st.session_state["compare_preset"]
        st.session_state.update(wish_a=PRESETS[chosen][0], wish_b=PRESETS[chosen][1])


def _swap() -> None:
    state = st.session_state
    state.update(wish_a=state["text_b"], wish_b=state["text_a"])


def _copy() -> None:
    st.session_state["wish_b"] = st.session_state["text_a"]


def _add() -> None:
    side = next(side for side in SIDES[2:] if not _is_on(side))
    st.session_state[f"wish_{side}"] = st.session_state["text_b"]


def _side(side: str) -> Configuration | None:
    """The controls of one side; None where it is not shown, or where something is refused."""
    state = st.session_state
    if side == "a":
        state["compare_bad"] = False
    if not _is_on(side):
        links.publish(side, None, None)
        return None
    state[f"on_{side}"] = True
    made = network_controls(side, f"{side.upper()}: network", _FIRST)
    if made is None:
        state["compare_bad"] = True
        return None
    links.publish(side, made.text, {"a": PRESETS[_FIRST][0], "b": PRESETS[_FIRST][1]}.get(side))
    return made


def _findings(runs: dict[str, Configuration]) -> None:
    """What does not suit each side's input, with remedies that change that side."""
    told = {
        side: [
            f for f in cache.findings(Known(made.spec, made.size, 2), "train", "", 0.0, "sgd") if f.severity != "note"
        ]
        for side, made in runs.items()
    }
    if not any(told.values()):
        return
    with st.expander("What does not suit the input", expanded=True):
        for side, found in told.items():
            for number, finding in enumerate(found):
                st.markdown(f"{ICONS[finding.severity]} **{side.upper()}: {finding.title}**: {finding.evidence}.")
                row = st.container(horizontal=True)
                for remedy in finding.remedies:
                    made = runs[side]
                    after = Configuration(
                        made.name,
                        apply(made.spec, remedy.changes) if remedy.changes else made.spec,
                        remedy.size or made.size,
                    )
                    row.button(
                        remedy.title, key=f"remedy_{side}_{number}_{remedy.title}",
                        on_click=lambda side=side, text=after.text: st.session_state.update({f"wish_{side}": text}),
                    )  # fmt: skip
