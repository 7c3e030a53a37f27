"""Do all tables tell the CSV's numbers, in every format, and is no name taken for anything but a name?"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import openpyxl
import pytest

import resnet_viz as rv
from resnet_viz.export.catalogue import COLUMNS as CATALOGUE_COLUMNS
from resnet_viz.export.catalogue import FILES, catalogue_file, catalogue_row
from resnet_viz.export.formats import excel, html, latex
from resnet_viz.export.paper import Repeat, paper_table
from resnet_viz.export.registry import Export, exporter
from resnet_viz.export.tabular import shape_table
from resnet_viz.spec.catalogue import CATALOGUE
from resnet_viz.steps import COLUMNS
from resnet_viz.why import names

from . import tex

Rows = list[list[str]]
SMALL = rv.forecast("resnet18:blocks=1,1,widths=8,16,num_classes=10@64x48", batch=2)
HOSTILE = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\\input{/etc/passwd}$x^2_3$%~#&", "<script>alert(1)</script>", "a|b\nc", "\x00\x1b中")  # fmt: skip


def timed() -> rv.Trace:
    """One with fractions, with numbers that are unknown, and one for each axis."""
    steps = [step._replace(time_ms=0.125 * step.index) for step in SMALL.steps]
    steps[3] = steps[3]._replace(macs=None, receptive_field=None)
    steps[5] = steps[5]._replace(receptive_field=(7, 11))
    return replace(SMALL, steps=tuple(steps))


def hostile() -> rv.Trace:
    steps = list(SMALL.steps)
    for index, name in enumerate(HOSTILE, start=1):
        steps[index] = steps[index]._replace(name=name)
    return replace(SMALL, steps=tuple(steps))


class Cells(HTMLParser):
    """A table's rows, and every tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: Rows = []
        self.tags: set[str] = set()
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        self.inside = tag in ("td", "th") or (self.inside and tag == "span")
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.inside and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "table"):
            self.inside = False


def of_csv(trace: rv.Trace) -> Rows:
    """What the CSV says; what is unknown is empty there, and a word elsewhere."""
    rows = list(csv.reader(io.StringIO(trace.to_csv())))[1:]
    unknown = [[name for name in COLUMNS if row[name] is None] for row in trace.rows()]
    return [
        ["unknown" if name in none else text for name, text in zip(COLUMNS, row, strict=True)]
        for row, none in zip(rows, unknown, strict=True)
    ]


def of_latex(trace: rv.Trace) -> Rows:
    made = rv.export_as(trace, "latex")
    assert isinstance(made, str) and tex.faults(made) == []
    return tex.cells(made)


def of_html(trace: rv.Trace) -> Rows:
    made = rv.export_as(trace, "html")
    assert isinstance(made, str)
    return Cells(made).rows[1:]


def of_report(trace: rv.Trace) -> Rows:
    made = str(rv.export_as(trace, "report"))
    return Cells(made[made.index('<section id="table"') :]).rows[1:]


