"""What a forecast must not load, what works without the extras, and the list of public names."""

import json
import struct
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

import resnet_viz as rv
from resnet_viz.extras import EXTRAS, require

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "plotly", "streamlit", "pandas", "numpy", "PIL", "psutil", "safetensors", "onnx")
OPTIONAL = sorted(module for modules in EXTRAS.values() for module in modules)


def _loaded(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    return set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )


def _light_modules() -> list[str]:
    """Every module of the package but those that build, run or show a network, found on the disk."""
    package = ROOT / "resnet_viz"
    names = [
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for file in package.rglob("*.py")
    ]
    heavy = (
        "ui",
        "notebook.live",
        "picture.browser",
        "inside",
        "picture.figures",
        *(f"engines.{name}" for name in ("hooks", "model", "module", "onnx", "speed", "timing")),
        "advise.mistakes",
        *(f"learned.{name}" for name in ("drawings", "shapes", "twins")),
        "__main__",
    )
    return sorted(name for name in names if not f"{name}.".startswith(tuple(f"resnet_viz.{known}." for known in heavy)))


def test_a_forecast_loads_nothing_heavy() -> None:
    code = "import resnet_viz as rv; t = rv.forecast(rv.variant('resnet34')); rv.explain(t, 'conv1'); t.to_csv(); import resnet_viz.picture.layout as l; l.lay_out(t); rv.check_weights"
    assert _loaded(code) == set()


def test_no_module_but_those_that_run_or_show_a_network_loads_anything_heavy() -> None:
    light = _light_modules()
    assert len(light) > 60 and {"resnet_viz", "resnet_viz.cli", "resnet_viz.advise.weights.reading"} <= set(light)
    assert _loaded(f"import {', '.join(light)}, resnet_viz.engines.onnx") == set()


def test_this_check_can_fail() -> None:
    assert all(find_spec(name) for name in HEAVY)
    assert _loaded("import resnet_viz as rv; rv.draw") == {"plotly"}
    assert "torch" in _loaded("import resnet_viz as rv; rv.build")


def _last_words(code: str, absent: list[str], *arguments: str) -> str:
    """The last line on stderr of a Python that has no ``absent`` modules; "" where all went well."""
    head = f"import sys; sys.modules.update(dict.fromkeys({absent!r}))\nimport resnet_viz as rv\n"
    done = subprocess.run(
        [sys.executable, "-c", head + "forecast = rv.forecast(rv.variant('resnet18'))\n" + code, *arguments],
        capture_output=True,
        text=True,
    )
    return done.stderr.strip().rpartition("\n")[2]


def test_the_core_runs_without_any_extra() -> None:
    code = (
        "rv.explain(forecast, 'conv1'); forecast.to_csv(); rv.diagnose(rv.variant('resnet18'), 32); rv.adapt(64)\n"
        "rv.compare('resnet18@224', 'resnet34@32').to_csv(); rv.draw(forecast).to_html(); rv.draw(forecast, solid=True)\n"
        "rv.draw_family([]); rv.explain_error('RuntimeError: x')\nfrom resnet_viz import *"
    )
    assert _last_words(code, OPTIONAL) == ""


