"""Where a command writes: what a file's name says is what is in it, whole or not at all."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import resnet_viz as rv
from resnet_viz.cli.commands.table import FORMATS as TABLES
from resnet_viz.cli.output import SUFFIXES
from resnet_viz.export.registry import exporters
from resnet_viz.picture.figures.files import FORMATS

from .command_line import call

TRACE = rv.forecast("resnet18")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", TABLES)
def test_a_tables_suffix_is_its_format(name: str) -> None:
    for suffix in SUFFIXES[name]:
        for file in (f"shapes{suffix}", f"SHAPES{suffix.upper()}"):
            assert call("table", "resnet18", "-o", file) == (0, "", f"wrote {file}\n")
            assert Path(file).read_text(encoding="utf-8") == rv.export_as("resnet18", name)
        assert call("table", "resnet18", "--format", name, "-o", f"both{suffix}").code == 0


def test_each_format_has_a_suffix_of_its_own() -> None:
    assert {*TABLES, *FORMATS} == set(SUFFIXES)
    assert all(one.suffixes == SUFFIXES[one.name] for one in exporters() if one.name in TABLES)
    suffixes = [suffix for some in SUFFIXES.values() for suffix in some]
    assert len(set(suffixes)) == len(suffixes)


def test_a_name_without_a_suffix_claims_nothing() -> None:
    assert call("table", "resnet18", "--format", "csv", "-o", "shapes").code == 0
    assert Path("shapes").read_text(encoding="utf-8") == TRACE.to_csv()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["table", "resnet18", "-o", "shapes.xlsx"], "output='shapes.xlsx': must end in .txt, .csv, .json, .md, .trace; write e.g. -o resnet34.txt"),
        (["trace", "resnet18", "-o", "x.png"], "output='x.png': must end in .txt, .csv, .json, .md, .trace; write e.g. -o resnet34.txt"),
        (["spec", "resnet18", "-o", "mine.csv"], "output='mine.csv': must end in .json; write e.g. -o resnet34.json"),
        (["compare", "resnet18", "resnet34", "-o", "x.md"], "output='x.md': must end in .txt, .csv, .json; write e.g. -o resnet34.txt"),
        (["explain", "resnet18", "conv1", "-o", "x.csv"], "output='x.csv': must end in .txt; write e.g. -o resnet34.txt"),
        (["diagnose", "resnet18", "-o", "x.csv"], "output='x.csv': must end in .txt, .json; write e.g. -o resnet34.txt"),
        (["draw", "resnet18", "-o", "x.csv"], "output='x.csv': must end in .svg, .png, .pdf, .html; write e.g. -o resnet34.svg"),
        (["draw", "resnet18", "-o", "x"], "output='x': must end in .svg, .png, .pdf, .html; write e.g. -o resnet34.svg"),
        (["table", "resnet18", "-o", "x.csv", "--format", "json"], "output='x.csv': ends in .csv, which is csv, but --format is json; end it in .json, or leave out --format"),
        (["table", "resnet18", "-o", "no/x.csv"], "output='no/x.csv': cannot be written (No such file or directory); name a file in a folder that exists"),
        (["table", "resnet18", "-o", "file/x.csv"], "output='file/x.csv': cannot be written (Not a directory); name a file in a folder that exists"),
        (["table", "resnet18", "-o", "folder"], "output='folder': is a folder; name a file in it"),
        (["table", "resnet18", "-o", "/proc/x.csv"], "output='/proc/x.csv': cannot be written (No such file or directory); name a file in a folder that exists"),
    ],
)  # fmt: skip
def test_what_is_refused(words: list[str], message: str, here: Path) -> None:
    (here / "folder").mkdir()
    (here / "file").touch()
    assert call(*words) == (2, "", f"resnet-viz: {message}\n")
    assert {path.name for path in here.iterdir()} == {"folder", "file"}


def test_what_may_not_be_written_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    for file in ("new.csv", "old.csv"):
        Path("old.csv").write_text("old", encoding="utf-8")
        assert call("table", "resnet18", "-o", file) == (
            2, "", f"resnet-viz: output='{file}': cannot be written (Permission denied); name a file in a folder that exists\n",
        )  # fmt: skip
    assert Path("old.csv").read_text(encoding="utf-8") == "old"


def test_a_failed_write_leaves_what_was_there(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    def full(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    Path("old.csv").write_text("old", encoding="utf-8")
    monkeypatch.setattr(Path, "write_bytes", full)
    done = call("table", "resnet18", "-o", "old.csv")
    assert done == (
        2, "", "resnet-viz: output='old.csv': cannot be written (No space left on device); name a file in a folder that exists\n",
    )  # fmt: skip
    assert [path.name for path in here.iterdir()] == ["old.csv"]
    assert Path("old.csv").read_text(encoding="utf-8") == "old"


def test_an_old_file_keeps_its_mode_and_a_link_stays_one() -> None:
    old = Path("old.csv")
    old.write_text("old", encoding="utf-8")
    old.chmod(0o600)
    Path("link.csv").symlink_to(old)
    assert call("table", "resnet18", "-o", "link.csv").code == 0
    assert Path("link.csv").is_symlink() and old.read_text(encoding="utf-8") == TRACE.to_csv()
    assert old.stat().st_mode & 0o777 == 0o600


def test_a_new_files_mode_is_the_users() -> None:
    before = os.umask(0o027)
    try:
        assert call("spec", "resnet18", "-o", "mine.json").code == 0
    finally:
        os.umask(before)
    assert Path("mine.json").stat().st_mode & 0o777 == 0o640


def test_a_pipe_with_a_name_takes_what_is_written_and_stays_a_pipe() -> None:
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert call("table", "resnet18", "--format", "csv", "-o", "pipe").code == 0
        assert os.read(reader, 65_536).decode() == TRACE.to_csv()
    finally:
        os.close(reader)
    assert Path("pipe").is_fifo()


def test_a_dash_is_stdout() -> None:
    assert call("table", "resnet18", "--format", "csv", "-o", "-") == (0, TRACE.to_csv(), "")


@pytest.mark.parametrize("name", ["list", "diagnose", "adapt", "check"])
def test_json_by_its_suffix(name: str) -> None:
    words = {"diagnose": ["resnet18"], "adapt": ["--input", "32"], "check": ["w.safetensors", "--as", "resnet18"]}
    Path("w.safetensors").write_bytes(b"\x3a\0\0\0\0\0\0\0" + b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}     ' + b"\0")  # fmt: skip
    assert call(name, *words.get(name, []), "-o", "x.json", "-q")[1:] == ("", "")
    assert json.loads(Path("x.json").read_text(encoding="utf-8"))


def run(*words: str, **others: object) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "resnet_viz", *words], stderr=subprocess.PIPE, text=True, **others)  # type: ignore[call-overload]


@pytest.mark.parametrize("words", [("draw", "--help"), ("explain", "resnet34", "conv1"), ("list", "--format", "json")])
@pytest.mark.processes
def test_a_reader_that_leaves_early_is_no_error(words: tuple[str, ...]) -> None:
    process = run(*words, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1])
    process.stdout.close()  # type: ignore[union-attr]
    assert (process.communicate()[1], process.returncode) == ("", 0)


@pytest.mark.processes
def test_a_full_disk_behind_stdout_is_one_line() -> None:
    with open("/dev/full", "w") as full:
        process = run("table", "resnet18", stdout=full, cwd=Path(__file__).parents[1])
        told = process.communicate()[1]
    assert process.returncode == 2
    assert told == "resnet-viz: output='stdout': cannot be written (No space left on device); make room, or use -o\n"


@pytest.mark.processes
def test_a_terminal_of_few_letters_shows_a_question_mark() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    process = run(
        "explain", "resnet34", "conv1", stdout=subprocess.PIPE, cwd=Path(__file__).parents[1], env=environment
    )
    shown, told = process.communicate()
    assert (process.returncode, told) == (0, "")
    assert "?(224 + 2?3 ? 7)/2? + 1 = 112" in shown
