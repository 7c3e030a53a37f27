"""One number taken apart: the sum is the number in PyTorch's tensor, and the weights are the slopes that autograd finds."""

import os
import random
from itertools import pairwise
from math import fsum
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

import resnet_viz as rv
from resnet_viz.inside.apart import CLOSE, RULES, Apart
from resnet_viz.inside.apart.parts import Cell
from resnet_viz.spec import ResNetSpec
from resnet_viz.steps import Norm, Op, Step

from .strategies import sizes, specs

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
CELLS = 500 if NIGHTLY else 8  # of each of the twenty networks: 10,000 at night

_SMALL = "blocks=1,1,1,widths=8,12,16,num_classes=5"
_GROUPED = "blocks=1,1,widths=32,64,num_classes=5"
NETWORKS = (
    (f"resnet18:{_SMALL}", (32, 32)),
    (f"resnet34:{_SMALL},dilated_stages=1", (33, 40)),
    (f"resnet50:{_SMALL}", (32, 32)),
    (f"resnet50_v1:{_SMALL}", (35, 32)),
    ("resnet18_option_a:blocks=1,1,1,widths=64,70,81,num_classes=5", (31, 33)),
    (f"resnet18_option_c:{_SMALL}", (32, 32)),
    ("cifar_resnet20:blocks=1,2,1,num_classes=5", (16, 15)),
    (f"resnet50_cifar:{_SMALL}", (12, 12)),
    ("preact_resnet110:blocks=1,1,1,num_classes=5", (16, 16)),
    (f"resnetv2_50:{_SMALL}", (33, 33)),
    (f"resnext50_32x4d:{_GROUPED}", (32, 32)),
    (f"seresnet50:{_SMALL}", (32, 32)),
    (f"seresnext50_32x4d:{_GROUPED}", (24, 24)),
    (f"resnet50_os8:{_SMALL},dilated_stages=2", (32, 32)),
    (f"resnet50_gn:{_GROUPED}", (32, 32)),
    (f"resnet50d:{_SMALL}", (57, 32)),
    (f"ecaresnet50t:{_SMALL}", (32, 32)),
    (f"resnetblur50:{_SMALL}", (41, 32)),
    (f"resnetaa50d:{_SMALL}", (32, 32)),
    (f"resnetv2_50d_gn:{_GROUPED}", (32, 32)),
)


def randomised(module: nn.Module, seed: int = 0) -> nn.Module:
    """With numbers of which none is 0 or 1 by its making, in float64."""
    generator = torch.Generator().manual_seed(seed)
    for part in module.double().modules():
        for name, one in (*part.named_parameters(recurse=False), *part.named_buffers(recurse=False)):
            if one.is_floating_point():
                spread = 1 / max(1, one[0].numel()) ** 0.5 if one.dim() > 1 else 0.5
                made = torch.randn(one.shape, generator=generator, dtype=torch.float64) * spread
                one.data.copy_(made.abs() + 0.1 if name == "running_var" else made)
    return module.eval()


