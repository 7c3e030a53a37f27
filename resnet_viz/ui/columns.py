"""How the tables show their columns: numbers grouped by thousands, and wide enough that no digit is cut off."""

from __future__ import annotations

from typing import Any

import streamlit as st

from resnet_viz.steps import Trace

_DIGIT = 9  # px of a figure or a comma, with some to spare


def count_column(values: Any, label: str | None = None, help: str | None = None) -> Any:
    """A column of whole numbers, ``115,605,504``, as wide as its longest value or its heading."""
    longest = max((len(f"{int(value):,}") for value in values if value == value and value is not None), default=1)
    return st.column_config.NumberColumn(
        label, format="localized", help=help, width=max(90, 24 + _DIGIT * longest, 30 + 8 * len(label or ""))
    )


def text_column(values: Any, label: str) -> Any:
    """A column of short texts, as wide as the longest of them or its heading."""
    longest = max((len(str(value)) for value in values), default=1)
    return st.column_config.TextColumn(label, width=max(24 + _DIGIT * longest, 30 + 8 * len(label)))


def shape_columns(trace: Trace) -> dict[str, Any]:
    """The shape table's columns."""
    text = {name: st.column_config.TextColumn(width="medium") for name in ("name", "input_shape", "output_shape")}
    text["kind"] = text_column({step.kind for step in trace.steps}, "kind")
    text["path"] = text_column({step.path for step in trace.steps}, "path")
    most = {name: max(getattr(step, name) or 0 for step in trace.steps) for name in ("params", "macs", "output_bytes")}
    return {**text, **{name: count_column([largest], name) for name, largest in most.items()}}
