"""Oblique volumes along the flow, as a Plotly figure.

Faces are merged into one filled trace per colour, and one transparent bar trace over them is the layer that hovers
and selects: ``customdata`` of a bar is the index of its step.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin
from typing import Any, cast

import plotly.graph_objects as go

from ...checks import check_whole
from ...engines.formulas import as_trace
from ...errors import InputError
from ...spec.configuration import Network
from ...steps import Broken, HasBroken, Pair, Part, Step, Trace, by_x
from ...why.worked import worked_lines
from ...wording import plural
from .. import layout
from ..layout import PLAIN, WHOLE, Box, Look, Place, Scene, Wrong, contract, residual
from . import palette
from .colouring import Colouring, colouring
from .field import describe_field
from .marks import describe_halos, describe_marks
from .solid import describe_solid
from .window import describe_window

TITLE = "Volumes along the flow"
QUESTION = "How does the tensor's shape change from the input to the classes?"


def draw(
    trace: Trace | Network | Broken | HasBroken,
    level: str = "network",
    focus: str | None = None,
    *,
    theme: str = "light",
    selected: int | None = None,
    colour: str = "stage",
    true_scale: bool = False,
    unfold: bool = False,
    cell: Pair | None = None,
    channel: int = 0,
    solid: bool = False,
) -> go.Figure:
    """A Plotly figure of ``trace``, of a network's forecast, or of the broken network of :func:`break_it`: ``level`` "network", "stage" with ``focus="layer2"``, "block" with ``focus="layer2.0"``,
    "operation" with ``focus="layer2.0.conv1"`` and the output ``cell`` (row, column) whose window is shown, and of a
    conv the output ``channel``, from 0, whose numbers are redone, "field" with any step as the focus and the cell whose receptive field is shown on a sample image. Of somebody else's network the
    focus of a stage or block is the path of any of its parts (``trace.parts``).

    ``colour`` is what the colours tell: "stage", "kind", or a quantity that then also has a strip of bars: "params",
    "macs", "bytes", "field", "time". ``selected`` is a step's index. ``true_scale`` draws sizes in proportion and not
    their square roots; ``unfold`` shows every block of a long stage; ``solid`` draws boxes that can be turned.

    Raises :class:`InputError` for an unknown level, focus, colour or theme.

    >>> from resnet_viz import forecast
    >>> figure = draw(forecast("resnet18", 64), level="block", focus="layer2.0")
    >>> figure.layout.meta["alt"][:11]
    'block level'
    """
    place, look = Place(level, focus, cell, channel), Look(colour, true_scale, unfold, solid, theme)
    broken = trace if isinstance(trace, Broken) else getattr(trace, "broken", None)
    if isinstance(broken, Broken):
        from .failure import describe_broken  # which draws by this file

        return go.Figure(describe_broken(broken, place, look, selected=selected))
    return go.Figure(describe(as_trace(cast("Trace | Network", trace)), place, look, selected=selected))


def describe(
    trace: Trace,
    place: Place = WHOLE,
    look: Look = PLAIN,
    *,
    selected: int | None = None,
    image: str | None = None,
    hide: frozenset[int] = frozenset(),
    wrong: Sequence[Wrong] = (),
    unreached: frozenset[int] = frozenset(),
) -> dict[str, Any]:
    """The figure of :func:`draw` as plain data, ``{"data": […], "layout": {…}}``; ``image`` is for level "field".

    ``hide`` are the indices of the steps whose shape is for the reader to find: at every level but "field", and in
    colours that tell no quantity, nothing in the figure tells it. At the levels of volumes ``wrong`` are steps that
    something is wrong with, and those in ``unreached`` never ran and are blank outlines.

    A page that sends it to a browser has no use for Plotly's own objects, whose checks take most of the time.
    """
    if selected is not None:
        check_whole("selected", selected, 0, len(trace.steps) - 1)
    if hide and (place.level == "field" or look.colour not in ("stage", "kind")):
        raise InputError(
            "hide", sorted(hide), "cannot be kept by a receptive field or a quantity", "use colour='stage'"
        )
    if place.level == "operation":
        return describe_window(trace, place, look, hide=hide)
    if place.level == "field":
        return describe_field(trace, place, look, image=image)
    scene = layout.lay_out(
        trace,
        place.level,
        place.focus,
        true_scale=look.true_scale,
        unfold=look.unfold,
        hide=hide,
        wrong=wrong,
        unreached=unreached,
    )
    if look.colour not in ("stage", "kind"):
        scene = layout.with_strip(scene, trace, layout.quantity(look.colour))
    if look.solid:
        return describe_solid(trace, scene, colouring(scene, trace, look.colour), look.theme)
    return describe_scene(trace, scene, look, place.text, selected)


def describe_scene(trace: Trace, scene: Scene, look: Look, view: str, selected: int | None = None) -> dict[str, Any]:
    """The figure of a scene that is laid out already; a page's zoom is kept while ``view`` stays."""
    theme = look.theme
    sheet = _Sheet()
    colours = colouring(scene, trace, look.colour)
    sheet.traces += describe_halos(scene, theme)
    _faces(sheet, scene, theme, colours)
    _bars(sheet, scene, theme, colours)
    _links(sheet, scene, theme)
    sheet.traces += describe_marks(scene, theme)
    _marks(sheet, scene, trace, theme)
    outlines = _outlines(scene)
    folds = {str(step): box.step for box in scene.boxes for step in box.folded}
    drawn = {*(box.step for box in scene.boxes), *(plus.step for plus in scene.pluses)}
    folds |= {str(step): volume for step, volume in layout.homes(scene).items() if step not in drawn}
    _selection(sheet, outlines, theme, folds.get(str(selected), selected))
    blocks = layout.outer_blocks(trace)
    _hits(sheet, scene, trace, blocks)
    _labels(sheet, scene, theme)
    left, bottom, right, top = scene.bounds
    foot = legend_room(sheet.traces, right - left)
    frame = {
        "width": right - left,
        "height": top - bottom + 4 + foot,
        "margin": {"l": 0, "r": 0, "t": 4, "b": foot},
        # a wider page leaves room at the right: no axis is ever stretched against the other
        "xaxis": {"range": [left, right], "visible": False, "fixedrange": False, "constrain": "domain", "constraintoward": "left"},
        "yaxis": {"range": [bottom, top], "visible": False, "scaleanchor": "x", "constrain": "domain", "constraintoward": "top"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": layout.FONT, "color": palette.INK[theme], "family": palette.FONTS},
        "hoverlabel": palette.hover(theme),
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": palette.MUTED[theme], "activecolor": palette.INK[theme]},
        "dragmode": "pan",
        "barmode": "overlay",
        "legend": {
            "orientation": "h", "y": 0, "yanchor": "top", "x": 0, "itemclick": False, "itemdoubleclick": False,
        },
        # zoom stays while these views of one network change their numbers
        "uirevision": view,
        "meta": {
            **contract.meta(alt_text(trace, scene), outlines, folds),
            # where each volume is in the network and its shape, so that a page can tell what became of it in another one
            "volumes": {str(box.step): _place(trace.steps[box.step], blocks[box.step] if scene.level == "network" else None, box.step in scene.hidden) for box in scene.boxes if not box.folded and box.step not in scene.unreached},
            "scale": scene.scale, "zoom": scene.zoom,
            **({"wrong": round(scene.signs[0].x, 1)} if scene.signs else {}),
        },
        "annotations": sheet.annotations,
    }  # fmt: skip
    return {"data": sheet.traces, "layout": frame}


def legend_room(traces: list[dict[str, Any]], width: float) -> int:
    """px for a legend under a picture, which Plotly sets in columns as wide as the widest entry; two rows at least."""
    names = [trace["name"] for trace in traces if trace.get("name") and trace.get("showlegend", True)]
    entries = [_KEY + layout.text_width((name,)) for name in names]
    columns = max(1, int(width // max(entries, default=1.0)))
    rows = 1 if sum(entries) <= width else -(-len(entries) // columns)
    return 4 + _LEGEND_ROW * max(2, rows)


class _Sheet:
    """Collects traces and annotations as plain data, in drawing order."""

    def __init__(self) -> None:
        self.traces: list[dict[str, Any]] = []
        self.annotations: list[dict[str, Any]] = []

    def add_scatter(self, **fields: Any) -> None:
        self.traces.append({"type": "scatter", **fields})

    def add_filled(
        self, polygons: list[list[tuple[float, float]]], colour: str, pen: dict[str, Any], name: str | None, key: bool
    ) -> None:
        """Faces of one colour as one trace, ``key`` whether the legend names them."""
        xs, ys = _path(polygons)
        self.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            fill="toself",
            fillcolor=colour,
            line=pen,
            hoverinfo="skip",
            showlegend=key,
            **({"name": name} if name else {}),
        )

    def add_bar(self, **fields: Any) -> None:
        self.traces.append({"type": "bar", **fields})

    def add_annotation(self, **fields: Any) -> None:
        self.annotations.append(fields)


def alt_text(trace: Trace, scene: Scene) -> str:
    """The picture's route in words, for who does not see it."""
    route: list[str] = []
    for box in scene.boxes:
        if box.aside:
            continue
        words = box.words
        if not route or route[-1] != words:
            route.append(words)
    kinds = {
        kind: len(
            {
                link.target
                for link in scene.links
                if link.kind == kind and link.target in {sum_.step for sum_ in (*scene.pluses, *scene.signs)}
            }
        )
        for kind in ("identity", "projection", "zero-pad")
    }
    ways = ", ".join(plural(count, f"{kind} shortcut") for kind, count in kinds.items() if count) or "no shortcuts"
    gates = sum(plus.gate for plus in scene.pluses)
    gated = f" {plural(gates, 'channel gate')}." if gates else ""
    concats = sum(plus.form == "concat" for plus in scene.pluses)
    skips = sum(link.kind == "skip" for link in scene.links)
    if concats:
        gated += f" {plural(concats, 'concatenation')}" + (f", {plural(skips, 'skip')} to them." if skips else ".")
    folds = [box.folded for box in scene.boxes if box.folded]
    if folds and trace.spec is None:
        gated += f" Folded: {', '.join(f'{len(fold)} like parts' for fold in folds)}."
    notes = "".join(f" {note[0].upper()}{note[1:]}." for note in scene.notes)
    return f"{scene.level} level, {scene.title}. Volumes (height×width×channels): {' → '.join(route)}. Drawn: {ways}.{_residual(trace, scene)}{gated}{notes}"


def _residual(trace: Trace, scene: Scene) -> str:
    """What the marks under the sums tell, in words."""
    blocks = layout.outer_blocks(trace)
    parts = {part.path: part for mark in scene.marks if (part := blocks[mark.step])}
    said = residual.told(trace.steps[part.start : part.stop] for part in parts.values())
    whose = "each block" if len(parts) > 1 else "the block"
    return f" F(x) of {whose}, {said}." if said else ""


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
        xs += [round(x, 1) for x, _ in loop] + [None]
        ys += [round(y, 1) for _, y in loop] + [None]
    return xs, ys


def _faces(sheet: _Sheet, scene: Scene, theme: str, colours: Colouring) -> None:
    """A silhouette a colour; the lit front and top are two pale layers over all of them, which keeps traces few."""
    merged: dict[str, list[list[tuple[float, float]]]] = {}
    if scene.kernels:
        merged[palette.base("kernel")] = [_outline(box) for box in scene.kernels]
    front: list[list[tuple[float, float]]] = []
    top: list[list[tuple[float, float]]] = []
    hatch: list[list[tuple[float, float]]] = []
    ran = [box for box in scene.boxes if box.step not in scene.unreached]
    for box in ran:
        merged.setdefault(colours.fills[box.step], []).append(_outline(box))
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
        xs, ys = _path(hatch, close=False)
        sheet.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": palette.INK["light"], "width": 0.9},
            hoverinfo="skip",
            name="zero channels",
            showlegend=False,
        )
    plates = [line for box in scene.boxes if box.plate for line in _rows(box)]
    if plates:
        xs, ys = _path(plates, close=False)
        sheet.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": palette.PAPER[theme], "width": 1},
            hoverinfo="skip",
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
        sheet.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": palette.PAPER[theme], "width": 2},
            hoverinfo="skip",
            showlegend=False,
        )


def _blanks(sheet: _Sheet, scene: Scene, theme: str) -> None:
    """An outline for each volume that was never made."""
    blanks = [[*face, face[0]] for box in scene.boxes if box.step in scene.unreached for face in _polygons(box)]
    if blanks:
        xs, ys = _path(blanks, close=False)
        sheet.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": palette.MUTED[theme], "width": 1, "dash": "dot"},
            hoverinfo="skip",
            name="never reached (dotted outline)",
        )


