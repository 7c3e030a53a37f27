"""A network really broken: PyTorch's own error, at the right place, explained."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

import resnet_viz as rv
from resnet_viz.advise.mistakes import BREAKS, break_it, breakable_blocks, mend_it
from resnet_viz.spec import ResNetSpec
from tests.strategies import specs


def _sum(main: tuple[int, ...], shortcut: tuple[int, ...]) -> None:
    torch.zeros(main) + torch.zeros(shortcut)


def _sum_in_place(main: tuple[int, ...], shortcut: tuple[int, ...]) -> None:
    made = torch.zeros(main)
    made += torch.zeros(shortcut)


# case, network, input, block → the step, what it was given, and plain PyTorch doing the same
CASES: list[tuple[str, str, int, str | None, str, tuple[tuple[int, ...], ...], Callable[..., object]]] = [
    ("remove-projection", "resnet34", 224, None, "layer2.0.add", ((1, 128, 28, 28), (1, 64, 56, 56)), _sum),
    ("remove-projection", "resnet50", 224, "layer1.0", "layer1.0.add", ((1, 256, 56, 56), (1, 64, 56, 56)), _sum),
    ("remove-projection", "cifar_resnet20", 32, "layer3.0", "layer3.0.add", ((1, 64, 8, 8), (1, 32, 16, 16)), _sum),
    ("fixed-head", "resnet34", 32, None, "avgpool", ((1, 512, 1, 1),), lambda x: nn.AvgPool2d(7, stride=1)(torch.zeros(x))),
    ("fixed-head", "resnet50", 225, None, "fc", ((1, 8192),), lambda x: nn.Linear(2048, 1000)(torch.zeros(x))),
    ("floor-pool", "resnet50", 225, None, "layer2.0.add", ((1, 512, 29, 29), (1, 512, 28, 28)), _sum),
    ("pad-1x1", "resnet34", 224, "layer3.0", "layer3.0.add", ((1, 256, 14, 14), (1, 256, 15, 15)), _sum),
    ("odd-groups", "resnet34", 224, None, "layer2.0.conv2", (), lambda: nn.Conv2d(128, 128, 3, groups=3)),
    ("one-image", "resnet18", 32, None, "layer4.0.bn1", ((1, 512, 1, 1),), lambda x: nn.BatchNorm2d(512)(torch.zeros(x))),
    ("forgotten-stride", "resnet34", 224, None, "layer2.0.add", ((1, 128, 28, 28), (1, 128, 56, 56)), _sum),
    ("forgotten-stride-in-place", "resnet34", 32, "layer4.0", "layer4.0.add", ((1, 512, 1, 1), (1, 512, 2, 2)), _sum_in_place),
]  # fmt: skip


@pytest.mark.parametrize(("case", "name", "size", "block", "step", "given_shapes", "plain"), CASES)
def test_pytorchs_own_words_at_the_right_step(
    case: str, name: str, size: int, block: str | None, step: str, given_shapes: tuple[tuple[int, ...], ...], plain: Callable[..., object]
) -> None:  # fmt: skip
    outcome = break_it(rv.variant(name), case, size, block)
    with pytest.raises((RuntimeError, ValueError)) as caught:
        plain(*given_shapes)
    assert (outcome.error_type, outcome.error) == (type(caught.value).__name__, str(caught.value))
    assert outcome.step == step and outcome.reads == given_shapes
    assert outcome.explanation is not None
    if case != "odd-groups":
        assert step in outcome.explanation.steps
    assert mend_it(rv.variant(name), case, size).startswith("The sound network ran on ")


def test_every_case_is_here() -> None:
    assert {case[0] for case in CASES} == {known.name for known in BREAKS}


def test_a_sum_that_broadcasts_in_silence() -> None:
    outcome = break_it(rv.variant("resnet34"), "forgotten-stride", 32, "layer4.0")
    assert outcome.error == "" and outcome.step == "layer4.0.add"
    assert "from layer4.0.add on the map is 512×2×2 and should be 512×1×1" in outcome.sentence


@pytest.mark.parametrize(("case", "size"), [("floor-pool", 224), ("fixed-head", 224), ("one-image", 224)])
def test_a_mistake_that_does_not_show_at_this_input(case: str, size: int) -> None:
    outcome = break_it(rv.variant("resnet18"), case, size)
    assert (outcome.error, outcome.step) == ("", "")
    assert outcome.sentence.endswith("at this input the mistake does not show.")


@pytest.mark.parametrize(
    ("name", "case", "block", "message"),
    [
        ("resnet18", "hammer", None, "case='hammer': must be one of remove-projection, fixed-head"),
        ("resnet18", "pad-1x1", "layer1.0", "block='layer1.0': has no shortcut that changes the shape; use one of layer2.0, layer3.0, layer4.0"),
        ("resnetv2_152x4_bit", "pad-1x1", None, "network='pad-1x1': is too large to be run for this; use a smaller network or input"),
    ],
)  # fmt: skip
def test_what_is_refused(name: str, case: str, block: str | None, message: str) -> None:
    with pytest.raises(rv.InputError) as caught:
        break_it(rv.variant(name), case, 224, block)
    assert str(caught.value).startswith(message)


@settings(max_examples=40)
@given(specs(), st.tuples(st.integers(8, 40), st.integers(8, 40)), st.sampled_from([known.name for known in BREAKS]))
def test_any_network_breaks_where_it_is_said(spec: ResNetSpec, size: tuple[int, int], case: str) -> None:
    try:
        trace = rv.forecast(spec, size)
    except rv.InputError:
        assume(False)
        raise
    assume(trace.totals.params < 3_000_000)
    known = next(known for known in BREAKS if known.name == case)
    assume(not known.block or breakable_blocks(trace))
    outcome = break_it(spec, case, size)
    names = {step.name for step in trace.steps}
    assert outcome.step in names | {""}
    if outcome.error:
        assert outcome.explanation is not None and outcome.explanation.quote in " ".join(outcome.error.split())
    else:
        assert outcome.sentence


def test_an_error_in_what_the_mistake_put_there_is_told_at_the_step_around_it() -> None:
    """Option A has one step where the mistake puts a pool, a conv and a norm, which gets one value at an input of 8."""
    spec = ResNetSpec(
        "basic", (1, 1), (1, 1), stem=rv.Stem((1,), 1, 2, "max"), shortcut="A", in_channels=1, num_classes=1
    )
    outcome = break_it(spec, "floor-pool", 8)
    assert (outcome.step, outcome.error_type, outcome.reads) == ("layer2.0.shortcut", "ValueError", ((1, 1, 1, 1),))


def test_code_is_told_in_lines() -> None:
    assert [known.name for known in BREAKS if "\\n" in known.code] == []
    assert "is missing\nout += identity" in next(
        known.code for known in BREAKS if known.name == "forgotten-stride-in-place"
    )
