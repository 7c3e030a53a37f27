"""Which way leads from the whole network to what is shown?  Each place on it is a way back."""

from __future__ import annotations

from typing import NamedTuple

from ...steps import Part, Trace
from .look import WHOLE, Place
from .parts import block_part, home, short_name, stage_part
from .window import operation_names


class Stop(NamedTuple):
    """A place on the way, and what it is called there: a part by its path, an operation by its name in its block."""

    name: str
    place: Place


def trail(trace: Trace, place: Place, network: str) -> tuple[Stop, ...]:
    """The places on the way from the whole ``network``, which is called so, to ``place``, which is the last.

    Raises :class:`InputError` for a focus that is no part or step of the network.

    >>> from resnet_viz import forecast
    >>> [name for name, _ in trail(forecast("resnet18"), Place("operation", "layer2.0.conv1"), "ResNet-18")]
    ['ResNet-18', 'layer2', 'layer2.0', 'conv1']
    """
    whole = Stop(network, WHOLE)
    if place.level == "stage":
        return (whole, _stop("stage", stage_part(trace, place.focus)))
    if place.level == "block":
        block = block_part(trace, place.focus)
        return (whole, *_outer(stage_part(trace, block.path), block), _stop("block", block))
    if place.level == "operation":
        step = trace.step(place.focus or operation_names(trace)[0])
        stage, block = home(trace, step.index, "stage"), home(trace, step.index, "block")
        inside = (*_outer(stage, block), *((_stop("block", block),) if block else ()))
        last = block or stage
        return (whole, *inside, Stop(short_name(step, last) if last else step.name, place))
    return (whole,)


def _stop(level: str, part: Part) -> Stop:
    return Stop(part.path, Place(level, part.path))


def _outer(stage: Part | None, block: Part | None) -> tuple[Stop, ...]:
    """The stage, unless it is the block itself, as a network without stages has it."""
    return () if stage is None or (block is not None and stage.path == block.path) else (_stop("stage", stage),)


def own_place(trace: Trace, index: int) -> Place:
    """Where a step has a volume of its own, or is drawn with the one whose shape it keeps: its block, its stage, or the
    whole network for what is in neither."""
    for level in ("block", "stage"):
        part = home(trace, index, level)
        if part is not None:
            return Place(level, part.path)
    return WHOLE