def _rows(box: Box) -> list[list[tuple[float, float]]]:
    """Strokes across a plate: a row a token."""
    count = max(2, min(12, int(box.height / 6)))
    return [
        [(box.x, box.bottom + box.height * k / count), (box.x + box.width, box.bottom + box.height * k / count)]
        for k in range(1, count)
    ]


def _bars(sheet: _Sheet, scene: Scene, theme: str, colours: Colouring) -> None:
    """The strip: bars in the colours of their volumes, and the scale of both."""
    axis = scene.axis
    if axis is None:
        return
    xs, ys = _path([[(axis.right, y), (axis.end, y)] for y in axis.ticks], close=False)
    line = {"color": palette.GRID[theme], "width": 1}
    sheet.add_scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip", showlegend=False)
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


_KEY, _LEGEND_ROW = 40.0, 19  # px of an entry's sign and of its height
_FILTER = "one filter of a conv, kernel × input channels"
_LEGEND = {
    "identity": ("identity shortcut (plain)", "solid"),
    "projection": ("projection shortcut, 1×1 conv (dashed)", "dash"),
    "zero-pad": ("zero-pad shortcut, option A (dotted; zero channels hatched)", "dot"),
    "gate": ("channel gate", "dashdot"),
    "skip": ("skip to a concatenation", "solid"),
    "main": ("main path (thick)", "solid"),
}
_THICK, _THIN = 2.2, 1.4  # px of the main path and of all other lines


