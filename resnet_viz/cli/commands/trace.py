"""``resnet-viz trace``"""

from __future__ import annotations

import argparse
import sys

from ...advise.recognising import recognise
from ...engines.formulas import forecast
from ...export.registry import Export, exporter
from ...export.table import input_text, totals_text
from ...extras import require
from ..choosing import choose
from ..foreign import foreign_trace, is_foreign, refuse_foreign_options
from ..options import Argument, network_options, output_options
from ..output import Output
from ..terminal import say, working
from .table import FORMATS

DEVICES = ("auto", "cuda", "cpu", "meta")
EXAMPLES = (
    "resnet-viz trace resnet50 --input 160x224                # shapes alone where there is no GPU",
    "resnet-viz trace resnet18@64 --device cpu -o times.csv   # PyTorch computes, and each step is timed",
    "resnet-viz trace mynet:Net --arg num_classes=4 --input 64   # your own code: class Net in mynet.py",
    "resnet-viz trace mynet.onnx --input 64                   # a file of anybody's network, read as data",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    network_options(parser, foreign=True)
    output_options(parser, FORMATS)
    device_option(parser)


def device_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--device",
        action=Argument,
        completer=lambda **_: DEVICES,
        default="auto",
        metavar="DEVICE",
        help="auto, cuda, cuda:N, cpu or meta; default auto, which leaves your own code where it puts itself",
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit code 1 where PyTorch and the formulas differ."""
    output = Output.of(arguments, FORMATS)
    if is_foreign(arguments.name) and arguments.spec is None:
        return _foreign(arguments, output)
    require("torch", "a trace")
    refuse_foreign_options(arguments)
    chosen = choose(arguments)
    said = forecast(chosen.spec, chosen.size, arguments.batch, arguments.dtype)
    where = "" if arguments.device == "auto" else f" on {arguments.device}"
    with working(f"running {chosen.name} at {chosen.size[0]}×{chosen.size[1]} px{where}", quiet=output.quiet):
        from ...engines.hooks import trace

        traced = trace(chosen.spec, chosen.size, arguments.batch, arguments.device, arguments.dtype)
    output.write(exporter(output.format)(Export.of(traced, name=chosen.name)))
    differences = traced.confirm(said)
    for line in differences:
        print(f"differs: {line}", file=sys.stderr)
    if not differences:
        say(
            f"confirmed by forward hooks on {traced.device}: {len(traced.steps) - 1} steps equal the formulas, {traced.elapsed_ms:.0f} ms",
            quiet=output.quiet,
        )
    return 1 if differences else 0


def _foreign(arguments: argparse.Namespace, output: Output) -> int:
    """Somebody else's network: nothing is known beforehand to compare it with."""
    with working(f"tracing {arguments.name}", quiet=output.quiet):
        traced = foreign_trace(arguments.name, arguments)
    output.write(exporter(output.format)(Export.of(traced, name=arguments.name)))
    said = [f"{arguments.name} at {input_text(traced)}: {len(traced.steps) - 1} steps, {totals_text(traced)}"]
    known = recognise(traced)
    for line in [
        *said,
        *traced.coverage,
        *(repr(known).splitlines() if known else ["No network of the catalogue has this structure."]),
    ]:
        say(line, quiet=output.quiet)
    return 0
