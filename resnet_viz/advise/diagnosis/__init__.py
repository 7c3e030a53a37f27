"""Does this network suit this input?  Findings with evidence from the trace, and remedies that silence them.

A check is a function ``Case → Finding | None`` and its line in CHECKS. Its remedies are proposals: only those that
silence the finding are shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as copy

from ...checks import check_number, check_one_of
from ...spec.configuration import Network, spec_and_size
from ...steps import Pair, Trace, check_input
from ...why.memory import MAX_GIB, gib_bytes
from .balance import large_final_map, lopsided
from .data import DATA, published_weights, wrong_data
from .finding import MODES, SEVERITIES, Case, Finding, Findings, Mode, Remedy, candidates, works
from .sizes import cannot_run, fixed_head, odd_sizes
from .small import collapsed, dead_weights, early_stem, field_past_input
from .training import estimate, gib, largest_batch, memory, most_images, one_value_norm

Check = Callable[[Case], Finding | None]
# The worst first; each needs a trace but the first.
CHECKS: tuple[Check, ...] = (
    cannot_run, one_value_norm, memory, wrong_data, collapsed, dead_weights, early_stem, large_final_map, fixed_head, odd_sizes,
    field_past_input, lopsided, published_weights,
)  # fmt: skip
# Those of them that can say more than a note of a network at an input, whatever it is wanted for.
WARNING: tuple[Check, ...] = (one_value_norm, collapsed, dead_weights, early_stem)
_HELPED_BY_SIZE = (dead_weights, collapsed, early_stem)
MOST_REMEDIES = 3

__all__ = [
    "CHECKS", "DATA", "MODES", "WARNING", "Case", "Finding", "Findings", "Mode", "Remedy", "check_memory", "diagnose", "estimate", "examine", "gib", "largest_batch",
    "most_images",
]  # fmt: skip


def diagnose(
    network: Network | Trace,
    input_size: int | Pair | None = None,
    batch: int | None = None,
    *,
    mode: Mode | None = None,
    data: str = "",
    memory_gib: float = 0.0,
    optimizer: str = "sgd",
) -> Findings:
    """What is worth knowing about ``network`` at this input, the worst first.

    ``network`` is a spec, a configuration or its text; ``input_size`` by default the configuration's, or 224. Or it is
    a trace of any network, with its own input and batch: what needs a spec is then not looked at, and no remedy is
    proposed, because none can be tried.
    ``mode`` is "train" or "eval", by default training. Counts are of one image where ``batch`` is not said; that training
    with a single one raises is told only to whoever asks for that, by ``batch`` or, of a trace, by ``mode``. ``data`` a data set of ``DATA``; ``memory_gib`` a GPU's memory; ``optimizer`` "sgd" or "adam".
    Raises a ``ResNetVizError``.

    >>> [finding.code for finding in diagnose("resnet18@32", batch=8)][:2]
    ['collapsed', 'dead-weights']
    """
    known = None if isinstance(network, Trace) else spec_and_size(network, input_size)
    use = check_one_of("mode", "train" if mode is None else mode, MODES)
    images = 1 if batch is None else batch
    if known is not None:
        check_input(known[1], images, "float32")
    if data != "":
        check_one_of("data", data, [known.name for known in DATA], "cifar10")
    check_one_of("optimizer", optimizer, ("sgd", "adam"))
    memory = check_memory(memory_gib)
    wanted = {"mode": use, "data": data, "memory": memory, "optimizer": optimizer}
    if isinstance(network, Trace):
        return Findings(examine(Case.of_trace(network, asked=mode is not None or network.batch > 1, **wanted)))
    assert known is not None
    return Findings(examine(Case.of(*known, images, asked=batch is not None, **wanted)))


def check_memory(gib_given: object) -> int:
    """Bytes of ``memory_gib``. Raises :class:`InputError`."""
    words = f"must be from 0 (not asked) to {MAX_GIB} GiB"
    return gib_bytes(check_number("memory_gib", gib_given, 0, MAX_GIB, words, "use e.g. 24"))


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
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def _silencing(case: Case, check: Check, proposed: tuple[Remedy, ...]) -> tuple[Remedy, ...]:
    """The first remedies that work; of several larger inputs only the smallest."""
    kept: list[Remedy] = []
    for remedy in proposed:
        if len(kept) == MOST_REMEDIES or (remedy.only_size and any(other.only_size for other in kept)):
            continue
        made = works(case, remedy)
        if made is not None and check(made) is None:
            kept.append(remedy)
    return tuple(kept)
