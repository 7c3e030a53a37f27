"""Weights out of a file, which is untrusted: read in a process of its own, with a bound on its memory and time.

That process runs :func:`.containers.serve`; what it sends back is searched here for residual networks.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ...checks import check_text
from ...errors import CheckpointError
from ...extras import missing
from ...spec import ResNetSpec
from ...steps import Shape
from ...untrusted import printed
from ...wording import plural
from .containers import MAX_FILE, PURPOSE
from .finding import Chain, find
from .network import known_as, named, read
from .tree import Node, Tensor, flat

_SERVE = "import sys; from resnet_viz.advise.weights.containers import serve; serve(*sys.argv[1:])"
KINDS = "name a .pth, .pt, .th, .bin, .safetensors, .npz or .pkl file"
INDICES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
_NO_NAMES: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Network:
    """A residual network in a file: where it lies, what it is, and how its names are ours.

    ``where`` are the keys of the dictionaries around it and ``prefix`` what all its names begin with; ``names`` gives
    the file's name for ours. ``spec`` is None where no spec can say it; ``known`` are the catalogue's networks that
    are stored just so. ``heads`` are the file's names and shapes of other heads than one linear layer.
    """

    where: tuple[str, ...]
    prefix: str
    spec: ResNetSpec | None
    known: tuple[str, ...]
    problems: tuple[str, ...]
    names: Mapping[str, str]
    shapes: Mapping[str, Shape]
    heads: tuple[tuple[tuple[str, Shape], ...], ...]
    unexplained: tuple[str, ...]
    scheme: str
    pool_told: bool  # whether its names tell if a pool stands before a shortcut's conv
    turned: bool  # channels last, as TensorFlow and JAX have them
    nested: bool  # its modules are dictionaries in each other; ``names`` have dots for them

    @property
    def place(self) -> str:
        """``“state_dict”, under “module.”``; "" where it is all of the file."""
        keys = " → ".join(f"“{key}”" for key in self.where)
        under = f"under “{self.prefix}”" if self.prefix else ""
        return ", ".join(part for part in (keys and f"in {keys}", under) if part)


@dataclass(frozen=True, slots=True)
class Weights:
    """What a file holds: shape by name, after what wraps the names was taken off and they were put in our words.

    ``how`` tells what was done, a phrase each; ``total`` counts the learnable and the running numbers. Where there is a
    residual network in the file, ``shapes`` are its alone: ``networks`` tells where each of them lies, ``besides``
    what else there is.

    >>> Weights({"conv1.weight": (64, 3, 7, 7)}, ()).total  # 64·3·7·7
    9408
    """

    shapes: Mapping[str, Shape]
    how: tuple[str, ...]
    networks: tuple[Network, ...] = ()
    besides: tuple[str, ...] = ()
    opened: str = field(default="torch", repr=False)  # which line of Python opens the file
    file: str = ""
    looked: bool = field(default=False, repr=False, compare=False)  # whether networks were looked for

    def __repr__(self) -> str:
        told = "".join(f"\n  {phrase}" for phrase in self.how[:8])
        return f"Weights: {plural(len(self.shapes), 'name')}, {plural(self.total, 'number')}{told}"

    @property
    def total(self) -> int:
        """All numbers in the network, or in the file where it holds none."""
        count = 0
        for shape in self.shapes.values():
            size = 1
            for side in shape:
                size *= side
            count += size
        return count

    @property
    def where(self) -> tuple[str, ...]:
        """The keys of the dictionaries around the network."""
        return self.networks[0].where if self.networks else ()

    @property
    def prefix(self) -> str:
        """What all the network's names begin with."""
        return self.networks[0].prefix if self.networks else ""

    @property
    def names(self) -> Mapping[str, str]:
        """The file's name for each of ours, in the dictionary at ``where``."""
        return self.networks[0].names if self.networks else {name: name for name in self.shapes}

    def searched(self) -> Weights:
        """These weights with the networks in them: those of a file have been searched already."""
        if self.looked:
            return self
        networks, besides = _search(flat(self.shapes), ordered=True)
        shapes = networks[0].shapes if networks else self.shapes
        return Weights(shapes, self.how, networks, besides if networks else (), self.opened, self.file, True)


