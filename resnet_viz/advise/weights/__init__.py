"""Do these weights fit?  Reads a file of weights as untrusted data, and finds the residual networks in it by their shapes.

containers, pickles (a file's bytes to names and shapes) → tree, blocks, finding (names to modules, modules to networks)
→ network (its spec) → reading (``read_weights``) → fitting (``best_fits``, ``check_weights``) → telling (words, Python).
"""

from .fitting import Fit, best_fits, check_weights, expected_shapes
from .pickles import harmless
from .reading import Weights, read_weights
from .schemes import SCHEMES
from .telling import known_words, python_lines, report, verdict

__all__ = [
    "SCHEMES",
    "Fit",
    "Weights",
    "best_fits",
    "check_weights",
    "expected_shapes",
    "harmless",
    "known_words",
    "python_lines",
    "read_weights",
    "report",
    "verdict",
]
