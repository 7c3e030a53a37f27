"""Where one looks and how it is drawn: two words with one check, one default and one way to stand in a link."""

import inspect
from typing import Any

import pytest

import resnet_viz as rv
from resnet_viz.cli.parser import parse
from resnet_viz.picture.figures import describe
from resnet_viz.picture.layout import PLAIN, WHOLE, Look, Place
from resnet_viz.ui import links, viewing

TRACE = rv.forecast("resnet18", 64)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Place("atom"), "level='atom': must be one of network, stage, block, operation, field; use 'network'"),
        (lambda: Place("stage", 2), "focus=2: must be a text, not int; write e.g. 'layer2.0'"),
        (lambda: Place("operation", "conv1", (1, 2, 3)), "cell=(1, 2, 3): must be (row, column); use e.g. (0, 0)"),
        (lambda: Look("pink"), "colour='pink': must be one of stage, kind, params, macs, bytes, field, time; use 'stage'"),
        (lambda: Look(theme="pink"), "theme='pink': must be light or dark; use 'light'"),
        (lambda: Look(true_scale=1), "true_scale=1: must be True or False, not int; use True or False"),
        (lambda: Look(unfold="x"), "unfold='x': must be True or False, not str; use True or False"),
        (lambda: Look(solid=None), "solid=None: must be True or False, not NoneType; use True or False"),
    ],
)  # fmt: skip
def test_what_is_refused_in_words(make: Any, message: str) -> None:
    with pytest.raises(rv.InputError) as caught:
        make()
    assert str(caught.value) == message


def test_both_are_keys_and_cannot_be_changed() -> None:
    assert {Place("field", "conv1", [1, 2])} == {Place("field", "conv1", (1, 2))}  # type: ignore[arg-type]
    assert {Look("macs"), Look(colour="macs")} == {Look("macs", False, False, False, "light")}
    for made, name in ((WHOLE, "level"), (PLAIN, "colour")):
        with pytest.raises(AttributeError):
            setattr(made, name, "stage")


def test_draw_has_their_parameters_and_their_defaults() -> None:
    """People write them out; here they are one with what everything else is drawn by."""
    given = {name: known.default for name, known in inspect.signature(rv.draw).parameters.items()}
    of_both = {name: getattr(made, name) for made in (WHOLE, PLAIN) for name in type(made).__dataclass_fields__}
    assert given == {"trace": inspect.Parameter.empty, "selected": None, **of_both}
    asked = rv.draw(TRACE, "block", "layer2.0", theme="dark", colour="macs", true_scale=True).to_plotly_json()
    made = describe(TRACE, Place("block", "layer2.0"), Look("macs", true_scale=True, theme="dark"))
    assert asked["layout"]["meta"] == made["layout"]["meta"] and len(asked["data"]) == len(made["data"])


def test_the_command_line_has_their_defaults() -> None:
    asked = parse(["draw", "resnet18", "-o", "x.html"])
    assert Place(asked.level, asked.focus, asked.cell) == WHOLE
    assert Look(asked.colour, asked.true_scale, asked.unfold, asked.solid, asked.theme) == PLAIN


def test_a_zoom_is_kept_in_one_place_alone() -> None:
    """A page keeps it while plotly's ``uirevision`` stays."""

    def revision(place: Place, look: Look = PLAIN) -> str:
        return describe(TRACE, place, look)["layout"]["uirevision"]

    places = (WHOLE, Place("stage"), Place("stage", "layer2"), Place("block", "layer2.0"), Place("block", "layer2.1"))
    assert len({revision(place) for place in places}) == len(places)
    assert revision(places[2]) == revision(places[2], Look("macs", true_scale=True, theme="dark"))
    assert revision(Place("field", "conv1", (1, 2))) == revision(Place("field", "conv1", (3, 4)))


# ---- in the address ------------------------------------------------------------------------------------------------


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    made: dict[str, str] = {}
    monkeypatch.setattr(links.st, "query_params", made)
    return made


def test_what_the_address_says_of_a_picture(address: dict[str, str]) -> None:
    viewing.publish(WHOLE, PLAIN)
    assert address == {}
    viewing.publish(Place("stage", "layer2"), Look("macs", true_scale=True, unfold=True, solid=True, theme="dark"))
    scene = {"level": "stage", "focus": "layer2", "colour": "macs", "true": "1", "unfold": "1", "solid": "1"}
    assert address == scene
    # a window has neither: what was chosen of them is there again when one comes back
    viewing.publish(Place("operation", "layer2.0.conv1", (0, 3)), PLAIN)
    assert address == {**scene, "level": "operation", "operation": "layer2.0.conv1", "column": "3"}
    viewing.publish(Place("block", "layer2.0"), PLAIN)
    assert address == {"level": "block", "focus": "layer2.0"}
    viewing.publish(WHOLE, PLAIN)
    assert address == {}


def test_what_is_written_is_read_back_and_nothing_else(address: dict[str, str]) -> None:
    params = {known.name: known for known in viewing.params(links.matching("layer2"), links.matching("conv1"))}
    assert list(params) == [
        "level",
        "focus",
        "operation",
        "row",
        "column",
        "channel",
        "colour",
        "true",
        "solid",
        "unfold",
    ]
    assert all(known.widget == name for name, known in params.items())
    viewing.publish(Place("stage", "layer2"), Look("macs", True, True, True))
    viewing.publish(Place("operation", "conv1", (1, 2), 6), PLAIN)
    assert {name: params[name].read(text) for name, text in address.items()} == {
        "level": "operation", "focus": "layer2", "operation": "conv1", "row": 1, "column": 2, "channel": 7,
        "colour": "macs", "true": True, "solid": True, "unfold": True,
    }  # fmt: skip
    for name, bad in (("level", "field"), ("focus", "layer3"), ("operation", "layer2"), ("row", "-1"), ("colour", "pink"), ("true", "0"), ("solid", "x"), ("unfold", "")):  # fmt: skip
        assert params[name].read(bad) is None


def test_a_link_to_a_place() -> None:
    assert viewing.query(WHOLE) == {}
    assert viewing.query(Place("block", "layer2.0")) == {"level": "block", "focus": "layer2.0"}
    window = {"level": "operation", "operation": "conv1", "row": "4", "column": "5"}
    assert viewing.query(Place("operation", "conv1", (4, 5))) == window
