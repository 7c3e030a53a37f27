"""The block level: every conv and pool of one block as a volume, with its formula on the way to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..steps import Activation, AvgPool, BlurPool, Conv, Norm, Pad, Part, Step, Trace
from ..why.axis import Axis, axes
from ..why.shape import axes_text
from ..wording import plural
from .parts import role_of, short_name
from .scene import (
    LINE,
    Box,
    Label,
    Link,
    LinkKind,
    Measure,
    Plus,
    Scene,
    kernel_box,
    map_text,
    text_width,
    way_kind,
)

EQUAL = "equal: added"  # the last line under an addition
SHOWN = ("conv", "avgpool", "blurpool")  # what changes a shape on the main path
_FUNCTIONS = {"relu": "ReLU", "silu": "SiLU", "gelu": "GELU"}


@dataclass
class _Canvas:
    """What has been placed so far; ``x`` is the first free place to the right."""

    trace: Trace
    block: Part
    role: str
    measure: Measure
    floor: float
    x: float = 0.0
    boxes: list[Box] = field(default_factory=list[Box])
    labels: list[Label] = field(default_factory=list[Label])
    links: list[Link] = field(default_factory=list[Link])
    pluses: list[Plus] = field(default_factory=list[Plus])
    kernels: list[Box] = field(default_factory=list[Box])


def block_scene(trace: Trace, measure: Measure, block: Part) -> Scene:
    """The scene of a residual block."""
    part = list(trace.steps[block.start : block.stop])
    source = trace.steps[part[0].reads[0]]
    shown = [step for step in part if step.path == "main" and step.kind in SHOWN]
    add = next(step for step in part if step.kind == "add")
    role = role_of(trace, block.start)
    tallest = max(measure.volume(step, role).height for step in (source, *shown, part[-1]))
    canvas = _Canvas(trace, block, role, measure, -tallest / 2 - 8)
    _source(canvas, source, part)
    for step in shown:
        _operation(canvas, step, part, shown)
    last = canvas.boxes[-1]
    start: tuple[int, float] = (last.step, last.right)
    gate = [step for step in part if step.path == "gate"]
    if gate:
        start = _gate(canvas, start, gate, next(step for step in part if step.kind == "scale"))
    plus_x = _sum(canvas, start, add, part[-1])
    way = tuple(step for step in part if step.path == "shortcut")
    _way(canvas, source, add, way, plus_x)
    boxes, labels = canvas.boxes, canvas.labels
    return Scene(
        f"{block.title}, {way_kind(way)} shortcut",
        "block",
        tuple(boxes),
        tuple(canvas.links),
        tuple(labels),
        tuple(canvas.pluses),
        (),
        (
            min(*(b.left for b in boxes), *(label.rect[0] for label in labels)) - 12,
            min(*(b.bottom for b in boxes), *(label.rect[1] for label in labels)) - 6,
            max(*(b.right for b in boxes), *(label.rect[2] for label in labels)) + 12,
            max(*(b.top for b in boxes), *(label.y for label in labels)) + 10,
        ),
        tuple(canvas.kernels),
    )


def _then(canvas: _Canvas, part: list[Step], after: Step | None, before: Step) -> tuple[str, ...]:
    """``then bn1, relu1``: what follows on the main path and keeps the shape, as a line, or none."""
    between = part[part.index(after) + 1 if after else 0 : part.index(before)]
    names = [
        short_name(step, canvas.block)
        for step in between
        if step.path == "main" and isinstance(step.op, Norm | Activation)
    ]
    return ("then " + ", ".join(names),) if names else ()


def _source(canvas: _Canvas, source: Step, part: list[Step]) -> None:
    """The tensor that the block reads; a pre-activation block norms and activates it first."""
    role = role_of(canvas.trace, source.index)
    first = next(step for step in part if step.kind == "conv")
    box = canvas.measure.volume(source, role)
    text = (f"in: {source.name}", map_text(source.output), *_then(canvas, part, None, first))
    box = replace(box, x=canvas.x + (max(box.span, text_width(text)) - box.span) / 2)
    canvas.boxes.append(box)
    canvas.labels.append(Label(box.middle, canvas.floor, text, strong=True))
    canvas.x = max(box.right, canvas.labels[0].rect[2])


def _operation(canvas: _Canvas, step: Step, part: list[Step], shown: list[Step]) -> None:
    words = formula_words(step)
    box = canvas.measure.volume(step, canvas.role)
    following = next((other for other in shown if other.index > step.index), None)
    add = next(other for other in part if other.kind == "add")
    text = (short_name(step, canvas.block), map_text(step.output), *_then(canvas, part, step, following or add))
    half = max(box.span, text_width(text)) / 2
    at = canvas.x + text_width(words) + 20 + half
    box = replace(box, x=at - box.span / 2)
    before = canvas.boxes[-1]
    canvas.links.append(Link(before.step, step.index, "main", ((before.right, 0), (box.left, 0))))
    canvas.labels.append(Label((before.right + box.left) / 2, 8 + LINE * len(words), words))
    _kernel(canvas, step, (before.right + box.left) / 2, -10)
    canvas.labels.append(Label(at, canvas.floor, text, strong=True))
    canvas.boxes.append(box)
    canvas.x = at + half


def _kernel(canvas: _Canvas, step: Step, x: float, top: float, kind: LinkKind = "main") -> None:
    """One filter of a conv under its arrow, and how many there are."""
    op = step.op
    if not isinstance(op, Conv):
        return
    inside = step.inputs[0][1] // op.groups
    box = kernel_box(step, inside, x, top)
    words = (f"{op.kernel[0]}×{op.kernel[1]}×{inside}", f"× {step.output[1]}")
    canvas.kernels.append(box)
    canvas.labels.append(Label(x, box.bottom - 3, words, kind=kind))


def _gate(canvas: _Canvas, start: tuple[int, float], gate: list[Step], scale: Step) -> tuple[int, float]:
    """The channel gate, in a row under the main path: mean, small layers, sigmoid, and back up to ⊗."""
    lowest = min(label.rect[1] for label in canvas.labels)
    branch = x = canvas.x + 12
    row: list[tuple[Box, tuple[str, ...]]] = []
    names: list[str] = []
    for step in gate:
        if step.kind in ("avgpool", "mean", "conv", "conv1d", "linear"):
            text = (short_name(step, canvas.block), f"1×1×{step.output[1]}")
            row.append((canvas.measure.volume(step, canvas.role, aside=True), text))
            names.append("" if names else "mean")
        elif isinstance(step.op, Activation) and names and not names[-1]:
            names[-1] = _FUNCTIONS.get(step.op.function, step.op.function)
    height = max(box.height for box, _ in row)
    y = lowest - 12 - height / 2 - max(box.dy for box, _ in row)
    previous: tuple[int, tuple[tuple[float, float], ...]] = (start[0], ((branch, 0), (branch, y)))
    for (box, text), word in zip(row, names, strict=True):
        lines = (*text, word) if word else text
        width = max(box.span, text_width(lines))
        made = replace(box, x=x + 14 + (width - box.span) / 2, y=y)
        canvas.links.append(Link(previous[0], made.step, "gate", (*previous[1], (made.left, y))))
        canvas.labels.append(Label(made.middle, y - height / 2 - 3, lines, strong=True, kind="gate"))
        canvas.boxes.append(made)
        previous = (made.step, ((made.right, y),))
        x += 14 + width
    words = ("gate: each", "channel × 0…1")
    at = x + 14
    canvas.links.append(Link(previous[0], scale.index, "gate", (*previous[1], (at, y), (at, -9))))
    canvas.links.append(Link(start[0], scale.index, "main", ((start[1], 0), (at - 8, 0))))
    canvas.pluses.append(Plus(scale.index, at, 0.0, "gate"))
    canvas.labels.append(Label(at, 14 + LINE * len(words), words, kind="gate"))
    canvas.x = at + text_width(words) / 2
    return scale.index, at + 8


def _sum(canvas: _Canvas, start: tuple[int, float], add: Step, out: Step) -> float:
    """⊕ and the block's output; the place of ⊕."""
    sum_text = (map_text(add.inputs[0]), f"+ {map_text(add.inputs[1])}", EQUAL)
    room = text_width(sum_text) / 2 + 4
    plus_x = canvas.x + room
    canvas.links.append(Link(start[0], add.index, "main", ((start[1], 0), (plus_x - 8, 0))))
    box = canvas.measure.volume(out, canvas.role)
    text = (f"out: {short_name(out, canvas.block)}", map_text(out.output))
    half = max(box.span, text_width(text)) / 2
    at = plus_x + room + half
    box = replace(box, x=at - box.span / 2)
    canvas.links.append(Link(add.index, out.index, "main", ((plus_x + 8, 0), (box.left, 0))))
    canvas.labels.append(Label(at, canvas.floor, text, strong=True))
    canvas.labels.append(Label(plus_x, -12, sum_text))
    canvas.boxes.append(box)
    canvas.pluses.append(Plus(add.index, plus_x, 0.0))
    return plus_x


