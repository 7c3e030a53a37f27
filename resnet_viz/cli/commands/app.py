"""``resnet-viz app``"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from ..options import whole

EXAMPLES = ("resnet-viz app", "resnet-viz app --port 8600")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    whole(parser, "--port", low=1, high=65_535, default=8501, help="the app's port")


def run(arguments: argparse.Namespace) -> int:
    script = Path(__file__).parents[2] / "ui" / "app.py"
    options = [
        "--server.port",
        str(arguments.port),
        "--browser.gatherUsageStats",
        "false",
        "--client.showErrorDetails",
        "none",
    ]
    return subprocess.call([sys.executable, "-m", "streamlit", "run", str(script), *options])
