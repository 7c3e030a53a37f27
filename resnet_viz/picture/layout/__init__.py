"""Where does it go?  A Trace to a Scene of boxes, links and labels in abstract units; no colour, no Plotly."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import InputError
from ...steps import Trace
from .beside import beside
from .block import EQUAL, block_scene
from .canvas import Canvas
from .generic import any_network, any_part
from .halos import with_halos
from .look import ALL_LEVELS, LEVELS, PLAIN, SCENES, THEMES, WHOLE, Look, Place
from .marking import Wrong, marked
from .measure import Measure
from .network import network_scene
from .parts import (
    block_names,
    block_part,
    home,
    is_residual,
    is_residual_stage,
    is_resnet,
    outer_blocks,
    stage_names,
    stage_part,
)
from .scene import BLANK, FONT, Box, Label, Link, LinkKind, Mark, Plus, Scene, map_text, text_width
from .stage import stage_scene
from .strip import COLOURS, QUANTITIES, homes, quantity, values, with_strip

__all__ = [
    "ALL_LEVELS",
    "BLANK",
    "COLOURS",
    "EQUAL",
    "FONT",
    "LEVELS",
    "PLAIN",
    "QUANTITIES",
    "SCENES",
    "THEMES",
    "WHOLE",
    "Box",
    "Label",
    "Link",
    "LinkKind",
    "Look",
    "Mark",
    "Place",
    "Plus",
    "Scene",
    "Wrong",
    "beside",
    "block_names",
    "home",
    "homes",
    "lay_out",
    "map_text",
    "outer_blocks",
    "quantity",
    "stage_names",
    "text_width",
    "values",
    "with_halos",
    "with_strip",
]  # fmt: skip


def lay_out(
    trace: Trace,
    level: str = "network",
    focus: str | None = None,
    *,
    true_scale: bool = False,
    unfold: bool = False,
    hide: frozenset[int] = frozenset(),
    wrong: Sequence[Wrong] = (),
    unreached: frozenset[int] = frozenset(),
) -> Scene:
    """The scene of ``trace`` at a level: "network", "stage" with ``focus="layer2"``, "block" with ``focus="layer2.0"``.

    A ResNet, anybody's, has its own picture; of any other network a focus is the path of any of its parts.
    ``true_scale`` draws sizes in proportion and not their square roots; ``unfold`` shows every block of a long stage;
    ``hide`` are the indices of the steps whose shape is nowhere told, for the reader to find.
    ``wrong`` are steps that something is wrong with, and those in ``unreached`` never ran. Raises :class:`InputError`.
    """
    scene = _scene(trace, level, focus, true_scale, unfold, hide | unreached, wrong, unreached)
    return marked(scene, trace, wrong, unreached) if wrong or unreached else scene


def _scene(
    trace: Trace,
    level: str,
    focus: str | None,
    true_scale: bool,
    unfold: bool,
    hide: frozenset[int],
    wrong: Sequence[Wrong],
    unreached: frozenset[int],
) -> Scene:
    measure = Measure.of(trace, true=true_scale)
    if level == "network":
        return (network_scene if is_resnet(trace) else any_network)(trace, measure, unfold, hide)
    canvas = Canvas(measure, hide, wrong, unreached)
    if level == "stage":
        stage = stage_part(trace, focus)
        if is_residual_stage(trace, stage):
            return stage_scene(trace, canvas, stage, unfold)
        return any_part(trace, canvas, stage, level, unfold)
    if level == "block":
        block = block_part(trace, focus)
        if is_residual(trace, block):
            return block_scene(trace, canvas, block)
        return any_part(trace, canvas, block, level, unfold)
    raise InputError("level", level, "must be one of " + ", ".join(SCENES), "use 'network'")
