"""What does a mistyped shape believe?  Each way in which one goes wrong leaves its mark in the numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Sides = tuple[int, ...]  # height, width, channels
_IMAGE = 3  # channels


def _order(right: Sides, given: Sides) -> bool:
    return given != right and sorted(given) == sorted(right)


def _batch(right: Sides, given: Sides) -> bool:
    return len(given) == len(right) + 1 and (sorted(given[1:]) == sorted(right) or sorted(given[:-1]) == sorted(right))


def _flat(right: Sides, given: Sides) -> bool:
    product = 1
    for side in right:
        product *= side
    return given == (product,)


def _size(right: Sides, given: Sides, near: Callable[[int, int], bool]) -> bool:
    return len(given) == len(right) and all(near(a, b) for a, b in zip(right[:-1], given[:-1], strict=True))


def _channels(right: Sides, given: Sides, near: Callable[[int, int], bool]) -> bool:
    return len(given) == len(right) and given[:-1] == right[:-1] and near(right[-1], given[-1])


# the first that holds is what is told
MARKS: tuple[tuple[str, Callable[[Sides, Sides], bool], str], ...] = (
    ("the order", _order, "These are its sides in another order: here height and width come first and channels last, PyTorch's tensors have the channels first."),
    ("the batch", _batch, "The batch is counted as a side: asked is one image's map, whose sides are height, width and channels."),
    ("flattened", _flat, "That is how many numbers the map has: it stays a map of height, width and channels until it is flattened before the classifier."),
    ("no halving", lambda right, given: _size(right, given, lambda a, b: b in (2 * a, 2 * a - 1, 2 * a + 1)) , "Height and width are twice too large: one step of stride two on the way is forgotten, the stem's conv, its pool or a stage's first block."),
    ("halved once more", lambda right, given: _size(right, given, lambda a, b: b in (a // 2, (a + 1) // 2) and b != a), "Height and width are halved once too often: not every stage or block begins with a stride of two."),
    ("rounding", lambda right, given: _size(right, given, lambda a, b: abs(a - b) == 1), "Off by one cell: half of an odd side is rounded, and the padding decides which way."),
    ("no padding", lambda right, given: _size(right, given, lambda a, b: 2 <= a - b <= 6), "A little too small: the padding is left out, which gives back what the window loses at the edges."),
    ("the image's channels", lambda right, given: _channels(right, given, lambda a, b: b == _IMAGE != a), "Channels are not kept: each filter spans all channels of its input and makes one of the output."),
    ("summed", lambda right, given: _channels(right, given, lambda a, b: b == 1 != a), "Channels are not summed into one: each filter makes a map of its own."),
    ("concatenated", lambda right, given: _channels(right, given, lambda a, b: b == 2 * a), "Twice the channels: that is a stage further on, or a concatenation; an addition keeps them."),
    ("the stage before", lambda right, given: _channels(right, given, lambda a, b: 2 * b == a), "Half the channels: that is the stage before. Where the map is halved the filters are doubled."),
    ("expansion", lambda right, given: _channels(right, given, lambda a, b: b in (4 * a, a // 4) and a != b), "Four times more or fewer channels: a bottleneck's narrow convs and what it gives out are mixed up."),
)  # fmt: skip
_ELSE = {
    "channels": "Height and width are right, the channels are not: count the filters.",
    "size": "The channels are right, height and width are not: follow the strides from the image on.",
    "both": "Neither the size nor the channels: read the sizes off the picture, then the step's own kernel, stride and filters.",
}


def sides(text: str) -> Sides:
    """The numbers in what somebody typed, whatever stands between them.

    >>> sides("56 x 56 × 64")
    (56, 56, 64)
    """
    return tuple([int(number) for number in re.findall(r"\d+", text[:60])])


def told(right: str, text: str) -> str:
    """What a typed shape that is not ``right`` shows that one assumes.

    >>> told("56×56×64", "64×56×56").partition(":")[0]
    'These are its sides in another order'
    """
    wanted, given = sides(right), sides(text)
    for _, holds, words in MARKS:
        if holds(wanted, given):
            return words
    return _ELSE[_off(wanted, given)]


def _off(wanted: Sequence[int], given: Sequence[int]) -> str:
    size, channels = tuple(given[:-1]) != tuple(wanted[:-1]), given[-1:] != wanted[-1:]
    return "both" if size and channels else "channels" if channels else "size"
