"""A picture framed for a file: a title, 16:9, words that are read from afar; and nothing of the picture moved or cut."""

from typing import Any

import pytest

import resnet_viz as rv
from resnet_viz.picture.figures import describe
from resnet_viz.picture.figures.files import framed
from resnet_viz.picture.layout import Look, Place

TRACE = rv.forecast("resnet18", 64)
ABOUT = "64×64 px, batch 1 · network level"


def _sizes(part: Any) -> list[float]:
    """Every font size of a figure."""
    if isinstance(part, list):
        return [size for one in part for size in _sizes(one)]
    if not isinstance(part, dict):
        return []
    own = [part["font"]["size"]] if "size" in part.get("font", {}) else []
    return own + [size for key, one in part.items() if key != "meta" for size in _sizes(one)]


@pytest.mark.parametrize(
    ("network", "place", "look"),
    [
        ("resnet18@64", Place(), Look(colour="macs")),
        ("resnet18@64", Place("block", "layer1.1"), Look(theme="dark")),
        ("seresnet50@224", Place("block", "layer2.0"), Look(colour="kind")),
        ("resnet152@224", Place(), Look(unfold=True)),
        ("resnet18@64", Place("operation", "conv1"), Look()),
        ("resnet18@64", Place(), Look(solid=True, colour="bytes")),
    ],
)
def test_a_slide_is_16_to_9_and_read_from_afar(network: str, place: Place, look: Look) -> None:
    figure = describe(rv.forecast(network), place, look)
    plain = figure["layout"]
    slide = framed(figure, "A title", ABOUT, theme=look.theme, size="slide")["layout"]
    assert slide["width"] / slide["height"] == pytest.approx(16 / 9) and slide["width"] > 1279.99
    assert min(_sizes(slide)) >= 15
    assert slide["title"]["text"] == "<b>A title</b>" and slide["title"]["subtitle"]["text"] == ABOUT
    if look.solid:
        return
    times = slide["annotations"][0]["font"]["size"] / plain["annotations"][0]["font"]["size"]
    margin, inner = slide["margin"], {}
    for axis, px in (("xaxis", slide["width"]), ("yaxis", slide["height"] - margin["t"] - margin["b"])):
        (low, high), (left, right) = slide[axis]["range"], plain[axis]["range"]
        assert low <= left and right <= high  # all of it
        inner[axis] = px / (high - low)
    # a unit is as many px as the words are larger, along both axes: the words fit where they were laid out
    assert inner["xaxis"] == pytest.approx(times) == inner["yaxis"]


def test_lines_and_signs_grow_with_the_words() -> None:
    figure = describe(TRACE, Place("block", "layer2.0"))
    slide = framed(figure, "", ABOUT, size="slide")
    times = slide["layout"]["font"]["size"] / figure["layout"]["font"]["size"]
    assert times > 1.2
    for one, other in zip(figure["data"], slide["data"], strict=True):
        assert (one["x"], one["y"]) == (other["x"], other["y"])
        if one["type"] == "bar":
            assert one["width"] == other["width"]  # in the picture's measure
        elif "line" in one:
            assert other["line"]["width"] == pytest.approx(times * one["line"]["width"])
        else:
            assert other["marker"]["size"] == pytest.approx(times * one["marker"]["size"])


def test_a_page_keeps_the_picture_and_has_room_for_every_line_above_it() -> None:
    figure = describe(TRACE, Place("block", "layer2.1"))
    plain = figure["layout"]
    assert figure["layout"]["width"] < 900
    pieces = ["a piece that is as long as this one"] * 6
    made = framed(figure, "A title", " · ".join(pieces))["layout"]
    lines = made["title"]["subtitle"]["text"].split("<br>")
    assert len(lines) > 1 and " · ".join(lines) == " · ".join(pieces)
    assert max(map(len, lines)) * 6.84 <= plain["width"]
    assert made["width"] == plain["width"] and made["xaxis"] == plain["xaxis"]
    more = made["height"] - plain["height"]
    assert more == pytest.approx(made["margin"]["t"] - plain["margin"]["t"])
    assert more >= 20 + 1.3 * (19 + 12 * len(lines))
    assert figure["layout"] is plain and "title" not in plain  # what is remembered stays as it is
