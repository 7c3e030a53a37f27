"""The network itself with weights in it, for formats that hold both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..errors import InputError
from ..spec.configuration import Configuration
from .registry import Export

if TYPE_CHECKING:
    from torch import Tensor, nn

MOST = 2 * 2**30  # bytes of weights: what a file of protobuf may have, and what may stand in memory three times


class Weighted(NamedTuple):
    """The network with its weights, two images of nothing in the trace's size, and where it and they are from."""

    module: nn.Module
    images: Tensor
    provenance: Mapping[str, str]


def with_weights(export: Export, what: str) -> Weighted:
    """The network with the weights that are asked for, else random ones.

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
    images = torch.zeros(2, spec.in_channels, height, width)  # of one image an exporter would make a fixed number
    return Weighted(made.module, images, {**export.provenance, "weights": "; ".join(made.how)})
