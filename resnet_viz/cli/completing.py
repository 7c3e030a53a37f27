"""What could stand at the cursor?  argcomplete asks; the shells run this command to hear the answer."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from ..steps import Trace

SHELLS = ("bash", "zsh", "fish")


def complete() -> None:
    """Answer the shell, and end the process."""
    from argcomplete import autocomplete
    from argcomplete.finders import safe_actions

    from .options import Argument
    from .parser import build

    safe_actions.add(Argument)  # has no effect but to store
    parser, commands = build()
    if " --spec" not in os.environ["COMP_LINE"]:
        # the first word is NAME, although argparse would give a lone word of `explain` to STEP
        for action in (action for command in commands.values() for action in command.walk()):
            if not action.option_strings:
                action.nargs = None
    autocomplete(parser, always_complete_options=False)


def network_texts(prefix: str, **_: Any) -> Iterable[str]:
    """Names, and after ``NAME:`` the fields and their values."""
    from ..spec.catalogue import variants

    name, colon, written = prefix.partition(":")
    if not colon:
        return variants()
    if "@" in written:
        return ()
    before, comma, piece = written.rpartition(",")
    return [f"{name}:{before}{comma}{text}" for text in setting_texts(piece)]


def setting_texts(prefix: str, **_: Any) -> list[str]:
    """``stem=``, and after the ``=`` what the field may be."""
    from ..spec.settings import NAMES

    field, equals, _value = prefix.partition("=")
    if equals:
        return [f"{field}={value}" for value in _values(field)]
    return [f"{name}=" for name in ("stem", *NAMES)]


def _values(field: str) -> Iterable[str]:
    """The values of a field that has only a few."""
    from ..spec import BLOCKS, ResNetSpec, Stem
    from ..spec.settings import STEMS

    if field == "stem":
        return STEMS
    if field == "block":
        return [kind.name for kind in BLOCKS]
    owner, name = (Stem, field[5:]) if field.startswith("stem.") else (ResNetSpec, field)
    kind = get_type_hints(owner).get(name)
    if kind is bool:
        return ("false", "true")
    return get_args(kind) if get_origin(kind) is Literal else ()


def step_texts(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> Iterable[str]:
    """The steps of the network that is named before the cursor."""
    named = _named(parsed_args)
    return () if named is None else [step.name for step in named.steps[1:]]


def _named(parsed_args: argparse.Namespace) -> Trace | None:
    """The network that is named before the cursor, None where that is none."""
    from ..engines.formulas import forecast
    from ..errors import ResNetVizError
    from .choosing import choose

    try:
        chosen = choose(parsed_args)
        return forecast(chosen.spec, chosen.size)
    except ResNetVizError:
        return None


def focus_texts(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> Iterable[str]:
    """Steps, and the stages and blocks that hold them: ``layer2``, ``layer2.0``, ``layer2.0.conv1``."""
    named = _named(parsed_args)
    if named is None:
        return ()
    places = [part.path for part in named.parts.walk() if part.kind in ("stage", "block")]
    return [*places, *(step.name for step in named.steps[1:])]
