"""Your model in a real Chromium: from a file to its picture, its table and its CSV; and a link to what is not there."""

import json
from pathlib import Path

import pytest

import resnet_viz as rv
from resnet_viz.engines.onnx import EXAMPLES
from tests.browser.driving import READY, Watched

pytestmark = pytest.mark.browser


def test_from_a_file_to_its_picture_its_table_and_its_csv(watched: Watched) -> None:
    trace = rv.read_onnx(EXAMPLES["U-Net"])
    page = watched.open()
    page.get_by_role("link", name="Your model").click()
    page.get_by_role("heading", name="Your model").wait_for(timeout=READY)
    page.get_by_text("torch.onnx.export").first.wait_for(timeout=READY)
    page.locator("input[type=file]").set_input_files(EXAMPLES["U-Net"])
    page.get_by_text(f"{len(trace.steps) - 1} steps at 64×64 px").wait_for(timeout=READY)
    page.wait_for_selector(".js-plotly-plot .annotation", timeout=READY)

    box = page.locator(".js-plotly-plot .trace.bars .point path").nth(2)
    box.scroll_into_view_if_needed()
    place = box.bounding_box()
    assert place
    middle = (place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.mouse.move(*middle)
    page.wait_for_timeout(300)
    page.mouse.click(*middle)
    page.get_by_text("Why this shape?").wait_for(timeout=READY)
    page.wait_for_function("() => location.search.includes('step=')", timeout=READY)
    chosen = page.evaluate("new URLSearchParams(location.search).get('step')")
    assert chosen in {step.name for step in trace.steps}

    page.get_by_role("radio", name="operation", exact=True).click()
    page.wait_for_function("() => location.search.includes('level=operation')", timeout=READY)
    page.wait_for_selector(".js-plotly-plot .annotation", timeout=READY)

    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").first.click()
    assert waiting.value.suggested_filename == "unet_1x3x64x64.csv"
    assert Path(waiting.value.path()).read_text(encoding="utf-8") == trace.to_csv()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Trace (.trace)").click()
    assert rv.Trace.from_json(Path(waiting.value.path()).read_text(encoding="utf-8")) == trace
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Table (.json)").click()
    rows = json.loads(Path(waiting.value.path()).read_text(encoding="utf-8"))["steps"]
    assert [row["name"] for row in rows] == [step.name for step in trace.steps]
    page.get_by_role("button", name="Save", exact=False).first.click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Picture as HTML").click()
    assert waiting.value.suggested_filename.startswith("unet_1x3x64x64_")
    assert Path(waiting.value.path()).read_bytes().startswith(b"<!doctype html>")
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Explore").click()  # where another step and level were chosen, or none
    page.get_by_text("Confirmed by forward hooks").wait_for(timeout=READY)
    assert page.get_by_text("is not in this network").count() == 0
    assert page.get_by_role("radio", name="network", exact=True).get_attribute("aria-checked") == "true"


def test_a_link_to_somebody_elses_file_says_that_it_is_not_there(watched: Watched) -> None:
    page = watched.open()
    page.goto(f"{watched.address}/model?model=file-0123456789abcdef")
    page.get_by_text("This link is to a file that somebody opened here").wait_for(timeout=READY)
    page.get_by_text("torch.onnx.export").first.wait_for(timeout=READY)
    # a page that is opened by its own address asks for its health below that first, and hears 404
    watched.errors[:] = [error for error in watched.errors if "404" not in error]
