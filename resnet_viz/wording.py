"""Words that go with a number."""

from __future__ import annotations


def plural(count: int, word: str, many: str = "") -> str:
    """The count and its noun.

    >>> plural(1, "block"), plural(4_000, "block"), plural(2, "class", "classes")
    ('1 block', '4,000 blocks', '2 classes')
    """
    return f"{count:,} {word if count == 1 else many or word + 's'}"
