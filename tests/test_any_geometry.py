"""Pictures of two small networks that are no ResNets, worked out by hand: a U-Net of three convs and a block of two ways.

The rules are those of the picture, not of the code. Along the flow a column is as wide as its volume, before it a gap of
20 px, of 24 px where a line changes lanes, 10 px beside a sign (4 px at network level); a sign is 14 px wide. What a name
and its 10 px need more goes half before the column and half into it. A volume stands in the middle of its column. A lane
begins 12 px over the highest of the one below it.
"""

from math import hypot

import pytest
import torch
from torch import Tensor, nn

import resnet_viz as rv
from resnet_viz.picture.layout import lay_out
from resnet_viz.steps import Trace
from tests.ruler import LINE, Volume, labels_of, rect_of, same, volume, volumes_of, wide
from tests.test_geometry import _hanging, _kernel


class UNet(nn.Module):
    """16×64×3 → 16×64×16 → 8×32×36, up to 16×64×16, put beside the first, → 16×64×9."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 16, 3, padding=1), nn.Conv2d(16, 36, 3, 2, 1)
        self.up, self.c = nn.ConvTranspose2d(36, 16, 2, 2), nn.Conv2d(32, 9, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        a = torch.relu(self.a(x))
        return self.c(torch.cat([self.up(torch.relu(self.b(a))), a], 1))


class Cell(nn.Module):
    """Two ways from 8×32×16: to four channels, and by nine to sixteen; put together they are twenty."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(16, 4, 1), nn.Conv2d(16, 9, 1)
        self.c = nn.Conv2d(9, 16, (3, 1), padding=(1, 0))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.a(x), torch.relu(self.c(self.b(x)))], 1)


@pytest.fixture(scope="module")
def two_ways() -> Trace:
    return rv.trace(nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), Cell(), nn.Conv2d(20, 5, 1)), (16, 64))


def step_of(trace: Trace) -> dict[str, int]:
    return {step.name: step.index for step in trace.steps}


def column(end: float, made: Volume, *text: str, gap: float = 20.0) -> tuple[float, float]:
    """Left edge of a volume with a name of its own, behind a column that ends at ``end``, and where its column ends."""
    more = max(0.0, wide(*text) + 10 - gap - made.span) / 2
    return end + gap + more + more / 2, end + gap + made.span + 2 * more


IMAGE, SMALL = volume(16, 64, 3), volume(8, 32, 16)


