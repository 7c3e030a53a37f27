"""``resnet-viz adapt``"""

from __future__ import annotations

import argparse
import json

from ...advise.adapting import adapt, as_data, as_text
from ...spec import MAX_CHANNELS, MAX_CLASSES
from ...why.memory import OPTIMIZERS
from ..options import batch_option, choice, input_option, memory_option, output_options, whole
from ..output import Output
from ..terminal import working

FORMATS = ("text", "json")
EXAMPLES = (
    "resnet-viz adapt --input 64 --channels 1 --classes 4 --memory 8   # which network for my images?",
    "resnet-viz adapt --input 32 --classes 10 -o networks.json",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    input_option(parser, "size of your images in px", required=True)
    whole(parser, "--channels", low=1, high=MAX_CHANNELS, default=3, help="1 for grey")
    whole(parser, "--classes", low=1, high=MAX_CLASSES, default=1000, help="how many there are")
    memory_option(parser)
    batch_option(parser, 32, "images at once in training")
    choice(parser, "--optimizer", allowed=tuple(OPTIMIZERS), default="sgd", help="default sgd, with momentum")
    output_options(parser, FORMATS)


def run(arguments: argparse.Namespace) -> int:
    output = Output.of(arguments, FORMATS)
    height, width = arguments.input
    with working(f"trying networks on images of {height}×{width} px", quiet=output.quiet):
        found = adapt(
            arguments.input, arguments.channels, arguments.classes, memory_gib=arguments.memory, batch=arguments.batch,
            optimizer=arguments.optimizer,
        )  # fmt: skip
    output.write(json.dumps(as_data(found), indent=1) + "\n" if output.format == "json" else as_text(found))
    return 0
