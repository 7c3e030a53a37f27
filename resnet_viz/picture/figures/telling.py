"""What a figure of volumes says in words: its labels, and its route for who does not see it."""

from __future__ import annotations

from ...steps import Trace
from ...wording import plural
from .. import layout
from ..layout import Scene, residual
from . import palette
from .sheet import Sheet


def alt_text(trace: Trace, scene: Scene) -> str:
    """The picture's route in words, for who does not see it."""
    route: list[str] = []
    for box in scene.boxes:
        if box.aside:
            continue
        words = box.words
        if not route or route[-1] != words:
            route.append(words)
    kinds = {
        kind: len(
            {
                link.target
                for link in scene.links
                if link.kind == kind and link.target in {sum_.step for sum_ in (*scene.pluses, *scene.signs)}
            }
        )
        for kind in ("identity", "projection", "zero-pad")
    }
    ways = ", ".join(plural(count, f"{kind} shortcut") for kind, count in kinds.items() if count) or "no shortcuts"
    gates = sum(plus.gate for plus in scene.pluses)
    gated = f" {plural(gates, 'channel gate')}." if gates else ""
    concats = sum(plus.form == "concat" for plus in scene.pluses)
    skips = sum(link.kind == "skip" for link in scene.links)
    if concats:
        gated += f" {plural(concats, 'concatenation')}" + (f", {plural(skips, 'skip')} to them." if skips else ".")
    folds = [box.folded for box in scene.boxes if box.folded]
    if folds and trace.spec is None:
        gated += f" Folded: {', '.join(f'{len(fold)} like parts' for fold in folds)}."
    notes = "".join(f" {note[0].upper()}{note[1:]}." for note in scene.notes)
    return f"{scene.level} level, {scene.title}. Volumes (height×width×channels): {' → '.join(route)}. Drawn: {ways}.{_residual(trace, scene)}{gated}{notes}"


def _residual(trace: Trace, scene: Scene) -> str:
    """What the marks under the sums tell, in words."""
    blocks = layout.outer_blocks(trace)
    parts = {part.path: part for mark in scene.marks if (part := blocks[mark.step])}
    said = residual.told(trace.steps[part.start : part.stop] for part in parts.values())
    whose = "each block" if len(parts) > 1 else "the block"
    return f" F(x) of {whose}, {said}." if said else ""


def add_labels(sheet: Sheet, scene: Scene, theme: str) -> None:
    """The words at the volumes and along the strip's scale."""
    for label in (*scene.labels, *(scene.axis.labels if scene.axis else ())):
        lines = [f"<b>{line}</b>" if label.strong and i == 0 else line for i, line in enumerate(label.lines)]
        colour = palette.INK[theme] if label.kind == "main" else palette.LINK[label.kind][theme]
        ground = {}
        if label.alarm:  # a shortcut's words are red, too
            colour, ground = palette.PAPER[theme], {"bgcolor": palette.STOP[theme]}
        sheet.add_annotation(
            x=round(label.x, 1),
            y=round(label.y, 1),
            text="<br>".join(lines),
            showarrow=False,
            xanchor="center",
            yanchor="top",
            borderpad=3 if label.alarm else 0,
            font={"size": layout.FONT, "color": colour},
            **ground,
        )
