"""The network as one file of PyTorch."""

from __future__ import annotations

from ..code import source
from ..registry import Exporter

EXPORTER = Exporter(
    "code",
    "Code, PyTorch",
    (".py",),
    "text/x-python",
    "the network as one readable file of PyTorch, which needs nothing else; state-dict keys as torchvision's",
    source,
    kind="network",
    of_spec=True,
)
