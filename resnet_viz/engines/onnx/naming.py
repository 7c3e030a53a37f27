"""Which module did this?  Paths of modules out of what exporters leave: metadata, node names, names of weights."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import onnx

from ...steps.spans import common_path
from .refusing import clean
from .slimming import NAME_SCOPES

MAX_PATH, MAX_SCOPES = 200, 2000  # letters
_ITEMS = re.compile(r"'((?:[^'\\]|\\.)*)'")


def find_places(nodes: Sequence[onnx.NodeProto], weights: Sequence[Sequence[str]]) -> list[str]:
    """The module of each node; ``weights`` are the names of the stored tensors that it reads itself.

    PyTorch's exporter notes the modules as metadata, the one before it as the node's name
    (``/layer1/layer1.0/conv1/Conv``). Where there is neither, the name of a weight tells.
    """
    found: list[str | None] = []
    first: dict[str, int] = {}  # the node that reads a weight first: equal weights are stored once, under one's name
    for index, names in enumerate(weights):
        for name in names:
            first.setdefault(name, index)
    for index, node in enumerate(nodes):
        place = _noted(node)
        if place is None:
            place = _named(node)
        weight = next((name for name in weights[index] if name.endswith(".weight")), "")
        owner = _tidy(weight.removesuffix(".weight"))
        if (owner and place is None) or (
            owner and place is not None and first[weight] == index and _folded(node, place, owner)
        ):
            place = owner
        found.append(place)
    return _merge_calls(nodes, _fill(nodes, found), weights, first)


def _folded(node: onnx.NodeProto, place: str, owner: str) -> bool:
    """A norm that was folded into its conv left its own name on it; the weight has the conv's."""
    return node.op_type in ("Conv", "ConvTranspose") or _parent(place) == _parent(owner)


def _noted(node: onnx.NodeProto) -> str | None:
    """The last but one of the scopes, for the last is the operation's."""
    scopes = next((entry.value for entry in node.metadata_props if entry.key == NAME_SCOPES), "")
    found: list[str] = _ITEMS.findall(scopes[-MAX_SCOPES:]) if isinstance(scopes, str) else []  # bytes: broken text
    return _tidy(found[-2]) if len(found) > 1 else None


def _named(node: onnx.NodeProto) -> str | None:
    """``/layer1/layer1.0/conv1/Conv`` is ``layer1.0.conv1``: a child of a Sequential repeats its parent's name."""
    if "/" not in node.name:
        return None
    parts = [part for part in node.name[:MAX_SCOPES].split("/") if part][:-1]
    path: list[str] = []
    for part in parts[:32]:
        if path and part.startswith(path[-1] + "."):
            path[-1] = part
        else:
            path.append(part)
    return _tidy(".".join(path))


def _tidy(path: str) -> str:
    path = clean(path, MAX_PATH).replace(" ", "_").replace("#", "_").replace("/", ".")
    return ".".join(part for part in path.split(".") if part)


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def _fill(nodes: Sequence[onnx.NodeProto], found: Sequence[str | None]) -> list[str]:
    """A node of which nothing is noted belongs where its neighbours do."""
    made: dict[str, int] = {}
    read: dict[str, list[int]] = {}
    for index, node in enumerate(nodes):
        made.update(dict.fromkeys(node.output, index))
        for name in node.input:
            read.setdefault(name, []).append(index)
    filled: list[str] = []
    for index, node in enumerate(nodes):
        place = found[index]
        if place is None:
            near = {filled[made[name]] for name in node.input[:8] if name in made}
            near |= {path for name in node.output for i in read.get(name, ())[:8] if (path := found[i]) is not None}
            place = _module_around(near)
        filled.append(place)
    return filled


def _module_around(paths: Collection[str]) -> str:
    """The module that all ``paths`` are within; of a single one the module around it."""
    if len(paths) == 1:
        return _parent(next(iter(paths)))
    return common_path(paths) if paths else ""


def _merge_calls(
    nodes: Sequence[onnx.NodeProto], places: list[str], weights: Sequence[Sequence[str]], first: dict[str, int]
) -> list[str]:
    """A module's second call is named ``relu_1`` in a node's name; it is ``relu`` unless it has a weight of its own."""
    own = {place for index, place in enumerate(places) for name in weights[index] if first[name] == index}
    known: set[str] = set()
    for index, node in enumerate(nodes):
        place = places[index]
        base, _, number = place.rpartition("_")
        if base in known and number.isdecimal() and place not in own and not node.metadata_props:
            places[index] = base
        known.add(place)
    return places


# ---- names of steps -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Wanted:
    """What a step is to be called by: its module, the plain name of its function, whether it only moves numbers."""

    place: str
    function: str
    moves: bool


def step_names(wanted: Sequence[Wanted]) -> list[str]:
    """Unique names: a module's path for what a module does, a function's in its module's path otherwise."""
    within: dict[str, list[Wanted]] = {}
    parents: set[str] = set()
    for one in wanted:
        within.setdefault(one.place, []).append(one)
        path = one.place
        while path and path not in parents:
            path = _parent(path)
            parents.add(path)
    does: dict[str, str] = {}  # what a module without modules is there for, where it is one thing
    for path, steps in within.items():
        told = {one.function for one in steps if not one.moves} or {one.function for one in steps}
        if path and path not in parents and len(told) == 1:
            does[path] = next(iter(told))
    calls: Counter[str] = Counter()
    used = {"input"}
    names: list[str] = []
    for one in wanted:
        path = one.place
        base = path if path and does.get(path) == one.function else ".".join(filter(None, (path, one.function)))
        calls[base] += 1
        name = base if calls[base] == 1 and base not in used else f"{base}#{max(2, calls[base])}"
        while name in used:
            calls[base] += 1
            name = f"{base}#{calls[base]}"
        used.add(name)
        names.append(name)
    return names
