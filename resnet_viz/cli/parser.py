"""Reads the words of a command line, and says what a mistyped one could have meant."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Iterator, Sequence
from typing import NoReturn

from .. import __version__
from ..errors import InputError
from .commands import COMMANDS
from .options import quiet_option, suggestion

_ELSEWHERE = {
    ("compare", "--input"): "write the size after each network, e.g. resnet34@32 or mynet:UNet@32",
}  # what is said in another way than by the option that other commands have for it
NAMES = tuple(command.name for command in COMMANDS)


class Parser(argparse.ArgumentParser):
    """An argparse parser whose refusals are one line and exit code 2, without the usage."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {' '.join(message.split())}; see {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)

    def flags(self) -> tuple[str, ...]:
        """Every option's spelling."""
        return tuple(flag for action in self._actions for flag in action.option_strings)

    def walk(self) -> Iterator[argparse.Action]:
        """Every argument and option but ``--help``."""
        return (action for action in self._actions if action.dest != "help")


def build(wanted: Collection[str] = NAMES) -> tuple[Parser, dict[str, Parser]]:
    """The whole parser, and the commands' by name; only the ``wanted`` ones are loaded and know their options."""
    parser = Parser(prog="resnet-viz", description="See what a ResNet does to the shape of a tensor.")
    parser.add_argument("--version", action="version", version=f"resnet-viz {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    made: dict[str, Parser] = {}
    for command in COMMANDS:
        made[command.name] = filled = commands.add_parser(
            command.name,
            help=command.summary,
            description=command.summary[0].upper() + command.summary[1:] + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if command.name in wanted:
            module = command.load()
            module.add_arguments(filled)
            quiet_option(filled)
            filled.epilog = "\n".join(["examples:", *(f"  {line}" for line in module.EXAMPLES)])
            filled.set_defaults(run=module.run)
    return parser, made


def parse(words: Sequence[str]) -> argparse.Namespace:
    """What ``words`` ask for. Raises a ``ResNetVizError`` for a bad value, and ``SystemExit`` where argparse stops."""
    command = next((word for word in words if not word.startswith("-")), None)
    if command is None:
        return build(())[0].parse_args(words)
    if command not in NAMES:
        near = suggestion(command, NAMES)
        raise InputError("command", command, "is no command", near or "use one of " + ", ".join(NAMES))
    parser, commands = build((command,))
    if words[0] in ("-q", "--quiet"):
        raise InputError("option", words[0], "stands before the command", f"write resnet-viz {command} … {words[0]}")
    if words[0] != command:  # an option before the command: --version, --help, or one that is none
        return parser.parse_args(words)
    _check_options(command, words[1:], commands[command].flags())
    # intermixed: `explain resnet18 --input 32 conv1` means what `explain resnet18 conv1 --input 32` does
    arguments, left = commands[command].parse_known_intermixed_args(words[1:])
    if left:
        what, rule = ("option", "is no option of") if left[0].startswith("-") else ("argument", "is one too many for")
        raise InputError(what, left[0], f"{rule} {command}", f"see resnet-viz {command} --help")
    return arguments


def _check_options(command: str, words: Sequence[str], known: Sequence[str]) -> None:
    """Refuse a mistyped option before argparse misses another one because of it."""
    for word in words:
        if word == "--":
            return
        flag = word.partition("=")[0]
        if flag.startswith("--") and not any(option.startswith(flag) for option in known):
            near = _ELSEWHERE.get((command, flag)) or suggestion(flag, known)
            raise InputError("option", flag, f"is no option of {command}", near or f"see resnet-viz {command} --help")
