"""A learner's answers as one page of HTML, to be printed or handed in. Every text is escaped."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    "h1{font-size:1.5rem}h2{font-size:1.1rem;margin:1.6rem 0 .2rem}code{background:#f1f3f4;padding:0 .25rem}"
    "section{break-inside:avoid}.right{color:#0b6b3a}.wrong{color:#b3261e}"
)


@dataclass(frozen=True)
class Entry:
    """One question and what was answered."""

    title: str
    configuration: str
    question: str
    answer: str
    right: bool
    why: str


def sheet(entries: list[Entry], name: str, version: str) -> str:
    """The page: who, how many right, and each question with the answer given and the reason."""
    right = sum(entry.right for entry in entries)
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>",
        f"<title>ResNet Viz: answers</title><style>{_STYLE}</style></head><body>",
        "<h1>What a ResNet does to the shape of a tensor</h1>",
        f"<p>{escape(name) + ': ' if name else ''}{right} of {len(entries)} right.</p>",
    ]
    for entry in entries:
        mark = "<span class='right'>✓ right</span>" if entry.right else "<span class='wrong'>✗ not right</span>"
        parts.append(
            f"<section><h2>{escape(entry.title)}</h2><p>{_plain(entry.question)}<br><code>{escape(entry.configuration)}</code></p>"
            f"<p>Answer: <b>{escape(entry.answer)}</b> {mark}</p><p>{_plain(entry.why)}</p></section>"
        )
    parts.append(f"<p><small>ResNet Viz {escape(version)}</small></p></body></html>")
    return "\n".join(parts)


def _plain(text: str) -> str:
    """Markdown's marks for code and emphasis are dropped."""
    return escape(text.replace("`", "").replace("**", ""))
