"""A network as table 1 of the ResNet paper, in LaTeX: a document of its own."""

from __future__ import annotations

from ..escaping import latex as escaped
from ..paper import Place, Repeat, paper_of
from ..registry import Export, Exporter
from .latex import document, size, told


def write(export: Export) -> str:
    """The network, and those beside it, a column each."""
    table = paper_of(export)
    count = len(table.names)
    shared = table.shared
    columns = "l" + ("c" if shared else "") + ("c" if shared else "cc") * count
    names = [f"{escaped(name)}" if shared else rf"\multicolumn{{2}}{{c}}{{{escaped(name)}}}" for name in table.names]
    head = " & ".join(["layer", *(["output size"] if shared else []), *names]) + r" \\"
    lines = [r"\begin{center}\small", r"\renewcommand{\arraystretch}{1.15}", rf"\begin{{tabular}}{{{columns}}}"]
    lines += [r"\toprule", head, r"\midrule"]
    if not shared:
        lines.insert(-1, " & ".join(["", *["output size & blocks"] * count]) + r" \\")
    for row in table.rows:
        places: list[str] = []
        for place in row.places:
            sizes = [] if shared else [size(place.size) if place else "--"]
            places += [*sizes, _place(place) if place else "--"]
        sizes = [size(row.size or "")] if shared else []
        lines += [" & ".join([escaped(row.name), *sizes, *places]) + r" \\", r"\midrule"]
    for name, numbers in table.sums:
        cells = [
            rf"\num{{{number}}}" if shared else rf"\multicolumn{{2}}{{c}}{{\num{{{number}}}}}" for number in numbers
        ]
        lines.append(" & ".join([escaped(name), *([""] if shared else []), *cells]) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}", r"\end{center}", *told(table.notes)]
    return document(lines, export.provenance, 70 + 62 * count)


def _place(place: Place) -> str:
    repeats = [_repeat(repeat) for repeat in place.repeats]
    if len(repeats) == 1:
        return repeats[0]
    return r"\begin{tabular}{@{}c@{}}" + r" \\[2pt] ".join(repeats) + r"\end{tabular}"


def _repeat(repeat: Repeat) -> str:
    lines = [escaped(line) for line in repeat.lines]
    if not repeat.times:
        inner = r" \\ ".join(lines)
        return lines[0] if len(lines) == 1 else rf"\begin{{tabular}}{{@{{}}c@{{}}}}{inner}\end{{tabular}}"
    inner = r" \\ ".join(rf"\text{{{line}}}" for line in lines)
    return rf"$\left[\begin{{array}}{{c}}{inner}\end{{array}}\right]\times {repeat.times}$"


EXPORTER = Exporter(
    "paper_latex", "Stages and blocks, LaTeX", (".tex",), "application/x-tex",
    "a network, or several, as table 1 of the ResNet paper, a document of its own", write, options=("beside",), of_spec=True,
)  # fmt: skip
