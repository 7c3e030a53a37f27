"""A server of the app, a Chromium, and a page that is watched for complaints and for what it asks of other hosts."""

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).parents[2]
READY = 30_000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(
    command: Sequence[str | Path], port: int, cwd: Path, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``command``, which serves the app at ``port``, until the block ends."""
    server = subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(480):  # it answers once it is warm
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
                break
            except OSError:
                assert server.poll() is None, f"the server ended with exit code {server.returncode}"
                time.sleep(0.25)
        else:
            raise AssertionError("the server did not answer within half a minute")
        yield server
    finally:
        server.terminate()
        server.wait(10)


def chromium() -> str:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "no Chromium: `make test` installs it"
    return path


class Watched:
    """A page, and what it complained about or asked other hosts for."""

    contexts: ClassVar[dict[tuple[int, str], BrowserContext]] = {}

    def __init__(self, browser: Browser, address: str, width: int = 1440, scheme: str = "light") -> None:
        self.address = address
        # pages of one sort share a context, so that only the first loads the front end's megabytes
        key = (width, scheme)
        if key not in Watched.contexts:
            Watched.contexts[key] = browser.new_context(
                viewport={"width": width, "height": 1000}, color_scheme=scheme, accept_downloads=True
            )
        self.page: Page = Watched.contexts[key].new_page()
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        # what the page asks for and its own policy forbids is a fault as what comes from outside is; so `wait_for_function`
        # is given functions: a text that does not hold at once would be evaluated in the page
        self.page.on("console", lambda message: self.outside.append(message.text) if "Content Security Policy" in message.text else None)  # fmt: skip
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
        return self._drawn()

    def turn(self, query: str) -> Page:
        """Go on to another view of Explore as Back and Forward do, in a fifth of the time that opening it takes."""
        before = self.page.locator(".room").get_attribute("aria-label")
        self.page.evaluate(
            "query => { history.pushState({}, '', location.pathname + query); dispatchEvent(new PopStateEvent('popstate')) }",
            query,
        )
        self.page.wait_for_function(
            "before => document.querySelector('.room')?.getAttribute('aria-label') !== before",
            arg=before,
            timeout=READY,
        )
        self.page.wait_for_selector("[data-test-script-state=notRunning]", timeout=READY)
        self._drawn()
        # going in or out grows and shrinks the picture for a moment
        self.page.wait_for_function(
            "() => !document.querySelector('.left') && !document.querySelector('.room').getAnimations({ subtree: true }).length",
            timeout=READY,
        )
        return self.page

    def _drawn(self) -> Page:
        self.page.wait_for_selector(".js-plotly-plot .annotation", timeout=READY)
        self.page.get_by_text("Confirmed by forward hooks").wait_for(timeout=READY)
        # a loaded machine draws at one width and again at the final one
        self.page.wait_for_function(
            """() => { const plot = document.querySelector('.js-plotly-plot'), room = document.querySelector('.room');
            return plot && room && Math.abs(plot._fullLayout.width - Math.max(room.clientWidth, parseFloat(plot.style.minWidth))) < 2 }""",
            timeout=READY,
        )
        return self.page


def at(page: Page, **params: str) -> None:
    """Wait until the address says so, in whatever order."""
    page.wait_for_url(
        lambda url: all(f"{name}={value}" in url.split("?")[-1].split("&") for name, value in params.items()),
        timeout=READY,
    )


def settled(page: Page) -> None:
    """The script is done and nothing moves: on a loaded machine a button else slips away from under the pointer."""
    page.wait_for_timeout(300)
    page.wait_for_selector("[data-test-script-state=notRunning]", timeout=READY)
    page.wait_for_timeout(300)
