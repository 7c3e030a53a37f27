"""How is it drawn?  One file a view; VIEWS in the order a reader meets them."""

from . import family, field, flow, pair, solid, teaching, unfolded, window
from .family import draw_family
from .files import picture
from .flow import describe, draw

VIEWS = (flow, window, unfolded, field, solid, pair, teaching, family)

__all__ = ["VIEWS", "describe", "draw", "draw_family", "picture"]
