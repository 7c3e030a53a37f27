"""What else could be done?  The same network on images made smaller or larger, cut up, at another stride: what each costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

from ...spec.catalogue import entry
from ...spec.settings import settings
from ...steps import Pair
from ...wording import plural
from .candidates import SEEN, Candidate, consider, published_map
from .question import Question

FACTORS = (
    2,
    3,
    4,
    6,
    8,
    12,
    16,
    24,
    32,
)  # by which images are made smaller: each pixel is then the mean of so many a side
GROWTH = range(2, 9)
PUBLISHED = "resnet18"  # the lightest with published weights
LARGE = 2  # times the input that a network is made for: from there on other ways are worth a look


@dataclass(frozen=True, slots=True)
class Way:
    """``candidate`` in place of the network on the image as it is; ``pieces`` of it make an image. What is ``lost`` in words."""

    kind: str  # downscale, tiles, stride, dilation, batch, upscale
    title: str
    candidate: Candidate
    lost: str
    pieces: int = 1

    @property
    def macs(self) -> int:
        """Multiply-adds for a whole image."""
        return self.pieces * self.candidate.macs

    @property
    def ms(self) -> float | None:
        """Milliseconds for a whole image, where a speed was given."""
        return None if self.candidate.ms is None else self.pieces * self.candidate.ms


def ways(question: Question, base: Candidate) -> tuple[Way, ...]:
    """What could be done instead with the network of ``base``, as far as it applies to such images."""
    known = entry(base.configuration.name)
    found: list[Way | None] = []
    if max(question.size) > LARGE * known.input_size or base.short or base.seen < SEEN:
        found += [_batch(question, base), _downscale(question, base), _tiles(question, base), *_reduce(question, base)]
        found.append(_dilate(question, base))
    elif not base.kept.first_stays or base.warnings:
        found.append(_upscale(question, base))
    return tuple(way for way in found if way is not None)


def _batch(question: Question, base: Candidate) -> Way | None:
    """Fewer images at once, where the memory is what is missing."""
    most = base.most
    if not most or most >= question.batch:
        return None
    made = consider(replace(question, batch=most), base.configuration.name, _changes(base))
    if any(each.limit != "time" for each in made.short):
        return None
    steps = ceil(question.batch / most)
    lost = (
        f"gradients summed over {plural(steps, 'pass', 'passes')} train as {plural(question.batch, 'image')} at once do, "
        f"but a batch norm takes its mean over {most:,}"
        if question.mode == "train"
        else "nothing"
    )
    return Way("batch", f"a batch of {most:,}", made, lost)


def _downscale(question: Question, base: Candidate) -> Way | None:
    """The image made smaller by a whole number: the least with which the limits are kept and nothing speaks against it."""
    kept: Way | None = None
    for factor in FACTORS:
        size = _scaled(question.size, 1 / factor)
        if min(size) < 16:
            break
        made = consider(question, base.configuration.name, _changes(base), size)
        lost = f"each pixel is the mean of {factor}×{factor}: what is smaller than {2 * factor} px can no longer be told apart"
        way = Way("downscale", f"images made {factor} times smaller, {size[0]}×{size[1]}", made, lost)
        if not made.short and not made.cautions:
            return way
        if kept is None or (kept.candidate.short and not made.short):
            kept = way
    return kept


def _tiles(question: Question, base: Candidate) -> Way | None:
    """The image cut into pieces of the size that the network is made for."""
    side = entry(base.configuration.name).input_size
    tile: Pair = (min(side, question.size[0]), min(side, question.size[1]))
    pieces = ceil(question.size[0] / tile[0]) * ceil(question.size[1] / tile[1])
    if pieces == 1:
        return None
    made = consider(question, base.configuration.name, _changes(base), tile)
    lost = f"no detail, but nothing larger than a tile is seen whole, and {plural(pieces, 'answer')} have to become one"
    return Way("tiles", f"{plural(pieces, 'tile')} of {tile[0]}×{tile[1]}", made, lost, pieces)


def _reduce(question: Question, base: Candidate) -> Iterator[Way]:
    """A stem that reduces more: what a stride changes is no weight, so they all stay."""
    spec = base.configuration.spec
    if spec.stem.stride < 4:
        to = 2 * spec.stem.stride
        made = consider(question, base.configuration.name, {**_changes(base), "stem.stride": str(to)})
        k = spec.stem.kernel
        skipped = "" if k >= to else f", and {1 - (k / to) ** 2:.0%} of the pixels are never read"
        lost = f"places are told apart half as finely from the first conv on, whose {k}×{k} window takes steps of {to} px{skipped}"
        yield Way("stride", f"stem.stride={to}", made, lost)


def _dilate(question: Question, base: Candidate) -> Way | None:
    """The last stage dilated instead of strided: finer places for more work."""
    spec = base.configuration.spec
    if spec.dilated_stages or len(spec.blocks) < 2:
        return None
    made = consider(question, base.configuration.name, {**_changes(base), "dilated_stages": "1"})
    height, width = made.final_map
    lost = f"nothing: the last map keeps {height}×{width} places for more work"
    return Way("dilation", "dilated_stages=1", made, lost)


def _upscale(question: Question, base: Candidate) -> Way | None:
    """The image made larger by a whole number, until a network with published weights has nothing against it as it is."""
    name = base.configuration.name if base.kept.files else PUBLISHED
    for factor in GROWTH:
        size = _scaled(question.size, factor)
        made = consider(question, name, {}, size)
        if not made.warnings and 2 * min(made.final_map) >= published_map(name):
            lost = f"nothing, and no detail is won: {factor**2} pixels say what one did"
            return Way("upscale", f"images made {factor} times larger, {size[0]}×{size[1]}", made, lost)
    return None


def _changes(base: Candidate) -> dict[str, str]:
    """What the candidate changes of its network's stem and stages."""
    changed = settings(base.configuration.spec, entry(base.configuration.name).spec)
    return {name: value for name, value in changed.items() if name not in ("in_channels", "num_classes")}


def _scaled(size: Pair, factor: float) -> Pair:
    return max(1, ceil(size[0] * factor)), max(1, ceil(size[1] * factor))
