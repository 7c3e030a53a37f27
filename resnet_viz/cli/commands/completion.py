"""``resnet-viz completion``"""

from __future__ import annotations

import argparse

from ..completing import SHELLS
from ..options import choice

EXAMPLES = (
    'resnet-viz completion bash   # in ~/.bashrc: eval "$(resnet-viz completion bash)"',
    'resnet-viz completion zsh    # in ~/.zshrc, after compinit: eval "$(resnet-viz completion zsh)"',
    "resnet-viz completion fish   # in ~/.config/fish/config.fish: resnet-viz completion fish | source",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    choice(parser, "shell", allowed=SHELLS, default=None, metavar="SHELL", help="one of " + ", ".join(SHELLS))


def run(arguments: argparse.Namespace) -> int:
    from argcomplete.shell_integration import shellcode

    print(shellcode(["resnet-viz"], shell=arguments.shell).strip())
    return 0
