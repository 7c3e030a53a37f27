"""Sizes that do not halve exactly, and code that is written for one size only."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from math import ceil

from ...engines.formulas import forecast
from ...errors import InputError
from ...spec import ResNetSpec, replace
from ...steps import Conv, Pair
from ...steps.structure import place_names
from ...wording import plural
from .finding import Case, Finding, Remedy

HEAD = 7  # the article's AvgPool2d(7, stride=1)


def cannot_run(case: Case) -> Finding | None:
    """The forecast's own refusal."""
    if not case.refused or case.spec is None:
        return None
    step = case.refused.split(" cannot run")[0]
    # a size that is refused may be a multiple of two and still not halve all the way
    unit = case.spec.halves_to
    near: list[Pair] = [tuple(max(unit, fit(n / unit) * unit) for n in case.size) for fit in (ceil, int)]  # type: ignore[misc]
    remedies = [Remedy(f"Use an input of {h}×{w}", size=(h, w)) for h, w in dict.fromkeys(near)]
    remedies.append(Remedy("Leave out the anti-aliasing", {"anti_alias": "none"}))
    return Finding(
        "cannot-run",
        "error",
        f"The network cannot run at {case.size[0]}×{case.size[1]}",
        case.refused,
        "Both branches of a block must end in the same shape, and every window must fit into its map.",
        "",
        (step,),
        tuple(remedies),
    )


def odd_sizes(case: Case) -> Finding | None:
    """Blocks that halve an odd side: why both branches still agree, and what would break them."""
    assert case.trace is not None
    told: list[str] = []
    names: list[str] = []
    for step in case.trace.steps:
        if step.path != "shortcut" or not isinstance(step.op, Conv) or step.stage is None:
            continue
        source = next(s for s in case.trace.steps if (s.stage, s.block) == (step.stage, step.block))
        before = case.trace.steps[source.reads[0]].output[2:]
        odd = [n for n in before if n % 2 and n != 1]
        if step.output[2:] != before and odd:
            n = odd[0]
            names.append(step.name)
            told.append(
                f"{place_names(case.trace)[step.stage, step.block]}: {n} → {ceil(n / 2)} on both paths; AvgPool2d(2) in the shortcut would give {n // 2}"
            )
    if not told:
        return None
    return Finding(
        "odd-sizes",
        "note",
        f"Odd sides are halved in {plural(len(told), 'block')}",
        "; ".join(told),
        "Every down-sampler here rounds up: the padded 3×3, the 1×1, the slice, the pool with ceil_mode. That is why both "
        "branches agree at any size. A pool that rounds down breaks at just these sides, and a 1×1 with padding at all.",
        "torch's formulas; 1812.01187's pool needs ceil_mode",
        tuple(names),
        tuple(Remedy(f"Use an input of {h}×{w}, which halves exactly", size=(h, w)) for h, w in _up(case)),
    )


def _up(case: Case) -> Iterator[Pair]:
    if case.spec is not None:
        unit = case.spec.halves_to
        yield (ceil(case.size[0] / unit) * unit, ceil(case.size[1] / unit) * unit)


def fixed_head(case: Case) -> Finding | None:
    """Code with a pool of one size as its head, as many tutorials have it."""
    assert case.trace is not None
    height, width = case.trace.totals.final_map[2:]
    if case.spec is None or case.spec.halves_to != 32 or (height, width) == (HEAD, HEAD):
        return None
    if min(height, width) < HEAD:
        how = f"AvgPool2d({HEAD}) raises: its window does not fit into {height}×{width}"
    else:
        channels = case.trace.totals.final_map[1]
        out = (height - HEAD + 1) * (width - HEAD + 1) * channels
        how = f"AvgPool2d({HEAD}, stride=1) leaves {height - HEAD + 1}×{width - HEAD + 1}, and Linear gets {out:,} numbers instead of {channels:,}"
    low, high = fixed_head_range(case.spec)
    return Finding(
        "fixed-head",
        "note",
        f"A head with AvgPool2d({HEAD}) would not work at this input",
        f"the final map is {height}×{width}; {how}; it works from {low} to {high} px",
        "This network has an adaptive pool, which averages whatever map there is, so it runs at any input. Code that "
        f"fixes the pool at {HEAD} runs only where the final map is {HEAD}×{HEAD}.",
        "torchvision went from AvgPool2d(7) to AdaptiveAvgPool2d(1)",
        ("avgpool",),
        (Remedy("Use an input of 224×224", size=(224, 224)),),
    )


@lru_cache(maxsize=512)
def fixed_head_range(spec: ResNetSpec) -> Pair:
    """The smallest and the largest square input whose final map is 7×7."""
    unit = spec.halves_to
    sides = range(unit * (HEAD - 2), unit * (HEAD + 2))
    if spec.anti_alias != "none":  # some sizes are refused
        fits = [side for side in sides if _final(spec, side) == HEAD]
        return fits[0], fits[-1]
    # a larger input never makes a smaller map, and seven times the unit always ends with seven cells
    first = bisect_left(sides, HEAD, key=lambda side: _final(spec, side))
    after = bisect_right(sides, HEAD, key=lambda side: _final(spec, side))
    return sides[first], sides[after - 1]


def _final(spec: ResNetSpec, side: int) -> int:
    """The final map's side at a square input; 0 where the network cannot run."""
    try:
        # only the first block of a stage changes the map
        return forecast(replace(spec, blocks=(1,) * len(spec.blocks)), side).totals.final_map[2]
    except InputError:
        return 0
