"""What is pointed at: a transparent bar over each volume and sign that hovers and is clicked, and the mark around one of them."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin

from ...steps import Part, Step, Trace
from ...why.worked import worked_lines
from ...wording import plural
from .. import layout
from ..layout import Scene, contract
from . import palette
from .sheet import Sheet, path
from .signs import sign_size
from .volumes import outline


def add_mark(sheet: Sheet, outlines: dict[str, list[list[float | None]]], theme: str, selected: int | None) -> None:
    """The mark around the chosen volume: a trace of its own, so that a page can move it and leave the rest."""
    xs, ys = outlines.get(str(selected), ([], []))
    sheet.add_scatter(
        x=xs,
        y=ys,
        mode="lines",
        line={"color": palette.INK[theme], "width": 3.5},
        hoverinfo="skip",
        showlegend=False,
        name=contract.TRACES.selected,
    )


def outlines_of(scene: Scene) -> dict[str, list[list[float | None]]]:
    """x and y of the mark around each volume and sign, by its step."""
    found: dict[str, list[list[float | None]]] = {}
    for plus in (*scene.pluses, *scene.signs):
        found[str(plus.step)] = list(path([_ring(plus.x, plus.y, sign_size(scene) / 2 + 5.5)]))
    for box in scene.boxes:
        found[str(box.step)] = list(path([outline(box)]))
    return found


def _ring(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    """Eight corners around a sign, clear of its own line."""
    turns = (pi * (k + 0.5) / 4 for k in range(8))
    return [(x + radius * cos(turn), y + radius * sin(turn)) for turn in turns]


def add_hits(sheet: Sheet, scene: Scene, trace: Trace, blocks: list[Part | None]) -> None:
    """The bars: over each volume and sign one that no eye sees."""
    boxes = scene.boxes
    places = [(box.left, box.right, box.bottom, box.top, box.step) for box in boxes]
    places += [(plus.x - 8, plus.x + 8, plus.y - 8, plus.y + 8, plus.step) for plus in (*scene.pluses, *scene.signs)]
    hits = [(round(a, 2), round(b, 2), round(c, 2), round(d, 2), step) for a, b, c, d, step in places]
    folded = {box.step: box.folded for box in boxes if box.folded}
    sheet.add_bar(
        x=[round((left + right) / 2, 2) for left, right, *_ in hits],
        width=[round(right - left, 2) for left, right, *_ in hits],
        base=[bottom for _, _, bottom, _, _ in hits],
        y=[round(top - bottom, 2) for _, _, bottom, top, _ in hits],
        customdata=[step for *_, step in hits],
        # in a pre-activation block the sum is the block's output: one step, two marks
        ids=[str(step) if i < len(boxes) else f"{step}+" for i, (*_, step) in enumerate(hits)],
        hovertext=[
            _never(scene, trace, step)
            if step in scene.unreached
            else _hover(trace, blocks, step, folded.get(step, ()), scene.hidden)
            for *_, step in hits
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        opacity=0,
        zorder=10,
        showlegend=False,
        name=contract.TRACES.hits,
    )


def _never(scene: Scene, trace: Trace, index: int) -> str:
    step = trace.steps[index]
    stopped = any(sign.step == index for sign in scene.signs)
    return f"<b>{step.name}</b> ({step.kind})<br>{'PyTorch stopped here' if stopped else 'never reached'}"


def _hover(trace: Trace, blocks: list[Part | None], index: int, folded: tuple[int, ...], hidden: frozenset[int]) -> str:
    step = trace.steps[index]
    unknown = index in hidden
    head = f"<b>{step.name}</b> ({step.kind})"
    if folded:
        first, last = blocks[folded[0]], blocks[folded[-1]]
        if first and last:
            head = f"<b>{first.title} … {last.title}</b>: {len(folded)} equal blocks"
    shape = layout.BLANK if unknown else "×".join(map(str, step.output))
    lines = [head, f"shape {shape}" + (" (N×C×H×W)" if len(step.output) == 4 and not unknown else "")]
    if hidden.isdisjoint((index, *step.reads)):
        sizes = ("size", "height", "width")
        lines += [f"{title}: {line}" for title, line in worked_lines(trace, step) if title in sizes]
    block = blocks[index]
    if unknown:  # multiply-adds and bytes are products of the sides
        whole = block and index == block.stop - 1
        counted = trace.steps[block.start : block.stop] if block and whole else (step,)
        lines.append(f"{'block: ' if whole else ''}{sum(one.params for one in counted):,} parameters")
    elif block and index == block.stop - 1:  # the sum, or the ReLU after it
        lines.append(f"block: {_costs(trace.steps[block.start : block.stop])}")
    else:
        lines.append(_costs([step]))
    field = "unknown" if step.receptive_field is None else f"{step.receptive_field[0]}×{step.receptive_field[1]} px"
    lines.append(f"receptive field {field}" + ("" if unknown else f", {step.output_bytes:,} bytes"))
    return "<br>".join(lines)


def _costs(part: Sequence[Step]) -> str:
    """Parameters and MACs of some steps; what a sum leaves out is said."""
    counted = [step.macs for step in part if step.macs is not None]
    params = f"{sum(step.params for step in part):,} parameters"
    if not counted:
        return f"{params}, MACs unknown"
    left = len(part) - len(counted)
    return f"{params}, {sum(counted):,} MACs" + (f" without {plural(left, 'operation')} not counted" if left else "")
