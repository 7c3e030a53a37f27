"""Each finding speaks where it must and is silent where it must; each remedy silences its finding."""

import re
from collections.abc import Callable
from dataclasses import replace as copy
from functools import partial

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import resnet_viz as rv
from resnet_viz.advise.diagnosis import (
    CHECKS,
    Case,
    Finding,
    Findings,
    Remedy,
    diagnose,
    estimate,
    examine,
    gib,
    largest_batch,
)
from resnet_viz.advise.diagnosis.finding import candidates, some, works
from resnet_viz.advise.diagnosis.sizes import fixed_head_range
from resnet_viz.engines.model.parts import IdentityShortcut
from resnet_viz.spec import ResNetSpec
from resnet_viz.spec.catalogue import nearest
from resnet_viz.spec.settings import apply
from resnet_viz.steps import Input, Step, Trace
from resnet_viz.why import cost
from tests.strategies import specs


def _case(name: str, size: int | tuple[int, int] = 224, batch: int = 2, **more: object) -> Case:
    changes = more.pop("changes", {})
    assert isinstance(changes, dict)
    return Case.of(rv.replace(rv.variant(name), **changes), size, batch, **more)


Asked = Callable[[], Case]


def _asked(name: str, size: int | tuple[int, int] = 224, batch: int = 2, **more: object) -> Asked:
    """A case that is made when a test wants it, not while tests are collected."""
    return partial(_case, name, size, batch, **more)


# code: (a case where it must speak, a case where it must be silent)
CASES: dict[str, tuple[Asked, Asked]] = {
    "cannot-run": (_asked("resnetaa50", 240), _asked("resnetaa50", 256)),
    "one-value-norm": (_asked("resnet18", 32, 1), _asked("resnet18", 32, 2)),
    "memory": (_asked("resnet50", 224, 64, memory=2**30), _asked("resnet50", 224, 1, memory=2**33)),
    "wrong-data": (_asked("resnet50", 224, data="cifar10"), _asked("cifar_resnet20", 32, data="cifar10")),
    "collapsed": (_asked("resnet34", 32), _asked("resnet34_cifar", 32)),
    "dead-weights": (_asked("resnet18", 32), _asked("resnet18", 64)),
    "early-stem": (_asked("resnet50", 64), _asked("resnet50", 128)),
    "large-final-map": (_asked("resnet18", 1024), _asked("resnet18", 448)),
    "fixed-head": (_asked("resnet34", 225), _asked("resnet34", 224)),
    "odd-sizes": (_asked("resnet50", 225), _asked("resnet50", 224)),
    "field-past-input": (_asked("resnet18", 224), _asked("cifar_resnet20", 128)),
    "lopsided": (_asked("resnet18_cifar", 32, changes={"blocks": (12, 1, 1, 1)}), _asked("resnet34", 224)),
    "published-weights": (_asked("resnet18", changes={"num_classes": 10}), _asked("resnet18")),
}


def _of(case: Case, code: str) -> Finding | None:
    return next((finding for finding in examine(case) if finding.code == code), None)


@pytest.mark.parametrize("code", CASES)
def test_it_speaks_and_is_silent(code: str) -> None:
    speaks, silent = (asked() for asked in CASES[code])
    finding = _of(speaks, code)
    assert finding is not None and _of(silent, code) is None
    assert finding.title and finding.evidence and finding.explanation
    names = {step.name for step in speaks.trace.steps} if speaks.trace else set()
    assert not speaks.trace or set(finding.steps) <= names


def test_every_check_has_its_pair() -> None:
    found = {finding.code for speaks, _ in CASES.values() for finding in examine(speaks())}
    assert found == set(CASES) and len(CASES) == len(CHECKS)


