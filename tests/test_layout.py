"""The geometry as numbers, without a picture."""

import pytest
from hypothesis import assume, given

import resnet_viz as rv
from resnet_viz.layout import Box, Scene, block_names, lay_out
from resnet_viz.spec import ResNetSpec
from tests.strategies import sizes, specs

CASES = [
    (name, size)
    for name in (
        "resnet18",
        "resnet34",
        "resnet50",
        "resnet152",
        "cifar_resnet20",
        "cifar_resnet1202",
        "resnext50_32x4d",
        "resnet50d",
        "seresnet50",
        "ecaresnet50t",
        "resnetv2_50d",
        "preact_resnet164",
        "resnetblur50",
        "resnet50_os8",
        "resnetrs50",
        "wrn_28_10",
    )
    for size in (224, 32, (160, 224), 1, 1024)
    if size != 1 or "blur" not in name
]


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] - 0.01 and b[0] < a[2] - 0.01 and a[1] < b[3] - 0.01 and b[1] < a[3] - 0.01


def _rect(box: Box) -> tuple[float, float, float, float]:
    return (box.left, box.bottom, box.right, box.top)


def check(scene: Scene) -> None:
    labels, boxes = scene.labels, scene.boxes
    for i, label in enumerate(labels):
        for other in labels[i + 1 :]:
            assert not _overlap(label.rect, other.rect), (label, other)
        for box in boxes:
            assert not _overlap(label.rect, _rect(box)), (label, box)
    for i, box in enumerate(boxes):
        for other in boxes[i + 1 :]:
            assert not _overlap(_rect(box), _rect(other)), (box, other)
    main = [box for box in boxes if not box.aside]
    assert [box.step for box in main] == sorted(box.step for box in main)
    left, bottom, right, top = scene.bounds
    for rect in [label.rect for label in labels] + [_rect(box) for box in boxes]:
        assert left <= rect[0] and bottom <= rect[1] and rect[2] <= right and rect[3] <= top


@pytest.mark.parametrize(("name", "size"), CASES)
def test_nothing_collides_at_network_level(name: str, size: int | tuple[int, int]) -> None:
    trace = rv.forecast(rv.variant(name), size)
    scene = lay_out(trace)
    check(scene)
    assert len(scene.boxes) < 60


@pytest.mark.parametrize(("name", "size"), CASES)
def test_nothing_collides_at_block_level(name: str, size: int | tuple[int, int]) -> None:
    trace = rv.forecast(rv.variant(name), size)
    names = block_names(trace)
    for focus in {names[0], names[1], names[-1], next(n for n in names if n.startswith("layer2"))}:
        check(lay_out(trace, "block", focus))


@given(specs(), sizes)
def test_random_networks(spec: ResNetSpec, size: tuple[int, int]) -> None:
    try:
        trace = rv.forecast(spec, size)
    except rv.InputError:
        assume(False)
        raise
    scene = lay_out(trace)
    check(scene)
    check(lay_out(trace, "block", block_names(trace)[-1]))
    shapes: dict[tuple[int, ...], tuple[float, ...]] = {}
    for box in scene.boxes:  # equal shapes are drawn equal
        size_drawn = (box.width, box.height, box.dx, box.dy)
        assert shapes.setdefault(trace.steps[box.step].output, size_drawn) == size_drawn


@pytest.mark.parametrize("option", ["A", "B", "C"])
def test_links_say_what_the_shortcuts_are(option: str) -> None:
    trace = rv.forecast(rv.replace(rv.variant("resnet34"), shortcut=option))
    scene = lay_out(trace)
    adds = {plus.step for plus in scene.pluses}
    count = {
        kind: sum(link.kind == kind and link.target in adds for link in scene.links)
        for kind in ("identity", "projection", "zero-pad")
    }
    assert len(adds) == 16
    assert (
        count
        == {
            "A": {"identity": 13, "projection": 0, "zero-pad": 3},
            "B": {"identity": 13, "projection": 3, "zero-pad": 0},
            "C": {"identity": 0, "projection": 16, "zero-pad": 0},
        }[option]
    )


def test_a_long_stage_folds() -> None:
    scene = lay_out(rv.forecast(rv.variant("resnet152")))
    folds = [box for box in scene.boxes if box.folded]
    assert [len(box.folded) for box in folds] == [33]
    assert any(label.lines == ("× 33",) for label in scene.labels)


@pytest.mark.parametrize("name", ["seresnet50", "ecaresnet26t", "seresnext26t_32x4d"])
def test_each_gate_is_drawn_before_its_addition(name: str) -> None:
    trace = rv.forecast(rv.variant(name))
    scene = lay_out(trace)
    gates, adds = ([plus.x for plus in scene.pluses if plus.gate is gate] for gate in (True, False))
    assert len(gates) == len(adds) == sum(rv.variant(name).blocks)
    assert all(gate + 12 < add for gate, add in zip(gates, adds, strict=True))
    block = lay_out(trace, "block", "layer2.0")
    pool, last = [step for step in trace.steps if step.path == "gate" and step.name.startswith("layer2.0.se")][::3][:2]
    assert next(link.source for link in block.links if link.kind == "gate") == trace.step("layer2.0.conv3").index
    assert {pool.index, last.index} & {box.step for box in block.boxes if box.aside}


def test_unknown_level_and_focus() -> None:
    trace = rv.forecast(rv.variant("resnet18"))
    with pytest.raises(rv.InputError) as caught:
        lay_out(trace, "atom")
    assert str(caught.value) == "level='atom': must be one of network, block; use 'network'"
    with pytest.raises(rv.InputError) as caught:
        lay_out(trace, "block", "layer9.0")
    assert str(caught.value) == "focus='layer9.0': is no block of this network; use layer1.0 … layer4.1"
