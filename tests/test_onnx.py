"""ONNX files: what they hold equals what PyTorch says of the module that they come from; hostile ones get one line."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import onnx
import onnx.parser
import pytest
import torch
import torch.nn.functional as functional
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import resnet_viz as rv
from resnet_viz import untrusted
from resnet_viz.engines.onnx import EXAMPLES, reading, slimming
from resnet_viz.engines.onnx.refusing import RefusedError
from resnet_viz.steps import (
    Activation,
    Attention,
    AvgPool,
    Concat,
    Conv,
    ConvTranspose,
    Linear,
    MaxPool,
    Mean,
    Norm,
    Op,
    Other,
    Rearrange,
    Resize,
    Scale,
    Step,
    Trace,
)
from tests.onnx_examples import FACTS, OWN, SOURCES, example, export, with_own_numbers


def written(text: str, **weights: tuple[int, ...]) -> bytes:
    """A file of the graph that onnx's own short hand tells, with weights of these shapes and without numbers."""
    model = onnx.parser.parse_model('<ir_version: 9, opset_import: ["" : 20, "own" : 1]>' + text)
    for name, dims in weights.items():
        model.graph.initializer.append(TensorProto(name=name, data_type=TensorProto.FLOAT, dims=dims))
    return model.SerializeToString()


def read(text: str, size: tuple[int, int] | None = None, batch: int | None = None, **weights: tuple[int, ...]) -> Trace:
    """The trace of that file, read in this process."""
    return reading.read_data(written(text, **weights), size, batch)


AGAIN = "export it again with torch.onnx.export"


def refused(data: bytes, size: tuple[int, int] | None = None, batch: int | None = None) -> str:
    with pytest.raises(RefusedError) as caught:
        reading.read_data(data, size, batch)
    return "; ".join(caught.value.args)


def ops(trace: Trace) -> list[Op]:
    return [step.op for step in trace.steps[1:]]


# ---- our own networks -------------------------------------------------------------------------------------------------


def essence(trace: Trace) -> list[tuple[Any, ...]]:
    """All that an exporter keeps: not norms and identities, which it folds away, nor whether a conv has a bias then."""
    index: dict[int, int] = {}
    kept: list[tuple[Any, ...]] = []
    for step in trace.steps:
        if step.kind in ("norm", "identity"):
            index[step.index] = index[step.reads[0]]
            continue
        index[step.index] = len(kept)
        op = replace(step.op, bias=True) if isinstance(step.op, Conv) else step.op
        reads = tuple(index[read] for read in step.reads)
        kept.append((step.name, op, reads, step.output, step.macs, step.receptive_field, step.output_stride))
    return kept


@pytest.mark.parametrize("written", OWN)
def test_a_file_of_our_own_network_gives_the_forecast(written: str) -> None:
    """PyTorch's exporter saw the module; the forecast never did."""
    file, network = FACTS / f"{written.partition('@')[0]}.onnx", rv.forecast(written)
    trace = reading.read_data(file.read_bytes())
    assert essence(trace) == essence(network)
    assert trace.totals.macs == network.totals.macs
    assert (trace.engine, trace.device, trace.spec, trace.unowned) == ("onnx", "none", None, ())
    kinds = [(join.kind, trace.steps[join.step].name) for join in trace.joins]
    assert kinds == [(join.kind, network.steps[join.step].name) for join in network.joins]


def test_parameters_are_those_of_the_module_with_its_norms_folded() -> None:
    """A folded norm leaves its conv one bias a channel: half of what the norm had."""
    trace = reading.read_data((FACTS / "resnet50.onnx").read_bytes())
    module = rv.build("resnet50", "meta")
    norms = sum(p.numel() for m in module.modules() if isinstance(m, nn.BatchNorm2d) for p in m.parameters())
    assert trace.totals.params == sum(p.numel() for p in module.parameters()) - norms // 2


def test_the_exporter_before_gives_the_same_steps() -> None:
    module = with_own_numbers(rv.build("resnet18"))
    trace = reading.read_data(export(module, torch.zeros(1, 3, 64, 64), dynamo=False))
    assert essence(trace) == essence(rv.forecast("resnet18", 64))


# ---- other networks ---------------------------------------------------------------------------------------------------


def counted(module: nn.Module, *inputs: Tensor) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(*inputs)
    return counter.get_total_flops() // 2


@cache
def sample(title: str) -> Trace:
    return reading.read_data(EXAMPLES[title].read_bytes())


