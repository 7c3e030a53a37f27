"""A network and its input in one row of controls, where a page has several of them or one of its own."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

import resnet_viz as rv
from resnet_viz.spec import ResNetSpec
from resnet_viz.spec.configuration import Configuration, configuration
from resnet_viz.spec.settings import FIELDS, STEMS, apply, get, settings, text
from resnet_viz.steps import parse_size
from resnet_viz.ui.controls import SHORTCUTS, network_titles, shortcut_title, stem_title
from resnet_viz.ui.editor import CHOICES

PICKED = tuple(field for field in FIELDS if field.name != "shortcut")  # which has a control of its own


def readable(written: str) -> str | None:
    """A configuration from the address in its usual form, or None where it is none."""
    try:
        return configuration(written).text
    except rv.ResNetVizError:
        return None


def wish(side: str, written: str) -> None:
    """Show the configuration ``written`` in the controls ``side`` from the next run on."""
    st.session_state[f"wish_{side}"] = written


def _load(side: str, made: Configuration) -> None:
    """Give the widgets of a side what ``made`` says."""
    changed = settings(made.spec, rv.entry(made.name).spec)
    state = st.session_state
    state[f"{side}_net"] = made.name
    state[f"{side}_size"] = made.text.rpartition("@")[2]
    state[f"{side}_stem"] = changed.pop("stem", "published")
    state[f"{side}_shortcut"] = changed.pop("shortcut", "published")
    state[f"{side}_more"] = _written(changed)


def changes_in(text: str) -> dict[str, str]:
    """``num_classes=10 norm=group`` as fields and values. Raises a ``ResNetVizError``."""
    changes: dict[str, str] = {}
    for change in text.split():
        field, equals, value = change.partition("=")
        if not equals:
            raise rv.SpecError("change", change, "must be FIELD=VALUE", "write e.g. num_classes=10")
        changes[field] = value
    return changes


def changes_text(made: Configuration) -> str:
    """What a configuration changes of its network, as :func:`changes_in` reads it."""
    return _written(settings(made.spec, rv.entry(made.name).spec))


def _written(changes: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in changes.items())


def _pick(side: str, spec: ResNetSpec, more: str) -> None:
    """A field of the spec, what it does, and a value for it, which comes to the other changes."""
    titles = {field.name: field.title for field in PICKED}
    name = st.selectbox("Field", list(titles), format_func=titles.__getitem__, key=f"{side}_field")
    field = next(field for field in PICKED if field.name == name)
    told = dict(change.split("=", 1) for change in more.split() if "=" in change)
    published = text(get(spec, name))
    st.markdown(f"{field.sentence} Source: {field.source}.")
    st.caption(f"The published network has `{name}={published}`.")
    key, value = f"{side}_value_{name}", told.get(name, published)
    if name in CHOICES or published in ("true", "false"):
        options = [text(choice) for choice in CHOICES.get(name, (False, True))]
        chosen = st.selectbox("Value", options, index=options.index(value) if value in options else 0, key=key)
    else:
        chosen = st.text_input("Value", value, max_chars=120, key=key)
    st.button("Change it", key=f"{side}_set", on_click=_set, args=(side, name, key), disabled=not chosen.strip())


def _set(side: str, name: str, key: str) -> None:
    """Put a field's value among the other changes."""
    state = st.session_state
    others = [change for change in str(state[f"{side}_more"]).split() if not change.startswith(f"{name}=")]
    state[f"{side}_more"] = " ".join([*others, f"{name}={''.join(str(state[key]).split())}"])


def network_controls(side: str, label: str, first: str, *, fields: bool = False) -> Configuration | None:
    """The controls ``side``, which begin with the configuration ``first``; None where something is refused, which is told.

    With ``fields`` each field of the spec can be picked, with its sentence and the value that it has.
    """
    state = st.session_state
    wished = state.pop(f"wish_{side}", None)
    if wished:
        _load(side, configuration(wished))
    elif f"{side}_net" not in state:
        _load(side, configuration(state.get(f"text_{side}") or first))
    titles = network_titles()
    row = st.container(horizontal=True, vertical_alignment="bottom")
    name = row.selectbox(label, list(titles), format_func=titles.__getitem__, key=f"{side}_net", width=300)
    size = row.text_input("Input (px)", key=f"{side}_size", width=110, max_chars=24, help="One side, or H×W")
    stem = row.selectbox("Stem", ("published", *STEMS), key=f"{side}_stem", width=172, format_func=stem_title)
    shortcut = row.selectbox("Shortcut", SHORTCUTS, key=f"{side}_shortcut", width=172, format_func=shortcut_title)
    more = row.text_input(
        "More changes", key=f"{side}_more", width=260, max_chars=200, placeholder="num_classes=10 norm=group",
        help="FIELD=VALUE, separated by spaces; the fields are those of Explore's editor",
    )  # fmt: skip
    if fields:
        with row.popover("Pick a field", key=f"{side}_fields"):
            _pick(side, rv.variant(name), more)
    try:
        changes = changes_in(more)
        if stem != "published":
            changes["stem"] = stem
        if shortcut != "published":
            changes["shortcut"] = shortcut
        made = Configuration(name, apply(rv.variant(name), changes), parse_size(size))
    except rv.ResNetVizError as error:
        st.error(f"{label.partition(':')[0]}: {error}" if ":" in label else str(error))
        return None
    state[f"text_{side}"] = made.text
    return made
