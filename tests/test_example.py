"""The numbers of the operation level: PyTorch makes the same of the same tensors, and the written sum comes to it."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

import resnet_viz as rv
from resnet_viz.picture.figures import describe
from resnet_viz.picture.layout import Place
from resnet_viz.picture.layout.numbers import Numbers, place_numbers
from resnet_viz.picture.layout.single import numbered_names, single_scene
from resnet_viz.picture.layout.window import operation_names
from resnet_viz.steps import Add, Linear, Step
from resnet_viz.why.example import (
    LISTED,
    MOST,
    NORM,
    Example,
    Panel,
    bias_number,
    cell_number,
    channels_to_choose,
    example,
    has_example,
    said,
    weight_number,
)
from tests.ruler import overlap

NETWORKS = {
    name: rv.forecast(rv.variant(name), size)
    for name, size in (("resnet18", 32), ("resnet50", 32), ("resnext50_32x4d", 32), ("resnet50d", 56), ("cifar_resnet20", 32))
}  # fmt: skip


def traced(module: nn.Module, *shape: int) -> Step:
    """The step of a single module."""
    return rv.trace(nn.Sequential(module), inputs=(1, *shape)).step("0")


def tensor(step: Step, signed: bool = False, which: int = 0, most: int = 10**6, first: int = 0) -> Tensor:
    """The example's input as PyTorch takes it, or so many channels of it from the ``first`` on."""
    _, channels, rows, columns = (*step.inputs[0], 1, 1)[:4]
    made = [
        [[cell_number(c, r, k, signed, which) for k in range(columns)] for r in range(rows)]
        for c in range(channels)[first : first + most]
    ]
    return torch.tensor([made], dtype=torch.float64)


def weights(filter_: int, channels: int, rows: int = 1, columns: int = 1) -> Tensor:
    """One filter."""
    made = [[[weight_number(filter_, c, i, j) for j in range(columns)] for i in range(rows)] for c in range(channels)]
    return torch.tensor([made], dtype=torch.float64)


def by_hand(told: Example) -> float:
    """The result as somebody finds it who sees only the panels and the lines."""
    values = [[[one.value for one in line] for line in panel.rows] for panel in told.panels]
    if len(values) == 3 and told.panels[1].sign == "×":
        for given_, factors, products in zip(*values, strict=True):
            assert [a * b for a, b in zip(given_, factors, strict=True)] == products
        seen = sum(product for line in values[2] for product in line)
        assert any(re.fullmatch(rf"(sum of the \d+ products|the product): {said(seen)}", line) for line in told.lines)
    *_, last = told.lines
    if " / " in last:
        assert values[-1]
        return _number(re.split(" [=≈] ", last)[-1])
    if " = " in last:
        left, right = last.split(" = ")
        if re.fullmatch(r"[−\d,]+( [+−] [\d,]+)*", left):
            assert eval(left.replace("−", "-").replace(",", "")) == _number(right)
        return _number(right)
    return _number(told.lines[0].split(": ")[1])


