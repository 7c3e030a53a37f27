"""Which network of the catalogue is this?  Each is recognised as itself, as somebody else's code, changed, and as a file."""

import copy
import dataclasses
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

import resnet_viz as rv
from resnet_viz.advise import recognising
from tests.rows import each


def stranger(network: str) -> rv.Trace:
    """A trace that does not say which network it is of."""
    return dataclasses.replace(rv.forecast(network), spec=None)


def same(one: rv.Recognition, name: str) -> bool:
    """Whether it is called ``name``, or a network of the very same structure is."""
    return one.name == name or name in one.twins


@pytest.fixture(scope="module")
def _candidates_once() -> Iterator[None]:
    """Whoever is recognised is compared with the same networks at the same input: each is made once, not forty times."""
    once = cache(recognising.forecast)
    made: dict[tuple[int, bool], object] = {}

    def structure(trace: rv.Trace, fold: bool) -> object:
        if trace.spec is None:  # who is recognised
            return plain(trace, fold)
        return made.get((id(trace), fold)) or made.setdefault((id(trace), fold), plain(trace, fold))

    plain = recognising._Structure
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recognising, "forecast", once)
        patch.setattr(recognising, "_Structure", structure)
        yield


@pytest.mark.usefixtures("_candidates_once")
@pytest.mark.sweep
@each("name", rv.variants())
def test_each_is_itself_with_other_classes_and_channels(name: str) -> None:
    found = rv.recognise(stranger(f"{name}:num_classes=4,in_channels=1@64"))
    assert found is not None and found.exact and same(found, name)
    assert found.changes == ("1 input channel", "4 classes")
    assert found.spec.num_classes == 4 and found.spec.in_channels == 1


@pytest.mark.sweep
@pytest.mark.parametrize("stem", ["cifar", "imagenet", "deep"])
@pytest.mark.parametrize("name", ["resnet18", "resnet50", "preact_resnet110", "wrn_40_2", "seresnet50", "ecaresnet50d", "resnetblur50", "resnetrs50"])  # fmt: skip
def test_each_is_explained_with_another_stem(name: str, stem: str) -> None:
    trace = stranger(f"{name}:stem={stem}@64")
    found = rv.recognise(trace)
    assert found is not None and found.exact
    assert rv.forecast(found.spec, 64).totals == trace.totals
    if found.name != name:  # then a network of the catalogue is just that
        assert not found.changes or set(found.twins) or found.changes == ("1,000 classes",)


class Copy(nn.Module):
    """Somebody else's class around the parts of one of our networks."""

    def __init__(self, network: str) -> None:
        super().__init__()
        self.inside = nn.ModuleDict(dict(copy.deepcopy(rv.build(network)).named_children()))

    def forward(self, x: Tensor) -> Tensor:
        for name, part in self.inside.items():
            x = part(x.flatten(1) if name == "fc" else x)
        return x


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "cifar_resnet20", "resnext50_32x4d", "resnet50d"])
def test_a_copy_in_somebody_elses_code_is_recognised(name: str) -> None:
    found = rv.recognise(rv.trace(Copy(name), 64, device="meta"))
    assert found is not None
    assert (found.name, found.changes, found.unexplained) == (name, (), ())
    assert found.sentence == f"This is {rv.entry(name).title} ({name})."


FILES = sorted((Path(__file__).parent / "facts" / "onnx").glob("*.onnx"))


@pytest.mark.usefixtures("warm_reader")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_is_recognised_although_its_norms_are_folded(file: Path) -> None:
    found = rv.recognise(rv.read_onnx(file))
    assert found is not None
    assert (found.name, found.unexplained, found.changes) == (file.stem, (), ())
    folded = file.stem != "resnet50_gn"  # a group norm cannot be
    assert found.folded is folded
    assert found.sentence.endswith(" Its norms are folded into its convs, or it never had any.") is folded


def test_what_is_changed_otherwise_is_told() -> None:
    module = rv.build("resnet50:num_classes=4")
    for part in module.modules():
        for name, child in part.named_children():
            if isinstance(child, nn.ReLU):
                setattr(part, name, nn.SiLU())
    module.layer3[0].conv2 = nn.Conv2d(256, 256, 5, 2, 2, bias=False)
    module.maxpool = nn.AvgPool2d(3, 2, 1)
    found = rv.recognise(rv.trace(Around(module), 64, device="meta"))
    assert found is not None
    assert (found.name, found.changes) == ("resnet50", ("4 classes",))
    assert set(found.unexplained) == {
        "silu instead of relu, 49 times, first at inside.relu",
        "average pool 3x3, stride 2x2, padding 1x1 instead of max pool 3x3, stride 2x2, padding 1x1 at inside.maxpool",
        "conv 5x5 of 256 to 256, stride 2x2 instead of conv 3x3 of 256 to 256, stride 2x2 at inside.layer3.0.conv2",
    }
    assert found.sentence == "This is ResNet-50 (resnet50) with 4 classes, and 3 differences."
    assert repr(found).splitlines()[1:] == [f"  {line}" for line in found.unexplained]


class Around(nn.Module):
    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.inside = module

    def forward(self, x: Tensor) -> Tensor:
        return self.inside(x)


class Plain(nn.Module):
    """As many additions as ResNet-18, and nothing else of it."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3)
        self.convs = nn.ModuleList(nn.Conv2d(16, 16, 3, padding=1) for _ in range(8))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for conv in self.convs:
            x = x + conv(x)
        return x


@pytest.mark.parametrize(
    ("module", "inputs"),
    [
        (Plain(), (1, 3, 32, 32)),
        (nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), (1, 3, 32, 32)),
        (nn.LSTM(4, 4), (3, 1, 4)),
        (nn.Linear(4, 4), (1, 4)),
    ],
)
def test_what_is_none_of_them_is_called_none(module: nn.Module, inputs: tuple[int, ...]) -> None:
    assert rv.recognise(rv.trace(module, inputs=[inputs])) is None


@pytest.mark.sweep
@given(st.sampled_from(rv.variants()), st.sampled_from(rv.variants()))
def test_two_of_the_catalogue_are_one_only_where_their_structures_are(one: str, other: str) -> None:
    found = rv.recognise(stranger(f"{one}@64"))
    assert found is not None
    if same(found, other):
        mine, theirs = rv.forecast(f"{one}@64").totals, rv.forecast(f"{other}@64").totals
        assert (mine.params, mine.macs, mine.adds) == (theirs.params, theirs.macs, theirs.adds)


def test_what_is_no_trace_is_refused() -> None:
    with pytest.raises(rv.InputError) as caught:
        rv.recognise("resnet50")  # type: ignore[arg-type]
    assert str(caught.value) == (
        "trace='resnet50': must be a Trace, not str; make one with resnet_viz.trace or resnet_viz.read_onnx"
    )


@pytest.mark.parametrize("pool", ["max_ceil", "max_unpadded"])
def test_a_pool_that_rounds_up_is_a_change_of_the_stem(pool: str) -> None:
    found = rv.recognise(stranger(f"resnet18:stem.pool={pool}"))
    assert found is not None and found.name == "resnet18" and found.spec.stem.pool == pool
