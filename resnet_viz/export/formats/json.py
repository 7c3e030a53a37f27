"""The shape table as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from ..registry import Export, Exporter


def write(export: Export) -> str:
    """``{"version", "configuration", "engine", "device", …, "steps": [row, …]}``; a row's unknown number is null.

    "unowned" are the parameters of no step, ``{"name", "count", "reason"}``.
    """
    trace = export.trace
    head = {
        "version": export.version, "configuration": export.configuration, "engine": trace.engine, "device": trace.device,
        "dtype": trace.dtype, "batch": trace.batch,
    }  # fmt: skip
    unowned = [asdict(one) for one in trace.unowned]
    return json.dumps({**head, "unowned": unowned, "steps": trace.rows()}, indent=1) + "\n"


EXPORTER = Exporter(
    "json", "Table, JSON", (".json",), "application/json", "the shape table with where it is from, for programs", write
)
