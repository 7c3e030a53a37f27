"""The real app in a real Chromium: what a person sees and clicks."""

import io
import statistics
import time
from pathlib import Path
from typing import Any

import pandas
import pytest
from playwright.sync_api import Browser, Page

import resnet_viz as rv
from resnet_viz.picture.layout import lay_out
from tests.browser.driving import READY, Watched, at

pytestmark = pytest.mark.browser


def test_first_diagram_without_a_click_and_csv_equals_the_api(watched: Watched) -> None:
    page = watched.open()
    assert "112×112×64" in page.locator(".js-plotly-plot").inner_text()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").click()
    download = waiting.value
    assert download.suggested_filename == "resnet34_224x224_batch1.csv"
    text = Path(download.path()).read_text(encoding="utf-8")
    assert text == rv.forecast(rv.variant("resnet34"), 224).to_csv()
    assert pandas.read_csv(io.StringIO(text))["params"].sum() == rv.forecast(rv.variant("resnet34")).totals.params


_SHIFTS = """window.shifts = []; new PerformanceObserver(list => { for (const e of list.getEntries()) window.shifts.push([e.value,
    ...e.sources.map(s => (s.node?.dataset?.testid ?? s.node?.nodeName) + ' ' + [s.previousRect, s.currentRect].map(r => [r.x, r.y, r.width, r.height].map(Math.round)).join(' to '))]) })
    .observe({ type: 'layout-shift', buffered: true })"""


def _shifted(page: Page) -> float:
    """How much has moved by itself so far; what did, is printed."""
    shifts: list[list[Any]] = page.evaluate("window.shifts")
    print(*(shift for shift in shifts if shift[0] > 0.005), sep="\n")
    return sum(shift[0] for shift in shifts)


def test_switching_224_to_32(watched: Watched, record_property: pytest.FixtureRequest) -> None:
    watched.page.add_init_script(_SHIFTS)
    page = watched.open()
    assert _shifted(page) < 0.05  # what comes late has its room before
    took = []
    for side, shape in [("32", "16×16×64"), ("224", "112×112×64")] * 4:
        began = time.perf_counter()
        page.get_by_role("radio", name=f"{side} px", exact=True).click()
        page.locator(".js-plotly-plot .annotation", has_text=shape).first.wait_for(timeout=READY)
        took.append((time.perf_counter() - began) * 1e3)
    assert _shifted(page) < 0.05 + 0.01 * len(took)
    print(f"224 <-> 32 repainted in {statistics.median(took):.0f} ms (median of {len(took)})")
    page.get_by_role("radio", name="32 px", exact=True).click()
    page.get_by_text("The map is 1×1 from").first.wait_for()
    page.wait_for_url("**/*size=32*", timeout=READY)
    top = "Math.round(document.querySelector('.room').getBoundingClientRect().top)"
    before = page.evaluate(top)
    page.get_by_role("button", name="Use a CIFAR stem").first.click()
    page.get_by_text("final map 4×4×512").wait_for()
    page.get_by_text("ResNet-34, changed:").wait_for()
    assert page.evaluate(top) == before  # what changed is said, and does not move the picture
    page.wait_for_url("**/*cifar*", timeout=READY)  # a reload asks for what the address says
    page.reload()
    page.get_by_text("final map 4×4×512").wait_for(timeout=READY)


def test_back_walks_through_what_was_chosen_and_forward_again(watched: Watched) -> None:
    page = watched.open()
    chosen = ("32", "64", "96", "128", "64")

    def shows(side: str) -> None:
        page.locator(".js-plotly-plot .annotation", has_text=f"{side}×{side}×3").first.wait_for(timeout=READY)

    for side in chosen:
        page.get_by_role("radio", name=f"{side} px", exact=True).click()
        shows(side)  # with the click; the address says it when the server has answered
        page.wait_for_url(f"**/*size={side}*", timeout=READY)
    for side in (*reversed(chosen[:-1]), "224"):
        page.go_back()
        shows(side)
        assert page.get_by_role("radio", name=f"{side} px", exact=True).get_attribute("aria-checked") == "true"
    page.go_forward()
    shows("32")
    page.wait_for_url("**/*size=32*", timeout=READY)


def _click_box(page: Page, number: int) -> None:
    box = page.locator(".js-plotly-plot .trace.bars .point path").nth(number).bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.wait_for_timeout(200)
    page.mouse.click(x, y)


