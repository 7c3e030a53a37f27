"""The network with its weights as ``torch.export`` saves one, for PyTorch's own compilers and runtimes."""

from __future__ import annotations

import io
import json

from ..registry import Export, Exporter
from ..weighted import with_weights


def write(export: Export) -> bytes:
    """Any number of images at once, of the trace's size; its weights are those of the file that is asked for, else random.

    ``torch.export.load(file, extra_files={"provenance.json": ""})`` gives it back, and where it is from.
    """
    import torch

    module, images, told = with_weights(export, "a file that is made in memory")
    program = torch.export.export(module, (images,), dynamic_shapes=({0: torch.export.Dim("batch")},))
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # which names files of this machine
    file = io.BytesIO()
    torch.export.save(program, file, extra_files={"provenance.json": json.dumps(told)})
    return file.getvalue()


EXPORTER = Exporter(
    "pt2", "torch.export", (".pt2",), "application/octet-stream",
    "the network with its weights, random ones or a file's, for PyTorch's compilers and runtimes; torch.export.load reads it", write,
    kind="network", needs=("torch",), options=("weights",), of_spec=True, binary=True, slow=True,
)  # fmt: skip
