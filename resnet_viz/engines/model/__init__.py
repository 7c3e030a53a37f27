"""How is it built in PyTorch?  The network as modules only, so that forward hooks see every operation."""

from .device import resolve_device
from .network import ResNet, build

__all__ = ["ResNet", "build", "resolve_device"]
