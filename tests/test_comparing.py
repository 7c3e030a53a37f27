"""Two networks aligned: what pairs with what, what differs, and both in one scale."""

import csv
import io
from dataclasses import replace as copy

import pytest
from hypothesis import assume, given, settings
from torch import nn

import resnet_viz as rv
from resnet_viz.advise.comparing import FIELDS, align, as_data, as_text, compare, ratio_text, summary
from resnet_viz.picture.figures.pair import describe_beside, describe_parts
from resnet_viz.picture.layout import Look, beside
from resnet_viz.spec import ResNetSpec
from resnet_viz.steps import Step, Trace
from resnet_viz.ui.screens.compare import PRESETS
from tests.rows import each
from tests.strategies import sizes, specs
from tests.test_layout import check, ends_meet


def _trace(spec: ResNetSpec, size: tuple[int, int]) -> Trace:
    try:
        return rv.forecast(spec, size)
    except rv.InputError:
        assume(False)
        raise


def _differing(a: Step, b: Step) -> dict[str, bool]:
    """Field by field, from the steps themselves and not from the rows of the tables."""
    of_op = {
        name: getattr(a.op, name, None) != getattr(b.op, name, None)
        for name in ("kernel", "stride", "padding", "groups")
    }
    of_step = {name: getattr(a, name) != getattr(b, name) for name in ("kind", "params", "macs", "receptive_field", "output_stride", "output_bytes")}  # fmt: skip
    return {**of_op, **of_step, "output_shape": a.output != b.output}


@settings(max_examples=40)
@given(specs(), specs(), sizes, sizes)
def test_every_step_stands_once_and_pairs_do_the_same(
    a: ResNetSpec, b: ResNetSpec, one: tuple[int, int], two: tuple[int, int]
) -> None:
    x, y = _trace(a, one), _trace(b, two)
    found = align(x, y)
    assert [row.a.index for row in found.rows if row.a] == list(range(len(x.steps)))
    assert [row.b.index for row in found.rows if row.b] == list(range(len(y.steps)))
    for row in found.rows:
        if row.a and row.b:
            assert (row.a.stage, row.a.block, row.a.path) == (row.b.stage, row.b.block, row.b.path)
            # by name where all names of a place agree: a max pool and the average pool in its stead
            assert row.a.kind == row.b.kind or row.a.path == "shortcut" or row.a.name == row.b.name
            assert {field: field in row.differs for field in FIELDS} == _differing(row.a, row.b)
    for side, trace in ((1, x), (2, y)):
        parts = [part[side] for part in found.parts if part[side]]
        assert sum(part.params for part in parts) == trace.totals.params
        assert sum(part.macs for part in parts) == trace.totals.macs
        assert sum(part.activation_bytes for part in parts) == trace.totals.activation_bytes
    for scene in beside((x, y)):
        check(scene)
        ends_meet(scene)


@given(specs(), sizes)
def test_a_network_does_not_differ_from_itself(spec: ResNetSpec, size: tuple[int, int]) -> None:
    trace = _trace(spec, size)
    assert align(trace, trace).different == ()


# what stands beside what, by what each step is for; "-" where the other network has no such step
PAIRS = {
    # the basic block's two 3×3 are beside the bottleneck's 3×3 and its last conv, the identity beside the projection
    ("resnet34", "resnet50", "layer1.0"): "- conv1, - bn1, - relu1, conv1 conv2, bn1 bn2, relu1 relu2, conv2 conv3, bn2 bn3, shortcut downsample.0, - downsample.1, add add, relu2 relu3",
    ("resnet18_option_a", "resnet18", "layer2.0"): "conv1 conv1, bn1 bn1, relu1 relu1, conv2 conv2, bn2 bn2, shortcut downsample.0, - downsample.1, add add, relu2 relu2",
    # ResNet-D's pool has no counterpart, so what follows it is beside another number
    ("resnet50", "resnet50d", "layer2.0"): "conv1 conv1, bn1 bn1, relu1 relu1, conv2 conv2, bn2 bn2, relu2 relu2, conv3 conv3, bn3 bn3, - downsample.0, downsample.0 downsample.1, downsample.1 downsample.2, add add, relu3 relu3",
    ("resnet50d", "seresnet50", "layer1.1"): "conv1 conv1, bn1 bn1, relu1 relu1, conv2 conv2, bn2 bn2, relu2 relu2, conv3 conv3, bn3 bn3, - se.pool, - se.fc1, - se.act, - se.fc2, - se.gate, - se.scale, shortcut shortcut, add add, relu3 relu3",
    # pre-activation: norm and ReLU stand before the conv and not after the sum
    ("resnet18", "resnetv2_18", "layer1.0"): "- bn1, - relu1, conv1 conv1, bn1 bn2, relu1 relu2, conv2 conv2, bn2 -, shortcut shortcut, add add, relu2 -",
    ("cifar_resnet20", "resnet18", "stem"): "input input, conv1 conv1, bn1 bn1, relu relu, - maxpool",
    ("resnetv2_18", "resnet18", "head"): "last_norm -, last_relu -, avgpool avgpool, flatten flatten, fc fc",
}  # fmt: skip


