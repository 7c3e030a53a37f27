"""A network as one file of PyTorch that needs nothing of this package, written for this network and no other.

The modules' names are those of ``rv.build``, which are torchvision's where it has the network, so that weights of
the one load into the other; what PyTorch code usually writes as functions is written so.
"""

from .network import source
from .training import training

__all__ = ["source", "training"]
