"""Each finding speaks where it must and is silent where it must; each remedy silences its finding."""

from dataclasses import replace as copy

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

import resnet_viz as rv
from resnet_viz import arithmetic
from resnet_viz.diagnosis import CHECKS, Case, Finding, diagnose, estimate, examine, largest_batch
from resnet_viz.diagnosis.sizes import fixed_head_range
from resnet_viz.spec import ResNetSpec
from tests.strategies import specs


def _case(name: str, size: int | tuple[int, int] = 224, batch: int = 2, **more: object) -> Case:
    changes = more.pop("changes", {})
    assert isinstance(changes, dict)
    return Case.of(rv.replace(rv.variant(name), **changes), size, batch, **more)


# code: (a case where it must speak, a case where it must be silent)
CASES: dict[str, tuple[Case, Case]] = {
    "cannot-run": (_case("resnetaa50", 240), _case("resnetaa50", 256)),
    "one-value-norm": (_case("resnet18", 32, 1), _case("resnet18", 32, 2)),
    "memory": (_case("resnet50", 224, 64, memory=2**30), _case("resnet50", 224, 1, memory=2**33)),
    "wrong-data": (_case("resnet50", 224, data="cifar10"), _case("cifar_resnet20", 32, data="cifar10")),
    "collapsed": (_case("resnet34", 32), _case("resnet34_cifar", 32)),
    "dead-weights": (_case("resnet18", 32), _case("resnet18", 64)),
    "early-stem": (_case("resnet50", 64), _case("resnet50", 128)),
    "large-final-map": (_case("resnet18", 1024), _case("resnet18", 448)),
    "fixed-head": (_case("resnet34", 225), _case("resnet34", 224)),
    "odd-sizes": (_case("resnet50", 225), _case("resnet50", 224)),
    "field-past-input": (_case("resnet18", 224), _case("cifar_resnet20", 128)),
    "lopsided": (_case("resnet18_cifar", 32, changes={"blocks": (12, 1, 1, 1)}), _case("resnet34", 224)),
    "published-weights": (_case("resnet18", changes={"num_classes": 10}), _case("resnet18")),
}


def _of(case: Case, code: str) -> Finding | None:
    return next((finding for finding in examine(case) if finding.code == code), None)


@pytest.mark.parametrize("code", CASES)
def test_it_speaks_and_is_silent(code: str) -> None:
    speaks, silent = CASES[code]
    finding = _of(speaks, code)
    assert finding is not None and _of(silent, code) is None
    assert finding.title and finding.evidence and finding.explanation
    names = {step.name for step in speaks.trace.steps} if speaks.trace else set()
    assert not speaks.trace or set(finding.steps) <= names


def test_every_check_has_its_pair() -> None:
    found = {finding.code for speaks, _ in CASES.values() for finding in examine(speaks)}
    assert found == set(CASES) and len(CASES) == len(CHECKS)


@pytest.mark.parametrize("code", CASES)
def test_every_remedy_silences_its_finding(code: str) -> None:
    speaks = CASES[code][0]
    finding = _of(speaks, code)
    assert finding is not None
    assert finding.remedies or code in ("field-past-input", "lopsided")
    for remedy in finding.remedies:
        after = remedy.apply(speaks)
        assert after.trace is not None
        assert _of(after, code) is None, remedy
        assert after != speaks


@pytest.mark.parametrize(
    ("name", "size", "dead"),
    [("resnet18", 32, 6_946_816), ("resnet34", 32, 11_141_120), ("resnet18", 64, 0), ("resnet50", 64, 0), ("resnet18_cifar", 32, 0), ("resnet34_cifar", 32, 0)],
)  # fmt: skip
def test_the_lessons_dead_weights(name: str, size: int, dead: int) -> None:
    trace = rv.forecast(rv.replace(rv.variant(name), num_classes=10), size)
    found = sum(arithmetic.dead_weights(s.op, s.inputs, s.output) for s in trace.steps)
    assert found == dead
    share = {"resnet18": "62.1%", "resnet34": "52.3%"}.get(name) if dead else None
    finding = next((f for f in diagnose(trace.spec, size, 2) if f.code == "dead-weights"), None)
    assert (finding is None) == (share is None)
    if finding:
        assert finding.title == f"{share} of all weights only ever meet padding"


def test_resnet50_at_32_has_the_lessons_share() -> None:
    finding = _of(_case("resnet50", 32, changes={"num_classes": 10}), "dead-weights")
    assert finding is not None and finding.title.startswith("23.4%")


