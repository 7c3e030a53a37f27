"""What is walked and turned in a real Chromium: the tour by keyboard alone, a task, and the solid view."""

import math
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

import resnet_viz as rv
from resnet_viz.lessons import LESSONS, Scene
from resnet_viz.picture.figures import describe
from resnet_viz.picture.layout import Look, lay_out
from tests.browser.driving import READY, Watched, chromium, settled
from tests.ruler import seen

pytestmark = pytest.mark.browser


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
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the page of").click()
    text = Path(download.value.path()).read_text()
    assert "&lt;b&gt;Ada&lt;/b&gt;: 1 of 1 right." in text and "resnet34:shortcut=A@224" in text
    page.close()