@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_is_what_its_module_is(title: str) -> None:
    kind, side = SOURCES[title]
    trace = sample(title)
    assert EXAMPLES[title].stat().st_size < 100_000
    assert trace == reading.read_data(example(title))
    module, x = kind().eval(), torch.zeros(1, 3, side, side)
    assert trace.totals.macs == counted(module, x)
    assert trace.totals.uncounted == () and trace.title == title
    outputs: dict[str, tuple[int, ...]] = {}
    for name, part in module.named_modules():
        if not list(part.children()):
            part.register_forward_hook(lambda _, __, y, name=name: outputs.setdefault(name, tuple(y.shape)) and None)
    assert trace.outputs == (tuple(module(x).shape),)
    seen = {step.name: step.output for step in trace.steps if step.name in outputs}
    assert seen == {name: outputs[name] for name in seen}
    convs = {
        name for name, part in module.named_modules() if isinstance(part, nn.Conv2d | nn.ConvTranspose2d | nn.Linear)
    }
    assert convs <= seen.keys()
    # a norm that was folded left its conv one bias a channel instead of its weight and its bias
    norms = {name: part for name, part in module.named_modules() if isinstance(part, nn.BatchNorm2d)}
    folded = sum(part.num_features for name, part in norms.items() if name not in seen)
    assert trace.totals.params == sum(p.numel() for p in module.parameters()) - folded


@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_is_what_the_hooks_see(title: str) -> None:
    """The other engine ran the module: the same steps, reads, shapes, MACs, fields and stages, up to folded norms.

    Names are equal too but for two functions that exporters write as another: ``interpolate``, and a mean over a map.
    """
    kind, side = SOURCES[title]
    file, hooks = sample(title), rv.trace(kind().eval(), side)
    same = {"upsample_bilinear2d": "interpolate", "mean": "adaptive_avg_pool2d"}
    kept = {step.name for step in file.steps}
    index: dict[int, int] = {}
    expected: list[tuple[Any, ...]] = []
    for step in hooks.steps:
        if step.kind in ("norm", "identity") and step.name not in kept:
            index[step.index] = index[step.reads[0]]
            continue
        index[step.index] = len(expected)
        path, _, function = step.name.rpartition(".")
        name = step.name if step.name in kept else f"{path}.{same[function]}"
        reads = tuple(index[read] for read in step.reads)
        expected.append((name, step.kind, reads, step.output, step.macs, step.receptive_field, step.stage, step.block, step.path))  # fmt: skip
    assert expected == [
        (step.name, step.kind, step.reads, step.output, step.macs, step.receptive_field, step.stage, step.block, step.path)
        for step in file.steps
    ]  # fmt: skip
    assert [part.path for part in file.parts.parts] == [part.path for part in hooks.parts.parts]


def test_the_examples_are_drawn_as_their_authors_would() -> None:
    unet, densenet, gated = map(sample, EXAMPLES)
    assert [join.kind for join in unet.joins] == ["concat"] * 3
    assert [unet.steps[join.shortcut[-1] if join.shortcut else join.fork or 0].output for join in unet.joins]
    assert len([step for step in densenet.steps if isinstance(step.op, Concat)]) == 12
    assert [join.kind for join in gated.joins].count("gate") == 6
    assert {
        kind: [join.kind for join in gated.joins].count(kind)
        for kind in ("identity", "projection")  # type: ignore[comparison-overlap]
    } == {"identity": 4, "projection": 2}


