"""From words to an exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from ..errors import ResNetVizError
from .output import drop_stdout
from .parser import parse


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no ⌊ or × shows ? and no traceback
    if "_ARGCOMPLETE" in os.environ:  # the shell asks what could stand at the cursor
        from .completing import complete

        complete()
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
        return code
    except ResNetVizError as error:
        print("resnet-viz:", " ".join(str(error).splitlines()), file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader (head, less) left early
        drop_stdout()
        return 0
    except KeyboardInterrupt:
        return 130  # 128 and the signal's number, as shells count


def _run(words: Sequence[str]) -> int:
    try:
        arguments = parse(words)
    except SystemExit as stop:  # argparse's, after --help or a refusal
        return int(stop.code or 0)
    return arguments.run(arguments)
