"""Oblique volumes along the flow, as a Plotly figure.

Faces are merged into one filled trace per colour, and one transparent bar trace over them is the layer that hovers
and selects: ``customdata`` of a bar is the index of its step.
"""

from __future__ import annotations

import plotly.graph_objects as go

from .. import layout
from ..errors import InputError
from ..explaining import worked_lines
from ..layout import Box, Scene
from ..steps import Trace
from . import palette

TITLE = "Volumes along the flow"
QUESTION = "How does the tensor's shape change from the input to the classes?"


def draw(
    trace: Trace, level: str = "network", focus: str | None = None, *, theme: str = "light", selected: int | None = None
) -> go.Figure:
    """A Plotly figure of ``trace``: ``level`` "network", or "block" with ``focus="layer2.0"``; ``selected`` is a step's index.

    Raises :class:`InputError` for an unknown level, focus or theme.
    """
    if theme not in palette.THEMES:
        raise InputError("theme", theme, "must be light or dark", "use 'light'")
    scene = layout.lay_out(trace, level, focus)
    figure = go.Figure()
    _faces(figure, scene, theme)
    _links(figure, scene, theme)
    _marks(figure, scene, theme, selected)
    _hits(figure, scene, trace)
    _labels(figure, scene, theme)
    left, bottom, right, top = scene.bounds
    figure.update_layout(
        width=right - left,
        height=top - bottom + 46,
        margin={"l": 0, "r": 0, "t": 4, "b": 42},
        xaxis={"range": [left, right], "visible": False, "fixedrange": False},
        yaxis={"range": [bottom, top], "visible": False},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": layout.FONT, "color": palette.INK[theme]},
        hoverlabel={"align": "left"},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": palette.MUTED[theme], "activecolor": palette.INK[theme]},
        dragmode="pan",
        barmode="overlay",
        legend={"orientation": "h", "y": 0, "yanchor": "top", "x": 0, "itemclick": False, "itemdoubleclick": False},
        meta={"alt": alt_text(trace, scene)},
    )
    return figure


def alt_text(trace: Trace, scene: Scene) -> str:
    """The picture's route in words, for who does not see it."""
    by_step = {step.index: step for step in trace.steps}
    route: list[str] = []
    for box in scene.boxes:
        if box.aside:
            continue
        words = layout.map_text(by_step[box.step].output)
        if not route or route[-1] != words:
            route.append(words)
    kinds = {
        kind: len(
            {
                link.target
                for link in scene.links
                if link.kind == kind and link.target in {plus.step for plus in scene.pluses}
            }
        )
        for kind in ("identity", "projection", "zero-pad")
    }
    ways = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count) or "no"
    gates = sum(plus.gate for plus in scene.pluses)
    gated = f" {gates} channel gate{'s' * (gates > 1)}." if gates else ""
    return f"{scene.level} level, {scene.title}. Volumes (height×width×channels): {' → '.join(route)}. Drawn: {ways} shortcuts.{gated}"


def _polygons(box: Box) -> tuple[list[tuple[float, float]], ...]:
    x, y, w, dx, dy = box.x, box.bottom, box.width, box.dx, box.dy
    t = y + box.height
    front = [(x, y), (x + w, y), (x + w, t), (x, t)]
    side = [(x + w, y), (x + w + dx, y + dy), (x + w + dx, t + dy), (x + w, t)]
    top = [(x, t), (x + w, t), (x + w + dx, t + dy), (x + dx, t + dy)]
    return front, side, top


def _path(
    polygons: list[list[tuple[float, float]]], close: bool = True
) -> tuple[list[float | None], list[float | None]]:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for points in polygons:
        loop = [*points, points[0]] if close else points
        xs += [round(x, 2) for x, _ in loop] + [None]
        ys += [round(y, 2) for _, y in loop] + [None]
    return xs, ys


def _faces(figure: go.Figure, scene: Scene, theme: str) -> None:
    merged: dict[str, list[list[tuple[float, float]]]] = {}
    hatch: list[list[tuple[float, float]]] = []
    for box in scene.boxes:
        for colour, polygon in zip(palette.faces(box.role, bool(box.folded)), _polygons(box), strict=True):
            merged.setdefault(colour, []).append(polygon)
        hatch += _hatch(box)
    for colour, polygons in merged.items():
        xs, ys = _path(polygons)
        figure.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            fill="toself",
            fillcolor=colour,
            line={"color": palette.PAPER[theme], "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )
    if hatch:
        xs, ys = _path(hatch, close=False)
        figure.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": palette.INK["light"], "width": 0.9},
            hoverinfo="skip",
            name="zero channels",
            showlegend=False,
        )
    folds = [box for box in scene.boxes if box.folded]
    if folds:
        lines = [
            [(box.x + k, box.bottom), (box.x + k, box.bottom + box.height)]
            for box in folds
            for k in (box.width * 0.33, box.width * 0.66)
        ]
        xs, ys = _path(lines, close=False)
        figure.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": palette.PAPER[theme], "width": 2},
            hoverinfo="skip",
            showlegend=False,
        )


def _hatch(box: Box) -> list[list[tuple[float, float]]]:
    """Slanted strokes over the part of the front face that is zero channels."""
    before, after = box.zeros
    strokes: list[list[tuple[float, float]]] = []
    for start, stop in ((0.0, before), (1.0 - after, 1.0)):
        x0, x1 = box.x + start * box.width, box.x + stop * box.width
        if x1 - x0 < 0.5:
            continue
        y = box.bottom
        while y + 3 <= box.bottom + box.height:
            strokes.append([(x0, y), (x1, min(y + 3, box.bottom + box.height))])
            y += 4
    return strokes


