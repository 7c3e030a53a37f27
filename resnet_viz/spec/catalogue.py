"""Which networks are known?  Published ResNets as specs, in teaching order, each with its source.

They stand as data in ``catalogue.toml``; this file reads it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from ..checks import check_text
from ..errors import UnknownNameError
from .settings import describe, settings
from .spec import ResNetSpec, Stem, replace


@dataclass(frozen=True, slots=True)
class Family:
    """Networks of one paper: what it changed in a sentence, and whose code or files their numbers were checked against."""

    name: str
    paper: str
    arxiv: str
    year: int
    idea: str
    source: str
    dataset: str


@dataclass(frozen=True, slots=True)
class Top1:
    """A published top-1 accuracy in percent, the input in px it was measured at, and who says so."""

    value: float
    input_size: int
    source: str


@dataclass(frozen=True, slots=True)
class Variant:
    """A published network: its spec, what it changes over its predecessor ``like``, and the input it was made for.

    >>> known = entry("resnet34")
    >>> known.title, known.family.year, known.input_size
    ('ResNet-34', 2015, 224)
    """

    name: str
    title: str
    family: Family
    description: str
    spec: ResNetSpec
    input_size: int
    like: str
    top1: tuple[Top1, ...]
    note: str

    def __repr__(self) -> str:
        return f"Variant {self.name}: {self.title}, {self.family.name}, at {self.input_size} px\n  {self.description}\n  {self.spec!r}"


def _tuples(value: Any) -> Any:
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else value


def _read(data: dict[str, Any]) -> tuple[Variant, ...]:
    made: dict[str, Variant] = {}
    for group in data["family"]:
        entries = group.pop("variants")
        family = Family(**group)
        for row in entries:
            like = row.get("like", "")
            base = made[like].spec if like else ResNetSpec()
            written: dict[str, Any] = row.get("spec", {})
            changes: dict[str, Any] = {key: _tuples(value) for key, value in written.items()}
            if "stem" in changes:
                changes["stem"] = Stem(**{key: _tuples(value) for key, value in changes["stem"].items()})
            spec = replace(base, **changes)
            # how the weights start is no change of the network's shape, so it is not told here
            told = describe(replace(spec, zero_init=base.zero_init), base)
            words = row.get("text") or f"{like} with " + "; ".join(told)
            top1 = tuple(Top1(*entry) for entry in row.get("top1", ()))
            made[row["name"]] = Variant(
                row["name"], row["title"], family, words, spec, row["input"], like, top1, row.get("note", "")
            )
    return tuple(made.values())


CATALOGUE: tuple[Variant, ...] = _read(tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")))
_BY_NAME = {known.name: known for known in CATALOGUE}


def variants() -> tuple[str, ...]:
    """The catalogue's names, in teaching order.

    >>> variants()[:3]
    ('resnet18', 'resnet34', 'resnet50')
    """
    return tuple(_BY_NAME)


def families() -> tuple[Family, ...]:
    """The families, in teaching order."""
    return tuple(dict.fromkeys(known.family for known in CATALOGUE))


def entry(name: str) -> Variant:
    """The catalogue's record of ``name``. Raises :class:`UnknownNameError` that offers the nearest names.

    >>> entry("resnet50d").like
    'resnet50c'
    """
    check_text("name", name, "resnet18")
    if name not in _BY_NAME:
        asked = re.sub(r"[^a-z0-9]", "", name[:60].lower())
        begun = [known for known in _BY_NAME if asked and known.replace("_", "").startswith(asked)]
        near = [*begun, *get_close_matches(name[:60].lower(), _BY_NAME, 3, 0.4), "resnet18", "resnet34", "resnet50"][:3]
        raise UnknownNameError("name", name, "is not in the catalogue", "did you mean " + ", ".join(near) + "?")
    return _BY_NAME[name]


def variant(name: str) -> ResNetSpec:
    """The spec of a published network: ``variant("resnet34")``. Raises :class:`UnknownNameError`.

    >>> variant("resnet34").blocks
    (3, 4, 6, 3)
    """
    return entry(name).spec


@lru_cache(maxsize=512)
def nearest(spec: ResNetSpec) -> Variant:
    """The variant that the fewest settings turn into ``spec``; the earlier one of two that are equally near.

    Classes and input channels say what data a network is for, so they count last.
    """

    def distance(known: Variant) -> tuple[int, int]:
        changed = settings(spec, known.spec)
        data = len(changed.keys() & {"num_classes", "in_channels", "zero_init"})
        return len(changed) - data, data

    return min(CATALOGUE, key=distance)
