"""What is said of candidates: why each stands where it stands, what limits nothing keeps, a text and plain data."""

from __future__ import annotations

from collections.abc import Sequence

from ...spec.catalogue import entry
from ...wording import plural, short
from ..diagnosis import gib
from .candidates import MANY, SEEN, USUAL, Candidate, Shortfall, sight
from .published import sentence
from .question import Question
from .ways import Way

# What the rank goes by, the weightiest first: as Candidate.rank has it.
ORDER = (
    "the fewest warnings",
    f"a last map whose cells see at least {SEEN:.0%} of the longer side",
    f"a last map of at most {USUAL} cells",
    "published weights whose first conv stays",
    "the least work",
)
LIMITS = ("memory", "time", "training")


def summary(question: Question, candidates: Sequence[Candidate], ways: Sequence[Way]) -> str:
    """How many suit, or the true reason why none does: the limit that nothing keeps, the nearest, and by how much, and the
    ways out."""
    fit = [each for each in candidates if not each.short]
    fine = [each for each in fit if not each.cautions]
    of = f"of {plural(len(candidates), 'network')}"
    if fine:
        order = f" They stand in the order of {', then '.join(ORDER)}." if len(fine) > 1 else ""
        return f"{len(fine)} {of} suit {question.images} ({question.limits}).{order}"
    instead = [way.title for way in ways if not way.candidate.short and not way.candidate.cautions]
    out = f" Without a limit missed or a caution: {' or '.join(instead)}." if instead else ""
    if fit:
        return (
            f"{len(fit)} {of} fit {question.images} ({question.limits}), none without a caution: {_caution(fit)}.{out}"
        )
    return f"None {of} fits {question.images} ({question.limits}): {_limit(candidates)}.{out}"


def _caution(fit: Sequence[Candidate]) -> str:
    """What is to be said against all, and of which the least."""
    if all(each.warnings for each in fit):
        best = min(fit, key=lambda each: each.rank)
        return (
            f"each has a warning; of {best.configuration.text}: {best.warnings[0].title} ({best.warnings[0].evidence})"
        )
    if all(each.seen < SEEN for each in fit):
        best = max(fit, key=lambda each: each.seen)
        return (
            f"no cell of a last map sees half of the image; {best.configuration.text} comes nearest with {sight(best)}"
        )
    if all(each.cells > MANY for each in fit):
        best = min(fit, key=lambda each: each.cells)
        return f"each has a last map of more than {MANY:,} cells; {best.configuration.text} has the least, {_map(best)}"
    best = min(fit, key=lambda each: each.rank)
    return f"each has one of its own; {best.configuration.text} the least: {best.cautions[0]}"


def _limit(candidates: Sequence[Candidate]) -> str:
    for limit in LIMITS:
        missed = [(_of(each, limit), each) for each in candidates]
        if all(found for found, _ in missed):
            found, best = min(((found, each) for found, each in missed if found), key=lambda pair: pair[0].times)
            return f"nothing keeps the limit of {limit}; the nearest is {best.configuration.text}, {over(found)}"
    best = min(candidates, key=lambda each: each.excess)
    missed_by = " and ".join(f"{each.limit}, {over(each)}" for each in best.short)
    return f"each limit is kept by some and all of them by none; the nearest is {best.configuration.text}, which misses {missed_by}"


def _of(candidate: Candidate, limit: str) -> Shortfall | None:
    return next((each for each in candidate.short if each.limit == limit), None)


def over(missed: Shortfall) -> str:
    """``20.1 GiB of 8.00 GiB, 2.5 times as much``"""
    if missed.limit == "training":
        return missed.told
    much = f"{missed.times:.2g} times as much" if missed.times >= 2 else f"{missed.times - 1:.1%} too much"
    return f"{missed.told}, {much}"


def before(first: Candidate, second: Candidate) -> str:
    """Why ``first`` stands before ``second``: where their ranks first differ, with both numbers."""
    at = next((i for i, (x, y) in enumerate(zip(first.rank, second.rank, strict=True)) if x != y), None)
    a, b = first.configuration.name, second.configuration.name
    match at:
        case 0:
            return f"{_warned(first)} of {a}, {_warned(second)} of {b}"
        case 1:
            return f"a cell of the last map sees {sight(first)} in {a}, {sight(second)} in {b}"
        case 2:
            return f"the head of {a} averages {plural(first.cells, 'cell')}, {_map(first)}, that of {b} {second.cells:,}, {_map(second)}"
        case 3:
            return f"published weights stay with their first conv in {a}, and there are none such for {b}"
        case 4:
            return f"both suit alike, and {a} takes {short(first.macs)} MACs an image, {b} {short(second.macs)}"
        case _:
            return "both take the same"


def _warned(candidate: Candidate) -> str:
    return plural(len(candidate.warnings), "warning") if candidate.warnings else "no warning"


def place(ranked: Sequence[Candidate], at: int) -> str:
    """Why the candidate at this place of the ranking stands there."""
    each = ranked[at]
    if len(ranked) == 1:
        return "It is the only one that keeps the limits."
    if at == 0:
        other = ranked[1]
        return f"First, before {other.configuration.name}: {before(each, other)}."
    other = ranked[at - 1]
    return f"Behind {other.configuration.name}: {before(other, each)}."


def reasons(question: Question, candidate: Candidate, rank: str) -> tuple[str, ...]:
    """What is worth knowing about it, a sentence each; every number is its trace's."""
    made, dead = candidate.configuration, candidate.dead
    published = entry(made.name).spec
    takes = f"{question.use} takes about {gib(candidate.bytes)} (an estimate)"
    if candidate.most is not None:
        takes += (
            f", and at most {plural(candidate.most, 'image')} fit at once"
            if candidate.most
            else ", and not even one image fits"
        )
    if candidate.ms is not None and question.speed is not None:
        takes += f"; an image takes about {candidate.ms:.3g} ms on a machine that does {question.speed.source}, if a MAC costs the same in both"
    return (
        rank,
        f"A cell of the last map sees {sight(candidate)}.",
        f"{'The published stem' if made.spec.stem == published.stem else 'The changed stem'} hands the blocks "
        f"{candidate.stem[0]}×{candidate.stem[1]} of {made.size[0]}×{made.size[1]}, and {_map(candidate)} are left for the head.",
        "Every weight meets data."
        if not dead
        else f"{dead / candidate.params:.1%} of its weights only ever meet padding.",
        f"{candidate.params:,} parameters and {candidate.macs:,} MACs an image; {takes}.",
        sentence(candidate.kept),
    )


def _map(candidate: Candidate) -> str:
    return "×".join(map(str, candidate.final_map))
