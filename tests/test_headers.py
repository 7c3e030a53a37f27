"""What each answer tells the browser: each header that guards is there, and only hosts that are named may frame a page."""

import asyncio
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.types import Message

from resnet_viz.ui import headers


def answer_to(path: str) -> Headers:
    """The headers of an app that has a page and data."""
    app = Starlette(
        routes=[Route("/", lambda _: HTMLResponse("<p>")), Route("/data", lambda _: JSONResponse({}))], middleware=headers.MIDDLEWARE
    )  # fmt: skip
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        said.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b"", "root_path": ""}
    with ThreadPoolExecutor(1) as beside:  # where a browser's test ran before, this thread has a loop that runs
        beside.submit(lambda: asyncio.run(app(scope, receive, send))).result()
    return Headers(raw=said[0]["headers"])


def policy(told: Headers) -> dict[str, list[str]]:
    parts = [part.split() for part in told["content-security-policy"].split("; ")]
    return {name: sources for name, *sources in parts}


def test_a_page_runs_the_servers_scripts_alone_and_nobody_frames_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(headers.FRAMES, raising=False)
    answer = answer_to("/")
    told = policy(answer)
    assert (
        told["default-src"] == ["'none'"] and told["frame-ancestors"] == ["'none'"] and told["base-uri"] == ["'self'"]
    )
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "http:", "data:"} & set(told["script-src"])
    assert not any("://" in source or source == "*" for sources in told.values() for source in sources)
    assert answer["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["/", "/data", "/nowhere"])
def test_every_answer_is_what_it_says_it_is(path: str) -> None:
    told = answer_to(path)
    assert told["x-content-type-options"] == "nosniff" and told["referrer-policy"] == "same-origin"
    assert "camera=()" in told["permissions-policy"]


def test_hosts_that_are_named_may_frame_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        headers.FRAMES, "https://course.example.org *.uni.example:8080 * ;script-src 'self' javascript:x"
    )
    answer = answer_to("/")
    assert policy(answer)["frame-ancestors"] == ["'self'", "https://course.example.org", "*.uni.example:8080"]
    assert "x-frame-options" not in answer and "javascript" not in answer["content-security-policy"]


def test_streamlits_own_script_is_named_by_what_it_is() -> None:
    shell = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    script = shell.split("<script>")[1].split("</script>")[0]
    assert f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in headers.policy(())
