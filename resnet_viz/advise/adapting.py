"""Which network for my images?  Known networks, with the stem changed where the input asks for it, that nothing speaks against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import log

from ..checks import check_one_of, check_whole
from ..engines.formulas import forecast
from ..spec import MAX_CLASSES
from ..spec.catalogue import entry
from ..spec.configuration import Configuration
from ..spec.settings import apply
from ..steps import Pair, check_input, known
from ..why import cost
from ..wording import plural
from .diagnosis import CHECKS, Case, check_memory, estimate, gib, largest_batch

# Plain networks that people know, from light to strong; each is tried with each stem.
NETWORKS = (
    "cifar_resnet20", "cifar_resnet56", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "wrn_16_8", "wrn_28_10",
)  # fmt: skip
STEMS: tuple[dict[str, str], ...] = ({}, {"stem": "cifar"}, {"stem.pool": "none"})
HEAVIEST = "resnet152"  # at its own input; nothing that takes more work an image is proposed
PRETRAINED = ("resnet50", "resnet34", "resnet18")
ROLES = {
    "light": "Light: the least work an image",
    "balanced": "Balanced: between the two",
    "strong": "Strong: the most work that is still usual and fits",
    "pretrained": "Keep published weights: the stem stays",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A network that suits, and why: sentences whose numbers are its trace's.

    >>> adapt(32, 3, 10)[0].role
    'light'
    """

    role: str  # light, balanced, strong, pretrained
    configuration: Configuration
    reasons: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n  ".join([f"{ROLES[self.role]}: {self.configuration.text}", *self.reasons])


class Proposals(tuple[Proposal, ...]):
    """Networks for some images, each with its reasons.

    >>> [proposal.role for proposal in adapt(32, 3, 10)]
    ['light', 'balanced', 'strong', 'pretrained']
    """

    __slots__ = ()

    def __repr__(self) -> str:
        if not self:
            return as_text(self).strip()
        return "\n  ".join(
            [
                plural(len(self), "proposal"),
                *(f"{ROLES[each.role]}: {each.configuration.text}" for each in self),
            ]
        )

    def _repr_html_(self) -> str:
        """What a notebook shows: a list, each network with its reasons."""
        told = (
            f"<li><b>{escape(ROLES[each.role])}: {escape(each.configuration.text)}</b><br>{'<br>'.join(map(escape, each.reasons))}</li>"
            for each in self
        )
        return f"<ul>{''.join(told)}</ul>" if self else f"<p>{escape(as_text(self).strip())}</p>"


def adapt(
    input_size: int | Pair, channels: int = 3, classes: int = 1000, *, memory_gib: float = 0.0, batch: int = 32, optimizer: str = "sgd",
) -> Proposals:  # fmt: skip
    """Up to four networks for training on such images, none with an error or a warning of the diagnosis.

    ``memory_gib`` is the GPU's memory, 0 for not asked. Raises a ``ResNetVizError`` for a value that cannot be.

    >>> [proposal.configuration.text for proposal in adapt(32, 3, 10)][:1]
    ['cifar_resnet20@32']
    """
    size, batch, _ = check_input(input_size, batch, "float32")
    check_whole("channels", channels, 1, 4096)
    check_whole("classes", classes, 1, MAX_CLASSES)
    memory = check_memory(memory_gib)
    check_one_of("optimizer", optimizer, ("sgd", "adam"))
    wanted = {"in_channels": str(channels), "num_classes": str(classes)}

    def case(name: str, changes: dict[str, str], at: Pair) -> Case:
        spec = apply(entry(name).spec, {**changes, **wanted})
        return Case.of(spec, at, batch, memory=memory, optimizer=optimizer)

    case("resnet18", {}, size)  # says at once what cannot be
    most = forecast(entry(HEAVIEST).spec, entry(HEAVIEST).input_size).totals.macs
    suits: dict[str, tuple[Configuration, Case]] = {}
    for name in NETWORKS:
        for changes in STEMS:
            tried = case(name, changes, size)
            made = Configuration(name, known(tried.spec), size)
            if _suits(tried) and _work(tried) <= most:
                suits.setdefault(made.text, (made, tried))
                break  # the stem that is nearest to the published one
    found: list[Proposal] = []
    if suits:
        ranked = sorted(suits.values(), key=lambda pair: _work(pair[1]))
        middle = (log(_work(ranked[0][1])) + log(_work(ranked[-1][1]))) / 2
        between = min(ranked[1:-1], key=lambda pair: abs(log(_work(pair[1])) - middle), default=None)
        chosen = [("light", ranked[0]), *([("balanced", between)] if between else []), ("strong", ranked[-1])]
        if len(ranked) == 1:
            chosen = chosen[:1]
        found = [Proposal(role, made, _reasons(tried, made)) for role, (made, tried) in chosen]
    kept = _pretrained(case, size, most)
    if kept is not None and all(kept.configuration.text != proposal.configuration.text for proposal in found):
        found.append(kept)
    return Proposals(found)


