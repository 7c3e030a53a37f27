"""The documentation's code runs as it stands, and what is made for its pages is whole; `make docs` builds them."""

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

import resnet_viz as rv
from resnet_viz.cli import main
from resnet_viz.cli.commands import COMMANDS
from tests.test_notebooks import run_cell

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *DOCS.glob("how_to/*.md")])
SERVES = ("resnet-viz app", "pip install")


@pytest.fixture(scope="module")
def making() -> Any:
    sys.path.insert(0, str(DOCS))
    try:
        import making  # pyright: ignore[reportMissingImports]

        return making
    finally:
        sys.path.remove(str(DOCS))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    blocks = re.findall(
        r"^```(?:\{code-cell\} )?(python|sh)\n(?::tags:[^\n]*\n)?(.*?)^```",
        page.read_text(encoding="utf-8"),
        re.M | re.S,
    )
    assert blocks
    for language, source in blocks:
        if language == "python":
            run_cell(source, names)
            continue
        for line in source.splitlines():
            words = shlex.split(line, comments=True)
            if words and not line.startswith(SERVES):
                assert words[0] == "resnet-viz" and main(words[1:]) == 0, line


def test_every_page_that_is_linked_is_there() -> None:
    made = {
        "gallery/index",
        "networks/index",
        *(f"reference/{name}" for name in ("python", "commands", "table", "formats")),
    }
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        linked = [*re.findall(r"\]\(([^)#:]+)\)", text), *(line for toc in re.findall(r"```\{toctree\}\n(.*?)```", text, re.S) for line in toc.splitlines() if line and not line.startswith(":"))]  # fmt: skip
        for name in linked:
            there = page.parent / name
            assert name in made or there.exists() or there.with_suffix(".md").exists() or there.with_suffix(".ipynb").exists(), (page.name, name)  # fmt: skip


def test_the_pages_that_are_made_hold_computed_numbers(making: Any, tmp_path: Path) -> None:
    making._python(tmp_path)  # it asserts that each public name is on it
    making._columns(tmp_path)
    making._formats(tmp_path)
    making._commands(tmp_path)
    commands = (tmp_path / "commands.md").read_text(encoding="utf-8")
    assert all(f"## {command.name}\n" in commands for command in COMMANDS) and "\x1b" not in commands
    row = rv.forecast("resnet34").rows()[rv.forecast("resnet34").step("layer2.0.conv1").index]
    table = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "| `macs` |" in table and f"`{row['macs']}`" in table
    shown = list(making._picture(tmp_path, "x", "resnet18@32", making.Place(), "stage", "words"))
    assert (tmp_path / "x_dark.svg").read_text(encoding="utf-8").startswith("<svg") and "only-dark" in "".join(shown)


@pytest.mark.parametrize(
    "asked", ['<script src="https://cdn.example/x.js">', '<link rel="stylesheet" href="//fonts.example/x.css">', "<style>@import 'https://x.example/a.css'</style>", '<img alt="" src="http://x.example/a.png">'],
)  # fmt: skip
def test_a_page_that_asks_another_host_is_found(making: Any, tmp_path: Path, asked: str) -> None:
    (tmp_path / "a.html").write_text('<a href="https://example.org">a link</a><script src="_static/a.js"></script>')
    making.check_offline(tmp_path)
    (tmp_path / "b.html").write_text(asked)
    with pytest.raises(RuntimeError, match=r"ask other hosts: b\.html"):
        making.check_offline(tmp_path)
