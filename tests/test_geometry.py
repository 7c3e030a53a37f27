"""Pictures of small networks worked out by hand: H, W and C all differ, so that no axis can stand for another.

The rules are those of the picture, not of the code: along the flow a volume takes its own width and 20 px, a text its
width and 10 px, whichever is more; ⊕ stands 10 px before the volume of its block; a text begins 6 px under its bracket.
F leaves a volume at its foot and goes as far under the line as its marks take: 13 px to the first under ⊕, 7 px from
one to the next, 6.5 px to the corner; so do all blocks of a network.
"""

import dataclasses
from collections import OrderedDict
from itertools import pairwise
from math import sqrt

import pytest
from torch import Tensor, nn

import resnet_viz as rv
from resnet_viz.engines.model.parts import Add
from resnet_viz.picture.layout import Scene, lay_out, map_text
from resnet_viz.picture.layout.block import block_scene
from resnet_viz.picture.layout.canvas import Canvas
from resnet_viz.picture.layout.measure import Measure
from resnet_viz.picture.layout.stage import stage_scene
from resnet_viz.spec import ResNetSpec, Stem
from resnet_viz.steps import Part, Trace
from tests.ruler import LINE, Volume, first_labels_of, label_rect, labels_of, rect_of, same, volume, volumes_of, wide

TWO_STAGES = ResNetSpec(block="basic", blocks=(2, 1), widths=(64, 100), num_classes=9)


@pytest.fixture(scope="module")
def two_stages() -> Trace:
    """16×64×3 → 8×32×64 (7×7, /2) → 4×16×64 (pool, /2) → two blocks at 4×16×64 → one at 2×8×100 → 100 → 9."""
    return rv.forecast(TWO_STAGES, (16, 64))


def _bezier(start: tuple[float, float], one: tuple[float, float], two: tuple[float, float], end: tuple[float, float], t: float) -> tuple[float, float]:  # fmt: skip
    """De Casteljau's construction: halve (or share by ``t``) the lines between the four points until one point is left."""
    points = [start, one, two, end]
    while len(points) > 1:
        points = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(points)]
    return points[0]


# ---- the scale -----------------------------------------------------------------------------------------------------


def test_height_is_rows_depth_columns_and_thickness_channels(two_stages: Trace) -> None:
    drawn = {two_stages.steps[box.step].name: box for box in lay_out(two_stages).boxes}
    for name, rows, columns, channels in (
        ("conv1", 8, 32, 64), ("maxpool", 4, 16, 64), ("layer1.1.relu2", 4, 16, 64), ("layer2.0.relu2", 2, 8, 100),
        ("layer2.0.downsample.1", 2, 8, 100), ("avgpool", 1, 1, 100), ("fc", 1, 1, 9),
    ):  # fmt: skip
        box = drawn[name]
        assert same([box.width, box.height, box.dx, box.dy], list(volume(rows, columns, channels)))
    unplaced = Measure.of(two_stages).volume(two_stages.step("conv1"), "stem")
    assert (unplaced.left, unplaced.y, unplaced.role) == (0, 0, "stem")
    image = drawn["input"]  # three channels: 0.9·√3 = 1.56 px would not be seen
    assert same([image.width, image.height, image.dx, image.dy], [3.0, 13 * 4.0, 3.6 * 8.0, 5.4 * 8.0])


# ---- network -------------------------------------------------------------------------------------------------------


def test_two_stages_at_network_level(two_stages: Trace) -> None:
    scene = lay_out(two_stages)
    image, conv, pooled = volume(16, 64, 3), volume(8, 32, 64), volume(4, 16, 64)
    second, mean, scores = volume(2, 8, 100), volume(1, 1, 100), volume(1, 1, 9)
    # room along the flow: the volume and 20 px, or its text and 10 px; in a stage the rest is shared by its blocks
    name_1, name_2 = wide("layer1 · conv2_x") + 10, wide("layer2 · conv3_x") + 10
    rooms = [wide("16×64×3") + 10, wide("8×32×64") + 10, wide("4×16×64") + 10, name_1 / 2, name_1 / 2, name_2, wide("1×1×100") + 10, scores.span + 20]  # fmt: skip
    assert (
        rooms[0] > image.span + 20
        and rooms[1] > conv.span + 20
        and rooms[2] > pooled.span + 20
        and rooms[4] > pooled.span + 20
    )
    ends = [sum(rooms[: i + 1]) for i in range(8)]
    # the volume of a block ends its room, so that ⊕ has the rest; any other stands in the middle of its room
    lefts = [
        (rooms[0] - image.span) / 2, ends[0] + (rooms[1] - conv.span) / 2, ends[1] + (rooms[2] - pooled.span) / 2,
        ends[3] - pooled.span, ends[4] - pooled.span, ends[5] - second.span,
        ends[5] + (rooms[6] - mean.span) / 2, ends[6] + (rooms[7] - scores.span) / 2,
    ]  # fmt: skip
    plus = [left - 10 for left in lefts[3:6]]
    # the projection's volume hangs over ⊕, 16 px over the taller neighbour, at least 12 px right of where its way begins
    begin = lefts[4] + pooled.span / 2, 13 + 21.6
    over = max(plus[2] - second.span / 2, begin[0] + 12)
    low = 13 + 21.6 + 16
    volumes = volumes_of(scene, two_stages)
    assert same(volumes, {
        "input": image.rect(lefts[0]), "conv1": conv.rect(lefts[1]), "maxpool": pooled.rect(lefts[2]),
        "layer1.0.relu2": pooled.rect(lefts[3]), "layer1.1.relu2": pooled.rect(lefts[4]), "layer2.0.relu2": second.rect(lefts[5]),
        "avgpool": mean.rect(lefts[6]), "fc": scores.rect(lefts[7]), "layer2.0.downsample.1": second.rect(over, low + second.tall / 2),
    })  # fmt: skip
    assert same([(sign.x, sign.y, sign.gate) for sign in scene.pluses], [(x, 0.0, False) for x in plus])
    # brackets 10 px under F, which two convs take a little lower than the tallest volume, the image, reaches; a text
    # begins 6 px below them, in the middle of its own bracket
    foot = 13 + 7 + 6.5
    floor = -foot - 10
    right = {name: rect[2] for name, rect in volumes.items()}
    assert same(list(scene.brackets), [
        (lefts[0], right["input"], floor), (lefts[1], right["conv1"], floor), (lefts[2], right["maxpool"], floor),
        (lefts[3], right["layer1.1.relu2"], floor), (lefts[5], right["layer2.0.relu2"], floor),
        (lefts[6], right["avgpool"], floor), (lefts[7], right["fc"], floor),
    ])  # fmt: skip
    under = floor - 6
    roof = low + second.tall + second.up
    assert same(labels_of(scene), {
        ("input", "16×64×3"): (lefts[0] + image.span / 2, under),
        ("conv1", "8×32×64", "7×7, /2"): (lefts[1] + conv.span / 2, under),
        ("maxpool", "4×16×64", "3×3, /2"): (lefts[2] + pooled.span / 2, under),
        # a name wider than its bracket is moved left, so that it ends 2 px before the next room
        ("layer1 · conv2_x", "4×16×64", "2 blocks", "3×3, 3×3"): (ends[4] - wide("layer1 · conv2_x") / 2 - 2, under),
        ("layer2 · conv3_x", "2×8×100", "1 block", "3×3, 3×3"): (ends[5] - wide("layer1 · conv2_x") / 2 - 2, under),
        ("avgpool", "1×1×100"): (lefts[6] + mean.span / 2, under),
        ("fc", "9"): (lefts[7] + scores.span / 2, under),
        ("1×1, /2",): (over + second.span / 2, roof + LINE + 3),
    })  # fmt: skip
    assert [label.lines for label in scene.labels if label.kind == "projection"] == [("1×1, /2",)]
    assert all(same(label.rect, label_rect(label)) for label in scene.labels)
    strong = {label.lines[0] for label in scene.labels if label.strong}
    assert strong == {"input", "conv1", "maxpool", "layer1 · conv2_x", "layer2 · conv3_x", "avgpool", "fc"}
    assert scene.bounds == pytest.approx((-12, under - 4 * LINE - 6, ends[7] + 12, roof + LINE + 3 + 10))
    assert (scene.title, scene.level) == ("1×3×16×64", "network")
    roles = ["input", "stem", "stem", "stage1", "stage1", "stage2", "head", "head", "stage2"]
    assert [(box.role, box.aside) for box in scene.boxes] == [(role, i == 8) for i, role in enumerate(roles)]
    # each way from the output of one step to the input of another
    step = {known.name: known.index for known in two_stages.steps}
    links = {(link.source, link.target, link.kind): link for link in scene.links}
    assert len(links) == len(scene.links)
    straight = {
        ("input", "conv1"): (right["input"], lefts[1]), ("conv1", "maxpool"): (right["conv1"], lefts[2]),
        ("layer1.0.add", "layer1.0.relu2"): (plus[0], lefts[3]), ("layer1.1.add", "layer1.1.relu2"): (plus[1], lefts[4]),
        ("layer2.0.add", "layer2.0.relu2"): (plus[2], lefts[5]),
        ("layer2.0.relu2", "avgpool"): (right["layer2.0.relu2"], lefts[6]), ("avgpool", "fc"): (right["avgpool"], lefts[7]),
    }  # fmt: skip
    for (source, target), (start, end) in straight.items():
        link = links.pop((step[source], step[target], "main"))
        assert same(link.points, ((start, 0), (end, 0)))
        assert link.arrow
    for number, source in enumerate(("maxpool", "layer1.0.relu2", "layer1.1.relu2")):
        # F: from the middle of a volume's foot, 4×16 and so 13 px under the line, along, and up into ⊕, which is its end
        sum_ = ("layer1.0.add", "layer1.1.add", "layer2.0.add")[number]
        link = links.pop((step[source], step[sum_], "main"))
        start = lefts[2 + number] + pooled.span / 2
        assert same(link.points, ((start, -13.0), (start, -foot), (plus[number], -foot), (plus[number], -7.0)))
        assert not link.arrow
    # a mark a conv, the last next to ⊕, the one of stride 2 hollow
    assert same([(two_stages.steps[mark.step].name, mark.x, mark.y, mark.strided) for mark in scene.marks], [
        ("layer1.0.conv2", plus[0], -13.0, False), ("layer1.0.conv1", plus[0], -20.0, False),
        ("layer1.1.conv2", plus[1], -13.0, False), ("layer1.1.conv1", plus[1], -20.0, False),
        ("layer2.0.conv2", plus[2], -13.0, False), ("layer2.0.conv1", plus[2], -20.0, True),
    ])  # fmt: skip
    for number, (source, target) in enumerate([("maxpool", "layer1.0.add"), ("layer1.0.relu2", "layer1.1.add")]):
        # an arc from the middle of a volume's top to just over ⊕, through Bézier's four points
        link = links.pop((step[source], step[target], "identity"))
        start, end = (lefts[2 + number] + pooled.span / 2, 34.6), (plus[number], 7.0)
        height = 34.6 + 22 + 0.3 * 22
        assert len(link.points) == 17 and link.arrow
        for i in (0, 4, 8, 12, 16):
            assert same(link.points[i], _bezier(start, (start[0], height), (end[0], height), end, i / 16))
    up = links.pop((step["layer1.1.relu2"], step["layer2.0.downsample.1"], "projection"))
    middle = low + second.tall / 2
    for i in range(17):  # straight up, then into the side of the volume
        assert same(up.points[i], _bezier(begin, (begin[0], middle), (begin[0], middle), (over, middle), i / 16))
    down = links.pop((step["layer2.0.downsample.1"], step["layer2.0.add"], "projection"))
    centre = over + second.thick / 2
    assert same(down.points, ((centre, low), (centre, low - 8), (plus[2], low - 8), (plus[2], 7)))
    assert up.arrow and down.arrow and not links


