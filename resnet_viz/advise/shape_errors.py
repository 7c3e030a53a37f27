"""What does PyTorch's error mean?  Its own words read, explained, and found in a network."""

from __future__ import annotations

from ..checks import check_text
from ..engines.formulas import as_trace
from ..errors import InputError
from ..spec.configuration import Network
from ..steps import Trace
from ..why.pytorch_errors import MAX_TEXT, Cause, Explanation, explain, not_understood

__all__ = ["Cause", "Explanation", "explain_error", "not_understood"]
SAMPLE = "RuntimeError: mat1 and mat2 shapes cannot be multiplied (1x8192 and 2048x1000)"


def explain_error(text: str, trace: Trace | Network | None = None) -> Explanation | None:
    """Explain the error that stands last in ``text``, a message of PyTorch's or a whole traceback; None where it holds none that is known.

    With ``trace``, or a network to forecast, its steps name the places where this network could raise it, and its shapes
    tell causes apart. Raises :class:`InputError` for a text of more than 2,000,000 characters.

    >>> found = explain_error("RuntimeError: mat1 and mat2 shapes cannot be multiplied (1024x1 and 512x10)")
    >>> found.kind, found.cure
    ('linear', 'x = torch.flatten(x, 1)')
    """
    check_text("text", text, SAMPLE)
    if len(text) > MAX_TEXT:
        raise InputError("text", f"{len(text):,} characters", f"must have at most {MAX_TEXT:,}", "paste the last lines")
    return explain(text, None if trace is None else as_trace(trace))
