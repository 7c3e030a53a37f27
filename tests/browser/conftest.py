"""One server and one Chromium for all tests of a process."""

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.driving import ROOT, Watched, chromium, free_port, serving


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    port = free_port()
    with serving([sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)], port, ROOT):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(driver: Playwright) -> Iterator[Browser]:
    browser = driver.chromium.launch(
        executable_path=chromium(), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    )
    yield browser
    browser.close()


@pytest.fixture
def watched(browser: Browser, address: str) -> Iterator[Watched]:
    made = Watched(browser, address)
    yield made
    assert made.errors == []
    assert made.outside == []
    made.page.close()
