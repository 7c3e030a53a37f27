"""All known networks in one chart: what a network costs against how well it was published to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from ...checks import check_kind, check_one_of
from ...errors import InputError
from ...spec import ResNetSpec
from ..layout import THEMES
from . import palette

TITLE = "The family"
QUESTION = "What does accuracy cost, and which idea bought it?"

NEEDED = {"name", "title", "kind", "macs", "params", "top1", "top1_input", "top1_source"}
# Each kind has its colour and its sign; the first that fits a network names it.
KINDS = (
    ("gate (SE, ECA)", "diamond"),
    ("pre-activation", "square"),
    ("grouped (ResNeXt)", "triangle-up"),
    ("wide", "cross"),
    ("plain", "circle"),
)


def kind_of(spec: ResNetSpec) -> str:
    """The idea that marks a network in the chart."""
    if spec.attention != "none":
        return KINDS[0][0]
    if spec.preact:
        return KINDS[1][0]
    if spec.groups > 1:
        return KINDS[2][0]
    return KINDS[3][0] if spec.width_per_group > 64 else KINDS[4][0]


def draw_family(points: Sequence[dict[str, Any]], *, theme: str = "light") -> go.Figure:
    """MACs against top-1, area = parameters; ``customdata`` of a point is the network's name.

    A point needs ``name, title, kind, macs, params, top1, top1_input, top1_source``.

    >>> from resnet_viz import entry
    >>> from resnet_viz.export.catalogue import catalogue_row
    >>> points = [{**catalogue_row(entry(name), None), "kind": kind_of(entry(name).spec)} for name in ("resnet18", "resnet50")]
    >>> draw_family(points).layout.meta["alt"][:10]
    '2 networks'
    """
    check_one_of("theme", theme, THEMES)
    for point in check_kind("points", points, Sequence, "a list of points", "give dicts"):
        if not isinstance(point, dict) or not point.keys() >= NEEDED:
            raise InputError("points", point, "must be a dict with " + ", ".join(sorted(NEEDED)), "add what lacks")
    figure = go.Figure()
    most = max((point["params"] for point in points), default=1)
    for role, (kind, symbol) in enumerate(KINDS, 1):
        mine = [point for point in points if point["kind"] == kind]
        if not mine:
            continue
        figure.add_scatter(
            x=[point["macs"] / 1e9 for point in mine],
            y=[point["top1"] for point in mine],
            mode="markers",
            name=kind,
            customdata=[point["name"] for point in mine],
            ids=[point["name"] for point in mine],
            hovertext=[_hover(point) for point in mine],
            hovertemplate="%{hovertext}<extra></extra>",
            marker={
                "symbol": symbol,
                "size": [point["params"] for point in mine],
                "sizemode": "area",
                "sizeref": most / 42**2,
                "sizemin": 4,
                "color": palette.base(f"stage{role}"),
                "opacity": 0.75,
                "line": {"width": 1, "color": palette.INK[theme]},
            },
        )
    axis = {"gridcolor": palette.GRID[theme], "zeroline": False, "linecolor": palette.MUTED[theme]}
    figure.update_layout(
        height=460,
        margin={"l": 60, "r": 10, "t": 10, "b": 50},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 13, "color": palette.INK[theme]},
        xaxis={
            **axis,
            "type": "log",
            "title": {"text": "MACs of one image (G, log scale)"},
            "tickvals": [digit * 10.0**power for power in range(-4, 4) for digit in (1, 2, 5)],
        },
        yaxis={**axis, "title": {"text": "published top-1 (%)"}},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "itemsizing": "constant"},
        hoverlabel={"align": "left"},
        dragmode="pan",
        meta={"alt": _alt(points)},
    )
    return figure


def _hover(point: dict[str, Any]) -> str:
    return (
        f"<b>{point['title']}</b> ({point['name']})<br>{point['macs'] / 1e9:.3g} G MACs, {point['params'] / 1e6:.3g} M parameters"
        f"<br>top-1 {point['top1']:g} % at {point['top1_input']} px<br>{point['top1_source']}"
    )


def _alt(points: Sequence[dict[str, Any]]) -> str:
    if not points:
        return "No network with a published accuracy is shown."
    low, high = (pick(points, key=lambda point: point["top1"]) for pick in (min, max))
    return (
        f"{len(points)} networks, multiply-adds against published top-1 accuracy, from {low['title']} with {low['top1']:g} % "
        f"to {high['title']} with {high['top1']:g} %. The table below has the same figures."
    )
