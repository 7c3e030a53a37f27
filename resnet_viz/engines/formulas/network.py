"""The whole network by formulas, as the paper's Table 1 reads: stem, stages of blocks, head."""

from __future__ import annotations

from importlib import import_module

from ...errors import InputError
from ...spec import NORM_GROUPS, ResNetSpec
from ...spec.configuration import Configuration, Network, refuse_module, spec_and_size
from ...steps import (
    DTYPE_BYTES,
    Activation,
    AvgPool,
    BlurPool,
    Conv,
    Flatten,
    Linear,
    MaxPool,
    Norm,
    Pair,
    Trace,
    check_input,
)
from .anti_alias import low_pass
from .recorder import Recorder


def forecast(network: Network, input_size: int | Pair | None = None, batch: int = 1, dtype: str = "float32") -> Trace:
    """Every step of ``network`` at an input of ``input_size`` px, computed without torch.

    ``network`` is a spec, a configuration or its text; ``input_size`` is one side or ``(H, W)``, by default the
    configuration's, or 224 for a spec. Raises a ``ResNetVizError``.

    >>> forecast("resnet50").totals.params
    25557032
    """
    spec, size = spec_and_size(network, input_size)
    size, batch, dtype = check_input(size, batch, dtype)
    norm = Norm(NORM_GROUPS if spec.norm == "group" else None)
    recorder = Recorder((batch, spec.in_channels, *size), DTYPE_BYTES[dtype], norm, spec.halves_to)
    at = _stem(recorder, spec)
    at = _stages(recorder, spec, at)
    _head(recorder, spec, at)
    return Trace(tuple(recorder.steps), "formulas", "none", dtype, batch, spec)


def as_trace(given: Trace | Network, field: str = "trace") -> Trace:
    """A trace as it is; of a network, its forecast. Raises a ``ResNetVizError``."""
    if isinstance(given, Trace):
        return given
    if not isinstance(given, ResNetSpec | Configuration | str):
        refuse_module(field, given)
        what = f"must be a Trace or a network, not {type(given).__name__}"
        raise InputError(field, given, what, "write e.g. 'resnet34@224', or make one with resnet_viz.forecast")
    return forecast(given)


def _stem(recorder: Recorder, spec: ResNetSpec) -> int:
    stem, at = spec.stem, 0
    pad = stem.kernel // 2
    last = len(stem.channels) - 1
    for i, channels in enumerate(stem.channels):
        stride = stem.stride if i == 0 else 1
        conv = Conv((stem.kernel, stem.kernel), (stride, stride), (pad, pad))
        at = recorder.add("conv1" if last == 0 else f"conv1.{3 * i}", conv, (at,), "stem", channels)
        if i < last:
            at = recorder.add(f"conv1.{3 * i + 1}", recorder.norm, (at,), "stem")
            at = recorder.add(f"conv1.{3 * i + 2}", Activation(), (at,), "stem")
    # Before pre-activation blocks the stem's last conv stands bare: the first block norms what it makes.
    if not spec.preact or stem.pool == "conv":
        at = recorder.add("bn1", recorder.norm, (at,), "stem")
        at = recorder.add("relu", Activation(), (at,), "stem")
    if stem.pool == "conv":
        at = recorder.add("maxpool.0", Conv((3, 3), (2, 2), (1, 1)), (at,), "stem", stem.channels[-1])
        if not spec.preact:
            at = recorder.add("maxpool.1", recorder.norm, (at,), "stem")
            at = recorder.add("maxpool.2", Activation(), (at,), "stem")
    elif stem.pool == "max" and spec.anti_alias == "blur":
        at = recorder.add("maxpool.0", MaxPool((3, 3), (1, 1), (1, 1)), (at,), "stem")
        at = recorder.add("maxpool.1", BlurPool(), (at,), "stem")
    elif stem.pool == "max":
        at = recorder.add("maxpool", low_pass(spec, 2) or MaxPool((3, 3), (2, 2), (1, 1)), (at,), "stem")
    elif stem.pool != "none":  # the window may hang over the far edge, so that no cell there is left out
        border = (1, 1) if stem.pool == "max_ceil" else (0, 0)
        at = recorder.add("maxpool", MaxPool((3, 3), (2, 2), border, ceil=True), (at,), "stem")
    return at


def _stages(recorder: Recorder, spec: ResNetSpec, at: int) -> int:
    record = import_module(f".{spec.block_file}", __package__).record
    seen: dict[object, tuple[int, int]] = {}
    kept = len(spec.blocks) - spec.dilated_stages  # stages up to this one stride, later ones dilate
    for stage, (name, blocks, width) in enumerate(zip(spec.stage_names, spec.blocks, spec.widths, strict=True), 1):
        for block in range(blocks):
            stride = 2 if block == 0 and 1 < stage <= kept else 1
            # a dilated stage's first block still samples as the stage before it did (DeepLab, 1706.05587)
            dilation = 2 ** max(0, stage - kept - (block == 0))
            recorder.stage, recorder.block, recorder.prefix = stage, block, f"{name}.{block}."
            key = (width, stride, dilation, recorder.output(at), recorder.steps[at].output_stride)
            if key in seen:
                at = recorder.repeat(*seen[key], at)
            else:
                start = len(recorder.steps)
                at = record(recorder, spec, at, width, stride, dilation)
                seen[key] = (start, len(recorder.steps))
    recorder.stage = recorder.block = None
    recorder.prefix = ""
    return at


def _head(recorder: Recorder, spec: ResNetSpec, at: int) -> None:
    if spec.preact:  # the last sum is still to be activated
        at = recorder.add("last_norm", recorder.norm, (at,), "head")
        at = recorder.add("last_relu", Activation(), (at,), "head")
    shape = recorder.output(at)
    size = (shape[2], shape[3])
    at = recorder.add("avgpool", AvgPool(size, size), (at,), "head")
    at = recorder.add("flatten", Flatten(), (at,), "head")
    recorder.add("fc", Linear(), (at,), "head", spec.num_classes)
