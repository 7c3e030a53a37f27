"""How long does it take?  Multiply-adds over a throughput that somebody measured, and who measured what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Speed:
    """A machine's throughput; ``source`` says what was measured, for a sentence: ``resnet50@224 at 300 images/s``.

    >>> Speed(2e12, "resnet50@224 at 500 images/s").ms(4_000_000_000)
    2.0
    """

    macs_per_second: float
    source: str

    def ms(self, macs: float) -> float:
        """Milliseconds for so many multiply-adds."""
        return 1000 * macs / self.macs_per_second
