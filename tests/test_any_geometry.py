"""Pictures of two small networks that are no ResNets, worked out by hand: a U-Net of three convs and a block of two ways.

The rules are those of the picture, not of the code. Along the flow a column is as wide as its volume, before it a gap of
20 px, of 24 px where a line changes lanes, 10 px beside a sign (4 px at network level); a sign is 14 px wide. What a name
and its 10 px need more goes half before the column and half into it. A volume stands in the middle of its column. A lane
begins 12 px over the highest of the one below it.
"""

from dataclasses import replace
from math import hypot

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

import resnet_viz as rv
from resnet_viz.picture.layout import Scene, lay_out
from resnet_viz.picture.layout.axes import extent
from resnet_viz.picture.layout.free import AIR, free_middle
from resnet_viz.picture.layout.parts import cut
from resnet_viz.picture.layout.scene import Label, Link
from resnet_viz.picture.layout.words import few_words, way_text
from resnet_viz.steps import (
    Activation,
    Attention,
    AvgPool,
    BlurPool,
    ChannelConv,
    Conv,
    ConvTranspose,
    Identity,
    Linear,
    MatMul,
    MaxPool,
    Mean,
    Norm,
    Op,
    Other,
    Pad,
    Rearrange,
    Recurrent,
    Resize,
    Sliding,
    Trace,
)
from tests.any_ops import step
from tests.ruler import LINE, Volume, labels_of, rect_of, same, volume, volumes_of, wide
from tests.test_geometry import _bezier, _hanging, _kernel


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


# ---- a network of several sorts of blocks, in words ------------------------------------------------------------------


