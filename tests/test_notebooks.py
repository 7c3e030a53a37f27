"""The notebooks in docs/ run, cell by cell, and are kept without what they print."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

BOOKS = sorted((Path(__file__).parents[1] / "docs" / "notebooks").glob("*.ipynb"))


def _cells(book: Path) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(book.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


def run_cell(source: str, names: dict[str, Any]) -> object:
    """What the last line of a cell is, as a notebook shows it."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if isinstance(last, ast.Expr) else None


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_every_cell_runs_and_shows_something(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    told = 0
    for cell in _cells(book):
        assert cell["outputs"] == [] and cell["execution_count"] is None
        shown = run_cell("".join(cell["source"]), names)
        if hasattr(shown, "_repr_mimebundle_") or hasattr(shown, "_repr_html_"):
            data = (
                shown._repr_mimebundle_()[0]
                if hasattr(shown, "_repr_mimebundle_")
                else {"text/html": shown._repr_html_()}
            )
            assert len(data["text/html"]) > 500
            told += 1
    printed = capsys.readouterr().out
    assert told >= 2 and len(printed) > 100
