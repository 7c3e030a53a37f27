"""HTML: one file that needs nothing else and runs nothing, light and dark, with heads that a screen reader tells."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ..escaping import xml_text
from ..paper import PaperTable, Place
from ..tabular import UNKNOWN, Cell, Table

Provenance = Sequence[tuple[str, str]]
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:15px/1.5 system-ui,sans-serif;margin:1.5rem auto;padding:0 1rem;max-width:max-content;"
    "color:CanvasText;background:Canvas}"
    "h1{font-size:1.25rem}.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{padding:.2rem .6rem;border-bottom:1px solid color-mix(in srgb,CanvasText 22%,Canvas);text-align:left;white-space:nowrap}"
    "thead th{border-bottom:2px solid CanvasText;vertical-align:bottom}tbody th{font-weight:600}"
    "tbody tr:hover{background:color-mix(in srgb,CanvasText 7%,Canvas)}"
    "td.n,th.n{text-align:right}.paper td,.paper th{text-align:center;vertical-align:middle}"
    ".block{display:flex;justify-content:center;align-items:center;gap:.4rem;margin:.15rem 0}"
    ".lines{border:solid currentColor;border-width:0 1.5px;border-radius:4px;padding:0 .5rem}"
    ".lines span,.plain,.plain span{display:block}caption{text-align:left;padding-bottom:.5rem}"
    "footer{margin-top:1rem;font-size:.85rem}dl{display:grid;grid-template-columns:max-content auto;gap:0 .8rem}dd{margin:0;overflow-wrap:anywhere}"
    "@media print{.wide{overflow:visible}}"
)


def document(table: Table, provenance: Provenance) -> str:
    """The table: the column "name", or else the first, heads each row."""
    columns = range(len(table.columns))
    numeric = [table.numeric(column) for column in columns]
    head = next((i for i in columns if table.columns[i] == "name"), 0)
    heads = "".join(
        [f'<th scope="col"{" class=n" if numeric[i] else ""}>{_text(_words(table.columns[i]))}</th>' for i in columns]
    )
    rows = [
        "<tr>" + "".join([_cell(row[i], numeric[i], i == head) for i in columns]) + "</tr>" for row in table.rows
    ]
    made = [
        f"<table><caption>{_text(table.title)}</caption>",
        f"<thead><tr>{heads}</tr></thead><tbody>",
        *rows,
        "</tbody></table>",
    ]
    return _document(table.title, made, table.notes, provenance)


def paper_document(table: PaperTable, provenance: Provenance) -> str:
    """A network, or several, as table 1 of the ResNet paper."""
    title = f"{', '.join(table.names)}: stages and blocks"
    shared = table.shared
    heads = ['<th scope="col">layer</th>', *(['<th scope="col">output size</th>'] if shared else [])]
    for name in table.names:
        heads += [*([] if shared else [f'<th scope="col">output size, {_text(name)}</th>'])]
        heads += [f'<th scope="col">{_text(name)}</th>']
    made = [f'<table class="paper"><caption>{_text(title)}</caption>', f"<thead><tr>{''.join(heads)}</tr></thead><tbody>"]
    for row in table.rows:
        cells = [f'<th scope="row">{_text(row.name)}</th>', *([f"<td>{_text(row.size or '')}</td>"] if shared else [])]
        for place in row.places:
            cells += [] if shared else [f"<td>{_text(place.size) if place else '–'}</td>"]
            cells.append(f"<td>{_place(place) if place else '–'}</td>")
        made.append(f"<tr>{''.join(cells)}</tr>")
    for name, numbers in table.sums:
        across = "" if shared else ' colspan="2"'
        cells = [f'<th scope="row">{_text(name)}</th>', *(["<td></td>"] if shared else [])]
        made.append(f"<tr>{''.join([*cells, *[f'<td{across}>{number:,}</td>' for number in numbers]])}</tr>")
    return _document(title, [*made, "</tbody></table>"], table.notes, provenance)


def _document(title: str, table: Sequence[str], notes: Sequence[str], provenance: Provenance) -> str:
    about = "".join([f"<dt>{_text(name)}</dt><dd>{_text(text)}</dd>" for name, text in provenance])
    return "\n".join([
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">',
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>",
        f'<div class="wide" role="region" aria-label="{_text(title)}" tabindex="0">', *table, "</div>",
        *[f"<p>{_text(note)}</p>" for note in notes], f"</main>\n<footer><dl>{about}</dl></footer>\n</body>\n</html>", "",
    ])  # fmt: skip


def _text(text: str) -> str:
    return escape(xml_text(text))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: Cell, numeric: bool, head: bool) -> str:
    text = UNKNOWN if value is None else str(value)
    if head:
        return f'<th scope="row">{_text(text)}</th>'
    return f"<td{' class=n' if numeric else ''}>{_text(text)}</td>"


def _place(place: Place) -> str:
    made: list[str] = []
    for repeat in place.repeats:
        lines = "".join([f"<span>{_text(line)}</span>" for line in repeat.lines])
        if repeat.times:
            made.append(f'<span class="block"><span class="lines">{lines}</span><span>× {repeat.times}</span></span>')
        else:
            made.append(f'<span class="plain">{lines}</span>')
    return "".join(made)
