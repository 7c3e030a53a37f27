"""The docs cannot lag behind the program."""

import re
from pathlib import Path

import pytest

import resnet_viz as rv
from resnet_viz.cli.commands import COMMANDS
from resnet_viz.lessons import LESSONS
from resnet_viz.spec import BLOCKS
from resnet_viz.steps import COLUMNS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_names_every_network_command_and_column() -> None:
    assert all(f"`{name}`" in README for name in rv.variants())
    assert all(f"resnet-viz {command.name}" in README for command in COMMANDS)
    assert ",".join(COLUMNS) in README
    assert f"{len(rv.variants())} networks by family" in README


def test_readme_names_every_page_and_counts_the_lessons() -> None:
    pages = re.findall(r' title="([^"]+)"', (ROOT / "resnet_viz" / "ui" / "main.py").read_text(encoding="utf-8"))
    assert len(pages) == 8 and all(f"**{page}**" in README for page in pages)
    words = {6: "six", 9: "nine", 14: "fourteen", 10: "ten", 20: "twenty", 24: "twenty-four"}
    deeper = sum(lesson.deeper for lesson in LESSONS)
    core = words[len(LESSONS) - deeper]
    assert (
        f"a tour in {words[len(LESSONS)]} steps: a core of {core}" in README
        and f"{words[deeper]} deeper ones" in README
    )
    first = next(lesson.name for lesson in LESSONS if lesson.deeper)
    assert f"`/learn?lesson={first}` the deeper steps" in README


def test_readme_pictures_are_there() -> None:
    for path in re.findall(r"!\[.*?\]\((.*?)\)", README):
        assert (ROOT / path).stat().st_size > 10_000


def test_readme_numbers_are_computed() -> None:
    totals = rv.forecast(rv.replace(rv.variant("resnet18"), stem=rv.CIFAR_STEM, num_classes=10), 32).totals
    assert f"params={totals.params}, macs={totals.macs}" in README


@pytest.mark.parametrize("kind", BLOCKS, ids=lambda kind: kind.name)
def test_every_block_has_both_its_files(kind: object) -> None:
    for folder in ("engines/model/blocks", "engines/formulas"):
        for name in filter(None, (kind.name, kind.preact)):  # type: ignore[attr-defined]
            assert (ROOT / "resnet_viz" / folder / f"{name}.py").exists()


def test_version_is_in_the_changelog() -> None:
    assert f"## {rv.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