@pytest.mark.parametrize(("a", "b", "place"), PAIRS)
def test_what_stands_beside_what(a: str, b: str, place: str) -> None:
    rows = [row for row in compare(a, b).rows if row.place == place]
    shown = [[step.name.removeprefix(f"{place}.") if step else "-" for step in (row.a, row.b)] for row in rows]
    assert ", ".join(map(" ".join, shown)) == PAIRS[a, b, place]


def test_blocks_stand_in_the_order_in_which_they_run() -> None:
    # 3, 4, 6, 3 blocks and 3, 8, 36, 3: the union is the larger one, and the tenth block comes after the ninth
    found = compare("resnet50", "resnet152")
    places = ["stem", *(f"layer{s}.{b}" for s, n in enumerate((3, 8, 36, 3), 1) for b in range(n)), "head"]
    assert list(dict.fromkeys(row.place for row in found.rows)) == places
    alone = {row.place for row in found.rows if row.a is None}
    assert alone == {*(f"layer2.{b}" for b in range(4, 8)), *(f"layer3.{b}" for b in range(6, 36))}
    assert [name for name, _, _ in found.parts] == ["stem", "layer1", "layer2", "layer3", "layer4", "head"]
    # a stage and a block that only the first has stand where the second would have them
    assert [name for name, _, b in compare("resnet18", "cifar_resnet20").parts if b is None] == ["layer4"]


ONE = rv.ResNetSpec(block="basic", blocks=(1,), widths=(4,), stem=rv.Stem((4,), 3, 1, "none"), num_classes=2)
TWO = rv.replace(ONE, blocks=(1, 1), widths=(4, 8))

