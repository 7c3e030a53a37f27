"""What is a step?  Plain frozen records of what a network does to a tensor's shape; no torch.

Both engines, the formulas and the forward hooks, give the same :class:`Trace`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from .checks import check_kind, check_text
from .errors import InputError
from .extras import require
from .spec import ResNetSpec

if TYPE_CHECKING:
    import pandas  # pyright: ignore[reportMissingTypeStubs]

Shape = tuple[int, ...]
Pair = tuple[int, int]
Path = Literal["stem", "main", "gate", "shortcut", "head"]
Engine = Literal["formulas", "hooks"]

DTYPE_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2, "float64": 8}
MAX_SIDE, MAX_BATCH = 16_384, 1_048_576


@dataclass(frozen=True, slots=True)
class Input:
    kind = "input"


@dataclass(frozen=True, slots=True)
class Conv:
    kernel: Pair
    stride: Pair
    padding: Pair
    groups: int = 1
    bias: bool = False
    dilation: Pair = (1, 1)
    kind = "conv"


@dataclass(frozen=True, slots=True)
class ChannelConv:
    """ECA's conv: slides along the channels of a vector ``(N, C)``, one kernel for all."""

    kernel: int
    kind = "conv1d"


@dataclass(frozen=True, slots=True)
class Norm:
    """Batch norm, or a group norm of ``groups`` groups."""

    groups: int | None = None
    kind = "norm"


@dataclass(frozen=True, slots=True)
class Activation:
    function: Literal["relu", "sigmoid"] = "relu"

    @property
    def kind(self) -> str:
        return self.function


@dataclass(frozen=True, slots=True)
class MaxPool:
    kernel: Pair
    stride: Pair
    padding: Pair
    kind = "maxpool"


@dataclass(frozen=True, slots=True)
class AvgPool:
    """An average pool; the global one has the map itself as its kernel. ``ceil`` rounds the size up (ResNet-D)."""

    kernel: Pair
    stride: Pair
    padding: Pair = (0, 0)
    ceil: bool = False
    kind = "avgpool"


@dataclass(frozen=True, slots=True)
class BlurPool:
    """A fixed 3x3 blur (1 2 1 by 1 2 1, over 16) of stride 2 over a reflected border (1904.11486)."""

    kernel: Pair = (3, 3)
    stride: Pair = (2, 2)
    padding: Pair = (1, 1)
    kind = "blurpool"


@dataclass(frozen=True, slots=True)
class Pad:
    """Option A: keep every ``stride``-th row and column, then add zero channels before and after."""

    stride: Pair
    before: int
    after: int
    kind = "pad"


@dataclass(frozen=True, slots=True)
class Identity:
    kind = "identity"


@dataclass(frozen=True, slots=True)
class Add:
    kind = "add"


@dataclass(frozen=True, slots=True)
class Scale:
    """The channel gate: each channel of the first tensor times its number in the second."""

    kind = "scale"


@dataclass(frozen=True, slots=True)
class Flatten:
    kind = "flatten"


@dataclass(frozen=True, slots=True)
class Linear:
    bias: bool = True
    kind = "linear"


@dataclass(frozen=True, slots=True)
class Other:
    """A module of somebody else's network that has no formula here; its shapes are recorded all the same."""

    label: str
    kind = "other"


Op = (
    Input
    | Conv
    | ChannelConv
    | Norm
    | Activation
    | MaxPool
    | AvgPool
    | BlurPool
    | Pad
    | Identity
    | Add
    | Scale
    | Flatten
    | Linear
    | Other
)


