"""The real app in a real Chromium: what a person sees and clicks."""

import io
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pandas
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import resnet_viz as rv
from resnet_viz.layout import lay_out

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
READY = 30_000


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.25)
        yield url
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "no Chromium: `make test` installs it"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


class Watched:
    """A page, and what it complained about or asked other hosts for."""

    def __init__(self, browser: Browser, address: str, width: int = 1440, scheme: str = "light") -> None:
        self.address = address
        self.page: Page = browser.new_page(
            viewport={"width": width, "height": 1000}, color_scheme=scheme, accept_downloads=True
        )
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "request",
            lambda request: (
                self.outside.append(request.url)
                if not request.url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))
                else None
            ),
        )

    def open(self, query: str = "") -> Page:
        self.page.goto(f"{self.address}/{query}")
        self.page.wait_for_selector(".js-plotly-plot .annotation", timeout=READY)
        self.page.get_by_text("Confirmed by forward hooks").wait_for(timeout=READY)
        # a loaded machine draws at one width and again at the final one
        self.page.wait_for_function(
            """() => { const plot = document.querySelector('.js-plotly-plot'), room = document.querySelector('.st-key-diagram > div');
            return plot && room && Math.abs(plot._fullLayout.width - room.getBoundingClientRect().width) < 2 }""",
            timeout=READY,
        )
        return self.page


@pytest.fixture
def watched(browser: Browser, address: str) -> Iterator[Watched]:
    made = Watched(browser, address)
    yield made
    assert made.errors == []
    assert made.outside == []
    made.page.close()


def _map_labels(page: Page) -> str:
    return " ".join(page.locator(".js-plotly-plot .annotation-text").all_inner_texts())


def test_first_diagram_without_a_click_and_csv_equals_the_api(watched: Watched) -> None:
    page = watched.open()
    assert "112×112×64" in page.locator(".js-plotly-plot").inner_text()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").click()
    download = waiting.value
    assert download.suggested_filename == "resnet34_224x224_stem-64k7s2max_shortcut-B_1000classes_3ch_batch1.csv"
    text = Path(download.path()).read_text(encoding="utf-8")
    assert text == rv.forecast(rv.variant("resnet34"), 224).to_csv()
    assert pandas.read_csv(io.StringIO(text))["params"].sum() == rv.forecast(rv.variant("resnet34")).totals.params


def test_switching_224_to_32(watched: Watched, record_property: pytest.FixtureRequest) -> None:
    page = watched.open()
    took = []
    for side, shape in [("32", "16×16×64"), ("224", "112×112×64")] * 4:
        began = time.perf_counter()
        page.get_by_role("radio", name=side, exact=True).click()
        page.locator(".js-plotly-plot .annotation", has_text=shape).first.wait_for(timeout=READY)
        took.append((time.perf_counter() - began) * 1e3)
    print(f"224 <-> 32 repainted in {statistics.median(took):.0f} ms (median of {len(took)})")
    page.get_by_role("radio", name="32", exact=True).click()
    page.get_by_text("the map has shrunk to 1×1").wait_for()
    assert "size=32" in page.url
    page.get_by_role("button", name="Use the CIFAR stem").click()
    page.get_by_text("final map 4×4×512").wait_for()
    page.reload()
    page.get_by_text("final map 4×4×512").wait_for(timeout=READY)


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
        "[...document.querySelectorAll('[data-testid=stDataFrame] [role=row][aria-selected=true]')].some(r => r.textContent.includes('layer4.1.relu3'))",
        timeout=READY,
    )
    page.get_by_role("radio", name="all steps").click()
    page.get_by_text("Why this shape?").wait_for()
    assert "step=layer4.1.relu3" in page.url


def test_a_row_selects_its_box(watched: Watched) -> None:
    page = watched.open()
    table = page.locator("[data-testid=stDataFrame] canvas").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box
    page.mouse.click(box["x"] + 20, box["y"] + 35 * 4 + 18)  # the fourth row: relu is index 3
    page.get_by_text("Why this shape?").wait_for(timeout=READY)
    assert "step=relu" in page.url


# the geometry does not depend on the theme, so dark is looked at once
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (1024, "light"), (390, "light")])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "?size=32",
        "?net=resnet152",
        "?net=cifar_resnet1202",
        "?level=block",
        "?net=resnet50&level=block&size=own&hw=160x224",
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
