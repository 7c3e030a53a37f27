"""What a volume costs: the quantities that colour it, and their bars in a strip under the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ...errors import InputError
from ...steps import Step, Trace
from ...wording import plural
from .scene import LINE, Axis, Bar, Box, Label, Scene, text_width

HEIGHT = 54.0  # px of the longest bar
RAMP = 9.0  # px of the width of the scale's colours
BESIDE = 9.0  # px between the scale and the first bar
MARGIN = 12.0  # px around a picture


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of each step, None where it is unknown; ``summed`` over a volume's steps, or read off its last one."""

    name: str
    title: str
    of: Callable[[Step], float | None]
    summed: bool
    show: Callable[[float], str]


def _digits(value: float) -> str:
    """Three digits, and all of a whole number that has more: ``1.23``, ``1023``."""
    return f"{value:.3g}" if value < 999.5 else f"{value:.0f}"


def _count(value: float) -> str:
    for power, letter in ((9, " G"), (6, " M"), (3, " k")):
        if value >= 10**power:
            return f"{_digits(value / 10**power)}{letter}"
    return f"{value:g}"


def _bytes(value: float) -> str:
    for power, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if value >= 2**power:
            return f"{_digits(value / 2**power)} {unit}"
    return f"{value:g} B"


QUANTITIES: tuple[Quantity, ...] = (
    Quantity("params", "parameters", lambda step: step.params, True, _count),
    Quantity("macs", "MACs", lambda step: step.macs, True, _count),
    Quantity(
        "bytes",
        "activation bytes",
        lambda step: 0 if step.kind in ("input", "identity", "flatten") else step.output_bytes,
        True,
        _bytes,
    ),
    Quantity(
        "field",
        "receptive field",
        lambda step: step.receptive_field and max(step.receptive_field),
        False,
        lambda value: f"{value:g} px",
    ),
    Quantity("time", "time", lambda step: step.time_ms or 0.0, True, lambda value: f"{_digits(value)} ms"),
)
COLOURS = ("stage", "kind", *(quantity.name for quantity in QUANTITIES))


def quantity(name: str) -> Quantity:
    """The quantity of that name. Raises :class:`InputError`."""
    for known in QUANTITIES:
        if known.name == name:
            return known
    raise InputError("colour", name, "must be one of " + ", ".join(COLOURS), "use 'stage'")


def values(scene: Scene, trace: Trace, chosen: Quantity) -> dict[int, float | None]:
    """The quantity of each volume on the main path, by its step: of the whole block at network level.

    None where it is unknown; a sum is where one of its numbers is.
    """
    main = sorted((box for box in scene.boxes if not box.aside), key=lambda box: box.step)
    if not chosen.summed:
        return {box.step: chosen.of(trace.steps[box.step]) for box in main}
    found: dict[int, float | None] = dict.fromkeys((box.step for box in main), 0.0)
    if scene.span != (0, 0):
        return _of_any_part(scene, trace, chosen, main)
    drawn = {box.step: trace.steps[box.step] for box in main}
    if scene.level != "network":  # what a stage or block reads was made outside it: only the step itself counts
        source = trace.steps[main[0].step]
        found[source.index] = chosen.of(source)
        del drawn[source.index]
    # a step that is not drawn counts for the last volume before it in its part, or the first one after it
    homes: dict[tuple[int | None, int | None, str], list[int]] = {}
    for index, step in drawn.items():
        homes.setdefault(_part(step, scene.level), []).append(index)
    for step in trace.steps:
        home = homes.get(_part(step, scene.level))
        if home:
            before = [index for index in home if index <= step.index]
            volume, more = before[-1] if before else home[0], chosen.of(step)
            so_far = found[volume]
            found[volume] = None if so_far is None or more is None else so_far + more
    return found


