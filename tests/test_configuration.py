"""The one text form of a network at an input."""

import pytest
from hypothesis import assume, given

import resnet_viz as rv
from resnet_viz.spec import ResNetSpec
from resnet_viz.spec.configuration import (
    MAX_TEXT,
    Configuration,
    as_configuration,
    changes,
    configuration,
    spec_and_size,
)

from .strategies import sizes, specs


@given(specs(), sizes)
def test_it_is_read_back(spec: ResNetSpec, size: tuple[int, int]) -> None:
    made = Configuration("resnet50", spec, size)
    assume(len(made.text) <= MAX_TEXT)
    assert configuration(made.text) == made
    # links of older versions have : between the changes
    pieces = made.text.split(",")
    older = pieces[0] + "".join((":" if "=" in piece else ",") + piece for piece in pieces[1:])
    assert configuration(older) == made


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("stem=cifar,num_classes=10", {"stem": "cifar", "num_classes": "10"}),
        ("blocks=2,2,2,2,widths=8,16,32,64", {"blocks": "2,2,2,2", "widths": "8,16,32,64"}),
        ("stem=cifar:num_classes=10", {"stem": "cifar", "num_classes": "10"}),
        (" stem = cifar , num_classes = 10", {"stem": "cifar", "num_classes": "10"}),
    ],
)
def test_changes(written: str, read: dict[str, str]) -> None:
    assert changes(written) == read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("resnet99", "name='resnet99': is not in the catalogue; did you mean"),
        ("resnet18:stem@32", "change='stem': must be FIELD=VALUE; write e.g. resnet18:stem=cifar,num_classes=10@64"),
        ("resnet18:@32", "change='': must be FIELD=VALUE; write e.g. resnet18:stem=cifar,num_classes=10@64"),
        ("resnet18:=3", "change='=3': must be FIELD=VALUE; write e.g. resnet18:stem=cifar,num_classes=10@64"),
        ("resnet18@0", "input_size=(0, 0): height and width must be whole numbers from 1 to 16384 px; use 224, or (H, W)"),
        ("resnet18:norm=layer", "norm='layer': must be one of 'batch', 'group'"),
        ("x" * 500, "must have at most 400 characters; write e.g. resnet34@224"),
    ],
)  # fmt: skip
def test_what_is_none(text: str, message: str) -> None:
    with pytest.raises(rv.ResNetVizError) as caught:
        configuration(text)
    assert message in str(caught.value)


def test_what_goes_in_for_a_network() -> None:
    small = configuration("resnet18:stem=cifar@48")
    assert as_configuration("resnet18:stem=cifar@48") == small == as_configuration(small)
    assert as_configuration(small, 96).size == (96, 96)
    assert as_configuration(small.spec) == Configuration("resnet18_cifar", small.spec, (224, 224))
    assert spec_and_size("cifar_resnet20")[1] == (32, 32)  # the network's own input
    assert spec_and_size("cifar_resnet20", (40, 30))[1] == (40, 30)
    assert rv.forecast("resnet18:stem=cifar@48").steps == rv.forecast(small.spec, 48).steps


@pytest.mark.parametrize("given", [None, 18, ["resnet18"], ("resnet18", 224), b"resnet18", ResNetSpec])
def test_what_is_no_network(given: object) -> None:
    for door in (as_configuration, spec_and_size, rv.forecast):
        with pytest.raises(rv.InputError) as caught:
            door(given)  # type: ignore[operator, arg-type]
        assert str(caught.value).endswith(
            f"must be a name, a configuration or a ResNetSpec, not {type(given).__name__}; "
            "write e.g. 'resnet18:stem=cifar,num_classes=10@64'"
        )