class Tokens(nn.Module):
    """Layer norm, attention and a small network over tokens, as a vision transformer has them, and a head of two."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, 4)
        self.place, self.scale = nn.Parameter(torch.rand(1, 16, 8)), nn.Parameter(torch.tensor(2.0))
        self.norm1, self.norm2 = nn.LayerNorm(8), nn.LayerNorm(8)
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)
        self.mlp = nn.Sequential(nn.Linear(8, 32), nn.GELU(), nn.Linear(32, 8), nn.Dropout(0.1))
        self.head = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.patch(x).flatten(2).transpose(1, 2) + self.place
        q, k, v = self.qkv(self.norm1(x)).reshape(x.shape[0], 16, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
        made = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = x + self.out(made)
        x = x + self.mlp(self.norm2(x)) * self.scale
        return self.head(x.mean(1)), x


def by_name(trace: Trace) -> dict[str, Step]:
    return {step.name: step for step in trace.steps}


@pytest.mark.parametrize("dynamo", [False, True], ids=["exporter before", "exporter"])
def test_attention_is_one_step_and_views_are_none(dynamo: bool) -> None:
    module = with_own_numbers(Tokens())
    trace = reading.read_data(export(module, torch.zeros(1, 3, 16, 16), dynamo=dynamo))
    names = by_name(trace)
    attention = names["scaled_dot_product_attention"]
    assert attention.op == Attention(2) and attention.inputs == ((1, 2, 16, 4),) * 3
    assert attention.macs == 2 * (2 * 16 * 16 * 4)  # two heads: 16 by 16 positions, 4 numbers each, twice
    assert [trace.steps[read].op for read in attention.reads] == [Rearrange("slice")] * 3
    assert [names[name].op for name in ("norm1", "qkv", "mlp.0", "mlp.1")] == [
        Norm(over="layer"), Linear(True), Linear(True), Activation("gelu"),
    ]  # fmt: skip
    assert sum(step.kind == "add" for step in trace.steps) == 2
    assert trace.totals.macs == counted(module.to("meta"), torch.zeros(1, 3, 16, 16, device="meta"))
    assert trace.totals.params == sum(p.numel() for p in module.parameters())
    assert trace.outputs == ((1, 5), (1, 16, 8))


class Activations(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU()
        self.kinds = nn.ModuleList(
            [
                nn.SiLU(),
                nn.GELU(),
                nn.GELU("tanh"),
                nn.Hardswish(),
                nn.Hardsigmoid(),
                nn.ReLU6(),
                nn.Mish(),
                nn.PReLU(8),
            ]
        )
        self.group, self.instance = nn.GroupNorm(2, 8), nn.InstanceNorm2d(8, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.instance(self.group(self.relu(x))))
        for kind in self.kinds:
            x = kind(x)
        return x


@pytest.mark.parametrize("opset", [13, 20])
def test_what_exporters_take_apart_is_put_together(opset: int) -> None:
    """At opset 13 there is no GELU, no mish and no hardswish: each is several operations of the file."""
    module = with_own_numbers(Activations())
    trace = reading.read_data(export(module, torch.zeros(1, 8, 4, 4), dynamo=False, opset_version=opset))
    assert [(step.name, step.kind) for step in trace.steps[1:]] == [
        ("relu", "relu"), ("group", "norm"), ("instance", "norm"), ("relu#2", "relu"),
        ("kinds.0", "silu"), ("kinds.1", "gelu"), ("kinds.2", "gelu"), ("kinds.3", "hardswish"),
        ("kinds.4", "hardsigmoid"), ("kinds.5", "relu6"), ("kinds.6", "mish"), ("kinds.7", "prelu"),
    ]  # fmt: skip
    assert trace.step("group").op == Norm(2)
    assert trace.totals.params == sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize("opset", [13, 20])
def test_a_layer_norm_is_one_step_however_it_is_spelt(opset: int) -> None:
    module = with_own_numbers(nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8)))
    trace = reading.read_data(export(module, torch.zeros(2, 5, 8), dynamo=False, opset_version=opset))
    assert [(step.name, step.op, step.params) for step in trace.steps[1:]] == [
        ("0", Linear(True), 72),
        ("1", Norm(over="layer"), 16),
    ]


# ---- single operations -------------------------------------------------------------------------------------------------

POOLS = (
    ("MaxPool <kernel_shape=[2,2], strides=[2,2], ceil_mode=1>", nn.MaxPool2d(2, 2, ceil_mode=True)),
    ("MaxPool <kernel_shape=[3,3], dilations=[2,2], strides=[1,1]>", nn.MaxPool2d(3, 1, dilation=2)),
    ("AveragePool <kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]>", nn.AvgPool2d(3, 2, 1)),
    ("GlobalAveragePool", nn.AdaptiveAvgPool2d(1)),
    ("GlobalMaxPool", nn.AdaptiveMaxPool2d(1)),
)


@pytest.mark.parametrize(("operation", "module"), POOLS)
def test_pools_are_pytorchs(operation: str, module: nn.Module) -> None:
    step = read(f"main (float[1,4,9,9] x) => (float y) {{ y = {operation} (x) }}").steps[-1]
    x = torch.zeros(1, 4, 9, 9)
    expected = module(x).shape
    assert step.output == tuple(expected) and isinstance(step.op, MaxPool | AvgPool)
    kernel = getattr(module, "kernel_size", 9)
    assert step.op.kernel == (kernel, kernel) and step.receptive_field is not None
    if isinstance(module, nn.MaxPool2d):
        assert isinstance(step.op, MaxPool)
        assert (step.op.ceil, step.op.dilation[0]) == (module.ceil_mode, module.dilation)


WINDOWS = (
    (nn.Conv1d(4, 6, 3, 2, 1), 1), (nn.Conv3d(4, 6, (1, 2, 3), (2, 1, 1), (0, 1, 1), groups=2), 3),
    (nn.ConvTranspose1d(4, 6, 3, 2), 1), (nn.ConvTranspose2d(4, 6, 3, 2, 1, 1), 2), (nn.ConvTranspose3d(4, 6, 2, 2), 3),
    (nn.MaxPool1d(3, 2, 1), 1), (nn.MaxPool2d((3, 2), (2, 1), (1, 0)), 2), (nn.MaxPool3d(2), 3),
    (nn.AvgPool1d(3, 2), 1), (nn.AvgPool2d((3, 2), (2, 1)), 2), (nn.AvgPool3d(2), 3), (nn.AdaptiveAvgPool2d(1), 2),
)  # fmt: skip


@pytest.mark.parametrize(("module", "axes"), WINDOWS)
def test_a_window_over_any_number_of_axes_is_what_the_hooks_see(module: nn.Module, axes: int) -> None:
    image = torch.zeros(1, 4, *(9, 8, 7)[:axes])
    file = reading.read_data(export(module.eval(), image, dynamo=False))
    assert ops(file) == ops(rv.trace(module, inputs=(image,)))


def test_uneven_padding_is_a_step_of_its_own() -> None:
    """TensorFlow's SAME at stride 2 over an even side pads only below and at the right."""
    trace = read(
        """main (float[1,3,8,8] x) => (float y)
        { y = Conv <kernel_shape=[3,3], strides=[2,2], auto_pad="SAME_UPPER"> (x, w) }""",
        w=(4, 3, 3, 3),
    )
    assert [(step.name, step.op, step.output) for step in trace.steps[1:]] == [
        ("pad", Rearrange("pad"), (1, 3, 9, 9)),
        ("conv2d", Conv((3, 3), (2, 2), (0, 0)), (1, 4, 4, 4)),
    ]
    assert trace.steps[-1].macs == 4 * 4 * 4 * 3 * 3 * 3