# One page of each finding: severity and title, evidence, explanation, source, the steps it is about, its remedies.
# cannot-run       250×100 is 125×50 after conv1 and 62×25 after the 2×2 mean; layer2's 3×3 keeps it and a mean halves it to
#                  31×12, while the 1×1 of stride 2 makes ⌈25/2⌉ = 13
# memory           weights 4·25,557,032 B; two maps of 64·64·112·112 numbers go back, 196 MiB each; a batch of 8 because
#                  (1024 − 4·97.5) / ((5.12·1024 + 392) / 64) is 7.2 with Adam
# dead-weights     at 1×1 a padded 3×3 meets the map with its centre alone: 8/9 of 512·512·9
# fixed-head       225 ends at 8×8, of which a 7×7 window leaves 2×2: 4·512 numbers
# lopsided         at 32×32 twelve blocks of 2·64·64·9 MACs a cell are 905,969,664 of 1,083,905,024, and 84 of 94.9 maps
# large-final-map  1,814,073,344 MACs at 224 of which 512,000 are the head's: 2·(1,813,561,344·(1024/224)² + 512,000)
#                  68×90: 6,120 cells·(3·16·9 + 6·2,304) + 1,530·(4,608 + 5·9,216) + 391·(18,432 + 5·36,864) + 640
# field            7, then 3 more by the pool at stride 2, 4·2·4 in layer1 …: 243 where layer4 begins, 435 at the end
WHOLE: list[tuple[Asked, str]] = [
    (_asked("resnetaa50", (250, 100)), """\
cannot-run: error: The network cannot run at 250×100
layer2.0.add cannot run: the main path brings 512×31×12 and the shortcut 512×31×13, which cannot be added
Both branches of a block must end in the same shape, and every window must fit into its map.
source: 
steps: layer2.0.add
- Use an input of 256×128
- Leave out the anti-aliasing"""),
    # without anti-aliasing there is none to leave out
    (_asked("resnet18", 1, 1, changes={"norm": "group", "widths": (32, 32, 32, 64), "stem": rv.Stem((32,))}), """\
cannot-run: error: The network cannot run at 1×1
bn1 cannot run: a group norm needs more than one value in a group, and 32×1×1 in 32 groups has one
Both branches of a block must end in the same shape, and every window must fit into its map.
source: 
steps: bn1
- Use an input of 32×32"""),
    (_asked("resnet18", 32, 1), """\
one-value-norm: error: Training raises in layer4.0.bn1
batch 1 at a map of 1×1 is one value a channel, in layer4.0.bn1, layer4.0.bn2 and 3 more; PyTorch: “Expected more than 1 value per channel when training, got input size torch.Size([1, 512, 1, 1])”
A batch norm in training takes mean and variance over batch, height and width. Of one value the variance is 0 and the result would be 0 whatever came in, so PyTorch refuses. In eval mode it uses its running statistics and runs.
source: 1502.03167; torch.nn.functional.batch_norm
steps: layer4.0.bn1, layer4.0.bn2, layer4.0.downsample.1, layer4.1.bn1, layer4.1.bn2
- Use a batch of 2 or more
- Use eval mode
- Use group norm"""),
    (_asked("resnet50", 224, 64, memory=2**30, optimizer="adam"), """\
memory: error: About 5.88 GiB is more than 1.00 GiB
estimate for batch 64, float32, train, adam: weights 97.5 MiB, gradients 97.5 MiB, optimizer 195.0 MiB, activations 5.12 GiB, on the way back 392.0 MiB
Training keeps every map that the backward pass needs, and these grow with the batch and with the square of the input's side; weights, gradients and the optimizer's numbers do not. An estimate: the workspace of a conv's algorithm and the allocator's rounding come on top.
source: 
steps: 
- Use a batch of 7"""),
    (_asked("resnet50c", (224, 28), data="mnist"), """\
wrong-data: error: The network is not made for MNIST
3 input channels, and its images have 1; 1,000 classes, and it has 10; an input of 224×28, and its images are 28×28
Wrong channels raise in the first conv. Wrong classes raise in the loss where a label is too large, and waste outputs where none is. Another size runs, at other maps: images can also be resized to the input.
source: 
steps: conv1.0, fc
- Fit it to MNIST"""),
    (_asked("resnet34", 32), """\
collapsed: warning: The map is 1×1 from layer4.0.conv1 on
input 32×32, output stride 32 at layer4.0.conv1; 5 more convs look for patterns in one cell
Where a thing is in the image can no longer be told there, and a k×k conv works as a 1×1. The stem and each later stage halve the map, which is right for 224 px and too much here.
source: 1512.03385, 4.2 uses three stages and no pool at 32 px
steps: layer4.0.conv1
- Use a CIFAR stem: one 3×3 of stride 1, no pool
- Dilate the last 2 stages instead of striding
- Dilate the last 3 stages instead of striding"""),
    # the gates before it look at one cell each, whatever the map, and are no part of what shrinks
    (_asked("seresnet50", 32), """\
collapsed: warning: The map is 1×1 from layer4.0.conv2 on
input 32×32, output stride 32 at layer4.0.conv2; 2 more convs look for patterns in one cell
Where a thing is in the image can no longer be told there, and a k×k conv works as a 1×1. The stem and each later stage halve the map, which is right for 224 px and too much here.
source: 1512.03385, 4.2 uses three stages and no pool at 32 px
steps: layer4.0.conv2
- Use a CIFAR stem: one 3×3 of stride 1, no pool
- Dilate the last 2 stages instead of striding
- Dilate the last 3 stages instead of striding"""),
    (_asked("resnet34", (64, 97)), """\
collapsed: warning: From layer4.0.conv2 on a 3×3 kernel is larger than its map
input 64×97, output stride 32 at layer4.0.conv2; its map is 2×4
Where a thing is in the image can no longer be told there, and a k×k conv works as a 1×1. The stem and each later stage halve the map, which is right for 224 px and too much here.
source: 1512.03385, 4.2 uses three stages and no pool at 32 px
steps: layer4.0.conv2
- Use a CIFAR stem: one 3×3 of stride 1, no pool
- Leave out the stem's pool
- Dilate the last stage instead of striding"""),
    (_asked("resnet18", 32), """\
dead-weights: warning: 59.4% of all weights only ever meet padding
6,946,816 of 11,689,512 parameters, in layer4.0.conv1, layer4.0.conv2 and 2 more; the most in layer4.0.conv2: 2,097,152 of 2,359,296
At a map this small the outer taps of a padded kernel never stand over the map. They multiply zeros in every pass, so their gradient is exactly zero: they are stored and shipped, and never learn.
source: computed; autograd's zero gradients are the same weights
steps: layer4.0.conv1, layer4.0.conv2, layer4.1.conv1, layer4.1.conv2
- Use a CIFAR stem: one 3×3 of stride 1, no pool
- Leave out the stem's pool
- Leave out the last stage, layer4"""),
    (_asked("resnet50d", (90, 62)), """\
early-stem: warning: The stem leaves the blocks only 23×16
output stride 4 after maxpool; at 224 px the same stem leaves 56×56
Fine detail is averaged away before any residual block sees it, and the later stages have little left to halve. For small images published networks keep the size in the stem.
source: 1512.03385, 4.2; kuangliu/pytorch-cifar
steps: maxpool
- Use a CIFAR stem: one 3×3 of stride 1, no pool
- Leave out the stem's pool
- Use an input of 96×96"""),
    (_asked("resnet18", 1024), """\
large-final-map: note: The head averages 1,024 cells
the final map is 32×32, 75,800,485,888 MACs in all
The mean over so many cells blurs what any of them saw, and most of the work is spent on cells that one number a channel stands for. More stages, a stem that reduces, or a smaller input ends with 7×7 or 8×8.
source: 1512.03385, table 1 ends with 7×7; the networks for CIFAR with 8×8
steps: 
- Use an input of 224×224
- Add a stage of twice the width"""),
    (_asked("cifar_resnet20", (68, 90), 1), """\
large-final-map: note: The head averages 391 cells
the final map is 17×23, 244,076,032 MACs in all
The mean over so many cells blurs what any of them saw, and most of the work is spent on cells that one number a channel stands for. More stages, a stem that reduces, or a smaller input ends with 7×7 or 8×8.
source: 1512.03385, table 1 ends with 7×7; the networks for CIFAR with 8×8
steps: 
- Use an input of 32×32
- Use the ImageNet stem: 7×7 of stride 2, max pool
- Add a stage of twice the width"""),
    # 512 without the stem's pool, or without its stride, ends at 32×32, and with both at 16×16
    *(
        (_asked("resnet18", 512, 1, changes={"stem": stem}), f"""\
large-final-map: note: The head averages 1,024 cells
the final map is 32×32, {macs} MACs in all
The mean over so many cells blurs what any of them saw, and most of the work is spent on cells that one number a channel stands for. More stages, a stem that reduces, or a smaller input ends with 7×7 or 8×8.
source: 1512.03385, table 1 ends with 7×7; the networks for CIFAR with 8×8
steps: 
- Use an input of 224×224
- Use the ImageNet stem: 7×7 of stride 2, max pool
- Add a stage of twice the width""")
        # the blocks do 4·(1,813,561,344 − 118,013,952)·(512/224)² and the head 512,000; the stem 9,408 a cell, at 256² or 512²
        for stem, macs in ((rv.Stem(pool="none"), f"{35_433_480_192 + 512_000 + 9_408 * 256**2:,}"), (rv.Stem(stride=1), f"{35_433_480_192 + 512_000 + 9_408 * 512**2:,}"))
    ),
    (_asked("resnet34", 225), """\
fixed-head: note: A head with AvgPool2d(7) would not work at this input
the final map is 8×8; AvgPool2d(7, stride=1) leaves 2×2, and Linear gets 2,048 numbers instead of 512; it works from 193 to 224 px
This network has an adaptive pool, which averages whatever map there is, so it runs at any input. Code that fixes the pool at 7 runs only where the final map is 7×7.
source: torchvision went from AvgPool2d(7) to AdaptiveAvgPool2d(1)
steps: avgpool
- Use an input of 224×224"""),
    (_asked("resnet50", (224, 96)), """\
fixed-head: note: A head with AvgPool2d(7) would not work at this input
the final map is 7×3; AvgPool2d(7) raises: its window does not fit into 7×3; it works from 193 to 224 px
This network has an adaptive pool, which averages whatever map there is, so it runs at any input. Code that fixes the pool at 7 runs only where the final map is 7×7.
source: torchvision went from AvgPool2d(7) to AdaptiveAvgPool2d(1)
steps: avgpool
- Use an input of 224×224"""),
    (_asked("resnet50", (240, 225)), """\
odd-sizes: note: Odd sides are halved in 3 blocks
layer2.0: 57 → 29 on both paths; AvgPool2d(2) in the shortcut would give 28; layer3.0: 29 → 15 on both paths; AvgPool2d(2) in the shortcut would give 14; layer4.0: 15 → 8 on both paths; AvgPool2d(2) in the shortcut would give 7
Every down-sampler here rounds up: the padded 3×3, the 1×1, the slice, the pool with ceil_mode. That is why both branches agree at any size. A pool that rounds down breaks at just these sides, and a 1×1 with padding at all.
source: torch's formulas; 1812.01187's pool needs ceil_mode
steps: layer2.0.downsample.0, layer3.0.downsample.0, layer4.0.downsample.0
- Use an input of 256×256, which halves exactly"""),
    # 48×16: 12×4 after the stem, 12×4, 6×2, 3×1; of 3×1 the side of 1 has nothing to halve
    (_asked("resnet18", (48, 16)), """\
odd-sizes: note: Odd sides are halved in 1 block
layer4.0: 3 → 2 on both paths; AvgPool2d(2) in the shortcut would give 1
Every down-sampler here rounds up: the padded 3×3, the 1×1, the slice, the pool with ceil_mode. That is why both branches agree at any size. A pool that rounds down breaks at just these sides, and a 1×1 with padding at all.
source: torch's formulas; 1812.01187's pool needs ceil_mode
steps: layer4.0.downsample.0
- Use an input of 64×32, which halves exactly"""),
    (_asked("resnet18", (224, 200)), """\
field-past-input: note: From layer4.0.conv1 on a cell sees more than the image
receptive field 243 px there and 435 px at the end; the image has 224×200
A cell in the middle then sees all of the image, and the later convs add depth, not sight. Most published networks do so at the end, which is no fault.
source: 1603.05027; 1701.04128 on how little of the field really counts
steps: layer4.0.conv1
"""),
    (_asked("resnet18_cifar", 32, changes={"blocks": (12, 1, 1, 1)}), """\
lopsided: note: layer1 takes most of the activation bytes
layer1 has 84% of all MACs; layer1 has 89% of all activation bytes
Published networks spread the work: half the size for twice the channels keeps it equal from stage to stage. A network that must be made smaller or quicker is best changed there.
source: 1512.03385, 3.3
steps: layer1.0.add
"""),
    (_asked("resnet50", changes={"in_channels": 1, "num_classes": 7}), """\
published-weights: note: Published weights of resnet50 fit but for conv1 and fc
in_channels=1; num_classes=7
load_state_dict raises for a tensor of another shape, even with strict=False. Drop those keys from the state dict first; the layers then start untrained and the rest is kept.
source: torch.nn.Module.load_state_dict
steps: conv1, fc
- Back to resnet50 as published"""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "text"), WHOLE, ids=lambda value: value.partition("\n")[0] if isinstance(value, str) else ""
)
def test_the_whole_finding(case: Asked, text: str) -> None:
    finding = _of(case(), text.partition(":")[0])
    assert finding is not None
    head = f"{finding.code}: {finding.severity}: {finding.title}"
    rest = (finding.evidence, finding.explanation, f"source: {finding.source}", f"steps: {', '.join(finding.steps)}")
    remedies = "\n".join(f"- {remedy.title}" for remedy in finding.remedies)
    for remedy in finding.remedies:  # the size that is said is the size that is set
        said = re.search(r"input of (\d+)×(\d+)", remedy.title)
        assert remedy.size == ((int(said[1]), int(said[2])) if said else None) or "Fit it" in remedy.title
    assert "\n".join((head, *rest, remedies)) == text


