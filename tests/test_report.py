"""A report against what it tells of: the findings, the reasons and the picture are the package's own, and nothing leaves it."""

import re
from base64 import b64decode
from collections import Counter
from html.parser import HTMLParser

import pytest
import torch
from hypothesis import given, settings
from torch import nn

import resnet_viz as rv
from resnet_viz.export.registry import Export, exporter
from tests.test_export_tables import hostile

from .strategies import sizes, specs

EMPTY = {"meta", "img", "br"}


class Marks(HTMLParser):
    """The tags in balance, the links and where they lead, each picture with its words, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids, self.links = Counter[str](), list[str]()
        self.pictures: list[dict[str, str | None]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.ids.update([known["id"]] if known.get("id") else [])
        if tag == "a":
            self.links.append(str(known["href"]))
        if tag == "img":
            self.pictures.append(known)
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(text: str) -> Marks:
    """A whole page, in which every link leads somewhere and nothing is asked of outside."""
    found = Marks(text)
    assert found.open == [] and max(found.ids.values()) == 1
    assert {link.removeprefix("#") for link in found.links} == set(found.ids)
    assert not re.search(r"<script|<link|<iframe|url\(|@import|\son\w+=", text)
    for picture in found.pictures:
        assert str(picture["src"]).startswith("data:image/svg+xml;base64,") and picture["alt"]
    return found


def drawn(found: Marks) -> list[str]:
    return [b64decode(str(picture["src"]).partition(",")[2]).decode() for picture in found.pictures]


def test_it_tells_what_was_found_and_why() -> None:
    found = read(str(rv.export_as("resnet18@32", "report")))
    for finding in rv.diagnose("resnet18@32"):
        assert finding.title in found.text and finding.evidence in found.text and finding.explanation in found.text
        assert all(remedy.title in found.text for remedy in finding.remedies)
    trace = rv.forecast("resnet18@32")
    for step in trace.steps:  # the reason of each step that changes the shape, in the words of `explain`
        reason = rv.explain(trace, step.name).splitlines()[1]
        changes = bool(step.inputs) and step.output[1:] != step.inputs[0][1:]
        assert reason in found.text or not changes, step.name
    assert "11,689,512" in found.text and "37,523,456" in found.text  # as the README and torchvision count them
    whole, block = drawn(found)
    assert whole == rv.export_as("resnet18@32", "svg")
    assert block == rv.export_as("resnet18@32", "svg", level="block", part="layer2.0")


def test_two_networks_stand_beside_each_other() -> None:
    a, b = "resnet18@64", "seresnet18@64"
    found = read(str(rv.export_as(a, "report", beside=[b])))
    assert len(found.pictures) == 4 and f"a is {a}, b is {b}." in found.text
    whole = {name: rv.forecast(name).totals.params for name in (a, b)}
    assert f"parameters: a {whole[a]:,}, b {whole[b]:,}" in found.text
    with pytest.raises(rv.InputError, match="must be one network here"):
        rv.export_as(a, "report", beside=[b, "resnet34@64"])


def test_somebody_elses_network_and_hostile_names() -> None:
    read(str(rv.export_as(hostile(), "report")))
    signal = rv.trace(nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU()), inputs=(torch.zeros(1, 2, 16),))
    told = read(str(rv.export_as(signal, "report")))
    assert "Stages and blocks" not in told.text and "4×14" in told.text
    named = Export.of(signal, name='"><img src=x onerror=alert(1)>')
    text = str(exporter("report")(named))
    assert "<img src=x" not in text and Marks(text).open == []


@settings(max_examples=10)
@given(specs(), sizes)
def test_any_network_has_one(spec: rv.ResNetSpec, size: tuple[int, int]) -> None:
    try:
        trace = rv.forecast(spec, size)
    except rv.InputError:  # an anti-aliased one at a size that does not halve
        return
    assert f"{trace.totals.params:,}" in read(str(rv.export_as(trace, "report"))).text
