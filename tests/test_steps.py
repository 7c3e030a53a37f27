"""The records of a trace: its words, its sums, its table's cells and its messages, each written out here."""

import csv
import io
from collections.abc import Callable
from dataclasses import FrozenInstanceError

import pandas
import pytest
import torch

import resnet_viz as rv
from resnet_viz.steps import (
    DTYPE_BYTES,
    MAX_BATCH,
    MAX_SIDE,
    Activation,
    Add,
    Attention,
    AvgPool,
    BlurPool,
    ChannelConv,
    Concat,
    Conv,
    ConvTranspose,
    Flatten,
    Identity,
    Input,
    Join,
    Linear,
    MatMul,
    MaxPool,
    Mean,
    Multiply,
    Norm,
    Op,
    Other,
    Pad,
    Pair,
    Part,
    Recurrent,
    Resize,
    Scale,
    Step,
    Totals,
    Trace,
    by_x,
    check_input,
    known,
    parse_size,
)

from .rows import each

KINDS: list[tuple[Op, str]] = [
    (Input(), "input"), (Conv((3, 3), (1, 1), (1, 1)), "conv"), (ChannelConv(3), "conv1d"), (Norm(), "norm"),
    (Activation(), "relu"), (Activation("sigmoid"), "sigmoid"), (MaxPool((3, 3), (2, 2), (1, 1)), "maxpool"),
    (AvgPool((7, 7), (7, 7)), "avgpool"), (BlurPool(), "blurpool"), (Pad((2, 2), 8, 8), "pad"), (Identity(), "identity"),
    (Add(), "add"), (Scale(), "scale"), (Flatten(), "flatten"), (Linear(), "linear"), (Other("Dropout"), "other"),
    (Mean((2, 3)), "mean"), (Concat(1), "concat"), (Multiply(), "multiply"), (MatMul(), "matmul"), (Attention(8), "attention"),
    (Recurrent("LSTM"), "recurrent"), (Resize("nearest"), "resize"), (ConvTranspose((2, 2), (2, 2), (0, 0)), "conv_transpose"),
]  # fmt: skip


def _step(index: int, name: str, op: Op, **more: object) -> Step:
    """A step of small numbers that differ from one another."""
    plain = Step(index, name, op, None, None, "main", (0,), ((1, 3, 8, 6),), (1, 3, 8, 6), 5, 7, (1, 1), (1, 1), 576)
    return plain._replace(**more)


def _trace(*steps: Step, engine: str = "formulas") -> Trace:
    start = Step(0, "input", Input(), None, None, "stem", (), (), (1, 3, 8, 6), 0, 0, (1, 1), (1, 1), 576)
    return Trace((start, *steps), engine, "none")  # type: ignore[arg-type]


@each(("op", "kind"), KINDS)
def test_the_tables_word_for_each_operation(op: Op, kind: str) -> None:
    assert op.kind == kind
    assert _step(1, "x", op).kind == kind
    assert hash(op) == hash(op)
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        op.kind = "other"  # type: ignore[misc]


def test_ways_are_the_main_paths_first_and_the_shortcuts_last() -> None:
    join = Join(9, 1, ((2, 3), (4,), (5, 6)), "identity")
    assert (join.main, join.shortcut, join.is_residual) == ((2, 3), (5, 6), True)
    part = Part("block", "layer1.0", "layer1.0", 2, 10, 1)
    assert (part.parts, part.joins, part.signature) == ((), (), 0)


def test_a_number_of_our_own_networks_is_never_unknown() -> None:
    assert known(0) == 0
    with pytest.raises(ValueError, match=r"^a number that is unknown was taken for one of our own networks'$"):
        known(None)


def test_what_is_left_out_is_what_pytorch_leaves_out() -> None:
    conv = torch.nn.Conv2d(4, 4, 3)
    assert (Conv((3, 3), (1, 1), (0, 0)).groups, Conv((3, 3), (1, 1), (0, 0)).dilation) == (conv.groups, conv.dilation)
    assert Conv((3, 3), (1, 1), (0, 0)).bias is False  # a norm follows: no bias, unlike PyTorch
    assert Linear().bias == (torch.nn.Linear(2, 2).bias is not None)
    assert AvgPool((2, 2), (2, 2)).padding == (0, 0)
    assert AvgPool((2, 2), (2, 2)).ceil == torch.nn.AvgPool2d(2).ceil_mode
    assert (BlurPool().kernel, BlurPool().stride, BlurPool().padding) == ((3, 3), (2, 2), (1, 1))
    assert Norm().groups is None
    assert Activation().function == "relu"
    trace = _trace()
    assert (trace.dtype, trace.batch, trace.spec, trace.elapsed_ms, trace.blocks_run) == (
        "float32",
        1,
        None,
        None,
        None,
    )
    assert _step(1, "x", Add()).time_ms is None