def test_the_whole_findings_are_of_every_check() -> None:
    assert {text.partition(":")[0] for _, text in WHOLE} == set(CASES)


ONE_STAGE = rv.ResNetSpec(block="basic", blocks=(1,), widths=(4,), stem=rv.Stem((4,), 3, 1, "none"), num_classes=2)
# 430 parameters. At 8×8 autograd keeps the image (3·64 numbers), six maps of 4·64 (the outputs of the three convs, which
# the norms read, and of the three ReLUs, which the convs and the ReLUs themselves read) and the mean's 4, which the linear
# layer reads: 768 + 6·1024 + 16 = 6,928 B. On the way back are two maps, 2,048 B. Without gradients three maps live at
# once: the block's input, which the shortcut needs, and what a step reads and makes: 3,072 B.
KEPT, BACK, WEIGHTS, ALIVE = 6_928, 2_048, 4 * 430, 3 * 1_024

# code: a case where it speaks and one where it is silent, with nothing between them
EDGES: list[tuple[str, Asked, Asked]] = [
    # the stem leaves a quarter: 16 of 64, 17 of 65; the shorter side counts
    ("early-stem", _asked("resnet18", 64), _asked("resnet18", 65)),
    ("early-stem", _asked("resnet18", (300, 64)), _asked("resnet18", (300, 65))),
    ("early-stem", _asked("resnet18", (64, 300)), _asked("resnet18", (65, 300))),
    # without its pool it leaves a half, 16 of 32, and reduces by 2 alone
    ("early-stem", _asked("resnet18", 32), _asked("resnet18", 32, changes={"stem": rv.Stem(pool="none")})),
    # ⌈512/32⌉ = 16 and ⌈513/32⌉ = 17; again the shorter side
    ("large-final-map", _asked("resnet18", 513), _asked("resnet18", 512)),
    ("large-final-map", _asked("resnet18", (513, 600)), _asked("resnet18", (600, 512))),
    # a network whose last stages are dilated is meant to end so
    ("large-final-map", _asked("resnet50", 520), _asked("resnet50_os8", 520)),
    # 7·32 = 224, 6·32 = 192; both sides must fit; what is reduced by 16 never met a pool of 7
    ("fixed-head", _asked("resnet34", 192), _asked("resnet34", 193)),
    ("fixed-head", _asked("resnet34", (224, 225)), _asked("resnet34", (224, 193))),
    ("fixed-head", _asked("resnet34", 225), _asked("resnet34", 225, changes={"stem": rv.Stem(pool="none")})),
    # ⌈64/32⌉ = 2 cells under a 3×3, ⌈65/32⌉ = 3
    ("collapsed", _asked("resnet18", 64), _asked("resnet18", 65)),
    ("collapsed", _asked("resnet18", (64, 224)), _asked("resnet18", (65, 224))),
    # an image of one cell has nothing to lose; of two it has
    ("collapsed", _asked("cifar_resnet20", 2), _asked("cifar_resnet20", 1)),
    # the map is 1×1 from the last 3×3 on, and behind it is a 1×1 alone; one block more has another 3×3
    (
        "collapsed",
        _asked("resnet50_cifar", 2, changes={"blocks": (1, 2), "widths": (4, 4), "stem": rv.Stem((4,), 1, 1, "none")}),
        _asked("resnet50_cifar", 2, changes={"blocks": (1, 1), "widths": (4, 4), "stem": rv.Stem((4,), 1, 1, "none")}),
    ),
    # 57 is odd; 56 = 8·7 is halved three times
    ("odd-sizes", _asked("resnet18", 225), _asked("resnet18", 224)),
    ("odd-sizes", _asked("resnet18", (224, 225)), _asked("resnet18", (224, 256))),
    # 16, 4, 2, 1: nothing of 1 is lost
    ("odd-sizes", _asked("resnet18", 24), _asked("resnet18", 16)),
    # the field of ResNet-18's last map is 435 px, and it must pass both sides
    ("field-past-input", _asked("resnet18", 434), _asked("resnet18", 435)),
    ("field-past-input", _asked("resnet18", (434, 100)), _asked("resnet18", (435, 100))),
    ("field-past-input", _asked("resnet18", (100, 434)), _asked("resnet18", (100, 435))),
    # one value a channel: a batch of 1 on a map of 1×1; 33 px leave two rows
    ("one-value-norm", _asked("resnet18", 32, 1), _asked("resnet18", (33, 32), 1)),
    ("one-value-norm", _asked("resnet18", 32, 1), _asked("resnet18", (32, 33), 1)),
    ("one-value-norm", _asked("resnet18", 32, 1), _asked("resnet18", 32, 2)),
    ("one-value-norm", _asked("resnet18", 32, 1), _asked("resnet18", 33, 4)),  # as many images as cells
    ("one-value-norm", _asked("resnet18", 32, 1), _asked("resnet18", 32, 1, mode="eval")),
    ("one-value-norm", _asked("resnet18", 32, 1), _asked("resnet18", 32, 1, changes={"norm": "group"})),
    # the last byte: weights, gradients and one number a weight of SGD's, two of Adam's
    *(
        ("memory", partial(copy, case, memory=needed - 1), partial(copy, case, memory=needed))
        for case, needed in (
            (Case.of(ONE_STAGE, 8, 1), 3 * WEIGHTS + KEPT + BACK),
            (Case.of(ONE_STAGE, 8, 5), 3 * WEIGHTS + 5 * (KEPT + BACK)),
            (Case.of(ONE_STAGE, 8, 5, optimizer="adam"), 4 * WEIGHTS + 5 * (KEPT + BACK)),
            (Case.of(ONE_STAGE, 8, 5, mode="eval"), WEIGHTS + 5 * ALIVE),
        )
    ),
    ("memory", partial(Case.of, ONE_STAGE, 8, memory=1), partial(Case.of, ONE_STAGE, 8)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "speaks", "silent"), EDGES)
