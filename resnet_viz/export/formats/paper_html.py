"""A network as table 1 of the ResNet paper, as a page of its own."""

from __future__ import annotations

from ..paper import PaperTable, Place, paper_of
from ..registry import Export, Exporter
from .html import document, text_of


def write(export: Export) -> str:
    """The network, and those beside it, a column each."""
    table = paper_of(export)
    return document(title_of(table), paper_lines(table), table.notes, export.provenance)


def title_of(table: PaperTable) -> str:
    """Whose stages and blocks they are."""
    return f"{', '.join(table.names)}: stages and blocks"


def paper_lines(table: PaperTable) -> list[str]:
    """The table: a row a stage, the sums last."""
    shared = table.shared
    heads = ['<th scope="col">layer</th>', *(['<th scope="col">output size</th>'] if shared else [])]
    for name in table.names:
        heads += [*([] if shared else [f'<th scope="col">output size, {text_of(name)}</th>'])]
        heads += [f'<th scope="col">{text_of(name)}</th>']
    made = [
        f'<table class="paper"><caption>{text_of(title_of(table))}</caption>',
        f"<thead><tr>{''.join(heads)}</tr></thead><tbody>",
    ]
    for row in table.rows:
        cells = [
            f'<th scope="row">{text_of(row.name)}</th>',
            *([f"<td>{text_of(row.size or '')}</td>"] if shared else []),
        ]
        for place in row.places:
            cells += [] if shared else [f"<td>{text_of(place.size) if place else '–'}</td>"]
            cells.append(f"<td>{_place(place) if place else '–'}</td>")
        made.append(f"<tr>{''.join(cells)}</tr>")
    for name, numbers in table.sums:
        across = "" if shared else ' colspan="2"'
        cells = [f'<th scope="row">{text_of(name)}</th>', *(["<td></td>"] if shared else [])]
        made.append(f"<tr>{''.join([*cells, *[f'<td{across}>{number:,}</td>' for number in numbers]])}</tr>")
    return [*made, "</tbody></table>"]


def _place(place: Place) -> str:
    made: list[str] = []
    for repeat in place.repeats:
        lines = "".join([f"<span>{text_of(line)}</span>" for line in repeat.lines])
        if repeat.times:
            made.append(f'<span class="block"><span class="lines">{lines}</span><span>× {repeat.times}</span></span>')
        else:
            made.append(f'<span class="plain">{lines}</span>')
    return "".join(made)


EXPORTER = Exporter(
    "paper_html", "Stages and blocks, HTML", (".html", ".htm"), "text/html",
    "a network, or several, as table 1 of the ResNet paper, a page of its own", write, options=("beside",), of_spec=True,
)  # fmt: skip
