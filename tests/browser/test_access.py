"""Every page for everybody: what axe-core finds in it, light and dark, wide and narrow; and none is wider than its window."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from resnet_viz.picture.figures.palette import INK, PAPER
from tests.browser.driving import READY, Watched

pytestmark = pytest.mark.browser

# What Streamlit's own elements do, and no page can change: the rule, and what its element is.
STREAMLITS = {
    # its drop zone has both role="presentation" and a name
    ("presentation-role-conflict", '[data-testid="stFileUploaderDropzone"]'),
    # what a popover holds stands beside the page's landmarks
    ("region", "[data-floating-ui-portal]"),
}
# What a page looks like decides these alone; the others are asked once a width.
COLOURS = ["color-contrast", "link-in-text-block"]
# Marks for the eye alone, which the picture's name tells; and cells, of which there are thousands of one sort.
_ASIDE = [[".main-svg"], ["[data-testid=stDataFrame] tbody"]]

_FOUND = """async ([only, known, aside]) => {
  const told = await axe.run({ exclude: aside }, { resultTypes: ["violations"], ...(only && { runOnly: only }) });
  return told.violations.flatMap(({ id, nodes }) => nodes
    .filter(({ target }) => !known.some(([rule, element]) => rule === id && document.querySelector(target.at(-1))?.matches(element)))
    .map(({ target, html }) => `${id}: ${target.at(-1)} ${html.slice(0, 200)}`)) }"""


def _still(page: Page) -> None:
    """The script is done and its last elements are drawn."""
    page.wait_for_timeout(100)
    page.wait_for_selector("[data-test-script-state=notRunning]", timeout=READY)
    page.wait_for_function("() => !document.querySelector('[data-stale=true]')", timeout=READY)
    page.wait_for_timeout(100)


def _turn(page: Page, scheme: Any) -> None:
    """The machine's colours become others, and with them the page's, and the pictures' where there are some."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(
        """([paper, ink]) => getComputedStyle(document.querySelector('.stApp')).backgroundColor === paper
        && [...document.querySelectorAll('.room .annotation-text')].every(word => [ink, paper].includes(word.style.fill) || !word.offsetParent)""",
        arg=[_rgb(PAPER[scheme]), _rgb(INK[scheme])], timeout=READY,
    )  # fmt: skip
    _still(page)


def _rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"


def _faults(page: Page, only: list[str] | None) -> list[str]:
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(Axe().axe_script)  # from outside: the page itself may not run a text
    found: list[str] = page.evaluate(_FOUND, [only, [list(pair) for pair in STREAMLITS], _ASIDE])
    return found


# One page object goes from place to place by what stands in it, for each fresh one loads some seconds.
PLACES: tuple[tuple[str, Any], ...] = (
    *(
        (level, lambda page, _, level=level: page.get_by_role("radio", name=level, exact=True).click())
        for level in ("network", "stage", "block", "operation")
    ),
    ("More", lambda page, _: page.get_by_role("button", name="More").click()),
    *(
        (name, lambda page, _, name=name: page.get_by_role("link", name=name).click())
        for name in ("Learn", "Inside", "Compare", "Your model", "Break it", "Networks", "Check weights")
    ),
    ("U-Net", lambda page, address: page.goto(f"{address}/model?model=sample-u-net")),
)
SHOWS = {
    "Learn": "button:has-text('Check my prediction')", "Inside": ".group canvas", "Compare": ".js-plotly-plot >> nth=2", "Your model": "[data-testid=stFileUploader]",
    "Break it": ".js-plotly-plot .annotation", "Networks": ".js-plotly-plot .point", "Check weights": "[data-testid=stFileUploader]",
}  # fmt: skip


def _focus_is_seen(page: Page) -> None:
    """Around a page's name and a switch, which Streamlit itself only shades."""
    for wanted, around in (("[data-testid=stTopNavLink]", None), (".stCheckbox input", "label")):
        ring = page.evaluate(
            """([wanted, around]) => { const it = document.querySelector(wanted); it.focus({ focusVisible: true });
            const { outlineStyle, outlineWidth } = getComputedStyle(around ? it.closest(around) : it); return [outlineStyle, outlineWidth] }""",
            [wanted, around],
        )
        assert ring == ["solid", "2px"], wanted


def _magnified_twice(page: Page) -> None:
    """A window of 1440×900 at 200 %: the picture begins on the first screen, and nothing is beside it."""
    page.set_viewport_size({"width": 720, "height": 450})
    page.wait_for_function("() => document.querySelector('.room').getBoundingClientRect().top < 300", timeout=READY)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 1440, "height": 1000})


_OWN = """() => { const of = (where, what) => getComputedStyle(document.querySelector(where))[what];
  const named = name => { const it = document.createElement('i'); it.style.color = name; document.body.append(it); const made = getComputedStyle(it).color; it.remove(); return made };
  const picture = document.querySelector('.js-plotly-plot'), room = document.querySelector('.room');
  const marked = [...picture.querySelectorAll('.js-line')].filter(it => getComputedStyle(it).strokeWidth === '3.5px');
  room.focus({ focusVisible: true });
  return { word: of('.annotation-text', 'fill') === named('CanvasText'), chosen: of('[role=radio][aria-checked=true]', 'backgroundColor') === named('Highlight'),
    marked: marked.length === 1 && getComputedStyle(marked[0]).stroke === named('Highlight'), focus: getComputedStyle(room).outlineStyle,
    knob: of('.stCheckbox label > div:not([data-testid]) > div', 'backgroundColor') !== of('.stCheckbox label > div:not([data-testid])', 'backgroundColor') } }"""


def _in_somebodys_own_colours(page: Page) -> None:
    """Words, what is chosen and marked, and a switch can be told apart by a system's own few colours."""
    page.emulate_media(forced_colors="active")
    assert page.evaluate(_OWN) == {"word": True, "chosen": True, "marked": True, "focus": "solid", "knob": True}
    page.emulate_media(forced_colors="none")


def test_axe_finds_nothing_that_is_ours(browser: Browser, address: str) -> None:
    watched = Watched(browser, address)
    page = watched.open("?step=layer2.0.conv1")
    _focus_is_seen(page)
    _magnified_twice(page)
    _in_somebodys_own_colours(page)
    faults: list[str] = []
    schemes = ("light", "dark")
    for name, go in PLACES:
        page.set_viewport_size({"width": 1440, "height": 1000})
        page.keyboard.press("Escape")
        go(page, address)
        page.wait_for_selector(SHOWS.get(name, ".js-plotly-plot .annotation"), timeout=READY)
        _still(page)
        for scheme in schemes:
            _turn(page, scheme)
            for width in (1440, 390):
                page.set_viewport_size({"width": width, "height": 1000})
                page.wait_for_timeout(50)
                only = COLOURS if scheme == "dark" else None
                faults += [f"{name} {width} {scheme}: {fault}" for fault in _faults(page, only)]
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
        schemes = schemes[::-1]  # the next place begins as this one ends
        heads = page.get_by_role("heading", level=1)
        assert heads.count() == 1, (name, heads.all_inner_texts())
    assert faults == []
    assert watched.outside == []
    page.close()
