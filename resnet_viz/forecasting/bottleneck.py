"""The bottleneck block: 1x1, 3x3, 1x1 with four times the channels at the end (paper, figure 5 right)."""

from __future__ import annotations

from ..spec import ResNetSpec
from ..steps import Activation, Add, Conv, Norm
from .recorder import Recorder
from .shortcut import record_shortcut


def record(recorder: Recorder, spec: ResNetSpec, source: int, width: int, stride: int) -> int:
    """Record one block that reads ``source``; the index of its last step."""
    first, middle = (stride, 1) if spec.stride_in == "1x1" else (1, stride)
    mid = spec.mid_channels(width)
    at = recorder.add("conv1", Conv((1, 1), (first, first), (0, 0)), (source,), "main", mid)
    at = recorder.add("bn1", Norm(), (at,), "main")
    at = recorder.add("relu1", Activation(), (at,), "main")
    at = recorder.add("conv2", Conv((3, 3), (middle, middle), (1, 1), spec.groups), (at,), "main", mid)
    at = recorder.add("bn2", Norm(), (at,), "main")
    at = recorder.add("relu2", Activation(), (at,), "main")
    at = recorder.add("conv3", Conv((1, 1), (1, 1), (0, 0)), (at,), "main", width * spec.expansion)
    at = recorder.add("bn3", Norm(), (at,), "main")
    short = record_shortcut(recorder, spec, source, width * spec.expansion, stride)
    at = recorder.add("add", Add(), (at, short), "main")
    return recorder.add("relu3", Activation(), (at,), "main")
