"""A figure for a place: one column of a paper, its whole width, a slide, a poster. What it is printed on says how large its
words must be, and they say in how many rows a long network stands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from .registry import Export

if TYPE_CHECKING:
    from ..picture.figures.shapes import Drawing, Group

MM = 96 / 25.4  # px of a millimetre
PT = 96 / 72  # px of a point


class Page(NamedTuple):
    """In mm, ``height`` None where it follows from the figure; points of the smallest words; of the edges; and of a title,
    0 for none, as a paper has its caption.
    """

    width: float
    height: float | None
    least: float
    margin: float
    title: float


PAGES = {
    "column": Page(85, None, 5, 0, 0),
    "page": Page(178, None, 6, 0, 0),
    "slide": Page(13.333 * 25.4, 7.5 * 25.4, 12, 9, 24),
    "poster": Page(841, 594, 24, 25, 60),  # A1 across
}
_LARGEST = {"column": 1.0, "page": 1.0, "slide": 2.0, "poster": 8.0}  # a small network is not blown up to fill a page


@dataclass(frozen=True, slots=True)
class Sheet:
    """A drawing on its page, in px of 1/96 inch; its title, and who made it."""

    drawing: Drawing
    title: str
    said: str

    @property
    def named(self) -> list[tuple[str, Group]]:
        """The groups, each with a name of letters, digits and ``._-`` that no other one has."""
        seen: dict[str, int] = {}
        made: list[tuple[str, Group]] = []
        for group in self.drawing.groups:
            text = "".join(
                [sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in group.name]
            )
            name = f"{group.kind}-{text[:80]}"
            seen[name] = seen.get(name, 0) + 1
            # a double dash ends no name by itself, so that no two names meet
            made.append((name if seen[name] == 1 else f"{name}--{seen[name]}", group))
        return made


def sheet(export: Export) -> Sheet:
    """The network at the level that is asked for, as large as the page lets it be, in as few rows as its words can be read in.

    Raises :class:`InputError` for a part that there is not, or a network without volumes.
    """
    from ..picture.figures.shapes import Group, Text
    from ..picture.figures.vector import drawing
    from ..picture.layout import FONT, Look, Place
    from ..picture.layout.rows import MOST

    options = export.options
    page = PAGES[options.size]
    place = Place(options.level, options.part)
    found: list[tuple[float, Drawing]] = []
    inner = (page.width - 2 * page.margin) * MM
    head, foot = page.title * PT * 1.6, 0.5 * page.title * PT * 1.6
    room = None if page.height is None else (page.height - 2 * page.margin) * MM - head - foot
    for count in range(1, MOST + 1):
        made = drawing(export.trace, place, Look(options.colour), grey=options.grey, count=count)
        if made is None:
            break
        times = min(_LARGEST[options.size], inner / made.width, *([room / made.height] if room else []))
        found.append((times, made))
        if times * FONT >= page.least * PT:
            break
    times, made = next((one for one in found if one[0] * FONT >= page.least * PT), max(found, key=lambda one: one[0]))
    width = page.width * MM
    height = made.height * times if page.height is None else page.height * MM
    left = (width - made.width * times) / 2
    top = 0.0 if room is None else page.margin * MM + head + max(0.0, room - made.height * times) / 2
    placed = made.scaled(times, left, top, width, height)
    title = export.configuration or export.name
    if options.level != "network":
        title += f", {options.level} {options.part or ''}".rstrip()
    if page.title:
        from ..picture.figures import palette

        size, edge = page.title * PT, page.margin * MM
        texts = (
            ("title", title, edge, size, palette.INK["light"]),
            ("provenance", export.said, height - edge - foot * 0.7, size * 0.4, palette.MUTED["light"]),
        )
        groups = [
            Group("label", name, text, (Text(edge, y, (text,), _fitting(text, points, inner), colour, name == "title", centred=False),))
            for name, text, y, points, colour in texts
        ]  # fmt: skip
        placed = replace(placed, groups=(*placed.groups, *groups))
    return Sheet(placed, title, export.said)


def _fitting(text: str, size: float, room: float) -> float:
    """The size of the letters, smaller where a long line needs it."""
    from ..picture.layout import FONT, text_width

    return min(size, room / (text_width((text,)) / FONT))
