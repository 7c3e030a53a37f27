"""The real app in a real Chromium: what a person sees and clicks."""

import io
import math
import statistics
import time
from pathlib import Path
from typing import Any

import pandas
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright

import resnet_viz as rv
from resnet_viz.export.table import count_text
from resnet_viz.lessons import LESSONS, Scene
from resnet_viz.picture.figures import describe
from resnet_viz.picture.layout import Look, lay_out
from tests.browser.driving import READY, Watched, chromium
from tests.ruler import seen

pytestmark = pytest.mark.browser


def _map_labels(page: Page) -> str:
    return " ".join(page.locator(".js-plotly-plot .annotation-text").all_inner_texts())


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
    assert "size=32" in page.url
    top = "Math.round(document.querySelector('.room').getBoundingClientRect().top)"
    before = page.evaluate(top)
    page.get_by_role("button", name="Use a CIFAR stem").first.click()
    page.get_by_text("final map 4×4×512").wait_for()
    page.get_by_text("ResNet-34, changed:").wait_for()
    assert page.evaluate(top) == before  # what changed is said, and does not move the picture
    page.reload()
    page.get_by_text("final map 4×4×512").wait_for(timeout=READY)


def test_back_walks_through_what_was_chosen_and_forward_again(watched: Watched) -> None:
    page = watched.open()
    chosen = ("32", "64", "96", "128", "64")

    def shows(side: str) -> None:
        page.locator(".js-plotly-plot .annotation", has_text=f"{side}×{side}×3").first.wait_for(timeout=READY)

    for side in chosen:
        page.get_by_role("radio", name=f"{side} px", exact=True).click()
        shows(side)
    for side in (*reversed(chosen[:-1]), "224"):
        page.go_back()
        shows(side)
        assert page.get_by_role("radio", name=f"{side} px", exact=True).get_attribute("aria-checked") == "true"
    page.go_forward()
    shows("32")
    assert "size=32" in page.url


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
        "document.querySelector('[data-testid=stDataFrame] [role=row][aria-selected=true]') !== null", timeout=READY
    )
    row = page.locator("[data-testid=stDataFrame] [role=row][aria-selected=true]").first
    assert "conv1" in row.text_content()
    assert "step=conv1" in page.url


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
        "[...document.querySelectorAll('[data-testid=stDataFrame] [role=row][aria-selected=true]')].some(r => r.textContent.includes('layer4.1.conv3'))",
        timeout=READY,
    )
    page.get_by_role("radio", name="all steps").click()
    page.get_by_text("Why this shape?").wait_for()
    assert "step=layer4.1.conv3" in page.url


def test_a_row_selects_its_box(watched: Watched) -> None:
    page = watched.open()
    table = page.locator("[data-testid=stDataFrame] canvas").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box
    page.mouse.click(box["x"] + 20, box["y"] + 35 * 4 + 18)  # the fourth row: relu is index 3
    page.get_by_text("Why this shape?").wait_for(timeout=READY)
    assert "step=relu" in page.url


PICTURES = (
    "",
    "?net=cifar_resnet1202",
    "?net=seresnext26t_32x4d&level=block",
    "?net=resnet152",
    "?level=block",
    "?net=seresnet50",
    "?net=resnetv2_50d&level=block&size=own&hw=225",
    "?level=stage&focus=layer2&colour=macs",
    "?net=seresnet50&level=stage&focus=layer3&colour=params&size=32",
    "?net=resnet50&colour=bytes&true=1",
    "?level=operation&operation=conv1",
    "?size=32&level=operation&operation=layer2.0.conv1&row=1&column=2",
)