def _pretrained(case: Callable[[str, dict[str, str], Pair], Case], size: Pair, most: int) -> Proposal | None:
    """The strongest network whose stem can stay, at the smallest input where nothing speaks against it."""
    sides = [size, *((side, side) for side in range(-(-max(size) // 32) * 32, 257, 32) if side >= max(size))]
    for at in sides:
        for name in PRETRAINED:
            tried = case(name, {}, at)
            if _suits(tried) and _work(tried) <= most:
                made = Configuration(name, known(tried.spec), at)
                grown = f"Your images have to be made larger, from {size[0]}×{size[1]} to {at[0]}×{at[1]}."
                return Proposal("pretrained", made, (*([grown] if at != size else []), *_reasons(tried, made)))
    return None


def _suits(case: Case) -> bool:
    """Neither an error nor a warning. The end that differs from published weights is a note."""
    if case.trace is None:
        return False
    return all(finding is None or finding.severity == "note" for finding in (check(case) for check in CHECKS))


def _work(case: Case) -> int:
    assert case.trace is not None
    return case.trace.totals.macs // case.batch


def _reasons(case: Case, made: Configuration) -> tuple[str, ...]:
    trace = case.trace
    assert trace is not None
    totals = trace.totals
    stem = [step for step in trace.steps if step.path == "stem"][-1]
    published = entry(made.name).spec
    dead = sum(cost.dead_weights(step.op, step.inputs, step.output) for step in trace.steps)
    maps = [step for step in trace.steps if step.path not in ("head", "gate") and len(step.output) == 4]
    field = known(maps[-1].receptive_field)[0]
    height, width = totals.final_map[2:]
    told = [
        f"{'The published stem' if made.spec.stem == published.stem else 'The changed stem'} hands the blocks "
        f"{stem.output[2]}×{stem.output[3]} of your {case.size[0]}×{case.size[1]}, and {height}×{width} are left for the head.",
        "Every weight meets data."
        if not dead
        else f"{dead / totals.params:.1%} of its weights only ever meet padding.",
        f"A cell of the last map sees {field} px"
        + (", the whole image." if field >= max(case.size) else f" of {max(case.size)}."),
        f"{totals.params:,} parameters and {_work(case):,} MACs an image; training with a batch of {case.batch} takes about "
        f"{gib(sum(estimate(trace, 'train', case.optimizer).values()))} (an estimate)"
        + (f", and at most {plural(largest_batch(case), 'image')} fit at once." if case.memory else "."),
    ]
    lost = [name for name, other in (("conv1", made.spec.in_channels != published.in_channels), ("fc", made.spec.num_classes != published.num_classes)) if other]  # fmt: skip
    if made.spec.stem == published.stem:
        told.append("Published weights fit" + (f" but for {' and '.join(lost)}." if lost else "."))
    return tuple(told)


def as_text(proposals: Sequence[Proposal]) -> str:
    """A paragraph a proposal, for a terminal."""
    if not proposals:
        return "no network suits without a warning; a larger input or more memory would help\n"
    lines: list[str] = []
    for proposal in proposals:
        lines += [f"{ROLES[proposal.role]}: {proposal.configuration.text}", *(f"  {why}" for why in proposal.reasons)]
    return "\n".join(lines) + "\n"


def as_data(proposals: Sequence[Proposal]) -> list[dict[str, object]]:
    """Plain data, for JSON."""
    return [
        {"role": proposal.role, "configuration": proposal.configuration.text, "reasons": list(proposal.reasons)}
        for proposal in proposals
    ]


__all__ = ["NETWORKS", "ROLES", "Proposal", "Proposals", "adapt", "as_data", "as_text"]
