"""The same scene as solid boxes that can be turned: one merged mesh, which stays quick where drawing is done in software."""

from __future__ import annotations

from typing import Any

from ...steps import Trace
from ..layout import Box, Scene, contract, homes
from ..layout.solid import EYE, HEIGHT, MANY, RIGHT, UP, WIDTH, Solid, corners, solid_scene
from ..layout.tubes import CORNERS, Point, Triangles, dashed, diagonal, moved
from . import palette
from .colouring import Colouring

TITLE = "Solid"
QUESTION = "What does the network look like from the side, and from the input?"

# Two triangles a face of a box whose corners are numbered bottom near left, right, far right, far left, then the top.
_FACES = (
    (0, 1, 5), (0, 5, 4), (1, 2, 6), (1, 6, 5), (2, 3, 7), (2, 7, 6), (3, 0, 4), (3, 4, 7), (4, 5, 6), (4, 6, 7), (0, 3, 2), (0, 2, 1),
)  # fmt: skip


def describe_solid(trace: Trace, scene: Scene, colours: Colouring, theme: str) -> dict[str, Any]:
    """The figure as plain data: x along the flow (thickness = C), y into the depth (W), z up (H); drag turns it."""
    xs: list[float] = []
    ys: list[float] = []
    zs: list[float] = []
    i: list[int] = []
    j: list[int] = []
    k: list[int] = []
    faces: list[str] = []
    told: list[tuple[str | int, ...]] = []
    for box in scene.boxes:
        start = len(xs)
        for x, y, z in corners(box):
            xs.append(round(x, 1))
            ys.append(round(y, 1))
            zs.append(round(z, 1))
        for number, (a, b, c) in enumerate(_FACES):
            i.append(start + a)
            j.append(start + b)
            k.append(start + c)
            # lit from the top, so that an edge is seen without being drawn
            shade = 0.45 if number in (8, 9) else 0.2 if number in (0, 1, 4, 5) else 0.0
            faces.append(palette.shade(colours.fills[box.step], "#ffffff", shade))
        about = {"name": _name(trace, box), "step": box.step}
        told += [tuple(about[key] for key in contract.SOLID)] * len(_FACES)
    ink = palette.INK[theme]
    mesh = {
        "type": "mesh3d", "x": xs, "y": ys, "z": zs, "i": i, "j": j, "k": k, "facecolor": faces, "customdata": told,
        "hovertemplate": f"%{{customdata[{contract.SOLID.index('name')}]}}<extra></extra>", "flatshading": True, "showlegend": False, "name": "volumes",
        "lighting": {"ambient": 0.95, "diffuse": 0.15, "specular": 0, "fresnel": 0},
    }  # fmt: skip
    space = solid_scene(scene)
    mark = {
        "type": "scatter3d", "mode": "lines", "x": [], "y": [], "z": [], "name": contract.TRACES.selected, "showlegend": False, "hoverinfo": "skip",
        "line": {"color": ink, "width": 7},
    }  # fmt: skip
    # every figure has the mark at the same place, so that a page can move it and leave the rest
    traces = [
        mesh,
        mark,
        *_ways(space, theme),
        *_signs(space, theme),
        *_words(space, theme),
        *_keys(scene, colours, ink),
    ]
    hidden = {"visible": False, "showspikes": False}
    axes = {
        f"{axis}axis": {**hidden, "range": [round(low, 1), round(high, 1)]}
        for axis, (low, high) in zip("xyz", space.ranges, strict=True)
    }
    outlines = {
        str(plus.step): _around(point, 12 / space.scale)
        for plus, (_, point) in zip(scene.pluses, space.signs, strict=True)
    }
    outlines |= {str(box.step): _outline(box) for box in scene.boxes}
    folds = {str(step): box.step for box in scene.boxes for step in box.folded}
    folds |= {str(step): volume for step, volume in homes(scene).items() if str(step) not in outlines}
    look = {
        "width": WIDTH,
        "height": HEIGHT,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": 12, "color": ink, "family": palette.FONTS},
        "scene": {
            **axes, "dragmode": "turntable",
            "aspectmode": "manual", "aspectratio": dict(zip("xyz", (round(value, 4) for value in space.aspect), strict=True)),
            "camera": {"eye": dict(zip("xyz", EYE, strict=True)), "projection": {"type": "orthographic"}},
        },
        "meta": contract.meta(f"solid view, {scene.title}; the same volumes and shortcuts as the flat picture.", outlines, folds),
        "uirevision": "solid",
        "hoverlabel": palette.hover(theme),
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": palette.MUTED[theme], "activecolor": ink},
        "legend": {"orientation": "h", "y": 0, "x": 0, "itemclick": False, "itemdoubleclick": False},
    }  # fmt: skip
    return {"data": traces, "layout": look}


# the twelve edges of a box, once around each end and along the flow between them
_EDGES = (0, 1, 2, 3, 0, 4, 5, 6, 7, 4, None, 1, 5, None, 2, 6, None, 3, 7)


def _outline(box: Box) -> list[list[float | None]]:
    """x, y and z of the mark around a volume."""
    points = corners(box)
    return [[None if at is None else round(points[at][axis], 1) for at in _EDGES] for axis in range(3)]


def _around(point: Point, half: float) -> list[list[float | None]]:
    """x, y and z of the mark around a sign, on its corner as in the flat picture."""
    turns = ((half, 0.0), (0.0, half), (-half, 0.0), (0.0, -half), (half, 0.0))
    points = [moved(point, right, RIGHT, up, UP) for right, up in turns]
    return [[*(round(point[axis], 1) for point in points), None] for axis in range(3)]