_LEGEND = {
    "identity": ("identity shortcut (plain)", "solid"),
    "projection": ("projection shortcut, 1×1 conv (dashed)", "dash"),
    "zero-pad": ("zero-pad shortcut, option A (dotted; zero channels hatched)", "dot"),
    "gate": ("channel gate", "dashdot"),
    "main": ("main path", "solid"),
}


def _links(figure: go.Figure, scene: Scene, theme: str) -> None:
    for kind, (name, dash) in _LEGEND.items():
        links = [link for link in scene.links if link.kind == kind]
        if not links:
            continue
        colour = palette.LINK[kind][theme]
        xs, ys = _path([list(link.points) for link in links], close=False)
        figure.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": colour, "width": 1.6, "dash": dash},
            hoverinfo="skip",
            name=name,
            showlegend=kind != "main",
        )
        heads = [link.points[-2:] for link in links if link.arrow]
        figure.add_scatter(
            x=[end[0] for _, end in heads],
            y=[end[1] for _, end in heads],
            mode="markers",
            marker={
                "symbol": "arrow",
                "size": 8,
                "color": colour,
                "angle": [180 if abs(b[1] - a[1]) > abs(b[0] - a[0]) and b[1] < a[1] else 90 for a, b in heads],
            },
            hoverinfo="skip",
            showlegend=False,
        )


def _marks(figure: go.Figure, scene: Scene, theme: str, selected: int | None) -> None:
    signs = (
        (False, "circle-cross", "addition (⊕): two equal shapes"),
        (True, "circle-x", "channel gate (⊗): each channel times its own number"),
    )
    for gate, symbol, name in signs:
        pluses = [plus for plus in scene.pluses if plus.gate == gate]
        if pluses:
            figure.add_scatter(
                x=[plus.x for plus in pluses],
                y=[plus.y for plus in pluses],
                mode="markers",
                marker={
                    "symbol": symbol,
                    "size": 13 if scene.level == "network" else 18,
                    "color": palette.PAPER[theme],
                    "line": {"color": (palette.LINK["gate"] if gate else palette.INK)[theme], "width": 1.4},
                },
                hoverinfo="skip",
                name=name,
            )
    if scene.brackets:
        xs, ys = _path([[(a, y + 4), (a, y), (b, y), (b, y + 4)] for a, b, y in scene.brackets], close=False)
        figure.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": palette.MUTED[theme], "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )
    chosen = [box for box in scene.boxes if box.step == selected or selected in box.folded]
    if chosen:
        xs, ys = _path([_outline(box) for box in chosen])
        figure.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": palette.INK[theme], "width": 3.5},
            hoverinfo="skip",
            name="selected",
        )


def _outline(box: Box) -> list[tuple[float, float]]:
    front, side, top = _polygons(box)
    return [front[0], front[1], side[1], side[2], top[3], front[3]]


def _hits(figure: go.Figure, scene: Scene, trace: Trace) -> None:
    boxes = scene.boxes
    hits = [(box.left, box.right, box.bottom, box.top, box.step) for box in boxes]
    hits += [(plus.x - 8, plus.x + 8, plus.y - 8, plus.y + 8, plus.step) for plus in scene.pluses]
    folded = {box.step: box.folded for box in boxes if box.folded}
    figure.add_bar(
        x=[(left + right) / 2 for left, right, *_ in hits],
        width=[right - left for left, right, *_ in hits],
        base=[bottom for _, _, bottom, _, _ in hits],
        y=[top - bottom for _, _, bottom, top, _ in hits],
        customdata=[step for *_, step in hits],
        # in a pre-activation block the sum is the block's output: one step, two marks
        ids=[str(step) if i < len(boxes) else f"{step}+" for i, (*_, step) in enumerate(hits)],
        hovertext=[_hover(trace, step, folded.get(step, ())) for *_, step in hits],
        hovertemplate="%{hovertext}<extra></extra>",
        opacity=0,
        zorder=10,
        showlegend=False,
        name="hits",
    )


def _hover(trace: Trace, index: int, folded: tuple[int, ...]) -> str:
    step = trace.steps[index]
    where = f"layer{step.stage}.{step.block}: " if step.stage else ""
    head = f"<b>{where}{step.name}</b> ({step.kind})"
    if folded:
        first, last = trace.steps[folded[0]], trace.steps[folded[-1]]
        head = f"<b>layer{first.stage}.{first.block} … layer{last.stage}.{last.block}</b>: {len(folded)} equal blocks"
    lines = [head, "shape " + "×".join(map(str, step.output)) + " (N×C×H×W)"[: 10 if len(step.output) == 4 else 0]]
    lines += [f"{title}: {line}" for title, line in worked_lines(trace, step) if title in ("size", "height", "width")]
    if step.stage is not None and step.kind == "relu":
        part = [s for s in trace.steps if s.stage == step.stage and s.block == step.block]
        lines.append(f"block: {sum(s.params for s in part):,} parameters, {sum(s.macs for s in part):,} MACs")
    else:
        lines.append(f"{step.params:,} parameters, {step.macs:,} MACs")
    lines.append(f"receptive field {step.receptive_field[0]}×{step.receptive_field[1]} px, {step.output_bytes:,} bytes")
    return "<br>".join(lines)


def _labels(figure: go.Figure, scene: Scene, theme: str) -> None:
    for label in scene.labels:
        lines = [f"<b>{line}</b>" if label.strong and i == 0 else line for i, line in enumerate(label.lines)]
        colour = palette.INK[theme] if label.kind == "main" else palette.LINK[label.kind][theme]
        figure.add_annotation(
            x=label.x,
            y=label.y,
            text="<br>".join(lines),
            showarrow=False,
            xanchor="center",
            yanchor="top",
            borderpad=0,
            font={"size": layout.FONT, "color": colour},
        )