def test_just_on_one_side_it_speaks_and_just_on_the_other_it_is_silent(code: str, speaks: Asked, silent: Asked) -> None:
    assert _of(speaks(), code) is not None
    assert _of(silent(), code) is None


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_largest_batch_to_the_byte(batch: int, optimizer: str) -> None:
    """However large the batch asked about, what one image more takes is the same."""
    case = Case.of(ONE_STAGE, 8, batch, optimizer=optimizer)
    fixed = {"sgd": 3, "adam": 4}[optimizer] * WEIGHTS
    for most in (0, 1, 2, 17):
        enough = fixed + most * (KEPT + BACK)
        assert largest_batch(copy(case, memory=enough)) == most
        assert largest_batch(copy(case, memory=enough + KEPT + BACK - 1)) == most
        assert largest_batch(copy(case, memory=WEIGHTS + most * ALIVE, mode="eval")) == most
        assert largest_batch(copy(case, memory=WEIGHTS + (most + 1) * ALIVE - 1, mode="eval")) == most


def test_what_memory_goes_to_is_named_part_by_part() -> None:
    training = _of(copy(Case.of(ONE_STAGE, 8, 3), memory=1), "memory")
    assert training is not None and training.evidence == (
        "estimate for batch 3, float32, train, sgd: weights 0.0 MiB, gradients 0.0 MiB, optimizer 0.0 MiB, "
        "activations 0.0 MiB, on the way back 0.0 MiB"
    )
    running = _of(copy(Case.of(ONE_STAGE, 8, 3, mode="eval"), memory=1), "memory")
    assert running is not None
    assert running.evidence == "estimate for batch 3, float32, eval: weights 0.0 MiB, maps 0.0 MiB"


def test_what_is_proposed_for_too_little_memory() -> None:
    """The largest batch if one fits, and half the side, of the shorter one, down to 32."""

    def proposed(size: tuple[int, int], gives: int) -> list[str]:
        case = Case.of(ONE_STAGE, size, 2)
        finding = _of(copy(case, memory=gives), "memory")
        assert finding is not None
        return [remedy.title for remedy in finding.remedies]

    at_64 = 64 * (KEPT - 16 + BACK) + 16  # 64 times the cells of 8×8
    assert proposed((64, 64), 3 * WEIGHTS + at_64) == ["Use a batch of 1", "Use an input of 32×32"]
    assert proposed((64, 64), 3 * WEIGHTS + at_64 - 1) == ["Use an input of 32×32"]
    assert proposed((100, 70), 3 * WEIGHTS + at_64) == ["Use an input of 35×35"]
    assert proposed((33, 100), 3 * WEIGHTS + at_64) == ["Use a batch of 1", "Use an input of 32×32"]
    assert proposed((32, 100), 3 * WEIGHTS + at_64) == ["Use a batch of 1"]


@pytest.mark.parametrize(
    ("size", "batch", "mode", "norm"),
    [(32, 1, "train", "batch"), (33, 1, "train", "batch"), ((32, 33), 1, "train", "batch"), (32, 2, "train", "batch"), (32, 1, "eval", "batch"), (32, 1, "train", "group")],
)  # fmt: skip
def test_training_raises_where_it_is_said_and_nowhere_else(
    size: int | tuple[int, int], batch: int, mode: str, norm: str
) -> None:
    spec = rv.replace(rv.variant("resnet18"), widths=(32, 32, 32, 64), stem=rv.Stem((32,)), norm=norm, num_classes=2)
    case = Case.of(spec, size, batch, mode=mode)
    model = rv.build(spec).train(mode == "train")
    try:
        model(torch.zeros(batch, 3, *case.size))
        raised = ""
    except ValueError as error:
        raised = str(error)
    finding = _of(case, "one-value-norm")
    assert (finding is not None) == bool(raised)
    assert finding is None or raised in finding.evidence


@pytest.mark.parametrize(
    ("name", "title", "side", "channels", "classes"),
    [
        ("imagenet", "ImageNet-1k", 224, 3, 1000),
        ("cifar10", "CIFAR-10", 32, 3, 10),
        ("cifar100", "CIFAR-100", 32, 3, 100),
        ("svhn", "SVHN", 32, 3, 10),
        ("mnist", "MNIST", 28, 1, 10),
        ("fashion-mnist", "Fashion-MNIST", 28, 1, 10),
        ("tiny-imagenet", "Tiny ImageNet", 64, 3, 200),
        ("stl10", "STL-10", 96, 3, 10),
    ],
)
def test_a_data_set_wants_just_its_own_images(name: str, title: str, side: int, channels: int, classes: int) -> None:
    fits = {"in_channels": channels, "num_classes": classes}
    assert _of(_case("resnet18", side, data=name, changes=fits), "wrong-data") is None
    for other, size, said, severity in (
        ({"in_channels": channels + 1}, (side, side), f"{channels + 1} input channels, and its images have {channels}", "error"),
        ({"num_classes": 1}, (side, side), f"1 class, and it has {classes:,}", "warning"),
        ({"num_classes": classes + 1}, (side, side), f"{classes + 1:,} classes, and it has {classes:,}", "warning"),
        ({}, (side, side + 1), f"an input of {side}×{side + 1}, and its images are {side}×{side}", "warning"),
        ({}, (side + 1, side), f"an input of {side + 1}×{side}, and its images are {side}×{side}", "warning"),
    ):  # fmt: skip
        finding = _of(_case("resnet18", size, data=name, changes={**fits, **other}), "wrong-data")
        assert finding is not None
        assert finding.title == f"The network is not made for {title}"
        assert (finding.severity, finding.evidence) == (severity, said)
    refused = Case.of(rv.variant("resnetblur50"), 1, data=name)  # told also where the network cannot run
    assert refused.trace is None
    finding = _of(refused, "wrong-data")
    assert finding is not None and finding.steps == ("conv1", "fc")


