"""Independent engines agree on random networks: formulas, hooks, FlopCounterMode, torchinfo."""

from typing import Any

import pytest
import torch
import torchinfo
from hypothesis import assume, event, given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

import resnet_viz as rv
from resnet_viz.spec import ResNetSpec
from resnet_viz.steps import Trace
from tests.strategies import fields, sizes, specs


@given(specs(), sizes, st.integers(1, 3), st.sampled_from(["float32", "float64"]))
def test_forecast_equals_hooks_row_by_row(spec: ResNetSpec, size: tuple[int, int], batch: int, dtype: str) -> None:
    try:
        forecast = rv.forecast(spec, size, batch, dtype)
    except rv.InputError as error:  # a size that does not halve, or one value to norm: PyTorch refuses it too
        event("refused")
        assert spec.anti_alias != "none" or spec.norm == "group" or spec.stem.pool == "max_unpadded"
        for device in ("meta", "cpu"):
            with pytest.raises((rv.TraceError, rv.InputError)):
                rv.trace(spec, size, batch, device, dtype)
        with pytest.raises((RuntimeError, ValueError)), torch.no_grad():
            rv.build(spec).eval()(torch.zeros(batch, spec.in_channels, *size))
        assert error.field == "input_size"
        return
    assert rv.trace(spec, size, batch, "meta", dtype).confirm(forecast) == []
    assert rv.trace(spec, size, batch, "cpu", dtype).confirm(forecast) == []


def _forecast(spec: ResNetSpec, size: tuple[int, int], batch: int = 1) -> Trace:
    """The forecast, or no example where this network refuses this size."""
    try:
        return rv.forecast(spec, size, batch)
    except rv.InputError:
        assume(False)
        raise


@given(specs(), sizes, st.integers(1, 3))
def test_macs_are_half_of_flop_counter(spec: ResNetSpec, size: tuple[int, int], batch: int) -> None:
    forecast = _forecast(spec, size, batch)
    network = rv.build(spec).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(batch, spec.in_channels, *size))
    assert counter.get_total_flops() == 2 * forecast.totals.macs


@given(specs(), sizes, st.integers(1, 3))
def test_torchinfo_agrees(spec: ResNetSpec, size: tuple[int, int], batch: int) -> None:
    forecast = _forecast(spec, size, batch)
    summary = torchinfo.summary(rv.build(spec), (batch, spec.in_channels, *size), verbose=0, depth=5, device="cpu")
    assert summary.total_params == forecast.totals.params
    shapes = [tuple(layer.output_size) for layer in summary.summary_list if layer.is_leaf_layer]
    assert shapes == [step.output for step in forecast.steps[1:]]
    # torchinfo also counts a norm's weights and every bias once, whatever the map's size, and ECA's conv only once
    biases = sum(s.output[1] for s in forecast.steps if getattr(s.op, "bias", False))
    extra = sum(step.params for step in forecast.steps if step.kind == "norm") + biases
    slides = sum(s.macs - s.params * batch for s in forecast.steps if s.kind == "conv1d")
    assert summary.total_mult_adds + slides - forecast.totals.macs == extra * batch


@given(fields())
def test_any_values_make_a_network_or_a_clear_refusal(values: dict[str, Any]) -> None:
    try:
        spec = ResNetSpec(**values)
    except rv.SpecError as error:
        assert error.field in values
        assert "; " in str(error)
        # the field that is named can be mended: with its plain value this very rule is met
        plain = {**values, error.field: getattr(ResNetSpec(), error.field)}
        try:
            ResNetSpec(**plain)
        except rv.SpecError as other:
            assert (other.field, other.rule) != (error.field, error.rule)
        return
    assert rv.build(spec, "meta").spec == spec


@given(specs(), sizes)
def test_invariants(spec: ResNetSpec, size: tuple[int, int]) -> None:
    trace = _forecast(spec, size)
    adds = [step for step in trace.steps if step.kind == "add"]
    assert len(adds) == sum(spec.blocks)
    for add in adds:
        assert len(add.reads) == 2
        assert add.inputs == (add.output, add.output)
    for index, step in enumerate(trace.steps):
        assert step.index == index
        assert all(read < index for read in step.reads)
        assert step.inputs == tuple(trace.steps[read].output for read in step.reads)
    assert sum(p.numel() for p in rv.build(spec, "meta").parameters()) == trace.totals.params
    assert trace.steps[-1].output == (1, spec.num_classes)


@pytest.mark.parametrize("size", [1, (1, 2), (31, 33), (225, 160), 4096])
def test_extreme_inputs(size: int | tuple[int, int]) -> None:
    spec = rv.variant("resnet50")
    assert rv.trace(spec, size, device="meta").confirm(rv.forecast(spec, size)) == []


def test_confirm_can_find_a_difference() -> None:
    one, other = rv.forecast(rv.variant("resnet50")), rv.trace(rv.variant("resnet50_v1"), device="meta")
    assert "layer2.0.conv1: output is (1, 128, 28, 28) by hooks, (1, 128, 56, 56) by formulas" in other.confirm(one)
    assert rv.forecast(rv.variant("resnet34")).confirm(one)[0] == "steps: 139 by formulas, 188 by formulas"
