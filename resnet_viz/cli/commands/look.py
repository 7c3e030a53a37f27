"""``resnet-viz look``"""

from __future__ import annotations

import argparse
import json
import re
import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Any

from ...engines.formulas import forecast
from ...errors import InputError
from ...extras import require
from ...spec.configuration import Configuration
from ...steps import Pair, Trace
from ..choosing import choose
from ..completing import focus_texts, step_texts
from ..foreign import is_foreign, own_module, refuse_foreign_options
from ..options import Argument, append_option, choice, input_option, network_options, output_options
from ..output import Output
from ..terminal import working

if TYPE_CHECKING:
    from ...inside.activations import Activations

FORMATS = ("text", "json")
EXAMPLES = (
    "resnet-viz look resnet18 cat.jpg --weights weights.pth                  # its classes, and what each residual adds",
    "resnet-viz look resnet18@64 cat.jpg --step layer2.0.conv1 --cell 5,0,0   # one number, taken apart",
    "resnet-viz look resnet18@64 cat.jpg --without layer2.0 --cam             # without a residual; where the class is seen",
    "resnet-viz look mynet:Net cat.jpg --input 64 --step stem --format json   # your own code: class Net in mynet.py",
)
_SHOWN = 8  # channels and classes that are told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    network_options(parser, runs=False, foreign=True)
    parser.add_argument("image", metavar="IMAGE", help="a .png, .jpg, .webp or .npy file")
    input_option(parser, "what the image is cut and resized to; default: the input of NAME")
    parser.add_argument(
        "--weights", metavar="FILE", help="weights that fit, as `check` finds them; default: random ones"
    )
    parser.add_argument(
        "--seed", action=Argument, check=_seed, default=0, metavar="SEED", help="of the random weights; default 0"
    )
    parser.add_argument(
        "--step", action=Argument, completer=step_texts, metavar="STEP", help="tell this step's numbers"
    )
    parser.add_argument(
        "--cell",
        action=Argument,
        check=_cell,
        metavar="C,R,C",
        help="take apart the step's number at channel, row, column",
    )
    append_option(
        parser,
        "--without",
        check=_cut,
        completer=focus_texts,
        metavar="WHAT",
        help="run it without a block's residual, as BLOCK, its shortcut, as shortcut:BLOCK, or a channel, as STEP:CHANNEL; repeatable",
    )
    choice(parser, "--instead", allowed=("zero", "mean"), default="zero", help="what comes in its place; default zero")
    parser.add_argument(
        "--cam", action="store_true", help="tell where the class is seen (Grad-CAM), at --step or the last map"
    )
    parser.add_argument(
        "--class",
        action=Argument,
        check=_class,
        dest="index",
        metavar="CLASS",
        help="the class of --cam; default: the highest",
    )
    parser.add_argument("--training", action="store_true", help="norms use this image's own statistics, as in training")
    output_options(parser, FORMATS)


