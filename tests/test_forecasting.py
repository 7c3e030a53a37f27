"""The forecast of each form of network: one listed by hand, the rest as PyTorch runs them, and what is refused."""

import pytest
import torch
from torch import nn

import resnet_viz as rv
from resnet_viz.engines.formulas import as_trace
from resnet_viz.engines.formulas.recorder import Recorder
from resnet_viz.spec import ResNetSpec
from resnet_viz.steps import Add, Conv, Norm

BASIC = rv.replace(rv.variant("resnet18"), blocks=(2, 3), widths=(4, 6), stem=rv.Stem((3,)), num_classes=5)
BOTTLENECK = rv.replace(BASIC, block="bottleneck", blocks=(1, 2, 3, 2), widths=(4, 6, 8, 10))
DEEP = rv.Stem((3, 4, 5), 3, 2)

FORMS: dict[str, ResNetSpec] = {
    "basic": BASIC,
    "bottleneck": BOTTLENECK,
    "stride in the 1x1": rv.replace(BOTTLENECK, stride_in="1x1"),
    "groups": rv.replace(BOTTLENECK, groups=2),
    "basic, pre-activation": rv.replace(BASIC, preact=True),
    "bottleneck, pre-activation": rv.replace(BOTTLENECK, preact=True),
    "bottleneck, pre-activation, stride in the 1x1, groups": rv.replace(
        BOTTLENECK, preact=True, stride_in="1x1", groups=2, attention="se"
    ),
    "zeros": rv.replace(BASIC, shortcut="A"),
    "an odd number of zeros": rv.replace(BASIC, shortcut="A", widths=(4, 7)),
    "zeros, pre-activation": rv.replace(BASIC, shortcut="A", preact=True, attention="eca"),
    "always projected": rv.replace(BASIC, shortcut="C"),
    "always projected after a pool": rv.replace(BASIC, shortcut="C", shortcut_pool=True),
    "ResNet-D": rv.replace(BOTTLENECK, shortcut_pool=True, stem=DEEP),
    "ResNet-D, pre-activation": rv.replace(BOTTLENECK, shortcut_pool=True, preact=True, stem=DEEP),
    "a deep stem whose conv pools": rv.replace(BASIC, stem=rv.Stem((3, 4), 3, 2, "conv")),
    "a stem whose conv pools, pre-activation": rv.replace(BASIC, preact=True, stem=rv.Stem((3,), 3, 2, "conv")),
    "a pool that rounds up": rv.replace(BASIC, stem=rv.Stem((3,), pool="max_ceil")),
    "a pool without padding": rv.replace(BASIC, preact=True, stem=rv.Stem((3,), pool="max_unpadded")),
    "a stem of stride 4": rv.replace(BOTTLENECK, stem=rv.Stem((3,), 7, 4)),
    "a stem without a pool": rv.replace(BASIC, stem=rv.Stem((3,), 5, 1, "none")),
    "averages against aliasing": rv.replace(BASIC, anti_alias="avg"),
    "blurs against aliasing": rv.replace(BASIC, anti_alias="blur", shortcut="A"),
    "blurs in bottlenecks": rv.replace(BOTTLENECK, anti_alias="blur"),
    "averages in bottlenecks": rv.replace(BOTTLENECK, anti_alias="avg", groups=2),
    "squeeze and excitation": rv.replace(BOTTLENECK, attention="se", se_ratio=0.25),
    "squeeze and excitation in basic blocks": rv.replace(BASIC, attention="se", se_ratio=0.5),
    "ECA": rv.replace(BOTTLENECK, attention="eca"),
    "ECA, wide": rv.replace(BASIC, attention="eca", blocks=(1, 1), widths=(64, 256), shortcut="A"),
    "ECA, pre-activation": rv.replace(BOTTLENECK, attention="eca", preact=True),
    "dilated": rv.replace(BOTTLENECK, dilated_stages=2),
    "dilated, basic": rv.replace(BASIC, dilated_stages=1),
    "dilated, pre-activation": rv.replace(BASIC, dilated_stages=1, preact=True),
    "dilated bottlenecks, pre-activation": rv.replace(BOTTLENECK, dilated_stages=2, preact=True),
    "group norm": rv.replace(BASIC, norm="group", widths=(32, 64), stem=rv.Stem((32,))),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_forecast_of_each_form_is_what_pytorch_does(form: str) -> None:
    for size, batch, dtype in (((64, 96), 1, "float32"), ((32, 32), 3, "float64")):
        forecast = rv.forecast(FORMS[form], size, batch, dtype)
        assert rv.trace(FORMS[form], size, batch, "meta", dtype).confirm(forecast) == []
        assert (forecast.engine, forecast.device, forecast.dtype, forecast.batch) == ("formulas", "none", dtype, batch)
        assert forecast.spec == FORMS[form]


@pytest.mark.parametrize(
    ("pool", "layer", "sides"),
    [  # torchvision's; pytorch-deeplab-resnet's, 41 and not 40 at 321 px; Caffe's, as pretrained-models.pytorch has it
        ("max", nn.MaxPool2d(3, 2, padding=1), (56, 28, 14, 7)),
        ("max_ceil", nn.MaxPool2d(3, 2, padding=1, ceil_mode=True), (57, 29, 15, 8)),
        ("max_unpadded", nn.MaxPool2d(3, stride=2, ceil_mode=True), (56, 28, 14, 7)),
    ],
)
def test_the_pools_of_public_networks(pool: str, layer: nn.Module, sides: tuple[int, ...]) -> None:
    ends = {step.stage: step.output[2] for step in rv.forecast(f"resnet50:stem.pool={pool}").steps if step.stage}
    assert tuple(ends.values()) == sides
    for side in (225, 320, 321):
        after = rv.forecast(f"resnet18:stem.pool={pool}", side).step("maxpool")
        assert after.output == tuple(layer(torch.empty(after.inputs[0], device="meta")).shape)


def test_a_pool_that_rounds_up_says_so() -> None:
    said = {pool: rv.explain(rv.forecast(f"resnet18:stem.pool={pool}"), "maxpool") for pool in ("max", "max_ceil")}
    up = "Its size is rounded up: the last window hangs over the far edge; rounded down it would be 56×56."
    assert up in said["max_ceil"] and "rounded up" not in said["max"]
    assert up not in rv.explain(rv.forecast("resnet18:stem.pool=max_ceil", 221), "maxpool")  # 111 is halved exactly


def test_a_small_network_as_the_paper_draws_it() -> None:
    """Two basic blocks, written out from figure 5 (left) and equation 2: 4 channels, then 6 at half the size."""
    spec = rv.replace(BASIC, blocks=(1, 1))
    trace = rv.forecast(spec, 32)
    assert [(s.index, s.name, s.kind, s.stage, s.block, s.path, s.reads, s.output) for s in trace.steps] == [
        (0, "input", "input", None, None, "stem", (), (1, 3, 32, 32)),
        (1, "conv1", "conv", None, None, "stem", (0,), (1, 3, 16, 16)),
        (2, "bn1", "norm", None, None, "stem", (1,), (1, 3, 16, 16)),
        (3, "relu", "relu", None, None, "stem", (2,), (1, 3, 16, 16)),
        (4, "maxpool", "maxpool", None, None, "stem", (3,), (1, 3, 8, 8)),
        (5, "layer1.0.conv1", "conv", 1, 0, "main", (4,), (1, 4, 8, 8)),
        (6, "layer1.0.bn1", "norm", 1, 0, "main", (5,), (1, 4, 8, 8)),
        (7, "layer1.0.relu1", "relu", 1, 0, "main", (6,), (1, 4, 8, 8)),
        (8, "layer1.0.conv2", "conv", 1, 0, "main", (7,), (1, 4, 8, 8)),
        (9, "layer1.0.bn2", "norm", 1, 0, "main", (8,), (1, 4, 8, 8)),
        (10, "layer1.0.downsample.0", "conv", 1, 0, "shortcut", (4,), (1, 4, 8, 8)),
        (11, "layer1.0.downsample.1", "norm", 1, 0, "shortcut", (10,), (1, 4, 8, 8)),
        (12, "layer1.0.add", "add", 1, 0, "main", (9, 11), (1, 4, 8, 8)),
        (13, "layer1.0.relu2", "relu", 1, 0, "main", (12,), (1, 4, 8, 8)),
        (14, "layer2.0.conv1", "conv", 2, 0, "main", (13,), (1, 6, 4, 4)),
        (15, "layer2.0.bn1", "norm", 2, 0, "main", (14,), (1, 6, 4, 4)),
        (16, "layer2.0.relu1", "relu", 2, 0, "main", (15,), (1, 6, 4, 4)),
        (17, "layer2.0.conv2", "conv", 2, 0, "main", (16,), (1, 6, 4, 4)),
        (18, "layer2.0.bn2", "norm", 2, 0, "main", (17,), (1, 6, 4, 4)),
        (19, "layer2.0.downsample.0", "conv", 2, 0, "shortcut", (13,), (1, 6, 4, 4)),
        (20, "layer2.0.downsample.1", "norm", 2, 0, "shortcut", (19,), (1, 6, 4, 4)),
        (21, "layer2.0.add", "add", 2, 0, "main", (18, 20), (1, 6, 4, 4)),
        (22, "layer2.0.relu2", "relu", 2, 0, "main", (21,), (1, 6, 4, 4)),
        (23, "avgpool", "avgpool", None, None, "head", (22,), (1, 6, 1, 1)),
        (24, "flatten", "flatten", None, None, "head", (23,), (1, 6)),
        (25, "fc", "linear", None, None, "head", (24,), (1, 5)),
    ]
    # 3·3·49 + 2·3; 4·3·9 + 8 + 4·4·9 + 8 + 4·3 + 8; 6·4·9 + 12 + 6·6·9 + 12 + 6·4 + 12; 6·5 + 5
    assert trace.totals.params == 447 + 288 + 600 + 35


def test_a_gate_is_as_its_paper_draws_it() -> None:
    se = rv.forecast(rv.replace(BASIC, attention="se", blocks=(1,), widths=(256,)), 32)
    told = [(s.name, s.kind, s.path, s.reads, s.output) for s in se.steps if ".se." in s.name]
    at = se.step("layer1.0.bn2").index  # what the gate looks at and scales; 16 = 256/16 numbers between its two layers
    assert told == [
        ("layer1.0.se.pool", "avgpool", "gate", (at,), (1, 256, 1, 1)),
        ("layer1.0.se.fc1", "conv", "gate", (at + 1,), (1, 16, 1, 1)),
        ("layer1.0.se.act", "relu", "gate", (at + 2,), (1, 16, 1, 1)),
        ("layer1.0.se.fc2", "conv", "gate", (at + 3,), (1, 256, 1, 1)),
        ("layer1.0.se.gate", "sigmoid", "gate", (at + 4,), (1, 256, 1, 1)),
        ("layer1.0.se.scale", "scale", "main", (at, at + 5), (1, 256, 8, 8)),
    ]
    assert se.step("layer1.0.se.fc1").params == 256 * 16 + 16
    assert se.step("layer1.0.se.fc2").params == 16 * 256 + 256


@pytest.mark.parametrize(
    ("channels", "kernel"),
    # the odd number nearest to (log2 C + 1)/2, from section 3.3 of 1910.03151 with gamma 2 and b 1; 3 at the least
    [(2, 3), (4, 3), (16, 3), (32, 3), (64, 3), (128, 5), (256, 5), (512, 5), (1024, 5), (2048, 7)],
)
def test_ecas_kernel_grows_with_the_width(channels: int, kernel: int) -> None:
    spec = rv.replace(BASIC, attention="eca", blocks=(1,), widths=(channels,))
    assert rv.forecast(spec, 32).step("layer1.0.se.conv").params == kernel


def test_a_group_norm_has_32_groups_and_a_batch_norm_none() -> None:
    for form, groups in (("basic", None), ("group norm", 32)):
        norms = [step.op for step in rv.forecast(FORMS[form], 32).steps if step.kind == "norm"]
        assert set(norms) == {Norm(groups)}


@pytest.mark.parametrize(
    ("form", "size", "message"),
    [
        ("blurs against aliasing", 2, "input_size=(2, 2): maxpool.1 cannot run: a blur reflects its map at the border, and 1×1 has nothing to reflect; use a larger input"),
        ("averages in bottlenecks", (64, 40), "input_size=(64, 40): layer3.0.add cannot run: the main path brings 32×4×2 and the shortcut 32×4×3, which cannot be added; use sides that are multiples of 32"),
        ("averages against aliasing", (64, 3), "input_size=(64, 3): layer2.0.aa cannot run: its 2×2 window does not fit into 16×1; use a larger input"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_step_and_what_to_do(form: str, size: int | tuple[int, int], message: str) -> None:
    with pytest.raises(rv.InputError) as caught:
        rv.forecast(FORMS[form], size)
    assert str(caught.value) == message
    with pytest.raises((rv.TraceError, rv.InputError)):
        rv.trace(FORMS[form], size, device="meta")


def test_what_is_left_out_is_one_image_in_float32_at_224_pixels() -> None:
    trace = rv.forecast(BASIC)
    assert trace.steps[0].output == (1, 3, 224, 224)
    assert (trace.dtype, trace.batch) == ("float32", 1)
    assert trace.steps[0].output_bytes == 4 * 3 * 224 * 224
    assert trace.elapsed_ms is None and trace.blocks_run is None


def test_a_text_or_a_size_of_its_own_is_taken_as_said() -> None:
    assert rv.forecast("cifar_resnet20").input_size == (32, 32)
    assert rv.forecast("cifar_resnet20", (16, 24)).input_size == (16, 24)


def test_a_repeated_block_grows_the_field_by_what_it_grew_before() -> None:
    """Windows that are not square, as in no ResNet: by hand, 2 by 4, then twice 3 by 5 more."""
    recorder = Recorder((1, 3, 30, 30), 4, Norm(), 1)
    at = recorder.add("before", Conv((2, 4), (1, 1), (0, 0)), (0,), "stem", 3)
    recorder.stage, recorder.block, recorder.prefix = 10, 0, "layer10.0."
    conv = recorder.add("conv1", Conv((3, 5), (1, 1), (1, 2)), (at,), "main", 3)
    last = recorder.add("add", Add(), (conv, at), "main")
    recorder.block, recorder.prefix = 1, "layer10.1."
    assert recorder.repeat(at + 1, last + 1, last) == 5
    first, again = recorder.steps[2:4], recorder.steps[4:]
    assert [step.receptive_field for step in (*first, *again)] == [(4, 8), (4, 8), (6, 12), (6, 12)]
    assert [(s.index, s.name, s.stage, s.block, s.reads) for s in again] == [
        (4, "layer10.1.conv1", 10, 1, (3,)),
        (5, "layer10.1.add", 10, 1, (4, 3)),
    ]
    kept = ("op", "path", "inputs", "output", "params", "macs", "output_stride", "output_bytes")
    for copied, made in zip(again, first, strict=True):
        assert [getattr(copied, name) for name in kept] == [getattr(made, name) for name in kept]


def test_a_trace_is_taken_as_it_is_and_a_network_forecast() -> None:
    trace = rv.forecast("resnet18", 64)
    assert as_trace(trace) is trace
    for given in ("resnet18", rv.variant("resnet18"), rv.ResNetSpec()):
        assert as_trace(given) == rv.forecast(given)
    with pytest.raises(rv.InputError) as caught:
        as_trace(18)  # type: ignore[arg-type]
    words = "must be a Trace or a network, not int; write e.g. 'resnet34@224', or make one with resnet_viz.forecast"
    assert str(caught.value) == f"trace=18: {words}"
    with pytest.raises(rv.InputError) as caught:
        as_trace(None, "before")  # type: ignore[arg-type]
    assert caught.value.field == "before"
