"""Networks for given images: what suits, in which order and why; what does not, by how much; what else could be done."""

import tomllib
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resnet_viz as rv
from resnet_viz.advise.adapting import NETWORKS, ROLES, Proposals, adapt, as_data, as_text
from resnet_viz.engines import speed
from resnet_viz.spec.configuration import configuration

REPORTED: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "facts" / "reports" / "datasets.toml").read_text(encoding="utf-8")
)["images"]


@cache
def _asked(number: int) -> Proposals:
    ask = dict(REPORTED[number]["ask"])
    size = ask.pop("input_size")
    return adapt(tuple(size) if isinstance(size, list) else size, **ask)


reported = pytest.mark.parametrize("number", range(len(REPORTED)), ids=lambda number: REPORTED[number]["what"])


@reported
def test_the_images_that_people_bring(number: int) -> None:
    row, found = REPORTED[number], _asked(number)
    names = [proposal.configuration.name for proposal in found]
    role = {proposal.configuration.name: proposal.role for proposal in found}
    assert {name: role.get(name) in ("best", "suits") for name in row.get("suits", ())} == dict.fromkeys(row.get("suits", ()), True)  # fmt: skip
    assert all(role.get(name) not in ("best", "suits") for name in row.get("cautioned", ()))
    for first, second in row.get("above", ()):
        assert names.index(first) < names.index(second)
    missed = {each.configuration.name: [miss.limit for miss in each.candidate.short] for each in found.refused}
    assert {name: missed.get(name) for name in row.get("refused", {})} == {name: [limit] for name, limit in row.get("refused", {}).items()}  # fmt: skip
    assert set(row.get("configurations", ())) <= {proposal.configuration.text for proposal in found}
    good = {way.kind for way in found.ways if not way.candidate.short and not way.candidate.cautions}
    assert set(row.get("ways", ())) <= good
    assert bool(found) == ("nothing" not in row)
    assert found or f"nothing keeps the limit of {row['nothing']}; the nearest is " in found.summary


@reported
def test_what_is_said_is_what_the_network_does(number: int) -> None:
    """Counts against the trace, warnings and memory against the diagnosis, the order against what it is said to be."""
    row, found = REPORTED[number], _asked(number)
    ask = row["ask"]
    batch = ask.get("batch", 1 if ask.get("mode") == "eval" else 32)
    assert len(found) + len(found.refused) == len(NETWORKS)
    for each in (*found, *found.refused):
        made = each.configuration
        assert configuration(made.text).spec == made.spec
        assert (made.spec.in_channels, made.spec.num_classes) == (ask["channels"], ask["classes"])
        trace = rv.forecast(made)
        text = " ".join(each.reasons)
        height, width = trace.totals.final_map[2:]
        assert f"{trace.totals.params:,} parameters and {trace.totals.macs:,} MACs an image" in text
        assert f"{height}×{width} are left for the head" in text
        asked = {"mode": ask.get("mode", "train"), "memory_gib": ask.get("memory_gib", 0)}
        serious = [f.code for f in rv.diagnose(made, batch=batch, **asked) if f.severity != "note"]
        assert ("memory" in serious) == any(miss.limit == "memory" for miss in each.candidate.short)
        field = min(f / n for f, n in zip(trace.steps[-4].receptive_field or (), made.size, strict=True))
        cautious = set(serious) - {"memory"} != set() or field < 0.5 or height * width > 1024
        assert bool(each.cautions) == cautious
        assert each.role == "refused" or (each.role == "caution") == cautious
    assert [each.role for each in found].count("best") <= 1
    roles = [each.role for each in found]
    assert roles == sorted(roles, key=list(ROLES).index)


@reported
def test_what_stays_of_published_weights_is_what_pytorch_would_load(number: int) -> None:
    for each in [*_asked(number), *_asked(number).refused][:3]:
        made, stays = each.configuration, each.candidate.kept
        published = rv.build(made.name, "meta").state_dict()
        own = rv.build(made, "meta").state_dict()
        learned = {name: tensor for name, tensor in own.items() if "running" not in name and "batches" not in name}
        lost = [name for name in learned if name not in published or published[name].shape != own[name].shape]
        assert stays.lost == tuple(dict.fromkeys(name.rpartition(".")[0] for name in lost))
        assert stays.numbers == sum(tensor.numel() for name, tensor in learned.items() if name.rpartition(".")[0] not in stays.lost)  # fmt: skip
        told = each.reasons[-1]
        if made.name.startswith("resnet"):
            assert "are made for 224 px, 3 channels and 1,000 classes of ImageNet-1k" in told
            assert all(f"{name} (" in told for name in stays.lost)
        else:
            assert "knows no file of weights" in told


def test_the_order_is_told_with_the_numbers_that_make_it() -> None:
    found = _asked(0)
    assert [proposal.reasons[0] for proposal in found[:2]] == [
        "First, before resnet34: both suit alike, and resnet18 takes 9.06 G MACs an image, resnet34 18.7 G.",
        "Behind resnet18: both suit alike, and resnet18 takes 9.06 G MACs an image, resnet34 18.7 G.",
    ]
    behind = {proposal.configuration.name: proposal.reasons[0] for proposal in found}
    assert behind["cifar_resnet56"] == (
        "Behind resnet152: a cell of the last map sees the whole image in resnet152, 249 of 512 px (49%) in cifar_resnet56."
    )
    assert {each.configuration.name: each.reasons[0] for each in _asked(2)}["cifar_resnet20"] == (
        "Behind resnet152: the head of resnet152 averages 36 cells, 6×6, that of cifar_resnet20 441, 21×21."
    )
    assert {each.configuration.name: each.reasons[0] for each in adapt(64)}["cifar_resnet20"] == (
        "Behind resnet152: published weights stay with their first conv in resnet152, and there are none such for cifar_resnet20."
    )


