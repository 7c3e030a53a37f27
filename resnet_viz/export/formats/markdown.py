"""Markdown: any table, and a network as the papers print it."""

from __future__ import annotations

from collections.abc import Sequence

from ..escaping import markdown as escaped
from ..paper import PaperTable, Place
from ..tabular import UNKNOWN, Table


def document(table: Table) -> str:
    """The table with its title over it and its notes below."""
    columns = range(len(table.columns))
    bars = "".join(["---:|" if table.numeric(i) else "---|" for i in columns])
    lines = [f"**{escaped(table.title)}**", "", _row(table.columns), f"|{bars}"]
    lines += [_row([UNKNOWN if value is None else str(value) for value in row]) for row in table.rows]
    return "\n".join([*lines, *_notes(table.notes)]) + "\n"


def paper_document(table: PaperTable) -> str:
    """A network, or several, as table 1 of the ResNet paper; ``<br>`` parts the lines of a cell."""
    shared = table.shared
    heads = ["layer", *(["output size"] if shared else [])]
    for name in table.names:
        heads += [name] if shared else [f"{name}: output size", name]
    lines = [_row(heads), "|" + ":-:|" * len(heads)]
    for row in table.rows:
        cells = [escaped(row.name), *([row.size or ""] if shared else [])]
        for place in row.places:
            cells += ([] if shared else [place.size if place else "–"]) + [_place(place) if place else "–"]
        lines.append(f"| {' | '.join(cells)} |")
    for name, numbers in table.sums:
        cells = [name, *([""] if shared else [])]
        for number in numbers:
            cells += ([] if shared else [""]) + [f"{number:,}"]
        lines.append(_row(cells))
    return "\n".join([*lines, *_notes(table.notes)]) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(escaped, cells))} |"


def _notes(notes: Sequence[str]) -> list[str]:
    return [line for note in notes for line in ("", escaped(note))]


def _place(place: Place) -> str:
    said: list[str] = []
    for repeat in place.repeats:
        inner = ("; " if repeat.times else "<br>").join(map(escaped, repeat.lines))
        said.append(rf"\[{inner}\] × {repeat.times}" if repeat.times else inner)
    return "<br>".join(said)
