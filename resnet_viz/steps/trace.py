"""What is a step?  Plain frozen records of what a network does to a tensor's shape; no torch.

Both engines, the formulas and the forward hooks, give the same :class:`Trace`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar, cast

from ..checks import check_kind, check_text
from ..errors import InputError
from ..extras import require
from ..spec import ResNetSpec
from ..wording import MOST_NAMED, plural, share, short, some

if TYPE_CHECKING:
    import pandas  # pyright: ignore[reportMissingTypeStubs]

Shape = tuple[int, ...]
Pair = tuple[int, int]
Path = Literal["stem", "main", "gate", "shortcut", "head"]
Engine = Literal["formulas", "hooks", "onnx"]

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
    """Batch norm, or a group norm of ``groups`` groups; ``over`` names another: "layer", "instance", "rms"."""

    groups: int | None = None
    over: str = ""
    kind = "norm"


@dataclass(frozen=True, slots=True)
class Activation:
    """Each number by itself through a fixed function: "relu", "sigmoid", in other people's networks any."""

    function: str = "relu"

    @property
    def kind(self) -> str:
        return self.function


@dataclass(frozen=True, slots=True)
class MaxPool:
    kernel: Pair
    stride: Pair
    padding: Pair
    ceil: bool = False
    dilation: Pair = (1, 1)
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
class ConvTranspose:
    """A conv run backwards: each input cell is spread over a kernel's window, ``stride`` apart, so the map grows."""

    kernel: Pair
    stride: Pair
    padding: Pair
    output_padding: Pair = (0, 0)
    groups: int = 1
    bias: bool = False
    dilation: Pair = (1, 1)
    kind = "conv_transpose"


@dataclass(frozen=True, slots=True)
class Sliding:
    """A window over a signal ``(N, C, L)`` or a volume ``(N, C, D, H, W)``: "conv1d", "maxpool3d" …"""

    function: str
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    groups: int = 1
    bias: bool = False
    dilation: tuple[int, ...] = ()

    @property
    def kind(self) -> str:
        return self.function


@dataclass(frozen=True, slots=True)
class Resize:
    """The map on another grid: "nearest" copies cells, "bilinear" and "bicubic" mix neighbours."""

    mode: str = "nearest"
    kind = "resize"


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean over whole axes, counted from 0 and the batch; those axes are gone."""

    axes: tuple[int, ...]
    kind = "mean"


@dataclass(frozen=True, slots=True)
class Concat:
    """Tensors one after the other along ``axis``; ``new`` where the axis is made for it (a stack)."""

    axis: int = 1
    new: bool = False

    @property
    def kind(self) -> str:
        return "stack" if self.new else "concat"


@dataclass(frozen=True, slots=True)
class Multiply:
    """The product of two tensors, number by number: a gate that is not one number a channel (:class:`Scale`)."""

    kind = "multiply"


@dataclass(frozen=True, slots=True)
class MatMul:
    """The matrix product of two tensors of the network."""

    kind = "matmul"


@dataclass(frozen=True, slots=True)
class Attention:
    """Each position asks all others: softmax(Q·Kᵀ)·V, with its projections where the module holds them."""

    heads: int | None = None
    kind = "attention"


@dataclass(frozen=True, slots=True)
class Recurrent:
    """A cell run along a sequence: "LSTM", "GRU", "RNN"."""

    cell: str
    layers: int = 1
    both_ways: bool = False
    kind = "recurrent"


@dataclass(frozen=True, slots=True)
class Rearrange:
    """Numbers are moved, cut, repeated or bordered by zeros; none is computed: "permute", "slice", "pad" …"""

    function: str

    @property
    def kind(self) -> str:
        return "slice" if self.function == "slice" else "reshape"


@dataclass(frozen=True, slots=True)
class Pointwise:
    """A function of each number by itself, or with a constant or parameter: "mul", "exp" …; no multiply-adds counted."""

    function: str
    kind = "pointwise"


@dataclass(frozen=True, slots=True)
class Other:
    """What has no formula here; its shapes are recorded all the same."""

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
    | ConvTranspose
    | Sliding
    | Resize
    | Mean
    | Concat
    | Multiply
    | MatMul
    | Attention
    | Recurrent
    | Rearrange
    | Pointwise
    | Other
)


class Step(NamedTuple):
    """One operation: what it reads, what it makes, what it costs.

    A named tuple, not a dataclass: a network of 1,202 layers has over 5,000 and they are made in a blink.
    Shapes are ``(N, C, H, W)`` or ``(N, C)``, in other people's networks any; receptive field and output stride are
    (vertical, horizontal) in input pixels; ``macs`` counts multiply-adds of convs, linear layers and matrix products
    for the whole batch. What is not known is None, never 0.

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
    macs: int | None
    receptive_field: Pair | None
    output_stride: Pair | None
    output_bytes: int
    time_ms: float | None = None

    @property
    def kind(self) -> str:
        """The CSV's word for the operation."""
        return self.op.kind


Value = TypeVar("Value")


