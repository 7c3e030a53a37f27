"""The command line called from a test: inside this process, and in a terminal of its own."""

import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple
from unittest.mock import patch

import pytest

from resnet_viz.cli import main


def lines(commands: list[str]) -> list[object]:
    """Command lines as parameters; an image is made by a browser of its own."""
    drawn = (".svg", ".png", ".pdf")
    return [pytest.param(line, marks=pytest.mark.processes if line.endswith(drawn) else ()) for line in commands]


class Done(NamedTuple):
    code: int
    out: str
    err: str


def call(*words: str) -> Done:
    """Exit code, stdout and stderr of ``resnet-viz WORDS``, without a process of its own."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(words)
    return Done(code, out.getvalue(), err.getvalue())


def in_terminal(*words: str, **environment: str) -> tuple[int, str]:
    """Exit code, and all that ``resnet-viz WORDS`` shows in a terminal, control characters too."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "resnet_viz", *words],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=_as_in_terminal(environment),
    )
    os.close(theirs)
    shown = _read(ours)
    return process.wait(60), shown


def call_in_terminal(*words: str, **environment: str) -> tuple[int, str]:
    """The same without a process of its own, which would first have to load PyTorch."""
    ours, theirs = os.openpty()
    with ThreadPoolExecutor(1) as pool:
        shown = pool.submit(_read, ours)
        with (
            open(theirs, "w", encoding="utf-8") as terminal,
            redirect_stdout(terminal),
            redirect_stderr(terminal),
            patch.dict(os.environ, _as_in_terminal(environment), clear=True),
        ):
            code = main(words)
        return code, shown.result()


def _as_in_terminal(environment: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    return {**kept, "TERM": "xterm", "COLUMNS": "80", **environment}


def _read(ours: int) -> str:
    """All that is shown, until the other side is closed."""
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # how Linux tells that the other side is closed
        pass
    os.close(ours)
    return shown.decode()
