"""Sizes in the picture are those of the shapes: of one volume, of two in a picture, and of one network at two inputs.

A map's height is 13 px for each √row, its depth 3.6 px to the right and 5.4 px up for each √column, its thickness 0.9 px
for each √channel, all times one zoom. What is asked here follows from the shapes alone.
"""

from math import sqrt

import pytest
from hypothesis import assume, given

import resnet_viz as rv
from resnet_viz.picture.layout import Box, Scene, lay_out
from resnet_viz.picture.layout.measure import Measure
from resnet_viz.picture.layout.network import finished, network_canvas
from resnet_viz.spec import ResNetSpec, Stem
from resnet_viz.steps import Trace
from tests.ruler import same
from tests.strategies import sizes, specs

TWO_STAGES = ResNetSpec(block="basic", blocks=(2, 1), widths=(64, 100), num_classes=9)


def _drawn(trace: Trace, **look: bool) -> dict[str, Box]:
    return {trace.steps[box.step].name: box for box in lay_out(trace, **look).boxes}


def _width(scene: Scene) -> float:
    return scene.bounds[2] - scene.bounds[0]


def test_resnet34_at_224_and_at_32() -> None:
    """7 times the rows are √7 times the height, and so is the depth; the channels are the same."""
    large, small = (_drawn(rv.forecast("resnet34", side)) for side in (224, 32))
    for name in ("input", "conv1", "maxpool", "layer1.2.relu2", "layer2.0.downsample.1", "layer4.2.relu2"):
        one, other = large[name], small[name]
        assert one.height / other.height == pytest.approx(2.6457513)
        assert one.dx / other.dx == pytest.approx(2.6457513)
        assert one.dy / other.dy == pytest.approx(2.6457513)
        assert one.width == other.width
    large, small = (_drawn(rv.forecast("resnet34", side), true_scale=True) for side in (224, 32))
    for name in ("input", "conv1", "maxpool", "layer1.2.relu2", "layer2.3.relu2"):
        assert large[name].height / small[name].height == pytest.approx(7)
        assert large[name].dx / small[name].dx == pytest.approx(7)
        assert large[name].width == small[name].width


@pytest.mark.parametrize("true_scale", [False, True])
@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("resnet18", 224, (96, 320)), ("resnet34", 225, 64), ("resnet34", 224, (64, 512)), ("resnet50", 224, 48), ("resnet50", 512, 161),
        ("cifar_resnet110", 32, 64), ("wrn_28_10", 32, (64, 33)), ("seresnet50", 160, 288), ("resnet50_os8", 64, 224), ("resnet18_cifar", 32, 64),
    ],
)  # fmt: skip
def test_two_inputs_of_one_network(name: str, one: int, other: int | tuple[int, int], true_scale: bool) -> None:
    """Each volume at one input to itself at the other is as its rows, columns and channels are, each through the scale."""
    traces = [rv.forecast(name, size) for size in (one, other)]
    scenes = [lay_out(trace, true_scale=true_scale) for trace in traces]
    shown = (lambda n: n) if true_scale else sqrt
    assert scenes[0].scale == scenes[1].scale
    compared = 0
    for a, b in zip(scenes[0].boxes, scenes[1].boxes, strict=True):
        (_, _, rows, columns), (_, _, rows_2, columns_2) = ((*trace.steps[a.step].output, 1, 1)[:4] for trace in traces)
        assert a.step == b.step and a.width == b.width
        if min(a.height, b.height) > 2.01:  # nothing is drawn smaller
            assert a.height / b.height == pytest.approx(shown(rows) / shown(rows_2))
            compared += 1
        if min(a.dy, b.dy) > 1.01:
            assert a.dx / b.dx == pytest.approx(shown(columns) / shown(columns_2))
            assert a.dy / b.dy == pytest.approx(shown(columns) / shown(columns_2))
    assert compared > 8


