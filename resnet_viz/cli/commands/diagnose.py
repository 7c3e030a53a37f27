"""``resnet-viz diagnose``"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from ...advise.diagnosis import DATA, MODES, Finding, diagnose
from ...why.memory import OPTIMIZERS
from ..choosing import choose
from ..foreign import foreign_trace, is_foreign, refuse_foreign_options
from ..options import choice, memory_option, network_options, output_options
from ..output import Output
from ..terminal import paint, working

FORMATS = ("text", "json")
EXAMPLES = (
    "resnet-viz diagnose resnet18 --input 32 --data cifar10   # what does not suit this input, and what to change",
    "resnet-viz diagnose resnet152 --batch 64 --memory 8      # does training fit into 8 GiB?",
    "resnet-viz diagnose mynet:Net --input 64                 # your own code, or a file: FILE.onnx, FILE.trace",
    "resnet-viz diagnose resnet34 --strict                    # exit code 1 where there is an error or a warning",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    network_options(parser, foreign=True, batch=None)
    names = [known.name for known in DATA]
    choice(parser, "--mode", allowed=MODES, default=None, help="default train")
    choice(
        parser, "--data", allowed=names, default="", metavar="NAME", help="a data set: " + ", ".join(names)
    )  # fmt: skip
    memory_option(parser)
    choice(parser, "--optimizer", allowed=tuple(OPTIMIZERS), default="sgd", help="default sgd, with momentum")
    parser.add_argument("--strict", action="store_true", help="exit code 1 where there is an error or a warning")
    output_options(parser, FORMATS)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0; with --strict 1 where a finding is an error or a warning."""
    output = Output.of(arguments, FORMATS)
    asked: dict[str, Any] = {
        "mode": arguments.mode,
        "data": arguments.data,
        "memory_gib": arguments.memory,
        "optimizer": arguments.optimizer,
    }
    if is_foreign(arguments.name) and arguments.spec is None:
        if arguments.batch is not None:  # so many were asked for, so training with them was
            asked["mode"] = arguments.mode or "train"
        arguments.batch = arguments.batch or 1
        with working(f"looking at {arguments.name}", quiet=output.quiet):
            found = diagnose(foreign_trace(arguments.name, arguments), **asked)
    else:
        refuse_foreign_options(arguments)
        chosen = choose(arguments)
        with working(f"looking at {chosen.name}", quiet=output.quiet):
            found = diagnose(chosen.spec, chosen.size, arguments.batch, **asked)
    if output.format == "json":
        output.write(json.dumps([asdict(finding) for finding in found], indent=1) + "\n")
    else:
        output.write("".join(_text(finding, output.colour) for finding in found) or "nothing found\n")
    serious = any(finding.severity != "note" for finding in found)
    return 1 if arguments.strict and serious else 0


def _text(finding: Finding, colour: bool) -> str:
    lines = [
        f"{paint(finding.severity, finding.severity, colour)}: {finding.title}",
        f"  {finding.evidence}",
        f"  {finding.explanation}",
    ]
    for remedy in finding.remedies:
        flags = [f"--set {name}={value}" for name, value in remedy.changes.items()]
        flags += [f"--input {remedy.size[0]}x{remedy.size[1]}"] if remedy.size else []
        flags += [f"--batch {remedy.batch}"] if remedy.batch else []
        flags += [f"--mode {remedy.mode}"] if remedy.mode else []
        lines.append(f"  remedy: {remedy.title} ({' '.join(flags)})")
    return "\n".join(lines) + "\n"
