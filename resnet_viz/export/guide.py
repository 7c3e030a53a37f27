"""What a tour teaches and asks, as one page of HTML for whoever teaches with it, to be printed. Every text is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .formats.html import page, text_of

_STYLE = (
    "body{max-width:46rem}h1{font-size:1.5rem}h2{font-size:1.25rem;margin-top:2.2rem}h3{font-size:1.05rem;margin:1.6rem 0 .2rem}code{white-space:nowrap}"
    "article{break-inside:avoid}h2,h3{break-after:avoid}ul{margin:.2rem 0}"
    "@media print{body{max-width:none;margin:0;padding:0;font-size:10.5pt}a{color:inherit}}@page{size:A4;margin:16mm}"
)


@dataclass(frozen=True, slots=True)
class Taught:
    """One step: where it is found, what it teaches, what it asks, and what each wrong answer shows that one believes."""

    title: str
    link: str
    deeper: bool
    claim: str
    configuration: str
    terms: Sequence[str]
    question: str
    right: str
    reason: str
    wrong: Sequence[tuple[str, str]]


def guide(steps: Sequence[Taught], version: str) -> str:
    """The steps in their order, those of the core first."""
    core, deeper = [[step for step in steps if step.deeper is side] for side in (False, True)]
    title = "What each step of the tour teaches and asks"
    body = [
        f"<h1>{title}</h1>",
        "<p>The numbers are those of the network that a step opens with; with another one it asks the same with other numbers. "
        "After each wrong answer stands what it shows that one believes, in the words that the learner reads.</p>",
        f"<h2>The core, {len(core)} steps</h2>", *[line for step in core for line in _step(step)],
        f"<h2>Deeper, {len(deeper)} steps</h2>", *[line for step in deeper for line in _step(step)],
    ]  # fmt: skip
    return page(title, body, {"made by": f"ResNet Viz {version}"}, _STYLE)


def _step(step: Taught) -> list[str]:
    words = f" Words: {', '.join(step.terms)}." if step.terms else ""
    wrong = [f"<li>{_marked(text)}: {_marked(why)}</li>" for text, why in step.wrong]
    return [
        f'<article><h3><a href="{text_of(step.link)}">{text_of(step.title)}</a></h3>',
        f"<p>{_marked(step.claim)} <small>With {text_of(step.configuration)}.{text_of(words)}</small></p>",
        f"<p><b>It asks:</b> {_marked(step.question)}</p>",
        f"<p><b>Right:</b> {_marked(step.right)}. {_marked(step.reason)}</p>",
        "<p><b>Wrong answers:</b></p><ul>", *wrong, "</ul></article>",
    ]  # fmt: skip


def _marked(text: str) -> str:
    """The marks of Markdown that lessons use: code, and words that stand out."""
    made = re.sub(r"`([^`]+)`", r"<code>\1</code>", text_of(text))
    made = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", made)
    return re.sub(r"\*([^*\s][^*]*)\*", r"<em>\1</em>", made)
