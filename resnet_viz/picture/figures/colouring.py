"""What do the colours of the volumes tell?  A role, a kind of operation or a quantity; and the words that say so."""

from __future__ import annotations

from typing import NamedTuple

from ...steps import Activation, Identity, Norm, Trace
from .. import layout
from ..layout import Box, Scene
from . import palette

_POOLS = ("avgpool", "maxpool", "blurpool", "mean")
_JOINS = ("add", "concat")
_KEPT = Norm | Activation | Identity  # what keeps a shape is drawn with what gave it


class Colouring(NamedTuple):
    """The colour of each volume by its step, and what each colour stands for where that is not written at the volumes."""

    fills: dict[int, str]
    names: dict[str, str]


def colouring(scene: Scene, trace: Trace, by: str) -> Colouring:
    """What a scene looks like when its colours tell ``by``, one of ``COLOURS``."""
    if by == "stage":
        return Colouring({box.step: palette.base(box.role) for box in scene.boxes}, {})
    return _by_kind(scene, trace) if by == "kind" else _by_quantity(scene, trace, by)


def _by_kind(scene: Scene, trace: Trace) -> Colouring:
    drawn = {box.step for box in scene.boxes}
    found = {box.step: _kind(scene, trace, box, drawn) for box in scene.boxes}
    names: dict[str, str] = {}
    for kind, colour in palette.KINDS.items():
        told = sorted({words for known, words in found.values() if known == kind})
        if told:
            names[colour] = ", ".join(told)
    return Colouring({step: palette.KINDS[kind] for step, (kind, _) in found.items()}, names)


_WORDS = {
    "add": "addition: a block's output", "concat": "concatenation: a block's output", "linear": "linear layer", "pad": "zero channels added",
}  # fmt: skip


def _kind(scene: Scene, trace: Trace, box: Box, drawn: set[int]) -> tuple[str, str]:
    """Of which of the palette's kinds a volume is, and the legend's words for it."""
    start, stop = box.covers
    if stop - start > 1 or (scene.level == "network" and box.role.startswith("stage") and not box.aside and not stop):
        return "block", "block: all its operations"
    step = trace.steps[box.step]
    while isinstance(step.op, _KEPT) and len(step.reads) == 1 and step.reads[0] not in drawn:
        step = trace.steps[step.reads[0]]
    words = _WORDS.get(step.kind, step.kind)
    if step.kind.startswith("conv"):
        return ("projection", "projection") if box.aside and step.path == "shortcut" else ("conv", "conv")
    if isinstance(step.op, Activation):
        return "activation", "activation"
    if step.kind in _POOLS:
        return "pool", "pool"
    return ("block" if step.kind in _JOINS else step.kind if step.kind in palette.KINDS else "other"), words


def _by_quantity(scene: Scene, trace: Trace, by: str) -> Colouring:
    found = layout.values(scene, trace, layout.quantity(by))
    most = max((value for value in found.values() if value is not None), default=0.0) or 1.0
    nothing = palette.UNCOUNTED
    fills = {
        box.step: nothing if (value := found.get(box.step)) is None else palette.on_ramp(value / most)
        for box in scene.boxes
    }
    unknown = any(value is None for value in found.values())
    beside = (
        "shortcut: counted with its block" if scene.level == "network" else "beside the main path: not counted here"
    )
    aside = any(box.aside for box in scene.boxes)
    names = {nothing: "; ".join(["unknown"] * unknown + [beside] * aside)} if unknown or aside else {}
    return Colouring(fills, names)
