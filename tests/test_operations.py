"""PyTorch's operations and layers as ours: the same whether a layer or a function does it, and by PyTorch's own names."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.utils.flop_counter import FlopCounterMode

import resnet_viz as rv
from resnet_viz.engines.module import layers, operations, tensors
from resnet_viz.engines.module.calls import Call
from resnet_viz.engines.module.loading import load
from resnet_viz.engines.module.merging import _norm, _snake
from resnet_viz.engines.module.nested import MAX_DEPTH, anywhere
from resnet_viz.engines.module.nested import tensors as tensors_in
from resnet_viz.engines.module.tensors import Move, assembled, folded
from resnet_viz.steps import (
    Activation,
    Add,
    Attention,
    AvgPool,
    Concat,
    Conv,
    ConvTranspose,
    Flatten,
    Identity,
    Linear,
    MatMul,
    MaxPool,
    Mean,
    Multiply,
    Norm,
    Op,
    Other,
    Pad,
    Pointwise,
    Rearrange,
    Recurrent,
    Resize,
    Scale,
    Sliding,
)

from .rows import each


class Does(nn.Module):
    """A network that is one function of its input."""

    def __init__(self, does: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.does = does

    def forward(self, x: Tensor) -> Any:
        return self.does(x)


def last(module: nn.Module, shape: tuple[int, ...]) -> Op:
    return rv.trace(nn.Sequential(module), inputs=shape).steps[-1].op


# ---- names -----------------------------------------------------------------------------------------------------------


def test_every_operation_that_is_looked_for_is_one_of_pytorchs() -> None:
    tables = [
        operations._RULES, operations._MAKES, operations._COPIES, operations._MOVES, operations._VIEWS, operations._SAME,
        operations._WRITES, operations._FREE, operations._MATRICES, operations._PRODUCTS, operations._ZEROS, operations._OVERWRITES,
        tensors._PERMUTES, tensors._RESHAPES, tensors._SPREADS, tensors._MERGES, tensors._SLICES - {"extra"},
    ]  # fmt: skip
    known = torch._C._jit_get_schemas_for_operator
    names = {name for table in tables for name in table}
    assert sorted(name for name in names if not known(f"aten::{name}") and not known(f"aten::{name}_")) == []


def test_an_activation_is_called_what_its_layer_or_function_is_called() -> None:
    for kind, word in layers._ACTIVATIONS.items():
        assert word.replace("_", "") == kind.__name__.lower().removesuffix("2d")
    for name, word in operations._ACTIVATIONS.items():
        assert name.strip("_").removesuffix("_kernel").removesuffix("_with_noise") == word
    for name, over in operations._NORMS.items():
        assert over == next((word for word in ("layer", "instance", "rms") if word in name), "")
    assert _snake("HardSwish") == "hard_swish" and _snake("_GELU") == "g_e_l_u" and _snake("swish") == "swish"


@dataclass
class Of:
    op: Op


@pytest.mark.parametrize(
    ("kind", "over"),
    [("LayerNorm2d", "layer"), ("FrozenBatchNorm2d", ""), ("RMSNorm", "rms"), ("GroupNorm1", "group"), ("GlobalResponseNorm", "response"), ("InstanceNormed", "instance"), ("Norm", "Norm")],
)  # fmt: skip
def test_a_norm_of_somebodys_own_is_over_what_its_name_says(kind: str, over: str) -> None:
    assert _norm(kind, []) == Norm(None, over)
    inside: list[Any] = [Of(Add()), Of(Norm(4))]
    assert _norm(kind, inside) == Norm(4)  # unless PyTorch's own is in it


# ---- a layer and its function ----------------------------------------------------------------------------------------

LINE, MAP, SOLID = (2, 4, 12), (2, 4, 12, 10), (2, 4, 6, 8, 10)
W1, W2, W3 = torch.zeros(6, 2, 3), torch.zeros(6, 2, 3, 5), torch.zeros(6, 2, 1, 3, 2)
T1, T2, T3 = torch.zeros(4, 3, 3), torch.zeros(4, 3, 3, 5), torch.zeros(4, 3, 1, 3, 2)
B6 = torch.zeros(6)
# a layer, the function that does the same, the input, and what both are
PAIRS: list[tuple[nn.Module, Callable[[Tensor], Tensor], tuple[int, ...], Op]] = [
    (nn.Conv1d(4, 6, 3, 2, 1, 2, 2), lambda x: F.conv1d(x, W1, B6, 2, 1, 2, 2), LINE, Sliding("conv1d", (3,), (2,), (1,), 2, True, (2,))),
    (nn.Conv2d(4, 6, (3, 5), (2, 1), (1, 2), (1, 2), 2, False), lambda x: F.conv2d(x, W2, None, (2, 1), (1, 2), (1, 2), 2), MAP, Conv((3, 5), (2, 1), (1, 2), 2, False, (1, 2))),
    (nn.Conv2d(4, 6, (3, 5), padding="same", groups=2), lambda x: F.conv2d(x, W2, B6, padding="same", groups=2), MAP, Conv((3, 5), (1, 1), (1, 2), 2, True)),
    (nn.Conv2d(4, 6, (3, 5), padding="valid", groups=2), lambda x: F.conv2d(x, W2, B6, padding="valid", groups=2), MAP, Conv((3, 5), (1, 1), (0, 0), 2, True)),
    (nn.Conv3d(4, 6, (1, 3, 2), (1, 2, 1), (0, 1, 1), groups=2), lambda x: F.conv3d(x, W3, B6, (1, 2, 1), (0, 1, 1), 1, 2), SOLID, Sliding("conv3d", (1, 3, 2), (1, 2, 1), (0, 1, 1), 2, True, (1, 1, 1))),
    (nn.ConvTranspose1d(4, 6, 3, 2, 1, 1, 2), lambda x: F.conv_transpose1d(x, T1, B6, 2, 1, 1, 2), LINE, Sliding("conv_transpose1d", (3,), (2,), (1,), 2, True, (1,))),
    (nn.ConvTranspose2d(4, 6, (3, 5), (2, 3), (1, 2), (1, 0), 2, False, (1, 2)), lambda x: F.conv_transpose2d(x, T2, None, (2, 3), (1, 2), (1, 0), 2, (1, 2)), MAP, ConvTranspose((3, 5), (2, 3), (1, 2), (1, 0), 2, False, (1, 2))),
    (nn.ConvTranspose3d(4, 6, (1, 3, 2), 2, groups=2), lambda x: F.conv_transpose3d(x, T3, B6, 2, 0, 0, 2), SOLID, Sliding("conv_transpose3d", (1, 3, 2), (2, 2, 2), (0, 0, 0), 2, True, (1, 1, 1))),
    (nn.MaxPool1d(3, 2, 1), lambda x: F.max_pool1d(x, 3, 2, 1), LINE, Sliding("maxpool1d", (3,), (2,), (1,), dilation=(1,))),
    (nn.MaxPool2d((3, 2), (2, 1), (1, 0), (1, 2), ceil_mode=True), lambda x: F.max_pool2d(x, (3, 2), (2, 1), (1, 0), (1, 2), True), MAP, MaxPool((3, 2), (2, 1), (1, 0), True, (1, 2))),
    (nn.MaxPool2d(3), lambda x: F.max_pool2d(x, 3), MAP, MaxPool((3, 3), (3, 3), (0, 0))),
    (nn.MaxPool3d((1, 2, 2)), lambda x: F.max_pool3d(x, (1, 2, 2)), SOLID, Sliding("maxpool3d", (1, 2, 2), (1, 2, 2), (0, 0, 0), dilation=(1, 1, 1))),
    (nn.AvgPool1d(3, 2, 1), lambda x: F.avg_pool1d(x, 3, 2, 1), LINE, Sliding("avgpool1d", (3,), (2,), (1,))),
    (nn.AvgPool2d((3, 2), (2, 1), (1, 0), True), lambda x: F.avg_pool2d(x, (3, 2), (2, 1), (1, 0), True), MAP, AvgPool((3, 2), (2, 1), (1, 0), True)),
    (nn.AvgPool3d(2), lambda x: F.avg_pool3d(x, 2), SOLID, Sliding("avgpool3d", (2, 2, 2), (2, 2, 2), (0, 0, 0))),
    (nn.AdaptiveAvgPool1d(4), lambda x: F.adaptive_avg_pool1d(x, 4), LINE, Sliding("avgpool1d", (3,), (3,), (0,))),
    (nn.AdaptiveAvgPool2d((4, 5)), lambda x: F.adaptive_avg_pool2d(x, (4, 5)), MAP, AvgPool((3, 2), (3, 2))),
    (nn.AdaptiveAvgPool3d((3, 4, 2)), lambda x: F.adaptive_avg_pool3d(x, (3, 4, 2)), SOLID, Sliding("avgpool3d", (2, 2, 5), (2, 2, 5), (0, 0, 0))),
    (nn.AdaptiveMaxPool1d(6), lambda x: F.adaptive_max_pool1d(x, 6), LINE, Sliding("maxpool1d", (2,), (2,), (0,), dilation=(1,))),
    (nn.AdaptiveMaxPool2d((4, 5)), lambda x: F.adaptive_max_pool2d(x, (4, 5)), MAP, MaxPool((3, 2), (3, 2), (0, 0))),
    (nn.AdaptiveMaxPool3d(2), lambda x: F.adaptive_max_pool3d(x, 2), SOLID, Sliding("maxpool3d", (3, 4, 5), (3, 4, 5), (0, 0, 0), dilation=(1, 1, 1))),
    (nn.Upsample(scale_factor=2), lambda x: F.interpolate(x, scale_factor=2), MAP, Resize("nearest")),
    (nn.Upsample(scale_factor=2, mode="nearest-exact"), lambda x: F.interpolate(x, scale_factor=2, mode="nearest-exact"), MAP, Resize("nearest")),
    (nn.Upsample(scale_factor=2, mode="bilinear"), lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"), MAP, Resize("bilinear")),
    (nn.Upsample(scale_factor=2, mode="bicubic"), lambda x: F.interpolate(x, scale_factor=2, mode="bicubic"), MAP, Resize("bicubic")),
    (nn.Upsample(scale_factor=2, mode="linear"), lambda x: F.interpolate(x, scale_factor=2, mode="linear"), LINE, Resize("linear")),
    (nn.Upsample(scale_factor=2, mode="trilinear"), lambda x: F.interpolate(x, scale_factor=2, mode="trilinear"), SOLID, Resize("trilinear")),
    (nn.GroupNorm(2, 4), lambda x: F.group_norm(x, 2), MAP, Norm(2)),
    (nn.LayerNorm(10), lambda x: F.layer_norm(x, (10,)), MAP, Norm(None, "layer")),
    (nn.RMSNorm(10), lambda x: F.rms_norm(x, (10,)), MAP, Norm(None, "rms")),
    (nn.InstanceNorm2d(4), lambda x: F.instance_norm(x), MAP, Norm(None, "instance")),
    (nn.Hardtanh(0, 6), lambda x: F.hardtanh(x, 0, 6), MAP, Activation("relu6")),
    (nn.Hardtanh(-2, 2), lambda x: F.hardtanh(x, -2, 2), MAP, Activation("hardtanh")),
    (nn.Flatten(), lambda x: x.flatten(1), MAP, Flatten()),
    (nn.Flatten(2), lambda x: x.flatten(2), MAP, Rearrange("reshape")),
    (nn.PixelShuffle(2), lambda x: F.pixel_shuffle(x, 2), MAP, Rearrange("pixel_shuffle")),
    (nn.PixelUnshuffle(2), lambda x: F.pixel_unshuffle(x, 2), MAP, Rearrange("pixel_unshuffle")),
    (nn.ZeroPad2d((1, 2, 0, 1)), lambda x: F.pad(x, (1, 2, 0, 1)), MAP, Rearrange("pad")),
    (nn.ReflectionPad2d(1), lambda x: F.pad(x, (1, 1, 1, 1), "reflect"), MAP, Rearrange("pad")),
]  # fmt: skip


@each(("layer", "function", "shape", "op"), PAIRS)
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
def test_a_layer_and_its_function_are_one_operation(
    layer: nn.Module, function: Callable[[Tensor], Tensor], shape: tuple[int, ...], op: Op
) -> None:
    traces = [rv.trace(nn.Sequential(module), inputs=shape) for module in (layer, Does(lambda x: function(x * 1)))]
    assert traces[0].steps[-1].op == op
    assert traces[1].steps[-1].op == op or (isinstance(op, Rearrange) and isinstance(traces[1].steps[-1].op, Rearrange))
    assert traces[0].outputs == traces[1].outputs == (tuple(layer.eval()(torch.zeros(shape)).shape),)
    assert traces[0].totals.macs == traces[1].totals.macs


def test_a_pool_to_a_size_that_does_not_divide_is_none_of_ours() -> None:
    assert last(nn.AdaptiveAvgPool2d((5, 5)), MAP) == Other("AdaptiveAvgPool2d")
    assert last(nn.AdaptiveMaxPool2d((5, 5)), MAP) == Other("AdaptiveMaxPool2d")
    assert rv.trace(nn.Sequential(nn.AdaptiveAvgPool2d((5, 5))), inputs=MAP).totals.macs == 0


class Keeps(nn.Module):
    """A network that hands its input to a layer and gives the first of what comes back."""

    def __init__(self, layer: nn.Module, times: int = 1) -> None:
        super().__init__()
        self.layer, self.times = layer, times

    def forward(self, x: Tensor) -> Tensor:
        made = self.layer(*[x] * self.times)
        return made[0] if isinstance(made, tuple) else made


# by hand: a cell has 4, 3 or 1 gates of its width, each a row of what comes in and of what it remembers; heads project
# query, key, value and result, and multiply each position with each other one twice
@each(
    ("layer", "times", "shape", "op", "macs"),
    [
        (nn.LSTMCell(5, 4), 1, (2, 5), Recurrent("LSTM"), 2 * 4 * 4 * (5 + 4)),
        (nn.GRUCell(5, 4), 1, (2, 5), Recurrent("GRU"), 2 * 3 * 4 * (5 + 4)),
        (nn.RNNCell(5, 4), 1, (5,), Recurrent("RNN"), 4 * (5 + 4)),
        (nn.GRU(5, 4, 2), 1, (7, 2, 5), Recurrent("GRU", 2), 7 * 2 * 3 * 4 * ((5 + 4) + (4 + 4))),
        (nn.LSTM(5, 4, bidirectional=True), 1, (7, 5), Recurrent("LSTM", 1, True), 7 * 2 * 4 * 4 * (5 + 4)),
        (nn.RNN(5, 4), 1, (7, 2, 5), Recurrent("RNN"), 7 * 2 * 4 * (5 + 4)),
        (nn.LSTM(5, 4, proj_size=2), 1, (7, 2, 5), Recurrent("LSTM"), None),
        (nn.MultiheadAttention(8, 2), 3, (5, 3, 8), Attention(2), 3 * (4 * 5 * 8 * 8 + 2 * 5 * 5 * 8)),
        (nn.MultiheadAttention(8, 2, batch_first=True), 3, (3, 5, 8), Attention(2), 3 * (4 * 5 * 8 * 8 + 2 * 5 * 5 * 8)),
        (nn.MultiheadAttention(8, 4), 3, (5, 8), Attention(4), 4 * 5 * 8 * 8 + 2 * 5 * 5 * 8),
        (nn.MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True), 3, (5, 3, 8), Attention(2), 3 * (4 * 5 * 8 * 8 + 2 * 5 * 7 * 8)),
        (nn.LPPool2d(2, 2), 1, MAP, Other("LPPool2d"), 0),
        (nn.Unfold(2), 1, MAP, Other("Unfold"), 0),
        (nn.ChannelShuffle(2), 1, MAP, Rearrange("channel_shuffle"), 0),
        (nn.Unflatten(1, (2, 2)), 1, MAP, Rearrange("reshape"), 0),
        (nn.CosineSimilarity(), 2, MAP, Other("CosineSimilarity"), 0),
        (nn.LocalResponseNorm(2), 1, MAP, Norm(None, "response"), 0),
        (nn.Softsign(), 1, MAP, Activation("softsign"), 0),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_layers_that_no_function_stands_for(
    layer: nn.Module, times: int, shape: tuple[int, ...], op: Op, macs: int | None
) -> None:
    made = next(step for step in rv.trace(Keeps(layer, times), inputs=shape).steps if step.name == "layer")
    assert (made.op, made.macs) == (op, macs)
    assert made.params == sum(parameter.numel() for parameter in layer.parameters())


# ---- a module of somebody's own --------------------------------------------------------------------------------------

KERNEL = torch.zeros(4, 4, 3, 3)
CONV = Conv((3, 3), (1, 1), (0, 0))
OWN: list[tuple[str, Callable[..., Any], list[tuple[str, Op]]]] = [
    ("Swish", lambda x: x * torch.sigmoid(x), [("m", Activation("swish"))]),
    ("HardScale", lambda x: x * 2 + 1, [("m", Pointwise("hard_scale"))]),
    ("ZNorm", lambda x: (x - x.mean()) / x.std(), [("m", Norm(None, "ZNorm"))]),
    ("ChannelsLayerNorm", lambda x: F.layer_norm(x.permute(0, 2, 3, 1), (4,)).permute(0, 3, 1, 2), [("m", Norm(None, "layer"))]),
    ("Grouped", lambda x: F.group_norm(x.reshape(2, 4, 120), 2).reshape(MAP) * 2, [("m", Norm(2))]),
    ("Scaled", lambda x: F.conv2d(x * 2, KERNEL), [("m", CONV)]),
    ("Halved", lambda x: F.conv2d(x, KERNEL) * 0.5, [("m", CONV)]),
    ("Flat", lambda x: F.linear(x.flatten(1), torch.zeros(3, 480)), [("m.flatten", Flatten()), ("m", Linear(False))]),
    ("Two", lambda x: F.conv2d(F.conv2d(x, KERNEL), KERNEL), [("m.conv2d", CONV), ("m.conv2d#2", CONV)]),
    ("Gate", lambda x: x * torch.sigmoid(x.mean((2, 3), True)), [("m.mean", AvgPool((12, 10), (12, 10))), ("m.sigmoid", Activation("sigmoid")), ("m.mul", Scale())]),
    ("ConvNorm", lambda x: F.layer_norm(F.conv2d(x, KERNEL, padding=1), (10,)), [("m.conv2d", Conv((3, 3), (1, 1), (1, 1))), ("m.layer_norm", Norm(None, "layer"))]),
    ("Pooled", lambda x: F.max_pool2d(x, 2) * 2, [("m", MaxPool((2, 2), (2, 2), (0, 0))), ("m.mul", Pointwise("mul"))]),
    ("Same", lambda x: x, [("m", Identity())]),
    ("Turned", lambda x: x.permute(0, 2, 3, 1), [("m", Rearrange("permute"))]),
    ("Several", lambda x: (x * 2, torch.relu(x)), [("m.mul", Pointwise("mul")), ("m.relu", Activation("relu"))]),
]  # fmt: skip
OF_TWO: list[tuple[str, Callable[..., Any], list[tuple[str, Op]]]] = [
    ("Sum", lambda x, y: x + y, [("m", Add())]),
    ("FlatSum", lambda x, y: x.flatten(1) + y.flatten(1), [("m", Add())]),
    ("Product", lambda x, y: x * y, [("m", Multiply())]),
    ("SumRelu", lambda x, y: torch.relu(x + y), [("m.add", Add()), ("m.relu", Activation("relu"))]),
    ("Mean", lambda x, y: (x + y) * 0.5, [("m", Add()), ("m.mul", Pointwise("mul"))]),
    ("Mix", lambda x, y: x.flatten(2) @ y.flatten(2).transpose(1, 2), [("m.reshape", Rearrange("reshape")), ("m.permute", Rearrange("permute")), ("m", MatMul())]),
    ("Late", lambda x, y: (x.flatten(2) * y.flatten(2)).view(MAP), [("m.reshape", Rearrange("reshape")), ("m.reshape#2", Rearrange("reshape")), ("m", Multiply()), ("m.reshape#3", Rearrange("reshape"))]),
]  # fmt: skip


class Whole(nn.Module):
    """A network of one module of somebody's own, ``m``."""

    def __init__(self, kind: str, does: Callable[..., Any]) -> None:
        super().__init__()
        self.m = type(kind, (nn.Module,), {"forward": lambda _, *given: does(*given)})()

    def forward(self, *given: Tensor) -> Any:
        return self.m(*given)


