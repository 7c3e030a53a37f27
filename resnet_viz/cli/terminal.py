"""Talk on stderr, and colour where a person looks: never with NO_COLOR, in a file or in a pipe."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

STYLES = {"error": "1;31", "warning": "33", "note": "36", "differs": "33"}  # of ANSI terminals
_CLEAR = "\r\x1b[K"  # back to the line's start, and empty it
_PATIENCE = 0.2  # seconds before a wait is worth a word


def colour(stream: TextIO) -> bool:
    """Whether ``stream`` shows colour. NO_COLOR (no-color.org) wins over FORCE_COLOR; a dumb terminal has none."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def paint(text: str, style: str, on: bool) -> str:
    """``text`` in a style of :data:`STYLES`, as it is where ``on`` is false."""
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if on else text


def say(text: str, *, quiet: bool) -> None:
    """A line of talk."""
    if not quiet:
        print(text, file=sys.stderr)


@contextmanager
def working(what: str, *, quiet: bool) -> Iterator[None]:
    """While the block runs, a terminal shows ``… what, 3 s`` in one line of stderr, which then goes away."""
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    from threading import Event, Thread

    done = Event()

    def tell() -> None:
        seconds, wait = 0, _PATIENCE
        while not done.wait(wait):
            line = f"… {what}" + (f", {seconds} s" if seconds else "")
            print(_CLEAR + line[: shutil.get_terminal_size().columns - 1], end="", file=sys.stderr, flush=True)
            seconds, wait = seconds + 1, 1.0
        if seconds:
            print(_CLEAR, end="", file=sys.stderr, flush=True)

    thread = Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
