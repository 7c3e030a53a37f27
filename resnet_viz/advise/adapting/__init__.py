"""Which network for my images?  Known networks, their stem changed where the input asks for it, ranked by what suits.

Each is looked at on the images as they are: what it takes of memory and time, what a cell of its last map sees, how
large that map is, what of its published weights stays, and what the diagnosis warns of. What does not keep a limit is
told with by how much it misses it; large and small images get other ways beside it, each with its cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, overload

from ...spec.configuration import Configuration
from ...steps import Pair
from ...why.speed import Speed
from ...wording import plural, short
from ..diagnosis import Mode, gib
from .candidates import NETWORKS, Candidate, sight, suited
from .question import ask
from .telling import over, place, reasons, summary
from .ways import Way, ways

MOST_SHOWN = 6  # in a line each
ROLES = {
    "best": "Suits best",
    "suits": "Suits too",
    "caution": "Fits, with a caution",
    "refused": "Does not fit",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A network for the images, and why: sentences whose numbers are its trace's.

    >>> adapt(32, 3, 10)[0].role
    'best'
    """

    role: str  # best, suits, caution, refused
    configuration: Configuration
    reasons: tuple[str, ...]
    cautions: tuple[str, ...]
    candidate: Candidate

    def __repr__(self) -> str:
        return "\n  ".join([f"{ROLES[self.role]}: {self.configuration.text}", *self.cautions, *self.reasons])


@dataclass(frozen=True, slots=True, repr=False)
class Proposals(Sequence[Proposal]):
    """The networks that keep the limits, the one that suits best first; ``summary`` says it in a sentence or two.

    ``refused`` are those that do not, and by how much; ``ways`` what else could be done with such images.

    >>> [proposal.configuration.text for proposal in adapt(512, 1, 2, memory_gib=8, batch=4)][:2]
    ['resnet18:in_channels=1,num_classes=2@512', 'resnet34:in_channels=1,num_classes=2@512']
    >>> adapt(4096, 3, 10, memory_gib=8).refused[0].role
    'refused'
    """

    proposals: tuple[Proposal, ...] = ()
    summary: str = ""
    refused: tuple[Proposal, ...] = ()
    ways: tuple[Way, ...] = ()

    def __len__(self) -> int:
        return len(self.proposals)

    @overload
    def __getitem__(self, index: int) -> Proposal: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Proposal, ...]: ...
    def __getitem__(self, index: int | slice) -> Proposal | tuple[Proposal, ...]:
        return self.proposals[index]

    def __repr__(self) -> str:
        told = [f"{ROLES[each.role]}: {each.configuration.text}" for each in self]
        if len(told) > MOST_SHOWN:
            told = [*told[:MOST_SHOWN], f"and {len(told) - MOST_SHOWN} more"]
        return "\n  ".join(filter(None, [plural(len(self), "proposal"), self.summary, *told]))

    def _repr_html_(self) -> str:
        """What a notebook shows: the summary, and a list, each network with its reasons."""
        told = (
            f"<li><b>{escape(ROLES[each.role])}: {escape(each.configuration.text)}</b><br>{'<br>'.join(map(escape, (*each.cautions, *each.reasons)))}</li>"
            for each in self
        )
        return f"<p>{escape(self.summary)}</p><ul>{''.join(told)}</ul>"


def adapt(
    input_size: int | Pair, channels: int = 3, classes: int = 1000, *, memory_gib: float = 0.0, batch: int | None = None, optimizer: str = "sgd",
    mode: Mode = "train", ms: float = 0.0, speed: Speed | str | None = None,
) -> Proposals:  # fmt: skip
    """The networks for such images that keep the limits, the one that suits best first.

    ``memory_gib`` is the GPU's memory and ``ms`` the time for an image, 0 for not asked; ``batch`` images at once, by
    default 32 in training and 1 in ``mode`` "eval". A time is multiply-adds over ``speed``: what was measured with a
    network, ``"resnet50@224=300"`` for 300 images a second in the same mode, or what :func:`measure_speed` gives.
    Raises a ``ResNetVizError`` for a value that cannot be.

    >>> [proposal.configuration.text for proposal in adapt(32, 3, 10)][:1]
    ['cifar_resnet20@32']
    """
    question = ask(input_size, channels, classes, memory_gib, batch, optimizer, mode, ms, speed)
    tried = [suited(question, name) for name in NETWORKS]
    ranked = sorted((each for each in tried if not each.short), key=lambda each: each.rank)
    missed = sorted((each for each in tried if each.short), key=lambda each: (each.excess, each.rank))
    found: list[Proposal] = []
    for at, each in enumerate(ranked):
        role = "caution" if each.cautions else "suits" if at else "best"
        found.append(
            Proposal(role, each.configuration, reasons(question, each, place(ranked, at)), each.cautions, each)
        )
    refused = tuple(
        Proposal(
            "refused", each.configuration, reasons(question, each, f"It misses {_missed(each)}."), each.cautions, each
        )
        for each in missed
    )
    other = ways(question, _base(ranked, missed))
    return Proposals(tuple(found), summary(question, tried, other), refused, other)