@each(("kind", "does", "steps"), OWN + OF_TWO)
def test_a_module_of_somebodys_own_is_one_step_where_it_does_one_thing(
    kind: str, does: Callable[..., Any], steps: list[tuple[str, Op]]
) -> None:
    inputs = [MAP, MAP] if (kind, does, steps) in OF_TWO else [MAP]
    trace = rv.trace(Whole(kind, does), inputs=inputs)
    made = trace.steps[len(inputs) :]
    assert [(step.name, step.op) for step in made] == steps
    assert made[0].reads[0] == 0 and {read for step in made for read in step.reads} >= set(range(len(inputs)))
    convs = sum(step.kind == "conv" for step in made)
    if convs == 1 and "Norm" not in kind:
        assert [step.macs for step in made] == [2 * 10 * 8 * 4 * 4 * 9]


# ---- what is only moved about ----------------------------------------------------------------------------------------

CALL = Call(nn.Identity(), "", None, 0, ())
FOUR = (2, 4, 6, 8)


def moves(*steps: tuple[str, tuple[Any, ...], tuple[int, ...]]) -> tuple[Move, ...]:
    return tuple(Move(*step, CALL) for step in steps)


def test_a_chain_of_views_is_named_by_what_it_does() -> None:
    view, permute, expand = ("view", (), (2, 192)), ("permute", (), (2, 6, 8, 4)), ("expand", (), (9, 4, 6, 8))
    cut, roll = ("slice", (1, 0, 2), (2, 2, 6, 8)), ("roll", (), FOUR)
    for chain, after, op in (
        ((view,), (2, 192), Flatten()),
        ((("flatten", (), (2, 4, 48)), ("squeeze", (), (2, 192))), (2, 192), Flatten()),
        ((view,), (2, 4, 48), Rearrange("reshape")),
        ((view,), (4, 96), Rearrange("reshape")),
        ((permute,), (2, 6, 8, 4), Rearrange("permute")),
        ((view, permute), (2, 8, 24), Rearrange("permute")),
        ((permute, view), (2, 192), Rearrange("permute")),  # no flatten: the order is another
        ((expand,), (9, 4, 6, 8), Rearrange("expand")),
        ((("unsqueeze", (), (2, 1, 4, 6, 8)), expand), (9, 4, 6, 8), Rearrange("expand")),
        ((permute, expand), (9, 4, 6, 8), Rearrange("permute")),
        ((permute, cut), (2, 2, 6, 8), Rearrange("slice")),
        ((("chunk", (2, 1), (2, 2, 6, 8)),), (2, 2, 6, 8), Rearrange("slice")),
        ((view, roll), FOUR, Rearrange("roll")),
        ((("constant_pad_nd", ([1, 1], 0), (2, 4, 6, 10)),), (2, 4, 6, 10), Rearrange("pad")),
        ((), FOUR, Rearrange("reshape")),
    ):  # fmt: skip
        assert folded(FOUR, moves(*chain), after) == op, chain
    assert folded((2, 192), moves(view), (2, 192)) == Rearrange("reshape")  # it was flat already


