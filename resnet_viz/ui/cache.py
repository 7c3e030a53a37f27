"""Everything that the app remembers between reruns. Keys are whole specs, never names.

Results are kept as they are and given to every session: each is frozen, or nobody changes it. What has been asked for
least recently goes first when together they would take more than :data:`TOTAL_BYTES`.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import wraps
from pathlib import Path
from threading import Condition, RLock
from types import MappingProxyType
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

import pyarrow as pa
from cachetools import LRUCache, cached

import resnet_viz as rv
from resnet_viz.advise.adapting import Proposals, adapt
from resnet_viz.advise.comparing import Comparison, align
from resnet_viz.advise.diagnosis import Case, Finding, Mode, estimate, examine
from resnet_viz.advise.mistakes import Outcome, break_it, mend_it
from resnet_viz.advise.recognising import Recognition, recognise
from resnet_viz.advise.weights import Fit, Weights
from resnet_viz.advise.weights.fitting import adapted
from resnet_viz.engines.onnx import EXAMPLES
from resnet_viz.export.catalogue import catalogue_row as table_row
from resnet_viz.inside.activations import MAX_KEPT, Activations
from resnet_viz.inside.leaving_out import Answers, try_drawings
from resnet_viz.learned import twins
from resnet_viz.learned.loading import DEFAULT, about
from resnet_viz.learned.twins import Start
from resnet_viz.lessons import LESSONS, Page, Scene, Single, errata
from resnet_viz.lessons.shipped import looked as look_at
from resnet_viz.lessons.shipped import untrained
from resnet_viz.picture.figures import describe
from resnet_viz.picture.figures.depth import describe_starts
from resnet_viz.picture.figures.failure import describe_broken, place_of
from resnet_viz.picture.figures.image import as_input, read_image, sample
from resnet_viz.picture.figures.pair import describe_beside, describe_compared
from resnet_viz.picture.layout import Look, Place, Wrong
from resnet_viz.spec import ResNetSpec
from resnet_viz.spec.configuration import Configuration
from resnet_viz.steps import COLUMNS, Pair, Trace
from resnet_viz.ui.learn.drawing import draw_view
from resnet_viz.ui.subject import Foreign, Subject
from resnet_viz.why.field import map_size
from resnet_viz.why.memory import gib_bytes
from resnet_viz.why.names import pytorch_line

# On a processor this many multiply-adds take some ten seconds, too long for a page that waits.
SLOW_MACS = 500_000_000_000
# What all entries together may take, for all sessions of the process. ResNet-50 at one input, with its picture, table,
# diagnosis and both traces, takes some 0.4 MB.
TOTAL_BYTES = 64 * 2**20
# A step's tuple with its shapes and numbers: 410 to 560 by formulas, 560 to 1,200 by hooks, less in long networks.
BYTES_A_STEP = 700

P = ParamSpec("P")
R = TypeVar("R")


class _Entry(NamedTuple):
    value: Any
    size: int


def _size(entry: _Entry) -> int:
    return entry.size


_entries: LRUCache[Any, _Entry] = LRUCache(TOTAL_BYTES, getsizeof=_size)
# Held for a look-up, never for the work; whoever asks for what is being made waits for it.
_changed = Condition()
_keys: dict[Callable[..., Any], Callable[..., tuple[Any, ...]]] = {}


def remembered(function: Callable[P, R]) -> Callable[P, R]:
    """Do the work of ``function`` once for equal arguments, of which those that begin with ``_`` do not count."""
    name = function.__name__
    counted = [not known.startswith("_") for known in inspect.signature(function).parameters]

    def key(*arguments: Any) -> tuple[Any, ...]:
        return (name, *(it for it, counts in zip(arguments, counted, strict=True) if counts))

    @cached(_entries, key=key, condition=_changed)
    def entry(*arguments: Any) -> _Entry:
        value = cast("Any", function)(*arguments)
        return _Entry(value, bytes_of((key(*arguments), value)))

    @wraps(function)
    def read(*arguments: P.args, **named: P.kwargs) -> R:
        assert not named, "the key is made of the arguments in their order"
        return entry(*arguments).value

    _keys[read] = key
    return read


def knows(function: Callable[P, Any], *arguments: P.args, **_: P.kwargs) -> bool:
    """Whether a remembered ``function`` would answer these arguments at once."""
    with _changed:
        return _keys[function](*arguments) in _entries


def bytes_in_use() -> int:
    """The estimated size of everything that is remembered; never more than :data:`TOTAL_BYTES`."""
    return int(_entries.currsize)


def forget_everything() -> None:
    """Empty the cache."""
    with _changed:
        _entries.clear()


def bytes_of(value: object) -> int:
    """About how much memory ``value`` takes. What several entries share is counted in each, so it is rather too much."""
    total, seen, waiting = 0, set[int](), [value]
    while waiting:
        it = waiting.pop()
        if it is None or id(it) in seen:
            continue
        seen.add(id(it))
        if isinstance(it, Trace):
            total += BYTES_A_STEP * len(it.steps)
            continue
        total += sys.getsizeof(it)
        if isinstance(it, Mapping):
            known = cast("Mapping[object, object]", it)
            waiting += [*known.keys(), *known.values()]
        elif isinstance(it, tuple | list | frozenset):
            waiting += cast("tuple[object, ...]", it)
        elif is_dataclass(it) and not isinstance(it, type):
            waiting += [getattr(it, known.name) for known in fields(it)]
            waiting += getattr(it, "__dict__", {}).values()  # a scene's trace
        elif hasattr(it, "nbytes"):
            total += cast("Any", it).nbytes  # an Arrow table
    return total


class Refusal(NamedTuple):
    """Why something could not be read; remembered, so that it is not tried again on every change of the page."""

    field: str
    message: str


@remembered
def network_file(digest: str, size: Pair | None, batch: int | None, name: str, _data: bytes) -> Foreign | Refusal:
    """The network of an ONNX file, told apart by the ``digest`` of its content."""
    try:
        return Foreign(f"{digest}@{size}x{batch}", rv.read_onnx(_data, size, batch, name=name))
    except rv.ResNetVizError as error:
        return Refusal(error.field, str(error))


@remembered
def handed_trace(digest: str, _text: str) -> Foreign | Refusal:
    """A trace that was handed over as JSON, told apart by the ``digest`` of that."""
    try:
        return Foreign(digest, rv.Trace.from_json(_text))
    except rv.ResNetVizError as error:
        return Refusal(error.field, str(error))


@remembered
def forecast(spec: ResNetSpec, size: Pair, batch: int) -> Trace:
    """The formulas' trace."""
    return rv.forecast(spec, size, batch)


