"""``resnet-viz draw``"""

from __future__ import annotations

import argparse
import re

from ... import __version__
from ...errors import InputError
from ...export.table import input_text
from ...picture.layout import ALL_LEVELS, COLOURS, PLAIN, THEMES, WHOLE, Look, Place
from ...steps import MAX_SIDE, Pair, Step, by_x
from ...why.field import map_size
from ..choosing import choose_trace
from ..completing import focus_texts
from ..options import Argument, choice, network_options
from ..output import Output
from ..terminal import working

EXAMPLES = (
    "resnet-viz draw resnet34 --colour macs --size slide -o resnet34.svg",
    "resnet-viz draw resnet18:stem=cifar@32 --solid -o solid.html   # boxes that can be turned",
    "resnet-viz draw resnet50 --level block --focus layer2.0 -o block.html",
    "resnet-viz draw resnet18 --level field --focus layer2.1.relu2 --cell 3x5 --image cat.jpg -o field.html",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    network_options(parser, foreign=True)
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="its suffix is the format")
    choice(
        parser, "--level", allowed=ALL_LEVELS, default=WHOLE.level,
        help=f"default {WHOLE.level}; field: a cell's receptive field on an image",
    )  # fmt: skip
    parser.add_argument(
        "--focus",
        action=Argument,
        completer=focus_texts,
        metavar="NAME",
        help="e.g. layer2, layer2.0, layer2.0.conv1; default the first",
    )
    parser.add_argument(
        "--cell",
        action=Argument,
        check=_cell,
        metavar="ROWxCOLUMN",
        help="output cell at levels operation (default 0x0) and field (the middle)",
    )
    parser.add_argument("--image", metavar="FILE", help="a PNG, JPEG or WebP for level field; default a drawn sample")
    choice(parser, "--colour", "--color", allowed=COLOURS[:-1], default=PLAIN.colour)
    parser.add_argument("--true-scale", action="store_true", help="sizes in proportion, not their square roots")
    parser.add_argument("--solid", action="store_true", help="solid boxes, best in .html where they can be turned")
    parser.add_argument("--unfold", action="store_true", help="every block of a long stage")
    choice(parser, "--theme", allowed=THEMES, default=PLAIN.theme)
    choice(
        parser,
        "--size",
        allowed=("page", "slide"),
        default="page",
        help="slide: 16:9, words of 15 px or more; default page",
    )


def _cell(text: str) -> Pair:
    found = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", text)
    if not found or max(int(found[1]), int(found[2])) >= MAX_SIDE:
        raise InputError("cell", text, "must be ROWxCOLUMN, counted from 0", "write e.g. --cell 3x5")
    return int(found[1]), int(found[2])


def _check_cell(cell: Pair, step: Step) -> None:
    """Refuse a cell that the map of ``step`` does not have."""
    height, width = step.output[2:] if len(step.output) == 4 else (1, 1)
    if cell[0] >= height or cell[1] >= width:
        raise InputError(
            "cell", by_x(cell), f"is outside: {step.name} makes {height}×{width} cells, counted from 0",
            f"use 0x0 to {height - 1}x{width - 1}",
        )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    from ...picture.figures.files import FORMATS

    output = Output.of(arguments, FORMATS, named=True)
    if arguments.image is not None and arguments.level != "field":
        raise InputError("image", arguments.image, "goes with level field alone", "add --level field")
    if arguments.focus is not None and arguments.level == "network":
        raise InputError("focus", arguments.focus, "goes with a level inside the network", "add e.g. --level stage")
    if arguments.cell is not None and arguments.level not in ("operation", "field"):
        raise InputError("cell", arguments.cell, "goes with levels operation and field", "add e.g. --level operation")
    place = Place(arguments.level, arguments.focus, arguments.cell)
    look = Look(arguments.colour, arguments.true_scale, arguments.unfold, arguments.solid, arguments.theme)
    name, trace = choose_trace(arguments)
    where = f"{place.level} level{' ' + place.focus if place.focus else ''}"
    about = " · ".join([input_text(trace), *arguments.changes, where, f"ResNet Viz {__version__}"])
    if place.cell is not None and place.focus is not None:
        _check_cell(place.cell, trace.step(place.focus))
    with working(f"drawing {name} as .{output.format}", quiet=output.quiet):
        from ...picture.figures import describe
        from ...picture.figures.files import picture

        image = None
        if arguments.image is not None:
            from ...picture.figures.image import as_input, read_image

            image = as_input(read_image(arguments.image), map_size(trace.steps[0]), trace.steps[0].output[1])
        figure = describe(trace, place, look, image=image)
        made = picture(figure, output.format, name, about, theme=look.theme, size=arguments.size)
    output.write(made)
    return 0
