"""The marks of a block's own operations on their way to the sum, a trace a form; and halos around what differs."""

from __future__ import annotations

from typing import Any

from ..layout import Mark, Scene
from . import palette

BAR, HOLLOW = 4.6, 5.6  # px of a bar's thickness
HALO = 9.0  # px of the line around what differs
SLIT = 1.4  # px between the pieces of a grouped conv's bar


def describe_marks(scene: Scene, theme: str) -> list[dict[str, Any]]:
    """Solid bars, hollow bars over them, pools as rhombs, norms as dots; each with its line in the legend."""
    names = dict(scene.keys)
    ink, paper = palette.LINK["main"][theme], palette.PAPER[theme]
    convs = [mark for mark in scene.marks if mark.form == "conv"]
    solid = [piece for mark in convs if not mark.strided for piece in _pieces(mark)]
    hollow = [piece for mark in convs if mark.strided for piece in _pieces(mark)]
    made: list[dict[str, Any]] = []
    if convs:
        xs = [value for left, right, _ in solid for value in (left, right, None)]
        ys = [value for _, _, y in solid for value in (y, y, None)]
        made.append(_trace(xs, ys, "lines", names.get("conv"), line={"color": ink, "width": BAR}))
    if hollow:
        xs = [value for left, right, _ in hollow for value in (left, right, right, left, left, None)]
        half = HOLLOW / 2
        ys = [
            None if up is None else round(y + up * half, 1)
            for _, _, y in hollow
            for up in (-1, -1, 1, 1, -1, None)
        ]  # fmt: skip
        line = {"color": ink, "width": 1.2}
        made.append(_trace(xs, ys, "lines", None, fill="toself", fillcolor=paper, line=line))
    for form, symbol, size in (("pool", "diamond", 8), ("norm", "circle", 6)):
        marks = [mark for mark in scene.marks if mark.form == form]
        if marks:
            look = {"symbol": symbol, "size": size, "line": {"color": ink, "width": 1.4}}
            look["color"] = paper if form == "pool" else ink
            made.append(_signs(marks, names.get(form), look))
    return made


def _signs(marks: list[Mark], name: str | None, look: dict[str, Any]) -> dict[str, Any]:
    xs, ys = [round(mark.x, 1) for mark in marks], [round(mark.y, 1) for mark in marks]
    return _trace(xs, ys, "markers", name, marker=look)


def describe_halos(scene: Scene, theme: str) -> list[dict[str, Any]]:
    """What differs from another network, as with a marker pen: under all else."""
    if not scene.halos:
        return []
    xs = [value for way in scene.halos for value in (*(round(x, 1) for x, _ in way), None)]
    ys = [value for way in scene.halos for value in (*(round(y, 1) for _, y in way), None)]
    line = {"color": palette.HALO[theme], "width": HALO}
    return [_trace(xs, ys, "lines", "differs from the other network", line=line)]


def _trace(xs: list[Any], ys: list[Any], mode: str, name: str | None, **paint: Any) -> dict[str, Any]:
    return {
        "type": "scatter", "x": xs, "y": ys, "mode": mode, "hoverinfo": "skip", "showlegend": bool(name), **paint, **({"name": name} if name else {}),
    }  # fmt: skip


def _pieces(mark: Mark) -> list[tuple[float, float, float]]:
    """Left and right end and height of each piece of a bar."""
    wide = (mark.width - SLIT * (mark.pieces - 1)) / mark.pieces
    lefts = [mark.x - mark.width / 2 + number * (wide + SLIT) for number in range(mark.pieces)]
    return [(round(left, 1), round(left + wide, 1), round(mark.y, 1)) for left in lefts]