def read_weights(path: str | Path, name: str | None = None) -> Weights:
    """Names and shapes in a file of weights, with the residual networks in it; of a folder, in the file it holds.

    Read are what ``torch.save`` wrote, TorchScript, safetensors (both in several files too), ``.npz`` and pickles of
    arrays or tensors. ``name`` is what messages call the file. Raises :class:`CheckpointError`, and :class:`MissingPackageError`
    where the package that reads such a file is absent; never runs code from the file.

    >>> import tempfile, torch
    >>> import resnet_viz as rv
    >>> with tempfile.NamedTemporaryFile(suffix=".pth") as file:
    ...     torch.save(rv.build(rv.variant("resnet18")).state_dict(), file.name)
    ...     read_weights(file.name).shapes["conv1.weight"]
    (64, 3, 7, 7)
    """
    given: object = path
    if not isinstance(given, str | Path):
        raise CheckpointError("path", given, f"must be a path, not {type(given).__name__}", KINDS)
    if name is not None:
        check_text("name", name, "model.pth")
    path = Path(path)
    shown = name or path.name
    try:
        size = path.stat().st_size
        if path.is_dir():
            path = _in_folder(path, shown)
            shown = f"{shown.rstrip('/')}/{path.name}"
            size = path.stat().st_size
        if not path.is_file():
            raise CheckpointError("file", shown, "is no file", KINDS)
    except OSError as error:
        raise CheckpointError("file", shown, f"cannot be read ({error.strerror})", "check the path") from None
    if size > MAX_FILE:
        raise CheckpointError(
            "file", shown, f"has {size:,} bytes, and at most {MAX_FILE:,} are read", "save the state dict alone"
        )
    try:
        answer: dict[str, Any] = json.loads(_ask(path.resolve()))
        if "torch" in answer:
            answer = json.loads(_ask(path.resolve(), "torch"))
    except (ValueError, RecursionError):
        raise CheckpointError(
            "file", shown, "is broken, or needs more memory or time than reading is given", "save the state dict anew"
        ) from None
    if "missing" in answer:
        raise missing(answer["missing"], PURPOSE)
    if "error" in answer:
        raise CheckpointError("file", shown, *answer["error"])
    return _weights(answer, shown)


def _in_folder(folder: Path, shown: str) -> Path:
    """The one file of weights in a folder, or the index of several."""
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry, _ in zip(entries, range(10_000), strict=False))
    for index in INDICES:
        if index in names:
            return folder / index
    ends = (".safetensors", ".pth", ".pt", ".bin", ".th", ".ckpt", ".npz")
    files = [name for name in names if name.endswith(ends)]
    several = [name for name in files if name.startswith("model.safetensors")] or files
    if len(several) == 1:
        return folder / several[0]
    what = f"is a folder that holds {', '.join(files[:4])}{', …' if files[4:] else ''}"
    what = what if files else "is a folder that holds no weights"
    raise CheckpointError("file", shown, what, KINDS)


def _ask(path: Path, *how: str) -> bytes:
    """What ``serve`` prints of the file, in a process of its own; nothing where that process was stopped."""
    return printed(_SERVE, str(path), *how)


def _weights(answer: Mapping[str, Any], file: str) -> Weights:
    opened = answer["opened"]
    tensors = [Tensor(tuple(where), name, tuple(shape)) for where, name, shape in answer["tensors"]]
    if opened == "script":  # its modules lie in each other; their state dict has dots
        tensors = [Tensor((), ".".join((*tensor.where, tensor.name)), tensor.shape) for tensor in tensors]
    networks, besides = _search(tensors, ordered=opened in ("torch", "settings", "script", "pickle", "torch shards"))
    how = list(answer["how"])
    if networks:
        first = networks[0]
        how += [f"taken from “{key}”" for key in first.where]
        if first.prefix:
            whole = not besides and all(n.startswith(first.prefix) for n in first.names.values())
            how.append(f"“{first.prefix}” taken off every name" if whole else f"those under “{first.prefix}”")
        if first.scheme and first.scheme != "torchvision":
            how.append(f"names of {first.scheme}")
        return Weights(first.shapes, tuple(how), networks, besides, opened, file, True)
    where = _shared([tensor.where for tensor in tensors])
    how += [f"taken from “{key}”" for key in where]
    shapes = {".".join((*t.where[len(where) :], t.name)): t.shape for t in tensors}
    stage = next((match for name in shapes if (match := re.match(r"(.+\.)layer1\.0\.", name))), None)
    if stage:  # a part of a network, under names that are ours but for what stands before them
        how.append(f"“{stage[1]}” taken off")
        shapes = {name.removeprefix(stage[1]): shape for name, shape in shapes.items()}
    return Weights(shapes, tuple(how), (), (), opened, file, True)


