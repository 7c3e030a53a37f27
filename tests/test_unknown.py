"""Unknown is never 0: in the tables, the totals, the words and the pictures of anybody's network."""

import csv
import io
import json

import pandas
import pytest
from hypothesis import given, settings
from torch import nn

import resnet_viz as rv
from resnet_viz.advise.comparing import align, as_data, as_text, totals_text
from resnet_viz.advise.explaining import explain
from resnet_viz.export.registry import export_as
from resnet_viz.picture import layout
from resnet_viz.picture.figures import describe, palette
from resnet_viz.picture.layout import Look
from resnet_viz.picture.layout.field import field_scene
from resnet_viz.picture.layout.measure import Measure
from resnet_viz.picture.layout.scene import map_text
from resnet_viz.steps import (
    Activation,
    Add,
    Attention,
    Concat,
    Conv,
    ConvTranspose,
    Identity,
    MatMul,
    Mean,
    Multiply,
    Op,
    Other,
    Pointwise,
    Rearrange,
    Recurrent,
    Resize,
    Shape,
    Sliding,
    Step,
    Trace,
    Unowned,
    known,
)
from resnet_viz.why.field import field_of, has_field
from resnet_viz.why.names import pytorch_line
from resnet_viz.why.words import why
from tests.any_ops import image, partial_trace, step, traces

# 5·3·4·4 + 5 = 245; 2·5·2·3 cells of 3·4·4 = 48 each are 2,880; of the 485 + 15 parameters 15 have no step
COVERAGE = (
    "2,880 MACs, without 2 operations that are not counted: blocks.0.attn, blocks.1.attn",
    "485 of 500 parameters are in the steps shown; cls (not run), pos (read by no step) belong to none",
)


def test_totals_say_what_they_leave_out() -> None:
    trace = partial_trace()
    assert trace.totals.uncounted == ("blocks.0.attn", "blocks.1.attn")
    assert trace.coverage == COVERAGE == trace.summary[-2:]
    assert trace.summary[0] == "Trace of 6 steps at 8×12 px, batch 2, float32, by hooks on cpu"
    assert trace.summary[3] == "1 conv, 0 additions, the last map 5×2×3 (C×H×W)"
    assert rv.forecast("resnet18@32").coverage == ()
    html = trace._repr_html_()
    assert all(line in html for line in COVERAGE)


def test_many_names_are_counted_and_large_numbers_are_short() -> None:
    plain = partial_trace()
    unowned = tuple(Unowned(f"w{i}", 7_000_000, "not run") for i in range(4))
    wide = plain.steps[1]._replace(params=58_100_000, macs=4_089_000_000)
    asked = [plain.steps[3]._replace(name=f"a{i}") for i in range(8)]
    trace = Trace((plain.steps[0], wide, *asked), "hooks", "cpu", unowned=unowned)
    assert trace.coverage == (
        "4.09 G MACs, without 8 operations that are not counted: a0, a1, a2 and 5 more",
        "58.1 of 86.1 M parameters are in the steps shown; w0, w1, w2 and 1 more belong to none",
    )
    one = Trace((plain.steps[0], asked[0]), "hooks", "cpu", unowned=unowned[:1])
    assert one.coverage == (
        "0 MACs, without 1 operation that is not counted: a0",
        "120 of 7,000,120 parameters are in the steps shown; w0 (not run) belongs to none",
    )


def test_what_is_unknown_is_empty_in_csv_null_in_json_and_na_in_a_dataframe() -> None:
    trace = partial_trace()
    rows = list(csv.DictReader(io.StringIO(trace.to_csv())))
    assert [row["macs"] for row in rows] == ["0", "2880", "0", "", "", "0"]
    assert [row["receptive_field"] for row in rows] == ["1", "4", "", "", "", ""]
    data = json.loads(export_as(trace, "json"))
    assert [row["macs"] for row in data["steps"]] == [0, 2880, 0, None, None, 0]
    assert data["steps"][3]["output_stride"] is None and data["steps"][3]["stage"] == ""  # "" is what does not apply
    assert data["unowned"] == [
        {"name": "cls", "count": 5, "reason": "not run"},
        {"name": "pos", "count": 10, "reason": "read by no step"},
    ]
    frame = trace.to_dataframe()
    for name, there in (("macs", [0, 1, 2, 5]), ("receptive_field", [0, 1]), ("output_stride", [0, 1])):
        assert frame[name].dtype == pandas.Int64Dtype()
        assert list(frame.index[frame[name].notna()]) == there