class ShapeTable(NamedTuple):
    """The shape table as the page shows it and as it downloads."""

    arrow: pa.Table
    csv: str


_NUMBERS = ("index", "stage", "block", "groups", "params", "macs", "receptive_field", "output_stride", "output_bytes", "time_ms")  # fmt: skip


def trace_of(subject: Subject) -> Trace:
    """What is shown, step by step."""
    if isinstance(subject, Foreign):
        return subject.trace
    spec, size, batch, device = subject
    return trace(spec, size, batch, device) if device else forecast(spec, size, batch)


@remembered
def shape_table(subject: Subject) -> ShapeTable:
    """Its steps as a table."""
    shown = trace_of(subject)
    rows = shown.rows()
    columns: dict[str, pa.Array] = {}
    for name in COLUMNS:
        cells = [row[name] for row in rows]
        if name == "time_ms" and not any(cell != "" for cell in cells):
            continue
        if name in _NUMBERS and not any(isinstance(cell, str) and cell for cell in cells):
            # an empty cell is a missing number, as an unknown one is
            columns[name] = pa.array([None if cell == "" else cell for cell in cells])
        else:
            columns[name] = pa.array([None if cell is None else str(cell) for cell in cells])
    columns["PyTorch"] = pa.array([pytorch_line(step) for step in shown.steps])
    return ShapeTable(pa.table(columns), shown.to_csv())


@remembered
def trace(spec: ResNetSpec, size: Pair, batch: int, device: str) -> Trace:
    """The hooks' trace on a resolved device."""
    return rv.trace(spec, size, batch, device)


@remembered
def differences(spec: ResNetSpec, size: Pair, batch: int, device: str) -> tuple[str, ...]:
    """Where the hooks' trace on a resolved device differs from the formulas'."""
    return tuple(trace(spec, size, batch, device).confirm(forecast(spec, size, batch)))


class Figure(NamedTuple):
    """A figure as the page sends it: Plotly's JSON, and its route in words."""

    json: str
    alt: str


def _as_sent(made: dict[str, Any]) -> Figure:
    return Figure(json.dumps(made, separators=(",", ":")), made["layout"]["meta"]["alt"])


@remembered
def figure(subject: Subject, place: Place, look: Look) -> Figure:
    """The picture, without a selection."""
    return _as_sent(describe(trace_of(subject), place, look))