def _whole(field: str, written: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", written):
        raise InputError(field, written, "must be a whole number from 0", "use 0")
    return int(written)


def _seed(written: str) -> int:
    return _whole("seed", written)


def _class(written: str) -> int:
    return _whole("class", written)


def _cell(written: str) -> tuple[int, ...]:
    if not re.fullmatch(r"[0-9]{1,6}(,[0-9]{1,6}){0,2}", written):
        raise InputError("cell", written, "must be CHANNEL,ROW,COLUMN, counted from 0", "write e.g. --cell 5,0,0")
    return tuple(map(int, written.split(",")))


def _cut(written: str) -> dict[str, Any]:
    """What is cut, as :meth:`Activations.without` takes it."""
    what, colon, number = written.rpartition(":")
    if what == "shortcut" and number:
        return {"shortcut": number}
    if colon and re.fullmatch(r"[0-9]{1,6}", number):
        return {"channel": (what, int(number))}
    if colon or not written:
        raise InputError(
            "without", written, "must be BLOCK, shortcut:BLOCK or STEP:CHANNEL", "write e.g. --without layer2.0"
        )
    return {"residual": written}


def run(arguments: argparse.Namespace) -> int:
    output = Output.of(arguments, FORMATS)
    if arguments.cell is not None and arguments.step is None:
        raise InputError("cell", ",".join(map(str, arguments.cell)), "goes with a step", "add --step NAME")
    if arguments.index is not None and not arguments.cam:
        raise InputError("class", arguments.index, "goes with --cam", "add --cam")
    require("torch", "a look inside")
    network, size, name = _network(arguments)
    with working(f"looking into {name}", quiet=output.quiet), redirect_stdout(sys.stderr):  # an own module may talk
        from ...inside.activations import look

        seen = look(
            network,
            arguments.image,
            weights=arguments.weights,
            input_size=size,
            training=arguments.training,
            seed=arguments.seed,
        )
        for cut in arguments.without:
            seen = seen.without(**cut, instead=arguments.instead)
        told = _told(seen, arguments)
    if output.format == "json":
        output.write(json.dumps(_finite({"network": name, **told}), indent=1, ensure_ascii=False) + "\n")
    else:
        output.write("\n".join(_lines(name, seen, arguments, told)) + "\n")
    return 0


def _network(arguments: argparse.Namespace) -> tuple[Any, Pair | None, str]:
    """What is looked into, the size that was asked for, and how the user calls it."""
    if is_foreign(arguments.name) and arguments.spec is None:
        module, size = own_module(arguments.name, arguments)
        return module, size, str(arguments.name)
    refuse_foreign_options(arguments)
    chosen = choose(arguments)
    if arguments.step is not None or arguments.without:  # a name that is none is told before anything runs
        known = forecast(chosen.spec, chosen.size)
        if arguments.step is not None:
            known.step(arguments.step)
        for cut in arguments.without:
            _check_cut(known, cut)
    return Configuration.of(chosen.spec, chosen.size), arguments.input, chosen.name


def _check_cut(known: Trace, cut: dict[str, Any]) -> None:
    where = cut.get("residual") or cut.get("shortcut") or cut["channel"][0]
    if "channel" in cut or where not in {part.path for part in known.parts.walk()}:
        known.step(where)


def _told(seen: Activations, arguments: argparse.Namespace) -> dict[str, Any]:
    """All that was asked for, as plain data."""
    told: dict[str, Any] = {"said": seen.said}
    if seen.subject.headed:
        told["classes"] = [asdict(one) for one in seen.classes(_SHOWN)]
    if arguments.step is None:
        told["residuals"] = [{**asdict(one), "ratio": one.ratio} for one in seen.residual_share()]
    else:
        found = seen.statistics(arguments.step)
        told["statistics"] = asdict(found)
    if arguments.step is not None and arguments.cell is not None:
        apart = seen.apart(arguments.step, *arguments.cell)
        told["apart"] = {
            "cell": apart.cell._asdict(), "kind": apart.kind, "words": apart.words, "total": apart.total, "bias": apart.bias,
            "numbers": dict(apart.numbers), "summary": apart.summary,
            "terms": [
                {
                    "cell": term.cell and term.cell._asdict(), "weight": term.weight, "product": term.product,
                    "by": term.by and term.by._asdict(), "note": term.note,
                }
                for term in apart.terms
            ],
        }  # fmt: skip
    if arguments.cam:
        cam = seen.cam(arguments.index, arguments.step)
        told["cam"] = {"class": cam.index, "name": cam.name, "score": cam.score, "step": cam.step, "why": cam.why, "cells": cam.cells.tolist()}  # fmt: skip
    return told


def _finite(value: Any) -> Any:
    """JSON has no word for NaN and infinity: null."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, list | tuple) else value


def _lines(name: str, seen: Activations, arguments: argparse.Namespace, told: dict[str, Any]) -> list[str]:
    lines = [f"{name}, {len(seen.trace.steps)} steps", *told["said"]]
    if arguments.step is None:
        lines += _overview(told)
    else:
        lines += ["", repr(seen.statistics(arguments.step))]
    if arguments.cell is not None:
        lines += ["", *seen.apart(str(arguments.step), *arguments.cell).lines()]
    if arguments.cam:
        cam = told["cam"]
        most = max(max(row) for row in cam["cells"])
        shown = [" ".join(f"{round(99 * cell / most) if most else 0:2}" for cell in row) for row in cam["cells"]]
        lines += ["", f"{cam['name']} is seen at {cam['step']}, {cam['why']}; of 99:", *shown]
    return lines


def _overview(told: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    if told.get("classes"):
        lines += ["", *(f"{one['share']:6.1%}  {one['name']}" for one in told["classes"])]
    if told["residuals"]:
        wide = max(len(one["block"]) for one in told["residuals"])
        lines += ["", "how large each residual is against its shortcut:"]
        for one in told["residuals"]:
            share = "no shortcut" if one["ratio"] is None else f"{one['ratio']:.3f}"
            lines.append(f"{one['block']:{wide}}  {share}  (norms {one['residual']:.4g} and {one['shortcut']:.4g})")
    return lines
