"""Which network of the catalogue is this?  Structure against structure: a trace of any origin beside the forecasts.

Names count for nothing. Each operation is put as a token, of what it does and not of how the code says it (a mean over a
map is a global pool, a 1×1 conv on one cell is a linear layer), and steps that only rename a tensor are left out. Two
networks are the same where the tokens are, and are wired the same; where they are not, every difference is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from ..checks import check_kind
from ..engines.formulas import forecast
from ..errors import ResNetVizError
from ..spec import ResNetSpec, Stem, replace
from ..spec.catalogue import CATALOGUE, Variant, entry
from ..spec.configuration import refuse_module
from ..spec.settings import describe
from ..spec.spec import StemPool, StemStride
from ..steps import (
    Activation,
    Add,
    AvgPool,
    BlurPool,
    ChannelConv,
    Conv,
    Flatten,
    Identity,
    Input,
    Linear,
    MaxPool,
    Mean,
    Multiply,
    Norm,
    Pad,
    Rearrange,
    Scale,
    Sliding,
    Step,
    Trace,
    by_x,
)  # fmt: skip
from ..why.field import map_size

# Of the convs and linear layers, the share that must be alike for a network to be called a changed one of the catalogue.
ALIKE = 0.9

Token = tuple[str, str]  # the kind of operation, and all that matters of it in words


@dataclass(frozen=True, slots=True)
class Recognition:
    """A network of the catalogue, what of its spec was changed, and what else differs, each in words.

    ``twins`` are other names of the catalogue with the very same structure; ``folded`` says that there are none
    after its convs: an exporter folds them into these, so a file does not tell whether there were any.

    >>> import resnet_viz as rv
    >>> found = rv.recognise(rv.forecast("resnet50:in_channels=1@64"))
    >>> found.name, found.changes, found.exact
    ('resnet50', ('1 input channel',), True)
    """

    name: str
    spec: ResNetSpec
    changes: tuple[str, ...]
    unexplained: tuple[str, ...]
    twins: tuple[str, ...] = ()
    folded: bool = False

    @property
    def exact(self) -> bool:
        """Whether the spec says all of it."""
        return not self.unexplained

    @property
    def sentence(self) -> str:
        """``This is ResNet-50 (resnet50) with 4 classes.``"""
        known = entry(self.name)
        changed = " with " + ", ".join(self.changes) if self.changes else ""
        rest = f", and {_these(len(self.unexplained))}" if self.unexplained else ""
        twins = f" The same structure is called {', '.join(self.twins)} too." if self.twins else ""
        folded = " Its norms are folded into its convs, or it never had any." if self.folded else ""
        return f"This is {known.title} ({self.name}){changed}{rest}.{twins}{folded}"

    def __repr__(self) -> str:
        return "\n  ".join([self.sentence, *self.unexplained])


def _these(count: int) -> str:
    return "1 difference" if count == 1 else f"{count:,} differences"


def recognise(trace: Trace) -> Recognition | None:
    """The network of the catalogue that ``trace`` is, perhaps changed; None where it is none of them.

    Raises :class:`InputError` for what is no trace.

    >>> import resnet_viz as rv
    >>> rv.recognise(rv.forecast("resnet50:num_classes=4@64")).sentence
    'This is ResNet-50 (resnet50) with 4 classes.'
    """
    refuse_module("trace", trace)
    check_kind("trace", trace, Trace, "a Trace", "make one with resnet_viz.trace or resnet_viz.read_onnx")
    inputs = [step for step in trace.steps if isinstance(step.op, Input)]
    adds = sum(isinstance(step.op, Add) for step in trace.steps)
    if len(inputs) != 1 or len(inputs[0].output) != 4 or not adds:
        return None
    candidates = [known for known in CATALOGUE if sum(known.spec.blocks) == adds]
    if not candidates:
        return None
    seen = _Structure(trace, fold=trace.engine == "onnx")
    found = [made for known in candidates for spec in _specs(known, seen) if (made := _compared(known, spec, seen))]
    if not found:
        return None
    order = {known.name: number for number, known in enumerate(CATALOGUE)}
    best = min(found, key=lambda one: (len(one.unexplained), len(one.changes), order[one.name]))
    twins = [one.name for one in found if best.exact and one.exact and one.changes == best.changes and one.name != best.name]  # fmt: skip
    return Recognition(best.name, best.spec, best.changes, best.unexplained, tuple(dict.fromkeys(twins)), seen.folded)


def _specs(known: Variant, seen: _Structure) -> Iterator[ResNetSpec]:
    """The network for this input and these classes; with its own stem, and with the one that was seen."""
    stems = dict.fromkeys([known.spec.stem, *([seen.stem] if seen.stem else [])])
    for stem in stems:
        try:
            yield replace(
                known.spec, in_channels=seen.channels, num_classes=seen.classes or known.spec.num_classes, stem=stem
            )
        except ResNetVizError:
            continue


def _compared(known: Variant, spec: ResNetSpec, seen: _Structure) -> Recognition | None:
    try:
        told = _Structure(forecast(spec, seen.size), fold=seen.fold)
    except ResNetVizError:
        return None
    changes = tuple(describe(spec, replace(known.spec, num_classes=spec.num_classes) if not seen.classes else known.spec))  # fmt: skip
    if told.whole == seen.whole:
        return Recognition(known.name, spec, changes, ())
    ours, theirs = Counter(told.heavy), Counter(seen.heavy)
    if (ours & theirs).total() < ALIKE * max(ours.total(), theirs.total()):
        return None
    unexplained = tuple(_differences(told, seen)) or ("the same operations, put together in another way",)
    return Recognition(known.name, spec, changes, unexplained)


def _differences(told: _Structure, seen: _Structure) -> Iterator[str]:
    """What the trace has otherwise than the spec says, equal differences together, with the first place of each."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for place in dict.fromkeys([*told.places, *seen.places]):
        ours, theirs = told.places.get(place, []), seen.places.get(place, [])
        more = list((Counter(token for token, _ in theirs) - Counter(token for token, _ in ours)).elements())
        less = list((Counter(token for token, _ in ours) - Counter(token for token, _ in theirs)).elements())
        for token in more:
            same = next((other for other in less if _sort(other) == _sort(token)), None)
            if same:
                less.remove(same)
            where = next(name for known, name in reversed(theirs) if known == token)
            grouped.setdefault((same[1] if same else "", token[1]), []).append(where)
        for token in less:
            where = next(name for known, name in reversed(ours) if known == token)
            grouped.setdefault((token[1], ""), []).append(where)
    for (before, after), where in grouped.items():
        times = "" if len(where) == 1 else f", {len(where)} times, first"
        if before and after:
            yield f"{after} instead of {before}{times} at {where[0]}"
        elif after:
            yield f"{after} besides{times} at {where[0]}"
        else:
            yield f"no {before}{times} where {where[0]} would be"


