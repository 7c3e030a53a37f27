"""A network really broken: PyTorch's own error, at the right place, explained."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

import resnet_viz as rv
from resnet_viz.advise.mistakes import BREAKS, break_it, breakable_blocks, mend_it
from resnet_viz.engines.model import build
from resnet_viz.picture.figures.failure import describe_broken, place_of
from resnet_viz.picture.layout import WHOLE, map_text
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
    for place in (WHOLE, place_of(outcome.broken)):
        drawn = [known.get("name") for known in describe_broken(outcome.broken, place)["data"]]
        assert ("PyTorch stopped here" in drawn) == bool(outcome.error)
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


_STEM = rv.Stem((4,), 3, 1, "max")
_NETWORKS = {
    "basic": ResNetSpec("basic", (2, 2), (8, 16), stem=_STEM, num_classes=5),
    "bottleneck": ResNetSpec("bottleneck", (1, 2), (8, 16), stem=_STEM, num_classes=5, attention="se"),
    "pre-activation": ResNetSpec("basic", (1, 2), (8, 16), stem=_STEM, num_classes=5, preact=True),
    "option A": ResNetSpec("basic", (1, 1, 1), (8, 16, 32), stem=_STEM, num_classes=5, shortcut="A"),
}


def _seen(
    spec: ResNetSpec, case: str, size: int, block: str
) -> tuple[dict[str, tuple[int, ...]], str, list[tuple[int, ...]]]:
    """What PyTorch's own forward hooks see of the broken network: each layer's output, and the one that raised with its
    inputs."""
    known = next(known for known in BREAKS if known.name == case)
    model = build(spec)
    for _, made in model.blocks():
        made.add = known.add()
    outputs: dict[str, tuple[int, ...]] = {"input": (1, 3, size, size)}
    running: list[tuple[str, list[tuple[int, ...]]]] = []

    def enter(name: str) -> Callable[..., None]:
        return lambda _, given: running.append((name, [tuple(one.shape) for one in given]))

    def leave(name: str) -> Callable[..., None]:
        def note(_module: nn.Module, _given: object, made: torch.Tensor) -> None:
            outputs[name] = tuple(made.shape)
            running.pop()

        return note

    try:
        known.apply(model.train(known.train), block, spec)
    except ValueError:
        return {}, f"{block}.conv2", []
    for name, layer in list(model.named_modules())[1:]:
        layer.register_forward_pre_hook(enter(name))
        layer.register_forward_hook(leave(name))
    try:
        with torch.no_grad():
            model(torch.zeros(1, 3, size, size))
    except (RuntimeError, ValueError):
        return outputs, *running[-1]
    return outputs, "", []


def _name(hovertext: str) -> str:
    return hovertext.split("</b>")[0].removeprefix("<b>")


@pytest.mark.parametrize("size", [33, 4])
@pytest.mark.parametrize("name", _NETWORKS)
@pytest.mark.parametrize("case", [known.name for known in BREAKS])
def test_the_picture_is_what_forward_hooks_saw(case: str, name: str, size: int) -> None:
    """The network as it is with the mistake: its real shapes up to the error, the error at the step that raised, and no
    shape after it."""
    spec = _NETWORKS[name]
    outcome = break_it(spec, case, size, block="layer2.0")
    outputs, raised, given_shapes = _seen(spec, case, size, "layer2.0")
    stopped = outcome.stopped
    assert ("" if stopped is None else stopped.name, list(outcome.reads)) == (raised, given_shapes)
    ran = {} if outcome.trace is None else {step.name: step.output for step in outcome.trace.steps}
    assert ran == {
        layer: shape for layer, shape in outputs.items() if not any(o.startswith(f"{layer}.") for o in outputs)
    }
    for place in {WHOLE, place_of(outcome.broken)}:
        figure = describe_broken(outcome.broken, place)
        volumes = figure["layout"]["meta"]["volumes"]
        for where, shape in volumes.values():  # a block by its module, as hooks have it
            assert shape == "x".join(map(str, outputs[where])), where
        hits = next(trace for trace in figure["data"] if trace["type"] == "bar")
        volume = zip(hits["ids"], hits["hovertext"], strict=True)
        empty = [_name(text) for at, text in volume if at.isdecimal() and at not in volumes]
        assert not outputs.keys() & set(empty) and bool(empty) == bool(raised)
        if raised:
            assert {_name(text) for text in hits["hovertext"] if text.endswith("PyTorch stopped here")} == {raised}
            assert any(trace.get("name") == "PyTorch stopped here" for trace in figure["data"])
        elif outcome.step:
            assert any(trace.get("name") == "wrong from here on, in silence" for trace in figure["data"])
        told = [note["text"] for note in figure["layout"]["annotations"] if "<br>× " not in note["text"]]
        shapes = {shape for text in told for shape in re.findall(r"(?<![×\d])\d+×\d+×\d+(?!×)", text)}
        assert shapes <= {map_text(shape) for shape in (*outputs.values(), *given_shapes) if len(shape) == 4}


def test_a_silent_sum_shows_the_shapes_that_it_really_made() -> None:
    outcome = break_it("resnet18@32", "forgotten-stride", block="layer4.0")
    assert outcome.trace is not None and outcome.trace.outputs == ((1, 1000),)
    drawn = rv.draw(outcome, "block", "layer4.0").to_dict()
    texts = [note["text"] for note in drawn["layout"]["annotations"]]
    assert "1×1×512<br>+ 2×2×512<br>unequal: repeated" in texts
    assert "<b>out: relu2</b><br>2×2×512" in texts  # 1×1×512 in the sound network


@pytest.mark.parametrize(
    ("case", "asked", "message"),
    [
        ("remove-projection", {"level": "operation", "focus": "layer3.0.conv1"}, "focus='layer3.0.conv1': never ran in this network, which stopped; use a step before it, such as 'layer2.0.downsample'"),
        ("odd-groups", {"level": "field"}, "focus=None: never ran in this network, which stopped; use level 'block'"),
        ("remove-projection", {"colour": "macs"}, "colour='macs': is not drawn of a network that stopped; use flat volumes and colour='stage'"),
        ("remove-projection", {"solid": True}, "solid=True: is not drawn of a network that stopped; use flat volumes and colour='stage'"),
    ],
)  # fmt: skip
def test_what_a_network_that_stopped_has_not(case: str, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(rv.InputError) as caught:
        rv.draw(break_it("resnet18@32", case), **asked)
    assert str(caught.value) == message
    assert rv.draw(break_it("resnet18@32", case).broken, "stage", "layer2").layout.meta["alt"].startswith("stage level")