@pytest.mark.sweep
@pytest.mark.parametrize("name", ["resnet18", "resnet50d", "seresnet50", "ecaresnet50d", "resnetv2_50"])
@pytest.mark.parametrize(
    "changes",
    [
        {}, {"num_classes": 10}, {"in_channels": 1}, {"in_channels": 1, "num_classes": 10}, {"zero_init": True, "num_classes": 10},
        {"zero_init": True}, {"stem": "cifar"}, {"stem": "deep"}, {"stem.kernel": 5}, {"stem.pool": "none"}, {"stem.pool": "conv"},
        # as many weights as 7·7·3 for each filter, in another shape
        {"stem.kernel": 1, "in_channels": 147},
        {"stem.stride": 1}, {"stem.stride": 1, "num_classes": 10}, {"stem.channels": "16"}, {"num_classes": 10, "blocks": "3,4,6,4"}, {"num_classes": 10, "groups": 2},
    ],
    ids=str,
)  # fmt: skip
def test_what_of_published_weights_does_not_fit_is_what_torch_says(name: str, changes: dict[str, object]) -> None:
    asked = {field: str(value) for field, value in changes.items()}
    try:
        spec = apply(rv.variant(name), asked)
    except rv.SpecError:  # no groups in a basic block
        return
    case = Case.of(spec, 224, 2)
    finding = _of(case, "published-weights")
    if "blocks" in changes or "groups" in changes:  # too much of it is another network's
        assert finding is None
        return
    known = nearest(spec)
    stored, own = (rv.build(known.spec, "meta").state_dict(), rv.build(spec, "meta").state_dict())
    lost = dict.fromkeys(
        key.rpartition(".")[0] for key, tensor in own.items() if key not in stored or stored[key].shape != tensor.shape
    )
    assert list(finding.steps if finding else ()) == list(lost)
    if finding:
        names = list(lost)
        shown = " and ".join(names) if len(names) < 3 else f"{names[0]}, {names[1]} and {len(names) - 2} more"
        if len(names) == 3:
            shown = f"{names[0]}, {names[1]} and {names[2]}"
        assert finding.title == f"Published weights of {known.name} fit but for {shown}"
        (back,) = finding.remedies
        # back as published, but for what changes no shape
        assert back.apply(case).spec == rv.replace(known.spec, zero_init=spec.zero_init)


@pytest.mark.parametrize(
    ("blocks", "widths"),
    [((1, 1), (10, 32)), ((1, 2), (8, 16)), ((1, 2), (10, 10)), ((1, 3), (10, 8)), ((2, 1), (10, 28)), ((3, 2), (10, 28)), ((3, 2), (6, 16)), ((3, 2), (12, 32))],
)  # fmt: skip
def test_a_stage_takes_most_where_it_takes_more_than_three_fifths(
    blocks: tuple[int, int], widths: tuple[int, int]
) -> None:
    """The shares of the eight networks are from 59.53 % to 60.49 %, by PyTorch's own counter and tensors."""
    spec = rv.ResNetSpec(block="basic", blocks=blocks, widths=widths, stem=rv.Stem((widths[0],), 3, 1, "none"), num_classes=5)  # fmt: skip
    model = rv.build(spec).eval()
    bytes_made: dict[str, int] = {}

    def count(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, _given: object, made: torch.Tensor) -> None:
            if not list(module.children()) and not isinstance(module, IdentityShortcut | nn.Flatten):
                stage = name.partition(".")[0]
                bytes_made[stage] = bytes_made.get(stage, 0) + made.numel() * made.element_size()

        return hook

    for name, module in model.named_modules():
        module.register_forward_hook(count(name))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(1, 3, 8, 8))
    flops = {name: sum(counts.values()) for name, counts in counter.get_flop_counts().items()}
    told = [
        f"layer{stage} has {share:.0%} of all {what}"
        for what, whole, parts in (
            ("MACs", flops["Global"], {n: flops[f"ResNet.layer{n}"] for n in (1, 2)}),
            ("activation bytes", sum(bytes_made.values()), {n: bytes_made[f"layer{n}"] for n in (1, 2)}),
        )
        for stage in (1, 2)
        if (share := parts[stage] / whole) > 0.6
    ]
    finding = _of(Case.of(spec, 8, 1), "lopsided")
    assert (finding.evidence if finding else "") == "; ".join(told)
    if finding:
        what = told[0].rpartition("of all ")[2]
        assert finding.title == f"{told[0][:6]} takes most of the {what}"
        assert finding.steps == (f"{told[0][:6]}.0.add",)


def test_what_is_asked_reaches_every_check() -> None:
    spec = rv.variant("resnet50")
    for mode, optimizer in (("train", "adam"), ("train", "sgd"), ("eval", "sgd")):
        asked = {"mode": mode, "data": "mnist", "optimizer": optimizer}
        found = list(diagnose(spec, (40, 50), 256, memory_gib=0.125, **asked))
        assert found == list(examine(Case.of(spec, (40, 50), 256, memory=2**27, **asked)))
        assert [finding.code for finding in found][:2] == ["memory", "wrong-data"]
        assert f", {mode}" in found[0].evidence and (f", {optimizer}:" in found[0].evidence) == (mode == "train")
        assert found[0].title.endswith("is more than 128.0 MiB")
    # training with one image is what nobody means who says no batch
    assert "one-value-norm" not in [finding.code for finding in diagnose("resnet152@32")]
    assert diagnose("resnet152@32", batch=1)[0].code == "one-value-norm"
    trace = rv.forecast("resnet152@32")
    assert "one-value-norm" not in [finding.code for finding in diagnose(trace)]
    assert diagnose(trace, mode="train")[0].code == "one-value-norm"
    assert "memory" not in [finding.code for finding in diagnose("resnet152@512")]  # which takes 1.57 GiB
    diagnose(spec, 32, 2, memory_gib=100_000)
    for memory in (100_000.5, -0.5):
        with pytest.raises(rv.InputError, match=r"must be from 0 \(not asked\) to 100000 GiB; use e\.g\. 24$"):
            diagnose(spec, 32, 2, memory_gib=memory)


