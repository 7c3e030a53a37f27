"""The package as a stranger has it: the wheel in a new environment, run from an empty folder, away from the checkout."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import resnet_viz as rv
from resnet_viz.engines.onnx import EXAMPLES
from resnet_viz.extras import EXTRAS
from tests.browser.driving import READY, ROOT, Watched, free_port, serving
from tests.packing import build, copy_of_the_sources

pytestmark = pytest.mark.browser
CLEAN = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")}
BLUE = {"light": "rgb(11, 83, 148)", "dark": "rgb(124, 192, 245)"}  # the theme's, for what is chosen and for buttons
RED = "rgb(255, 75, 75)"  # Streamlit's, where no theme is set


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards: what is installed in it takes more than a gigabyte."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Path:
    return build(copy_of_the_sources(folder / "sources"), folder)[0]


@pytest.fixture(scope="module")
def empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def _install(environment: Path, *packages: str, torch: bool = False) -> Path:
    """A new environment with ``packages`` in it; the folder of its commands.

    With ``torch`` the checkout's PyTorch is there already, by links, as pip sees: to unpack and compile it again would
    take half of the time. What PyTorch itself needs is installed, as all else is.
    """
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True, env=CLEAN)
    commands = environment / "bin"
    if torch:
        there = distribution("torch")
        site = next((environment / "lib").glob("python*/site-packages"))
        parts = {file.parts[0] for file in there.files or () if file.parts[0] not in ("..", "__pycache__")}
        for part in parts:
            (site / part).symlink_to(there.locate_file(part))
    subprocess.run([commands / "pip", "install", "-q", *packages], check=True, env=CLEAN, timeout=600)
    return commands


@pytest.fixture(scope="module")
def core(folder: Path, wheel: Path) -> Path:
    return _install(folder / "core", str(wheel))


@pytest.fixture(scope="module")
def everything(folder: Path, wheel: Path) -> Path:
    """With the versions that the app is pinned to, which pip has in its cache after `make test` has installed them."""
    return _install(folder / "all", "--no-compile", "-c", str(ROOT / "requirements.txt"), f"{wheel}[all]", torch=True)


def _run(command: list[str | Path], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=CLEAN, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    "arguments",
    [
        ("table", "resnet152", "--format", "csv"),
        ("table", "resnet152"),
        ("explain", "resnet34", "layer2.0.downsample.0"),
        ("compare", "resnet34@224", "resnet34:stem=cifar@32"),
        ("diagnose", "resnet18", "--input", "32", "--data", "cifar10"),
        ("adapt", "--input", "64", "--channels", "1", "--classes", "4", "--memory", "8"),
        ("list", "--input", "64"),
        ("spec", "resnet50d", "--set", "attention=se"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_the_core_answers_as_the_checkout_does(arguments: tuple[str, ...], core: Path, empty: Path) -> None:
    done = _run([core / "resnet-viz", *arguments], empty)
    known = _run([sys.executable, "-m", "resnet_viz", *arguments], ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, known.stdout, known.stderr) and known.stdout
    # of these one says what may come next, beside what it writes
    assert (
        done.stderr.startswith("a script that trains it on your images: resnet-viz export ")
        if arguments[0] == "adapt"
        else not done.stderr
    )


def test_the_core_draws(core: Path, empty: Path) -> None:
    done = _run([core / "resnet-viz", "draw", "resnet34", "--colour", "macs", "-o", "x.html"], empty)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "wrote x.html\n")
    assert '"1x512x7x7"' in (empty / "x.html").read_text(encoding="utf-8")


def test_the_core_is_without_the_extras_and_its_size_is_the_readmes(core: Path, empty: Path) -> None:
    modules = sorted(module for modules in EXTRAS.values() for module in modules)
    code = f"import importlib.util, resnet_viz; print(resnet_viz.__file__, [m for m in {modules} if importlib.util.find_spec(m)])"
    file, _, present = _run([core / "python", "-c", code], empty).stdout.strip().partition(" ")
    assert present == "[]" and Path(file).is_relative_to(core.parent)
    site = Path(file).parents[1]
    pips = re.compile("pip|setuptools|pkg_resources|_distutils_hack|distutils-precedence")
    files = [path for part in site.iterdir() if not pips.match(part.name) for path in part.rglob("*") if path.is_file()]
    megabytes = sum(path.stat().st_blocks * 512 for path in files) / 2**20  # as du counts
    named = re.search(r"takes (\d+) MB", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert named and abs(megabytes / int(named[1]) - 1) < 0.15, f"{megabytes:.0f} MB"


@pytest.mark.parametrize(
    ("arguments", "module", "extra"),
    [
        (("trace", "resnet18"), "torch", "torch"),
        (("check", "weights.safetensors"), "safetensors", "torch"),
        (("draw", "resnet18", "-o", "x.png"), "kaleido", "images"),
        (("draw", "resnet18", "--level", "field", "-o", "x.html"), "PIL", "images"),
        (("app",), "streamlit", "app"),
    ],
)
def test_a_command_that_lacks_an_extra_says_the_pip_line(
    arguments: tuple[str, ...], module: str, extra: str, core: Path, empty: Path
) -> None:
    (empty / "weights.safetensors").write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    done = _run([core / "resnet-viz", *arguments], empty)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(
        rf"resnet-viz: package='{module}': is not installed, and .* needs it; run pip install 'resnet-viz\[{extra}\]'\n",
        done.stderr,
    )


def test_everything_that_the_extras_ask_for_is_there(everything: Path, empty: Path) -> None:
    assert _run([everything / "pip", "check"], empty).stdout == "No broken requirements found.\n"
    done = _run([everything / "resnet-viz", "trace", "resnet18", "--input", "32", "--device", "cpu"], empty)
    assert done.returncode == 0 and done.stderr.startswith("confirmed by forward hooks on cpu: 74 steps")
    done = _run([everything / "resnet-viz", "draw", "resnet18", "-o", "x.svg"], empty)
    assert (done.returncode, done.stderr) == (0, "wrote x.svg\n")


def _coloured(page: Page, colour: str) -> int:
    """How many elements are drawn in a colour."""
    return page.evaluate(
        """colour => [...document.querySelectorAll('.stApp *')].filter(element => {
            const style = getComputedStyle(element);
            return [style.color, style.backgroundColor, style.borderTopColor].includes(colour) }).length""",
        colour,
    )


def test_the_installed_app_is_the_checkouts(browser: Browser, everything: Path, empty: Path) -> None:
    port = free_port()
    with serving([everything / "resnet-viz", "app", "--port", str(port)], port, empty, CLEAN):
        watched = Watched(browser, f"http://127.0.0.1:{port}")
        # the first page waits for PyTorch's first import here, which compiles it
        watched.page.goto(watched.address)
        watched.page.get_by_text("Confirmed by forward hooks").wait_for(timeout=4 * READY)
        page = watched.open()
        assert (_coloured(page, BLUE["light"]) > 0, _coloured(page, RED)) == (True, 0)
        assert "112×112×64" in page.locator(".js-plotly-plot").inner_text()
        page.get_by_role("link", name="Learn").click()
        page.locator("h2").first.wait_for(timeout=READY)
        page.get_by_role("link", name="Compare").click()
        page.get_by_text("139 of 139 steps differ").wait_for(timeout=READY)
        page.wait_for_function("() => document.querySelectorAll('.js-plotly-plot').length === 3", timeout=READY)
        page.get_by_role("link", name="Your model").click()
        page.locator("input[type=file]").set_input_files(EXAMPLES["U-Net"])
        steps = len(rv.read_onnx(EXAMPLES["U-Net"]).steps) - 1
        page.get_by_text(f"{steps} steps at 64×64 px").wait_for(timeout=READY)  # another process has read the file
        page.get_by_text("encoder.0", exact=True).first.wait_for(timeout=READY)
        page.get_by_role("link", name="Break it").click()
        page.get_by_text("RuntimeError in layer2.0.add").wait_for(timeout=READY)
        page.get_by_text("unequal: raises").wait_for(timeout=READY)
        assert page.locator(".stException").count() == 0
        assert page.locator("[data-testid=stAppDeployButton], [data-testid=stMainMenu]").count() == 0
        page.get_by_role("link", name="Check weights").click()
        page.get_by_text("256MB per file").wait_for(timeout=READY)
        page.close()
        page = Watched(browser, watched.address, scheme="dark").open()
        assert (_coloured(page, BLUE["dark"]) > 0, _coloured(page, RED)) == (True, 0)
        page.close()
    assert watched.errors == [] and watched.outside == []
    assert not any(path.is_dir() for path in empty.iterdir())  # and leaves nothing behind
    assert rv.__version__ in _run([everything / "resnet-viz", "--version"], empty).stdout
