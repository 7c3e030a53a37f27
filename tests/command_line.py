"""The command line called from a test: inside this process, and in a terminal of its own."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

from resnet_viz.cli import main


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
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "resnet_viz", *words],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={**kept, "TERM": "xterm", **environment},
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # how Linux tells that the other side is closed
        pass
    os.close(ours)
    return process.wait(60), shown.decode()
