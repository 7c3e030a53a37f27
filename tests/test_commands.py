"""A walk over the commands as the parser knows them: none is without help, and none answers bad input otherwise than by one line."""

import argparse
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

import resnet_viz as rv
from resnet_viz.cli.commands import COMMANDS, Command
from resnet_viz.cli.options import Argument
from resnet_viz.cli.parser import build, parse

from .command_line import call, lines
from .own_network import own_network
from .rows import each

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PARSERS = build()[1]
BAD = "?/no/such"  # no name, number, word of a list, or file, and no folder a file could be written to
each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


def words_of(line: str) -> list[str]:
    program, *words = shlex.split(line, comments=True)
    assert program == "resnet-viz"
    return words


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the examples name."""
    folder = tmp_path_factory.mktemp("files")
    torch.save(rv.build(rv.variant("resnet18")).state_dict(), folder / "weights.pth")
    Image.new("RGB", (40, 30), (200, 120, 40)).save(folder / "cat.jpg")
    own_network(folder)
    return folder


@pytest.fixture
def in_files(files: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(files)
    return files


@each_command
def test_each_has_help_examples_and_a_place_in_the_readme(command: Command) -> None:
    shown = call(command.name, "--help")
    assert (shown.code, shown.err) == (0, "")
    assert f"usage: resnet-viz {command.name} [-h]" in shown.out
    assert f"\n{command.summary[0].upper()}{command.summary[1:]}.\n" in shown.out
    examples = command.load().EXAMPLES
    assert 1 <= len(examples) <= 4
    assert shown.out.endswith("examples:\n" + "".join(f"  {line}\n" for line in examples))
    assert all(words_of(line)[0] == command.name for line in examples)
    assert f"resnet-viz {command.name}" in README
    for action in PARSERS[command.name].walk():
        assert action.help


def test_the_main_help_lists_each() -> None:
    shown = call("--help").out
    listed = [line.split() for line in shown.splitlines() if line.startswith("    ") and not line.startswith("     ")]
    assert [words[0] for words in listed] == [command.name for command in COMMANDS]
    assert all(
        words[1:2] == command.summary.split()[: len(words[1:2])]
        for words, command in zip(listed, COMMANDS, strict=True)
    )
    assert {path.stem for path in (ROOT / "resnet_viz/cli/commands").glob("*.py")} == {
        "__init__",
        *(command.name for command in COMMANDS),
    }


@pytest.mark.parametrize(
    "line",
    lines([line for command in COMMANDS if command.name not in ("app", "open") for line in command.load().EXAMPLES]),
)
@pytest.mark.usefixtures("warm_reader")
def test_each_example_runs(line: str, in_files: Path) -> None:
    done = call(*words_of(line))
    assert done.code == 0, done.err
    words = words_of(line)
    if "-o" in words:
        assert (done.out, (in_files / words[words.index("-o") + 1]).stat().st_size > 0) == ("", True)
        assert f"wrote {words[words.index('-o') + 1]}\n" in done.err
    else:
        assert done.out


def test_each_line_of_the_readme_is_understood() -> None:
    lines = [line for line in README.splitlines() if line.startswith("resnet-viz ")]
    assert len(lines) >= len(COMMANDS)
    for line in lines:
        assert callable(parse(words_of(line)).run)


def valued() -> list[tuple[str, argparse.Action]]:
    """Every argument and option of every command that takes a value."""
    return [(name, action) for name, parser in PARSERS.items() for action in parser.walk() if action.nargs != 0]


def named(case: object) -> str:
    return case if isinstance(case, str) else getattr(case, "dest", "")


def with_bad(command: str, action: argparse.Action, value: str) -> list[str]:
    """The command's first example with ``value`` in the place of one argument."""
    words = words_of(next(known for known in COMMANDS if known.name == command).load().EXAMPLES[0])
    if action.option_strings:
        return [*words, f"{action.option_strings[-1]}={value}"]
    good = getattr(parse(words), action.dest)
    return [value if word == good else word for word in words]


@each(("command", "action"), valued())
def test_a_bad_value_of_each_is_one_line(command: str, action: argparse.Action, in_files: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in in_files.iterdir()}
    done = call(*with_bad(command, action, BAD))
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith("resnet-viz: ") and "; " in done.err
    assert {path: path.stat().st_mtime_ns for path in in_files.iterdir()} == before


