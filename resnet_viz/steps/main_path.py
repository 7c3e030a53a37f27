"""Which steps must every way pass, and how does the map change along them?"""

from __future__ import annotations

from collections.abc import Sequence

from .joins import dominators
from .step import Step
from .trace import Trace


def main_path(steps: Sequence[Step], output: int) -> list[int]:
    """The steps that every way must pass: from the input to the smallest map, and from there to ``output``."""
    maps = [step for step in steps if is_map(step)]
    if not maps:
        return []
    smallest = min(maps, key=lambda step: (step.output[2] * step.output[3], -step.index))
    above = dominators([step.reads for step in steps])
    chain: list[int] = []
    at: int | None = smallest.index
    while at is not None:
        chain.append(at)
        at = above[at]
    chain.reverse()
    # the same seen from the output: who reads whom, backwards
    count = output + 1
    readers: list[list[int]] = [[] for _ in range(count)]
    for step in steps[:count]:
        for read in step.reads:
            readers[count - 1 - read].append(count - 1 - step.index)
    if smallest.index < count:
        below = dominators([tuple(reads) for reads in readers], only_from=0)
        at = below[count - 1 - smallest.index]
        while at is not None:
            chain.append(count - 1 - at)
            at = below[at]
    return chain


def map_stages(trace: Trace) -> list[tuple[tuple[int, int], list[int]]]:
    """Per map size along the main path the channels in order, repeats dropped: ``[((56, 56), [64, 256]), …]``."""
    stages: list[tuple[tuple[int, int], list[int]]] = []
    for index in main_path(trace.steps, trace.returned[0]):
        step = trace.steps[index]
        if not is_map(step) or step.kind in ("input", "reshape", "pad"):
            continue
        side, channels = (step.output[2], step.output[3]), step.output[1]
        if not stages or stages[-1][0] != side:
            stages.append((side, [channels]))
        elif stages[-1][1][-1] != channels:
            stages[-1][1].append(channels)
    return stages


def is_map(step: Step) -> bool:
    """Whether its output is an image of several cells, ``(N, C, H, W)``."""
    return len(step.output) == 4 and step.output[2] * step.output[3] > 1
