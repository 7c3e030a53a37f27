"""Widgets to a choice and back. Every widget is kept in the address, so a link restores the view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

import resnet_viz as rv
from resnet_viz.advise.diagnosis import DATA, MODES
from resnet_viz.spec import ResNetSpec
from resnet_viz.spec.catalogue import CATALOGUE, Variant
from resnet_viz.spec.settings import STEMS, apply, settings
from resnet_viz.steps import MAX_BATCH, Pair, parse_size
from resnet_viz.ui import editor, links, viewing
from resnet_viz.ui.links import Param, flag, index, matching, module_path, one_of, whole

SIZES = ("32", "64", "96", "128", "224", "own")
STEM_CHOICES = ("published", *STEMS, "own")
SHORTCUTS = ("published", "A", "B", "C")
DEVICES = ("auto", "cpu", "cuda", "meta")
DEFAULT = "resnet34"
_STEP = matching(r"[\w.]{1,60}")


@dataclass(frozen=True)
class Choice:
    """What the user asked for, validated."""

    name: str
    spec: ResNetSpec
    size: Pair
    batch: int
    device: str

    @property
    def file_name(self) -> str:
        """``resnet34_32x32_stem-cifar_num_classes-10_batch1``: says the configuration."""
        changed = settings(self.spec, rv.variant(self.name))
        told = "".join(f"_{field}-{value.replace(',', '-')}" for field, value in changed.items())
        return f"{self.name}_{self.size[0]}x{self.size[1]}{told}_batch{self.batch}"

    @property
    def title(self) -> str:
        """``ResNet-34 · stem=cifar``: the network and what is changed in it."""
        changed = settings(self.spec, rv.variant(self.name))
        return " · ".join([rv.entry(self.name).title, *(f"{field}={value}" for field, value in changed.items())])


def _network_changed() -> None:
    """The input follows the network's own default, unless the user chose another."""
    state = st.session_state
    if not links.offered("net", network_titles()):
        return
    before, now = state.get("network_before", DEFAULT), state["net"]
    if state.get("size") == str(rv.entry(before).input_size):
        state["size"] = str(rv.entry(now).input_size)
    editor.network_changed(before, now)
    state["network_before"] = now