def _missed(candidate: Candidate) -> str:
    return " and ".join(f"the limit of {each.limit}: {over(each)}" for each in candidate.short)


def _base(ranked: Sequence[Candidate], missed: Sequence[Candidate]) -> Candidate:
    """The network with which other ways are tried: the best, or where nothing is without a caution the lightest that
    has published weights and is nearest to the limits."""
    if ranked and not ranked[0].cautions:
        return ranked[0]
    return min((*ranked, *missed), key=lambda each: (not each.kept.first_stays, each.excess, each.macs))


def as_text(proposals: Proposals, most: int = 3) -> str:
    """The summary, a table of all that was tried, the reasons of the first few, and other ways, for a terminal."""
    blocks = [proposals.summary]
    tried = (*proposals, *proposals.refused)
    if tried:
        blocks.append(_columns([_HEAD, *map(_row, tried)]))
    for each in proposals[:most] or proposals.refused[:1]:
        told = [each.reasons[0], *(f"Caution: {caution}." for caution in each.cautions), *each.reasons[1:]]
        blocks.append("\n".join([f"{ROLES[each.role]}: {each.configuration.text}", *(f"  {line}" for line in told)]))
    if proposals.ways:
        lines = ["Other ways:"]
        for way in proposals.ways:
            lines += [
                f"  {way.title}: {way.candidate.configuration.text}",
                f"    {way_costs(way)}",
                f"    Lost: {way.lost}.",
            ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


_HEAD = ("network", "sees", "last map", "MACs", "memory", "weights kept", "")


def _row(each: Proposal) -> tuple[str, ...]:
    made = each.candidate
    note = (
        f"misses {', '.join(miss.limit for miss in made.short)}" if made.short else "caution" if each.cautions else ""
    )
    return (
        each.configuration.text, sight(made), "×".join(map(str, made.final_map)), short(made.macs), gib(made.bytes), made.kept.short or "none", note
    )  # fmt: skip


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def way_costs(way: Way) -> str:
    """What a way takes for an image, what it sees, and whether it keeps the limits."""
    made = way.candidate
    time = f", about {way.ms:.3g} ms" if way.ms is not None else ""
    limits = f"; misses {_missed(made)}" if made.short else ""
    cautions = f"; caution: {'; '.join(made.cautions)}" if made.cautions else ""
    return f"{short(way.macs)} MACs an image{time}, {gib(made.bytes)}; sees {sight(made)}{' of a tile' * (way.pieces > 1)}, last map {'×'.join(map(str, made.final_map))}{limits}{cautions}"  # fmt: skip


def as_data(proposals: Proposals) -> dict[str, Any]:
    """Plain data, for JSON."""
    return {
        "summary": proposals.summary,
        "proposals": [_data(each) for each in proposals],
        "refused": [_data(each) for each in proposals.refused],
        "ways": [
            {"kind": way.kind, "title": way.title, "configuration": way.candidate.configuration.text, "pieces": way.pieces, "macs": way.macs, "bytes": way.candidate.bytes, "ms": way.ms, "fits": not way.candidate.short, "lost": way.lost}
            for way in proposals.ways
        ],
    }  # fmt: skip


def _data(each: Proposal) -> dict[str, Any]:
    made = each.candidate
    return {
        "role": each.role, "configuration": each.configuration.text, "macs": made.macs, "bytes": made.bytes, "ms": made.ms, "largest_batch": made.most,
        "receptive_field": made.field, "final_map": made.final_map, "weights_lost": list(made.kept.lost) if made.kept.files else None,
        "cautions": list(each.cautions), "reasons": list(each.reasons),
    }  # fmt: skip


__all__ = ["NETWORKS", "ROLES", "Proposal", "Proposals", "adapt", "as_data", "as_text"]
