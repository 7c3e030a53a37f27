"""The commands, in the order that help lists them: one file each, loaded when asked for."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast


class Module(Protocol):
    """What a command's file holds. Each line of EXAMPLES runs as it is; a ``#`` begins what it shows."""

    EXAMPLES: tuple[str, ...]

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> int: ...


@dataclass(frozen=True, slots=True)
class Command:
    """A command by name, and in a few words what it does."""

    name: str
    summary: str

    def load(self) -> Module:
        """Its file."""
        return cast("Module", import_module(f"{__name__}.{self.name}"))


COMMANDS: tuple[Command, ...] = (
    Command("list", "the networks that are known"),
    Command("table", "the shape table by formulas alone, at once"),
    Command("trace", "run PyTorch with forward hooks, on any module too, and compare with the formulas"),
    Command("open", "the app on a network of your own"),
    Command("draw", "the picture as .svg, .png, .pdf or a single .html file"),
    Command("export", "the network as a file to take home: a table, a figure, its code"),
    Command("spec", "the network as JSON, to change and to read back with --spec"),
    Command("explain", "the worked formulas of one step"),
    Command("error", "what an error of PyTorch's says, why, and the line that cures it"),
    Command("look", "the real numbers of an image in a network, one taken apart, and where a class is seen"),
    Command("compare", "two networks, or one at two inputs, side by side"),
    Command("diagnose", "what suits this input and what does not, with remedies"),
    Command("adapt", "networks that suit your images, with reasons"),
    Command("check", "compare a file of weights with a network, or find the network it fits"),
    Command("lessons", "what the tour teaches and asks, with answers and times, for whoever teaches"),
    Command("app", "serve the app to a browser on this machine"),
    Command("completion", "what makes a shell complete these commands"),
)
