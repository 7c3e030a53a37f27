"""Words on controls can be read in both themes: at least 4.5:1, as WCAG's AA asks."""

import pytest
from playwright.sync_api import Browser

from tests.browser.driving import READY, Watched

pytestmark = pytest.mark.browser

# Colours of the text in every button and link, over what stands behind it, layer upon layer.
_WORDS = """() => {
  const parse = text => { const n = text.match(/[\\d.]+/g).map(Number); return [n[0], n[1], n[2], n[3] ?? 1] };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const light = c => { const f = c.slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2] };
  const found = [];
  for (const control of document.querySelectorAll('[data-testid=stMain] button, [data-testid=stMain] a')) {
    const leaf = [...control.querySelectorAll('*'), control].find(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
    if (!leaf || control.disabled || !control.offsetParent) continue;
    const layers = [];
    for (let e = leaf; e; e = e.parentElement) layers.unshift(parse(getComputedStyle(e).backgroundColor));
    const behind = layers.reduce((below, top) => over(top, below), [255, 255, 255, 1]);
    const text = over(parse(getComputedStyle(leaf).color), behind);
    const [a, b] = [light(text), light(behind)].sort((x, y) => y - x);
    found.push([control.dataset.testid || control.tagName, leaf.innerText.slice(0, 30), (a + 0.05) / (b + 0.05)]);
  }
  return found }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_on_controls_can_be_read(browser: Browser, address: str, scheme: str) -> None:
    watched = Watched(browser, address, scheme=scheme)
    page = watched.page
    page.goto(f"{address}/learn")
    page.get_by_role("button", name="Next").wait_for(timeout=READY)
    if scheme == "dark":
        page.wait_for_function(
            "() => getComputedStyle(document.querySelector('[data-testid^=stBaseButton-primary] p')).color !== 'rgb(255, 255, 255)'",
            timeout=READY,
        )
    found = page.evaluate(_WORDS)
    kinds = {kind for kind, _, _ in found}
    assert {"stBaseButton-primaryFormSubmit", "stBaseButton-secondary", "stPopoverButton"} <= kinds, found
    assert [entry for entry in found if entry[2] < 4.5] == []
    page.close()
