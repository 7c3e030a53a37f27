"""The same thing in PyTorch's words and in the paper's."""

import pytest
import torch
from hypothesis import assume, given
from torch import nn
from torch.nn import functional

import resnet_viz as rv
from resnet_viz.spec import ResNetSpec
from resnet_viz.why.names import paper_table, pytorch_line
from tests.strategies import sizes, specs


@given(specs(), sizes)
def test_each_line_of_code_makes_the_steps_shape(spec: ResNetSpec, size: tuple[int, int]) -> None:
    """Every line is run by PyTorch on tensors of the step's own input shapes."""
    try:
        trace = rv.forecast(spec, size, batch=2)
    except rv.InputError:
        assume(False)
        raise
    seen: set[tuple[object, ...]] = set()
    for step in trace.steps[1:]:
        line = pytorch_line(step)
        key = (line, step.inputs)
        if key in seen:
            continue
        seen.add(key)
        given_ = [torch.zeros(shape) for shape in step.inputs]
        names = {"nn": nn, "F": functional, "torch": torch, "x": given_[0], "y": given_[0], "shortcut": given_[-1]}
        names["gate"] = given_[-1].view(*given_[-1].shape[:2], 1, 1) if step.kind == "scale" else None
        made = eval(line, names)
        if isinstance(made, nn.Module):
            assert sum(p.numel() for p in made.parameters()) == step.params
            x = given_[0].unsqueeze(1) if step.kind == "conv1d" else given_[0]
            made = made.eval()(x)
            made = made.squeeze(1) if step.kind == "conv1d" else made
        assert tuple(made.shape) == step.output


def test_a_line_reads_as_torchvisions() -> None:
    trace = rv.forecast(rv.variant("resnext50_32x4d"))
    assert pytorch_line(trace.step("conv1")) == "nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)"
    assert (
        pytorch_line(trace.step("layer2.0.conv2"))
        == "nn.Conv2d(256, 256, 3, stride=2, padding=1, groups=32, bias=False)"
    )
    assert pytorch_line(trace.step("fc")) == "nn.Linear(2048, 1000)"
    assert pytorch_line(trace.step("input")) == ""


@pytest.mark.parametrize(
    ("name", "flops", "conv2", "conv5"),
    [
        ("resnet18", 1.8e9, "[3×3, 64, 3×3, 64] × 2", "[3×3, 512, 3×3, 512] × 2"),
        ("resnet34", 3.6e9, "[3×3, 64, 3×3, 64] × 3", "[3×3, 512, 3×3, 512] × 3"),
        ("resnet50_v1", 3.8e9, "[1×1, 64, 3×3, 64, 1×1, 256] × 3", "[1×1, 512, 3×3, 512, 1×1, 2048] × 3"),
        ("resnet101_v1", 7.6e9, "[1×1, 64, 3×3, 64, 1×1, 256] × 3", "[1×1, 512, 3×3, 512, 1×1, 2048] × 3"),
        ("resnet152_v1", 11.3e9, "[1×1, 64, 3×3, 64, 1×1, 256] × 3", "[1×1, 512, 3×3, 512, 1×1, 2048] × 3"),
    ],
)
def test_the_papers_table_1(name: str, flops: float, conv2: str, conv5: str) -> None:
    """Output sizes, kernels, repeats and FLOPs as printed in 1512.03385, Table 1 (FLOPs there are multiply-adds)."""
    trace = rv.forecast(rv.variant(name))
    rows = paper_table(trace)
    assert [row.paper for row in rows] == [
        "conv1",
        "pool",
        "conv2_x",
        "conv3_x",
        "conv4_x",
        "conv5_x",
        "average pool, fc",
    ]
    assert [row.output for row in rows] == ["112×112", "56×56", "56×56", "28×28", "14×14", "7×7", "1×1"]
    assert (
        rows[0].made_of == "7×7, 64, /2" and rows[1].made_of == "3×3 max pool, /2" and rows[-1].made_of == "1,000-d fc"
    )
    assert (rows[2].made_of, rows[5].made_of) == (conv2, conv5)
    assert sum(row.macs for row in rows) == trace.totals.macs
    assert sum(row.params for row in rows) == trace.totals.params
    assert abs(trace.totals.macs - flops) < 0.07e9  # the paper prints one decimal, cut and not rounded for 34 layers


@given(specs())
def test_the_table_adds_up_for_any_network(spec: ResNetSpec) -> None:
    trace = rv.forecast(spec, 64)
    rows = paper_table(trace)
    assert sum(row.macs for row in rows) == trace.totals.macs
    assert sum(row.params for row in rows) == trace.totals.params
    assert [row.steps[0] for row in rows[1:]] == [row.steps[1] + 1 for row in rows[:-1]]
    assert (rows[0].steps[0], rows[-1].steps[1]) == (1, len(trace.steps) - 1)
