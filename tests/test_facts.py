"""Every published number here was written by somebody else; both engines must give it."""

import re
from functools import cache

import pytest

import resnet_viz as rv
from resnet_viz.steps import Trace
from tests import facts

NAMES = {
    "akamaster_resnet20": "cifar_resnet20",
    "kuangliu_ResNet18": "resnet18_cifar",
    "kuangliu_ResNet50": "resnet50_cifar",
}
CONTAINERS = {"Sequential", "BasicBlock", "Bottleneck", "ResNet"}


def _name(dump: str) -> str:
    model = dump.split("/")[1].split("@")[0]
    return NAMES.get(model, model)


def _ours(name: str) -> str:
    """Their module's name as ours: torchvision shares one ReLU in a block, the CIFAR codes name the last layer linear."""
    return re.sub(r"^linear$", "fc", name.replace("shortcut.", "downsample."))


@cache
def _trace(name: str, size: tuple[int, int], engine: str) -> Trace:
    spec = rv.variant(name)
    return rv.forecast(spec, size) if engine == "formulas" else rv.trace(spec, size, device="meta")


@pytest.mark.parametrize("engine", ["formulas", "hooks"])
@pytest.mark.parametrize("dump", facts.dumps())
def test_every_module_and_shape(dump: str, engine: str) -> None:
    truth = facts.dump(dump)
    trace = _trace(_name(dump), tuple(truth["input"][2:]), engine)
    cifar = dump.startswith("cifar")
    hidden = {"input", "add", "flatten"} | ({"relu", "avgpool"} if cifar else {"identity", "pad"})
    ours = [
        (re.sub(r"relu\d$", "relu", step.name), list(step.output)) for step in trace.steps if step.kind not in hidden
    ]
    if cifar:  # there an identity is an empty Sequential, and a projection's container repeats its norm
        calls = [
            call
            for call in truth["module_calls"]
            if call[1] not in CONTAINERS or (call[0].endswith("shortcut") and _projects(truth, call[0]) is False)
        ]
    else:
        calls = [call for call in truth["module_calls"] if call[1] not in CONTAINERS]
    theirs = [(_ours(name), shape) for name, _, shape in calls]
    assert len(theirs) > 20
    assert ours[: len(theirs)] == theirs
    if truth["error"] is None:
        assert len(ours) == len(theirs)
        assert trace.totals.macs == truth["conv_linear_macs"] == truth["torch_flop_counter_flops"] // 2
    assert trace.totals.params == truth["params"]


def _projects(truth: dict, name: str) -> bool:
    return f"{name}.0.weight" in truth["state_dict"]


@pytest.mark.parametrize("dump", [d for d in facts.dumps() if d.startswith("torchvision") and d.endswith("@224")])
def test_containers_end_where_ours_do(dump: str) -> None:
    truth = facts.dump(dump)
    trace = _trace(_name(dump), (224, 224), "hooks")
    for name, kind, shape in truth["module_calls"]:
        if kind in CONTAINERS:
            last = [step for step in trace.steps if step.name.startswith(name + "." if name else "")][-1]
            assert list(last.output) == shape, name


@pytest.mark.parametrize("dump", [d for d in facts.dumps() if d.startswith("torchvision") and d.endswith("@224")])
def test_state_dict_equals_torchvisions(dump: str) -> None:
    ours = {key: list(value.shape) for key, value in rv.build(rv.variant(_name(dump)), "meta").state_dict().items()}
    theirs = facts.dump(dump)["state_dict"]
    assert list(ours.items()) == list(theirs.items())


ROWS = {
    **{name: name for name in rv.variants()[:5] + rv.variants()[8:13]},
    **{f"resnet{n}_v1": f"ResNet-{n} v1 (original Caffe)" for n in (50, 101, 152)},
    **{f"cifar_resnet{n}": f"CIFAR ResNet-{n}" for n in (20, 32, 44, 56, 110, 1202)},
    **{f"resnet{n}_cifar": f"ResNet{n} with CIFAR stem (kuangliu)" for n in (18, 34, 50, 101, 152)},
}


def test_every_network_of_the_catalogue_has_its_row() -> None:
    assert set(ROWS) == set(rv.variants())


@pytest.mark.parametrize("name", rv.variants())
def test_params_and_macs(name: str) -> None:
    row = facts.variants()[ROWS[name]]
    known = rv.entry(name)
    totals = rv.forecast(known.spec, known.input_size).totals
    assert (row["default_input"], row["num_classes"]) == (str(known.input_size), str(known.spec.num_classes))
    if row["params_exact"]:
        bias = 64 if name == "resnet50_v1" else 0  # only that Caffe file gives conv1 a bias
        assert totals.params + bias == int(row["params_exact"])
    if row["macs_exact_conv_linear"]:
        assert totals.macs == int(row["macs_exact_conv_linear"])


@pytest.mark.parametrize("key", list(facts.receptive_fields()["measured"]))
def test_receptive_field_and_stride(key: str) -> None:
    name = key.split()[1] + ("_v1" if "original v1" in key else "")
    trace = _trace(name, (224, 224), "formulas")
    for place, truth in facts.receptive_fields()["measured"][key].items():
        step = [s for s in trace.steps if s.name == place or s.name.startswith(place + ".")][-1]
        assert step.receptive_field == (truth["rf"], truth["rf"]), place
        assert step.output_stride == (truth["stride"], truth["stride"]), place


def test_equal_counts_do_not_make_equal_networks() -> None:
    v1, v15 = (rv.forecast(rv.variant(name)) for name in ("resnet50_v1", "resnet50"))
    assert v1.totals.params == v15.totals.params
    assert v15.totals.macs - v1.totals.macs == 231_211_008
    assert v1.step("layer2.0.conv1").output != v15.step("layer2.0.conv1").output
