"""Whose pages may talk to the server: its own."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import get_option

_LOCAL = ("localhost", "127.0.0.1", "0.0.0.0")


class OwnOrigin:
    """Refuses a websocket that a page of another host opens.

    Streamlit refuses it too, but first asks an outside host for this machine's address, to compare; and this app asks
    nobody for anything. Who names origins to Streamlit (``server.corsAllowedOrigins``) has its rules.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and not _is_own(Headers(scope=scope)):
            await receive()  # websocket.connect
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: HTTP 403
        else:
            await self._app(scope, receive, send)


def _is_own(headers: Headers) -> bool:
    origin = headers.get("origin")
    if origin is None or get_option("server.corsAllowedOrigins") or not get_option("server.enableCORS"):
        return True
    found = urlsplit(origin)
    return found.netloc == headers.get("host") or found.hostname in (*_LOCAL, get_option("browser.serverAddress"))


MIDDLEWARE = (Middleware(OwnOrigin),)
