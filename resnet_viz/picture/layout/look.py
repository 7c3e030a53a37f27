"""Where in a network does one look, and how is that drawn?  The two words that every picture is asked for with."""

from __future__ import annotations

from dataclasses import dataclass

from ...checks import check_flag, check_one_of, check_pair, check_text, check_whole
from ...steps import Pair
from .strip import COLOURS

SCENES = ("network", "stage", "block")
LEVELS = (*SCENES, "operation")  # the last has no volumes but a window; see window.py
ALL_LEVELS = (*LEVELS, "field")
THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one looks: a ``level``, the part or step that is in ``focus`` there, and at levels "operation" and "field"
    its output ``cell`` (row, column); of a conv the example's numbers are those of output ``channel``, from 0, and with None
    there are none. Without a focus it is the first that there is, without a cell the level's own.

    Raises :class:`InputError` for a level that there is not, a focus that is no text, a cell that is no pair, a channel
    that is no whole number.

    >>> Place("operation", "layer2.0.conv1", (3, 5)).text
    'operation layer2.0.conv1'
    """

    level: str = "network"
    focus: str | None = None
    cell: Pair | None = None
    channel: int | None = 0

    def __post_init__(self) -> None:
        check_one_of("level", self.level, ALL_LEVELS)
        if self.focus is not None:
            check_text("focus", self.focus, "layer2.0")
        if self.cell is not None:
            cell = check_pair("cell", self.cell, "must be (row, column)", "use e.g. (0, 0)")
            object.__setattr__(self, "cell", cell)  # a list of two is one too, and cannot be a key
        if self.channel is not None:
            check_whole("channel", self.channel, 0, 2**31)

    @property
    def text(self) -> str:
        """Level and focus: a page keeps its zoom as long as this stays the same."""
        return f"{self.level} {self.focus}"


@dataclass(frozen=True, slots=True)
class Look:
    """How it is drawn: what the ``colour`` tells, whether sizes are in ``true_scale`` and not their square roots, every
    block of a long stage is shown (``unfold``), boxes are ``solid`` and can be turned, and the ``theme`` of the page.

    Raises :class:`InputError` for what is none of these.
    """

    colour: str = "stage"
    true_scale: bool = False
    unfold: bool = False
    solid: bool = False
    theme: str = "light"

    def __post_init__(self) -> None:
        check_one_of("theme", self.theme, THEMES)
        check_one_of("colour", self.colour, COLOURS)
        for field in ("true_scale", "unfold", "solid"):
            check_flag(field, getattr(self, field))


WHOLE = Place()
PLAIN = Look()
