"""The address against a browser's ways: Back, and what is chosen before the browser has the address of the last run."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

PAGE = """
import streamlit as st
from resnet_viz.ui import links
links.keep()
with links.one_entry():
    links.restore("some", (links.Param("cut", links.module_path),))
    st.button("Cut", on_click=lambda: st.session_state.update(cut="layer1"))
    st.checkbox("Open", key="open")
    st.text_input("Search", key="search")
    st.button("Close", on_click=links.chose)
    st.button("Nothing")
    links.publish("cut", st.session_state.get("cut"), None)
    st.write(f"cut: {st.session_state.get('cut')}")
links.remember()
"""


def _cut(app: AppTest) -> tuple[str, dict[str, Any]]:
    app.run()
    assert not app.exception
    return app.markdown[0].value, app.query_params


@pytest.mark.parametrize("choose", [
    lambda app: app.checkbox[0].check(),
    lambda app: app.text_input[0].input("conv"),
    lambda app: app.button[1].click(),  # as the popover that Escape closes
], ids=["checkbox", "text", "callback"])  # fmt: skip
def test_a_choice_made_before_the_browser_has_the_address_takes_nothing_back(choose: Any) -> None:
    app = AppTest.from_string(PAGE)
    _cut(app)
    app.button[0].click()
    assert _cut(app) == ("cut: layer1", {"cut": "layer1"})
    app.query_params.clear()  # as the browser still has it
    choose(app)
    assert _cut(app) == ("cut: layer1", {"cut": "layer1"})
    app.query_params.clear()
    assert _cut(app) == ("cut: None", {})  # and with nothing chosen it is Back


def test_back_after_a_button_or_an_open_popover_is_still_back() -> None:
    app = AppTest.from_string(PAGE)
    _cut(app)
    app.button[0].click()
    _cut(app)
    for button in (1, 2):
        app.button[button].click()
        _cut(app)
    app.query_params.clear()
    assert _cut(app)[0] == "cut: None"
