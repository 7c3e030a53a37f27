"""The page Inside by AppTest: what it shows is what the network makes of the image, and what is refused is said."""

import base64
import io
import json
import struct
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from streamlit.runtime.state.query_params import QueryParams
from streamlit.testing.v1 import AppTest

import resnet_viz as rv
from resnet_viz import learned
from resnet_viz.inside.painting import pixels, scale_of
from resnet_viz.learned.loading import SHOWN
from resnet_viz.picture.figures import palette
from resnet_viz.picture.figures.image import png
from resnet_viz.picture.figures.shares import describe_shares
from resnet_viz.ui import cache
from resnet_viz.ui.cache import Cut
from resnet_viz.ui.inside import cutting, source
from resnet_viz.ui.screens import inside

PAGE = """
from resnet_viz.ui import links
from resnet_viz.ui.screens import inside
links.keep()
with links.one_entry():
    inside.page()
links.remember()
"""


def opened(**params: str) -> AppTest:
    app = AppTest.from_string(PAGE, default_timeout=120)
    for name, value in params.items():
        app.query_params[name] = value
    return checked(app)


def checked(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    return "\n".join(element.value for kind in ("markdown", "caption", "warning", "error", "info", "code") for element in getattr(app, kind))  # fmt: skip


def drawn(app: AppTest) -> list[dict[str, Any]]:
    """What each component was given, the network's picture first."""
    return [json.loads(made.proto.json) for made in app.get("bidi_component")]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each address that is sent to the browser, which makes an entry of its history of it."""
    made: list[str] = []
    send = QueryParams._send_query_param_msg

    def sent(self: QueryParams) -> None:
        made.append(str(self))
        send(self)

    monkeypatch.setattr(QueryParams, "_send_query_param_msg", sent)
    return made


@pytest.fixture(scope="module")
def seen() -> rv.Activations:
    """What the page shows first."""
    return rv.look(learned.load(), learned.drawing(source._images()[0], SHOWN))


def numbers(one: dict[str, Any]) -> np.ndarray[Any, Any]:
    return np.frombuffer(base64.b64decode(one["data"]), "<f4").reshape(one["height"], one["width"])


def test_the_first_view_is_the_strongest_map_of_the_first_conv(seen: rv.Activations) -> None:
    app = opened()
    assert [title.value for title in app.title] == ["Inside: what flows through the network"]
    assert dict(app.query_params) == {"step": "conv1"}
    network, beside, small = drawn(app)
    assert network["alt"].startswith("network level")
    strongest = seen.statistics("conv1").strongest
    (one,) = beside["ones"]
    assert np.array_equal(numbers(one), seen.maps("conv1")[strongest[0]].numpy())
    (group,) = small["groups"]
    assert tuple(group["channels"]) == strongest and small["channel"] == strongest[0]
    assert group["title"] == "conv1: 16 channels of 32×32, strongest first"
    assert beside["scale"] == small["scale"] == scale_of(seen.maps("conv1"))._asdict()
    classes = seen.classes(4)
    assert " · ".join(f"**{known.name} {known.share:.1%}**" for known in classes) in text(app)
    assert "a trained network of 10 classes" in text(app)


def test_a_number_is_the_tensors_and_its_largest_product_comes_first(seen: rv.Activations) -> None:
    app = opened(step="layer2.0.conv1", show="number", channel="5", cell_row="3", cell_column="7")
    found = seen.apart("layer2.0.conv1", 5, 3, 7)
    assert f"`layer2.0.conv1[5, 3, 7]` = **{float(seen.maps('layer2.0.conv1')[5, 3, 7]):.6g}**" in text(app)
    assert found.summary in text(app)
    table = app.dataframe[0].value
    assert list(table["read"][:2]) == [str(term.cell) if term.cell else term.note for term in found.terms[:2]]
    assert table["product"].iloc[-1] == pytest.approx(found.total)
    listed = table["product"].iloc[:-1].sum()
    assert listed == pytest.approx(found.total)
    window = drawn(app)[2]["ones"][0]
    largest = next(term.cell for term in found.terms if term.cell is not None)
    assert np.array_equal(numbers(window), seen.maps(largest.step)[largest.channel].numpy())
    # a 3×3 kernel at stride 2 with one row of padding reads rows 5 to 7 and columns 13 to 15
    assert drawn(app)[2]["cell"] == [5, 13, 3, 3] and window["title"].startswith(
        f"The map that is read, {largest.step}"
    )
    # on to the cell that was read, and back to the image
    app.session_state["inside_cell"] = (largest.step, largest.at)
    checked(app)
    assert app.query_params["step"] == largest.step
    assert [app.number_input(key=f"inside_{name}").value for name in ("channel", "row", "column")] == list(largest.at)
    app.toggle(key="inside_way").set_value(True)
    way = checked(app).dataframe[1].value["cell"]
    assert app.query_params["way"] == "1" and way.iloc[0] == str(largest) and way.iloc[-1].startswith("input[")
    end = drawn(app)[-1]  # the image, with the cell marked where the way ends
    assert (
        end["image"].startswith("data:image/png") and end["cell"] == json.loads(way.iloc[-1].removeprefix("input"))[1:]
    )


def test_an_addition_shows_both_ways_and_their_sum(seen: rv.Activations) -> None:
    app = opened(step="layer2.1.conv1", show="addition")
    found = seen.addition("layer2.1")
    assert f"The residual's norm is {found.ratio:.3g} times the shortcut's." in text(app)
    shown = drawn(app)[2]
    channel = shown["channel"]
    for one, part in zip(shown["ones"], (found.shortcut, found.residual, found.sum), strict=True):
        assert np.array_equal(numbers(one), part[channel].numpy())
    assert [group["title"].partition(":")[0] for group in shown["groups"]] == ["shortcut, x", "residual, F(x)", "their sum"]  # fmt: skip
    assert "In layer2.0, layer3.0 the shortcut is cut down and filled up with zeros." in text(app)  # option A
    assert "projected" not in text(app)


def test_where_the_class_is_seen(seen: rv.Activations) -> None:
    app = opened(show="class")
    cam = seen.cam()
    shown = drawn(app)[2]
    assert np.allclose(numbers(shown["ones"][0]), cam.map.numpy())
    assert cam.step in text(app) and shown["image"].startswith("data:image/png;base64,")
    other = (seen.classes(1)[0].index + 3) % 10
    app.selectbox(key="inside_class").set_value(other)
    checked(app)
    assert app.query_params["class"] == str(other)
    assert np.allclose(numbers(drawn(app)[2]["ones"][0]), seen.cam(other).map.numpy())


def test_what_is_cut_changes_the_classes_and_comes_back(seen: rv.Activations) -> None:
    app = opened(cut="residual:layer3.0,channel:conv1:3=mean", step="layer3.0.conv2")
    cut = seen.without(residual="layer3.0").without(channel=("conv1", 3), instead="mean")
    first = cut.classes(1)[0]
    before = next(known.share for known in seen.classes(10) if known.index == first.index)
    assert f"**{first.name} {first.share:.1%}** (uncut: {before:.1%})" in text(app)
    labels = [button.label for button in app.button]
    assert "✂ the residual of layer3.0 is 0  ✕" in labels and "✂ channel 3 of conv1 is its mean  ✕" in labels
    app.button[labels.index("✂ the residual of layer3.0 is 0  ✕")].click()
    checked(app)
    assert app.query_params["cut"] == "channel:conv1:3=mean"
    app.session_state["inside_cutting"] = True
    checked(app)
    (button,) = (button for button in app.button if button.label == "Switch off the shortcut of layer3.0")
    button.click()
    checked(app)
    assert app.query_params["cut"] == "channel:conv1:3=mean,shortcut:layer3.0"


def test_the_picture_follows_to_the_cell_that_was_read(seen: rv.Activations, written: list[str]) -> None:
    app = opened(step="layer3.1.conv1", level="block", focus="layer3.1", show="number")
    for name, focus in (("layer3.0.relu2", "layer3.0"), ("layer2.2.add", "layer2.2")):
        written.clear()
        app.session_state["inside_cell"] = (name, (1, 2, 3))
        checked(app)
        picture = drawn(app)[0]
        assert (
            picture["alt"].startswith(f"block level, {focus},") and picture["selected"] == seen.trace.step(name).index
        )
        assert app.query_params["focus"] == focus and len(written) == 1
    app.session_state["inside_cell"] = ("conv1", (1, 2, 3))  # which is in no block
    assert "level" not in checked(app).query_params


def test_a_link_restores_what_is_seen(seen: rv.Activations) -> None:
    app = opened(step="layer2.1.conv1", show="class", here="1", over="1", **{"class": "3"})
    asked = {"step": "layer2.1.conv1", "show": "class", "class": "3"}
    assert dict(app.query_params) == {**asked, "here": "1", "over": "1"}
    assert app.segmented_control(key="inside_show").value == "Where the class is seen"
    assert np.allclose(numbers(drawn(app)[2]["ones"][0]), seen.cam(3, "layer2.1.conv1").map.numpy())
    assert drawn(app)[1]["image"].startswith("data:image/png")
    app.toggle(key="inside_cam_here").set_value(False)
    app.toggle(key="inside_over").set_value(False)
    checked(app)
    assert dict(app.query_params) == asked
    app.toggle(key="inside_over").set_value(True)
    assert checked(app).query_params["over"] == "1"


def test_another_network_shows_its_nearest_step_and_says_so() -> None:
    app = opened(step="layer3.2.conv2", level="block", focus="layer3.2", at="32", image="a house")
    app.selectbox(key="inside_net").set_value("resnet18")  # whose third stage has two blocks
    checked(app)
    assert "This network has no step `layer3.2.conv2`; the nearest that it has is `layer3.1.conv2`." in text(app)
    assert (app.query_params["step"], app.query_params["focus"]) == ("layer3.1.conv2", "layer3.1")
    assert drawn(app)[0]["alt"].startswith("block level, layer3.1,")
    app = opened(step="layer9.0.conv1")
    assert "The link asked for what does not exist" in text(app) and dict(app.query_params) == {"step": "conv1"}


def test_a_window_is_that_of_the_chosen_cell_without_other_numbers() -> None:
    app = opened(step="layer2.0.conv1", level="operation", channel="14", cell_row="8", cell_column="9")
    picture = drawn(app)[0]
    assert "(8, 9)" in picture["alt"] and "In numbers" not in json.dumps(picture)
    assert not {"row", "column"} & set(app.query_params) and app.query_params["channel"] == "14"
    assert "Output channel" not in [one.label for one in app.number_input] and not app.slider
    app.selectbox(key="operation").set_value("layer1.0.conv2")
    assert checked(app).query_params["step"] == "layer1.0.conv2"


def test_channels_that_are_all_0_are_named_and_come_first_where_one_asks() -> None:
    app = opened(cut="channel:conv1:3,channel:conv1:11", step="conv1", order="weakest")
    assert "2 channels all 0 (3, 11)" in text(app)
    (group,) = drawn(app)[2]["groups"]
    assert set(group["channels"][:2]) == {3, 11} and group["title"].endswith("weakest first")
    app.segmented_control(key="inside_order").set_value("number")
    assert checked(app).query_params["order"] == "number"
    assert drawn(app)[2]["groups"][0]["channels"] == list(range(16))


def test_a_network_that_has_learnt_nothing_says_so() -> None:
    app = opened(net="cifar_resnet20", at="32", image="a house", step="fc", show="number")
    assert "By chance, since the weights are random:" in text(app) and "nothing in it was learned" in text(app)
    assert len(drawn(app)) == 1 and "`fc[" in text(app)  # a vector has no map


def test_links_say_what_they_asked_in_vain() -> None:
    app = opened(net="nothing", cut="residual:", image="<b>", weights="stolen", channel="-1")
    assert "The link asked for what does not exist" in text(app)
    assert set(app.query_params) == {"step"}
    app = opened(cut="residual:layer9.0")
    assert "What was cut is not in this network, and is put back. " in text(app)
    assert opened(channel="500", cell_row="500", step="conv1").query_params["channel"] != "500"


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"net": "resnetaa50", "at": "240"}, "This network cannot run at this input."),
        ({"at": "x"}, "Input: "),
        ({"net": "resnet152", "at": "1024"}, "would keep this server busy for long"),
    ],
)
def test_what_cannot_be_run_is_said_beside_the_controls(params: dict[str, str], told: str) -> None:
    app = opened(**params)
    assert told in text(app)
    assert not drawn(app) and app.selectbox(key="inside_net").value == params.get("net", "drawings")


def _png(*, side: int = 40) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.arange(side * side * 3, dtype=np.uint8).reshape(side, side, 3)).save(file, "PNG")
    return file.getvalue()


def _gif() -> bytes:
    file = io.BytesIO()
    Image.new("P", (8, 8)).save(file, "GIF")
    return file.getvalue()


def _npy(array: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


BOMB = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 30_000, 30_000, 8, 2, 0, 0, 0) + b"\0\0\0\0"


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("cut.png", _png()[:-40], "image="),
        ("gif.png", _gif(), "cannot be read as PNG, JPEG, WEBP"),
        ("bomb.png", BOMB, "image="),
        ("nan.npy", _npy(np.full((3, 64, 64), np.nan, np.float32)), "NaN"),
        ("thirteen.npy", _npy(np.zeros((13, 64, 64), np.uint8)), "image="),
    ],
)
def test_a_bad_image_is_one_message_and_loses_nothing(name: str, data: bytes, told: str) -> None:
    app = opened(step="layer1.0.conv1", channel="2")
    app.file_uploader(key="inside_upload").set_value((name, data, ""))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own of a bomb
        checked(app)
    (error,) = app.error
    assert error.value.startswith("The image was not run through the network. ") and told in error.value
    app.file_uploader(key="inside_upload").set_value(("good.png", _png(), ""))
    checked(app)
    assert not app.error and app.query_params["step"] == "layer1.0.conv1" and app.query_params["channel"] == "2"
    assert "resized from 40×40 to 64×64 px" in text(app)


def test_weights_from_a_file_are_those_of_the_maps(tmp_path: Any) -> None:
    torch.manual_seed(3)
    module = rv.build("cifar_resnet20").eval()
    file = io.BytesIO()
    torch.save({"state_dict": module.state_dict()}, file)
    app = opened(net="cifar_resnet20", weights="from a file", step="conv1")
    app.file_uploader(key="inside_file").set_value(("mine.pth", file.getvalue(), ""))
    checked(app)
    image = learned.drawing(source._images()[0], SHOWN)
    known = rv.look(module, image, input_size=32).statistics("conv1").strongest
    assert tuple(drawn(app)[2]["groups"][0]["channels"]) == known
    assert "By chance" not in text(app)
    app.file_uploader(key="inside_file").set_value(("other.pth", b"no weights", ""))
    checked(app)
    assert "is neither a file that torch.save wrote nor safetensors" in text(app)


def test_an_own_image_is_chosen_and_a_drawing_takes_its_place() -> None:
    app = opened(step="conv1")
    drawings = list(app.selectbox(key="inside_image").options)
    app.file_uploader(key="inside_upload").set_value(("mine.png", _png(), ""))
    checked(app)
    own = app.selectbox(key="inside_image")
    assert own.options == [*drawings, "mine.png"] and own.value == source.OWN == app.query_params["image"]
    assert "resized from 40×40 to 64×64 px" in text(app)
    own.set_value(drawings[1])
    checked(app)
    assert app.query_params["image"] == drawings[1] and "resized" not in text(app)


def test_a_link_to_what_somebody_else_brought_says_so() -> None:
    app = opened(net="cifar_resnet20", image="own", weights="from a file")
    told = [one.value for one in app.info]
    assert told[0].startswith("An own image stays with whoever brought it, and a link brings none")
    assert told[1].startswith("No file of weights is chosen, and a link brings none, so these are random")
    assert app.selectbox(key="inside_image").value == source._images()[0] and "image" not in app.query_params


def test_weights_of_another_network_offer_that_network() -> None:
    torch.manual_seed(3)
    file = io.BytesIO()
    torch.save(rv.build("cifar_resnet20:num_classes=7").state_dict(), file)
    app = opened(net="cifar_resnet20", weights="from a file", step="conv1")
    app.file_uploader(key="inside_file").set_value(("seven.pth", file.getvalue(), ""))
    checked(app)
    (error,) = app.error
    assert "weights='seven.pth': holds other weights than this network's" in error.value
    (button,) = (one for one in app.button if one.label == "Look into cifar_resnet20:num_classes=7")
    button.click()
    checked(app)
    assert not app.error and app.query_params["with"] == "num_classes=7" and "the weights of seven.pth" in text(app)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ("num_classes", "Changes: change='num_classes': must be FIELD=VALUE; write e.g. num_classes=10"),
        ("stem.stride=9", "Changes: "),
    ],
)
def test_changes_that_are_none(changes: str, told: str) -> None:
    app = opened(net="cifar_resnet20")
    app.text_input(key="inside_changes").set_value(changes)
    checked(app)
    (error,) = app.error
    assert error.value.startswith(told)


cuts = st.builds(
    lambda kind, block, channel, instead: (
        Cut(channel=(block, channel), instead=instead) if kind == "channel" else Cut(**{kind: block}, instead=instead)
    ),
    st.sampled_from(["residual", "shortcut", "channel"]), st.from_regex(r"[a-z_0-9.]{1,20}", fullmatch=True), st.integers(0, 999_999), st.sampled_from(["zero", "mean"]),
)  # fmt: skip


@given(st.lists(cuts, min_size=1, max_size=cutting.MOST).map(tuple))
def test_cuts_go_into_the_address_and_back(made: tuple[Cut, ...]) -> None:
    assert cutting.read(cutting.written(made) or "") == made


@given(st.text(max_size=60))
def test_no_other_text_is_a_cut(told: str) -> None:
    found = cutting.read(told)
    assert found is None or cutting.written(found) == told


def test_too_many_cuts_are_none() -> None:
    assert cutting.read(",".join(["residual:a"] * cutting.MOST)) is not None
    assert cutting.read(",".join(["residual:a"] * (cutting.MOST + 1))) is None


def test_pixels_become_a_picture() -> None:
    shown = torch.tensor([[[1.0, 0.0, 0.5], [0.0, 1.0, 0.0]]])
    address = png(1, 2, pixels(shown))
    image = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))
    assert image.size == (2, 1) and [image.getpixel((x, 0)) for x in range(2)] == [(255, 0, 128), (0, 255, 0)]


def test_the_curve_has_a_point_a_block_and_a_line_at_one() -> None:
    made = describe_shares([("a", 0.5), ("b", None), ("c", 2.0)], "c", "dark")
    (line,) = made["data"]
    assert (line["x"], line["y"], line["marker"]["size"]) == (["a", "b", "c"], [0.5, None, 2.0], [8, 8, 13])
    assert made["layout"]["yaxis"]["range"][1] > 2 and made["layout"]["shapes"][0]["y0"] == 1
    assert made["layout"]["paper_bgcolor"] == palette.PAPER["dark"]


def test_one_network_is_kept_for_all_its_cuts_and_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make(name: str) -> rv.Activations:
        made.append(name)
        return rv.look("resnet18:stem=cifar,blocks=1,1,1,1,num_classes=4@32", torch.rand(3, 32, 32))

    cache._looks.clear()
    first = cache.looked(("a",), (), lambda: make("a"))
    cut = cache.looked(("a",), (Cut(residual="layer1.0"), Cut(channel=("conv1", 1))), lambda: make("a"))
    assert made == ["a"] and len(cut.cuts) == 2 and cut.subject is first.subject
    assert cache.looked(("a",), (Cut(residual="layer1.0"),), lambda: make("a")).cuts == cut.cuts[:1]
    monkeypatch.setattr(cache, "_looks", type(cache._looks)(40_000_000, getsizeof=cache._size))
    for name in "bcdb":
        cache.looked((name,), (), lambda name=name: make(name))  # type: ignore[misc]
    assert made == [*"abcdb"] and cache._looks.currsize <= 40_000_000
    cache._looks.clear()


def test_its_panels_are_in_links() -> None:
    assert {word for word in inside._WORDS} == {"maps", "number", "addition", "class"}
    assert set(inside._WORDS.values()) == set(inside._PANELS)