def _number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def check_conv(step: Step, module: nn.Conv2d, cell: tuple[int, int], channel: int = 0) -> None:
    """Only one filter is needed, and of a grouped conv its group."""
    told = example(step, cell, channel)
    assert told is not None and told.result is not None
    assert told.head.startswith(f"output channel {channel + 1:,} of {module.out_channels:,}, ")
    inside = step.inputs[0][1] // module.groups
    begin = next(g for g in range(module.groups) if channel < (g + 1) * module.out_channels // module.groups) * inside
    made = functional.conv2d(
        tensor(step, most=inside, first=begin), weights(channel, inside, *module.kernel_size),
        torch.tensor([float(bias_number(channel))], dtype=torch.float64) if module.bias is not None else None,
        module.stride, module.padding, module.dilation,
    )  # fmt: skip
    assert told.result == made[0, 0, *cell].item() == by_hand(told)
    padded = functional.pad(
        tensor(step, most=1, first=begin)[0, 0], (module.padding[1],) * 2 + (module.padding[0],) * 2
    )
    if (
        len(told.across) == module.kernel_size[1] and len(told.down) == module.kernel_size[0]
    ):  # all of the window is shown
        top, left = (at * stride for at, stride in zip(cell, module.stride, strict=True))
        d = module.dilation
        window = padded[top :: d[0], left :: d[1]][: module.kernel_size[0], : module.kernel_size[1]]
        assert [[one.value for one in line] for line in told.panels[0].rows] == window.tolist()
        assert told.down[0] == said(top - module.padding[0]) and told.across[0] == said(left - module.padding[1])


@st.composite
def convs(draw: st.DrawFn) -> tuple[nn.Conv2d, tuple[int, int]]:
    """Kernels, strides, paddings and dilations that differ by axis, dense, grouped and depthwise, on maps from 1×1 on."""
    kernel, stride, dilation = ((draw(st.integers(1, most)), draw(st.integers(1, most))) for most in (9, 3, 2))
    padding = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    channels, groups = draw(st.sampled_from([(1, 1), (3, 1), (8, 1), (8, 2), (8, 8)]))
    least = [max(1, d * (k - 1) + 1 - 2 * p) for d, k, p in zip(dilation, kernel, padding, strict=True)]
    size = (least[0] + draw(st.integers(0, 3)), least[1] + draw(st.integers(0, 3)))
    return nn.Conv2d(channels, 8, kernel, stride, padding, dilation, groups, draw(st.booleans()), device="meta"), size


@given(convs(), st.tuples(st.integers(0, 3), st.integers(0, 3)), st.integers(0, 7))
def test_a_conv_is_pytorchs(drawn: tuple[nn.Conv2d, tuple[int, int]], cell: tuple[int, int], channel: int) -> None:
    module, size = drawn
    step = traced(module, module.in_channels, *size)
    at = min(cell[0], step.output[2] - 1), min(cell[1], step.output[3] - 1)
    check_conv(step, module, at, channel)
    assert channels_to_choose(step) == 8
    told = example(step, at, channel)
    assert told is not None
    check_places(told)


def test_a_channel_that_a_conv_has_not_is_refused() -> None:
    with pytest.raises(rv.InputError) as caught:
        rv.draw(NETWORKS["resnet18"], "operation", "conv1", channel=64)
    assert str(caught.value) == "channel=64: must be a whole number from 0 to 63; use e.g. 0"


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnext50_32x4d"])
def test_the_convs_of_networks_are_pytorchs(name: str) -> None:
    """Maps of 1×1 and 2×2 among them, 1×1 kernels, strides, groups, in all channels."""
    trace = NETWORKS[name]
    module = rv.build(trace.spec, device="meta")
    maps = set()
    for step in trace.steps:
        if step.kind == "conv":
            conv = module.get_submodule(step.name)
            assert isinstance(conv, nn.Conv2d)
            check_conv(step, conv, (step.output[2] - 1, 0))
            maps.add(step.inputs[0][2])
    assert {1, 2, 4} <= maps


def pools() -> list[tuple[nn.Module, tuple[int, int]]]:
    return [
        (nn.MaxPool2d(3, 2, 1), (8, 8)), (nn.MaxPool2d(2, 2, ceil_mode=True), (7, 5)), (nn.MaxPool2d((5, 2), (1, 2), (2, 1)), (6, 6)), (nn.MaxPool2d(16), (16, 16)),
        (nn.AvgPool2d(7), (7, 7)), (nn.AvgPool2d(3, 1, 1), (4, 4)), (nn.AvgPool2d(2, 2, ceil_mode=True), (7, 5)), (nn.AvgPool2d(3, 2, 1, ceil_mode=True), (6, 6)),
        (nn.AvgPool2d(20), (20, 20)),
    ]  # fmt: skip


@pytest.mark.parametrize(("module", "size"), pools(), ids=str)
def test_a_pool_is_pytorchs(module: nn.Module, size: tuple[int, int]) -> None:
    """At the corners, where windows hang over the edge: an average counts its padding, a maximum never takes it."""
    step = traced(module, 1, *size)
    made = module(tensor(step, most=1))[0, 0]
    for cell in {(0, 0), (made.shape[0] - 1, made.shape[1] - 1), (0, made.shape[1] - 1)}:
        told = example(step, cell)
        assert told is not None and told.result == pytest.approx(made[cell].item(), abs=1e-12)
        assert by_hand(told) == pytest.approx(told.result, abs=0.005)
        marked = [one.value for line in told.panels[0].rows for one in line if one.marked]
        assert marked == ([told.result] if isinstance(module, nn.MaxPool2d) and told.result in marked else [])
        if size[0] < 15 and isinstance(module, nn.MaxPool2d):
            assert len(marked) == 1
        around = {(one.kind, one.value) for line in told.panels[0].rows for one in line if one.kind != "input"}
        assert around <= (
            {("beyond", None)} if isinstance(module, nn.MaxPool2d) else {("beyond", None), ("padding", 0)}
        )
        check_places(told)


def test_a_blur_is_a_depthwise_conv_over_a_mirrored_border() -> None:
    step = next(step for step in rv.forecast(rv.replace(rv.variant("resnet50"), anti_alias='blur'), 64).steps if step.kind == "blurpool")  # fmt: skip
    kernel = torch.outer(*[torch.tensor([1.0, 2, 1], dtype=torch.float64)] * 2)[None, None] / 16
    made = functional.conv2d(functional.pad(tensor(step, most=1), (1, 1, 1, 1), mode="reflect"), kernel, stride=2)[0, 0]
    for cell in ((0, 0), (1, 2), (made.shape[0] - 1, made.shape[1] - 1)):
        told = example(step, cell)
        assert told is not None and told.result == made[cell].item()
        assert by_hand(told) == pytest.approx(told.result, abs=0.005)


@pytest.mark.parametrize("number", [0, 7, 999])
def test_a_linear_layer_is_pytorchs(number: int) -> None:
    step = NETWORKS["resnet50"].step("fc")
    weight = weights(number, 2048)[:, :, 0, 0]
    made = functional.linear(
        tensor(step)[:, :, 0, 0], weight, torch.tensor([float(bias_number(number))], dtype=torch.float64)
    )
    told = example(step, (0, number))
    assert told is not None and told.result == made.item() == by_hand(told)
    assert len(told.down) == LISTED and told.head.startswith(f"output number {number + 1:,} of 1,000")


def _pointwise(panel: Panel, made: Tensor, told: Example) -> None:
    rows, columns = ([int(name.replace("−", "-")) for name in names] for names in (told.down, told.across))
    seen = [[one.value for one in line] for line in panel.rows]
    torch.testing.assert_close(torch.tensor(seen, dtype=torch.float64), made[rows][:, columns], atol=0.006, rtol=0)


@pytest.mark.parametrize("cell", [(0, 0), (3, 7), (15, 15)])
def test_a_norm_a_relu_and_an_addition_are_pytorchs(cell: tuple[int, int]) -> None:
    trace = NETWORKS["resnet18"]
    norm, relu, add = trace.step("bn1"), trace.step("relu"), trace.step("layer1.0.add")
    mean, variance, weight, bias = (torch.tensor([value], dtype=torch.float64) for value in NORM)
    for step, made in (
        (norm, functional.batch_norm(tensor(norm, True, most=1), mean, variance, weight, bias)),
        (relu, functional.relu(tensor(relu, True, most=1))),
        (add, tensor(add, True, most=1) + tensor(add, True, 1, most=1)),
    ):
        at = min(cell[0], step.output[2] - 1), min(cell[1], step.output[3] - 1)
        told = example(step, at)
        assert told is not None and told.result == pytest.approx(made[0, 0, *at].item(), abs=1e-9)
        assert by_hand(told) == pytest.approx(told.result, abs=0.006)
        _pointwise(told.panels[-1], made[0, 0], told)
        assert [[one.marked for one in line].index(True) for line in told.panels[0].rows if any(o.marked for o in line)] == [told.across.index(str(at[1]))]  # fmt: skip
        check_places(told)


@pytest.mark.parametrize(("groups", "affine"), [(4, True), (8, False)])
def test_a_group_norm_is_pytorchs(groups: int, affine: bool) -> None:
    step = traced(nn.GroupNorm(groups, 8, affine=affine), 8, 5, 3)
    made = functional.group_norm(tensor(step, True), groups)[0, 0]
    _, _, weight, bias = NORM if affine else (0, 0, 1, 0)
    told = example(step, (4, 1))
    assert told is not None and told.result == pytest.approx(made[4, 1].item() * weight + bias, abs=1e-9)
    _pointwise(told.panels[-1], made * weight + bias, told)


@pytest.mark.filterwarnings("ignore:Using padding=.same")
def test_what_has_no_example() -> None:
    """Numbers that the trace does not know, or more of them than are added up."""
    for module in (nn.Conv2d(3, 3, 2, padding="same"), nn.LeakyReLU(), nn.InstanceNorm2d(3), nn.Upsample(scale_factor=2)):  # fmt: skip
        step = traced(module, 3, 8, 8)
        assert not has_example(step) and example(step) is None, module
    assert not any(step.path == "gate" and has_example(step) for step in rv.forecast("seresnet50", 64).steps)
    side = int(MOST**0.5) + 1
    huge = traced(nn.AvgPool2d(side), 1, side, side)
    told = example(huge)
    assert told is not None and told.result is None and told.panels == ()
    assert told.lines == (f"{side * side:,} numbers for one cell:", "too many to be added up here")
    check_places(told)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_operation_is_told_in_numbers_and_drawn(name: str) -> None:
    """Whatever a network of ours does to a map or a vector, but for flattening it and padding it with channels."""
    trace = NETWORKS[name]
    names = numbered_names(trace)
    assert [step.kind for step in trace.steps if step.name not in names and step.kind not in ("input", "flatten", "identity", "pad")] == []  # fmt: skip
    assert set(operation_names(trace)) < set(names)
    kinds = {trace.step(name).kind: name for name in names}
    for name in kinds.values():
        figure = describe(trace, Place("operation", name, (1, 1)))
        texts = [data["text"] for data in figure["data"] if data.get("mode") == "text"]
        notes = [note["text"] for note in figure["layout"]["annotations"]]
        assert any(note.startswith("<b>In numbers (an example's") for note in notes) and len(texts[0]) >= 2
        assert "In numbers, an example's" in figure["layout"]["meta"]["alt"]


def test_of_a_hidden_size_no_number_is_told() -> None:
    trace = NETWORKS["resnet18"]
    for name in ("layer2.0.conv1", "layer2.0.bn1", "fc"):
        step = trace.step(name)
        for hidden in (step.index, step.reads[0]):
            figure = describe(trace, Place("operation", name), hide=frozenset({hidden}))
            assert "In numbers" not in str(figure) and "?" in str(figure["layout"]["annotations"])


def check_places(told: Example) -> Numbers:
    """Cells stand beside each other and hold their numbers; no text lies over another or over a cell."""
    placed = place_numbers(told, 5.0, -100.0)
    texts = [label.rect for label in placed.labels]
    for x, y, text in (*placed.names, *placed.signs):
        half = 0.5 * 6.84 * len(text)
        texts.append((x - half, y - 8, x + half, y + 8))
    for cell in placed.cells:
        assert cell.rect[2] - cell.rect[0] >= 6.84 * len(cell.text) + 2
    for i, one in enumerate(texts):
        assert placed.bounds[0] - 0.01 <= one[0] and one[2] <= placed.bounds[2] + 0.01 and placed.bounds[1] - 0.01 <= one[1]  # fmt: skip
        assert not [other for other in texts[i + 1 :] if overlap(one, other)], one
        assert not [cell for cell in placed.cells if overlap(one, cell.rect)], one
    assert len({cell.rect for cell in placed.cells}) == len(placed.cells)
    assert not any(overlap(a.rect, b.rect) for a, b in zip(placed.cells, placed.cells[1:], strict=False))
    return placed


def test_a_linear_layer_and_an_addition_by_hand() -> None:
    """Each stands where its number is: the 1,000 classes over 300 px, a map's cell over both maps."""
    trace = NETWORKS["resnet18"]
    assert isinstance(trace.step("fc").op, Linear) and isinstance(trace.step("layer2.0.add").op, Add)
    scene = single_scene(trace, "fc", (0, 500))
    assert scene.filled[1] + scene.filled[3] == pytest.approx(2 * -500.5 * 0.3) and scene.filled[0] == scene.output[0]
    assert scene.window == scene.map and scene.labels[1].lines == ("output 1,000 numbers", "number 501")
    add = single_scene(trace, "layer2.0.add", (1, 3))  # 4×4 cells of 60 px, their largest
    assert add.map == (0, -240, 240, 0) and add.window == pytest.approx((180, -120, 240, -60))
    assert [a - b for a, b in zip(add.filled, add.window, strict=True)] == pytest.approx([add.output[0], 0, add.output[0], 0])  # fmt: skip
    assert add.labels[0].lines == ("both inputs 4×4", "the same cell of each")