# One at 8×8, two at 8×6, worked by hand:
#   parameters   stem 4·3·9 + 2·4 = 116; layer1 2·(4·4·9 + 2·4) = 304; layer2 8·4·9 + 8·8·9 + 8·4 + 3·2·8 = 944;
#                fc 4·2 + 2 = 10 and 8·2 + 2 = 18
#   MACs         stem 64·108 = 6,912 and 48·108 = 5,184; layer1 2·64·144 = 18,432 and 2·48·144 = 13,824;
#                layer2 at 4×3 12·(288 + 576 + 32) = 10,752; fc 8 and 16
#   bytes        three maps of 64·4 numbers in the stem, seven in layer1 (the shortcut only renames one), nine of 12·8 in
#                layer2, the mean and the scores: 3·1024 + 7·1024 + 16 + 8 = 10,264 and
#                3·768 + 7·768 + 9·384 + 32 + 8 = 11,176
#   field        3 + 2 + 2 = 7; then + 2·1 at stride 2, + 2·2 = 13
TEXT = """\
                  one     two     ratio
parameters        430     1,382   ×3.21
MACs              25,352  29,776  ×1.17
activation bytes  10,264  11,176  ×1.09
final map side    8       4       ½
final channels    4       8       ×2
convs             3       6       ×2
receptive field   7       13      ×1.86

part    a: H×W×C  b: H×W×C  a: MACs  b: MACs  ratio  a: parameters  b: parameters  ratio
stem    8×8×4     8×6×4     6,912    5,184    ÷1.33  116            116            =
layer1  8×8×4     8×6×4     18,432   13,824   ÷1.33  304            304            =
layer2  -         4×3×8     -        10,752          -              944
head    1×1×2     1×1×2     8        16       ×2     10             18             ×1.8

24 of 24 steps differ
a                  b                      a: output  b: output  differs in
input              input                  1x3x8x8    1x3x8x6    output_shape, output_bytes
conv1              conv1                  1x4x8x8    1x4x8x6    output_shape, macs, output_bytes
bn1                bn1                    1x4x8x8    1x4x8x6    output_shape, output_bytes
relu               relu                   1x4x8x8    1x4x8x6    output_shape, output_bytes
layer1.0.conv1     layer1.0.conv1         1x4x8x8    1x4x8x6    output_shape, macs, output_bytes
layer1.0.bn1       layer1.0.bn1           1x4x8x8    1x4x8x6    output_shape, output_bytes
layer1.0.relu1     layer1.0.relu1         1x4x8x8    1x4x8x6    output_shape, output_bytes
layer1.0.conv2     layer1.0.conv2         1x4x8x8    1x4x8x6    output_shape, macs, output_bytes
layer1.0.bn2       layer1.0.bn2           1x4x8x8    1x4x8x6    output_shape, output_bytes
layer1.0.shortcut  layer1.0.shortcut      1x4x8x8    1x4x8x6    output_shape, output_bytes
layer1.0.add       layer1.0.add           1x4x8x8    1x4x8x6    output_shape, output_bytes
layer1.0.relu2     layer1.0.relu2         1x4x8x8    1x4x8x6    output_shape, output_bytes
-                  layer2.0.conv1         -          1x8x4x3    only here
-                  layer2.0.bn1           -          1x8x4x3    only here
-                  layer2.0.relu1         -          1x8x4x3    only here
-                  layer2.0.conv2         -          1x8x4x3    only here
-                  layer2.0.bn2           -          1x8x4x3    only here
-                  layer2.0.downsample.0  -          1x8x4x3    only here
-                  layer2.0.downsample.1  -          1x8x4x3    only here
-                  layer2.0.add           -          1x8x4x3    only here
-                  layer2.0.relu2         -          1x8x4x3    only here
avgpool            avgpool                1x4x1x1    1x8x1x1    output_shape, kernel, stride, receptive_field, output_stride, output_bytes
flatten            flatten                1x4        1x8        output_shape, receptive_field, output_stride, output_bytes
fc                 fc                     1x2        1x2        params, macs, receptive_field, output_stride
"""


def test_two_small_networks_in_every_form() -> None:
    found = align(rv.forecast(ONE, 8), rv.forecast(TWO, (8, 6)))
    assert as_text(found, ("one", "two")) == TEXT
    html = found._repr_html_()
    assert html.count("<svg ") == 2 and "\n".join(["", *TEXT.splitlines()[1:8]]) + "</pre>" in html
    data = as_data(found)
    assert data["totals"][0] == {"quantity": "parameters", "a": 430, "b": 1382, "ratio": "×3.21"}
    assert [row["quantity"] for row in data["totals"]] == [line[:16].strip() for line in TEXT.splitlines()[1:8]]
    assert data["parts"][2] == {
        "name": "layer2",
        "a": None,
        "b": {
            "side": (4, 3),
            "channels": 8,
            "activation_bytes": 9 * 384,
            "macs": 10_752,
            "params": 944,
            "uncounted": 0,
        },
    }
    assert data["parts"][0]["a"]["activation_bytes"] == 3 * 1024  # without the image
    assert data["parts"][3]["a"] == {
        "side": (1, 1),
        "channels": 2,
        "activation_bytes": 24,
        "macs": 8,
        "params": 10,
        "uncounted": 0,
    }
    assert data["steps"] == 24 and len(data["different"]) == 24
    assert data["different"][0] == {
        "place": "stem", "a": "input", "b": "input", "differs": ["output_shape", "output_bytes"],
    }  # fmt: skip
    assert data["different"][12] == {"place": "layer2.0", "a": None, "b": "layer2.0.conv1", "differs": []}
    lines = found.to_csv().split("\n")
    assert len(lines) == 1 + 24 + 1 and lines[-1] == ""
    assert lines[0] == (
        "place,name_a,name_b,kind_a,kind_b,output_shape_a,output_shape_b,kernel_a,kernel_b,stride_a,stride_b,padding_a,"
        "padding_b,groups_a,groups_b,params_a,params_b,macs_a,macs_b,receptive_field_a,receptive_field_b,"
        "output_stride_a,output_stride_b,output_bytes_a,output_bytes_b,differs"
    )
    assert lines[2] == (
        "stem,conv1,conv1,conv,conv,1x4x8x8,1x4x8x6,3x3,3x3,1x1,1x1,1x1,1x1,1,1,108,108,6912,5184,3,3,1,1,1024,768,"
        "output_shape;macs;output_bytes"
    )
    assert lines[13] == ("layer2.0,,layer2.0.conv1,,conv,,1x8x4x3,,3x3,,2x2,,1x1,,1,,288,,3456,,9,,2,,384,")
    # the other way round the lonely steps stand on the left
    back = align(found.b, found.a)
    assert [(row["quantity"], row["b"], row["a"]) for row in summary(back)] == [
        (row["quantity"], row["a"], row["b"]) for row in data["totals"]
    ]
    assert back.to_csv().split("\n")[13] == (
        "layer2.0,layer2.0.conv1,,conv,,1x8x4x3,,3x3,,2x2,,1x1,,1,,288,,3456,,9,,2,,384,,"
    )
    assert as_data(back)["different"][12] == {"place": "layer2.0", "a": "layer2.0.conv1", "b": None, "differs": []}