def test_gates_stand_seventeen_px_before_the_sum() -> None:
    trace = rv.forecast(rv.replace(TWO_STAGES, attention="se", blocks=(2, 2), widths=(64, 64)), (16, 128))
    scene = lay_out(trace)
    drawn = volumes_of(scene, trace)
    sums = {trace.steps[sign.step].name: sign.x for sign in scene.pluses if not sign.gate}
    gates = {trace.steps[sign.step].name: sign.x for sign in scene.pluses if sign.gate}
    blocks = ["layer1.0", "layer1.1", "layer2.0", "layer2.1"]
    assert list(sums) == [f"{block}.add" for block in blocks] and list(gates) == [
        f"{block}.se.scale" for block in blocks
    ]
    links = {(trace.steps[link.source].name, trace.steps[link.target].name): link for link in scene.links if link.kind == "main"}  # fmt: skip
    before = "maxpool"
    for block in blocks:
        volume_, gate, add = f"{block}.relu2", f"{block}.se.scale", f"{block}.add"
        assert sums[add] == pytest.approx(drawn[volume_][0] - 10)
        assert gates[gate] == pytest.approx(sums[add] - 17)
        # nothing comes nearer to the volume before than half a gap
        assert gates[gate] - drawn[before][2] >= 10 - 1e-9
        # F goes up into ⊗, and on from there to ⊕
        left, low, right, _ = drawn[before]
        start, foot = ((left + right) / 2, low), -26.5
        assert low - foot > 4 or before == "maxpool"
        assert same(links[before, gate].points, (start, (start[0], foot), (gates[gate], foot), (gates[gate], -7.0)))
        assert links[before, gate].arrow is False
        assert {mark.x for mark in scene.marks if trace.steps[mark.step].name.startswith(block)} == {gates[gate]}
        assert same(links[gate, add].points, ((gates[gate], 0), (sums[add], 0))) and links[gate, add].arrow is False
        assert links[add, volume_].arrow and (before, add) not in links
        before = volume_
    assert {sign.y for sign in scene.pluses} == {0.0}
    # 4×32×64: 7.2 px thick and 3.6·√32 px deep, 20 px and the gate's 17 px, twice: more than the name takes
    span = 7.2 + 3.6 * sqrt(32)
    assert 2 * (span + 37) > wide("layer1 · conv2_x") + 10
    assert drawn["layer1.1.relu2"][0] - drawn["layer1.0.relu2"][0] == pytest.approx(span + 37)


def test_a_fold_of_gated_blocks_has_no_gate_of_its_own() -> None:
    trace = rv.forecast(rv.replace(TWO_STAGES, attention="se", blocks=(12, 1)), (16, 64))
    drawn = volumes_of(lay_out(trace), trace)
    before, fold, after = (drawn[f"layer1.{n}.relu2"] for n in (1, 10, 11))
    assert fold[0] - before[2] == pytest.approx(10)  # in the middle of its room of 20 px
    assert after[0] - fold[2] == pytest.approx(10 + 20 + 17)