def test_depthwise_and_transposed_convs_are_counted() -> None:
    trace = read(
        """main (float[2,8,6,6] x) => (float y)
        { a = Conv <kernel_shape=[3,3], group=8, pads=[1,1,1,1]> (x, d)
          y = ConvTranspose <kernel_shape=[2,2], strides=[2,2]> (a, t, b) }""",
        d=(8, 1, 3, 3),
        t=(8, 4, 2, 2),
        b=(4,),
    )
    depthwise, transposed = trace.steps[1:]
    assert depthwise.op == Conv((3, 3), (1, 1), (1, 1), 8) and depthwise.params == 72
    assert isinstance(transposed.op, ConvTranspose) and transposed.params == 8 * 4 * 4 + 4
    module = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.ConvTranspose2d(8, 4, 2, 2))
    assert trace.totals.macs == counted(module, torch.zeros(2, 8, 6, 6))
    assert transposed.output == (2, 4, 12, 12) and transposed.output_stride is None


@pytest.mark.parametrize(("cell", "gates"), [("LSTM", 4), ("GRU", 3), ("RNN", 1)])
def test_recurrent_layers_are_counted_by_their_gates(cell: str, gates: int) -> None:
    """At each of 7 positions, both ways, each gate multiplies the 5 inputs and the 6 numbers of the state."""
    trace = read(
        f"""main (float[7,2,5] x) => (float y)
        {{ y = {cell} <hidden_size=6, direction="bidirectional"> (x, w, r, b) }}""",
        w=(2, 6 * gates, 5),
        r=(2, 6 * gates, 6),
        b=(2, 12 * gates),
    )
    step = trace.steps[-1]
    module = getattr(nn, cell)(5, 6, bidirectional=True)
    assert step.params == sum(p.numel() for p in module.parameters())
    assert step.macs == 7 * 2 * 2 * gates * 6 * (5 + 6)


def test_a_gate_is_read_second_whichever_way_it_is_written() -> None:
    trace = read(
        """main (float[1,4,6,6] x) => (float y)
        { p = GlobalAveragePool (x)
          g = Sigmoid (p)
          y = Mul (g, x) }"""
    )
    gate = trace.steps[-1]
    assert gate.op == Scale() and gate.inputs == ((1, 4, 6, 6), (1, 4, 1, 1)) and gate.reads == (0, 2)
    assert gate.output_stride == (1, 1)


def test_a_stack_a_resize_and_a_mean() -> None:
    trace = read(
        """main (float[1,4,6,6] x) => (float y, float z)
        { one = Constant <value = int64[1] {1}> ()
          s = Constant <value = float[4] {1.0, 1.0, 2.0, 2.0}> ()
          axes = Constant <value = int64[2] {2, 3}> ()
          a = Relu (x)
          ua = Unsqueeze (a, one)
          ux = Unsqueeze (x, one)
          y = Concat <axis=1> (ua, ux)
          r = Resize <mode="nearest"> (a, , s)
          z = ReduceMean <keepdims=0> (r, axes) }"""
    )
    assert ops(trace) == [Activation("relu"), Concat(1, True), Resize("nearest"), Mean((2, 3))]
    assert trace.outputs == ((1, 2, 4, 6, 6), (1, 4)) and trace.returns == (2, 4)


def test_shapes_worked_out_in_the_file_are_followed() -> None:
    """A reshape whose target is computed from the shape of the input, as exporters write ``x.view(x.size(0), -1)``."""
    trace = read(
        """main (float[N,C,H,W] x) => (float y)
        { zero = Constant <value = int64 {0}> ()
          axis = Constant <value = int64[1] {0}> ()
          rest = Constant <value = int64[1] {-1}> ()
          s = Shape (x)
          n = Gather (s, zero)
          m = Unsqueeze (n, axis)
          t = Concat <axis=0> (m, rest)
          f = Reshape (x, t)
          y = Relu (f) }""",
        (5, 7),
        2,
    )
    assert [(step.kind, step.output) for step in trace.steps] == [
        ("input", (2, 3, 5, 7)), ("flatten", (2, 105)), ("relu", (2, 105)),
    ]  # fmt: skip


