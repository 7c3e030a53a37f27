"""Is a figure that leaves the program the picture that the page shows: its volumes, its places, its numbers, in every format?"""

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import pytest
from pptx import Presentation
from pptx.oxml.ns import qn

import resnet_viz as rv
from resnet_viz.export import registry
from resnet_viz.export.figure import MM, PAGES, PT, Sheet, sheet
from resnet_viz.export.registry import SIZES, Export, Options, exporter
from resnet_viz.picture import layout
from resnet_viz.picture.figures.shapes import Group, Line, Oval, Polygon, Text
from resnet_viz.picture.layout import map_text
from resnet_viz.picture.layout.rows import rows

from . import tex

SVG = "{http://www.w3.org/2000/svg}"
PLACES = (
    ("resnet18", Options()),
    ("seresnet50", Options(size="column", grey=True)),
    ("resnet50", Options("stage", "layer2", "slide")),
    ("resnet18_option_a", Options("block", "layer2.0")),
    ("resnet34", Options(size="poster", colour="macs")),
    ("resnet18", Options(colour="kind", grey=True)),
)
FEW = (PLACES[0], *PLACES[2:4])  # PowerPoint's library takes its time
each_place = pytest.mark.parametrize(("name", "options"), PLACES, ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
HOSTILE = "</text><script>\"'&\\input{x}$%#{\n\x00中"


@cache
def made(name: str, options: Options) -> Export:
    return Export.of(rv.forecast(name), options, name=name)


@cache
def drawn(name: str, options: Options) -> Sheet:
    return sheet(made(name, options))


@cache
def written(name: str, options: Options, format: str) -> Any:
    return exporter(format)(made(name, options))


def groups(name: str, options: Options, kind: str) -> list[Group]:
    return [group for group in drawn(name, options).drawing.groups if group.kind == kind]


def hostile() -> Export:
    """A network whose steps' names would be mark-up anywhere."""
    trace = rv.forecast("resnet18:blocks=1,1,widths=8,16@32")
    steps = tuple([step._replace(name=step.name + HOSTILE) for step in trace.steps])
    return Export.of(replace(trace, steps=steps), name=HOSTILE)


def places(shape: object) -> list[tuple[float, float]]:
    if isinstance(shape, Text):
        left, top, width, height = shape.rect
        return [(left, top), (left + width, top + height)]
    if isinstance(shape, Oval):
        r = shape.radius
        return [(shape.x - r, shape.y - r), (shape.x + r, shape.y + r)]
    assert isinstance(shape, Polygon | Line)
    return list(shape.points)


def test_what_may_be_asked_for_is_what_there_is() -> None:
    assert registry.COLOURS == layout.COLOURS and registry.SCENES == layout.SCENES and tuple(PAGES) == registry.SIZES


# ---- what is drawn ---------------------------------------------------------------------------------------------------


@each_place
def test_every_volume_is_a_group_that_tells_the_traces_shape(name: str, options: Options) -> None:
    trace = made(name, options).trace
    scene = layout.lay_out(trace, options.level, options.part)
    volumes = groups(name, options, "volume")
    assert {group.step for group in volumes} == {box.step for box in scene.boxes}
    for group in volumes:
        assert group.step is not None
        assert group.title.endswith(f": {map_text(trace.steps[group.step].output)}")


@each_place
def test_every_shape_that_is_written_is_one_of_the_traces(name: str, options: Options) -> None:
    trace = made(name, options).trace
    shapes = {map_text(step.output) for step in trace.steps}
    filters = {f"{step.op.kernel[0]}×{step.op.kernel[1]}×{step.inputs[0][1]}" for step in trace.steps if step.kind == "conv"}  # pyright: ignore  # fmt: skip
    texts = " ".join(line for group in groups(name, options, "label") for shape in group.shapes for line in getattr(shape, "lines", ()) if group.name not in ("title", "provenance"))  # fmt: skip
    found = set(re.findall(r"\d+×\d+×\d+", texts))
    assert found and found <= (shapes | filters if options.level == "block" else shapes)


def test_a_number_that_is_off_by_one_is_another_figure() -> None:
    trace = made(*PLACES[0]).trace
    steps = list(trace.steps)
    last = steps[-1]
    steps[-1] = last._replace(output=(1, last.output[1] + 1))
    other = exporter("svg")(Export.of(replace(trace, steps=tuple(steps)), name="resnet18"))
    assert ">1000<" in written(*PLACES[0], "svg") and ">1000<" not in str(other) and ">1001<" in str(other)


@each_place
def test_nothing_leaves_the_page_and_its_words_can_be_read(name: str, options: Options) -> None:
    drawing, page = drawn(name, options).drawing, PAGES[options.size]
    shapes = [shape for group in drawing.groups for shape in group.shapes]
    points = [point for shape in shapes for point in places(shape)]
    assert all(-0.5 <= x <= drawing.width + 0.5 and -0.5 <= y <= drawing.height + 0.5 for x, y in points)
    assert drawing.width == pytest.approx(page.width * MM)
    assert page.height is None or drawing.height == pytest.approx(page.height * MM)
    if options.level == "network" and page.height is None:
        assert min(shape.size for shape in shapes if isinstance(shape, Text)) >= page.least * PT - 1e-6


@pytest.mark.parametrize("size", SIZES)
def test_sizes_are_those_of_the_paper(size: str) -> None:
    svg = str(written("resnet18", Options(size=size), "svg"))
    width, height = (float(side) for side in re.findall(r'(?:width|height)="([\d.]+)mm"', svg[:400]))
    known = {"column": 85, "page": 178, "slide": 13.333 * 25.4, "poster": 841}[size]
    assert width == pytest.approx(known, abs=0.01)
    assert size not in ("slide", "poster") or height == pytest.approx(7.5 * 25.4 if size == "slide" else 594, abs=0.01)


@pytest.mark.parametrize("name", ["resnet50", "seresnet50", "cifar_resnet110"])
def test_no_two_texts_overlap_in_rows(name: str) -> None:
    drawing = drawn(name, Options(size="column")).drawing
    texts = [shape for group in drawing.groups for shape in group.shapes if isinstance(shape, Text)]
    for one, two in combinations(texts, 2):
        (x0, y0, w0, h0), (x1, y1, w1, h1) = one.rect, two.rect
        across, up = min(x0 + w0, x1 + w1) - max(x0, x1), min(y0 + h0, y1 + h1) - max(y0, y1)
        assert across <= 0.01 or up <= 0.01, (one.lines, two.lines)


def test_grey_has_no_colour_and_keeps_stages_apart() -> None:
    name, options = PLACES[1]
    for format in ("svg", "drawio"):
        colours = set(re.findall(r"#([0-9a-f]{6})\b", str(written(name, options, format)).lower()))
        assert colours and all(one[:2] == one[2:4] == one[4:] for one in colours), format
    first = {group.name.partition(".")[0]: group.shapes[0] for group in groups(name, options, "volume")}
    fills = [int(first[stage].fill[1:3], 16) for stage in ("layer1", "layer2", "layer3", "layer4")]  # pyright: ignore
    assert all(abs(one - two) >= 30 for one, two in combinations(fills, 2))


def test_a_quantity_has_its_bars_and_their_scale() -> None:
    name, options = PLACES[4]
    trace = made(name, options).trace
    scene = layout.with_strip(layout.lay_out(trace), trace, layout.quantity("macs"))
    heights: dict[str, float] = {}
    for group in groups(name, options, "scale")[1:]:
        ys = [y for _, y in group.shapes[0].points]  # pyright: ignore
        heights[group.name.removeprefix("bar of ")] = max(ys) - min(ys)
    per_block = {block.path: sum(step.macs or 0 for step in trace.steps[block.start : block.stop]) for block in trace.blocks}  # fmt: skip
    per_block["conv1"] = trace.step("conv1").macs or 0
    most = max(per_block.values())
    for place, macs in per_block.items():
        assert heights[place] / max(heights.values()) == pytest.approx(macs / most, abs=0.01)
    assert scene.axis and [label.lines for label in scene.axis.labels] == [
        shape.lines for shape in groups(name, options, "scale")[0].shapes if isinstance(shape, Text)
    ]


# ---- rows ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "count"), [("resnet18", 2), ("resnet50", 3), ("preact_resnet164", 2)])
def test_rows_lose_nothing_and_keep_every_line_whole(name: str, count: int) -> None:
    scene = layout.lay_out(rv.forecast(name))
    cut = rows(scene, count)
    assert cut is not None
    again = Counter(box.step for box in cut.boxes) - Counter(box.step for box in scene.boxes)
    assert sum(again.values()) == count - 1 and not Counter(box.step for box in scene.boxes) - Counter(box.step for box in cut.boxes)  # fmt: skip
    for field in ("links", "pluses", "marks", "brackets"):
        assert len(getattr(cut, field)) == len(getattr(scene, field)), field
    assert len(cut.labels) == len(scene.labels) + count - 1
    old = {(link.source, link.target, link.kind): link for link in scene.links}
    for link in cut.links:  # each as it was, moved as a whole, and beginning where it did
        before = old[link.source, link.target, link.kind]
        dx, dy = (a - b for a, b in zip(link.points[0], before.points[0], strict=True))
        for (x, y), (x0, y0) in zip(link.points, before.points, strict=True):
            assert (x - x0, y - y0) == pytest.approx((dx, dy))
        ends = [(box.left, box.right, box.bottom, box.top) for box in cut.boxes if box.step == link.source]
        ends += [(plus.x - 10, plus.x + 10, plus.y - 10, plus.y + 10) for plus in cut.pluses if plus.step == link.source]  # fmt: skip
        x, y = link.points[0]
        assert any(a - 1 <= x <= b + 1 and c - 1 <= y <= d + 1 for a, b, c, d in ends)
    width = scene.bounds[2] - scene.bounds[0]
    assert cut.bounds[2] - cut.bounds[0] < width * (0.75 if count == 2 else 0.6)


def test_a_picture_whose_lines_all_go_on_is_not_cut() -> None:
    assert rows(layout.lay_out(rv.forecast("resnet50"), "block", "layer2.0"), 2) is None  # its projection goes over all
    assert rows(layout.lay_out(rv.forecast("resnet18")), 30) is None


# ---- the formats -----------------------------------------------------------------------------------------------------


@each_place
def test_svg_has_live_text_and_a_named_group_for_each_volume(name: str, options: Options) -> None:
    root = ElementTree.fromstring(written(name, options, "svg"))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    drawing = drawn(name, options).drawing
    named = {group.get("id"): group for group in root.iter(f"{SVG}g")}
    assert len(named) == len(drawing.groups)
    for known, group in drawn(name, options).named:
        assert named[known].find(f"{SVG}title").text == group.title  # pyright: ignore
    texts = [line for group in drawing.groups for shape in group.shapes for line in getattr(shape, "lines", ())]
    assert [element.text for element in root.iter(f"{SVG}text")] == texts
    faces = [shape for group in drawing.groups for shape in group.shapes if isinstance(shape, Polygon)]
    there = [element for element in root.iter(f"{SVG}polygon") if element.get("stroke")]
    assert len(there) == len(faces)
    for element, face in zip(there, faces, strict=True):
        points = [tuple(map(float, point.split(","))) for point in element.get("points", "").split()]
        assert points == [pytest.approx(point, abs=0.006) for point in face.points]


_N = r"-?\d+(?:\.\d+)?"
_AT = rf"\({_N},{_N}\)"
_TIKZ = re.compile(
    rf"\\path\[(fill=c\d+,)?draw=c\d+,line width={_N}bp\] {_AT}( -- {_AT})+ -- cycle;"
    rf"|\\path\[(fill=c\d+,)?draw=c\d+,line width={_N}bp\] {_AT} circle\[radius={_N}bp\];"
    rf"|\\draw\[draw=c\d+,line width={_N}bp(,dash pattern=(on {_N}bp off {_N}bp ?)+)?\] {_AT}( -- {_AT})+;"
    rf"|\\fill\[fill=c\d+\] {_AT}( -- {_AT}){{2}} -- cycle;"
    rf"|\\node\[anchor=base( west)?,text=c\d+\] at {_AT} \{{\\fontsize\{{{_N}bp\}}\{{{_N}bp\}}\\selectfont(\\bfseries)? [^\n]+\}};"
)


@each_place
def test_tikz_is_what_tikz_reads(name: str, options: Options) -> None:
    text = str(written(name, options, "tikz"))
    assert tex.faults(text) == []
    assert not [
        line for line in text.splitlines() if "U+" in line and not line.startswith("%")
    ]  # a sign without a letter
    # what a TeX Live without extras has; the one fonts package of them is asked for only where it is
    assert re.findall(r"\\(?:documentclass|usepackage)(?:\[.*?\])?\{(\w+)\}", text) == ["article", "geometry", "textcomp", "fontenc", "lmodern", "tikz"]  # fmt: skip
    assert r"\IfFileExists{lmodern.sty}" in text
    body = text.partition(r"\useasboundingbox")[2].partition(r"\end{tikzpicture}")[0].splitlines()[1:]
    drawn_lines = [line for line in body if not line.startswith("%") and line not in (r"\begin{scope}", r"\end{scope}")]
    assert drawn_lines and [line for line in drawn_lines if not _TIKZ.fullmatch(line)] == []
    colours = set(re.findall(r"=(c\d+)", text))
    assert colours == set(re.findall(r"\\definecolor\{(c\d+)\}\{HTML\}\{[0-9A-F]{6}\}", text))
    drawing = drawn(name, options).drawing
    faces = [shape for group in drawing.groups for shape in group.shapes if isinstance(shape, Polygon)]
    there = [line for line in drawn_lines if line.startswith(r"\path") and line.endswith("cycle;")]
    for line, face in zip(there, faces, strict=True):
        points = [(float(x) * PT, float(y) * PT) for x, y in re.findall(rf"\(({_N}),({_N})\)", line)]
        assert points == [pytest.approx(point, abs=0.008) for point in face.points]


def leaves(shapes: Any) -> Iterator[Any]:
    for shape in shapes:
        if shape.shape_type == 6:  # a group
            yield from leaves(shape.shapes)
        else:
            yield shape


def corners(shape: Any) -> list[tuple[float, float]]:
    """The points of a freeform, or of a connector, on the slide, in px."""
    if shape.shape_type == 9:  # a connector
        return [(shape.begin_x / 9525, shape.begin_y / 9525), (shape.end_x / 9525, shape.end_y / 9525)]
    path = shape._element.find(".//" + qn("a:path"))
    wide, high = int(path.get("w")) or 1, int(path.get("h")) or 1
    return [
        ((shape.left + int(point.get("x")) * shape.width / wide) / 9525, (shape.top + int(point.get("y")) * shape.height / high) / 9525)
        for point in path.iter(qn("a:pt"))
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "options"), FEW, ids=lambda value: value if isinstance(value, str) else "")
def test_powerpoint_has_its_own_shapes_where_they_belong(name: str, options: Options) -> None:
    file = Presentation(io.BytesIO(written(name, options, "powerpoint")))
    drawing = drawn(name, options).drawing
    assert (file.slide_width, file.slide_height) == (round(drawing.width * 9525), round(drawing.height * 9525))  # pyright: ignore
    (slide,) = file.slides
    assert [shape.name for shape in slide.shapes] == [group.name for group in drawing.groups]
    for shape, group in zip(slide.shapes, drawing.groups, strict=True):
        if group.kind == "volume":
            assert shape.shape_type == 6
            inner = [one for one in leaves([shape]) if one.shape_type != 6]
            # what moves as one is as large as what is in it: else PowerPoint shows nothing to take hold of
            assert shape.left == min(one.left for one in inner) and shape.top == min(one.top for one in inner)
            assert shape.left + shape.width == max(one.left + one.width for one in inner) and shape.width > 0
    effects = slide._element.xpath(".//a:effectRef/@idx")
    assert effects and set(effects) == {"0"}  # no shadow of the theme's
    flat = [shape for group in drawing.groups for shape in group.shapes]
    for there, shape in zip(leaves(slide.shapes), flat, strict=True):
        if isinstance(shape, Polygon | Line):
            assert corners(there) == [pytest.approx(point, abs=0.01) for point in shape.points]
        elif isinstance(shape, Text):
            assert [paragraph.text for paragraph in there.text_frame.paragraphs] == list(shape.lines)
            assert (there.left, there.top) == tuple(round(value * 9525) for value in shape.rect[:2])


