"""What two networks do otherwise: in words, and marked in both pictures at the place where it is."""

from typing import Any

import pytest
import torch
from torch import nn

import resnet_viz as rv
from resnet_viz.advise.comparing import align, compare
from resnet_viz.advise.differing import differences
from resnet_viz.picture.figures.pair import describe_compared
from resnet_viz.picture.layout import Look, Scene, beside, with_halos
from resnet_viz.steps import Trace

# from what the papers and torchvision say of these networks
SAID = {
    ("resnet50", "resnet50_v1"): ("layer2.0, layer3.0, layer4.0: conv1 stride 1 → 2, conv2 stride 2 → 1",),
    ("resnet18", "seresnet18"): ("every block: channel gate in B alone",),
    ("seresnet18", "resnet18"): ("every block: channel gate in A alone",),
    ("seresnet18", "resnet18:attention=eca"): ("every block: channel gate by 2 layers → a conv along the channels",),
    ("resnet34", "resnet34:shortcut=A"): ("layer2.0, layer3.0, layer4.0: shortcut 1×1 conv, /2 → zero channels, /2",),
    ("resnet18@32", "resnet18:stem=cifar@32"): ("stem: conv1 kernel 7×7 → 3×3 and stride 2 → 1, maxpool (3×3 max pool) in A alone",),
    ("resnet18", "resnet34"): ("layer1.2, layer2.2, layer2.3, layer3.2 and 4 more: in B alone",),
    ("resnet50", "wide_resnet50_2"): ("every block: conv1 filters ×2, conv2 filters ×2",),
    ("resnet50", "resnext50_32x4d"): ("every block: conv1 filters ×2, conv2 groups 1 → 32 and filters ×2",),
    ("resnet18", "resnet18:norm=group"): ("stem, every block: batch norm → group norm of 32",),
    ("resnet50", "resnetv2_50"): ("stem: batch norm in A alone, ReLU in A alone", "every block: pre-activation in B alone", "head: batch norm in B alone, ReLU in B alone"),
    # one network more in the shortcut does nothing in layer1, where nothing is pooled
    ("resnet50", "resnet50:shortcut_pool=true"): ("layer2.0, layer3.0, layer4.0: shortcut 1×1 conv, /2 → 2×2 average pool, /2 and 1×1 conv",),
    ("resnet18", "resnet18:num_classes=10"): ("head: fc outputs ÷100",),
    ("resnet34@224", "resnet34@32"): ("Every operation is the same, and only sizes differ: the input is 3×224×224 → 3×32×32.",),
    ("resnet34@64", "resnet34@64"): ("Both do the same.",),
    ("resnet18@64", "seresnet18@32"): ("input: 3×64×64 → 3×32×32", "every block: channel gate in B alone"),
}  # fmt: skip


@pytest.mark.parametrize("pair", SAID)
def test_what_is_done_otherwise_in_words(pair: tuple[str, str]) -> None:
    assert differences(compare(*pair)).words == SAID[pair]


def test_of_many_differences_the_first_are_said() -> None:
    words = differences(compare("resnet18", "cifar_resnet20@32")).words
    assert len(words) == 6 and words[0] == "input: 3×224×224 → 3×32×32"
    assert words[-1] == "and 2 more differences, in the table"


def _names(trace: Trace, steps: frozenset[int]) -> set[str]:
    return {trace.steps[index].name for index in steps}


def test_the_same_steps_are_marked_in_both_where_both_have_them() -> None:
    for pair, wanted in (
        (("resnet50", "resnet50_v1"), {f"layer{n}.0.conv{k}" for n in (2, 3, 4) for k in (1, 2)}),
        (("resnet18", "resnet18:num_classes=10"), {"fc"}),
        (("resnet50", "wide_resnet50_2"), {f"layer{n + 1}.{b}.conv{k}" for n, count in enumerate((3, 4, 6, 3)) for b in range(count) for k in (1, 2)}),
    ):  # fmt: skip
        found = compare(*pair)
        a, b = differences(found).marked
        assert _names(found.a, a) == _names(found.b, b) == wanted


