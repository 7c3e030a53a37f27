"""The basic block: 3x3, 3x3 (paper, figure 5 left)."""

from __future__ import annotations

from ..spec import ResNetSpec
from ..steps import Activation, Add, Conv, Norm
from .recorder import Recorder
from .shortcut import record_shortcut


def record(recorder: Recorder, spec: ResNetSpec, source: int, width: int, stride: int) -> int:
    """Record one block that reads ``source``; the index of its last step."""
    at = recorder.add("conv1", Conv((3, 3), (stride, stride), (1, 1)), (source,), "main", width)
    at = recorder.add("bn1", Norm(), (at,), "main")
    at = recorder.add("relu1", Activation(), (at,), "main")
    at = recorder.add("conv2", Conv((3, 3), (1, 1), (1, 1)), (at,), "main", width)
    at = recorder.add("bn2", Norm(), (at,), "main")
    short = record_shortcut(recorder, spec, source, width, stride)
    at = recorder.add("add", Add(), (at, short), "main")
    return recorder.add("relu2", Activation(), (at,), "main")