def _search(tensors: Sequence[Tensor], *, ordered: bool) -> tuple[tuple[Network, ...], tuple[str, ...]]:
    """The residual networks among ``tensors``, and what lies beside them."""
    chains = find(tensors, ordered=ordered)
    networks = tuple(_network(chain) for chain in chains)
    explained = {id(t) for chain in chains for node in _all(chain) for t in node.params.values()}
    return networks, _groups([t for t in tensors if id(t) not in explained], [t for t in tensors if id(t) in explained])


def _all(chain: Chain) -> Iterable[Node]:
    yield from chain.nodes()
    yield from chain.unexplained


def _network(chain: Chain) -> Network:
    reading = read(chain)
    known = known_as(chain, reading)
    spec = known[0].spec if known else reading.spec
    named_by = spec or ResNetSpec()
    body = [t for node in (*chain.stem, *(b.main[0] for b in chain.blocks)) for t in node.params.values()]
    where = _shared([tensor.where for tensor in body])
    names: dict[str, str] = {}
    shapes: dict[str, Shape] = {}
    for name, tensor, shape in named(chain, named_by):
        names[name] = _name(tensor, where)
        shapes[name] = shape
    prefix = _prefix([_name(tensor, where) for tensor in body])
    heads = (
        ()
        if chain.plain_head
        else tuple(
            tuple((_name(t, where), node.shapes[role]) for node in head for role, t in node.params.items())
            for head in chain.heads
        )
    )
    turned = any(t.shape != chain.stem[0].shapes[role] for role, t in chain.stem[0].params.items())
    return Network(
        where, prefix, reading.spec, tuple(known.name for known in known), reading.problems, MappingProxyType(names),
        MappingProxyType(shapes), heads, tuple(t.name for node in chain.unexplained for t in node.params.values()),
        chain.scheme.title if chain.scheme else "", reading.pooled is not None, turned, any(tensor.where != where for tensor in body),
    )  # fmt: skip


def _name(tensor: Tensor, where: tuple[str, ...]) -> str:
    """A tensor's name in the dictionary at ``where``; one that lies deeper has its keys before it, one elsewhere all."""
    deeper = tensor.where[: len(where)] == where
    return ".".join((*(tensor.where[len(where) :] if deeper else tensor.where), tensor.name))


def _shared(paths: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """What all paths begin with; of texts, their letters."""
    return tuple(parts[0] for parts in takewhile(lambda parts: len(set(parts)) == 1, zip(*paths, strict=False)))


def _prefix(names: Sequence[str]) -> str:
    """What all names begin with, up to a dot or a slash."""
    shared = "".join(_shared(names))
    return shared[: max(shared.rfind("."), shared.rfind("/")) + 1]


def _groups(others: Sequence[Tensor], explained: Sequence[Tensor], most: int = 12) -> tuple[str, ...]:
    """What else lies in a file, by the highest name that has nothing of a network below it."""

    def route(tensor: Tensor) -> tuple[str, ...]:
        return (*tensor.where, *tensor.name.replace("/", ".").split("."))

    inner = {path[:depth] for path in map(route, explained) for depth in range(len(path))} | {()}
    counts: dict[str, int] = {}
    for tensor in others:
        path = route(tensor)
        depth = next((depth for depth in range(1, len(path)) if path[:depth] not in inner), len(path))
        name = ".".join(path[:depth])
        counts[name] = counts.get(name, 0) + 1
    told = [f"{name} ({plural(count, 'tensor')})" for name, count in counts.items()]
    return tuple(told[:most]) + ((f"{len(told) - most:,} more",) if len(told) > most else ())
