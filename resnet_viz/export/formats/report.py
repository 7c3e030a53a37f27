"""A report: one page that needs nothing else, to be handed in, sent round or printed.

The picture, the totals, what is found, why each size is what it is, the stages as papers print them, the whole table.
"""

from __future__ import annotations

import shlex
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ...advise.diagnosis import Finding, diagnose
from ...errors import InputError
from ...steps import Part, Step, Trace
from ...why.shape import shape_text
from ...why.words import why
from ...why.worked import worked_lines
from ..figure import sheet
from ..paper import paper_of
from ..registry import Export, Exporter, Options
from ..table import bytes_text, input_text
from ..tabular import shape_table, table_of
from .html import named, page, scrolling, table_lines, text_of
from .paper_html import paper_lines, title_of
from .svg import drawn_on

_STYLE = (
    "body{max-width:64rem}h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.2rem}h3{font-size:1rem;margin-bottom:.2rem}"
    "h2,h3{break-after:avoid}article,figure,tr{break-inside:avoid}"
    # a figure has paper's own ground, in the dark too
    "figure{margin:1rem 0}figure img{max-width:100%;height:auto;background:#fff}figcaption{font-size:.85rem}"
    "main dl{gap:.1rem 1rem}dt{font-weight:600}code{overflow-wrap:anywhere}.shape{font-weight:400;margin-left:.6em}"
    "@media print{body{max-width:none;margin:0;padding:0;font-size:10pt}nav{display:none}a{color:inherit}"
    "section.table{page:across;break-before:page}.table table{font-size:5.5pt}.table th,.table td{padding:.1rem .2rem}"
    "footer{page:across}}"  # on the last page, and not on one of its own
    "@page{size:A4;margin:15mm}@page across{size:A4 landscape;margin:10mm}"
)
_CHANGES = ("size", "where the half goes", "channels")  # of the worked lines, those that a shape follows from


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, the word that links to it, and what stands below."""

    word: str
    title: str
    lines: Sequence[str]
    wide: bool = False  # a table of all columns, which is printed across


def write(export: Export) -> str:
    """The network, and with one beside it first what differs, then each in the same sections."""
    both = (export, *export.beside)
    title = " and ".join([_name(one) for one in both])
    sections: list[Section] = []
    if export.beside:
        table = table_of(export)  # refuses more than one
        sections.append(Section("differs", "What differs", _differing(both, table.notes)))
        sections += [section for number, one in enumerate(both) for section in _sections(one, "ab"[number])]
        lines = scrolling(table.title, table_lines(table), ())
        sections.append(Section("aligned", "Step by step", lines, wide=True))
    else:
        sections += _sections(export, "")
    return page(title, [f"<h1>{text_of(title)}</h1>", *_contents(sections), *_drawn(sections)], export.provenance, _STYLE)  # fmt: skip


def _name(export: Export) -> str:
    return export.configuration or export.name


def _contents(sections: Iterable[Section]) -> list[str]:
    links = [f'<li><a href="#{one.word}">{text_of(one.title)}</a></li>' for one in sections]
    return ['<nav aria-label="Contents"><ul>', *links, "</ul></nav>"]


def _drawn(sections: Iterable[Section]) -> list[str]:
    made: list[str] = []
    for one in sections:
        kind = ' class="table"' if one.wide else ""
        made += [f'<section id="{one.word}"{kind}><h2>{text_of(one.title)}</h2>', *one.lines, "</section>"]
    return made


def _sections(export: Export, side: str) -> list[Section]:
    """All that is told of one network; ``side`` keeps two apart."""
    trace = export.trace
    of = f"{_name(export)}: " if side else ""
    sections = [
        Section(f"picture{side}", f"{of}The picture", _pictures(export)),
        Section(f"totals{side}", f"{of}In numbers", _totals(export)),
        Section(f"findings{side}", f"{of}Does it suit this input?", _findings(export)),
        Section(f"why{side}", f"{of}Why the shapes are what they are", _reasons(trace)),
    ]
    if trace.spec is not None:
        paper = paper_of(replace(export, beside=()))
        lines = scrolling(title_of(paper), paper_lines(paper), paper.notes)
        sections.append(Section(f"stages{side}", f"{of}Stages and blocks", lines))
    if not side:
        table = shape_table(trace, _name(export))
        lines = scrolling(table.title, table_lines(table), table.notes)
        sections.append(Section("table", "Every step", lines, wide=True))
    return sections


# ---- pictures -------------------------------------------------------------------------------------------------------


def _pictures(export: Export) -> list[str]:
    """The network, and of its blocks one, that which first changes the shape."""
    options = export.options
    shown = [Options(colour=options.colour, grey=options.grey)]
    block = _telling_block(export.trace)
    if block is not None:
        shown.append(replace(shown[0], level="block", part=block.path))
    made: list[str] = []
    for one in shown:
        asked = replace(export, options=one, beside=())
        try:
            laid = sheet(asked)
        except (
            InputError
        ) as error:  # a network without volumes has no picture, and the rest of the report is still true
            made.append(f"<p>{text_of(str(error))}</p>")
            continue
        address = "data:image/svg+xml;base64," + b64encode(drawn_on(laid).encode()).decode()
        made += [
            f'<figure><img src="{address}" alt="{text_of(laid.drawing.alt)}">',
            f"<figcaption>{text_of(laid.title)}</figcaption></figure>",
        ]
    return made


def _telling_block(trace: Trace) -> Part | None:
    blocks = [part for part in trace.parts.walk() if part.kind == "block"]
    changing = (part for part in blocks if trace.steps[part.stop - 1].output != trace.steps[part.source or 0].output)
    return next(changing, next(iter(blocks), None))


# ---- numbers --------------------------------------------------------------------------------------------------------


def _totals(export: Export) -> list[str]:
    trace, totals = export.trace, export.trace.totals
    told = {
        "input": input_text(trace),
        "output": shape_text((trace.steps[-1].output,)),
        "parameters": f"{totals.params:,}",
        "MACs": f"{totals.macs:,}",
        "activations": f"{totals.activation_bytes:,} bytes, {bytes_text(totals.activation_bytes)}",
        "convolutions": f"{totals.convs:,}",
        "additions": f"{totals.adds:,}",
    }
    made = [named(told.items()), *[f"<p>{text_of(sentence)}</p>" for sentence in trace.coverage]]
    if export.configuration is not None:
        again = f"resnet-viz export {shlex.quote(export.configuration)} report -o report.html"
        made.append(f"<p>This report again: <code>{text_of(again)}</code></p>")
    return made


def _differing(both: Sequence[Export], notes: Sequence[str]) -> list[str]:
    a, b = [text_of(_name(one)) for one in both]
    return [f"<p>a is {a}, b is {b}.</p><ul>", *[f"<li>{text_of(note)}</li>" for note in notes], "</ul>"]


# ---- words ----------------------------------------------------------------------------------------------------------


def _findings(export: Export) -> list[str]:
    """Remedies are proposed where one can be tried: of a network that this package builds."""
    trace = export.trace
    batch = trace.batch if trace.batch > 1 else None  # a single image is a trace's own, and no training with one
    try:
        found = diagnose(export.configuration or trace, batch=batch)
    except InputError as error:  # a network that reads no images
        return [f"<p>{text_of(str(error))}</p>"]
    return [line for finding in found for line in _finding(finding)] or ["<p>Nothing to say against it at this input.</p>"]  # fmt: skip


def _finding(finding: Finding) -> list[str]:
    mends = [f"<li>{text_of(remedy.title)}</li>" for remedy in finding.remedies]
    return [
        f"<article><h3>{text_of(finding.severity)}: {text_of(finding.title)}</h3>",
        f"<p>{text_of(finding.evidence)}</p><p>{text_of(finding.explanation)}</p>",
        *(["<p>What helps:</p><ul>", *mends, "</ul>"] if mends else []),
        *([f"<p><small>Source: {text_of(finding.source)}</small></p>"] if finding.source else []),
        "</article>",
    ]


def _reasons(trace: Trace) -> list[str]:
    """Of each step that changes the shape; those of repeated blocks, of which the same is true, are told once."""
    alike: dict[tuple[str, ...], list[Step]] = {}
    for step in trace.steps:
        if step.inputs and step.output not in step.inputs:
            alike.setdefault(_reason(trace, step), []).append(step)
    made = [line for told, steps in alike.items() for line in _told(told, steps)]
    return made or ["<p>No step changes the shape.</p>"]


def _reason(trace: Trace, step: Step) -> tuple[str, ...]:
    worked = [line for line in worked_lines(trace, step) if line[0] in _CHANGES]
    return (
        f"{shape_text(step.inputs)} → {shape_text((step.output,))}",
        f"<p>{text_of(why(trace, step))}</p>",
        *([named(worked)] if worked else []),
    )


def _told(told: tuple[str, ...], steps: Sequence[Step]) -> list[str]:
    first, *others = [step.name for step in steps]
    shapes, *lines = told
    return [
        f'<article><h3>{text_of(first)} <span class="shape">{text_of(shapes)}</span></h3>', *lines,
        *([f"<p><small>The same is true of {text_of(', '.join(others))}.</small></p>"] if others else []), "</article>",
    ]  # fmt: skip


EXPORTER = Exporter(
    "report", "Report, HTML", (".html", ".htm"), "text/html",
    "picture, totals, findings, reasons and the whole table on one page to hand in, send or print; with one --beside both and what differs", write,
    kind="report", options=("beside", "grey", "colour"),
)  # fmt: skip
