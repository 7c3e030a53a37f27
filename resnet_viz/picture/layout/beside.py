"""Networks under each other: one scale for all, and each stage at the same place."""

from __future__ import annotations

from dataclasses import replace

from ...steps import Trace
from .canvas import Canvas
from .generic import any_network
from .measure import Measure
from .network import finished, network_canvas, network_scene, zoom_of
from .parts import is_resnet, stage_title
from .scene import Label, Link, Scene

HEAD = 10_000  # the part after all stages


def beside(traces: tuple[Trace, ...], true_scale: bool = False) -> tuple[Scene, ...]:
    """The network scenes of ``traces`` in one scale, their stages aligned, all equally wide."""
    measure = Measure.of(*traces, true=true_scale)
    if not all(is_resnet(trace) for trace in traces):
        return _equally_wide(_unaligned(traces, measure))
    measure = measure.at(min(zoom_of(trace, measure) for trace in traces))
    canvases = [network_canvas(trace, measure) for trace in traces]
    keys = [_keys(trace) for trace in traces]
    starts = [_starts(canvas, key) for canvas, key in zip(canvases, keys, strict=True)]
    moves: list[dict[int, float]] = [{} for _ in canvases]  # by how much each part moves to the right
    for part in sorted({part for start in starts for part in start}):
        having = [(start, move) for start, move in zip(starts, moves, strict=True) if part in start]
        place = max(start[part] + max(move.values(), default=0.0) for start, move in having)
        for start, move in having:
            move[part] = place - start[part]
    for trace, canvas, key, move in zip(traces, canvases, keys, moves, strict=True):
        _move(canvas, key, _names(trace), move)
    return _equally_wide([finished(trace, canvas) for trace, canvas in zip(traces, canvases, strict=True)])


def _equally_wide(scenes: list[Scene]) -> tuple[Scene, ...]:
    right = max(scene.bounds[2] for scene in scenes)
    return tuple(replace(scene, bounds=(*scene.bounds[:2], right, scene.bounds[3])) for scene in scenes)


def _unaligned(traces: tuple[Trace, ...], measure: Measure) -> list[Scene]:
    """Networks of other kinds have no stages in common: each as it is, none larger than the one that must be smallest."""

    def drawn(at: Measure) -> list[Scene]:
        return [(network_scene if is_resnet(trace) else any_network)(trace, at) for trace in traces]

    scenes = drawn(measure)
    while len({scene.zoom for scene in scenes}) > 1:
        scenes = drawn(measure.at(min(scene.zoom for scene in scenes)))
    return scenes


def _keys(trace: Trace) -> list[int]:
    """The part of each step: 0 the stem, 1 … the stages, HEAD."""
    return [step.stage or (HEAD if step.path == "head" else 0) for step in trace.steps]


def _names(trace: Trace) -> dict[str, int]:
    """The parts of the stages' names."""
    stages = [part for part in trace.parts.parts if part.kind == "stage"]
    return {stage_title(trace, part): number for number, part in enumerate(stages, 1)}


def _starts(canvas: Canvas, keys: list[int]) -> dict[int, float]:
    """Where each part begins, its first addition's sign included."""
    places = [(keys[box.step], box.left) for box in canvas.boxes if not box.aside]
    places += [(keys[plus.step], plus.x) for plus in canvas.pluses]
    found: dict[int, float] = {}
    for part, x in places:
        found[part] = min(found.get(part, x), x)
    return found


def _move(canvas: Canvas, keys: list[int], names: dict[str, int], moves: dict[int, float]) -> None:
    """Move all that belongs to a part to the right."""
    boxes = [*canvas.boxes]
    parts = {box.step: keys[box.step] for box in boxes}

    def label_part(label: Label) -> int:
        """A label belongs to the volume that it is nearest to; a stage's name to its stage."""
        if label.strong and label.lines[0] in names:
            return names[label.lines[0]]
        above = [box for box in boxes if box.aside == (label.kind != "main")]
        return parts[min(above, key=lambda box: abs(box.middle - label.x)).step]

    def bracket(left: float) -> float:
        first = min((box for box in boxes if not box.aside), key=lambda box: abs(box.left - left))
        return moves[parts[first.step]]

    def line(link: Link) -> Link:
        # the way between two parts is stretched, so that its ends stay on what they join
        first, last = moves[keys[link.source]], moves[keys[link.target]]
        (x0, _), (x1, _) = link.points[0], link.points[-1]
        span = x1 - x0
        points = tuple((x + first + (last - first) * ((x - x0) / span if span else 1.0), y) for x, y in link.points)
        return replace(link, points=points)

    canvas.boxes = [replace(box, x=box.x + moves[parts[box.step]]) for box in boxes]
    canvas.links = [line(link) for link in canvas.links]
    canvas.labels = [replace(label, x=label.x + moves[label_part(label)]) for label in canvas.labels]
    canvas.pluses = [replace(plus, x=plus.x + moves[keys[plus.step]]) for plus in canvas.pluses]
    canvas.marks = [replace(mark, x=mark.x + moves[keys[mark.step]]) for mark in canvas.marks]
    canvas.brackets = [(a + bracket(a), b + bracket(a), y) for a, b, y in canvas.brackets]
    canvas.reach += max(moves.values())
