"""Words in pictures can be read in both themes: at least 4.5:1 against what lies under them, as WCAG's AA asks of words."""

from typing import Any

import pytest

import resnet_viz as rv
from resnet_viz.advise.comparing import compare
from resnet_viz.picture.figures import describe
from resnet_viz.picture.figures.failure import describe_broken
from resnet_viz.picture.figures.pair import describe_compared
from resnet_viz.picture.figures.palette import INK, LINK, MUTED, ON_ACCENT, PAPER, STOP
from resnet_viz.picture.layout import Look, Place


def _light(colour: str) -> float:
    """Relative luminance, WCAG 2.2's definition."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_light(one), _light(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_wcags() -> None:
    assert _contrast("#ffffff", "#000000") == pytest.approx(21)
    assert _contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)  # the palest grey that passes on white


def _ground(figure: dict[str, Any], x: float, y: float, theme: str) -> str:
    """The colour of the uppermost rectangle under a point, or the page's."""
    found = PAPER[theme]
    for trace in figure["data"]:
        fill = trace.get("fillcolor", "")
        if trace.get("fill") != "toself" or not fill.startswith("#"):
            continue
        for i in range(0, len(trace["x"]), 6):  # five corners and a gap
            xs, ys = trace["x"][i : i + 5], trace["y"][i : i + 5]
            if None not in xs and min(xs) < x < max(xs) and min(ys) < y < max(ys):
                found = fill
    return found


def _words(figure: dict[str, Any], theme: str) -> list[tuple[str, str, str]]:
    """Each word's colour, that of its ground, and the word."""
    plain = figure["layout"]["font"]["color"]
    found = [
        (note.get("font", {}).get("color", plain), note.get("bgcolor", PAPER[theme]), note["text"])
        for note in figure["layout"]["annotations"]
    ]
    for trace in figure["data"]:
        if trace.get("mode") == "text":
            colour = trace["textfont"].get("color", plain)
            found += [
                (colour, _ground(figure, x, y, theme), word)
                for x, y, word in zip(trace["x"], trace["y"], trace["text"], strict=True)
            ]
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_word_of_a_picture_can_be_read(theme: str) -> None:
    trace, look = rv.forecast("resnet18", 64), Look(theme=theme)
    dead = rv.forecast("resnet18", 32)  # weights that only ever meet padding have a colour of their own
    found = compare("resnet18@64", "resnet50@64")
    figures = [
        describe(trace, Place("network"), look),
        describe(trace, Place("network"), Look(theme=theme, colour="macs")),
        describe(trace, Place("block", "layer2.0"), look),
        describe(trace, Place("operation", "conv1", (0, 0)), look),
        describe(dead, Place("operation", "layer4.0.conv2", (0, 0)), look),
        describe_broken(rv.break_it("resnet18", "remove-projection", 64).broken, Place("network"), look),
        *describe_compared(found, look).figures,
    ]
    words = [word for figure in figures for word in _words(figure, theme)]
    assert len({ground for _, ground, _ in words}) >= 6 and len(words) > 200
    assert [word for word in words if _contrast(word[0], word[1]) < 4.5] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_inks_can_be_read_on_the_page(theme: str) -> None:
    inks = {"ink": INK, "muted": MUTED, "stop": STOP, **LINK}
    assert {name: ink[theme] for name, ink in inks.items() if _contrast(ink[theme], PAPER[theme]) < 4.5} == {}
    if theme == "dark":
        assert _contrast(ON_ACCENT, "#7cc0f5") >= 4.5  # the accent of .streamlit/config.toml
