"""One operation taken apart: the window, what no window reads, and the cell it fills, as numbers."""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

import resnet_viz as rv
from resnet_viz.picture.figures.unfolded import describe_unfolded
from resnet_viz.picture.figures.window import describe_window
from resnet_viz.picture.layout import Look, Place
from resnet_viz.picture.layout.window import Rect, WindowScene, operation_names, window_scene
from resnet_viz.spec import ResNetSpec
from resnet_viz.steps import AvgPool, Conv, MaxPool, Trace
from resnet_viz.why import cost
from resnet_viz.why.axis import Axis
from resnet_viz.why.example import example
from tests.ruler import LINE, labels_of, overlap, same, wide
from tests.strategies import sizes, specs


def _inside(inner: Rect, outer: Rect) -> bool:
    slack = 3.0  # a cell of a large map is drawn a little larger, so that it can be seen
    return (
        inner[0] >= outer[0] - slack
        and inner[1] >= outer[1] - slack
        and inner[2] <= outer[2] + slack
        and inner[3] <= outer[3] + slack
    )


def check(scene: WindowScene) -> None:
    assert (
        _inside(scene.map, scene.padded) and _inside(scene.window, scene.padded) and _inside(scene.filled, scene.output)
    )
    for i, label in enumerate(scene.labels):
        for other in scene.labels[i + 1 :]:
            assert not overlap(label.rect, other.rect), (label, other)
        for rect in (scene.padded, scene.output, *(cell for cell, _ in scene.close)):
            assert not overlap(label.rect, rect), (label, rect)
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
            assert dead * per_tap == cost.dead_weights(step.op, step.inputs, step.output)
        last = window_scene(trace, name, (10**6, 10**6))
        assert last.cell == (step.output[2] - 1, step.output[3] - 1)
        if isinstance(step.op, AvgPool | MaxPool) and step.op.ceil:
            continue
        # after the last window exactly the columns and rows are left that arithmetic says no window reads
        unit = (last.padded[2] - last.padded[0]) / (step.inputs[0][3] + 2 * step.op.padding[1])
        d = step.op.dilation if isinstance(step.op, Conv) else (1, 1)
        rows, columns = (
            Axis(step.inputs[0][2 + a], step.op.kernel[a], step.op.stride[a], step.op.padding[a], d[a]).unread
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
        "row and column 226 of -3 … 226",
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
        for trace in describe_window(rv.forecast(rv.variant("resnet18"), 32), Place("operation", "layer4.1.conv1"))[
            "data"
        ]
    ]
    assert "weights that only ever meet padding" in names
    # 3×5 around the two cells of a row: three of its columns meet them, in the middle row alone
    wide_kernel = window_scene(_conv((1, 2), (3, 5), 1, (1, 2)), "0")
    assert wide_kernel.labels[1].lines[-1] == "12 of 15 only ever meet padding"
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
    figure = describe_window(trace, Place("operation", "layer2.0.downsample.0", (1, 2)), Look(theme=theme))
    told = example(trace.step("layer2.0.downsample.0"), (1, 2))
    assert told is not None
    assert figure["layout"]["meta"]["alt"] == (
        "operation level, layer2.0.downsample.0, output cell (1, 2). input 16×16, padding 0, stride 2, exact 8.5, floored:, "
        "1 row and 1 column of the input, at the far edge: no window reads it, row and column 15 of 0 … 15; 1×1 window, rows 2 … 2, columns 4 … 4, "
        "1×1×256 = 256 numbers; output 8×8, cell (1, 2), ⌊(16 + 2·0 − 1)/2⌋ + 1 = 8. "
        f"In numbers, an example's: {told.head}: {', '.join(told.lines)}."
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


# ---- against PyTorch itself -----------------------------------------------------------------------------------------


@st.composite
def operations(draw: st.DrawFn) -> tuple[nn.Module, tuple[int, int]]:
    """A conv or a pool whose kernel, stride, padding and dilation differ by axis, and a map that it fits on."""

    def pair(low: int, high: int) -> tuple[int, int]:
        return draw(st.integers(low, high)), draw(st.integers(low, high))

    kernel, stride, dilation = pair(1, 5), pair(1, 4), pair(1, 3)
    padding = draw(st.integers(0, kernel[0] // 2)), draw(st.integers(0, kernel[1] // 2))
    size = tuple(draw(st.integers(13, 20)) for _ in range(2))
    kind = draw(st.sampled_from([nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d]))
    if kind is nn.Conv2d:
        groups = draw(st.sampled_from([1, 3]))
        return nn.Conv2d(3, 6, kernel, stride, padding, dilation, groups), (size[0], size[1])
    return kind(kernel, stride, padding), (size[0], size[1])


def _cells(scene: WindowScene, rects: list[Rect], unit: float) -> list[tuple[int, int]]:
    """Row and column, counted from the padded map's corner, of squares that are one cell each."""
    found: list[tuple[int, int]] = []
    for left, bottom, right, top in rects:
        assert right - left == pytest.approx(unit) and top - bottom == pytest.approx(unit)
        row, column = -top / unit, left / unit
        assert row == pytest.approx(round(row), abs=1e-6) and column == pytest.approx(round(column), abs=1e-6)
        found.append((round(row), round(column)))
    return found


@given(operations(), st.tuples(st.integers(0, 9), st.integers(0, 9)))
def test_the_window_is_what_unfold_reads(drawn: tuple[nn.Module, tuple[int, int]], cell: tuple[int, int]) -> None:
    """``unfold`` gathers the very cells that an output cell is made of; a map of numbered cells says which."""
    module, (height, width) = drawn
    kernel, stride, padding = module.kernel_size, module.stride, module.padding
    dilation = module.dilation if isinstance(module, nn.Conv2d) else (1, 1)
    trace = rv.trace(nn.Sequential(module), (height, width))
    scene = window_scene(trace, "0", cell)
    _, _, out_h, out_w = trace.step("0").output
    row, column = min(cell[0], out_h - 1), min(cell[1], out_w - 1)
    assert scene.cell == (row, column)
    padded = height + 2 * padding[0], width + 2 * padding[1]
    numbers = torch.arange(1.0, padded[0] * padded[1] + 1).view(1, 1, *padded)
    read = functional.unfold(numbers, kernel, dilation, 0, stride)[0, :, row * out_w + column].long() - 1
    wanted = [(int(n) // padded[1], int(n) % padded[1]) for n in read]
    unit = 300 / max(padded)
    assert _cells(scene, list(scene.taps), unit) == wanted
    assert scene.padded == pytest.approx((0, -padded[0] * unit, padded[1] * unit, 0))
    assert scene.map == pytest.approx((padding[1] * unit, -(padding[0] + height) * unit, (padding[1] + width) * unit, -padding[0] * unit))  # fmt: skip
    rows, columns = [r for r, _ in wanted], [c for _, c in wanted]
    assert scene.window == pytest.approx((min(columns) * unit, -(max(rows) + 1) * unit, (max(columns) + 1) * unit, -min(rows) * unit))  # fmt: skip
    # the close-up: the same cells, numbered as rows and columns of the map without its padding
    mask = functional.pad(torch.ones(height, width), (padding[1], padding[1], padding[0], padding[0]))
    span = max(rows) - min(rows) + 1, max(columns) - min(columns) + 1
    at = 0
    dead = _never_in_the_map(module, (height, width)) if isinstance(module, nn.Conv2d) else set()
    for i in range(min(span[0], 11)):
        for j in range(min(span[1], 11)):
            place = min(rows) + i, min(columns) + j
            what = ("tap" if mask[place] else "padding") if place in wanted else "gap"
            if place in wanted and (i // dilation[0], j // dilation[1]) in dead:
                what = "dead"
            assert scene.close[at][1] == what
            at += 1
    assert at == len(scene.close)
    made = scene.output[2] - scene.output[0], scene.output[3] - scene.output[1]
    assert made == pytest.approx((out_w * unit, out_h * unit))
    assert scene.filled == pytest.approx((
        scene.output[0] + column * unit, scene.output[3] - (row + 1) * unit, scene.output[0] + (column + 1) * unit, scene.output[3] - row * unit,
    ))  # fmt: skip
    assert scene.conv == isinstance(module, nn.Conv2d)
    check(scene)


def _never_in_the_map(module: nn.Conv2d, size: tuple[int, int]) -> set[tuple[int, int]]:
    """Weights that no cell of the map ever reaches: those without a gradient where every cell is one."""
    weight = torch.ones_like(module.weight, requires_grad=True)
    image = torch.ones(1, module.in_channels, *size)
    functional.conv2d(image, weight, None, module.stride, module.padding, module.dilation, module.groups).sum().backward()  # fmt: skip
    assert weight.grad is not None
    return {(int(i), int(j)) for i, j in (weight.grad[0, 0] == 0).nonzero()}


@given(operations())
def test_what_no_window_reads_has_no_gradient(drawn: tuple[nn.Module, tuple[int, int]]) -> None:
    """Rows and columns at the far edge of the padded map through which no gradient comes back, for both axes."""
    module, (height, width) = drawn
    padding = module.padding
    image = torch.rand(1, 3, height + 2 * padding[0], width + 2 * padding[1], requires_grad=True)
    dilation = module.dilation if isinstance(module, nn.Conv2d) else 1
    # every cell of a window has the weight one
    weight = torch.ones(3, 1, *module.kernel_size)
    functional.conv2d(image, weight, None, module.stride, 0, dilation, 3).sum().backward()
    assert image.grad is not None
    far = []
    for axis in (0, 1):
        live = (image.grad[0].sum(0) > 0).any(1 - axis)
        far.append(len(live) - 1 - int(live.nonzero().max()))
    scene = window_scene(rv.trace(nn.Sequential(module), (height, width)), "0")
    left, bottom, right, top = scene.padded
    unit = 300 / max(image.shape[2:])
    bands = [(right - far[1] * unit, bottom, right, top)] if far[1] else []
    bands += [(left, bottom, right, bottom + far[0] * unit)] if far[0] else []
    assert [pytest.approx(band) for band in bands] == list(scene.unread)
    # and the words under the map say the same of each axis
    told = " ".join(scene.labels[0].lines)
    for count, pad, word in zip(far, padding, ("row", "column"), strict=True):
        for number, place in ((min(count, pad), "padding"), (count - min(count, pad), "the input")):
            said = f"{number} {word}{'s' * (number > 1)}"
            assert (said in told and place in told) if number else True
    assert ("no window reads it" in told) == bool(far[0] or far[1])


def test_words_where_the_axes_differ() -> None:
    """7×3 over 20×17, stride 2×3, padding 3×0: H (20 + 6 − 7)/2 = 9.5, one row of padding; W (17 − 3)/3 = 4.67, two columns."""
    scene = window_scene(rv.trace(nn.Sequential(nn.Conv2d(3, 8, (7, 3), (2, 3), (3, 0))), (20, 17)), "0", (1, 2))
    assert [label.lines for label in scene.labels[:3]] == [
        (
            "input 20×17", "padding 3×0, stride 2×3", "H: exact 10.5, floored:", "1 row of padding", "W: exact 5.66667, floored:",
            "2 columns of the input", "at the far edge: no window reads it", "row 22 of -3 … 22", "columns 15 … 16 of 0 … 16",
        ),
        ("7×3 window", "rows -1 … 5", "columns 6 … 8", "7×3×3 = 63 numbers"),
        ("output 10×5", "cell (1, 2)", "H: ⌊(20 + 2·3 − 7)/2⌋ + 1 = 10", "W: ⌊(17 + 2·0 − 3)/3⌋ + 1 = 5"),
    ]  # fmt: skip
    one = window_scene(rv.trace(nn.Sequential(nn.Conv2d(3, 6, 2, (5, 3), 1, groups=3, dilation=2)), (14, 12)), "0")
    assert [label.lines for label in one.labels[:3]] == [
        ("input 14×12", "padding 1, stride 5×3", "H: exact 3.6, floored:", "1 row of padding and 2 rows of the input", "W: exact 4.66667, floored:",
         "1 column of padding and 1 column of the input", "at the far edge: no window reads it", "rows 12 … 14 of -1 … 14", "columns 11 … 12 of -1 … 12"),
        ("2×2 window spread over 3×3", "rows -1 … 1", "columns -1 … 1", "2×2×1 = 4 numbers"),
        ("output 3×4", "cell (0, 0)", "H: ⌊(14 + 2·1 − 3)/5⌋ + 1 = 3", "W: ⌊(12 + 2·1 − 3)/3⌋ + 1 = 4"),
    ]  # fmt: skip
    both = window_scene(rv.trace(nn.Sequential(nn.AvgPool2d(3, 5, 1)), (14, 14)), "0")
    assert [label.lines for label in both.labels[:3]] == [
        ("input 14×14", "padding 1, stride 5", "exact 3.6, floored:", "1 row and 1 column of padding and 2 rows and 2 columns of the input", "at the far edge: no window reads it", "rows and columns 12 … 14 of -1 … 14"),
        ("3×3 window", "rows -1 … 1", "columns -1 … 1", "in each channel by itself"),
        ("output 3×3", "cell (0, 0)", "⌊(14 + 2·1 − 3)/5⌋ + 1 = 3"),
    ]  # fmt: skip


def test_a_ceiling_pool_hangs_over_the_edge() -> None:
    """⌈(7 − 2)/2⌉ + 1 = 4 windows of 2 on a side of 7: the last has one row beyond the map, and nothing is unread."""
    trace = rv.forecast(rv.variant("resnet50d"), (7 * 8, 16 * 8))
    step = trace.step("layer3.0.downsample.0")
    assert step.inputs[0][2:] == (7, 16)
    scene = window_scene(trace, step.name, (3, 7))
    unit = 300 / 16
    assert scene.padded == pytest.approx((0, -8 * unit, 300, 0)) and scene.map == pytest.approx((0, -7 * unit, 300, 0))
    assert scene.window == pytest.approx((14 * unit, -8 * unit, 300, -6 * unit))
    assert [what for _, what in scene.close] == ["tap", "tap", "padding", "padding"]
    assert scene.unread == () and scene.labels[0].lines == ("input 7×16", "padding 0, stride 2")
    assert scene.labels[2].lines[2:] == ("H: ⌈(7 + 2·0 − 2)/2⌉ + 1 = 4", "W: ⌈(16 + 2·0 − 2)/2⌉ + 1 = 8")


# ---- by hand --------------------------------------------------------------------------------------------------------


def _conv(size: tuple[int, int], *given_: object) -> Trace:
    return rv.trace(nn.Sequential(nn.Conv2d(3, 4, *given_)), size)  # pyright: ignore[reportArgumentType]


def test_three_panels_by_hand() -> None:
    """5×3, stride 1×2, padding 2×1 on 10×28: 14×30 cells of 10 px; cell (4, 9) has the rows 4 … 8 and columns 18 … 20 of them."""
    scene = window_scene(_conv((10, 28), (5, 3), (1, 2), (2, 1)), None, (4, 9))
    assert (scene.title, scene.step, scene.cell) == ("0, output cell (4, 9)", 1, (4, 9))
    assert same((scene.padded, scene.map, scene.window), ((0.0, -140.0, 300.0, 0.0), (10.0, -120.0, 290.0, -20.0), (180.0, -90.0, 210.0, -40.0)))  # fmt: skip
    # the close-up 70 px on, in cells of at most 34 px, in the middle of the map's height
    assert same([rect for rect, _ in scene.close], [
        (370.0 + 34 * j, -70 + 85 - 34.0 * (i + 1), 370.0 + 34 * (j + 1), -70 + 85 - 34.0 * i) for i in range(5) for j in range(3)
    ])  # fmt: skip
    words = (
        ("input 10×28", "padding 2×1, stride 1×2", "W: exact 14.5, floored:", "1 column of padding", "at the far edge: no window reads it", "column 28 of -1 … 28"),
        ("5×3 window", "rows 2 … 6", "columns 17 … 19", "5×3×3 = 45 numbers"),
        ("output 10×14", "cell (4, 9)", "H: ⌊(10 + 2·2 − 5)/1⌋ + 1 = 10", "W: ⌊(28 + 2·1 − 3)/2⌋ + 1 = 14"),
    )  # fmt: skip
    # the output 60 px behind the close-up or its text, at the input's 10 px a cell, in the same middle
    assert wide(*words[1]) > 3 * 34
    out = 370 + wide(*words[1]) + 60
    assert same((scene.output, scene.filled), ((out, -120.0, out + 140, -20.0), (out + 90, -70.0, out + 100, -60.0)))
    assert same(scene.arrows, (((310.0, -70.0), (336.0, -70.0)), ((out - 48, -70.0), (out - 10, -70.0))))
    # texts 8 px under the deepest, which is the close-up's room of 210 px; each centred under its panel, or begun with it
    floor = -70 - 105 - 8.0
    assert wide(*words[0]) < 300 and wide(*words[1]) < 210 and wide(*words[2]) > 140
    place = labels_of(scene)
    first, second = place[words[0]], place[words[1]]
    assert same((first, second), ((150.0, floor), (370 + 105.0, floor)))
    assert same(place[words[2]], (max(out, second[0] + wide(*words[1]) / 2 + 14) + wide(*words[2]) / 2, floor))
    assert [label.strong for label in scene.labels] == [True] * 3 + [False] * 8
    # rows and columns of the map beside and over the cells: 5 of 5 rows, 3 of 3 columns
    assert same([(label.lines, label.x, label.y) for label in scene.labels[3:]], [
        *((((str(17 + j)),), 370 + 34 * (j + 0.5), -70 + 85 + 18.0) for j in range(3)),
        *(((str(2 + i),), 370 - 17.0, -70 + 85 - 34 * (i + 0.5) + LINE / 2) for i in range(5)),
    ])  # fmt: skip
    # lines between all cells of both maps
    lines = {tuple(round(n, 3) for point in line for n in point) for line in scene.grids}
    for x, y, rows, columns in ((0.0, 0.0, 14, 30), (out, -20.0, 10, 14)):
        lines -= {tuple(round(n, 3) for n in (x + 10 * i, y, x + 10 * i, y - 10 * rows)) for i in range(columns + 1)}
        lines -= {tuple(round(n, 3) for n in (x, y - 10 * i, x + 10 * columns, y - 10 * i)) for i in range(rows + 1)}
    assert not lines and len(scene.grids) == 15 + 31 + 11 + 15
    right = max(out + 140, place[words[2]][0] + wide(*words[2]) / 2)
    assert scene.bounds == pytest.approx((-12, floor - 6 * LINE - 6, right + 12, -70 + 105 + LINE + 8))


def test_wide_texts_under_narrow_maps_push_each_other_to_the_right() -> None:
    """On 20×3 the map is 20·300/22 = 272.7 px high and 68 px wide, and its text is wider than 68 + 70 px."""
    scene = window_scene(_conv((20, 3), 3, 2, 1), "0")
    first, second, third = scene.labels[:3]
    left, unit = [wide(*label.lines) / 2 for label in scene.labels[:3]], 300 / 22
    assert first.lines == (
        "input 20×3",
        "padding 1, stride 2",
        "H: exact 10.5, floored:",
        "1 row of padding",
        "at the far edge: no window reads it",
        "row 20 of -1 … 20",
    )
    assert first.x == pytest.approx(left[0])  # from the map's left edge on
    assert 2 * left[0] + 14 > 5 * unit + 70
    assert second.x == pytest.approx(2 * left[0] + 14 + left[1])
    assert third.x == pytest.approx(max(scene.output[0] + left[2], second.x + left[1] + 14 + left[2]))
    check(scene)


def test_a_cell_of_a_large_map_can_still_be_seen() -> None:
    """224 + 6 columns of 1.3 px: the window's mark is at least 5 px, the cell's 4 px, and there are no taps and no lines."""
    scene = window_scene(rv.forecast(rv.variant("resnet34")), "layer1.0.conv1", (10, 20))
    unit = 300 / 58
    assert scene.window == pytest.approx((20 * unit, -13 * unit, 23 * unit, -10 * unit)) and len(scene.taps) == 9
    assert scene.grids == ()  # 5.2 px a cell
    large = window_scene(rv.forecast(rv.variant("resnet34"), 448), "conv1", (100, 110))
    unit = 300 / 454
    assert large.taps == ()
    middle = (220 + 3.5) * unit, -(200 + 3.5) * unit
    assert large.window == pytest.approx((middle[0] - 2.5, middle[1] - 2.5, middle[0] + 2.5, middle[1] + 2.5))
    x, y = large.output[0] + 110.5 * unit, large.output[3] - 100.5 * unit
    assert large.filled == pytest.approx((x - 2, y - 2, x + 2, y + 2))


def test_of_a_huge_window_a_corner_is_shown() -> None:
    """17×13: eleven rows and columns of it, in cells of 210/11 px; every second number, since 11 // 4 = 2."""
    scene = window_scene(_conv((60, 60), (17, 13), 1, 0), "0", (3, 40))
    assert len(scene.close) == 121 and scene.taps == ()
    first, last = scene.close[0][0], scene.close[-1][0]
    assert first[2] - first[0] == pytest.approx(210 / 11) and last[2] - first[0] == pytest.approx(210)
    assert [label.lines[0] for label in scene.labels[3:]] == [str(40 + 2 * j) for j in range(6)] + [str(3 + 2 * i) for i in range(6)]  # fmt: skip
    # of eight rows or columns every second number as well, of seven each
    for kernel, told in (((8, 7), [*range(7), 0, 2, 4, 6]), ((7, 8), [0, 2, 4, 6, *range(7)])):
        labels = window_scene(_conv((20, 20), kernel), "0").labels[3:]
        assert [label.lines for label in labels] == [(str(number),) for number in told]


def test_from_which_size_on_cells_are_drawn() -> None:
    """A cell of 3 px shows its tap, one of 6 px its lines; of a window of more than 15 rows no tap is drawn."""
    for side, taps, lines in ((50, 9, 2 * 51 + 2 * 49), (51, 9, 0), (100, 9, 0), (101, 0, 0)):
        scene = window_scene(_conv((side, side), 3), "0")
        assert (len(scene.taps), len(scene.grids)) == (taps, lines)
    for rows, taps in ((15, 15 * 13), (16, 0)):
        assert len(window_scene(_conv((60, 60), (rows, 13)), "0").taps) == taps


def test_a_text_is_centred_under_its_panel_or_begins_with_it() -> None:
    """30×30 cells of 300/32 px; then a text of 33 letters, wider than the 210 px under a close-up."""
    scene = window_scene(_conv((30, 30), 3, 1, 1), "0")
    out, unit = scene.output[0], 300 / 32
    assert wide(*scene.labels[2].lines) < 30 * unit
    assert scene.labels[2].x == pytest.approx(out + 15 * unit) and scene.bounds[2] == pytest.approx(out + 30 * unit + 12)  # fmt: skip
    assert scene.bounds[3] == 6.0  # the map's own edge: the close-up ends lower
    scene = window_scene(_conv((1, 1), 13, 1, 6), "0")
    words = scene.labels[1].lines
    assert words[-1] == "168 of 169 only ever meet padding" and wide(*words) == pytest.approx(33 * 6.84)
    assert scene.labels[1].x == pytest.approx(300 + 70 + 33 * 6.84 / 2)
    assert scene.output[0] == pytest.approx(300 + 70 + 33 * 6.84 + 60)


@pytest.mark.parametrize(("size", "given_"), [((26, 11), (3, 2, 1)), ((20, 3), (3, 2, 1)), ((8, 8), (1,))])
def test_texts_are_at_least_fourteen_px_apart(size: tuple[int, int], given_: tuple[int, ...]) -> None:
    """Each as far as that takes to the right of its own place, and no further: the second by 0.7 px, both, the third."""
    scene = window_scene(_conv(size, *given_), "0")
    first, second, third = scene.labels[:3]
    half = [wide(*label.lines) / 2 for label in scene.labels[:3]]
    places = scene.padded[2] + 70 + max(105, half[1]), scene.output[0] + max((scene.output[2] - scene.output[0]) / 2, half[2])  # fmt: skip
    assert second.x == pytest.approx(max(places[0], first.x + half[0] + 14 + half[1]))
    assert third.x == pytest.approx(max(places[1], second.x + half[1] + 14 + half[2]))
    assert all(label.strong for label in (first, second, third))


def test_no_operation_at_all() -> None:
    with pytest.raises(rv.InputError) as caught:
        window_scene(rv.trace(nn.Sequential(nn.ReLU()), 8), None)
    assert str(caught.value) == "level='operation': this network has no conv or pool; use level='network'"
