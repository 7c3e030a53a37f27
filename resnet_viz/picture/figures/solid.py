"""The same scene as solid boxes that can be turned: one merged mesh, which stays quick where drawing is done in software."""

from __future__ import annotations

from typing import Any

from ...steps import Trace
from ..layout import Box, Scene, contract
from ..layout.measure import DEPTH_Y, TALL
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
        for x, y, z in _corners(box):
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
    traces = [mesh, *_links(scene, theme), *_keys(scene, colours, ink)]
    labels: list[dict[str, Any]] = []
    for label in scene.labels:
        if label.strong:  # in front of the volume that it names, at its foot
            near = min((box for box in scene.boxes if not box.aside), key=lambda box: abs(box.middle - label.x))
            text = label.lines[0].split(" · ")[0]
            place = {"x": round(label.x, 1), "y": round(-_deep(near) / 2, 1), "z": round(near.bottom - 16, 1)}
            labels.append({**place, "text": text, "showarrow": False, "font": {"size": 12, "color": ink}})
    left, bottom, right, top = scene.bounds
    hidden = {"visible": False, "showspikes": False}
    side = max(top - bottom, 260.0)
    look = {
        "width": 900,
        "height": 520,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": 12, "color": ink, "family": palette.FONTS},
        "scene": {
            "xaxis": hidden, "yaxis": hidden, "zaxis": hidden, "annotations": labels, "dragmode": "turntable",
            # the flow is long: a third of its length still reads, and the whole fits
            "aspectmode": "manual", "aspectratio": {"x": 3.2, "y": 3.2 * side / (right - left), "z": 3.2 * side / (right - left)},
            "camera": {"eye": {"x": -0.7, "y": -2.2, "z": 0.8}, "projection": {"type": "orthographic"}},
        },
        "meta": contract.meta(f"solid view, {scene.title}; the same volumes and shortcuts as the flat picture."),
        "uirevision": "solid",
        "hoverlabel": palette.hover(theme),
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": palette.MUTED[theme], "activecolor": ink},
        "legend": {"orientation": "h", "y": 0, "x": 0},
    }  # fmt: skip
    return {"data": traces, "layout": look}


def _deep(box: Box) -> float:
    """The depth in the scale of the height, as W is in that of H."""
    return box.dy / DEPTH_Y * TALL


def _corners(box: Box) -> list[tuple[float, float, float]]:
    x0, x1, half, z0, z1 = box.x, box.x + box.width, _deep(box) / 2, box.bottom, box.bottom + box.height
    return [
        (x0, -half, z0), (x1, -half, z0), (x1, half, z0), (x0, half, z0), (x0, -half, z1), (x1, -half, z1), (x1, half, z1), (x0, half, z1),
    ]  # fmt: skip


def _name(trace: Trace, box: Box) -> str:
    step = trace.steps[box.step]
    folded = f", × {len(box.folded)}" if box.folded else ""
    return f"{step.name}: {box.words}{folded}"


def _links(scene: Scene, theme: str) -> list[dict[str, Any]]:
    """The links of the flat picture in the plane through the volumes' middles."""
    names = {
        "identity": ("identity shortcut", "solid"), "projection": ("projection shortcut", "dash"),
        "zero-pad": ("zero-pad shortcut", "dot"), "gate": ("channel gate", "dashdot"), "skip": ("skip to a concatenation", "solid"), "main": ("main path", "solid"),
    }  # fmt: skip
    traces: list[dict[str, Any]] = []
    for kind, (name, dash) in names.items():
        xs: list[float | None] = []
        zs: list[float | None] = []
        for link in scene.links:
            if link.kind == kind:
                xs += [round(x, 1) for x, _ in link.points] + [None]
                zs += [round(y, 1) for _, y in link.points] + [None]
        if xs:
            traces.append(
                {
                    "type": "scatter3d", "mode": "lines", "x": xs, "y": [0 if x is not None else None for x in xs], "z": zs,
                    "line": {"color": palette.LINK[kind][theme], "width": 4, "dash": dash}, "hoverinfo": "skip", "name": name,
                    "showlegend": kind != "main",
                }
            )  # fmt: skip
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
