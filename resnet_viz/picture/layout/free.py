"""Where do words stand that no line goes through?  As near to their place as there is room."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from .scene import Label, Link

AIR = 4.0  # px between words and a line


def free_middle(label: Label, others: Iterable[Label], links: Iterable[Link], least: float, most: float) -> float:
    """The middle from ``least`` to ``most`` nearest to the label's own at which it meets none of the ``others`` and no
    line; its own where there is none.
    """
    left, bottom, right, top = label.rect
    half = (right - left) / 2 + AIR
    taken = [(a - half, b + half) for a, b in _pieces(links, bottom - AIR, top)]
    taken += [(o[0] - half, o[2] + half) for o in (other.rect for other in others) if o[1] < top and o[3] > bottom]
    ends = [end for piece in taken for end in piece if least <= end <= most]
    for middle in sorted({label.x, *ends}, key=lambda x: abs(x - label.x)):
        if not any(a < middle < b for a, b in taken):
            return middle
    return label.x


def _pieces(links: Iterable[Link], low: float, high: float) -> list[tuple[float, float]]:
    """From where to where each straight piece of the lines goes while it is between two heights."""
    found: list[tuple[float, float]] = []
    for link in links:
        for (x0, y0), (x1, y1) in pairwise(link.points):
            if max(y0, y1) <= low or min(y0, y1) >= high:
                continue
            at = [x0 + (x1 - x0) * (y - y0) / (y1 - y0) for y in (low, high) if min(y0, y1) < y < max(y0, y1)]
            at += [x for x, y in ((x0, y0), (x1, y1)) if low <= y <= high]
            found.append((min(at), max(at)))
    return found