def seen_in(network: ResNetSpec | str, size: tuple[int, int], **more: Any) -> rv.Activations:
    module = randomised(rv.build(network))
    image = torch.randn(module.spec.in_channels, *size, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return rv.look(module, image, **more)


def a_cell(draw: random.Random, step: Step) -> tuple[int, ...]:
    return tuple(draw.randrange(side) for side in step.output[1:])


def check(seen: rv.Activations, step: Step, at: tuple[int, ...]) -> Apart:
    """The sum is PyTorch's number, each cell is what its own step made, and each weight is the slope that autograd finds."""
    found = seen.apart(step, *at)
    value = float(seen.maps(step)[at])
    assert found.cell == Cell(step.name, at, value)
    moved = fsum(abs(term.product) for term in found.terms) + abs(found.bias or 0)
    if found.terms:
        assert found.total == pytest.approx(value, rel=1e-9, abs=1e-9 * moved)
        assert found.total == pytest.approx(fsum([*(term.product for term in found.terms), found.bias or 0.0]))
    for term in found.terms[:5]:
        if term.cell:
            assert term.cell.value == float(seen.maps(term.cell.step)[term.cell.at])
    return found


def slopes(seen: rv.Activations, step: Step, at: tuple[int, ...]) -> list[Tensor]:
    """How the number changes with each number that the step reads, by PyTorch."""
    read = [seen.maps(seen.trace.steps[index])[None].requires_grad_() for index in step.reads]
    module = seen.subject.module.get_submodule(step.name)
    return [one[0] for one in torch.autograd.grad(module(*read)[0][at], read)]


def check_slopes(seen: rv.Activations, step: Step, at: tuple[int, ...], found: Apart) -> None:
    if (isinstance(step.op, Norm) and step.op.groups) or any(term.weight is None for term in found.terms):
        return  # its mean moves with the cell; a function's slope is no weight
    read = [seen.trace.steps[index].name for index in step.reads]
    told = [torch.zeros(seen.trace.steps[index].output[1:], dtype=torch.float64) for index in step.reads]
    for term in found.terms:
        if term.cell:
            told[read.index(term.cell.step)][term.cell.at] += term.weight or 0
            if term.by:
                told[read.index(term.by.step)][term.by.at] += term.cell.value
    for mine, theirs in zip(told, slopes(seen, step, at), strict=True):
        torch.testing.assert_close(mine, theirs)


# by day those that have all kinds between them: a block and a stride of each sort, and every norm, gate, pool and shortcut
DAILY = tuple(NETWORKS[place] for place in (1, 3, 4, 8, 9, 12, 13, 14, 16, 17, 18))


@pytest.mark.parametrize(
    ("network", "size"), NETWORKS if NIGHTLY else DAILY, ids=lambda value: str(value).partition(":")[0]
)
def test_random_cells_of_twenty_networks_are_the_sums_that_are_told(network: str, size: tuple[int, int]) -> None:
    seen, draw = seen_in(network, size), random.Random(network)
    steps = list(seen.trace.steps[1:])
    kinds = list({step.kind: step for step in draw.sample(steps, len(steps))}.values())  # each kind at least once
    for step in [*kinds, *(draw.choice(steps) for _ in range(CELLS - len(kinds)))]:
        at = a_cell(draw, step)
        check_slopes(seen, step, at, check(seen, step, at))


@settings(max_examples=max(1, settings.default.max_examples // 10))  # type: ignore[union-attr]
@given(specs(), sizes, st.randoms(use_true_random=False), st.booleans())
def test_random_cells_of_random_networks(spec: ResNetSpec, size: tuple[int, int], draw: random.Random, training: bool) -> None:  # fmt: skip
    try:
        seen = seen_in(spec, size, training=training)
    except rv.TraceError as error:  # a norm of a single number, a border that is wider than the map
        assume(not error)
        raise
    for step in draw.sample(seen.trace.steps, min(6, len(seen.trace.steps))):
        check(seen, step, a_cell(draw, step))


# ---- layers that our own networks have not ---------------------------------------------------------------------------


class Gates(nn.Module):
    """CBAM: a gate for each channel, then one for each place (1807.06521)."""

    def __init__(self) -> None:
        super().__init__()
        self.pool, self.fc1, self.fc2 = nn.AdaptiveAvgPool2d(1), nn.Conv2d(6, 2, 1), nn.Conv2d(2, 6, 1)
        self.place = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = x * torch.sigmoid(self.fc2(functional.relu(self.fc1(self.pool(x)))))
        return x * torch.sigmoid(self.place(x.mean(1, keepdim=True)))


class InPlace(nn.Module):
    """What comes after writes over what was there before."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.relu = nn.Conv2d(6, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.conv(x))
        y += x
        return self.relu(y)


class Beside(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, functional.relu(x)], 1)


LAYERS: tuple[tuple[nn.Module, tuple[int, ...]], ...] = (
    (nn.Conv2d(6, 4, 3, padding=2, padding_mode="reflect"), (6, 7, 8)),
    (nn.Conv2d(6, 4, (3, 5), padding=(1, 2), padding_mode="replicate", stride=2), (6, 7, 8)),
    (nn.Conv2d(6, 4, 3, padding=1, padding_mode="circular", dilation=1), (6, 7, 8)),
    (nn.Conv2d(6, 4, (4, 3), padding="same", dilation=(1, 2), groups=2), (6, 7, 8)),
    (nn.Conv2d(6, 4, 3, padding="valid", bias=False), (6, 7, 8)),
    (nn.Conv1d(6, 4, 3, 2, 1), (6, 9)),
    (nn.Sequential(nn.Conv2d(6, 4, 1), nn.LayerNorm([4, 7, 8])), (6, 7, 8)),
    (nn.Sequential(nn.Conv2d(6, 4, 1), nn.RMSNorm([8])), (6, 7, 8)),
    (nn.Sequential(nn.Conv2d(6, 4, 1), nn.InstanceNorm2d(4, affine=True)), (6, 7, 8)),
    (nn.Sequential(nn.Conv2d(6, 4, 1), nn.InstanceNorm2d(4, track_running_stats=True)), (6, 7, 8)),
    (nn.Sequential(nn.Conv2d(6, 4, 1), nn.GroupNorm(2, 4)), (6, 7, 8)),
    (nn.Sequential(nn.Conv2d(6, 4, 1), nn.BatchNorm2d(4, track_running_stats=False)), (6, 7, 8)),
    (nn.Sequential(nn.Conv2d(6, 4, 1), nn.BatchNorm2d(4, affine=False)), (6, 7, 8)),
    (nn.MaxPool2d(3, 2, 1, dilation=2, ceil_mode=True), (6, 9, 8)),
    (nn.MaxPool2d((2, 3), ceil_mode=True), (6, 9, 8)),
    (nn.AvgPool2d(3, 2, 1, ceil_mode=True), (6, 8, 9)),
    (nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), (6, 8, 9)),
    (nn.AvgPool2d(2, divisor_override=3), (6, 8, 9)),
    (nn.AdaptiveAvgPool2d((3, 5)), (6, 7, 8)),
    (nn.AdaptiveAvgPool2d((3, 4)), (6, 6, 8)),
    (nn.AdaptiveMaxPool2d((3, 5)), (6, 7, 8)),
    (nn.AvgPool1d(3, 2, 1), (6, 9)),
    *((nn.Sequential(nn.Conv2d(6, 4, 1), layer), (6, 5, 5)) for layer in (nn.PReLU(4), nn.PReLU(), nn.GELU(), nn.GELU("tanh"), nn.SiLU(), nn.LeakyReLU(0.3), nn.ELU(2.0), nn.Hardswish(), nn.Softplus(2.0), nn.Tanh(), nn.ReLU6(), nn.Hardtanh(-0.3, 0.2))),
    (Gates(), (6, 7, 8)),
    (nn.Sequential(InPlace(), InPlace()), (6, 7, 8)),
    (nn.Sequential(nn.Conv2d(6, 2, 1), Beside(), nn.Flatten(), nn.Linear(4 * 7 * 8, 3)), (6, 7, 8)),
)  # fmt: skip


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")  # PyTorch's, of what it costs
@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=lambda value: type(value).__name__)
def test_layers_that_only_others_have(layer: nn.Module, shape: tuple[int, ...]) -> None:
    before = [nn.Conv2d(2, shape[0], 1), *([nn.Flatten(2)] if len(shape) == 2 else [])]
    whole = nn.Sequential(*before, layer)
    image = torch.randn(2, *(shape[1:] if len(shape) == 3 else (3, shape[1] // 3)))
    seen = rv.look(randomised(whole), image.double())
    draw = random.Random(0)
    for step in seen.trace.steps[1:]:
        for _ in range(4):
            check(seen, step, a_cell(draw, step))
    for ends in ((0,) * len(step.output[1:]), tuple(side - 1 for side in step.output[1:])):
        check(seen, step, ends)  # at both corners, where borders are


# ---- what is not known ----------------------------------------------------------------------------------------------


class Standardised(nn.Conv2d):
    """Its weights are not those that it computes with (1903.10520)."""

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        return functional.conv2d(x, weight, self.bias, self.stride, self.padding)


class Functional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.randn(4, 3, 3, 3))

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv2d(x, self.kernel)


@pytest.mark.parametrize(
    ("layer", "rule"),
    [
        (Standardised(3, 4, 3), "computes something else than its layer says"),
        (Functional(), "is a conv whose weights are no layer's"),
        (nn.ConvTranspose2d(3, 4, 3), "is of a kind that is not taken apart here (conv_transpose)"),
        (nn.Softmax2d(), "is a softmax, which is not taken apart here"),
        (nn.Upsample(scale_factor=2), "is of a kind that is not taken apart here (resize)"),
        (nn.PixelUnshuffle(2), "moves numbers about (pixel_unshuffle), and from where is not known here"),
        (nn.LocalResponseNorm(2), "is a LocalResponseNorm, whose weights are not known here"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_known_says_so_and_is_never_told_wrong(layer: nn.Module, rule: str) -> None:
    seen = rv.look(nn.Sequential(nn.Conv2d(3, 3, 1), layer).eval(), torch.rand(3, 8, 8))
    step = seen.trace.steps[-1]
    with pytest.raises(rv.LookError) as caught:
        seen.apart(step, 1, 1, 1)
    assert rule in caught.value.rule and caught.value.fix == "take the steps that it reads apart: 0"


def test_a_sum_that_is_not_the_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it would be if a rule were wrong by one cell."""
    from resnet_viz.inside.apart import sliding
    from resnet_viz.steps import Conv

    seen = seen_in(*NETWORKS[0])
    monkeypatch.setitem(RULES, Conv, lambda at: sliding.conv(at)._replace(bias=1e-3))
    with pytest.raises(rv.LookError, match="computes something else than its layer says"):
        seen.apart("conv1", 0, 3, 3)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (("conv1", 0, 0, 99), "column=99: conv1 has columns 0 to 15; use one of them"),
        (("conv1", -1, 0, 0), "channel=-1: conv1 has channels 0 to 63; use one of them"),
        (("conv1", 0, 1.5, 0), "row=1.5: conv1 has rows 0 to 15; use one of them"),
        (("conv1", 0), "row=None: conv1 has rows 0 to 15; use one of them"),
        (("fc", 0, 0, 0), "row=0: fc has no rows; leave it out"),
        (("conv9", 0, 0, 0), "step='conv9': is not in this network; try conv1"),
    ],
)
def test_a_place_that_is_not_there(ask: tuple[Any, ...], message: str) -> None:
    seen = seen_in(*NETWORKS[0])
    with pytest.raises(rv.ResNetVizError) as caught:
        seen.apart(*ask)
    assert str(caught.value) == message


# ---- in words -------------------------------------------------------------------------------------------------------


def test_a_sum_by_hand() -> None:
    """1·2 + 2·3 + 0 of padding and so on: a conv whose numbers anybody can add up."""
    conv = nn.Conv2d(1, 1, 3, padding=1)
    conv.weight.data = torch.arange(9.0).view(1, 1, 3, 3)
    conv.bias.data = torch.tensor([0.5])  # type: ignore[union-attr]
    seen = rv.look(nn.Sequential(conv), torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    found = seen.apart("0", 0, 0, 0)  # 1·4 + 2·5 + 3·7 + 4·8 + 0.5
    assert found.total == found.cell.value == 67.5
    assert repr(found) == (
        "0[0, 0, 0] = 67.5\n"
        "each cell under the window times its weight, over all channels\n"
        "9 products, 5 of padding; the 3 largest are 80% of their total size\n"
        "  +32  input[0, 1, 1] = 4 × 8\n"
        "  +21  input[0, 1, 0] = 3 × 7\n"
        "  +10  input[0, 0, 1] = 2 × 5\n"
        "  +4  input[0, 0, 0] = 1 × 4\n"
        "  +0  padding zero × 0\n"
        "  +0  padding zero × 1\n"
        "  +0  padding zero × 2\n"
        "  +0  padding zero × 3\n"
        "  +0  padding zero × 6\n"
        "  +0.5  added\n"
        "= 67.5"
    )


class ByHand(nn.Module):
    """1 2 over 3 4: their mean 2.5 gates them, the sum with themselves is 3.5 times what they were, then norms."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.root = nn.Conv2d(1, 1, 1, bias=False), nn.RMSNorm(2, eps=4.0)
        self.own = nn.InstanceNorm2d(1, eps=0.25, track_running_stats=True)
        self.all = nn.LayerNorm((2, 2))

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        y = x * x.mean((2, 3), keepdim=True) + x
        return self.all(self.own(self.root(y)))


def test_words_of_more_products_of_a_gate_and_of_norms() -> None:
    wide = nn.Conv2d(14, 1, 1, bias=False)
    wide.weight.data = torch.arange(14.0, 0.0, -1.0).view(1, 14, 1, 1)
    lines = rv.look(nn.Sequential(wide), torch.ones(14, 1, 1)).apart("0", 0, 0, 0).lines()
    assert lines[2] == "14 products; the 8 largest are 80% of their total size"  # 14 + … + 7 = 84 of 105
    assert lines[3] == "  +14  input[0, 0, 0] = 1 × 14" and lines[-2:] == ["  +3  2 more products", "= 105"]
    net = ByHand().eval()
    net.conv.weight.data.fill_(1.0)
    net.own.running_mean, net.own.running_var = torch.tensor([0.5]), torch.tensor([0.75])
    seen = rv.look(net, torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    told = {step.name: seen.apart(step.name, *(side - 1 for side in step.output[1:])).lines() for step in seen.trace.steps[1:]}  # fmt: skip
    assert told["mul"][2:] == ["1 product", "  +10  conv[0, 1, 1] = 4 × 2.5 (mean[0, 0, 0])", "= 10"]
    assert told["add"][2:] == ["2 numbers", "  +10  mul[0, 1, 1] = 10 × 1", "  +4  conv[0, 1, 1] = 4 × 1", "= 14"]
    assert told["root"][1].startswith("normalised by all along the last axis: (x − mean) / √(mean square + eps)")
    assert told["root"][2] == "mean 0, mean square 153.125, eps 4, γ 1, β 0"  # (10.5² + 14²) / 2
    assert told["own"][1].startswith("normalised by its channel's running statistics: ")
    assert told["own"][2] == "mean 0.5, variance 0.75, eps 0.25, γ 1, β 0"
    assert told["all"][1].startswith("normalised by all along the last 2 axes: ")


def test_the_way_back_ends_in_the_image() -> None:
    seen = seen_in(*NETWORKS[2])
    way = seen.way_back("fc", 2)
    assert [one.cell.step for one in way[:3]] == ["fc", "flatten", "avgpool"] and way[-1].cell.step == "input"
    for before, after in pairwise(way):
        assert after.cell == before.terms[0].cell
        assert abs(before.terms[0].product) == max(abs(term.product) for term in before.terms)


def test_every_kind_of_our_own_networks_has_a_rule_and_is_tried_each_day() -> None:
    """Each that a catalogue's network has; what only others have may be unknown, and says so."""
    ours: set[type[Op]] = {
        type(step.op) for name in rv.variants() if "1202" not in name for step in rv.forecast(name, 64).steps
    }
    assert ours <= RULES.keys() and CLOSE == 1e-5
    assert ours <= {type(step.op) for name, size in DAILY for step in rv.forecast(name, size).steps}
