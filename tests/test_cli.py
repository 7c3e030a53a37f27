"""What the command line answers: the public names' numbers, and one line for what is wrong."""

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import resnet_viz as rv

from .command_line import call


def test_table_equals_the_api() -> None:
    done = call("table", "resnet34", "--input", "160x224", "--format", "csv")
    assert done == (0, rv.forecast(rv.variant("resnet34"), (160, 224)).to_csv(), "")


@pytest.mark.processes
def test_a_process_of_its_own_says_the_same_and_nothing_else() -> None:
    for words in (("table", "resnet34"), ("table", "resnet35"), ("diagnose", "resnet18@32", "--strict")):
        done = subprocess.run([sys.executable, "-m", "resnet_viz", *words], capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stdout, done.stderr) == call(*words)


def test_trace_is_confirmed() -> None:
    done = call(
        "trace",
        "resnet18",
        "--input",
        "32",
        "--set",
        "stem=cifar",
        "--set",
        "num_classes=10",
        "--format",
        "csv",
        "--device",
        "meta",
    )
    assert done.code == 0
    assert done.err.startswith("confirmed by forward hooks on meta: 73 steps equal the formulas")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert sum(int(row["params"]) for row in rows) == 11_173_962


def test_list_has_every_name() -> None:
    done = call("list")
    assert all(f"  {name} " in done.out for name in rv.variants())
    assert [known["name"] for known in json.loads(call("list", "--format", "json").out)] == list(rv.variants())


def test_list_counts_at_an_input() -> None:
    rows = {
        row["name"]: row for row in csv.DictReader(io.StringIO(call("list", "--input", "32", "--format", "csv").out))
    }
    assert set(rows) == set(rv.variants())
    for name in ("resnet50", "seresnet50", "wrn_28_10", "resnet50_os8"):
        totals = rv.forecast(rv.variant(name), 32).totals
        assert (int(rows[name]["params"]), int(rows[name]["macs"])) == (totals.params, totals.macs)
    assert (rows["resnet18"]["layers"], rows["cifar_resnet1202"]["layers"]) == ("18", "1202")
    assert "resnet34               32 px     21.8 M" in call("list", "--input", "32").out
    refused = call("list", "--input", "240")  # the anti-aliased networks cannot run there and have no counts
    assert refused.code == 0
    assert "resnetaa50            240 px          -          -  " in refused.out


def test_an_own_network_goes_out_as_json_and_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    done = call(
        "spec", "resnet50", "--set", "groups=32", "--set", "width_per_group=4", "--set", "stem=deep", "-o", str(file)
    )
    assert (done.code, done.out) == (0, "")
    mine = call("table", "--spec", str(file), "--set", "stem=imagenet", "--format", "csv")
    assert mine.out == rv.forecast(rv.variant("resnext50_32x4d")).to_csv()
    traced = call("trace", "--spec", str(file), "--input", "64", "--device", "meta", "-o", str(tmp_path / "t.txt"))
    assert traced.code == 0 and "equal the formulas" in traced.err


MESSAGE = "RuntimeError: mat1 and mat2 shapes cannot be multiplied (8x28672 and 512x50)"


def test_error_says_why_what_cures_it_and_where(monkeypatch: pytest.MonkeyPatch) -> None:
    told = (
        "Explanation (linear): The linear layer has weights for 512 numbers an image and makes 50 of them; it got 8 rows of 28,672 "
        "numbers. 28,672 = 512·4·14: this network's last map at this input is 512×4×14, and it was flattened without being pooled.\n"
        "  Pool the map to one cell a channel before the flatten; then any input size fits.\n"
        "      x = torch.flatten(nn.AdaptiveAvgPool2d(1)(x), 1)\n"
        "  in fc\n"
        "  or: The layer is what is wrong: give it 28,672 inputs; it then fits this input size alone.\n"
    )
    assert call("error", MESSAGE, "--for", "resnet18@128x431") == (0, told, "")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"Traceback (most recent call last):\n{MESSAGE}\n"))
    assert call("error", "-", "--for", "resnet18@128x431").out == told
    data = json.loads(call("error", MESSAGE, "--format", "json").out)
    assert (data["kind"], data["steps"]) == ("linear", [])
    assert data["causes"][0]["code"] == "x = torch.flatten(nn.AdaptiveAvgPool2d(1)(x), 1)"