def test_a_click_on_a_box_selects_its_row_and_shows_its_formula(watched: Watched) -> None:
    page = watched.open()
    _click_box(page, 1)  # conv1
    page.get_by_text("Why this shape?").wait_for(timeout=READY)
    card = page.get_by_text("⌊(224 + 2·3 − 7)/2⌋ + 1 = 112").first
    assert card.is_visible()
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stDataFrame] [role=row][aria-selected=true]') !== null",
        timeout=READY,
    )
    row = page.locator("[data-testid=stDataFrame] [role=row][aria-selected=true]").first
    assert "conv1" in row.text_content()
    page.wait_for_url("**/*step=conv1*", timeout=READY)


def test_a_click_deep_in_the_network_shows_its_row(watched: Watched) -> None:
    page = watched.open("?net=resnet152")
    hits = page.locator(".js-plotly-plot .trace.bars .point path")
    trace = rv.forecast(rv.variant("resnet152"))
    scene = lay_out(trace)
    number = next(i for i, box in enumerate(scene.boxes) if trace.steps[box.step].name == "layer4.1.relu3")
    assert hits.count() == len(scene.boxes) + len(scene.pluses)
    _click_box(page, number)
    page.get_by_text("Why this shape?").wait_for(timeout=READY)
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-testid=stDataFrame] [role=row][aria-selected=true]')].some(r => r.textContent.includes('layer4.1.conv3'))",
        timeout=READY,
    )
    page.get_by_role("radio", name="all steps").click()
    page.get_by_text("Why this shape?").wait_for()
    page.wait_for_url("**/*step=layer4.1.conv3*", timeout=READY)


def test_a_row_selects_its_box(watched: Watched) -> None:
    page = watched.open()
    table = page.locator("[data-testid=stDataFrame] canvas").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box
    page.mouse.click(box["x"] + 20, box["y"] + 35 * 4 + 18)  # the fourth row: relu is index 3
    page.get_by_text("Why this shape?").wait_for(timeout=READY)
    page.wait_for_url("**/*step=relu*", timeout=READY)


def _shows(page: Page, level: str) -> None:
    """Wait until the picture in the page is of that level, and its selection is drawn."""
    page.wait_for_function(
        "level => document.querySelector('.room').getAttribute('aria-label').startsWith('ResNet-34, ' + level + ' level')",
        arg=level, timeout=READY,
    )  # fmt: skip
    page.wait_for_timeout(700)


def test_keys_alone_walk_go_in_and_come_out(watched: Watched) -> None:
    page = watched.open()
    page.locator(".room").focus()
    for _ in range(7):  # input, conv1, maxpool, and of each block its addition and itself
        page.keyboard.press("ArrowRight")
    page.wait_for_url("**step=layer1.1.conv2*", timeout=READY)
    assert "layer1.1" in page.locator(".said").inner_text()
    page.keyboard.press("Enter")
    at(page, level="stage", focus="layer1")
    _shows(page, "stage")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**step=layer1.0.conv1*", timeout=READY)
    page.keyboard.press("Enter")
    at(page, level="block", focus="layer1.0")
    _shows(page, "block")
    page.keyboard.press("Enter")
    at(page, level="operation")
    _shows(page, "operation")
    page.keyboard.press("Escape")
    at(page, level="block")
    _shows(page, "block")
    way = page.get_by_role("navigation", name="Where in the network")
    assert way.inner_text().split() == ["ResNet-34", "layer1", "layer1.0"]
    way.get_by_role("button", name="layer1").press("Enter")
    at(page, level="stage", focus="layer1")
    _shows(page, "stage")  # and the keys are the picture's again
    assert page.locator(".said").inner_text() == "ResNet-34, layer1: stage level, layer1 · conv2_x, 3 blocks"
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "level=" not in url, timeout=READY)
    _shows(page, "network")
    page.keyboard.press("End")
    page.wait_for_url("**step=fc*", timeout=READY)
    # in a narrower window the picture has its height, an overview says what is seen, and the walk scrolls
    page.set_viewport_size({"width": 700, "height": 1000})
    strip = page.get_by_role("slider", name="Part of the picture that is seen")
    strip.press("Home")
    assert strip.get_attribute("aria-valuetext").startswith("input … layer")
    page.locator(".room").press("ArrowLeft")
    page.wait_for_function("() => document.querySelector('.here').textContent.endsWith('fc')", timeout=READY)
    assert page.evaluate("document.querySelector('.js-plotly-plot').getBoundingClientRect().height") > 300
    page.set_viewport_size({"width": 1440, "height": 1000})
    strip.wait_for(state="hidden", timeout=READY)