def _way(canvas: _Canvas, source: Step, add: Step, way: tuple[Step, ...], plus_x: float) -> None:
    first = canvas.boxes[0]
    roof = max(*(b.top for b in canvas.boxes), *(label.y for label in canvas.labels)) + 14
    kind = way_kind(way)
    start, end = (first.middle, first.top), (plus_x, 9.0)
    if kind == "identity":
        canvas.links.append(Link(source.index, add.index, kind, (start, (start[0], roof + 8), (plus_x, roof + 8), end)))
        words = ("identity shortcut: the same tensor, nothing computed",)
        canvas.labels.append(Label((start[0] + plus_x) / 2, roof + 14 + LINE, words, kind=kind))
        return
    last = way[-1]
    made = canvas.measure.volume(last, canvas.role, aside=True)
    words = tuple(line for step in way for line in formula_words(step))
    if way[0].reads[0] != source.index:
        fork = short_name(canvas.trace.steps[way[0].reads[0]], canvas.block)
        words = (f"reads after {fork}, as the main path does", *words)
    names = {"avgpool": "pool", "conv": "1×1 conv", "norm": "norm"}
    what = ", ".join(names[step.kind] for step in way if step.kind in names)
    text = (f"projection: {what}" if kind == "projection" else "option A: no parameters", map_text(last.output))
    middle = max(
        (start[0] + plus_x) / 2,
        start[0] + text_width(words) + 24 + max(made.span, text_width(text)) / 2,
    )
    # under its line the way has a kernel with two lines of text, beside it the volume with its own two
    clear = 2 * LINE + made.height / 2
    y = roof + (max(clear, 3 * LINE + 18) if kind == "projection" else clear) + 8
    made = replace(made, x=middle - made.span / 2, y=y)
    canvas.boxes.append(made)
    canvas.links.append(Link(source.index, last.index, kind, (start, (start[0], y), (made.left, y))))
    canvas.links.append(Link(last.index, add.index, kind, ((made.right, y), (plus_x, y), end)))
    canvas.labels.append(Label((start[0] + made.left) / 2, y + 6 + LINE * len(words), words, kind=kind))
    for step in way:
        _kernel(canvas, step, (start[0] + made.left) / 2, y - 8, kind)
    canvas.labels.append(Label(made.middle, made.bottom - 3, text, strong=True, kind=kind))


