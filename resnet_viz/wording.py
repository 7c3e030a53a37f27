"""Words that go with a number."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMED = 3  # names that a sentence lists; the others are counted
_POWERS = ((12, "T"), (9, "G"), (6, "M"), (3, "k"))


def plural(count: int, word: str, many: str = "") -> str:
    """The count and its noun.

    >>> plural(1, "block"), plural(4_000, "block"), plural(2, "class", "classes")
    ('1 block', '4,000 blocks', '2 classes')
    """
    return f"{count:,} {word if count == 1 else many or word + 's'}"


def short(count: int) -> str:
    """A count in three digits; below ten thousand as it is.

    >>> short(4_089_184_256), short(9_408)
    ('4.09 G', '9,408')
    """
    for power, letter in _POWERS:
        if count >= 10 ** max(power, 4):
            digits = f"{count / 10**power:.3g}"
            return f"{float(digits):g} {letter}"
    return f"{count:,}"


def share(part: int, whole: int) -> str:
    """A part of a whole in the whole's unit; in full where three digits would make them look equal.

    >>> share(58_066_152, 86_567_656), share(86_565_000, 86_567_656), share(0, 9_408)
    ('58.1 of 86.6 M', '86,565,000 of 86,567,656', '0 of 9,408')
    """
    for power, letter in _POWERS:
        if whole >= 10 ** max(power, 4):
            least, most = (f"{float(f'{count / 10**power:.3g}'):g}" for count in (part, whole))
            if 1000 * part >= whole and least != most:
                return f"{least} of {most} {letter}"
            break
    return f"{part:,} of {whole:,}"


def some(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first names, and how many more there are.

    >>> some(["a", "b"]), some(["a", "b", "c", "d", "e"])
    ('a, b', 'a, b, c and 2 more')
    """
    shown, more = ", ".join(names[:most]), len(names) - most
    return shown if more <= 0 else f"{shown} and {more:,} more"


def nth(number: int) -> str:
    """A place in an order.

    >>> nth(2), nth(3), nth(4)
    ('second', 'third', '4th')
    """
    return {2: "second", 3: "third"}.get(number, f"{number}th")
