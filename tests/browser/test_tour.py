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
    page.wait_for_url("**/*step=input*", timeout=READY)
    page.get_by_text("Why this shape?").wait_for(timeout=READY)
    browser.close()


def _tab_to(page: Page, what: str) -> None:
    """Press Tab until ``what``, a JavaScript condition on the focused element ``e``, holds."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(f"(() => {{ const e = document.activeElement; return {what} }})()"):
            return
    raise AssertionError(f"not reached by Tab: {what}")


_PLACES = """() => {
    const box = (e) => { if (!e) return null; const { left, top, right, bottom } = e.getBoundingClientRect(); return { left, top, right, bottom } };
    const asked = [...document.querySelectorAll('p')].find(e => e.querySelector('strong')?.innerText === 'Predict.');
    const room = document.querySelector('.st-key-step_figure .room'), over = room && room.scrollWidth > room.clientWidth + 1;
    return { heading: box(document.querySelector('.st-key-step_head h2')), asked: box(asked), figure: box(room), told: box(document.querySelector('.st-key-step_answer')),
        text: box(document.querySelector('.st-key-step_text')), cue: !over || !document.querySelector('.st-key-step_figure .overview').hidden,
        wide: document.documentElement.scrollWidth - innerWidth, focus: document.activeElement.tagName }
}"""
_NAV = 56  # px of the pages' names, which stay


def _placed(page: Page, name: str, height: int, *, answered: bool) -> None:
    """The heading, the question and the figure are in view, what is wider than its room says so, and nothing overlaps."""
    page.wait_for_function(
        "() => !!document.querySelector('.st-key-step_figure .room .annotation, .st-key-step_figure .room .legend')",
        timeout=READY,
    )
    settled(page)
    at = page.evaluate(_PLACES)
    for part in ("heading", "asked", "figure"):
        assert at[part] and at[part]["top"] >= _NAV and at[part]["bottom"] <= height, (name, part, at)
    assert at["cue"] and at["wide"] <= 0, (name, at)
    beside = at["figure"]["left"] >= at["text"]["right"]
    assert beside or (at["text"]["bottom"] <= at["figure"]["top"] and at["figure"]["bottom"] <= at["told"]["top"]), (
        name,
        at,
    )
    assert at["text"]["bottom"] <= at["told"]["top"], (name, at)
    if beside and answered:
        assert at["told"]["bottom"] <= height, (name, at)


@pytest.mark.parametrize("width", [1440, 390])
def test_the_tour_is_walked_with_all_in_view(browser: Browser, address: str, width: int) -> None:
    """By keyboard alone on a desk, by touch on a phone; every step of the core and one of the deeper ones."""
    touch, height = width == 390, 844 if width == 390 else 900
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=touch)
    page = context.new_page()
    outside: list[str] = []
    page.on(
        "request",
        lambda request: (
            None
            if address.split("//")[1] in request.url or request.url.startswith(("data:", "blob:"))
            else outside.append(request.url)
        ),
    )
    page.goto(f"{address}/learn")

    def press(label: str) -> None:
        if touch:
            page.get_by_role("button", name=label, exact=True).tap()
        else:
            _tab_to(page, f"e.innerText === '{label}'")
            page.keyboard.press("Enter")

    core = [lesson for lesson in LESSONS if not lesson.deeper]
    for number, lesson in enumerate(core):
        made = lesson.build(Scene.read(lesson.start))
        page.locator("h2", has_text=lesson.title).wait_for(timeout=READY)
        # the last step's question is gone and this one's is there
        asked = max(made.question.prompt.split("`"), key=len).strip()
        page.wait_for_function(
            """asked => { const all = [...document.querySelectorAll('p')].filter(e => e.querySelector('strong')?.innerText === 'Predict.');
            return all.length === 1 && all[0].textContent.includes(asked.slice(0, 8)) }""",
            arg=asked, timeout=READY,
        )  # fmt: skip
        if touch and not number:
            page.locator(".st-key-step_head h2").evaluate("e => e.scrollIntoView()")
        _placed(page, lesson.name, height, answered=False)
        if number:  # and whoever cannot see hears where one is
            assert page.evaluate("document.activeElement.innerText") == lesson.title
        wrong = next(answer for answer in made.question.answers if not answer.right)
        if made.question.kind == "shape":
            sides = wrong.text.split("×")
            if touch:
                for word, side in zip(("Height", "Width", "Channels"), sides, strict=True):
                    page.get_by_role("textbox", name=word).or_(page.get_by_role("spinbutton", name=word)).first.fill(
                        side
                    )
            else:
                _tab_to(page, "e.getAttribute('aria-label') === 'Height'")
                for side in sides:
                    page.keyboard.type(side)
                    page.keyboard.press("Tab")
                page.keyboard.press("Shift+Tab")
        elif touch:
            page.locator("[data-testid=stRadio] label").filter(has=page.locator("input")).nth(
                [a.text for a in made.question.answers].index(wrong.text)
            ).tap()
        else:
            _tab_to(page, "e.type === 'radio'")
            page.keyboard.press("Space")
            for _ in range([answer.text for answer in made.question.answers].index(wrong.text)):
                page.keyboard.press("ArrowDown")
        press("Check my prediction")
        page.locator(".st-key-step_answer").get_by_text("You predicted").wait_for(timeout=READY)
        if not touch:
            _placed(page, lesson.name, height, answered=True)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        press("Next")
    page.locator("h2", has_text="What you predicted").wait_for(timeout=READY)
    page.get_by_text(f"{len(core)} of {len(LESSONS)} steps answered").wait_for(timeout=READY)
    settled(page)  # the address is written as the run ends
    # Back goes to the step before, and on, and takes no answer away
    for lesson in reversed(core[-2:]):
        page.go_back()
        page.locator("h2", has_text=lesson.title).wait_for(timeout=READY)
        page.locator(".st-key-step_answer").get_by_text("You predicted").wait_for(timeout=READY)
        settled(page)
    page.reload()
    page.get_by_text(f"{len(core)} of {len(LESSONS)} steps answered").wait_for(timeout=READY)
    assert outside == []
    context.close()


def test_a_task_is_solved_and_the_answers_are_handed_in(browser: Browser, address: str) -> None:
    watched = Watched(browser, address)
    page = watched.page
    page.goto(f"{address}/learn?part=Design+tasks&task=bare")
    page.get_by_text(": it has 3").first.wait_for(timeout=READY)
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
