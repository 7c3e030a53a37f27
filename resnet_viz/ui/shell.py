"""What is put into the shell that Streamlit serves. The style sheet: as an element of the page it would come after others,
which would then move to where it wants them. And plotly.js with the script that shows figures, where the page begins with a
picture: asked for by the picture they would come when all else stands.
"""

from __future__ import annotations

from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import get_option

from resnet_viz.ui import chunks
from resnet_viz.ui.server import BASIC_URL, PLOTLY_URL

SHEET = (Path(__file__).parent / "frontend" / "page.css").read_bytes()
# in the page itself, for what is fetched may come too late; and after the head, in which Streamlit writes its own styles,
# so that this one has the last word
_END = b"</body>"
GONE = "this.remove()"  # a script that did not come leaves its place to the figure's own, which then asks for it
# the page is wanted as it is, and whole: not packed, nor the note that the file is as it was
_NOT_ASKED = (b"accept-encoding", b"if-none-match", b"if-modified-since")


class Styled:
    """Puts the style sheet into each page of HTML that a browser opens, and plotly.js into the front page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["method"] != "GET"
            or "text/html" not in Headers(scope=scope).get("accept", "")
        ):
            await self._app(scope, receive, send)
            return
        scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in _NOT_ASKED]}
        begun: list[Message] = []  # of a page of HTML, which is held until it is whole
        body = bytearray()

        async def styled(message: Message) -> None:
            if message["type"] == "http.response.start" and is_page(message):
                begun.append(message)
            elif message["type"] == "http.response.body" and begun:
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    page = bytes(body).replace(_END, b"<style>%b</style>%b%b" % (SHEET, _script(scope), _END), 1)
                    headers = MutableHeaders(scope=begun[0])
                    headers["content-length"] = str(len(page))
                    for name in ("etag", "last-modified"):  # the file's, which may stay when the sheet changes
                        if name in headers:
                            del headers[name]
                    await send(begun[0])
                    await send({"type": "http.response.body", "body": page})
            else:
                await send(message)

        await self._app(scope, receive, styled)


def _script(scope: Scope) -> bytes:
    base = str(get_option("server.baseUrlPath") or "").strip("/")
    if scope.get("path", "").strip("/") != base:
        return b""
    wanted = BASIC_URL or PLOTLY_URL  # the first picture is flat
    address = f"/{base}{wanted}" if base else wanted
    from resnet_viz.ui import diagram  # which the warm-up has loaded

    scripts = [diagram.script_file()[0], *(f"/{path}" for path in chunks.ahead())]
    script = "".join([f'<link rel="modulepreload" href="{diagram.address(path)}">' for path in scripts])
    return f'{script}<script async src="{address}" onerror="{GONE}"></script>'.encode()


def is_page(message: Message) -> bool:
    """Whether an answer that begins is one of HTML."""
    return Headers(raw=message["headers"]).get("content-type", "").startswith("text/html")


MIDDLEWARE = (Middleware(Styled),)
