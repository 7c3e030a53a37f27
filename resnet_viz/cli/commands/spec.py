"""``resnet-viz spec``"""

from __future__ import annotations

import argparse

from ..choosing import choose
from ..options import network_options, output_options
from ..output import Output

EXAMPLES = (
    "resnet-viz spec resnet50d --set attention=se -o mine.json",
    "resnet-viz spec resnet18:stem=cifar,num_classes=10   # what every other command takes as --spec FILE",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    network_options(parser, runs=False)
    output_options(parser, ("json",))


def run(arguments: argparse.Namespace) -> int:
    output = Output.of(arguments, ("json",))
    output.write(choose(arguments).spec.to_json() + "\n")
    return 0
