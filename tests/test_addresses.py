"""An address of an earlier version opens the view that it opened then."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

KNOWN: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "facts" / "addresses.json").read_text(encoding="utf-8")
)["addresses"]
_PAGE = "from resnet_viz.ui import links\nfrom resnet_viz.ui.screens import {0}\nlinks.keep()\n{0}.page({1})"


def shown(page: str, query: str) -> tuple[list[list[str]], list[str], str]:
    """The trails over the pictures of a view, the pictures in words, and what the page says."""
    opens = "lambda name, size=None: None" if page == "networks" else ""
    app = AppTest.from_string(_PAGE.format(page, opens), default_timeout=120)
    for name, value in parse_qsl(query):
        app.query_params[name] = value
    app.run()
    assert not app.exception
    drawn = [json.loads(made.proto.json) for made in app.get("bidi_component")]
    said = "\n".join(
        element.value for kind in ("markdown", "caption", "info", "error") for element in getattr(app, kind)
    )
    return [data["trail"] for data in drawn if "trail" in data], [data["alt"] for data in drawn if "alt" in data], said


def same(known: dict[str, Any], found: tuple[list[list[str]], list[str], str]) -> bool:
    """Whether a view is the one that was known."""
    trails, pictures, said = found
    begun = len(pictures) == len(known["pictures"]) and all(
        now.startswith(then) for now, then in zip(pictures, known["pictures"], strict=True)
    )
    return trails == known["trails"] and begun and all(words in said for words in known["says"])


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: f"{known['page']}?{known['query']}")
def test_an_address_opens_what_it_opened(known: dict[str, Any]) -> None:
    found = shown(known["page"], known["query"])
    assert same(known, found), found


def test_a_view_that_is_another_is_seen() -> None:
    known = next(known for known in KNOWN if "size=32&stem=cifar" in known["query"])
    assert not same(known, shown("explore", "net=resnet34&size=32"))
    assert not same(known, shown("explore", "net=resnet34&size=64&stem=cifar"))


def test_each_address_stands_there_once_and_each_page_has_one() -> None:
    places = [(known["page"], known["query"]) for known in KNOWN]
    assert len(set(places)) == len(places) >= 18
    assert {page for page, _ in places} == {"explore", "learn", "inside", "compare", "breaks", "networks"}
