"""The catalogue as a table: what each network costs at one input size, and what was published about it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

from ..engines.formulas import forecast
from ..errors import InputError
from ..spec.catalogue import Variant
from ..steps import Pair, Trace, known
from .registry import exporter
from .tabular import Table

COLUMNS = (
    "name", "title", "family", "year", "arxiv", "dataset", "input", "layers", "params", "macs", "activation_bytes",
    "final_map", "output_stride", "receptive_field", "top1", "top1_input", "top1_source", "description", "note", "source",
)  # fmt: skip


def catalogue_row(variant: Variant, size: Pair | None = None) -> dict[str, Any]:
    """One network's row at ``size``, (H, W) in px, or at its own input; counts are empty where it cannot run there."""
    size = size or (variant.input_size, variant.input_size)
    family, top1 = variant.family, variant.top1[0] if variant.top1 else None
    try:
        trace: Trace | None = forecast(variant.spec, size)
    except InputError:  # an anti-aliased network at a size that does not halve
        trace = None
    counts: dict[str, Any] = dict.fromkeys(COLUMNS[7:14], "")
    if trace:
        totals = trace.totals
        last = next(step for step in reversed(trace.steps) if step.path not in ("head", "shortcut", "gate"))
        counts = {
            "layers": depth(trace),
            "params": totals.params,
            "macs": totals.macs,
            "activation_bytes": totals.activation_bytes,
            "final_map": "x".join(map(str, totals.final_map[2:])),
            "output_stride": max(known(last.output_stride)),
            "receptive_field": max(known(last.receptive_field)),
        }
    values = {
        "name": variant.name, "title": variant.title, "family": family.name, "year": family.year, "arxiv": family.arxiv,
        "dataset": family.dataset, "input": "x".join(map(str, size)), **counts,
        "top1": top1.value if top1 else "", "top1_input": top1.input_size if top1 else "",
        "top1_source": top1.source if top1 else "", "description": variant.description, "note": variant.note,
        "source": family.source,
    }  # fmt: skip
    return {column: values[column] for column in COLUMNS}


def depth(trace: Trace) -> int:
    """Layers with weights from input to output: the convs outside shortcuts and gates, and the linear layer."""
    return sum(step.kind in ("conv", "linear") and step.path not in ("shortcut", "gate") for step in trace.steps)


def catalogue_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV with a header."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list[str](COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


FILES = ("csv", "excel", "markdown", "latex", "html")
"""The formats that the catalogue's table has, each what :mod:`resnet_viz.export.registry` calls it."""
_BRIEF = tuple(name for name in COLUMNS if name not in ("arxiv", "dataset", "top1_source", "note", "source"))


def catalogue_file(rows: Sequence[Mapping[str, Any]], size: Pair | None, format: str) -> str | bytes:
    """Rows of the catalogue, counted at ``size`` or each at its own input, as a file of one of :data:`FILES`.

    In Markdown and LaTeX without the columns of references, which no page is wide enough for. Raises
    :class:`MissingPackageError` where a format needs a package that is absent.

    >>> from resnet_viz import entry
    >>> catalogue_file([catalogue_row(entry("resnet18"))], None, "markdown").splitlines()[2][:40]
    '| resnet18 | ResNet-18 | ResNet | 2015 |'
    """
    if format == "csv":
        return catalogue_csv(rows)
    chosen = exporter(format)
    chosen.check_packages()
    columns = _BRIEF if format in ("markdown", "latex") else COLUMNS
    at = "each at its own input" if size is None else f"at {'×'.join(map(str, size))} px"
    # a year is a name, whose digits nobody groups
    cells = tuple(tuple(str(row[name]) if name == "year" else row[name] for name in columns) for row in rows)
    table = Table(f"{len(rows)} networks, counted {at}", columns, cells)
    version = import_module("resnet_viz").__version__
    about = {"made by": f"ResNet Viz {version}", "numbers": f"by formulas, {at}, batch 1; accuracies as published"}
    module = import_module(f"{__package__}.formats.{format}")
    if format == "markdown":
        return module.table_text(table, (), " · ".join(about.values()))
    return module.workbook(table, about) if format == "excel" else module.table_document(table, about)
