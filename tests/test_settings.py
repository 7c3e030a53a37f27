"""A spec as settings and in words: every catalogue entry and every random network goes out and comes back."""

import pytest
from hypothesis import given

import resnet_viz as rv
from resnet_viz.spec import ResNetSpec
from resnet_viz.spec.catalogue import nearest
from resnet_viz.spec.settings import FIELDS, NAMES, apply, describe, get, read, settings, text
from resnet_viz.ui.editor import EDITED, ELSEWHERE, params
from tests.rows import each
from tests.strategies import specs

PLAIN = ResNetSpec()


def _round_trips(spec: ResNetSpec, base: ResNetSpec) -> None:
    assert ResNetSpec.from_json(spec.to_json()) == spec
    wanted = settings(spec, base)
    assert apply(base, wanted) == spec  # what --set is given
    link = {param.name: param.read for param in params()}
    for name, written in wanted.items():  # what the address is given, field by field
        if name in link:
            assert link[name](written) == written
        else:
            assert name == "stem" or name in ELSEWHERE


@pytest.mark.sweep
@each("name", rv.variants())
def test_every_entry_round_trips_through_json_settings_and_the_address(name: str) -> None:
    _round_trips(rv.variant(name), PLAIN)
    assert nearest(rv.variant(name)).spec == rv.variant(name)


@given(specs(), specs())
def test_any_network_from_any_other(spec: ResNetSpec, base: ResNetSpec) -> None:
    _round_trips(spec, base)
    assert bool(describe(spec, base)) == (spec != base)


def test_every_field_has_a_title_a_sentence_a_source_and_a_control() -> None:
    flat = [f"stem.{name}" for name in rv.Stem.__dataclass_fields__]
    fields = [name for name in ResNetSpec.__dataclass_fields__ if name != "stem"] + flat
    assert sorted(NAMES) == sorted(fields)
    assert sorted([field.name for field in EDITED] + list(ELSEWHERE)) == sorted(fields)
    for field in FIELDS:
        assert field.title and field.source
        assert field.sentence.endswith(".")
        assert read(field.name, text(get(PLAIN, field.name))) == get(PLAIN, field.name)


def test_the_order_of_settings_does_not_matter() -> None:
    wanted = {"widths": "16,32,64", "blocks": "1,2,3", "stem.kernel": "5", "stem": "cifar"}
    one = apply(PLAIN, wanted)
    assert one == apply(PLAIN, dict(reversed(wanted.items())))
    assert one.stem == rv.Stem((64,), 5, 1, "none")


def test_a_stem_by_name_keeps_the_networks_own_width() -> None:
    assert apply(rv.variant("cifar_resnet20"), {"stem": "imagenet"}).stem == rv.Stem((16,), 7, 2, "max")


@pytest.mark.parametrize(
    ("name", "written", "message"),
    [
        ("blocks", "3,x", "blocks='3,x': must be written like 3,4,6,3; write blocks=3,4,6,3"),
        ("groups", "9" * 40, f"groups='{'9' * 40}': must be written like 1; write groups=1"),
        ("preact", "yes", "preact='yes': must be written like false; write preact=false"),
        ("se_ratio", "1/0", "se_ratio='1/0': must be written like 0.0625; write se_ratio=0.0625"),
    ],
)
def test_a_setting_that_cannot_be_read(name: str, written: str, message: str) -> None:
    with pytest.raises(rv.SpecError) as caught:
        apply(PLAIN, {name: written})
    assert str(caught.value) == message


def test_fractions_and_spaces_are_read() -> None:
    assert apply(PLAIN, {"se_ratio": "1/4", "attention": " se", "blocks": "(1, 2, 3, 4)"}) == rv.replace(
        PLAIN, se_ratio=0.25, attention="se", blocks=(1, 2, 3, 4)
    )


def test_what_changed_is_said_in_words() -> None:
    spec = rv.replace(rv.variant("resnet34"), stem=rv.CIFAR_STEM, preact=True, num_classes=10, dilated_stages=1)
    assert describe(spec, rv.variant("resnet34")) == [
        "norm and ReLU before each conv",
        "stem: one 3×3 conv of 64 channels, stride 1, no pool",
        "the last stage dilated instead of strided",
        "10 classes",
    ]
