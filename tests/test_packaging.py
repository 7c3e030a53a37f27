"""What is published is whole: by what git has, and by what a package index makes of the readme."""

import html
import re
import subprocess
import tarfile
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from readme_renderer import markdown

import resnet_viz as rv
from resnet_viz.extras import EXTRAS
from tests.packing import ROOT, build, copy_of_the_sources, tracked

pytestmark = pytest.mark.processes

README = (ROOT / "README.md").read_text(encoding="utf-8")
PICTURES = re.findall(r"!\[(.*?)\]\((.*?)\)", README)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

NEW = ("ui/frontend/deep/new.woff2", "samples/a.bin", ".hidden/b", "views/c.json")


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("archives")
    return build(copy_of_the_sources(folder / "sources"), folder)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of sources with ``NEW`` files and bytecode in them, whose readme is told where its files lie."""
    folder = tmp_path_factory.mktemp("changed")
    package = copy_of_the_sources(folder / "sources") / "resnet_viz"
    for name in (*NEW, "__pycache__/d.cpython-311.pyc"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_bytes(b"x")
    return build(folder / "sources", folder, "https://files.example/resnet-viz/1/")[0]


def _in_wheel(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return sorted(name for name in archive.namelist() if ".dist-info/" not in name)


def _readme(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        header, _, readme = archive.read(name).decode().partition("\n\n")
    assert "Description-Content-Type: text/markdown" in header
    return readme


def test_the_wheel_has_every_file_of_the_package_and_no_other(archives: tuple[Path, Path]) -> None:
    assert _in_wheel(archives[0]) == tracked("resnet_viz")


def test_a_file_of_a_new_kind_travels_by_rule(changed: Path) -> None:
    assert set(_in_wheel(changed)) - set(tracked("resnet_viz")) == {f"resnet_viz/{name}" for name in NEW}


def test_the_source_archive_has_every_file(archives: tuple[Path, Path]) -> None:
    with tarfile.open(archives[1]) as archive:
        names = {member.name.partition("/")[2] for member in archive if member.isfile()}
    assert set(tracked()) - names == set()
    assert {name for name in names - set(tracked()) if ".egg-info/" not in name} == {"PKG-INFO", "setup.cfg"}


def test_the_readme_of_an_index_shows_each_picture_or_tells_it(archives: tuple[Path, Path], changed: Path) -> None:
    """Rendered as PyPI renders it: it takes pictures by https alone, and has no files beside the readme."""
    told = markdown.render(_readme(archives[0]))
    assert told is not None and "<img" not in told and "README_FILES" not in told
    assert re.findall(r'href="(?!https?:|#)', told) == []
    text = html.unescape(" ".join(re.sub("<[^>]*>", "", told).split()))
    assert PICTURES and all(f"Picture: {words}." in text for words, _ in PICTURES)
    shown = markdown.render(_readme(changed))
    assert shown is not None
    assert re.findall(r'<img[^>]* src="([^"]*)"', shown) == [
        f"https://files.example/resnet-viz/1/{path}" for _, path in PICTURES
    ]
    assert 'href="https://files.example/resnet-viz/1/CONTRIBUTING.md"' in shown


def test_an_address_that_no_index_shows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        build(copy_of_the_sources(tmp_path / "sources"), tmp_path, "http://files.example")
    assert (
        "README_FILES='http://files.example': an index shows pictures by https alone; write https://…"
        in (caught.value.stderr + caught.value.stdout).decode()
    )


def test_each_extra_brings_the_modules_that_its_features_ask_for() -> None:
    extras = {name: set(map(_distribution, needs)) for name, needs in PROJECT["optional-dependencies"].items()}
    brought = {
        "onnx": extras["onnx"],
        "torch": extras["torch"],
        "app": extras["torch"] | extras["app"],
        "images": extras["images"],
        "documents": extras["documents"],
        "notebook": extras["notebook"],
    }
    names = packages_distributions()
    for extra, modules in EXTRAS.items():
        for module in modules:
            assert names[module][0].lower() in brought[extra]
    assert list(map(_distribution, PROJECT["dependencies"])) == ["plotly", "argcomplete"]


def test_the_pins_of_the_app_are_within_what_the_package_asks_for() -> None:
    groups = (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    asked = {_distribution(need): need for needs in groups for need in needs}
    pins = {
        _distribution(line): tuple(map(int, line.partition("==")[2].split(".")))
        for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    least = {name: need.partition(">=")[2] for name, need in asked.items() if ">=" in need}
    assert set(pins) == set(least) - {"numpy"}  # PyTorch's own pin decides which
    for name in pins:
        assert pins[name] >= tuple(map(int, least[name].split(".")))


def test_who_cites_it_names_this_version() -> None:
    """By the fields that the Citation File Format 1.2.0 asks for."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(cited) and cited["cff-version"] == "1.2.0"
    assert (cited["version"], cited["license"]) == (rv.__version__, PROJECT["license"])
    holder = (ROOT / "LICENSE").read_text(encoding="utf-8").partition("(c) ")[2].splitlines()[0].partition(" ")[2]
    assert cited["authors"] == [{"name": holder}]


def _distribution(requirement: str) -> str:
    return re.split(r"[\[=<>~! ]", requirement)[0].lower()


def test_an_installed_app_has_the_settings_of_a_checkout() -> None:
    packaged = ROOT / "resnet_viz" / "ui" / ".streamlit" / "config.toml"
    assert packaged.read_bytes() == (ROOT / ".streamlit" / "config.toml").read_bytes()
    assert (ROOT / "resnet_viz" / "ui" / "app.py").read_bytes() == (ROOT / "app.py").read_bytes()
