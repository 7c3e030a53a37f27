"""Every published number here was written by somebody else; both engines must give it."""

import re
from functools import cache

import pytest

import resnet_viz as rv
from resnet_viz.spec import ResNetSpec
from resnet_viz.steps import Trace
from tests import facts
from tests.rows import each

NAMES = {
    "akamaster_resnet20": "cifar_resnet20",
    "kuangliu_ResNet18": "resnet18_cifar",
    "kuangliu_ResNet50": "resnet50_cifar",
}
# Two networks of that repository that are no variants here, built from its code's numbers.
OTHERS = {
    "kuangliu_PreActResNet18": rv.replace(rv.variant("resnet18_cifar"), preact=True),
    "kuangliu_ResNeXt29_2x64d": rv.replace(
        rv.variant("resnet50_cifar"),
        blocks=(3, 3, 3),
        widths=(64, 128, 256),
        groups=2,
        stem=rv.Stem((64,), 1, 1, "none"),
    ),
}
CONTAINERS = {"Sequential", "BasicBlock", "Bottleneck", "ResNet", "Block", "PreActBlock", "PreActResNet", "ResNeXt"}
CONTAINERS |= {"SEModule", "SelectAdaptivePool2d"}


def _spec(dump: str) -> ResNetSpec:
    model = dump.split("/")[1].split("@")[0]
    return OTHERS.get(model) or rv.variant(NAMES.get(model, model))


def _ours(name: str) -> str:
    """Their module's name as ours; each code has its own words for the same thing."""
    name = re.sub(r"^linear$", "fc", name.replace("shortcut.", "downsample."))
    name = re.sub(r"^global_pool\.pool$", "avgpool", re.sub(r"^global_pool\.flatten$", "flatten", name))
    return re.sub(r"^act1$", "relu", re.sub(r"\.act(\d)$", r".relu\1", name))


@cache
def _trace(spec: ResNetSpec, size: tuple[int, int], engine: str) -> Trace:
    return rv.forecast(spec, size) if engine == "formulas" else rv.trace(spec, size, device="meta")


@pytest.mark.parametrize("engine", ["formulas", "hooks"])
@pytest.mark.parametrize("dump", [d for d in facts.dumps() if "resnetv2" not in d])
def test_every_module_and_shape(dump: str, engine: str) -> None:
    truth = facts.dump(dump)
    spec = _spec(dump)
    trace = _trace(spec, tuple(truth["input"][2:]), engine)
    hidden = {"input", "add"}
    # what each code does by functions, where no hook sees it, or by modules that do nothing
    timm = dump.startswith("timm")
    if dump.startswith("cifar"):
        hidden |= {"relu", "avgpool", "flatten"}
    elif timm:
        hidden |= {"scale", "identity"}
    else:
        hidden |= {"identity", "flatten"}
    steps = [step for step in trace.steps if step.kind not in hidden and step.name not in ("last_norm", "last_relu")]
    if timm:  # its SE takes the mean by a function
        steps = [step for step in steps if not step.name.endswith("se.pool")]
    relu = (lambda name: name) if timm else (lambda name: re.sub(r"relu\d$", "relu", name))
    ours = [(relu(step.name), list(step.output)) for step in steps]
    preact = spec.preact
    if dump.startswith(
        "cifar"
    ):  # there an identity is an empty Sequential, and a projection's container repeats its norm
        calls = [
            call
            for call in truth["module_calls"]
            if call[1] not in CONTAINERS
            or (call[0].endswith("shortcut") and not preact and _projects(truth, call[0]) is False)
        ]
    else:
        calls = [call for call in truth["module_calls"] if call[1] not in CONTAINERS and call[1] != "Identity"]
    theirs = [(_ours(name), shape) for name, _, shape in calls]
    assert len(theirs) > 20
    if preact:  # this code runs the projection first; and its network has no norm at the end
        ours = [row for row in ours if not row[0].endswith(".shortcut")]
        assert sorted(ours) == sorted(theirs)
    else:
        assert ours[: len(theirs)] == theirs
    missing = 2 * spec.out_channels[-1] if preact else 0
    if truth["error"] is None:
        assert len(ours) == len(theirs)
        assert trace.totals.macs == truth["conv_linear_macs"] == truth["torch_flop_counter_flops"] // 2
    assert trace.totals.params == truth["params"] + missing


def _projects(truth: dict, name: str) -> bool:
    return f"{name}.0.weight" in truth["state_dict"]


