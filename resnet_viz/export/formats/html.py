"""HTML: one file that needs nothing else and runs nothing, light and dark, with heads that a screen reader tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from ..escaping import xml_text
from ..registry import Export, Exporter
from ..tabular import UNKNOWN, Cell, Table, table_of

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


def write(export: Export) -> str:
    """The shape table, or with one network beside it what differs."""
    return table_document(table_of(export), export.provenance)


def table_document(table: Table, provenance: Mapping[str, str]) -> str:
    """The table as a page of its own."""
    return document(table.title, table_lines(table), table.notes, provenance)


def table_lines(table: Table) -> list[str]:
    """The table: the column "name", or else the first, heads each row."""
    columns = range(len(table.columns))
    numeric = [table.numeric(column) for column in columns]
    head = next((i for i in columns if table.columns[i] == "name"), 0)
    heads = "".join(
        [f'<th scope="col"{" class=n" if numeric[i] else ""}>{text_of(_words(table.columns[i]))}</th>' for i in columns]
    )
    rows = ["<tr>" + "".join([_cell(row[i], numeric[i], i == head) for i in columns]) + "</tr>" for row in table.rows]
    return [
        f"<table><caption>{text_of(table.title)}</caption>",
        f"<thead><tr>{heads}</tr></thead><tbody>",
        *rows,
        "</tbody></table>",
    ]


def document(title: str, table: Sequence[str], notes: Sequence[str], provenance: Mapping[str, str]) -> str:
    """A page around a table."""
    return page(title, scrolling(title, table, notes), provenance)


def scrolling(title: str, table: Sequence[str], notes: Sequence[str]) -> list[str]:
    """A table that scrolls by itself where it is wider than the window, by keys too, and its sentences below."""
    return [
        f'<div class="wide" role="region" aria-label="{text_of(title)}" tabindex="0">', *table, "</div>",
        *[f"<p>{text_of(note)}</p>" for note in notes],
    ]  # fmt: skip


def page(title: str, body: Sequence[str], provenance: Mapping[str, str], style: str = "") -> str:
    """A whole file around what it shows."""
    return "\n".join([
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">',
        f"<title>{text_of(title)}</title>\n<style>{_STYLE}{style}</style>\n</head>\n<body>\n<main>",
        *body, f"</main>\n<footer>{named(provenance.items())}</footer>\n</body>\n</html>", "",
    ])  # fmt: skip


def named(pairs: Iterable[tuple[str, str]]) -> str:
    """Names, each with what is said of it."""
    made = [f"<dt>{text_of(name)}</dt><dd>{text_of(text)}</dd>" for name, text in pairs]
    return f"<dl>{''.join(made)}</dl>"


def text_of(text: str) -> str:
    """``text`` as HTML shows it."""
    return escape(xml_text(text))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: Cell, numeric: bool, head: bool) -> str:
    text = UNKNOWN if value is None else str(value)
    if head:
        return f'<th scope="row">{text_of(text)}</th>'
    return f"<td{' class=n' if numeric else ''}>{text_of(text)}</td>"


EXPORTER = Exporter(
    "html", "Table, HTML", (".html", ".htm"), "text/html",
    "the shape table as a page of its own, light and dark; with one --beside what differs", write, options=("beside",),
)  # fmt: skip
