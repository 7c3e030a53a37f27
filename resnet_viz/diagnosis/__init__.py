"""Does this network suit this input?  Findings with evidence from the trace, and remedies that silence them.

A check is a function ``Case → Finding | None`` and its line in CHECKS. Its remedies are proposals: only those that
silence the finding are shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as copy

from ..errors import InputError
from ..spec import ResNetSpec
from ..steps import Pair
from .balance import large_final_map, lopsided
from .data import DATA, published_weights, wrong_data
from .finding import MODES, Case, Finding, Mode, Remedy, candidates, works
from .sizes import cannot_run, fixed_head, odd_sizes
from .small import collapsed, dead_weights, early_stem, field_past_input
from .training import estimate, gib, largest_batch, memory, most_images, one_value_norm

Check = Callable[[Case], Finding | None]
# The worst first; each needs a trace but the first.
CHECKS: tuple[Check, ...] = (
    cannot_run, one_value_norm, memory, wrong_data, collapsed, dead_weights, early_stem, large_final_map, fixed_head, odd_sizes,
    field_past_input, lopsided, published_weights,
)  # fmt: skip
_HELPED_BY_SIZE = (dead_weights, collapsed, early_stem)
MOST_REMEDIES = 3

__all__ = [
    "CHECKS", "DATA", "MODES", "Case", "Finding", "Mode", "Remedy", "diagnose", "estimate", "examine", "gib", "largest_batch",
    "most_images",
]  # fmt: skip


def diagnose(
    spec: ResNetSpec, input_size: int | Pair = 224, batch: int = 1, *, mode: Mode = "train", data: str = "", memory_gib: float = 0.0, optimizer: str = "sgd",
) -> list[Finding]:  # fmt: skip
    """What is worth knowing about ``spec`` at this input, the worst first.

    ``mode`` is "train" or "eval"; ``data`` a data set of ``DATA``; ``memory_gib`` a GPU's memory; ``optimizer`` "sgd" or "adam".
    Raises :class:`InputError`.

    >>> from resnet_viz import variant
    >>> diagnose(variant("resnet34"), 32)[0].title
    'Training raises in layer4.0.bn1'
    """
    if mode not in MODES:
        raise InputError("mode", mode, "must be train or eval", "use 'train'")
    if data and data not in {known.name for known in DATA}:
        raise InputError("data", data, "must be one of " + ", ".join(known.name for known in DATA), "use 'cifar10'")
    if optimizer not in ("sgd", "adam"):
        raise InputError("optimizer", optimizer, "must be sgd or adam", "use 'sgd'")
    if not 0 <= memory_gib <= 100_000:
        raise InputError("memory_gib", memory_gib, "must be from 0 (not asked) to 100000 GiB", "use e.g. 24")
    return examine(
        Case.of(spec, input_size, batch, mode=mode, data=data, memory=int(memory_gib * 2**30), optimizer=optimizer)
    )


def examine(case: Case) -> list[Finding]:
    """The findings of every check, each with the remedies that silence it."""
    found: list[Finding] = []
    for check in CHECKS:
        if case.trace is None and check not in (cannot_run, wrong_data):
            continue
        finding = check(case)
        if finding is not None:
            proposed = (*finding.remedies, *(candidates(case) if check in _HELPED_BY_SIZE else ()))
            found.append(copy(finding, remedies=_silencing(case, check, proposed)))
    order = {"error": 0, "warning": 1, "note": 2}
    return sorted(found, key=lambda finding: order[finding.severity])


def _silencing(case: Case, check: Check, proposed: tuple[Remedy, ...]) -> tuple[Remedy, ...]:
    """The first remedies that work; of several larger inputs only the smallest."""
    kept: list[Remedy] = []
    sized = False
    for remedy in proposed:
        only_size = remedy.size is not None and not remedy.changes
        if len(kept) == MOST_REMEDIES or (only_size and sized):
            continue
        made = works(case, remedy)
        if made is not None and check(made) is None:
            kept.append(remedy)
            sized = sized or only_size
    return tuple(kept)