def _name(trace: Trace, box: Box) -> str:
    step = trace.steps[box.step]
    folded = f", × {len(box.folded)}" if box.folded else ""
    return f"{step.name}: {box.words}{folded}"


# lengths in px that are drawn and not by turns
_DASHES = {"solid": (), "dash": (7.0, 5.0), "dot": (2.0, 3.5), "dashdot": (7.0, 3.5, 2.0, 3.5)}


def _ways(space: Solid, theme: str) -> list[dict[str, Any]]:
    """The links, a mesh a kind; a line without a point stands for it in the legend."""
    names = {
        "identity": ("identity shortcut", "solid"), "projection": ("projection shortcut", "dash"),
        "zero-pad": ("zero-pad shortcut", "dot"), "gate": ("channel gate", "dashdot"), "skip": ("skip to a concatenation", "solid"), "main": ("main path", "solid"),
    }  # fmt: skip
    traces: list[dict[str, Any]] = []
    for kind, (name, dash) in names.items():
        made = Triangles()
        for known, way in space.ways:
            if known == kind:
                for piece in dashed(way, [length / space.scale for length in _DASHES[dash]]):
                    made.tube(piece, 1.2 / space.scale)
        if made.faces:
            colour = palette.LINK[kind][theme]
            traces.append(_plain_mesh(made, name, colour))
            if kind != "main":
                line = {"color": colour, "width": 4, "dash": dash}
                traces.append({"type": "scatter3d", "mode": "lines", **_NOWHERE, "line": line, "name": name})
    return traces


def _keys(scene: Scene, colours: Colouring, ink: str) -> list[dict[str, Any]]:
    """What the colours mean: entries of the legend, and of a quantity the scale that the flat picture has beside its bars."""
    nowhere: dict[str, Any] = {"type": "scatter3d", "mode": "markers", "x": [None], "y": [None], "z": [None], "hoverinfo": "skip"}  # fmt: skip
    keys = [
        {**nowhere, "name": name, "marker": {"symbol": "square", "size": 10, "color": colour}}
        for colour, name in colours.names.items()
    ]
    if scene.axis:
        steps = len(palette.RAMP)
        edges = [(edge / steps, colour) for i, colour in enumerate(palette.RAMP) for edge in (i, i + 1)]
        numbers = [label.lines[0] for label in scene.axis.labels]
        bar = {
            "title": {"text": scene.labels[-1].lines[0].partition(":")[0], "side": "right", "font": {"color": ink}}, "tickvals": [1, 0.5, 0],
            "ticktext": numbers, "tickfont": {"color": ink}, "thickness": 12, "len": 0.6, "x": 1, "xanchor": "right", "outlinewidth": 0,
        }  # fmt: skip
        keys.append(
            {**nowhere, "showlegend": False, "marker": {"color": [0], "cmin": 0, "cmax": 1, "colorscale": edges, "showscale": True, "colorbar": bar}}
        )  # fmt: skip
    return keys


def _signs(space: Solid, theme: str) -> list[dict[str, Any]]:
    """⊕, ⊗ and ◫, which face the camera that one meets first."""
    traces: list[dict[str, Any]] = []
    corners_of_ring = CORNERS // 2 if len(space.ways) > MANY else CORNERS
    for form, name in (("sum", "⊕ addition"), ("gate", "⊗ product with a gate"), ("concat", "◫ concatenation")):
        made = Triangles()
        radius, width = 7 / space.scale, 1.4 / space.scale
        right, up = diagonal(RIGHT, UP) if form == "gate" else (RIGHT, UP)
        for known, point in space.signs:
            if known == form:
                made.ring(point, radius, width, right, up, 4 if form == "concat" else corners_of_ring)
                made.bar(point, radius - width, width, up, right)
                if form != "concat":
                    made.bar(point, radius - width, width, right, up)
        if made.faces:
            colour = palette.INK[theme] if form == "sum" else palette.LINK["gate" if form == "gate" else "skip"][theme]
            marker = {"symbol": "square-open" if form == "concat" else "circle-open", "size": 9, "color": colour}
            traces += [
                _plain_mesh(made, name, colour),
                {"type": "scatter3d", "mode": "markers", **_NOWHERE, "marker": marker, "name": name},
            ]
    return traces


def _words(space: Solid, theme: str) -> list[dict[str, Any]]:
    """Names and shapes, drawn in space like all else: as annotations they would cost more at each turn than the rest."""
    lines = [line for hung in space.words for line in hung.lines]
    threads = Triangles()
    for hung in space.words:
        threads.tube(hung.thread, 0.5 / space.scale)
    return [
        _plain_mesh(threads, "threads", palette.MUTED[theme]),
        {
            "type": "scatter3d", "mode": "text", "name": "words", "showlegend": False, "hoverinfo": "skip",
            **{axis: [round(point[number], 1) for point, _ in lines] for number, axis in enumerate("xyz")},
            "text": [text for _, text in lines], "textposition": "middle center",
            "textfont": {"size": 12, "color": palette.INK[theme], "family": palette.FONTS},
        },
    ]  # fmt: skip


_NOWHERE: dict[str, Any] = {"x": [None], "y": [None], "z": [None], "hoverinfo": "skip", "showlegend": True}


def _plain_mesh(made: Triangles, name: str, colour: str) -> dict[str, Any]:
    """Triangles of one colour, whatever the light."""
    points = {axis: [round(point[number], 1) for point in made.points] for number, axis in enumerate("xyz")}
    corners = {axis: [face[number] for face in made.faces] for number, axis in enumerate("ijk")}
    return {
        "type": "mesh3d", **points, **corners, "color": colour, "name": name, "hoverinfo": "skip", "showlegend": False,
        "lighting": {"ambient": 1, "diffuse": 0, "specular": 0, "fresnel": 0},
    }  # fmt: skip