def _from_resnetv2(name: str) -> str:
    """timm's name in its ResNetV2 as ours; there norm and ReLU are one module, whose call is the pair's."""
    name = re.sub(r"^stages\.(\d)\.blocks\.(\d+)", lambda m: f"layer{int(m[1]) + 1}.{m[2]}", name)
    name = re.sub(r"norm(\d)\.act$", r"relu\1", re.sub(r"norm(\d)$", r"bn\1", name))
    names = {"stem.conv": "conv1", "stem.pool": "maxpool", "norm": "last_norm", "norm.act": "last_relu"}
    return names.get(name, name.replace("downsample.conv", "downsample.0").replace("head.global_pool.pool", "avgpool"))


@pytest.mark.parametrize("engine", ["formulas", "hooks"])
@pytest.mark.parametrize("dump", [d for d in facts.dumps() if "resnetv2" in d])
def test_preactivation_has_timms_shapes(dump: str, engine: str) -> None:
    truth = facts.dump(dump)
    trace = _trace(_spec(dump), tuple(truth["input"][2:]), engine)
    kinds = {"Conv2d", "BatchNormAct2d", "ReLU", "MaxPool2d", "AdaptiveAvgPool2d"}
    theirs = {_from_resnetv2(name): shape for name, kind, shape in truth["module_calls"] if kind in kinds}
    head = theirs.pop("head.fc")  # a 1x1 conv there
    ours = {
        step.name: list(step.output) for step in trace.steps if step.kind not in ("input", "add", "identity", "flatten")
    }
    assert head[:2] == ours.pop("fc")
    assert ours == theirs
    assert trace.totals.macs == truth["conv_linear_macs"]
    assert trace.totals.params == truth["params"]


@pytest.mark.parametrize("dump", [d for d in facts.dumps() if d.startswith("torchvision") and d.endswith("@224")])
def test_containers_end_where_ours_do(dump: str) -> None:
    truth = facts.dump(dump)
    trace = _trace(_spec(dump), (224, 224), "hooks")
    for name, kind, shape in truth["module_calls"]:
        if kind in CONTAINERS:
            last = [step for step in trace.steps if step.name.startswith(name + "." if name else "")][-1]
            assert list(last.output) == shape, name


SAME_KEYS = [
    d for d in facts.dumps() if d.endswith("@224") and "cifar" not in d and not d.startswith("timm_shapes/resnetv2")
]


@pytest.mark.parametrize("dump", SAME_KEYS)
def test_state_dict_equals_torchvisions_and_timms(dump: str) -> None:
    ours = {key: list(value.shape) for key, value in rv.build(_spec(dump), "meta").state_dict().items()}
    theirs = facts.dump(dump)["state_dict"]
    assert list(ours.items()) == list(theirs.items())


def _rows_of(name: str) -> list[dict[str, str]]:
    """Every published row of a variant: its own name's, and the older or other names of the same network."""
    told = facts.ROWS.get(name, ())
    return [row for row in facts.variants() if row["name"] == name or row["name"] in told]


def test_every_row_is_in_the_catalogue_or_left_out_for_a_reason() -> None:
    mine = {row["name"] for name in rv.variants() for row in _rows_of(name)}
    for row in facts.variants():
        if row["spec_covered"] != "no":
            assert row["name"] in mine, row["name"]
        elif row["name"] not in mine:
            assert row["extra_knobs_needed"], row["name"]
    assert len(mine) >= 120


@each("name", rv.variants())
def test_params_and_macs(name: str) -> None:
    known = rv.entry(name)
    rows = _rows_of(name)
    assert rows or name in facts.NO_ROW
    for row in rows:
        totals = rv.forecast(known.spec, int(row["default_input"])).totals
        if row["num_classes"].isdecimal():
            assert int(row["num_classes"]) == known.spec.num_classes
        if row["params_exact"]:
            bias = 64 if row["name"] == "ResNet-50 v1 (original Caffe)" else 0  # only that file gives conv1 a bias
            assert totals.params + bias == int(row["params_exact"]), row["name"]
        if row["macs_exact_conv_linear"]:
            assert totals.macs == int(row["macs_exact_conv_linear"]), row["name"]


