"""How many products are in an operation that we have no formula for: those of what it is made of, or unknown."""

from __future__ import annotations

from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

from .operations import counted, plan


class Counting(TorchDispatchMode):
    """Sums PyTorch's own counts; ``macs`` is None as soon as something runs that is neither counted nor free of products."""

    def __init__(self) -> None:
        super().__init__()
        self.macs: int | None = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return self.run(func, args, kwargs or {})

    def run(self, func: Any, args: Any, kwargs: Any) -> Any:
        formula = counted(func)
        if formula is not None:
            output = func(*args, **kwargs)
            if self.macs is not None:
                self.macs += int(formula(*args, **kwargs, out_val=output)) // 2
            return output
        found = plan(func)
        if found.kind not in ("step", "inside") or found.free:
            return func(*args, **kwargs)
        if getattr(func, "_can_decompose", lambda: False)():
            with self:
                return func.decompose(*args, **kwargs)
        self.macs = None
        return func(*args, **kwargs)
