"""``make notebooks``: the widget in a real JupyterLab and in marimo, in Chromium: drawn, chosen in, gone into, dark.

What is clicked in the page must be what Python then prints. No page may ask another host for anything. Pictures of each
are left in ``--keep``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.driving import ROOT, chromium, free_port

WAIT = 60_000
_JUPYTER = [
    "import resnet_viz as rv\nshown = rv.widget('resnet18@64')\nshown",
    "print('chosen:', shown.selected)",
    "rv.widget('resnet50@224', level='stage', focus='layer2', table=False)",
]
_MARIMO = """
import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    import resnet_viz as rv

    shown = mo.ui.anywidget(rv.widget("resnet18@64"))
    shown
    return mo, shown


@app.cell
def _(mo, shown):
    mo.md(f"chosen: {shown.value.get('selected')}")
    return


if __name__ == "__main__":
    app.run()
"""


@contextmanager
def _serving(command: list[str], folder: Path, address: str) -> Iterator[None]:
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    with (folder / "log.txt").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
        try:
            for _ in range(240):
                try:
                    urllib.request.urlopen(address, timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.25)
            yield
        finally:
            server.terminate()
            server.wait(20)


def _walked(page: Page, keep: Path, name: str, python_says: Callable[[str], None]) -> None:
    """The same in every notebook: choose by keys, choose in the table, go in, and ask Python each time."""
    page.locator(".resnet-viz .plot .xy").first.wait_for(timeout=WAIT)
    room = page.locator(".resnet-viz .room").first
    room.focus()
    page.keyboard.press("Home")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.locator(".resnet-viz [aria-selected]").first.wait_for(timeout=WAIT)
    python_says("layer1.0.conv2")
    page.locator(".resnet-viz .steps button", has_text="layer2.0.downsample.0").first.click()
    python_says("layer2.0.downsample.0")
    page.screenshot(path=keep / f"{name}.png")
    room.focus()
    page.keyboard.press("Enter")
    page.locator(".resnet-viz .trail li").nth(1).wait_for(
        timeout=WAIT
    )  # as a locator it looks into marimo's shadow too
    box = page.locator(".resnet-viz .plot").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.55)
    page.wait_for_timeout(500)
    page.screenshot(path=keep / f"{name}_inside.png")


def jupyter(page: Page, folder: Path, keep: Path) -> None:
    """JupyterLab: cells that are run, a kernel that prints."""
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source, "id": f"cell{i}"} for i, source in enumerate(_JUPYTER)]  # fmt: skip
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    (folder / "shown.ipynb").write_text(
        json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})
    )
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1", f"--notebook-dir={folder}",
        "--IdentityProvider.token=", "--ServerApp.password=", "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--Application.log_level=40",
    ]  # fmt: skip
    with _serving(command, folder, f"{address}/lab"):
        page.goto(f"{address}/lab/tree/shown.ipynb?reset")
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=WAIT)
        page.wait_for_timeout(3000)  # a kernel starts
        page.locator(".jp-Notebook .jp-CodeCell").first.click()

        def python_says(step: str) -> None:
            page.wait_for_timeout(700)
            second = page.locator(".jp-Notebook .jp-CodeCell").nth(1)
            second.locator(".jp-InputArea-editor").click()
            page.keyboard.press("Control+Enter")
            second.locator(".jp-OutputArea-output", has_text=f"chosen: {step}").wait_for(timeout=WAIT)

        page.keyboard.press("Control+Enter")
        _walked(page, keep, "jupyterlab", python_says)
        page.locator(".jp-Notebook .jp-CodeCell").nth(2).locator(".jp-InputArea-editor").click()
        page.keyboard.press("Control+Enter")
        page.locator(".jp-Notebook .jp-CodeCell").nth(2).locator(".resnet-viz .plot .xy").first.wait_for(timeout=WAIT)
        page.evaluate("() => { document.body.dataset.jpThemeLight = 'false'; }")
        page.wait_for_function("() => getComputedStyle(document.querySelector('.resnet-viz')).backgroundColor === 'rgb(23, 22, 20)'")  # fmt: skip
        page.wait_for_timeout(1000)
        page.screenshot(path=keep / "jupyterlab_dark.png")


def marimo(page: Page, folder: Path, keep: Path) -> None:
    """marimo as an app: its other cells run anew when something is chosen."""
    (folder / "shown.py").write_text(_MARIMO)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "marimo", "run", "shown.py", "--headless", "--no-token", "--port", str(port), "--host", "127.0.0.1"]  # fmt: skip
    with _serving(command, folder, address):
        page.goto(address)

        def python_says(step: str) -> None:
            page.get_by_text(f"chosen: {step}").wait_for(timeout=WAIT)

        _walked(page, keep, "marimo", python_says)


def main() -> int:
    """The number of notebooks in which something is wrong."""
    asked = argparse.ArgumentParser(prog="python -m tests.notebooks", description=__doc__)
    asked.add_argument("--keep", metavar="FOLDER", help="where pictures are left")
    keep = Path(asked.parse_args().keep or tempfile.mkdtemp(prefix="notebooks"))
    keep.mkdir(parents=True, exist_ok=True)
    bad = 0
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"])  # fmt: skip
        for walk in (jupyter, marimo):
            outside: list[str] = []
            page = browser.new_page(viewport={"width": 1280, "height": 1100})
            page.on("request", lambda request, to=outside: to.append(request.url) if not request.url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")) else None)  # fmt: skip
            with tempfile.TemporaryDirectory() as folder:
                try:
                    walk(page, Path(folder), keep)
                    said = "drawn, chosen in, gone into; Python has what was chosen"
                except Exception as error:
                    page.screenshot(path=keep / f"{walk.__name__}_failed.png")
                    said, bad = f"WRONG: {error}", bad + 1
            print(f"{walk.__name__}: {said}; other hosts asked by the notebook itself or the widget: {sorted(set(outside)) or 'none'}", flush=True)  # fmt: skip
            page.close()
        browser.close()
    print(f"pictures lie in {keep}")
    return bad


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
