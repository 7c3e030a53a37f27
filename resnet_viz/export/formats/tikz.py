"""TikZ: a document of one page, as large as its figure, that needs nothing but TikZ; the figure's parts named in comments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..escaping import TEX_FONTS, comment, latex
from ..figure import PT, sheet
from ..registry import Export, Exporter

if TYPE_CHECKING:
    from ...picture.figures.shapes import Line, Point, Shape

_DASHES = {"dash": "dash pattern=on 4.5bp off 3bp", "dot": "dash pattern=on 1bp off 2bp", "dashdot": "dash pattern=on 4.5bp off 2bp on 1bp off 2bp"}  # fmt: skip


def write(export: Export) -> str:
    """The figure in big points, y downwards."""
    made = sheet(export)
    drawn = made.drawing
    colours = {colour: f"c{i}" for i, colour in enumerate(_colours(drawn.groups))}
    lines = [f"% {comment(made.title)}", f"% {comment(made.said)}", f"% {comment(drawn.alt)}"]
    size = f"paperwidth={_n(drawn.width)}bp,paperheight={_n(drawn.height)}bp"
    # the class `standalone` would say less, but is not in every TeX Live
    lines += [
        r"\documentclass{article}",
        rf"\usepackage[{size},margin=0bp,noheadfoot]{{geometry}}",
        *TEX_FONTS,
        r"\usepackage{tikz}",
    ]
    lines += [rf"\definecolor{{{name}}}{{HTML}}{{{colour[1:].upper()}}}" for colour, name in colours.items()]
    lines += [
        r"\pagestyle{empty}\parindent=0pt\topskip=0pt\vfuzz=1bp\hfuzz=1bp",
        r"\begin{document}",
        r"\begin{tikzpicture}[x=1bp,y=-1bp,line join=round,inner sep=0pt,outer sep=0pt,font=\sffamily]",
        rf"\useasboundingbox (0,0) rectangle {_at((drawn.width, drawn.height))};",
    ]
    for name, group in made.named:
        lines += [f"% {name}: {comment(group.title)}", r"\begin{scope}"]
        lines += [part for shape in group.shapes for part in _shape(shape, colours)]
        lines.append(r"\end{scope}")
    return "\n".join([*lines, r"\end{tikzpicture}", r"\end{document}", ""])


def _colours(groups: Iterable[object]) -> list[str]:
    found: set[str] = set()
    for group in groups:
        for shape in getattr(group, "shapes", ()):
            found |= {getattr(shape, field, "") for field in ("fill", "stroke", "colour")}
    return sorted(found - {""})


def _n(value: float) -> str:
    return f"{value / PT:.2f}".rstrip("0").rstrip(".")


def _at(point: Point) -> str:
    return f"({_n(point[0])},{_n(point[1])})"


def _path(points: Iterable[Point]) -> str:
    return " -- ".join(map(_at, points))


def _shape(shape: Shape, colours: dict[str, str]) -> list[str]:
    from ...picture.figures.shapes import Line, Oval, Polygon

    if isinstance(shape, Line):
        return _line(shape, colours)
    if isinstance(shape, Polygon | Oval):
        fill = f"fill={colours[shape.fill]}," if shape.fill else ""
        pen = f"[{fill}draw={colours[shape.stroke]},line width={_n(shape.width)}bp]"
        if isinstance(shape, Oval):
            return [rf"\path{pen} {_at((shape.x, shape.y))} circle[radius={_n(shape.radius)}bp];"]
        return [rf"\path{pen} {_path(shape.points)} -- cycle;"]
    anchor = "base" if shape.centred else "base west"
    size = rf"\fontsize{{{_n(shape.size)}bp}}{{{_n(shape.size * 1.35)}bp}}\selectfont"
    return [
        rf"\node[anchor={anchor},text={colours[shape.colour]}] at {_at((shape.x, shape.baseline(i)))} "
        rf"{{{size}{chr(92) + 'bfseries' if shape.strong and i == 0 else ''} {latex(line)}}};"
        for i, line in enumerate(shape.lines)
    ]


def _line(line: Line, colours: dict[str, str]) -> list[str]:
    points, head = line.arrow if line.head else (line.points, ())
    dash = f",{_DASHES[line.dash]}" if line.dash in _DASHES else ""
    made = [rf"\draw[draw={colours[line.stroke]},line width={_n(line.width)}bp{dash}] {_path(points)};"]
    return [*made, rf"\fill[fill={colours[line.stroke]}] {_path(head)} -- cycle;"] if head else made


EXPORTER = Exporter(
    "tikz", "Figure, TikZ", (".tex",), "application/x-tex", "the picture as LaTeX's own drawing, a document of its own", write,
    kind="figure", options=("level", "part", "size", "grey", "colour"),
)  # fmt: skip
