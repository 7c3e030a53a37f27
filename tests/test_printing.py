"""What goes to paper: the whole picture in light and every row, as long as a session shows it and no longer."""

import gc
import json
from typing import Any

import pytest
import streamlit as st
from starlette.requests import Request
from starlette.responses import Response

import resnet_viz as rv
from resnet_viz.picture.figures import describe
from resnet_viz.picture.figures.palette import INK
from resnet_viz.picture.layout import Look, Place
from resnet_viz.ui import ahead, cache, printing, saving, server
from resnet_viz.ui.aligned import Side
from resnet_viz.ui.printing import Printed, PrintedPair, sheet, token_of
from resnet_viz.ui.subject import Foreign, Known, Shown

TRACE = rv.forecast("resnet18", (64, 96))
SUBJECT = Known(rv.variant("resnet18"), (64, 96))
BLOCK = Place("block", "layer2.0")


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    made: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", made)
    return made


def test_paper_gets_all_rows_and_the_flat_picture_in_light(state: dict[str, Any]) -> None:
    look = Look("macs", true_scale=True, solid=True, theme="dark")
    made = json.loads(sheet(token_of(Printed("ResNet-18", SUBJECT, BLOCK, look, "block level layer2.0"))) or "")
    assert made["title"] == "ResNet-18 · 64×96 px, batch 1"
    # 11,689,512 parameters are torchvision's
    assert made["lines"][0].startswith("11.69 M parameters, ") and made["lines"][-1].startswith(
        "block level layer2.0 · "
    )
    assert json.loads(made["figures"][0]["figure"]) == json.loads(
        json.dumps(describe(TRACE, BLOCK, Look("macs", true_scale=True)))
    )
    names = [column["name"] for column in made["tables"][0]["columns"]]
    assert [row[names.index("name")] for row in made["tables"][0]["rows"]] == [step.name for step in TRACE.steps]
    assert sum(int(row[names.index("macs")].replace(",", "")) for row in made["tables"][0]["rows"]) == TRACE.totals.macs
    assert {column["name"] for column in made["tables"][0]["columns"] if column["number"]} >= {"params", "macs"}


def test_two_networks_go_to_paper_with_both_pictures_and_their_tables(state: dict[str, Any]) -> None:
    sides = {
        name: Side(text, Known(configured.spec, configured.size))
        for name, text in (("a", "resnet50@64"), ("b", "resnet50_v1@64"), ("c", "resnet18@64"))
        for configured in [rv.Configuration.of(text)]
    }
    for only, many in (
        (False, 188),
        (True, 147),
    ):  # resnet50 is 188 steps, of which the first stage and the stem are equal
        made = json.loads(sheet(token_of(PrintedPair(tuple(sides.items()), Look(theme="dark"), only))) or "")
        assert made["title"] == "resnet50@64 and resnet50_v1@64"
        assert made["lines"][0] == "layer2.0, layer3.0, layer4.0: conv1 stride 1 → 2, conv2 stride 2 → 1"
        assert made["lines"][-1].startswith("147 of 188 steps differ")
        assert [drawn["name"] for drawn in made["figures"]] == ["A · resnet50@64", "B · resnet50_v1@64"]
        looks = [json.loads(drawn["figure"])["layout"] for drawn in made["figures"]]
        assert {look["font"]["color"] for look in looks} == {INK["light"]}
        assert looks[0]["xaxis"]["range"] == looks[1]["xaxis"]["range"]  # one scale
        totals, steps = made["tables"]
        assert [column["name"] for column in totals["columns"]] == ["quantity", "A: resnet50@64", "B: resnet50_v1@64", "C: resnet18@64"]  # fmt: skip
        assert totals["rows"][0] == ["parameters", "25.56 M", "25.56 M", "11.69 M (÷2.19)"]
        assert len(steps["rows"]) == many


