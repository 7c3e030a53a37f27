"""The basic block: 3x3, 3x3 (paper, figure 5 left)."""

from __future__ import annotations

from ...spec import ResNetSpec
from ...steps import Activation, Add, Conv
from .anti_alias import low_pass
from .attention import record_attention
from .recorder import Recorder
from .shortcut import record_shortcut


def record(recorder: Recorder, spec: ResNetSpec, source: int, width: int, stride: int, dilation: int) -> int:
    """Record one block that reads ``source``; the index of its last step."""
    around = (dilation, dilation)
    pool = low_pass(spec, stride)
    step = 1 if pool else stride
    at = recorder.add("conv1", Conv((3, 3), (step, step), around, 1, False, around), (source,), "main", width)
    at = recorder.add("bn1", recorder.norm, (at,), "main")
    at = recorder.add("relu1", Activation(), (at,), "main")
    if pool:
        at = recorder.add("aa", pool, (at,), "main")
    at = recorder.add("conv2", Conv((3, 3), (1, 1), around, 1, False, around), (at,), "main", width)
    at = recorder.add("bn2", recorder.norm, (at,), "main")
    at = record_attention(recorder, spec, at)
    short = record_shortcut(recorder, spec, source, width, stride)
    at = recorder.add("add", Add(), (at, short), "main")
    return recorder.add("relu2", Activation(), (at,), "main")
