"""The basic block in full pre-activation order: BN, ReLU, conv, twice (1603.05027, figure 4e)."""

from __future__ import annotations

from ...spec import ResNetSpec
from ...steps import Activation, Add, Conv
from .attention import record_attention
from .recorder import Recorder
from .shortcut import record_shortcut


def record(recorder: Recorder, spec: ResNetSpec, source: int, width: int, stride: int, dilation: int) -> int:
    """Record one block that reads ``source``; the index of its last step, the addition."""
    around = (dilation, dilation)
    at = recorder.add("bn1", recorder.norm, (source,), "main")
    activated = recorder.add("relu1", Activation(), (at,), "main")
    conv1 = Conv((3, 3), (stride, stride), around, 1, False, around)
    at = recorder.add("conv1", conv1, (activated,), "main", width)
    at = recorder.add("bn2", recorder.norm, (at,), "main")
    at = recorder.add("relu2", Activation(), (at,), "main")
    at = recorder.add("conv2", Conv((3, 3), (1, 1), around, 1, False, around), (at,), "main", width)
    at = record_attention(recorder, spec, at)
    short = record_shortcut(recorder, spec, source, width, stride, activated)
    return recorder.add("add", Add(), (at, short), "main")
