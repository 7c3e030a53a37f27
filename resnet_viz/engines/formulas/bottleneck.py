"""The bottleneck block: 1x1, 3x3, 1x1 with four times the channels at the end (paper, figure 5 right)."""

from __future__ import annotations

from ...spec import ResNetSpec
from ...steps import Activation, Add, Conv
from .anti_alias import low_pass
from .attention import record_attention
from .recorder import Recorder
from .shortcut import record_shortcut


def record(recorder: Recorder, spec: ResNetSpec, source: int, width: int, stride: int, dilation: int) -> int:
    """Record one block that reads ``source``; the index of its last step."""
    first, middle = (stride, 1) if spec.stride_in == "1x1" else (1, stride)
    mid, out, around = spec.mid_channels(width), width * spec.expansion, (dilation, dilation)
    at = recorder.add("conv1", Conv((1, 1), (first, first), (0, 0)), (source,), "main", mid)
    at = recorder.add("bn1", recorder.norm, (at,), "main")
    at = recorder.add("relu1", Activation(), (at,), "main")
    pool = low_pass(spec, middle)
    step = 1 if pool else middle
    at = recorder.add("conv2", Conv((3, 3), (step, step), around, spec.groups, False, around), (at,), "main", mid)
    at = recorder.add("bn2", recorder.norm, (at,), "main")
    at = recorder.add("relu2", Activation(), (at,), "main")
    if pool:
        at = recorder.add("aa", pool, (at,), "main")
    at = recorder.add("conv3", Conv((1, 1), (1, 1), (0, 0)), (at,), "main", out)
    at = recorder.add("bn3", recorder.norm, (at,), "main")
    at = record_attention(recorder, spec, at)
    short = record_shortcut(recorder, spec, source, out, stride)
    at = recorder.add("add", Add(), (at, short), "main")
    return recorder.add("relu3", Activation(), (at,), "main")