def _links(sheet: _Sheet, scene: Scene, theme: str) -> None:
    heads: list[tuple[tuple[tuple[float, float], ...], str]] = []
    for kind, (name, dash) in _LEGEND.items():
        links = [link for link in scene.links if link.kind == kind]
        if not links:
            continue
        colour = palette.LINK[kind][theme]
        xs, ys = _path([list(link.points) for link in links], close=False)
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


_SIGN_INKS = {"sum": palette.INK, "gate": palette.LINK["gate"], "concat": palette.LINK["skip"]}


def _gate_name(scene: Scene, trace: Trace) -> str:
    how = dict(scene.keys).get("gate")
    if how:
        return f"channel gate (⊗): {how}"
    kinds = {trace.steps[plus.step].kind for plus in scene.pluses if plus.gate}
    if kinds == {"multiply"}:
        return "product (⊗): number by number"
    return "channel gate (⊗): each channel times its own number"


def _marks(sheet: _Sheet, scene: Scene, trace: Trace, theme: str) -> None:
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
                    "size": _sign_size(scene),
                    "color": palette.PAPER[theme],
                    "line": {"color": _SIGN_INKS[form][theme], "width": 1.4},
                },
                hoverinfo="skip",
                name=name,
            )
    bars = [plus for plus in scene.pluses if plus.form == "concat"]
    if bars:
        r = 6.0 if scene.level == "network" else 8.0
        xs, ys = _path([[(plus.x, plus.y - r), (plus.x, plus.y + r)] for plus in bars], close=False)
        sheet.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": _SIGN_INKS["concat"][theme], "width": 1.4},
            hoverinfo="skip",
            showlegend=False,
        )
    _signs(sheet, scene, theme)
    if scene.brackets:
        xs, ys = _path([[(a, y + 4), (a, y), (b, y), (b, y + 4)] for a, b, y in scene.brackets], close=False)
        sheet.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": palette.MUTED[theme], "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )


