"""The network, input, batch and dtype that the shared options name."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from ..engines.formulas import forecast
from ..errors import InputError, SpecError
from ..spec import ResNetSpec
from ..spec.catalogue import nearest
from ..spec.configuration import changes, configuration
from ..spec.settings import apply
from ..steps import Pair, Trace
from .foreign import foreign_trace, is_foreign, refuse_code_file, refuse_foreign_options

MAX_SPEC = 20_000  # characters of a network's JSON


@dataclass(frozen=True, slots=True)
class Chosen:
    """A network at an input; ``name`` is how the user called it."""

    name: str
    spec: ResNetSpec
    size: Pair


def choose_trace(arguments: argparse.Namespace) -> tuple[str, Trace]:
    """What the user calls a network, and its trace: the forecast of a known one, else what was run, read or kept."""
    if is_foreign(arguments.name) and arguments.spec is None:
        return str(arguments.name), foreign_trace(arguments.name, arguments)
    refuse_foreign_options(arguments)
    chosen = choose(arguments)
    return chosen.name, forecast(chosen.spec, chosen.size, arguments.batch, arguments.dtype)


def choose(arguments: argparse.Namespace) -> Chosen:
    """NAME or --spec with --set applied, at --input or the input that came with it. Raises a ``ResNetVizError``."""
    if (arguments.name is None) == (arguments.spec is None):
        raise InputError("name", arguments.name, "give a NAME or --spec FILE, one of them", "write e.g. resnet34")
    if is_foreign(arguments.name):
        others = "table, draw, explain, compare and diagnose take others"
        raise InputError("name", arguments.name, "must be a network of the catalogue here", others)
    if hasattr(arguments, "shapes"):  # the command takes code
        refuse_code_file(arguments.name or "")
    if arguments.spec is not None:
        base = ResNetSpec.from_json(_read(arguments.spec))
        side = nearest(base).input_size
        size = (side, side)
    else:
        named = configuration(arguments.name)
        base, size = named.spec, named.size
    asked: dict[str, str] = {}
    for change in arguments.changes:
        if "=" not in change:
            raise SpecError("--set", change, "must be FIELD=VALUE", "write e.g. --set num_classes=10")
        asked.update(changes(change))
    called = str(arguments.name or arguments.spec)
    return Chosen(called, apply(base, asked), getattr(arguments, "input", None) or size)


def _read(path: str) -> str:
    """A small text file, or one read from stdin as ``-``."""
    try:
        if path == "-":
            return sys.stdin.read(MAX_SPEC + 1)
        with open(path, encoding="utf-8") as file:
            return file.read(MAX_SPEC + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError("spec", path, f"cannot be read ({reason})", "name a JSON file as `spec` writes it") from None