def test_error_says_what_it_does_not_know() -> None:
    assert call("error", "KeyError: 'image'") == (
        2,
        "",
        "resnet-viz: text=\"KeyError: 'image'\": holds no error that is known here; “KeyError: 'image'” is no error of a tensor's "
        "shape: it is raised by Python or another package, at the last line of the traceback that is your own.\n",
    )


def test_explain() -> None:
    done = call("explain", "resnet34", "conv1")
    assert "⌊(224 + 2·3 − 7)/2⌋ + 1 = 112" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("table", "resnet35"), "resnet-viz: name='resnet35': is not in the catalogue; did you mean resnet50, resnet34, resnetrs350?"),
        (("table", "ResNeXt-50"), "resnet-viz: name='ResNeXt-50': is not in the catalogue; did you mean resnext50_32x4d, resnext50d_32x4d, resnet50?"),
        (("table",), "resnet-viz: name=None: give a NAME or --spec FILE, one of them; write e.g. resnet34"),
        (("table", "--spec", "/no/such.json"), "resnet-viz: spec='/no/such.json': cannot be read (No such file or directory); name a JSON file as `spec` writes it"),
        (("table", "resnet34", "--set", "stem=big"), "resnet-viz: stem='big': must be one of imagenet, cifar, deep; use stem=cifar for small images"),
        (("table", "resnetaa50", "--input", "240"), "resnet-viz: input_size=(240, 240): layer4.0.add cannot run: the main path brings 2048×7×7 and the shortcut 2048×8×8, which cannot be added; use sides that are multiples of 32"),
        (("table", "resnet34", "--input", "0"), "resnet-viz: input_size=(0, 0): height and width must be whole numbers from 1 to 16384 px; use 224, or (H, W)"),
        (("table", "resnet34", "--input=-1"), "resnet-viz: input_size='-1': must be one side or HxW in whole pixels from 1 to 16384; write 224 or 160x224"),
        (("table", "resnet34", "--input", "big"), "resnet-viz: input_size='big': must be one side or HxW in whole pixels from 1 to 16384; write 224 or 160x224"),
        (("table", "resnet34", "--set", "blocks=3,0"), "resnet-viz: blocks=(3, 0): every stage needs at least 1 block; drop the stage instead"),
        (("table", "resnet34", "--set", "blocks=a"), "resnet-viz: blocks='a': must be written like 3,4,6,3; write blocks=3,4,6,3"),
        (("table", "resnet34", "--set", "colour"), "resnet-viz: --set='colour': must be FIELD=VALUE; write e.g. --set num_classes=10"),
        (("table", "resnet34", "--batch", "x"), "resnet-viz: batch='x': must be a whole number from 1 to 1048576; use 1"),
        (("table", "resnet34", "-o", "/no/such/folder/x"), "resnet-viz: output='/no/such/folder/x': cannot be written (No such file or directory); name a file in a folder that exists"),
        (("draw", "resnet34", "-o", "x.gif"), "resnet-viz: output='x.gif': must end in .svg, .png, .pdf, .html; write e.g. -o resnet34.svg"),
        (("draw", "resnet34", "--image", "a.png", "-o", "x.html"), "resnet-viz: image='a.png': goes with level field alone; add --level field"),
        (("draw", "resnet34", "--level", "field", "--focus", "conv9", "-o", "x.html"), "resnet-viz: step='conv9': is not in this network; try conv1"),
        (("draw", "resnet34", "-o", "/no/such/x.html"), "resnet-viz: output='/no/such/x.html': cannot be written (No such file or directory); name a file in a folder that exists"),
        (("draw", "resnet34", "--level", "block", "--focus", "layer7.0", "-o", "x.html"), "resnet-viz: focus='layer7.0': is no block of this network; use layer1.0 … layer4.2"),
        (("explain", "resnet34", "nope"), "resnet-viz: step='nope': is not in this network; try conv1, bn1, relu"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_code_2(arguments: tuple[str, ...], message: str) -> None:
    assert call(*arguments) == (2, "", message + "\n")


def test_unknown_command() -> None:
    done = call("fly")
    assert done.code == 2
    assert re.fullmatch(r"resnet-viz: command='fly': is no command; use one of list, .*app.*\n", done.err)


def test_batch_too_big_for_the_cpu() -> None:
    done = call("trace", "resnet34", "--batch", "1000000", "--device", "cpu")
    assert done.code == 2
    assert done.err.startswith("resnet-viz: device='cpu': batch 1000000 at 224×224 needs at least ")
    assert done.err.count("\n") == 1


def test_adapt_in_text_and_json() -> None:
    done = call("adapt", "--input", "64", "--channels", "1", "--classes", "4")
    assert done.code == 0 and "Suits best: resnet18:stem.pool=none,in_channels=1,num_classes=4@64" in done.out
    line = "resnet-viz export resnet18:stem.pool=none,in_channels=1,num_classes=4@64 training --batch 32 -o train.py"
    assert done.err == f"a script that trains it on your images: {line}\n"
    found = json.loads(call("adapt", "--input", "224", "--format", "json").out)
    assert [proposal["role"] for proposal in found["proposals"]][:2] == ["best", "suits"]
    assert found["summary"].startswith("5 of 9 networks suit images of 224×224 px") and found["refused"] == []
    wrong = call("adapt", "--input", "64", "--channels", "many")
    assert wrong.code == 2 and wrong.err.count("\n") == 1 and "channels='many'" in wrong.err


def test_diagnose_in_text_and_json_and_strictly() -> None:
    done = call("diagnose", "resnet18", "--input", "32", "--set", "num_classes=10", "--batch", "2")
    assert done.code == 0
    assert "warning: 62.1% of all weights only ever meet padding\n  6,946,816 of 11,181,642 parameters" in done.out
    assert "  remedy: Use a CIFAR stem: one 3×3 of stride 1, no pool (--set stem=cifar)\n" in done.out
    assert call("diagnose", "resnet18", "--input", "32", "--strict").code == 1
    assert call("diagnose", "resnet34", "--strict").code == 0
    found = json.loads(call("diagnose", "resnetaa50", "--input", "240", "--format", "json").out)
    assert [finding["code"] for finding in found] == ["cannot-run"]
    assert found[0]["remedies"][0]["size"] == [256, 256]
    assert call("diagnose", "cifar_resnet20", "--input", "64", "--set", "blocks=1,1,1").out == "nothing found\n"


def test_compare_in_each_format(tmp_path: Path) -> None:
    done = call("compare", "resnet34@224", "resnet34:stem=cifar@32")
    assert done.code == 0 and "layer4  7×7×512    4×4×512" in done.out
    file = tmp_path / "both.csv"
    assert call("compare", "resnet18", "resnet34", "--format", "csv", "-o", str(file)).code == 0
    assert len(list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))) == len(
        rv.compare("resnet18", "resnet34").rows
    )
    found = json.loads(call("compare", "resnet50@224", "resnet50:stride_in=1x1@224", "--format", "json").out)
    moved = "layer2.0, layer3.0, layer4.0: conv1 stride 1 → 2, conv2 stride 2 → 1"  # what torchvision's note calls v1.5
    assert found["otherwise"] == [moved]
    assert call("compare", "resnet50", "resnet50_v1").out.startswith(f"What is done otherwise, A → B:\n  {moved}\n\n")
    assert found["totals"][1]["a"] == 4_089_184_256 and found["totals"][1]["b"] == 3_857_973_248
    assert call("compare", "resnet50@224", "resnet9@32").err.startswith(
        "resnet-viz: name='resnet9': is not in the catalogue"
    )
