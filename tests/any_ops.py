"""Steps of other people's networks built by hand: every operation at every rank that it can have.

As in :mod:`tests.strategies`, what is drawn from is made once.
"""

from functools import cache, lru_cache
from math import prod
from typing import Any

from hypothesis import strategies as st

from resnet_viz.steps import (
    Activation,
    Add,
    Attention,
    AvgPool,
    BlurPool,
    Concat,
    Conv,
    ConvTranspose,
    Flatten,
    Identity,
    Input,
    Linear,
    MatMul,
    MaxPool,
    Mean,
    Multiply,
    Norm,
    Op,
    Other,
    Pad,
    Pointwise,
    Rearrange,
    Recurrent,
    Resize,
    Scale,
    Shape,
    Sliding,
    Step,
    Trace,
    Unowned,
)


def step(index: int, name: str, op: Op, inputs: dict[int, Shape], output: Shape, **more: Any) -> Step:
    """A step of somebody else's network; ``inputs`` are the shapes read by the steps that made them."""
    known: dict[str, Any] = {"params": 0, "macs": 0, "receptive_field": None, "output_stride": None, **more}
    return Step(
        index, name, op, None, None, "main", tuple(inputs), tuple(inputs.values()), output,
        known["params"], known["macs"], known["receptive_field"], known["output_stride"], 4 * prod(output),
    )  # fmt: skip


def image(*shape: int) -> Step:
    """The input."""
    return step(0, "input", Input(), {}, shape, receptive_field=(1, 1), output_stride=(1, 1))


def partial_trace() -> Trace:
    """A conv whose numbers are known, an attention of which two are not, and two parameters without a step."""
    conv = step(1, "stem", Conv((4, 4), (4, 4), (0, 0), bias=True), {0: (2, 3, 8, 12)}, (2, 5, 2, 3), params=245, macs=2880, receptive_field=(4, 4), output_stride=(4, 4))  # fmt: skip
    tokens = step(2, "permute", Rearrange("permute"), {1: (2, 5, 2, 3)}, (2, 6, 5))
    asked = step(3, "blocks.0.attn", Attention(5), {2: (2, 6, 5)}, (2, 6, 5), params=120, macs=None)
    again = step(4, "blocks.1.attn", Attention(5), {3: (2, 6, 5)}, (2, 6, 5), params=120, macs=None)
    mean = step(5, "mean", Mean((1,)), {4: (2, 6, 5)}, (2, 5))
    unowned = (Unowned("cls", 5, "not run"), Unowned("pos", 10, "read by no step"))
    return Trace((image(2, 3, 8, 12), conv, tokens, asked, again, mean), "hooks", "cpu", batch=2, unowned=unowned)


_numbers = st.integers(1, 4)
_pairs = st.tuples(_numbers, _numbers)
_shapes = st.lists(st.integers(1, 9), min_size=1, max_size=5).map(tuple)


@cache
def _axes(length: int) -> st.SearchStrategy[Any]:
    return st.lists(_numbers, min_size=length, max_size=length).map(tuple)


@cache
def _spreads(length: int) -> st.SearchStrategy[Any]:
    return st.one_of(st.just(()), _axes(length))


_functions, _lengths = st.sampled_from(["conv", "conv_transpose", "maxpool", "avgpool"]), st.sampled_from([1, 3])


@st.composite
def _slidings(draw: st.DrawFn) -> Sliding:
    function = draw(_functions)
    length = draw(_lengths)
    spread = draw(_spreads(length))
    sizes = [draw(_axes(length)) for _ in range(3)]
    return Sliding(f"{function}{length}d", *sizes, dilation=spread)


ops: st.SearchStrategy[Op] = st.one_of(
    st.builds(Conv, _pairs, _pairs, _pairs, _numbers, st.booleans(), _pairs),
    st.builds(ConvTranspose, _pairs, _pairs, _pairs, _pairs, _numbers, st.booleans(), _pairs),
    st.builds(MaxPool, _pairs, _pairs, _pairs, st.booleans(), _pairs),
    st.builds(AvgPool, _pairs, _pairs, _pairs, st.booleans()),
    st.builds(Norm, st.sampled_from([None, 2]), st.sampled_from(["", "layer", "instance", "rms"])),
    st.builds(Activation, st.sampled_from(["relu", "relu6", "sigmoid", "silu", "gelu", "softmax", "hardswish", "glu"])),
    st.builds(Pad, _pairs, _numbers, _numbers),
    st.sampled_from([Add(), Scale(), Multiply(), MatMul(), Identity(), Flatten(), Linear(), BlurPool()]),
    _slidings(),
    st.builds(Resize, st.sampled_from(["nearest", "bilinear", "bicubic", "area", "trilinear"])),
    st.builds(Mean, st.lists(st.integers(0, 4), min_size=1, max_size=3, unique=True).map(tuple)),
    st.builds(Concat, st.integers(-1, 4), st.booleans()),
    st.builds(Attention, st.sampled_from([None, 1, 8])),
    st.builds(Recurrent, st.sampled_from(["LSTM", "GRU", "RNN"]), _numbers, st.booleans()),
    st.builds(Rearrange, st.sampled_from(["permute", "slice", "reshape", "pad", "roll"])),
    st.builds(Pointwise, st.sampled_from(["mul", "add", "exp"])),
    st.builds(Other, st.just("einsum")),
)
_unsure = st.one_of(st.none(), _pairs)
_lasts, _params, _macs = st.integers(2, 7), st.integers(0, 99), st.one_of(st.none(), st.integers(0, 10**6))
_paths = st.sampled_from(["main", "shortcut", "gate", "head", "stem"])


@lru_cache(512)
def _shape_or(shape: Shape) -> st.SearchStrategy[Shape]:
    return st.one_of(_shapes, st.just(shape))


@cache
def _reads(index: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, index - 1), min_size=1, max_size=3, unique=True)


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """A network of random operations: shapes of any rank that need not fit, numbers that may be unknown."""
    steps = [image(*draw(_shape_or((1, 3, 8, 8))))]
    for index in range(1, draw(_lasts)):
        reads = draw(_reads(index))
        output = draw(_shape_or(steps[reads[0]].output))
        made = step(
            index, f"part{index % 2}.step{index}", draw(ops), {read: steps[read].output for read in reads}, output,
            params=draw(_params), macs=draw(_macs),
            receptive_field=draw(_unsure), output_stride=draw(_unsure),
        )  # fmt: skip
        steps.append(made._replace(path=draw(_paths)))
    return Trace(tuple(steps), "hooks", "cpu", batch=2)