def test_no_difference_has_no_table_of_differences() -> None:
    trace = rv.forecast(ONE, 8)
    same = align(trace, trace)
    assert as_text(same, ("a", "b")).endswith("10             10             =\n\n0 of 15 steps differ\n")
    assert repr(same) == (
        "Comparison: 0 of 15 steps differ\n"
        "                    a       b       ratio\n"
        "  parameters        430     430     =\n"
        "  MACs              25,352  25,352  =\n"
        "  activation bytes  10,264  10,264  =\n"
        "  final map side    8       8       =\n"
        "  final channels    4       4       =\n"
        "  convs             3       3       =\n"
        "  receptive field   7       7       ="
    )


def test_a_chain_of_hundreds_is_aligned_around_the_one_step_more() -> None:
    """Nobody else's network need have stages: all its steps stand in one place, and each of two kinds is there often."""
    chain = [module for _ in range(100) for module in (nn.Conv2d(3, 3, 1), nn.ReLU())]
    one = rv.trace(nn.Sequential(*chain), 1)
    two = rv.trace(nn.Sequential(*chain[:100], nn.Sigmoid(), *chain[100:]), 1)
    rows = align(one, two).rows
    assert [row.b.index for row in rows if row.a is None and row.b] == [101]  # after the input and a hundred steps
    assert [row.a.index for row in rows if row.a and row.b] == list(range(201))


def test_a_batch_is_compared_as_a_whole() -> None:
    one, four = compare("resnet18@64", "resnet34@64"), compare("resnet18@64", "resnet34@64", 4)
    assert [t.totals.macs for t in (four.a, four.b)] == [4 * t.totals.macs for t in (one.a, one.b)]


@pytest.mark.parametrize(("side", "networks"), [("a", (3, "resnet18")), ("b", ("resnet18", 3))])
def test_what_cannot_be_compared_is_named_by_its_side(side: str, networks: tuple[str, str]) -> None:
    with pytest.raises(rv.InputError) as caught:
        compare(*networks)
    assert str(caught.value) == (
        f"{side}=3: must be a name, a configuration or a ResNetSpec, not int; "
        "write e.g. 'resnet18:stem=cifar,num_classes=10@64'"
    )


def test_the_field_is_the_last_maps_and_the_longer_side_of_it() -> None:
    """A 3×7 image ends as a wide map: the window of the head's mean is no window of the network's."""
    trace = rv.trace(
        nn.Sequential(nn.Conv2d(3, 4, (3, 5)), nn.MaxPool2d((1, 2)), nn.Flatten(), nn.Linear(4, 2)), (3, 7)
    )
    # 5 columns, then two windows of them one apart: 6
    assert summary(align(trace, trace))[-1] == {"quantity": "receptive field", "a": 6, "b": 6, "ratio": "="}


