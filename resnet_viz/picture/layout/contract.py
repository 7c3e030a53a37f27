"""What do a figure and the script that shows it agree on?  The facts stand in ``contract.json`` beside this file, alone.

``traces`` are names by which the script finds what is clicked and what marks the chosen volume, or adds the ghost of the
volumes before a change. ``meta`` are the keys of a figure's ``layout.meta``: its ``alt`` text; ``outlines``, x and y
of the mark around each step that is drawn; ``folds``, from a step that is not to the one that stands for it; and of
a picture of volumes each one's place in the network and shape, the ``scale`` and its ``zoom``; and ``wrong``, the x of
what is to be in view where something is marked as wrong. An ``outline`` goes
around a volume from corner to corner, each so many times its width, height and depth away from the first. ``solid``
is the ``customdata`` of a solid volume; of a flat one it is the step's index. ``data`` is what the page sends to the
script, where ``trail`` are the names on the way from the whole network to what is shown, or nothing where no way leads
back, and ``ahead`` the same picture at other inputs, see :mod:`resnet_viz.ui.ahead`; ``event`` is what comes back, ``{step, act}``, with ``no_step`` where none is chosen, and of ``go_to`` the number on
the trail.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("contract.json")
_FACTS: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Traces:
    """Names of traces."""

    hits: str
    selected: str
    ghost: str


@dataclass(frozen=True, slots=True)
class Acts:
    """What somebody does to a volume."""

    select: str
    go_in: str
    go_out: str
    go_to: str


TRACES = Traces(**_FACTS["traces"])
ACTS = Acts(**_FACTS["acts"])
OUTLINE: tuple[tuple[int, int, int], ...] = tuple((w, h, d) for w, h, d in _FACTS["outline"])
SOLID: tuple[str, ...] = tuple(_FACTS["solid"])
EVENT: str = _FACTS["event"]


def meta(alt: str, outlines: Mapping[str, Any] | None = None, folds: Mapping[str, int] | None = None) -> dict[str, Any]:
    """The ``meta`` of a figure in which nothing, or what ``outlines`` go around, can be chosen."""
    return {"alt": alt, "outlines": outlines or {}, "folds": folds or {}}