def test_option_a_is_slices_of_rows_and_columns_with_zero_channels_around() -> None:
    rows, columns = ("slice", (2, 0, 9**18, 2), (2, 4, 3, 8)), ("slice", (3, 0, 9**18, 2), (2, 4, 3, 4))
    zeros = ("pad", ([0, 0, 0, 0, 1, 3],), (2, 8, 3, 4))
    for chain, op in (
        ((rows, columns, zeros), Pad((2, 2), 1, 3)),
        ((rows, columns), Pad((2, 2), 0, 0)),
        ((zeros,), Pad((1, 1), 1, 3)),
        ((zeros, zeros), Pad((1, 1), 2, 6)),
        ((rows,), Pad((2, 1), 0, 0)),
        ((("slice", (-1, 0, None, 3), (2, 4, 6, 3)),), Pad((1, 3), 0, 0)),
        ((("constant_pad_nd", ([0, 0, 0, 0, 2, 2], 0), (2, 8, 6, 8)),), Pad((1, 1), 2, 2)),
        ((("constant_pad_nd", ([0, 0, 0, 0, 2, 2],), (2, 8, 6, 8)),), Pad((1, 1), 2, 2)),
        ((("pad", ([0, 0, 0, 0, 2, 2], "constant", None), (2, 8, 6, 8)),), Pad((1, 1), 2, 2)),
        # what is none: a start, a stop, channels left out, ones, a mirror, rows around, channels cut off
        ((("slice", (2, 1, 9**18, 2), (2, 4, 3, 8)),), Rearrange("slice")),
        ((("slice", (2, 0, 5, 2), (2, 4, 3, 8)),), Rearrange("slice")),
        ((("slice", (1, 0, 9**18, 2), (2, 2, 6, 8)),), Rearrange("slice")),
        ((("pad", ([0, 0, 0, 0, 1, 3], "constant", 1.0), (2, 8, 6, 8)),), Rearrange("pad")),
        ((("constant_pad_nd", ([0, 0, 0, 0, 1, 3], 1.0), (2, 8, 6, 8)),), Rearrange("pad")),
        ((("pad", ([0, 0, 0, 0, 1, 1], "reflect"), (2, 6, 6, 8)),), Rearrange("pad")),
        ((("pad", ([0, 0, 1, 0, 1, 1],), (2, 6, 7, 8)),), Rearrange("pad")),
        ((("pad", ([0, 0, 0, 0, 1, -1],), (2, 4, 6, 8)),), Rearrange("pad")),
        ((("pad", ([1, 1],), (2, 4, 6, 10)),), Rearrange("pad")),
        ((rows, ("roll", (), (2, 4, 3, 8))), Rearrange("slice")),
        ((("slice", (2, 0, 9**18, 1), FOUR),), Rearrange("slice")),  # every one: nothing
    ):  # fmt: skip
        assert folded(FOUR, moves(*chain), chain[-1][2]) == op, chain
    assert folded((2, 4, 6), moves(("slice", (2, 0, 9**18, 2), (2, 4, 3))), (2, 4, 3)) == Rearrange("slice")  # no map


