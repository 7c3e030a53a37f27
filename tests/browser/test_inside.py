"""Inside in a real Chromium: from a map to a number and back to the image, by mouse and by keys alone."""

from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.driving import READY, Watched, settled

pytestmark = pytest.mark.browser


def _at(page: Page, *parts: str) -> None:
    page.wait_for_url(lambda url: all(part in url.split("?")[-1].split("&") for part in parts), timeout=READY)


def test_from_a_map_to_a_number_and_on_to_what_it_read(browser: Browser, address: str) -> None:
    watched = Watched(browser, address)
    page = watched.page
    page.goto(f"{address}/inside?step=layer1.0.conv1")
    small, large = page.locator(".group canvas").first, page.locator(".one canvas").first
    small.wait_for(timeout=READY)
    settled(page)
    began = page.evaluate("history.length")
    # the third map of the first row, and in it a cell
    small.click(position={"x": 2 * 62 + 30, "y": 30})
    page.wait_for_url("**channel=*", timeout=READY)
    settled(page)
    box = large.bounding_box()
    assert box
    large.click(position={"x": box["width"] * 10.5 / 32, "y": box["height"] * 20.5 / 32})
    _at(page, "show=number", "cell_row=20", "cell_column=10")
    page.get_by_text("144 products").wait_for(timeout=READY)
    # two choices are two entries of the history, though the second wrote four values
    assert page.evaluate("history.length") == began + 2
    # what the largest product read, whose map stands beside the products
    settled(page)
    window = page.locator(".one canvas").nth(1)
    window.scroll_into_view_if_needed()
    box = window.bounding_box()
    assert box
    window.click(position={"x": box["width"] * 28.5 / 32, "y": box["height"] * 24.5 / 32})
    page.wait_for_url(lambda url: "step=relu&" in f"{url}&" and "cell_column=10" not in url, timeout=READY)
    settled(page)
    row, column = (int(parse_qs(page.url)[f"cell_{name}"][0]) for name in ("row", "column"))
    assert abs(row - 24) <= 1 and abs(column - 28) <= 1
    # by keys alone: to the next cell, and its number
    settled(page)
    large.focus()
    page.keyboard.press("ArrowRight")
    told = page.locator(".said").filter(has_text=f"row {row}, column {column + 1}: ")
    told.wait_for(state="attached", timeout=READY)
    page.keyboard.press("Enter")
    _at(page, f"cell_row={row}", f"cell_column={column + 1}")
    page.get_by_text(f"{row}, {column + 1}]").first.wait_for(timeout=READY)
    # a part is cut, the classes tell, and it comes back
    page.get_by_role("button", name="Switch a part off").click()
    page.get_by_role("button", name="Switch off channel").click()
    page.get_by_text("(uncut:").wait_for(timeout=READY)
    _at(page, *[part for part in page.url.split("?")[-1].split("&") if part.startswith("cut=channel")])
    page.keyboard.press("Escape")
    page.get_by_role("button", name="✂ channel").click()
    page.get_by_text("(uncut:").wait_for(state="hidden", timeout=READY)
    # a point over the depth goes to its addition, and the picture with it
    page.get_by_role("radio", name="Addition").click()
    points = page.locator(".stPlotlyChart .scatterlayer .point")
    points.nth(7).wait_for(timeout=READY)
    settled(page)
    box = points.nth(7).bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    _at(page, "step=layer3.1.add", "show=addition")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert watched.outside == []
    page.close()
