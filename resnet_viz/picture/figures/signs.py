"""What stands on the ways: sums, products and concatenations, where something is wrong, and brackets under stages."""

from __future__ import annotations

from ...steps import Trace
from ..layout import Scene
from . import palette
from .sheet import Sheet, path

_SIGN_INKS = {"sum": palette.INK, "gate": palette.LINK["gate"], "concat": palette.LINK["skip"]}


def add_signs(sheet: Sheet, scene: Scene, trace: Trace, theme: str) -> None:
    """A sign a join and a stop, by its form, and the brackets."""
    signs = (
        ("sum", "circle-cross", "addition (⊕): two equal shapes"),
        ("gate", "circle-x", _gate_name(scene, trace)),
        ("concat", "square", "concatenation (box with a bar): one after the other"),
    )
    for form, symbol, name in signs:
        pluses = [plus for plus in scene.pluses if plus.form == form]
        if pluses:
            sheet.add_scatter(
                x=[plus.x for plus in pluses],
                y=[plus.y for plus in pluses],
                mode="markers",
                marker={
                    "symbol": symbol,
                    "size": sign_size(scene),
                    "color": palette.PAPER[theme],
                    "line": {"color": _SIGN_INKS[form][theme], "width": 1.4},
                },
                hoverinfo="skip",
                name=name,
            )
    bars = [plus for plus in scene.pluses if plus.form == "concat"]
    if bars:
        r = 6.0 if scene.level == "network" else 8.0
        xs, ys = path([[(plus.x, plus.y - r), (plus.x, plus.y + r)] for plus in bars], close=False)
        sheet.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": _SIGN_INKS["concat"][theme], "width": 1.4},
            hoverinfo="skip",
            showlegend=False,
        )
    _stops(sheet, scene, theme)
    if scene.brackets:
        xs, ys = path([[(a, y + 4), (a, y), (b, y), (b, y + 4)] for a, b, y in scene.brackets], close=False)
        sheet.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": palette.MUTED[theme], "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )


def _gate_name(scene: Scene, trace: Trace) -> str:
    how = dict(scene.keys).get("gate")
    if how:
        return f"channel gate (⊗): {how}"
    kinds = {trace.steps[plus.step].kind for plus in scene.pluses if plus.gate}
    if kinds == {"multiply"}:
        return "product (⊗): number by number"
    return "channel gate (⊗): each channel times its own number"


def _stops(sheet: Sheet, scene: Scene, theme: str) -> None:
    """A full octagon with a cross, a triangle with a bar, or an empty octagon."""
    red, paper = palette.STOP[theme], palette.PAPER[theme]
    kinds = (
        ("raised", "octagon", red, paper, "PyTorch stopped here"),
        ("silent", "triangle-up", red, paper, "wrong from here on, in silence"),
        ("maybe", "octagon", paper, red, "the error fits here"),
    )
    for form, symbol, ground, ink, name in kinds:
        signs = [sign for sign in scene.signs if sign.form == form]
        if not signs:
            continue
        sheet.add_scatter(
            x=[round(sign.x, 1) for sign in signs],
            y=[round(sign.y, 1) for sign in signs],
            mode="markers",
            marker={
                "symbol": symbol,
                "size": 16 if scene.level == "network" else 22,
                "color": ground,
                "line": {"color": ink, "width": 1.5},
            },
            hoverinfo="skip",
            name=name,
        )
        r = 3 if scene.level == "network" else 4
        strokes = [((0, -r), (0, r))] if form == "silent" else [((-r, -r), (r, r)), ((-r, r), (r, -r))]
        xs, ys = path([[(s.x + a, s.y + b) for a, b in stroke] for s in signs for stroke in strokes], close=False)
        sheet.add_scatter(
            x=xs, y=ys, mode="lines", line={"color": ink, "width": 2.4}, hoverinfo="skip", showlegend=False
        )


def sign_size(scene: Scene) -> float:
    """px of ⊕ across."""
    return 13 if scene.level == "network" else 18