# the geometry depends neither on the theme nor on the width, so three pictures are looked at in the other ones
@pytest.mark.parametrize(
    ("width", "scheme", "query"),
    [(1440, "light", query) for query in PICTURES]
    + [
        (width, scheme, query)
        for width, scheme in ((1440, "dark"), (1024, "light"), (390, "light"))
        for query in PICTURES[:3]
    ],
)
def test_no_label_collides_or_is_cut_off(browser: Browser, address: str, width: int, scheme: str, query: str) -> None:
    watched = Watched(browser, address, width, scheme)
    page = watched.open(query)
    boxes = page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot .annotation-text')].map(t => { const r = t.getBoundingClientRect();
        return [r.left, r.top, r.right, r.bottom, t.textContent, parseFloat(getComputedStyle(t).fontSize)] })"""
    )
    plot = page.evaluate(
        "() => { const r = document.querySelector('.js-plotly-plot').getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom] }"
    )
    assert len(boxes) >= 5
    for i, a in enumerate(boxes):
        assert a[5] >= 10
        assert plot[0] - 1 <= a[0] and a[2] <= plot[2] + 1 and plot[1] - 1 <= a[1] and a[3] <= plot[3] + 1, a
        for b in boxes[i + 1 :]:
            assert a[2] <= b[0] + 0.5 or b[2] <= a[0] + 0.5 or a[3] <= b[1] + 0.5 or b[3] <= a[1] + 0.5, (a, b)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert watched.errors == []
    assert watched.outside == []
    page.close()


def test_nonsense_in_the_address(watched: Watched) -> None:
    page = watched.open("?net=<script>alert(1)</script>&size=999&batch=1e9&step=<img%20src=x>")
    page.get_by_text("The link asked for what does not exist").wait_for()
    assert page.locator("img[src=x]").count() == 0


def test_the_networks_page_opens_a_network_from_the_chart_and_from_the_table(watched: Watched) -> None:
    page = watched.open()
    page.get_by_role("link", name="Networks").click()
    page.locator(".js-plotly-plot .scatterlayer .point").first.wait_for(timeout=READY)
    page.wait_for_timeout(1000)  # the page may draw its chart a second time, once it knows its width
    order = [name for name in rv.variants() if rv.entry(name).top1]
    shown = page.wait_for_function(
        "() => document.querySelector('.js-plotly-plot .scatterlayer .point') && [...document.querySelector('.js-plotly-plot').data].map(trace => [...trace.customdata]).flat()",
        timeout=READY,
    ).json_value()
    assert "resnet50" in shown and set(shown) <= set(order)
    place = page.evaluate(
        """name => { const plot = document.querySelector('.js-plotly-plot'), traces = [...plot.querySelectorAll('.scatterlayer .trace')];
        for (const [i, trace] of plot.data.entries()) { const j = [...trace.customdata].indexOf(name);
            if (j >= 0) { const r = traces[i].querySelectorAll('.point')[j].getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] } } }""",
        "resnet10t",
    )
    page.mouse.move(*place)
    page.wait_for_timeout(300)
    page.mouse.click(*place)
    page.wait_for_url("**/?net=resnet10t*", timeout=READY)
    page.get_by_text("Confirmed by forward hooks").wait_for(timeout=READY)
    totals = rv.forecast(rv.variant("resnet10t"), 224).totals
    page.get_by_text(f"{count_text(totals.params)} parameters · {count_text(totals.macs)} MACs").wait_for(timeout=READY)
    page.get_by_role("link", name="Networks").click()
    page.get_by_label("Find").fill("wide_resnet101")
    page.get_by_label("Find").press("Enter")
    page.get_by_text("1 of 130 networks").wait_for(timeout=READY)
    box = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    assert box
    page.mouse.click(box["x"] + 20, box["y"] + 35 + 18)
    page.wait_for_url("**/?net=wide_resnet101_2*", timeout=READY)
    page.get_by_text("22.75 G").wait_for(timeout=READY)


def _at(page: Page, **params: str) -> None:
    """Wait until the address says so, in whatever order."""
    page.wait_for_url(
        lambda url: all(f"{name}={value}" in url.split("?")[-1].split("&") for name, value in params.items()),
        timeout=READY,
    )


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
    _at(page, level="stage", focus="layer1")
    _shows(page, "stage")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**step=layer1.0.conv1*", timeout=READY)
    page.keyboard.press("Enter")
    _at(page, level="block", focus="layer1.0")
    _shows(page, "block")
    page.keyboard.press("Enter")
    _at(page, level="operation")
    _shows(page, "operation")
    page.keyboard.press("Escape")
    _at(page, level="block")
    _shows(page, "block")
    way = page.get_by_role("navigation", name="Where in the network")
    assert way.inner_text().split() == ["ResNet-34", "layer1", "layer1.0"]
    way.get_by_role("button", name="layer1").press("Enter")
    _at(page, level="stage", focus="layer1")
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
    page.wait_for_function("document.querySelector('.here').textContent.endsWith('fc')", timeout=READY)
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
    page.get_by_role("radio", name="32 px", exact=True).click()
    page.locator(".js-plotly-plot .annotation", has_text="16×16×64").first.wait_for(timeout=READY)
    page.wait_for_timeout(500)
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


def test_panning_is_fluid(watched: Watched) -> None:
    """Frames that the browser draws while the picture is dragged; printed, and far from a slide show on any machine."""
    page = watched.open("?net=resnet152")
    box = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert box
    page.evaluate(
        "() => { window.frames_seen = 0; const f = () => { window.frames_seen++; requestAnimationFrame(f) }; f() }"
    )
    x, y = box["x"] + 500, box["y"] + 40
    page.mouse.move(x, y)
    page.mouse.down()
    began, before = time.perf_counter(), page.evaluate("window.frames_seen")
    for i in range(60):
        page.mouse.move(x + (i % 30) * 5, y + i % 7)
    frames = (page.evaluate("window.frames_seen") - before) / (time.perf_counter() - began)
    page.mouse.up()
    print(f"panning resnet152: {frames:.0f} frames a second")
    assert frames > 10


def test_an_own_variant_by_hand_by_link_and_by_file(watched: Watched, tmp_path: Path) -> None:
    page = watched.open("?net=resnet50")
    page.get_by_role("button", name="More").click()
    groups = page.get_by_label("Groups", exact=True)
    groups.fill("32")
    groups.press("Enter")
    page.get_by_text("the 3×3 in 32 groups, of 64 channels each in layer1").wait_for(timeout=READY)
    width = page.get_by_label("Width per group", exact=True)
    width.fill("4")
    width.press("Enter")
    page.get_by_text("That is ResNeXt-50 32×4d").wait_for(timeout=READY)
    assert "groups=32" in page.url and "width_per_group=4" in page.url
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save this network as JSON").click()
    spec = rv.ResNetSpec.from_json(Path(waiting.value.path()).read_text(encoding="utf-8"))
    assert spec == rv.variant("resnext50_32x4d")
    page.reload()
    page.get_by_text("That is ResNeXt-50 32×4d").wait_for(timeout=READY)
    own = tmp_path / "own.json"
    own.write_text(rv.replace(rv.variant("seresnet18"), blocks=(1, 1, 1, 1), in_channels=1).to_json(), encoding="utf-8")
    page.get_by_role("button", name="More").click()
    page.set_input_files("input[type=file]", own)
    page.get_by_text("blocks per stage 1, 1, 1, 1 instead of 2, 2, 2, 2; 1 input channel").wait_for(timeout=READY)
    assert "net=seresnet18" in page.url and "blocks=1" in page.url
    page.get_by_role("button", name="Back to published").click()
    page.get_by_text("changed:").wait_for(state="detached", timeout=READY)


def test_weights_are_told_and_opened(watched: Watched, tmp_path: Path) -> None:
    import torch

    file = tmp_path / "mine.pth"
    torch.save(rv.build(rv.replace(rv.variant("resnet18d"), num_classes=7), init=False).state_dict(), file)
    page = watched.open()
    page.get_by_role("link", name="Check weights").click()
    page.get_by_role("heading", name="Which network do these weights fit?").wait_for(timeout=READY)
    page.set_input_files("input[type=file]", file)
    page.get_by_text("This is a resnet18d with 7 classes").wait_for(timeout=READY)
    page.get_by_role("button", name="Open resnet18d in Explore").click()
    page.get_by_text("ResNet-18-D, changed:").wait_for(timeout=READY)
    page.get_by_text("7 classes").first.wait_for(timeout=READY)


def test_a_cells_receptive_field_on_the_image(watched: Watched, tmp_path: Path) -> None:
    page = watched.open("?step=layer3.0.conv1&field=1")
    image = page.locator(".js-plotly-plot image")
    image.wait_for(timeout=READY)
    page.get_by_text("cell (7, 7)").wait_for(timeout=READY)
    hits = page.locator(".js-plotly-plot").last.locator(".trace.bars .point path")
    assert hits.count() == 14 * 14
    cell = hits.nth(2 * 14 + 11)
    cell.scroll_into_view_if_needed()
    box = cell.bounding_box()
    assert box
    place = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*place)
    page.wait_for_timeout(300)
    page.mouse.click(*place)
    page.get_by_text("cell (2, 11)", exact=True).wait_for(timeout=READY)
    _at(page, field_row="2", field_column="11")
    before = image.get_attribute("href")
    own = tmp_path / "own.png"
    Image.new("RGB", (60, 40), "#ff0000").save(own)
    page.locator("input[type=file]").set_input_files(own)
    page.wait_for_function(
        "before => { const image = document.querySelector('.js-plotly-plot image'); return image && image.getAttribute('href') !== before }",
        arg=before, timeout=READY,
    )  # fmt: skip


@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_is_wider_than_its_window(browser: Browser, address: str, width: int) -> None:
    watched = Watched(browser, address, width)
    for name in ("networks", "weights", "compare", "model?model=sample-u-net", "break", "learn"):
        watched.page.goto(f"{address}/{name}")
        watched.page.get_by_role("heading").first.wait_for(timeout=READY)
        watched.page.wait_for_timeout(1500)
        assert watched.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert watched.outside == []
    watched.page.close()


def test_the_solid_view_turns_and_keeps_its_camera(driver: Playwright, address: str) -> None:
    camera = "() => { const c = document.querySelector('.js-plotly-plot')._fullLayout.scene._scene.getCamera().eye; return [c.x, c.y, c.z] }"
    browser = driver.chromium.launch(
        executable_path=chromium(),
        args=["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
    )
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.goto(f"{address}/?solid=1")
    page.locator(".js-plotly-plot canvas").first.wait_for(timeout=READY)
    page.get_by_text("Confirmed by forward hooks").wait_for(timeout=READY)
    before = page.evaluate(camera)
    box = page.locator(".js-plotly-plot").bounding_box()
    assert box
    page.mouse.move(box["x"] + 500, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 640, box["y"] + 240, steps=5)
    page.mouse.up()

    def at_rest() -> list[float]:
        """The camera glides to where it was turned, slowly where drawing is done in software."""
        last = page.evaluate(camera)
        for _ in range(40):
            page.wait_for_timeout(500)
            now = page.evaluate(camera)
            if math.dist(now, last) < 0.005:
                return now
            last = now
        raise AssertionError("the camera does not come to rest")

    turned = at_rest()
    assert math.dist(turned, before) > 1
    page.get_by_role("radio", name="32 px", exact=True).click()
    page.get_by_text("final map 1×1×512").wait_for(timeout=READY)
    after = at_rest()
    assert math.dist(after, before) > 1 and math.dist(after, turned) < 0.7
    # the wheel comes nearer, and stays there; arrow keys walk from volume to volume, whose mark moves at once
    room = page.locator(".room")
    long = "() => document.querySelector('.js-plotly-plot')._fullLayout.scene._scene.glplot.getAspectratio().x"
    near = page.evaluate(long)
    page.mouse.move(box["x"] + 500, box["y"] + 200)
    page.mouse.wheel(0, -300)
    page.wait_for_function(f"before => ({long})() > 1.05 * before", arg=near, timeout=READY)
    room.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "() => document.querySelector('.said').textContent.startsWith('conv1: 16×16×64')", timeout=READY
    )
    page.wait_for_url("**step=conv1**", timeout=READY)
    mark = "() => document.querySelector('.js-plotly-plot').data.find(t => t.name === 'selected').z.length"
    assert page.evaluate(mark) > 8
    # a click in one place chooses the volume there
    page.get_by_role("radio", name="224 px", exact=True).click()
    page.get_by_text("final map 7×7×512").wait_for(timeout=READY)
    page.goto(f"{address}/?solid=1")
    page.locator(".js-plotly-plot canvas").first.wait_for(timeout=READY)
    page.get_by_text("Confirmed by forward hooks").wait_for(timeout=READY)
    page.wait_for_timeout(1000)
    middle = page.evaluate("""() => { const scene = document.querySelector('.js-plotly-plot')._fullLayout.scene._scene, r = scene.container.getBoundingClientRect();
        return [r.left + r.width / 2, r.top + r.height / 2] }""")
    # the input's map, which stands before all others at the first camera
    trace = rv.forecast(rv.variant("resnet34"))
    first = lay_out(trace).boxes[0]
    right, up = seen(describe(trace, look=Look(solid=True)), (first.x, 0.0, first.y))
    for step in range(8):
        page.mouse.move(middle[0] + right + step, middle[1] - up)
        page.wait_for_timeout(400)
        page.mouse.down()
        page.mouse.up()
        page.wait_for_timeout(600)
        if "step=" in page.url:
            break
    assert "step=input" in page.url
    page.get_by_text("Why this shape?").wait_for(timeout=READY)
    browser.close()


_GHOST = "() => { const t = document.querySelector('.js-plotly-plot').data.find(t => t.name === 'before the change'); return t ? t.x.length : 0 }"


def test_a_ghost_of_the_old_sizes_stays_until_the_next_choice(watched: Watched) -> None:
    page = watched.open()
    assert page.evaluate(_GHOST) == 0
    page.get_by_role("radio", name="32 px", exact=True).click()
    page.get_by_text("final map 1×1×512").wait_for(timeout=READY)
    page.wait_for_function(f"({_GHOST})() > 0", timeout=READY)
    # an outline of six corners for each volume whose size changed: all but the head's vector and the classes
    boxes = len(lay_out(rv.forecast(rv.variant("resnet34"), 32)).boxes)
    assert page.evaluate(_GHOST) == 8 * (boxes - 2)
    # it is within the picture, and no line of it is longer than the page is high
    assert page.evaluate(
        """() => { const plot = document.querySelector('.js-plotly-plot'), t = plot.data.find(t => t.name === 'before the change');
        const [low, high] = plot._fullLayout.yaxis.range, ys = t.y.filter(y => y !== null); return Math.min(...ys) >= low && Math.max(...ys) <= high }"""
    )
    page.wait_for_timeout(900)  # the transition is over and leaves nothing
    page.wait_for_function("document.querySelectorAll('.cartesianlayer > path').length === 0", timeout=READY)
    page.get_by_role("radio", name="64 px", exact=True).click()
    page.get_by_text("final map 2×2×512").wait_for(timeout=READY)
    page.get_by_role("radio", name="block", exact=True).click()
    page.wait_for_function(f"({_GHOST})() === 0", timeout=READY)
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
    page.wait_for_function(f"({_GHOST})() > 0", timeout=READY)
    page.wait_for_timeout(800)
    assert page.evaluate("window.seen") == 0
    page.close()


def _settled(page: Page) -> None:
    """The script is done and nothing moves: on a loaded machine a button else slips away from under the pointer."""
    page.wait_for_timeout(300)
    page.wait_for_selector("[data-test-script-state=notRunning]", timeout=READY)
    page.wait_for_timeout(300)


def test_comparing_adapting_and_breaking(browser: Browser, address: str) -> None:
    watched = Watched(browser, address)  # Streamlit itself looks for its settings below a page's address first, in vain
    page = watched.page
    page.goto(f"{watched.address}/compare")
    pictures = page.get_by_role("application")
    page.get_by_text("139 of 139 steps differ").wait_for(timeout=READY)
    page.wait_for_function("document.querySelectorAll('.js-plotly-plot').length === 3", timeout=READY)
    ranges = page.evaluate(
        "[...document.querySelectorAll('.js-plotly-plot')].slice(0, 2).map(plot => JSON.stringify(plot._fullLayout.xaxis.range))"
    )
    assert ranges[0] == ranges[1]  # one scale
    _settled(page)
    page.get_by_role("button", name="Use a CIFAR stem: one 3×3 of stride 1, no pool").first.click()
    page.wait_for_function(
        "document.querySelectorAll('.room')[1].getAttribute('aria-label').includes('32×32×3 → 32×32×64')", timeout=READY
    )
    assert pictures.count() == 3
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    text = Path(download.value.path()).read_text()
    assert text == rv.compare("resnet34@224", "resnet34:stem=cifar@32").to_csv()
    page.get_by_text("Adapt to my data").click()
    field = page.get_by_role("textbox", name="My images (px)")
    field.fill("64")
    field.press("Enter")
    page.get_by_role("button", name="Show beside resnet34").first.wait_for(timeout=READY)
    _settled(page)
    page.get_by_role("button", name="Show beside resnet34").first.click()
    page.wait_for_url("**b=resnet18*", timeout=READY)
    page.goto(f"{watched.address}/break")
    page.get_by_text("RuntimeError in layer2.0.add").wait_for(timeout=READY)
    page.get_by_text("unequal: raises").wait_for(timeout=READY)
    _settled(page)
    page.get_by_role("button", name="Mend it").click()
    page.get_by_text("The sound network ran on 1 image").wait_for(timeout=READY)
    assert watched.outside == []
    page.close()


def _tab_to(page: Page, what: str) -> None:
    """Press Tab until ``what``, a JavaScript condition on the focused element ``e``, holds."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(f"(() => {{ const e = document.activeElement; return {what} }})()"):
            return
    raise AssertionError(f"not reached by Tab: {what}")


