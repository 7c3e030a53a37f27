"""Do these weights fit?  Reads a file of weights as untrusted data, and compares its keys and shapes with networks."""

from .dialects import DIALECTS
from .fitting import Fit, best_fits, check_weights, expected_shapes, report, verdict
from .reading import Weights, read_weights

__all__ = [
    "DIALECTS",
    "Fit",
    "Weights",
    "best_fits",
    "check_weights",
    "expected_shapes",
    "read_weights",
    "report",
    "verdict",
]
