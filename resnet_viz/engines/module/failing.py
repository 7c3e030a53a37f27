"""What a forward pass raises, in one line: PyTorch's own words, or an error of the user's own code by its type."""

from __future__ import annotations

import dis
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch

from ...errors import DeviceError, TraceError

_OURS = (
    f"{Path(torch.__file__).parent}{os.sep}",
    f"{Path(__file__).parents[2]}{os.sep}",
)  # both call PyTorch's kernels
_PYTORCHS = "PyTorch says: "
_NO_MEMORY = re.compile(r"can't allocate memory|DefaultCPUAllocator|not enough memory|out of memory", re.IGNORECASE)


@contextmanager
def memory_told(device: str, doing: str) -> Iterator[None]:
    """Raises :class:`DeviceError` where the memory does not suffice for what is done inside."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not isinstance(error, torch.OutOfMemoryError | MemoryError) and not _NO_MEMORY.search(str(error)):
            raise
        raise DeviceError(
            "device",
            device,
            f"ran out of memory while {doing}",
            "use a smaller batch or input, or device='meta'",
        ) from error


def said(error: BaseException) -> str:
    """``PyTorch says: …``, or ``KeyError: 'mine'`` for what the network's own code raised."""
    words = " ".join(str(error).split())
    may_be = isinstance(error, RuntimeError | ValueError | TypeError | IndexError)
    if may_be and not isinstance(error, RecursionError) and _is_pytorchs(error):
        return f"{_PYTORCHS}{words}"
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def failed(what: str, path: str, error: BaseException, fix: str) -> TraceError:
    """What a forward pass raised at the module ``path``; where PyTorch raised it, with what it means and what cures it."""
    from ...why.pytorch_errors import explain  # its table takes a tenth of a second, and most passes raise nothing

    words = said(error)
    found = explain(words) if words.startswith(_PYTORCHS) else None
    if found is not None:
        found = replace(found, steps=(path,) if path else ())
        why = found.causes[0].why.rstrip(".:")
        fix = f"{why}: {found.cure or found.fix.rstrip('.')}; or {fix}"
    failure = TraceError("network", what, (f"in {path}, " if path else "") + words, fix)
    failure.explanation = found
    return failure


def _is_pytorchs(error: Exception) -> bool:
    """Whether PyTorch raised it: in its own files, or in a kernel that the network's code called."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None or last.tb_frame.f_code.co_filename.startswith(_OURS):
        return True
    code, at = last.tb_frame.f_code, last.tb_lasti
    raises = any(one.offset == at and one.opname in ("RAISE_VARARGS", "RERAISE") for one in dis.get_instructions(code))
    return isinstance(error, RuntimeError) and not raises