class Inverted(nn.Module):
    """Widens to 24 channels, looks at each by itself, gates them, narrows, and adds what it read."""

    def __init__(self) -> None:
        super().__init__()
        self.expand = nn.Sequential(nn.Conv2d(8, 24, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU6())
        self.deep = nn.Sequential(nn.Conv2d(24, 24, 3, 1, 1, groups=24, bias=False), nn.BatchNorm2d(24), nn.ReLU6())
        self.fc1, self.fc2 = nn.Conv2d(24, 6, 1), nn.Conv2d(6, 24, 1)
        self.project = nn.Sequential(nn.Conv2d(24, 8, 1, bias=False), nn.BatchNorm2d(8))

    def forward(self, x: Tensor) -> Tensor:
        made = self.deep(self.expand(x))
        gate = torch.sigmoid(self.fc2(torch.relu(self.fc1(made.mean((2, 3), keepdim=True)))))
        return self.project(made * gate) + x


class Pooling(nn.Module):
    """A residual block with a pool on its way, and a projection."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.m, self.b = nn.Conv2d(8, 12, 3, 2, 1), nn.MaxPool2d(3, 1, 1), nn.Conv2d(12, 12, (5, 3), padding=(2, 1))  # fmt: skip
        self.short = nn.Conv2d(8, 12, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.b(self.m(torch.relu(self.a(x)))) + self.short(x))


class Seven(nn.Module):
    """Seven ways beside each other, put together, and gated twice, number by number."""

    def __init__(self) -> None:
        super().__init__()
        self.c, self.d = nn.ModuleList(nn.Conv2d(12, 2, 1) for _ in range(7)), nn.Conv2d(14, 12, 1)

    def forward(self, x: Tensor) -> Tensor:
        made = self.d(torch.cat([conv(x) for conv in self.c], 1))
        return made * torch.sigmoid(made) * torch.tanh(x)


@pytest.fixture(scope="module")
def several() -> Trace:
    layers = nn.Conv2d(3, 8, 3, 2, 1), Inverted(), Inverted(), Pooling(), Seven(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return rv.trace(nn.Sequential(*layers, nn.Linear(12, 3)).eval(), (16, 32))


def edges(scene: Scene, trace: Trace) -> list[str]:
    """``source target``, and the kind where it is no main line."""
    names = {index: step.name for index, step in enumerate(trace.steps)}
    return [f"{names[link.source]} {names[link.target]} {link.kind}".removesuffix(" main") for link in scene.links]


def sizes(height: tuple[int, int, int, int], width: tuple[int, int, int, int]) -> tuple[str, str]:
    """Side, padding, kernel and stride of both axes as the formula writes them."""
    lines = [f"⌊({n} + 2·{p} − {k})/{s}⌋ + 1 = {(n + 2 * p - k) // s + 1}" for n, p, k, s in (height, width)]
    return f"H: {lines[0]}", f"W: {lines[1]}"


def test_a_gated_block_that_widens_in_words(several: Trace) -> None:
    scene = lay_out(several, "block", "1")
    point, three = sizes((8, 0, 1, 1), (16, 0, 1, 1)), sizes((8, 1, 3, 1), (16, 1, 3, 1))
    told = [(label.lines, label.strong, label.kind) for label in scene.labels]
    assert told == [
        (("in: 0", "8×16×8"), True, "main"),
        (("expand.0", "8×16×24", "then norm, relu6"), True, "main"),
        (("1×1 conv, 24 filters", "stride 1, padding 0", *point), False, "main"), (("1×1×8", "× 24"), False, "main"),
        (("deep.0", "8×16×24", "then norm, relu6"), True, "main"),
        (("3×3 conv, 24 filters, 24 groups", "stride 1, padding 1", *three), False, "main"), (("3×3×1", "× 24"), False, "main"),
        (("mean", "1×1×24"), True, "gate"), (("global mean",), False, "gate"),
        (("fc1", "1×1×6", "then relu"), True, "gate"), (("1×1",), False, "gate"),
        (("fc2", "1×1×24", "then sigmoid"), True, "gate"), (("1×1",), False, "gate"),
        (("each channel", "× its gate"), False, "main"),
        (("project.0", "8×16×8", "then norm"), True, "main"),
        (("1×1 conv, 8 filters", "stride 1, padding 0", *point), False, "main"), (("1×1×24", "× 8"), False, "main"),
        (("8×16×8", "+ 8×16×8", "equal: added"), False, "main"), (("out: add", "8×16×8"), True, "main"),
    ]  # fmt: skip
    assert edges(scene, several) == [
        "0 1.expand.0", "1.expand.0 1.deep.0", "1.deep.0 1.mean gate", "1.mean 1.fc1 gate", "1.fc1 1.fc2 gate", "1.deep.0 1.mul",
        "1.fc2 1.mul gate", "1.mul 1.project.0", "1.project.0 1.add", "1.add 1.add", "0 1.add identity",
    ]  # fmt: skip
    aside = {several.steps[box.step].name: box.y for box in scene.boxes if box.aside}
    assert list(aside) == ["1.mean", "1.fc1", "1.fc2"] and len(set(aside.values())) == 1 and aside["1.mean"] < 0
    assert {box.y for box in scene.boxes if not box.aside} == {0.0}
    assert [(sign.form, sign.y) for sign in scene.pluses] == [("gate", 0.0), ("sum", 0.0)]
    # a gate's filters are not shown: it looks at no neighbours
    assert [several.steps[kernel.step].name for kernel in scene.kernels] == ["1.expand.0", "1.deep.0", "1.project.0"]


def test_a_projection_beside_a_pool_has_the_lane_over_it_or_hangs_over_its_sum(several: Trace) -> None:
    scene = lay_out(several, "block", "3")
    short, pool = (next(box for box in scene.boxes if several.steps[box.step].name == name) for name in ("3.short", "3.m"))  # fmt: skip
    point = _kernel(1, 1, 8)
    assert short.y == pytest.approx(8 + 4 * LINE + 12 + (2 * LINE + 4) + (8 + 10 + point.up + point.tall + 2 * LINE))
    assert short.middle == pytest.approx(pool.middle) and short.aside and not pool.aside
    assert [(label.lines, label.kind) for label in scene.labels if label.kind != "main" or "max" in label.lines[0]] == [
        (("max 3×3",), "main"), (("short", "4×8×12"), "projection"),
        (("1×1 conv, 12 filters", "stride 2, padding 0", *sizes((8, 0, 1, 2), (16, 0, 1, 2))), "projection"), (("1×1×8", "× 12"), "projection"),
    ]  # fmt: skip
    assert edges(scene, several) == [
        "2.add 3.a", "3.a 3.m", "3.m 3.b", "2.add 3.short projection", "3.b 3.add", "3.short 3.add projection", "3.add 3.relu#2",
    ]  # fmt: skip
    stage = lay_out(several, "stage", "3")
    hung, made = stage.boxes[-1], volume(4, 8, 12)
    assert (several.steps[hung.step].name, hung.aside, stage.pluses[0].form) == ("3.short", True, "sum")
    assert hung.middle == pytest.approx(stage.pluses[0].x) and hung.width + hung.dx == pytest.approx(made.span)
    assert (("1×1, /2",), "projection") in [(label.lines, label.kind) for label in stage.labels]
    assert [label.lines for label in stage.labels if label.strong] == [
        ("in: 2.add", "8×16×8"), ("out: 4.mul#2", "4×8×12"), ("3", "4×8×12"), ("4", "4×8×12")
    ]  # fmt: skip


def test_seven_ways_lie_over_and_under_the_middle_one(several: Trace) -> None:
    for level in ("block", "stage"):
        scene = lay_out(several, level, "4")
        lanes = [box.y for box in scene.boxes if ".c." in several.steps[box.step].name]
        assert lanes == sorted(lanes, reverse=True) and lanes[3] == 0 and len(set(lanes)) == 7
        steps = [lanes[i] - lanes[i + 1] for i in range(6)]
        assert steps[:3] == pytest.approx([steps[0]] * 3) and steps[4:] == pytest.approx([steps[4]] * 2)
        assert len({box.left for box in scene.boxes if ".c." in several.steps[box.step].name}) == 1
        found = edges(scene, several)
        assert [edge for edge in found if ".c." in edge and "cat" in edge] == [f"4.c.{n} 4.cat" for n in range(7)]
    told = [label.lines for label in lay_out(several, "block", "4").labels]
    assert ("2 + 2 + 2 + 2 + 2 + …", "= 14") in told and ("each number", "× its gate") in told
    assert ("d", "4×8×12", "then sigmoid") in told and told.count(("1×1×12", "× 2")) == 7


def test_several_sorts_at_network_level(several: Trace) -> None:
    scene = lay_out(several)
    assert [(several.steps[box.step].name, box.role, box.words, box.covers) for box in scene.boxes] == [
        ("input", "input", "16×32×3", (0, 0)), ("0", "stem", "8×16×8", (0, 0)), ("1.add", "stage1", "8×16×8", (2, 17)),
        ("2.add", "stage1", "8×16×8", (17, 32)), ("3.relu#2", "stage2", "4×8×12", (32, 39)), ("4.mul#2", "stage2", "4×8×12", (39, 52)),
        ("5", "head", "1×1×12", (0, 0)), ("7", "head", "3", (0, 0)), ("3.short", "stage2", "4×8×12", (0, 0)),
    ]  # fmt: skip
    signs = {several.steps[sign.step].name: (sign.form, sign.x) for sign in scene.pluses}
    assert {name: form for name, (form, _) in signs.items()} == {
        "1.mul": "gate", "1.add": "sum", "2.mul": "gate", "2.add": "sum", "3.add": "sum", "4.cat": "concat"
    }  # fmt: skip
    # a sign takes 14 px and 4 px before and behind it
    left = {several.steps[box.step].name: box.left for box in scene.boxes}
    for block in ("1", "2"):
        assert signs[f"{block}.add"][1] - signs[f"{block}.mul"][1] == pytest.approx(14 + 4)
        assert left[f"{block}.add"] - signs[f"{block}.add"][1] == pytest.approx(7 + 4)
    assert [label.lines for label in scene.labels] == [
        ("input", "16×32×3"), ("0", "8×16×8", "3×3, /2"), ("stage1: 1 … 2", "8×16×8", "2 blocks"),
        ("stage2: 3 … 4", "4×8×12", "2 blocks"), ("5", "1×1×12"), ("7", "3"), ("1×1, /2",),
    ]  # fmt: skip
    found = edges(scene, several)
    assert found.count("3.relu#2 4.cat") == 6  # seven ways, of which six are drawn
    assert [edge for edge in found if not edge.endswith("4.cat")] == [
        "input 0", "0 1.mul", "1.mul 1.add", "1.add 1.add", "1.add 2.mul", "2.mul 2.add", "2.add 2.add", "2.add 3.add", "3.add 3.relu#2",
        "4.cat 4.mul#2", "4.mul#2 5", "5 7", "2.add 3.short projection", "3.short 3.add projection", "0 1.add identity", "1.add 2.add identity",
        "3.relu#2 4.mul#2",
    ]  # fmt: skip


def turned(points: tuple[tuple[float, float], ...], start: tuple[float, float], end: tuple[float, float], roof: float) -> bool:  # fmt: skip
    """Up from ``start`` to the roof, along it, and down to ``end``, round corners of at most 14 px on the way."""
    radius = min(14.0, (end[0] - start[0]) / 2, roof - start[1], roof - end[1])
    corners = ((points[1:6], start[0] + radius), (points[6:11], end[0] - radius))
    on_circle = [hypot(x - centre, y - (roof - radius)) for part, centre in corners for x, y in part]
    flat = same((points[5], points[6]), ((start[0] + radius, roof), (end[0] - radius, roof)))
    ends = same((points[0], points[1], points[10], points[11]), (start, (start[0], roof - radius), (end[0], roof - radius), end))  # fmt: skip
    return flat and ends and on_circle == pytest.approx([radius] * 10, abs=0.15)


def test_ways_over_the_line_at_network_level(several: Trace) -> None:
    scene = lay_out(several)
    box = {several.steps[known.step].name: known for known in scene.boxes}
    sign = {several.steps[known.step].name: known.x for known in scene.pluses}
    names = {index: step.name for index, step in enumerate(several.steps)}
    way = {(names[link.source], names[link.target]): link for link in scene.links}
    large, small = volume(8, 16, 8), volume(4, 8, 12)
    top = large.tall / 2 + large.up
    for source, target in (("0", "1.add"), ("1.add", "2.add")):  # over the gate's sign, 14 px over where they begin
        assert turned(way[source, target].points, (box[source].middle, top), (sign[target], 7.0), top + 14)
    # a projection hangs over its sum, 16 px over the highest of what is beside it, its words over it
    hung = box["3.short"]
    low = top + 16
    assert same(rect_of(hung), small.rect(sign["3.add"] - small.span / 2, low + small.tall / 2))
    up, down = way["2.add", "3.short"], way["3.short", "3.add"]
    corner = box["2.add"].middle, low + small.tall / 2
    for i in (0, 4, 8, 12, 16):  # Bézier's curve with both its inner points in the corner
        t = i / 16
        wanted = [(1 - t) ** 3 * a + 3 * t * (1 - t) * b + t**3 * c for a, b, c in zip((corner[0], top), corner, (hung.left, corner[1]), strict=True)]  # fmt: skip
        assert same(up.points[i], tuple(wanted))
    centre = hung.left + small.thick / 2
    assert same(down.points, ((centre, low), (centre, low - 8), (sign["3.add"], low - 8), (sign["3.add"], 7.0)))
    assert up.arrow and down.arrow and up.kind == down.kind == "projection"
    label = scene.labels[-1]
    assert same((label.x, label.y), (hung.middle, hung.top + LINE + 3))
    # what the last gate reads goes over the fan, which is 8 px and 7 px a way high, into the volume's side
    over = way["3.relu#2", "4.mul#2"]
    side = box["4.mul#2"].left - 7, small.tall / 4 + 8
    start = box["3.relu#2"].middle, small.tall / 2 + small.up
    assert turned(over.points[:12], start, side, 8 + 7 * 6 + 14)
    assert same(over.points[12:], ((side[0], small.tall / 4), (box["4.mul#2"].left, small.tall / 4)))


def test_a_projection_over_a_longer_way_goes_straight_up(several: Trace) -> None:
    """At the stage's level; beside its sum stand seven lanes, and it is 16 px over them."""
    scene = lay_out(several, "stage", "3")
    box = {several.steps[known.step].name: known for known in scene.boxes}
    hung, small = box["3.short"], volume(4, 8, 12)
    low = box["4.c.0"].y + small.tall / 2 + small.up + LINE + 3 + 16
    assert hung.bottom == pytest.approx(low)
    up = next(link for link in scene.links if several.steps[link.target].name == "3.short")
    begin = box["2.add"].middle, box["2.add"].top
    assert same(up.points, (begin, (begin[0], hung.y), (hung.left, hung.y)))
    words = next(label for label in scene.labels if label.lines == ("1×1, /2",))
    assert same((words.x, words.y, words.kind), (hung.middle, hung.top + LINE + 3, "projection"))


class Beside(nn.Module):
    """Two maps put beside each other along their width: 12 and 10 columns."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(4, 6, 1), nn.Conv2d(4, 6, (1, 3))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.a(x), self.b(x)], 3)


class Last(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Conv2d(36, 5, 1)

    def forward(self, maps: list[Tensor]) -> Tensor:
        return self.last(torch.cat(maps, 1))


class Nine(nn.Module):
    """A row of nine convs of four channels, all of whose maps the last module reads."""

    def __init__(self) -> None:
        super().__init__()
        self.c, self.end = nn.ModuleList(nn.Conv2d(4, 4, 3, 1, 1) for _ in range(9)), Last()

    def forward(self, x: Tensor) -> Tensor:
        maps = [x]
        for conv in self.c:
            maps.append(conv(maps[-1]))
        return self.end(maps[1:])


def test_what_is_put_together_is_counted_along_its_axis() -> None:
    trace = rv.trace(nn.Sequential(nn.Conv2d(3, 4, 1), Beside()), (8, 12))
    told = [label.lines for label in lay_out(trace, "block", "1").labels]
    assert ("12 + 10", "= 22") in told and told[-1] == ("out: cat", "8×22×6")


def test_of_many_maps_from_outside_six_are_drawn_and_the_rest_counted() -> None:
    trace = rv.trace(Nine(), inputs=(1, 4, 8, 12))
    part = next(part.path for part in trace.parts.walk() if part.kind == "block" and trace.steps[part.stop - 1].name == "end.last")  # fmt: skip
    scene = lay_out(trace, "block", part)
    assert [label.lines for label in scene.labels if label.lines[0].startswith("in: ")] == [(f"in: c.{n}", "8×12×4") for n in range(6)]  # fmt: skip
    assert ("4 + 4 + 4 + 4 + 4 + …", "= 36", "+ 3 more") in [label.lines for label in scene.labels]
    lanes = [box.y for box in scene.boxes if trace.steps[box.step].name.startswith("c.")]
    assert (
        lanes == sorted(lanes, reverse=True) and lanes[3] == 0
    )  # over and under the middle one, as ways of a block do


class Plain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(16, 16, 3, 1, 1), nn.Conv2d(16, 16, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.b(torch.relu(self.a(x))))


def test_an_identity_over_its_sum_alone_is_an_arc_as_in_a_resnet() -> None:
    """From the middle of the volume before, 22 px and 0.3·22 px over its top through Bézier's inner points, to 7 px over ⊕."""
    trace = rv.trace(nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), Plain(), Plain(), Cell(), nn.Conv2d(20, 5, 1)), (16, 64))
    scene = lay_out(trace)
    names = {index: step.name for index, step in enumerate(trace.steps)}
    box = {names[known.step]: known for known in scene.boxes}
    top = SMALL.tall / 2 + SMALL.up
    arcs = [link for link in scene.links if link.kind == "identity"]
    assert [(names[link.source], names[link.target]) for link in arcs] == [("0", "1.add"), ("1.relu#2", "2.add")]
    for link, sign in zip(arcs, scene.pluses, strict=False):
        start, end, height = (box[names[link.source]].middle, top), (sign.x, 7.0), top + 22 + 0.3 * 22
        for i in (0, 4, 8, 12, 16):
            assert same(link.points[i], _bezier(start, (start[0], height), (end[0], height), end, i / 16))
        # the sum is a column of 14 px, at least 4 px before its own volume
        after = box[f"{names[link.target].partition('.')[0]}.relu#2"]
        assert link.arrow and after.left - sign.x >= 7 + 4 - 1e-9
    # three blocks of one stage share a bracket and a name
    assert [label.lines for label in scene.labels if label.strong][2] == ("stage1: 1 … 3", "8×32×20", "3 blocks")
    peak = max(y for link in arcs for _, y in link.points)
    assert peak > top and scene.bounds[3] == pytest.approx(max(peak, IMAGE.tall / 2 + IMAGE.up) + 10)


