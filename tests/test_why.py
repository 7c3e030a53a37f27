"""The formulas of one operation, each against PyTorch's own modules, a count by hand, or every window placed one by one.

Kernels, strides and paddings differ between the axes here, as they never do in a ResNet: an axis taken for the other
shows.
"""

from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import resnet_viz as rv
from resnet_viz.engines.model.parts import BlurPool as BlurPoolModule
from resnet_viz.steps import (
    Activation,
    Add,
    AvgPool,
    BlurPool,
    ChannelConv,
    Conv,
    Flatten,
    Identity,
    Input,
    Linear,
    MaxPool,
    Norm,
    Op,
    Other,
    Pad,
    Pair,
    Scale,
    Shape,
    Sliding,
    Step,
)
from resnet_viz.why import cost
from resnet_viz.why.axis import Axis, axes_of, grown_side
from resnet_viz.why.axis import axes as axes_behind
from resnet_viz.why.field import field_start, receptive_field, window, windows_field, windows_line
from resnet_viz.why.shape import output_shape, refusal
from resnet_viz.why.worked import kernel_extent, worked
from tests.rows import each

small = st.integers(1, 4)
pairs = st.tuples(small, small)
maps = st.tuples(st.integers(1, 3), st.integers(1, 3).map(lambda n: 2 * n), st.integers(1, 12), st.integers(1, 12))


@st.composite
def convs(draw: st.DrawFn) -> Conv:
    padding = draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    return Conv(draw(pairs), draw(pairs), padding, draw(st.sampled_from([1, 2])), draw(st.booleans()), draw(pairs))


def _conv(op: Conv, channels: int, filters: int) -> nn.Conv2d:
    return nn.Conv2d(channels, filters, op.kernel, op.stride, op.padding, op.dilation, op.groups, op.bias)


def _made(module: nn.Module, shape: Shape) -> Shape:
    return tuple(module.to("meta")(torch.zeros(shape, device="meta")).shape)


def _fits(op: Conv | MaxPool | AvgPool, shape: Shape) -> bool:
    dilation = op.dilation if isinstance(op, Conv) else (1, 1)
    return all(
        size + 2 * pad >= d * (k - 1) + 1
        for size, pad, k, d in zip(shape[2:], op.padding, op.kernel, dilation, strict=True)
    )


# ---- what it makes and what it costs -----------------------------------------------------------------------------


@given(convs(), maps, st.integers(1, 3).map(lambda n: 2 * n))
def test_a_conv_makes_and_costs_what_pytorchs_does(op: Conv, shape: Shape, filters: int) -> None:
    assume(_fits(op, shape))
    module = _conv(op, shape[1], filters)
    with FlopCounterMode(display=False) as counter:
        made = _made(module, shape)
    assert output_shape(op, (shape,), filters) == made
    assert cost.params(op, (shape,), made) == sum(p.numel() for p in module.parameters())
    assert 2 * cost.macs(op, (shape,), made) == counter.get_total_flops()
    assert refusal(op, (shape,), made) == ""


