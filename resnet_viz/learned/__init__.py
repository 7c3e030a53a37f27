"""What does a network look like that has learnt something?  One that was trained on drawings of this project's own.

``load`` gives the trained network, ``drawing`` a picture for it, ``depth_study`` what plain networks and ResNets of three
depths did while they were trained. ``make train`` makes it all anew.

>>> import resnet_viz as rv
>>> network, picture = rv.learned.load(), rv.learned.drawing("star", 1_000_000)
>>> network.module(network.prepared(picture)).shape
torch.Size([1, 10])
"""

from .loading import DEFAULT, NAMES, Learned, depth_study, drawing, load

__all__ = ["DEFAULT", "NAMES", "Learned", "depth_study", "drawing", "load"]
