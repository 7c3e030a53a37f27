"""PDF: the very figure that the SVG is, printed by Chrome or Chromium without a window, its text kept as text."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Any

from ...errors import InputError
from ..figure import MM
from ..registry import Export, Exporter
from . import svg

_DATE = re.compile(rb"/(?:CreationDate|ModDate) ?\(D:[0-9]{14}")
_PATIENCE = 120  # s until a browser that does not answer is given up
_STYLE = "@page{{size:{width}mm {height}mm;margin:0}}html,body{{margin:0}}svg{{display:block}}"


def write(export: Export) -> bytes:
    """One page of the figure's size. Raises :class:`InputError` where there is no Chrome or Chromium."""
    from concurrent.futures import ThreadPoolExecutor

    from choreographer.errors import BrowserClosedError, BrowserFailedError, ChromeNotFoundError, DevtoolsProtocolError

    drawn = svg.write(export)
    found = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', drawn)
    assert found is not None
    # a hair more than the figure, so that rounding makes no second page
    width, height = (float(side) / MM + 0.05 for side in found.groups())
    style = _STYLE.format(width=f"{width:.3f}", height=f"{height:.3f}")
    page = f"<!doctype html><meta charset=utf-8><style>{style}</style>{drawn[drawn.index('<svg') :]}"
    try:
        with ThreadPoolExecutor(1) as thread:  # a notebook's or a server's own loop runs in this one
            made = thread.submit(_run, page).result()
    except (BrowserClosedError, BrowserFailedError, ChromeNotFoundError, DevtoolsProtocolError, OSError) as error:
        rule = f"needs Chrome or Chromium to be printed ({type(error).__name__})"
        raise InputError("format", "pdf", rule, "install chromium, or write svg, which needs none") from error
    # a date is as long as any other, so that no place in the file moves
    return _DATE.sub(lambda one: one[0][:-14] + b"20000101000000", made)


def _run(page: str) -> bytes:
    import asyncio

    return asyncio.run(asyncio.wait_for(_printed(page), _PATIENCE))


async def _printed(page: str) -> bytes:
    from choreographer import Browser

    async with Browser(headless=True) as browser:
        tab = await browser.create_tab("about:blank")
        tree: Any = await tab.send_command("Page.getFrameTree")
        frame = tree["result"]["frameTree"]["frame"]["id"]
        await tab.send_command("Page.setDocumentContent", params={"frameId": frame, "html": page})
        options = {"preferCSSPageSize": True, "printBackground": True}
        answer: Any = await tab.send_command("Page.printToPDF", params=options)
        return b64decode(answer["result"]["data"])


EXPORTER = Exporter(
    "pdf", "Figure, PDF", (".pdf",), "application/pdf", "the picture to be printed or included; needs Chrome or Chromium", write,
    kind="figure", needs=("choreographer",), options=("level", "part", "size", "grey", "colour"), binary=True, slow=True,
)  # fmt: skip
