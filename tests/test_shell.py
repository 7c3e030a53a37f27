"""The page's style sheet is in what a browser opens, and nowhere else."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from plotly.offline import get_plotlyjs_version
from starlette.datastructures import Headers
from starlette.requests import Request

from resnet_viz.picture import browser
from resnet_viz.ui import chunks, diagram, server, shell
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
    assert source.decode() == server.BASIC_URL
    first, *more = re.findall(rb'<link rel="modulepreload" href="([^"]+)"', body)
    assert first == diagram.script_file()[0].encode() and [path.decode() for path in more] == [
        f"/{path}" for path in chunks.ahead()
    ]
    (route,) = (known for known in server.ROUTES if known.path == server.BASIC_URL)
    asked = {"type": "http", "method": "GET", "server": ("x", 1), "path": route.path, "query_string": b""}
    packed, whole = (
        route.endpoint(Request({**asked, "headers": [(b"accept-encoding", accepted)]}))
        for accepted in (b"gzip, deflate, br", b"identity")
    )
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in whole.headers
    content = Path(whole.path).read_bytes()
    assert content == browser.PLOTLY_BASIC.read_bytes()
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


def test_both_parts_of_plotly_are_of_one_version() -> None:
    """Of another than the pinned Plotly's the basic part is left alone, and what is slow is right all the same."""
    assert browser.basic_version() == get_plotlyjs_version()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(browser, "get_plotlyjs_version", lambda: "9.9.9")
        assert browser.basic_version.__wrapped__() is None


def test_the_first_elements_scripts_are_known_by_what_they_import() -> None:
    """Each element that the page begins with has a script of that name, and all that it imports is asked for with it."""
    assert {name.rpartition("/")[2].split(".")[0] for name in chunks.ahead()} >= set(chunks.FIRST) - {
        "Button",
        "Popover",
    }
    kept = chunks.kept()
    for path, (content, packed) in kept.items():
        imported = re.findall(rb"""from"\./([\w.$-]+\.js)""", content) if path.endswith(".js") else []
        assert all(f"static/js/{name.decode()}" in kept for name in imported), path
        assert not packed or gzip.decompress(packed) == content
    assert sum(len(content) for content, _ in kept.values()) < 12 * 2**20


@pytest.mark.parametrize("accepted", ["gzip, br", "identity"])
def test_what_is_kept_is_answered_from_memory(accepted: str) -> None:
    path = next(path for path in chunks.kept() if "protobuf" in path)
    content, packed = chunks.kept()[path]
    sent: list[Any] = []

    async def beyond(scope: Any, receive: Any, send: Any) -> None:
        sent.append("Streamlit")

    async def asked(path: str, method: str = "GET", **headers: str) -> list[Any]:
        sent.clear()
        scope = {"type": "http", "method": method, "path": path, "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}  # fmt: skip

        async def send(message: Any) -> None:
            sent.append(message)

        await chunks.Kept(beyond)(scope, None, send)  # type: ignore[arg-type]
        return sent

    begun, body = awaited(asked(f"/{path}", **{"accept-encoding": accepted}))
    told = Headers(raw=begun["headers"])
    assert body["body"] == (packed if "gzip" in accepted else content)
    assert (
        told.get("content-encoding") == ("gzip" if "gzip" in accepted else None) and told["vary"] == "Accept-Encoding"
    )
    assert "immutable" in told["cache-control"] and told["content-type"].startswith("text/javascript")
    for other in (
        asked(f"/{path}", "HEAD"),
        asked(f"/{path}", range="bytes=0-1"),
        asked("/static/js/../index.html"),
        asked("/healthz"),
    ):
        assert awaited(other) == ["Streamlit"]
