"""``resnet-viz adapt``"""

from __future__ import annotations

import argparse
import json

from ...advise.adapting import adapt, as_data, as_text
from ...advise.adapting.question import BATCHES, MAX_MS, SPEED, stated
from ...advise.diagnosis import MODES
from ...errors import InputError
from ...spec import MAX_CHANNELS, MAX_CLASSES
from ...why.memory import OPTIMIZERS
from ..options import Argument, batch_option, choice, input_option, limit, memory_option, output_options, whole
from ..output import Output
from ..terminal import say, working

FORMATS = ("text", "json")
EXAMPLES = (
    "resnet-viz adapt --input 64 --channels 1 --classes 4 --memory 8   # which network for my images?",
    "resnet-viz adapt --input 512x640 --channels 4 --classes 3 --memory 8 --batch 8   # ... in 8 GiB, eight at once",
    "resnet-viz adapt --input 224 --mode eval --ms 5 --speed resnet50@224=300         # ... in 5 ms an image",
    "resnet-viz adapt --input 32 --classes 10 -o networks.json",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    input_option(parser, "size of your images in px", required=True)
    whole(parser, "--channels", low=1, high=MAX_CHANNELS, default=3, help="1 for grey")
    whole(parser, "--classes", low=1, high=MAX_CLASSES, default=1000, help="how many there are")
    memory_option(parser)
    choice(parser, "--mode", allowed=MODES, default="train")
    usual = ", ".join(f"{images} in {mode}" for mode, images in BATCHES.items())
    batch_option(parser, None, f"images at once; default {usual}")
    choice(parser, "--optimizer", allowed=tuple(OPTIMIZERS), default="sgd", help="default sgd, with momentum")
    limit(
        parser, "--ms", high=int(MAX_MS), unit="milliseconds", example="20", metavar="MS", help="time for an image, with --speed or --measure"
    )  # fmt: skip
    parser.add_argument(
        "--speed",
        action=Argument,
        default=None,
        metavar="NETWORK@SIZE=IMAGES",
        help=f"images a second that you measured with a network in this mode, e.g. {SPEED}",
    )
    parser.add_argument("--measure", action="store_true", help="measure this machine's speed now, which takes seconds")
    output_options(parser, FORMATS)


def run(arguments: argparse.Namespace) -> int:
    output = Output.of(arguments, FORMATS)
    if arguments.measure and arguments.speed is not None:
        raise InputError(
            "measure", arguments.speed, "a speed is given already", "leave out --measure, or leave out --speed"
        )
    if arguments.ms and not arguments.measure and arguments.speed is None:
        rule = "is a limit of time, and how fast the machine is was not said"
        raise InputError("ms", arguments.ms, rule, f"add --measure, or --speed with what you measured, e.g. {SPEED}")
    speed = None if arguments.speed is None else stated(arguments.speed, arguments.mode)
    if arguments.measure:
        from ... import measure_speed  # the core has none

        with working("measuring this machine", quiet=output.quiet):
            speed = measure_speed(mode=arguments.mode)
    height, width = arguments.input
    with working(f"trying networks on images of {height}×{width} px", quiet=output.quiet):
        found = adapt(
            arguments.input, arguments.channels, arguments.classes, memory_gib=arguments.memory, batch=arguments.batch,
            optimizer=arguments.optimizer, mode=arguments.mode, ms=arguments.ms, speed=speed,
        )  # fmt: skip
    output.write(json.dumps(as_data(found), indent=1) + "\n" if output.format == "json" else as_text(found))
    if found and arguments.mode == "train":
        batch = arguments.batch or BATCHES["train"]
        line = f"resnet-viz export {found[0].configuration.text} training --batch {batch} -o train.py"
        say(f"a script that trains it on your images: {line}", quiet=output.quiet)
    return 0
