"""``resnet-viz export``"""

from __future__ import annotations

import argparse

from ...errors import InputError
from ...export.registry import COLOURS, PLAIN, SCENES, SIZES, Export, Exporter, Options, exporter, exporters, filename
from ..choosing import choose_trace
from ..completing import focus_texts, network_texts
from ..options import Argument, append_option, choice, network_options
from ..output import Output
from ..terminal import working

EXAMPLES = (
    "resnet-viz export resnet50d code -o net.py                     # one file of PyTorch, which needs nothing of this package",
    "resnet-viz export resnet18@64 markdown -o resnet18.md",
    "resnet-viz export resnet18:stem=cifar,num_classes=10@32 json   # without -o to the terminal",
    "resnet-viz export --formats                                    # which there are, and what each may be asked for",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    network_options(parser, foreign=True)
    known = [one.name for one in exporters()]
    parser.add_argument(
        "format",
        action=Argument,
        completer=lambda **_: known,
        metavar="FORMAT",
        nargs="?",
        help="one of " + ", ".join(known),
    )
    parser.add_argument("--formats", action="store_true", help="list the formats, and what each may be asked for")
    parser.add_argument("-o", "--output", metavar="FILE", help="write there instead of stdout; - is stdout")
    choice(parser, "--level", allowed=SCENES, default=PLAIN.level, help=f"of a figure: default {PLAIN.level}")
    parser.add_argument(
        "--part",
        action=Argument,
        completer=focus_texts,
        metavar="NAME",
        help="of a figure: the stage or block that is shown, e.g. layer2, layer2.0; default the first",
    )
    choice(parser, "--size", allowed=SIZES, default=PLAIN.size, help=f"what it is made for; default {PLAIN.size}")
    parser.add_argument("--grey", action="store_true", help="without colours, for print")
    choice(
        parser,
        "--colour",
        "--color",
        allowed=COLOURS,
        default=PLAIN.colour,
        help="of a figure: what its colours tell; a quantity has bars, too",
    )
    parser.add_argument(
        "--weights", metavar="FILE", help="of onnx: weights that fit, as `check` finds them; default random"
    )
    append_option(
        parser,
        "--beside",
        completer=network_texts,
        metavar="NAME",
        help="another network to stand next to it, where a format takes several; repeatable",
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.formats:
        Output("text", None, arguments.quiet).write(_listed())
        return 0
    if arguments.format is None:
        if arguments.name is None or arguments.spec is None:
            fix = "write e.g. resnet-viz export resnet18 csv, or see --formats"
            raise InputError("format", None, "is missing", fix)
        arguments.format, arguments.name = arguments.name, None  # one word beside --spec is what argparse calls NAME
    chosen = exporter(arguments.format)
    output = Output.of(arguments, (chosen.name,), suffixes={chosen.name: chosen.suffixes})
    options = Options(
        arguments.level, arguments.part, arguments.size, arguments.grey, arguments.colour, arguments.weights
    )
    chosen.check_options(options, arguments.beside)
    name, trace = choose_trace(arguments)
    export = Export.of(trace, options, name=name, beside=arguments.beside)
    chosen.check(export)
    if chosen.binary and output.path is None:
        raise InputError("output", arguments.output, f"must be a file: {chosen.name} is no text", f"write e.g. -o {filename(export, chosen)}")  # fmt: skip
    with working(f"writing {name} as {chosen.suffix}", quiet=output.quiet):
        made = chosen.write(export)
    output.write(made)
    return 0


def _listed() -> str:
    """One line a format: name, suffix, what it is, what it may be asked for."""
    rows = [(one.name, one.suffix, one.sentence + _asked(one)) for one in exporters()]
    widths = [max(len(row[i]) for row in rows) for i in range(2)]
    return "".join(f"{name:{widths[0]}}  {suffix:{widths[1]}}  {said}\n" for name, suffix, said in rows)


def _asked(one: Exporter) -> str:
    flags = " ".join(f"--{option}" for option in one.options)
    return f"; {flags}" if flags else ""
