"""What would a network do with these images?  What it takes, what it sees, what speaks against it, and its rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from ...spec.catalogue import entry
from ...spec.configuration import Configuration
from ...steps import Pair, Shape, known
from ...why import cost
from ..diagnosis import WARNING, Finding, estimate, gib, most_images
from .published import Kept, kept
from .question import Question

# Plain networks that people know, from light to strong; each is tried with each change of its stem.
NETWORKS = (
    "cifar_resnet20", "cifar_resnet56", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "wrn_16_8", "wrn_28_10",
)  # fmt: skip
# The mildest first: without its pool the stem still fits its published weights.
CHANGES: tuple[dict[str, str], ...] = (
    {}, {"stem.pool": "none"}, {"stem": "cifar"}, {"stem": "cifar", "dilated_stages": "1"}, {"dilated_stages": "1"}
)  # fmt: skip
SEEN = 0.5  # of the longer side: a cell that sees less knows textures and parts, and the head only averages them
USUAL, MANY = 16**2, 32**2  # cells of the last map: twice and four times a side what published classifiers end with, 8


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A limit that is not kept: what is needed, and what there is."""

    limit: str  # memory, time, training
    times: float  # needed over allowed
    told: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A network on the images of a question, and what becomes of it there: numbers of its trace, which is not kept."""

    configuration: Configuration
    batch: int
    warnings: tuple[Finding, ...]
    short: tuple[Shortfall, ...]
    params: int
    macs: int  # an image
    bytes: int
    most: int | None  # images at once that the memory holds; None where none was given
    ms: float | None
    field: Pair  # what a cell of the last map sees, in px
    stem: Pair  # the sides of the map that the blocks get
    final_map: Pair  # and of the one that the head averages
    dead: int  # weights that only ever meet padding
    kept: Kept

    @property
    def seen(self) -> float:
        """The part of the image that a cell of the last map sees, along the side of which it sees least; at most 1."""
        return min(1.0, *(field / side for field, side in zip(self.field, self.configuration.size, strict=True)))

    @property
    def cells(self) -> int:
        """How many the head averages."""
        return prod(self.final_map)

    @property
    def cautions(self) -> tuple[str, ...]:
        """What speaks against it though it keeps the limits."""
        told = [f"{finding.title} ({finding.evidence})" for finding in self.warnings]
        if self.seen < SEEN:
            told.append(f"a cell of the last map sees {sight(self)}: less than half")
        if self.cells > MANY:
            told.append(
                f"the head averages {self.cells:,} cells, {self.final_map[0]}×{self.final_map[1]}, and blurs what few of them saw"
            )
        return tuple(told)

    @property
    def rank(self) -> tuple[float, ...]:
        """Smaller is better: :data:`.telling.ORDER` says each in words."""
        return (
            len(self.warnings),
            0.0 if self.seen >= SEEN else 1 - self.seen,
            self.cells > USUAL,
            not self.kept.first_stays,
            self.macs,
        )

    @property
    def excess(self) -> float:
        """How many times over the limit that it misses by most; 0 where it keeps them all."""
        return max((each.times for each in self.short), default=0.0)


def sight(candidate: Candidate) -> str:
    """``435 of 512 px (85 %)``, ``the whole image``"""
    if candidate.seen == 1:
        return "the whole image"
    field, side = min(
        zip(candidate.field, candidate.configuration.size, strict=True), key=lambda pair: pair[0] / pair[1]
    )
    return f"{field:,} of {side:,} px ({candidate.seen:.0%})"


def consider(question: Question, name: str, changes: Mapping[str, str], size: Pair | None = None) -> Candidate:
    """The network ``name`` with ``changes`` on the question's images, perhaps brought to another ``size``."""
    case = question.case(name, changes, size)
    trace = case.trace
    assert trace is not None and case.spec is not None  # these networks run at any size
    found = [finding for check in WARNING if (finding := check(case)) is not None and finding.severity != "note"]
    macs = trace.totals.macs // case.batch
    parts = estimate(trace, case.mode, case.optimizer)
    needed = sum(parts.values())
    ms = question.speed.ms(macs) if question.speed else None
    short: list[Shortfall] = []
    if case.memory and needed > case.memory:
        short.append(Shortfall("memory", needed / case.memory, f"{gib(needed)} of {gib(case.memory)}"))
    if question.ms and ms is not None and ms > question.ms:
        short.append(Shortfall("time", ms / question.ms, f"{ms:.3g} of {question.ms:g} ms an image"))
    short += [Shortfall("training", 1.0, finding.title) for finding in found if finding.severity == "error"]
    maps = [step for step in trace.steps if step.path not in ("head", "gate") and len(step.output) == 4]
    return Candidate(
        Configuration(name, case.spec, case.size),
        case.batch,
        tuple(finding for finding in found if finding.severity == "warning"),
        tuple(short),
        trace.totals.params,
        macs,
        needed,
        most_images(parts, case.batch, case.memory) if case.memory else None,
        ms,
        known(maps[-1].receptive_field),
        _sides([step for step in trace.steps if step.path == "stem"][-1].output),
        _sides(trace.totals.final_map),
        sum(cost.dead_weights(step.op, step.inputs, step.output) for step in trace.steps),
        kept(name, trace),
    )


def _sides(shape: Shape) -> Pair:
    return shape[2], shape[3]


def suited(question: Question, name: str) -> Candidate:
    """The network ``name`` with the mildest change of its stem with which the fewest things speak against it."""
    plain = entry(name).spec
    best: tuple[tuple[object, ...], Candidate] | None = None
    for changes in CHANGES:
        if ("stem" in changes or "stem.pool" in changes) and plain.stem.stride == 1:
            continue  # it has that stem already
        made = consider(question, name, changes)
        ends = published_map(name)
        poor = (bool(made.short), len(made.warnings), min(made.final_map) < ends / 2)
        if best is None or poor < best[0]:
            best = poor, made
        if not any(poor):
            break
    assert best is not None
    return best[1]


def published_map(name: str) -> int:
    """The side of the last map at the input that the network is made for."""
    known_at = entry(name)
    return -(-known_at.input_size // known_at.spec.halves_to)
