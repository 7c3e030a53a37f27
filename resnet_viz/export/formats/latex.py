"""LaTeX: a whole document that compiles alone, with tables as booktabs and siunitx set them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..escaping import TEX_FONTS, comment
from ..escaping import latex as escaped
from ..registry import Export, Exporter
from ..tabular import UNKNOWN, Cell, Table, table_of

_PACKAGES = (
    *TEX_FONTS, r"\usepackage[utf8]{inputenc}", r"\usepackage{amsmath}",
    r"\usepackage{booktabs}", r"\usepackage{longtable}", r"\usepackage{siunitx}", r"\usepackage{caption}",
)  # fmt: skip
_CHAR = 1.4  # mm that a digit takes at \scriptsize; letters take less, most of them
_SIGN = re.compile(r"\$?\\[A-Za-z]+(\{\})?\$?|\\.|\{.\}")  # what prints as one
_SEPARATION, _EDGES, _LEAST, _HIGH = 4.3, 30.0, 297.0, 210.0  # mm between columns, of both margins; A4 across


def write(export: Export) -> str:
    """The shape table, or with one network beside it what differs, as a document."""
    return table_document(table_of(export), export.provenance)


def table_document(table: Table, provenance: Mapping[str, str]) -> str:
    """The table over as many pages as it takes, its head again on each, on a page as wide as it needs."""
    columns = range(len(table.columns))
    numeric = [table.numeric(column) for column in columns]
    texts = [[_plain(value) for value in row] for row in table.rows]
    heads = [name.split("_") for name in table.columns]
    widths = [max(*map(_letters, [text[i] for text in texts]), *(len(word) for word in heads[i])) for i in columns]
    wide = max(_LEAST, sum(widths) * _CHAR + _SEPARATION * len(widths) + _EDGES)
    kinds = "".join([f"S[table-format={_format(table, i)}]" if numeric[i] else "l" for i in columns])
    head = " & ".join([_head(words, number) for words, number in zip(heads, numeric, strict=True)]) + r" \\"
    body = [
        " & ".join([_cell(value, number) for value, number in zip(row, numeric, strict=True)]) + r" \\"
        for row in table.rows
    ]
    again = [r"\toprule", head, r"\midrule"]
    lines = [
        r"\scriptsize",
        rf"\begin{{longtable}}{{{kinds}}}",
        rf"\caption{{{escaped(table.title)}}}\\",
        *again,
        r"\endfirsthead",
        *again,
        r"\endhead",
        r"\bottomrule",
        r"\endfoot",
        *body,
        r"\end{longtable}",
        *told(table.notes),
    ]
    return document(lines, provenance, wide)


def document(lines: Sequence[str], provenance: Mapping[str, str], wide: float) -> str:
    """A whole document around ``lines``, on a page so many mm wide."""
    said = [f"% {name}: {comment(text)}" for name, text in provenance.items()]
    paper = f"paperwidth={max(_LEAST, wide):.0f}mm,paperheight={_HIGH:.0f}mm,margin=15mm"
    return "\n".join([
        *said, r"\documentclass[10pt]{article}", rf"\usepackage[{paper}]{{geometry}}", *_PACKAGES,
        r"\sisetup{group-separator={,},group-minimum-digits=4}", r"\setlength{\parindent}{0pt}", r"\pagestyle{empty}",
        r"\begin{document}", *lines, r"\end{document}", "",
    ])  # fmt: skip


def told(notes: Sequence[str]) -> list[str]:
    """Sentences under a table."""
    return [rf"\par\footnotesize {escaped(note)}" for note in notes]


def _letters(text: str) -> float:
    """About how many digits' width a cell takes: a number has commas, and the sign between two sides is wide."""
    if text.isdigit():
        return len(text) + (len(text) - 1) // 3 * 0.6
    if _is_size(text):
        return len(text) + 0.7 * (text.count("x") + text.count("×"))
    return len(_SIGN.sub("_", escaped(text)))  # a letter that LaTeX does not have is told by six


def _head(words: Sequence[str], numeric: bool) -> str:
    """A column's name over as many lines as it has words."""
    text = r"\shortstack{" + r"\\".join(map(escaped, words)) + "}" if len(words) > 1 else escaped(words[0])
    return f"{{{text}}}" if numeric else text


def _plain(value: Cell) -> str:
    return UNKNOWN if value is None else str(value)


def _cell(value: Cell, numeric: bool) -> str:
    """A number as it is for siunitx; in its columns all else stands in braces."""
    if isinstance(value, int | float):
        return str(value)
    text = size(value) if value and _is_size(value) else escaped(_plain(value))
    return f"{{{text}}}" if numeric else text


def _is_size(text: str) -> bool:
    return all(part.isdigit() for part in text.replace(";", "x").split("x")) and "x" in text


def size(text: str) -> str:
    """``1x64x56x56`` and ``56×56``; several after each other, ``;`` between."""
    return "; ".join([f"${one.replace('×', 'x').replace('x', '{' + chr(92) + 'times}')}$" for one in text.split(";")])


def _format(table: Table, column: int) -> str:
    numbers = [str(row[column]) for row in table.rows if isinstance(row[column], int | float)]
    parts = [number.partition(".") for number in numbers]
    rest = max(len(rest) for _, _, rest in parts)
    return f"{max(len(whole) for whole, _, _ in parts)}" + (f".{rest}" if rest else "")


EXPORTER = Exporter(
    "latex", "Table, LaTeX", (".tex",), "application/x-tex",
    "the shape table over as many pages as it takes, by booktabs and siunitx; with one --beside what differs", write,
    options=("beside",),
)  # fmt: skip
