"""``make page``: whether the page keeps up with the hand, in a real Chromium on a server of its own; loopback only.

From a click to the frame in which what it asked for is painted, the messages that a change sends, and the first visit with
nothing kept; another step on the page of real numbers. Times count on a machine that does nothing else; messages and processor time on any.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from .load.server import Server, serving

LIMITS = {
    "224 ↔ 32, click to picture": 150.0,  # ms
    "messages of a change": 25.0,
    "click to mark": 50.0,  # ms: at once, as far as anybody sees
    "click to card": 120.0,  # ms
    "first visit": 1500.0,  # ms
    "another step's real maps": 250.0,  # ms
    "what moved in it": 0.05,  # Chromium's layout shift
}
# What is asked for is looked for before each frame is painted; the next frame begins when it has been.
_WATCH = """
window.moved = 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.moved += entry.value; }).observe({ type: "layout-shift", buffered: true });
window.asked = (seen) => new Promise((painted) => {
  const frame = () => { if (seen()) requestAnimationFrame(() => painted(performance.now())); else requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
});
window.clicked = (seen) => {
  window.took = new Promise((told) => document.addEventListener("click", (event) => window.asked(seen).then((at) => told(at - event.timeStamp)), { capture: true, once: true }));
};
window.says = (text) => [...document.querySelectorAll(".js-plotly-plot .annotation")].some((note) => note.textContent.includes(text));
window.marks = () => JSON.stringify(document.querySelector(".js-plotly-plot")?.data.find((trace) => trace.name === "selected").x);
window.maps = () => [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")].map((node) => node.shadowRoot?.querySelector(".group")?.textContent).find(Boolean) ?? "";
window.opened = window.asked(() => window.says("224×224×3"));
"""
_BOX = ".js-plotly-plot .trace.bars .point path"


@dataclass
class Change:
    """What came of one click: the time until it was painted, the messages, and processor time in ms, of the page's main
    thread until then and of the server for all of it."""

    ms: float
    messages: list[ForwardMsg]
    page_ms: float
    server_ms: float


@dataclass
class Visitor:
    """A page in a browser that keeps nothing of earlier visits."""

    page: Page
    server: Server
    messages: list[ForwardMsg] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._received))
        self.page.add_init_script(_WATCH)
        self._inside = self.page.context.new_cdp_session(self.page)
        self._inside.send("Performance.enable")

    def _received(self, data: bytes | str) -> None:
        self.messages.append(ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode()))

    def page_ms(self) -> float:
        """Processor time of the page's main thread so far."""
        metrics = self._inside.send("Performance.getMetrics")["metrics"]
        return next(known["value"] for known in metrics if known["name"] == "ThreadTime") * 1e3

    def open(self) -> tuple[float, float]:
        """Until the picture is painted, in ms from the beginning of the visit; and what moved until all is there."""
        self.page.goto(self.server.address, wait_until="commit")
        ms: float = self.page.evaluate("window.opened")
        self.page.get_by_text("Confirmed by forward hooks").wait_for()
        self.page.wait_for_timeout(1000)
        return ms, self.page.evaluate("window.moved")

    def change(self, click: Callable[[], None], seen: str) -> Change:
        """``click``, and wait until ``seen``, a condition in JavaScript, holds in what is painted."""
        self.messages.clear()
        page, server = self.page_ms(), self.server.cpu_ms()
        self.page.evaluate(f"window.clicked(() => {seen})")
        click()
        ms: float = self.page.evaluate("window.took")
        page = self.page_ms() - page
        self.page.wait_for_timeout(1000)  # until nothing of it moves or comes any more
        return Change(ms, list(self.messages), page, self.server.cpu_ms() - server)


def kind(message: ForwardMsg) -> str:
    """What a message is, and where an element of it stands."""
    sort = str(message.WhichOneof("type"))
    if sort != "delta":
        return sort
    delta = message.delta
    what = str(delta.WhichOneof("type"))
    if what == "new_element":
        what = str(delta.new_element.WhichOneof("type"))
    elif what == "add_block":
        what = f"block {delta.add_block.id.rpartition('-')[2]}".rstrip()
    return f"{what} {'.'.join(map(str, message.metadata.delta_path))}"


def visits(browser: Browser, server: Server, times: int) -> list[tuple[float, float]]:
    """First visits, each in a browser that has nothing of the page yet."""
    found: list[tuple[float, float]] = []
    for _ in range(times):
        with visitor(browser, server) as person:
            found.append(person.open())
    return found


@contextmanager
def visitor(browser: Browser, server: Server) -> Iterator[Visitor]:
    """Somebody with a window of 1440 px."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    yield Visitor(context.new_page(), server)
    context.close()


def inputs(person: Visitor, times: int) -> list[Change]:
    """224 to 32 and back; the first two are not counted, in which the server works out what it then remembers."""
    made: list[Change] = []
    for number in range(times + 2):
        side = (32, 224)[number % 2]
        radio = person.page.get_by_role("radio", name=f"{side} px", exact=True)
        made.append(person.change(radio.click, f"window.says('{side}×{side}×3')"))
    return made[2:]


def selections(person: Visitor, times: int) -> tuple[list[Change], list[Change]]:
    """Clicks on volumes, in turn until the mark and until the card is painted."""
    marked: list[Change] = []
    carded: list[Change] = []
    for number in range(2 * times + 2):
        box: Any = person.page.locator(_BOX).nth(3 + 2 * (number % 5)).bounding_box()
        at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        person.page.mouse.move(*at)
        person.page.wait_for_timeout(300)
        card = "document.querySelector('.st-key-card')?.textContent"
        before: str = person.page.evaluate(f"[window.marks(), {card} ?? ''].map(JSON.stringify)")
        into, seen = ((marked, f"window.marks() !== {before[0]}"), (carded, f"({card} ?? '') !== {before[1]}"))[
            number % 2
        ]
        into.append(person.change(lambda at=at: person.page.mouse.click(*at), seen))
    return marked[1:], carded[1:]


def steps_inside(person: Visitor, times: int) -> list[Change]:
    """On the page of real numbers: clicks on volumes, until the new step's maps are painted; the first is not counted."""
    person.page.goto(f"{person.server.address}/inside", wait_until="commit")
    person.page.locator(".group canvas").first.wait_for()
    person.page.wait_for_timeout(1500)
    made: list[Change] = []
    for number in range(times + 1):
        box: Any = person.page.locator(_BOX).nth(3 + 2 * (number % 5)).bounding_box()
        at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        person.page.mouse.move(*at)
        person.page.wait_for_timeout(300)
        before = json.dumps(person.page.evaluate("window.maps()"))
        made.append(person.change(lambda at=at: person.page.mouse.click(*at), f"window.maps() !== {before}"))
    return made[1:]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--times", type=int, default=16, help="changes of the input; half as many selections")
    parser.add_argument("--visits", type=int, default=5, help="first visits")
    parser.add_argument("--check", action="store_true", help="exit code 1 where a limit is broken")
    given = parser.parse_args()
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        parser.error("no Chromium: `make browser` installs it")
    with serving() as server, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        opened = visits(browser, server, given.visits)
        with visitor(browser, server) as person:
            person.open()
            changes = inputs(person, given.times)
            marked, carded = selections(person, max(2, given.times // 4))
            inside = steps_inside(person, max(2, given.times // 2))
        browser.close()
    return 1 if tell(opened, changes, marked, carded, inside) and given.check else 0


def tell(
    opened: list[tuple[float, float]],
    changes: list[Change],
    marked: list[Change],
    carded: list[Change],
    inside: list[Change],
) -> bool:
    """The figures with their limits; whether one is broken."""
    for name, some in (("224 ↔ 32", changes), ("a selection", [*marked, *carded]), ("another step inside", inside)):
        most = max(some, key=lambda change: len(change.messages))
        print(
            f"{name}: {statistics.median(len(one.messages) for one in some):.0f} messages, {sum(map(ForwardMsg.ByteSize, most.messages)) / 1e3:.0f} kB, "
            f"{statistics.median(one.page_ms for one in some):.0f} ms of the page's main thread until it was painted and "
            f"{statistics.median(one.server_ms for one in some):.0f} ms of the server's processor time; the most messages are {len(most.messages)}:"
        )
        for what, count in Counter(map(kind, most.messages)).items():
            print(f"    {count}  {what}")
    figures = {
        "224 ↔ 32, click to picture": statistics.median(one.ms for one in changes),
        "messages of a change": max(len(one.messages) for one in (*changes, *marked, *carded)),
        "click to mark": statistics.median(one.ms for one in marked),
        "click to card": statistics.median(one.ms for one in carded),
        "another step's real maps": statistics.median(one.ms for one in inside),
        "first visit": statistics.median(ms for ms, _ in opened),
        "what moved in it": max(moved for _, moved in opened),
    }
    for name, value in figures.items():
        print(f"{name:<28} {value:9.3g}   limit {LIMITS[name]:g}{'' if value <= LIMITS[name] else '   over'}")
    return any(value > LIMITS[name] for name, value in figures.items())


if __name__ == "__main__":
    sys.exit(main())
