"""Packages that only some of the features need, and the extra of this package that brings each.

The core (formulas, explanations, comparisons, diagnosis, tables, pictures as HTML) needs none of them. Whoever does
calls :func:`require` first, and imports then.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NoReturn

from .errors import MissingPackageError

EXTRAS = {
    "onnx": ("onnx",),
    "torch": ("torch", "numpy", "psutil", "safetensors", "onnxscript"),
    "app": ("streamlit", "cachetools", "torchinfo", "pandas"),
    "images": ("kaleido", "choreographer", "PIL"),
    "notebook": ("anywidget", "traitlets"),
    "documents": ("xlsxwriter", "pptx"),
}
"""Modules by the extra that brings them: where several do, the one that brings the least."""


def require(module: str, purpose: str) -> None:
    """Raise :class:`MissingPackageError` where ``module`` is not installed; ``purpose`` is what needs it.

    >>> require("json", "reading a network")
    """
    if find_spec(module) is None:
        raise missing(module, purpose)


def stand_in(name: str, module: str) -> Callable[..., NoReturn]:
    """A function to hold the place of the public ``name`` where ``module`` is not installed: it says so when called."""

    def absent(*_: Any, **__: Any) -> NoReturn:
        raise missing(module, f"resnet_viz.{name}")

    absent.__name__ = absent.__qualname__ = name
    return absent


def missing(module: str, purpose: str) -> MissingPackageError:
    """The error that says which pip line brings ``module``, which ``purpose`` needs."""
    extra = next(extra for extra, modules in EXTRAS.items() if module in modules)
    return MissingPackageError(
        "package", module, f"is not installed, and {purpose} needs it", f"run pip install 'resnet-viz[{extra}]'"
    )