def formula_words(step: Step) -> tuple[str, ...]:
    """An operation's kernel, stride and worked size, a line each; nothing for what keeps the shape."""
    op = step.op
    match op:
        case Conv():
            grouped = f", {op.groups} groups" if op.groups > 1 else ""
            spread = f", dilation {axes_text(op.dilation)}" if max(op.dilation) > 1 else ""
            first = f"{op.kernel[0]}×{op.kernel[1]} conv, {step.output[1]} filters{grouped}"
            second = f"stride {axes_text(op.stride)}, padding {axes_text(op.padding)}{spread}"
        case AvgPool():
            first, second = f"{op.kernel[0]}×{op.kernel[1]} average pool", f"stride {axes_text(op.stride)}"
        case BlurPool():
            first, second = "3×3 blur, fixed weights", "stride 2, padding 1"
        case Pad():
            every = "every 2nd row and column" if op.stride == (2, 2) else "every row and column"
            first, second = every, f"{op.before} + {plural(op.after, 'zero channel')}"
        case _:
            return ()
    height, width = (_side(op, axis) for axis in axes(step))
    return (first, second, height) if height == width else (first, second, f"H: {height}", f"W: {width}")


def _side(op: Conv | AvgPool | BlurPool | Pad, axis: Axis) -> str:
    """The worked size of one axis; of a slice in the fewest signs: ``⌈57/2⌉ = 29``."""
    return f"⌈{axis.size}/{axis.stride}⌉ = {axis.out}" if isinstance(op, Pad) else axis.line