def test_a_fold_of_projections_has_no_shortcut_of_its_own() -> None:
    """Nine blocks of option C at 1×1×4, 3 + 3.6 px each: "1×1" takes 20.5 + 10 px, what is folded its 20 px and ``× 6``'s 8."""
    spec = ResNetSpec("basic", (9,), (4,), stem=Stem((4,), 3, 1, "none"), shortcut="C", num_classes=4)
    scene, trace = lay_out(rv.forecast(spec, 1)), rv.forecast(spec, 1)
    drawn = volumes_of(scene, trace)
    one, two, fold, last = (drawn[f"layer1.{n}.relu2"] for n in (0, 1, 7, 8))
    assert two[2] - one[2] == last[2] - (fold[2] + (wide("× 6") + 8 - 6.6) / 2) == pytest.approx(wide("1×1") + 10)
    assert fold[0] - two[2] == pytest.approx((wide("× 6") + 8 - 6.6) / 2)
    assert [trace.steps[link.target].name for link in scene.links if link.source == trace.step("layer1.1.relu2").index] == ["layer1.7.relu2"]  # fmt: skip


def test_a_projections_volume_begins_twelve_px_behind_its_way() -> None:
    """Over ⊕ it would begin 10 px behind the middle of the volume that the block reads."""
    trace = rv.forecast(rv.replace(TWO_STAGES, blocks=(4,), widths=(64,), shortcut="C"), (16, 64))
    drawn = volumes_of(lay_out(trace), trace)
    for read, block in (("layer1.0", "layer1.1"), ("layer1.1", "layer1.2"), ("layer1.2", "layer1.3")):
        left, _, right, _ = drawn[f"{read}.relu2"]
        assert drawn[f"{block}.relu2"][0] - 10 - volume(4, 16, 64).span / 2 == pytest.approx((left + right) / 2 + 10)
        assert drawn[f"{block}.downsample.1"][0] == pytest.approx((left + right) / 2 + 12)


def test_a_long_word_on_a_shortcut_has_its_room() -> None:
    """layer2 of four blocks: 4×16×100 takes 9 + 14.4 + 20 px and "avg/2, 1×1" 68.4 + 10 px, more than the name together."""
    trace = rv.forecast(rv.replace(TWO_STAGES, blocks=(1, 4), shortcut_pool=True), (32, 128))
    drawn = volumes_of(lay_out(trace), trace)
    assert ("avg/2, 1×1",) in labels_of(lay_out(trace))
    assert drawn["layer2.0.relu2"][2] - drawn["layer1.0.relu2"][2] == pytest.approx(wide("avg/2, 1×1") + 10)
    assert drawn["layer2.1.relu2"][2] - drawn["layer2.0.relu2"][2] == pytest.approx(9 + 14.4 + 20)


def test_an_arc_is_the_highest_where_nothing_hangs_over_the_line() -> None:
    spec = ResNetSpec("basic", (1,), (64,), stem=Stem((64,), 3, 1, "none"), num_classes=4)
    trace = rv.forecast(spec, (4, 16))  # every volume's top is 13 + 21.6 px high
    scene = lay_out(trace)
    drawn = volumes_of(scene, trace)
    begin, block = drawn["conv1"], drawn["layer1.0.relu2"]
    start, end, height = ((begin[0] + begin[2]) / 2, 34.6), (block[0] - 10, 7.0), 34.6 + 22 + 0.3 * 22
    peak = max(_bezier(start, (start[0], height), (end[0], height), end, i / 16)[1] for i in range(17))
    assert peak > max(rect[3] for rect in drawn.values()) == pytest.approx(34.6)
    assert scene.bounds[3] == pytest.approx(peak + 10)


def test_a_fold_has_room_for_its_number() -> None:
    """36 blocks at 1×2×4 take 3 + 5.1 + 20 px each, and ``× 33`` four letters and 8 px."""
    spec = ResNetSpec("basic", (36,), (4,), stem=Stem((4,), 3, 1, "none"), num_classes=4)
    trace = rv.forecast(spec, (1, 2))
    drawn = volumes_of(lay_out(trace), trace)
    two, fold, last = (drawn[f"layer1.{n}.relu2"] for n in (1, 34, 35))
    span, room = 3 + 3.6 * sqrt(2), 4 * 6.84 + 8
    assert room > span + 20 and 3 * (span + 20) + room > wide("layer1 · conv2_x") + 10
    assert (fold[0] - two[2], last[0] - fold[2]) == pytest.approx(((room - span) / 2, (room - span) / 2 + 20))


def test_option_a_folded_at_network_level() -> None:
    """Nine blocks and one: two, a volume for six, the last; then zeros in place of a projection."""
    trace = rv.forecast(ResNetSpec(block="basic", blocks=(9, 1), widths=(16, 36), stem=Stem((16,), 3, 1, "none"), shortcut="A", num_classes=4), (9, 25))  # fmt: skip
    scene = lay_out(trace)
    drawn = volumes_of(scene, trace)
    assert list(drawn) == [
        "input", "conv1", "layer1.0.relu2", "layer1.1.relu2", "layer1.7.relu2", "layer1.8.relu2", "layer2.0.relu2", "avgpool", "fc",
        "layer2.0.shortcut",
    ]  # fmt: skip
    (fold,) = [box for box in scene.boxes if box.folded]
    assert [trace.steps[index].name for index in fold.folded] == [f"layer1.{n}.relu2" for n in range(2, 8)]
    place = labels_of(scene)
    # its number is under the way of F, which the next block takes from the fold's foot
    assert same(place["× 6",], ((drawn["layer1.7.relu2"][0] + drawn["layer1.7.relu2"][2]) / 2, -26.5 - 3))
    assert ("layer1 · conv2_x", "9×25×16", "9 blocks", "3×3, 3×3") in place
    # and needs a line of its own above the brackets
    assert {y for _, _, y in scene.brackets} == {-26.5 - 10 - (LINE + 4)}
    assert [trace.steps[mark.step].name for mark in scene.marks if trace.steps[mark.step].stage == 1] == [
        f"layer1.{block}.conv{conv}" for block in (0, 1, 8) for conv in (2, 1)
    ]  # fmt: skip
    # 9×25×16 is 3.6 + 18 px, 41.6 with its gap; "pad, /2" is the widest word on a shortcut, 47.88 + 10 px
    assert drawn["layer1.1.relu2"][0] - drawn["layer1.0.relu2"][0] == pytest.approx(3.6 + 18 + 20)
    zeros = next(box for box in scene.boxes if box.aside)
    assert zeros.zeros == (10 / 36, 10 / 36)  # 16 channels between 10 and 10 of zeros
    assert place["pad, /2",] == pytest.approx((zeros.middle, zeros.top + LINE + 3))
    kept = rv.forecast(rv.replace(TWO_STAGES, shortcut="A", dilated_stages=1), 64)
    assert lay_out(kept).labels[-1].lines == ("pad",)  # every row and column
    names = {(trace.steps[link.source].name, trace.steps[link.target].name): link.kind for link in scene.links}
    assert names["layer1.8.relu2", "layer2.0.shortcut"] == names["layer2.0.shortcut", "layer2.0.add"] == "zero-pad"
    # the fold's way is one line, without ⊕; the last block's shortcut begins at the fold
    assert names["layer1.1.relu2", "layer1.7.relu2"] == "main"
    assert len([sign for sign in scene.pluses]) == 4
    arcs = [link for link in scene.links if link.kind == "identity"]
    assert [(trace.steps[link.source].name, trace.steps[link.target].name) for link in arcs] == [
        ("conv1", "layer1.0.add"), ("layer1.0.relu2", "layer1.1.add"), ("layer1.7.relu2", "layer1.8.add"),
    ]  # fmt: skip


def test_eight_blocks_are_all_shown_and_nine_fold() -> None:
    for blocks, shown in ((8, 8), (9, 4), (30, 4)):
        trace = rv.forecast(rv.replace(TWO_STAGES, blocks=(blocks, 1)), (16, 64))
        for scene in (lay_out(trace), lay_out(trace, "stage", "layer1")):
            names = [trace.steps[sign.step].name for sign in scene.pluses if trace.steps[sign.step].stage == 1]
            numbers = range(8) if blocks == 8 else (0, 1, blocks - 1)
            assert names == [f"layer1.{n}.add" for n in numbers]
        assert sum(box.role == "stage1" for box in lay_out(trace).boxes) == shown


