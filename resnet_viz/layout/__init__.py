"""Where does it go?  A Trace to a Scene of boxes, links and labels in abstract units; no colour, no Plotly."""

from __future__ import annotations

from ..errors import InputError
from ..steps import Trace
from .block import block_scene
from .network import network_scene
from .scene import FONT, Box, Label, Link, LinkKind, Plus, Scene, block_names, map_text, stage_name

__all__ = [
    "FONT", "LEVELS", "Box", "Label", "Link", "LinkKind", "Plus", "Scene", "block_names", "lay_out", "map_text", "stage_name",
]  # fmt: skip

LEVELS = ("network", "block")


def lay_out(trace: Trace, level: str = "network", focus: str | None = None) -> Scene:
    """The scene of ``trace`` at a level: "network", or "block" with ``focus="layer2.0"``. Raises :class:`InputError`."""
    if level == "network":
        return network_scene(trace)
    if level == "block":
        return block_scene(trace, focus)
    raise InputError("level", level, "must be one of " + ", ".join(LEVELS), "use 'network'")