def test_what_is_unknown_is_told_in_the_tables_for_people() -> None:
    trace = partial_trace()
    text = export_as(trace, "text")
    assert "\n".join(["", *COVERAGE, ""]) in text
    (line,) = [line for line in text.splitlines() if " blocks.0.attn " in line]
    assert line.split()[-3:] == ["unknown"] * 3
    assert "| 120 | unknown | unknown | unknown |" in export_as(trace, "markdown")
    assert export_as(trace, "markdown").split("\n\n")[1] == "\n".join(COVERAGE)


def test_what_is_unknown_has_no_bar_and_the_colour_of_nothing() -> None:
    trace = partial_trace()
    shown = layout.lay_out(trace)
    chosen = layout.quantity("field")
    found = layout.values(shown, trace, chosen)
    assert found[1] == 4 and all(found[box.step] == (4, 1)[box.step == 0] for box in shown.boxes if box.step < 2)
    asked = trace.steps[3]
    unsure = Trace((*trace.steps[:2], trace.steps[1]._replace(index=2, name="again", inputs=(trace.steps[1].output,), reads=(1,), macs=None, receptive_field=None)), "hooks", "cpu")  # fmt: skip
    scene = layout.lay_out(unsure)
    assert [box.step for box in scene.boxes] == [0, 1, 2] and asked.macs is None
    for name in ("macs", "field"):
        assert layout.values(scene, unsure, layout.quantity(name))[2] is None
        strip = layout.with_strip(scene, unsure, layout.quantity(name))
        assert len(strip.bars) == 2 and strip.labels[-1].lines[0].endswith("; unknown at 1 volume, without a bar")
        figure = describe(unsure, look=Look(colour=name))
        assert palette.UNCOUNTED in {part.get("fillcolor") for part in figure["data"]}
    (hits,) = [part for part in figure["data"] if part.get("name") == "hits"]
    assert "MACs unknown" in hits["hovertext"][2] and "receptive field unknown" in hits["hovertext"][2]


def test_a_comparison_does_not_hold_partial_sums_against_whole_ones() -> None:
    whole = rv.forecast("resnet18@32")
    found = align(whole, partial_trace())
    text = as_text(found, ("one", "two"))
    assert [line for line in text.splitlines() if line.startswith("two: ")] == [f"two: {line}" for line in COVERAGE]
    assert totals_text(found, ("one", "two"))[-2:] == [f"two: {line}" for line in COVERAGE]
    rows = {row["quantity"]: row for row in as_data(found)["totals"]}
    assert (rows["MACs"]["b"], rows["MACs"]["ratio"], rows["parameters"]["ratio"]) == (2880, "", "")
    assert as_data(found)["coverage"] == {"a": [], "b": list(COVERAGE)}
    parts = [b for _, _, b in found.parts if b]
    assert sum(part.uncounted for part in parts) == 2 and sum(part.macs for part in parts) == 2880
    assert any("2,880 without 2 not counted" in line for line in text.splitlines())


def test_a_field_that_is_unknown_is_refused_and_not_drawn_at_0() -> None:
    trace = partial_trace()
    assert field_of(trace, trace.steps[1], (1, 2)) == (4, 8, 7, 11)
    assert [has_field(trace, one) for one in trace.steps] == [True, True, False, False, False, False]
    with pytest.raises(rv.InputError) as caught:
        field_of(trace, trace.steps[3])
    said = "comes after what has no fixed grid of windows (an upsampling, a transposed conv, attention), so where a cell looks is not known; use a conv or pool that comes before that"
    assert str(caught.value) == f"step='blocks.0.attn': {said}"
    with pytest.raises(rv.InputError) as caught:
        field_scene(trace, "blocks.0.attn")
    assert str(caught.value) == "focus='blocks.0.attn': " + said.replace("not known", "not drawn")
    assert field_scene(trace, None).step == 1


def test_a_number_of_our_own_networks_is_known() -> None:
    assert known(0) == 0
    with pytest.raises(ValueError, match="unknown was taken for one of our own networks'"):
        known(None)


