"""What a tour teaches and asks, for whoever teaches with it: one page of HTML to print, Markdown, or data. Every text is escaped."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from .escaping import markdown
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
    right_why: str
    reason: str
    wrong: Sequence[tuple[str, str]]
    minutes: float


TITLE = "What each step of the tour teaches and asks"
_ABOUT = (
    "The numbers are those of the network that a step opens with; with another one it asks the same with other numbers. "
    "After each wrong answer stands what it shows that one assumes, in the words that the learner reads. "
    "Times are for reading, looking and predicting, without talk about it."
)


def _halves(steps: Sequence[Taught]) -> list[tuple[str, list[Taught]]]:
    """The core and the deeper steps, each under a heading that says how many there are and how long they take."""
    made: list[tuple[str, list[Taught]]] = []
    for name, side in (("The core", False), ("Deeper", True)):
        some = [step for step in steps if step.deeper is side]
        made.append((f"{name}, {len(some)} steps, about {sum(step.minutes for step in some):.0f} minutes", some))
    return made


def guide(steps: Sequence[Taught], version: str) -> str:
    """The steps in their order, those of the core first, as a page of HTML."""
    body = [f"<h1>{TITLE}</h1>", f"<p>{_ABOUT}</p>"]
    for title, some in _halves(steps):
        body += [f"<h2>{title}</h2>", *[line for step in some for line in _step(step)]]
    return page(TITLE, body, {"made by": f"ResNet Viz {version}"}, _STYLE)


def guide_text(steps: Sequence[Taught], version: str) -> str:
    """The same as Markdown, which is read as plain text too."""
    lines = [f"# {TITLE}", "", _ABOUT]
    for title, some in _halves(steps):
        lines += ["", f"## {title}"]
        for step in some:
            lines += ["", f"### {step.title}", "", f"{step.claim} With {step.configuration}, {_time(step)}."]
            if step.terms:
                lines += ["", f"Words: {', '.join(step.terms)}."]
            lines += [
                "",
                f"It asks: {step.question}",
                "",
                f"Right: {step.right}. {_joined(step)}",
                "",
                "Wrong answers:",
                "",
            ]
            lines += [f"- {text}: {why}" for text, why in step.wrong]
            lines += ["", f"Link: {step.link}"]
    return "\n".join([*lines, "", markdown(f"made by ResNet Viz {version}"), ""])


def guide_data(steps: Sequence[Taught], version: str) -> str:
    """The same as JSON."""
    told = [{**asdict(step), "wrong": [{"answer": text, "why": why} for text, why in step.wrong]} for step in steps]
    return json.dumps({"made_by": f"ResNet Viz {version}", "steps": told}, ensure_ascii=False, indent=1) + "\n"


def _time(step: Taught) -> str:
    return f"about {max(1, round(step.minutes))} min"


def _joined(step: Taught) -> str:
    """Why the right answer is right, and what follows; where the two say the same, once."""
    return step.reason if step.right_why in step.reason else f"{step.right_why} {step.reason}"


def _step(step: Taught) -> list[str]:
    words = f" Words: {', '.join(step.terms)}." if step.terms else ""
    wrong = [f"<li>{_marked(text)}: {_marked(why)}</li>" for text, why in step.wrong]
    return [
        f'<article><h3><a href="{text_of(step.link)}">{text_of(step.title)}</a></h3>',
        f"<p>{_marked(step.claim)} <small>With {text_of(step.configuration)}, {_time(step)}.{text_of(words)}</small></p>",
        f"<p><b>It asks:</b> {_marked(step.question)}</p>",
        f"<p><b>Right:</b> {_marked(step.right)}. {_marked(_joined(step))}</p>",
        "<p><b>Wrong answers:</b></p><ul>", *wrong, "</ul></article>",
    ]  # fmt: skip


def _marked(text: str) -> str:
    """The marks of Markdown that lessons use: code, and words that stand out."""
    made = re.sub(r"`([^`]+)`", r"<code>\1</code>", text_of(text))
    made = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", made)
    return re.sub(r"\*([^*\s][^*]*)\*", r"<em>\1</em>", made)