def test_pieces_side_by_side_are_a_concatenation() -> None:
    whole = (2, 6, 4)
    for shapes, op in (
        ([(2, 2, 4), (2, 4, 4)], Concat(1)), ([(1, 6, 4), (1, 6, 4)], Concat(0)), ([(2, 6, 1), (2, 6, 2), (2, 6, 1)], Concat(2)),
        ([(2, 2, 4)], Rearrange("pad")), ([(2, 2, 4), (2, 3, 4)], Rearrange("write")), ([(2, 2, 4), (1, 4, 4)], Rearrange("write")),
        ([(2, 24), (2, 6, 4)], Rearrange("write")), ([(2, 2, 3), (2, 4, 3)], Rearrange("write")),
    ):  # fmt: skip
        assert assembled(list(shapes), whole) == op, shapes


# ---- tensors in whatever holds them ----------------------------------------------------------------------------------


class Pair(NamedTuple):
    one: Tensor
    other: Tensor


@dataclass
class Output:
    scores: Tensor
    hidden: list[Tensor]
    loss: float = 0.5


class Holder:
    def __init__(self, **held: Any) -> None:
        self.__dict__.update(held)


def test_tensors_are_found_in_order_in_whatever_holds_them() -> None:
    a, b, c = torch.zeros(1), torch.zeros(2), torch.zeros(3)
    wraps: list[Callable[[Any], Any]] = [lambda v: [v], lambda v: (v,), lambda v: {"x": v}, lambda v: Output(v, [])]
    for wrap in wraps:
        deep: Any = a
        for _ in range(MAX_DEPTH):
            deep = wrap(deep)
        assert list(map(id, tensors_in(deep))) == [id(a)] and list(tensors_in(wrap(deep))) == []
    for value, found in (
        (a, [a]), ([a, (b, c)], [a, b, c]), ({"x": b, "y": [a]}, [b, a]), (Pair(c, a), [c, a]), (Output(a, [b, c]), [a, b, c]),
        ((1, "text", None, a), [a]), (Output, []), (3, []),
    ):  # fmt: skip
        assert list(map(id, tensors_in(value))) == list(map(id, found))
    assert list(tensors_in(Holder(x=a))) == []
    holder = Holder(x=[a], y={"z": (b,)}, module=nn.Linear(1, 1), kind=Output)
    holder.me = holder  # type: ignore[attr-defined]
    assert list(map(id, anywhere(holder))) == list(map(id, (a, b)))
    assert list(map(id, anywhere((c, holder)))) == [id(c)]  # what is handed over openly is what is meant


