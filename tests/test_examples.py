"""Every example that a reader may copy runs: in docstrings, and in the README's Python and shell blocks."""

import doctest
import re
import shlex
import sys
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

import resnet_viz as rv
from resnet_viz.cli import main
from resnet_viz.engines import speed

from .command_line import lines
from .own_network import own_network
from .rows import each

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SERVE = ("resnet-viz app", "resnet-viz open")  # these do not end by themselves
CONSTANTS = {"CIFAR_STEM": "Stem", "DEEP_STEM": "Stem", "IMAGENET_STEM": "Stem"}  # told where their class is


def _modules() -> list[str]:
    """The modules that hold examples, found on the disk."""
    return sorted(
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for file in (ROOT / "resnet_viz").rglob("*.py")
        if ">>> " in file.read_text(encoding="utf-8")
    )


SERVING = "resnet_viz.ui.showing"  # its example opens the app


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.processes if name == SERVING else ()) for name in _modules()]
)
def test_the_examples_of_a_module_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name_of, least in (("SECONDS", 0), ("BATCH", 1)):  # the fewest passes, of one image
        monkeypatch.setattr(speed, name_of, least)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for example in doctest.DocTestFinder(exclude_empty=True).find(import_module(name)):
        runner.run(example, out=said.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(said)
    assert runner.tries > 0


@each("name", rv.__all__)
def test_every_public_name_has_an_example(name: str) -> None:
    examples = doctest.DocTestParser().get_examples(getattr(rv, CONSTANTS.get(name, name)).__doc__)
    assert examples
    if name in CONSTANTS:
        assert any(name in example.source for example in examples)


def _block(language: str, heading: str) -> str:
    found = re.search(rf"^## {heading}\n.*?^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert found
    return found.group(1)


@pytest.mark.processes
def test_the_readme_s_python_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    shown: list[go.Figure] = []
    monkeypatch.setattr(go.Figure, "show", lambda figure: shown.append(figure))
    names: dict[str, Any] = {
        "my_module": nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.ReLU()),
        "photo": np.zeros((80, 64, 3), np.uint8),
    }
    monkeypatch.setattr("resnet_viz.ui.showing.webbrowser", Mock())
    exec(compile(_block("python", "In Python"), "README.md", "exec"), names)
    names["shown"].stop()
    printed = capsys.readouterr().out
    assert "params=11173962, macs=555422720" in printed and "⌊(32 + 2·1 − 3)/2⌋ + 1 = 16" in printed
    assert len(shown) == 1 and isinstance(names["model"], nn.Module)


def _commands() -> list[str]:
    lines = "\n".join(re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)).splitlines()
    commands = [
        line.split("#")[0].strip() for line in lines if line.startswith("resnet-viz ") and not line.startswith(SERVE)
    ]
    return list(dict.fromkeys(commands))  # one stands there twice


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the README's lines name."""
    folder = tmp_path_factory.mktemp("files")
    made = rv.build(rv.replace(rv.variant("resnet50d"), num_classes=10), init=False).state_dict()
    weights = {name: torch.ones_like(value) for name, value in made.items()}
    torch.save(weights, folder / "weights.pth")
    save_file(weights, folder / "weights.safetensors")
    Image.new("RGB", (60, 40), "orange").save(folder / "cat.jpg")
    own_network(folder)
    return folder


@pytest.fixture
def desk(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder but for these files, in which the line runs."""
    monkeypatch.chdir(tmp_path)
    for file in files.iterdir():
        (tmp_path / file.name).symlink_to(file)
    return tmp_path


@pytest.mark.parametrize("line", lines(_commands()))
@pytest.mark.usefixtures("warm_reader")
def test_the_readme_s_command_lines_run(
    line: str, desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # of the user's own code
    before = {path.name for path in desk.iterdir()}
    arguments = shlex.split(line)[1:]
    # the one line of the README whose file does not fit, as it says
    assert main(arguments) == (1 if "--as" in arguments else 0), capsys.readouterr().err
    written = {path.name for path in desk.iterdir()} - before
    assert written == ({arguments[arguments.index("-o") + 1]} if "-o" in arguments else set())
    assert all((desk / name).stat().st_size > 100 for name in written)
    assert written or capsys.readouterr().out
