"""The network with its weights as an ONNX file, for programs that run networks without PyTorch."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from ..registry import Export, Exporter
from ..weighted import with_weights

_LOCAL = ("pkg.torch.onnx.stack_trace", "pkg.torch.onnx.fx_node")  # notes that name files of this machine


def write(export: Export) -> bytes:
    """Any number of images at once, of the trace's size; its weights are those of the file that is asked for, else random.

    The exporter's notes of the modules' names stay, from which ``rv.read_onnx`` has its own.
    """
    import onnx
    import torch

    module, images, told = with_weights(export, "a file of ONNX")
    with _quiet():
        program = torch.onnx.export(
            module, (images,), dynamo=True, verbose=False, input_names=["images"], output_names=["scores"],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
        )  # fmt: skip
    assert program is not None
    model = program.model_proto
    for node in model.graph.node:
        kept = [(note.key, note.value) for note in node.metadata_props if note.key not in _LOCAL]
        del node.metadata_props[:]
        for key, value in kept:
            node.metadata_props.add(key=key, value=value)
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
