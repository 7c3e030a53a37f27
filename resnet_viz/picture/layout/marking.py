"""Where in a picture did it go wrong, and what of it was never reached?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ...steps import Trace
from .scene import BLANK, Label, Link, Scene, Sign, SignForm, text_width

NOT_RUN = "not run"
ROOM = 12.0  # px of half a sign


@dataclass(frozen=True, slots=True)
class Wrong:
    """A step that is marked as ``form`` says, and what is said of it."""

    step: int
    form: SignForm
    words: tuple[str, ...] = ()


def marked(scene: Scene, trace: Trace, wrong: Sequence[Wrong], unreached: frozenset[int]) -> Scene:
    """``scene`` with a sign for each that it has a place for, and without numbers for what was never reached."""
    said = {label.lines for label in scene.labels}
    labels = [_without_blanks(label) for label in scene.labels] if unreached else list(scene.labels)
    left, bottom, right, top = scene.bounds
    signs: list[Sign] = []
    low = bottom
    for mark in wrong:
        place = _place(scene, trace, mark)
        if place is None or place in [(sign.x, sign.y) for sign in signs]:
            continue
        signs.append(Sign(mark.step, *place, mark.form))
        if mark.words and mark.words not in said:  # under all, where there is room
            lines = _with_name(mark.words, trace.steps[mark.step].name)
            half = text_width(lines) / 2 + 8
            label = Label(max(min(place[0], right - half), left + half), low - 4, lines, alarm=True)
            labels.append(label)
            low, right = label.rect[1] - 8, max(right, label.rect[2] + 8)
    boxes = tuple([replace(box, words=NOT_RUN) if box.step in unreached else box for box in scene.boxes])
    at = {sign.step for sign in signs}
    return replace(
        scene,
        boxes=boxes,
        labels=tuple(labels),
        pluses=tuple([plus for plus in scene.pluses if plus.step not in at]),
        signs=tuple(signs),
        unreached=unreached,
        bounds=(left, low, right, top),
    )


def _without_blanks(label: Label) -> Label:
    return replace(label, lines=tuple([line.replace(BLANK, NOT_RUN) for line in label.lines]))


def _with_name(words: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Away from its place in the network a step is told by its whole name."""
    return (name, *(words[1:] if words[0] == name.rpartition(".")[2] else words))


def _place(scene: Scene, trace: Trace, mark: Wrong) -> tuple[float, float] | None:
    """On the sign of a sum; else on the line that leads into its volume, or away from the one that it reads."""
    index = mark.step
    for plus in scene.pluses:
        if plus.step == index:
            return plus.x, plus.y
    step = trace.steps[index]
    ways = [link for link in scene.links if (link.kind == "main") is (step.path != "shortcut")]
    found = next((link for link in ways if link.target == index), None)
    drawn = {*(box.step for box in scene.boxes), *(plus.step for plus in scene.pluses)}
    at = index
    while found is None and trace.steps[at].reads:
        at = trace.steps[at].reads[0]
        found = next((link for link in ways if link.source == at), None)
        if at in drawn:
            break
    return None if found is None else _on(found, 0.5 if mark.words else 0.0)


def _on(link: Link, share: float) -> tuple[float, float]:
    """A place on the longest straight piece of a line; at its start there is room for the sign alone."""
    (x0, y0), (x1, y1) = max(
        pairwise(link.points), key=lambda ends: abs(ends[0][0] - ends[1][0]) + abs(ends[0][1] - ends[1][1])
    )
    length = max(abs(x1 - x0), abs(y1 - y0)) or 1.0
    share = max(share, min(0.5, ROOM / length))
    return x0 + share * (x1 - x0), y0 + share * (y1 - y0)
