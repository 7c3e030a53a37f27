"""Every public door is tried with what does not belong there: it works, or one of the project's own errors says what to give."""

import collections
import functools
import inspect
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import torch

import resnet_viz as rv
from resnet_viz.advise.weights import expected_shapes
from resnet_viz.spec.settings import NAMES

from .rows import each

SMALL = rv.ResNetSpec(block="basic", blocks=(1, 1), widths=(4, 8), stem=rv.Stem((4,), 3, 1, "none"), num_classes=3)
TRACE = rv.forecast(SMALL, 8)
MODULE = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 3))
LOOK = rv.look(SMALL, torch.zeros(3, 8, 8))
WEIGHTS = rv.Weights(expected_shapes(SMALL), ())
BAD: tuple[Any, ...] = (
    None, 3.5, math.nan, math.inf, -1, 0, 10**5000, True, "", "x", "a\nb", "<b>", b"x", [], {}, (), object(), (1, 2, 3), [1, 2],
    {"a": 1}, {1}, math, int, lambda: None, torch.zeros(2), MODULE, Path("x"), collections.Counter(), [[]], (None, None), SMALL, TRACE,
)  # fmt: skip


@functools.wraps(rv.show)
def never_served(*arguments: Any, **named: Any) -> Any:
    """``rv.show`` up to the server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("resnet_viz.ui.showing._running", Mock())
        return rv.show(*arguments, **named)


# each door with arguments that are right
DOORS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "Configuration": (rv.Configuration, {"name": "resnet18", "spec": SMALL, "size": (8, 8)}),
    "ResNetSpec": (rv.ResNetSpec, {name: getattr(SMALL, name) for name in inspect.signature(rv.ResNetSpec).parameters}),
    "ResNetSpec.from_json": (rv.ResNetSpec.from_json, {"text": SMALL.to_json()}),
    "ResNetSpec.mid_channels": (SMALL.mid_channels, {"width": 4}),
    "ResNetSpec.se_channels": (SMALL.se_channels, {"channels": 4}),
    "Stem": (rv.Stem, {"channels": (4,), "kernel": 3, "stride": 1, "pool": "none"}),
    "Trace.confirm": (TRACE.confirm, {"other": TRACE}),
    "Trace.from_json": (rv.Trace.from_json, {"text": TRACE.to_json()}),
    "Trace.step": (TRACE.step, {"name": "conv1"}),
    "adapt": (rv.adapt, {"input_size": 32, "channels": 3, "classes": 10, "memory_gib": 0.0, "batch": 32, "optimizer": "sgd", "mode": "train", "ms": 20, "speed": "resnet18@32=100"}),
    "best_fits": (rv.best_fits, {"weights": WEIGHTS, "most": 2}),
    "break_it": (rv.break_it, {"network": SMALL, "case": "remove-projection", "input_size": 8, "block": "layer2.0"}),
    "build": (rv.build, {"network": SMALL, "device": "cpu", "init": False}),
    "check_weights": (rv.check_weights, {"weights": WEIGHTS, "network": SMALL, "name": ""}),
    "compare": (rv.compare, {"a": SMALL, "b": SMALL, "batch": 1}),
    "Configuration.of": (rv.Configuration.of, {"network": "resnet18@32", "input_size": 8}),
    "diagnose": (
        rv.diagnose,
        {"network": SMALL, "input_size": 8, "batch": 2, "mode": "train", "data": "", "memory_gib": 0.0, "optimizer": "sgd"},
    ),
    "draw": (
        rv.draw,
        {"trace": TRACE, "level": "block", "focus": "layer2.0", "theme": "light", "selected": 1, "colour": "stage", "true_scale": False,
         "unfold": False, "cell": (0, 0), "channel": 0, "solid": False},
    ),
    "draw_family": (rv.draw_family, {"points": [], "theme": "light"}),
    "entry": (rv.entry, {"name": "resnet18"}),
    "explain": (rv.explain, {"trace": TRACE, "name": "conv1"}),
    "explain_error": (rv.explain_error, {"text": "x", "trace": TRACE}),
    "export_as": (rv.export_as, {"network": SMALL, "format": "csv", "beside": ()}),
    "forecast": (rv.forecast, {"network": SMALL, "input_size": 8, "batch": 1, "dtype": "float32"}),
    "learned.drawing": (rv.learned.drawing, {"label": "star", "seed": 0}),
    "learned.load": (rv.learned.load, {"name": "drawings"}),
    "look": (
        rv.look,
        {"network": SMALL, "image": torch.zeros(3, 8, 8), "weights": None, "input_size": 8, "normalise": "none", "training": False,
         "seed": 0, "progress": None},
    ),
    "Activations.apart": (LOOK.apart, {"step": "conv1", "channel": 0, "row": 0, "column": 0}),
    "Activations.cam": (LOOK.cam, {"index": 0, "step": "conv1"}),
    "Activations.maps": (LOOK.maps, {"step": "conv1"}),
    "Activations.without": (LOOK.without, {"residual": "layer1.0", "shortcut": None, "channel": None, "instead": "zero"}),
    "measure_speed": (rv.measure_speed, {"device": "meta", "mode": "eval"}),
    "read_onnx": (rv.read_onnx, {"file": "nowhere.onnx", "input_size": 8, "batch": 1, "name": "nowhere.onnx"}),
    "read_weights": (rv.read_weights, {"path": "nowhere.pth", "name": "nowhere.pth"}),
    "recognise": (rv.recognise, {"trace": TRACE}),
    "show": (
        never_served,
        {"network": TRACE, "input_size": None, "batch": 1, "device": "meta", "inputs": None, "port": None, "browse": False, "block": False,
         "title": "a title"},
    ),
    "replace": (rv.replace, {"spec": SMALL}),
    "trace": (rv.trace, {"network": SMALL, "input_size": 8, "batch": 1, "device": "meta", "dtype": "float32", "inputs": None}),
    "variant": (rv.variant, {"name": "resnet18"}),
    "widget": (
        rv.widget,
        {"network": TRACE, "input_size": None, "batch": 1, "device": "meta", "inputs": None, "level": "network", "focus": None, "colour": "stage",
         "true_scale": False, "unfold": False, "theme": "auto", "table": False, "title": "a title"},
    ),
}  # fmt: skip
# made by the doors above, or raised by them: nobody calls these
MADE = {"Activations", "Comparison", "Explanation", "Finding", "Findings", "Fit", "Outcome", "Proposal", "Proposals", "Recognition", "Showing", "Speed", "Step", "Trace", "Variant", "Weights"}  # fmt: skip
# a text that is no network is told by its part; each parameter of a network is checked as a whole too
PARTS = {"name", "text", "configuration", "change", "input_size", *NAMES, "stem"}


def test_every_public_callable_is_a_door_here() -> None:
    public = {name for name in rv.__all__ if callable(getattr(rv, name)) and not name.endswith("Error")}
    assert public - MADE - {"variants"} == {name for name in DOORS if "." not in name}


@each("door", DOORS)
def test_the_right_arguments_are_all_of_them(door: str) -> None:
    call, right = DOORS[door]
    assert set(inspect.signature(call).parameters) - {"changes", "options"} == set(right)


@each(("door", "name"), [(door, name) for door, (_, right) in DOORS.items() for name in right])
def test_a_wrong_value_is_refused_in_words(door: str, name: str) -> None:
    call, right = DOORS[door]
    for value in BAD:
        try:
            call(**{**right, name: value})
        except TypeError:
            assert name == "progress" and callable(value)  # what it raises itself comes out as it is
        except rv.ResNetVizError as error:
            told = {error.field, error.field.split(".")[0]}
            asked = {name, *(PARTS if name in ("network", "a", "b", "trace", "text", "name") else ())}
            if door == "Stem":
                asked = {"stem"}
            if door == "ResNetSpec":  # a value that is right by itself may break a rule with the others
                asked |= set(right)
            if door == "ResNetSpec.from_json":
                asked |= {"json", *right}
            if door == "Trace.from_json":
                asked |= {"trace"}
            if door == "Activations.without":  # it takes one of them
                asked |= {"without", "block"}
            if door in ("look", "read_onnx", "read_weights"):
                asked |= {"file"}
            if door == "trace":  # a module of one's own may be elsewhere than the device asked for
                asked |= {"device"}
            if name == "name":
                asked |= {"step"}
            assert told & asked, (value, error)
            assert "\n" not in str(error) and error.rule and error.fix and len(str(error)) < 700


def test_unknown_fields_are_refused() -> None:
    for value in BAD:
        with pytest.raises(rv.SpecError, match="is no field of a ResNetSpec"):
            rv.replace(SMALL, nothing=value)
    for name in inspect.signature(rv.ResNetSpec).parameters:
        for value in BAD:
            try:
                rv.replace(SMALL, **{name: value})
            except rv.ResNetVizError:
                continue