def known(value: Value | None) -> Value:
    """``value``, for code that only ever sees our own networks, whose numbers are all known.

    >>> known((4, 4))
    (4, 4)
    """
    if value is None:
        raise ValueError("a number that is unknown was taken for one of our own networks'")
    return value


JoinKind = Literal["identity", "projection", "padding", "gate", "concat", "merge"]
SHORTCUTS = ("identity", "projection", "padding")  # additions of what was read to what was made of it


@dataclass(frozen=True, slots=True)
class Join:
    """Where ways that forked meet again: an addition, a product or a concatenation, by its step's index.

    ``fork`` is the last step that all ways come from, None where they come from different inputs. ``ways`` are the
    steps of each way after the fork and before the join, in execution order, the main path's first; the shortcut's
    is last. An addition is an "identity" where its shortcut computes nothing, a "projection" where it is one conv
    beside a longer way, "padding" where zero channels are added, otherwise a "merge". ``detail`` is a word more.
    """

    step: int
    fork: int | None
    ways: tuple[tuple[int, ...], ...]
    kind: JoinKind
    detail: str = ""

    @property
    def main(self) -> tuple[int, ...]:
        return self.ways[0]

    @property
    def shortcut(self) -> tuple[int, ...]:
        return self.ways[-1]

    @property
    def is_residual(self) -> bool:
        """Whether a shortcut is added to the work of convs or linear layers."""
        return self.kind in SHORTCUTS and self.detail != "inner"


PartKind = Literal["network", "stem", "stage", "block", "branch", "head"]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a network: the steps from ``start`` up to, not with, ``stop``, and the parts that these fall into.

    ``path`` is the module that it is, or the longest common path of its modules; unique in its trace. ``source`` is the
    step whose output it reads, None for a network. Parts of equal ``signature`` (operations, shapes, parameters) are
    the same thing again. ``joins`` are those of its steps that are in none of its parts.
    """

    kind: PartKind
    path: str
    title: str
    start: int
    stop: int
    source: int | None
    parts: tuple[Part, ...] = ()
    joins: tuple[Join, ...] = ()
    signature: int = 0

    @property
    def steps(self) -> range:
        """The indices of its steps."""
        return range(self.start, self.stop)

    def walk(self) -> Iterator[Part]:
        """This part and all within, each before its own."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True, slots=True)
