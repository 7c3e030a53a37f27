"""``make documents``: figures and tables of networks of all families, compiled by pdfLaTeX and opened by LibreOffice.

Each TikZ figure must be one page of its own size, each LaTeX table must stay within its pages and print every number of
the CSV, each slide must come out as one page, each sheet must hold the CSV's cells. All of it is left in ``--keep``.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import resnet_viz as rv
from resnet_viz.steps import COLUMNS

NETWORKS = (
    "resnet18", "resnet34", "resnet50", "resnet152", "resnet18_option_a", "cifar_resnet20@32", "cifar_resnet1202@32",
    "resnet18:stem=cifar@225", "preact_resnet110@32", "wrn_28_10@32", "resnext50_32x4d", "seresnet50", "resnet50_os8",
    "resnet50_gn", "resnet50d", "resnet10t", "ecaresnet50d", "resnetblur50", "resnetv2_50x1_bit", "resnetrs50",
)  # fmt: skip
PLACES: tuple[dict[str, Any], ...] = ({}, {"level": "stage", "part": "layer2"}, {"level": "block", "part": "layer2.0"})
SIZES = ("column", "page", "slide", "poster")
SHOWN = "resnet50"  # at each place and size
_GROUPS = re.compile(r"(?<=\d),(?=\d{3}(\D|$))|(?<=\d),(?=\d{3},)")


def _tikz() -> Iterator[tuple[str, str]]:
    for network in NETWORKS:
        yield network, str(rv.export_as(network, "tikz"))
    for place in PLACES:
        for size in SIZES:
            yield f"{SHOWN} {place.get('level', 'network')} {size}", str(rv.export_as(SHOWN, "tikz", size=size, grey=size == "column", **place))  # fmt: skip


def _tables() -> Iterator[tuple[str, str]]:
    for network in NETWORKS:
        yield f"{network} table", str(rv.export_as(network, "latex"))
        yield f"{network} paper", str(rv.export_as(network, "paper_latex"))
    yield "beside table", str(rv.export_as(SHOWN, "latex", beside=["seresnet50"]))
    yield "beside paper", str(rv.export_as(SHOWN, "paper_latex", beside=["seresnet50"]))


def _slides() -> Iterator[tuple[str, bytes]]:
    for place in PLACES:
        for size in SIZES:
            made = rv.export_as(SHOWN, "powerpoint", size=size, **place)
            assert isinstance(made, bytes)
            yield f"{SHOWN} {place.get('level', 'network')} {size}", made


def _file(folder: Path, name: str, content: str | bytes, suffix: str) -> Path:
    path = folder / (re.sub(r"\W+", "_", name) + suffix)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, errors="replace", timeout=300)
    return done.stdout + done.stderr + (f"\nexit code {done.returncode}" if done.returncode else "")


def compiled(path: Path, times: int) -> list[str]:
    """What pdfLaTeX says of a document that is not in order."""
    for _ in range(times):
        said = _run("pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name, cwd=path.parent)
        if "exit code" in said:
            return [line for line in said.splitlines() if line.startswith("!")] or ["no PDF"]
    log = path.with_suffix(".log").read_text(encoding="latin-1")
    faults = re.findall(r"^(?:Overfull|Missing character|! ).*$", log, re.MULTILINE)
    return faults + (
        ["letters as dots"] if "Type 3" in _run("pdffonts", path.with_suffix(".pdf"), cwd=path.parent) else []
    )


def _pages(path: Path) -> tuple[int, list[float]]:
    said = _run("pdfinfo", path.with_suffix(".pdf"), cwd=path.parent)
    size = re.search(r"Page size: +([\d.]+) x ([\d.]+)", said)
    pages = re.search(r"Pages: +(\d+)", said)
    assert size and pages, said
    return int(pages[1]), [float(side) for side in size.groups()]


def figure_faults(path: Path) -> list[str]:
    """A TikZ document is one page, as large as it says."""
    faults = compiled(path, 1)
    if faults:
        return faults
    wanted = re.search(r"paperwidth=([\d.]+)bp,paperheight=([\d.]+)bp", path.read_text(encoding="utf-8"))
    assert wanted
    pages, size = _pages(path)
    near = all(abs(one - float(other)) < 0.2 for one, other in zip(size, wanted.groups(), strict=True))
    return [] if pages == 1 and near else [f"{pages} pages of {size}"]


def table_faults(path: Path, network: str) -> list[str]:
    """Nothing runs over a page's edge, and what is printed of a shape table are the CSV's numbers."""
    faults = compiled(path, 3)  # longtable learns its widths from the run before
    if faults or not network:
        return faults
    printed = _run("pdftotext", "-layout", path.with_suffix(".pdf"), "-", cwd=path.parent)
    steps = rv.forecast(network).rows()
    names = {str(step["name"]) for step in steps}
    lines = [line.split() for line in printed.splitlines()]
    rows = [words for words in lines if len(words) > 1 and words[0].replace(",", "").isdigit() and words[1] in names]
    if len(rows) != len(steps):
        return [f"{len(rows)} rows are printed of {len(steps)}"]
    for row, step in zip(rows, steps, strict=True):
        numbers = [word.replace(",", "") for word in row]
        for column in ("index", "params", "macs", "receptive_field", "output_bytes"):
            if step[column] is not None and str(step[column]) not in numbers:
                faults.append(f"row {step['index']}: {column} {step[column]} is not printed")
    return faults


def _opened(paths: list[Path], to: str, folder: Path) -> str:
    """LibreOffice's reading of files, one start for all of them."""
    home = f"-env:UserInstallation={(folder / 'office').as_uri()}"
    return _run("soffice", home, "--headless", "--convert-to", to, "--outdir", folder, *paths, cwd=folder)


