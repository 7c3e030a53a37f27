"""Pictures as files, drawn by a real Chromium without a window."""

import subprocess
import sys
from pathlib import Path

import pytest

import resnet_viz as rv

pytestmark = pytest.mark.browser


def draw(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "resnet_viz", "draw", *arguments], capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(("suffix", "magic"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_each_format_says_what_it_shows(suffix: str, magic: bytes, tmp_path: Path) -> None:
    file = tmp_path / f"picture.{suffix}"
    done = draw("resnet18", "--input", "64", "--set", "num_classes=10", "--size", "slide", "-o", str(file))
    assert (done.returncode, done.stdout) == (0, "")
    data = file.read_bytes()
    assert data.startswith(magic)
    if suffix == "svg":
        text = data.decode()
        about = f"64×64 px, batch 1 · num_classes=10 · network level · ResNet Viz {rv.__version__}"
        assert about in text and ">resnet18<" in text
        assert "32×32×64" in text
    if suffix == "png":  # 16:9
        width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
        assert abs(width / height - 16 / 9) < 0.01 and width > 1500


def test_one_html_file_needs_nothing_from_outside(tmp_path: Path) -> None:
    file = tmp_path / "picture.html"
    assert draw("resnet18", "--level", "block", "--focus", "layer2.0", "-o", str(file)).returncode == 0
    text = file.read_text(encoding="utf-8")
    assert 'src="http' not in text and "layer2.0" in text and '"showSendToCloud": false' in text
