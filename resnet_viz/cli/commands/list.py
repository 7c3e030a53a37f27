"""``resnet-viz list``"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from ...errors import InputError
from ...export.catalogue import FILES, catalogue_file, catalogue_row
from ...export.registry import exporter
from ...export.table import count_text
from ...spec.catalogue import CATALOGUE, variant
from ...steps import Pair
from ..options import input_option, output_options
from ..output import SUFFIXES, Output
from ..terminal import working

FORMATS = ("text", "csv", "json", *FILES[1:])
_BINARY = "excel"
EXAMPLES = (
    "resnet-viz list                              # every network, and what it changes over its predecessor",
    "resnet-viz list --input 64 -o networks.csv   # counted at 64 px; also .xlsx, .tex, .md, .html",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    input_option(parser, "also count parameters and MACs at this input size")
    output_options(parser, FORMATS)


def run(arguments: argparse.Namespace) -> int:
    output = Output.of(arguments, FORMATS, suffixes={**SUFFIXES, **{name: exporter(name).suffixes for name in FILES}})
    if output.format == _BINARY and output.path is None:
        raise InputError(
            "output", arguments.output or "-", "must be a file: excel is no text", "write e.g. -o networks.xlsx"
        )
    with working(f"counting {len(CATALOGUE)} networks", quiet=output.quiet):
        made = _text(arguments.input) if output.format == "text" else _data(output.format, arguments.input)
    output.write(made)
    return 0


def _data(form: str, size: Pair | None) -> str | bytes:
    rows: list[dict[str, Any]] = [catalogue_row(known, size) for known in CATALOGUE]
    if form in FILES:
        return catalogue_file(rows, size, form)
    return json.dumps([{**row, "spec": asdict(variant(row["name"]))} for row in rows], indent=1) + "\n"


def _text(size: Pair | None) -> str:
    lines: list[str] = []
    family = None
    for known in CATALOGUE:
        if known.family != family:
            family = known.family
            lines.append(f"{family.name} ({family.paper}, {family.year}, arXiv {family.arxiv})\n  {family.idea}")
        counts = ""
        if size:
            row = catalogue_row(known, size)
            params, macs = ("-" if row[name] == "" else count_text(row[name]) for name in ("params", "macs"))
            counts = f"{params:>9}  {macs:>9}  "
        side = size[0] if size else known.input_size
        lines.append(f"  {known.name:<21} {side:>3} px  {counts}{known.description}")
    return "\n".join(lines) + "\n"
