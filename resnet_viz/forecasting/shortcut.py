"""The three shortcuts of the paper's section 3.3 and 4.1: A pads zeros, B projects where needed, C always projects."""

from __future__ import annotations

from ..spec import ResNetSpec
from ..steps import Conv, Identity, Norm, Pad
from .recorder import Recorder


def record_shortcut(recorder: Recorder, spec: ResNetSpec, source: int, channels: int, stride: int) -> int:
    """The shortcut from ``source`` to ``channels`` channels at 1/``stride`` of the size; the index of its end."""
    before = recorder.output(source)[1]
    changes = stride != 1 or before != channels
    if spec.shortcut == "C" or (spec.shortcut == "B" and changes):
        at = recorder.add("downsample.0", Conv((1, 1), (stride, stride), (0, 0)), (source,), "shortcut", channels)
        return recorder.add("downsample.1", Norm(), (at,), "shortcut")
    if changes:
        extra = channels - before
        return recorder.add("shortcut", Pad((stride, stride), extra // 2, extra - extra // 2), (source,), "shortcut")
    return recorder.add("shortcut", Identity(), (source,), "shortcut")
