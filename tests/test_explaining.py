"""Why this shape: every step of every kind of network has its sentence, and the numbers in it are the trace's."""

import re
from collections import OrderedDict

import pytest
import torch
from hypothesis import assume, given
from torch import nn

import resnet_viz as rv
from resnet_viz.spec import ResNetSpec
from resnet_viz.why.words import why
from tests.rows import each
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


# What is halved how often is counted by hand from the input's side, channels are the papers' tables': 224, 112 after the
# stem's conv, 56 after its pool, then 28, 14, 7; 64, 128, 256, 512 channels, four times as many behind a bottleneck.
WHY: dict[tuple[str, str], str] = {
    ("resnet34@224", "input"): "The image as the network gets it: 3 channels of 224×224 px.",
    ("resnet34@224", "conv1"): "The first conv of the stem, the stride of 2 takes 224×224 to 112×112.",
    ("resnet34@224", "bn1"): "A norm rescales each channel and moves no cell, so the shape stays.",
    ("resnet34@224", "relu"): "It sets negative numbers to 0 and leaves the shape.",
    ("resnet34@224", "maxpool"): "It keeps the largest of each 3×3 window, and every second window is kept: 112×112 becomes 56×56. The stem alone shrinks the image by 4.",
    ("resnet34@224", "layer1.0.bn1"): "A norm rescales each channel and moves no cell, so the shape stays.",
    ("resnet34@224", "layer1.0.conv1"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 56×56 stays. The first stage does not halve: the stem's pool just did.",
    ("resnet34@224", "layer2.0.conv1"): "Where layer2 begins, the stride of 2 takes 56×56 to 28×28. The stage has twice the channels of the one before, 128 and not 64: half the height and width for twice the channels keeps the work of a block.",
    ("resnet34@224", "layer2.0.conv2"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 28×28 stays.",
    ("resnet34@224", "layer2.0.downsample.0"): "The main path brings 128×28×28 to the addition and the block's input is 64×56×56. So the shortcut projects: a 1×1 conv of stride 2 makes both size and channels equal. With a 1×1 window it reads only 784 of 3,136 positions, 25%; the others are never looked at.",
    ("resnet34@224", "layer2.0.add"): "Both paths end in the same shape, so they can be added cell by cell, and the shape stays.",
    ("resnet34@224", "layer2.0.relu2"): "It sets negative numbers to 0 and leaves the shape. It comes after the addition, so it also clips what the shortcut brought (1512.03385, figure 2).",
    ("resnet34@224", "layer2.1.shortcut"): "Main path and shortcut have the same shape here, so the block's input is passed on as it is.",
    ("resnet34@224", "layer3.0.conv2"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 14×14 stays. From here on the receptive field, 227 px, is larger than the image: a cell in the middle sees all of it.",
    ("resnet34@224", "layer4.2.conv2"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 7×7 stays.",
    ("resnet34@224", "avgpool"): "The mean of all 7×7 cells of each channel: any input size ends as 1×1 here.",
    ("resnet34@224", "flatten"): "The map is 1×1, so it is a list of numbers: one per channel.",
    ("resnet34@224", "fc"): "Each of the 1,000 classes weighs all 512 numbers once.",
    ("resnet50@224x160", "conv1"): "The first conv of the stem, the stride of 2 takes 224×160 to 112×80.",
    ("resnet50@224x160", "maxpool"): "It keeps the largest of each 3×3 window, and every second window is kept: 112×80 becomes 56×40. The stem alone shrinks the image by 4.",
    ("resnet50@224x160", "layer1.0.conv1"): "A 1×1 looks at one cell at a time: the size stays, only the channels are mixed, and they stay 64.",
    ("resnet50@224x160", "layer1.0.conv2"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 56×40 stays. The first stage does not halve: the stem's pool just did.",
    ("resnet50@224x160", "layer1.0.conv3"): "A 1×1 looks at one cell at a time: the size stays, only the channels are mixed, from 64 to 256, to the block's output channels.",
    ("resnet50@224x160", "layer1.0.downsample.0"): "The main path brings 256×56×40 to the addition and the block's input is 64×56×40. Nothing shrinks, but only equal shapes can be added, so a 1×1 conv changes the channels.",
    ("resnet50@224x160", "layer1.1.conv1"): "A 1×1 looks at one cell at a time: the size stays, only the channels are mixed, from 256 to 64, to fewer channels, so that the 3×3 costs less.",
    ("resnet50@224x160", "layer2.0.conv2"): "Where layer2 begins, the stride of 2 takes 56×40 to 28×20. The stage has twice the channels of the one before, 512 and not 256: half the height and width for twice the channels keeps the work of a block.",
    ("resnet50@224x160", "avgpool"): "The mean of all 7×5 cells of each channel: any input size ends as 1×1 here.",
    ("resnet50@224x160", "fc"): "Each of the 1,000 classes weighs all 2,048 numbers once.",
    # 560 = 28·20 of 2,240 = 56·40
    ("resnet50@224x160", "layer2.0.downsample.0"): "The main path brings 512×28×20 to the addition and the block's input is 256×56×40. So the shortcut projects: a 1×1 conv of stride 2 makes both size and channels equal. With a 1×1 window it reads only 560 of 2,240 positions, 25%; the others are never looked at.",
    ("cifar_resnet20:stem.channels=10@32", "layer1.0.shortcut"): "The main path has 16 channels here and the block's input 10, so 6 channels of zeros are added, which need no weights.",
    ("cifar_resnet20:stem.channels=15@32", "layer1.0.shortcut"): "The main path has 16 channels here and the block's input 15, so 1 channel of zeros is added, which needs no weights.",
    ("resnet18:num_classes=1@224", "fc"): "The one class weighs all 512 numbers once.",
    # 59 px are more than 32 and not more than 64
    ("resnet34@32x64", "layer1.2.conv2"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 8×16 stays.",
    ("resnet34@32x64", "layer2.0.conv2"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 4×8 stays.",
    ("resnet18@434", "layer4.1.conv2"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 14×14 stays. From here on the receptive field, 435 px, is larger than the image: a cell in the middle sees all of it.",
    ("resnet18@434x435", "layer4.1.conv2"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 14×14 stays.",
    ("resnet18@435x434", "layer4.1.conv2"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 14×14 stays.",
    ("resnet50_v1@224", "layer2.0.conv1"): "Where layer2 begins, the stride of 2 takes 56×56 to 28×28. The stage has twice the channels of the one before, 512 and not 256: half the height and width for twice the channels keeps the work of a block. With a 1×1 window it reads only 784 of 3,136 positions, 25%; the others are never looked at.",
    ("resnet50_v1@224", "layer2.0.conv2"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 28×28 stays.",
    ("resnet34_option_c@224", "layer1.1.downsample.0"): "The main path brings 64×56×56 to the addition and the block's input is 64×56×56. They are equal and could be added as they are; shortcut option C projects all the same.",
    ("resnet50d@224", "conv1.0"): "The first conv of the stem, the stride of 2 takes 224×224 to 112×112.",
    ("resnet50d@224", "conv1.3"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 112×112 stays.",
    ("resnet50d@224", "layer1.0.downsample.0"): "Nothing shrinks in this block, so there is nothing to average before the 1×1.",
    ("resnet50d@224", "layer1.0.downsample.1"): "The main path brings 256×56×56 to the addition and the block's input is 64×56×56. Nothing shrinks, but only equal shapes can be added, so a 1×1 conv changes the channels.",
    ("resnet50d@224", "layer2.0.downsample.0"): "ResNet-D halves the shortcut by averages, 56×56 to 28×28, so that its 1×1 skips no cell.",
    ("resnet50d@224", "layer2.0.downsample.1"): "The main path brings 512×28×28 to the addition and the block's input is 256×56×56. A pool makes the size equal, so no position is skipped; this 1×1 makes the channels equal.",
    ("cifar_resnet20@32", "layer1.0.conv1"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 32×32 stays.",
    ("cifar_resnet20@32", "layer2.0.shortcut"): "Option A: it keeps every second row and column of the block's input. The main path has 32 channels here and the block's input 16, so 16 channels of zeros are added, which need no weights.",
    ("resnetv2_50@224", "layer2.0.bn1"): "A norm rescales each channel and moves no cell, so the shape stays. In pre-activation order it stands before its conv, not after.",
    ("resnetv2_50@224", "layer2.0.downsample.0"): "The main path brings 512×28×28 to the addition and the block's input is 256×56×56. So the shortcut projects: a 1×1 conv of stride 2 makes both size and channels equal. With a 1×1 window it reads only 784 of 3,136 positions, 25%; the others are never looked at.",
    ("resnetv2_50@224", "layer2.0.add"): "Both paths end in the same shape, so they can be added cell by cell, and the shape stays. Nothing follows the addition: a signal can pass the whole network unchanged.",
    ("resnetv2_50@224", "last_norm"): "A norm rescales each channel and moves no cell, so the shape stays.",
    ("resnetv2_50@224", "last_relu"): "It sets negative numbers to 0 and leaves the shape.",
    ("seresnet50@224", "layer1.0.se.pool"): "The gate looks at the whole 56×56 map: one mean per channel.",
    ("seresnet50@224", "layer1.0.se.fc1"): "On a 1×1 map a conv is a small layer: 256 numbers become 16.",
    ("seresnet50@224", "layer1.0.se.act"): "It sets negative numbers to 0 and leaves the shape.",
    ("seresnet50@224", "layer1.0.se.fc2"): "On a 1×1 map a conv is a small layer: 16 numbers become 256.",
    ("seresnet50@224", "layer1.0.se.gate"): "It turns each channel's score into a number between 0 and 1, the gate.",
    ("seresnet50@224", "layer1.0.se.scale"): "Each channel is multiplied by its own gate; no cell moves, so the shape stays.",
    ("seresnet50@224", "layer1.1.conv2"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 56×56 stays.",
    ("ecaresnet50d@224", "layer1.0.se.flatten"): "The map is 1×1, so it is a list of numbers: one per channel.",
    ("ecaresnet50d@224", "layer1.0.se.conv"): "One small kernel slides along the channels: each gate knows its neighbours, for a handful of weights.",
    ("resnet50_os8@224", "layer3.0.conv2"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 28×28 stays.",
    ("resnet50_os8@224", "layer4.0.conv2"): "Instead of a stride the 3×3 kernel is spread over 5×5 cells: the map stays, and a cell still sees as far.",
    ("resnet50_os8@224", "layer4.1.conv2"): "Instead of a stride the 3×3 kernel is spread over 9×9 cells: the map stays, and a cell still sees as far.",
    ("resnext50_32x4d@224", "layer1.0.conv2"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 56×56 stays. The first stage does not halve: the stem's pool just did. It runs in 32 groups: a filter sees 4 of the 128 channels, for 1/32 of the weights.",
    ("resnet50:groups=2@224", "layer2.1.conv2"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 28×28 stays. It runs in 2 groups: a filter sees 128 of the 256 channels, for 1/2 of the weights.",
    ("resnet50_gn@224", "bn1"): "A norm rescales each channel and moves no cell, so the shape stays. Its 32 groups look at one image at a time, whatever the batch.",
    ("resnetaa50@224", "maxpool"): "It averages each 2×2 window, and every second window is kept: 112×112 becomes 56×56. The stem alone shrinks the image by 4.",
    ("resnetaa50@224", "layer2.0.conv2"): "Stride 1 and padding 1: the 3×3 window's centre visits every cell, so 56×56 stays.",
    ("resnetaa50@224", "layer2.0.aa"): "The conv before it kept its size; averaging 2×2 cells halves 56×56 to 28×28.",
    ("resnetblur50@224", "maxpool.0"): "It keeps the largest of each 3×3 window, so the size stays. The stem alone shrinks the image by 4.",
    ("resnetblur50@224", "maxpool.1"): "A fixed blur before every second cell is dropped takes 112×112 to 56×56 without aliasing.",
    ("resnetrs50@224", "maxpool.0"): "In place of a max pool, the stride of 2 takes 112×112 to 56×56.",
    ("resnet18@1", "conv1"): "The first conv of the stem, the stride of 2 takes 1×1 to 1×1. From here on the receptive field, 7 px, is larger than the image: a cell in the middle sees all of it.",
    ("resnet18@1", "maxpool"): "It keeps the largest of each 3×3 window, so the size stays. The stem alone shrinks the image by 4.",
    ("resnet18@1", "layer2.0.downsample.0"): "The main path brings 128×1×1 to the addition and the block's input is 64×1×1. Nothing shrinks, but only equal shapes can be added, so a 1×1 conv changes the channels.",
}  # fmt: skip


@each(("network", "step"), WHY)
def test_the_whole_sentence_is_right_for_this_very_step(network: str, step: str) -> None:
    trace = rv.forecast(network)
    assert why(trace, trace.step(step)) == WHY[network, step]


def test_the_whole_explanation_of_a_step() -> None:
    trace = rv.forecast("resnet34@224")
    # 784 = 28·28 of 3,136 = 56·56; the input's cells are 4 px apart after stem and pool; of 56 the last is not read
    assert (
        rv.explain(trace, "layer2.0.downsample.0")
        == """\
layer2.0.downsample.0 (conv): 64×56×56 → 128×28×28
The main path brings 128×28×28 to the addition and the block's input is 64×56×56. So the shortcut projects: a 1×1 conv of stride 2 makes both size and channels equal. With a 1×1 window it reads only 784 of 3,136 positions, 25%; the others are never looked at.
reads: layer1.2.relu2
size: ⌊(56 + 2·0 − 1)/2⌋ + 1 = 28
where the half goes: exact 28.5, floored: 1 row and 1 column of the input at the far edge, which no window reads
channels: 128 filters, each 1×1×64: 128 channels
parameters: 128·64·1·1 = 8,192
MACs: 28·28·128 · 64·1·1 = 6,422,528
receptive field: 59 + (1 − 1)·4 = 59 px
output stride: 4·2 = 8 px
bytes: 1·128·28·28·4 B = 401,408 B"""
    )
    assert (
        rv.explain(trace, "input")
        == """\
input: 3×224×224
The image as the network gets it: 3 channels of 224×224 px.
bytes: 1·3·224·224·4 B = 602,112 B"""
    )
    assert (
        rv.explain(trace, "layer2.0.add")
        == """\
layer2.0.add (add): 128×28×28 + 128×28×28 → 128×28×28
Both paths end in the same shape, so they can be added cell by cell, and the shape stays.
reads: layer2.0.bn2 and layer2.0.downsample.1
size: 128×28×28 + 128×28×28: equal shapes, added cell by cell, so the shape stays
bytes: 1·128·28·28·4 B = 401,408 B"""
    )


class _Own(nn.Module):
    """A network of somebody's own: its stages have no names, and much of it are functions."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = nn.Conv2d(3, 8, 3)
        self.strided = nn.Conv2d(8, 8, 3, (3, 1), 1)
        self.grown = nn.Conv2d(8, 8, 1, padding=1)
        self.long = nn.Conv2d(8, 8, (3, 5), padding=(1, 2))
        self.spread = nn.Conv2d(8, 8, 3, padding=1, dilation=2)
        self.most = nn.MaxPool2d(2)
        self.near = nn.AvgPool2d(2, 1)
        self.kept = nn.MaxPool2d(3, 1, 1)
        self.third = nn.MaxPool2d(1, 3)
        self.fourth = nn.AvgPool2d(1, 4)
        self.weights = nn.Parameter(torch.zeros(1, 3, 5, 5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.third(x), self.fourth(x)
        self.whole(self.weights)
        y = self.spread(self.long(self.grown(self.strided(self.whole(x)))))
        y = torch.cat([y, y + 1], 1) + torch.zeros(1)
        y = y + self.near(self.kept(y)).mean((2, 3), keepdim=True)
        return torch.flatten(self.most(y), 1)


# 14 px: a 3 with no padding has room at 12 places; ⌊(12 + 2 − 3)/3⌋ + 1 = 4 rows of 12; two more on every side; a spread 3
# is 5 wide and has room at 6 + 2 − 5 + 1 = 4 and 12 of those; two and six are left of 4×12, and 16·2·6 = 192
OWN = {
    "third": "It keeps the largest of each 1×1 window, and every third window is kept: 14×14 becomes 5×5.",
    "fourth": "It averages each 1×1 window, and every 4th window is kept: 14×14 becomes 4×4.",
    "whole": "Stride 1 and padding 0: the 3×3 window finds room at 12×12 places of 14×14.",
    "strided": "Here, the stride of 3×1 takes 12×12 to 4×12.",
    "grown": "Stride 1 and padding 1: the 1×1 window finds room at 6×14 places of 4×12.",
    "long": "Stride 1 and padding 1×2: the 3×5 window's centre visits every cell, so 6×14 stays.",
    "spread": "Stride 1 and padding 1: the 5×5 window finds room at 4×12 places of 6×14.",
    "add": "A constant or a parameter is added to each number: the shape stays.",
    "cat": "2 tensors stand one after the other: the channels add up to 16; all else stays.",
    # rows 3, 5, 11, 23, 29 at jumps of 1, 1, 3, 3, 3, columns 3, 5, 9, 13, 15 at a jump of 1: now both are more than 14
    "kept": "It keeps the largest of each 3×3 window, so the size stays. From here on the receptive field, 29×15 px, is larger than the image: a cell in the middle sees all of it.",
    "near": "It averages each 2×2 window, which finds room at 3×11 places of 4×12.",
    "mean": "The mean of all 3×11 cells of each channel: one number a channel is left.",
    "most": "It keeps the largest of each 2×2 window, and every second window is kept: 4×12 becomes 2×6.",
    "flatten": "All numbers of the map stand in one list: 16×2×6 are 192.",
}  # fmt: skip


def test_a_network_of_ones_own_is_explained_by_what_its_steps_really_do() -> None:
    trace = rv.trace(_Own(), 14)
    said: dict[str, str] = {}
    for step in trace.steps[1:]:
        said.setdefault(step.name.partition("#")[0], why(trace, step))
    assert said == OWN
    assert why(trace, trace.step("add#3")) == "What is smaller is repeated to 16×4×12, then added cell by cell."


def test_what_reads_no_step_is_told_as_it_was_seen() -> None:
    trace = rv.trace(_Own(), 14)
    alone = trace.step("whole")._replace(reads=(), inputs=())
    made = rv.Trace((trace.steps[0], alone._replace(index=1)), "hooks", "cpu")
    said = "What it reads was made by no step that the hooks saw, so its shape is told as it was seen."
    assert rv.explain(made, "whole") == f"whole: 8×12×12\n{said}"


def test_a_linear_layer_weighs_along_the_last_axis() -> None:
    trace = rv.trace(nn.Sequential(nn.Conv2d(3, 2, 1), nn.Linear(5, 1), nn.Linear(1, 3)), 5)
    assert [why(trace, step) for step in trace.steps[2:]] == [
        "The one output weighs all 5 numbers once, at each position alike.",
        "Each of the 3 outputs weighs the one number once, at each position alike.",
    ]


@pytest.mark.parametrize(
    ("side", "kernels"),
    [(8, ((1, 9), (9, 1), (3, 3))), (8, ((9, 1), (1, 9), (3, 3))), (9, ((9, 11), (3, 3), (3, 3))), (9, ((11, 9), (3, 3), (3, 3)))],
)  # fmt: skip
def test_a_field_that_passes_the_image_in_one_direction_does_not_see_all_of_it(
    side: int, kernels: list[tuple[int, int]]
) -> None:
    chain = [nn.Conv2d(3, 3, (h, w), padding=(h // 2, w // 2)) for h, w in kernels]
    trace = rv.trace(nn.Sequential(*chain), side)
    assert ["larger than the image" in why(trace, step) for step in trace.steps[1:]] == [False, True, False]


def test_where_the_receptive_field_passes_the_image_is_said_once_on_the_main_path() -> None:
    trace = rv.forecast(rv.variant("resnet34"))
    told = [step.name for step in trace.steps if "is larger than the image" in why(trace, step) and step.path == "main"]
    first = next(step for step in trace.steps if step.kind == "conv" and step.receptive_field[0] > 224)
    assert told == [first.name] == ["layer3.0.conv2"]


class _Stages(nn.Module):
    """Stages and blocks by name, additions by +, and a block that reads what nobody saw made."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.MaxPool2d((2, 3), 1), nn.Conv2d(4, 4, 2, 2))
        for name in ("layer1", "layer2"):
            first = nn.Module()
            first.conv1 = nn.Conv2d(4, 4, 3, (2, 3), 1)
            first.downsample = nn.Sequential(nn.Conv2d(4, 4, 1, (2, 3)))
            second = nn.Module()
            second.conv2 = nn.Conv2d(4, 4, (3, 5), 2, (1, 2))
            self.add_module(name, nn.ModuleList([first, second]))
        self.pool = nn.AvgPool2d((1, 2))
        self.norm, self.fc = nn.GroupNorm(2, 4), nn.Linear(4, 2)
        self.known = nn.Parameter(torch.zeros(1, 4, 4, 9))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)  # 12×30, 11×28, 5×14
        one, two = self.layer1, self.layer2
        x = one[0].conv1(x) + one[0].downsample(x)  # 3×5
        x = one[1].conv2(x)  # 2×3
        x = self.norm(x)
        two[1].conv2(x)
        two[0].downsample(two[0].conv1(self.known))
        return self.fc(self.pool(x).flatten(2).transpose(1, 2))


# 24×60: the first conv leaves 12×30, a window of 2×3 has room at 11×28, one of 2 at every second place of 5×14
STAGES = {
    "stem.0": "The first conv, the stride of 2 takes 24×60 to 12×30.",
    "stem.1": "It keeps the largest of each 2×3 window, which finds room at 11×28 places of 12×30.",
    "stem.2": "Here, the stride of 2 takes 11×28 to 5×14.",
    "layer1.0.conv1": "Here, the stride of 2×3 takes 5×14 to 3×5.",
    "layer1.0.downsample.0": "Here, the stride of 2×3 takes 5×14 to 3×5. With a 1×1 window it reads only 15 of 70 positions, 21%; the others are never looked at.",
    # rows 3, 5, 7, 15 at jumps of 1, 2, 2, 4 and 15 + 2·8; columns 3, 7, 9, 17 and 17 + 4·12
    "layer1.1.conv2": "Here, the stride of 2 takes 3×5 to 2×3. From here on the receptive field, 31×65 px, is larger than the image: a cell in the middle sees all of it.",
    "norm": "A norm rescales each channel and moves no cell, so the shape stays. Its 2 groups look at one image at a time, whatever the batch.",
    "pool": "It averages each 1×2 window, and every second window is kept: 2×3 becomes 2×1.",
    "permute": "The axes change places: 4×2×1 → 2×4. Nothing is computed.",
    "fc": "Each of the 2 outputs weighs all 4 numbers once, at each position alike.",
}  # fmt: skip


def test_stages_of_ones_own_are_explained_by_what_is_known_of_them() -> None:
    trace = rv.trace(_Stages(), (24, 60))
    said = {step.name.partition("#")[0]: why(trace, step) for step in trace.steps[1:]}
    assert {name: said[name] for name in STAGES} == STAGES


class _PooledBlock(nn.Module):
    """A block whose shortcut projects first and halves then."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(4, 8, 3, 2, 1), nn.Conv2d(8, 8, 1)
        self.downsample = nn.Sequential(nn.Conv2d(4, 8, 1), nn.AvgPool2d(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv2(self.conv1(x)) + self.downsample(x)


def test_a_projection_is_explained_by_what_the_addition_gets() -> None:
    network = nn.Sequential(OrderedDict(stem=nn.Conv2d(3, 4, 1, (2, 1)), pool=nn.MaxPool2d(2), layer1=nn.Sequential(_PooledBlock())))  # fmt: skip
    trace = rv.trace(network, 16)
    said = {step.name: why(trace, step) for step in trace.steps}
    assert said["layer1.0.downsample.0"] == (
        "The main path brings 8×2×4 to the addition and the block's input is 4×4×8. "
        "A pool makes the size equal, so no position is skipped; this 1×1 makes the channels equal."
    )
    # 16×16, 8×16 behind the conv
    assert said["pool"] == "It keeps the largest of each 2×2 window, and every second window is kept: 8×16 becomes 4×8."


@pytest.mark.filterwarnings(
    "ignore:Using padding='same' with even kernel lengths"
)  # PyTorch copies, which is no matter
def test_a_size_that_the_formula_does_not_give_is_told_as_seen() -> None:
    """PyTorch pads one row more at the far edge for an even kernel, and a max pool may round up."""
    network = nn.Sequential(nn.Conv2d(3, 2, 2, padding="same"), nn.MaxPool2d(2, ceil_mode=True), nn.AvgPool2d(2, ceil_mode=True))  # fmt: skip
    trace = rv.trace(network, (12, 7))
    assert [step.output[2:] for step in trace.steps] == [(12, 7), (12, 7), (6, 4), (3, 2)]
    edge = "as the hooks saw it: the far edge is padded or rounded otherwise than the near one"
    assert rv.explain(trace, "0").splitlines()[3:] == [
        f"size: 12×7 {edge}",
        "channels: 2 filters, each 2×2×3: 2 channels",
        "parameters: 2·3·2·2 + 2 = 26",
        "MACs: 12·7·2 · 3·2·2 = 2,016",
        "receptive field: 1 + (2 − 1)·1 = 2 px",
        "output stride: 1·1 = 1 px",
        "bytes: 1·2·12·7·4 B = 672 B",
    ]
    assert rv.explain(trace, "1").splitlines()[3:5] == [
        "height: ⌈(12 + 2·0 − 2)/2⌉ + 1 = 6",
        "width: ⌈(7 + 2·0 − 2)/2⌉ + 1 = 4",
    ]
    assert rv.explain(trace, "2").splitlines()[3] == "height: ⌈(6 + 2·0 − 2)/2⌉ + 1 = 3"
    square = rv.explain(rv.trace(network, 7), "0")
    assert re.findall("^size: .*$", square, re.MULTILINE) == [f"size: 7×7 {edge}"]
