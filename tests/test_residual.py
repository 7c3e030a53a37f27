"""F(x) is seen at network level: a mark for each operation of a block, and no two networks look alike."""

from dataclasses import fields as fields_of
from typing import Any

import pytest
from hypothesis import assume, given, settings
from torch import nn

import resnet_viz as rv
from resnet_viz.advise.comparing import align
from resnet_viz.advise.differing import differences
from resnet_viz.picture.figures import describe
from resnet_viz.picture.figures.still import svg
from resnet_viz.picture.layout import Look, Mark, Scene, lay_out
from resnet_viz.spec import ResNetSpec
from resnet_viz.steps import AvgPool, BlurPool, Conv, Flatten, Identity, Trace
from tests.strategies import sizes, specs

NETWORKS = ("resnet18", "resnet50", "resnet50_v1", "resnext50_32x4d", "seresnet50", "resnetv2_50", "resnetaa50", "resnet50_os8", "cifar_resnet20")  # fmt: skip


def _by_block(scene: Scene, trace: Trace) -> dict[tuple[int | None, int | None], list[Mark]]:
    """The marks of each block in the order in which F runs: from the foot of its way up to the sign."""
    found: dict[tuple[int | None, int | None], list[Mark]] = {}
    for mark in sorted(scene.marks, key=lambda mark: mark.y):
        step = trace.steps[mark.step]
        found.setdefault((step.stage, step.block), []).append(mark)
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_each_conv_of_a_drawn_block_has_a_mark_in_its_order(name: str) -> None:
    """As wide as its window, in pieces where it is grouped, hollow where it strides; pools and a norm that comes first too."""
    trace = rv.forecast(name, 64)
    scene = lay_out(trace)
    found = _by_block(scene, trace)
    every = {(step.stage, step.block) for step in trace.steps if step.block is not None}
    folded = {(trace.steps[i].stage, trace.steps[i].block) for box in scene.boxes for i in box.folded}
    assert found.keys() == every - folded
    widths: dict[int, float] = {}
    for (stage, block), marks in found.items():
        main = [s for s in trace.steps if (s.stage, s.block, s.path) == (stage, block, "main")]
        work = [s for s in main if isinstance(s.op, Conv | AvgPool | BlurPool)]
        first = main[: main.index(next(s for s in work if s.kind == "conv"))]
        assert [mark.step for mark in marks if mark.form != "norm"] == [s.index for s in work]
        assert [mark.form for mark in marks[: len(first[:1])]] == ["norm"] * len(first[:1])
        assert len({mark.x for mark in marks}) == 1
        for mark in marks:
            op = trace.steps[mark.step].op
            if isinstance(op, Conv):
                reach = (op.kernel[0] - 1) * op.dilation[0] + 1
                assert widths.setdefault(reach, mark.width) == mark.width
                assert mark.pieces == (3 if op.groups > 1 else 1)
            assert mark.strided == (mark.form != "norm" and max(getattr(op, "stride", (1,))) > 1)
    assert [widths[reach] for reach in sorted(widths)] == sorted(
        set(widths.values())
    )  # the wider window is the wider bar


def test_the_place_of_the_stride_is_seen() -> None:
    """resnet50 as torchvision has it strides in its 3×3, the paper's in the first 1×1."""
    for name, hollow in (("resnet50", 1), ("resnet50_v1", 0)):
        trace = rv.forecast(name, 64)
        marks = _by_block(lay_out(trace), trace)
        for block in ((2, 0), (3, 0), (4, 0)):
            assert [mark.strided for mark in marks[block]] == [number == hollow for number in range(3)]
        assert not any(mark.strided for block, each in marks.items() if block[1] for mark in each)


@pytest.mark.parametrize(
    ("network", "wanted"),
    [
        ("resnet18", {"conv, batch norm, ReLU (bar; hollow: stride 2)"}),
        ("resnext50_32x4d", {"conv, batch norm, ReLU (bar; hollow: stride 2; split: 32 groups)"}),
        ("resnetv2_50", {"conv, batch norm, ReLU (bar; hollow: stride 2)", "batch norm and ReLU first (dot)"}),
        ("resnetaa50", {"conv, batch norm, ReLU (bar)", "2×2 average pool, /2 (rhomb)"}),
        # 256, 512, 1024 and 2048 channels, a sixteenth each; ECA's kernels after (log2 C + 1)/2, rounded to odd
        ("seresnet50", {"conv, batch norm, ReLU (bar; hollow: stride 2)", "channel gate (⊗): two layers through 16, 32, 64, 128"}),
        ("resnet50:attention=eca", {"conv, batch norm, ReLU (bar; hollow: stride 2)", "channel gate (⊗): conv along 5, 7 channels"}),
        ("resnet18:norm=group", {"conv, group norm of 32, ReLU (bar; hollow: stride 2)"}),
    ],
)  # fmt: skip
def test_the_legend_says_what_a_mark_is(network: str, wanted: set[str]) -> None:
    figure = describe(rv.forecast(network))
    shown = [data["name"] for data in figure["data"] if data.get("name") and data.get("showlegend", True)]
    plain = {"main path (thick)", "identity shortcut (plain)", "projection shortcut, 1×1 conv (dashed)", "addition (⊕): two equal shapes"}  # fmt: skip
    assert set(shown) == plain | wanted and len(shown) == len(set(shown))
    for theme in ("light", "dark"):  # and in a notebook each has its line too
        still = svg(describe(rv.forecast(network, 64), look=Look(theme=theme)), theme=theme)
        assert all(f">{name}</text>" in still for name in shown)


