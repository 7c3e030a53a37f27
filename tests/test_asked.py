"""A chosen volume asks for the step that gave it its shape."""

import pytest
from hypothesis import given

import resnet_viz as rv
from resnet_viz.picture.layout import lay_out
from resnet_viz.picture.layout.asked import asked

from .strategies import specs


@pytest.mark.parametrize(
    ("network", "clicked", "step"),
    [
        ("resnet34", "layer1.0.relu2", "layer1.0.conv2"),  # nothing changes: the block's last conv
        ("resnet34", "layer2.0.relu2", "layer2.0.conv1"),  # which strides and doubles the channels
        ("resnet50", "layer2.0.relu3", "layer2.0.conv3"),  # 128 to 512
        ("resnet50", "layer2.1.relu3", "layer2.1.conv3"),
        ("resnet34", "layer2.0.downsample.1", "layer2.0.downsample.0"),  # the projection, not its norm
        ("resnet50d", "layer2.0.downsample.2", "layer2.0.downsample.1"),
        ("resnet34", "relu", "conv1"),
        ("resnet34", "bn1", "conv1"),
        ("resnet34", "maxpool", "maxpool"),
        ("resnet34", "layer3.2.add", "layer3.2.add"),  # an addition is asked about itself
        ("preact_resnet110", "layer2.0.add", "layer2.0.conv1"),
        ("seresnet50", "layer2.0.relu3", "layer2.0.conv3"),  # not the gate's conv
        ("resnet34", "fc", "fc"),
        ("resnet34", "input", "input"),
    ],
)
def test_the_step_that_is_asked_about(network: str, clicked: str, step: str) -> None:
    trace = rv.forecast(network)
    assert trace.steps[asked(trace, trace.step(clicked).index)].name == step


@given(specs())
def test_no_volume_asks_about_a_norm_or_an_activation(spec: rv.ResNetSpec) -> None:
    trace = rv.forecast(spec, 64)
    for box in lay_out(trace).boxes:
        found = trace.steps[asked(trace, box.step)]
        assert found.kind not in ("norm", "relu")
        assert found.output == trace.steps[box.step].output or found.path == "main"
