"""The three shortcuts of the paper's section 3.3 and 4.1: A pads zeros, B projects where needed, C always projects."""

from __future__ import annotations

from ...spec import ResNetSpec
from ...steps import AvgPool, Conv, Identity, Pad
from .recorder import Recorder


def record_shortcut(
    recorder: Recorder, spec: ResNetSpec, source: int, channels: int, stride: int, preactivated: int | None = None
) -> int:
    """The shortcut from ``source`` to ``channels`` channels at 1/``stride`` of the size; the index of its end.

    In a pre-activation block a shortcut that changes the shape reads ``preactivated`` and has no norm (1603.05027).
    """
    before = recorder.output(source)[1]
    changes = stride != 1 or before != channels
    reads = source if preactivated is None else preactivated
    if spec.shortcut == "C" or (spec.shortcut == "B" and changes):
        return _projection(recorder, spec, reads, channels, stride, norm=preactivated is None)
    if changes:
        extra = channels - before
        return recorder.add("shortcut", Pad((stride, stride), extra // 2, extra - extra // 2), (reads,), "shortcut")
    return recorder.add("shortcut", Identity(), (source,), "shortcut")


def _projection(recorder: Recorder, spec: ResNetSpec, at: int, channels: int, stride: int, norm: bool) -> int:
    number = 0
    if spec.shortcut_pool:  # ResNet-D: the pool halves and loses no cell, the 1x1 only changes the channels
        pool = AvgPool((2, 2), (stride, stride), ceil=True) if stride > 1 else Identity()
        at = recorder.add("downsample.0", pool, (at,), "shortcut")
        stride, number = 1, 1
    conv = Conv((1, 1), (stride, stride), (0, 0))
    at = recorder.add(f"downsample.{number}", conv, (at,), "shortcut", channels)
    if norm:
        at = recorder.add(f"downsample.{number + 1}", recorder.norm, (at,), "shortcut")
    return at
