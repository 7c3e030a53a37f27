"""A pasted text: freed of what terminals and logs put around a message, searched for those that are known."""

from __future__ import annotations

import re
from collections import deque

from ...steps import Trace
from .entry import Explanation, Found, Told
from .table import ENTRIES, Entry

MAX_TEXT = 2_000_000

# Colours of a terminal; before each line torchrun's rank, a log's time, pytest's E, a quotation's >.
_COLOUR = re.compile(r"\x1b\[[\d;]{0,20}[A-Za-z]")
_BEFORE = re.compile(
    r"(?m)^(?:\[(?:rank|default|default_)?\d{1,5}\]:? ?|[EWI]\d{4} [\d:.]{8,20} \d{1,10} [^\]\n]{1,200}\] (?:\[[\d/_]{1,12}\] )?|E {3,7}|[>|] ?)"
)
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "×": "x", "\u00a0": " ", "\u200b": ""})
_FRAME = re.compile(r'File "([^"\n]{1,400})", line (\d{1,7}), in ([^\n]{1,120})(?:\n[ \t]{0,40}([^\n]{1,200}))?')
_PACKAGES = ("site-packages", "dist-packages", "/torch/", "\\torch\\", "<frozen", "/lib/python")
_ERROR = re.compile(
    r"(?m)^[ \t]{0,20}(?:[\w.]{0,80}\.)?(\w{1,60}(?:Error|Exception|Interrupt|Exit|Warning|Iteration))\b:? ?([^\n]{0,200})"
)


def _clean(text: str) -> str:
    """One line of words; what stands around each line is gone."""
    bare = _BEFORE.sub("", _COLOUR.sub("", text))
    return " ".join(
        bare.translate(_QUOTES).replace("\\n", " ").replace("\\t", " ").replace('\\"', '"').replace("\\'", "'").split()
    )


def explain(text: str, trace: Trace | None = None) -> Explanation | None:
    """The error that stands last in ``text``, an exact one before a vague one; None where none is known.

    >>> explain("ValueError: expected 4D input (got 3D input)").cure
    'x = x.unsqueeze(0)'
    """
    flat = _clean(text)
    for vague in (False, True):
        best: tuple[int, Entry, Found, Told] | None = None
        for entry in ENTRIES:
            if entry.vague is vague and (read := _read(entry, flat, trace)):
                found, told = read
                if best is None or found.match.end() > best[0]:
                    best = (found.match.end(), entry, found, told)
        if best:
            _, entry, found, told = best
            return Explanation(entry.kind, found.match.group(0), told.says, told.causes, told.steps, _place(text))
    return None


def _read(entry: Entry, flat: str, trace: Trace | None) -> tuple[Found, Told] | None:
    """What an entry makes of the last message that it knows, in the first of its wordings that tells enough."""
    for pattern in entry.patterns:
        match = deque(pattern.finditer(flat), maxlen=1)  # a long log may hold a message thousands of times
        if match and (told := entry.explain(found := Found(match[0], flat, trace))):
            return found, told
    return None


def _place(text: str) -> str:
    """The last line of the traceback that is no package's: ``train.py, line 57, in forward: x = self.fc(x)``."""
    place = ""
    for frame in _FRAME.finditer(text):
        file, line, where, code = frame.groups()
        if any(package in file for package in _PACKAGES):
            continue
        name = re.split(r"[/\\]", file)[-1]
        place = f"{name}, line {line}, in {where.strip()}" + (f": {code.strip()}" if code and code.strip("^~ ") else "")
    return place


def not_understood(text: str) -> str:
    """What a text is that holds no known error, and what would help."""
    lines = list(_ERROR.finditer(_BEFORE.sub("", _COLOUR.sub("", text))))
    if not lines:
        if "Traceback (most recent call last)" in text:
            return "This traceback has no last line, where the error itself stands; paste it whole, to its end."
        return "No error stands in this text. Paste the message itself, such as “RuntimeError: …”, or the whole traceback with its last line."
    kind, words = lines[-1].groups()
    said = f"{kind}: {words}".rstrip(": ")
    if len(said) > 120:
        said = said[:117] + "..."
    if kind in ("RuntimeError", "ValueError", "IndexError", "TypeError", "TorchRuntimeError", "NotImplementedError", "AssertionError"):  # fmt: skip
        return (
            f"“{said}” is none of the errors of shapes, types, devices, memory, data, targets and weights that are known here. "
            "The shapes at the line where it arose would tell most: print(x.shape) just before it, or trace the network with rv.trace(model, input_size=…), "
            "which names the step."
        )
    return f"“{said}” is no error of a tensor's shape: it is raised by Python or another package, at the last line of the traceback that is your own."
