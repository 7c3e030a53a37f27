"""The bottleneck block in full pre-activation order: BN, ReLU, conv, three times (1603.05027, appendix)."""

from __future__ import annotations

from ...spec import ResNetSpec
from ...steps import Activation, Add, Conv
from .attention import record_attention
from .recorder import Recorder
from .shortcut import record_shortcut


def record(recorder: Recorder, spec: ResNetSpec, source: int, width: int, stride: int, dilation: int) -> int:
    """Record one block that reads ``source``; the index of its last step, the addition."""
    first, middle = (stride, 1) if spec.stride_in == "1x1" else (1, stride)
    mid, out, around = spec.mid_channels(width), width * spec.expansion, (dilation, dilation)
    at = recorder.add("bn1", recorder.norm, (source,), "main")
    activated = recorder.add("relu1", Activation(), (at,), "main")
    at = recorder.add("conv1", Conv((1, 1), (first, first), (0, 0)), (activated,), "main", mid)
    at = recorder.add("bn2", recorder.norm, (at,), "main")
    at = recorder.add("relu2", Activation(), (at,), "main")
    conv2 = Conv((3, 3), (middle, middle), around, spec.groups, False, around)
    at = recorder.add("conv2", conv2, (at,), "main", mid)
    at = recorder.add("bn3", recorder.norm, (at,), "main")
    at = recorder.add("relu3", Activation(), (at,), "main")
    at = recorder.add("conv3", Conv((1, 1), (1, 1), (0, 0)), (at,), "main", out)
    at = record_attention(recorder, spec, at)
    short = record_shortcut(recorder, spec, source, out, stride, activated)
    return recorder.add("add", Add(), (at, short), "main")