def test_a_stage_says_its_windows_and_a_bottleneck_its_width() -> None:
    said = {
        name: [label.lines[2:] for label in lay_out(rv.forecast(name, 64)).labels if "block" in "".join(label.lines)]
        for name in ("resnet18", "wide_resnet50_2", "resnet50_os8")
    }
    assert said["resnet18"] == [("2 blocks", "3×3, 3×3")] * 4
    assert said["wide_resnet50_2"] == [
        (f"{blocks} blocks, width {width}", "1×1, 3×3, 1×1") for blocks, width in ((3, 128), (4, 256), (6, 512), (3, 1024))
    ]  # fmt: skip
    assert [line[1] for line in said["resnet50_os8"]] == ["1×1, 3×3, 1×1", "1×1, 3×3, 1×1", "1×1, 3×3 dilated 2, 1×1", "1×1, 3×3 dilated 4, 1×1"]  # fmt: skip
    trace = rv.forecast("resnet50", 64)
    last = max(step.index for step in trace.steps if step.stage == 2)
    blank = next(label.lines for label in lay_out(trace, hide=frozenset((last,))).labels if label.lines[0].startswith("layer2"))  # fmt: skip
    assert blank[2] == "4 blocks"  # a width of 128 would tell the 512 channels that are to be found


class _Inverted(nn.Module):
    """A block of somebody's own: 1×1 out, depthwise 5×5, 1×1 back, with GELU and no norm."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.out = nn.Conv2d(8, 16, 1)
        self.each = nn.Conv2d(16, 16, 5, stride, 2, groups=16)
        self.back = nn.Conv2d(16, 8, 1)
        self.way = nn.Conv2d(8, 8, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, x: Any) -> Any:
        return self.way(x) + self.back(nn.functional.gelu(self.each(self.out(x))))


def test_somebodys_own_blocks_are_hinted_as_they_are() -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Sequential(_Inverted(1), _Inverted(1)), nn.Sequential(_Inverted(2), _Inverted(1)), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4))  # fmt: skip
    trace = rv.trace(net.eval(), 34)
    scene = lay_out(trace)
    marks = list(_by_block(scene, trace).values())
    assert [[(mark.pieces, mark.strided) for mark in each] for each in marks] == [
        [(1, False), (5, stride), (1, False)] for stride in (False, False, True, False)
    ]
    assert dict(scene.keys) == {"conv": "conv, GELU (bar; hollow: stride 2; split: depthwise)"}
    assert [label.lines[-2:] for label in scene.labels if len(label.lines) == 4] == [("2 blocks, width 16", "1×1, 5×5, 1×1")] * 2  # fmt: skip


# ---- no two look alike -----------------------------------------------------------------------------------------------


def _does(trace: Trace) -> list[object]:
    """What a network does, without the operations that do nothing."""
    return [(s.op, s.path, s.inputs, s.output, s.params) for s in trace.steps if not isinstance(s.op, Identity | Flatten)]  # fmt: skip


def _seen(scene: Scene) -> list[object]:
    """What the figure of a scene shows: places, sizes and words, and nothing of the steps behind them."""
    return [
        [(b.role, b.x, b.y, b.width, b.height, b.dx, b.dy, b.aside, b.zeros, len(b.folded)) for b in scene.boxes],
        [(link.kind, link.points) for link in scene.links],
        [(label.x, label.y, label.lines) for label in scene.labels],
        [(plus.x, plus.y, plus.form) for plus in scene.pluses],
        [(m.x, m.y, m.form, m.width, m.pieces, m.strided) for m in scene.marks],
        scene.keys,
    ]  # fmt: skip


def _unless_refused(spec: ResNetSpec, size: tuple[int, int], **changes: Any) -> Trace | None:
    try:
        return rv.forecast(rv.replace(spec, **changes), size)
    except rv.ResNetVizError:
        return None


@settings(max_examples=12)
@given(specs(), specs(), sizes)
def test_networks_that_do_otherwise_look_otherwise(a: ResNetSpec, b: ResNetSpec, size: tuple[int, int]) -> None:  # fmt: skip
    """Of each field one network takes the other's value, where that is a network; what then differs is seen."""
    own = _unless_refused(a, size)
    assume(own is not None)
    assert own is not None
    seen, does = _seen(lay_out(own)), _does(own)
    for field in fields_of(ResNetSpec):
        other = _unless_refused(a, size, **{field.name: getattr(b, field.name)})
        if other is None:
            continue
        same = _does(other) == does
        assert same or _seen(lay_out(other)) != seen, field.name
        # and Compare marks it in both, and says it
        found = differences(align(own, other))
        assert [bool(steps) for steps in found.marked] == [not same] * 2, field.name
        assert (found.words == ("Both do the same.",)) == same, field.name


@pytest.mark.parametrize(
    ("network", "wanted"),
    [
        ("resnet18", "2 convs: 3×3, 3×3; where maps get smaller, stride 2 in the first 3×3"),  # the article's table 1
        ("resnet50", "3 convs: 1×1, 3×3, 1×1; where maps get smaller, stride 2 in the 3×3"),  # torchvision's V1.5
        (
            "resnet50_v1",
            "3 convs: 1×1, 3×3, 1×1; where maps get smaller, stride 2 in the first 1×1",
        ),  # the authors' files
        ("resnetaa50", "3 convs: 1×1, 3×3, 1×1; where maps get smaller, stride 2 in the 2×2 average pool"),  # timm's
    ],
)
def test_the_pictures_name_tells_what_a_block_adds(network: str, wanted: str) -> None:
    alt = describe(rv.forecast(network, 64))["layout"]["meta"]["alt"]
    assert f" F(x) of each block, {wanted}." in alt
