"""Every picture in a real Chromium: no word is cut off or lies on another."""

import time

import pytest
from playwright.sync_api import Browser

from tests.browser.driving import Watched

pytestmark = pytest.mark.browser


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
    ("width", "scheme", "queries"),
    [
        (1440, "light", PICTURES[:6]),
        (1440, "light", PICTURES[6:]),
        (1440, "dark", PICTURES[:3]),
        (1024, "light", PICTURES[:3]),
        (390, "light", PICTURES[:3]),
    ],
)
def test_no_label_collides_or_is_cut_off(
    browser: Browser, address: str, width: int, scheme: str, queries: tuple[str, ...]
) -> None:
    watched = Watched(browser, address, width, scheme)
    for query in queries:
        page = watched.turn(query) if query != queries[0] else watched.open(query)
        boxes = page.evaluate(
            """() => [...document.querySelectorAll('.js-plotly-plot .annotation-text')].map(t => { const r = t.getBoundingClientRect();
            return [r.left, r.top, r.right, r.bottom, t.textContent, parseFloat(getComputedStyle(t).fontSize)] })"""
        )
        plot = page.evaluate(
            "() => { const r = document.querySelector('.js-plotly-plot').getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom] }"
        )
        assert len(boxes) >= 5, query
        for i, a in enumerate(boxes):
            assert a[5] >= 10, query
            inside = plot[0] - 1 <= a[0] and a[2] <= plot[2] + 1 and plot[1] - 1 <= a[1] and a[3] <= plot[3] + 1
            assert inside, (query, a)
            for b in boxes[i + 1 :]:
                apart = a[2] <= b[0] + 0.5 or b[2] <= a[0] + 0.5 or a[3] <= b[1] + 0.5 or b[3] <= a[1] + 0.5
                assert apart, (query, a, b)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), query
    assert watched.errors == []
    assert watched.outside == []
    watched.page.close()


def test_nonsense_in_the_address(watched: Watched) -> None:
    page = watched.open("?net=<script>alert(1)</script>&size=999&batch=1e9&step=<img%20src=x>")
    page.get_by_text("The link asked for what does not exist").wait_for()
    assert page.locator("img[src=x]").count() == 0


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
