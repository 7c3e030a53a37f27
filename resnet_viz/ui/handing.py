"""From a Python session or a terminal to the app on the same machine: traces as data in a private folder.

The folder's path reaches the server in its environment, and only a trace's token stands in the address.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from pathlib import Path

from ..steps import Trace
from ..steps.json import MAX_TEXT

VARIABLE = "RESNET_VIZ_HANDED"  # where the server finds the folder
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


def new_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder that this user alone may read; gone with this process."""
    return tempfile.TemporaryDirectory(prefix="resnet-viz-", ignore_cleanup_errors=True)


def hand_over(folder: str | Path, trace: Trace) -> str:
    """Put ``trace`` into the folder, whole or not at all; returns its token."""
    token = secrets.token_urlsafe(16)
    part = Path(folder) / f"{token}.part"
    part.write_text(trace.to_json(), encoding="utf-8")
    part.replace(_file(folder, token))
    return token


def take_back(folder: str | Path, token: str) -> None:
    """Take a trace out of the folder."""
    _file(folder, token).unlink(missing_ok=True)


def handed(token: str) -> str | None:
    """The JSON of the trace that was handed to this server under ``token``; None where there is none."""
    folder = os.environ.get(VARIABLE)
    if not folder or not TOKEN.fullmatch(token):
        return None
    try:
        with open(_file(folder, token), encoding="utf-8") as file:
            return file.read(MAX_TEXT + 1)
    except (OSError, UnicodeDecodeError):
        return None


def _file(folder: str | Path, token: str) -> Path:
    return Path(folder) / f"{token}.json"
