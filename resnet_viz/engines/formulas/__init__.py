"""What should happen?  A spec and an input size to the whole Trace by arithmetic alone: no torch, a few milliseconds."""

from .network import as_trace, forecast

__all__ = ["as_trace", "forecast"]
