"""ResNet Viz: what a ResNet does to the shape of a tensor.

The public names, loaded when first used, so that a forecast never imports torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .extras import stand_in

if TYPE_CHECKING:
    from .adapting import Proposal as Proposal
    from .adapting import Proposals as Proposals
    from .adapting import adapt as adapt
    from .breaking import Outcome as Outcome
    from .breaking import break_it as break_it
    from .checkpoints import Fit as Fit
    from .checkpoints import Weights as Weights
    from .checkpoints import best_fits as best_fits
    from .checkpoints import check_weights as check_weights
    from .checkpoints import read_weights as read_weights
    from .comparing import Comparison as Comparison
    from .comparing import compare as compare
    from .diagnosis import Finding as Finding
    from .diagnosis import Findings as Findings
    from .diagnosis import diagnose as diagnose
    from .engines.formulas import forecast as forecast
    from .engines.hooks import trace as trace
    from .engines.model import build as build
    from .engines.onnx import read_onnx as read_onnx
    from .errors import CheckpointError as CheckpointError
    from .errors import DeviceError as DeviceError
    from .errors import InputError as InputError
    from .errors import MissingPackageError as MissingPackageError
    from .errors import OnnxError as OnnxError
    from .errors import ResNetVizError as ResNetVizError
    from .errors import SpecError as SpecError
    from .errors import TraceError as TraceError
    from .errors import UnknownNameError as UnknownNameError
    from .explaining import explain as explain
    from .recognising import Recognition as Recognition
    from .recognising import recognise as recognise
    from .shape_errors import Explanation as Explanation
    from .shape_errors import explain_error as explain_error
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
    from .views import draw as draw
    from .views import draw_family as draw_family

__version__ = "0.3.0"

_HOMES = {
    "Variant": "spec.catalogue", "entry": "spec.catalogue", "variant": "spec.catalogue", "variants": "spec.catalogue",
    "best_fits": "checkpoints", "check_weights": "checkpoints", "read_weights": "checkpoints",
    "adapt": "adapting", "Proposal": "adapting", "Proposals": "adapting", "break_it": "breaking", "Outcome": "breaking",
    "recognise": "recognising", "Recognition": "recognising", "explain_error": "shape_errors", "Explanation": "shape_errors", "compare": "comparing", "Comparison": "comparing",
    "Configuration": "spec.configuration", "Fit": "checkpoints", "Weights": "checkpoints",
    "diagnose": "diagnosis", "Finding": "diagnosis", "Findings": "diagnosis",
    "CheckpointError": "errors", "DeviceError": "errors", "InputError": "errors", "MissingPackageError": "errors", "OnnxError": "errors", "ResNetVizError": "errors", "SpecError": "errors",
    "TraceError": "errors", "UnknownNameError": "errors",
    "read_onnx": "engines.onnx", "explain": "explaining", "forecast": "engines.formulas", "build": "engines.model",
    "CIFAR_STEM": "spec", "DEEP_STEM": "spec", "IMAGENET_STEM": "spec", "ResNetSpec": "spec", "Stem": "spec", "replace": "spec",
    "Showing": "ui.showing", "show": "ui.showing", "Step": "steps", "Trace": "steps", "trace": "engines.hooks", "draw": "views", "draw_family": "views",
}  # fmt: skip

__all__ = sorted(_HOMES)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
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
