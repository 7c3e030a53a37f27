"""``resnet-viz app``"""

from __future__ import annotations

import argparse

from ..options import whole

EXAMPLES = (
    "resnet-viz app                       # at http://localhost:8501, for this machine alone",
    "resnet-viz app --port 8600",
    "resnet-viz app --address 0.0.0.0     # for everybody who can reach this machine; there is no password",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    whole(
        parser,
        "--port",
        low=1,
        high=65_535,
        default=None,
        usual=8501,
        help="default 8501, or the next one that is free",
    )
    parser.add_argument(
        "--address", metavar="ADDRESS", help="0.0.0.0 opens the app to others; default this machine alone"
    )


def run(arguments: argparse.Namespace) -> int:
    from ...ui.launch import launch

    return launch(arguments.port, arguments.address)
