"""``resnet-viz trace``"""

from __future__ import annotations

import argparse
import sys

from ...export.table import EXPORTERS
from ...extras import require
from ...forecasting import forecast
from ..choosing import choose
from ..options import Argument, network_options, output_options
from ..output import Output
from ..terminal import say, working
from .table import FORMATS

DEVICES = ("auto", "cuda", "cpu", "meta")
EXAMPLES = (
    "resnet-viz trace resnet50 --input 160x224                # shapes alone where there is no GPU",
    "resnet-viz trace resnet18@64 --device cpu -o times.csv   # PyTorch computes, and each step is timed",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    network_options(parser)
    output_options(parser, FORMATS)
    parser.add_argument(
        "--device",
        action=Argument,
        completer=lambda **_: DEVICES,
        default="auto",
        metavar="DEVICE",
        help="auto, cuda, cuda:N, cpu or meta; default auto",
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit code 1 where PyTorch and the formulas differ."""
    require("torch", "a trace")
    output = Output.of(arguments, FORMATS)
    chosen = choose(arguments)
    said = forecast(chosen.spec, chosen.size, arguments.batch, arguments.dtype)
    where = "" if arguments.device == "auto" else f" on {arguments.device}"
    with working(f"running {chosen.name} at {chosen.size[0]}×{chosen.size[1]} px{where}", quiet=output.quiet):
        from ...tracing import trace

        traced = trace(chosen.spec, chosen.size, arguments.batch, arguments.device, arguments.dtype)
    output.write(dict(EXPORTERS)[output.format](traced))
    differences = traced.confirm(said)
    for line in differences:
        print(f"differs: {line}", file=sys.stderr)
    if not differences:
        say(
            f"confirmed by forward hooks on {traced.device}: {len(traced.steps) - 1} steps equal the formulas, {traced.elapsed_ms:.0f} ms",
            quiet=output.quiet,
        )
    return 1 if differences else 0
