"""Oblique volumes along the flow, as a Plotly figure.

Faces are merged into one filled trace per colour, and one transparent bar trace over them is the layer that hovers
and selects: ``customdata`` of a bar is the index of its step. Each part of the picture is a file: ``volumes``, ``links``
and ``signs``, ``choosing`` what is pointed at, ``telling`` what is said in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import plotly.graph_objects as go

from ...checks import check_whole
from ...engines.formulas import as_trace
from ...errors import InputError
from ...spec.configuration import Network
from ...steps import Broken, HasBroken, Pair, Part, Step, Trace, by_x
from .. import layout
from ..layout import PLAIN, WHOLE, Look, Place, Scene, Wrong, contract
from . import palette
from .choosing import add_hits, add_mark, outlines_of
from .colouring import colouring
from .field import describe_field
from .links import add_links
from .marks import describe_halos, describe_marks
from .sheet import Sheet
from .signs import add_signs
from .solid import describe_solid
from .telling import add_labels, alt_text
from .volumes import add_faces, add_strip
from .window import describe_window

TITLE = "Volumes along the flow"
QUESTION = "How does the tensor's shape change from the input to the classes?"
_KEY, _LEGEND_ROW = 40.0, 19  # px of a legend entry's sign and of its height


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
    sheet = Sheet()
    colours = colouring(scene, trace, look.colour)
    sheet.traces += describe_halos(scene, theme)
    add_faces(sheet, scene, theme, colours)
    add_strip(sheet, scene, theme, colours)
    add_links(sheet, scene, theme)
    sheet.traces += describe_marks(scene, theme)
    add_signs(sheet, scene, trace, theme)
    outlines = outlines_of(scene)
    folds = {str(step): box.step for box in scene.boxes for step in box.folded}
    drawn = {*(box.step for box in scene.boxes), *(plus.step for plus in scene.pluses)}
    folds |= {str(step): volume for step, volume in layout.homes(scene).items() if step not in drawn}
    add_mark(sheet, outlines, theme, folds.get(str(selected), selected))
    blocks = layout.outer_blocks(trace)
    add_hits(sheet, scene, trace, blocks)
    add_labels(sheet, scene, theme)
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


def _place(step: Step, block: Part | None, hidden: bool) -> tuple[str, str]:
    """A block's volume by its block, whatever its last step is called; any other by its step. And its shape."""
    place = block.path if block and step.path == "main" else step.name
    return place, layout.BLANK if hidden else by_x(step.output)


def legend_room(traces: list[dict[str, Any]], width: float) -> int:
    """px for a legend under a picture, which Plotly sets in columns as wide as the widest entry; two rows at least."""
    names = [trace["name"] for trace in traces if trace.get("name") and trace.get("showlegend", True)]
    entries = [_KEY + layout.text_width((name,)) for name in names]
    columns = max(1, int(width // max(entries, default=1.0)))
    rows = 1 if sum(entries) <= width else -(-len(entries) // columns)
    return 4 + _LEGEND_ROW * max(2, rows)