@given(pairs, pairs, maps, st.data())
def test_pools_make_what_pytorchs_do(kernel: Pair, stride: Pair, shape: Shape, data: st.DataObject) -> None:
    padding = (data.draw(st.integers(0, kernel[0] // 2)), data.draw(st.integers(0, kernel[1] // 2)))
    largest = MaxPool(kernel, stride, padding)
    assume(_fits(largest, shape))
    assert output_shape(largest, (shape,)) == _made(nn.MaxPool2d(kernel, stride, padding), shape)
    for ceil in (False, True):
        module = nn.AvgPool2d(kernel, stride, padding, ceil_mode=ceil)
        assert output_shape(AvgPool(kernel, stride, padding, ceil), (shape,)) == _made(module, shape)


@pytest.mark.parametrize("size", [(2, 2), (2, 3), (7, 4), (56, 57)])
def test_a_blur_makes_half_rounded_up(size: Pair) -> None:
    shape = (2, 3, *size)
    assert output_shape(BlurPool(), (shape,)) == _made(BlurPoolModule(), shape)
    assert refusal(BlurPool(), (shape,), _made(BlurPoolModule(), shape)) == ""


@given(maps, pairs, st.integers(0, 3), st.integers(0, 3))
def test_option_a_makes_what_a_slice_and_a_padding_make(shape: Shape, stride: Pair, before: int, after: int) -> None:
    sliced = torch.zeros(shape, device="meta")[:, :, :: stride[0], :: stride[1]]
    made = nn.functional.pad(sliced, (0, 0, 0, 0, before, after))
    assert output_shape(Pad(stride, before, after), (shape,)) == tuple(made.shape)


def test_the_other_shapes() -> None:
    shape = (2, 3, 5, 7)
    assert output_shape(Flatten(), (shape,)) == (2, 3 * 5 * 7)
    assert output_shape(Linear(), ((2, 8),), 10) == (2, 10)
    assert output_shape(Linear(), ((2, 4, 8),), 10) == _made(nn.Linear(8, 10), (2, 4, 8))
    # without a number of their own, they keep what comes in
    assert output_shape(Linear(), ((2, 4, 8),)) == (2, 4, 8)
    assert output_shape(Conv((3, 3), (1, 1), (1, 1)), (shape,)) == shape
    for op in (Input(), ChannelConv(3), Norm(), Activation(), Identity(), Add(), Scale(), Other("Dropout")):
        assert output_shape(op, (shape, (9, 9, 9, 9))) == shape


def test_the_other_costs() -> None:
    shape = (2, 6, 5, 7)
    for bias in (True, False):
        linear = nn.Linear(8, 10, bias)
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            linear(torch.zeros(3, 8))
        assert cost.params(Linear(bias), ((3, 8),), (3, 10)) == sum(p.numel() for p in linear.parameters())
        assert 2 * cost.macs(Linear(bias), ((3, 8),), (3, 10)) == counter.get_total_flops()
    assert cost.params(Norm(), (shape,), shape) == sum(p.numel() for p in nn.BatchNorm2d(6).parameters())
    assert cost.params(Norm(2), (shape,), shape) == sum(p.numel() for p in nn.GroupNorm(2, 6).parameters())
    along = nn.Conv1d(1, 1, 5, padding=2, bias=False)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        along(torch.zeros(2, 1, 64))
    assert cost.params(ChannelConv(5), ((2, 64),), (2, 64)) == along.weight.numel()
    assert 2 * cost.macs(ChannelConv(5), ((2, 64),), (2, 64)) == counter.get_total_flops()
    free = (
        Activation(),
        MaxPool((3, 3), (2, 2), (1, 1)),
        AvgPool((2, 2), (2, 2)),
        BlurPool(),
        Pad((2, 2), 1, 1),
        Add(),
    )
    for op in free:
        assert cost.params(op, (shape, shape), shape) == cost.macs(op, (shape, shape), shape) == 0


# ---- one axis ----------------------------------------------------------------------------------------------------

axes = st.tuples(st.integers(1, 14), st.integers(1, 5), st.integers(1, 4), st.integers(0, 3), st.integers(1, 3))


def _windows(size: int, kernel: int, stride: int, padding: int, dilation: int) -> list[list[int]]:
    """The cells that each window reads, counted from the first of the input, as long as it fits into the padded axis."""
    reach = [[start + tap * dilation for tap in range(kernel)] for start in range(-padding, size + padding, stride)]
    return [window for window in reach if window[-1] < size + padding]


@given(axes)
def test_one_axis_is_what_placing_every_window_gives(axis: tuple[int, int, int, int, int]) -> None:
    windows = _windows(*axis)
    assume(windows)
    size, kernel, stride, padding, _ = axis
    assert Axis(*axis).out == len(windows)
    left = size + padding - 1 - windows[-1][-1]  # cells beyond the last window
    assert Axis(*axis).unread == left
    assert Axis(*axis).exact == pytest.approx(len(windows) + left / stride)
    met = tuple(tap for tap in range(kernel) if any(0 <= window[tap] < size for window in windows))
    assert Axis(*axis).taps() == met


def test_one_axis_is_not_dilated_unless_that_is_said() -> None:
    assert Axis(224, 7, 2, 3).out == 112
    assert Axis(224, 7, 2, 3).exact == 112.5
    assert Axis(224, 7, 2, 3).unread == 1
    assert Axis(224, 7, 4, 3).unread == 3  # of 230 cells, the last window ends at 220 + 7
    assert Axis(1, 3, 1, 1).taps() == (1,)
    assert Axis(2, 3, 1, 1).taps() == (0, 1, 2)
    assert Axis(1, 1, 2, 1).taps() == ()  # of 3 cells, the windows read the first and the last: both padding


@given(st.integers(1, 30), st.integers(1, 5), st.integers(1, 4), st.data())
def test_a_side_rounded_up_is_pytorchs(size: int, kernel: int, stride: int, data: st.DataObject) -> None:
    padding = data.draw(st.integers(0, kernel // 2))
    assume(size + 2 * padding >= kernel)
    made = _made(nn.AvgPool2d((1, kernel), (1, stride), (0, padding), ceil_mode=True), (1, 1, 1, size))
    assert Axis(size, kernel, stride, padding, 1, True).out == made[3]


@given(st.integers(1, 30), st.integers(1, 5), st.integers(1, 4), st.integers(1, 3), st.data())
def test_a_dilated_side_rounded_up_is_pytorchs(size: int, kernel: int, stride: int, dilation: int, data: st.DataObject) -> None:  # fmt: skip
    padding = data.draw(st.integers(0, kernel // 2))
    assume(size + 2 * padding > dilation * (kernel - 1))
    pool = nn.MaxPool2d((1, kernel), (1, stride), (0, padding), (1, dilation), ceil_mode=True)
    made = _made(pool, (1, 1, 1, size))
    assert Axis(size, kernel, stride, padding, dilation, True).out == made[3]
    op = MaxPool((1, kernel), (1, stride), (0, padding), True, (1, dilation))
    assert output_shape(op, ((1, 1, 1, size),)) == made


@given(axes, st.data())
def test_a_side_behind_a_transposed_conv_is_pytorchs(axis: tuple[int, int, int, int, int], data: st.DataObject) -> None:
    size, kernel, stride, padding, dilation = axis
    more = data.draw(st.integers(0, max(stride, dilation) - 1))  # PyTorch takes no output padding of a stride or more
    side = grown_side(size, kernel, stride, padding, dilation, more)
    assume(side > 0)
    module = nn.ConvTranspose1d(1, 1, kernel, stride, padding, more, dilation=dilation)
    assert side == _made(module, (1, 1, size))[2]
    if dilation == 1:
        assert grown_side(size, kernel, stride, padding) == side - more


def test_a_tap_is_dead_where_the_places_that_were_seen_do_not_reach_it() -> None:
    """A padding of "same" puts nothing before a kernel of 2, and one cell behind: a side of 1 has one place, not none."""
    assert Axis(1, 2, 1, 0).taps() == () and Axis(1, 2, 1, 0).taps(1) == (0,)


def _behind(op: Op, before: Shape, after: Shape) -> tuple[Axis, ...]:
    return axes_behind(Step(1, "y", op, None, None, "main", (0,), (before,), after, 0, 0, None, None, 4))


def test_the_axes_of_a_step_are_height_and_width_with_its_own_numbers() -> None:
    before, after = (1, 2, 8, 9), (1, 2, 3, 4)
    for op, height, width in (
        (Conv((3, 5), (1, 2), (3, 4), dilation=(4, 2)), Axis(8, 3, 1, 3, 4), Axis(9, 5, 2, 4, 2)),
        (MaxPool((3, 2), (2, 1), (1, 0), True, (2, 3)), Axis(8, 3, 2, 1, 2, True), Axis(9, 2, 1, 0, 3, True)),
        (AvgPool((3, 2), (2, 1), (1, 0)), Axis(8, 3, 2, 1), Axis(9, 2, 1, 0)),
        (AvgPool((3, 2), (2, 1), (1, 0), True), Axis(8, 3, 2, 1, 1, True), Axis(9, 2, 1, 0, 1, True)),
        (BlurPool(), Axis(8, 3, 2, 1), Axis(9, 3, 2, 1)),
        (Pad((2, 3), 1, 1), Axis(8, 1, 2, 0), Axis(9, 1, 3, 0)),
        (Sliding("conv2d", (3, 5), (1, 2), (3, 4), dilation=(4, 2)), Axis(8, 3, 1, 3, 4), Axis(9, 5, 2, 4, 2)),
        (Sliding("avgpool2d", (3, 5), (1, 2), (3, 4)), Axis(8, 3, 1, 3), Axis(9, 5, 2, 4)),
    ):
        assert _behind(op, before, after) == axes_of(op, before[2:]) == (height, width)


def test_a_signal_has_one_axis_and_a_volume_three() -> None:
    along = Sliding("conv1d", (3,), (2,), (1,))
    assert _behind(along, (1, 2, 9), (1, 4, 5)) == (Axis(9, 3, 2, 1),)
    through = Sliding("maxpool3d", (1, 2, 3), (1, 1, 2), (0, 0, 1), dilation=(1, 3, 1))
    sides = (Axis(4, 1, 1, 0), Axis(5, 2, 1, 0, 3), Axis(6, 3, 2, 1))
    assert _behind(through, (1, 2, 4, 5, 6), (1, 2, 4, 2, 3)) == sides


@pytest.mark.parametrize(
    ("op", "before", "after"),
    [
        (Norm(), (1, 2, 8, 9), (1, 2, 8, 9)),
        (Sliding("conv_transpose1d", (3,), (2,), (1,)), (1, 2, 9), (1, 4, 17)),  # its size grows by another formula
        (Conv((3, 3), (1, 1), (1, 1)), (2, 8, 9), (2, 8, 9)),  # without a batch
        (Conv((3, 3), (1, 1), (1, 1)), (1, 2, 8, 9), (1, 2)),
        (Sliding("conv1d", (3, 3), (1,), (1,)), (1, 2, 9), (1, 2, 9)),
        (Sliding("conv1d", (3,), (1, 1), (1,)), (1, 2, 9), (1, 2, 9)),
        (Sliding("conv1d", (3,), (1,), (1, 1)), (1, 2, 9), (1, 2, 9)),
        (Sliding("conv1d", (3,), (1,), (1,), dilation=(1, 1)), (1, 2, 9), (1, 2, 9)),
    ],
)
def test_no_axes_where_nothing_slides_or_over_others(op: Op, before: Shape, after: Shape) -> None:
    assert _behind(op, before, after) == ()
    unknown = Step(0, "x", Conv((3, 3), (1, 1), (1, 1)), None, None, "main", (), (), after, 0, 0, None, None, 4)
    assert axes_behind(unknown) == ()


def _without_gradient(op: Conv, shape: Shape, filters: int) -> tuple[int, Shape]:
    module = _conv(op, shape[1], filters).double()
    made = module(torch.ones(shape, dtype=torch.float64))
    made.sum().backward()
    assert module.weight.grad is not None
    return int((module.weight.grad == 0).sum()), tuple(made.shape)


@given(convs(), maps)
def test_dead_weights_have_no_gradient(op: Conv, shape: Shape) -> None:
    assume(_fits(op, shape))
    dead, made = _without_gradient(op, shape, 4)
    assert cost.dead_weights(op, (shape,), made) == dead


@pytest.mark.parametrize(
    ("op", "shape", "dead"),
    [
        # on one column only the middle column of a padded 3x3 meets it: 4 filters of 2 channels, 2 of 3 columns dead
        (Conv((3, 3), (1, 1), (1, 1)), (1, 2, 3, 1), 4 * 2 * 3 * 2),
        (Conv((3, 3), (1, 1), (1, 1)), (1, 2, 1, 3), 4 * 2 * 3 * 2),
        # spread over 5 on a side of 2, the outer taps meet padding alone
        (Conv((3, 3), (1, 1), (2, 2), 2, False, (2, 2)), (1, 2, 2, 4), 4 * 1 * 3 * 2),
        (Conv((3, 3), (1, 1), (2, 2), 2, False, (2, 2)), (1, 2, 4, 2), 4 * 1 * 3 * 2),
        (Conv((3, 1), (1, 1), (4, 0), 1, False, (4, 1)), (1, 2, 3, 3), 4 * 2 * 2),
        (Conv((1, 3), (1, 1), (0, 4), 1, False, (1, 4)), (1, 2, 3, 3), 4 * 2 * 2),
        (Conv((3, 3), (1, 1), (1, 1)), (1, 2, 2, 2), 0),
        (Conv((3, 1), (3, 1), (1, 0)), (1, 2, 2, 2), 4 * 2 * 1),
        (Conv((1, 3), (1, 3), (0, 1)), (1, 2, 2, 2), 4 * 2 * 1),
    ],
)
def test_dead_weights_by_hand_have_no_gradient(op: Conv, shape: Shape, dead: int) -> None:
    without, made = _without_gradient(op, shape, 4)
    found = cost.dead_weights(op, (shape,), made)
    assert found == without == dead
    assert isinstance(found, int)


@pytest.mark.parametrize(("channels", "kernel"), [(1, 3), (2, 3), (1, 7), (2, 7), (3, 5), (3, 9), (64, 5)])
def test_dead_weights_of_a_conv_along_the_channels_have_no_gradient(channels: int, kernel: int) -> None:
    along = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)
    along(torch.ones(2, 1, channels)).sum().backward()
    assert along.weight.grad is not None
    shape = (2, channels)
    assert cost.dead_weights(ChannelConv(kernel), (shape,), shape) == int((along.weight.grad == 0).sum())
    assert cost.dead_weights(Norm(), (shape,), shape) == 0


# ---- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "inputs", "output", "words", "module"),
    [
        (Add(), ((1, 8, 5, 6), (1, 8, 5, 7)), (1, 8, 5, 6), "the main path brings 8×5×6 and the shortcut 8×5×7, which cannot be added", torch.add),
        (BlurPool(), ((1, 8, 1, 5),), (1, 8, 1, 3), "a blur reflects its map at the border, and 1×5 has nothing to reflect", BlurPoolModule()),
        (BlurPool(), ((1, 8, 5, 1),), (1, 8, 3, 1), "a blur reflects its map at the border, and 5×1 has nothing to reflect", BlurPoolModule()),
        (Norm(8), ((1, 8, 1, 1),), (1, 8, 1, 1), "a group norm needs more than one value in a group, and 8×1×1 in 8 groups has one", nn.GroupNorm(8, 8)),
        (Conv((7, 3), (1, 1), (0, 1)), ((1, 8, 6, 4),), (1, 4, 0, 4), "its 7×3 window does not fit into 6×4", nn.Conv2d(8, 4, (7, 3), 1, (0, 1))),
        (Conv((3, 7), (1, 1), (1, 0)), ((1, 8, 6, 4),), (1, 4, 6, -2), "its 3×7 window does not fit into 6×4", nn.Conv2d(8, 4, (3, 7), 1, (1, 0))),
        (MaxPool((2, 2), (2, 2), (0, 0)), ((1, 8, 1, 4),), (1, 8, 0, 2), "its 2×2 window does not fit into 1×4", nn.MaxPool2d(2)),
        (AvgPool((2, 2), (2, 2)), ((1, 8, 4, 1),), (1, 8, 2, 0), "its 2×2 window does not fit into 4×1", nn.AvgPool2d(2)),
    ],
)  # fmt: skip
def test_what_pytorch_refuses_is_refused_in_words(
    op: Op, inputs: tuple[Shape, ...], output: Shape, words: str, module: Any
) -> None:
    assert refusal(op, inputs, output) == words
    with pytest.raises((RuntimeError, ValueError)):
        module(*(torch.zeros(shape) for shape in inputs))


@pytest.mark.parametrize(
    "shape", [(1, 16, 1, 1), (2, 8, 1, 1), (1, 8, 2, 1), (1, 8, 1, 2), (2, 16, 1, 1), (1, 32, 2, 2)]
)
def test_a_group_norm_of_two_values_or_more_is_not_refused(shape: Shape) -> None:
    nn.GroupNorm(8, shape[1])(torch.zeros(shape))
    assert refusal(Norm(8), (shape,), shape) == ""
    assert refusal(Norm(), ((1, 8, 1, 1),), (1, 8, 1, 1)) == ""  # a batch norm in eval mode runs
    assert refusal(Add(), (shape, shape), shape) == ""
    assert refusal(Activation(), (shape,), shape) == ""


# ---- what one cell reads -----------------------------------------------------------------------------------------


@given(st.lists(st.one_of(convs(), st.builds(MaxPool, pairs, pairs, st.tuples(small, small))), min_size=1, max_size=4))
def test_a_chain_of_windows_reads_what_following_each_tap_finds(ops: list[Conv | MaxPool]) -> None:
    fields, strides, starts = (1, 1), (1, 1), (0, 0)
    for op in ops:
        fields, new = receptive_field(op, (fields,), (strides,))
        starts = field_start(op, (starts,), (strides,))
        strides = new
    for axis in (0, 1):

        def read(cell: int, axis: int = axis) -> set[int]:
            cells = {cell}
            for op in reversed(ops):
                gap = op.dilation[axis] if isinstance(op, Conv) else 1
                cells = {
                    c * op.stride[axis] - op.padding[axis] + t * gap for c in cells for t in range(op.kernel[axis])
                }
            return cells

        first, second = read(0), read(1)
        assert starts[axis] == min(first)
        assert fields[axis] == max(first) - min(first) + 1
        assert strides[axis] == min(second) - min(first)


def test_where_paths_meet_the_field_holds_both() -> None:
    """Main: 3 rows from −1 and 5 columns from −2. Shortcut: 7 rows from −3 and 1 column from 0."""
    fields, starts = ((3, 5), (7, 1)), ((-1, -2), (-3, 0))
    assert receptive_field(Add(), fields, ((2, 4), (4, 2))) == ((7, 5), (4, 4))
    assert receptive_field(Add(), fields[::-1], ((4, 2), (2, 4))) == ((7, 5), (4, 4))
    assert field_start(Add(), starts, ((2, 2), (2, 2))) == (-3, -2)
    assert field_start(Add(), starts[::-1], ((2, 2), (2, 2))) == (-3, -2)
    # a channel gate passes on its map's alone
    assert receptive_field(Scale(), fields, ((2, 4), (4, 2))) == ((3, 5), (2, 4))
    assert field_start(Scale(), starts, ((2, 4), (4, 2))) == (-1, -2)


def test_the_windows_of_each_kind() -> None:
    assert window(Conv((3, 5), (1, 2), (0, 0), dilation=(4, 2))) == ((9, 9), (1, 2))
    assert window(MaxPool((3, 2), (2, 1), (1, 1))) == ((3, 2), (2, 1))
    assert window(AvgPool((7, 6), (7, 6))) == ((7, 6), (7, 6))
    assert window(BlurPool()) == ((3, 3), (2, 2))
    assert window(Pad((2, 3), 4, 4)) == ((1, 1), (2, 3))
    assert window(Norm()) == ((1, 1), (1, 1))
    # a pool of 2 by 2 at stride 2 behind a field of 7 at stride 2; a blur begins one cell, two pixels, before
    assert receptive_field(AvgPool((2, 2), (2, 2)), ((7, 7),), ((2, 2),)) == ((9, 9), (4, 4))
    assert field_start(BlurPool(), ((-3, -3),), ((2, 4),)) == (-5, -7)
    assert field_start(Pad((2, 2), 1, 1), ((-3, -2),), ((2, 2),)) == (-3, -2)


def test_a_size_line_is_not_dilated_unless_that_is_said() -> None:
    assert Axis(56, 3, 2, 1).line == "⌊(56 + 2·1 − 3)/2⌋ + 1 = 28"
    assert Axis(56, 3, 1, 4, 4).line == "⌊(56 + 2·4 − 9)/1⌋ + 1 = 56"
    assert Axis(57, 2, 2, 0, 1, True).line == "⌈(57 + 2·0 − 2)/2⌉ + 1 = 29"
    assert Axis(57, 2, 2, 0, 3, True).line == "⌈(57 + 2·0 − 4)/2⌉ + 1 = 28"
    assert kernel_extent(Conv((3, 5), (1, 1), (0, 0), dilation=(4, 2))) == "9×9"


def test_windows_in_a_chain() -> None:
    """The stem: a 7 at stride 2, then a 3: seven pixels, and two more steps of two."""
    assert windows_field([(7, 1), (3, 2)]) == 11
    assert windows_line([(7, 1), (3, 2)]) == "1 + (7 − 1)·1 + (3 − 1)·2 = 11"


# ---- worked lines: every one whole, its numbers found by hand ----------------------------------------------------


def _worked(name: str, step: str, size: int | Pair, batch: int = 1) -> dict[str, str]:
    trace = rv.forecast(rv.variant(name), size, batch)
    found = trace.step(step)
    lines = worked(found, tuple(trace.steps[read] for read in found.reads))
    assert len(dict(lines)) == len(lines)
    return dict(lines)


WORKED: list[tuple[str, str, int | Pair, int, dict[str, str]]] = [
    ("resnet18", "input", 224, 2, {"bytes": "2·3·224·224·4 B = 1,204,224 B"}),
    ("resnet18", "conv1", 224, 2, {
        "size": "⌊(224 + 2·3 − 7)/2⌋ + 1 = 112",
        "where the half goes": "exact 112.5, floored: 1 row and 1 column of padding at the far edge, which no window reads",
        "channels": "64 filters, each 7×7×3: 64 channels",
        "parameters": "64·3·7·7 = 9,408",
        "MACs": "2·112·112·64 · 3·7·7 = 236,027,904",
        "receptive field": "1 + (7 − 1)·1 = 7 px",
        "output stride": "1·2 = 2 px",
        "bytes": "2·64·112·112·4 B = 6,422,528 B",
    }),
    ("resnet18", "conv1", (225, 64), 1, {
        "height": "⌊(225 + 2·3 − 7)/2⌋ + 1 = 113",
        "width": "⌊(64 + 2·3 − 7)/2⌋ + 1 = 32",
        "where the width's half goes": "exact 32.5, floored: 1 column of padding at the far edge, which no window reads",
        "channels": "64 filters, each 7×7×3: 64 channels",
        "parameters": "64·3·7·7 = 9,408",
        "MACs": "113·32·64 · 3·7·7 = 34,019,328",
        "receptive field": "1 + (7 − 1)·1 = 7 px",
        "output stride": "1·2 = 2 px",
        "bytes": "1·64·113·32·4 B = 925,696 B",
    }),
    ("resnet18", "bn1", 224, 1, {
        "size": "a norm keeps the shape: it rescales each channel",
        "parameters": "2·64 = 128 (a weight and a bias a channel)",
        "bytes": "1·64·112·112·4 B = 3,211,264 B",
    }),
    ("resnet18", "relu", 224, 1, {
        "size": "max(0, x) for every cell: the shape stays",
        "bytes": "1·64·112·112·4 B = 3,211,264 B",
    }),
    ("resnet18", "maxpool", 224, 1, {
        "size": "⌊(112 + 2·1 − 3)/2⌋ + 1 = 56",
        "where the half goes": "exact 56.5, floored: 1 row and 1 column of padding at the far edge, which no window reads",
        "receptive field": "7 + (3 − 1)·2 = 11 px",
        "output stride": "2·2 = 4 px",
        "bytes": "1·64·56·56·4 B = 802,816 B",
    }),
    ("resnet18", "layer2.0.downsample.0", 224, 1, {
        "size": "⌊(56 + 2·0 − 1)/2⌋ + 1 = 28",
        "where the half goes": "exact 28.5, floored: 1 row and 1 column of the input at the far edge, which no window reads",
        "channels": "128 filters, each 1×1×64: 128 channels",
        "parameters": "128·64·1·1 = 8,192",
        "MACs": "28·28·128 · 64·1·1 = 6,422,528",
        "receptive field": "43 + (1 − 1)·4 = 43 px",
        "output stride": "4·2 = 8 px",
        "bytes": "1·128·28·28·4 B = 401,408 B",
    }),
    ("resnet18", "layer1.0.shortcut", 224, 1, {
        "size": "the identity shortcut: nothing is computed, the shape stays",
        "bytes": "1·64·56·56·4 B = 802,816 B",
    }),
    ("resnet18", "layer1.0.add", 224, 1, {
        "size": "64×56×56 + 64×56×56: equal shapes, added cell by cell, so the shape stays",
        "bytes": "1·64·56·56·4 B = 802,816 B",
    }),
    ("resnet18", "avgpool", 224, 1, {
        "size": "⌊(7 + 2·0 − 7)/7⌋ + 1 = 1",
        "receptive field": "435 + (7 − 1)·32 = 627 px",
        "output stride": "32·7 = 224 px",
        "bytes": "1·512·1·1·4 B = 2,048 B",
    }),
    ("resnet18", "flatten", 224, 1, {
        "size": "512·1·1 = 512 numbers an image",
        "bytes": "1·512·4 B = 2,048 B",
    }),
    ("resnet18", "fc", 224, 3, {
        "parameters": "512·1000 + 1000 = 513,000",
        "MACs": "3·512·1000 = 1,536,000",
        "bytes": "3·1000·4 B = 12,000 B",
    }),
    ("resnext50_32x4d", "layer1.0.conv2", 224, 1, {
        "size": "⌊(56 + 2·1 − 3)/1⌋ + 1 = 56",
        "channels": "128 filters, each 3×3×4 (128 in 32 groups): 128 channels",
        "parameters": "128·4·3·3 = 4,608",
        "MACs": "56·56·128 · 4·3·3 = 14,450,688",
        "receptive field": "11 + (3 − 1)·4 = 19 px",
        "output stride": "4·1 = 4 px",
        "bytes": "1·128·56·56·4 B = 1,605,632 B",
    }),
    ("seresnet50", "layer1.0.se.fc1", 224, 1, {
        "size": "⌊(1 + 2·0 − 1)/1⌋ + 1 = 1",
        "channels": "16 filters, each 1×1×256: 16 channels",
        "parameters": "16·256·1·1 + 16 = 4,112",
        "MACs": "1·1·16 · 256·1·1 = 4,096",
        "bytes": "1·16·1·1·4 B = 64 B",
    }),
    ("seresnet50", "layer1.0.se.gate", 224, 1, {
        "size": "1/(1 + e⁻ˣ) for every number: between 0 and 1, the shape stays",
        "bytes": "1·256·1·1·4 B = 1,024 B",
    }),
    ("seresnet50", "layer1.0.se.scale", 224, 1, {
        "size": "each of 256 channels times its own number, at all 56×56 cells: the shape stays",
        "receptive field": "19 px, the main path's; the gate also knows the whole map",
        "bytes": "1·256·56·56·4 B = 3,211,264 B",
    }),
    ("ecaresnet50t", "layer1.0.se.conv", 256, 2, {
        "size": "one kernel of 5 slides along 256 channels, padded: 256 stay",
        "parameters": "5, the same for every channel",
        "MACs": "2·256·5 = 2,560",
        "bytes": "2·256·4 B = 2,048 B",
    }),
    ("cifar_resnet20", "layer2.0.shortcut", 32, 1, {
        "size": "⌊(32 + 2·0 − 1)/2⌋ + 1 = 16",
        "where the half goes": "exact 16.5, floored: 1 row and 1 column of the input at the far edge, which no window reads",
        "channels": "16 + 16 zero channels = 32; no parameters",
        "receptive field": "15 + (1 − 1)·1 = 15 px",
        "output stride": "1·2 = 2 px",
        "bytes": "1·32·16·16·4 B = 32,768 B",
    }),
    ("resnet50d", "layer2.0.downsample.0", 225, 1, {
        "size": "⌈(57 + 2·0 − 2)/2⌉ + 1 = 29",
        "receptive field": "39 + (2 − 1)·4 = 43 px",
        "output stride": "4·2 = 8 px",
        "bytes": "1·256·29·29·4 B = 861,184 B",
    }),
]  # fmt: skip


@each(("name", "step", "size", "batch", "lines"), WORKED)
def test_the_worked_lines_of_each_kind(
    name: str, step: str, size: int | Pair, batch: int, lines: dict[str, str]
) -> None:
    found = _worked(name, step, size, batch)
    assert list(found.items()) == list(lines.items())


def _lines(op: Op, inputs: tuple[Shape, ...], output: Shape, **more: Any) -> list[tuple[str, str]]:
    """The worked lines of a step that reads a step of field 11 by 13 at a stride of 4 by 5 px."""
    source = Step(0, "x", Add(), None, None, "main", (), (), inputs[0], 0, 0, (11, 13), (4, 5), 4)
    field, stride = receptive_field(op, (source.receptive_field,), (source.output_stride,))
    costs = (cost.params(op, inputs, output), cost.macs(op, inputs, output))
    plain = Step(1, "y", op, None, None, "main", (0,), inputs, output, *costs, field, stride, 4 * _product(output))
    return worked(plain._replace(**more), (source,))


def _product(shape: Shape) -> int:
    product = 1
    for side in shape:
        product *= side
    return product


def test_the_worked_lines_of_a_dilated_conv_with_a_bias_on_a_map_that_is_not_square() -> None:
    # a 3 spread over 5 and a 5 over 5: windows of 5 by 5 cells on 14 by 9, in steps of 2 and of 3
    op = Conv((3, 5), (2, 3), (2, 0), 2, True, (2, 1))
    assert _lines(op, ((2, 4, 10, 9),), (2, 6, 5, 2)) == [
        ("height", "⌊(10 + 2·2 − 5)/2⌋ + 1 = 5"),
        ("width", "⌊(9 + 2·0 − 5)/3⌋ + 1 = 2"),
        ("where the height's half goes", "exact 5.5, floored: 1 row of padding at the far edge, which no window reads"),
        ("where the width's half goes", "exact 2.33333, floored: 1 column of the input at the far edge, which no window reads"),
        ("dilation", "3×5 taps over 5×5, every second cell"),
        ("channels", "6 filters, each 3×5×2 (4 in 2 groups): 6 channels"),
        ("parameters", "6·2·3·5 + 6 = 186"),
        ("MACs", "2·5·2·6 · 2·3·5 = 3,600"),
        ("receptive field, height", "11 + (5 − 1)·4 = 27 px"),
        ("receptive field, width", "13 + (5 − 1)·5 = 33 px"),
        ("output stride, height", "4·2 = 8 px"),
        ("output stride, width", "5·3 = 15 px"),
        ("bytes", "2·6·5·2·4 B = 480 B"),
    ]  # fmt: skip


def test_the_worked_lines_of_wide_gaps_and_of_one_axis_that_is_left_over() -> None:
    op = Conv((3, 1), (1, 4), (4, 0), dilation=(4, 1))
    assert _lines(op, ((1, 4, 8, 8),), (1, 2, 8, 2)) == [
        ("height", "⌊(8 + 2·4 − 9)/1⌋ + 1 = 8"),
        ("width", "⌊(8 + 2·0 − 1)/4⌋ + 1 = 2"),
        ("where the width's half goes", "exact 2.75, floored: 3 columns of the input at the far edge, which no window reads"),
        ("dilation", "3×1 taps over 9×1, one cell in 4"),
        ("channels", "2 filters, each 3×1×4: 2 channels"),
        ("parameters", "2·4·3·1 = 24"),
        ("MACs", "8·2·2 · 4·3·1 = 384"),
        ("receptive field, height", "11 + (9 − 1)·4 = 43 px"),
        ("receptive field, width", "13 + (1 − 1)·5 = 13 px"),
        ("output stride, height", "4·1 = 4 px"),
        ("output stride, width", "5·4 = 20 px"),
        ("bytes", "1·2·8·2·4 B = 128 B"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("axis", "line"),
    [
        ((7, 3, 2, 0), ""),
        ((8, 3, 2, 0), "exact 3.5, floored: 1 row and 1 column of the input at the far edge, which no window reads"),
        ((9, 3, 4, 1), ""),
        ((10, 3, 4, 1), "exact 3.25, floored: 1 row and 1 column of padding at the far edge, which no window reads"),
        ((11, 3, 4, 1), "exact 3.5, floored: 1 row and 1 column of padding and 1 row and 1 column of the input at the far edge, which no window reads"),
        ((12, 3, 4, 1), "exact 3.75, floored: 1 row and 1 column of padding and 2 rows and 2 columns of the input at the far edge, which no window reads"),
        ((11, 3, 4, 3), "exact 4.5, floored: 2 rows and 2 columns of padding at the far edge, which no window reads"),
        ((11, 2, 4, 0, 3), "exact 2.75, floored: 3 rows and 3 columns of the input at the far edge, which no window reads"),
    ],
)  # fmt: skip
def test_where_the_half_goes(axis: tuple[int, ...], line: str) -> None:
    assert Axis(*axis).remainder("row", "column") == line


def test_of_one_axis_alone_the_half_is_of_rows_or_of_columns_and_rounded_up_there_is_none() -> None:
    assert Axis(12, 3, 4, 1).remainder("column") == "exact 3.75, floored: 1 column of padding and 2 columns of the input at the far edge, which no window reads"  # fmt: skip
    assert Axis(8, 3, 2, 0, 1, True).unread == 0 and Axis(8, 3, 2, 0, 1, True).remainder("row") == ""


def test_the_worked_lines_of_the_other_steps() -> None:
    shape = (1, 8, 6, 6)
    size = 8 * 6 * 6 * 4
    assert _lines(Norm(4), (shape,), shape) == [
        ("size", "a norm keeps the shape: it rescales the channels in 4 groups, image by image"),
        ("parameters", "2·8 = 16 (a weight and a bias a channel)"),
        ("bytes", f"1·8·6·6·4 B = {size:,} B"),
    ]
    assert _lines(BlurPool(), (shape,), (1, 8, 3, 3)) == [
        ("size", "⌊(6 + 2·1 − 3)/2⌋ + 1 = 3"),
        ("where the half goes", "exact 3.5, floored: 1 row and 1 column of padding at the far edge, which no window reads"),
        ("weights", "fixed: 1 2 1 by 1 2 1, over 16; nothing is learnt"),
        ("receptive field, height", "11 + (3 − 1)·4 = 19 px"),
        ("receptive field, width", "13 + (3 − 1)·5 = 23 px"),
        ("output stride, height", "4·2 = 8 px"),
        ("output stride, width", "5·2 = 10 px"),
        ("bytes", "1·8·3·3·4 B = 288 B"),
    ]  # fmt: skip
    assert _lines(Pad((2, 3), 1, 3), (shape,), (1, 12, 3, 2)) == [
        ("height", "⌊(6 + 2·0 − 1)/2⌋ + 1 = 3"),
        ("width", "⌊(6 + 2·0 − 1)/3⌋ + 1 = 2"),
        ("where the height's half goes", "exact 3.5, floored: 1 row of the input at the far edge, which no window reads"),
        ("where the width's half goes", "exact 2.66667, floored: 2 columns of the input at the far edge, which no window reads"),
        ("channels", "8 + 4 zero channels = 12; no parameters"),
        ("receptive field, height", "11 + (1 − 1)·4 = 11 px"),
        ("receptive field, width", "13 + (1 − 1)·5 = 13 px"),
        ("output stride, height", "4·2 = 8 px"),
        ("output stride, width", "5·3 = 15 px"),
        ("bytes", "1·12·3·2·4 B = 288 B"),
    ]  # fmt: skip
    # a window along one axis alone is a window
    assert _lines(Pad((1, 2), 0, 0), ((1, 8, 6, 5),), (1, 8, 6, 3))[-5:] == [
        ("receptive field, height", "11 + (1 − 1)·4 = 11 px"),
        ("receptive field, width", "13 + (1 − 1)·5 = 13 px"),
        ("output stride, height", "4·1 = 4 px"),
        ("output stride, width", "5·2 = 10 px"),
        ("bytes", "1·8·6·3·4 B = 576 B"),
    ]
    assert _lines(Conv((1, 2), (1, 1), (0, 0)), ((1, 8, 6, 6),), (1, 8, 6, 5))[-5:-1] == [
        ("receptive field, height", "11 + (1 − 1)·4 = 11 px"),
        ("receptive field, width", "13 + (2 − 1)·5 = 18 px"),
        ("output stride, height", "4·1 = 4 px"),
        ("output stride, width", "5·1 = 5 px"),
    ]
    assert _lines(AvgPool((3, 2), (2, 1), (1, 0), ceil=True), (shape,), (1, 8, 4, 5))[:2] == [
        ("height", "⌈(6 + 2·1 − 3)/2⌉ + 1 = 4"),
        ("width", "⌈(6 + 2·0 − 2)/1⌉ + 1 = 5"),
    ]
    assert _lines(Linear(bias=False), ((1, 4),), (1, 3)) == [
        ("parameters", "4·3 = 12"),
        ("MACs", "4·3 = 12"),
        ("bytes", "1·3·4 B = 12 B"),
    ]
    # a linear layer at each of 5 places of two images
    assert _lines(Linear(), ((2, 5, 4),), (2, 5, 3)) == [
        ("parameters", "4·3 + 3 = 15"),
        ("MACs", "2·5·4·3 = 120"),
        ("bytes", "2·5·3·4 B = 120 B"),
    ]
    assert _lines(ChannelConv(3), ((1, 16),), (1, 16)) == [
        ("size", "one kernel of 3 slides along 16 channels, padded: 16 stay"),
        ("parameters", "3, the same for every channel"),
        ("MACs", "16·3 = 48"),
        ("bytes", "1·16·4 B = 64 B"),
    ]
    assert _lines(Linear(bias=False), ((1, 4),), (1, 1))[-1] == ("bytes", "1·1·4 B = 4 B")
    assert _lines(Conv((2, 1), (1, 1), (0, 0)), ((1, 8, 6, 6),), (1, 8, 5, 6))[-5:-1] == [
        ("receptive field, height", "11 + (2 − 1)·4 = 15 px"),
        ("receptive field, width", "13 + (1 − 1)·5 = 13 px"),
        ("output stride, height", "4·1 = 4 px"),
        ("output stride, width", "5·1 = 5 px"),
    ]
    assert _lines(Scale(), (shape, (1, 8, 1, 1)), shape)[:2] == [
        ("size", "each of 8 channels times its own number, at all 6×6 cells: the shape stays"),
        ("receptive field", "11×13 px, the main path's; the gate also knows the whole map"),
    ]
    assert _lines(Scale(), ((1, 1, 6, 6), (1, 1, 1, 1)), (1, 1, 6, 6))[0] == (
        "size",
        "the one channel times its own number, at all 6×6 cells: the shape stays",
    )
    assert _lines(Conv((1, 1), (1, 1), (0, 0)), ((1, 1, 2, 2),), (1, 1, 2, 2))[1] == (
        "channels",
        "1 filter, each 1×1×1: 1 channel",
    )
    assert _lines(Other("Own"), (shape,), shape, output_bytes=2 * 8 * 6 * 6) == [
        ("MACs", "unknown: there is no formula for them here"),
        ("bytes", "1·8·6·6·2 B = 576 B"),
    ]
    assert _lines(Other("Empty"), (shape,), (0, 8), output_bytes=0)[1:] == [("bytes", "0·8·0 B = 0 B")]


def test_a_step_that_reads_nothing_seen_has_no_line_for_its_field() -> None:
    op = MaxPool((2, 2), (2, 2), (0, 0))
    step = Step(1, "y", op, None, None, "main", (), (), (1, 8, 6, 6), 0, 0, (2, 2), (2, 2), 1152)
    assert [title for title, _ in worked(step, ())] == ["size", "bytes"]


def test_where_the_axes_see_unlike_much_each_has_its_line() -> None:
    """At 160×224 ResNet-18's last map is 5×7, so the global pool's windows differ: 435 + 4·32 and 435 + 6·32."""
    lines = _worked("resnet18", "avgpool", (160, 224))
    assert lines["receptive field, height"] == "435 + (5 − 1)·32 = 563 px"
    assert lines["receptive field, width"] == "435 + (7 − 1)·32 = 627 px"
    assert (lines["output stride, height"], lines["output stride, width"]) == ("32·5 = 160 px", "32·7 = 224 px")
    assert _worked("resnet18", "conv1", (160, 224))["receptive field"] == "1 + (7 − 1)·1 = 7 px"


def test_a_norm_without_weights_has_none() -> None:
    norm = Step(1, "bn", Norm(), None, None, "main", (0,), ((1, 8, 4, 4),), (1, 8, 4, 4), 0, 0, (1, 1), (1, 1), 512)
    assert dict(worked(norm, ()))["parameters"] == "none: it only rescales"
