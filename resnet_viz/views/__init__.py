"""How is it drawn?  One file a view; VIEWS in the order a reader meets them."""

from . import family, flow
from .family import draw_family
from .flow import draw

VIEWS = (flow, family)

__all__ = ["VIEWS", "draw", "draw_family"]