def test_turns_that_undo_each_other_are_no_step() -> None:
    trace = read(
        """main (float[1,3,4,5] x) => (float y)
        { a = Transpose <perm=[0,2,3,1]> (x)
          b = Transpose <perm=[0,3,1,2]> (a)
          y = Relu (b) }"""
    )
    assert ops(trace) == [Activation("relu")]


def test_a_padding_shortcut_is_one_step() -> None:
    trace = reading.read_data((FACTS / "cifar_resnet20.onnx").read_bytes())
    assert [step.name for step in trace.steps if step.kind == "pad"] == ["layer2.0.shortcut", "layer3.0.shortcut"]
    assert sum(join.kind == "padding" for join in trace.joins) == 2


def test_open_sizes_are_the_callers_or_224() -> None:
    text = "main (float[N,3,H,W] image, float[N,3,H,W] other) => (float y) { y = Add (image, other) }"
    assert read(text).steps[0].output == (1, 3, 224, 224)
    trace = read(text, (32, 48), 4)
    assert [step.name for step in trace.steps] == ["input", "input.1", "add"]
    assert trace.batch == 4 and trace.outputs == ((4, 3, 32, 48),)
    last = read("main (float[N,H,W,3] x) => (float y) { y = Relu (x) }", (32, 48))
    assert last.outputs == ((1, 32, 48, 3),)


@pytest.mark.usefixtures("warm_reader")
def test_a_fixed_size_gives_way_to_the_callers_where_the_network_allows() -> None:
    unet = rv.read_onnx(EXAMPLES["U-Net"], (96, 128), 2)
    assert unet.outputs == ((2, 2, 96, 128),)
    assert unet.totals.macs == 2 * 3 * sample("U-Net").totals.macs  # 96·128 = 3·64·64, twice
    fix = "leave input_size and batch out, or export it with dynamic axes"
    fixed = """main (float[1,3,8,8] x) => (float y)
        { s = Constant <value = int64[2] {1, 192}> ()  y = Reshape (x, s) }"""
    assert refused(written(fixed), (9, 9)) == (
        f"does not fit together at Reshape 'y' (1×3×9×9): 243 numbers cannot be put into 1×192; {fix}"
    )
    head = "main (float[1,3,8,8] x) => (float y) { f = Flatten (x)  y = Gemm <transB=1> (f, w) }"
    assert refused(written(head, w=(5, 192)), (9, 9)) == (
        f"does not fit together at Gemm 'y' (1×243): its weight is for 192 numbers; {fix}"
    )
    conv = "main (float[1,4,8,8] x) => (float y) { y = Conv (x, w) }"
    assert refused(written(conv, w=(5, 3, 1, 1))) == (
        f"does not fit together at Conv 'y' (1×4×8×8): its weight is for 3 channels; {AGAIN}"
    )


def test_functions_are_written_out_and_control_flow_is_one_step() -> None:
    model = onnx.parser.parse_model(
        """<ir_version: 9, opset_import: ["" : 20, "own" : 1]>
        main (float[1,4] x, bool c) => (float[1,4] y)
        { a = own.twice (x)
          y = If (c) <then_branch = then () => (float[1,4] t) { t = Relu (a) }, else_branch = other () => (float[1,4] e) { e = Neg (a) }> }
        <domain: "own", opset_import: ["" : 20]> twice (p) => (q) { h = Relu (p)  q = Sigmoid (h) }"""
    )
    trace = reading.read_data(model.SerializeToString())
    assert [step.kind for step in trace.steps] == ["input", "input", "relu", "sigmoid", "other"]
    last = trace.steps[-1]
    assert last.op == Other("If") and last.output == (1, 4) and 3 in last.reads and last.macs is None


def test_an_operation_of_somebody_elses_is_named_and_not_counted() -> None:
    trace = read(
        """main (float[1,4] x) => (float[1,4] z, float[1,4] y)
        { y = own.Magic (x)  z = Mul (y, m) }""",
        m=(1, 4),
        unused=(3,),
    )
    assert trace.steps[1].op == Other("Magic") and trace.totals.uncounted == ("magic",)
    assert trace.steps[2].params == 4
    assert [(lost.name, lost.count, lost.reason) for lost in trace.unowned] == [("unused", 3, "not run")]


def test_a_size_that_only_running_tells_is_said() -> None:
    text = "main (float[1,4] x) => (float[n,4] z) { y = own.Magic (x)  z = Relu (y) }"
    with pytest.raises(RefusedError) as caught:
        read(text)
    assert caught.value.args == (
        "has sizes that only running it would tell, from Magic 'y' of 'own' on",
        "export the network without what follows it, such as the choice of boxes",
    )


