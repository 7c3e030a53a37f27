"""What an error means: raised by PyTorch itself here, said in words, and found in a network."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

import resnet_viz as rv
from resnet_viz.shape_errors import PATTERNS, Explanation, explain_error

zeros = torch.zeros


def _add(a: tuple[int, ...], b: tuple[int, ...]) -> Callable[[], object]:
    return lambda: zeros(a) + zeros(b)


def _add_in_place(a: tuple[int, ...], b: tuple[int, ...]) -> Callable[[], object]:
    return lambda: zeros(a).add_(zeros(b))


def _run(module: nn.Module, *shape: int) -> Callable[[], object]:
    return lambda: module(zeros(shape))


def _load(name: str, stored: tuple[int, ...], own: tuple[int, ...]) -> Callable[[], object]:
    """Load a state dict of one tensor into a module whose tensor of that name has another shape."""
    root = inner = nn.Module()
    *path, last = name.split(".")
    for part in path:
        inner.add_module(part, nn.Module())
        inner = inner.get_submodule(part)
    inner.register_parameter(last, nn.Parameter(zeros(own)))
    return lambda: root.load_state_dict({name: zeros(stored)})


ADDED = "Give the shortcut a 1×1 conv with the main path's stride and output channels, or find what rounds differently."
MEANT = "Use a batch of 2 or more (drop_last=True for a last batch of 1), eval mode, group norm, or a larger map."
READS = "Give this conv as many input channels as what it reads has."
POOLED = "Use nn.AdaptiveAvgPool2d(1) before the flatten; then any input size ends as one cell a channel."
LARGER = "Use an adaptive pool, a larger input, or a stem that reduces less."
ROOM = "Use a larger input, fewer strides, or padding of half the kernel."
CLASSES = "The file has another number of classes: drop the fc.* keys from the state dict, then load with strict=False."
OTHERS = "The file is another network's, or has other input channels or another stem. “Check weights” tells which."

# what raises it, the network it is looked for in, and: kind, sentence, fix, the steps that could have raised it
CASES: list[tuple[Callable[[], object], str, str, str, str, tuple[str, ...]]] = [
    # ResNet-34 at 224: layer2.0 takes 64×56×56 to 128×28×28; an identity shortcut brings 56 against 28, or 64 against 128
    (
        _add((1, 128, 28, 28), (1, 64, 56, 56)), "resnet34@224", "add",
        "Two tensors were to be added that differ in width: 28 against 56. The two paths were not made smaller equally, and only equal shapes can be added (a side of 1 would be repeated).",
        ADDED, ("layer2.0.add",),
    ),
    (
        _add((1, 128, 28, 28), (1, 128, 56, 28)), "resnet34@224", "add",
        "Two tensors were to be added that differ in height: 28 against 56. The two paths were not made smaller equally, and only equal shapes can be added (a side of 1 would be repeated).",
        ADDED, ("layer2.0.add",),
    ),
    (
        _add((1, 64, 28, 28), (1, 128, 28, 28)), "resnet34@224", "add",
        "Two tensors were to be added that differ in channels: 64 against 128. The shortcut has another number of channels than the main path, and only equal shapes can be added (a side of 1 would be repeated).",
        ADDED, ("layer2.0.add",),
    ),
    (
        _add((2, 128, 28, 28), (3, 128, 28, 28)), "resnet34@224", "add",
        "Two tensors were to be added that differ in the batch: 2 against 3. Only equal shapes can be added (a side of 1 would be repeated).",
        ADDED, (),
    ),
    (
        _add((1, 1, 1, 1, 28), (1, 1, 1, 1, 56)), "resnet34@224", "add",
        "Two tensors were to be added that differ in dimension 4: 28 against 56. Only equal shapes can be added (a side of 1 would be repeated).",
        ADDED, (),
    ),
    # 57 halves to 29, rounded down to 28; both ways round
    (
        _add((1, 512, 29, 29), (1, 512, 28, 28)), "resnet50@225", "add",
        "Two tensors were to be added that differ in width: 29 against 28. The two paths were not made smaller equally, and only equal shapes can be added (a side of 1 would be repeated).",
        ADDED, ("layer2.0.add",),
    ),
    (
        _add((1, 512, 28, 29), (1, 512, 29, 29)), "resnet50@225", "add",
        "Two tensors were to be added that differ in height: 28 against 29. The two paths were not made smaller equally, and only equal shapes can be added (a side of 1 would be repeated).",
        ADDED, ("layer2.0.add",),
    ),
    # a padded 1×1 makes 15 of 28 where the main path makes 14; 16 is two off, so nothing rounds to it
    (
        _add((1, 256, 15, 15), (1, 256, 14, 14)), "resnet34@224", "add",
        "Two tensors were to be added that differ in width: 15 against 14. The two paths were not made smaller equally, and only equal shapes can be added (a side of 1 would be repeated).",
        ADDED, ("layer3.0.add",),
    ),
    (
        _add((1, 256, 16, 16), (1, 256, 14, 14)), "resnet34@224", "add",
        "Two tensors were to be added that differ in width: 16 against 14. The two paths were not made smaller equally, and only equal shapes can be added (a side of 1 would be repeated).",
        ADDED, (),
    ),
    # channels do not round: 257 against 256 is no shortcut's fault
    (
        _add((1, 257, 14, 14), (1, 256, 14, 14)), "resnet34@224", "add",
        "Two tensors were to be added that differ in channels: 257 against 256. The shortcut has another number of channels than the main path, and only equal shapes can be added (a side of 1 would be repeated).",
        ADDED, (),
    ),
    # at 32 px layer4 is 512×1×1
    (
        _add_in_place((1, 512, 1, 1), (1, 512, 2, 2)), "resnet18@32", "add in place",
        "An in-place addition (+=) would have had to grow its left side from 1×512×1×1 to 1×512×2×2. Out of place the same sum is broadcast in silence, which is worse: the map is then larger than the network meant.",
        "Make both paths end in one shape; the usual cause is a stride that the shortcut lacks.", ("layer4.0.add", "layer4.1.add"),
    ),
    (
        _run(nn.Conv2d(3, 64, 7, 2, 3), 1, 1, 64, 64), "resnet18@64", "channels",
        "A conv whose filters are 3×7×7 reads 3 channels, and its input [1, 1, 64, 64] has 1.",
        "Build the network with in_channels=1, or give it images of 3 channels (one grey channel can be repeated).", ("conv1",),
    ),
    (
        _run(nn.Conv2d(1, 64, 7, 2, 3), 1, 4, 64, 64), "resnet18@64", "channels",
        "A conv whose filters are 1×7×7 reads 1 channel, and its input [1, 4, 64, 64] has 4.",
        "Build the network with in_channels=4, or give it images of 1 channel (one grey channel can be repeated).", (),
    ),
    (
        _run(nn.Conv2d(3, 64, 7, 2, 3), 1, 2, 64, 64), "resnet18@64", "channels",
        "A conv whose filters are 3×7×7 reads 3 channels, and its input [1, 2, 64, 64] has 2.",
        "Build the network with in_channels=2, or give it images of 3 channels (one grey channel can be repeated).", ("conv1",),
    ),
    (
        _run(nn.Conv2d(1, 64, 7, 2, 3), 1, 3, 64, 64), "resnet18@64", "channels",
        "A conv whose filters are 1×7×7 reads 1 channel, and its input [1, 3, 64, 64] has 3.",
        "Build the network with in_channels=3, or give it images of 1 channel (one grey channel can be repeated).", (),
    ),
    # no image has five channels, and no first conv reads two; a conv of one dimension reads no image
    (_run(nn.Conv2d(3, 64, 7), 1, 5, 64, 64), "resnet18@64", "channels", "A conv whose filters are 3×7×7 reads 3 channels, and its input [1, 5, 64, 64] has 5.", READS, ("conv1",)),
    (_run(nn.Conv2d(2, 64, 7), 1, 1, 64, 64), "resnet18@64", "channels", "A conv whose filters are 2×7×7 reads 2 channels, and its input [1, 1, 64, 64] has 1.", READS, ()),
    (_run(nn.Conv1d(3, 8, 3), 1, 1, 9), "resnet18@64", "channels", "A conv whose filters are 3×3 reads 3 channels, and its input [1, 1, 9] has 1.", READS, ()),
    (_run(nn.Conv2d(64, 128, 1, 2), 1, 1024, 56, 56), "resnet34@224", "channels", "A conv whose filters are 64×1×1 reads 64 channels, and its input [1, 1024, 56, 56] has 1,024.", READS, ("layer2.0.downsample.0",)),
    (_run(nn.Conv2d(1024, 2048, 1), 1, 8, 7, 7), "resnet50@224", "channels", "A conv whose filters are 1024×1×1 reads 1,024 channels, and its input [1, 8, 7, 7] has 8.", READS, ("layer4.0.downsample.0",)),
    # in 32 groups a filter of 128 channels sees four
    (
        _run(nn.Conv2d(128, 128, 3, groups=32), 1, 64, 56, 56), "resnext50_32x4d@224", "channels",
        "A conv whose filters are 4×3×3 reads 128 channels, and its input [1, 64, 56, 56] has 64.", READS,
        ("layer1.0.conv2", "layer1.1.conv2", "layer1.2.conv2"),
    ),
    # 2048 = 512·2·2; three times 512 is no square map, 700 none of 512 channels at all, and 512·1 fits
    (
        _run(nn.Linear(512, 1000), 1, 2048), "resnet34@224", "linear",
        "The linear layer has weights for 512 numbers an image (1,000 classes) and gets 2,048. 2,048 = 512·2·2: the map before the flatten is 2×2 and should be 1×1.",
        POOLED, ("fc",),
    ),
    (
        _run(nn.Linear(1024, 2000), 3, 50_176), "resnet34@224", "linear",
        "The linear layer has weights for 1,024 numbers an image (2,000 classes) and gets 50,176. 50,176 = 1,024·7·7: the map before the flatten is 7×7 and should be 1×1.",
        POOLED, ("fc",),
    ),
    (_run(nn.Linear(512, 10), 1, 1536), "resnet34@224", "linear", "The linear layer has weights for 512 numbers an image (10 classes) and gets 1,536.", POOLED, ("fc",)),
    (_run(nn.Linear(512, 10), 1, 700), "resnet34@224", "linear", "The linear layer has weights for 512 numbers an image (10 classes) and gets 700.", POOLED, ("fc",)),
    (_run(nn.AvgPool2d(7), 1, 512, 1, 1), "resnet34@32", "pool", "A pool's window is larger than the map it reads, 512×1×1 (C×H×W), so nothing would be left.", LARGER, ("avgpool",)),
    (_run(nn.MaxPool2d(3), 1, 64, 2, 1), "resnet34@4x2", "pool", "A pool's window is larger than the map it reads, 64×2×1 (C×H×W), so nothing would be left.", LARGER, ("maxpool",)),
    # conv1 reads all of the 4×4 image; no other conv has 7×7
    (_run(nn.Conv2d(3, 64, 7, 2, 1), 1, 3, 4, 4), "resnet18@4", "kernel", "A conv's 7×7 kernel is larger than its input with padding, 6×6.", ROOM, ("conv1",)),
    # 12, 6, 3 cells a side: from layer3's second conv on a 3×3 reads a map that it just covers
    (
        _run(nn.Conv2d(8, 8, 3), 1, 8, 2, 2), "cifar_resnet20@12", "kernel", "A conv's 3×3 kernel is larger than its input with padding, 2×2.", ROOM,
        ("layer3.0.conv2", "layer3.1.conv1", "layer3.1.conv2", "layer3.2.conv1", "layer3.2.conv2"),
    ),
    # one low side is enough: 3×24 behind 6×48
    (
        _run(nn.Conv2d(8, 8, 3), 1, 8, 2, 9), "cifar_resnet20@12x96", "kernel", "A conv's 3×3 kernel is larger than its input with padding, 2×9.", ROOM,
        ("layer3.0.conv2", "layer3.1.conv1", "layer3.1.conv2", "layer3.2.conv1", "layer3.2.conv2"),
    ),
    (
        _run(nn.BatchNorm2d(512), 1, 512, 1, 1), "resnet18@32", "one value",
        "A batch norm in training got one value a channel: 1×512×1×1. The variance of one value is 0, so nothing could be told apart.",
        MEANT, ("layer4.0.bn1", "layer4.0.bn2", "layer4.0.downsample.1", "layer4.1.bn1", "layer4.1.bn2"),
    ),
    (
        _run(nn.BatchNorm1d(512), 1, 512), "resnet18@32", "one value",
        "A batch norm in training got one value a channel: 1×512. The variance of one value is 0, so nothing could be told apart.", MEANT, (),
    ),
    (lambda: nn.Conv2d(64, 64, 3, groups=3), "resnet18@32", "groups", "A conv in groups gives each group as many input channels as the others, and these do not divide.", "Use a number of groups that divides both input and output channels.", ()),
    (lambda: nn.Conv2d(64, 65, 3, groups=2), "resnet18@32", "groups", "A conv in groups gives each group as many output channels as the others, and these do not divide.", "Use a number of groups that divides both input and output channels.", ()),
    (_run(nn.BatchNorm2d(1024).eval(), 1, 2048, 4, 4), "resnet50@64", "norm", "A batch norm for 1,024 channels got a tensor of 2,048.", "Give the norm the output channels of the conv before it.", ("layer3.0.bn3", "layer3.0.downsample.1", *(f"layer3.{block}.bn3" for block in range(1, 6)))),
    (_load("fc.weight", (1000, 512), (10, 512)), "resnet18@32", "checkpoint", "The file's fc.weight is 1000×512 and the network's 10×512.", CLASSES, ("fc",)),
    (_load("module.fc.bias", (1000,), (10,)), "resnet18@32", "checkpoint", "The file's module.fc.bias is 1000 and the network's 10.", CLASSES, ()),
    (_load("layer2.0.conv1.weight", (128, 64, 1, 1), (128, 64, 3, 3)), "resnet18@32", "checkpoint", "The file's layer2.0.conv1.weight is 128×64×1×1 and the network's 128×64×3×3.", OTHERS, ("layer2.0.conv1",)),
    (_load("bn1.weight", (), (64,)), "resnet18@32", "checkpoint", "The file's bn1.weight is one number and the network's 64.", OTHERS, ("bn1",)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[2]}, {case[3][:60]}")
def test_pytorchs_own_error_in_words_and_where_it_arose(case: tuple[Callable[[], object], str, str, str, str, tuple[str, ...]]) -> None:  # fmt: skip
    raises, network, kind, sentence, fix, steps = case
    with pytest.raises((RuntimeError, ValueError)) as caught:
        raises()
    found = explain_error(str(caught.value), rv.forecast(network))
    assert found is not None
    assert (found.kind, found.sentence, found.fix, found.steps) == (kind, sentence, fix, steps)
    flat = " ".join(str(caught.value).split())
    assert found.quote == flat.removeprefix("Error(s) in loading state_dict for Module: ").removesuffix(".")
    assert explain_error(str(caught.value)) == Explanation(kind, found.quote, sentence, fix, ())


# the last needs a GPU that is full; the others are what earlier versions of PyTorch wrote for what stands in CASES
WRITTEN = {
    "CUDA out of memory. Tried to allocate 20.50 MiB (GPU 0; 11.17 GiB total capacity; 10.62 GiB already allocated)": (
        "memory", "The GPU had no 20.50 MiB left. Most of it are the maps that the backward pass needs.",
        "Use a smaller batch or input; the diagnosis estimates the largest batch for a GPU's memory.",
    ),
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.19 GiB": (
        "memory", "The GPU had no 2.00 GiB left. Most of it are the maps that the backward pass needs.",
        "Use a smaller batch or input; the diagnosis estimates the largest batch for a GPU's memory.",
    ),
    "size mismatch, m1: [4 x 2048], m2: [512 x 1000] at /pytorch/aten/src/TH/generic/THTensorMath.cpp:940": (
        "linear",
        "The linear layer has weights for 512 numbers an image (1,000 classes) and gets 2,048. 2,048 = 512·2·2: the map before the flatten is 2×2 and should be 1×1.",
        POOLED,
    ),
    "Given groups=1, weight of size 128 64 3 3, expected input[1, 32, 56, 56] to have 64 channels, but got 32 channels instead": (
        "channels", "A conv whose filters are 64×3×3 reads 64 channels, and its input [1, 32, 56, 56] has 32.", READS,
    ),
    "Given groups=1, weight[128, 64, 3, 3], so expected input[1, 32, 56, 56] to have 64 channels, but got 32 channels instead": (
        "channels", "A conv whose filters are 64×3×3 reads 64 channels, and its input [1, 32, 56, 56] has 32.", READS,
    ),
    "Expected more than 1 value per channel when training, got input size [1, 128, 1, 1]": (
        "one value", "A batch norm in training got one value a channel: 1×128×1×1. The variance of one value is 0, so nothing could be told apart.", MEANT,
    ),
    "Calculated padded input size per channel: (2 x 2). Kernel size: (3 x 3). Kernel size can't greater than actual input size at /pytorch/aten": (
        "kernel", "A conv's 3×3 kernel is larger than its input with padding, 2×2.", ROOM,
    ),
    "size mismatch for fc.bias: copying a param of torch.Size([1000]) from checkpoint, where the shape is torch.Size([10]) in current model.": (
        "checkpoint", "The file's fc.bias is 1000 and the network's 10.", CLASSES,
    ),
    # nothing is given to a layer that wants nothing
    "mat1 and mat2 shapes cannot be multiplied (1x8 and 0x10)": (
        "linear", "The linear layer has weights for 0 numbers an image (10 classes) and gets 8.", POOLED,
    ),
    # a map of one cell is what it should be
    "mat1 and mat2 shapes cannot be multiplied (1x8 and 8x1)": (
        "linear", "The linear layer has weights for 8 numbers an image (1 class) and gets 8.", POOLED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_a_pasted_message_in_the_words_of_any_version(text: str) -> None:
    kind, sentence, fix = WRITTEN[text]
    wrapped = 'Traceback (most recent call last):\n  File "a.py", line 3, in forward\nRuntimeError: ' + text.replace(
        " ", "\n ", 4
    )
    found = explain_error(wrapped + "\nSegmentation fault", rv.forecast("resnet18@32"))
    assert found is not None
    assert (found.kind, found.sentence, found.fix) == (kind, sentence, fix)
    assert found.quote in text
    assert "/" not in found.quote and "GPU" not in found.quote


@pytest.mark.parametrize(
    ("steps", "where"),
    [((), ""), (("fc",), "\n  in fc"), (("a", "b"), "\n  in a and 1 more"), (("a", "b", "c"), "\n  in a and 2 more")],
)
def test_what_python_shows_of_an_explanation(steps: tuple[str, ...], where: str) -> None:
    assert repr(Explanation("pool", "a quote", "A sentence.", "A fix.", steps)) == (
        f"Explanation (pool): A sentence.\n  A fix.{where}"
    )
    assert Explanation("pool", "a quote", "A sentence.", "A fix.").steps == ()


def test_what_is_no_text_is_refused_with_an_example() -> None:
    with pytest.raises(rv.InputError) as caught:
        explain_error(3)  # type: ignore[arg-type]
    example = "RuntimeError: mat1 and mat2 shapes cannot be multiplied (1x8192 and 2048x1000)"
    assert str(caught.value) == f"text=3: must be a text, not int; write e.g. '{example}'"


def test_every_pattern_is_here() -> None:
    known = {case[2] for case in CASES} | {kind for kind, _, _ in WRITTEN.values()}
    assert known == {pattern.kind for pattern in PATTERNS}


def test_a_shape_of_many_or_of_huge_numbers_stays_a_sentence() -> None:
    """Eight axes are shown, and a number of ten digits is no side."""
    text = "output with shape [1, 2, 3, 4, 5, 6, 7, 8, 9] doesn't match the broadcast shape [999999999, 1234567890, 7]"
    found = explain_error(text)
    assert found is not None and "from 1×2×3×4×5×6×7×8 to 999999999×7." in found.sentence


@pytest.mark.parametrize("text", ["", "IndexError: list index out of range", "mat1 and mat2 shapes", "a" * 20_000])
def test_what_is_no_shape_error(text: str) -> None:
    assert explain_error(text) is None


def test_a_text_that_is_too_long() -> None:
    with pytest.raises(rv.InputError) as caught:
        explain_error("a" * 20_001)
    assert str(caught.value) == "text='20,001 characters': must have at most 20,000; paste the last lines"
