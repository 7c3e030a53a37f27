"""Running text whose terms explain themselves where they stand: under the pointer, a finger, or the focus."""

from __future__ import annotations

import re
from html import escape
from typing import Any
from zlib import crc32

import streamlit as st

from resnet_viz.lessons.glossary import GLOSSARY, SPELLED

_BY_WORD = {term.lower(): term for term in GLOSSARY} | SPELLED
# the longest first; not within a name, and not what stands in a step's name
_TERM = re.compile(
    rf"(?<![\w`.-])({'|'.join(sorted(map(re.escape, _BY_WORD), key=len, reverse=True))})(?![\w`-])", re.I
)
_NAMES = re.compile(r"(`[^`]*`)")


def marked(text: str, seen: set[str] | None = None) -> str:
    """Markdown whose terms carry their meaning, each where it first stands; ``seen`` are those marked before."""
    known = set[str]() if seen is None else seen

    def mark(found: re.Match[str]) -> str:
        word = found.group()
        term = _BY_WORD[word.lower()]
        if term in known:
            return word
        known.add(term)
        name = f"m{crc32(f'{term} {text}'.encode())}"
        return (
            f'<span class="term" tabindex="0" aria-describedby="{name}">{word}'
            f'<span class="meaning" role="tooltip" id="{name}"><b>{term}</b>: {escape(GLOSSARY[term])}</span></span>'
        )

    # what stands between backquotes is a name and no word; and a text brings no HTML of its own
    parts = _NAMES.split(text)
    return "".join(part if part.startswith("`") else _TERM.sub(mark, part.replace("<", "&lt;")) for part in parts)


def write(text: str, seen: set[str] | None = None, into: Any = st, **more: Any) -> None:
    """A text of the page, its terms marked."""
    into.markdown(marked(text, seen), unsafe_allow_html=True, **more)