@given(specs(), sizes, sizes)
def test_any_two_inputs_have_one_factor_for_height_and_depth(
    spec: ResNetSpec, one: tuple[int, int], other: tuple[int, int]
) -> None:
    """A volume is as much higher as it is deeper, after its own rows and columns; 1 but where a note says smaller."""
    try:
        traces = [rv.forecast(spec, size) for size in (one, other)]
    except rv.InputError:
        assume(False)
        raise
    scenes = [lay_out(trace) for trace in traces]
    factor = scenes[1].zoom / scenes[0].zoom
    assert factor == 1 or any(scene.notes for scene in scenes)
    for a, b in zip(scenes[0].boxes, scenes[1].boxes, strict=True):
        (_, _, rows, columns), (_, _, rows_2, columns_2) = ((*trace.steps[a.step].output, 1, 1)[:4] for trace in traces)
        if min(a.height, b.height) > 2.01 and min(a.dy, b.dy) > 1.01:  # nothing is drawn smaller
            assert b.height / a.height / sqrt(rows_2 / rows) == pytest.approx(factor)
            deeper = sqrt(columns_2 / columns)
            assert (b.dx / a.dx / deeper, b.dy / a.dy / deeper) == pytest.approx((factor, factor))


@pytest.mark.parametrize(("level", "focus"), [("network", None), ("stage", "layer2"), ("block", "layer2.0")])
@pytest.mark.parametrize("name", ["resnet34", "resnet50", "cifar_resnet20", "seresnet50"])
def test_depth_is_foreshortened_alike_everywhere(name: str, level: str, focus: str | None) -> None:
    """A map as wide as high is half as deep as high: √(3.6² + 5.4²)/13 = 0.4992; four times as wide, as deep as high."""
    for size, share in ((64, 0.4992), ((64, 256), 0.9985), ((256, 64), 0.2496)):
        trace = rv.forecast(name, size)
        for true_scale in (False, True):
            for box in lay_out(trace, level, focus, true_scale=true_scale).boxes:
                shape = trace.steps[box.step].output
                wanted = share**2 / 0.4992 if true_scale else share
                if len(shape) == 4 and min(shape[2:]) > 1 and box.height > 2.01 and box.dy > 1.01:
                    assert sqrt(box.dx**2 + box.dy**2) / box.height == pytest.approx(wanted, rel=1e-3)
                assert box.dx / box.dy == pytest.approx(2 / 3)


def test_a_wide_map_is_deeper_than_high() -> None:
    image = _drawn(rv.forecast("resnet34", (64, 512)))["input"]
    assert sqrt(image.dx**2 + image.dy**2) / image.height == pytest.approx(sqrt(8) * 0.4992, rel=1e-3)  # 1.41


def test_true_scale_is_in_proportion_to_the_reference_input() -> None:
    """Stride 8 makes maps of 7×7 at 56, which is as large in both scales: a row takes 13/√56 = 1.7372 px, 144 channels 0.9·12 px."""
    spec = rv.replace(TWO_STAGES, stem=Stem((36,)), widths=(36, 144))
    drawn = _drawn(rv.forecast(spec, (28, 112)), true_scale=True)
    for name, rows, columns, channels in (
        ("input", 28, 112, 3), ("conv1", 14, 56, 36), ("maxpool", 7, 28, 36), ("layer2.0.relu2", 4, 14, 144),
    ):  # fmt: skip
        box = drawn[name]
        assert same([box.height, box.dx, box.dy], [1.7372 * rows, 0.48107 * columns, 0.72161 * columns])
        assert box.width == pytest.approx(max(3.0, 0.075 * channels))
    assert same([drawn["fc"].height, drawn["fc"].dx, drawn["fc"].dy, drawn["fc"].width], [2.0, 2 / 3, 1.0, 3.0])
    assert lay_out(rv.forecast(spec, (28, 112)), true_scale=True).scale == "true 56 144"
    assert lay_out(rv.forecast(spec, (28, 112))).scale == "root"
    # 1600 columns would be 13·1600/√56 = 2779.5 px: all is drawn smaller, so that they are 840 px
    large = rv.forecast(spec, (400, 1600))
    for level, focus in (("stage", "layer1"), ("block", "layer1.0")):
        scene = lay_out(large, level, focus, true_scale=True)
        assert scene.zoom == pytest.approx(840 / 2779.52, rel=1e-4)
        assert scene.boxes[0].height == pytest.approx(1.7372 * 100 * 840 / 2779.52, rel=1e-4)