def slide_faults(path: Path) -> list[str]:
    """LibreOffice shows one page of the slide's size; an inch at least, as PowerPoint asks."""
    from pptx import Presentation

    if not path.with_suffix(".pdf").exists():
        return ["LibreOffice made no PDF of it"]
    file = Presentation(str(path))
    wanted = [side / 12700 for side in (file.slide_width or 0, file.slide_height or 0)]
    pages, size = _pages(path)
    near = all(abs(one - other) < 1 for one, other in zip(size, wanted, strict=True))
    return [] if pages == 1 and near else [f"{pages} pages of {size}, not {wanted}"]


def sheet_faults(path: Path, network: str) -> list[str]:
    """LibreOffice reads the CSV's cells; numbers as they are shown, their digits grouped."""
    if not path.with_suffix(".csv").exists():
        return ["LibreOffice made no CSV of it"]
    lines = path.with_suffix(".csv").read_text(encoding="utf-8")
    read = [[_GROUPS.sub("", cell) for cell in row] for row in csv.reader(io.StringIO(lines))][1:]
    trace = rv.forecast(network)
    known = [[row[name] is not None for name in COLUMNS] for row in trace.rows()]
    wanted = [
        [cell if there else "unknown" for cell, there in zip(row, which, strict=True)]
        for row, which in zip(list(csv.reader(io.StringIO(trace.to_csv())))[1:], known, strict=True)
    ]
    if len(read) != len(wanted):
        return [f"{len(read)} rows of {len(wanted)}"]
    return [f"{one} is not {other}" for one, other in zip(read, wanted, strict=True) if one != other]


def main() -> int:
    """The number of documents that are not in order."""
    asked = argparse.ArgumentParser(prog="python -m tests.documents", description=__doc__)
    asked.add_argument("--keep", metavar="FOLDER", help="where all of it is left")
    keep = asked.parse_args().keep
    folder = Path(keep or tempfile.mkdtemp(prefix="documents"))
    tex, office = folder / "tex", folder / "slides"
    for made in (tex, office):
        made.mkdir(parents=True, exist_ok=True)
    bad = 0

    def tell(kind: str, results: dict[str, list[str]]) -> None:
        nonlocal bad
        wrong = {name: faults for name, faults in results.items() if faults}
        bad += len(wrong)
        print(f"{kind}: {len(results)} documents, {len(wrong)} not in order", flush=True)
        for name, faults in wrong.items():
            print(f"  {name}", *faults[:3], sep="\n    ")

    with ThreadPoolExecutor(2) as pool:
        figures = {name: _file(tex, f"figure {name}", text, ".tex") for name, text in _tikz()}
        tell("TikZ", dict(zip(figures, pool.map(figure_faults, figures.values()), strict=True)))
        tables = {name: _file(tex, name, text, ".tex") for name, text in _tables()}
        whose = [
            name.removesuffix(" table") if name.endswith(" table") and "beside" not in name else "" for name in tables
        ]
        tell("LaTeX tables", dict(zip(tables, pool.map(table_faults, tables.values(), whose), strict=True)))
    slides = {name: _file(office, name, content, ".pptx") for name, content in _slides()}
    _opened(list(slides.values()), "pdf", office)
    tell("PowerPoint", {name: slide_faults(path) for name, path in slides.items()})
    sheets = {name: _file(office, name, bytes(rv.export_as(name, "excel")), ".xlsx") for name in NETWORKS}  # type: ignore[arg-type]
    _opened(list(sheets.values()), "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false", office)
    tell("Excel", {name: sheet_faults(path, name) for name, path in sheets.items()})
    print(f"all of it lies in {folder}")
    return bad


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
