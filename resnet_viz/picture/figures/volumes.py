"""Volumes: their faces, what is drawn on them, and the strip of bars that tells a quantity."""

from __future__ import annotations

from typing import Any

from ..layout import Box, Scene, contract
from . import palette
from .colouring import Colouring
from .sheet import Sheet, path

_FILTER = "one filter of a conv, kernel × input channels"


def add_faces(sheet: Sheet, scene: Scene, theme: str, colours: Colouring) -> None:
    """A silhouette a colour; the lit front and top are two pale layers over all of them, which keeps traces few."""
    merged: dict[str, list[list[tuple[float, float]]]] = {}
    if scene.kernels:
        merged[palette.base("kernel")] = [outline(box) for box in scene.kernels]
    front: list[list[tuple[float, float]]] = []
    top: list[list[tuple[float, float]]] = []
    hatch: list[list[tuple[float, float]]] = []
    ran = [box for box in scene.boxes if box.step not in scene.unreached]
    for box in ran:
        merged.setdefault(colours.fills[box.step], []).append(outline(box))
    for box in (*scene.kernels, *ran):
        faces = _polygons(box)
        front.append(faces[0])
        top.append(faces[2])
        hatch += _hatch(box)
    layers = [*merged.items(), ("rgba(255,255,255,0.25)", front), ("rgba(255,255,255,0.6)", top)]
    for colour, polygons in layers:
        name = _FILTER if colour == palette.base("kernel") and scene.kernels else colours.names.get(colour)
        sheet.add_filled(polygons, colour, {"color": palette.PAPER[theme], "width": 1}, name, name is not None)
    _blanks(sheet, scene, theme)
    if hatch:
        _stroke(sheet, hatch, {"color": palette.INK["light"], "width": 0.9}, name="zero channels", showlegend=False)
    plates = [line for box in scene.boxes if box.plate for line in _rows(box)]
    if plates:
        _stroke(sheet, plates, {"color": palette.PAPER[theme], "width": 1}, showlegend=False)
    folds = [box for box in scene.boxes if box.folded]
    if folds:
        lines = [
            [(box.x + k, box.bottom), (box.x + k, box.bottom + box.height)]
            for box in folds
            for k in (box.width * 0.33, box.width * 0.66)
        ]
        _stroke(sheet, lines, {"color": palette.PAPER[theme], "width": 2}, showlegend=False)


def _stroke(sheet: Sheet, lines: list[list[tuple[float, float]]], line: dict[str, Any], **more: Any) -> None:
    """Lines in one trace, which nothing is told of where somebody points at them."""
    xs, ys = path(lines, close=False)
    sheet.add_scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip", **more)


def _blanks(sheet: Sheet, scene: Scene, theme: str) -> None:
    """An outline for each volume that was never made."""
    blanks = [[*face, face[0]] for box in scene.boxes if box.step in scene.unreached for face in _polygons(box)]
    if blanks:
        _stroke(
            sheet,
            blanks,
            {"color": palette.MUTED[theme], "width": 1, "dash": "dot"},
            name="never reached (dotted outline)",
        )


def add_strip(sheet: Sheet, scene: Scene, theme: str, colours: Colouring) -> None:
    """The strip: bars in the colours of their volumes, and the scale of both."""
    axis = scene.axis
    if axis is None:
        return
    ticks = [[(axis.right, y), (axis.end, y)] for y in axis.ticks]
    _stroke(sheet, ticks, {"color": palette.GRID[theme], "width": 1}, showlegend=False)
    step = (axis.top - axis.bottom) / len(palette.RAMP)
    drawn = {
        colour: [_rectangle(axis.left, axis.bottom + i * step, axis.right, axis.bottom + (i + 1) * step)]
        for i, colour in enumerate(palette.RAMP)
    }
    for left, bottom, right, top, index in scene.bars:
        if top - bottom > 0.3:  # less would be a line, through the scale's own numbers too
            drawn[colours.fills[index]].append(_rectangle(left, bottom, right, top))
    for colour, polygons in drawn.items():
        sheet.add_filled(polygons, colour, {"color": palette.MUTED[theme], "width": 0.6}, "strip", False)


def outline(box: Box) -> list[tuple[float, float]]:
    """Around all that is seen of a volume."""
    return [
        (box.x + along * box.width + back * box.dx, box.bottom + up * box.height + back * box.dy)
        for along, up, back in contract.OUTLINE
    ]


def _polygons(box: Box) -> tuple[list[tuple[float, float]], ...]:
    x, y, w, dx, dy = box.x, box.bottom, box.width, box.dx, box.dy
    t = y + box.height
    front = [(x, y), (x + w, y), (x + w, t), (x, t)]
    side = [(x + w, y), (x + w + dx, y + dy), (x + w + dx, t + dy), (x + w, t)]
    top = [(x, t), (x + w, t), (x + w + dx, t + dy), (x + dx, t + dy)]
    return front, side, top


def _rows(box: Box) -> list[list[tuple[float, float]]]:
    """Strokes across a plate: a row a token."""
    count = max(2, min(12, int(box.height / 6)))
    return [
        [(box.x, box.bottom + box.height * k / count), (box.x + box.width, box.bottom + box.height * k / count)]
        for k in range(1, count)
    ]


def _rectangle(left: float, bottom: float, right: float, top: float) -> list[tuple[float, float]]:
    return [(left, bottom), (right, bottom), (right, top), (left, top)]


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
