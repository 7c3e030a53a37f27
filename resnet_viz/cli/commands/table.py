"""``resnet-viz table``"""

from __future__ import annotations

import argparse

from ...export.registry import Export, exporter
from ..choosing import choose_trace
from ..options import network_options, output_options
from ..output import Output

FORMATS = ("text", "csv", "json", "markdown", "trace")  # `export` has these and more
EXAMPLES = (
    "resnet-viz table resnet34 --input 32 -o shapes.csv            # also .json, .md, .txt",
    "resnet-viz table resnet18:stem=cifar,num_classes=10@64        # a changed network at an input, as `adapt` writes it",
    "resnet-viz table resnet18 --set in_channels=1 --set stem=cifar --input 64x48",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    network_options(parser, foreign=True)
    output_options(parser, FORMATS)


def run(arguments: argparse.Namespace) -> int:
    output = Output.of(arguments, FORMATS)
    name, trace = choose_trace(arguments)
    output.write(exporter(output.format)(Export.of(trace, name=name)))
    return 0
