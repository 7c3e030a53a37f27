"""The network with its weights as an ONNX file, for programs that run networks without PyTorch."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import InputError
from ...spec.configuration import Configuration
from ..registry import Export, Exporter

MOST = 2 * 2**30  # bytes: what a file of protobuf may have
_LOCAL = ("pkg.torch.onnx.stack_trace", "pkg.torch.onnx.fx_node")  # notes that name files of this machine


def write(export: Export) -> bytes:
    """Any number of images at once, of the trace's size; its weights are those of the file that is asked for, else random.

    The exporter's notes of the modules' names stay, from which ``rv.read_onnx`` has its own.
    """
    import onnx
    import torch

    from ...inside.networks import subject

    trace = export.trace
    spec = trace.spec
    assert spec is not None
    size = 4 * trace.totals.params
    if size > MOST:
        rule = f"has {size:,} bytes of weights, and a file of ONNX holds at most {MOST:,}"
        raise InputError("network", export.configuration or export.name, rule, "take a smaller network, or its code")
    height, width = trace.input_size
    made = subject(Configuration.of(spec, (height, width)), export.options.weights, None, 0)
    images = torch.zeros(2, spec.in_channels, height, width)  # of one image the exporter would make a fixed number
    with _quiet():
        program = torch.onnx.export(
            made.module, (images,), dynamo=True, verbose=False, input_names=["images"], output_names=["scores"],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
        )  # fmt: skip
    assert program is not None
    model = program.model_proto
    for node in model.graph.node:
        kept = [(note.key, note.value) for note in node.metadata_props if note.key not in _LOCAL]
        del node.metadata_props[:]
        for key, value in kept:
            node.metadata_props.add(key=key, value=value)
    told = {**export.provenance, "weights": "; ".join(made.how)}
    onnx.helper.set_model_props(model, dict(told))
    model.graph.name = export.configuration or export.name
    return model.SerializeToString(deterministic=True)


@contextmanager
def _quiet() -> Iterator[None]:
    """PyTorch's exporter warns of itself, and tells of packages that it does not need here."""
    log = logging.getLogger("torch.onnx")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)


EXPORTER = Exporter(
    "onnx",
    "ONNX",
    (".onnx",),
    "application/octet-stream",
    "the network with its weights, random ones or a file's, for programs that run it without PyTorch",
    write,
    kind="network",
    needs=("torch", "onnxscript"),  # which brings onnx
    options=("weights",),
    of_spec=True,
    binary=True,
    slow=True,
)
