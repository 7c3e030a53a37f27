"""What every format has in common: what it refuses, what its file is called, that nothing in it depends on the moment."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import resnet_viz as rv
from resnet_viz.cli.commands.export import EXAMPLES
from resnet_viz.export import registry
from resnet_viz.export.registry import FORMATS, Export, Exporter, Options, exporter, exporters, filename

from .command_line import call

SMALL = "resnet18:blocks=1,1,widths=4;8,stem=cifar,num_classes=3@16".replace("4;8", "4,8")
HOSTILE = (
    "../../etc/passwd",
    "C:\\x",
    "",
    ".",
    "-rf",
    "a\nb\0c",
    "con",
    "nul.txt",
    "x" * 500,
    "$(reboot)",
    "名前",
    "<b>&\"'",
)
each_format = pytest.mark.parametrize("known", exporters(), ids=lambda known: known.name)
each_quick_format = pytest.mark.parametrize(
    "known", [known for known in exporters() if not known.slow], ids=lambda known: known.name
)


def export(**changes: object) -> Export:
    return replace(Export.of(SMALL), **changes)


@each_format
def test_each_says_what_it_is_and_is_found_by_its_name(known: Exporter) -> None:
    assert known.title and known.sentence and "/" in known.media_type and not known.sentence.endswith(".")
    assert all(re.fullmatch(r"\.[a-z0-9]+", suffix) for suffix in known.suffixes)
    assert exporter(known.name) is known
    assert set(known.options) <= {*Options.__dataclass_fields__, "beside"}


def test_no_name_is_there_twice() -> None:
    assert len({known.name for known in exporters()}) == len({known.title for known in exporters()}) == len(FORMATS)


@each_quick_format
def test_the_same_network_gives_the_same_bytes(known: Exporter) -> None:
    made = known(export())
    assert made == known(Export.of(SMALL)) and isinstance(made, bytes if known.binary else str)


@each_quick_format
def test_a_file_says_where_it_is_from(known: Exporter) -> None:
    made = known(export())
    if known.name not in ("csv", "trace") and isinstance(made, str):  # the one has columns alone, the other the spec
        assert rv.__version__ in made and export().configuration in made


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_makes_a_harmless_file(name: str) -> None:
    called = filename(export(name=name, configuration=None), exporter("csv"))
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*\.csv", called) and len(called) < 100
    assert not re.match(r"(?i)(con|nul)\.", called)


def test_a_files_name_says_the_network_and_what_is_shown() -> None:
    there = Export.of("resnet50d:num_classes=10@160x224", Options(level="stage", part="layer2", grey=True))
    assert filename(there, exporter("markdown")) == "resnet50d-num_classes-10_160x224_stage_layer2_grey.md"
    many = Export.of(rv.forecast("resnet18", 64, batch=8), name="resnet18")
    assert filename(many, exporter("csv")) == "resnet18_64x64_batch8.csv"


def test_the_configuration_keeps_the_name_that_was_given() -> None:
    assert Export.of(rv.forecast("resnet18", 64)).configuration == "resnet18@64"
    assert Export.of(rv.forecast("resnet34"), name="/home/me/resnet34@224").name == "resnet34@224"
    assert Export.of(rv.forecast("resnet18_cifar", 32), name="resnet18_cifar@32").configuration == "resnet18_cifar@32"


def test_how_it_was_traced_is_told() -> None:
    hooks = Export.of(rv.trace(SMALL, device="meta"))
    assert export().said.endswith(" · 16×16 px, batch 1, float32 · by formulas")
    assert hooks.said.endswith(" · 16×16 px, batch 1, float32 · by forward hooks on meta")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["resnet18", "cvs"], f"format='cvs': must be one of {', '.join(FORMATS)}; did you mean csv?"),
        (["resnet18"], "format=None: is missing; write e.g. resnet-viz export resnet18 csv, or see --formats"),
        (["resnet18", "csv", "-o", "x.md"], "output='x.md': must end in .csv; write e.g. -o resnet34.csv"),
        (["resnet35", "csv"], "name='resnet35': is not in the catalogue; did you mean resnet50, resnet34, resnetrs350?"),
    ],
)  # fmt: skip
def test_what_is_refused_is_one_line(words: list[str], message: str) -> None:
    assert call("export", *words) == (2, "", f"resnet-viz: {message}\n")


def test_an_option_that_a_format_does_not_read_is_refused() -> None:
    for words in (["--level", "stage"], ["--grey"], ["--beside", "resnet34"]):
        done = call("export", "resnet18", "csv", *words)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert f"resnet-viz: {words[0][2:]}=" in done.err and ": is not read by format csv; leave it out" in done.err
    with pytest.raises(rv.InputError, match="font='Arial': is no option of a format; use one of level, part"):
        rv.export_as(SMALL, "csv", font="Arial")


def test_a_file_of_a_spec_needs_no_name(tmp_path: object) -> None:
    file = f"{tmp_path}/mine.json"
    assert call("spec", "resnet18", "--set", "num_classes=7", "-o", file).code == 0
    assert "resnet18:num_classes=7@224" in call("export", "--spec", file, "json").out


def test_the_formats_are_listed_with_what_they_may_be_asked_for() -> None:
    listed = call("export", "--formats").out.splitlines()
    assert [line.split()[0] for line in listed] == list(FORMATS)
    for line, known in zip(listed, exporters(), strict=True):
        assert known.suffix in line and all(f"--{option}" in line for option in known.options)
    assert any("export --formats" in line for line in EXAMPLES)


def test_the_page_offers_each_format_once_its_menu_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = [known for known in exporters() if not known.slow]
    lacking = replace(exporter("code"), needs=("no_such_module",))
    monkeypatch.setattr(
        "resnet_viz.ui.home.exporters", lambda: [lacking if one.name == "code" else one for one in offered]
    )
    monkeypatch.setitem(registry.require.__globals__["EXTRAS"], "torch", ("torch", "no_such_module"))
    app = AppTest.from_file("../resnet_viz/ui/main.py", default_timeout=60)
    app.query_params["net"], app.query_params["size"] = "resnet18", "64"
    app.session_state["home"] = True
    app.run()
    assert not app.exception
    buttons = {one.proto.label: one.proto for one in app.get("download_button")}
    assert {one.title for one in offered} <= buttons.keys()
    assert buttons["Code, PyTorch"].disabled and "pip install 'resnet-viz[torch]'" in buttons["Code, PyTorch"].help
    assert not buttons["Table, Markdown"].disabled


@pytest.mark.sweep
def test_an_onnx_file_gives_the_outputs_of_the_network_and_names_no_file_of_this_machine(tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime")
    torch = pytest.importorskip("torch")
    made = rv.export_as(SMALL, "onnx")
    assert isinstance(made, bytes) and made == rv.export_as(SMALL, "onnx")
    session = runtime.InferenceSession(made)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # as the file says
        network = rv.build(SMALL).eval()
    image = torch.randn(3, 3, 16, 16)
    (scores,) = session.run(None, {"images": image.numpy()})
    with torch.no_grad():
        torch.testing.assert_close(torch.from_numpy(scores), network(image))
    torch.nn.init.ones_(network.fc.weight)
    torch.save(network.state_dict(), tmp_path / "own.pth")
    own = runtime.InferenceSession(rv.export_as(SMALL, "onnx", weights=str(tmp_path / "own.pth")))
    with torch.no_grad():
        torch.testing.assert_close(torch.from_numpy(own.run(None, {"images": image.numpy()})[0]), network(image))
    assert own.get_modelmeta().custom_metadata_map["weights"] == "the weights of own.pth"
    told = session.get_modelmeta().custom_metadata_map
    assert told["made by"] == f"ResNet Viz {rv.__version__}" and told["network"] == export().configuration
    assert told["weights"] == "random weights (seed 0): nothing in it was learned"
    assert b"site-packages" not in made and b".py" not in made
    again, ours = rv.read_onnx(made), rv.forecast(SMALL)
    assert again.totals.macs == ours.totals.macs
    assert [step.name for step in again.steps if step.kind == "conv"] == [
        step.name for step in ours.steps if step.kind == "conv"
    ]


@pytest.mark.sweep
@pytest.mark.parametrize("name", [SMALL, "resnetv2_50d_gn:blocks=1,1,widths=32,64,num_classes=3@32", "seresnext50_32x4d:blocks=1,1,widths=32,64,num_classes=3@32"])  # fmt: skip
def test_a_file_of_torch_export_gives_the_networks_bits(name: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # as the file says
        network = rv.build(name).eval()
    own = name != SMALL
    if own:
        torch.nn.init.ones_(network.fc.weight)
        torch.save(network.state_dict(), tmp_path / "own.pth")
    made = rv.export_as(name, "pt2", weights=str(tmp_path / "own.pth") if own else None)
    assert isinstance(made, bytes) and b"site-packages" not in made and b".py" not in made
    said = {"provenance.json": ""}
    program = torch.export.load(io.BytesIO(made), extra_files=said)
    image = torch.randn(3, 3, *rv.forecast(name).input_size)  # any number of images
    with torch.no_grad():
        assert torch.equal(program.module()(image), network(image))
    assert dict(program.state_dict).keys() == network.state_dict().keys()
    told = json.loads(said["provenance.json"])
    assert told["network"] == Export.of(name).configuration
    assert told["weights"] == (
        "the weights of own.pth" if own else "random weights (seed 0): nothing in it was learned"
    )


def test_a_network_that_is_too_large_for_onnx_is_refused_before_it_is_built() -> None:
    with pytest.raises(rv.InputError, match="bytes of weights, and a file of ONNX holds at most 2,147,483,648"):
        rv.export_as("resnetv2_152x4_bit@32", "onnx")
    with pytest.raises(rv.InputError, match="and a file that is made in memory holds at most 2,147,483,648"):
        rv.export_as("resnetv2_152x4_bit@32", "pt2")
    assert "ends in .py, " not in call("export", "resnet18", "onnx").err
    assert call("export", "resnet18", "onnx").err == (
        "resnet-viz: output=None: must be a file: onnx is no text; write e.g. -o resnet18_224x224.onnx\n"
    )