def test_a_skip_over_what_lies_between() -> None:
    trace = rv.trace(UNet(), (16, 64))
    scene = lay_out(trace)
    a, b, c = volume(16, 64, 16), volume(8, 32, 36), volume(16, 64, 9)
    left, one = column(0, IMAGE, "16×64×3", gap=0)
    left_a, two = column(one, a, "16×64×16")
    left_b, three = column(two, b, "8×32×36")
    left_up, sign = three + 20, three + 20 + a.span + 4 + 7
    left_c = sign + 7 + 4
    end = left_c + c.span
    assert wide("stage3: up … c") + 10 < end - three  # which needs no more room
    step = step_of(trace)
    assert same(volumes_of(scene, trace), {
        "input": IMAGE.rect(left), "a": a.rect(left_a), "b": b.rect(left_b), "up": a.rect(left_up), "c": c.rect(left_c),
    })  # fmt: skip
    assert [(box.role, box.words, box.aside, box.plate, box.folded) for box in scene.boxes] == [
        ("input", "16×64×3", False, False, ()), ("stage1", "16×64×16", False, False, ()), ("stage2", "8×32×36", False, False, ()),
        ("stage3", "16×64×16", False, False, ()), ("stage3", "16×64×9", False, False, ()),
    ]  # fmt: skip
    assert same([(sign_.step, sign_.x, sign_.y, sign_.form) for sign_ in scene.pluses], [(step["cat"], sign, 0.0, "concat")])  # fmt: skip
    floor = -52 / 2 - 10
    assert same(list(scene.brackets), [
        (left, left + IMAGE.span, floor), (left_a, left_a + a.span, floor), (left_b, left_b + b.span, floor), (left_up, end, floor),
    ])  # fmt: skip
    # a name in the middle of its bracket, or moved left so that it ends 2 px before the next column
    assert same(labels_of(scene), {
        ("input", "16×64×3"): (one - wide("16×64×3") / 2 - 2, floor - 6), ("a", "16×64×16", "3×3"): (two - wide("16×64×16") / 2 - 2, floor - 6),
        ("b", "8×32×36", "3×3, /2"): (three - wide("8×32×36") / 2 - 2, floor - 6), ("stage3: up … c", "16×64×9", "2 layers"): (end - wide("stage3: up … c") / 2 - 2, floor - 6),
    })  # fmt: skip
    assert all(label.strong and label.kind == "main" for label in scene.labels)
    roof = 26 + 43.2 + 14  # over the volumes that the skip passes
    *lines, skip = scene.links
    assert same([(link.source, link.target, link.kind, link.points, link.arrow) for link in lines], [
        (step["input"], step["a"], "main", ((left + IMAGE.span, 0), (left_a, 0)), True),
        (step["a"], step["b"], "main", ((left_a + a.span, 0), (left_b, 0)), True),
        (step["b"], step["up"], "main", ((left_b + b.span, 0), (left_up, 0)), True),
        (step["up"], step["cat"], "main", ((left_up + a.span, 0), (sign - 8, 0)), False),
        (step["cat"], step["c"], "main", ((sign + 8, 0), (left_c, 0)), True),
    ])  # fmt: skip
    assert (skip.source, skip.target, skip.kind, skip.arrow) == (step["a"], step["cat"], "skip", True)
    begin = left_a + a.span / 2 + 5, 26 + 43.2  # 5 px beside the middle, where a shortcut might begin
    assert same((skip.points[0], skip.points[-1]), (begin, (sign, 7.0)))
    assert len(skip.points) == 12
    for points, centre in ((skip.points[1:6], begin[0] + 14), (skip.points[6:11], sign - 14)):  # round corners of 14 px
        assert all(hypot(x - centre, y - (roof - 14)) == pytest.approx(14, abs=0.15) for x, y in points)
    assert same((skip.points[5], skip.points[6]), ((begin[0] + 14, roof), (sign - 14, roof)))
    assert same(scene.bounds, (-12.0, floor - 6 - 3 * LINE - 6, 480.0, roof + 10))
    assert (scene.title, scene.level, scene.span, scene.notes, scene.zoom) == ("1×3×16×64", "network", (0, 8), (), 1.0)


def test_ways_that_are_not_drawn_are_a_fan(two_ways: Trace) -> None:
    scene = lay_out(two_ways)
    made, last = volume(8, 32, 20), volume(8, 32, 5)
    left, one = column(0, IMAGE, "16×64×3", gap=0)
    left_0, two = column(one, SMALL, "8×32×16")
    sign = two + 30 + 7  # 18 px and 6 px a way for the fan
    left_1 = sign + 7 + 4
    left_2, end = column(left_1 + made.span, last, "8×32×5")
    assert same(volumes_of(scene, two_ways), {
        "input": IMAGE.rect(left), "0": SMALL.rect(left_0), "1.cat": made.rect(left_1), "2": last.rect(left_2),
    })  # fmt: skip
    assert [box.role for box in scene.boxes] == ["input", "stem", "stage1", "head"] and scene.boxes[2].covers == (2, 7)
    half = wide("8×32×16") / 2 + 2
    assert same([label.x for label in scene.labels], [one - half, two - half, left_1 + made.span - half, end - wide("8×32×5") / 2 - 2])  # fmt: skip
    assert [label.lines for label in scene.labels] == [("input", "16×64×3"), ("0", "8×32×16", "3×3, /2"), ("1", "8×32×20"), ("2", "8×32×5")]  # fmt: skip
    start, stop = left_0 + SMALL.span, sign - 8
    fan = [link for link in scene.links if len(link.points) > 2]
    for link, bow in zip(fan, (-7, 7), strict=True):
        assert not link.arrow and link.kind == "main" and len(link.points) == 13
        wanted = [(start + (stop - start) * i / 12, bow * (1 - (i / 6 - 1) ** 2)) for i in range(13)]
        assert same(link.points, tuple(wanted))
    straight = [link.points for link in scene.links if len(link.points) == 2]
    assert same(straight, [((left + IMAGE.span, 0), (left_0, 0)), ((left_1 + made.span, 0), (left_2, 0))])