def test_words_under_a_network() -> None:
    """A deep stem, a pooled shortcut and a blur, on an image with H ≠ W."""
    deep = rv.forecast(rv.variant("resnet50d"), (96, 160))
    assert [label.lines for label in lay_out(deep).labels] == [
        ("input", "96×160×3"), ("conv1.0", "48×80×32", "3×3, /2"), ("conv1.3", "48×80×32", "3×3, /1"), ("conv1.6", "48×80×64", "3×3, /1"),
        ("maxpool", "24×40×64", "3×3, /2"), ("layer1 · conv2_x", "24×40×256", "3 blocks, width 64", "1×1, 3×3, 1×1"),
        ("layer2 · conv3_x", "12×20×512", "4 blocks, width 128", "1×1, 3×3, 1×1"), ("layer3 · conv4_x", "6×10×1024", "6 blocks, width 256", "1×1, 3×3, 1×1"),
        ("layer4 · conv5_x", "3×5×2048", "3 blocks, width 512", "1×1, 3×3, 1×1"), ("avgpool", "1×1×2048"), ("fc", "1000"),
        ("1×1",), ("avg/2, 1×1",), ("avg/2, 1×1",), ("avg/2, 1×1",),
    ]  # fmt: skip
    blurred = rv.forecast(rv.replace(rv.variant("resnetblur18"), shortcut="C"), (64, 96))
    assert [label.lines for label in lay_out(blurred).labels][1:6] == [
        ("conv1", "32×48×64", "7×7, /2"), ("maxpool.0", "32×48×64", "3×3, /1"), ("maxpool.1", "16×24×64", "3×3, /2"),
        ("layer1 · conv2_x", "16×24×64", "2 blocks", "3×3, 3×3"), ("layer2 · conv3_x", "8×12×128", "2 blocks", "3×3, 3×3"),
    ]  # fmt: skip


def test_a_foreign_network_shows_its_convs_and_its_head() -> None:
    trace = rv.trace(nn.Sequential(nn.Conv2d(3, 16, (5, 3), padding=(2, 1)), nn.ReLU(), nn.AvgPool2d(2, (2, 1)), nn.Conv2d(16, 25, 3), nn.Flatten(), nn.Linear(4025, 7)), (18, 26))  # fmt: skip
    scene = lay_out(trace)
    names = [trace.steps[box.step].name for box in scene.boxes]
    assert names == ["input", "0", "2", "3", "5"]
    assert [box.role for box in scene.boxes] == ["input", "stage1", "stage2", "stage3", "head"]
    assert [label.lines for label in scene.labels] == [("input", "18×26×3"), ("0", "18×26×16", "5×3"), ("2", "9×25×16", "mean 2×2, /2×1"), ("3", "7×23×25", "3×3"), ("5", "7")]  # fmt: skip
    assert not scene.pluses and [link.kind for link in scene.links] == ["main"] * 4
    assert scene.bounds[2] == 480  # a small picture still has room for its legend


# ---- stage ---------------------------------------------------------------------------------------------------------


def test_a_stage_with_a_projection(two_stages: Trace) -> None:
    """layer2: 4×16×64 in, a 3×3 of stride 2, a 3×3, the projection above them, ⊕, 2×8×100 out."""
    scene = lay_out(two_stages, "stage", "layer2")
    coming, made = volume(4, 16, 64), volume(2, 8, 100)
    floor, roof = (
        -26 / 2 - 10,
        13 + 21.6 + LINE + 14,
    )  # 10 px under and a line and 14 px over the tallest, what comes in
    # the first volume is as wide as its name; then 16 px, then a conv takes its volume and 20 px, or its words and 8 px
    name = wide("in: layer1.1.relu2")
    first = (name - coming.span) / 2
    start = name + 16
    one = start + wide("3×3, /2") + 8
    assert wide("3×3, /2") + 8 > made.span + 20
    two = one + made.span + 20
    plus = two + 16  # 4/5 of a gap of 20 px
    out = plus + 8 + 16 + (wide("2×8×100") - made.span) / 2
    # the projection hangs in the middle of its way, but at least 16 px behind where that begins
    begin = name / 2, 13 + 21.6
    hung = max((begin[0] + plus) / 2 - made.span / 2, begin[0] + 16)
    assert same(volumes_of(scene, two_stages), {
        "layer1.1.relu2": coming.rect(first), "layer2.0.conv1": made.rect(one - made.span), "layer2.0.conv2": made.rect(two - made.span),
        "layer2.0.downsample.1": made.rect(hung, roof + made.tall / 2), "layer2.0.relu2": made.rect(out),
    })  # fmt: skip
    assert [(box.role, box.aside) for box in scene.boxes] == [("stage1", False), ("stage2", False), ("stage2", False), ("stage2", True), ("stage2", False)]  # fmt: skip
    assert same([(sign.x, sign.y, sign.gate) for sign in scene.pluses], [(plus, 0.0, False)])
    assert same(list(scene.brackets), [(start, plus + 8, floor)])
    top = made.tall / 2 + made.up + LINE + 3  # a word stands 3 px over the volume that it tells of
    assert same(labels_of(scene), {
        ("in: layer1.1.relu2", "4×16×64"): (name / 2, floor - 6),
        ("3×3, /2",): (one - wide("3×3, /2") / 2, top), ("3×3",): (two - wide("3×3") / 2, top),  # wider than the volume
       
        ("1×1, /2",): (hung + made.span / 2, roof + made.tall + made.up + LINE + 3),
        ("layer2.0", "2×8×100"): ((start + plus + 8) / 2, floor - 6),
        ("out", "2×8×100"): (out + made.span / 2, floor - 6),
    })  # fmt: skip
    assert [label.lines[0] for label in scene.labels if label.strong] == ["in: layer1.1.relu2", "layer2.0", "out"]
    assert [label.kind for label in scene.labels if label.kind != "main"] == ["projection"]
    high = roof + made.tall / 2
    step = {known.name.removeprefix("layer2.0."): known.index for known in two_stages.steps}
    ways = {(link.source, link.target): link for link in scene.links}
    for source, target, kind, points, arrow in (
        ("layer1.1.relu2", "conv1", "main", ((first + coming.span, 0), (one - made.span, 0)), True),
        ("conv1", "conv2", "main", ((one, 0), (two - made.span, 0)), True),
        ("conv2", "add", "main", ((two, 0), (plus - 8, 0)), False),
        ("add", "relu2", "main", ((plus + 8, 0), (out, 0)), True),
        ("downsample.1", "add", "projection", ((hung + made.span, high), (plus, high), (plus, 9.0)), True),
    ):
        link = ways.pop((step[source], step[target]))
        assert (link.kind, link.arrow) == (kind, arrow)
        assert same(link.points, points)
    (up,) = ways.values()
    assert (up.source, up.target, up.kind) == (step["layer1.1.relu2"], step["downsample.1"], "projection")
    for i in range(17):
        assert same(up.points[i], _bezier(begin, (begin[0], high), (begin[0], high), (hung, high), i / 16))
    assert scene.bounds == pytest.approx(
        (-12, floor - 6 - 2 * LINE - 6, 480, roof + made.tall + made.up + LINE + 3 + 10)
    )
    assert (scene.title, scene.level) == ("layer2 · conv3_x, 1 block", "stage")
    assert (scene.zoom, scene.bars, scene.kernels) == (1, (), ())