def test_an_address_stays_while_the_page_does_and_goes_with_its_session(state: dict[str, Any]) -> None:
    first = Printed("a", SUBJECT, BLOCK, Look(), "block level")
    token = token_of(first)
    assert token_of(Printed("a", SUBJECT, Place("block", "layer2.0"), Look(), "block level")) == token
    assert len(token) >= 22  # nobody guesses it
    foreign = Foreign("digest", TRACE)
    other = token_of(Printed("b", foreign, Place(), Look(), "network level"))
    assert other != token
    del first
    gc.collect()
    assert sheet(token) is None and sheet(other) is not None
    told = _asked(other)
    assert told.status_code == 200 and told.headers["content-type"] == "application/json"
    assert json.loads(bytes(told.body))["title"].startswith("b · ") and told.headers["cache-control"] == "no-store"
    state.clear()
    gc.collect()
    assert _asked(other).status_code == 404
    assert len(printing._shown) == 0


def test_the_picture_at_another_input_is_what_the_page_would_show_there(state: dict[str, Any]) -> None:
    look = Look("macs", theme="dark")
    what = Printed("a", SUBJECT, BLOCK, look, "block level")
    token = token_of(what)
    offers = ahead.offered(token, what)
    assert list(offers["at"]) == [f"{side} px" for side in (32, 64, 96, 128, 224)]
    assert offers["at"]["32 px"][1] == f"{server.AHEAD_URL}/{token}/32"
    there = Printed("a", SUBJECT._replace(size=(32, 32)), BLOCK, look, "block level")
    told = _answer(server.AHEAD_URL, token=token, side="32")
    assert told.status_code == 200 and told.headers["cache-control"] == "no-store"
    assert (
        bytes(told.body).decode() == cache.figure(there.subject, BLOCK, look).json
    )  # to the letter: the script compares
    assert json.loads(bytes(told.body))["layout"]["meta"]["alt"] == describe(rv.forecast("resnet18", 32), BLOCK, look)["layout"]["meta"]["alt"]  # fmt: skip
    assert offers["at"]["32 px"][0] == ahead.offered("other", there)["key"] != offers["key"]
    dark = ahead.offered("other", Printed("a", there.subject, BLOCK, Look("macs"), ""))
    assert dark["key"] != offers["at"]["32 px"][0]  # another look is another picture
    for side in ("own", "33", "5000", "-1", "32.0"):
        assert _answer(server.AHEAD_URL, token=token, side=side).status_code == 404
    assert _answer(server.AHEAD_URL, token="unknown", side="32").status_code == 404


def test_no_picture_is_offered_ahead_where_it_is_not_the_same_one_or_takes_a_device(state: dict[str, Any]) -> None:
    for subject, place in (
        (Foreign("digest", TRACE), Place()), (SUBJECT._replace(device="cpu"), Place()), (SUBJECT, Place("operation", "conv1", (0, 0))),
    ):  # fmt: skip
        what = Printed("a", subject, place, Look(), "")
        assert ahead.offered("token", what) == {}
        assert _answer(server.AHEAD_URL, token=token_of(what), side="32").status_code == 404
    assert _answer(server.AHEAD_URL, token=token_of(PrintedPair((), Look(), False)), side="32").status_code == 404


def _asked(token: str) -> Response:
    """What the server answers to a request for it."""
    return _answer(server.PRINTED_URL, token=token)


def _answer(address: str, **given: str) -> Response:
    (route,) = [route for route in server.ROUTES if route.path.startswith(address)]
    assert route.path == "/".join([address, *(f"{{{name}}}" for name in given)])
    return route.endpoint(Request({"type": "http", "path_params": given}))


def test_a_files_name_says_configuration_level_and_colours() -> None:
    shown = Shown(SUBJECT, TRACE, "resnet18_64x96_batch1", "ResNet-18")
    assert saving.file_name(shown, Place(), Look()) == "resnet18_64x96_batch1_network"
    assert saving.file_name(shown, BLOCK, Look("kind")) == "resnet18_64x96_batch1_block_layer2.0_kind"
    odd = saving.file_name(shown, Place("block", "a/b c:[0]"), Look())
    assert odd == "resnet18_64x96_batch1_block_a-b-c-0-"
