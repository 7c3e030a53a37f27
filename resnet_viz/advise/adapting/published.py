"""Which published weights are there, what were they trained for, and what of them stays?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ...engines.formulas import forecast
from ...spec.catalogue import Top1, Variant, entry
from ...steps import Trace
from ...wording import plural
from ..diagnosis.data import weight_shapes

FILES = ("torchvision ", "timm ")  # whose accuracies in the catalogue are those of weights that can be had


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays of the weights of ``name``: so many of its numbers, all but those of the steps ``lost``."""

    name: str
    files: tuple[Top1, ...]  # the accuracies that were measured with them
    numbers: int
    of: int
    lost: tuple[str, ...]
    scale: float  # how many times larger things are behind the stem than they were in training
    told: tuple[str, ...]  # why each of ``lost`` is

    @property
    def first_stays(self) -> bool:
        """Whether the first conv still has its kernel, so that what the network learned to see is of use."""
        return bool(self.files) and not any("kernel" in reason for reason in self.told)

    @property
    def short(self) -> str:
        """``all but conv1, fc``, for a table; empty where there are none."""
        return (f"all but {', '.join(self.lost)}" if self.lost else "all") if self.files else ""


@lru_cache(maxsize=64)
def _published(name: str) -> Trace:
    known = entry(name)
    return forecast(known.spec, known.input_size)


def kept(name: str, trace: Trace) -> Kept:
    """What ``trace``, of the network ``name`` with changed ends or stem, keeps of the published weights."""
    known, published = entry(name), _published(name)
    files = tuple(top1 for top1 in known.top1 if top1.source.startswith(FILES))
    shapes = {step.name: weight_shapes(step) for step in published.steps}
    weighing = [step for step in trace.steps if step.params]
    lost = [step for step in weighing if shapes.get(step.name) != weight_shapes(step)]
    numbers = sum(step.params or 0 for step in weighing) - sum(step.params or 0 for step in lost)
    told = tuple(_reason(known, trace, step.name) for step in lost)
    scale = _reduction(published) / _reduction(trace)
    return Kept(name, files, numbers, published.totals.params, tuple(step.name for step in lost), scale, told)


def _reduction(trace: Trace) -> int:
    stem = [step for step in trace.steps if step.path == "stem"][-1]
    return (stem.output_stride or (1, 1))[0]


def _reason(known: Variant, trace: Trace, name: str) -> str:
    """Why the weights of the step ``name`` are not those that were published."""
    spec, before = trace.spec, known.spec
    assert spec is not None
    if name == "fc":
        return f"fc ({plural(spec.num_classes, 'class', 'classes')}, not {before.num_classes:,})"
    if spec.stem.kernel != before.stem.kernel:
        k, b = spec.stem.kernel, before.stem.kernel
        return f"{name} (a {k}×{k} kernel, not {b}×{b})"
    if spec.in_channels != before.in_channels:
        n, b = spec.in_channels, before.in_channels
        instead = (
            "the sum of its filters over colour can stand in"
            if n == 1
            else f"1/{n} of the sum of its filters over colour can stand in, for each channel"
        )
        return f"{name} ({plural(n, 'channel')}, not {b}: {instead})"
    return name


def sentence(stays: Kept) -> str:
    """What can be had, what it was trained for, what stays, what is new and why."""
    known = entry(stays.name)
    if not stays.files:
        return f"The catalogue knows no file of weights for {known.title}, so it is trained from the start."
    spec = known.spec
    files = ", ".join(f"{top1.source}: {top1.value:g}% top-1 at {top1.input_size} px" for top1 in stays.files)
    made = (
        f"Published weights of {known.title} ({files}) are made for {known.input_size} px, "
        f"{plural(spec.in_channels, 'channel')} and {plural(spec.num_classes, 'class', 'classes')} of {known.family.dataset}: "
    )
    if not stays.told:
        stay = f"all {stays.numbers:,} numbers stay."
    else:
        stay = f"{stays.numbers:,} of {stays.of:,} numbers stay; new {'is' if len(stays.told) == 1 else 'are'} {' and '.join(stays.told)}."
    if not stays.first_stays:
        stay += " Behind another first conv the rest reads maps it was not trained on: what it is worth there only a trial tells."
    elif stays.scale != 1:
        stay += f" Behind this stem things are {stays.scale:g} times as large as they were in training: fine-tune all of it."
    return made + stay
