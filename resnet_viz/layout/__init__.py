"""Where does it go?  A Trace to a Scene of boxes, links and labels in abstract units; no colour, no Plotly."""

from __future__ import annotations

from dataclasses import replace

from ..errors import InputError
from ..steps import Trace
from .beside import beside
from .block import EQUAL, block_scene
from .network import network_scene
from .scene import FONT, Box, Label, Link, LinkKind, Measure, Plus, Scene, block_names, map_text, stage_name
from .stage import stage_names, stage_scene
from .strip import COLOURS, QUANTITIES, quantity, values, with_strip

__all__ = [
    "COLOURS",
    "EQUAL",
    "FONT",
    "LEVELS",
    "QUANTITIES",
    "SCENES",
    "Box",
    "Label",
    "Link",
    "LinkKind",
    "Plus",
    "Scene",
    "beside",
    "block_names",
    "lay_out",
    "map_text",
    "quantity",
    "stage_name",
    "stage_names",
    "values",
    "with_strip",
]  # fmt: skip

SCENES = ("network", "stage", "block")
LEVELS = (*SCENES, "operation")  # the last has no volumes but a window; see window.py


def lay_out(
    trace: Trace, level: str = "network", focus: str | None = None, *, true_scale: bool = False, unfold: bool = False
) -> Scene:
    """The scene of ``trace`` at a level: "network", "stage" with ``focus="layer2"``, "block" with ``focus="layer2.0"``.

    ``true_scale`` draws sizes in proportion and not their square roots; ``unfold`` shows every block of a long stage.
    Raises :class:`InputError`.
    """
    measure = Measure.of(trace, true=true_scale)
    if level == "network":
        scene = network_scene(trace, measure, unfold)
    elif level == "stage":
        scene = stage_scene(trace, measure, focus, unfold)
    elif level == "block":
        scene = block_scene(trace, measure, focus)
    else:
        raise InputError("level", level, "must be one of " + ", ".join(SCENES), "use 'network'")
    return replace(scene, scale=measure.scale)
