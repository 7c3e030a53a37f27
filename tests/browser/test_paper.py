"""What leaves the page: to paper, to a file, and beside a volume to somebody's eyes."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Page

import resnet_viz as rv
from resnet_viz.picture.figures.palette import INK, PAPER
from tests.browser.driving import READY, Watched

pytestmark = [pytest.mark.browser, pytest.mark.processes]

TIP = """() => { const tip = document.querySelector('.tip'), { left, top, right, bottom } = tip.getBoundingClientRect();
return { shown: !tip.hidden, box: [left, top, right, bottom], ink: getComputedStyle(tip).color, paper: getComputedStyle(tip).backgroundColor, text: tip.innerText } }"""


def _rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"


def _told(page: Page, number: int, boxes: list[dict[str, Any]]) -> dict[str, Any]:
    box = boxes[number]
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("() => !document.querySelector('.tip').hidden", timeout=READY)
    told = page.evaluate(TIP)
    page.mouse.move(4, 4)
    page.wait_for_function("() => document.querySelector('.tip').hidden", timeout=READY)
    return told


def test_a_note_stands_beside_its_volume_in_the_pages_colours(browser: Browser, address: str) -> None:
    watched = Watched(browser, address, 1024, "dark")
    page = watched.open("?net=resnet18&size=64")
    hits = page.locator(".js-plotly-plot .trace.bars .point path")
    boxes = [box for box in (hit.bounding_box() for hit in hits.all()) if box]
    for number in (0, 2, len(boxes) // 2, len(boxes) - 1):
        told = _told(page, number, boxes)
        left, top, right, bottom = told["box"]
        assert (told["ink"], told["paper"]) == (_rgb(INK["dark"]), _rgb(PAPER["dark"]))
        assert left >= 0 and top >= 0 and right <= 1024 and bottom <= 1000 and "parameters" in told["text"]
        for box in boxes:
            x, y = box["x"], box["y"]
            assert right <= x or x + box["width"] <= left or bottom <= y or y + box["height"] <= top, (
                number,
                told,
                box,
            )
    assert page.locator(".js-plotly-plot .hoverlayer text").count() == 0  # not told twice
    assert watched.errors == []
    page.close()


def test_paper_and_files_have_the_whole_of_a_dark_page(browser: Browser, address: str, tmp_path: Path) -> None:
    watched = Watched(browser, address, 1024, "dark")
    page = watched.open("?net=resnet18&size=64&level=block&focus=layer2.0&colour=macs")
    page.evaluate("""() => addEventListener("beforeprint", () => {
        const sheet = document.querySelector(".rv-paper"), svg = sheet.querySelector("svg");
        window.seen = {
          head: sheet.querySelector("h1").textContent, rows: sheet.querySelectorAll("tbody tr").length,
          words: [...svg.querySelectorAll(".annotation-text")].map((it) => [it.textContent, getComputedStyle(it).fill]), box: svg.getAttribute("viewBox"),
        };
    })""")
    printed = page.pdf(prefer_css_page_size=True)
    seen = page.evaluate("window.seen")
    trace = rv.forecast("resnet18", 64)
    assert seen["head"] == "ResNet-18 · 64×64 px, batch 1" and seen["rows"] == len(trace.steps)
    assert ["conv28×8×128then bn2", _rgb(INK["light"])] in seen["words"] and seen["box"]
    assert b"/MediaBox [0 0 842" in printed or b"/MediaBox [0 0 841" in printed  # A4, broadside
    assert page.locator(".rv-paper").count() == 0
    page.locator(".st-key-save button").first.click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Slide, 16:9 as SVG").click()
    assert waiting.value.suggested_filename == "resnet18_64x64_batch1_block_layer2.0_macs_slide.svg"
    root = ElementTree.parse(waiting.value.path()).getroot()
    words = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "ResNet-18" in words and any(word.startswith("64×64 px, batch 1 · block level layer2.0") for word in words)
    sizes = [float(style.split("font-size:")[1].split("px")[0]) for style in (text.get("style", "") for text in root.iter("{http://www.w3.org/2000/svg}text")) if "font-size:" in style]  # fmt: skip
    assert len(sizes) > 10 and min(sizes) >= 15
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Picture as PNG").click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")
    assert watched.errors == []
    page.close()