def _signs(sheet: _Sheet, scene: Scene, theme: str) -> None:
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
        xs, ys = _path([[(s.x + a, s.y + b) for a, b in stroke] for s in signs for stroke in strokes], close=False)
        sheet.add_scatter(
            x=xs, y=ys, mode="lines", line={"color": ink, "width": 2.4}, hoverinfo="skip", showlegend=False
        )


def _selection(sheet: _Sheet, outlines: dict[str, list[list[float | None]]], theme: str, selected: int | None) -> None:
    """The mark around the chosen volume: a trace of its own, so that a page can move it and leave the rest."""
    xs, ys = outlines.get(str(selected), ([], []))
    sheet.add_scatter(
        x=xs,
        y=ys,
        mode="lines",
        line={"color": palette.INK[theme], "width": 3.5},
        hoverinfo="skip",
        showlegend=False,
        name=contract.TRACES.selected,
    )


def _outlines(scene: Scene) -> dict[str, list[list[float | None]]]:
    """x and y of the mark around each volume and sign, by its step."""
    found: dict[str, list[list[float | None]]] = {}
    for plus in (*scene.pluses, *scene.signs):
        found[str(plus.step)] = list(_path([_ring(plus.x, plus.y, _sign_size(scene) / 2 + 5.5)]))
    for box in scene.boxes:
        found[str(box.step)] = list(_path([_outline(box)]))
    return found


