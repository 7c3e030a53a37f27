"""Streamlit's own scripts, as a first page needs them: kept in memory and packed, and asked for with the page.

Streamlit reads each of its hundred small files anew and sends it as it is, and a browser learns which elements' scripts it
needs when it is told of the elements. Both is most of what a first visitor waits for. What a name with a digest in it holds
never changes, so all of this is read once, while the server warms up.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import get_option

_FOLDER = Path(streamlit.__file__).parent / "static"
_SCRIPTS = "static/js"
# the elements of the page's head, by the names that their scripts begin with; the table comes after the picture
FIRST = ("Selectbox", "ButtonGroup", "Checkbox", "BidiComponent", "Html", "DownloadButton", "Button")
_LATER = ("DataFrame",)
_IMPORTED = re.compile(r"""(?:from|import)\s*["']\./([\w.$-]+\.js)["']""")
_IN_SHELL = re.compile(r"""(?:src|href)=["']\./(static/(?:js|css|media)/[^"']+)["']""")
_TYPES = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2"}
_KEPT = {"Cache-Control": "public, immutable, max-age=31536000", "Vary": "Accept-Encoding"}


def _named(words: tuple[str, ...]) -> Iterator[str]:
    """The scripts whose names are a word and a digest."""
    for file in sorted((_FOLDER / _SCRIPTS).glob("*.js")):
        if file.name.split(".")[0] in words:
            yield f"{_SCRIPTS}/{file.name}"


def _with_imports(paths: Iterator[str]) -> list[str]:
    """These and all that they import, in the order in which they are met."""
    found: dict[str, None] = {}
    waiting = list(paths)
    while waiting:
        path = waiting.pop(0)
        if path in found or not (_FOLDER / path).is_file():
            continue
        found[path] = None
        if path.endswith(".js"):
            text = (_FOLDER / path).read_text(encoding="utf-8", errors="replace")
            waiting += [f"{_SCRIPTS}/{name}" for name in _IMPORTED.findall(text)]
    return list(found)


@cache
def _begun() -> tuple[str, ...]:
    """What the shell itself asks for, and what that imports."""
    shell = (_FOLDER / "index.html").read_text(encoding="utf-8")
    return tuple(_with_imports(iter(_IN_SHELL.findall(shell))))


@cache
def ahead() -> tuple[str, ...]:
    """What the first elements need and the shell does not ask for, as paths below the page."""
    begun = set(_begun())
    return tuple([path for path in _with_imports(_named(FIRST)) if path not in begun])


@cache
def kept() -> Mapping[str, tuple[bytes, bytes]]:
    """Each file of a first page by its path, as it is and packed; what packing does not shorten is empty there."""
    made: dict[str, tuple[bytes, bytes]] = {}
    for path in dict.fromkeys([*_begun(), *ahead(), *_with_imports(_named(_LATER))]):
        content = (_FOLDER / path).read_bytes()
        packed = gzip.compress(content, 6, mtime=0)
        made[path] = (content, packed if len(packed) < 0.9 * len(content) else b"")
    return made


class Kept:
    """Answers from memory for what is kept; all else, and every request but a plain GET, goes on to Streamlit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            base = str(get_option("server.baseUrlPath") or "").strip("/")
            found = kept().get(str(scope["path"]).removeprefix(f"/{base}" if base else "").lstrip("/"))
            headers = Headers(scope=scope)
            if found and "range" not in headers:
                kind = _TYPES.get(Path(scope["path"]).suffix)
                if kind:
                    content, packed = found
                    small = bool(packed) and "gzip" in headers.get("accept-encoding", "")
                    encoding = {"Content-Encoding": "gzip"} if small else {}
                    answer = Response(packed if small else content, media_type=kind, headers={**_KEPT, **encoding})
                    await answer(scope, receive, send)
                    return
        await self._app(scope, receive, send)


MIDDLEWARE = (Middleware(Kept),)
