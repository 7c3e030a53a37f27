"""The editor of one's own variant: every field of the spec, its text kept as typed, its error beside it.

What differs from the catalogue's network is kept in ``st.session_state["edits"]`` as settings, ``field`` to text, the
same that the address and the command line's ``--set`` speak.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

import streamlit as st

import resnet_viz as rv
from resnet_viz.spec import BLOCKS, ResNetSpec
from resnet_viz.spec.catalogue import Variant, nearest
from resnet_viz.spec.settings import FIELDS, describe, get, read, settings, stem_preset, text
from resnet_viz.spec.spec import StemPool, StemStride
from resnet_viz.ui import links, parts
from resnet_viz.ui.links import Param

ELSEWHERE = ("shortcut", "in_channels", "num_classes")  # these have controls of their own
EDITED = tuple(field for field in FIELDS if field.name not in ELSEWHERE)
_ROWS = (
    ("The stages", ("block", "blocks", "widths", "groups", "width_per_group")),
    ("The stem", ("stem.channels", "stem.kernel", "stem.stride", "stem.pool")),
    ("Inside a block", ("preact", "stride_in", "shortcut_pool", "anti_alias", "dilated_stages")),
    ("Gate, norm, start", ("attention", "se_ratio", "norm", "zero_init")),
)
CHOICES: dict[str, tuple[Any, ...]] = {  # of the fields that have a few values
    "block": tuple(kind.name for kind in BLOCKS),
    "stem.stride": get_args(StemStride),
    "stem.pool": get_args(StemPool),
    "stride_in": ("3x3", "1x1"),
    "anti_alias": ("none", "avg", "blur"),
    "attention": ("none", "se", "eca"),
    "norm": ("batch", "group"),
}


def params() -> tuple[Param, ...]:
    """The editor's part of the address: a field's own name, its text bounded and of the field's type."""

    def reader(name: str) -> Any:
        def accept(written: str) -> str | None:
            try:
                value = read(name, written) if len(written) <= 120 else None
            except rv.SpecError:
                return None
            if value is None or (name in CHOICES and value not in CHOICES[name]):
                return None
            return text(value)

        return accept

    return tuple(Param(field.name, reader(field.name), f"link_{field.name}") for field in EDITED)


def restore() -> dict[str, str]:
    """The edits, on the first run those of the address."""
    state = st.session_state
    if "edits" not in state:
        found = {field.name: state.pop(f"link_{field.name}", None) for field in EDITED}
        state["edits"] = {name: value for name, value in found.items() if value is not None}
        if any(name.startswith("stem.") for name in state["edits"]):
            state["stem"] = "own"
    return state["edits"]


def network_changed(before: str, now: str) -> None:
    """Each network keeps its own edits, so that looking at another one loses nothing."""
    state = st.session_state
    kept: dict[str, dict[str, str]] = state.setdefault("kept_edits", {})
    kept[before] = state.get("edits", {})
    state["edits"] = kept.get(now, {})
    own = any(name.startswith("stem.") for name in state["edits"])
    if own or state.get("stem") == "own":
        state["stem"] = "own" if own else "published"


def stem_chosen() -> None:
    """A preset replaces the stem that was edited by hand."""
    edits: dict[str, str] = st.session_state["edits"]
    if st.session_state["stem"] != "own":
        st.session_state["edits"] = {name: value for name, value in edits.items() if not name.startswith("stem.")}


def back_to_published() -> None:
    """Drop every change to the network."""
    state = st.session_state
    state["edits"] = {}
    state.update(stem="published", shortcut="published", classes=None, channels=3)


def adopt(spec: ResNetSpec, name: str | None = None) -> None:
    """Show ``spec`` as the network ``name`` with edits, or as the nearest network of the catalogue."""
    state, known = st.session_state, rv.entry(name) if name else nearest(spec)
    if state.get("net") and state["net"] != known.name:
        network_changed(state["net"], known.name)
    state["net"] = state["network_before"] = known.name
    changed = settings(spec, known.spec)
    state["stem"] = changed.pop("stem", "published")
    if any(name.startswith("stem.") for name in changed):
        state["stem"] = "own"
        changed.update(_whole_stem(spec))
    state["shortcut"] = changed.pop("shortcut", "published")
    classes = changed.pop("num_classes", None)
    state["classes"] = int(classes) if classes else None
    changed.pop("in_channels", None)
    state["channels"] = spec.in_channels
    state["edits"] = changed


def _whole_stem(spec: ResNetSpec) -> dict[str, str]:
    return {field.name: text(get(spec, field.name)) for field in FIELDS if field.name.startswith("stem.")}


