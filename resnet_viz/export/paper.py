"""A network as the papers print it: table 1 of 1512.03385, a row a stage, each block once with how often it stands there.

Everything in it is read off the trace, so it is right for every network of the catalogue and at every input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from ..steps import AvgPool, BlurPool, ChannelConv, Conv, MaxPool, Part, Step, Trace
from ..why.called import window_words
from ..why.shape import axes_text
from .registry import Export


@dataclass(frozen=True, slots=True)
class Repeat:
    """Lines of one block, "3×3, 64", and how often it stands there; ``times`` 0 where they are no block."""

    lines: tuple[str, ...]
    times: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """What a network has in a row: its repeats, top down, and the size of the map that it makes, "56×56"."""

    repeats: tuple[Repeat, ...]
    size: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row: "conv2_x", and what each network has there; None where it has no such stage."""

    name: str
    places: tuple[Place | None, ...]

    @property
    def size(self) -> str | None:
        """The size that all networks have there, None where they differ."""
        sizes = {place.size for place in self.places if place}
        return sizes.pop() if len(sizes) == 1 else None


@dataclass(frozen=True, slots=True)
class PaperTable:
    """The networks' names, the rows, and the sums below: parameters and multiply-adds, each network's own."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]
    sums: tuple[tuple[str, tuple[int, ...]], ...]
    notes: tuple[str, ...]

    @property
    def shared(self) -> bool:
        """Whether one column of output sizes is enough for all networks."""
        return all(row.size is not None for row in self.rows)


def paper_of(export: Export) -> PaperTable:
    """A network and those beside it, each of them one that the package builds."""
    networks = [(one.configuration or one.name, one.trace) for one in (export, *export.beside)]
    return paper_table(networks)


def paper_table(networks: Sequence[tuple[str, Trace]]) -> PaperTable:
    """One or several networks of the package's own kind, each with its name."""
    columns = [_column(trace) for _, trace in networks]
    order = ["conv1", *(f"conv{number}_x" for number in range(2, 2 + max(len(c) - 2 for c in columns))), "head"]
    rows = tuple([Row(name, tuple([column.get(name) for column in columns])) for name in order])
    sums = (
        ("parameters", tuple([trace.totals.params for _, trace in networks])),
        ("MACs", tuple([trace.totals.macs for _, trace in networks])),
    )
    said: dict[str, list[str]] = {}
    for name, trace in networks:
        said.setdefault(_note(trace), []).append(name)
    notes = tuple([f"{', '.join(names)}: {note}" for note, names in said.items()])
    return PaperTable(tuple([name for name, _ in networks]), rows, sums, notes)


def _column(trace: Trace) -> dict[str, Place]:
    """The network's rows by name."""
    found: dict[str, Place] = {}
    before: list[str] = []  # the stem's pool stands in the first stage's row, as in the paper
    number = 1
    for part in trace.parts.parts:
        steps = trace.steps[part.start : part.stop]
        if part.kind == "stage":
            number += 1
            repeats = _repeats(trace, part)
            if before:
                repeats = (Repeat(tuple(before)), *repeats)
                before = []
            found[f"conv{number}_x"] = Place(repeats, _size(steps[-1]))
        elif part.kind == "head":
            lines = [line for step in steps if (line := _head_line(step))]
            pooled = next((step for step in steps if len(step.output) == 4), steps[-1])
            found["head"] = Place((Repeat(tuple(lines)),), _size(pooled))
        else:
            convs = [step for step in steps if isinstance(step.op, Conv)]
            before = [_pool_line(step) for step in steps if isinstance(step.op, MaxPool | AvgPool | BlurPool)]
            found["conv1"] = Place((Repeat(tuple([_strided(step) for step in convs])),), _size(convs[-1]))
    return found


def _repeats(trace: Trace, stage: Part) -> tuple[Repeat, ...]:
    """A stage's blocks: equal ones that follow each other are one repeat."""
    blocks = [_block_lines(trace.steps[block.start : block.stop]) for block in stage.parts]
    return tuple([Repeat(lines, len(list(same))) for lines, same in groupby(blocks)])


def _block_lines(steps: Sequence[Step]) -> tuple[str, ...]:
    """F's convs, its pools and its gate; strides are told below the table, as in the paper."""
    lines: list[str] = []
    gate: list[Step] = [step for step in steps if step.path == "gate"]
    for step in steps:
        if step.path != "main":
            continue
        if isinstance(step.op, Conv):
            lines.append(_conv_line(step))
        elif isinstance(step.op, AvgPool | BlurPool):
            lines.append(_pool_line(step))
    layers = [step.output[1] for step in gate if step.kind in ("conv", "linear")]
    if layers:
        lines.append(f"fc, [{', '.join(map(str, layers))}]")
    lines += [f"conv along channels, {step.op.kernel}" for step in gate if isinstance(step.op, ChannelConv)]
    return tuple(lines)


def _conv_line(step: Step) -> str:
    """``3×3, 64``; with groups ``, C=32`` as ResNeXt's table says it; with a dilation that too."""
    op = step.op
    assert isinstance(op, Conv)
    more = f", C={op.groups}" if op.groups > 1 else ""
    if max(op.dilation) > 1:
        more += f", dilation {axes_text(op.dilation)}"
    return f"{op.kernel[0]}×{op.kernel[1]}, {step.output[1]}{more}"


def _strided(step: Step) -> str:
    assert isinstance(step.op, Conv)
    return f"{_conv_line(step)}, stride {axes_text(step.op.stride)}" if max(step.op.stride) > 1 else _conv_line(step)


def _pool_line(step: Step) -> str:
    op = step.op
    assert isinstance(op, MaxPool | AvgPool | BlurPool)
    return f"{window_words(op)}, stride {axes_text(op.stride)}"


def _head_line(step: Step) -> str:
    if step.kind in ("avgpool", "mean"):
        return "average pool"
    return f"{step.output[1]}-d fc" if step.kind == "linear" else ""


def _size(step: Step) -> str:
    return "×".join(map(str, step.output[2:])) or "1×1"


def _note(trace: Trace) -> str:
    """Where the network strides, in the paper's numbering of blocks."""
    found: list[str] = []
    for number, stage in enumerate(trace.stages, start=2):
        for place, block in enumerate(stage.parts, start=1):
            strided = [
                f"{axes_text(step.op.stride)} in its {_kind(step.op)}"
                for step in trace.steps[block.start : block.stop]
                if step.path == "main" and isinstance(step.op, Conv | AvgPool | BlurPool) and max(step.op.stride) > 1
            ]
            if strided:
                found.append(f"conv{number}_{place} ({' and '.join(strided)})")
    size = "×".join(map(str, trace.input_size))
    return f"input {size}, " + (f"stride {', '.join(found)}" if found else "no block strides")


def _kind(op: Conv | AvgPool | BlurPool) -> str:
    return f"{op.kernel[0]}×{op.kernel[1]} conv" if isinstance(op, Conv) else window_words(op)