def test_224_against_32() -> None:
    found = compare("resnet34@224", "resnet34@32")
    assert [(name, a.side[0], b.side[0]) for name, a, b in found.parts if a and b] == [
        ("stem", 56, 8), ("layer1", 56, 8), ("layer2", 28, 4), ("layer3", 14, 2), ("layer4", 7, 1), ("head", 1, 1),
    ]  # fmt: skip
    table = list(csv.DictReader(io.StringIO(found.to_csv())))
    assert len(table) == 139 and table[1]["differs"] == "output_shape;macs;output_bytes"
    assert (table[1]["output_shape_a"], table[1]["output_shape_b"]) == ("1x64x112x112", "1x64x16x16")
    text = as_text(found, ("a", "b"))
    assert "MACs              3,663,761,408  75,272,192  ÷48.7" in text and "139 of 139 steps differ" in text
    assert as_data(found)["parts"][1]["b"]["side"] == (8, 8)


@each(
    ("a", "b", "shown"),
    [
        (2, 1, "½"), (4, 1, "¼"), (1, 4, "×4"), (3, 3, "="), (0, 3, ""), (3, 0, ""), (31, 10, "÷3.1"), (1, 3210, "×3,210"), (21_797_672, 21_789_992, "≈"), (1000, 1006, "×1.01"),
        (3, 4, "×1.33"), (4, 3, "÷1.33"), (1, 100, "×100"), (10_050, 100, "÷100"), (4, 401, "×100"), (100, 9990, "×99.9"),
        (2_000_001, 1_000_000, "½"), (20_001, 10_000, "÷2"), (1, 2, "×2"), (8, 1, "÷8"),
    ],
)  # fmt: skip
def test_ratios(a: float, b: float, shown: str) -> None:
    assert ratio_text(a, b) == shown


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_in_one_scale_with_stages_aligned(preset: str) -> None:
    found = compare(*PRESETS[preset])
    traces = (found.a, found.b)
    one, two = beside(traces)
    assert (one.bounds[0], one.bounds[2]) == (two.bounds[0], two.bounds[2])
    starts = []
    for scene, trace in zip((one, two), traces, strict=True):
        check(scene)
        starts.append(
            {
                trace.steps[p.step].stage: min(
                    q.x for q in scene.pluses if trace.steps[q.step].stage == trace.steps[p.step].stage
                )
                for p in scene.pluses
            }
        )
    assert starts[0] == pytest.approx(starts[1])
    # equal shapes are drawn equal in both
    shapes: dict[tuple[int, ...], tuple[float, float]] = {}
    for scene, trace in zip((one, two), traces, strict=True):
        for box in scene.boxes:
            size = shapes.setdefault(trace.steps[box.step].output, (box.height, box.width))
            assert size == pytest.approx((box.height, box.width))
    assert len(found.different) > 0
    figures = describe_beside(traces, Look(theme="dark"))
    assert len(figures) == 2 and figures[0]["layout"]["width"] == figures[1]["layout"]["width"]


def test_bars_say_what_the_parts_are() -> None:
    import plotly.graph_objects as go

    found = compare("resnet34@224", "cifar_resnet20@32")
    figure = describe_parts(found, ("a", "b"))
    go.Figure(figure)
    bars = [trace for trace in figure["data"] if trace["type"] == "bar"]
    assert len(bars) == 10 and bars[0]["y"] == [56, 56, 28, 14, 7, 1] and bars[1]["y"] == [32, 32, 16, 8, None, 1]
    ratios = [trace for trace in figure["data"] if trace["type"] == "scatter"]
    assert ratios[0]["text"] == ["÷1.75", "÷1.75", "÷1.75", "÷1.75", "", "="]


def test_any_two_traces_are_compared_by_stage_and_block_whatever_their_names() -> None:
    ours = rv.forecast("resnet18", 64)
    names = {step.name: step.name.replace("layer", "encoder.stages.") for step in ours.steps}
    foreign = copy(ours, spec=None, steps=tuple(step._replace(name=names[step.name]) for step in ours.steps))
    found = rv.compare(ours, foreign)
    assert found.different == ()
    assert [name for name, _, _ in found.parts] == [
        "stem",
        *(f"layer{n} / encoder.stages.{n}" for n in (1, 2, 3, 4)),
        "head",
    ]
    assert found.rows[5].place == "layer1.0 / encoder.stages.1.0"
    other = rv.compare(foreign, "resnet34@64")
    assert [part.macs for _, _, part in other.parts if part] == [
        part.macs for _, _, part in rv.compare("resnet18@64", "resnet34@64").parts if part
    ]