def _edited(name: str, base: ResNetSpec) -> None:
    """A widget of the editor was changed: keep its text where it differs from what stands without it."""
    state = st.session_state
    value = state[f"edit_{name}"]
    written = value.strip() if isinstance(value, str) else text(value)
    edits: dict[str, str] = dict(state["edits"])
    if name.startswith("stem.") and state.get("stem") != "own":
        preset = state.get("stem", "published")
        stem = base.stem if preset == "published" else stem_preset(preset, base)
        edits.update(_whole_stem(rv.replace(ResNetSpec(), stem=stem)))
        state["stem"] = "own"
    if written == text(get(base, name)) and not name.startswith("stem."):
        edits.pop(name, None)
    else:
        edits[name] = written
    state["edits"] = edits


@dataclass(frozen=True)
class Form:
    """Places that are filled once the network is known: an error beside each field, the file to save."""

    errors: dict[str, Any]
    save: Any


def draw(known: Variant, stem: str) -> Form:
    """The fields of the network ``known``."""
    places: dict[str, Any] = {}
    base = known.spec
    shown = base if stem in ("published", "own") else rv.replace(base, stem=stem_preset(stem, base))
    edits: dict[str, str] = st.session_state["edits"]
    by_name = {field.name: field for field in FIELDS}
    st.markdown(f"**Your own variant** of {known.title}")
    st.caption(
        "Shortcut option, input channels and classes have their controls above; numbers per stage are separated by commas."
    )
    for title, names in _ROWS:
        row = st.container(horizontal=True, vertical_alignment="top", key=f"fields_{title.replace(' ', '_')}")
        for name in names:
            field = by_name[name]
            place = row.container(width=125)
            _widget(place, name, field.title, f"{field.sentence} Source: {field.source}", base, shown, edits)
        # under its row, where a message has the room that a field has not
        places.update(dict.fromkeys(names, st.empty()))
    return Form(places, _files())


def _widget(
    place: Any, name: str, title: str, tip: str, base: ResNetSpec, shown: ResNetSpec, edits: dict[str, str]
) -> None:
    key = f"edit_{name}"
    now = get(shown, name)
    options: dict[str, Any] = {"key": key, "help": tip, "on_change": _edited, "args": (name, base)}
    if isinstance(now, bool):
        st.session_state[key] = edits.get(name, text(now)) == "true"
        place.toggle(title, **options)
    elif name in CHOICES:
        written = edits.get(name, text(now))
        choices = {text(choice): choice for choice in CHOICES[name]}
        st.session_state[key] = choices.get(written, now)
        place.selectbox(title, CHOICES[name], **options)
    else:
        st.session_state[key] = edits.get(name, text(now))
        place.text_input(title, max_chars=120, **options)


def _files() -> Any:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    save = row.container(width=220)
    with row.container(width=420):
        st.file_uploader(
            "Load a network from JSON",
            type="json",
            key="spec_file",
            max_upload_size=1,
            on_change=_load,
            help="As this page saves it, or `resnet-viz spec NAME` writes it",
        )
        if "load_error" in st.session_state:
            st.error(f"Not loaded. {st.session_state['load_error']}")
    return save


def _load() -> None:
    state = st.session_state
    state.pop("load_error", None)
    file = state["spec_file"]
    if file is None:
        return
    try:
        adopt(ResNetSpec.from_json(file.getvalue()[:20_001].decode("utf-8", "replace")))
    except rv.SpecError as error:
        state["load_error"] = str(error)


def title_of(name: str) -> str:
    """A field's title in the editor."""
    return next(field.title for field in FIELDS if field.name == name)


def publish() -> None:
    """Write the edits to the address."""
    edits: dict[str, str] = st.session_state["edits"]
    for field in EDITED:
        links.publish(field.name, edits.get(field.name), None)


def save(form: Form, known: Variant, spec: ResNetSpec) -> None:
    """The network as a file, where the form is open."""
    if form.save is not None:
        form.save.download_button(
            "Save this network as JSON", spec.to_json(), f"{known.name}.json", "application/json", on_click="ignore"
        )


def story(known: Variant, spec: ResNetSpec) -> None:
    """What changed over the published network, in words, and the way back."""
    changes = describe(spec, known.spec)
    if not changes:
        return
    row = st.container(horizontal=True, vertical_alignment="center", key="story")
    same = nearest(spec)
    also = f" That is **{same.title}** (`{same.name}`), as published." if same.spec == spec else ""
    row.markdown(f"**{known.title}, changed:** {'; '.join(changes)}.{also}", width="stretch")
    row.button("Back to published", on_click=_back)


def _back() -> None:
    back_to_published()
    parts.whole()
