"""What PyTorch's errors mean, as data: one file for each family of errors, each with its ``ENTRIES``."""

from .entry import Cause, Entry, Explanation
from .reading import MAX_TEXT, explain, not_understood
from .table import ENTRIES

__all__ = ["ENTRIES", "MAX_TEXT", "Cause", "Entry", "Explanation", "explain", "not_understood"]
