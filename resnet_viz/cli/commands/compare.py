"""``resnet-viz compare``"""

from __future__ import annotations

import argparse
import json
import re

from ...advise.comparing import Comparison, align, as_data, as_text, compare
from ...advise.differing import differences
from ...engines.formulas import forecast
from ..completing import network_texts
from ..foreign import foreign_trace, is_foreign, refuse_code_file
from ..options import Argument, batch_option, output_options
from ..output import Output
from ..terminal import paint

FORMATS = ("text", "csv", "json")
EXAMPLES = (
    "resnet-viz compare resnet34@224 resnet34:stem=cifar@32",
    "resnet-viz compare resnet50 resnet50_v1 -o both.csv      # every step of both, aligned",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for side in ("a", "b"):
        parser.add_argument(
            side,
            action=Argument,
            completer=network_texts,
            metavar=side.upper(),
            help="NAME[:FIELD=VALUE,…][@SIZE], e.g. resnet34@224 or resnet18:stem=cifar@32; or FILE.onnx, FILE.trace or "
            "package.module:callable, each with @SIZE if need be",
        )
    batch_option(parser)
    output_options(parser, FORMATS, "csv: every step of both, aligned; default text, or FILE's suffix")


def run(arguments: argparse.Namespace) -> int:
    output = Output.of(arguments, FORMATS)
    found = _compared(arguments)
    if output.format == "json":
        told = {"a": arguments.a, "b": arguments.b, "otherwise": differences(found).words, **as_data(found)}
        made = json.dumps(told, indent=1) + "\n"
    elif output.format == "csv":
        made = found.to_csv()
    else:
        said = "".join(f"  {line}\n" for line in differences(found).words)
        made = f"What is done otherwise, A → B:\n{said}\n{as_text(found, (arguments.a, arguments.b))}"
        if output.colour:
            made = _coloured(made)
    output.write(made)
    return 0


def _compared(arguments: argparse.Namespace) -> Comparison:
    sides = (arguments.a, arguments.b)
    for side in sides:
        refuse_code_file(side)
    if not any(map(is_foreign, sides)):
        return compare(*sides, arguments.batch)
    traces = [foreign_trace(side, arguments) if is_foreign(side) else forecast(side, batch=arguments.batch) for side in sides]  # fmt: skip
    return align(*traces)


def _coloured(text: str) -> str:
    """The table of differing steps with what they differ in, its last column, in colour."""
    head, title, steps = text.partition(" steps differ\n")
    columns, _, rows = steps.partition("\n")
    shown = re.sub(r"(?<=  )\S+(?: \S+)*$", lambda last: paint(last[0], "differs", True), rows, flags=re.MULTILINE)
    return f"{head}{title}{columns}\n{shown}" if steps else text