def test_a_gated_stage_that_folds() -> None:
    """Nine gated blocks of ECA at 9×25×16, 3.6 + 18 px each: two, ``× 6``, and the last."""
    spec = ResNetSpec(block="basic", blocks=(9, 1), widths=(16, 36), stem=Stem((16,), 3, 1, "none"), attention="eca", num_classes=4)  # fmt: skip
    trace = rv.forecast(spec, (9, 25))
    scene = lay_out(trace, "stage", "layer1")
    drawn = volumes_of(scene, trace)
    made = volume(9, 25, 16)
    floor, roof = -39 / 2 - 10, 39 / 2 + 27 + LINE + 14
    room = made.span + 20  # of a conv: wider than its word
    block = 2 * room + 24 + 24  # two convs, ⊗ and ⊕ with 16 px before and 8 px behind their middles
    begin = max(wide("in: relu", "9×25×16"), made.span) + 16
    starts = [begin, begin + block + 16]
    text = wide("equal blocks: layer1.2 …")
    folded = starts[1] + block + 16
    starts.append(folded + text + 16)
    wanted = {"relu": made.rect((wide("in: relu", "9×25×16") - made.span) / 2)}
    for number, start in zip((0, 1, 8), starts, strict=True):
        if number == 8:
            wanted["layer1.7.relu2"] = made.rect(folded + (text - made.span) / 2)
        wanted[f"layer1.{number}.conv1"] = made.rect(start + 20)
        wanted[f"layer1.{number}.conv2"] = made.rect(start + room + 20)
    out = starts[2] + block + 16
    wanted["layer1.8.relu2"] = made.rect(out + max(0.0, (wide("9×25×16") - made.span) / 2))
    assert same(drawn, wanted)
    gates = [start + 2 * room + 16 for start in starts]
    assert same([(sign.x, sign.gate) for sign in scene.pluses], [(x, gate) for at in gates for x, gate in ((at, True), (at + 24, False))])  # fmt: skip
    assert same(list(scene.brackets), [(start, start + block, floor) for start in starts])
    place = first_labels_of(scene)
    assert same(place["layer1.8", "9×25×16"], (starts[2] + block / 2, floor - 6))
    assert same(place["× 6", "equal blocks: layer1.2 …"], (folded + text / 2, floor - 6))
    # an identity leaves the line behind the sum before it, or the top of a volume, and comes down on ⊕
    ways = [link for link in scene.links if link.kind == "identity"]
    begins = [
        ((wanted["relu"][0] + wanted["relu"][2]) / 2, 39 / 2 + 27.0),
        (gates[0] + 24 + 15, 0.0),
        (folded + text / 2, 39 / 2 + 27.0),
    ]
    for way, at, start, source in zip(ways, gates, begins, ("relu", "layer1.0.add", "layer1.7.relu2"), strict=True):
        assert same(way.points, (start, (start[0], roof), (at + 24, roof), (at + 24, 9.0)))
        assert trace.steps[way.source].name == source
    (fold,) = [box for box in scene.boxes if box.folded]
    assert [trace.steps[n].name for n in fold.folded] == [f"layer1.{n}.relu2" for n in range(2, 8)]
    # the line goes on from each volume or sign to the next; only a sign is its own end
    line: list[tuple[float, float, bool]] = []
    lefts = (wanted["relu"][2], gates[0] + 32, wanted["layer1.7.relu2"][2])
    for start, left in zip(starts, lefts, strict=True):
        one, two, at = start + 20, start + room + 20, start + 2 * room
        line += [(left, one, True), (one + made.span, two, True), (at, at + 8, False), (at + 24, at + 32, False)]
    line.insert(8, (gates[1] + 32, wanted["layer1.7.relu2"][0], True))
    line.append((gates[2] + 32, wanted["layer1.8.relu2"][0], True))
    drawn_line = [link for link in scene.links if link.kind == "main"]
    assert same([(*link.points, link.arrow) for link in drawn_line], [((a, 0), (b, 0), arrow) for a, b, arrow in line])
    assert [(trace.steps[link.source].name, trace.steps[link.target].name) for link in drawn_line[7:10]] == [
        ("layer1.1.se.scale", "layer1.1.add"), ("layer1.1.add", "layer1.7.relu2"), ("layer1.7.relu2", "layer1.8.conv1"),
    ]  # fmt: skip
    assert [label.lines[0] for label in scene.labels if label.strong] == ["in: relu", "layer1.0", "layer1.1", "× 6", "layer1.8", "out"]  # fmt: skip
    end = out + max(made.span, wide("9×25×16")) + 16
    assert scene.bounds == pytest.approx((-12, floor - 6 - 2 * LINE - 6, end + 12, roof + 10))
    assert scene.title == "layer1 · conv2_x, 9 blocks"
    assert [box.role for box in scene.boxes] == ["stem"] + ["stage1"] * 8


def test_a_shape_that_is_to_be_found_is_a_blank_and_its_volume_stands(two_stages: Trace) -> None:
    hidden = frozenset(two_stages.step(f"layer2.0.{name}").index for name in ("conv1", "add", "relu2"))
    scene, plain = (lay_out(two_stages, "stage", "layer2", hide=hide) for hide in (hidden, frozenset[int]()))
    assert [box.words for box in scene.boxes] == ["4×16×64", "?×?×?", "2×8×100", "2×8×100", "?×?×?"]
    assert [box.words for box in plain.boxes] == ["4×16×64"] + ["2×8×100"] * 4
    assert [label.lines for label in scene.labels if "?×?×?" in label.lines] == [
        ("layer2.0", "?×?×?"),
        ("out", "?×?×?"),
    ]
    sizes = [[(box.step, box.width, box.height, box.dx, box.dy) for box in drawn.boxes] for drawn in (scene, plain)]
    assert sizes[0] == sizes[1]
    assert (scene.hidden, plain.hidden, scene.scale, scene.zoom, scene.span) == (
        hidden,
        frozenset(),
        "root",
        1.0,
        (0, 0),
    )


# ---- block ---------------------------------------------------------------------------------------------------------


def _kernel(rows: int, columns: int, channels: int) -> Volume:
    """A filter in its own scale: 6 px a cell and 3 px more, as oblique as a map, at least 4 px thick."""
    deep = 6 * (columns + 0.5)
    return Volume(max(4.0, 0.9 * sqrt(channels)), 6 * (rows + 0.5), deep * 3.6 / 13, deep * 5.4 / 13)


def _hanging(kernel: Volume, x: float, top: float) -> tuple[float, float, float, float]:
    """Around ``x``, its highest corner at ``top``."""
    return x - kernel.span / 2, top - kernel.up - kernel.tall, x + kernel.span / 2, top


