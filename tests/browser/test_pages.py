"""The pages beside Explore in a real Chromium: networks, own variants, weights, comparing, the receptive field."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

import resnet_viz as rv
from resnet_viz.export.table import count_text
from tests.browser.driving import READY, Watched, at, settled

pytestmark = pytest.mark.browser


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
    page.get_by_label("Find", exact=True).fill("wide_resnet101")
    page.get_by_label("Find", exact=True).press("Enter")
    page.get_by_text("1 of 130 networks").wait_for(timeout=READY)
    box = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    assert box
    page.mouse.click(box["x"] + 20, box["y"] + 35 + 18)
    page.wait_for_url("**/?net=wide_resnet101_2*", timeout=READY)
    page.get_by_text("22.75 G").wait_for(timeout=READY)


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
    page.wait_for_url(lambda url: "groups=32" in url and "width_per_group=4" in url, timeout=READY)  # at the run's end
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
    page.wait_for_url(lambda url: "net=seresnet18" in url and "blocks=1" in url, timeout=READY)
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
    at(page, field_row="2", field_column="11")
    before = image.get_attribute("href")
    own = tmp_path / "own.png"
    Image.new("RGB", (60, 40), "#ff0000").save(own)
    page.locator("input[type=file]").set_input_files(own)
    page.wait_for_function(
        "before => { const image = document.querySelector('.js-plotly-plot image'); return image && image.getAttribute('href') !== before }",
        arg=before, timeout=READY,
    )  # fmt: skip


def test_comparing_adapting_and_breaking(browser: Browser, address: str) -> None:
    watched = Watched(browser, address)  # Streamlit itself looks for its settings below a page's address first, in vain
    page = watched.page
    page.goto(f"{watched.address}/compare")
    pictures = page.get_by_role("application")
    page.get_by_text("139 of 139 steps differ").wait_for(timeout=READY)
    page.wait_for_function("() => document.querySelectorAll('.js-plotly-plot').length === 3", timeout=READY)
    ranges = page.evaluate(
        "[...document.querySelectorAll('.js-plotly-plot')].slice(0, 2).map(plot => JSON.stringify(plot._fullLayout.xaxis.range))"
    )
    assert ranges[0] == ranges[1]  # one scale
    settled(page)
    page.evaluate("""() => addEventListener("beforeprint", () => { const sheet = document.querySelector(".rv-paper");
        window.seen = [sheet.querySelector("h1").textContent, sheet.querySelectorAll("figure > svg").length, [...sheet.querySelectorAll("tbody")].map((it) => it.rows.length),
            sheet.querySelectorAll("button, input").length] })""")
    page.pdf(prefer_css_page_size=True)
    assert page.evaluate("window.seen") == ["resnet34@224 and resnet34@32", 2, [7, 139], 0]
    page.get_by_role("button", name="Use a CIFAR stem: one 3×3 of stride 1, no pool").first.click()
    page.wait_for_function(
        "() => document.querySelectorAll('.room')[1].getAttribute('aria-label').includes('32×32×3 → 32×32×64')",
        timeout=READY,
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
    settled(page)
    page.get_by_role("button", name="Show beside resnet34").first.click()
    page.wait_for_url("**b=resnet18*", timeout=READY)
    page.goto(f"{watched.address}/break")
    page.get_by_text("RuntimeError in layer2.0.add").wait_for(timeout=READY)
    page.get_by_text("unequal: raises").wait_for(timeout=READY)
    settled(page)
    page.get_by_role("button", name="Mend it").click()
    page.get_by_text("The sound network ran on 1 image").wait_for(timeout=READY)
    assert watched.outside == []
    page.close()
