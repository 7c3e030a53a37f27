"""Whatever somebody gives as a network, as a trace: one is there already, one is forecast, anybody's module is run."""

from __future__ import annotations

from typing import Any

from ..errors import InputError
from ..extras import require
from ..spec import ResNetSpec
from ..spec.configuration import Configuration
from ..steps import Pair, Trace
from .formulas import forecast


def trace_of(network: Any, input_size: int | Pair | None, batch: int, device: str, inputs: Any) -> Trace:
    """The trace of ``network``: a trace itself, a network of the catalogue by formulas, a module by a run of it.

    Raises :class:`InputError` for what a trace says already, and what :func:`resnet_viz.forecast` or
    :func:`resnet_viz.trace` raises.

    >>> trace_of("resnet18", 64, 1, "auto", None).input_size
    (64, 64)
    """
    if isinstance(network, Trace):
        for field, value, plain in (("input_size", input_size, None), ("batch", batch, 1), ("inputs", inputs, None)):
            if value is not plain and not (isinstance(value, int) and value == plain):
                raise InputError(field, value, "is said by the trace", "leave it out, or give the network itself")
        return network
    if isinstance(network, str | ResNetSpec | Configuration):
        if inputs is not None:
            raise InputError("inputs", inputs, "are for a module of your own", "use input_size and batch")
        return forecast(network, input_size, batch)
    require("torch", "a trace")
    from .hooks import trace

    return trace(network, input_size, batch, device, inputs=inputs)
