"""One operation taken apart: the window, what no window reads, and the cell it fills, as numbers."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import resnet_viz as rv
from resnet_viz import arithmetic
from resnet_viz.layout.window import Rect, WindowScene, operation_names, window_scene
from resnet_viz.spec import ResNetSpec
from resnet_viz.steps import AvgPool, Conv
from resnet_viz.views.unfolded import describe_unfolded
from resnet_viz.views.window import describe_window
from tests.strategies import sizes, specs


def _inside(inner: Rect, outer: Rect) -> bool:
    slack = 3.0  # a cell of a large map is drawn a little larger, so that it can be seen
    return (
        inner[0] >= outer[0] - slack
        and inner[1] >= outer[1] - slack
        and inner[2] <= outer[2] + slack
        and inner[3] <= outer[3] + slack
    )


def _overlap(a: Rect, b: Rect) -> bool:
    return a[0] < b[2] - 0.01 and b[0] < a[2] - 0.01 and a[1] < b[3] - 0.01 and b[1] < a[3] - 0.01


def check(scene: WindowScene) -> None:
    assert (
        _inside(scene.map, scene.padded) and _inside(scene.window, scene.padded) and _inside(scene.filled, scene.output)
    )
    for i, label in enumerate(scene.labels):
        for other in scene.labels[i + 1 :]:
            assert not _overlap(label.rect, other.rect), (label, other)
        for rect in (scene.padded, scene.output, *(cell for cell, _ in scene.close)):
            assert not _overlap(label.rect, rect), (label, rect)
    panels = [scene.padded, (scene.close[0][0][0], -1e3, max(cell[2] for cell, _ in scene.close), 1e3), scene.output]
    assert panels[0][2] < panels[1][0] < panels[1][2] < panels[2][0]
    for rect in (*(label.rect for label in scene.labels), scene.padded, scene.output):
        assert (
            scene.bounds[0] <= rect[0]
            and scene.bounds[1] <= rect[1]
            and rect[2] <= scene.bounds[2]
            and rect[3] <= scene.bounds[3]
        )


@given(specs(), sizes, st.tuples(st.integers(0, 50), st.integers(0, 50)))
def test_any_operation_of_any_network(spec: ResNetSpec, size: tuple[int, int], cell: tuple[int, int]) -> None:
    try:
        trace = rv.forecast(spec, size)
    except rv.InputError:
        assume(False)
        raise
    for name in operation_names(trace):
        scene = window_scene(trace, name, cell)
        check(scene)
        step = trace.step(name)
        if (
            isinstance(step.op, Conv)
            and max(d * (k - 1) for k, d in zip(step.op.kernel, step.op.dilation, strict=True)) < 11
        ):
            dead = [what for _, what in scene.close].count("dead")
            per_tap = step.output[1] * (step.inputs[0][1] // step.op.groups)
            assert dead * per_tap == arithmetic.dead_weights(step.op, step.inputs, step.output)
        last = window_scene(trace, name, (10**6, 10**6))
        assert last.cell == (step.output[2] - 1, step.output[3] - 1)
        if isinstance(step.op, AvgPool) and step.op.ceil:
            continue
        # after the last window exactly the columns and rows are left that arithmetic says no window reads
        unit = (last.padded[2] - last.padded[0]) / (step.inputs[0][3] + 2 * step.op.padding[1])
        d = step.op.dilation if isinstance(step.op, Conv) else (1, 1)
        rows, columns = (
            arithmetic.unread(step.inputs[0][2 + a], step.op.kernel[a], step.op.stride[a], step.op.padding[a], d[a])
            for a in (0, 1)
        )
        if unit > 5:
            assert last.padded[2] - last.window[2] == pytest.approx(columns * unit, abs=1e-6)
            assert last.window[1] - last.padded[1] == pytest.approx(rows * unit, abs=1e-6)
        assert len(last.unread) == (rows > 0) + (columns > 0)


def test_conv1_of_resnet34_at_224() -> None:
    trace = rv.forecast(rv.variant("resnet34"))
    scene = window_scene(trace, "conv1", (0, 111))
    assert scene.labels[0].lines == (
        "input 224×224", "padding 3, stride 2", "exact 112.5, floored:", "1 row and 1 column of padding", "at the far edge: no window reads it",
    )  # fmt: skip
    assert scene.labels[1].lines == ("7×7 window", "rows -3 … 3", "columns 219 … 225", "7×7×3 = 147 numbers")
    assert [what for _, what in scene.close].count("padding") == 3 * 7 + 4 * 2
    assert len(scene.unread) == 2


def test_weights_that_only_meet_padding_are_tinted() -> None:
    scene = window_scene(rv.forecast(rv.variant("resnet18"), 32), "layer4.1.conv1")
    assert [what for _, what in scene.close] == ["dead"] * 4 + ["tap"] + ["dead"] * 4
    assert scene.labels[1].lines[-1] == "8 of 9 only ever meet padding"
    names = [
        trace.get("name")
        for trace in describe_window(rv.forecast(rv.variant("resnet18"), 32), "layer4.1.conv1")["data"]
    ]
    assert "weights that only ever meet padding" in names
    assert "dead" not in [
        what for _, what in window_scene(rv.forecast(rv.variant("resnet18"), 64), "layer4.1.conv1").close
    ]


def test_a_dilated_kernel_has_gaps() -> None:
    scene = window_scene(rv.forecast(rv.variant("resnet50_os8"), 64), "layer4.1.conv2", (4, 4))
    assert [what for _, what in scene.close].count("gap") == 81 - 9
    assert scene.labels[1].lines[0] == "3×3 window spread over 9×9"


def test_what_slides_no_window() -> None:
    trace = rv.forecast(rv.variant("seresnet50"))
    assert not any(".se." in name for name in operation_names(trace))
    with pytest.raises(rv.InputError) as caught:
        window_scene(trace, "bn1")
    assert str(caught.value) == "focus='bn1': slides no window over a map; use a conv or pool, e.g. conv1"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_figure_and_its_words(theme: str) -> None:
    trace = rv.forecast(rv.variant("resnet50"), 64)
    figure = describe_window(trace, "layer2.0.downsample.0", (1, 2), theme=theme)
    assert figure["layout"]["meta"]["alt"] == (
        "operation level, layer2.0.downsample.0, output cell (1, 2). input 16×16, padding 0, stride 2, exact 8.5, floored:, "
        "1 row and 1 column of the input, at the far edge: no window reads it; 1×1 window, rows 2 … 2, columns 4 … 4, "
        "1×1×256 = 256 numbers; output 8×8, cell (1, 2), ⌊(16 + 2·0 − 1)/2⌋ + 1 = 8."
    )
    assert rv.draw(trace, "operation", "layer2.0.conv2", cell=(3, 3), theme=theme).layout.meta["alt"]


@pytest.mark.parametrize(
    ("name", "step"),
    [("resnet34", "conv1"), ("resnet50d", "conv1.3"), ("resnet18", "layer1.0.conv1"), ("resnet50", "layer1.0.conv1")],
)
def test_a_filter_unfolded(name: str, step: str) -> None:
    trace = rv.forecast(rv.variant(name))
    channels = trace.step(step).inputs[0][1]
    figure = describe_unfolded(trace, step)
    labels = [note["text"] for note in figure["layout"]["annotations"]]
    assert sum("channel " in label for label in labels) == min(4, channels)
    assert any(f"{channels - 4} more" in label for label in labels) == (channels > 4)
    left, right = figure["layout"]["xaxis"]["range"]
    for trace_ in figure["data"]:
        assert all(left <= x <= right for x in trace_["x"] if x is not None)
