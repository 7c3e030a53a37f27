"""What a forecast must not load, and the list of public names."""

import subprocess
import sys
from pathlib import Path

import resnet_viz as rv

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "plotly", "streamlit", "pandas", "numpy", "PIL", "psutil", "safetensors")


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
    heavy = ("ui", "views", "model", "tracing", "breaking", "__main__")
    return sorted(name for name in names if name.removeprefix("resnet_viz.").split(".")[0] not in heavy)


def test_a_forecast_loads_nothing_heavy() -> None:
    code = "import resnet_viz as rv; t = rv.forecast(rv.variant('resnet34')); rv.explain(t, 'conv1'); t.to_csv(); import resnet_viz.layout as l; l.lay_out(t); rv.check_weights"
    assert _loaded(code) == set()


def test_no_module_but_those_that_run_or_show_a_network_loads_anything_heavy() -> None:
    light = _light_modules()
    assert len(light) > 60 and {"resnet_viz", "resnet_viz.cli", "resnet_viz.checkpoints.reading"} <= set(light)
    assert _loaded(f"import {', '.join(light)}") == set()


def test_this_check_can_fail() -> None:
    for name in HEAVY:
        assert name in _loaded(f"import {name}")
    assert "torch" in _loaded("import resnet_viz as rv; rv.build")
    assert "plotly" in _loaded("import resnet_viz as rv; rv.draw")


def test_public_names() -> None:
    assert rv.__all__ == [
        "CIFAR_STEM", "CheckpointError", "DEEP_STEM", "DeviceError", "IMAGENET_STEM", "InputError", "ResNetSpec", "ResNetVizError",
        "SpecError", "Stem", "Step", "Trace", "TraceError", "UnknownNameError", "Variant", "adapt", "best_fits", "break_it", "build", "check_weights",
        "compare", "diagnose", "draw", "draw_family", "entry", "explain", "explain_error", "forecast", "read_weights", "replace", "trace", "variant", "variants",
    ]  # fmt: skip
    assert all(getattr(rv, name) for name in rv.__all__)
