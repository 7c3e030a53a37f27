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
from resnet_viz.picture.layout import Look, Place
from resnet_viz.ui import printing, saving, server
from resnet_viz.ui.printing import Printed, sheet, token_of
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
    assert json.loads(made["figure"]) == json.loads(json.dumps(describe(TRACE, BLOCK, Look("macs", true_scale=True))))
    names = [column["name"] for column in made["columns"]]
    assert [row[names.index("name")] for row in made["rows"]] == [step.name for step in TRACE.steps]
    assert sum(int(row[names.index("macs")].replace(",", "")) for row in made["rows"]) == TRACE.totals.macs
    assert {column["name"] for column in made["columns"] if column["number"]} >= {"params", "macs"}


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
    assert json.loads(told.body)["title"].startswith("b · ") and told.headers["cache-control"] == "no-store"
    state.clear()
    gc.collect()
    assert _asked(other).status_code == 404
    assert len(printing._shown) == 0


def _asked(token: str) -> Response:
    """What the server answers to a request for it."""
    (route,) = [route for route in server.ROUTES if route.path.startswith(server.PRINTED_URL)]
    assert route.path == f"{server.PRINTED_URL}/{{token}}"
    return route.endpoint(Request({"type": "http", "path_params": {"token": token}}))


def test_a_files_name_says_configuration_level_and_colours() -> None:
    shown = Shown(SUBJECT, TRACE, "resnet18_64x96_batch1", "ResNet-18")
    assert saving.file_name(shown, Place(), Look()) == "resnet18_64x96_batch1_network"
    assert saving.file_name(shown, BLOCK, Look("kind")) == "resnet18_64x96_batch1_block_layer2.0_kind"
    odd = saving.file_name(shown, Place("block", "a/b c:[0]"), Look())
    assert odd == "resnet18_64x96_batch1_block_a-b-c-0-"
