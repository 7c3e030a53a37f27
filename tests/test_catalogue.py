"""The catalogue as data and as a table."""

import csv
import io
import re

import pytest

import resnet_viz as rv
from resnet_viz.export.catalogue import COLUMNS, catalogue_csv, catalogue_row, depth
from resnet_viz.picture.figures import draw_family
from resnet_viz.picture.figures.family import KINDS, kind_of
from resnet_viz.picture.layout import lay_out
from resnet_viz.spec.catalogue import CATALOGUE, families, nearest
from tests.rows import each


def test_names_are_unique_and_predecessors_come_first() -> None:
    seen: set[str] = set()
    for known in CATALOGUE:
        assert known.name not in seen
        assert not known.like or known.like in seen, known.name
        seen.add(known.name)
    assert len(CATALOGUE) >= 120


def test_each_entry_tells_what_it_is_and_where_it_is_from() -> None:
    for family in families():
        assert re.fullmatch(r"\d{4}\.\d{5}", family.arxiv)
        assert 2015 <= family.year <= 2026
        assert family.idea.endswith(".") and family.paper and family.source
        assert family.dataset in ("ImageNet-1k", "CIFAR-10")
    for known in CATALOGUE:
        assert known.title and known.description
        for top1 in known.top1:
            assert 40 < top1.value < 100 and top1.source and 32 <= top1.input_size <= 512
        classes = {"ImageNet-1k": 1000, "CIFAR-10": 10}[known.family.dataset]
        assert known.spec.num_classes == classes


def test_no_two_entries_are_the_same_network_but_for_how_they_start() -> None:
    found: dict[rv.ResNetSpec, str] = {}
    for known in CATALOGUE:
        assert found.setdefault(known.spec, known.name) == known.name


@pytest.mark.sweep
@each("name", rv.variants())
def test_each_can_be_drawn_at_its_own_input(name: str) -> None:
    known = rv.entry(name)
    trace = rv.forecast(known.spec, known.input_size)
    assert len(lay_out(trace).boxes) < 60
    assert len(lay_out(trace, "block").boxes) >= 4


@pytest.mark.parametrize(
    ("name", "layers"),
    [("resnet18", 18), ("resnet34", 34), ("resnet50", 50), ("resnet152_v1", 152), ("cifar_resnet1202", 1202),
     ("preact_resnet164", 164), ("preact_resnet1001", 1001), ("resnet34_option_c", 34), ("seresnet50", 50)],
)  # fmt: skip
def test_the_layers_that_a_name_counts(name: str, layers: int) -> None:
    assert depth(rv.forecast(rv.variant(name), 64)) == layers


def test_a_row_is_the_forecasts() -> None:
    row = catalogue_row(rv.entry("resnet50d"), (160, 224))
    totals = rv.forecast(rv.variant("resnet50d"), (160, 224)).totals
    assert tuple(row) == COLUMNS
    assert (row["params"], row["macs"], row["final_map"], row["input"]) == (
        totals.params,
        totals.macs,
        "5x7",
        "160x224",
    )
    assert (row["output_stride"], row["top1"], row["top1_input"]) == (32, 80.546, 224)
    assert catalogue_row(rv.entry("resnetrs50"))["input"] == "160x160"


def test_a_network_that_cannot_run_there_has_no_counts() -> None:
    row = catalogue_row(rv.entry("resnetaa50"), (240, 240))
    assert (row["macs"], row["params"], row["name"]) == ("", "", "resnetaa50")


def test_csv_reads_back() -> None:
    rows = [catalogue_row(known, (32, 32)) for known in CATALOGUE[:6]]
    back = list(csv.DictReader(io.StringIO(catalogue_csv(rows))))
    assert [row["name"] for row in back] == list(rv.variants()[:6])
    assert tuple(back[0]) == COLUMNS


def test_nearest_puts_classes_and_channels_last() -> None:
    assert nearest(rv.replace(rv.variant("resnet18_cifar"), num_classes=1000)).name == "resnet18_cifar"
    assert nearest(rv.replace(rv.variant("resnext50_32x4d"), in_channels=1, num_classes=3)).name == "resnext50_32x4d"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chart_has_a_point_for_each_published_accuracy(theme: str) -> None:
    rows = [{**catalogue_row(known, (224, 224)), "kind": kind_of(known.spec)} for known in CATALOGUE]
    points = [row for row in rows if row["top1"] != "" and row["macs"] != ""]
    figure = draw_family(points, theme=theme)
    assert sorted(name for data in figure.data for name in data.customdata) == sorted(row["name"] for row in points)
    assert len({data.marker.symbol for data in figure.data}) == len(figure.data) == len(KINDS)
    place = next((data, i) for data in figure.data for i, name in enumerate(data.customdata) if name == "resnet50")
    assert (place[0].x[place[1]], place[0].y[place[1]]) == (4.089184256, 76.13)
    assert "ResNet-10-T with 66.724 %" in figure.layout.meta["alt"]


def test_an_empty_chart_says_so() -> None:
    assert draw_family([]).layout.meta["alt"] == "No network with a published accuracy is shown."