def test_what_one_lacks_is_marked_where_it_is_missing() -> None:
    found = compare("resnet18@64", "seresnet18@64")
    a, b = differences(found).marked
    blocks = [f"layer{n}.{k}" for n in (1, 2, 3, 4) for k in (0, 1)]
    gate = ("pool", "fc1", "act", "fc2", "gate", "scale")
    assert _names(found.b, b) == {f"{block}.se.{part}" for block in blocks for part in gate}
    assert _names(found.a, a) == {f"{block}.bn2" for block in blocks}  # the gate stands after the last norm


def _halos(pair: tuple[str, str]) -> list[tuple[Trace, Scene]]:
    found = compare(*pair)
    traces = (found.a, found.b)
    marked = differences(found).marked
    return [(t, with_halos(s, t, m)) for t, s, m in zip(traces, beside(traces), marked, strict=True)]


def test_a_halo_is_around_what_stands_for_the_step() -> None:
    """A conv's bar, a gate's sign, a shortcut's volume or arc, a stem's volume, a fold."""
    for trace, scene in _halos(("resnet50@64", "resnet50_v1@64")):
        bars = [mark for mark in scene.marks if trace.steps[mark.step].name in {f"layer{n}.0.conv{k}" for n in (2, 3, 4) for k in (1, 2)}]  # fmt: skip
        reach = [((mark.x - mark.width / 2 - 3, mark.y), (mark.x + mark.width / 2 + 3, mark.y)) for mark in bars]
        assert sorted(scene.halos) == sorted(reach) and len(bars) == 6
    (plain, without), (_, gated) = _halos(("resnet18@64", "seresnet18@64"))
    gates = {plus.x for plus in gated.pluses if plus.gate}
    assert {round(sum(x for x, _ in way[:-1]) / 12, 3) for way in gated.halos} == {round(x, 3) for x in gates}
    last = {mark.x for mark in without.marks if plain.steps[mark.step].name.endswith("conv2")}
    assert {round((way[0][0] + way[1][0]) / 2, 3) for way in without.halos} == {round(x, 3) for x in last}
    for _, scene in _halos(("resnet34@64", "resnet34:shortcut=A@64")):
        aside = [box for box in scene.boxes if box.aside]
        assert {way[0] for way in scene.halos} == {(box.x, box.bottom) for box in aside} and len(aside) == 3
    (_, identity), (_, every) = _halos(("resnet18@64", "resnet18:shortcut=C@64"))
    arcs = [link.points for link in identity.links if link.kind == "identity"]
    assert sorted(identity.halos) == sorted(arcs) and len(every.halos) == len(arcs) == 5
    (trace, imagenet), _ = _halos(("resnet18@32", "resnet18:stem=cifar@32"))
    stem = [box for box in imagenet.boxes if trace.steps[box.step].name in ("conv1", "maxpool")]
    assert {way[0] for way in imagenet.halos} == {(box.x, box.bottom) for box in stem}
    (_, folded), _ = _halos(("resnet152@64", "resnet152:norm=group@64"))
    fold = next(box for box in folded.boxes if box.folded)
    assert (fold.x, fold.bottom) in {way[0] for way in folded.halos}


class _Net(nn.Module):
    """Not drawn as a ResNet: two ways that are put together."""

    def __init__(self, function: nn.Module) -> None:
        super().__init__()
        self.one, self.two, self.function, self.last = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(3, 4, 1), function, nn.Conv2d(8, 4, 1)  # fmt: skip

    def forward(self, x: Any) -> Any:
        return self.last(self.function(torch.cat([self.one(x), self.two(x)], 1)))


def test_networks_of_any_kind_are_marked_too() -> None:
    traces = [rv.trace(_Net(function).eval(), 8) for function in (nn.ReLU(), nn.GELU())]
    found = align(*traces)
    told = differences(found)
    assert [_names(trace, steps) for trace, steps in zip(traces, told.marked, strict=True)] == [{"function"}] * 2
    assert len(told.words) == 1 and told.words[0].endswith(": ReLU → GELU")
    for theme in ("light", "dark"):
        for figure in describe_compared(found, Look(theme=theme)).figures:
            (halo,) = [data for data in figure["data"] if data.get("name") == "differs from the other network"]
            assert halo is figure["data"][0] and halo["x"]  # under all else


def test_a_figure_without_differences_has_no_halo() -> None:
    for figure in describe_compared(compare("resnet18@64", "resnet18@32")).figures:
        assert not any(data.get("name") == "differs from the other network" for data in figure["data"])
