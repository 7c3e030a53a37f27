"""The shape table's numbers in words, and its columns that have room on a line."""

from __future__ import annotations

from ..steps import Trace

_SHORT = (
    "index",
    "name",
    "kind",
    "output_shape",
    "kernel",
    "stride",
    "params",
    "macs",
    "receptive_field",
    "output_stride",
    "time_ms",
)


def count_text(number: int) -> str:
    """A count in engineering form: ``21.80 M``, ``3.664 G``; below ten thousand as it is."""
    for power, letter in ((12, "T"), (9, "G"), (6, "M"), (3, "k")):
        if number >= 10 ** max(power, 4):
            return f"{number / 10**power:.4g} {letter}"
    return f"{number}"


def bytes_text(number: int) -> str:
    """Bytes in powers of 1024: ``19.7 MiB``."""
    value = float(number)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.4g} {unit}"
        value /= 1024
    return f"{value:.4g} TiB"


def input_text(trace: Trace) -> str:
    """What went in: ``224×224 px, batch 1``; of other inputs than images their shapes, ``1×16×8 and 1×4``."""
    inputs = [step for step in trace.steps if step.kind == "input"]
    if len(inputs) == 1 and len(inputs[0].output) == 4:
        height, width = trace.input_size
        return f"{height}×{width} px, batch {trace.batch}"
    return " and ".join("×".join(map(str, step.output)) for step in inputs)


def totals_text(trace: Trace) -> str:
    """``25.56 M parameters, 4.089 G MACs, 143.3 MiB activations``; what they leave out, ``trace.coverage`` says."""
    totals = trace.totals
    memory = f"{bytes_text(totals.activation_bytes)} activations"
    return f"{count_text(totals.params)} parameters, {count_text(totals.macs)} MACs, {memory}"


_RIGHT = {"index", "params", "macs", "receptive_field", "output_stride", "time_ms"}  # columns of numbers


def short_columns(trace: Trace) -> list[tuple[str, bool]]:
    """The columns that have room on a line, and whether each is of numbers; times only where there are any."""
    timed = any(step.time_ms is not None for step in trace.steps)
    return [(name, name in _RIGHT) for name in _SHORT if name != "time_ms" or timed]


def short_cells(trace: Trace) -> list[list[str]]:
    """Every step in these columns, as it is written."""
    columns = short_columns(trace)
    return [[_cell(row[name], name) for name, _ in columns] for row in trace.rows()]


def _cell(value: object, column: str) -> str:
    if value is None:
        return "unknown"
    return f"{value:,}" if column in ("params", "macs") else str(value)
