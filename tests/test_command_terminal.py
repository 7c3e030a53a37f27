"""What a terminal shows and a pipe does not: colour, and a word while one waits."""

import re
from pathlib import Path

import pytest

from resnet_viz.cli import terminal

from .command_line import call, call_in_terminal, in_terminal

pytestmark = pytest.mark.processes

WARNING = ("diagnose", "resnet18", "--input", "32")
COMPARED = ("compare", "resnet18@32", "resnet18@64")


def test_colour_on_a_terminal() -> None:
    shown = in_terminal(*WARNING)[1]
    assert "\x1b[33mwarning\x1b[0m: 62.1%" not in shown  # 1000 classes: another share
    assert re.search(r"\x1b\[33mwarning\x1b\[0m: \d+\.\d% of all weights only ever meet padding", shown)
    assert "\x1b[36mnote\x1b[0m: " in shown
    assert re.search(r"  \x1b\[33moutput_shape, macs, output_bytes\x1b\[0m\r\n", in_terminal(*COMPARED)[1])


@pytest.mark.parametrize(
    "environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}], ids=str
)
def test_no_colour_where_it_is_not_wanted(environment: dict[str, str]) -> None:
    for words in (WARNING, COMPARED):
        code, shown = in_terminal(*words, **environment)
        said = re.sub("\r\x1b\\[K(… [^\r]*)?", "", shown.replace("\r\n", "\n"))  # while one waits, where it is slow
        assert (code, said) == (0, call(*words).out)


def test_an_empty_no_color_is_none() -> None:
    assert "\x1b[33m" in in_terminal(*WARNING, NO_COLOR="")[1]


def test_colour_can_be_forced_but_not_into_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plain = call(*COMPARED).out
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = call(*COMPARED).out
    assert coloured != plain and re.sub(r"\x1b\[\d*m", "", coloured) == plain
    assert call(*COMPARED, "-o", str(tmp_path / "x.txt")).code == 0
    assert (tmp_path / "x.txt").read_text(encoding="utf-8") == plain
    monkeypatch.setenv("FORCE_COLOR", "0")
    assert call(*COMPARED).out == plain


def test_long_work_is_told_on_a_terminal_and_wiped_out(tmp_path: Path) -> None:
    file = str(tmp_path / "t.csv")
    code, shown = in_terminal("trace", "resnet18@64", "--device", "cpu", "-o", file)
    assert code == 0
    assert "\r\x1b[K… running resnet18@64 at 64×64 px on cpu" in shown
    waited, _, told = shown.rpartition("\r\x1b[K")
    assert "\n" not in waited
    assert told.startswith(f"wrote {file}\r\nconfirmed by forward hooks on cpu: ")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work is told of from its first moment on, since PyTorch is loaded already."""
    monkeypatch.setattr(terminal, "_PATIENCE", 0.0)


@pytest.mark.usefixtures("impatient")
def test_quiet(tmp_path: Path) -> None:
    file = str(tmp_path / "t.csv")
    asked = ("trace", "resnet18@64", "--device", "cpu", "-o", file)
    assert call_in_terminal(*asked)[1].startswith("\r\x1b[K… running resnet18@64 at 64×64 px on cpu")
    assert call_in_terminal(*asked, "-q") == (0, "")
    assert in_terminal("table", "resnet18@64", "-o", file, "--quiet") == (0, "")
    for words in ("-q", "--quiet"):
        refused = call("table", "resnet17", words)
        assert refused.err.startswith("resnet-viz: name='resnet17': is not in the catalogue")


@pytest.mark.usefixtures("impatient")
def test_no_progress_on_a_dumb_terminal_or_in_a_pipe(tmp_path: Path) -> None:
    asked = ("trace", "resnet18@64", "--device", "cpu", "-o", str(tmp_path / "t.csv"))
    assert call_in_terminal(*asked, TERM="dumb")[1].startswith("wrote ")
    assert call(*asked).err.startswith("wrote ")