@each(("command", "action"), [case for case in valued() if case[1].metavar in ("N", "GIB", "N|HxW")])
@each("value", ["nan", "-inf", "1e9", "-1", "", "1_000", "٣", "9" * 40, "abc", "1 2", " 7 7"])
def test_what_is_no_number(command: str, action: argparse.Action, value: str, in_files: Path) -> None:
    done = call(*with_bad(command, action, value))
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    field = "input_size" if action.dest == "input" else action.dest
    assert done.err.startswith(f"resnet-viz: {field}={value!r}: must be ")


@each(("command", "action"), [case for case in valued() if case[1].metavar == "N"])
def test_the_bounds_of_a_whole_number(command: str, action: argparse.Action, in_files: Path) -> None:
    assert isinstance(action, Argument)
    for value in ("0", "1.5", "999999999"):
        done = call(*with_bad(command, action, value))
        assert done.code == 2
        assert done.err.startswith(f"resnet-viz: {action.dest}='{value}': must be a whole number from 1 to ")
    assert action.check(str(action.default or 1)) == (action.default or 1)


@each_command
def test_what_argparse_refuses_is_one_line(command: Command) -> None:
    without_value = [[action.option_strings[-1]] for name, action in valued() if name == command.name and action.option_strings]  # fmt: skip
    for words in (["--nope"], ["-Z"], ["--quiet=3"], ["a", "b", "c", "d"], *without_value):
        done = call(command.name, *words)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert done.err.startswith("resnet-viz")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["tabel"], "command='tabel': is no command; did you mean table?"),
        (["Diagnos"], "command='Diagnos': is no command; did you mean diagnose?"),
        (["fly"], "command='fly': is no command; use one of list, table, trace, open, draw, export, spec, explain, error, look, compare, diagnose, adapt, check, lessons, app, completion"),
        (["table", "resnet18", "--formt", "csv"], "option='--formt': is no option of table; did you mean --format?"),
        (["draw", "resnet18", "--ouput=x.svg"], "option='--ouput': is no option of draw; did you mean --output?"),
        (["list", "--batch", "3"], "option='--batch': is no option of list; see resnet-viz list --help"),
        (["table", "resnet18", "--format", "cvs"], "format='cvs': must be one of text, csv, json, markdown, trace; did you mean csv?"),
        (["table", "resnet18", "--format", "xlsx"], "format='xlsx': must be one of text, csv, json, markdown, trace; use text"),
        (["table", "resnet18", "--dtype", "half"], "dtype='half': must be one of float32, float16, bfloat16, float64; use float32"),
        (["draw", "resnet18", "--colour", "mac", "-o", "x.svg"], "colour='mac': must be one of stage, kind, params, macs, bytes, field; did you mean macs?"),
        (["diagnose", "resnet18", "--data", "cifar"], "data='cifar': must be one of imagenet, cifar10, cifar100, svhn, mnist, fashion-mnist, tiny-imagenet, stl10; did you mean cifar10?"),
        (["diagnose", "resnet18", "--memory", "nan"], "memory='nan': must be a number of GiB from 0 (not asked) to 100000; use e.g. 24"),
        (["app", "--port", "abc"], "port='abc': must be a whole number from 1 to 65535; use 8501"),
        (["table", "resnet18", "resnet34"], "argument='resnet34': is one too many for table; see resnet-viz table --help"),
        (["draw", "resnet18", "--focus", "layer2", "-o", "x.html"], "focus='layer2': goes with a level inside the network; add e.g. --level stage"),
        (["draw", "resnet18", "--level", "block", "--cell", "1x2", "-o", "x.html"], "cell=(1, 2): goes with levels operation and field; add e.g. --level operation"),
        (["--bogus", "table", "resnet18"], "unrecognized arguments: --bogus; see resnet-viz --help"),
        (["table", "resnet18:stem"], "change='stem': must be FIELD=VALUE; write e.g. resnet18:stem=cifar,num_classes=10@64"),
        (["check", "x.pth", "--set", "stem=cifar"], "name=None: give a NAME or --spec FILE, one of them; write e.g. resnet34"),
    ],
)  # fmt: skip
def test_what_a_mistyped_word_is_told(words: list[str], message: str) -> None:
    assert call(*words) == (2, "", f"resnet-viz: {message}\n")