class Step(NamedTuple):
    """One operation: what it reads, what it makes, what it costs.

    A named tuple, not a dataclass: a network of 1,202 layers has over 5,000 and they are made in a blink.
    Shapes are ``(N, C, H, W)`` or ``(N, C)``; receptive field and output stride are (vertical, horizontal)
    in input pixels; ``macs`` counts multiply-adds of conv and linear steps for the whole batch.

    >>> from resnet_viz import forecast
    >>> step = forecast("resnet18", 224).step("conv1")
    >>> step.output, step.params  # 112 = (224 + 2*3 - 7)//2 + 1; 9408 = 64*3*7*7
    ((1, 64, 112, 112), 9408)
    """

    index: int  # pyright: ignore[reportIncompatibleMethodOverride]  (a step is never searched as a tuple)
    name: str
    op: Op
    stage: int | None
    block: int | None
    path: Path
    reads: tuple[int, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    params: int
    macs: int
    receptive_field: Pair
    output_stride: Pair
    output_bytes: int
    time_ms: float | None = None

    @property
    def kind(self) -> str:
        """The CSV's word for the operation."""
        return self.op.kind


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a trace. ``activation_bytes`` leaves out the input and what only renames a tensor (identity, flatten)."""

    params: int
    macs: int
    activation_bytes: int
    final_map: Shape
    convs: int
    adds: int
    time_ms: float | None


COLUMNS = (
    "index", "name", "kind", "stage", "block", "path", "reads", "input_shape", "output_shape", "kernel", "stride",
    "padding", "groups", "params", "macs", "receptive_field", "output_stride", "output_bytes", "time_ms",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trace:
    """Every step of one network at one input, and how that was found out.

    ``engine`` is "formulas" (computed, nothing ran) or "hooks" (PyTorch ran on ``device``).
    ``blocks_run`` says, for hooks on meta, how many blocks really ran out of how many: equal blocks at an equal
    input shape run once and are repeated.

    >>> from resnet_viz import forecast
    >>> trace = forecast("resnet18", 224)
    >>> trace.totals.params, trace.totals.final_map, trace.rows()[1]["output_shape"]
    (11689512, (1, 512, 7, 7), '1x64x112x112')
    """

    steps: tuple[Step, ...]
    engine: Engine
    device: str
    dtype: str = "float32"
    batch: int = 1
    spec: ResNetSpec | None = None
    elapsed_ms: float | None = None
    blocks_run: tuple[int, int] | None = None

    @property
    def input_size(self) -> Pair:
        """Height and width of the input."""
        return self.steps[0].output[-2], self.steps[0].output[-1]

    @property
    def totals(self) -> Totals:
        """Parameters, MACs and activation bytes of the whole network, and the last map before the head."""
        maps = [step.output for step in self.steps if len(step.output) == 4 and step.path != "head"]
        timed = [step.time_ms for step in self.steps if step.time_ms is not None]
        return Totals(
            sum(step.params for step in self.steps),
            sum(step.macs for step in self.steps),
            sum(step.output_bytes for step in self.steps if step.kind not in ("input", "identity", "flatten")),
            maps[-1],
            sum(step.kind == "conv" for step in self.steps),
            sum(step.kind == "add" for step in self.steps),
            sum(timed) if timed else None,
        )

    def __repr__(self) -> str:
        return "\n  ".join(self.summary)

    def _repr_html_(self) -> str:
        """What a notebook shows: the picture and the totals. The layer that draws is loaded when it is asked to."""
        return import_module("resnet_viz.views.still").trace_html(self)

    @property
    def summary(self) -> tuple[str, ...]:
        """What this is and its totals, in a few lines."""
        totals, (height, width) = self.totals, self.input_size
        way = "formulas" if self.engine == "formulas" else f"hooks on {self.device}"
        time = "" if totals.time_ms is None else f", {totals.time_ms:,.2f} ms"
        return (
            f"Trace of {len(self.steps):,} steps at {height}×{width} px, batch {self.batch}, {self.dtype}, by {way}",
            "of somebody else's module" if self.spec is None else f"{self.spec!r}",
            f"{totals.params:,} parameters, {totals.macs:,} MACs, {totals.activation_bytes:,} bytes of activations{time}",
            f"{totals.convs:,} convs, {totals.adds:,} additions, the last map {'×'.join(map(str, totals.final_map[1:]))} (C×H×W)",
        )

    def step(self, name: str) -> Step:
        """The step of that name. Raises :class:`InputError` that offers the nearest names."""
        check_text("name", name, "conv1")
        for step in self.steps:
            if step.name == name:
                return step
        from difflib import get_close_matches

        names = [step.name for step in self.steps]
        near = get_close_matches(name, names, 3, 0.5) or names[1:4]
        raise InputError("step", name, "is not in this network", "try " + ", ".join(near))

    def confirm(self, other: Trace) -> list[str]:
        """Differences between two traces, in words, one a line; an empty list means they agree step by step."""
        check_kind("other", other, Trace, "a Trace", "make one with resnet_viz.forecast or resnet_viz.trace")
        found: list[str] = []
        if len(self.steps) != len(other.steps):
            found.append(f"steps: {len(self.steps)} by {self.engine}, {len(other.steps)} by {other.engine}")
        for mine, theirs in zip(self.steps, other.steps, strict=False):
            if mine[:14] == theirs[:14]:  # all but the time
                continue
            for field in Step._fields[:14]:
                left, right = getattr(mine, field), getattr(theirs, field)
                if left != right:
                    found.append(f"{mine.name}: {field} is {left} by {self.engine}, {right} by {other.engine}")
        return found

    def rows(self) -> list[dict[str, Any]]:
        """The shape table: one dict a step, keys :data:`COLUMNS`; what does not apply is empty."""
        return [dict(zip(COLUMNS, _cells(step), strict=True)) for step in self.steps]

    def to_csv(self) -> str:
        """The shape table as CSV with a header, one row a step in execution order, row 0 the input."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_cells(step) for step in self.steps)
        return out.getvalue()

    def to_dataframe(self) -> pandas.DataFrame:
        """The shape table as a pandas DataFrame; missing numbers are NA."""
        require("pandas", "Trace.to_dataframe")
        import pandas  # pyright: ignore[reportMissingTypeStubs]

        rows = self.rows()
        columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in COLUMNS}
        frame = pandas.DataFrame(columns)
        for name, kind in (("stage", "Int64"), ("block", "Int64"), ("groups", "Int64"), ("time_ms", "Float64")):
            # an empty cell is a missing number
            frame[name] = pandas.array([None if value == "" else value for value in columns[name]], dtype=kind)  # pyright: ignore
        frame["kernel"] = [str(value) for value in columns["kernel"]]  # a channel gate's has one side, a conv's HxW
        for name in ("receptive_field", "output_stride"):
            if any(isinstance(value, str) for value in columns[name]):
                frame[name] = [str(value) for value in columns[name]]  # HxW somewhere: one type for the column
        return frame