def test_two_ways_in_a_block(two_ways: Trace) -> None:
    scene = lay_out(two_ways, "block", "1")
    a, b, made = volume(8, 32, 4), volume(8, 32, 9), volume(8, 32, 20)
    tall = SMALL.tall / 2
    size = "H: ⌊(8 + 2·0 − 1)/1⌋ + 1 = 8", "W: ⌊(32 + 2·0 − 1)/1⌋ + 1 = 32"
    words = [
        ("1×1 conv, 4 filters", "stride 1, padding 0", *size), ("1×1 conv, 9 filters", "stride 1, padding 0", *size),
        ("3×1 conv, 16 filters", "stride 1, padding 1×0", "H: ⌊(8 + 2·1 − 3)/1⌋ + 1 = 8", size[1]),
    ]  # fmt: skip
    # each column is as wide as its words, with the formula and 34 px before it
    one = wide("8×32×16") + 10
    start = one + wide(*words[0]) + 34
    two = start + wide("8×32×4") + 10
    start_c = two + wide(*words[2]) + 34
    three = start_c + wide("then relu") + 10
    sign = three + 24 + wide("4 + 16") + 14
    out = sign + wide("4 + 16") + 14 + 10
    end = out + wide("out: cat") + 10
    middles = one / 2, (start + two) / 2, (start_c + three) / 2, (out + end) / 2
    point = _kernel(1, 1, 16)
    # the upper lane: 12 px, its name, its filter with two lines, and the line are over the four lines of the lower one
    low = 8 + 4 * LINE + 12 + (2 * LINE + 4) + (8 + 10 + point.up + point.tall + 2 * LINE)
    assert same(volumes_of(scene, two_ways), {
        "0": SMALL.rect(middles[0] - SMALL.span / 2), "1.a": a.rect(middles[1] - a.span / 2, low), "1.b": b.rect(middles[1] - b.span / 2),
        "1.c": SMALL.rect(middles[2] - SMALL.span / 2), "1.cat": made.rect(middles[3] - made.span / 2),
    })  # fmt: skip
    assert same([(plus.x, plus.y, plus.form) for plus in scene.pluses], [(sign, 0.0, "concat")])
    between = (one + 20 + start - 8) / 2, (two + 20 + start_c - 8) / 2
    hung = [_hanging(point, between[0], low - 10), _hanging(point, between[0], -10), _hanging(_kernel(3, 1, 9), between[1], -10)]  # fmt: skip
    assert same([rect_of(kernel) for kernel in scene.kernels], hung)
    floor = -tall - 10 - 6
    assert same(labels_of(scene), {
        ("in: 0", "8×32×16"): (middles[0], floor), ("a", "8×32×4"): (middles[1], low - tall - 4),
        words[0]: (between[0], low + 8 + 4 * LINE), ("1×1×16", "× 4"): (between[0], hung[0][1] - 3),
        ("b", "8×32×9"): (middles[1], floor), words[1]: (between[0], 8 + 4 * LINE), ("1×1×16", "× 9"): (between[0], hung[1][1] - 3),
        ("c", "8×32×16", "then relu"): (middles[2], floor), words[2]: (between[1], 8 + 4 * LINE), ("3×1×9", "× 16"): (between[1], hung[2][1] - 3),
        ("4 + 16", "= 20"): (sign + 14 + wide("4 + 16") / 2, -6.0), ("out: cat", "8×32×20"): (middles[3], floor),
    })  # fmt: skip
    assert [label.lines[0] for label in scene.labels if label.strong] == ["in: 0", "a", "b", "c", "out: cat"]
    step = step_of(two_ways)
    right = {name: rect[2] for name, rect in volumes_of(scene, two_ways).items()}
    left = {name: rect[0] for name, rect in volumes_of(scene, two_ways).items()}
    assert same([(link.source, link.target, link.kind, link.points, link.arrow) for link in scene.links], [
        (step["0"], step["1.a"], "main", ((right["0"], 0), (one + 10, 0), (one + 10, low), (left["1.a"], low)), True),
        (step["0"], step["1.b"], "main", ((right["0"], 0), (left["1.b"], 0)), True),
        (step["1.b"], step["1.c"], "main", ((right["1.b"], 0), (left["1.c"], 0)), True),
        (step["1.a"], step["1.cat"], "main", ((right["1.a"], low), (sign, low), (sign, 9.0)), True),
        (step["1.c"], step["1.cat"], "main", ((right["1.c"], 0), (sign - 8, 0)), False),
        (step["1.cat"], step["1.cat"], "main", ((sign + 8, 0), (left["1.cat"], 0)), True),
    ])  # fmt: skip
    assert same(scene.bounds, (-12.0, floor - 3 * LINE - 6, end + 10 + 12, low + 8 + 4 * LINE + 10))
    assert (scene.title, scene.level, scene.span, scene.brackets) == ("1", "block", (2, 7), ())