# ---- sums, products and means ----------------------------------------------------------------------------------------

W = torch.zeros(5, 10)
CASES: list[tuple[str, Callable[[Tensor], Tensor], Op]] = [
    ("a number a channel", lambda x: x * x.mean((2, 3), keepdim=True), Scale()),
    ("the same, the other way round", lambda x: x.mean((2, 3), keepdim=True) * x, Scale()),
    ("a number a cell", lambda x: x * x.mean(1, keepdim=True), Multiply()),
    ("all with all", lambda x: x * torch.relu(x), Multiply()),
    ("one number a channel on both sides", lambda x: x.amax((2, 3), True) * x.amin((2, 3), True), Multiply()),
    ("tokens with one number each", lambda x: x.flatten(2) * x.flatten(2).amax(2, True), Multiply()),
    ("itself", lambda x: x * x, Pointwise("mul")),
    ("a number", lambda x: x * 2, Pointwise("mul")),
    ("and a number", lambda x: x + 1, Pointwise("add")),
    ("a sum", lambda x: x + torch.relu(x), Add()),
    ("a sum in place", lambda x: torch.relu(x).add_(x), Add()),
    ("side by side", lambda x: torch.cat([x, torch.relu(x)], 1), Concat(1)),
    ("side by side from the end", lambda x: torch.cat([x, torch.relu(x)], -1), Concat(3)),
    ("side by side without an axis", lambda x: torch.cat([x, torch.relu(x)]), Concat(0)),
    ("with constants", lambda x: torch.cat([x, torch.ones(2, 4, 12, 1)], 3), Concat(3)),
    ("on a new axis", lambda x: torch.stack([x, torch.relu(x)], 2), Concat(2, True)),
    ("on a new last axis", lambda x: torch.stack([x, torch.relu(x)], -1), Concat(4, True)),
    ("one alone on a new axis", lambda x: torch.stack([x, torch.ones(2, 4, 12, 10)]), Concat(0, True)),
    ("the mean of all", lambda x: x.mean(), Mean((0, 1, 2, 3))),
    ("the mean of maps", lambda x: x.mean((2, 3)), Mean((2, 3))),
    ("the mean of maps from the end", lambda x: x.mean((-1, -2)), Mean((2, 3))),
    ("the mean of maps that stays one", lambda x: x.mean((3, 2), keepdim=True), AvgPool((12, 10), (12, 10))),
    ("the mean of channels that stays one", lambda x: x.mean(1, keepdim=True), Other("mean")),
    ("the mean of tokens that stays one", lambda x: x.flatten(0, 1).mean((1, 2), keepdim=True), Other("mean")),
    ("a linear layer", lambda x: F.linear(x, W), Linear(False)),
    ("a linear layer with a bias", lambda x: F.linear(x, W, torch.zeros(5)), Linear(True)),
    ("a linear layer of computed weights", lambda x: F.linear(x, x[0, 0]), MatMul()),
    ("a linear layer of constants", lambda x: F.linear(torch.zeros(1, 10), x[0, 0]), MatMul()),
    ("a product with a matrix", lambda x: x.flatten(0, 2) @ W.t(), Linear(False)),
    ("a product of a matrix with it", lambda x: W @ x.flatten(0, 2).t(), Other("matmul")),
    ("a product and a bias", lambda x: torch.addmm(torch.zeros(5), x.flatten(0, 2), W.t()), Linear(True)),
    ("a product of two", lambda x: x.flatten(0, 2) @ x[0, 0].t(), MatMul()),
    ("attention", lambda x: F.scaled_dot_product_attention(x, torch.relu(x), x), Attention(4)),
    ("attention of one head", lambda x: F.scaled_dot_product_attention(x[:, 0], x[:, 0], x[:, 0]), Attention(None)),
    ("einsum as a linear layer", lambda x: torch.einsum("nchw,wd->nchd", x, W.t()), Linear(False)),
    ("einsum as a linear layer turned", lambda x: torch.einsum("nchw, dw -> nchd", x, W), Linear(False)),
    ("einsum over an inner axis", lambda x: torch.einsum("nchw,hd->ncwd", x, torch.zeros(12, 3)), Other("einsum")),
    ("einsum whose axes change places", lambda x: torch.einsum("nchw,dw->ndch", x, W), Other("einsum")),
    ("einsum of two", lambda x: torch.einsum("nchw,ncdw->nchd", x, torch.relu(x)), MatMul()),
    ("einsum of three", lambda x: torch.einsum("nchw,nchw,dw->nchd", x, x, W), Other("einsum")),
    ("einsum that sums nothing", lambda x: torch.einsum("nchw,w->nchw", x, torch.zeros(10)), Other("einsum")),
    ("an exponential", lambda x: x.exp(), Pointwise("exp")),
    ("the largest", lambda x: x.amax(1), Other("amax")),
]  # fmt: skip