def test_a_block_with_a_projection(two_stages: Trace) -> None:
    """layer2.0: 4×16×64 → 3×3/2 → 2×8×100 → 3×3 → ⊕ with a 1×1/2 → 2×8×100, each with its formula on both axes."""
    scene = lay_out(two_stages, "block", "layer2.0")
    coming, made = volume(4, 16, 64), volume(2, 8, 100)
    floor = -26 / 2 - 8  # texts begin 8 px under the tallest
    words = (
        ("3×3 conv, 100 filters", "stride 2, padding 1", "H: ⌊(4 + 2·1 − 3)/2⌋ + 1 = 2", "W: ⌊(16 + 2·1 − 3)/2⌋ + 1 = 8"),
        ("3×3 conv, 100 filters", "stride 1, padding 1", "H: ⌊(2 + 2·1 − 3)/1⌋ + 1 = 2", "W: ⌊(8 + 2·1 − 3)/1⌋ + 1 = 8"),
        ("1×1 conv, 100 filters", "stride 2, padding 0", "H: ⌊(4 + 2·0 − 1)/2⌋ + 1 = 2", "W: ⌊(16 + 2·0 − 1)/2⌋ + 1 = 8"),
    )  # fmt: skip
    names = (
        ("in: layer1.1.relu2", "4×16×64"), ("conv1", "2×8×100", "then bn1, relu1"), ("conv2", "2×8×100", "then bn2"), ("out: relu2", "2×8×100"),
    )  # fmt: skip
    summed = ("2×8×100", "+ 2×8×100", "equal: added")
    # along the line: a name or its volume, then the words of the next conv and 20 px, …, ⊕ in a room for its three lines
    end = wide(*names[0])
    first = end / 2
    one = end + wide(*words[0]) + 20 + wide(*names[1]) / 2
    two = one + wide(*names[1]) / 2 + wide(*words[1]) + 20 + wide(*names[2]) / 2
    assert wide(*names[2]) > made.span and wide(*names[0]) > coming.span
    room = wide(*summed) / 2 + 4
    plus = two + wide(*names[2]) / 2 + room
    out = plus + room + wide(*names[3]) / 2
    right = out + wide(*names[3]) / 2
    # the way above: 14 px over the highest text, room for a filter and its two lines under it
    high = 8 + 4 * LINE + 14 + max(2 * LINE + made.tall / 2, 3 * LINE + 18) + 8
    hang = ("projection: 1×1 conv, norm", "2×8×100")
    middle = max((first + plus) / 2, first + wide(*words[2]) + 24 + wide(*hang) / 2)
    half = made.span / 2
    assert same(volumes_of(scene, two_stages), {
        "layer1.1.relu2": coming.rect(first - coming.span / 2), "layer2.0.conv1": made.rect(one - half), "layer2.0.conv2": made.rect(two - half),
        "layer2.0.relu2": made.rect(out - half), "layer2.0.downsample.1": made.rect(middle - half, high),
    })  # fmt: skip
    assert [(box.role, box.aside) for box in scene.boxes] == [("stage1", False)] + [("stage2", False)] * 3 + [("stage2", True)]  # fmt: skip
    assert same([(sign.x, sign.y, sign.gate) for sign in scene.pluses], [(plus, 0.0, False)])
    arrows = [(first + coming.span / 2, one - half), (one + half, two - half)]
    centres = [(a + b) / 2 for a, b in arrows]
    side = (first + middle - half) / 2
    small, large, point = _kernel(3, 3, 64), _kernel(3, 3, 100), _kernel(1, 1, 64)
    hung = [_hanging(small, centres[0], -10), _hanging(large, centres[1], -10), _hanging(point, side, high - 8)]
    assert same([rect_of(kernel) for kernel in scene.kernels], hung)
    assert [
        (kernel.role, kernel.aside, kernel.zeros, kernel.folded, kernel.plate, kernel.words, kernel.covers) for kernel in scene.kernels
    ] == [("kernel", False, (0, 0), (), False, "", (0, 0))] * 3  # fmt: skip
    assert same(labels_of(scene), {
        names[0]: (first, floor),
        words[0]: (centres[0], 8 + 4 * LINE), ("3×3×64", "× 100"): (centres[0], hung[0][1] - 3), names[1]: (one, floor),
        words[1]: (centres[1], 8 + 4 * LINE), ("3×3×100", "× 100"): (centres[1], hung[1][1] - 3), names[2]: (two, floor),
        names[3]: (out, floor), summed: (plus, -12),
        # two px more for the line beyond three
        words[2]: (side, high + 6 + 4 * LINE + 2), ("1×1×64", "× 100"): (side, hung[2][1] - 3), hang: (middle, high - made.tall / 2 - 3),
    })  # fmt: skip
    assert [label.lines for label in scene.labels if label.strong] == [*names, hang]
    assert [label.lines for label in scene.labels if label.kind == "projection"] == [words[2], ("1×1×64", "× 100"), hang]  # fmt: skip
    step = {known.name.removeprefix("layer2.0."): known.index for known in two_stages.steps}
    begin = (first, 13 + 21.6)
    assert same([(link.source, link.target, link.kind, link.points, link.arrow) for link in scene.links], [
        (step["layer1.1.relu2"], step["conv1"], "main", ((arrows[0][0], 0), (arrows[0][1], 0)), True),
        (step["conv1"], step["conv2"], "main", ((arrows[1][0], 0), (arrows[1][1], 0)), True),
        (step["conv2"], step["add"], "main", ((two + half, 0), (plus - 8, 0)), True),
        (step["add"], step["relu2"], "main", ((plus + 8, 0), (out - half, 0)), True),
        (step["layer1.1.relu2"], step["downsample.1"], "projection", (begin, (first, high), (middle - half, high)), True),
        (step["downsample.1"], step["add"], "projection", ((middle + half, high), (plus, high), (plus, 9.0)), True),
    ])  # fmt: skip
    lowest = min(hung[1][1] - 3 - 2 * LINE, floor - 3 * LINE)
    assert scene.bounds == pytest.approx((-12, lowest - 6, right + 12, high + 6 + 4 * LINE + 2 + 10))
    assert (scene.title, scene.level, scene.brackets) == ("layer2.0, projection shortcut", "block", ())


