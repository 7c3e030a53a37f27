"""The page's style sheet is in what a browser opens, and nowhere else."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from resnet_viz.ui import diagram, server, shell
from tests.awaited import awaited

PAGE = b"<html><head></head><body><div id='root'></div></body></html>"


def _asked(
    kind: str, content: bytes, path: str = "/compare", **asked: str
) -> tuple[dict[str, str], bytes, dict[str, str]]:
    """The answer's headers and body through the middleware, and the request's headers as the server saw them."""
    seen: dict[str, str] = {}
    sent: list[dict[str, Any]] = []

    async def server(scope: Any, receive: Any, send: Any) -> None:
        seen.update((name.decode(), value.decode()) for name, value in scope["headers"])
        headers = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(content)), (b"etag", b'"1"')]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for part in (content[:9], content[9:]):
            await send({"type": "http.response.body", "body": part, "more_body": part == content[:9]})

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    async def send(message: Any) -> None:
        sent.append(dict(message))

    headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in asked.items()]
    awaited(shell.Styled(server)({"type": "http", "method": "GET", "path": path, "headers": headers}, receive, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return told, b"".join(message.get("body", b"") for message in sent[1:]), seen


def test_a_page_has_the_sheet_after_all_else_that_styles_it() -> None:
    told, body, seen = _asked(
        "text/html; charset=utf-8", PAGE, accept="text/html,*/*", accept_encoding="gzip", if_none_match='"1"'
    )
    assert body == PAGE.replace(b"</body>", b"<style>" + shell.SHEET + b"</style></body>")
    assert b"</" not in shell.SHEET
    assert told["content-length"] == str(len(body))
    assert "etag" not in told  # the file's: the browser would keep a page with an old sheet
    assert seen == {"accept": "text/html,*/*"}


def test_the_front_page_begins_to_fetch_what_draws_its_picture() -> None:
    _, body, _ = _asked("text/html", PAGE, "/", accept="text/html")
    (source,) = re.findall(rb'<script async src="([^"]+)"', body)
    assert source.decode() == server.PLOTLY_URL
    assert re.findall(rb'<link rel="modulepreload" href="([^"]+)"', body) == [diagram.script_file()[0].encode()]
    (route,) = (known for known in server.ROUTES if known.path == server.PLOTLY_URL)
    packed, whole = (
        route.endpoint(Request({"type": "http", "headers": [(b"accept-encoding", accepted)]}))
        for accepted in (b"gzip, deflate, br", b"identity")
    )
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in whole.headers
    content = Path(whole.path).read_bytes()
    assert gzip.decompress(packed.body) == content and int(packed.headers["content-length"]) < len(content) / 3
    for answer in (packed, whole):
        assert (
            answer.headers["content-type"].startswith("text/javascript")
            and "immutable" in answer.headers["cache-control"]
        )


@pytest.mark.parametrize(("kind", "accept"), [("text/javascript", "text/html"), ("text/html", "*/*")])
def test_anything_else_passes_as_it_is(kind: str, accept: str) -> None:
    told, body, _ = _asked(kind, PAGE, accept=accept)
    assert body == PAGE and told["etag"] == '"1"'