def _ring(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    """Eight corners around a sign, clear of its own line."""
    turns = (pi * (k + 0.5) / 4 for k in range(8))
    return [(x + radius * cos(turn), y + radius * sin(turn)) for turn in turns]


def _sign_size(scene: Scene) -> float:
    """px of ⊕ across."""
    return 13 if scene.level == "network" else 18


def _outline(box: Box) -> list[tuple[float, float]]:
    return [
        (box.x + along * box.width + back * box.dx, box.bottom + up * box.height + back * box.dy)
        for along, up, back in contract.OUTLINE
    ]


def _place(step: Step, block: Part | None, hidden: bool) -> tuple[str, str]:
    """A block's volume by its block, whatever its last step is called; any other by its step. And its shape."""
    place = block.path if block and step.path == "main" else step.name
    return place, layout.BLANK if hidden else by_x(step.output)


def _hits(sheet: _Sheet, scene: Scene, trace: Trace, blocks: list[Part | None]) -> None:
    boxes = scene.boxes
    places = [(box.left, box.right, box.bottom, box.top, box.step) for box in boxes]
    places += [(plus.x - 8, plus.x + 8, plus.y - 8, plus.y + 8, plus.step) for plus in (*scene.pluses, *scene.signs)]
    hits = [(round(a, 2), round(b, 2), round(c, 2), round(d, 2), step) for a, b, c, d, step in places]
    folded = {box.step: box.folded for box in boxes if box.folded}
    sheet.add_bar(
        x=[round((left + right) / 2, 2) for left, right, *_ in hits],
        width=[round(right - left, 2) for left, right, *_ in hits],
        base=[bottom for _, _, bottom, _, _ in hits],
        y=[round(top - bottom, 2) for _, _, bottom, top, _ in hits],
        customdata=[step for *_, step in hits],
        # in a pre-activation block the sum is the block's output: one step, two marks
        ids=[str(step) if i < len(boxes) else f"{step}+" for i, (*_, step) in enumerate(hits)],
        hovertext=[
            _never(scene, trace, step)
            if step in scene.unreached
            else _hover(trace, blocks, step, folded.get(step, ()), scene.hidden)
            for *_, step in hits
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        opacity=0,
        zorder=10,
        showlegend=False,
        name=contract.TRACES.hits,
    )


def _never(scene: Scene, trace: Trace, index: int) -> str:
    step = trace.steps[index]
    stopped = any(sign.step == index for sign in scene.signs)
    return f"<b>{step.name}</b> ({step.kind})<br>{'PyTorch stopped here' if stopped else 'never reached'}"


def _hover(trace: Trace, blocks: list[Part | None], index: int, folded: tuple[int, ...], hidden: frozenset[int]) -> str:
    step = trace.steps[index]
    unknown = index in hidden
    head = f"<b>{step.name}</b> ({step.kind})"
    if folded:
        first, last = blocks[folded[0]], blocks[folded[-1]]
        if first and last:
            head = f"<b>{first.title} … {last.title}</b>: {len(folded)} equal blocks"
    shape = layout.BLANK if unknown else "×".join(map(str, step.output))
    lines = [head, f"shape {shape}" + (" (N×C×H×W)" if len(step.output) == 4 and not unknown else "")]
    if hidden.isdisjoint((index, *step.reads)):
        sizes = ("size", "height", "width")
        lines += [f"{title}: {line}" for title, line in worked_lines(trace, step) if title in sizes]
    block = blocks[index]
    if unknown:  # multiply-adds and bytes are products of the sides
        whole = block and index == block.stop - 1
        counted = trace.steps[block.start : block.stop] if block and whole else (step,)
        lines.append(f"{'block: ' if whole else ''}{sum(one.params for one in counted):,} parameters")
    elif block and index == block.stop - 1:  # the sum, or the ReLU after it
        lines.append(f"block: {_costs(trace.steps[block.start : block.stop])}")
    else:
        lines.append(_costs([step]))
    field = "unknown" if step.receptive_field is None else f"{step.receptive_field[0]}×{step.receptive_field[1]} px"
    lines.append(f"receptive field {field}" + ("" if unknown else f", {step.output_bytes:,} bytes"))
    return "<br>".join(lines)


def _costs(part: Sequence[Step]) -> str:
    """Parameters and MACs of some steps; what a sum leaves out is said."""
    counted = [step.macs for step in part if step.macs is not None]
    params = f"{sum(step.params for step in part):,} parameters"
    if not counted:
        return f"{params}, MACs unknown"
    left = len(part) - len(counted)
    return f"{params}, {sum(counted):,} MACs" + (f" without {plural(left, 'operation')} not counted" if left else "")


def _labels(sheet: _Sheet, scene: Scene, theme: str) -> None:
    for label in (*scene.labels, *(scene.axis.labels if scene.axis else ())):
        lines = [f"<b>{line}</b>" if label.strong and i == 0 else line for i, line in enumerate(label.lines)]
        colour = palette.INK[theme] if label.kind == "main" else palette.LINK[label.kind][theme]
        ground = {}
        if label.alarm:  # a shortcut's words are red, too
            colour, ground = palette.PAPER[theme], {"bgcolor": palette.STOP[theme]}
        sheet.add_annotation(
            x=round(label.x, 1),
            y=round(label.y, 1),
            text="<br>".join(lines),
            showarrow=False,
            xanchor="center",
            yanchor="top",
            borderpad=3 if label.alarm else 0,
            font={"size": layout.FONT, "color": colour},
            **ground,
        )
