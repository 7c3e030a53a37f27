"""What a forecast must not load, and the list of public names."""

import subprocess
import sys

import resnet_viz as rv

HEAVY = ("torch", "plotly", "streamlit", "pandas", "numpy")


def _loaded(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    return set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )


def test_a_forecast_loads_nothing_heavy() -> None:
    code = "import resnet_viz as rv; t = rv.forecast(rv.variant('resnet34')); rv.explain(t, 'conv1'); t.to_csv(); import resnet_viz.layout as l; l.lay_out(t); import resnet_viz.cli; import resnet_viz.checkpoints; rv.check_weights"
    assert _loaded(code) == set()


def test_this_check_can_fail() -> None:
    assert "torch" in _loaded("import resnet_viz as rv; rv.build")
    assert "plotly" in _loaded("import resnet_viz as rv; rv.draw")


def test_public_names() -> None:
    assert rv.__all__ == [
        "CIFAR_STEM", "CheckpointError", "Comparison", "Configuration", "DEEP_STEM", "DeviceError", "Explanation", "Finding", "Findings", "Fit",
        "IMAGENET_STEM", "InputError", "Outcome", "Proposal", "Proposals", "ResNetSpec", "ResNetVizError", "SpecError", "Stem", "Step", "Trace",
        "TraceError", "UnknownNameError", "Variant", "Weights", "adapt", "best_fits", "break_it", "build", "check_weights", "compare",
        "configuration", "diagnose", "draw", "draw_family", "entry", "explain", "explain_error", "forecast", "read_weights", "replace", "trace",
        "variant", "variants",
    ]  # fmt: skip
    assert all(getattr(rv, name) for name in rv.__all__)
    assert [name for name in dir(rv) if not name.startswith("__")] == rv.__all__


def test_a_submodule_does_not_take_the_place_of_a_name() -> None:
    code = "import resnet_viz.configuration, resnet_viz.tracing; import resnet_viz as rv; print(rv.configuration('resnet18').text)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "resnet18@224\n"


def test_a_notebooks_picture_loads_neither_torch_nor_pandas() -> None:
    code = "import resnet_viz as rv; rv.forecast('resnet18')._repr_html_(); rv.compare('resnet18', 'resnet34')._repr_html_(); rv.diagnose('resnet18')._repr_html_()"
    assert _loaded(code) & {"torch", "pandas", "streamlit"} == set()