def _zero_gradients(spec: ResNetSpec, size: tuple[int, int]) -> int:
    """Weights whose gradient is exactly zero in training, in a network where nothing else stops a gradient."""
    torch.manual_seed(0)
    model = rv.build(rv.replace(spec, zero_init=False), device="cpu").double().train()
    for path, module in list(model.named_modules()):
        if isinstance(module, nn.ReLU):  # a ReLU may stop a channel's gradient, by chance
            parent, _, last = path.rpartition(".")
            setattr(model.get_submodule(parent), last, nn.Softplus())
        if isinstance(module, nn.MaxPool2d):  # and a max pool may never choose a cell
            model.set_submodule(path, nn.AvgPool2d(module.kernel_size, module.stride, module.padding))
    image = torch.randn(3, spec.in_channels, *size, dtype=torch.float64)
    made = model(image)
    (made * torch.randn_like(made)).sum().backward()
    convs = (module for module in model.modules() if isinstance(module, nn.Conv2d | nn.Conv1d))
    return sum(int((conv.weight.grad == 0).sum()) for conv in convs if conv.weight.grad is not None)


@settings(max_examples=25)
@given(specs(), st.tuples(st.integers(1, 20), st.integers(1, 20)))
def test_dead_weights_are_autograds_zero_gradients(spec: ResNetSpec, size: tuple[int, int]) -> None:
    try:
        trace = rv.forecast(spec, size, 3)
    except rv.InputError:
        assume(False)
        raise
    # where a norm does not look at all cells of the last maps, cells that nothing reads stop gradients too
    assume(spec.norm == "batch")
    assume(trace.totals.params < 1_000_000)
    dead = sum(arithmetic.dead_weights(s.op, s.inputs, s.output) for s in trace.steps)
    assert _zero_gradients(spec, size) == dead


def test_resnet18_at_32_in_autograd() -> None:
    spec = rv.replace(rv.variant("resnet18"), num_classes=10)
    assert _zero_gradients(spec, (32, 32)) == 6_946_816


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnet152"])
def test_the_fixed_head_works_where_pytorch_says_so(name: str) -> None:
    assert fixed_head_range(_case(name)) == (193, 224)
    if name != "resnet18":
        return
    model = rv.build(rv.variant(name), device="meta").eval()
    model.avgpool = nn.AvgPool2d(7, stride=1)
    for side, works in ((192, False), (193, True), (224, True), (225, False), (32, False)):
        image = torch.empty(1, 3, side, side, device="meta")
        if works:
            assert model(image).shape == (1, 1000)
        else:
            with pytest.raises(RuntimeError):
                model(image)


def test_the_one_value_norm_quotes_pytorch() -> None:
    finding = _of(CASES["one-value-norm"][0], "one-value-norm")
    assert finding is not None
    model = rv.build(rv.variant("resnet18"), device="cpu", init=True).train()
    with pytest.raises(ValueError, match="Expected more than 1 value per channel") as caught:
        model(torch.zeros(1, 3, 32, 32))
    assert str(caught.value) in finding.evidence


def test_more_memory_holds_larger_batches() -> None:
    case = _case("resnet50", 224, 32, memory=8 * 2**30)
    most = largest_batch(case)
    assert most > 32
    assert case.trace is not None
    fits = rv.forecast(case.spec, 224, most)
    over = rv.forecast(case.spec, 224, most + 1)
    assert sum(estimate(fits, "train").values()) <= case.memory < sum(estimate(over, "train").values())
    adam = copy(case, optimizer="adam")
    assert largest_batch(adam) < most
    assert largest_batch(copy(case, mode="eval")) > 2 * most
    assert largest_batch(copy(case, memory=2**20)) == 0


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"mode": "test"}, "mode='test': must be train or eval; use 'train'"),
        ({"data": "coco"}, "data='coco': must be one of imagenet, cifar10, cifar100, svhn, mnist, fashion-mnist, tiny-imagenet, stl10; use 'cifar10'"),
        ({"memory_gib": -1}, "memory_gib=-1: must be from 0 (not asked) to 100000 GiB; use e.g. 24"),
        ({"optimizer": "lion"}, "optimizer='lion': must be sgd or adam; use 'sgd'"),
        ({"input_size": 0}, "input_size=(0, 0): height and width must be whole numbers from 1 to 16384 px; use 224, or (H, W)"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(more: dict[str, object], message: str) -> None:
    with pytest.raises(rv.InputError) as caught:
        diagnose(rv.variant("resnet18"), **more)  # type: ignore[arg-type]
    assert str(caught.value) == message


@settings(max_examples=60)
@given(
    specs(), st.tuples(st.integers(1, 300), st.integers(1, 300)), st.integers(1, 3), st.sampled_from(["train", "eval"])
)
def test_any_network_can_be_examined(spec: ResNetSpec, size: tuple[int, int], batch: int, mode: str) -> None:
    case = Case.of(spec, size, batch, mode=mode, memory=2**24, data="mnist")
    for finding in examine(case):
        assert len(finding.remedies) <= 3
        for remedy in finding.remedies:
            assert _of(remedy.apply(case), finding.code) is None
