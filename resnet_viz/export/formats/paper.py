"""A network as table 1 of the ResNet paper, in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from ..escaping import markdown as escaped
from ..paper import Place, paper_of
from ..registry import Export, Exporter


def write(export: Export) -> str:
    """The network, and those beside it, a column each; ``<br>`` parts the lines of a cell."""
    table = paper_of(export)
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
    return "\n".join([*lines, *_notes((*table.notes, export.said))]) + "\n"


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


EXPORTER = Exporter(
    "paper", "Stages and blocks, Markdown", (".md", ".markdown"), "text/markdown",
    "a network, or several with --beside, as table 1 of the ResNet paper", write, options=("beside",), of_spec=True,
)  # fmt: skip