def _sort(token: Token) -> str:
    """What may stand for each other: a pool for a pool, a norm for a norm."""
    return {"maxpool": "pool", "avgpool": "pool", "blurpool": "pool"}.get(token[0], token[0])


# ---- a trace as tokens ----------------------------------------------------------------------------------------------


class _Structure:
    """A trace's tokens, where each stands, and one number for how all of it is put together."""

    def __init__(self, trace: Trace, fold: bool) -> None:
        self.fold = fold
        self.folded = False
        steps = trace.steps
        self.channels, self.size = steps[0].output[1], map_size(steps[0])
        output = trace.returned[0]
        self.classes = steps[output].output[1] if len(steps[output].output) == 2 else None
        readers = Counter(read for step in steps for read in set(step.reads))
        made: list[int] = []  # for each step a number that stands for it and all before it
        tokens: list[Token | None] = []
        source: list[int] = []  # for each step the one that made what it passes on
        seen_by: list[list[int]] = [[] for _ in steps]
        self.places: dict[tuple[object, ...], list[tuple[Token, str]]] = {}
        for step in steps:
            before = [made[read] for read in step.reads]
            token = self._token(step, [steps[read] for read in step.reads], readers)
            tokens.append(token)
            if token is None:
                made.append(before[0] if before else 0)
                source.append(source[step.reads[0]] if step.reads else step.index)
                continue
            source.append(step.index)
            for read in {source[read] for read in step.reads}:
                seen_by[read].append(step.index)
            made.append(hash((token, tuple(sorted(before) if token[0] in ("add", "gate") else before))))
            place = (step.stage, step.block, step.path if step.stage is None else "")
            self.places.setdefault(place, []).append((token, step.name))
        self.whole = made[output]
        self.heavy = [(place, token) for place, some in self.places.items() for token, _ in some if token[0] in ("conv", "linear")]  # fmt: skip
        self.stem = _stem(steps, tokens, seen_by)
        if fold:
            kinds = Counter(token[0] for token in tokens if token)
            norms = sum(isinstance(step.op, Norm) for step in steps)
            self.folded = norms < kinds["conv"] // 2

    def _token(self, step: Step, reads: Sequence[Step], readers: Counter[int]) -> Token | None:
        """The step as a token; None where it leaves the tensor as it is."""
        op, out = step.op, step.output
        before = step.inputs[0] if step.inputs else out
        channels = out[1] if len(out) > 1 else 0
        match op:
            case Identity() | Flatten() | Rearrange():
                return None
            case Norm(groups=None, over="") if self.fold and reads and isinstance(reads[0].op, Conv) and readers[reads[0].index] == 1:  # fmt: skip
                return None  # an exporter folds it into the conv before it
            case Norm():
                kind = f"{op.over} norm" if op.over else f"norm of {op.groups} groups" if op.groups else "batch norm"
                return "norm", f"{kind} of {channels}"
            case Conv() if not step.params and op.groups == before[1] == channels and op.kernel == (3, 3):
                return "blurpool", f"fixed blur of stride {by_x(op.stride)}"
            case BlurPool():
                return "blurpool", f"fixed blur of stride {by_x(op.stride)}"
            case Conv() if op.kernel == (1, 1) and op.groups == 1 and before[2:] == out[2:] == (1, 1):
                return "linear", f"linear layer {before[1]} to {channels}"
            case Conv():
                more = [f"stride {by_x(op.stride)}"] if max(op.stride) > 1 else []
                usual = tuple(dilation * (side - 1) // 2 for side, dilation in zip(op.kernel, op.dilation, strict=True))
                more += [f"padding {by_x(op.padding)}"] if op.padding != usual else []
                more += [f"dilation {by_x(op.dilation)}"] if max(op.dilation) > 1 else []
                more += [f"{op.groups} groups"] if op.groups > 1 else []
                return "conv", ", ".join([f"conv {by_x(op.kernel)} of {before[1]} to {channels}", *more])
            case Linear():
                return "linear", f"linear layer {_last(before)} to {_last(out)}"
            case ChannelConv():
                return "channel conv", f"conv over channels of kernel {op.kernel}"
            case Sliding(function="conv1d") if len(out) == 3 and out[1] == before[1] == 1:
                return "channel conv", f"conv over channels of kernel {op.kernel[0]}"
            case AvgPool() if len(out) == 4 and (op.kernel == before[2:] or out[2:] == (1, 1) != before[2:]):
                return "avgpool", "global average pool"
            case Mean() if len(before) == 4 and op.axes == (2, 3):
                return "avgpool", "global average pool"
            case AvgPool() | MaxPool():
                kind = "average" if isinstance(op, AvgPool) else "max"
                more = f", padding {by_x(op.padding)}" if max(op.padding) else ""
                up = ", rounded up" if op.ceil and _rounds(before, op) else ""
                return op.kind, f"{kind} pool {by_x(op.kernel)}, stride {by_x(op.stride)}{more}{up}"
            case Pad():
                return "pad", f"zero channels {op.before} before and {op.after} after, stride {by_x(op.stride)}"
            case Activation():
                return "activation", op.function
            case Add():
                return "add", "addition"
            case Scale() | Multiply():
                return "gate", "channel gate"
            case _:
                return step.kind, step.kind


def _last(shape: Sequence[int]) -> int:
    return shape[-1]


def _rounds(before: Sequence[int], op: AvgPool | MaxPool) -> bool:
    """Whether rounding up makes a difference at this size."""
    return any(
        (side + 2 * pad - kernel) % stride
        for side, pad, kernel, stride in zip(before[2:], op.padding, op.kernel, op.stride, strict=True)
    )


def _stem(steps: Sequence[Step], tokens: Sequence[Token | None], seen_by: Sequence[Sequence[int]]) -> Stem | None:
    """What stands before ways fork for the first time; None where it is no stem of convs."""
    convs: list[Conv] = []
    channels: list[int] = []
    pool: StemPool = "none"
    at = 0
    while len(readers := seen_by[at]) == 1 and len(set(steps[readers[0]].reads)) == 1:
        at = readers[0]
        step, token = steps[at], tokens[at]
        if isinstance(step.op, Conv) and token and token[0] == "conv":
            convs.append(step.op)
            channels.append(step.output[1])
        if pool == "none" and isinstance(step.op, MaxPool | AvgPool | BlurPool):
            rounded = isinstance(step.op, MaxPool) and step.op.ceil
            pool = "max" if not rounded else "max_ceil" if max(step.op.padding) else "max_unpadded"
    if not convs:
        return None
    strided = len(convs) > 1 and pool == "none" and max(convs[-1].stride) == 2
    sides = channels[:-1] if strided else channels
    try:
        return Stem(
            tuple(sides), convs[0].kernel[0], cast("StemStride", convs[0].stride[0]), "conv" if strided else pool
        )
    except ResNetVizError:
        return None