def test_equal_names_of_operations_are_told_apart() -> None:
    trace = read(
        """main (float[1,4] x) => (float y)
        { a = Relu (x)  b = Relu (a)  y = Add (a, b) }"""
    )
    assert [step.name for step in trace.steps] == ["input", "relu", "relu#2", "add"]


def test_names_fit_on_a_page() -> None:
    """A name of a million letters, and one with what steers a terminal, are cut and cleaned."""
    node = helper.make_node("Relu", ["x"], ["y"], name="/" + "a" * 1_000_000 + "/\x1b[31mred<script>/Relu")
    (step,) = reading.read_data(model_of([node])).steps[1:]
    assert len(step.name) <= 210 and step.name.isprintable()


# ---- hostile files ----------------------------------------------------------------------------------------------------


def model_of(
    nodes: list[onnx.NodeProto], shape: tuple[Any, ...] = (1, 3, 8, 8), initializers: tuple[TensorProto, ...] = ()
) -> bytes:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "g", [x], [y], list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)]).SerializeToString()


def relu(before: str, after: str) -> onnx.NodeProto:
    return helper.make_node("Relu", [before], [after])


def weight(*dims: int, **more: Any) -> TensorProto:
    return TensorProto(name="w", data_type=TensorProto.FLOAT, dims=dims, **more)


def _nested(depth: int) -> bytes:
    node = relu("x", "y")
    for _ in range(depth):
        graph = helper.make_graph([node], "g", [], [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
        node = helper.make_node("If", ["x"], ["y"], then_branch=graph, else_branch=graph)
        if depth > 9:
            node = helper.make_node("If", ["x"], ["y"], then_branch=graph)
    return model_of([node])


def _bomb() -> bytes:
    """Functions that each call the next ten times: ten to the tenth operations from a few hundred bytes."""
    functions = [
        helper.make_function(
            "own",
            f"f{level}",
            ["a"],
            ["b10"],
            [
                helper.make_node(f"f{level + 1}", ["a" if i == 0 else f"b{i}"], [f"b{i + 1}"], domain="own")
                for i in range(10)
            ],
            [helper.make_opsetid("", 20), helper.make_opsetid("own", 1)],
        )
        for level in range(10)
    ]
    last = helper.make_function("own", "f10", ["a"], ["b"], [relu("a", "b")], [helper.make_opsetid("", 20)])
    model = onnx.ModelProto.FromString(model_of([helper.make_node("f0", ["x"], ["y"], domain="own")]))
    model.functions.extend([*functions, last])
    return model.SerializeToString()


def _circle() -> bytes:
    model = onnx.ModelProto.FromString(_bomb())
    model.functions[-1].node[0].op_type, model.functions[-1].node[0].domain = "f0", "own"
    for function in model.functions:
        del function.node[1:]
    return model.SerializeToString()


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "text": (lambda: b"hello, this is my network", f"is broken or cut off, or no ONNX file; {AGAIN}"),
    "empty message": (lambda: b"\x08\x09", "holds no network; export one with torch.onnx.export"),
    "cut off": (lambda: model_of([relu("x", "y")])[:-9], f"is broken or cut off, or no ONNX file; {AGAIN}"),
    "claims 10 GB in a field": (
        lambda: b"\x3a\x80\xc8\xaf\xa0\x25" + b"\0" * 50,
        f"is broken or cut off, or no ONNX file; {AGAIN}",
    ),
    "name that is no text": (
        lambda: model_of([helper.make_node("Relu", ["x"], ["y"], name="QQ")]).replace(b"QQ", b"\xff\xfe"),
        f"is broken or cut off, or no ONNX file; {AGAIN}",
    ),
    "circle": (
        lambda: model_of([relu("b", "a"), relu("a", "b"), relu("x", "y")]),
        f"reads 'b' before it is made: its operations are in no order, or go round in a circle; {AGAIN}",
    ),
    "no order": (
        lambda: model_of([relu("a", "y"), relu("x", "a")]),
        f"reads 'a' before it is made: its operations are in no order, or go round in a circle; {AGAIN}",
    ),
    "one name twice": (lambda: model_of([relu("x", "y"), relu("x", "y")]), f"makes 'y' twice; {AGAIN}"),
    "negative dimension": (
        lambda: model_of([helper.make_node("Conv", ["x", "w"], ["y"])], initializers=(weight(8, 3, -3, 3),)),
        f"has a tensor 'w' of an impossible size (8×3×-3×3); {AGAIN}",
    ),
    "huge dimension": (
        lambda: model_of([relu("x", "y")], (1, 3, 2**40, 8)),
        f"has a tensor 'x' of an impossible size (1×3×1099511627776×8); {AGAIN}",
    ),
    "huge tensor": (
        lambda: model_of([relu("x", "y")], (2**30, 2**30)),
        f"has a tensor 'y' of an impossible size (1073741824×1073741824); {AGAIN}",
    ),
    "million operations": (
        lambda: model_of([relu("x", "a")]) + _graph_of(b"\x0a\x00" * 1_000_000),
        "has more than 20,000 operations, and at most these are read; export one network without its training or unrolled loops",
    ),
    "deep subgraphs": (
        lambda: _nested(12),
        "has subgraphs in subgraphs too deep for a network; export the network alone",
    ),
    "function bomb": (
        _bomb,
        "has more than 20,000 operations once its functions are written out; export a smaller network",
    ),
    "functions in a circle": (
        _circle,
        "has functions that call each other in a circle or too deep; export it without functions",
    ),
    "attribute of another kind": (
        lambda: model_of([helper.make_node("MaxPool", ["x"], ["y"], kernel_shape="three")]),
        f"has an operation whose inputs or attributes are none of its kind: MaxPool 'y'; {AGAIN}",
    ),
    "too few inputs": (
        lambda: model_of([helper.make_node("Conv", ["x"], ["y"])]),
        f"has an operation whose inputs or attributes are none of its kind: Conv 'y'; {AGAIN}",
    ),
    "input left out": (
        lambda: model_of([helper.make_node("Conv", ["x", ""], ["y"])]),
        "does not fit together at Conv 'y' (1×3×8×8): Node ()'s input 1 is marked single but has an empty string in the "
        f"graph; {AGAIN}",
    ),
    "no input": (
        lambda: model_of([helper.make_node("Relu", ["w"], ["y"])], initializers=(weight(3),)).replace(
            b"\x0a\x01x", b"\x0a\x01w"
        ),
        "holds a network without an input; export it with its input",
    ),
    "too small an input": (
        lambda: model_of([helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[9, 9])]),
        "has nothing left after MaxPool 'y' at an input of 1×3×8×8: 1×3×0×0; use a larger input_size",
    ),
    "nothing computed": (
        lambda: model_of([helper.make_node("Identity", ["x"], ["y"])]),
        "computes nothing from its input; export a network with torch.onnx.export",
    ),
}