@each_place
def test_drawio_ties_its_lines_to_its_volumes(name: str, options: Options) -> None:
    root = ElementTree.fromstring(written(name, options, "drawio"))
    cells: dict[str, ElementTree.Element] = {}
    for element in root.iter("object"):
        (cell,) = element.findall("mxCell")
        cells[element.get("id", "")] = cell
    inside = {id(cell) for cell in cells.values()}
    for cell in root.iter("mxCell"):
        if id(cell) not in inside:
            assert cell.get("id") not in cells
            cells[cell.get("id", "")] = cell
    assert all(cell.get("parent") in cells for known, cell in cells.items() if known != "0")
    edges = [cell for cell in cells.values() if cell.get("edge") and cell.get("parent") == "1"]
    assert len(edges) == len(groups(name, options, "link"))
    tied = 0
    for edge in edges:
        style = dict(part.split("=") for part in edge.get("style", "").split(";") if "=" in part)
        for end, which, point in (("source", "exit", "sourcePoint"), ("target", "entry", "targetPoint")):
            home = edge.get(end)
            if home is None:
                continue
            tied += 1
            room = cells[home].find("mxGeometry")
            spot = edge.find(f".//mxPoint[@as='{point}']")
            assert room is not None and spot is not None
            for side, start, share in (("width", "x", "X"), ("height", "y", "Y")):
                at = float(room.get(start, "")) + float(style[which + share]) * float(room.get(side, ""))
                assert at == pytest.approx(float(spot.get(start, "")), abs=0.05)
    assert tied >= len(edges)  # nearly all at both ends; not what leads from a volume that is drawn once more
    texts = [cell.get("value") for cell in root.iter("mxCell") if cell.get("style", "").startswith("text;")]
    known = [line for group in drawn(name, options).drawing.groups for shape in group.shapes for line in getattr(shape, "lines", ())]  # fmt: skip
    assert texts == known