def _one(op: Op, inputs: list[Shape], output: Shape, **more: object) -> tuple[Trace, Step]:
    first = image(*inputs[0])
    sources = [first, *(step(i, f"way{i}", Identity(), {0: inputs[0]}, shape) for i, shape in enumerate(inputs[1:], 1))]
    made = step(len(sources), "it", op, dict(enumerate(inputs)), output, **more)
    return Trace((*sources, made), "hooks", "cpu"), made


# numbers by hand: sizes of transposed convs from PyTorch's documentation, (n − 1)·s − 2p + d·(k − 1) + o + 1
SAID: list[tuple[Op, list[Shape], Shape, dict[str, object], str, list[str]]] = [
    (ConvTranspose((2, 2), (2, 2), (0, 0), bias=True), [(1, 8, 16, 10)], (1, 6, 32, 20), {"params": 198, "macs": 30_720},
     "A conv run backwards: each cell is spread over a window of 2×2, 2 cells apart, so 16×10 becomes 32×20.",
     ["height: (16 − 1)·2 − 2·0 + 1·(2 − 1) + 0 + 1 = 32", "width: (10 − 1)·2 − 2·0 + 1·(2 − 1) + 0 + 1 = 20",
      "channels: 6 filters, each 2×2×8: 6 channels", "parameters: 8·6·2·2 + 6 = 198", "MACs: 16·10·8 · 6·2·2 = 30,720"]),
    (ConvTranspose((3, 3), (2, 2), (1, 1), (1, 1), 2), [(1, 4, 5, 5)], (1, 6, 10, 10), {"params": 108, "macs": 2700},
     "A conv run backwards: each cell is spread over a window of 3×3, 2 cells apart, so 5×5 becomes 10×10. It runs in 2 groups: a filter sees 2 of the 4 channels.",
     ["size: (5 − 1)·2 − 2·1 + 1·(3 − 1) + 1 + 1 = 10", "channels: 6 filters, each 3×3×2 (4 in 2 groups): 6 channels",
      "parameters: 4·3·3·3 = 108", "MACs: 5·5·4 · 3·3·3 = 2,700"]),
    (Sliding("conv1d", (3,), (2,), (1,)), [(1, 10, 257)], (1, 4, 129), {"params": 120, "macs": 15_480},
     "It weighs each window of 3 along the signal; at stride 2 and padding 1, 257 becomes 129.",
     ["size: ⌊(257 + 2·1 − 3)/2⌋ + 1 = 129", "channels: 4 filters, each 3×10: 4 channels", "parameters: 4·10·3 = 120", "MACs: 129·4 · 10·3 = 15,480"]),
    (Sliding("maxpool3d", (2, 2, 2), (2, 2, 2), (0, 0, 0)), [(1, 4, 8, 6, 6)], (1, 4, 4, 3, 3), {},
     "It keeps the largest of each window of 2×2×2 along the volume; at stride 2 and padding 0, 8×6×6 becomes 4×3×3.",
     ["depth: ⌊(8 + 2·0 − 2)/2⌋ + 1 = 4", "height: ⌊(6 + 2·0 − 2)/2⌋ + 1 = 3", "width: ⌊(6 + 2·0 − 2)/2⌋ + 1 = 3"]),
    (Sliding("maxpool1d", (2,), (2,), (0,)), [(1, 4, 7)], (1, 4, 4), {},
     "It keeps the largest of each window of 2 along the signal; at stride 2 and padding 0, 7 becomes 4.",
     ["size: 7 → 4, as it was seen: the edges are treated otherwise"]),
    (Resize("bilinear"), [(1, 6, 32, 32)], (1, 6, 64, 64), {},
     "The map is put on another grid: 32×32 becomes 64×64; each new cell mixes the 2×2 around it.", ["size: 32·2 = 64"]),
    (Resize("nearest"), [(1, 6, 28, 30)], (1, 6, 14, 45), {},
     "The map is put on another grid: 28×30 becomes 14×45; each new cell copies the one that it lies in.", ["height: 28/2 = 14", "width: 30 → 45, ×1.5"]),
    (Mean((2, 3)), [(1, 6, 7, 5)], (1, 6), {}, "The mean of all 7×5 cells of each channel: 6×7×5 → 6.", ["size: 6×7×5 → 6; each number is the mean of 35"]),
    (Mean((1,)), [(1, 197, 8)], (1, 8), {}, "The mean over axis 1 (197): it is gone, 197×8 → 8.", ["size: 197×8 → 8; each number is the mean of 197"]),
    (Concat(), [(1, 64, 7, 7), (1, 32, 7, 7)], (1, 96, 7, 7), {},
     "2 tensors stand one after the other: the channels add up to 96; all else stays.", ["channels: 64 + 32 = 96"]),
    (Concat(), [(1, 196, 8)], (1, 197, 8), {},
     "It is put beside what depends on no input: the sizes along axis 1 add up to 197, 1 of which depends on no input; all else stays.", ["axis 1: 196 + 1 = 197"]),
    (Concat(2, new=True), [(1, 4, 5), (1, 4, 5)], (1, 4, 2, 5), {}, "2 tensors of 4×5 stand beside each other along a new axis: 4×2×5.", ["size: 2 of 4×5: 4×2×5"]),
    (Multiply(), [(1, 6, 7, 7), (1, 1, 7, 7)], (1, 6, 7, 7), {},
     "What is smaller is repeated to 6×7×7, then multiplied number by number.", ["size: 6×7×7 · 1×7×7, number by number: 6×7×7"]),
    (MatMul(), [(1, 197, 64), (1, 64, 197)], (1, 197, 197), {"macs": 2_483_776},
     "A matrix product of two tensors of the network: 197×64 and 64×197 → 197×197. Each number is the sum of 64 products.",
     ["size: 197×64 times 64×197 = 197×197", "MACs: 1·197·197 · 64 = 2,483,776"]),
    (Attention(12), [(1, 197, 768)], (1, 197, 768), {"params": 2_362_368, "macs": None},
     "Each position asks all others and takes a mean of what they hold, weighed by how well they fit: softmax(Q·Kᵀ)·V, in 12 heads; the shape stays.",
     ["size: the shape stays", "parameters: 2,362,368", "MACs: unknown: there is no formula for them here"]),
    (Recurrent("LSTM", 2, True), [(1, 9, 6)], (1, 9, 10), {"macs": None},
     "An LSTM goes along the sequence in 2 layers, in both directions, and passes on what it keeps: 9×6 → 9×10.",
     ["size: 9×6 → 9×10", "MACs: unknown: there is no formula for them here"]),
    (Rearrange("permute"), [(1, 768, 14, 14)], (1, 14, 14, 768), {},
     "The axes change places: 768×14×14 → 14×14×768. Nothing is computed.", ["size: 768×14×14 → 14×14×768: 150,528 numbers before and after"]),
    (Rearrange("slice"), [(1, 8, 7, 7)], (1, 4, 7, 7), {}, "A part is cut out: 8×7×7 → 4×7×7. Nothing is computed.", ["size: 8×7×7 → 4×7×7: 392 numbers, then 196"]),
    (Rearrange("reshape"), [(1, 14, 14, 8)], (4, 49, 8), {},
     "The numbers stand in another order or shape: 1×14×14×8 → 4×49×8. Nothing is computed.", ["size: 1×14×14×8 → 4×49×8: 1,568 numbers before and after"]),
    (Pointwise("mul"), [(1, 9, 6)], (1, 9, 6), {}, "Each number is multiplied by a constant or a parameter: the shape stays.", ["size: the shape stays"]),
    (Pointwise("exp"), [(1, 9)], (1, 9), {}, "Each number goes by itself through exp: the shape stays.", ["size: the shape stays"]),
    (Activation("relu6"), [(1, 9)], (1, 9), {}, "It cuts each number off at 0 and at 6 and leaves the shape.", ["size: min(max(0, x), 6) for every cell: the shape stays"]),
    (Identity(), [(1, 9)], (1, 9), {}, "Nothing is computed here: what it reads is passed on as it is.", ["size: nothing is computed, the shape stays"]),
    (Add(), [(1, 9, 4), (1, 9, 4)], (1, 9, 4), {},
     "Both paths end in the same shape, so they can be added cell by cell, and the shape stays.", ["size: 9×4 + 9×4: equal shapes, added cell by cell, so the shape stays"]),
    (Other("einsum"), [(1, 9, 4)], (1, 4), {"macs": None},
     "There is no formula for it here (einsum); its shapes are told as they were seen.", ["MACs: unknown: there is no formula for them here"]),
    (Conv((3, 3), (1, 1), (0, 0)), [(1, 4, 16, 16)], (1, 4, 16, 16), {"params": 144, "macs": 36_864},
     "The edges are treated otherwise than by its padding of 0: 16×16 stays.",
     ["size: 16×16 as the hooks saw it: the far edge is padded or rounded otherwise than the near one",
      "channels: 4 filters, each 3×3×4: 4 channels", "parameters: 4·4·3·3 = 144", "MACs: 16·16·4 · 4·3·3 = 36,864"]),
]  # fmt: skip


