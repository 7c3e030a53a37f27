"""The one way in which the process that reads a file says no."""

from __future__ import annotations

MAX_WORDS = 200


class RefusedError(Exception):
    """A rule and a fix, as :class:`OnnxError` wants them."""

    def __init__(self, rule: str, fix: str) -> None:
        super().__init__(rule, fix)


def clean(text: str, most: int = MAX_WORDS) -> str:
    """What a file calls something, fit to be shown: one line, nothing that steers a terminal, at most ``most`` long."""
    text = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * most])
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
