"""One page is drawn after another. Python runs one thread at a time: ten pages drawn at once would all be done when the
last one is, and each would keep the loop waiting that sends what is done. In turns most are done sooner and none later.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST = 0.1  # seconds; whoever draws for longer, as networks of a thousand layers do, goes on beside the next


class Turns:
    """Who comes first is served first, for at most ``longest`` seconds alone."""

    def __init__(self, longest: float = LONGEST) -> None:
        self._longest = longest
        self._changed = threading.Condition()
        self._waiting: deque[int] = deque()
        self._whose: int | None = None
        self._until = 0.0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a turn, and have it until the block ends; within a turn it is that one."""
        me = threading.get_ident()
        if self._whose == me:
            yield
            return
        with self._changed:
            self._waiting.append(me)
            while (first := self._waiting[0] == me) is False or self._left() > 0:
                self._changed.wait(self._left() if first else None)
            self._waiting.popleft()
            self._whose, self._until = me, time.monotonic() + self._longest
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                if self._whose == me:
                    self._whose = None
                    self._changed.notify_all()

    def _left(self) -> float:
        """For how many seconds nobody else may begin."""
        return 0 if self._whose is None else self._until - time.monotonic()


_pages = Turns()
turn = _pages.one