@pytest.mark.parametrize("name", ["float32", "float16", "bfloat16", "float64"])
def test_bytes_of_a_number_are_pytorchs(name: str) -> None:
    assert DTYPE_BYTES[name] == torch.zeros(1, dtype=getattr(torch, name)).element_size()
    assert len(DTYPE_BYTES) == 4


# ---- sums --------------------------------------------------------------------------------------------------------


def test_totals_are_sums_that_leave_out_what_only_renames() -> None:
    trace = _trace(
        _step(1, "a", Conv((1, 1), (1, 1), (0, 0)), params=10, macs=100, output_bytes=1, time_ms=0.5),
        _step(2, "b", Identity(), params=20, macs=200, output_bytes=2, path="shortcut"),
        _step(3, "c", Add(), params=0, macs=0, output_bytes=4, output=(1, 3, 4, 3), time_ms=0.25),
        _step(4, "d", AvgPool((4, 3), (4, 3)), params=0, macs=0, output_bytes=8, output=(1, 3, 1, 1), path="head"),
        _step(5, "e", Flatten(), params=0, macs=0, output_bytes=16, output=(1, 3), path="head"),
        _step(6, "f", Conv((1, 1), (1, 1), (0, 0)), params=40, macs=400, output_bytes=32, output=(1, 9), path="main"),
    )
    assert trace.totals == Totals(70, 700, 1 + 4 + 8 + 32, (1, 3, 4, 3), 2, 1, 0.75)
    assert trace.input_size == (8, 6)
    assert rv.forecast(rv.variant("resnet18"), (20, 12)).input_size == (20, 12)
    assert _trace().totals.time_ms is None


def test_a_trace_in_four_lines() -> None:
    steps = [
        _step(index, f"s{index}", Add(), params=1_000, macs=2_000, output_bytes=3_000) for index in range(1, 1_201)
    ]
    start = _trace().steps[0]
    shown = Trace((start, *steps), "formulas", "none", "float64", 2)
    assert repr(shown) == (
        "Trace of 1,201 steps at 8×6 px, batch 2, float64, by formulas\n"
        "  of a module, somebody else's\n"
        "  1,200,000 parameters, 2,400,000 MACs, 3,600,000 bytes of activations\n"
        "  0 convs, 1,200 additions, the last map 3×8×6 (C×H×W)"
    )
    spec = rv.variant("resnet18")
    timed = Trace(
        (start, *(step._replace(time_ms=1.5, op=Conv((1, 1), (1, 1), (0, 0))) for step in steps)),
        "hooks",
        "cpu",
        spec=spec,
    )
    assert repr(timed) == (
        "Trace of 1,201 steps at 8×6 px, batch 1, float32, by hooks on cpu\n"
        f"  {spec!r}\n"
        "  1,200,000 parameters, 2,400,000 MACs, 3,600,000 bytes of activations, 1,800.00 ms\n"
        "  1,200 convs, 0 additions, the last map 3×8×6 (C×H×W)"
    )
    assert timed.summary[1] == repr(spec)


def test_a_notebook_shows_what_the_still_pictures_page_has() -> None:
    from resnet_viz.picture.figures.still import trace_html

    trace = rv.forecast(rv.variant("cifar_resnet20"), 32)
    assert trace._repr_html_() == trace_html(trace)


# ---- names and differences ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("layer1.0.conv3", "step='layer1.0.conv3': is not in this network; try layer1.0.conv2, layer1.0.conv1, layer4.0.conv2"),
        ("pooling", "step='pooling': is not in this network; try maxpool, avgpool"),
        ("zzz", "step='zzz': is not in this network; try conv1, bn1, relu"),
        ("input2", "step='input2': is not in this network; try input"),
    ],
)  # fmt: skip
def test_an_unknown_step_offers_the_nearest_names(name: str, message: str) -> None:
    with pytest.raises(rv.InputError) as caught:
        rv.forecast(rv.variant("resnet18")).step(name)
    assert str(caught.value) == message


