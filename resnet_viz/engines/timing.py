"""Times of steps: CUDA events read after one synchronisation, the clock on cpu, nothing on meta."""

from __future__ import annotations

import time
from typing import Any, Protocol

import torch


class Timed(Protocol):
    """Whatever has a time."""

    time_ms: float | None


class Timer:
    """Takes times between :meth:`start` and :meth:`stop`, and adds them to what they are told of."""

    def __init__(self, device: str) -> None:
        self.kind = device.split(":")[0]
        self.at = self.taken = 0.0
        self.begin: Any = None
        self.end: Any = None
        self.events: list[tuple[Timed, Any, Any]] = []

    def start(self) -> None:
        if self.kind == "cpu":
            self.at = time.perf_counter()
        elif self.kind == "cuda":
            self.begin = torch.cuda.Event(enable_timing=True)
            self.begin.record()

    def stop(self) -> None:
        if self.kind == "cpu":
            self.taken = (time.perf_counter() - self.at) * 1e3
        elif self.kind == "cuda":
            self.end = torch.cuda.Event(enable_timing=True)
            self.end.record()

    def tell(self, seen: Timed) -> None:
        """Give ``seen`` the time between the last start and stop, on top of what it has."""
        if self.kind == "cpu":
            seen.time_ms = (seen.time_ms or 0.0) + self.taken
        elif self.begin is not None and self.end is not None:
            self.events.append((seen, self.begin, self.end))

    def finish(self) -> None:
        if self.events:
            torch.cuda.synchronize()
            for seen, begin, end in self.events:
                seen.time_ms = (seen.time_ms or 0.0) + begin.elapsed_time(end)