def test_a_warning_stands_before_a_note_of_an_earlier_check() -> None:
    # 5,111,808 dead weights of 11,176,512 + 513·1,000,000 are less than a hundredth
    found = examine(_case("resnet18", (64, 32), 2, changes={"num_classes": 1_000_000}))
    order = [(finding.code, finding.severity) for finding in found]
    assert order.index(("early-stem", "warning")) < order.index(("dead-weights", "note"))


def test_what_was_not_asked_is_empty() -> None:
    case = Case.of(ONE_STAGE)
    asked = (case.size, case.batch, case.mode, case.data, case.memory, case.optimizer, case.refused)
    assert asked == ((224, 224), 1, "train", "", 0, "sgd", "")
    assert Case(ONE_STAGE, (8, 8)) == Case(ONE_STAGE, (8, 8), 1, "train", "", 0, "sgd", None, "")
    assert Remedy("Nothing") == Remedy("Nothing", {}, None, None, None)
    assert Remedy("More at once", batch=3).apply(case) == Case.of(ONE_STAGE, 224, 3)
    finding = Finding("code", "note", "title", "evidence", "explanation")
    assert (finding.source, finding.steps, finding.remedies) == ("", (), ())


LITTLE = Finding("code", "note", "R&D", "1 < 2", "why", remedies=(Remedy("Do <b>"), Remedy("Do more")))


def test_what_python_and_a_notebook_show_of_findings() -> None:
    assert repr(LITTLE) == "note: R&D\n  1 < 2\n  remedy: Do <b>\n  remedy: Do more"
    assert repr(Findings()) == "0 findings"
    assert repr(Findings([LITTLE])) == "1 finding\n  note: R&D"
    assert repr(Findings([LITTLE] * 9)) == "9 findings" + "\n  note: R&D" * 9
    assert repr(Findings([LITTLE] * 10)) == "10 findings" + "\n  note: R&D" * 8 + "\n  and 2 more"
    assert Findings()._repr_html_() == "<p>Nothing to say against this network at this input.</p>"
    alone = Finding("code", "error", "<i>", "a & b", "why")
    assert Findings([LITTLE, alone])._repr_html_() == (
        "<ul><li><b>note: R&amp;D</b><br>1 &lt; 2<br>What helps:<ul><li>Do &lt;b&gt;</li><li>Do more</li></ul></li>"
        "<li><b>error: &lt;i&gt;</b><br>a &amp; b</li></ul>"
    )


def test_one_stage_cannot_take_more_than_its_share() -> None:
    assert _of(Case.of(ONE_STAGE, 8), "lopsided") is None


def test_just_three_fifths_are_not_most() -> None:
    """MACs at 8×8: 64·108 in the stem, 2·64·144 in layer1, 16·(2·144 + 16) in layer2, 4 a class in the head."""
    two_stages = rv.replace(ONE_STAGE, blocks=(1, 1), widths=(4, 4))
    # 18,432 are three fifths of 6,912 + 18,432 + 4,864 + 4·128
    assert _of(Case.of(rv.replace(two_stages, num_classes=128), 8), "lopsided") is None
    finding = _of(Case.of(rv.replace(two_stages, num_classes=127), 8), "lopsided")
    assert finding is not None and finding.evidence == "layer1 has 60% of all MACs"


def test_a_stage_more_is_twice_as_wide_and_as_long_as_the_last() -> None:
    case = _case("resnet34", 1024)
    finding = _of(case, "large-final-map")
    assert finding is not None
    made = finding.remedies[-1].apply(case).spec
    assert (made.blocks, made.widths) == ((3, 4, 6, 3, 3), (64, 128, 256, 512, 1024))


def test_dead_weights_are_a_warning_from_one_in_a_hundred() -> None:
    """The class count makes the rest of the network larger; what is dead stays, and autograd has the last word."""
    plain = rv.replace(ONE_STAGE, blocks=(1, 1), widths=(4, 4), in_channels=5)
    dead = _zero_gradients(plain, (2, 2))
    rest = sum(parameter.numel() for parameter in rv.build(rv.replace(plain, num_classes=1)).parameters()) - 5
    # 4 weights and a bias a class: with five input channels some number of them makes just a hundred times as much
    just, left = divmod(100 * dead - rest, 5)
    assert left == 0
    for classes, severity in ((just - 1, "warning"), (just, "note")):
        finding = _of(Case.of(rv.replace(plain, num_classes=classes), 2, 2), "dead-weights")
        assert finding is not None and finding.severity == severity
        assert finding.title == "1.0% of all weights only ever meet padding"
        assert finding.evidence.startswith(f"{dead:,} of {rest + 5 * classes:,} parameters, in ")


@pytest.mark.parametrize(
    ("name", "size", "changes", "titles"),
    [
        # 40: the next multiples of 32 are 64, 96, … 512
        ("resnet18", 40, {}, ["stem", "pool", "dilate 1", "dilate 2", "dilate 3", "last", *range(64, 513, 32)]),
        ("resnet18", 64, {}, ["stem", "pool", "dilate 1", "dilate 2", "dilate 3", "last", *range(96, 513, 32)]),
        ("resnet18", (480, 32), {}, ["stem", "pool", "dilate 1", "dilate 2", "dilate 3", "last", 512]),
        ("resnet18", 512, {}, ["stem", "pool", "dilate 1", "dilate 2", "dilate 3", "last"]),
        # without a pool and a stride in the stem there is nothing to take out of it: multiples of 8
        ("resnet18_cifar", 500, {}, ["dilate 1", "dilate 2", "dilate 3", "last", 504, 512]),
        # stride 2 alone, pool alone
        ("resnet18", 490, {"stem": rv.Stem(pool="none")}, ["stem", "dilate 1", "dilate 2", "dilate 3", "last", 496, 512]),
        ("resnet18", 490, {"stem": rv.Stem(stride=1)}, ["stem", "pool", "dilate 1", "dilate 2", "dilate 3", "last", 496, 512]),
        # what is dilated already is not offered; the last stage cannot go where it is all that is left to dilate
        ("resnet18", 500, {"dilated_stages": 1}, ["stem", "pool", "dilate 2", "dilate 3", "last", 512]),
        ("resnet18", 500, {"dilated_stages": 2}, ["stem", "pool", "dilate 3", "last", 504, 512]),
        ("resnet18", 507, {"dilated_stages": 3}, ["stem", "pool", 508, 512]),
        ("resnet18", 507, {"blocks": (2,), "widths": (64,)}, ["stem", "pool", 508, 512]),
        # eleven stages reduce by 2048·2, and that is the only side offered
        ("resnet18", 40, {"blocks": (1,) * 12, "widths": (64,) * 12}, ["stem", "pool", *(f"dilate {n}" for n in range(1, 12)), "last", 8192]),
    ],
)  # fmt: skip
def test_what_is_offered_for_a_small_input(
    name: str, size: int, changes: dict[str, object], titles: list[str | int]
) -> None:
    case = _case(name, size, changes=changes)
    stages = len(case.spec.blocks)
    words = {
        "stem": "Use a CIFAR stem: one 3×3 of stride 1, no pool",
        "pool": "Leave out the stem's pool",
        "last": f"Leave out the last stage, layer{stages}",
        "dilate 1": "Dilate the last stage instead of striding",
        **{f"dilate {n}": f"Dilate the last {n} stages instead of striding" for n in range(2, stages)},
    }
    offered = list(candidates(case))
    assert [remedy.title for remedy in offered] == [
        f"Use an input of {title}×{title}" if isinstance(title, int) else words[title] for title in titles
    ]
    for title, remedy in zip(titles, offered, strict=True):
        made = remedy.apply(case)
        assert made.size == ((title, title) if isinstance(title, int) else case.size)
        spec = case.spec
        match str(title).split():
            case ["stem"]:
                assert (made.spec.stem.kernel, made.spec.stem.stride, made.spec.stem.pool) == (3, 1, "none")
            case ["pool"]:
                assert made.spec.stem.pool == "none" and made.spec.blocks == spec.blocks
            case ["last"]:
                assert (made.spec.blocks, made.spec.widths) == (spec.blocks[:-1], spec.widths[:-1])
            case ["dilate", number]:
                assert made.spec == rv.replace(spec, dilated_stages=int(number))
            case _:
                assert made.spec == spec


