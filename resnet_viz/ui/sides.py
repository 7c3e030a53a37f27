"""A network and its input in one row of controls, where a page has several of them or one of its own."""

from __future__ import annotations

import streamlit as st

import resnet_viz as rv
from resnet_viz.spec.configuration import Configuration, configuration
from resnet_viz.spec.settings import STEMS, apply, settings
from resnet_viz.steps import parse_size
from resnet_viz.ui.controls import SHORTCUTS, network_titles, shortcut_title, stem_title


def readable(text: str) -> str | None:
    """A configuration from the address in its usual form, or None where it is none."""
    try:
        return configuration(text).text
    except rv.ResNetVizError:
        return None


def wish(side: str, text: str) -> None:
    """Show the configuration ``text`` in the controls ``side`` from the next run on."""
    st.session_state[f"wish_{side}"] = text


def _load(side: str, made: Configuration) -> None:
    """Give the widgets of a side what ``made`` says."""
    changed = settings(made.spec, rv.entry(made.name).spec)
    state = st.session_state
    state[f"{side}_net"] = made.name
    state[f"{side}_size"] = made.text.rpartition("@")[2]
    state[f"{side}_stem"] = changed.pop("stem", "published")
    state[f"{side}_shortcut"] = changed.pop("shortcut", "published")
    state[f"{side}_more"] = " ".join(f"{name}={value}" for name, value in changed.items())


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
    return " ".join(f"{name}={value}" for name, value in settings(made.spec, rv.entry(made.name).spec).items())


def network_controls(side: str, label: str, first: str) -> Configuration | None:
    """The controls ``side``, which begin with the configuration ``first``; None where something is refused, which is told."""
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
