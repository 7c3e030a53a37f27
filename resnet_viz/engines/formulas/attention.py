"""The channel gates before the addition: squeeze-and-excitation (1709.01507) and ECA (1910.03151)."""

from __future__ import annotations

from math import log2

from ...spec import ResNetSpec
from ...steps import Activation, AvgPool, ChannelConv, Conv, Flatten, Scale
from .recorder import Recorder


def record_attention(recorder: Recorder, spec: ResNetSpec, at: int) -> int:
    """The gate that ``spec`` asks for, reading ``at``; the index of its end, ``at`` itself where there is none."""
    if spec.attention == "none":
        return at
    shape = recorder.output(at)
    channels, size = shape[1], (shape[2], shape[3])
    one = ((1, 1), (1, 1), (0, 0))
    gate = recorder.add("se.pool", AvgPool(size, size), (at,), "gate")
    if spec.attention == "se":
        gate = recorder.add("se.fc1", Conv(*one, bias=True), (gate,), "gate", spec.se_channels(channels))
        gate = recorder.add("se.act", Activation(), (gate,), "gate")
        gate = recorder.add("se.fc2", Conv(*one, bias=True), (gate,), "gate", channels)
    else:
        # section 3.3 with gamma = 2 and b = 1: the wider the map, the longer the kernel, and always odd
        kernel = int(abs(log2(channels) + 1) / 2)
        kernel = max(3, kernel if kernel % 2 else kernel + 1)
        gate = recorder.add("se.flatten", Flatten(), (gate,), "gate")
        gate = recorder.add("se.conv", ChannelConv(kernel), (gate,), "gate")
    gate = recorder.add("se.gate", Activation("sigmoid"), (gate,), "gate")
    return recorder.add("se.scale", Scale(), (at, gate), "main")
