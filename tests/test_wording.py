"""One of a thing is told in the singular, in every text about every network."""

import re

import pytest
from hypothesis import given, settings

import resnet_viz as rv
from resnet_viz.picture.figures import describe
from resnet_viz.picture.layout import Place
from resnet_viz.spec import ResNetSpec
from resnet_viz.why.words import why
from resnet_viz.why.worked import worked_lines
from tests.strategies import specs

# "1 blocks", "1 identity shortcuts"; not "2·1 + 1 rows", which is a sum, and not "layer1 blocks"
ONE_OF_MANY = re.compile(
    r"(?<![·×+−/=≥≤>] )(?<![\w.,·×+−/=-])1 (?:(?:identity|projection|zero-pad|equal|input|zero|channel|more) )?"
    r"(?:shortcuts|projections|blocks|steps|classes|channels|convs|filters|stages|rows|columns|gates|weights|numbers|windows|images|cells)\b"
)


def _texts(spec: ResNetSpec, size: int = 64) -> list[str]:
    trace = rv.forecast(spec, size)
    pictures = [("network", None), ("stage", "layer1"), ("block", "layer1.0")]
    texts = [describe(trace, Place(level, focus))["layout"]["meta"]["alt"] for level, focus in pictures]
    for step in trace.steps:
        texts += [why(trace, step), *(line for _, line in worked_lines(trace, step))]
    for finding in rv.diagnose(spec, size):
        texts += [finding.title, finding.evidence, *(remedy.title for remedy in finding.remedies)]
    return texts


def test_the_pattern_finds_what_it_is_for() -> None:
    for fault in ("Drawn: 1 identity shortcuts.", "layer1, 1 blocks", "1 channels of 32×32 px", "(1 classes)"):
        assert ONE_OF_MANY.search(fault)
    for sound in ("11 blocks", "1 block", "2·1 + 1 rows", "2,1 blocks", "1 of 3 blocks", "layer1 blocks"):
        assert not ONE_OF_MANY.search(sound)


@given(specs())
@settings(max_examples=25)
def test_one_is_singular_for_random_networks(spec: ResNetSpec) -> None:
    try:
        texts = _texts(spec)
    except rv.InputError:  # anti-aliased, at a size that does not halve
        return
    assert [text for text in texts if ONE_OF_MANY.search(text)] == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Drawn: 1 identity shortcut. F(x) of the block, 2 convs: 3×3, 3×3."),
        ({"shortcut": "C"}, "Drawn: 1 projection shortcut. F(x) of the block, 2 convs: 3×3, 3×3."),
        (
            {"shortcut": "C", "attention": "se"},
            "Drawn: 1 projection shortcut. F(x) of the block, 2 convs: 3×3, 3×3. 1 channel gate.",
        ),
    ],
)
def test_a_network_of_one_block(changes: dict[str, str], words: str) -> None:
    spec = rv.ResNetSpec(block="basic", blocks=(1,), widths=(64,), in_channels=1, num_classes=1, **changes)
    assert describe(rv.forecast(spec, 64), Place("network"))["layout"]["meta"]["alt"].endswith(words)
    assert [text for text in _texts(spec) if ONE_OF_MANY.search(text)] == []