def test_each_step_is_found_by_its_name() -> None:
    trace = rv.forecast(rv.variant("resnet18"))
    assert all(trace.step(step.name) is step for step in trace.steps)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda trace: trace.step(3), "name=3: must be a text, not int; write e.g. 'conv1'"),
        (lambda trace: trace.confirm("resnet18"), "other='resnet18': must be a Trace, not str; make one with resnet_viz.forecast or resnet_viz.trace"),
        (lambda _: parse_size(224), "input_size=224: must be a text, not int; write e.g. '160x224'"),
        (lambda _: check_input(224, 1, ["float32"]), "dtype=['float32']: must be one of float32, float16, bfloat16, float64; use 'float32'"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused_in_words(call: Callable[[Trace], object], message: str) -> None:
    with pytest.raises(rv.InputError) as caught:
        call(_trace())
    assert str(caught.value) == message


def test_differences_in_words_one_a_line() -> None:
    mine = _trace(_step(1, "a", Add(), params=1, time_ms=3.0), _step(2, "b", Add()))
    other = _trace(_step(1, "a", Add(), params=2, output_bytes=577, time_ms=4.0), engine="hooks")
    assert mine.confirm(mine) == []
    assert mine.confirm(_trace(*(step._replace(time_ms=9.0) for step in mine.steps[1:]))) == []
    assert mine.confirm(other) == [
        "steps: 3 by formulas, 2 by hooks",
        "a: params is 1 by formulas, 2 by hooks",
        "a: output_bytes is 576 by formulas, 577 by hooks",
    ]
    assert other.confirm(mine)[0] == "steps: 2 by hooks, 3 by formulas"
    # a difference is looked for behind the ones that agree
    late = _trace(_step(1, "a", Add()), _step(2, "b", Add(), macs=1))
    early = _trace(_step(1, "a", Add()), _step(2, "b", Add(), macs=2))
    assert late.confirm(early) == ["b: macs is 1 by formulas, 2 by formulas"]


# ---- the table ---------------------------------------------------------------------------------------------------

ROWS: list[tuple[Step, dict[str, object]]] = [
    (
        _step(1, "layer1.0.conv1", Conv((3, 1), (2, 1), (1, 0), 4), stage=1, block=0, inputs=((2, 3, 8, 6),), output=(2, 4, 4, 6),
              receptive_field=(3, 1), output_stride=(2, 1), time_ms=1.23456),
        {"index": 1, "name": "layer1.0.conv1", "kind": "conv", "stage": 1, "block": 0, "path": "main", "reads": "0",
         "input_shape": "2x3x8x6", "output_shape": "2x4x4x6", "kernel": "3x1", "stride": "2x1", "padding": "1x0", "groups": 4,
         "params": 5, "macs": 7, "receptive_field": "3x1", "output_stride": "2x1", "output_bytes": 576, "time_ms": 1.2346},
    ),
    (
        _step(2, "add", Add(), reads=(1, 0), inputs=((1, 3, 8, 6), (1, 3, 8, 6)), path="shortcut"),
        {"index": 2, "name": "add", "kind": "add", "stage": "", "block": "", "path": "shortcut", "reads": "1;0",
         "input_shape": "1x3x8x6;1x3x8x6", "output_shape": "1x3x8x6", "kernel": "", "stride": "", "padding": "", "groups": "",
         "params": 5, "macs": 7, "receptive_field": 1, "output_stride": 1, "output_bytes": 576, "time_ms": ""},
    ),
    (_step(3, "m", MaxPool((3, 2), (2, 1), (1, 0))), {"kernel": "3x2", "stride": "2x1", "padding": "1x0", "groups": ""}),
    (_step(3, "a", AvgPool((3, 2), (2, 1), (1, 0))), {"kernel": "3x2", "stride": "2x1", "padding": "1x0", "groups": ""}),
    (_step(3, "b", BlurPool()), {"kernel": "3x3", "stride": "2x2", "padding": "1x1", "groups": ""}),
    (_step(3, "p", Pad((2, 3), 8, 8)), {"kernel": "", "stride": "2x3", "padding": "", "groups": ""}),
    (_step(3, "n", Norm(32)), {"kernel": "", "stride": "", "padding": "", "groups": 32}),
    (_step(3, "n", Norm()), {"kernel": "", "stride": "", "padding": "", "groups": ""}),
    (_step(3, "c", Conv((1, 1), (1, 1), (0, 0))), {"kernel": "1x1", "stride": "1x1", "padding": "0x0", "groups": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("step", "cells"), ROWS)
def test_the_cells_of_a_row(step: Step, cells: dict[str, object]) -> None:
    row = _trace(step).rows()[1]
    assert {name: row[name] for name in cells} == cells
    read = list(csv.DictReader(io.StringIO(_trace(step).to_csv())))[1]
    assert {name: read[name] for name in cells} == {name: str(value) for name, value in cells.items()}


def test_a_conv_along_the_channels_names_its_one_kernel() -> None:
    row = _trace(_step(1, "c", ChannelConv(5))).rows()[1]
    assert str(row["kernel"]) == "5"
    assert (row["stride"], row["padding"]) == ("", "")


def test_the_frames_missing_numbers_are_missing_and_its_columns_of_one_type() -> None:
    steps = [step for step, cells in ROWS if len(cells) > 10]
    frame = _trace(*steps).to_dataframe()
    assert len(frame) == 3
    for name, kind in (("stage", "Int64"), ("block", "Int64"), ("groups", "Int64"), ("time_ms", "Float64")):
        assert str(frame[name].dtype) == kind
        assert frame[name].isna().tolist() == [True, False, True]
    assert frame["time_ms"][1] == 1.2346
    assert [frame[name][1] for name in ("stage", "block", "groups")] == [1, 0, 4]
    assert frame["receptive_field"].tolist() == ["1", "3x1", "1"]
    assert frame["output_stride"].tolist() == ["1", "2x1", "1"]
    square = _trace(steps[1]).to_dataframe()
    assert pandas.api.types.is_integer_dtype(square["receptive_field"])
    assert pandas.api.types.is_integer_dtype(square["output_stride"])


def test_a_column_in_which_all_is_missing_is_of_numbers_all_the_same() -> None:
    frame = _trace(_step(1, "add", Add())).to_dataframe()
    for name, kind in (("stage", "Int64"), ("block", "Int64"), ("groups", "Int64"), ("time_ms", "Float64")):
        assert (str(frame[name].dtype), frame[name].isna().all()) == (kind, True)


def test_a_frame_without_pandas_names_the_line_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resnet_viz.extras.find_spec", lambda name: None if name == "pandas" else name)
    with pytest.raises(rv.ResNetVizError) as caught:
        _trace().to_dataframe()
    words = "is not installed, and Trace.to_dataframe needs it; run pip install 'resnet-viz[app]'"
    assert str(caught.value) == f"package='pandas': {words}"


def test_the_tables_lines_end_as_lines_do_here() -> None:
    text = _trace(_step(1, "add", Add())).to_csv()
    assert text.endswith("\n") and "\r" not in text
    assert text.count("\n") == 3


def test_a_shape_in_one_word() -> None:
    assert by_x((1, 64, 112, 56)) == "1x64x112x56"


# ---- what comes from outside -------------------------------------------------------------------------------------

SIDES = "height and width must be whole numbers from 1 to 16384 px; use 224, or (H, W)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1, "float32"), f"input_size=0: {SIDES}"),
        ((16_385, 1, "float32"), f"input_size=16385: {SIDES}"),
        ((True, 1, "float32"), f"input_size=True: {SIDES}"),
        ((22.5, 1, "float32"), f"input_size=22.5: {SIDES}"),
        (((224,), 1, "float32"), f"input_size=(224,): {SIDES}"),
        (((1, 2, 3), 1, "float32"), f"input_size=(1, 2, 3): {SIDES}"),
        (((1, 2, None), 1, "float32"), f"input_size=(1, 2, None): {SIDES}"),
        (((224, 0), 1, "float32"), f"input_size=(224, 0): {SIDES}"),
        ((224, 0, "float32"), "batch=0: must be a whole number from 1 to 1048576; use 1"),
        ((224, 1_048_577, "float32"), "batch=1048577: must be a whole number from 1 to 1048576; use 1"),
        ((224, True, "float32"), "batch=True: must be a whole number from 1 to 1048576; use 1"),
        ((224, 1.0, "float32"), "batch=1.0: must be a whole number from 1 to 1048576; use 1"),
        ((224, 1, "int8"), "dtype='int8': must be one of float32, float16, bfloat16, float64; use 'float32'"),
    ],
)  # fmt: skip
def test_what_cannot_be_an_input(arguments: tuple[object, object, object], message: str) -> None:
    with pytest.raises(rv.InputError) as caught:
        check_input(*arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ((1, 1, "float16"), ((1, 1), 1, "float16")),
        ((16_384, 1_048_576, "float64"), ((16_384, 16_384), 1_048_576, "float64")),
        (((160, 224), 2, "bfloat16"), ((160, 224), 2, "bfloat16")),
        (([160, 224], 2, "float32"), ((160, 224), 2, "float32")),
    ],
)
def test_what_can_be_an_input(arguments: tuple[object, object, object], found: tuple[Pair, int, str]) -> None:
    assert check_input(*arguments) == found
    assert (MAX_SIDE, MAX_BATCH) == (2**14, 2**20)


@pytest.mark.parametrize(
    ("text", "size"),
    [("224", (224, 224)), ("160x224", (160, 224)), (" 160 X 224 ", (160, 224)), ("1×2", (1, 2)), ("3*4", (3, 4)), ("000000007", (7, 7))],
)  # fmt: skip
def test_a_size_in_words(text: str, size: Pair) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "x", "1x2x3", "2x", "-1", "1.5", "²", "٣", "0000000007", "224px"])
def test_what_is_no_size_in_words(text: str) -> None:
    with pytest.raises(rv.InputError) as caught:
        parse_size(text)
    words = "must be one side or HxW in whole pixels from 1 to 16384; write 224 or 160x224"
    assert str(caught.value) == f"input_size={text!r}: {words}"


def test_a_size_in_words_is_bounded_as_any_other() -> None:
    with pytest.raises(rv.InputError) as caught:
        parse_size("224x99999")
    assert str(caught.value) == f"input_size=(224, 99999): {SIDES}"
