"""What Python and a notebook show of the objects that people hold in their hands."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from torch import nn

import resnet_viz as rv
from resnet_viz.advise.weights import expected_shapes
from resnet_viz.picture.figures import describe
from resnet_viz.picture.figures.still import svg
from resnet_viz.picture.layout import Place
from resnet_viz.picture.layout.scene import CHAR

from .strategies import specs

SVG = "{http://www.w3.org/2000/svg}"


@given(spec=specs())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_repr_of_a_spec_makes_it_again(spec: rv.ResNetSpec) -> None:
    names = {"ResNetSpec": rv.ResNetSpec, "Stem": rv.Stem}
    assert eval(repr(spec), names) == spec and eval(repr(spec.stem), names) == spec.stem
    assert "\n" not in repr(spec)


def test_the_repr_of_a_spec_says_what_is_not_as_usual() -> None:
    assert repr(rv.variant("resnet18")) == "ResNetSpec(block='basic', blocks=(2, 2, 2, 2))"
    assert repr(rv.CIFAR_STEM) == "Stem(kernel=3, stride=1, pool='none')"


def test_the_repr_of_a_trace_is_its_totals() -> None:
    assert repr(rv.forecast("resnet34")) == (
        "Trace of 139 steps at 224×224 px, batch 1, float32, by formulas\n"
        "  ResNetSpec(block='basic')\n"
        "  21,797,672 parameters, 3,663,761,408 MACs, 50,483,104 bytes of activations\n"
        "  36 convs, 16 additions, the last map 512×7×7 (C×H×W)"
    )
    own = rv.trace(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), 9)
    assert repr(own).startswith(
        "Trace of 3 steps at 9×9 px, batch 1, float32, by hooks on cpu\n  of Sequential, somebody else's\n"
    )


def test_every_repr_has_one_to_ten_lines() -> None:
    spec = rv.variant("resnet152")
    weights = rv.Weights(expected_shapes(spec), ("taken from “model”",) * 30)
    outcome = rv.break_it("resnet18@32", "remove-projection")
    shown = [
        rv.forecast("cifar_resnet1202"), rv.compare("resnet18", "resnet152"), rv.diagnose("resnet152@1"), rv.diagnose("resnet152@1")[0], rv.adapt(64),
        rv.adapt(64)[0], rv.entry("resnet50d"), rv.Configuration.of("resnet18@64"), weights, rv.check_weights(weights, "resnet18"), outcome,
        outcome.explanation, rv.Findings(tuple(rv.diagnose("resnet18@32")) * 9), rv.Findings(), rv.Proposals(),
    ]  # fmt: skip
    for each in shown:
        assert 1 <= len(repr(each).splitlines()) <= 10, repr(each)
        assert len(repr(each)) < 2000


def test_one_finding_is_no_findings() -> None:
    assert repr(rv.Findings(rv.diagnose("resnet18@32")[:1])).startswith("1 finding\n  warning: ")
    assert repr(rv.Findings()) == "0 findings"


def _parsed(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<body>{html.replace('<br>', '<br/>')}</body>")


@pytest.mark.parametrize(
    "shown", [rv.forecast("resnet34"), rv.compare("resnet18@32", "resnet50"), rv.diagnose("resnet18@32"), rv.adapt(64)]
)
def test_a_notebook_gets_markup_that_needs_nothing_from_elsewhere(shown: rv.Trace) -> None:
    html = shown._repr_html_()
    tree = _parsed(html)  # well-formed
    assert not re.search(r"<script|<link|<img|url\(|@import|href=| id=", html)
    assert set(re.findall(r"https?://[^\"' ]+", html)) <= {"http://www.w3.org/2000/svg"}
    for picture in tree.iter(f"{SVG}svg"):
        assert picture.get("role") == "img" and "Volumes (height×width×channels)" in (picture.get("aria-label") or "")


PICTURES = [
    (name, level, focus)
    for name in ("resnet34@224", "resnet18@32", "resnet50", "cifar_resnet56", "resnet18_option_a", "seresnet50", "resnetv2_50d_gn@64")
    for level, focus in (("network", None), ("stage", "layer2"), ("block", "layer2.0"))
]  # fmt: skip


@pytest.mark.parametrize(("name", "level", "focus"), PICTURES)
def test_nothing_of_a_still_picture_is_cut_off_and_no_words_overlap(name: str, level: str, focus: str | None) -> None:
    picture = ElementTree.fromstring(svg(describe(rv.forecast(name), Place(level, focus))))
    width, height = (float(picture.get(side, "0")) for side in ("width", "height"))
    for shape in picture.iter(f"{SVG}path"):
        numbers = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", shape.get("d", ""))
        assert all(0 <= float(x) <= width and 0 <= float(y) <= height for x, y in numbers)
    words: list[tuple[float, float, float, float]] = []
    for text in picture.iter(f"{SVG}text"):
        x, y, long = float(text.get("x", "")), float(text.get("y", "")), len(text.text or "") * CHAR * 0.9
        left = x - long / 2 if text.get("text-anchor") == "middle" else x
        assert left >= 0 and left + long <= width and y <= height - 2 and y >= 10, text.text
        words.append((left, y - 10, left + long, y + 2))
    for i, a in enumerate(words):
        for b in words[:i]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)


def test_a_still_picture_has_each_volume_and_sign_of_the_figure() -> None:
    picture = ElementTree.fromstring(svg(describe(rv.forecast("resnet18_option_a"))))
    circles = list(picture.iter(f"{SVG}circle"))
    assert len(circles) == 8 + 1  # an addition a block, and one in the legend
    dotted = [shape for shape in picture.iter(f"{SVG}path") if shape.get("stroke-dasharray") == "2 3"]
    assert len(dotted) == 2  # the zero-pad shortcuts as one path, and their line in the legend


def test_names_of_somebody_elses_modules_are_text() -> None:
    module = nn.Sequential()
    module.add_module("<script>alert(1)</script>", nn.Conv2d(3, 4, 3))
    module.add_module("b&<b>", nn.ReLU())
    html = rv.trace(module, 9)._repr_html_()
    assert "<script" not in html and _parsed(html) is not None
    finding = rv.Finding("x", "note", "<script>", "a & b", "", remedies=())
    assert rv.Findings([finding])._repr_html_() == "<ul><li><b>note: &lt;script&gt;</b><br>a &amp; b</li></ul>"


def test_a_network_stands_for_its_forecast() -> None:
    assert rv.draw("resnet18@32").layout.meta["alt"] == rv.draw(rv.forecast("resnet18@32")).layout.meta["alt"]
    assert rv.explain("resnet18@32", "conv1") == rv.explain(rv.forecast("resnet18@32"), "conv1")
    for network in ("resnet18:num_classes=10@64", rv.Configuration.of("resnet18:num_classes=10@64")):
        wanted = rv.replace(rv.variant("resnet18"), num_classes=10)
        assert rv.diagnose(network) == rv.diagnose(wanted, 64)
        assert rv.trace(network, device="meta").confirm(rv.forecast(wanted, 64)) == []
        assert rv.build(network, "meta").spec == wanted
        weights = rv.Weights(expected_shapes(wanted), ())
        assert rv.check_weights(weights, network).complete
        assert rv.break_it(network, "fixed-head").error == rv.break_it(wanted, "fixed-head", 64).error
    assert rv.diagnose("resnet18@64", 32) == rv.diagnose("resnet18", 32)  # a size of its own wins


def test_a_widget_keeps_what_python_and_the_page_say_of_it() -> None:
    shown = rv.widget("resnet18@64", title="mine")
    told: list[object] = []
    shown.observe(lambda change: told.append(change["new"]), "selected")
    shown._heard(None, {"picked": {"step": 12, "act": "select"}}, [])  # the block's last ReLU, which its volume is of
    assert shown.trace.steps[12].kind == "relu" and shown.selected == "layer1.0.conv2" and shown._marked == 12
    shown._heard(None, {"picked": {"step": 12, "act": "in"}}, [])
    assert shown.place == Place("stage", "layer1") and shown._trail == ["mine", "layer1"]
    shown.selected = None
    assert shown.step is None and shown._card == [] and told == ["layer1.0.conv2", None]
    with pytest.raises(rv.InputError, match="step='conv9': is not in this network; try "):
        shown.selected = "conv9"
    with pytest.raises(rv.InputError, match="focus='layer9': is no stage of this network"):
        shown.go("stage", "layer9")
    assert shown.place == Place("stage", "layer1") and repr(shown) == "Widget of mine, stage layer1 level"
    data, _ = shown._repr_mimebundle_()
    assert data["text/html"] == shown.trace._repr_html_() and "application/vnd.jupyter.widget-view+json" in data


@pytest.mark.parametrize(
    "said", [None, [], "x", {"picked": 3}, {"picked": {"step": 10**9, "act": "select"}}, {"picked": {"step": "0", "act": "in"}},
             {"picked": {"step": 1, "act": "eval"}}, {"picked": {"step": -1, "act": "to"}}, {"picked": {"step": 0.5, "act": "select"}},
             {"theme": "x"}, {"ask": "passwords"}],
)  # fmt: skip
def test_a_page_that_talks_nonsense_changes_nothing(said: object) -> None:
    shown = rv.widget("resnet18@32", table=False)
    before = shown.get_state()
    shown._heard(None, said, [])
    assert shown.get_state() == before and shown.place == Place()


def test_a_widget_of_anybodys_module() -> None:
    shown = rv.widget(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), 9)
    shown.selected = "0"
    assert shown.step is not None and shown.step.output == (1, 4, 7, 7) and shown.title == "Sequential"
