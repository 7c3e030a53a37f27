import tomllib
from pathlib import Path

import pytest

import resnet_viz as rv
from resnet_viz.picture.figures import VIEWS, palette
from resnet_viz.picture.layout import COLOURS
from tests.rows import each


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("level", "focus"), [("network", None), ("block", "layer2.0")])
def test_every_box_can_be_selected(theme: str, level: str, focus: str | None) -> None:
    trace = rv.forecast(rv.variant("resnet34"), 32)
    figure = rv.draw(trace, level, focus, theme=theme, selected=4)
    hits = next(data for data in figure.data if data.name == "hits")
    assert len(hits.customdata) == len(hits.hovertext) >= 6
    for step, text in zip(hits.customdata, hits.hovertext, strict=True):
        assert "×".join(map(str, trace.steps[step].output)) in text


@pytest.mark.sweep
@each("name", rv.variants())
def test_the_network_level_keeps_its_budget(name: str) -> None:
    known = rv.entry(name)
    figure = rv.draw(rv.forecast(known.spec, known.input_size))
    assert (
        len(figure.data) <= 22
    )  # a trace a colour of volumes, a sort of line, of sign and of mark, whatever their number
    assert len(figure.to_json()) <= 60_000


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(("level", "focus"), [("network", None), ("stage", "layer2"), ("block", "layer2.0")])
def test_each_colouring_at_each_level(level: str, focus: str | None, colour: str) -> None:
    trace = (
        rv.trace(rv.variant("cifar_resnet20"), 16, device="cpu")
        if colour == "time"
        else rv.forecast(rv.variant("seresnet50"), 64)
    )
    figure = rv.draw(trace, level, focus, colour=colour)
    assert any(data.name == "strip" for data in figure.data) == (colour not in ("stage", "kind"))
    fills = {
        data.fillcolor
        for data in figure.data
        if data.type == "scatter" and data.fill == "toself" and data.name != "strip"
    }
    assert len(fills) >= 4
    with pytest.raises(rv.InputError, match=r"^colour='weight': must be one of stage, kind, "):
        rv.draw(trace, colour="weight")


def test_outlines_mark_each_step_that_is_drawn() -> None:
    trace = rv.forecast(rv.variant("resnet152"))
    figure = rv.draw(trace, selected=trace.step("layer3.20.relu3").index)
    hits = next(data for data in figure.data if data.name == "hits")
    assert {str(step) for step in hits.customdata} == set(figure.layout.meta["outlines"])
    assert len(figure.layout.meta["folds"]) == 33
    assert len(next(data for data in figure.data if data.name == "selected").x) > 4  # it is inside the fold


def _seen(colour: str, kind: str) -> tuple[float, float, float]:
    """A colour as colour-blind eyes see it (Machado, Oliveira and Fernandes 2009, severity 1), in CIE Lab."""
    matrix = {
        "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
        "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
        "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
    }[kind]  # fmt: skip
    linear = [(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in linear]
    r, g, b = (min(1.0, max(0.0, sum(m * c for m, c in zip(row, linear, strict=True)))) for row in matrix)
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (c ** (1 / 3) if c > 0.008856 else 7.787 * c + 16 / 116 for c in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("kind", ["normal", "protanopia", "deuteranopia", "tritanopia"])
def test_colours_are_told_apart_by_colour_blind_eyes(kind: str) -> None:
    groups = {
        "stages": [palette.base(f"stage{i}") for i in range(1, 5)] + [palette.base("stem"), palette.base("input"), palette.base("head")],
        "ramp": [*palette.RAMP, palette.UNCOUNTED],
        "kinds": list(palette.KINDS.values()),
        "links": [palette.LINK[name]["light"] for name in ("identity", "projection", "zero-pad", "gate", "skip")],
    }  # fmt: skip
    for name, colours in groups.items():
        for i, one in enumerate(colours):
            for other in colours[i + 1 :]:
                apart = sum((a - b) ** 2 for a, b in zip(_seen(one, kind), _seen(other, kind), strict=True)) ** 0.5
                assert apart > 8, (name, one, other, apart)


def test_alt_text_says_the_route() -> None:
    figure = rv.draw(rv.forecast(rv.variant("resnet34"), 224))
    assert figure.layout.meta["alt"] == (
        "network level, 1×3×224×224. Volumes (height×width×channels): 224×224×3 → 112×112×64 → 56×56×64 → 28×28×128 → 14×14×256 → 7×7×512 → "
        "1×1×512 → 1000. Drawn: 13 identity shortcuts, 3 projection shortcuts. F(x) of each block, 2 convs: 3×3, 3×3; where maps get smaller, stride 2 in "
        "the first 3×3."
    )


def test_a_foreign_network_can_be_drawn() -> None:
    from torch import nn

    figure = rv.draw(rv.trace(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 9, 3)), 16))
    assert "14×14×8 → 12×12×9" in figure.layout.meta["alt"]


def test_each_view_says_what_it_is() -> None:
    for view in VIEWS:
        assert view.TITLE
        assert view.QUESTION.endswith("?")


def test_bad_theme() -> None:
    with pytest.raises(rv.InputError, match=r"^theme='pink': must be light or dark; use 'light'$"):
        rv.draw(rv.forecast(rv.variant("resnet18")), theme="pink")


def test_the_paper_of_the_pictures_is_the_pages() -> None:
    settings = tomllib.loads((Path(__file__).parents[1] / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert {name: settings["theme"][name]["backgroundColor"] for name in ("light", "dark")} == palette.PAPER
