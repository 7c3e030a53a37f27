"""Somebody else's network on the command line: their code, their files, and what they are told when it does not work."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import resnet_viz as rv
from resnet_viz.cli.foreign import check_argument, check_shape, is_foreign

from .command_line import call
from .own_network import own_network


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with somebody's code, whose module is imported anew by each test."""
    import sys

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if "mynet" not in path])
    for name in ("mynet", "broken", "wrong"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    own_network(tmp_path)
    return tmp_path


def test_a_class_is_called_and_traced() -> None:
    done = call("trace", "mynet:Net", "--arg", "num_classes=4", "--arg", "width=16", "--input", "32", "--format", "csv")
    assert done.code == 0
    rows = done.out.splitlines()
    assert rows[1].startswith("0,input,input,") and rows[-1].split(",")[1] == "fc"  # what the code printed is not here
    assert ",1x16x16x16," in rows[2] and "1x4" in rows[-1]
    assert "made by somebody\n" in done.err
    assert "mynet:Net at 32×32 px, batch 1: 9 steps, 5156 parameters, " in done.err
    assert done.err.endswith("No network of the catalogue has this structure.\n")


@pytest.mark.parametrize("name", ["mynet:ready", "mynet:Inner.made", "mynet:Net@32", "mynet:Net"])
def test_a_module_and_an_attribute_of_an_attribute(name: str) -> None:
    done = call("table", name, "--format", "csv", "-q")
    side = "1x8x16x16" if "@32" in name else "1x8x112x112"
    assert done.code == 0 and side in done.out.splitlines()[2]


def test_input_tensors_of_any_shape_and_type() -> None:
    assert "2x3x16x24" in call("trace", "mynet:Net", "--shape", "2x3x16x24", "--format", "csv").out
    assert "1x7x4" in call("trace", "mynet:Words", "--shape", "1x7:int64", "--format", "csv").out
    told = call("trace", "mynet:Words")
    assert told.code == 2
    assert told.err.endswith(
        "resnet-viz: shape=None: Words begins with look, an Embedding, and takes no images; give e.g. --shape 1x16:int64\n"
    )


@pytest.mark.usefixtures("warm_reader")
def test_other_commands_take_it_too() -> None:
    assert "mynet.onnx" not in call("table", "mynet.onnx", "-q").err
    assert call("table", "mynet.onnx@48", "--format", "csv").out == rv.read_onnx("mynet.onnx", 48).to_csv()
    assert call("explain", "mynet:Net@32", "stem").out.startswith("stem (conv): 3×32×32 → 8×16×16\n")
    assert call("draw", "mynet:Net@32", "-o", "net.html").code == 0
    shown = call("compare", "mynet:Net@64", "resnet18@64", "--format", "json")
    assert shown.code == 0 and json.loads(shown.out)["totals"][0]["b"] == 11_689_512


def test_what_was_kept_is_read_back() -> None:
    assert call("trace", "mynet:Net@32", "-o", "mine.trace", "-q").code == 0
    kept = rv.Trace.from_json(Path("mine.trace").read_text(encoding="utf-8"))
    assert call("table", "mine.trace", "--format", "csv").out == kept.to_csv()
    assert call("table", "net.trace").out == call("table", "resnet18@64").out


def test_a_file_is_recognised() -> None:
    assert call("trace", "net.trace").err.splitlines()[-1] == "This is ResNet-18 (resnet18)."


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["mynett:Net"], "network='mynett:Net': there is no module mynett here or installed; did you mean mynet?"),
        (["nowhere.at.all:Net"], "network='nowhere.at.all:Net': there is no module nowhere here or installed; run it in the folder that holds nowhere.py"),
        (["broken:Net"], "network='broken:Net': importing it raises ModuleNotFoundError: No module named 'nothing_of_this_name'; mend it there, or name another callable"),
        (["wrong:Net"], "network='wrong:Net': importing it raises ZeroDivisionError: division by zero; mend it there, or name another callable"),
        (["mynet:Nett"], "network='mynet:Nett': mynet has no Nett; did you mean Net?"),
        (["mynet:Inner.nothing"], "network='mynet:Inner.nothing': mynet.Inner has no nothing; name one of made"),
        (["mynet:number"], "network='mynet:number': is of type int, neither a module nor a function or class that gives one; name a class of nn.Module, a function that returns one, or a module"),
        (["mynet:needs"], "network='mynet:needs': calling it raises TypeError: needs() missing 1 required positional argument: 'width'; give it by --arg NAME=VALUE"),
        (["mynet:fails"], "network='mynet:fails': calling it raises KeyError: 'no such weights'; mend it there, or name another callable"),
        (["mynet:leaves"], "network='mynet:leaves': calling it raises SystemExit: 3; mend it there, or name another callable"),
        (["mynet:gives"], "network='mynet:gives': gave an object of type dict and no nn.Module; return the module itself"),
        (["mynet:ready", "--arg", "width=3"], "arg='width': mynet:ready is a module and is not called; leave --arg out"),
        (["resnet18", "--arg", "width=3"], "arg='resnet18': is no code of your own, which this option is for; name package.module:callable"),
        (["mynet.onnx", "--arg", "width=3"], "arg='--arg': does not go with mynet.onnx; leave --arg out"),
        (["net.trace", "--input", "32"], "input='32x32': does not go with net.trace; leave --input out"),
        (["mynet:Net", "--set", "stem=cifar"], "set='--set': does not go with mynet:Net; leave --set out"),
        (["none.trace"], "network='none.trace': cannot be read (No such file or directory); name a file that `-o FILE.trace` wrote"),
        (["none.onnx"], "file='none.onnx': cannot be read (No such file or directory); check the path"),
        (["mynet:Net", "--arg", "num_classes"], "arg='num_classes': must be NAME=VALUE; write e.g. --arg num_classes=4"),
        (["mynet:Net", "--shape", "3xx4"], "shape='3xx4': must be whole numbers from 1 with x between them; write 1x3x64x64"),
        (["mynet:Net", "--shape", "3x4:text"], "shape='3x4:text': its type must be one of float32, float16, bfloat16, float64, int64, int32, bool; write 1x128:int64"),
        (["mynet.py"], "name='mynet.py': is code, and does not say which network in it; write mynet:Fails"),
        (["mynet@32"], "name='mynet@32': is code, and does not say which network in it; write mynet:Fails"),
        (["wrong"], "name='wrong': is code, and does not say which network in it; write wrong:Net"),
        (["mynet:Net@32", "--shape", "1x3x8x8"], "input='32x32': is said by --shape; give one of the two"),
        (["mynet:Net", "--shape", "1x3x8x8", "--input", "16x24"], "input='16x24': is said by --shape; give one of the two"),
        (["mynet:Net", "--shape", "1x3x8x8", "--batch", "4"], "batch=4: is said by --shape; give one of the two"),
        (["mynet.onnx", "--dtype", "float16"], "dtype='--dtype': does not go with mynet.onnx; leave --dtype out"),
        (["cut.trace"], "network='cut.trace': holds no trace ('{\"format' is not JSON (JSONDecodeError)); name a file that `-o FILE.trace` wrote"),
        (["mynet:Twice", "--input", "8"], "network='Twice at 3×8×8, batch 1, on cpu': in conv, PyTorch says: Given groups=1, weight of size [2, 3, 1, 1], expected input[1, 6, 8, 8] to have 3 channels, but got 6 channels instead; its channels, 3, are guessed from its first conv; give its own by --shape 1xCx8x8"),
        (["mynet:Fails", "--input", "8"], "network='Fails at 3×8×8, batch 1, on cpu': ValueError: my own problem; check that this network accepts this input, or give its own by --shape 1x3x32x32"),
        (["mynet:Net", "--device", "tpu"], "device='tpu': must be auto, cuda, cuda:N, cpu or meta; use 'auto'"),
    ],
)  # fmt: skip
def test_what_does_not_work_is_one_line(words: list[str], message: str) -> None:
    done = call("trace", *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.removeprefix("made by somebody\n") == f"resnet-viz: {message}\n"


def test_networks_of_the_catalogue_alone_are_asked_for_elsewhere() -> None:
    done = call("spec", "mynet.onnx")
    others = "table, draw, explain, compare and diagnose take others"
    assert done == (2, "", f"resnet-viz: name='mynet.onnx': must be a network of the catalogue here; {others}\n")


@pytest.mark.usefixtures("warm_reader")
def test_any_network_is_diagnosed() -> None:
    for name in ("mynet:Net@32", "mynet.onnx", "net.trace"):
        done = call("diagnose", name, "--data", "cifar10", "--memory", "0.00001", "--format", "json", "-q")
        told = {finding["code"]: finding["severity"] for finding in json.loads(done.out)}
        assert done.code == 0 and told["memory"] == "error", told


def test_code_is_traced_in_the_type_that_is_asked_for() -> None:
    done = call("trace", "mynet:Net@32", "--dtype", "float16")
    assert done.code == 0 and ", batch 1, float16\n" in done.out


def test_compare_takes_the_size_after_each_network() -> None:
    done = call("compare", "mynet:Net", "resnet18", "--input", "32")
    fix = "write the size after each network, e.g. resnet34@32 or mynet:UNet@32"
    assert done == (2, "", f"resnet-viz: option='--input': is no option of compare; {fix}\n")
    done = call("compare", "mynet", "resnet18")
    told = "name='mynet': is code, and does not say which network in it; write mynet:Fails"
    assert done == (2, "", f"resnet-viz: {told}\n")


@pytest.mark.parametrize(
    ("written", "foreign"),
    [
        ("resnet18", False), ("resnet18:stem=cifar", False), ("resnet18:stem", False), ("resnet50@64", False), (None, False),
        ("mynet:Net", True), ("a.b.c:d.e", True), ("mynet:Net@64", True), ("x.onnx", True), ("folder/X.ONNX@64", True),
        ("x.trace", True), ("?/no/such", False), ("x.pth", False), ("a:b=c", False),
    ],
)  # fmt: skip
def test_what_is_a_network_of_somebody_else(written: str | None, foreign: bool) -> None:
    assert is_foreign(written) is foreign


@given(st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner),
))  # fmt: skip
def test_an_argument_is_a_literal_of_python(value: object) -> None:
    if len(repr(value)) <= 2_000:
        assert check_argument(f"name={value!r}") == ("name", value)


@pytest.mark.parametrize("text", ["relu", "__import__('os').system('true')", "1 + 1", "(" * 1_000, "resnet18", ""])
def test_what_is_no_literal_is_text_and_is_not_run(text: str) -> None:
    assert check_argument(f"name={text}") == ("name", text)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_a_shape_is_read_as_it_is_written(sides: list[int]) -> None:
    assert check_shape("x".join(map(str, sides))).shape == tuple(sides)


@pytest.mark.parametrize("written", ["", "x", "0", "1x0", "1x" * 9 + "1", "-1", "99999999", "1048577", "1048576x1048576", "1.5", "1x3x", "٣"])  # fmt: skip
def test_what_is_no_shape_is_refused(written: str) -> None:
    with pytest.raises(rv.InputError, match="must be whole numbers from 1 with x between them"):
        check_shape(written)
