"""How is it drawn?  One file a view; VIEWS in the order a reader meets them."""

from . import flow
from .flow import draw

VIEWS = (flow,)

__all__ = ["VIEWS", "draw"]