def _graph_of(nodes: bytes) -> bytes:
    return b"\x3a" + _varint(len(nodes)) + nodes


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_or_broken_file_gets_one_line(kind: str) -> None:
    make, message = HOSTILE[kind]
    assert refused(make()) == message


def test_addresses_of_other_files_are_left_out_unread(tmp_path: Path) -> None:
    """What names another file, ``/etc/passwd`` or one that is there, is read without it: sizes are enough."""
    other = tmp_path / "weights"
    other.write_bytes(b"\0" * 864)
    for place in ("/etc/passwd", str(other), "../../weights"):
        tensor = weight(8, 3, 3, 3, data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value=place)
        data = model_of([helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=[3, 3])], initializers=(tensor,))
        assert place.encode() in data and place.encode() not in slimming.slim(data)
        assert reading.read_data(data).totals.params == 216


def test_numbers_of_weights_are_left_out_before_anything_is_read() -> None:
    tensor = weight(500, 3, 10, 10, raw_data=b"\x01" * 600_000)
    data = model_of(
        [helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=[10, 10], pads=[5] * 4)], initializers=(tensor,)
    )
    assert len(data) > 600_000 and len(slimming.slim(data)) < 300
    assert reading.read_data(data).steps[1].params == 150_000


def test_small_numbers_that_say_more_than_they_hold_are_unknown() -> None:
    """A target of a reshape that claims 2 numbers and holds half of one."""
    tensor = TensorProto(name="w", data_type=TensorProto.INT64, dims=[2], raw_data=b"\0\0\0\0")
    told = refused(model_of([helper.make_node("Reshape", ["x", "w"], ["y"])], initializers=(tensor,)))
    assert told.startswith(
        ("has sizes that only running it would tell, from Reshape 'y' on", "does not fit together at Reshape")
    )


SMALL = [slimming.slim(path.read_bytes()) for path in EXAMPLES.values()]