def test_a_gated_block_with_an_identity() -> None:
    """SE on 9×25×16: mean, 8 channels, 16 channels, in a row under the line that ends under ⊗, and up to it."""
    spec = ResNetSpec(block="basic", blocks=(1, 1), widths=(16, 36), stem=Stem((16,), 3, 1, "none"), attention="se", se_ratio=0.5, num_classes=4)  # fmt: skip
    trace = rv.forecast(spec, (9, 25))
    scene = lay_out(trace, "block", "layer1.0")
    place = first_labels_of(scene)
    made, mean, hidden = volume(9, 25, 16), volume(1, 1, 16), volume(1, 1, 8)
    tall = made.tall / 2
    words = ("3×3 conv, 16 filters", "stride 1, padding 1", "H: ⌊(9 + 2·1 − 3)/1⌋ + 1 = 9", "W: ⌊(25 + 2·1 − 3)/1⌋ + 1 = 25")  # fmt: skip
    first = wide("in: relu", "9×25×16") / 2
    one = 2 * first + wide(*words) + 4 + wide("then bn1, relu1") / 2
    two = one + wide("then bn1, relu1") / 2 + wide(*words) + 4 + wide("then bn2") / 2
    line_end = two + max(made.span, wide("then bn2")) / 2
    # ⊗ stands as near as the way down and its own words let it, which are over the line, beside the volume
    told = ("gate: each", "channel × 0…1")
    branch, beside = line_end + 12, two + made.span / 2 + 4
    gate = max(branch + 22, beside + wide(*told) / 2)
    # the way runs back 12 px under the lowest text, and the row stands 10 px under that and ends 14 px before ⊗, each
    # member in the room of its name and 14 px behind the one before
    lowest = min(-tall - 8 - 3 * LINE, -10 - _kernel(3, 3, 16).up - _kernel(3, 3, 16).tall - 3 - 2 * LINE)
    lane = lowest - 12
    row = lane - 10 - 13 / 2 - 5.4
    texts = [("se.pool", "1×1×16", "mean"), ("se.fc1", "1×1×8", "ReLU"), ("se.fc2", "1×1×16", "sigmoid")]
    rooms = [max(what.span, wide(*text)) for text, what in zip(texts, (mean, hidden, mean), strict=True)]
    begin = gate - 14 - sum(14 + room for room in rooms)
    assert branch > begin + 14  # it does run back
    x, wanted = begin, {}
    for text, what, room in zip(texts, (mean, hidden, mean), rooms, strict=True):
        wanted[f"layer1.0.{text[0]}"] = what.rect(x + 14 + (room - what.span) / 2, row)
        assert same(place[text], (x + 14 + room / 2, row - 13 / 2 - 3))
        x += 14 + room
    drawn = volumes_of(scene, trace)
    assert same({name: rect for name, rect in drawn.items() if ".se." in name}, wanted)
    assert gate == pytest.approx(x + 14)
    assert same(place[told], (gate, 14 + 2 * LINE))
    summed = ("9×25×16", "+ 9×25×16", "equal: added")
    # its words are under the line, 6 px and 4 from the way up to ⊗; the way of the shortcut is 10 px from the words of the gate
    plus = gate + max(6 + wide(*summed) / 2 + 4, wide(*told) / 2 + 10)
    assert same([(sign.x, sign.y, sign.gate) for sign in scene.pluses], [(gate, 0.0, True), (plus, 0.0, False)])
    step = {known.name.removeprefix("layer1.0."): known.index for known in trace.steps}
    assert [sign.step for sign in scene.pluses] == [step["se.scale"], step["add"]]
    rects = list(wanted.values())
    assert same([(link.source, link.target, link.points) for link in scene.links if link.kind == "gate"], [
        (step["conv2"], step["se.pool"], ((branch, 0), (branch, lane), (begin, lane), (begin, row), (rects[0][0], row))),
        (step["se.pool"], step["se.fc1"], ((rects[0][2], row), (rects[1][0], row))),
        (step["se.fc1"], step["se.fc2"], ((rects[1][2], row), (rects[2][0], row))),
        (step["se.fc2"], step["se.scale"], ((rects[2][2], row), (gate, row), (gate, -9))),
    ])  # fmt: skip
    assert same([(link.source, link.target, link.points) for link in scene.links if link.kind == "main"][2:4], [
        (step["conv2"], step["se.scale"], ((two + made.span / 2, 0), (gate - 8, 0))),
        (step["se.scale"], step["add"], ((gate + 8, 0), (plus - 8, 0))),
    ])  # fmt: skip
    # nothing is computed on the way above: one line, 22 px over the highest, and a sentence on it
    roof = max(tall + made.up, 8 + 4 * LINE) + 14
    (way,) = [link for link in scene.links if link.kind == "identity"]
    assert same(way.points, ((first, tall + made.up), (first, roof + 8), (plus, roof + 8), (plus, 9.0)))
    assert (way.source, way.target) == (step["relu"], step["add"])
    sentence = ("identity shortcut: the same tensor, nothing computed",)
    assert same(place[sentence], ((first + plus) / 2, roof + 14 + LINE))
    kinds = {label.lines: (label.kind, label.strong) for label in scene.labels}
    assert kinds[sentence] == ("identity", False) and kinds[told] == ("gate", False)
    assert {kinds[text] for text in texts} == {("gate", True)}
    assert [box.aside for box in scene.boxes if ".se." in trace.steps[box.step].name] == [True] * 3
    assert scene.bounds[1] == pytest.approx(row - 13 / 2 - 3 - 3 * LINE - 6)
    assert scene.bounds[3] == pytest.approx(roof + 14 + LINE + 10)
    assert scene.title == "layer1.0, identity shortcut"
    assert [box.role for box in scene.boxes] == ["stem"] + ["stage1"] * 6


def test_eca_slides_along_the_channels() -> None:
    trace = rv.forecast(rv.replace(TWO_STAGES, attention="eca"), (16, 64))
    texts = [label.lines for label in lay_out(trace, "block", "layer1.0").labels if label.kind == "gate"]
    assert texts == [("se.pool", "1×1×64", "mean"), ("se.conv", "1×1×64", "sigmoid"), ("gate: each", "channel × 0…1")]


def test_words_of_blocks() -> None:
    """Groups, dilation, a pooled shortcut, option A, a blur, pre-activation: each said on the arrow, for H ≠ W."""

    def texts(spec: ResNetSpec, size: tuple[int, int], focus: str) -> list[tuple[str, ...]]:
        return [label.lines for label in lay_out(rv.forecast(spec, size), "block", focus).labels]

    grouped = texts(rv.replace(rv.variant("resnext50_32x4d"), dilated_stages=1), (64, 96), "layer4.1")
    assert ("3×3 conv, 1024 filters, 32 groups", "stride 1, padding 2, dilation 2", "H: ⌊(4 + 2·2 − 5)/1⌋ + 1 = 4", "W: ⌊(6 + 2·2 − 5)/1⌋ + 1 = 6") in grouped  # fmt: skip
    assert ("3×3×32", "× 1024") in grouped and ("1×1×2048", "× 1024") in grouped
    pooled = texts(rv.variant("resnet50d"), (64, 64), "layer2.0")
    assert ("2×2 average pool", "stride 2", "⌈(16 + 2·0 − 2)/2⌉ + 1 = 8", "1×1 conv, 512 filters", "stride 1, padding 0", "⌊(8 + 2·0 − 1)/1⌋ + 1 = 8") in pooled  # fmt: skip
    assert ("projection: pool, 1×1 conv, norm", "8×8×512") in pooled
    padded = texts(rv.replace(TWO_STAGES, shortcut="A"), (20, 64), "layer2.0")
    assert ("every 2nd row and column", "18 + 18 zero channels", "H: ⌈5/2⌉ = 3", "W: ⌈16/2⌉ = 8") in padded
    assert ("option A: no parameters", "3×8×100") in padded
    square = texts(rv.replace(TWO_STAGES, shortcut="A", widths=(64, 99)), (64, 64), "layer2.0")
    assert ("every 2nd row and column", "17 + 18 zero channels", "⌈16/2⌉ = 8") in square
    kept = texts(rv.replace(TWO_STAGES, shortcut="A", dilated_stages=1), (64, 64), "layer2.0")
    assert ("every row and column", "18 + 18 zero channels", "⌈16/1⌉ = 16") in kept
    blurred = texts(rv.replace(TWO_STAGES, anti_alias="blur"), (64, 96), "layer2.0")
    assert ("3×3 blur, fixed weights", "stride 2, padding 1", "H: ⌊(16 + 2·1 − 3)/2⌋ + 1 = 8", "W: ⌊(24 + 2·1 − 3)/2⌋ + 1 = 12") in blurred  # fmt: skip
    assert ("aa", "8×12×100") in blurred and ("conv1", "16×24×100", "then bn1, relu1") in blurred
    averaged = rv.replace(TWO_STAGES, anti_alias="avg")
    assert ("2×2 average pool", "stride 2", "H: ⌊(16 + 2·0 − 2)/2⌋ + 1 = 8", "W: ⌊(24 + 2·0 − 2)/2⌋ + 1 = 12") in texts(averaged, (64, 96), "layer2.0")  # fmt: skip
    for spec, word in ((averaged, "2×2, /2"), (rv.replace(TWO_STAGES, anti_alias="blur"), "blur, /2")):
        stage = lay_out(rv.forecast(spec, (64, 96)), "stage", "layer2")
        assert [label.lines for label in stage.labels if len(label.lines) == 1] == [("3×3",), (word,), ("3×3",), ("1×1, /2",)]  # fmt: skip
    early = texts(rv.replace(TWO_STAGES, preact=True), (64, 64), "layer2.0")
    assert ("in: layer1.1.add", "16×16×64", "then bn1, relu1") in early
    assert ("conv1", "8×8×100", "then bn2, relu2") in early and ("conv2", "8×8×100") in early
    assert ("reads after relu1, as the main path does", "1×1 conv, 100 filters", "stride 2, padding 0", "⌊(16 + 2·0 − 1)/2⌋ + 1 = 8") in early  # fmt: skip
    assert ("projection: 1×1 conv", "8×8×100") in early and ("out: add", "8×8×100") in early


