"""A script that trains the network on a folder of images."""

from __future__ import annotations

from ..code import training
from ..registry import Exporter

EXPORTER = Exporter(
    "training",
    "Training script",
    (".py",),
    "text/x-python",
    "the network with what trains it on a folder of your images, at this input and batch",
    training,
    kind="network",
    of_spec=True,
)
