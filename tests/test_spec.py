import pytest
from hypothesis import given

import resnet_viz as rv
from resnet_viz.spec import ResNetSpec, Stem
from tests.rows import each
from tests.strategies import specs


@given(specs())
def test_json_round_trip(spec: ResNetSpec) -> None:
    assert ResNetSpec.from_json(spec.to_json()) == spec
    assert hash(ResNetSpec.from_json(spec.to_json())) == hash(spec)


@each(
    ("fields", "message"),
    [
        ({"blocks": (3, 0, 6)}, "blocks=(3, 0, 6): every stage needs at least 1 block; drop the stage instead"),
        ({"blocks": (3, 4)}, "widths=(64, 128, 256, 512): must have one entry per stage, and blocks=(3, 4) has 2; give 2 widths"),
        ({"block": "basic", "groups": 2}, "groups=2: only the bottleneck block has this; block='basic' needs groups=1; use block='bottleneck' or leave it out"),
        ({"block": "dense"}, "block='dense': must be one of 'basic', 'bottleneck'; use 'basic'"),
        ({"in_channels": 0}, "in_channels=0: must be a whole number from 1 to 4096; use a value from 1 to 4096"),
        ({"in_channels": True}, "in_channels=True: must be a whole number from 1 to 4096; use a value from 1 to 4096"),
        ({"num_classes": 10**9}, "num_classes=1000000000: must be a whole number from 1 to 1000000; use a value from 1 to 1000000"),
        ({"widths": (64, 32, 16, 8), "shortcut": "A"}, "shortcut='A': can only add zero channels, and a stage goes from 256 to 128; use shortcut='B' or widths that never shrink"),
        ({"width_per_group": 1, "widths": (8, 8, 8, 8)}, "width_per_group=1: leaves stage width 8 without a channel: int(8 * 1 / 64) = 0; use at least 8"),
        ({"attention": "sa"}, "attention='sa': must be one of 'none', 'se', 'eca'; use 'none'"),
        ({"se_ratio": 0}, "se_ratio=0: must be a number above 0 and at most 1; use 1/16, as SE-ResNet does"),
        ({"norm": "group", "widths": (16, 32, 64, 128)}, "norm='group': divides channels into 32 groups, and a norm of this network has 16 channels; make every width and stem channel a multiple of 32, or use norm='batch'"),
        ({"dilated_stages": 4}, "dilated_stages=4: the first stage has no stride to replace, so of 4 stages at most 3 can; use at most 3"),
        ({"anti_alias": "blur", "preact": True}, "anti_alias='blur': stands after a strided 3x3 and its ReLU, and preact=True has none; use preact=False or anti_alias='none'"),
        ({"anti_alias": "avg", "stride_in": "1x1"}, "anti_alias='avg': stands after a strided 3x3 and its ReLU, and stride_in='1x1' has none; use stride_in='3x3' or anti_alias='none'"),
        ({"anti_alias": "avg", "stem": Stem(pool="conv")}, "anti_alias='avg': changes the stem's max pool, and stem.pool='conv' has none; use stem.pool='max' or 'none'"),
        ({"anti_alias": "avg", "stem": Stem(pool="max_ceil")}, "anti_alias='avg': puts a pool of its own in place of stem.pool='max_ceil'; use stem.pool='max' or 'none'"),
        ({"shortcut": "A", "shortcut_pool": True}, "shortcut_pool=True: option A has no conv to pool for; use shortcut='B'"),
        ({"blocks": (2048, 2048, 1, 1)}, "blocks=(2048, 2048, 1, 1): must sum to at most 2048 blocks; make the stages shorter"),
    ],
)  # fmt: skip
def test_refusals_say_field_value_rule_and_fix(fields: dict[str, object], message: str) -> None:
    with pytest.raises(rv.SpecError) as caught:
        ResNetSpec(**fields)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_stem_refuses_an_even_kernel() -> None:
    with pytest.raises(rv.SpecError) as caught:
        Stem(kernel=4)
    assert str(caught.value) == "stem.kernel=4: must be odd, so that padding k//2 keeps the centre; use 3 or 7"


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{", '{"nope": 1}', '{"blocks": "x"}', '{"blocks": [1.5]}', '{"stem": 3}', '{"stem": {"kernel": "7"}}', '{"block": ["basic"]}', "[" * 15_000, "1" * 30_000],
)  # fmt: skip
def test_hostile_json_gets_a_spec_error(text: str) -> None:
    with pytest.raises(rv.SpecError):
        ResNetSpec.from_json(text)


def test_replace_names_the_fields() -> None:
    with pytest.raises(rv.SpecError, match=r"^color=1: is no field of a ResNetSpec; use one of block, blocks, "):
        rv.replace(ResNetSpec(), color=1)