def by_x(values: tuple[int, ...]) -> str:
    """``(1, 64, 112, 112)`` as ``1x64x112x112``."""
    return "x".join(map(str, values))


def _axes(pair: Pair) -> int | str:
    """One number where both axes agree, ``HxW`` where they do not."""
    return pair[0] if pair[0] == pair[1] else by_x(pair)


def _cells(step: Step) -> list[Any]:
    op = step.op
    windowed = isinstance(op, Conv | MaxPool | AvgPool | BlurPool)
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
        (op.groups or "") if isinstance(op, Conv | Norm) else "",
        step.params,
        step.macs,
        _axes(step.receptive_field),
        _axes(step.output_stride),
        step.output_bytes,
        "" if step.time_ms is None else round(step.time_ms, 4),
    ]


def check_input(size: object, batch: object, dtype: object) -> tuple[Pair, int, str]:
    """Validate an untrusted input size (``224`` or ``(H, W)``), batch and dtype before any work starts."""
    value: object = size  # pyright narrows an isinstance of tuple to tuple[Unknown, ...]
    sides = list(cast("Sequence[object]", value)) if isinstance(value, tuple | list) else [value, value]
    whole = [n for n in sides if isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= MAX_SIDE]
    if len(sides) != 2 or len(whole) != 2:
        raise InputError(
            "input_size",
            size,
            f"height and width must be whole numbers from 1 to {MAX_SIDE} px",
            "use 224, or (H, W)",
        )
    if not isinstance(batch, int) or isinstance(batch, bool) or not 1 <= batch <= MAX_BATCH:
        raise InputError("batch", batch, f"must be a whole number from 1 to {MAX_BATCH}", "use 1")
    if not isinstance(dtype, str) or dtype not in DTYPE_BYTES:
        raise InputError("dtype", dtype, "must be one of " + ", ".join(DTYPE_BYTES), "use 'float32'")
    return (whole[0], whole[1]), batch, str(dtype)


def parse_size(text: str) -> Pair:
    """``"224"`` or ``"160x224"`` (height x width) as a pair; also with ``×`` or ``*``."""
    check_text("input_size", text, "160x224")
    parts = text.strip().lower().replace("×", "x").replace("*", "x").split("x")
    if len(parts) not in (1, 2) or not all(
        part.strip().isascii() and part.strip().isdecimal() and len(part.strip()) <= 9 for part in parts
    ):
        raise InputError(
            "input_size", text, f"must be one side or HxW in whole pixels from 1 to {MAX_SIDE}", "write 224 or 160x224"
        )
    sides = [int(part) for part in parts]
    return check_input((sides[0], sides[-1]), 1, "float32")[0]