@pytest.mark.parametrize("format", ["svg", "drawio"])
def test_a_hostile_name_is_no_mark_up(format: str) -> None:
    export = hostile()
    text = str(exporter(format)(export))
    root = ElementTree.fromstring(text)
    kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert "script" not in kinds and HOSTILE.replace("\x00", "�") in "".join(value for element in root.iter() for value in (element.text or "", *element.attrib.values()))  # fmt: skip


def test_a_hostile_name_is_no_command_of_latex_and_no_fault_in_powerpoint() -> None:
    export = hostile()
    assert tex.faults(str(exporter("tikz")(export))) == []
    file = exporter("powerpoint")(export)
    assert isinstance(file, bytes)
    assert len(Presentation(io.BytesIO(file)).slides[0].shapes) == len(sheet(export).drawing.groups)


@pytest.mark.processes
def test_pdf_is_one_page_of_the_figures_size() -> None:
    made_pdf = written("resnet18", Options(size="column"), "pdf")
    assert made_pdf.startswith(b"%PDF-") and len(re.findall(rb"/Type ?/Page\b", made_pdf)) == 1
    box = re.search(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", made_pdf)
    assert box and float(box[1]) == pytest.approx(85 / 25.4 * 72, abs=1)
    assert b"/Font" in made_pdf  # text that is text
