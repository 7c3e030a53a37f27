"""Networks under each other in one scale, and their stages as bars beside each other."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...advise.comparing import Comparison, ratio_text
from ...advise.differing import differences
from ...steps import Trace
from ..layout import PLAIN, Look, beside, contract, with_halos
from . import palette
from .flow import describe_scene

TITLE = "Side by side"
QUESTION = "What differs between two networks, or one network at two inputs?"
SIDES = ("#0072B2", "#E69F00")  # the first and the second, told apart by colour-blind eyes too


def describe_beside(traces: tuple[Trace, ...], look: Look = PLAIN) -> list[dict[str, Any]]:
    """A figure for each trace, as plain data: one scale, equal widths, stages aligned."""
    scenes = beside(traces, look.true_scale)
    return [describe_scene(trace, scene, look, "beside") for trace, scene in zip(traces, scenes, strict=True)]


class Compared(NamedTuple):
    """A figure for each network, in which what it does otherwise is marked, and what that is, a line each."""

    figures: tuple[dict[str, Any], ...]
    words: tuple[str, ...]


def describe_compared(comparison: Comparison, look: Look = PLAIN) -> Compared:
    """Two networks as :func:`describe_beside` draws them, with what differs marked in both."""
    told, traces = differences(comparison), (comparison.a, comparison.b)
    made = [
        describe_scene(trace, with_halos(scene, trace, steps), look, "beside")
        for trace, scene, steps in zip(traces, beside(traces, look.true_scale), told.marked, strict=True)
    ]
    return Compared(tuple(made), told.words)


def describe_parts(comparison: Comparison, names: tuple[str, str], *, theme: str = "light") -> dict[str, Any]:
    """Bars of each stage of both networks: map side, channels, activation bytes, MACs, parameters, with their ratios."""
    quantities = (
        ("map side", lambda part: part.side[0]), ("channels", lambda part: part.channels),
        ("activation bytes", lambda part: part.activation_bytes), ("MACs", lambda part: None if part.uncounted else part.macs), ("parameters", lambda part: part.params),
    )  # fmt: skip
    stages = [name for name, _, _ in comparison.parts]
    data: list[dict[str, Any]] = []
    ink, muted = palette.INK[theme], palette.MUTED[theme]
    look: dict[str, Any] = {
        "width": 900, "height": 280, "uirevision": "parts", "meta": contract.meta("Bars of map side, channels, activation bytes, MACs and parameters of each stage, A beside B"), "margin": {"l": 8, "r": 8, "t": 34, "b": 66}, "barmode": "group", "bargap": 0.25,
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "font": {"size": 12, "color": ink, "family": palette.FONTS},
        "legend": {"orientation": "h", "y": -0.28, "yanchor": "top", "x": 0}, "annotations": [], "hoverlabel": palette.hover(theme),
    }  # fmt: skip
    for number, (title, of) in enumerate(quantities):
        axis = "" if number == 0 else str(number + 1)
        values = [[of(part) if part else None for part in pair] for _, *pair in comparison.parts]
        for side in (0, 1):
            data.append(
                {
                    "type": "bar", "x": stages, "y": [pair[side] for pair in values], "name": names[side], "legendgroup": names[side],
                    "showlegend": number == 0, "marker": {"color": SIDES[side], "pattern": {"shape": "/" if side else ""}},
                    "xaxis": f"x{axis}", "yaxis": f"y{axis}", "hovertemplate": "%{x}: %{y:,}<extra>" + title + "</extra>",
                }
            )  # fmt: skip
        data.append(
            {
                "type": "scatter", "mode": "text", "x": stages, "y": [max(a or 0, b or 0) for a, b in values], "textposition": "top center",
                "text": [ratio_text(a or 0, b or 0) for a, b in values], "textfont": {"size": 11}, "hoverinfo": "skip", "showlegend": False,
                "cliponaxis": False, "xaxis": f"x{axis}", "yaxis": f"y{axis}",
            }
        )  # fmt: skip
        left, right = number / 5 + 0.008, (number + 1) / 5 - 0.008
        most = max((value for pair in values for value in pair if value), default=1)
        look[f"xaxis{axis}"] = {"range": [-0.5, len(stages) - 0.5], "domain": [left, right], "anchor": f"y{axis}", "tickfont": {"size": 10, "color": muted}, "fixedrange": True, "tickangle": -40}  # fmt: skip
        look[f"yaxis{axis}"] = {"visible": False, "range": [0, most * 1.18], "anchor": f"x{axis}", "fixedrange": True}
        look["annotations"].append(
            {
                "text": f"<b>{title}</b>",
                "xref": "paper",
                "yref": "paper",
                "x": left,
                "y": 1.14,
                "xanchor": "left",
                "yanchor": "top",
                "showarrow": False,
            }
        )
    return {"data": data, "layout": look}