def test_option_a_in_a_block_and_a_stage() -> None:
    """The slice with its zeros hangs where a projection would, without a filter under its line."""
    trace = rv.forecast(rv.replace(TWO_STAGES, shortcut="A"), (16, 64))
    made = volume(2, 8, 100)
    for level, focus, roof in (
        ("stage", "layer2", 13 + 21.6 + LINE + 14), ("block", "layer2.0", 8 + 4 * LINE + 14 + 2 * LINE + 8),
    ):  # fmt: skip
        scene = lay_out(trace, level, focus)
        (zeros,) = [box for box in scene.boxes if box.aside]
        assert trace.steps[zeros.step].name == "layer2.0.shortcut" and zeros.zeros == (0.18, 0.18)
        assert rect_of(zeros) == pytest.approx(made.rect(zeros.left, roof + made.tall / 2))
        ways = [link for link in scene.links if link.kind == "zero-pad"]
        assert [(trace.steps[way.source].name, trace.steps[way.target].name) for way in ways] == [
            ("layer1.1.relu2", "layer2.0.shortcut"), ("layer2.0.shortcut", "layer2.0.add"),
        ]  # fmt: skip
        assert {label.kind for label in scene.labels} == {"main", "zero-pad"}
        assert all(trace.steps[kernel.step].path == "main" for kernel in scene.kernels)


class _Block(nn.Module):
    """Somebody's block: ``main`` and a shortcut are added, ``after`` follows."""

    def __init__(self, main: nn.Module, shortcut: nn.Module | None = None, after: nn.Module | None = None) -> None:
        super().__init__()
        self.conv1, self.downsample = main, shortcut
        self.add, self.relu = Add(), after or nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.add(self.conv1(x), self.downsample(x) if self.downsample else x))


def _alone(block: _Block, size: int | tuple[int, int]) -> Trace:
    """The trace of that block alone, its shortcut where the name says."""
    trace = rv.trace(nn.Sequential(OrderedDict(layer1=nn.Sequential(block))), size)
    steps = tuple(step._replace(path="shortcut" if "downsample" in step.name else "main") for step in trace.steps)
    return dataclasses.replace(trace, steps=steps)


def _drawn(trace: Trace, level: str) -> Scene:
    """Its picture as a ResNet's block, and as a stage of that one."""
    block = Part("block", "layer1.0", "layer1.0", 1, len(trace.steps), 0)
    if level == "block":
        return block_scene(trace, Canvas(Measure.of(trace)), block)
    stage = Part("stage", "layer1", "layer1", 1, len(trace.steps), 0, (block,))
    return stage_scene(trace, Canvas(Measure.of(trace)), stage, False)


def test_a_block_that_enlarges_its_map_has_room() -> None:
    """A conv of padding 2 makes 18 rows of 16: texts stand under the larger, the way hangs over it."""
    trace = _alone(_Block(nn.Conv2d(8, 8, 3, padding=2), nn.Conv2d(8, 8, 1, padding=1)), 16)
    tall, up = 13 * sqrt(18), 5.4 * sqrt(18)
    stage, block = _drawn(trace, "stage"), _drawn(trace, "block")
    assert [y for _, _, y in stage.brackets] == [pytest.approx(-tall / 2 - 10)]
    assert [box.bottom for box in stage.boxes if box.aside] == [pytest.approx(tall / 2 + up + LINE + 14)]
    below = {label.y for label in block.labels if label.strong and label.kind == "main"}
    assert len(below) == 1 and below.pop() == pytest.approx(-tall / 2 - 8)
    # filters of few channels are drawn 4 px thick, where 0.9·√8 = 3.25 px
    assert [kernel.width for kernel in block.kernels] == [4.0, 4.0]
    # the same where it is only between that a map is larger
    between = nn.Sequential(nn.Conv2d(8, 8, 3, padding=2), nn.Conv2d(8, 8, 3))
    stage = _drawn(_alone(_Block(between), 16), "stage")
    assert [y for _, _, y in stage.brackets] == [pytest.approx(-tall / 2 - 10)]
    # and where it is enlarged behind the sum
    block = _drawn(_alone(_Block(nn.Conv2d(8, 8, 1), after=nn.MaxPool2d(2, 1, 1)), 16), "block")
    assert {label.y for label in block.labels if label.strong} == {-13 * sqrt(17) / 2 - 8}


def test_a_block_narrower_than_its_words_has_their_room() -> None:
    """At stage level ⊕ stands 4 px before the end of its block's name, or of what its shortcut does and 8 px."""
    trace = _alone(_Block(nn.Conv2d(3, 3, (5, 3), padding=(2, 1))), (4, 2))
    scene = _drawn(trace, "stage")
    start = wide("in: input") + 16
    assert volume(4, 2, 3).span + 20 < wide("layer1.0") - 20
    assert same([sign.x for sign in scene.pluses], [start + wide("layer1.0") - 4])
    assert [label.lines for label in scene.labels] == [("in: input", "4×2×3"), ("5×3",), ("layer1.0", "4×2×3"), ("out", "4×2×3")]  # fmt: skip
    pooled = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(3, 8, 1))
    scene = _drawn(_alone(_Block(nn.Conv2d(3, 8, 3, 2, 1), pooled), (4, 6)), "stage")
    assert wide("3×3, /2") + 8 < wide("avg/2, 1×1") + 8 - 20
    assert same([sign.x for sign in scene.pluses], [start + wide("avg/2, 1×1") + 8 - 4])
    assert [box.role for box in scene.boxes] == ["input", "stage1", "stage1", "stage1"]


def test_a_wide_shortcut_over_a_short_way_begins_behind_its_line() -> None:
    """Nothing on the main path changes 4×1600×3; the conv over it is 3 + 3.6·40 = 147 px wide."""
    trace = _alone(_Block(nn.ReLU(), nn.Conv2d(3, 3, 1)), (4, 1600))
    for level in ("stage", "block"):
        scene = _drawn(trace, level)
        first, hung = (next(box for box in scene.boxes if trace.steps[box.step].name == name) for name in ("input", "layer1.0.downsample"))  # fmt: skip
        assert (first.role, first.left, hung.right - hung.left) == ("input", 0, pytest.approx(147))
        # at stage level 16 px; at block level the words of the way and 24 px
        words = wide("W: ⌊(1600 + 2·0 − 1)/1⌋ + 1 = 1600") + 24
        assert hung.left == pytest.approx(147 / 2 + (16 if level == "stage" else words))
    assert scene.bounds[2] == pytest.approx(147 / 2 + words + 147 + 12)


def test_words_of_a_block_whose_axes_differ() -> None:
    main = nn.Conv2d(4, 4, (5, 3), (1, 2), (2, 1), groups=2)
    trace = _alone(_Block(main, nn.Sequential(nn.AvgPool2d((1, 2)), nn.Conv2d(4, 4, 1))), (4, 6))
    told = [label.lines for label in _drawn(trace, "block").labels]
    assert ("5×3 conv, 4 filters, 2 groups", "stride 1×2, padding 2×1", "H: ⌊(4 + 2·2 − 5)/1⌋ + 1 = 4", "W: ⌊(6 + 2·1 − 3)/2⌋ + 1 = 3") in told  # fmt: skip
    assert ("5×3×2", "× 4") in told and ("projection: pool, 1×1 conv", "4×3×4") in told
    pool = "1×2 average pool", "stride 1×2", "H: ⌊(4 + 2·0 − 1)/1⌋ + 1 = 4", "W: ⌊(6 + 2·0 − 2)/2⌋ + 1 = 3"
    assert pool in [lines[:4] for lines in told]
    assert ("5×3, /1×2",) in [label.lines for label in _drawn(trace, "stage").labels]


def test_a_shape_in_the_papers_order_and_what_is_no_map_in_its_own() -> None:
    assert map_text((2, 64, 56, 28)) == "56×28×64"
    assert (map_text((2, 197, 768)), map_text((2, 1000)), map_text((2,))) == ("197×768", "1000", "1")
