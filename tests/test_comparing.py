"""Two networks aligned: what pairs with what, what differs, and both in one scale."""

import csv
import io

import pytest
from hypothesis import assume, given, settings

import resnet_viz as rv
from resnet_viz.comparing import FIELDS, align, as_data, as_text, compare, ratio_text
from resnet_viz.layout import beside
from resnet_viz.spec import ResNetSpec
from resnet_viz.steps import Trace
from resnet_viz.ui.screens.compare import PRESETS
from resnet_viz.views.pair import describe_beside, describe_parts
from tests.strategies import sizes, specs
from tests.test_layout import check, ends_meet


def _trace(spec: ResNetSpec, size: tuple[int, int]) -> Trace:
    try:
        return rv.forecast(spec, size)
    except rv.InputError:
        assume(False)
        raise


@settings(max_examples=40)
@given(specs(), specs(), sizes, sizes)
def test_every_step_stands_once_and_pairs_do_the_same(
    a: ResNetSpec, b: ResNetSpec, one: tuple[int, int], two: tuple[int, int]
) -> None:
    x, y = _trace(a, one), _trace(b, two)
    found = align(x, y)
    assert [row.a.index for row in found.rows if row.a] == list(range(len(x.steps)))
    assert [row.b.index for row in found.rows if row.b] == list(range(len(y.steps)))
    for row in found.rows:
        if row.a and row.b:
            assert (row.a.stage, row.a.block, row.a.path) == (row.b.stage, row.b.block, row.b.path)
            assert row.a.kind == row.b.kind or row.a.path == "shortcut"
            cells = [trace.rows()[step.index] for trace, step in ((x, row.a), (y, row.b))]
            assert row.differs == tuple(field for field in FIELDS if cells[0][field] != cells[1][field])
    for side, trace in ((1, x), (2, y)):
        parts = [part[side] for part in found.parts if part[side]]
        assert sum(part.params for part in parts) == trace.totals.params
        assert sum(part.macs for part in parts) == trace.totals.macs
        assert sum(part.activation_bytes for part in parts) == trace.totals.activation_bytes
    for scene in beside((x, y)):
        check(scene)
        ends_meet(scene)


@given(specs(), sizes)
def test_a_network_does_not_differ_from_itself(spec: ResNetSpec, size: tuple[int, int]) -> None:
    trace = _trace(spec, size)
    assert align(trace, trace).different == ()


def test_a_bottleneck_beside_a_basic_block() -> None:
    found = compare("resnet34", "resnet50")
    pairs = [(row.a and row.a.name, row.b and row.b.name) for row in found.rows if row.place == "layer1.0"]
    assert ("layer1.0.shortcut", "layer1.0.downsample.0") in pairs
    assert (
        ("layer1.0.add", "layer1.0.add") in pairs
        and ("layer1.0.conv1", "layer1.0.conv2") in pairs
        and (None, "layer1.0.conv1") in pairs
    )
    deeper = compare("resnet50", "resnet152")
    assert {row.place for row in deeper.rows if row.a is None} >= {"layer2.4", "layer3.35"}


def test_224_against_32() -> None:
    found = compare("resnet34@224", "resnet34@32")
    assert [(name, a.side[0], b.side[0]) for name, a, b in found.parts if a and b] == [
        ("stem", 56, 8), ("layer1", 56, 8), ("layer2", 28, 4), ("layer3", 14, 2), ("layer4", 7, 1), ("head", 1, 1),
    ]  # fmt: skip
    table = list(csv.DictReader(io.StringIO(found.to_csv())))
    assert len(table) == 139 and table[1]["differs"] == "output_shape;macs;output_bytes"
    assert (table[1]["output_shape_a"], table[1]["output_shape_b"]) == ("1x64x112x112", "1x64x16x16")
    text = as_text(found, ("a", "b"))
    assert "MACs              3,663,761,408  75,272,192  ÷48.7" in text and "139 of 139 steps differ" in text
    assert as_data(found)["parts"][1]["b"]["side"] == (8, 8)


@pytest.mark.parametrize(
    ("a", "b", "shown"),
    [(2, 1, "½"), (4, 1, "¼"), (1, 4, "×4"), (3, 3, "="), (0, 3, ""), (31, 10, "÷3.1"), (1, 3210, "×3,210")],
)
def test_ratios(a: float, b: float, shown: str) -> None:
    assert ratio_text(a, b) == shown


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_in_one_scale_with_stages_aligned(preset: str) -> None:
    found = compare(*PRESETS[preset])
    traces = (found.a, found.b)
    one, two = beside(traces)
    assert (one.bounds[0], one.bounds[2]) == (two.bounds[0], two.bounds[2])
    starts = []
    for scene, trace in zip((one, two), traces, strict=True):
        check(scene)
        starts.append(
            {
                trace.steps[p.step].stage: min(
                    q.x for q in scene.pluses if trace.steps[q.step].stage == trace.steps[p.step].stage
                )
                for p in scene.pluses
            }
        )
    assert starts[0] == pytest.approx(starts[1])
    # equal shapes are drawn equal in both
    shapes: dict[tuple[int, ...], tuple[float, float]] = {}
    for scene, trace in zip((one, two), traces, strict=True):
        for box in scene.boxes:
            size = shapes.setdefault(trace.steps[box.step].output, (box.height, box.width))
            assert size == pytest.approx((box.height, box.width))
    assert len(found.different) > 0
    figures = describe_beside(traces, theme="dark")
    assert len(figures) == 2 and figures[0]["layout"]["width"] == figures[1]["layout"]["width"]


def test_bars_say_what_the_parts_are() -> None:
    import plotly.graph_objects as go

    found = compare("resnet34@224", "cifar_resnet20@32")
    figure = describe_parts(found, ("a", "b"))
    go.Figure(figure)
    bars = [trace for trace in figure["data"] if trace["type"] == "bar"]
    assert len(bars) == 10 and bars[0]["y"] == [56, 56, 28, 14, 7, 1] and bars[1]["y"] == [32, 32, 16, 8, None, 1]
    ratios = [trace for trace in figure["data"] if trace["type"] == "scatter"]
    assert ratios[0]["text"] == ["÷1.75", "÷1.75", "÷1.75", "÷1.75", "", "="]
