"""The shape table: one row a step in execution order, as dicts, CSV or a pandas frame."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..extras import require
from ..spec.sizes import Pair, by_x
from .ops import AvgPool, BlurPool, ChannelConv, Conv, ConvTranspose, MaxPool, Norm, Pad, Sliding
from .step import Step

if TYPE_CHECKING:
    import pandas  # pyright: ignore[reportMissingTypeStubs]

COLUMNS = (
    "index", "name", "kind", "stage", "block", "path", "reads", "input_shape", "output_shape", "kernel", "stride",
    "padding", "groups", "params", "macs", "receptive_field", "output_stride", "output_bytes", "time_ms",
)  # fmt: skip


def rows(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """One dict a step, keys :data:`COLUMNS`; what does not apply is ``""``, what is unknown None."""
    return [dict(zip(COLUMNS, _cells(step), strict=True)) for step in steps]


def to_csv(steps: Sequence[Step]) -> str:
    """With a header; what is unknown is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(step) for step in steps)
    return out.getvalue()


def to_dataframe(steps: Sequence[Step]) -> pandas.DataFrame:
    """Missing numbers are NA."""
    require("pandas", "Trace.to_dataframe")
    import pandas  # pyright: ignore[reportMissingTypeStubs]

    made = rows(steps)
    columns: dict[str, list[Any]] = {name: [row[name] for row in made] for name in COLUMNS}
    frame = pandas.DataFrame(columns)
    for name, kind in (("stage", "Int64"), ("block", "Int64"), ("groups", "Int64"), ("time_ms", "Float64")):
        # an empty cell is a missing number
        frame[name] = pandas.array([None if value == "" else value for value in columns[name]], dtype=kind)  # pyright: ignore
    frame["kernel"] = [str(value) for value in columns["kernel"]]  # a channel gate's has one side, a conv's HxW
    for name in ("macs", "receptive_field", "output_stride"):
        if any(isinstance(value, str) for value in columns[name]):  # HxW somewhere: one type for the column
            frame[name] = [None if value is None else str(value) for value in columns[name]]
        elif None in columns[name]:
            frame[name] = pandas.array(columns[name], dtype="Int64")  # pyright: ignore
    return frame


def _axes(pair: Pair) -> int | str:
    """One number where both axes agree, ``HxW`` where they do not."""
    return pair[0] if pair[0] == pair[1] else by_x(pair)


def _cells(step: Step) -> list[Any]:
    op = step.op
    windowed = isinstance(op, Conv | MaxPool | AvgPool | BlurPool | ConvTranspose | Sliding)
    return [
        step.index,
        step.name,
        op.kind,
        "" if step.stage is None else step.stage,
        "" if step.block is None else step.block,
        step.path,
        ";".join(map(str, step.reads)),
        ";".join(map(by_x, step.inputs)),
        by_x(step.output),
        by_x(op.kernel) if windowed else op.kernel if isinstance(op, ChannelConv) else "",
        by_x(op.stride) if windowed or isinstance(op, Pad) else "",
        by_x(op.padding) if windowed else "",
        (op.groups or "") if isinstance(op, Conv | ConvTranspose | Sliding | Norm) else "",
        step.params,
        step.macs,
        None if step.receptive_field is None else _axes(step.receptive_field),
        None if step.output_stride is None else _axes(step.output_stride),
        step.output_bytes,
        "" if step.time_ms is None else round(step.time_ms, 4),
    ]