@pytest.mark.parametrize(
    ("value", "shown"),
    [(2**30, "1.00 GiB"), (2**30 - 1, "1024.0 MiB"), (1.87 * 2**30, "1.87 GiB"), (2**20, "1.0 MiB"), (0, "0.0 MiB"), (392 * 2**20, "392.0 MiB")],
)  # fmt: skip
def test_bytes_are_shown_in_the_larger_unit_they_fill(value: float, shown: str) -> None:
    assert gib(value) == shown


@pytest.mark.parametrize(
    ("names", "shown"),
    [("a", "a"), ("a b", "a and b"), ("a b c", "a, b and c"), ("a b c d", "a, b and 2 more"), ("a b c d e", "a, b and 3 more")],
)  # fmt: skip
def test_some_of_many_names(names: str, shown: str) -> None:
    assert some(names.split()) == shown


def test_the_worst_stands_first_and_within_a_severity_the_order_of_the_checks() -> None:
    found = examine(_case("resnet18", 33, 1, data="cifar10", memory=1))
    # 33 px end at 2×2: nothing is one value, all taps meet the map, and 9, 5, 3 are odd
    assert [(finding.code, finding.severity) for finding in found] == [
        ("memory", "error"), ("wrong-data", "warning"), ("collapsed", "warning"), ("early-stem", "warning"),
        ("fixed-head", "note"), ("odd-sizes", "note"), ("field-past-input", "note"),
    ]  # fmt: skip
    refused = examine(Case.of(rv.variant("resnetaa50"), 240, data="cifar10", memory=1))
    assert [finding.code for finding in refused] == ["cannot-run", "wrong-data"]


@pytest.mark.parametrize("code", CASES)
def test_every_remedy_silences_its_finding(code: str) -> None:
    speaks = CASES[code][0]()
    finding = _of(speaks, code)
    assert finding is not None
    assert finding.remedies or code in ("field-past-input", "lopsided")
    for remedy in finding.remedies:
        after = remedy.apply(speaks)
        assert after.trace is not None
        assert _of(after, code) is None, remedy
        assert after != speaks


@pytest.mark.parametrize(
    ("name", "size", "dead"),
    [("resnet18", 32, 6_946_816), ("resnet34", 32, 11_141_120), ("resnet18", 64, 0), ("resnet50", 64, 0), ("resnet18_cifar", 32, 0), ("resnet34_cifar", 32, 0)],
)  # fmt: skip
def test_the_lessons_dead_weights(name: str, size: int, dead: int) -> None:
    trace = rv.forecast(rv.replace(rv.variant(name), num_classes=10), size)
    found = sum(cost.dead_weights(s.op, s.inputs, s.output) for s in trace.steps)
    assert found == dead
    share = {"resnet18": "62.1%", "resnet34": "52.3%"}.get(name) if dead else None
    finding = next((f for f in diagnose(trace.spec, size, 2) if f.code == "dead-weights"), None)
    assert (finding is None) == (share is None)
    if finding:
        assert finding.title == f"{share} of all weights only ever meet padding"


def test_resnet50_at_32_has_the_lessons_share() -> None:
    finding = _of(_case("resnet50", 32, changes={"num_classes": 10}), "dead-weights")
    assert finding is not None and finding.title.startswith("23.4%")


def _zero_gradients(spec: ResNetSpec, size: tuple[int, int]) -> int:
    """Weights whose gradient is exactly zero in training, in a network where nothing else stops a gradient."""
    torch.manual_seed(0)
    model = rv.build(rv.replace(spec, zero_init=False), device="cpu").double().train()
    for path, module in list(model.named_modules()):
        if isinstance(module, nn.ReLU):  # a ReLU may stop a channel's gradient, by chance
            parent, _, last = path.rpartition(".")
            setattr(model.get_submodule(parent), last, nn.Softplus())
        if isinstance(module, nn.MaxPool2d):  # and a max pool may never choose a cell
            model.set_submodule(path, nn.AvgPool2d(module.kernel_size, module.stride, module.padding, module.ceil_mode))
    image = torch.randn(3, spec.in_channels, *size, dtype=torch.float64)
    made = model(image)
    (made * torch.randn_like(made)).sum().backward()
    convs = (module for module in model.modules() if isinstance(module, nn.Conv2d | nn.Conv1d))
    return sum(int((conv.weight.grad == 0).sum()) for conv in convs if conv.weight.grad is not None)


# where a norm does not look at all cells of the last maps, cells that nothing reads stop gradients too
@settings(max_examples=25)
@given(specs().map(lambda spec: rv.replace(spec, norm="batch")), st.tuples(st.integers(1, 20), st.integers(1, 20)))
def test_dead_weights_are_autograds_zero_gradients(spec: ResNetSpec, size: tuple[int, int]) -> None:
    try:
        trace = rv.forecast(spec, size, 3)
    except rv.InputError:
        assume(False)
        raise
    assume(trace.totals.params < 1_000_000)
    dead = sum(cost.dead_weights(s.op, s.inputs, s.output) for s in trace.steps)
    assert _zero_gradients(spec, size) == dead


def test_resnet18_at_32_in_autograd() -> None:
    spec = rv.replace(rv.variant("resnet18"), num_classes=10)
    assert _zero_gradients(spec, (32, 32)) == 6_946_816


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnet152"])
def test_the_fixed_head_works_where_pytorch_says_so(name: str) -> None:
    assert fixed_head_range(rv.variant(name)) == (193, 224)
    if name != "resnet18":
        return
    model = rv.build(rv.variant(name), device="meta").eval()
    model.avgpool = nn.AvgPool2d(7, stride=1)
    for side, fits in ((192, False), (193, True), (224, True), (225, False), (32, False)):
        image = torch.empty(1, 3, side, side, device="meta")
        if fits:
            assert model(image).shape == (1, 1000)
        else:
            with pytest.raises(RuntimeError):
                model(image)


def test_a_head_of_seven_rows_and_eight_columns_is_left_with_two_cells() -> None:
    finding = _of(_case("resnet34", (224, 225)), "fixed-head")
    assert finding is not None and finding.evidence == (
        "the final map is 7×8; AvgPool2d(7, stride=1) leaves 1×2, and Linear gets 1,024 numbers instead of 512; "
        "it works from 193 to 224 px"
    )


