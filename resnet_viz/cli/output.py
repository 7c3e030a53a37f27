"""Where does the answer go?  To stdout, or to a file whose suffix says what is in it; whole or not at all."""

from __future__ import annotations

import argparse
import errno
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from .terminal import colour, say

SUFFIXES = {
    "text": (".txt",), "csv": (".csv",), "json": (".json",), "markdown": (".md", ".markdown"), "trace": (".trace",),
    "svg": (".svg",), "png": (".png",), "pdf": (".pdf",), "html": (".html",),
}  # fmt: skip
"""By the word for --format. A format of ``export`` says its suffixes itself."""


@dataclass(frozen=True, slots=True)
class Output:
    """A format and a place: ``path`` None is stdout."""

    format: str
    path: str | None = None
    quiet: bool = False

    @classmethod
    def of(
        cls, arguments: argparse.Namespace, formats: Sequence[str], *, named: bool = False, suffixes: Mapping[str, Sequence[str]] = SUFFIXES
    ) -> Output:  # fmt: skip
        """What --format and -o ask for, the first of ``formats`` where neither says; ``named``: a suffix has to.

        Raises :class:`InputError` before any work for a suffix that cannot be written, one that contradicts --format,
        and a place that cannot be written to.
        """
        asked: str | None = getattr(arguments, "format", None)
        path: str | None = arguments.output
        if path is None or (path == "-" and not named):
            return cls(asked or formats[0], None, arguments.quiet)
        suffix = Path(path).suffix.lower()
        meant = next((known for known in formats if suffix in suffixes[known]), None)
        if meant is None and (suffix or named):
            endings = [suffixes[known][0] for known in formats]
            raise InputError("output", path, "must end in " + ", ".join(endings), f"write e.g. -o resnet34{endings[0]}")
        if asked and meant and asked != meant:
            raise InputError(
                "output", path, f"ends in {suffix}, which is {meant}, but --format is {asked}",
                f"end it in {suffixes[asked][0]}, or leave out --format",
            )  # fmt: skip
        _check_place(path)
        return cls(asked or meant or formats[0], path, arguments.quiet)

    @property
    def colour(self) -> bool:
        """Whether to write in colour: to a terminal alone."""
        return self.path is None and colour(sys.stdout)

    def write(self, content: str | bytes) -> None:
        """Write all of it. Raises :class:`InputError` where that fails; a file that was there is then as it was."""
        if self.path is None:
            _to_stdout(content)
            return
        try:
            _replace(Path(self.path), content.encode() if isinstance(content, str) else content)
        except OSError as error:
            raise _refusal(self.path, error.strerror) from None
        say(f"wrote {self.path}", quiet=self.quiet)


def _check_place(path: str) -> None:
    place = Path(path)
    if place.is_dir():
        raise InputError("output", path, "is a folder", "name a file in it")
    if place.exists() and not os.access(place, os.W_OK):
        raise _refusal(path, os.strerror(errno.EACCES))
    if not place.exists() or place.is_file():
        folder = Path(os.path.realpath(place)).parent
        if not folder.is_dir():
            raise _refusal(path, os.strerror(errno.ENOTDIR if folder.exists() else errno.ENOENT))
        if not os.access(folder, os.W_OK):
            raise _refusal(path, os.strerror(errno.EACCES))


def _refusal(path: str, reason: str | None) -> InputError:
    return InputError("output", path, f"cannot be written ({reason})", "name a file in a folder that exists")


def _replace(path: Path, content: bytes) -> None:
    """Write beside ``path``, then put it in its place: a reader never sees half of it."""
    if path.exists() and not path.is_file():  # a device or a pipe takes what is written and stays what it is
        path.write_bytes(content)
        return
    target = Path(os.path.realpath(path))  # a link stays a link
    part = target.with_name(f".resnet-viz-{os.getpid()}.part")
    try:
        part.write_bytes(content)
        if target.exists():
            shutil.copymode(target, part)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _to_stdout(content: str | bytes) -> None:
    assert isinstance(content, str)
    try:
        sys.stdout.write(content)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:  # a full disk behind >
        drop_stdout()
        raise InputError("output", "stdout", f"cannot be written ({error.strerror})", "make room, or use -o") from None


def drop_stdout() -> None:
    """Let what stdout still holds go nowhere: Python flushes it once more at the end, as its manual warns."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