@each(("name", "does", "op"), CASES)
def test_what_a_function_of_pytorchs_is(name: str, does: Callable[[Tensor], Tensor], op: Op) -> None:
    trace = rv.trace(Does(lambda x: does(x.neg()).neg()), inputs=MAP)
    *_, made, end = trace.steps
    assert (made.op, end.op) == (op, Pointwise("neg"))
    assert made.output == tuple(does(torch.zeros(MAP)).shape)


# ---- counts of what has no formula, what is returned, and names on the command line ----------------------------------

H, RNN, LSTM = torch.zeros(1, 2, 3), nn.RNN(10, 3, batch_first=True), nn.LSTM(10, 3, batch_first=True)
GRU = nn.GRU(10, 3, batch_first=True)
CELLS: list[tuple[str, Callable[[Tensor], Tensor]]] = [
    ("RNN", lambda x: torch.rnn_tanh(x[:, 0], H, RNN._flat_weights, True, 1, 0.0, False, False, True)[0]),
    ("RNN", lambda x: torch.rnn_relu(x[:, 0], H, RNN._flat_weights, True, 1, 0.0, False, False, True)[0]),
    ("GRU", lambda x: torch.gru(x[:, 0], H, GRU._flat_weights, True, 1, 0.0, False, False, True)[0]),
    ("LSTM", lambda x: torch.lstm(x[:, 0], (H, H), LSTM._flat_weights, True, 1, 0.0, False, False, True)[0]),
]