def homes(scene: Scene) -> dict[int, int]:
    """Which volume of a picture of any part each of its steps counts for: the one whose part it is in, else the last one
    before it. Empty for the pictures of a ResNet.
    """
    start, stop = scene.span
    inside = sorted(
        (box for box in scene.boxes if start <= box.step < stop and not box.aside), key=lambda box: box.step
    )
    found: dict[int, int] = {}
    place = 0
    for index in range(start, stop) if inside else ():
        while place + 1 < len(inside) and inside[place + 1].step <= index:
            place += 1
        found[index] = inside[place].step
    for box in inside:
        found |= dict.fromkeys(range(*box.covers), box.step)
    return found


def _of_any_part(scene: Scene, trace: Trace, chosen: Quantity, main: list[Box]) -> dict[int, float | None]:
    """The same for a part of any network; of a tensor from outside the part only its own step counts."""
    start, stop = scene.span
    found: dict[int, float | None] = {
        box.step: 0.0 if start <= box.step < stop else chosen.of(trace.steps[box.step]) for box in main
    }
    for index, volume in homes(scene).items():
        so_far, more = found[volume], chosen.of(trace.steps[index])
        found[volume] = None if so_far is None or more is None else so_far + more
    return found


def _part(step: Step, level: str) -> tuple[int | None, int | None, str]:
    """A block at network level with all its paths; elsewhere one path of a block, of the stem or of the head."""
    whole = level == "network" and step.stage is not None
    return step.stage, step.block, "" if whole else step.path


def with_strip(scene: Scene, trace: Trace, chosen: Quantity) -> Scene:
    """``scene`` with a bar under each volume, as long as its share of the largest, their scale, and a line that says what
    it is. Colours are on the same scale, so that the ramp beside the bars is the legend of both.
    """
    found = values(scene, trace, chosen)
    most = max((value for value in found.values() if value is not None), default=0.0)
    left, bottom, right, top = scene.bounds
    base = bottom - 10 - LINE - HEIGHT
    drawn = [(box, value) for box in scene.boxes if not box.aside and (value := found[box.step]) is not None]
    bars = tuple(
        Bar(box.left, base, box.right, base + HEIGHT * value / most, box.step) for box, value in drawn if most > 0
    )
    without = sum(value is None for value in found.values())
    per = "per block" if scene.level == "network" else "per step"
    text = f"{chosen.title} {per if chosen.summed else 'at each volume'}: "
    text += "colours and bars on one scale" if bars else "nothing to show"
    if without:
        text += f"; unknown at {plural(without, 'volume')}, without a bar"
    axis = _axis(bars, left, base, most, chosen)
    if axis:
        left = min(left, *(label.rect[0] - MARGIN for label in axis.labels))
    begin = (
        axis.left if axis else left + MARGIN
    )  # clear of the numbers, of which the highest is half a line over the bars
    label = Label(begin + text_width((text,)) / 2, bottom - 4, (text,))
    return replace(
        scene,
        bars=bars,
        axis=axis,
        labels=(*scene.labels, label),
        bounds=(left, base - LINE / 2 - 2, max(right, label.rect[2] + MARGIN), top),
    )


def _axis(bars: tuple[Bar, ...], left: float, base: float, most: float, chosen: Quantity) -> Axis | None:
    """The scale, left of the first bar that can be seen: a first volume often costs nothing, and leaves its room."""
    seen = [bar.left for bar in bars if bar.top - base > 1]
    if not seen:
        return None
    shares = (1.0, 0.5, 0.0)
    texts = [(chosen.show(most * share),) for share in shares]
    room = max(map(text_width, texts))
    ramp = min(left + MARGIN + room + 4, min(seen) - BESIDE - RAMP)
    heights = tuple(base + HEIGHT * share for share in shares)
    labels = tuple(
        Label(ramp - 4 - room / 2, height + LINE / 2, text) for height, text in zip(heights, texts, strict=True)
    )
    return Axis(ramp, base, ramp + RAMP, base + HEIGHT, max(bar.right for bar in bars), heights, labels)
