"""What is an operation called in a sentence?  Norms, functions, windows."""

from __future__ import annotations

from ..steps import Activation, AvgPool, BlurPool, ConvTranspose, MaxPool, Norm, Op

_NORMS = {"": "batch norm", "layer": "layer norm", "instance": "instance norm", "rms": "RMS norm"}
_FUNCTIONS = {"relu": "ReLU", "silu": "SiLU", "gelu": "GELU"}
_KINDS = {
    "maxpool": "max pool", "avgpool": "average pool", "blurpool": "blur", "pad": "zero channels", "scale": "channel gate",
    "conv_transpose": "transposed conv", "conv1d": "conv along the channels", "add": "addition",
}  # fmt: skip


def norm_words(op: Norm) -> str:
    """``batch norm``, ``group norm of 32``.

    >>> norm_words(Norm()), norm_words(Norm(32)), norm_words(Norm(over="layer"))
    ('batch norm', 'group norm of 32', 'layer norm')
    """
    return f"group norm of {op.groups}" if op.groups is not None else _NORMS.get(op.over, f"{op.over} norm")


def function_words(function: str) -> str:
    """``ReLU`` of ``relu``."""
    return _FUNCTIONS.get(function, function)


def kind_words(op: Op) -> str:
    """What an operation is called, without its numbers: ``max pool``."""
    match op:
        case Norm():
            return norm_words(op)
        case Activation():
            return function_words(op.function)
        case _:
            return _KINDS.get(op.kind, op.kind)


def window_words(op: Op) -> str:
    """``3×3 max pool``; of what has no window its kind."""
    if isinstance(op, MaxPool | AvgPool | BlurPool | ConvTranspose) or op.kind == "conv":
        kernel: tuple[int, ...] = getattr(op, "kernel", ())
        return f"{'×'.join(map(str, kernel))} {kind_words(op)}"
    return kind_words(op)
