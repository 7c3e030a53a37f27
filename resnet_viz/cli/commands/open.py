"""``resnet-viz open``"""

from __future__ import annotations

import argparse

from ...errors import InputError
from ...extras import require
from ..choosing import choose_trace
from ..options import network_options, whole
from ..terminal import working
from .trace import device_option

EXAMPLES = (
    "resnet-viz open mynet:Net --arg num_classes=4 --input 64   # your own code, in the app; Ctrl-C ends it",
    "resnet-viz open mynet.onnx",
    "resnet-viz open net.trace --port 8600 --no-browser         # what `resnet-viz trace … -o net.trace` kept",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    network_options(parser, foreign=True)
    device_option(parser)
    whole(parser, "--port", low=1, high=65_535, default=None, usual=8501, help="default any that is free")
    parser.add_argument("--no-browser", action="store_true", help="only say the address")


def run(arguments: argparse.Namespace) -> int:
    """Until it is interrupted; only this machine can reach it."""
    require("streamlit", "the app")
    name, trace = choose_trace(arguments)
    from ...ui.showing import show

    try:
        with working(f"starting the app on {name}", quiet=arguments.quiet):
            shown = show(trace, port=arguments.port, browse=not arguments.no_browser, title=name)
        if not shown.wait():
            raise InputError("port", arguments.port, "is no longer served: the app has ended", "open it again")
    except KeyboardInterrupt:
        pass  # also between its address and the wait: the app ends with this process
    return 0
