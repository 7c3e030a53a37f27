"""load_state_dict: names and shapes of a file against those of a network, in messages of any length."""

from __future__ import annotations

import re

from ...steps import Trace
from ...wording import plural, some
from .entry import SHAPE, Cause, Entry, Found, Told, names, numbers, shape, sides
from .state_names import WEIGHTS_KEYS, another, name_causes
from .state_shapes import Mismatch, shape_causes

_NAME = r"(?:\"[^\"\s]{1,300}\"|'[^'\s]{1,300}')"
_LISTED = re.compile(r"[\"']([^\"'\s]{1,300})[\"']")
_MISSING = re.compile(
    rf"(?:Missing key\(s\) in state_dict: ?|missing keys in state_dict: ?\"?\{{?|missing_keys=\[)(?={_NAME})"
)
_UNEXPECTED = re.compile(rf"(?:Unexpected key\(s\) in state_dict: ?|unexpected key ?|unexpected_keys=\[)(?={_NAME})")
_SIZES = (
    re.compile(rf"size mismatch for (?P<name>[^\s:]{{1,300}}): copying a param (?:with shape|of) {SHAPE.format('file')} from checkpoint, (?:the shape in current model is|where the shape is) {SHAPE.format('own')}"),
    re.compile(rf"While copying the parameter named \"?(?P<name>[^\s\",]{{1,300}})\"?, whose dimensions in the model are {SHAPE.format('own')} and whose dimensions in the checkpoint are {SHAPE.format('file')}"),
)  # fmt: skip


def _listed(start: re.Pattern[str], text: str) -> list[str]:
    """The names of every list that ``start`` opens; a list ends where its next entry is no name."""
    found: dict[str, None] = {}
    for opening in start.finditer(text):
        at = opening.end()
        while match := _LISTED.match(text, at):
            found[match.group(1)] = None
            at = match.end()
            at += 2 if text.startswith(", ", at) else 1 if text.startswith(",", at) else 0
            if at == match.end():
                break
    return list(found)


def _sizes(text: str) -> list[Mismatch]:
    return [
        Mismatch(match["name"], numbers(match["file"] or ""), numbers(match["own"] or ""))
        for pattern in _SIZES
        for match in pattern.finditer(text)
    ]


def _loading(found: Found) -> Told | None:
    missing, unexpected = _listed(_MISSING, found.text), _listed(_UNEXPECTED, found.text)
    unequal = _sizes(found.text)
    if not missing and not unexpected and not unequal:
        return None
    parts = [
        *([f"{plural(len(missing), 'name')} of the network {_is(missing)} not in the file ({some(missing)})"] if missing else []),
        *([f"{plural(len(unexpected), 'name')} of the file {_is(unexpected)} not the network's ({some(unexpected)})"] if unexpected else []),
        *([_shapes(unequal)] if unequal else []),
    ]  # fmt: skip
    causes = [*name_causes(missing, unexpected), *shape_causes(unequal, unexpected, missing)]
    return Told(f"{'; '.join(parts)}.", tuple(causes or [another(unexpected)]), _where(missing, unequal, found.trace))


def _is(many: list[str]) -> str:
    return "is" if len(many) == 1 else "are"


def _shapes(unequal: list[Mismatch]) -> str:
    first = unequal[0]
    more = f", and {len(unequal) - 1:,} more differ" if len(unequal) > 1 else ""
    return f"The file's {first.name} is {sides(first.file)} and the network's {sides(first.own)}{more}"


def _where(missing: list[str], unequal: list[Mismatch], trace: Trace | None) -> tuple[str, ...]:
    asked = {name.rpartition(".")[0] for name in [*missing, *(one.name for one in unequal)]}
    return names([step for step in trace.steps if step.name in asked]) if trace else ()


def _bare(found: Found) -> Told | None:
    key = found.word("key")
    if key not in WEIGHTS_KEYS:
        return None
    return Told(
        f"The file has no entry “{key}”.",
        (Cause("The file holds the weights themselves, or keeps them under another name.", "Give load_state_dict the dict itself, or the entry that it has.", "model.load_state_dict(checkpoint)  # print(checkpoint.keys()) tells"),),
    )  # fmt: skip


def _dict_as_model(found: Found) -> Told | None:
    lacks = f"has no {found.word('name')}" if found.word("name") else "cannot be called"
    return Told(
        f"A dict of weights {lacks}: it is no network.",
        (Cause("The file holds a state dict, the weights alone.", "Build the network, then load them into it.", "model = MyNetwork(); model.load_state_dict(torch.load(file, weights_only=True))"),),
    )  # fmt: skip


def _model_as_dict(found: Found) -> Told | None:
    kind = found.word("kind") or "something else"
    return Told(
        f"load_state_dict wants a dict of weights, and got {kind}.",
        (
            Cause("The file holds a whole network, or the network itself was given.", "Give its state dict.", "model.load_state_dict(other.state_dict())"),
            Cause("A file's name was given:", "read the file first.", "model.load_state_dict(torch.load(file, weights_only=True))"),
        ),
    )  # fmt: skip


def _unsafe(found: Found) -> Told | None:
    return Told(
        "The file holds more than weights, and since PyTorch 2.6 torch.load reads nothing else unless told to.",
        (
            Cause("It holds objects of Python's, whose reading could run code.", "If you know and trust its author, allow the classes that the message names; save only state_dict() in future.", "torch.serialization.add_safe_globals([…])"),
        ),
    )  # fmt: skip


_DICT = r"(?:collections\.)?(?:OrderedDict|dict)"
ENTRIES = (
    Entry(
        "checkpoint",
        _loading,
        (
            (rf"Missing key\(s\) in state_dict: ?{_NAME}", "0.4–"),
            (rf"Unexpected key\(s\) in state_dict: ?{_NAME}", "0.4–"),
            (rf"size mismatch for [^\s:]{{1,300}}: copying a param (?:with shape|of) {shape('file')} from checkpoint, (?:the shape in current model is|where the shape is) {shape('own')}", "0.4.1–"),
            (rf"While copying the parameter named \"?[^\s\",]{{1,300}}\"?, whose dimensions in the model are {shape('own')} and whose dimensions in the checkpoint are {shape('file')}", "0.3–0.4"),
            (rf"unexpected key {_NAME} in state_dict", "0.3"),
            (rf"missing keys in state_dict: ?\"?\{{?{_NAME}", "0.3"),
            (rf"(?:missing_keys|unexpected_keys)=\[{_NAME}", "1.1–, what strict=False returns"),
        ),
    ),
    Entry("checkpoint's entry", _bare, ((r"KeyError: ['\"](?P<key>\w{1,40})['\"]", "any"),), vague=True),
    Entry("weights for a network", _dict_as_model, ((rf"'{_DICT}' object has no attribute '(?P<name>eval|cuda|to|train|parameters|state_dict|load_state_dict|forward|modules|half|float)'", "any"), (rf"'{_DICT}' object is not callable", "any"))),
    Entry("network for weights", _model_as_dict, ((r"Expected state_dict to be dict-like, got <class '(?P<kind>[\w.]{1,120})'>", "1.9–"), (r"'(?P<kind>\w{1,60})' object has no attribute 'copy'", "0.3–1.8"))),
    Entry("more than weights", _unsafe, ((r"Weights only load failed", "2.0–"),)),
)  # fmt: skip
