"""Words of somebody else's on a page."""

from __future__ import annotations

import re

_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+!|~$:&-])")


def literal(text: str) -> str:
    """``text`` as Streamlit's Markdown shows it unchanged: no link, picture, formula or colour comes of it.

    >>> print(literal("![x](http://a)"))
    \\!\\[x\\]\\(http\\://a\\)
    """
    return _MARKS.sub(r"\\\1", text)