def choose(resized: Callable[[], None]) -> Choice | None:
    """Draw the controls; None where something is refused, which is then said beside its control.

    ``resized`` is called before the run that another of the inputs offered begins.
    """
    titles = network_titles()
    address = links.address()
    if "." in address.get("block", ""):  # a block's path; a kind of block, the field of that name, has none
        address["focus"] = address.pop("block")  # its name in older links
    links.restore(
        "explore",
        (
            Param("net", one_of(*titles)),
            Param("size", one_of(*SIZES)),
            Param("hw", lambda text: text[:24] or None),
            Param("stem", one_of("published", *STEMS)),
            Param("shortcut", one_of(*SHORTCUTS)),
            Param("classes", whole(1_000_000)),
            Param("channels", whole(4096)),
            Param("batch", whole(MAX_BATCH)),
            Param("device", one_of(*DEVICES)),
            *viewing.params(module_path, _STEP),
            Param("step", _STEP),
            Param("mode", one_of(*MODES)),
            Param("images", one_of(*(known.name for known in DATA))),
            Param("memory", links.number(100_000)),
            Param("optimizer", one_of("sgd", "adam")),
            Param("field", flag),
            Param("field_row", index),
            Param("field_column", index),
            *editor.params(),
        ),
    )
    state = st.session_state
    if not links.offered("net", titles):
        state["net"] = DEFAULT
    state.setdefault("size", str(rv.entry(state["net"]).input_size))
    state.setdefault("hw", "160x224")
    state.setdefault("channels", 3)
    state.setdefault("batch", 1)
    state.setdefault("device", DEVICES[0])
    editor.restore()
    row = st.container(horizontal=True, vertical_alignment="center", key="controls")
    name = row.selectbox(
        "Network",
        list(titles),
        format_func=titles.__getitem__,
        key="net",
        on_change=_network_changed,
        width=280,
        label_visibility="collapsed",
    )
    known = rv.entry(name)
    state.setdefault("network_before", name)
    side = row.segmented_control(
        "Input (px)",
        SIZES,
        required=True,
        key="size",
        label_visibility="collapsed",
        on_change=resized,
        format_func=size_title,
    )
    text = ""
    if side == "own":
        text = row.text_input(
            "Own size (H×W)", key="hw", width=120, max_chars=24, label_visibility="collapsed", placeholder="H×W"
        )
    stem = row.selectbox(
        "Stem",
        STEM_CHOICES if state.get("stem") == "own" else STEM_CHOICES[:-1],
        key="stem",
        width=205,
        format_func=lambda choice: f"Stem: {stem_title(choice)}",
        on_change=editor.stem_chosen,
        label_visibility="collapsed",
    )
    shortcut = row.selectbox(
        "Shortcut",
        SHORTCUTS,
        key="shortcut",
        width=220,
        format_func=lambda choice: f"Shortcut: {shortcut_title(choice)}",
        label_visibility="collapsed",
    )
    links.publish("net", name, DEFAULT)
    publish_size(name, side)
    links.publish("stem", None if stem == "own" else stem, "published")
    links.publish("shortcut", shortcut, "published")
    size = (known.input_size, known.input_size)
    if side == "own":
        links.publish("hw", text, None)
        try:
            size = parse_size(text)
        except rv.ResNetVizError as error:
            st.error(f"Own size: {error}")
            return None
    else:
        links.publish("hw", None, None)
        size = (int(side or known.input_size), int(side or known.input_size))
    form = _more(row, known, stem)
    classes, channels, batch, device = (state.get(key) for key in ("classes", "channels", "batch", "device"))
    links.publish("classes", classes, None)
    links.publish("channels", channels, 3)
    links.publish("batch", batch, 1)
    links.publish("device", device, "auto")
    editor.publish()
    wanted: dict[str, str] = {**state["edits"], "in_channels": str(channels)}
    if stem in STEMS:
        wanted["stem"] = stem
    if shortcut != "published":
        wanted["shortcut"] = shortcut
    if classes is not None:
        wanted["num_classes"] = str(classes)
    try:
        spec = apply(known.spec, wanted)
    except rv.SpecError as error:
        if error.field in form.errors:
            form.errors[error.field].error(f"{editor.title_of(error.field)}: {error.rule}; {error.fix}")
        st.error(f"This combination cannot be built. {error}")
        st.button("Back to published", on_click=editor.back_to_published)
        return None
    editor.save(form, known, spec)
    return Choice(name, spec, size, int(batch or 1), str(device))


def publish_size(name: str, side: str | None) -> None:
    """Write which of the inputs offered is chosen to the address, where it is not the network's own."""
    links.publish("size", side, str(rv.entry(name).input_size))


def _more(row: Any, known: Variant, stem: str) -> editor.Form:
    """What is changed seldom, behind one button: two dozen widgets that would slow every change are drawn when it is open."""
    button = row.popover(
        "More", key="more", on_change=links.chose,
        help="Classes, channels, batch, device, and every field of the network",
    )  # fmt: skip
    if not button.open:
        return editor.Form({}, None)
    with button:
        line = st.container(horizontal=True)
        line.number_input(
            "Classes", 1, 1_000_000, value=None, placeholder=f"{known.spec.num_classes} (published)", key="classes", width=190
        )  # fmt: skip
        line.number_input("Input channels", 1, 4096, key="channels", width=140, help="3 for RGB, 1 for grey")
        line.number_input("Batch", 1, MAX_BATCH, key="batch", width=140)
        line.selectbox(
            "Device", DEVICES, key="device", width=130,
            help="Where the hooks run. auto: CUDA if there is one, else meta (the same shapes, nothing computed)",
        )  # fmt: skip
        return editor.draw(known, stem)


def network_titles() -> dict[str, str]:
    """Each network of the catalogue as it is offered: a list is searched by what it shows, so the name is in it."""
    return {known.name: f"{known.title} · {known.name} · {known.family.name}" for known in CATALOGUE}


def size_title(side: str) -> str:
    """An input offered, in words."""
    return "own size" if side == "own" else f"{side} px"


def stem_title(choice: str) -> str:
    """A stem's choice in words."""
    return {
        "published": "as published",
        "imagenet": "ImageNet: 7×7/2, pool",
        "cifar": "CIFAR: 3×3/1",
        "deep": "deep: three 3×3, pool",
        "own": "own, as edited",
    }[choice]


def shortcut_title(choice: str) -> str:
    """A shortcut option in words."""
    return {"published": "as published", "A": "A: pad zeros", "B": "B: project if needed", "C": "C: always project"}[
        choice
    ]