class Within(nn.Module):
    """Two ways, of which the longer has a sum of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(16, 8, 1), nn.Conv2d(8, 8, 3, 1, 1), nn.Conv2d(16, 4, 1)
        self.d = nn.Conv2d(8, 8, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        made = self.a(x)
        made = self.d(self.b(made)) + made
        return torch.cat([made, self.c(x)], 1)


@pytest.mark.parametrize("level", ["block", "stage"])
def test_an_arc_within_a_lane_stays_under_the_one_above(level: str) -> None:
    trace = rv.trace(nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), Within(), nn.Conv2d(12, 5, 1)), (16, 64))
    scene = lay_out(trace, level, "1")
    (arc,) = [link for link in scene.links if link.kind == "identity"]
    above = [box for box in scene.boxes if box.y > 0]
    assert [trace.steps[box.step].name for box in above] == ["1.c"]
    peak = max(y for _, y in arc.points)
    texts = [label.rect for label in scene.labels if label.rect[1] > above[0].bottom - 6 * LINE and label.y > above[0].bottom - LINE]  # fmt: skip
    lowest = min([above[0].bottom, *(bottom for _, bottom, *_ in texts)])
    passed = [box for box in scene.boxes if trace.steps[box.step].name in ("1.b", "1.d")]
    assert max(box.top for box in passed) < peak < lowest and arc.points[-1] == pytest.approx((scene.pluses[0].x, 9.0))
    assert texts and scene.pluses[0].form == "sum"


# ---- operations in a few signs ---------------------------------------------------------------------------------------

MAP, HALF = (1, 8, 12, 10), (1, 8, 6, 5)
WORDS: list[tuple[Op, tuple[int, ...], tuple[int, ...], str]] = [
    (Conv((3, 3), (1, 1), (1, 1)), MAP, MAP, "3×3"),
    (Conv((3, 5), (2, 2), (1, 2)), MAP, HALF, "3×5, /2"),
    (Conv((3, 3), (1, 2), (1, 1)), MAP, HALF, "3×3, /1×2"),
    (Conv((3, 3), (1, 1), (2, 2), 1, False, (2, 2)), MAP, MAP, "3×3, dilated 2"),
    (Conv((3, 3), (1, 1), (1, 1), 8), MAP, MAP, "3×3, depthwise"),
    (Conv((3, 3), (1, 1), (1, 1), 4), MAP, MAP, "3×3, 4 groups"),
    (Conv((3, 3), (1, 1), (1, 1), 8), MAP, (1, 16, 12, 10), "3×3, 8 groups"),
    (ConvTranspose((2, 2), (2, 2), (0, 0)), HALF, MAP, "up 2×2, ×2"),
    (ConvTranspose((3, 3), (1, 1), (1, 1), (0, 0), 8), MAP, MAP, "up 3×3, 8 groups"),
    (MaxPool((3, 3), (2, 2), (1, 1)), MAP, HALF, "max 3×3, /2"),
    (MaxPool((3, 3), (1, 1), (1, 1)), MAP, MAP, "max 3×3"),
    (AvgPool((2, 2), (2, 2)), MAP, HALF, "mean 2×2, /2"),
    (AvgPool((12, 10), (12, 10)), MAP, (1, 8, 1, 1), "global mean"),
    (MaxPool((12, 10), (12, 10), (0, 0)), MAP, (1, 8, 1, 1), "global max"),
    (BlurPool(), MAP, HALF, "blur, /2"),
    (Sliding("conv1d", (3,), (2,), (1,)), (1, 8, 12), (1, 8, 6), "3, /2"),
    (Sliding("conv3d", (1, 3, 3), (1, 1, 1), (0, 1, 1)), (1, 8, 4, 6, 6), (1, 8, 4, 6, 6), "1×3×3"),
    (Sliding("maxpool1d", (2,), (2,), (0,)), (1, 8, 12), (1, 8, 6), "max 2, /2"),
    (Sliding("avgpool3d", (2, 2, 2), (2, 2, 2), (0, 0, 0)), (1, 8, 4, 6, 6), (1, 8, 2, 3, 3), "mean 2×2×2, /2"),
    (Resize("bilinear"), HALF, MAP, "bilinear ×2"),
    (Resize("nearest"), HALF, (1, 8, 12, 15), "nearest"),
    (Linear(), (1, 8), (1, 3), "linear"),
    (Attention(8), (1, 9, 8), (1, 9, 8), "attention, 8 heads"),
    (Attention(None), (1, 9, 8), (1, 9, 8), "attention"),
    (Recurrent("LSTM"), (1, 9, 8), (1, 9, 8), "LSTM"),
    (Mean((2, 3)), MAP, (1, 8), "mean"),
    (MatMul(), (1, 9, 8), (1, 9, 9), "product"),
    (ChannelConv(5), (1, 8), (1, 8), "5 channels"),
    (Pad((2, 2), 4, 4), MAP, (1, 16, 6, 5), "pad, /2"),
    (Pad((1, 1), 4, 4), MAP, (1, 16, 12, 10), "pad"),
    (Rearrange("roll"), MAP, MAP, "roll"),
    (Other("einsum"), MAP, MAP, "einsum"),
    (Norm(), MAP, MAP, "norm"),
    (Activation("gelu"), MAP, MAP, "gelu"),
]  # fmt: skip


@pytest.mark.parametrize(("op", "before", "after", "words"), WORDS, ids=[words for *_, words in WORDS])
def test_what_an_operation_does_in_a_few_signs(op: Op, before: tuple[int, ...], after: tuple[int, ...], words: str) -> None:  # fmt: skip
    assert few_words(step(1, "it", op, {0: before}, after)) == words


def test_what_a_shortcut_does_in_a_few_signs() -> None:
    def way(*ops: Op) -> str:
        return way_text(tuple(step(index, "it", op, {0: MAP}, MAP) for index, op in enumerate(ops)))

    pool, strided = AvgPool((2, 2), (2, 2)), Conv((1, 1), (2, 2), (0, 0))
    assert [way(*ops) for ops in ((), (Identity(),), (strided, Norm()), (pool, Conv((1, 1), (1, 1), (0, 0)), Norm()), (Pad((2, 2), 4, 4),))] == [
        "", "", "1×1, /2", "avg/2, 1×1", "pad, /2"
    ]  # fmt: skip


def test_a_long_name_keeps_its_end_in_whole_words_and_no_number_alone() -> None:
    for name, most, shown in (
        ("conv1", 12, "conv1"), ("features.0.conv", 15, "features.0.conv"), ("features.0.conv", 12, "0.conv"), ("encoder.0", 8, "encoder"),
        ("backbone_encoder.0", 12, "backbone_….0"), ("a_very_long_single_name", 12, "a_very_long…"), ("stage1: down.conv", 12, "stage1"),
    ):  # fmt: skip
        assert cut(name, most) == shown and len(shown) <= most


def test_how_large_a_tensor_of_any_rank_is_drawn() -> None:
    """As its map, or as the square of as many cells where it is none; its channels are the axis that it is told."""
    for shape, axis, drawn in (
        ((1, 8, 12, 10), 1, ("map", 12, 10, 8, "12×10×8")), ((1, 12, 10, 8), 3, ("map", 12, 10, 8, "12×10×8")),
        ((1, 9, 8), 2, ("plate", 3.0, 1, 8, "9×8")), ((1, 8, 16), 1, ("plate", 4.0, 1, 8, "16×8")), ((1, 8), 1, ("vector", 1, 1, 8, "8")),
        ((1, 8, 4, 6, 5), 1, ("solid", 6, 5, 8, "4×6×5×8")), ((2, 8, 2, 3, 6, 4), 1, ("plate", 12.0, 1, 8, "2×3×6×4×8")),
        ((1, 3, 12, 8), None, ("plate", 6.0, 1, 8, "3×12×8")), ((5,), None, ("plate", 1.0, 1, 5, "5")), ((), None, ("plate", 1.0, 1, 1, "1")),
        ((1, 4, 9, 8), 0, ("plate", 6.0, 1, 8, "4×9×8")), ((1, 8), 2, ("plate", 1.0, 1, 8, "8")),
    ):  # fmt: skip
        assert tuple(extent(shape, axis)) == drawn


def test_words_stand_beside_a_line_that_would_go_through_them() -> None:
    name = Label(100.0, -20.0, ("layer1",), strong=True)
    half = (name.rect[2] - name.rect[0]) / 2
    up = Link(0, 1, "main", ((103.0, -90.0), (103.0, 0.0)), True)
    assert free_middle(name, (), (up,), 0.0, 200.0) == 103.0 - half - AIR  # nearer than to its right
    assert free_middle(name, (), (up,), 99.0, 200.0) == 103.0 + half + AIR
    assert free_middle(name, (), (up,), 99.0, 101.0) == 100.0  # there is no room
    beside = Label(103.0 - 2 * half, -30.0, ("16×16",))
    assert free_middle(name, (beside,), (up,), 0.0, 200.0) == 103.0 + half + AIR
    over = Link(0, 1, "skip", ((60.0, -10.0), (160.0, -10.0)), True)
    assert free_middle(name, (), (over,), 0.0, 200.0) == 100.0
    bottom = name.rect[1] - AIR
    slope = Link(0, 1, "main", ((100.0, bottom - 50), (200.0, bottom + 50)), True)  # is at 150 where the words begin
    high = 150.0 + (name.rect[3] - bottom)
    for x, nearest in (140.0, 150.0 - half - AIR), (175.0, high + half + AIR):
        assert free_middle(replace(name, x=x), (), (slope,), 0.0, 400.0) == pytest.approx(nearest)


@given(st.lists(st.floats(0, 300), max_size=4), st.floats(0, 300), st.floats(0, 300))
def test_words_meet_no_line_where_there_is_room(lines: list[float], one: float, other: float) -> None:
    least, most = sorted((one, other))
    name = Label((least + most) / 2, -20.0, ("layer1", "8×8"))
    links = [Link(0, 1, "main", ((x, -300.0), (x, 0.0)), True) for x in lines]
    middle = free_middle(name, (), links, least, most)
    half = (name.rect[2] - name.rect[0]) / 2 + AIR
    free = [x for x in np.linspace(least, most, 301) if all(abs(x - line) > half for line in lines)]
    if free:
        assert least <= middle <= most and all(abs(middle - line) > half - 1e-6 for line in lines)
        assert abs(middle - name.x) <= min(abs(x - name.x) for x in free) + 1e-6
    assert middle == name.x or all(abs(middle - line) > half - 1e-6 for line in lines)
