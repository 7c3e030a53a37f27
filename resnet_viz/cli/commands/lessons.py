"""``resnet-viz lessons``"""

from __future__ import annotations

import argparse

from ... import __version__
from ...errors import InputError
from ...extras import require
from ..options import output_options
from ..output import Output
from ..terminal import working

FORMATS = ("markdown", "html", "json")
EXAMPLES = (
    "resnet-viz lessons                               # what each step teaches and asks, with answers and times",
    "resnet-viz lessons -o guide.html --address https://course.example/learn   # to print, with links to your own server",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--address", default="/learn", metavar="URL", help="where your learners find the tour, for the links; default /learn")  # fmt: skip
    output_options(parser, FORMATS)


def run(arguments: argparse.Namespace) -> int:
    output = Output.of(arguments, FORMATS)
    address: str = arguments.address
    if not address.startswith(("/", "http://", "https://")) or len(address) > 500:
        raise InputError(
            "address", address[:80], "must begin with / or http", "write e.g. https://course.example/learn"
        )
    require("torch", "what the tour says of real tensors")
    from ...export.guide import guide, guide_data, guide_text
    from ...ui.learn.teachers import all_taught

    with working("reading the lessons", quiet=output.quiet):
        write = {"html": guide, "json": guide_data, "markdown": guide_text}[output.format]
        made = write(all_taught(address), __version__)
    output.write(made)
    return 0
