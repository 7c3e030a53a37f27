"""A network with a mistake in it, as far as it ran: where it stopped, and blank outlines for what was never reached."""

from __future__ import annotations

from html import escape
from math import prod
from typing import Any

from ...errors import InputError
from ...steps import Add, AvgPool, Broken, Conv, Cut, HasBroken, MaxPool, Norm
from ...wording import plural
from ..layout import PLAIN, SCENES, WHOLE, Look, Place, Wrong, block_names, home, map_text
from .flow import describe


def describe_broken(
    broken: Broken, place: Place = WHOLE, look: Look = PLAIN, *, selected: int | None = None
) -> dict[str, Any]:
    """The figure as plain data. Raises :class:`InputError` for what a network that stopped has not: a window or field of a
    step that never ran, a quantity of each volume, solid volumes.
    """
    cut = broken.cut()
    if cut.unreached:
        _check(cut, place, look)
    form = "raised" if broken.stopped else "silent"
    wrong = [] if cut.at is None else [Wrong(cut.at, form, _words(broken, cut))]
    figure = describe(cut.trace, place, look, wrong=wrong, unreached=cut.unreached, selected=selected)
    figure["layout"]["meta"]["alt"] += _told(broken, cut)
    return figure


def _check(cut: Cut, place: Place, look: Look) -> None:
    if place.level not in SCENES:
        ran = [step.name for step in cut.trace.steps if step.index not in cut.unreached]
        if place.focus is None or place.focus not in ran:
            fix = f"use a step before it, such as {ran[-1]!r}" if ran else "use level 'block'"
            raise InputError("focus", place.focus, "never ran in this network, which stopped", fix)
    if look.solid or look.colour not in ("stage", "kind"):
        field, value = ("solid", True) if look.solid else ("colour", look.colour)
        raise InputError(field, value, "is not drawn of a network that stopped", "use flat volumes and colour='stage'")


def place_of(broken: Broken) -> Place:
    """The block that it went wrong in, else the whole network."""
    cut = broken.cut()
    part = None if cut.at is None else home(cut.trace, cut.at, "block")
    return Place("block", part.path) if part is not None and part.path in block_names(cut.trace) else WHOLE


def outcome_html(outcome: HasBroken) -> str:
    """What came of a mistake, for a notebook."""
    from .still import scrolled, svg

    picture = scrolled(svg(describe_broken(outcome.broken, place_of(outcome.broken))))
    return f"{picture}<pre>{escape(repr(outcome))}</pre>"


def _words(broken: Broken, cut: Cut) -> tuple[str, ...]:
    """What does not fit, in a few signs."""
    assert cut.at is not None
    step = broken.stopped or cut.trace.steps[cut.at]
    name = step.name.rpartition(".")[2]
    shapes = [map_text(shape) for shape in step.inputs]
    if isinstance(step.op, Add) and len(shapes) == 2:
        return shapes[0], f"+ {shapes[1]}", "unequal: raises" if broken.stopped else "unequal: repeated"
    if broken.stopped is None:
        return name, map_text(step.output)
    planned = broken.plan.step(broken.at)
    if broken.ran is None and isinstance(step.op, Conv):
        return name, plural(planned.inputs[0][1], "channel"), f"in {plural(step.op.groups, 'group')}: raises"
    if isinstance(step.op, Conv | AvgPool | MaxPool) and len(step.inputs[0]) == 4:
        kernel, padding = step.op.kernel, getattr(step.op, "padding", (0, 0))
        rows, columns = step.inputs[0][2:]
        if kernel[0] > rows + 2 * padding[0] or kernel[1] > columns + 2 * padding[1]:
            return name, f"window {kernel[0]}×{kernel[1]}", f"on {rows}×{columns}: raises"
    if isinstance(step.op, Norm) and prod(step.inputs[0]) == step.inputs[0][1]:
        return name, f"{shapes[0]}: one number", "a channel: raises"
    if step.inputs != planned.inputs and planned.inputs:
        return name, f"given {shapes[0]}", f"takes {map_text(planned.inputs[0])}: raises"
    return name, f"given {' and '.join(shapes)}", "raises"


def _told(broken: Broken, cut: Cut) -> str:
    """The same for who does not see the picture."""
    if cut.at is None:
        return ""
    words = " ".join(_words(broken, cut))
    if broken.ran is None:
        return f" Nothing ran: {broken.at} could not be built, {words}."
    if broken.stopped is None:
        return f" Wrong from {broken.at} on, in silence: {words}."
    return f" It stopped in {broken.stopped.name}: {words}. Nothing after it ran."