@pytest.mark.parametrize(("cell", "does"), CELLS)
def test_a_cell_that_is_called_as_a_function(cell: str, does: Callable[[Tensor], Tensor]) -> None:
    step = next(step for step in rv.trace(Does(does), inputs=MAP).steps if step.kind == "recurrent")
    assert step.op == Recurrent(cell) and step.output == (2, 12, 3)


def test_products_of_several_are_the_sum_that_pytorch_counts() -> None:
    left, right = torch.zeros(10, 7), torch.zeros(7, 3)
    module = Does(lambda x: torch.einsum("ab,bc,cd->ad", x.flatten(0, 2), left, right))
    with FlopCounterMode(display=False) as counter:
        module(torch.zeros(MAP))
    trace = rv.trace(module, inputs=MAP)
    rows = 2 * 4 * 12
    assert trace.totals.macs == counter.get_total_flops() // 2 == rows * 10 * 7 + rows * 7 * 3
    assert trace.totals.uncounted == ()


def test_what_is_returned_need_not_be_the_last_step() -> None:
    class Aside(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Conv2d(4, 2, 1), nn.Conv2d(2, 3, 1)

        def forward(self, x: Tensor) -> Tensor:
            made = self.a(x)
            self.b(made)
            return made

    trace = rv.trace(Aside(), inputs=MAP)
    assert ([step.name for step in trace.steps], trace.returns, trace.outputs) == (["input", "a", "b"], (1,), ((2, 2, 12, 10),))  # fmt: skip
    assert rv.trace(nn.Sequential(nn.Conv2d(4, 2, 1)), inputs=MAP).returns == ()


def test_a_module_that_looks_at_its_input_and_returns_it_is_no_step() -> None:
    looks = Does(lambda x: (x.sum(), x)[1])
    trace = rv.trace(nn.Sequential(looks, nn.Conv2d(4, 2, 1)), inputs=MAP)
    assert [(step.name, step.reads) for step in trace.steps[1:]] == [("1", (0,))]


def test_a_network_by_the_name_of_its_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "lanternfish.py").write_text(
        "from torch import nn\n"
        "class Net(nn.Linear):\n    def __init__(self, width=3): super().__init__(width, 2)\n"
        "def needs(width): return Net(width)\n"
        "def gives(): return 3\n"
        "def breaks(): raise ValueError('no\\n  such')\n"
        "ready, number = Net(), 7\n"
    )
    (tmp_path / "broken_fish.py").write_text("raise RuntimeError('boom')\n")
    (tmp_path / "lacking_fish.py").write_text("import zzqqxx_absent\n")
    assert load("lanternfish:Net", {"width": 5}).in_features == 5 and load("lanternfish:ready", {}).in_features == 3
    assert load("lanternfish:needs", {"width": 4}).in_features == 4
    for text, named, message in (
        ("lanternfisch:Net", {}, "network='lanternfisch:Net': there is no module lanternfisch here or installed; did you mean lanternfish?"),
        ("zzqqxx:Net", {}, "network='zzqqxx:Net': there is no module zzqqxx here or installed; run it in the folder that holds zzqqxx.py"),
        ("lanternfish:Nett", {}, "network='lanternfish:Nett': lanternfish has no Nett; did you mean Net?"),
        ("lanternfish:zzqqxx", {}, "network='lanternfish:zzqqxx': lanternfish has no zzqqxx; name one of Net, breaks, gives, needs, nn, number"),
        ("lanternfish:Net.zzqqxx", {}, None),
        ("lacking_fish:Net", {}, "network='lacking_fish:Net': importing it raises ModuleNotFoundError: No module named 'zzqqxx_absent'; mend it there, or name another callable"),
        ("broken_fish:Net", {}, "network='broken_fish:Net': importing it raises RuntimeError: boom; mend it there, or name another callable"),
        ("lanternfish:breaks", {}, "network='lanternfish:breaks': calling it raises ValueError: no such; mend it there, or name another callable"),
        ("lanternfish:needs", {}, "network='lanternfish:needs': calling it raises TypeError: needs() missing 1 required positional argument: 'width'; give it by --arg NAME=VALUE"),
        ("lanternfish:gives", {}, "network='lanternfish:gives': gave an object of type int and no nn.Module; return the module itself"),
        ("lanternfish:number", {}, "network='lanternfish:number': is of type int, neither a module nor a function or class that gives one; name a class of nn.Module, a function that returns one, or a module"),
        ("lanternfish:ready", {"width": 5}, "arg='width': lanternfish:ready is a module and is not called; leave --arg out"),
    ):  # fmt: skip
        with pytest.raises(rv.InputError) as caught:
            load(text, named)
        assert message is None or str(caught.value) == message