@pytest.mark.parametrize(("op", "inputs", "output", "more", "sentence", "lines"), SAID)
def test_every_operation_of_other_peoples_networks_has_its_sentence_and_its_lines(
    op: Op, inputs: list[Shape], output: Shape, more: dict[str, object], sentence: str, lines: list[str]
) -> None:
    trace, made = _one(op, inputs, output, **more)
    assert why(trace, made) == sentence
    told = explain(trace, "it").splitlines()
    kept = [line for line in told[3:-1] if line != "receptive field: unknown"]
    assert kept == lines


def test_shapes_of_any_rank_are_told_as_they_are() -> None:
    assert [map_text(shape) for shape in ((1, 64, 56, 48), (1, 9), (1, 197, 768), (1, 2, 3, 4, 5), (7,))] == [
        "56×48×64", "9", "197×768", "2×3×4×5", "1",
    ]  # fmt: skip
    signal = image(2, 16, 100)
    trace = Trace((signal, step(1, "act", Activation("gelu"), {0: (2, 16, 100)}, (2, 16, 100))), "hooks", "cpu")
    assert trace.input_size == (100,) and Measure.of(trace).channels == 1
    assert trace.summary[0] == "Trace of 2 steps at 2×16×100, float32, by hooks on cpu"
    assert "last map" not in trace.summary[3] and trace.totals.final_map == (2, 16, 100)
    assert why(trace, signal) == "The input as the network gets it: 2×16×100."
    assert rv.forecast("resnet18@32x48").input_size == (32, 48)
    words = Trace((image(2, 7),), "hooks", "cpu")
    assert words.input_size == () and words.summary[0].startswith("Trace of 1 steps at 2×7,")


