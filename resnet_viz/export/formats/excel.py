"""Excel: numbers as numbers, a head that stays in sight, and where it all comes from on a sheet of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from ..escaping import xml_text
from ..packing import undated
from ..registry import Export, Exporter
from ..tabular import UNKNOWN, Cell, Table, table_of

MOST_ROWS, MOST_LETTERS = 1_048_575, 32_767  # what Excel takes on a sheet below its head, and in a cell
_EXACT = 2**53  # Excel's numbers are doubles: a larger whole number would lose digits, and is a text
_MADE = datetime(2000, 1, 1, tzinfo=UTC)  # a file of the same numbers is the same file, whenever it was made


def write(export: Export) -> bytes:
    """The shape table, or with one network beside it what differs."""
    return workbook(table_of(export), export.provenance)


def workbook(table: Table, provenance: Mapping[str, str]) -> bytes:
    """A workbook of two sheets. No cell is a formula or a link, whatever it begins with."""
    import xlsxwriter

    file = BytesIO()
    # with these, what begins with = or http stays the text that it is
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, {**safe, "in_memory": True}) as book:
        book.set_properties(
            {"title": _text(table.title), "comments": _text(" · ".join(provenance.values())), "created": _MADE}
        )
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
        count = book.add_format({"num_format": "#,##0"})
        sheet = book.add_worksheet("Table")
        for column, name in enumerate(table.columns):
            sheet.write_string(0, column, _text(name.replace("_", " ")), bold)
            letters = [len(str(row[column])) for row in table.rows[:2000]]
            words = max(map(len, name.split("_")))
            sheet.set_column(column, column, min(60, max([words, *letters]) * 1.1 + 2))
        for number, row in enumerate(table.rows[:MOST_ROWS], start=1):
            for column, value in enumerate(row):
                _write(sheet, number, column, value, count)
        sheet.freeze_panes(1, table.columns.index("name") + 1 if "name" in table.columns else 1)
        if table.rows:
            sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        about = book.add_worksheet("Provenance")
        about.set_column(0, 0, 18)
        about.set_column(1, 1, 90)
        lines = [("table", table.title), *provenance.items(), *(("note", note) for note in table.notes)]
        for number, (name, text) in enumerate(lines):
            about.write_string(number, 0, _text(name), book.add_format({"bold": True}))
            about.write_string(number, 1, _text(text))
    return undated(file.getvalue())


def _text(text: str) -> str:
    return xml_text(text)[:MOST_LETTERS]


def _write(sheet: Any, row: int, column: int, value: Cell, count: Any) -> None:
    if isinstance(value, float) or (isinstance(value, int) and abs(value) <= _EXACT):
        sheet.write_number(row, column, value, count if isinstance(value, int) and abs(value) > 9999 else None)
    elif value != "":
        sheet.write_string(row, column, _text(UNKNOWN if value is None else str(value)))


EXPORTER = Exporter(
    "excel", "Table, Excel", (".xlsx",), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "the shape table with numbers as numbers, and where they are from; with one --beside what differs", write,
    needs=("xlsxwriter",), options=("beside",), binary=True,
)  # fmt: skip
