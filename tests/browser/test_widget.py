"""The widget in a page that is no notebook: a model that carries what Python's one says, both ways, and nothing else."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import resnet_viz as rv
from resnet_viz.notebook.live import Widget, _plotly

pytestmark = pytest.mark.browser

_PAGE = """
<!doctype html><meta charset="utf-8"><title>a notebook</title><style>.left { margin-left: 300px }</style>
<body class="vscode-light"><div id="one"></div><div id="two"></div>
"""
# what a notebook's front end is to a widget: traits, their changes, and messages
_MODEL = """
async ({ number, script, state, into }) => {
  const { default: made } = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  const heard = {};
  const model = {
    get: (name) => state[name],
    on: (event, listener) => (heard[event] ??= []).push(listener),
    off: (event, listener) => { heard[event] = (heard[event] ?? []).filter((one) => one !== listener); },
    send: (content) => { if (window.restarted) throw new Error("Cannot send"); window.told(number, content); },
    set: (name, value) => { state[name] = value; },
    save_changes: () => {},
  };
  (window.models ??= {})[number] = {
    set: (changes) => { Object.assign(state, changes); for (const name of Object.keys(changes)) for (const one of heard[`change:${name}`] ?? []) one(); },
    say: (content) => { for (const one of heard["msg:custom"] ?? []) one(content, []); },
  };
  const el = document.getElementById(into);
  window.models[number].end = made.render({ model, el });
}
"""

_ALONE = "No Python answers: run the cell again for a picture to click in."


class Notebook:
    """A page, and the widgets in it with their Python sides."""

    def __init__(self, page: Page) -> None:
        self.page, self.widgets = page, dict[int, Widget]()
        self.asked: list[str] = []
        page.expose_function("told", self._told)
        page.set_content(_PAGE)

    def _told(self, number: int, content: Any) -> None:
        self.asked.append(json.dumps(content))
        self.widgets[number]._heard(None, content, [])

    def show(self, widget: Widget, into: str) -> None:
        number = len(self.widgets)
        self.widgets[number] = widget
        changed = dict[str, Any]()

        def flush(change: Any) -> None:
            changed[change["name"]] = change["new"]
            self.page.evaluate("([n, c]) => { window.models[n]?.set(c); }", [number, {change["name"]: change["new"]}])

        names = [name for name in widget.keys if not name.startswith("_") or name in widget.trait_names(sync=True)]
        state = {name: value for name, value in widget.get_state(names).items() if name != "layout"}
        widget.observe(
            flush, [name for name in widget.trait_names(sync=True) if name not in ("_esm", "_css", "layout")]
        )
        widget.send = lambda content, buffers=None: self.page.evaluate(  # type: ignore[method-assign]
            "([n, c]) => { setTimeout(() => window.models[n].say(c)); }", [number, content]
        )
        self.page.add_style_tag(content=widget._css)
        self.page.evaluate(_MODEL, {"number": number, "script": widget._esm, "state": state, "into": into})

    def drawn(self, into: str) -> None:
        self.page.wait_for_function(f"() => document.querySelector('#{into} .plot .xy')")


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_context(viewport={"width": 1100, "height": 1400}).new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(("data:", "blob:", "about:")) else None)  # fmt: skip
    yield page
    page.close()
    assert wrong == []


def test_a_widget_is_walked_in_and_tells_python_what_is_chosen(page: Page) -> None:
    book = Notebook(page)
    one, two = rv.widget("resnet18@64"), rv.widget("resnet18@32", table=False, title="<b>two</b>")
    book.show(one, "one")
    book.drawn("one")
    assert page.locator("#one .still").count() == 0
    book.show(two, "two")
    book.drawn("two")
    assert sum("plotly" in text for text in book.asked) == 1, "Plotly.js travels once a page"
    assert page.locator("#two .steps").is_hidden()

    # a click on a volume chooses the step that gave it its shape; Python has it, and so have the table and the card
    page.locator("#one .room").focus()
    page.keyboard.press("End")
    page.keyboard.press("Home")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('#one [aria-selected]')")
    chosen = one.step
    assert chosen is not None and chosen.stage == 1
    row = page.locator("#one [aria-selected] td").nth(1)
    assert row.inner_text() == one.selected
    assert page.locator("#one .card strong").inner_text().startswith(f"{one.selected} (conv): ")
    assert two.selected is None

    # going in, and back by the trail
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('#one .trail li').length === 2")
    assert one.place.text == "stage layer1"
    page.locator("#one .trail button").first.click()
    page.wait_for_function(
        "() => document.querySelector('#one .trail').hidden || document.querySelectorAll('#one .trail li').length === 1"
    )
    assert one.place.level == "network"

    # a row of the table, by its button
    page.locator("#one .steps button", has_text="layer3.0.downsample.0").click()
    page.wait_for_function("() => document.querySelector('#one .card').textContent.includes('layer3.0.downsample.0')")
    assert one.selected == "layer3.0.downsample.0"

    # Python chooses
    two.selected = "layer2.0.conv1"
    page.wait_for_function("() => document.querySelector('#two .card').textContent.includes('layer2.0.conv1')")
    assert page.locator("#two .room").get_attribute("aria-label").startswith("<b>two</b>, ")  # type: ignore[union-attr]

    # the notebook turns dark: both are painted anew
    page.evaluate("() => { document.body.className = 'vscode-dark'; }")
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector('#one')).backgroundColor === 'rgb(23, 22, 20)'"
    )
    assert one._look.theme == two._look.theme == "dark"

    # the kernel is restarted: whoever clicks is told so, and nothing is thrown
    page.evaluate("() => { window.restarted = true; }")
    assert page.locator("#one .note").inner_text() == ""
    page.locator("#one .steps button", has_text="layer4.0.conv1").click()
    page.wait_for_function("() => document.querySelector('#one .note').textContent !== ''")
    assert page.locator("#one .note").inner_text() == _ALONE
    page.locator("#two .room").focus()
    page.keyboard.press("Home")
    page.wait_for_function("() => document.querySelector('#two .note').textContent !== ''")
    assert one.selected == "layer3.0.downsample.0" and two.selected == "layer2.0.conv1"
    page.evaluate("() => { window.restarted = false; }")

    # no rule of a widget reaches the page around it, and none of the page's own the widget's scroll
    assert page.evaluate("() => { const it = document.body.appendChild(document.createElement('div')); it.className = 'left'; return getComputedStyle(it).position; }") == "static"  # fmt: skip


def test_where_no_python_answers_the_still_picture_stays(page: Page) -> None:
    page.evaluate("() => { window.Plotly = undefined; window.resnetVizPlotly = undefined; }")
    lonely = rv.widget("resnet34@64")
    state = {name: value for name, value in lonely.get_state().items() if name != "layout"}
    page.evaluate("() => { document.getElementById('one').replaceChildren(); window.told = () => {}; }")
    page.evaluate(_MODEL, {"number": 9, "script": lonely._esm, "state": state, "into": "one"})
    assert page.locator("#one .still svg").get_attribute("role") == "img"
    assert page.locator("#one .room").is_hidden()

    # nor does anything break where it cannot even be asked
    page.evaluate("() => { document.getElementById('one').replaceChildren(); window.resnetVizPlotly = undefined; window.restarted = true; }")  # fmt: skip
    page.evaluate(_MODEL, {"number": 10, "script": lonely._esm, "state": state, "into": "one"})
    page.wait_for_function("() => document.querySelector('#one .note').textContent !== ''")
    assert page.locator("#one .note").inner_text() == _ALONE
    assert page.locator("#one .still svg").count() == 1

    # the cell is run again at once: what failed before is asked anew; Python is busy, and its answer late
    page.evaluate("() => { document.getElementById('one').replaceChildren(); window.restarted = false; }")
    page.clock.install()
    page.evaluate(_MODEL, {"number": 11, "script": lonely._esm, "state": state, "into": "one"})
    assert page.locator("#one .note").inner_text() == ""
    page.clock.fast_forward(20_000)
    page.wait_for_function("() => document.querySelector('#one .note').textContent !== ''")
    assert page.locator("#one .note").inner_text() == _ALONE
    page.evaluate("(plotly) => window.models[11].say({ plotly })", _plotly())
    page.clock.run_for(1000)
    page.wait_for_function("() => document.querySelector('#one .plot .xy')")
    assert page.locator("#one .note").inner_text() == "" and page.locator("#one .still").count() == 0
