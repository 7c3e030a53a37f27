"""``resnet-viz error``"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from ...advise.shape_errors import explain_error, not_understood
from ...errors import InputError
from ...why.pytorch_errors import MAX_TEXT
from ..completing import network_texts
from ..options import Argument, output_options
from ..output import Output

FORMATS = ("text", "json")
EXAMPLES = (
    'resnet-viz error "mat1 and mat2 shapes cannot be multiplied (1024x1 and 512x10)"   # - reads it: python train.py 2>&1 | …',
    'resnet-viz error "mat1 and mat2 shapes cannot be multiplied (8x28672 and 512x50)" --for resnet18@128x431',
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", metavar="TEXT", help="PyTorch's message or a whole traceback; - reads it from stdin")
    parser.add_argument(
        "--for",
        action=Argument,
        completer=network_texts,
        dest="network",
        metavar="NAME",
        help="find the places where this network could raise it, as NAME[:FIELD=VALUE,…]@SIZE",
    )
    output_options(parser, FORMATS)


def run(arguments: argparse.Namespace) -> int:
    output = Output.of(arguments, FORMATS)
    text = sys.stdin.read(MAX_TEXT + 1) if arguments.text == "-" else arguments.text
    found = explain_error(text, arguments.network)
    if found is None:
        raise InputError("text", text, "holds no error that is known here", not_understood(text))
    if output.format == "json":
        output.write(json.dumps(asdict(found), indent=1, ensure_ascii=False) + "\n")
    else:
        output.write(f"{found!r}\n")
    return 0