def _case(subject: Subject, **more: Any) -> Case:
    if isinstance(subject, Foreign):
        return Case.of_trace(subject.trace, **more)
    return Case.of(subject.spec, subject.size, subject.batch, forecasting=forecast, **more)


@remembered
def findings(subject: Subject, mode: Mode, data: str, memory_gib: float, optimizer: str) -> tuple[Finding, ...]:
    """The diagnosis."""
    more = {"mode": mode, "data": data, "memory": gib_bytes(memory_gib), "optimizer": optimizer}
    return tuple(examine(_case(subject, **more)))


@remembered
def memory_parts(subject: Subject, mode: Mode, optimizer: str) -> Mapping[str, int] | None:
    """Bytes by part, for training or for a pass without gradients; None where the network cannot run."""
    shown = _case(subject).trace
    return None if shown is None else MappingProxyType(estimate(shown, mode, optimizer))


@remembered
def field(subject: Subject, place: Place, look: Look, image: str | None) -> Figure:
    """A receptive field; ``image`` is a ``data:`` address, else the sample."""
    shown = trace_of(subject)
    seen = image or _sample(map_size(shown.steps[0]), shown.steps[0].output[1])
    return _as_sent(describe(shown, place, look, image=seen))


@remembered
def beside(sides: tuple[Subject, ...], look: Look) -> tuple[Figure, ...]:
    """Pictures in one scale."""
    return tuple(map(_as_sent, describe_beside(tuple(map(trace_of, sides)), look)))


class Compared(NamedTuple):
    """Two pictures in one scale with what differs marked in both, and what that is, a line each."""

    figures: tuple[Figure, ...]
    words: tuple[str, ...]


@remembered
def compared(a: Subject, b: Subject, look: Look) -> Compared:
    """Two networks as Compare shows them."""
    made = describe_compared(comparison(a, b), look)
    return Compared(tuple(map(_as_sent, made.figures)), made.words)


@remembered
def recognised(subject: Subject) -> Recognition | None:
    """The network of the catalogue that it is, if it is one."""
    return recognise(trace_of(subject))


@remembered
def samples() -> Mapping[str, bytes]:
    """The example files of this project, by title."""
    return MappingProxyType({title: path.read_bytes() for title, path in EXAMPLES.items()})


@remembered
def comparison(a: Subject, b: Subject) -> Comparison:
    """Two traces, aligned."""
    return align(trace_of(a), trace_of(b))


@remembered
def proposals(
    size: Pair, channels: int, classes: int, memory_gib: float, batch: int | None, mode: Mode, ms: float, speed: str | None
) -> Proposals:  # fmt: skip
    """Networks that suit, and what does not."""
    return adapt(size, channels, classes, memory_gib=memory_gib, batch=batch, mode=mode, ms=ms, speed=speed)


@remembered
def outcome(spec: ResNetSpec, case: str, size: Pair, block: str | None) -> Outcome:
    """What came of a mistake."""
    return break_it(spec, case, size, block)


@remembered
def broken_figure(spec: ResNetSpec, case: str, size: Pair, block: str | None, place: Place, look: Look) -> Figure:
    """The picture of the broken network of :func:`outcome`, as far as it ran."""
    return _as_sent(describe_broken(outcome(spec, case, size, block).broken, place, look))


@remembered
def broken_place(spec: ResNetSpec, case: str, size: Pair, block: str | None) -> Place:
    """Where the broken network of :func:`outcome` went wrong."""
    return place_of(outcome(spec, case, size, block).broken)


@remembered
def fitting_figure(spec: ResNetSpec, size: Pair, steps: tuple[str, ...], place: Place, look: Look) -> Figure:
    """The network's picture with the ``steps`` marked that an error fits."""
    shown = forecast(spec, size, 1)
    return _as_sent(describe(shown, place, look, wrong=[Wrong(shown.step(name).index, "maybe") for name in steps]))


@remembered
def lesson_figure(view: Single, look: Look, hide: bool) -> Figure:
    """A lesson's figure; with ``hide`` the shapes that are asked for are blank."""
    return _as_sent(draw_view(view, look, hide))


@remembered
def lesson_page(name: str, scene: Scene) -> Page:
    """A lesson for a scene."""
    return next(lesson for lesson in LESSONS if lesson.name == name).build(scene)


@remembered
def standings(names: tuple[str, ...]) -> tuple[errata.Standing, ...]:
    """What becomes of each statement that is often read, over networks. The whole catalogue takes a few seconds, once."""
    return errata.standings(names)


