"""Which neighbouring steps are drawn as one?  Blocks, folds of like blocks, and loose operations, from fine to coarse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ...steps import Part
from .graph import Structure


class Detail(NamedTuple):
    """How much is drawn: the coarser, the narrower."""

    fold_over: int = 8  # of more like parts in a row the first ones, a fold and the last are drawn
    keep: int = 2
    opened: bool = True  # parts that lie beside each other in a block are drawn one by one
    gates: bool = True
    inner: bool = True  # the shortcuts of parts that are opened
    blocks: bool = True  # else a stage is one volume
    most: int = 0  # loose operations in a row beyond which they are one volume; 0 for all


@dataclass(frozen=True, slots=True)
class Atom:
    """Neighbouring steps that are drawn together, or one by one where they are no part."""

    start: int
    stop: int
    part: Part | None
    run: str
    of: Part | None  # the part that the run is
    folded: tuple[Part, ...] = ()
    opened: bool = False
    like: int | None = None  # where the equal part begins that is drawn in its place


def looks_alike(structure: Structure, one: Part, other: Part) -> bool:
    """Whether two parts do the same at other sizes."""
    if one.stop - one.start != other.stop - other.start:
        return False
    steps = structure.steps
    return all(
        type(a.op) is type(b.op) and getattr(a.op, "kernel", 0) == getattr(b.op, "kernel", 0)
        for a, b in zip(steps[one.start : one.stop], steps[other.start : other.stop], strict=True)
    )


def network_atoms(structure: Structure, detail: Detail) -> list[Atom]:
    """A network as blocks, folds of like blocks, and loose operations."""
    atoms: list[Atom] = []
    for part in structure.trace.parts.parts:
        if part.kind == "stage" and not detail.blocks and part.parts:
            atoms.append(Atom(part.start, part.stop, part, part.path, part))
        else:
            atoms += _atoms(structure, part, detail, part, False)
    return _chunked(structure, atoms, detail)


def part_atoms(structure: Structure, part: Part, detail: Detail) -> list[Atom]:
    """A part as its operations; of like parts in a row the first, a fold and the last."""
    atoms: list[Atom] = []
    at = part.start
    for child in _folds(structure, part, detail):
        if isinstance(child, tuple):
            atoms += _loose(at, child[0].start, part)
            last = child[-1]
            atoms.append(Atom(child[0].start, last.stop, last, last.path, last, folded=child))
            at = last.stop
            continue
        atoms += _loose(at, child.start, part)
        if detail.blocks:
            inner = part_atoms(structure, child, detail)
            atoms += [Atom(a.start, a.stop, a.part, child.path, child, a.folded) for a in inner]
        else:
            atoms.append(Atom(child.start, child.stop, child, child.path, child))
        at = child.stop
    atoms += _loose(at, part.stop, part)
    return _chunked(structure, atoms, detail)


def _loose(start: int, stop: int, part: Part, opened: bool = False) -> list[Atom]:
    return [Atom(start, stop, None, "", part if part.kind == "stage" else None, opened=opened)] if stop > start else []


def _atoms(structure: Structure, part: Part, detail: Detail, run: Part, opened: bool) -> list[Atom]:
    atoms: list[Atom] = []
    at = part.start
    shown: Part | None = None  # of equal parts that are opened one is enough
    for child in _folds(structure, part, detail):
        first = child[0] if isinstance(child, tuple) else child
        if shown is not None and not isinstance(child, tuple) and shown.signature == child.signature:
            atoms += _loose(at, first.start, run, opened)
            atoms.append(Atom(child.start, child.stop, child, run.path, run, like=shown.start))
            at = child.stop
            continue
        shown = None
        last = child[-1] if isinstance(child, tuple) else child
        atoms += _loose(at, first.start, run, opened)
        folded = child if isinstance(child, tuple) else ()
        if detail.opened and len(first.parts) > 1 and not folded:
            close = detail if detail.inner else detail._replace(fold_over=1, keep=0)
            shown = None if detail.inner else first
            atoms += _atoms(structure, first, close, run, True)
        else:
            atoms.append(Atom(first.start, last.stop, last, run.path, run, folded, opened))
        at = last.stop
    return atoms + _loose(at, part.stop, run, opened)


def _folds(structure: Structure, part: Part, detail: Detail) -> list[Part | tuple[Part, ...]]:
    """The child parts; of long runs of like ones the middle is one tuple."""
    runs: list[list[Part]] = []
    for child in part.parts:
        last = runs[-1][-1] if runs else None
        beside = len(child.parts) > 1 and detail.opened and part.kind != "network"
        chained = (
            last is not None
            and not beside
            and any(
                last.start <= read < last.stop
                for step in structure.steps[child.start : child.stop]
                for read in structure.reads_of(step)
            )
        )
        if last is not None and chained and (last.signature == child.signature or looks_alike(structure, last, child)):
            runs[-1].append(child)
        else:
            runs.append([child])
    made: list[Part | tuple[Part, ...]] = []
    # the first block of a stage differs by its shortcut: it counts for the length, not for the fold
    longest = sum(map(len, runs)) if len(runs) == 2 and len(runs[0]) == 1 else 0
    for run in runs:
        keep = max(1, detail.keep - (1 if longest and run is runs[1] else 0))
        if not detail.keep and len(run) > 1:
            made.append(tuple(run))
        elif max(len(run), longest if run is not runs[0] else 0) > detail.fold_over and len(run) > keep + 2:
            made += [*run[:keep], tuple(run[keep:-1]), run[-1]]
        else:
            made += run
    return made


def _chunked(structure: Structure, atoms: list[Atom], detail: Detail) -> list[Atom]:
    """Where even so there is too much, neighbours become one volume."""
    if not detail.most:
        return atoms
    stops = [step.index + 1 for step in structure.steps[atoms[0].start : atoms[-1].stop] if not structure.quiet(step)]
    size = max(1, -(-len(stops) // detail.most))
    ends = [*stops[size - 1 :: size], atoms[-1].stop]
    made: list[Atom] = []
    start = atoms[0].start
    for end in sorted(set(ends)):
        if end <= start:
            continue
        count = end - start
        part = Part("block", "", f"{count} operations", start, end, None)
        only = count == 1 or structure.steps[start].kind == "input"
        stop = start + 1 if only else end
        if only:
            made.append(Atom(start, stop, None, "", None))
        if stop < end or not only:
            made.append(Atom(stop if only else start, end, part, part.title, None))
        start = end
    return made
