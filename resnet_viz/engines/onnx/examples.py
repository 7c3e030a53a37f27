"""Files to try: small networks of this project's own, exported from PyTorch, without their weights' numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

_FOLDER = Path(__file__).parents[2] / "samples"

EXAMPLES: Mapping[str, Path] = MappingProxyType(
    {
        "U-Net": _FOLDER / "unet.onnx",
        "DenseNet": _FOLDER / "densenet.onnx",
        "SE-ResNet": _FOLDER / "se_resnet.onnx",
    }
)
"""Path by title. ``python -m tests.onnx_examples`` makes them anew."""
