"""The geometry as numbers, without a picture."""

from itertools import pairwise

import pytest
from hypothesis import assume, given

import resnet_viz as rv
from resnet_viz.picture.layout import QUANTITIES, Scene, block_names, lay_out, quantity, stage_names, values, with_strip
from resnet_viz.spec import ResNetSpec
from tests.ruler import overlap, rect_of
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


def _marks_have_room(scene: Scene) -> None:
    """No mark of a block's operations touches a text, a volume, a sign or another mark, nor does F's way run through one."""
    rects = [rect_of(box) for box in scene.boxes] + [label.rect for label in scene.labels]
    signs = [(sign.x - 6.5, sign.y - 6.5, sign.x + 6.5, sign.y + 6.5) for sign in scene.pluses]
    marks = [(mark.x - mark.width / 2, mark.y - 2.8, mark.x + mark.width / 2, mark.y + 2.8) for mark in scene.marks]
    for i, mark in enumerate(marks):
        assert not any(overlap(mark, other) for other in (*rects, *signs, *marks[i + 1 :])), scene.marks[i]
    at = {mark.x for mark in scene.marks}
    for link in scene.links:
        if link.kind == "main" and link.points[-1][0] in at and len(link.points) > 2:
            (_, foot), *way = link.points
            for (x0, y0), (x1, y1) in pairwise(way):
                line = (min(x0, x1), min(y0, y1) - 1, max(x0, x1) + 0.1, max(y0, y1) + 0.1)
                own = [rect for rect in rects if rect[1] > y0 - 1 or rect[1] < foot]  # one that it leaves at its side
                assert not any(overlap(line, rect) for rect in (own if foot == y0 else rects)), link


def check(scene: Scene) -> None:
    _marks_have_room(scene)
    labels, boxes = scene.labels, scene.boxes
    for i, label in enumerate(labels):
        for other in labels[i + 1 :]:
            assert not overlap(label.rect, other.rect), (label, other)
        for box in boxes:
            assert not overlap(label.rect, rect_of(box)), (label, box)
    for i, box in enumerate(boxes):
        for other in boxes[i + 1 :]:
            assert not overlap(rect_of(box), rect_of(other)), (box, other)
    for kernel in scene.kernels:
        assert not any(overlap(rect_of(kernel), label.rect) for label in labels), kernel
        assert not any(overlap(rect_of(kernel), rect_of(box)) for box in boxes), kernel
        # nor does a line run through it
        for link in scene.links:
            for (x0, y0), (x1, y1) in pairwise(link.points):
                assert not overlap(rect_of(kernel), (min(x0, x1), min(y0, y1), max(x0, x1) + 0.1, max(y0, y1) + 0.1))
    main = [box for box in boxes if not box.aside]
    assert [box.step for box in main] == sorted(box.step for box in main)
    left, bottom, right, top = scene.bounds
    for rect in [label.rect for label in labels] + [rect_of(box) for box in boxes]:
        assert left <= rect[0] and bottom <= rect[1] and rect[2] <= right and rect[3] <= top


@pytest.mark.sweep
@pytest.mark.parametrize(("name", "size"), CASES)
def test_nothing_collides_at_network_level(name: str, size: int | tuple[int, int]) -> None:
    trace = rv.forecast(rv.variant(name), size)
    scene = lay_out(trace)
    check(scene)
    assert len(scene.boxes) < 60


def ends_meet(scene: Scene) -> None:
    """Every link begins at the volume or sign of its source, or right after it, and ends at its target."""
    places = {(plus.x, plus.y) for plus in scene.pluses}
    for link in scene.links:
        (x, y) = link.points[-1]
        at_sign = any(abs(px - x) < 9 and abs(py - y) < 10 for px, py in places)
        at_box = any(box.left - 1 <= x <= box.right + 1 and box.bottom - 1 <= y <= box.top + 1 for box in scene.boxes)
        assert at_sign or at_box, link


@pytest.mark.sweep
@pytest.mark.parametrize(("name", "size"), CASES)
def test_nothing_collides_at_stage_level(name: str, size: int | tuple[int, int]) -> None:
    trace = rv.forecast(rv.variant(name), size)
    for focus in stage_names(trace):
        scene = lay_out(trace, "stage", focus)
        check(scene)
        ends_meet(scene)
        for true_scale, unfold in ((True, False), (False, len(trace.steps) < 900)):
            check(lay_out(trace, "stage", focus, true_scale=true_scale, unfold=unfold))


@pytest.mark.parametrize("name", [quantity.name for quantity in QUANTITIES if quantity.name != "time"])
@pytest.mark.parametrize("network", ["resnet34", "seresnet50", "resnetv2_50d", "cifar_resnet1202"])
def test_the_strip_adds_up_and_collides_with_nothing(name: str, network: str) -> None:
    trace = rv.forecast(rv.variant(network), 64)
    chosen = quantity(name)
    scene = lay_out(trace, unfold=len(trace.steps) < 900)
    found = values(scene, trace, chosen)
    if chosen.summed and len(trace.steps) < 900:
        total = {"params": trace.totals.params, "macs": trace.totals.macs, "bytes": trace.totals.activation_bytes}[name]
        assert sum(found.values()) == total
    drawn = with_strip(scene, trace, chosen)
    check(drawn)
    lowest = min(label.rect[1] for label in drawn.labels)
    assert drawn.bounds[1] < min(bar[1] for bar in drawn.bars)
    assert max(bar[3] for bar in drawn.bars) <= lowest
    longest = max(drawn.bars, key=lambda bar: bar[3])
    most = max(box.step for box in drawn.boxes if not box.aside and found[box.step] == max(found.values()))
    assert any(
        abs(box.left - longest[0]) < 0.01 and found[box.step] == found[most] for box in drawn.boxes if not box.aside
    )


@pytest.mark.sweep
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
    check(lay_out(trace, "stage", stage_names(trace)[-1]))
    check(lay_out(trace, true_scale=True))
    ends_meet(scene)
    ends_meet(lay_out(trace, "stage", stage_names(trace)[0]))
    shapes: dict[tuple[int, ...], tuple[float, ...]] = {}
    for box in scene.boxes:  # equal shapes are drawn equal
        size_drawn = (box.width, box.height, box.dx, box.dy)
        assert shapes.setdefault(trace.steps[box.step].output, size_drawn) == size_drawn
