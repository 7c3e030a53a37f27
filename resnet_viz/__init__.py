"""ResNet Viz: what a ResNet does to the shape of a tensor.

The public names, loaded when first used, so that a forecast never imports torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .extras import stand_in

if TYPE_CHECKING:
    from . import learned as learned
    from .advise.adapting import Proposal as Proposal
    from .advise.adapting import Proposals as Proposals
    from .advise.adapting import adapt as adapt
    from .advise.comparing import Comparison as Comparison
    from .advise.comparing import compare as compare
    from .advise.diagnosis import Finding as Finding
    from .advise.diagnosis import Findings as Findings
    from .advise.diagnosis import diagnose as diagnose
    from .advise.explaining import explain as explain
    from .advise.mistakes import Outcome as Outcome
    from .advise.mistakes import break_it as break_it
    from .advise.recognising import Recognition as Recognition
    from .advise.recognising import recognise as recognise
    from .advise.shape_errors import Explanation as Explanation
    from .advise.shape_errors import explain_error as explain_error
    from .advise.weights import Fit as Fit
    from .advise.weights import Weights as Weights
    from .advise.weights import best_fits as best_fits
    from .advise.weights import check_weights as check_weights
    from .advise.weights import read_weights as read_weights
    from .engines.formulas import forecast as forecast
    from .engines.hooks import trace as trace
    from .engines.model import build as build
    from .engines.onnx import read_onnx as read_onnx
    from .engines.speed import measure_speed as measure_speed
    from .errors import CheckpointError as CheckpointError
    from .errors import DeviceError as DeviceError
    from .errors import InputError as InputError
    from .errors import LookError as LookError
    from .errors import MissingPackageError as MissingPackageError
    from .errors import OnnxError as OnnxError
    from .errors import ResNetVizError as ResNetVizError
    from .errors import SpecError as SpecError
    from .errors import TraceError as TraceError
    from .errors import UnknownNameError as UnknownNameError
    from .export.registry import export_as as export_as
    from .inside.activations import Activations as Activations
    from .inside.activations import look as look
    from .notebook import widget as widget
    from .picture.figures import draw as draw
    from .picture.figures import draw_family as draw_family
    from .spec import CIFAR_STEM as CIFAR_STEM
    from .spec import DEEP_STEM as DEEP_STEM
    from .spec import IMAGENET_STEM as IMAGENET_STEM
    from .spec import ResNetSpec as ResNetSpec
    from .spec import Stem as Stem
    from .spec import replace as replace
    from .spec.catalogue import Variant as Variant
    from .spec.catalogue import entry as entry
    from .spec.catalogue import variant as variant
    from .spec.catalogue import variants as variants
    from .spec.configuration import Configuration as Configuration
    from .steps import Step as Step
    from .steps import Trace as Trace
    from .ui.showing import Showing as Showing
    from .ui.showing import show as show
    from .why.speed import Speed as Speed

__version__ = "0.3.0"

_HOMES = {
    "Variant": "spec.catalogue", "entry": "spec.catalogue", "variant": "spec.catalogue", "variants": "spec.catalogue",
    "best_fits": "advise.weights", "check_weights": "advise.weights", "read_weights": "advise.weights",
    "adapt": "advise.adapting", "Proposal": "advise.adapting", "Proposals": "advise.adapting", "break_it": "advise.mistakes", "Outcome": "advise.mistakes",
    "recognise": "advise.recognising", "Recognition": "advise.recognising", "explain_error": "advise.shape_errors", "Explanation": "advise.shape_errors", "compare": "advise.comparing", "Comparison": "advise.comparing",
    "Configuration": "spec.configuration", "Fit": "advise.weights", "Weights": "advise.weights",
    "diagnose": "advise.diagnosis", "Finding": "advise.diagnosis", "Findings": "advise.diagnosis",
    "CheckpointError": "errors", "DeviceError": "errors", "InputError": "errors", "LookError": "errors", "MissingPackageError": "errors", "OnnxError": "errors", "ResNetVizError": "errors", "SpecError": "errors",
    "TraceError": "errors", "UnknownNameError": "errors",
    "export_as": "export.registry", "Activations": "inside.activations", "look": "inside.activations", "read_onnx": "engines.onnx", "measure_speed": "engines.speed", "Speed": "why.speed", "explain": "advise.explaining", "forecast": "engines.formulas", "build": "engines.model",
    "CIFAR_STEM": "spec", "DEEP_STEM": "spec", "IMAGENET_STEM": "spec", "ResNetSpec": "spec", "Stem": "spec", "replace": "spec",
    "widget": "notebook", "Showing": "ui.showing", "show": "ui.showing", "Step": "steps", "Trace": "steps", "trace": "engines.hooks", "draw": "picture.figures", "draw_family": "picture.figures",
}  # fmt: skip

_PARTS = ("learned",)  # public as a whole: rv.learned.load()

__all__ = sorted([*_HOMES, *_PARTS])  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name in _PARTS:
        return import_module("." + name, __name__)
    if name not in _HOMES:
        raise AttributeError(f"module 'resnet_viz' has no attribute {name!r}")
    try:
        home = import_module("." + _HOMES[name], __name__)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        return stand_in(name, error.name)  # so that the other names can be listed, and looked at, without it
    return getattr(home, name)


def __dir__() -> list[str]:
    return [*__all__, *(name for name in globals() if name.startswith("__") and name.endswith("__"))]