@pytest.mark.parametrize("size", ["28", "32", "64", "96x160", "224"])
def test_each_network_that_adapt_proposes_is_read_by_table(size: str) -> None:
    found = json.loads(call("adapt", "--input", size, "--channels", "1", "--classes", "7", "--format", "json").out)
    assert found["proposals"]
    for proposal in found["proposals"][:6]:  # the rest are the same networks, larger
        text = proposal["configuration"]
        shown = call("table", text, "--format", "csv")
        assert (shown.code, shown.err) == (0, "")
        assert shown.out == rv.forecast(text).to_csv()
        assert ",linear," in shown.out and "1x7" in shown.out.splitlines()[-1]


ONE_TEXT = "resnet18:stem=cifar,num_classes=10@32"
IN_WORDS = ("resnet18", "--set", "stem=cifar", "--set", "num_classes=10", "--input", "32")


@pytest.mark.parametrize(
    "words", [("table",), ("spec",), ("diagnose", "--mode", "eval"), ("trace", "--device", "meta", "--format", "csv", "-q")]
)  # fmt: skip
def test_the_one_text_form_says_what_set_and_input_say(words: tuple[str, ...]) -> None:
    done = call(words[0], ONE_TEXT, *words[1:])
    asked = IN_WORDS[:-2] if words == ("spec",) else IN_WORDS  # a spec has no input
    assert done.code == 0 and done == call(words[0], *asked, *words[1:])


@pytest.mark.usefixtures("warm_reader")
def test_the_one_text_form_where_more_is_asked(in_files: Path) -> None:
    assert call("explain", ONE_TEXT, "conv1") == call("explain", *IN_WORDS, "conv1")
    assert call("compare", ONE_TEXT, "resnet18").code == 0
    assert call("draw", ONE_TEXT, "-o", "one.html").code == 0
    assert call("check", "weights.pth", "--as", "resnet18:num_classes=1000@32").code == 0
    shown = call("check", "weights.pth", "--as", ONE_TEXT)
    assert shown.code == 1
    assert shown.out.startswith(f"{ONE_TEXT}: does not fit.\n")
    assert "another shape: fc.weight: the network has 10×512, the file 1000×512\n" in shown.out


def test_set_and_input_win_over_the_text() -> None:
    changed = call("table", ONE_TEXT, "--input", "64x96", "--set", "stem=deep,num_classes=5", "--format", "csv")
    assert changed.out == rv.forecast("resnet18:stem=deep,num_classes=5@64x96").to_csv()


def test_ctrl_c_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(arguments: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("resnet_viz.cli.commands.table.run", stopped)
    assert call("table", "resnet18") == (130, "", "")


@pytest.mark.processes
def test_a_table_loads_what_it_needs_alone(tmp_path: Path) -> None:
    code = (
        "import sys; from resnet_viz.cli import main; main(['table', 'resnet18', '-q', '-o', sys.argv[1]]); "
        "print(*(name for name in sys.modules if name.partition('.')[0] in "
        "('torch', 'plotly', 'streamlit', 'pandas', 'numpy', 'argcomplete', 'subprocess', 'threading') or "
        "name.startswith(('resnet_viz.picture.layout', 'resnet_viz.advise.diagnosis', 'resnet_viz.cli.commands.'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "t.csv")], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["resnet_viz.cli.commands.table"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["explain", "resnet34"], "step=None: is missing after resnet34; write e.g. resnet-viz explain resnet34 conv1"),
        (["-q", "table", "resnet18"], "option='-q': stands before the command; write resnet-viz table … -q"),
        (["table", "resnet18:stm=cifar"], "stm='cifar': is no field of a network; did you mean stem?"),
        (
            ["draw", "resnet18", "--level", "field", "--focus", "layer2.1.relu2", "--cell", "28x5", "-o", "x.svg"],
            "cell='28x5': is outside: layer2.1.relu2 makes 28×28 cells, counted from 0; use 0x0 to 27x27",
        ),
    ],
)
def test_what_is_missing_or_elsewhere_is_told(words: list[str], message: str, in_files: Path) -> None:
    done = call(*words)
    assert (done.code, done.out, done.err) == (2, "", f"resnet-viz: {message}\n")