def test_zoom_and_selection_survive_a_change_of_colours_and_of_the_input(watched: Watched) -> None:
    page = watched.open()
    _click_box(page, 5)
    page.get_by_text("Why this shape?").wait_for(timeout=READY)
    selected = "document.querySelector('.js-plotly-plot').data.find(trace => trace.name === 'selected').x.length"
    assert page.evaluate(selected) > 4
    box = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 700, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 620, box["y"] + 60, steps=6)
    page.mouse.up()
    page.wait_for_timeout(400)
    zoomed = page.evaluate("document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range")
    assert abs(zoomed[0] + 12) > 5
    page.evaluate(
        "() => { window.drawn = 0; document.querySelector('.js-plotly-plot').on('plotly_afterplot', () => { window.drawn += 1 }) }"
    )
    page.get_by_role("radio", name="32 px", exact=True).click()
    page.locator(".js-plotly-plot .annotation", has_text="16×16×64").first.wait_for(timeout=READY)
    page.wait_for_timeout(500)
    assert page.evaluate("window.drawn") == 1  # plotly.js draws it once, with what is marked in it
    after = page.evaluate("document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range")
    # the same part of a picture that is a little narrower
    bounds = [lay_out(rv.forecast(rv.variant("resnet34"), side)).bounds for side in (224, 32)]
    shares = [(r[0] - b[0]) / (b[2] - b[0]) for r, b in zip((zoomed, after), bounds, strict=True)]
    assert shares[1] == pytest.approx(shares[0], abs=0.01) and abs(shares[1]) > 0.01
    assert page.evaluate(selected) > 4
    page.mouse.move(box["x"] + 300, box["y"] + 60)
    page.locator("[data-title='Show the whole picture']").click()
    page.wait_for_timeout(500)
    whole = page.evaluate("document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range")
    assert whole == pytest.approx([bounds[1][0], bounds[1][2]], abs=0.5)


_GHOST = "() => { const t = document.querySelector('.js-plotly-plot').data.find(t => t.name === 'before the change'); return t ? t.x.length : 0 }"


def test_a_ghost_of_the_old_sizes_stays_until_the_next_choice(watched: Watched) -> None:
    page = watched.open()
    assert page.evaluate(_GHOST) == 0
    page.get_by_role("radio", name="32 px", exact=True).click()
    page.get_by_text("final map 1×1×512").wait_for(timeout=READY)
    page.wait_for_function(f"() => ({_GHOST})() > 0", timeout=READY)
    # an outline of six corners for each volume whose size changed: all but the head's vector and the classes
    boxes = len(lay_out(rv.forecast(rv.variant("resnet34"), 32)).boxes)
    assert page.evaluate(_GHOST) == 8 * (boxes - 2)
    # it is within the picture, and no line of it is longer than the page is high
    assert page.evaluate(
        """() => { const plot = document.querySelector('.js-plotly-plot'), t = plot.data.find(t => t.name === 'before the change');
        const [low, high] = plot._fullLayout.yaxis.range, ys = t.y.filter(y => y !== null); return Math.min(...ys) >= low && Math.max(...ys) <= high }"""
    )
    page.wait_for_timeout(900)  # the transition is over and leaves nothing
    page.wait_for_function("() => document.querySelectorAll('.cartesianlayer > path').length === 0", timeout=READY)
    page.get_by_role("radio", name="64 px", exact=True).click()
    page.get_by_text("final map 2×2×512").wait_for(timeout=READY)
    page.get_by_role("radio", name="block", exact=True).click()
    page.wait_for_function(f"() => ({_GHOST})() === 0", timeout=READY)
    assert watched.errors == [] and watched.outside == []


def test_reduced_motion_moves_nothing(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
    page.goto(address)
    page.get_by_text("Confirmed by forward hooks").wait_for(timeout=READY)
    page.wait_for_selector(".js-plotly-plot .annotation", timeout=READY)
    page.evaluate(
        """() => { window.moved = 0; new MutationObserver(all => { window.moved += all.filter(m => [...m.addedNodes].some(n => n.tagName === 'path')).length })
        .observe(document.querySelector('.js-plotly-plot'), { childList: true, subtree: true }) ;
        window.layer = () => document.querySelectorAll('.cartesianlayer > path').length; window.seen = 0; setInterval(() => { window.seen += window.layer() }, 10) }"""
    )
    page.get_by_role("radio", name="32 px", exact=True).click()
    page.wait_for_function(f"() => ({_GHOST})() > 0", timeout=READY)
    page.wait_for_timeout(800)
    assert page.evaluate("window.seen") == 0
    page.close()