def test_two_ways_in_a_stage(two_ways: Trace) -> None:
    scene = lay_out(two_ways, "stage", "1")
    a, b, made = volume(8, 32, 4), volume(8, 32, 9), volume(8, 32, 20)
    one = wide("8×32×16") + 10
    two = one + 24 + wide("1×1") + 8  # words over a volume and 8 px are wider than it
    three = two + 24 + wide("3×1") + 8
    sign = three + 24 + 7
    out = sign + 7 + 10
    end = out + wide("out: 1.cat") + 10
    middles = one / 2, (one + 24 + two) / 2, (two + 24 + three) / 2, (out + end) / 2
    over = SMALL.tall / 2 + SMALL.up + LINE + 3  # the words over a volume of the main lane
    low = over + 12 + SMALL.tall / 2
    rects = {
        "0": SMALL.rect(middles[0] - SMALL.span / 2), "1.a": a.rect(middles[1] - a.span / 2, low), "1.b": b.rect(middles[1] - b.span / 2),
        "1.c": SMALL.rect(middles[2] - SMALL.span / 2), "1.cat": made.rect(middles[3] - made.span / 2),
    }  # fmt: skip
    assert same(volumes_of(scene, two_ways), rects)
    floor = -SMALL.tall / 2 - 10
    assert same([(label.lines, label.x, label.y, label.strong) for label in scene.labels], [
        (("in: 0", "8×32×16"), middles[0], floor - 6, True), (("1×1",), middles[1], low + over, False), (("1×1",), middles[1], over, False),
        (("3×1",), middles[2], over, False), (("out: 1.cat", "8×32×20"), middles[3], floor - 6, True),
        (("1", "8×32×20"), (rects["1.b"][0] + rects["1.c"][2]) / 2, floor - 6, True),
    ])  # fmt: skip
    assert same(list(scene.brackets), [(rects["1.b"][0], rects["1.c"][2], floor)])
    assert same([link.points for link in scene.links], [
        ((rects["0"][2], 0), (one + 10, 0), (one + 10, low), (rects["1.a"][0], low)), ((rects["0"][2], 0), (rects["1.b"][0], 0)),
        ((rects["1.b"][2], 0), (rects["1.c"][0], 0)), ((rects["1.a"][2], low), (sign, low), (sign, 9.0)),
        ((rects["1.c"][2], 0), (sign - 8, 0)), ((sign + 8, 0), (rects["1.cat"][0], 0)),
    ])  # fmt: skip
    assert scene.title == "stage1: 1, 1 block" and scene.kernels == ()


def test_an_input_is_told_once(two_ways: Trace) -> None:
    """It does nothing, so no words stand before it or over it."""
    trace = rv.trace(UNet(), (16, 64))
    for level in ("stage", "block"):
        scene = lay_out(trace, level, "stage1")
        assert [label.lines[0] for label in scene.labels if label.lines[0] in ("input", "")] == ["input"]
        assert scene.boxes[0].left == pytest.approx((wide("16×64×3") + 10 - IMAGE.span) / 2)
