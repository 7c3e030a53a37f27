"""``resnet-viz check``"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from ...advise.weights import best_fits, check_weights, python_lines, read_weights, report, verdict
from ...wording import plural
from ..choosing import choose
from ..completing import network_texts
from ..options import Argument, output_options, set_option
from ..output import Output
from ..terminal import working

FORMATS = ("text", "json")
EXAMPLES = (
    "resnet-viz check weights.pth                 # which network do these weights fit?",
    "resnet-viz check weights.pth --as resnet18   # exit code 1, and what does not fit, where something does not",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        help=".pth, .pt, .th, .bin, .safetensors, .npz, .pkl of arrays or tensors, TorchScript, or a folder; read as data, no code is run",
    )
    parser.add_argument(
        "--as",
        action=Argument,
        completer=network_texts,
        dest="name",
        metavar="NAME",
        help="compare with this network, as NAME[:FIELD=VALUE,…]; default: find the best fits",
    )
    parser.add_argument("--spec", metavar="FILE", help="compare with a network of your own as JSON; - is stdin")
    set_option(parser)
    output_options(parser, FORMATS)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0 where the file's network is identified, or fits the one it is compared with; else 1."""
    output = Output.of(arguments, FORMATS)
    compared = arguments.name is not None or arguments.spec is not None or arguments.changes
    chosen = choose(arguments) if compared else None
    with working(f"reading {arguments.file}", quiet=output.quiet):
        weights = read_weights(arguments.file, arguments.file)
        fits = (check_weights(weights, chosen.spec, chosen.name),) if chosen else best_fits(weights)
    if chosen:
        said = f"{chosen.name}: " + ("every weight fits." if fits[0].complete else "does not fit.")
    else:
        said = verdict(weights, fits)
    fit = fits[0]
    lines = python_lines(weights, fit)
    if output.format == "json":
        found = [
            {**asdict(fit), "complete": fit.complete, "identified": fit.identified, "share": round(fit.share, 4)}
            for fit in fits
        ]
        networks = [
            {"where": network.where, "prefix": network.prefix, "known": network.known} for network in weights.networks
        ]
        made = {
            "file": arguments.file, "verdict": said, "read": weights.how, "networks": networks,
            "besides": weights.besides, "fits": found, "python": lines,
        }  # fmt: skip
        output.write(json.dumps(made, indent=1) + "\n")
    else:
        counts = f"{plural(len(weights.shapes), 'tensor')}, {plural(weights.total, 'number')}"
        told = [said, f"{counts}; " + "; ".join(weights.how)]
        if not fit.complete:
            told += report(fit)
            if not fit.identified:
                told += [f"next: {other.name}, {len(other.matching)} matching, {other.share:.0%} of all names" for other in fits[1:]]  # fmt: skip
        if lines:
            told += ["", *lines]
        output.write("\n".join(told) + "\n")
    return 0 if fit.complete or (chosen is None and fit.identified) else 1