@each("name", rv.variants())
def test_the_spec_says_what_the_row_says(name: str) -> None:
    """Equal counts prove little, so each published field is compared too; rows without numbers are checked so as well."""
    spec = rv.variant(name)
    for row in _rows_of(name):
        assert row["block"] == spec.block
        assert row["blocks"] == " ".join(map(str, spec.blocks))
        assert row["preact"] == str(spec.preact)
        if not row["widths"]:
            continue  # what is left out of the smallest spec has its other fields empty
        assert row["widths"] == " ".join(map(str, spec.widths))
        assert (row["groups"], row["width_per_group"]) == (str(spec.groups), str(spec.width_per_group))
        pool = {"max": "+maxpool3/2", "conv": "+conv3/2(BN,ReLU)", "none": ""}[spec.stem.pool]
        channels = "-".join(map(str, spec.stem.channels))
        stem = f"{len(spec.stem.channels)}x conv{spec.stem.kernel}/{spec.stem.stride} ch {channels}{pool}"
        assert row["stem"] == stem
        assert row["stride_in"] == ("first 3x3" if spec.block == "basic" else spec.stride_in)
        assert (row["shortcut"][0], row["shortcut_pool"]) == (spec.shortcut, str(spec.shortcut_pool))
        gate = f"se r={spec.se_ratio:g}, rd to mult of 8" if spec.attention == "se" else spec.attention
        assert (row["attention"], row["norm"]) == (gate, spec.norm)


@each("name", rv.variants())
def test_published_top1_is_the_rows(name: str) -> None:
    """Every figure in the catalogue stands in a row, with the input it was measured at."""
    published = " ".join(row["top1_published"] for row in _rows_of(name))
    for top1 in rv.entry(name).top1:
        assert f"{top1.value:g}" in {f"{float(number):g}" for number in re.findall(r"\d+\.\d+", published)}
        if "timm" in top1.source or "tpu" in top1.source:
            assert f"@{top1.input_size}" in published
    assert bool(rv.entry(name).top1) == bool(published.strip())


def _weights_shapes(name: str) -> dict[str, tuple[int, ...]]:
    return {key: tuple(value.shape) for key, value in rv.build(rv.variant(name), "meta").state_dict().items()}


@pytest.mark.parametrize(
    ("one", "other", "place"),
    [
        ("resnet50_v1", "resnet50", "layer2.0.conv1"),
        ("resnet50c", "resnet50d", "layer2.0.downsample.0"),
        ("resnetaa50", "resnet50", "layer2.0.conv2"),
        ("resnetblur50", "resnet50", "layer2.0.conv2"),
        ("resnet50_os8", "resnet50", "layer4.2.relu3"),
        ("seresnet50_v1", "seresnet50", "layer3.0.conv1"),
    ],
)
def test_equal_counts_do_not_make_equal_networks(one: str, other: str, place: str) -> None:
    left, right = (rv.forecast(rv.variant(name)) for name in (one, other))
    assert left.totals.params == right.totals.params
    assert left.step(place).output != right.step(place).output or left.step(place).kind != right.step(place).kind


def test_blur_and_average_agree_in_every_count_and_differ_at_odd_sizes() -> None:
    blur, average = rv.variant("resnetblur50"), rv.variant("resnetaa50")
    one, other = rv.forecast(blur).totals, rv.forecast(average).totals
    assert (one.params, one.macs) == (other.params, other.macs)
    assert rv.forecast(blur, 240).totals.final_map[2:] == (8, 8)
    with pytest.raises(rv.InputError) as caught:
        rv.forecast(average, 240)
    assert str(caught.value) == (
        "input_size=(240, 240): layer4.0.add cannot run: the main path brings 2048×7×7 and the shortcut 2048×8×8,"
        " which cannot be added; use sides that are multiples of 32"
    )


def test_group_norm_and_batch_norm_agree_in_every_shape_and_differ_in_the_weights_file() -> None:
    assert _weights_shapes("resnet50_gn").keys() < _weights_shapes("resnet50").keys()


def test_v1_costs_what_the_paper_counted() -> None:
    v1, v15 = (rv.forecast(rv.variant(name)) for name in ("resnet50_v1", "resnet50"))
    assert v15.totals.macs - v1.totals.macs == 231_211_008


@pytest.mark.parametrize(("name", "stride", "side"), [("resnet50_os16", 16, 14), ("resnet101_os8", 8, 28)])
def test_dilated_backbones_keep_weights_and_stop_shrinking(name: str, stride: int, side: int) -> None:
    """torchvision's replace_stride_with_dilation: the weights of the plain network fit."""
    plain = name.split("_")[0]
    assert _weights_shapes(name) == _weights_shapes(plain)
    trace = rv.forecast(rv.variant(name))
    last = [step for step in trace.steps if step.stage == 4][-1]
    assert last.output[2:] == (side, side)
    assert last.output_stride == (stride, stride)
    convs = [step.op.dilation[0] for step in trace.steps if step.kind == "conv" and step.name.endswith("conv2")]
    blocks = rv.variant(name).blocks
    stage4 = [stride // 16 or 1, 32 // stride, 32 // stride] if stride == 16 else [2, 4, 4]
    stage3 = [1] * blocks[2] if stride == 16 else [1] + [2] * (blocks[2] - 1)
    assert convs == [1] * (blocks[0] + blocks[1]) + stage3 + stage4
