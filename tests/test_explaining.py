"""Why this shape: every step of every kind of network has its sentence, and the numbers in it are the trace's."""

import re

import pytest
from hypothesis import assume, given

import resnet_viz as rv
from resnet_viz.explaining import why
from resnet_viz.spec import ResNetSpec
from tests.strategies import sizes, specs


@given(specs(), sizes)
def test_every_step_has_a_sentence_whose_shapes_are_its_own(spec: ResNetSpec, size: tuple[int, int]) -> None:
    try:
        trace = rv.forecast(spec, size)
    except rv.InputError:
        assume(False)
        raise
    for step in trace.steps:
        text = why(trace, step)
        assert text.endswith(".") and "None" not in text
        block = [s for s in trace.steps if (s.stage, s.block) == (step.stage, step.block)]
        near = {s.output for s in block} | {shape for s in block for shape in s.inputs} | {step.output, *step.inputs}
        known = {number for shape in near for number in shape}
        for shape in re.findall(r"\d+×\d+×\d+", text):
            assert {int(number) for number in shape.split("×")} <= known


@pytest.mark.parametrize(
    ("name", "step", "words"),
    [
        ("resnet34", "layer2.0.conv1", "Where layer2 begins, the stride of 2 takes 56×56 to 28×28."),
        ("resnet34", "layer2.0.conv1", "128 and not 64: half the height and width for twice the channels keeps the work of a block."),
        ("resnet34", "layer1.0.conv1", "The first stage does not halve: the stem's pool just did."),
        ("resnet50", "layer1.0.downsample.0", "Nothing shrinks, but only equal shapes can be added, so a 1×1 conv changes the channels."),
        ("resnet50", "layer2.0.downsample.0", "it reads only 784 of 3,136 positions, 25%"),
        ("resnet50_v1", "layer2.0.conv1", "it reads only 784 of 3,136 positions, 25%"),
        ("resnet50", "layer2.0.conv2", "Where layer2 begins, the stride of 2 takes 56×56 to 28×28."),
        ("resnet50", "layer3.1.conv1", "from 1024 to 256, to fewer channels, so that the 3×3 costs less."),
        ("resnet34_option_c", "layer1.1.downsample.0", "shortcut option C projects all the same."),
        ("resnet50d", "layer2.0.downsample.0", "ResNet-D halves the shortcut by averages, 56×56 to 28×28"),
        ("resnet50d", "layer1.0.downsample.0", "nothing to average before the 1×1."),
        ("cifar_resnet20", "layer2.0.shortcut", "so 16 channels of zeros are added, which need no weights."),
        ("resnetv2_50", "layer2.0.add", "Nothing follows the addition"),
        ("resnetv2_50", "layer2.0.bn1", "In pre-activation order it stands before its conv"),
        ("seresnet50", "layer1.0.se.fc1", "256 numbers become 16."),
        ("resnet50_os8", "layer4.1.conv2", "spread over 9×9 cells: the map stays"),
        ("resnext50_32x4d", "layer1.0.conv2", "a filter sees 4 of the 128 channels, for 1/32 of the weights."),
        ("resnet18", "layer4.0.conv1", "From here on the receptive field, 243 px, is larger than the image"),
        ("resnet34", "avgpool", "any input size ends as 1×1 here."),
    ],
)  # fmt: skip
def test_the_sentence_is_right_for_this_very_step(name: str, step: str, words: str) -> None:
    trace = rv.forecast(rv.variant(name), rv.entry(name).input_size)
    assert words in why(trace, trace.step(step))
    assert words in rv.explain(trace, step)


def test_where_the_receptive_field_passes_the_image_is_said_once_on_the_main_path() -> None:
    trace = rv.forecast(rv.variant("resnet34"))
    told = [step.name for step in trace.steps if "is larger than the image" in why(trace, step) and step.path == "main"]
    first = next(step for step in trace.steps if step.kind == "conv" and step.receptive_field[0] > 224)
    assert told == [first.name] == ["layer3.0.conv2"]