@given(specs(), sizes)
def test_one_zoom_for_all_axes_of_a_picture(spec: ResNetSpec, size: tuple[int, int]) -> None:
    try:
        trace = rv.forecast(spec, size)
    except rv.InputError:
        assume(False)
        raise
    maps = [step.output for step in trace.steps if len(step.output) == 4]
    most = max(shape[1] for shape in maps)
    last = max(step.output_stride[0] for step in trace.steps if step.stage is not None and step.path == "main")  # type: ignore[index]
    side = max(56, 7 * last)
    for true_scale in (False, True):
        scene = lay_out(trace, true_scale=true_scale)
        for box in scene.boxes:
            _, channels, rows, columns = (*trace.steps[box.step].output, 1, 1)[:4]
            high, deep, thick = (rows, columns, channels) if true_scale else (sqrt(rows), sqrt(columns), sqrt(channels))
            if true_scale:
                high, deep, thick = high / sqrt(side), deep / sqrt(side), thick / sqrt(most)
            assert box.height == pytest.approx(max(2, 13 * high * scene.zoom))
            assert box.dy == pytest.approx(max(1, 5.4 * deep * scene.zoom))
            assert box.dx == pytest.approx(max(2 / 3, 3.6 * deep * scene.zoom))
            assert box.width == pytest.approx(max(3, 0.9 * thick * scene.zoom))
            assert trace.steps[box.step].kind == "pad" or box.zeros == (0, 0)


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "resnet50", "resnet50d", "resnet152", "seresnet50"])
def test_a_network_is_as_large_as_the_page_has_room_for_at_224(name: str) -> None:
    """In steps of a twentieth from 1 down to a half, until it is at most 1,080 px wide there."""
    trace = rv.forecast(name, 224)
    zoom = lay_out(trace).zoom

    def width(at: float) -> float:
        return _width(finished(trace, network_canvas(trace, Measure.of(trace).at(at))))

    assert zoom * 20 == pytest.approx(round(zoom * 20)) and 0.5 <= zoom <= 1
    assert width(zoom) <= 1080 or zoom == 0.5
    assert zoom == 1 or width(zoom + 0.05) > 1080
    assert _width(lay_out(trace)) == width(zoom) <= 1400


def test_no_network_is_wider_than_the_widest_page() -> None:
    """Where its own zoom would be too wide, the whole is smaller, and its zoom says so; of long ones less is drawn."""
    for name in ("resnet18", "resnet50", "resnetrs420", "seresnet269d", "cifar_resnet1202", "wrn_28_10"):
        for size in (32, 224, (64, 2048), 1024, 4096):
            assert _width(lay_out(rv.forecast(name, size))) <= 1600
    small, large = (lay_out(rv.forecast("resnet34", side)) for side in (224, 4096))
    assert large.zoom < small.zoom and large.scale == small.scale
    assert large.notes == ("at 4096×4096 all volumes are drawn smaller than at other inputs, so that the picture fits",)
    assert small.notes == ()
    folds = [len(box.folded) for box in lay_out(rv.forecast("seresnet269d", 256)).boxes if box.folded]
    assert folds == [28, 46, 6]  # of 30, 48 and 8 blocks the first and the last are drawn


def test_unfolding_leaves_the_sizes() -> None:
    trace = rv.forecast("resnet152", 224)
    folded, unfolded = lay_out(trace), lay_out(trace, unfold=True)
    sizes_ = [{box.step: (box.width, box.height, box.dx, box.dy) for box in s.boxes} for s in (folded, unfolded)]
    assert sizes_[0].items() <= sizes_[1].items() and folded.scale == unfolded.scale
