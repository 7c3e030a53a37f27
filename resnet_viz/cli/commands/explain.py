"""``resnet-viz explain``"""

from __future__ import annotations

import argparse

from ...advise.explaining import explain
from ...errors import InputError
from ..choosing import choose_trace
from ..completing import step_texts
from ..options import Argument, network_options, output_options
from ..output import Output

EXAMPLES = (
    "resnet-viz explain resnet34 layer2.0.downsample.0   # why this shape, and every formula with its numbers",
    "resnet-viz explain resnet18:stem=cifar@32 conv1",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    network_options(parser, foreign=True)
    parser.add_argument(
        "step", action=Argument, completer=step_texts, metavar="STEP", help="a step's name, e.g. layer2.0.conv1"
    )
    output_options(parser, ("text",))


def run(arguments: argparse.Namespace) -> int:
    output = Output.of(arguments, ("text",))
    if arguments.name is None and arguments.spec is None:  # one word alone is what argparse calls STEP
        called = arguments.step
        raise InputError("step", None, f"is missing after {called}", f"write e.g. resnet-viz explain {called} conv1")
    output.write(explain(choose_trace(arguments)[1], arguments.step) + "\n")
    return 0