def of_markdown(trace: rv.Trace) -> Rows:
    lines = [line for line in str(rv.export_as(trace, "markdown")).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def of_json(trace: rv.Trace) -> Rows:
    steps = json.loads(rv.export_as(trace, "json"))["steps"]
    return [["unknown" if row[name] is None else str(row[name]) for name in COLUMNS] for row in steps]


def of_excel(trace: rv.Trace) -> Rows:
    made = rv.export_as(trace, "excel")
    assert isinstance(made, bytes)
    sheet = openpyxl.load_workbook(io.BytesIO(made))["Table"]
    return [["" if cell.value is None else str(cell.value) for cell in row] for row in sheet.iter_rows(min_row=2)]


READERS = (of_latex, of_html, of_report, of_markdown, of_json, of_excel)


def same(read: Rows, written: Rows) -> bool:
    """Cell by cell, a number as a number."""

    def value(text: str) -> object:
        return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text

    return [[value(cell) for cell in row] for row in read] == [[value(cell) for cell in row] for row in written]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("trace", [SMALL, timed()], ids=["formulas", "timed and unknown"])
def test_every_format_tells_the_numbers_of_the_csv(reader: Callable[[rv.Trace], Rows], trace: rv.Trace) -> None:
    assert same(reader(trace), of_csv(trace))


@pytest.mark.parametrize("reader", READERS)
def test_one_number_that_is_off_by_one_is_seen(reader: Callable[[rv.Trace], Rows]) -> None:
    steps = list(SMALL.steps)
    place = next(step.index for step in reversed(steps) if step.kind == "conv")
    steps[place] = steps[place]._replace(params=steps[place].params + 1)
    assert not same(reader(replace(SMALL, steps=tuple(steps))), of_csv(SMALL))


@pytest.mark.parametrize("reader", [of_latex, of_html, of_report, of_excel])
def test_a_hostile_name_stays_a_name(reader: Callable[[rv.Trace], Rows]) -> None:
    names = [row[1] for row in reader(hostile())][1 : 1 + len(HOSTILE)]
    said = [name.replace("\x00", "�").replace("\x1b", "�") for name in HOSTILE]
    if reader is of_latex:
        said[6:] = ["a|b c", "U+0000U+001BU+4E2D"]
    assert names == said


def test_html_holds_no_tag_of_a_name() -> None:
    made = Cells(str(rv.export_as(hostile(), "html")))
    plain = {"html", "head", "meta", "title", "style", "body", "main", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "p", "footer", "dl", "dt", "dd"}  # fmt: skip
    assert made.tags == plain


def test_excel_holds_numbers_and_texts_and_no_formula() -> None:
    made = excel.write(Export.of(hostile(), name="=1+1"))
    book = openpyxl.load_workbook(io.BytesIO(made))
    sheet, about = book["Table"], book["Provenance"]
    kinds = {cell.data_type for page in (sheet, about) for row in page.iter_rows() for cell in row}
    assert kinds == {"n", "s"}  # "f" would be a formula
    assert not any(cell.hyperlink for row in sheet.iter_rows() for cell in row)
    params = [row[COLUMNS.index("params")].value for row in sheet.iter_rows(min_row=2)]
    assert params == [step.params for step in SMALL.steps] and all(type(value) is int for value in params)
    assert sheet.freeze_panes == "C2"  # the head and the name stay in sight
    said = dict(about.iter_rows(values_only=True, max_col=2))
    assert said["made by"] == f"ResNet Viz {rv.__version__}" and said["numbers"] == "by formulas"


def test_a_number_that_excel_would_round_is_a_text() -> None:
    large = 2**53 + 1
    steps = [step._replace(macs=large) for step in SMALL.steps]
    made = excel.write(Export.of(replace(SMALL, steps=tuple(steps))))
    cell = openpyxl.load_workbook(io.BytesIO(made))["Table"].cell(3, COLUMNS.index("macs") + 1)
    assert cell.value == str(large)


def test_a_long_table_breaks_over_pages_with_its_head() -> None:
    made = latex.table_document(shape_table(SMALL, "x_y"), {})
    assert made.count(r"\toprule") == 2 and made.index(r"\endfirsthead") < made.index(r"\endhead")
    assert r"\begin{longtable}" in made and r"\caption{x\_y, 64$\times$48 px, batch 2}" in made


@pytest.mark.parametrize(("format", "module", "extra"), [("excel", "xlsxwriter", "documents"), ("powerpoint", "pptx", "documents"), ("pdf", "choreographer", "images")])  # fmt: skip
def test_a_format_without_its_library_says_the_line_that_brings_it(
    format: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resnet_viz.extras.find_spec", lambda name: None if name == module else name)
    with pytest.raises(rv.MissingPackageError) as caught:
        rv.export_as(SMALL, format)
    rule = f"is not installed, and format {format} needs it; run pip install 'resnet-viz[{extra}]'"
    assert str(caught.value) == f"package={module!r}: {rule}"


# ---- two networks ----------------------------------------------------------------------------------------------------


def test_two_networks_side_by_side_tell_what_differs() -> None:
    pair = ("resnet18@64", "resnet18:stem=cifar@64")
    found = rv.compare(*pair)
    made = Cells(html.write(Export.of(pair[0], beside=[pair[1]]))).rows
    head, rows = made[0], made[1:]
    assert len(rows) == len(found.rows)
    column = {name: head.index(name) for name in ("output shape a", "output shape b", "params a", "differs")}
    for row, said in zip(found.rows, rows, strict=True):
        sides = [("x".join(map(str, step.output)) if step else "") for step in (row.a, row.b)]
        assert [said[column["output shape a"]], said[column["output shape b"]]] == sides
        assert said[column["params a"]] == (str(row.a.params) if row.a else "")
        assert said[column["differs"]] == ";".join(row.differs)
    assert tex.faults(latex.write(Export.of(pair[0], beside=[pair[1]]))) == []


def test_more_than_two_are_for_the_papers_table() -> None:
    with pytest.raises(rv.InputError, match="must be one network here; name one, or use format paper"):
        rv.export_as(SMALL, "html", beside=["resnet18@64", "resnet34@64"])


# ---- the papers' table -----------------------------------------------------------------------------------------------

# Table 1 of 1512.03385, as it is printed.
_BASIC = {width: (f"3×3, {width}", f"3×3, {width}") for width in (64, 128, 256, 512)}
_BOTTLENECK = {width: (f"1×1, {width}", f"3×3, {width}", f"1×1, {4 * width}") for width in (64, 128, 256, 512)}
PRINTED = {
    "resnet18": (_BASIC, (2, 2, 2, 2)), "resnet34": (_BASIC, (3, 4, 6, 3)), "resnet50": (_BOTTLENECK, (3, 4, 6, 3)),
    "resnet101": (_BOTTLENECK, (3, 4, 23, 3)), "resnet152": (_BOTTLENECK, (3, 8, 36, 3)),
}  # fmt: skip


def paper(names: Iterable[str]) -> Export:
    first, *others = names
    return Export.of(first, beside=others)


def test_it_is_table_1_of_the_paper() -> None:
    table = paper_table([(name, rv.forecast(name)) for name in PRINTED])
    assert [row.name for row in table.rows] == ["conv1", "conv2_x", "conv3_x", "conv4_x", "conv5_x", "head"]
    assert [row.size for row in table.rows] == ["112×112", "56×56", "28×28", "14×14", "7×7", "1×1"]
    for column, (blocks, times) in enumerate(PRINTED.values()):
        cells = [row.places[column] for row in table.rows]
        assert cells[0] and cells[0].repeats == (Repeat(("7×7, 64, stride 2",)),)
        for cell, lines, repeats in zip(cells[1:5], blocks.values(), times, strict=True):
            assert cell and cell.repeats[-1] == Repeat(lines, repeats)
        assert cells[1] and cells[1].repeats[0] == Repeat(("3×3 max pool, stride 2",))
        assert cells[5] and cells[5].repeats == (Repeat(("average pool", "1000-d fc")),)
    # its caption: downsampling by conv3_1, conv4_1 and conv5_1 with a stride of 2
    assert all(f"conv{number}_1 (2 in its 3×3 conv)" in note for number in (3, 4, 5) for note in table.notes)


def test_what_other_papers_add_stands_in_its_block() -> None:
    rows = paper_table([(name, rv.forecast(name)) for name in ("resnext50_32x4d", "seresnet50", "resnet50d", "cifar_resnet20")]).rows  # fmt: skip
    resnext, se, _, cifar = rows[1].places
    assert resnext and resnext.repeats[-1] == Repeat(("1×1, 128", "3×3, 128, C=32", "1×1, 256"), 3)  # 1611.05431
    assert se and se.repeats[-1].lines[-1] == "fc, [16, 256]"  # 1709.01507
    assert cifar and (cifar.size, cifar.repeats) == ("32×32", (Repeat(("3×3, 16", "3×3, 16"), 3),))
    stem = rows[0].places[2]
    assert stem and stem.repeats[0].lines == ("3×3, 32, stride 2", "3×3, 32", "3×3, 64")  # 1812.01187
    assert rows[4].places[3] is None and rows[4].name == "conv5_x"  # three stages


def test_blocks_of_one_stage_that_differ_stand_under_each_other() -> None:
    # as torchvision's replace_stride_with_dilation: the first block still samples as the stage before did
    last = paper_table([("dilated", rv.forecast("resnet50:dilated_stages=1"))]).rows[4].places[0]
    first, others = ("1×1, 512", "3×3, 512", "1×1, 2048"), ("1×1, 512", "3×3, 512, dilation 2", "1×1, 2048")
    assert last and (last.size, last.repeats) == ("14×14", (Repeat(first, 1), Repeat(others, 2)))


@pytest.mark.parametrize("name", ["resnet34", "resnext50_32x4d", "cifar_resnet20"])
def test_the_pages_own_table_says_the_same(name: str) -> None:
    trace = rv.forecast(name)
    on_page = {row.paper: row for row in names.paper_table(trace) if re.fullmatch(r"conv\d_x", row.paper)}
    for row in paper_table([(name, trace)]).rows[1:-1]:
        (place,) = row.places
        assert place and place.size == on_page[row.name].output
        blocks = [repeat for repeat in place.repeats if repeat.times]
        assert on_page[row.name].made_of.endswith(f"× {sum(repeat.times for repeat in blocks)}")
        assert on_page[row.name].made_of.startswith(f"[{blocks[-1].lines[0].split(', C=')[0]}")


def test_the_three_forms_of_it_say_the_same() -> None:
    export = paper(["resnet18@64", "seresnet50@64", "cifar_resnet20"])
    table = paper_table([(one.configuration or "", one.trace) for one in (export, *export.beside)])
    repeats = [one for row in table.rows for place in row.places if place for one in place.repeats if one.times]
    made = {name: str(exporter(name)(export)) for name in ("paper", "paper_latex", "paper_html")}
    assert tex.faults(made["paper_latex"]) == []
    markdown = re.findall(r"\\\[(.*?)\\\] × (\d+)(?=<br>| \|)", made["paper"])
    assert [Repeat(tuple(lines.replace("\\", "").split("; ")), int(times)) for lines, times in markdown] == repeats
    arrays = re.findall(r"\\begin\{array\}\{c\}(.*?)\\end\{array\}\\right\]\\times (\d+)\$", made["paper_latex"])
    latexs = [([tex.words(line.strip()[6:-1]) for line in lines.split(r"\\")], times) for lines, times in arrays]
    assert [Repeat(tuple(lines), int(times)) for lines, times in latexs] == repeats
    blocks = re.findall(r'class="lines">(.*?)</span></span><span>× (\d+)<', made["paper_html"])
    assert [Repeat(tuple(re.findall(r"<span>([^<]*)", f"{lines}<")), int(times)) for lines, times in blocks] == repeats
    for number in [number for _, numbers in table.sums for number in numbers]:
        assert f"| {number:,} |" in made["paper"] and f">{number:,}<" in made["paper_html"]
        assert rf"\num{{{number}}}" in made["paper_latex"]


@pytest.mark.sweep
@pytest.mark.parametrize("name", rv.variants())
def test_it_has_every_conv_of_every_network(name: str) -> None:
    trace = rv.forecast(name)
    table = paper_table([(name, trace)])
    convs = [
        line
        for row in table.rows
        for place in row.places
        if place
        for repeat in place.repeats
        for line in repeat.lines * max(1, repeat.times)
        if re.match(r"\d+×\d+, \d+", line)
    ]
    there = [step for step in trace.steps if step.kind == "conv" and step.path not in ("shortcut", "gate")]
    assert [line.split(", stride")[0].split(", C=")[0].split(", dilation")[0] for line in convs] == [
        f"{step.op.kernel[0]}×{step.op.kernel[1]}, {step.output[1]}"  # pyright: ignore
        for step in there
    ]
    assert table.sums[0][1] == (trace.totals.params,)


def test_of_somebody_elses_network_there_is_none() -> None:
    with pytest.raises(rv.InputError, match="is somebody else's network"):
        rv.export_as(replace(SMALL, spec=None), "paper")


# ---- the schema ------------------------------------------------------------------------------------------------------

SCHEMA = json.loads((Path(rv.__file__).parent / "export" / "schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@pytest.mark.parametrize("trace", [SMALL, timed(), replace(SMALL, spec=None)], ids=["ours", "timed", "others"])
def test_json_is_as_its_schema_says(trace: rv.Trace) -> None:
    VALIDATOR.validate(json.loads(rv.export_as(trace, "json")))


def test_the_schema_lets_no_other_thing_pass() -> None:
    VALIDATOR.check_schema(SCHEMA)
    assert tuple(SCHEMA["$defs"]["step"]["required"]) == COLUMNS == tuple(SCHEMA["$defs"]["step"]["properties"])
    for field, value in (("params", "9408"), ("params", -1), ("path", "tail"), ("output_shape", "1×64"), ("more", 1)):
        data = json.loads(rv.export_as(SMALL, "json"))
        data["steps"][1][field] = value
        assert not VALIDATOR.is_valid(data), field


def test_the_catalogue_goes_home_in_every_format_of_a_table() -> None:
    """Each holds the CSV's numbers, cell by cell; of references what a page has no room for is left out."""
    rows = [catalogue_row(known, (64, 64)) for known in CATALOGUE[::9]]
    told = list(csv.reader(io.StringIO(str(catalogue_file(rows, (64, 64), "csv")))))
    assert told[0] == list(CATALOGUE_COLUMNS) and len(told) == len(rows) + 1
    brief = [
        told[0].index(name) for name in told[0] if name not in ("arxiv", "dataset", "top1_source", "note", "source")
    ]
    short = [[row[i] for i in brief] for row in told[1:]]
    made = {name: catalogue_file(rows, (64, 64), name) for name in FILES}
    lines = [line for line in str(made["markdown"]).splitlines() if line.startswith("| ")][1:]
    assert [[cell.strip().replace("\\", "") for cell in line.strip("|").split("|")] for line in lines] == short
    assert tex.faults(str(made["latex"])) == [] and same(
        tex.cells(str(made["latex"])), [[cell.replace("; ", ";") for cell in row] for row in short]
    )
    assert same(Cells(str(made["html"])).rows[1:], told[1:])
    assert isinstance(made["excel"], bytes)
    sheet = openpyxl.load_workbook(io.BytesIO(made["excel"]))["Table"]
    read = [["" if cell.value is None else cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert same([list(map(str, row)) for row in read], told[1:])
    kinds = {type(row[told[0].index("params")]) for row in read}, {type(row[told[0].index("year")]) for row in read}
    assert kinds == ({int}, {str})  # counts can be added up; a year is no count