def test_one_conv_that_looks_at_one_cell_is_one() -> None:
    stem = rv.Stem((4,), 1, 1, "none")
    finding = _of(_case("resnet50_cifar", 2, changes={"blocks": (1, 2), "widths": (4, 4), "stem": stem}), "collapsed")
    assert finding is not None and finding.evidence == (
        "input 2×2, output stride 2 at layer2.0.conv2; 1 more conv looks for patterns in one cell"
    )


def test_a_side_of_one_is_not_told_as_halved() -> None:
    finding = _of(_case("resnet18", (16, 48)), "odd-sizes")  # 1×3 before layer4
    assert finding is not None and finding.evidence == (
        "layer4.0: 3 → 2 on both paths; AvgPool2d(2) in the shortcut would give 1"
    )


def test_what_cannot_be_built_or_cannot_run_does_not_work() -> None:
    case = _case("resnetaa50", 256)
    assert works(case, Remedy("Stays refused", size=(240, 240))) is None
    assert works(case, Remedy("No such stem", {"stem": "of gold"})) is None
    made = works(case, Remedy("Runs", size=(512, 512)))
    assert made is not None and made.size == (512, 512)


def test_the_one_value_norm_quotes_pytorch() -> None:
    finding = _of(CASES["one-value-norm"][0](), "one-value-norm")
    assert finding is not None
    model = rv.build(rv.variant("resnet18"), device="cpu", init=True).train()
    with pytest.raises(ValueError, match="Expected more than 1 value per channel") as caught:
        model(torch.zeros(1, 3, 32, 32))
    assert str(caught.value) in finding.evidence


def test_what_is_proposed_against_one_value_is_just_that() -> None:
    case = CASES["one-value-norm"][0]()
    finding = _of(case, "one-value-norm")
    assert finding is not None
    made = [remedy.apply(case) for remedy in finding.remedies]
    assert [(each.batch, each.mode, each.spec.norm) for each in made] == [
        (2, "train", "batch"), (1, "eval", "batch"), (1, "train", "group"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["resnetaa50", "resnetblur50", "resnet50"])
def test_the_fixed_head_works_at_each_side_between_that_runs(name: str) -> None:
    """A mean of 2×2 in place of a stride refuses half of the sides."""
    spec = rv.replace(rv.variant(name), blocks=(1, 2, 1, 1))
    works_at = [
        case.size[0]
        for case in (Case.of(spec, side) for side in range(160, 260))
        if case.trace is not None and case.trace.totals.final_map[2:] == (7, 7)
    ]
    assert fixed_head_range(spec) == (works_at[0], works_at[-1])


def test_a_gate_that_looks_at_the_whole_map_is_not_where_a_cell_does() -> None:
    plain, gated = (_of(_case(name), "field-past-input") for name in ("resnet50", "seresnet50"))
    assert plain is not None and gated is not None
    # 11 px behind the stem, 3·8 more in layer1, 8 + 3·16 in layer2, 16 + 4·32 as far as layer3.4: 235
    assert plain.steps == gated.steps == ("layer3.4.conv2",)
    assert gated.title == plain.title


def test_more_memory_holds_larger_batches() -> None:
    case = _case("resnet50", 224, 32, memory=8 * 2**30)
    most = largest_batch(case)
    assert most > 32
    assert case.trace is not None
    fits = rv.forecast(case.spec, 224, most)
    over = rv.forecast(case.spec, 224, most + 1)
    assert sum(estimate(fits, "train").values()) <= case.memory < sum(estimate(over, "train").values())
    adam = copy(case, optimizer="adam")
    assert largest_batch(adam) < most
    assert largest_batch(copy(case, mode="eval")) > 2 * most
    assert largest_batch(copy(case, memory=2**20)) == 0


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"mode": "test"}, "mode='test': must be train or eval; use 'train'"),
        ({"data": "coco"}, "data='coco': must be one of imagenet, cifar10, cifar100, svhn, mnist, fashion-mnist, tiny-imagenet, stl10; use 'cifar10'"),
        ({"memory_gib": -1}, "memory_gib=-1: must be from 0 (not asked) to 100000 GiB; use e.g. 24"),
        ({"optimizer": "lion"}, "optimizer='lion': must be sgd or adam; use 'sgd'"),
        ({"input_size": 0}, "input_size=0: height and width must be whole numbers from 1 to 16384 px; use 224, or (H, W)"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(more: dict[str, object], message: str) -> None:
    with pytest.raises(rv.InputError) as caught:
        diagnose(rv.variant("resnet18"), **more)  # type: ignore[arg-type]
    assert str(caught.value) == message


@settings(max_examples=60)
@given(
    specs(), st.tuples(st.integers(1, 300), st.integers(1, 300)), st.integers(1, 3), st.sampled_from(["train", "eval"])
)
def test_any_network_can_be_examined(spec: ResNetSpec, size: tuple[int, int], batch: int, mode: str) -> None:
    case = Case.of(spec, size, batch, mode=mode, memory=2**24, data="mnist")
    for finding in examine(case):
        assert len(finding.remedies) <= 3
        for remedy in finding.remedies:
            assert _of(remedy.apply(case), finding.code) is None


# ---- somebody else's network ---------------------------------------------------------------------------------------


def _foreign(network: str, batch: int = 1) -> rv.Trace:
    """A forecast as the trace of a module of which nothing is known but its steps."""
    return copy(rv.forecast(network, batch=batch), spec=None)


@pytest.mark.parametrize("network", ["resnet18@32", "resnet50@225", "resnet50d@64", "cifar_resnet20@224", "seresnet50"])
def test_a_trace_of_anybodys_network_has_the_findings_that_need_no_spec(network: str) -> None:
    needs_spec = {"cannot-run", "fixed-head", "published-weights"}
    ours = [finding for finding in rv.diagnose(network) if finding.code not in needs_spec]
    theirs = rv.diagnose(_foreign(network))
    told = [(finding.code, finding.severity, finding.title, finding.evidence, finding.steps) for finding in theirs]
    assert told == [(one.code, one.severity, one.title, one.evidence, one.steps) for one in ours]
    assert all(finding.remedies == () for finding in theirs)  # none can be tried


def test_a_trace_is_held_against_a_data_set_and_a_memory() -> None:
    found = {one.code: one for one in rv.diagnose(_foreign("resnet18", 64), data="mnist", memory_gib=1.0)}
    assert found["wrong-data"].evidence == (
        "3 input channels, and its images have 1; 1,000 classes, and it has 10; "
        "an input of 224×224, and its images are 28×28"
    )
    assert found["wrong-data"].steps == ("conv1", "fc")
    assert found["memory"].severity == "error"


def test_what_reads_no_image_has_no_findings() -> None:
    step = Step(0, "input", Input(), None, None, "stem", (), (), (1, 16, 8), 0, 0, (1, 1), (1, 1), 512)
    with pytest.raises(rv.InputError) as caught:
        rv.diagnose(Trace((step,), "hooks", "cpu"))
    assert str(caught.value) == (
        "network='1×16×8': reads no image (N, C, H, W), which is what findings are about; trace it with an image"
    )
