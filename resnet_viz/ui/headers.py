"""What each answer says of itself to the browser: where its parts may come from, who may frame it, what it may use."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from resnet_viz.ui import shell

FRAMES = "RESNET_VIZ_FRAMES"
"""The environment variable that names the hosts whose pages may frame the app, e.g. ``https://course.example.org``."""
_HOST = re.compile(r"(https?://)?(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?")
_TURN = Path(__file__).with_name("frontend") / "turn.js"  # what reads it for the page leads to torch
_SHELL = Path(streamlit.__file__).parent / "static" / "index.html"


def _named(script: str) -> str:
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


def _scripts() -> str:
    """The scripts that stand in a page itself, by their hashes: Streamlit's own, and this app's two."""
    streamlits = re.findall(r"<script>(.*?)</script>", _SHELL.read_text(encoding="utf-8"), re.DOTALL)
    return " ".join([_named(script) for script in (*streamlits, _TURN.read_text(encoding="utf-8"), shell.GONE)])


# Everything is the server's own. Streamlit writes styles into the page, loads a component's script from a blob, and tries
# whether the browser compiles WebAssembly; a handler of an element counts by its hash where 'unsafe-hashes' says so.
_SOURCES = {
    "default-src": "'none'",
    "script-src": f"'self' blob: 'wasm-unsafe-eval' 'unsafe-hashes' {_scripts()}",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data:",
    "manifest-src": "'self'",
    "media-src": "'self'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def framers() -> tuple[str, ...]:
    """The hosts that the environment names; what is no host is left out, and does not open the app to all."""
    return tuple([host for host in os.environ.get(FRAMES, "").split() if _HOST.fullmatch(host)])


def policy(hosts: tuple[str, ...]) -> str:
    """The content security policy of a page that pages of ``hosts`` may frame.

    >>> policy(()).rpartition("; ")[2]
    "frame-ancestors 'none'"
    """
    sources = {**_SOURCES, "frame-ancestors": " ".join(["'self'", *hosts]) if hosts else "'none'"}
    return "; ".join([f"{name} {source}" for name, source in sources.items()])


class Told:
    """Puts these headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        hosts = framers()
        self._page = {**_ALWAYS, "Content-Security-Policy": policy(hosts)}
        if not hosts:
            self._page["X-Frame-Options"] = "DENY"  # for browsers that do not know frame-ancestors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._page if shell.is_page(message) else _ALWAYS)
            await send(message)

        await self._app(scope, receive, told)


MIDDLEWARE = (Middleware(Told),)
