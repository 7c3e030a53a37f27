"""What the server does beside the pages: it warms up, and gives out plotly.js, so that nothing comes from outside."""

from __future__ import annotations

import asyncio
import gc
import gzip
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import plotly
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from streamlit import App
from streamlit.runtime import Runtime

import resnet_viz as rv
from resnet_viz.picture import browser
from resnet_viz.ui import chunks, nodelay, once

MAIN = Path(__file__).with_name("main.py")
_FILE = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
PRINTED_URL = "/printed"
PLOTLY_URL = f"/vendor/plotly-{plotly.__version__}.min.js"
BASIC_URL = f"/vendor/plotly-basic-{browser.basic_version()}.min.js" if browser.basic_version() else ""
SCRIPT_URL = "/frontend/diagram"  # and its digest, so that a browser may keep it
AHEAD_URL = "/ahead"
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}


@cache
def _packed(file: Path) -> bytes:
    """plotly.js, a third as long; packed once, for it takes as long as ten changes of the page."""
    return gzip.compress(file.read_bytes(), 6, mtime=0)


def _pack() -> None:
    for file in (browser.PLOTLY_BASIC, _FILE):
        _packed(file)
    chunks.kept()


def _plotly(request: Request) -> Response:
    file = browser.PLOTLY_BASIC if request.url.path.endswith(BASIC_URL or "/") else _FILE
    # the name carries the version, so a browser may keep it
    headers = {**_KEPT, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return FileResponse(file, media_type="text/javascript", headers=headers)
    return Response(_packed(file), media_type="text/javascript", headers={**headers, "Content-Encoding": "gzip"})


def _printed(request: Request) -> Response:  # no coroutine: what it puts together would keep everybody waiting
    from resnet_viz.ui import printing  # leads to torch, which the warm-up loads

    made = printing.sheet(request.path_params["token"])
    if made is None:
        return Response("no session shows this any more", 404, media_type="text/plain")
    return Response(made, media_type="application/json", headers={"Cache-Control": "no-store"})


def _ahead(request: Request) -> Response:
    from resnet_viz.ui import ahead

    figure = ahead.figure(request.path_params["token"], request.path_params["side"])
    if figure is None:
        return Response("there is no such picture", 404, media_type="text/plain")
    return Response(figure, media_type="application/json", headers={"Cache-Control": "no-store"})


def _script(request: Request) -> Response:
    from resnet_viz.ui import diagram

    name, content = diagram.script_file()
    if request.url.path.endswith(name):
        return Response(content, media_type="text/javascript", headers=_KEPT)
    return Response("the script of another version", 404, media_type="text/plain")


ROUTES = (
    Route(PLOTLY_URL, _plotly),
    *([Route(BASIC_URL, _plotly)] if BASIC_URL else []),
    Route(f"{PRINTED_URL}/{{token}}", _printed),
    Route(f"{AHEAD_URL}/{{token}}/{{side}}", _ahead),
    Route(f"{SCRIPT_URL}-{{digest}}.js", _script),
)


@asynccontextmanager
async def warm(_: App) -> AsyncGenerator[None]:
    """Before the port is healthy, show the first page to nobody: it loads PyTorch and fills the cache for the first visitor.

    What is there then stays for good, some 400,000 objects of libraries above all, so the collector is told to leave it
    alone. What runs leave behind it still collects, at Python's own thresholds: (5000, 20, 10) saved but 2 % of the time.
    With that and no collection after each run (``runner.postScriptGC``) a change takes a quarter of the time.
    """
    nodelay.always()
    once.theme()
    packing = asyncio.create_task(asyncio.to_thread(_pack))
    rv.trace(
        "resnet18@32"
    )  # PyTorch loads its kernels, a second's work that the first page's hooks would be timed with
    ran, message = await Runtime.instance().does_script_run_without_error()
    if not ran:
        logging.getLogger(__name__).warning("The first page did not open while the server warmed up: %s", message)
    await packing
    gc.collect()
    gc.freeze()
    yield