def test_an_empty_answer_has_its_true_reason() -> None:
    found = _asked(8)
    assert found.summary.startswith(
        "None of 9 networks fits images of 4096×4096 px with 3 channels, in 10 classes (training with a batch of 32, in "
        "8.00 GiB): nothing keeps the limit of memory; the nearest is resnet18:num_classes=10@4096, 285.13 GiB of 8.00 GiB, "
        "36 times as much."
    )
    assert "not even one image fits" in found.refused[0].reasons[4]
    assert "images made 8 times smaller, 512×512 or 361 tiles of 224×224" in found.summary
    both = adapt(512, 3, 10, memory_gib=0.5, batch=1, ms=20, speed="resnet18@224=100").summary
    assert "nothing keeps the limit of time; the nearest is resnet18:num_classes=10@512, 52.2 of 20 ms an image, 2.6 times as much" in both  # fmt: skip
    assert "no cell of a last map sees half of the image; resnet34:in_channels=1,num_classes=16@2048 comes nearest with 899 of 2,048 px (44%)" in _asked(9).summary  # fmt: skip
    # one value a channel cannot be normed in training, whatever memory and time there are
    assert "nothing keeps the limit of training; the nearest is " in adapt(1, batch=1).summary


@settings(max_examples=8)
@given(
    st.tuples(st.integers(16, 4096), st.integers(16, 4096)), st.integers(1, 200), st.sampled_from([0, 0.5, 8, 80]), st.sampled_from([1, 16])
)  # fmt: skip
def test_no_images_are_left_without_an_answer(size: tuple[int, int], channels: int, memory: float, batch: int) -> None:
    found = adapt(size, channels, 10, memory_gib=memory, batch=batch)
    if not found:
        nearest = min(found.refused, key=lambda each: each.candidate.excess)
        assert f"the nearest is {nearest.configuration.text}, " in found.summary and nearest.candidate.excess > 1
        assert any(not way.candidate.short for way in found.ways)
    for way in found.ways:
        made = way.candidate.configuration
        assert way.macs == way.pieces * rv.forecast(made).totals.macs
        assert way.lost and way.title
        if way.kind == "tiles":
            assert way.pieces == ceil(size[0] / made.size[0]) * ceil(size[1] / made.size[1])
        if way.kind == "batch":
            serious = rv.diagnose(made, batch=way.candidate.batch, memory_gib=memory)
            assert way.candidate.batch < batch and "memory" not in [finding.code for finding in serious]
    assert as_text(found).startswith(found.summary)
    assert [each["configuration"] for each in as_data(found)["proposals"]] == [each.configuration.text for each in found]  # fmt: skip


def test_small_images_can_be_enlarged_for_published_weights() -> None:
    (way,) = adapt(32, 3, 10).ways
    assert (way.kind, way.candidate.configuration.text) == ("upscale", "resnet18:num_classes=10@128")
    assert way.candidate.kept.lost == ("fc",)


def test_a_time_is_macs_over_what_was_measured() -> None:
    ms = {each.configuration.name: each.candidate.ms for each in (*_asked(10), *_asked(10).refused)}
    assert ms["resnet50"] == pytest.approx(1000 / 300)
    assert ms["resnet18"] == pytest.approx(1000 / 300 * 1_814_073_344 / 4_089_184_256)  # torchvision's counts
    reason = _asked(10)[0].reasons[4]
    assert reason.endswith(
        "an image takes about 1.48 ms on a machine that does resnet50@224 at 300 images a second in classifying, if a MAC costs the same in both."
    )


@pytest.mark.parametrize("mode", ["eval", "train"])
def test_a_machine_is_measured_with_what_it_runs(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "NETWORK", "cifar_resnet20@8")
    monkeypatch.setattr(speed, "SIDE", 8)
    monkeypatch.setattr(speed, "SECONDS", 0)
    monkeypatch.setattr(speed.time, "perf_counter", iter(range(0, 1000, 1)).__next__)  # each pass takes a second
    measured = rv.measure_speed("cpu", mode)
    assert measured.macs_per_second == 8 * rv.forecast("cifar_resnet20@8").totals.macs  # eight images at once
    doing = {"eval": "classifying", "train": "training"}[mode]
    assert measured.source == f"cifar_resnet20@8 at 8 images a second in {doing}, measured on this machine's cpu"
    with pytest.raises(
        rv.DeviceError, match="device='meta': computes nothing, so it has no speed; use 'cpu' or 'cuda'"
    ):
        rv.measure_speed("meta")


def test_what_cannot_be() -> None:
    for arguments, told in (
        ({"input_size": 0}, "input_size"), ({"input_size": 32, "channels": 0}, "^channels=0: must be"), ({"input_size": 32, "memory_gib": -1}, "memory_gib"),
        ({"input_size": 32, "optimizer": "lion"}, "optimizer"), ({"input_size": 32, "batch": 0}, "batch"), ({"input_size": 32, "mode": "test"}, "mode"),
        ({"input_size": 32, "ms": 5}, "^speed=None: must say how fast the machine is, for ms=5 is a limit of time; give the images a second that you measured, as 'resnet50@224=300'$"),
        ({"input_size": 32, "speed": "resnet50"}, "^speed='resnet50': must be NETWORK@SIZE=IMAGES, the images a second that you measured with it; write e.g. resnet50@224=300$"),
        ({"input_size": 32, "speed": "resnet50@224=0"}, "^speed="), ({"input_size": 32, "speed": "resnet51@224=3"}, "^name='resnet51'"),
    ):  # fmt: skip
        with pytest.raises(rv.ResNetVizError, match=told):
            adapt(**arguments)  # type: ignore[arg-type]
