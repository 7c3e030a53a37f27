import csv
import io
import json

import pandas
import pytest

import resnet_viz as rv
from resnet_viz.cli.commands.table import FORMATS
from resnet_viz.export.table import bytes_text, count_text
from resnet_viz.steps import COLUMNS, ChannelConv


def test_csv_contract() -> None:
    trace = rv.forecast(rv.variant("resnet34"), 224)
    lines = trace.to_csv().splitlines()
    assert (
        lines[0]
        == "index,name,kind,stage,block,path,reads,input_shape,output_shape,kernel,stride,padding,groups,params,macs,receptive_field,output_stride,output_bytes,time_ms"
    )
    assert lines[1] == "0,input,input,,,stem,,,1x3x224x224,,,,,0,0,1,1,602112,"
    assert lines[2] == "1,conv1,conv,,,stem,0,1x3x224x224,1x64x112x112,7x7,2x2,3x3,1,9408,118013952,7,2,3211264,"
    rows = list(csv.DictReader(io.StringIO(trace.to_csv())))
    assert sum(int(row["params"]) for row in rows) == trace.totals.params
    assert sum(int(row["macs"]) for row in rows) == trace.totals.macs
    add = next(row for row in rows if row["name"] == "layer2.0.add")
    assert add["reads"].count(";") == 1
    assert {rows[int(read)]["name"] for read in add["reads"].split(";")} == {"layer2.0.bn2", "layer2.0.downsample.1"}


def test_dataframe_has_the_same_rows() -> None:
    trace = rv.trace(rv.variant("cifar_resnet20"), 32, device="cpu")
    frame = trace.to_dataframe()
    again = pandas.read_csv(io.StringIO(trace.to_csv()))
    assert list(frame.columns) == list(COLUMNS) == list(again.columns)
    assert frame["macs"].tolist() == again["macs"].tolist()
    assert frame["stage"].isna().sum() == again["stage"].isna().sum() > 0


@pytest.mark.parametrize("name", FORMATS)
def test_exporters(name: str) -> None:
    trace = rv.forecast(rv.variant("resnet18"), (33, 65))
    text = str(rv.export_as(trace, name))
    assert text.endswith("\n")
    assert "layer4.1.conv2" in text
    if name == "json":
        assert json.loads(text)["steps"] == trace.rows()


def test_numbers_in_words() -> None:
    assert [count_text(n) for n in (0, 9_408, 21_797_672, 3_663_761_408)] == ["0", "9408", "21.8 M", "3.664 G"]
    assert [bytes_text(n) for n in (12, 2048, 50_479_000)] == ["12 B", "2 KiB", "48.14 MiB"]


def test_explain() -> None:
    text = rv.explain(rv.forecast(rv.variant("resnet34")), "layer2.0.conv1")
    assert "size: ⌊(56 + 2·1 − 3)/2⌋ + 1 = 28" in text
    assert "MACs: 28·28·128 · 64·3·3 = 57,802,752" in text
    assert "exact 28.5, floored: 1 row and 1 column of padding at the far edge, which no window reads" in text
    with pytest.raises(rv.InputError) as caught:
        rv.explain(rv.forecast(rv.variant("resnet34")), "layer2.0.conv9")
    assert (
        str(caught.value)
        == "step='layer2.0.conv9': is not in this network; try layer2.0.conv2, layer2.0.conv1, layer4.0.conv2"
    )


@pytest.mark.parametrize("name", ["resnet18", "resnext50_32x4d", "cifar_resnet20"])
def test_every_worked_line_ends_in_the_steps_own_number(name: str) -> None:
    trace = rv.forecast(rv.variant(name), 65, batch=2)
    for step in trace.steps:
        # the head and the sentence come first
        lines = dict(line.split(": ", 1) for line in rv.explain(trace, step.name).splitlines()[2:])
        if step.macs:
            assert lines["MACs"].endswith(f"= {step.macs:,}")
            assert eval(lines["MACs"].split("=")[0].replace("·", "*")) == step.macs
        if step.params and step.kind != "norm":
            assert eval(lines["parameters"].split("=")[0].replace("·", "*")) == step.params
        if step.kind in ("conv", "maxpool", "avgpool", "pad"):
            assert lines["size"].endswith(f"= {step.output[2]}")


def test_each_column_of_a_dataframe_has_one_type() -> None:
    """A table that mixes numbers and texts in a column is refused by Arrow, in which the app sends it."""
    for name in ("ecaresnet50d", "seresnet18", "resnet18"):
        for size in (224, (64, 96)):
            frame = rv.forecast(rv.variant(name), size).to_dataframe()
            for column in frame:
                assert len({type(value) for value in frame[column].dropna()}) <= 1, (name, column)
    trace = rv.forecast(rv.variant("ecaresnet50d"), 224)
    gate = next(step for step in trace.steps if isinstance(step.op, ChannelConv))
    assert trace.to_dataframe()["kernel"][gate.index] == str(gate.op.kernel)
    assert trace.rows()[gate.index]["kernel"] == gate.op.kernel