@settings(max_examples=150, deadline=None)
@given(traces())
def test_nothing_falls_over_whatever_the_operations_and_ranks_are(trace: Trace) -> None:
    for made in trace.steps:
        told = explain(trace, made.name)
        assert "None" not in told and told.splitlines()[1].endswith(".")
        pytorch_line(made)
        if has_field(trace, made):
            field_of(trace, made, (1, 1))
    for name in ("text", "csv", "json", "markdown", "trace"):
        assert "None" not in export_as(trace, name)
    assert sum(row["macs"] is None for row in trace.rows()) == len(trace.totals.uncounted)
    assert trace.to_dataframe()["macs"].isna().sum() == len(trace.totals.uncounted)
    found = align(trace, trace)
    assert not found.different
    assert as_text(found, ("a", "b")) and json.dumps(as_data(found))


@settings(max_examples=80, deadline=None)
@given(traces())
def test_every_picture_of_random_operations_is_drawn(trace: Trace) -> None:
    for colour in layout.COLOURS:
        describe(trace, look=Look(colour=colour))
    trace._repr_html_()


def test_what_reads_a_flattened_map_sees_all_that_its_cells_see() -> None:
    """3×3 of 32 px leave 30×30 cells one pixel apart: together 3 + 29 = 32 px."""
    trace = rv.trace(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 30 * 30, 2)), 32)
    assert [step.receptive_field for step in trace.steps] == [(1, 1), (3, 3), (32, 32), (32, 32)]


def test_a_vector_has_no_pixels_to_see() -> None:
    trace = rv.trace(nn.Linear(10, 2), inputs=(1, 10))
    assert [(step.receptive_field, step.output_stride) for step in trace.steps] == [(None, None)] * 2


def test_convs_over_signals_and_volumes_are_convs_in_the_totals() -> None:
    trace = rv.trace(nn.Sequential(nn.Conv1d(2, 4, 3), nn.MaxPool1d(2), nn.ConvTranspose1d(4, 2, 3)), inputs=(1, 2, 20))
    assert trace.totals.convs == 2