class Unowned:
    """A parameter that belongs to no step: its qualified name, its numbers, and why ("not run")."""

    name: str
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a trace. ``activation_bytes`` leaves out the input and what only renames a tensor (identity, flatten).

    ``macs`` leaves out the steps ``uncounted``, by name; ``unowned_params`` belong to no step and are not in ``params``.
    """

    params: int
    macs: int
    activation_bytes: int
    final_map: Shape
    convs: int
    adds: int
    time_ms: float | None
    uncounted: tuple[str, ...] = ()
    unowned_params: int = 0


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
    unowned: tuple[Unowned, ...] = ()
    returns: tuple[int, ...] = ()  # the steps whose outputs the network returns; () for the last
    title: str = ""  # what somebody else's network calls itself
    _structure: tuple[tuple[Join, ...], Part] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def returned(self) -> tuple[int, ...]:
        """The indices of the steps whose outputs the network returns."""
        return self.returns or (len(self.steps) - 1,)

    @property
    def outputs(self) -> tuple[Shape, ...]:
        """The shapes that the network returns, containers flattened in order."""
        return tuple([self.steps[index].output for index in self.returned])

    @property
    def joins(self) -> tuple[Join, ...]:
        """Every addition, product and concatenation of tensors that depend on the input, in order of execution."""
        return self._derived()[0]

    @property
    def parts(self) -> Part:
        """The network as a tree of stages, blocks and branches, from who reads whom and the modules' paths alone."""
        return self._derived()[1]

    def part(self, path: str) -> Part:
        """The part of that path. Raises :class:`InputError` that offers the nearest."""
        check_text("path", path, "layer1.0")
        known = {part.path: part for part in reversed(list(self.parts.walk()))}
        if path in known:
            return known[path]
        from difflib import get_close_matches

        near = get_close_matches(path, known, 3, 0.5) or [name for name in known if name][-3:]
        raise InputError(
            "part", path, "is in this network no part", "try " + ", ".join(near) if near else "it has none"
        )

    def keep_structure(self, joins: tuple[Join, ...], network: Part) -> None:
        """Keep what was derived of these very steps, so that it is not derived again."""
        object.__setattr__(self, "_structure", (joins, network))  # what follows from the other fields

    def _derived(self) -> tuple[tuple[Join, ...], Part]:
        if self._structure is None:
            self.keep_structure(*import_module("resnet_viz.steps.structure").derive(self))
        assert self._structure is not None
        return self._structure

    @property
    def input_size(self) -> Shape:
        """Height and width of the input; of one that is no image as many sides as lie behind batch and channels."""
        return self.steps[0].output[2:]

    @property
    def totals(self) -> Totals:
        """Parameters, MACs and activation bytes of the whole network, and the last map before the head."""
        body = [step for step in self.steps if step.path != "head"]
        # four axes alone do not make a map: attention's scores have them too, and no place on the image
        maps = [step.output for step in body if len(step.output) == 4 and step.output_stride is not None]
        maps = maps or [step.output for step in body if len(step.output) == len(self.steps[0].output)]
        maps = maps or [self.steps[0].output]
        timed = [step.time_ms for step in self.steps if step.time_ms is not None]
        return Totals(
            sum(step.params for step in self.steps),
            sum(step.macs or 0 for step in self.steps),
            sum(step.output_bytes for step in self.steps if step.kind not in ("input", "identity", "flatten")),
            maps[-1],
            sum(is_conv(step.op) for step in self.steps),
            sum(step.kind == "add" for step in self.steps),
            sum(timed) if timed else None,
            tuple([step.name for step in self.steps if step.macs is None]),
            sum(one.count for one in self.unowned),
        )

    def __repr__(self) -> str:
        return "\n  ".join(self.summary)

    def _repr_html_(self) -> str:
        """What a notebook shows: the picture and the totals. The layer that draws is loaded when it is asked to."""
        return import_module("resnet_viz.views.still").trace_html(self)

    @property
    def summary(self) -> tuple[str, ...]:
        """What this is and its totals, in a few lines."""
        totals = self.totals
        shape = self.steps[0].output
        size = f"{shape[2]}×{shape[3]} px, batch {self.batch}" if len(shape) == 4 else "×".join(map(str, shape))
        last = totals.final_map
        end = f", the last map {'×'.join(map(str, last[1:]))} (C×H×W)" if len(last) == 4 else ""
        way = {"formulas": "formulas", "onnx": "an ONNX file"}.get(self.engine, f"hooks on {self.device}")
        time = "" if totals.time_ms is None else f", {totals.time_ms:,.2f} ms"
        return (
            f"Trace of {len(self.steps):,} steps at {size}, {self.dtype}, by {way}",
            f"of {self.title or 'a module'}, somebody else's" if self.spec is None else f"{self.spec!r}",
            f"{totals.params:,} parameters, {totals.macs:,} MACs, {totals.activation_bytes:,} bytes of activations{time}",
            f"{plural(totals.convs, 'conv')}, {plural(totals.adds, 'addition')}{end}",
            *self.coverage,
        )

    @property
    def coverage(self) -> tuple[str, ...]:
        """What the totals leave out, a sentence each; nothing of our own networks, whose every number is known."""
        totals, told = self.totals, list[str]()
        left = totals.uncounted
        if left:
            are = f"{plural(len(left), 'operation')} that {'is' if len(left) == 1 else 'are'} not counted"
            told.append(f"{short(totals.macs)} MACs, without {are}: {some(left)}")
        if self.unowned:
            names = [one.name for one in self.unowned]
            if len(names) <= MOST_NAMED:
                names = [f"{one.name} ({one.reason})" if one.reason else one.name for one in self.unowned]
            whole = totals.params + totals.unowned_params
            belong = "belongs" if len(names) == 1 else "belong"
            told.append(
                f"{share(totals.params, whole)} parameters are in the steps shown; {some(names)} {belong} to none"
            )
        return tuple(told)

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
            for number in Step._fields[:14]:
                left, right = getattr(mine, number), getattr(theirs, number)
                if left != right:
                    found.append(f"{mine.name}: {number} is {left} by {self.engine}, {right} by {other.engine}")
        return found

    def rows(self) -> list[dict[str, Any]]:
        """The shape table: one dict a step, keys :data:`COLUMNS`; what does not apply is ``""``, what is unknown None."""
        return [dict(zip(COLUMNS, _cells(step), strict=True)) for step in self.steps]

    def to_csv(self) -> str:
        """The shape table as CSV with a header, one row a step in execution order, row 0 the input; what is unknown is empty."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_cells(step) for step in self.steps)
        return out.getvalue()

    def to_json(self) -> str:
        """The whole trace as JSON, for another process or to keep; :meth:`from_json` reads it back to an equal trace."""
        return import_module("resnet_viz.steps.json").to_json(self)

    @staticmethod
    def from_json(text: str) -> Trace:
        """Read a trace from untrusted JSON, bounded and checked. Raises :class:`InputError` for anything else.

        >>> from resnet_viz import forecast
        >>> Trace.from_json(forecast("resnet18").to_json()) == forecast("resnet18")
        True
        """
        return import_module("resnet_viz.steps.json").from_json(check_text("text", text, "what Trace.to_json wrote"))

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
        for name in ("macs", "receptive_field", "output_stride"):
            if any(isinstance(value, str) for value in columns[name]):  # HxW somewhere: one type for the column
                frame[name] = [None if value is None else str(value) for value in columns[name]]
            elif None in columns[name]:
                frame[name] = pandas.array(columns[name], dtype="Int64")  # pyright: ignore
        return frame


def is_conv(op: Op) -> bool:
    """Whether it is a conv over a map, a signal or a volume, a transposed one too; a channel gate's is none."""
    return isinstance(op, Conv | ConvTranspose) or (isinstance(op, Sliding) and op.function.startswith("conv"))


def by_x(values: tuple[int, ...]) -> str:
    """``(1, 64, 112, 112)`` as ``1x64x112x112``."""
    return "x".join(map(str, values))


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