@remembered
def mended(spec: ResNetSpec, case: str, size: Pair) -> str:
    """What the sound network says."""
    return mend_it(spec, case, size)


@remembered
def _sample(size: Pair, channels: int) -> str:
    return as_input(sample(), size, channels)


@remembered
def own_image(file_id: str, size: Pair, channels: int, _raw: bytes) -> str:
    """An upload as the network gets it; Streamlit tells uploads apart by ``file_id``."""
    return as_input(read_image(_raw), size, channels)


@remembered
def torchinfo_summary(spec: ResNetSpec, size: Pair, batch: int) -> tuple[str, int, int]:
    """torchinfo's text, its parameters and its multiply-adds, on meta."""
    import torchinfo

    statistics = torchinfo.summary(
        rv.build(spec, "meta"), (batch, spec.in_channels, *size), device="meta", verbose=0, depth=4,
        col_names=("output_size", "num_params", "mult_adds"),
    )  # fmt: skip
    return str(statistics), statistics.total_params, statistics.total_mult_adds


@remembered
def catalogue_row(name: str, size: Pair | None) -> Mapping[str, Any]:
    """A catalogue network's row at an input, or at its own."""
    return MappingProxyType(table_row(rv.entry(name), size))


@remembered
def weights(file_id: str, _path: Path, name: str) -> Weights:
    """Names and shapes of an upload, which Streamlit tells apart by ``file_id``."""
    found = rv.read_weights(_path, name)
    return replace(found, shapes=MappingProxyType(dict(found.shapes)))


@remembered
def best_fits(file_id: str, _found: Weights) -> tuple[Fit, ...]:
    """The networks that a file fits best."""
    return tuple(rv.best_fits(_found))


def fit(found: Weights, name: str) -> Fit:
    """How a file fits one network, with the file's own classes and channels."""
    return rv.check_weights(found, adapted(found, rv.variant(name)), name)


# ---- what flows -----------------------------------------------------------------------------------------------------

# What all networks that are looked into may take, with the tensors that are kept of each: three of ResNet-152's size.
LOOK_BYTES = 2**30
_looks: LRUCache[Any, _Entry] = LRUCache(LOOK_BYTES, getsizeof=_size)
# One pass at a time: several at once would take as long, and their memory together. Held while numbers are read, too.
looking = RLock()


def has_looked(key: tuple[Any, ...], cuts: tuple[Cut, ...]) -> bool:
    """Whether :func:`looked` would answer at once."""
    return (key, cuts) in _looks


def looked(key: tuple[Any, ...], cuts: tuple[Cut, ...], _make: Callable[[], Activations]) -> Activations:
    """What ``_make`` returns, without the parts that ``cuts`` name one after the other; to be called within :data:`looking`.

    ``key`` tells network, weights, image and input apart. Raises what ``_make`` does.
    """
    known = _looks.get((key, cuts))
    if known is None:
        seen = looked(key, cuts[:-1], _make).without(**cuts[-1]._asdict()) if cuts else _make()
        parameters = 0 if cuts else sum(4 * one.numel() for one in seen.subject.module.parameters())
        known = _Entry(seen, parameters + min(MAX_KEPT, sum(step.output_bytes for step in seen.trace.steps)))
        if known.size <= LOOK_BYTES:
            _looks[key, cuts] = known
    return known.value


def drawing_looked(drawing: str, random: bool = False) -> Activations:
    """A drawing in the trained network, as the page Inside has it, or in the same with random weights; within :data:`looking`."""
    key = (DEFAULT, _trained_size(), drawing, None)
    if random:
        return looked((*key, "random"), (), lambda: untrained(drawing_looked(drawing)))
    return looked(key, (), lambda: look_at(drawing))


@remembered
def _trained_size() -> Pair:
    return Configuration.of(about(DEFAULT)["network"]).size


@remembered
def left_out() -> Answers:
    """What the trained network answers without what each of its blocks adds."""
    return try_drawings()


@remembered
def start(depth: int) -> Start:
    """The gradients of a plain network and its residual twin before training."""
    return twins.start(depth)


@remembered
def start_figure(depth: int, look: Look) -> Figure:
    """The same as a figure."""
    found = start(depth)
    return _as_sent(describe_starts(found.layers, found.plain, found.residual, theme=look.theme))


class Cut(NamedTuple):
    """What is left out of a network, by one of the three, and what comes in its place; the words of ``Activations.without``."""

    residual: str | None = None
    shortcut: str | None = None
    channel: tuple[str, int] | None = None
    instead: str = "zero"