@given(
    st.sampled_from(SMALL),
    st.lists(
        st.tuples(
            st.floats(0, 0.999), st.sampled_from(("set", "cut", "insert", "copy")), st.binary(min_size=1, max_size=6)
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_no_change_of_bytes_gives_anything_but_a_trace_or_a_line(
    data: bytes, changes: list[tuple[float, str, bytes]]
) -> None:
    changed = bytearray(data)
    for place, how, given_bytes in changes:
        at = int(place * len(changed))
        if how == "set":
            changed[at : at + len(given_bytes)] = given_bytes
        elif how == "cut":
            del changed[at : at + len(given_bytes)]
        elif how == "insert":
            changed[at:at] = given_bytes
        else:
            changed[at : at + 8] = changed[:8]
    try:
        trace = reading.read_data(bytes(changed))
    except RefusedError as refusal:
        rule, fix = refusal.args
        assert (rule + fix).isprintable() and len(rule) < 600
    else:
        assert Trace.from_json(trace.to_json()) == trace
        for step in trace.steps:
            assert step.inputs == tuple(trace.steps[read].output for read in step.reads)
            assert all(read < step.index for read in step.reads)


# ---- the process of its own ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("warm_reader")
def test_a_path_and_bytes_give_the_same(tmp_path: Path) -> None:
    path = EXAMPLES["U-Net"]
    trace = rv.read_onnx(path)
    assert trace == rv.read_onnx(path.read_bytes()) == rv.read_onnx(str(path))
    assert trace == sample("U-Net")


@pytest.mark.usefixtures("warm_reader")
def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    cases: list[tuple[Any, str]] = [
        (tmp_path / "none.onnx", "file='none.onnx': cannot be read (No such file or directory); check the path"),
        (tmp_path, f"file='{tmp_path.name}': is no file; name an .onnx file"),
        (b"", "file='model.onnx': is empty; export it again with torch.onnx.export"),
        (3, "file='int': must be a path or bytes; name an .onnx file"),
    ]
    for given_file, message in cases:
        with pytest.raises(rv.OnnxError) as caught:
            rv.read_onnx(given_file)
        assert str(caught.value) == message
    with pytest.raises(rv.InputError, match="input_size=0: height and width must be"):
        rv.read_onnx(EXAMPLES["U-Net"], 0)
    with pytest.raises(rv.InputError, match="batch=0: must be a whole number"):
        rv.read_onnx(EXAMPLES["U-Net"], batch=0)


def test_a_file_that_is_too_long_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "long.onnx"
    with path.open("wb") as file:
        file.truncate(reading.MAX_FILE + 1)  # takes no room on the disk
    with pytest.raises(rv.OnnxError) as caught:
        rv.read_onnx(path, name="a.onnx")
    assert str(caught.value) == (
        "file='a.onnx': has 536,870,913 bytes, and at most 536,870,912 are read; "
        "export it with its weights in another file (external_data=True): they are not needed"
    )


@pytest.mark.parametrize("death", ["import os; os.abort()", "bytearray(10**12)", "print('[]')", "while True: pass"])
def test_a_reader_that_dies_or_never_ends_is_a_broken_file(death: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bounded = "from resnet_viz.untrusted import bound; bound(2**29, 1); "
    monkeypatch.setattr(reading, "_SERVE", bounded + death if "while" not in death else f"{bounded}\n{death}")
    with pytest.raises(rv.OnnxError) as caught:
        rv.read_onnx(EXAMPLES["U-Net"])
    assert str(caught.value) == (
        "file='unet.onnx': is broken, or needs more memory or time than reading is given; export it again with torch.onnx.export"
    )


def test_half_a_gigabyte_of_weights_is_read_within_the_bounds(tmp_path: Path) -> None:
    """The weights are in the file and never in memory: the reader is given less than they take."""
    assert reading.MAX_MEMORY == 512 * 2**20
    path = tmp_path / "wide.onnx"
    tensor = weight(14_000_000, 3, 3, 1).SerializeToString() + b"\x4a" + _varint(504_000_000)
    tensor_field = b"\x2a" + _varint(len(tensor) + 504_000_000) + tensor
    node = helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=[3, 1]).SerializeToString()
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 3, 8, 8)).SerializeToString()
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None).SerializeToString()
    rest = b"\x0a" + _varint(len(node)) + node + b"\x5a" + _varint(len(x)) + x + b"\x62" + _varint(len(y)) + y
    opset = helper.make_opsetid("", 20).SerializeToString()
    length = len(tensor_field) + 504_000_000 + len(rest)
    with path.open("wb") as file:
        file.write(b"\x08\x09\x42" + _varint(len(opset)) + opset + b"\x3a" + _varint(length) + rest + tensor_field)
        file.truncate(file.tell() + 504_000_000)
    trace = rv.read_onnx(path)
    assert trace.steps[1].params == 14_000_000 * 9 and trace.outputs == ((1, 14_000_000, 6, 8),)


def test_the_reader_opens_only_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the process that reads, only the file is opened while it is read."""
    code = (
        "import sys, json; from resnet_viz.engines.onnx import building, opening, reading\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event in ('open', 'subprocess.Popen', 'socket.connect') else None)\n"
        "answer = reading._main(*sys.argv[1:])\n"
        "print(json.dumps({'opened': opened, 'read': 'trace' in answer}))"
    )
    answer = untrusted.ask(code, str(EXAMPLES["DenseNet"]), json.dumps([None, None]))
    assert answer is not None and answer["read"]
    others = [name for name in answer["opened"] if not name.endswith((".py", ".pyc")) and "/proc/self" not in name]
    assert set(others) == {str(EXAMPLES["DenseNet"])}
