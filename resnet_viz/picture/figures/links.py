"""The ways between volumes: a trace a kind, and one of all arrow heads."""

from __future__ import annotations

from ..layout import Scene
from . import palette
from .sheet import Sheet, path

_LEGEND = {
    "identity": ("identity shortcut (plain)", "solid"),
    "projection": ("projection shortcut, 1×1 conv (dashed)", "dash"),
    "zero-pad": ("zero-pad shortcut, option A (dotted; zero channels hatched)", "dot"),
    "gate": ("channel gate", "dashdot"),
    "skip": ("skip to a concatenation", "solid"),
    "main": ("main path (thick)", "solid"),
}
_THICK, _THIN = 2.2, 1.4  # px of the main path and of all other lines


def add_links(sheet: Sheet, scene: Scene, theme: str) -> None:
    """Main path, shortcuts and gates, each in the colour and dash of its kind."""
    heads: list[tuple[tuple[tuple[float, float], ...], str]] = []
    for kind, (name, dash) in _LEGEND.items():
        links = [link for link in scene.links if link.kind == kind]
        if not links:
            continue
        colour = palette.LINK[kind][theme]
        xs, ys = path([list(link.points) for link in links], close=False)
        sheet.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": colour, "width": _THICK if kind == "main" else _THIN, "dash": dash},
            hoverinfo="skip",
            name=name,
        )
        heads += [(link.points[-2:], colour) for link in links if link.arrow]
    sheet.add_scatter(
        x=[round(end[0], 2) for (_, end), _ in heads],
        y=[round(end[1], 2) for (_, end), _ in heads],
        mode="markers",
        marker={
            "symbol": "arrow",
            "size": 8,
            "color": [colour for _, colour in heads],
            "angle": [_angle(*ends) for ends, _ in heads],
        },
        hoverinfo="skip",
        showlegend=False,
    )


def _angle(start: tuple[float, float], end: tuple[float, float]) -> int:
    """Right, down or up, whichever the line's last piece mostly is."""
    if abs(end[1] - start[1]) <= abs(end[0] - start[0]):
        return 90
    return 180 if end[1] < start[1] else 0
