"""A sum that PyTorch refused, written into the picture of the sound block."""

from __future__ import annotations

from typing import Any

from ...steps import Shape
from ..layout import EQUAL, map_text
from . import palette


def with_failure(figure: dict[str, Any], reads: tuple[Shape, ...], theme: str) -> None:
    """Replace the words under the addition of a block-level ``figure`` by what it was given, in the colour of an error."""
    if len(reads) != 2:
        return
    red = palette.LINK["projection"][theme]
    for note in figure["layout"]["annotations"]:
        if note["text"].endswith(EQUAL):
            note["text"] = f"<b>{map_text(reads[0])}<br>+ {map_text(reads[1])}<br>unequal: raises</b>"
            note["font"] = {**note["font"], "color": red}
    alt = figure["layout"]["meta"]
    alt["alt"] += f" The addition was given {map_text(reads[0])} and {map_text(reads[1])}, which raises."
