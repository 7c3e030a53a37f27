"""The network itself with weights in it, for formats that hold both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InputError
from ..spec.configuration import Configuration
from .registry import Export

if TYPE_CHECKING:
    from torch import Tensor

    from ..inside.networks import Subject

MOST = 2 * 2**30  # bytes of weights: what a file of protobuf may have, and what may stand in memory three times


def with_weights(export: Export, what: str) -> tuple[Subject, Tensor]:
    """The network with the weights that are asked for, else random ones, and two images of nothing in the trace's size.

    Raises :class:`InputError` for more than ``what`` holds, before anything is built.
    """
    import torch

    from ..inside.networks import subject

    trace = export.trace
    spec = trace.spec
    assert spec is not None
    size = 4 * trace.totals.params
    if size > MOST:
        rule = f"has {size:,} bytes of weights, and {what} holds at most {MOST:,}"
        raise InputError("network", export.configuration or export.name, rule, "take a smaller network, or its code")
    height, width = trace.input_size
    made = subject(Configuration.of(spec, (height, width)), export.options.weights, None, 0)
    return made, torch.zeros(2, spec.in_channels, height, width)  # of one image an exporter would make a fixed number