@pytest.mark.parametrize("width", [1440, 390])
def test_the_tour_by_keyboard_alone(browser: Browser, address: str, width: int) -> None:
    watched = Watched(browser, address, width)
    page = watched.page
    page.goto(f"{address}/learn")
    steps = LESSONS if width == 1440 else LESSONS[:6]
    for lesson in steps:
        made = lesson.build(Scene.read(lesson.start))
        page.locator("h2", has_text=lesson.title).wait_for(timeout=READY)
        # the last step's question is gone and this one's is there
        asked = max(made.question.prompt.split("`"), key=len).strip()
        page.wait_for_function(
            """asked => { const all = [...document.querySelectorAll('p strong')].filter(e => e.innerText === 'Predict.');
            return all.length === 1 && all[0].parentElement.innerText.includes(asked) }""",
            arg=asked, timeout=READY,
        )  # fmt: skip
        wrong = next(answer for answer in made.question.answers if not answer.right)
        if made.question.kind == "shape":
            _tab_to(page, "e.getAttribute('aria-label') === 'Height'")
            for side in wrong.text.split("×"):
                page.keyboard.type(side)
                page.keyboard.press("Tab")
            page.keyboard.press("Shift+Tab")
        else:
            _tab_to(page, "e.type === 'radio'")
            page.keyboard.press("Space")
            for _ in range([answer.text for answer in made.question.answers].index(wrong.text)):
                page.keyboard.press("ArrowDown")
        _tab_to(page, "e.innerText === 'Check my prediction'")
        page.keyboard.press("Enter")
        page.get_by_text(wrong.why.split("`")[0][:60]).first.wait_for(timeout=READY)
        page.get_by_text("You predicted").first.wait_for(timeout=READY)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        _tab_to(page, "['Next', 'On to the design tasks'].includes(e.innerText)")
        page.keyboard.press("Enter")
    where = steps[-1].name if width == 1440 else LESSONS[len(steps)].name
    page.wait_for_url(f"**lesson={where}*", timeout=READY)
    page.reload()
    page.get_by_text(f"{len(steps)} of {len(LESSONS)} steps answered").wait_for(timeout=READY)
    assert watched.outside == []
    page.close()


def test_a_task_is_solved_and_the_answers_are_handed_in(browser: Browser, address: str) -> None:
    watched = Watched(browser, address)
    page = watched.page
    page.goto(f"{address}/learn?part=Design+tasks&task=bare")
    page.get_by_text("no projection: it has 3").wait_for(timeout=READY)
    more = page.get_by_role("textbox", name="More changes")
    more.fill("shortcut=A")
    more.press("Enter")
    page.get_by_text("Solved, with").wait_for(timeout=READY)
    page.wait_for_url("**task-bare*", timeout=READY)
    name = page.get_by_role("textbox", name="Your name, for the page to hand in")
    name.click()
    page.keyboard.type("<b>Ada</b>")
    page.get_by_role("button", name="Make a page to hand in").click()
    page.get_by_role("button", name="Download the page of").wait_for(timeout=READY)
    _settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the page of").click()
    text = Path(download.value.path()).read_text()
    assert "&lt;b&gt;Ada&lt;/b&gt;: 1 of 1 right." in text and "resnet34:shortcut=A@224" in text
    page.close()