@pytest.mark.parametrize(
    ("code", "module", "purpose", "extra"),
    [
        ("rv.trace(forecast.spec)", "torch", "resnet_viz.trace", "torch"),
        ("rv.build(forecast.spec)", "torch", "resnet_viz.build", "torch"),
        ("rv.look(forecast.spec, 'cat.jpg')", "torch", "resnet_viz.look", "torch"),
        ("rv.break_it(forecast.spec, 'forgotten-stride')", "torch", "resnet_viz.break_it", "torch"),
        ("rv.learned.load()", "safetensors", "a trained network", "torch"),
        ("rv.learned.drawing('star', 0)", "numpy", "a drawing", "torch"),
        ("rv.trace(forecast.spec, device='cpu')", "psutil", "tracing on the processor", "torch"),
        ("rv.read_onnx(b'')", "onnx", "reading an ONNX file", "onnx"),
        ("rv.widget(forecast)", "anywidget", "a widget", "notebook"),
        ("from argparse import Namespace\nfrom resnet_viz.cli.commands.lessons import run; run(Namespace(address='/learn', format=None, output=None, quiet=True))",
         "torch", "what the tour says of real tensors", "torch"),
        ("forecast.to_dataframe()", "pandas", "Trace.to_dataframe", "app"),
        ("rv.draw(forecast, 'field')", "PIL", "a receptive field on an image", "images"),
        ("from resnet_viz.picture.figures.image import read_image; read_image(b'')", "PIL", "a receptive field on an image", "images"),
        ("from resnet_viz.ui.launch import launch; launch()", "streamlit", "the app", "app"),
        ("from resnet_viz.ui.launch import launch; launch()", "torch", "the app", "torch"),
        ("from resnet_viz.picture.figures import describe, picture; picture(describe(forecast), 'svg', '', '')", "kaleido", "a picture as .svg", "images"),
    ],
)  # fmt: skip
def test_what_needs_an_absent_package_says_the_line_that_brings_it(
    code: str, module: str, purpose: str, extra: str
) -> None:
    assert _last_words(code, [module]) == (
        f"resnet_viz.errors.MissingPackageError: package={module!r}: is not installed, and {purpose} needs it; "
        f"run pip install 'resnet-viz[{extra}]'"
    )


@pytest.mark.parametrize(("suffix", "module"), [("pth", "torch"), ("safetensors", "safetensors")])
def test_a_file_of_weights_asks_for_what_reads_it(
    suffix: str, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = json.dumps({"a": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}}).encode()
    file = tmp_path / f"weights.{suffix}"
    file.write_bytes(
        b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." if suffix == "pth" else struct.pack("<Q", len(index)) + index
    )
    # the process that reads the file is another Python, and has to lack the module too
    (tmp_path / "sitecustomize.py").write_text(f"import sys; sys.modules[{module!r}] = None", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(rv.MissingPackageError) as caught:
        rv.read_weights(file)
    assert str(caught.value) == (
        f"package={module!r}: is not installed, and reading a file of weights needs it; "
        "run pip install 'resnet-viz[torch]'"
    )


def test_an_archive_of_pytorchs_needs_no_pytorch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second instead of two."""
    torch.save({"state_dict": torch.nn.Linear(3, 2).state_dict()}, tmp_path / "weights.pth")
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['torch'] = None", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert rv.read_weights(tmp_path / "weights.pth").shapes == {"weight": (2, 3), "bias": (2,)}


def test_a_missing_package_is_an_import_error_too() -> None:
    assert issubclass(rv.MissingPackageError, ImportError) and issubclass(rv.MissingPackageError, rv.ResNetVizError)
    assert [require(module, "this test") for module in OPTIONAL] == [None] * len(OPTIONAL)


def test_public_names() -> None:
    assert rv.__all__ == [
        "Activations", "CIFAR_STEM", "CheckpointError", "Comparison", "Configuration", "DEEP_STEM", "DeviceError", "Explanation", "Finding", "Findings", "Fit",
        "IMAGENET_STEM", "InputError", "LookError", "MissingPackageError", "OnnxError", "Outcome", "Proposal", "Proposals", "Recognition", "ResNetSpec", "ResNetVizError", "Showing", "SpecError", "Speed", "Stem", "Step", "Trace",
        "TraceError", "UnknownNameError", "Variant", "Weights", "adapt", "best_fits", "break_it", "build", "check_weights", "compare",
        "diagnose", "draw", "draw_family", "entry", "explain", "explain_error", "export_as", "forecast", "learned", "look", "measure_speed", "read_onnx", "read_weights", "recognise", "replace", "show", "trace",
        "variant", "variants", "widget",
    ]  # fmt: skip
    assert all(getattr(rv, name) for name in rv.__all__)
    assert [name for name in dir(rv) if not name.startswith("__")] == rv.__all__


def test_a_notebooks_picture_loads_neither_torch_nor_pandas() -> None:
    code = "import resnet_viz as rv; rv.forecast('resnet18')._repr_html_(); rv.compare('resnet18', 'resnet34')._repr_html_(); rv.diagnose('resnet18')._repr_html_()"
    assert _loaded(code) & {"torch", "pandas", "streamlit"} == set()
