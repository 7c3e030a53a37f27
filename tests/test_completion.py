"""Completion as the shells do it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import resnet_viz as rv

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[1]
# as bash calls the function when TAB is pressed; it puts a space behind an only answer
BASH = r"""
eval "$(resnet-viz completion bash)"
for line; do
    COMP_LINE="resnet-viz $line"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; COMPREPLY=()
    _python_argcomplete resnet-viz
    printf '%s\n' "${COMPREPLY[@]}" ---
done
"""
FISH = 'resnet-viz completion fish | source; complete -C "resnet-viz $argv[1]"'


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """PATH with the command on it."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "resnet-viz"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m resnet_viz "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def answers(shell: list[str], path: str, *lines: str) -> list[str]:
    environment = {**os.environ, "PATH": path}
    done = subprocess.run([*shell, *lines], capture_output=True, text=True, check=True, env=environment, cwd=ROOT)
    assert done.stderr == ""
    return [answer.partition("\t")[0].rstrip() for answer in done.stdout.splitlines()]


LINES: dict[str, list[str]] = {
    "ta": ["table"],
    "table resnet18_o": ["resnet18_option_a", "resnet18_option_c"],
    # bash takes what stands behind its last : or = alone
    "table resnet18:stem.": ["stem.channels=", "stem.kernel=", "stem.stride=", "stem.pool="],
    "table resnet18:stem=c": ["cifar"],
    "table resnet18:stem=cifar,num": ["cifar,num_classes="],
    "table resnet18 --set no": ["norm="],
    "table resnet18 --set norm=": ["batch", "group"],
    "table resnet18 --set preact=": ["false", "true"],
    "table resnet18 --set block=bo": ["bottleneck"],
    "table resnet18 --set groups=": [""],
    "table resnet18 --form": ["--format"],
    "table resnet18 --format ": ["text", "csv", "json", "markdown", "trace"],
    "trace resnet18 --device c": ["cuda", "cpu"],
    "explain resnet18 --set stem=cifar layer2.0.c": ["layer2.0.conv1", "layer2.0.conv2"],
    "draw resnet18 --focus layer4.1": ["layer4.1", *(f"layer4.1.{step}" for step in ("conv1", "bn1", "relu1", "conv2", "bn2", "shortcut", "add", "relu2"))],
    "check weights.pth --as wrn_1": ["wrn_16_8"],
    "check pyproj": ["pyproject.toml"],
    "completion ": ["bash", "zsh", "fish"],
    "compare resnet18 ": list(rv.variants()),
}  # fmt: skip


@pytest.fixture(scope="module")
def completed(path: str) -> dict[str, list[str]]:
    """What one bash completes each of ``LINES`` to; reading the command's shell code takes as long as one line."""
    parts = "\n".join(answers(["bash", "-c", BASH, "bash"], path, *LINES)).split("\n---")
    return {line: part.removeprefix("\n").split("\n") for line, part in zip(LINES, parts, strict=False)}


@pytest.mark.parametrize("line", LINES)
def test_bash_completes(line: str, completed: dict[str, list[str]]) -> None:
    assert completed[line] == LINES[line]


@pytest.mark.parametrize("shell", [shell for shell in ("fish",) if shutil.which(shell)])
def test_fish_completes_where_it_is_installed(shell: str, path: str) -> None:
    for line, expected in (
        ("tab", ["table"]),
        ("table resnet18:stem=c", ["resnet18:stem=cifar"]),
        ("explain resnet18 layer4.0.c", ["layer4.0.conv1", "layer4.0.conv2"]),
    ):
        assert answers([shell, "-c", FISH], path, line) == expected


@pytest.mark.parametrize(("shell", "word"), [("bash", "complete "), ("zsh", "compdef "), ("fish", "commandline")])
def test_each_shell_gets_its_own_words(shell: str, word: str, path: str) -> None:
    done = subprocess.run(
        ["resnet-viz", "completion", shell],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PATH": path},
    )
    assert word in done.stdout
