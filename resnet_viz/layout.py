"""Where does it go?  A Trace to a Scene of boxes, links and labels in abstract units; no colour, no Plotly.

One unit is one CSS pixel at the scene's own width; a wider screen stretches the horizontal axis, so what does not
collide here does not collide there. y grows upwards; the main path runs along y = 0.

Each dimension has one scale for the whole picture: height = H, depth into the page = W, thickness along the flow = C,
through a square root, so that 224 and 7, 3 and 2048 can all be read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, sqrt
from typing import Literal

from .arithmetic import size_line
from .errors import InputError
from .steps import Conv, MaxPool, Pad, Shape, Step, Trace

LinkKind = Literal["main", "identity", "projection", "zero-pad"]
LEVELS = ("network", "block")

FONT = 12.0  # px of the smallest label
CHAR = 0.57 * FONT  # a generous mean advance of a sans-serif at that size
LINE = 1.35 * FONT
TALL = 13.0  # px of height per square root of a map row
DEPTH_X, DEPTH_Y = 5.4, 3.6  # px of the oblique depth per square root of a map column
THICK = 1.15  # px of thickness per square root of a channel
GAP = 20.0  # between volumes: room for the addition sign
WAY_WIDTH = CHAR * len("1×1, /2") + 10  # the widest label over a shortcut
TARGET = 960.0  # a scene is made to fit this width where it can
FOLD_OVER, FOLD_KEEP = 8, 2  # a stage of more blocks shows its first two, a fold, and its last


@dataclass(frozen=True, slots=True)
class Box:
    """A volume: front face ``width`` x ``height`` with its left edge at ``x`` and its middle at ``y``; depth ``(dx, dy)``."""

    step: int
    role: str  # input, stem, head, or stage1 … stageN
    x: float
    y: float
    width: float
    height: float
    dx: float
    dy: float
    shortcut: bool = False
    zeros: tuple[float, float] = (0.0, 0.0)  # share of the thickness that is zero channels, before and after
    folded: tuple[int, ...] = ()  # the steps that a fold stands for

    @property
    def left(self) -> float:
        return self.x

    @property
    def right(self) -> float:
        return self.x + self.width + self.dx

    @property
    def bottom(self) -> float:
        return self.y - self.height / 2

    @property
    def top(self) -> float:
        return self.y + self.height / 2 + self.dy

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class Link:
    """A line from the output of one step to the input of another, through ``points``; its arrow is at the end."""

    source: int
    target: int
    kind: LinkKind
    points: tuple[tuple[float, float], ...]
    arrow: bool = True


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of text centred at ``x``, the first line's top at ``y``."""

    x: float
    y: float
    lines: tuple[str, ...]
    strong: bool = False  # the first line is a name
    kind: LinkKind = "main"

    @property
    def width(self) -> float:
        return text_width(self.lines)

    @property
    def rect(self) -> tuple[float, float, float, float]:
        """left, bottom, right, top"""
        return (self.x - self.width / 2, self.y - LINE * len(self.lines), self.x + self.width / 2, self.y)


@dataclass(frozen=True, slots=True)
class Plus:
    """An addition sign."""

    step: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that a picture needs; ``brackets`` are (left, right, y) under a run of volumes of one shape."""

    title: str
    level: str
    boxes: tuple[Box, ...]
    links: tuple[Link, ...]
    labels: tuple[Label, ...]
    pluses: tuple[Plus, ...]
    brackets: tuple[tuple[float, float, float], ...]
    bounds: tuple[float, float, float, float]  # left, bottom, right, top


def lay_out(trace: Trace, level: str = "network", focus: str | None = None) -> Scene:
    """The scene of ``trace`` at a level: "network", or "block" with ``focus="layer2.0"``. Raises :class:`InputError`."""
    if level == "network":
        return _network(trace)
    if level == "block":
        return _block(trace, focus)
    raise InputError("level", level, "must be one of " + ", ".join(LEVELS), "use 'network'")


def block_names(trace: Trace) -> tuple[str, ...]:
    """``layer1.0`` … of every residual block, in order."""
    return tuple(dict.fromkeys(f"layer{s.stage}.{s.block}" for s in trace.steps if s.stage is not None))


def stage_name(stage: int) -> str:
    """PyTorch's and the paper's name side by side: ``layer2 · conv3_x``."""
    return f"layer{stage} · conv{stage + 1}_x"


def map_text(shape: Shape) -> str:
    """``56×56×64``, the paper's order; a vector is its length."""
    return f"{shape[2]}×{shape[3]}×{shape[1]}" if len(shape) == 4 else str(shape[1])


def text_width(lines: tuple[str, ...]) -> float:
    """Width in units that a block of text surely fits in."""
    return CHAR * max(map(len, lines))


def _box(step: Step, role: str, x: float, squeeze: float, y: float = 0.0, shortcut: bool = False) -> Box:
    shape = step.output if len(step.output) == 4 else (*step.output, 1, 1)
    width = max(3.0, THICK * sqrt(shape[1]) * max(squeeze, 0.5))
    zeros = (0.0, 0.0)
    if isinstance(step.op, Pad):
        zeros = (step.op.before / shape[1], step.op.after / shape[1])
    return Box(
        step.index,
        role,
        x,
        y,
        width,
        TALL * sqrt(shape[2]),
        DEPTH_X * sqrt(shape[3]) * squeeze,
        DEPTH_Y * sqrt(shape[3]),
        shortcut,
        zeros,
    )


@dataclass(frozen=True, slots=True)
class _Item:
    """A volume of the network level and what its block's shortcut is; ``run`` groups volumes under one bracket."""

    step: Step
    role: str
    run: str
    source: int | None = None  # the step that the block reads
    add: Step | None = None
    way: tuple[Step, ...] = ()  # the shortcut's steps
    folded: tuple[int, ...] = ()


def _items(trace: Trace) -> list[_Item]:
    items: list[_Item] = []
    steps = trace.steps
    stages: dict[int, dict[int, list[Step]]] = {}
    for step in steps:
        if step.stage is not None and step.block is not None:
            stages.setdefault(step.stage, {}).setdefault(step.block, []).append(step)
    for step in steps:
        if step.stage is None and step.path != "head" and step.kind in ("input", "conv", "maxpool"):
            items.append(_Item(step, "input" if step.kind == "input" else "stem", step.name))
    for stage, blocks in stages.items():
        made = [_block_item(stage, part) for part in blocks.values()]
        if len(made) > FOLD_OVER:
            hidden = made[FOLD_KEEP:-1]
            folded = tuple(item.step.index for item in hidden)
            made = [
                *made[:FOLD_KEEP],
                replace(hidden[-1], source=None, add=None, way=(), folded=folded),
                replace(made[-1], source=hidden[-1].step.index),
            ]
        items += made
    for step in steps:
        if step.path == "head" and step.kind in ("avgpool", "linear"):
            items.append(_Item(step, "head", step.name))
    if len(items) < 2:  # somebody else's network, without stages: every conv and its head
        items = [
            _Item(s, "input" if s.kind == "input" else "stem", s.name)
            for s in steps
            if s.kind in ("input", "conv", "linear")
        ]
    return items


def _block_item(stage: int, part: list[Step]) -> _Item:
    add = next((step for step in reversed(part) if step.kind == "add"), None)
    way = tuple(step for step in part if step.path == "shortcut")
    return _Item(part[-1], f"stage{stage}", f"layer{stage}", part[0].reads[0] if part[0].reads else None, add, way)


def _network(trace: Trace) -> Scene:
    items = _items(trace)
    runs: list[list[_Item]] = []
    for item in items:
        if runs and runs[-1][0].run == item.run:
            runs[-1].append(item)
        else:
            runs.append([item])
    texts = [_run_text(run, trace) for run in runs]
    squeeze = 1.0
    while squeeze > 0.3 and _network_width(runs, texts, squeeze) > TARGET:
        squeeze -= 0.05
    boxes: dict[int, Box] = {}
    labels: list[Label] = []
    brackets: list[tuple[float, float, float]] = []
    x = 0.0
    floor = (
        -max(_box(item.step, item.role, 0, squeeze).height for item in items) / 2
        - 10
        - (LINE + 4 if any(item.folded for item in items) else 0)
    )
    for run, text in zip(runs, texts, strict=True):
        slots = [_slot(item, squeeze) for item in run]
        slack = max(0.0, text_width(text) + 10 - sum(slots)) / len(run)
        start = x
        for item, slot in zip(run, slots, strict=True):
            box = _box(item.step, item.role, 0, squeeze)
            lead = slot + slack - (box.right - box.left)
            # volumes stand at the right of their slot: the free room before them is for the addition
            boxes[item.step.index] = replace(box, x=x + (lead if item.add else lead / 2), folded=item.folded)
            x += slot + slack
        left, right = boxes[run[0].step.index].left, boxes[run[-1].step.index].right
        brackets.append((left, right, floor))
        centre = (
            min(max((left + right) / 2, start + text_width(text) / 2 + 2), x - text_width(text) / 2 - 2)
            if x - start > text_width(text) + 4
            else (start + x) / 2
        )
        labels.append(Label(centre, floor - 6, text, strong=True))
    links, pluses, extra = _network_links(trace, items, boxes, squeeze, labels)
    everything = [*boxes.values(), *extra]
    top = max(
        max(box.top for box in everything),
        *(label.y for label in labels),
        *(y for link in links for _, y in link.points),
    )
    bottom = min(label.rect[1] for label in labels)
    title = f"{trace.batch}×{trace.steps[0].output[1]}×{trace.input_size[0]}×{trace.input_size[1]}"
    return Scene(
        title,
        "network",
        tuple(everything),
        tuple(links),
        tuple(labels),
        tuple(pluses),
        tuple(brackets),
        (-12, bottom - 6, max(x + 12, 480), top + 10),
    )


def _run_text(run: list[_Item], trace: Trace) -> tuple[str, ...]:
    step = run[0].step
    shapes = map_text(step.output)
    if step.stage is not None:
        blocks = sum(len(item.folded) or 1 for item in run)
        return (stage_name(step.stage), shapes, f"{blocks} block{'s' * (blocks > 1)}")
    what = ""
    if isinstance(step.op, Conv | MaxPool):
        what = f"{step.op.kernel[0]}×{step.op.kernel[1]}, /{step.op.stride[0]}"
    return (step.name, shapes, what) if what else (step.name, shapes)


def _slot(item: _Item, squeeze: float) -> float:
    """Room that a volume takes along the flow: its own, the gap before it, its shortcut's label."""
    box = _box(item.step, item.role, 0, squeeze)
    own = box.right - box.left + GAP
    if item.folded:
        own = max(own, text_width((f"× {len(item.folded)}",)) + 8)
    text = _way_text(item.way)
    # one width for all such labels, so that a long one beside a short one has its half of the room
    return max(own, WAY_WIDTH) if text else own


def _network_width(runs: list[list[_Item]], texts: list[tuple[str, ...]], squeeze: float) -> float:
    return (
        sum(
            max(sum(_slot(item, squeeze) for item in run), text_width(text) + 10)
            for run, text in zip(runs, texts, strict=True)
        )
        + 24
    )


def _way_text(way: tuple[Step, ...]) -> str:
    for step in way:
        if isinstance(step.op, Conv):
            stride = step.op.stride[0]
            return f"1×1, /{stride}" if stride > 1 else "1×1"
        if isinstance(step.op, Pad):
            return f"pad, /{step.op.stride[0]}" if step.op.stride[0] > 1 else "pad"
    return ""


def _way_kind(way: tuple[Step, ...]) -> LinkKind:
    if any(step.kind == "conv" for step in way):
        return "projection"
    return "zero-pad" if any(step.kind == "pad" for step in way) else "identity"


def _network_links(
    trace: Trace, items: list[_Item], boxes: dict[int, Box], squeeze: float, labels: list[Label]
) -> tuple[list[Link], list[Plus], list[Box]]:
    links: list[Link] = []
    pluses: list[Plus] = []
    extra: list[Box] = []
    for before, item in pairwise(items):
        box, source = boxes[item.step.index], boxes[before.step.index]
        if item.folded:
            labels.append(Label(box.middle, box.bottom - 3, (f"× {len(item.folded)}",)))
        if item.add is None:
            links.append(Link(source.step, box.step, "main", ((source.right, 0), (box.left, 0))))
            continue
        at = box.left - GAP / 2
        pluses.append(Plus(item.add.index, at, 0.0))
        links.append(Link(source.step, item.add.index, "main", ((source.right, 0), (at, 0)), arrow=False))
        links.append(Link(item.add.index, box.step, "main", ((at, 0), (box.left, 0))))
        kind = _way_kind(item.way)
        start = (source.middle, source.top)
        if kind == "identity":
            roof = max(source.top, 0) + 22
            links.append(Link(source.step, item.add.index, kind, _arc(start, (at, 7), roof)))
            continue
        volume = _box(item.way[-1], item.role, 0, squeeze, shortcut=True)
        span = volume.right - volume.left
        low = max(source.top, box.top) + 16
        volume = replace(volume, x=max(at - span / 2, start[0] + 12), y=low + volume.height / 2)
        extra.append(volume)
        links.append(Link(source.step, volume.step, kind, _arc(start, (volume.left, volume.y), volume.y, corner=True)))
        links.append(
            Link(
                volume.step,
                item.add.index,
                kind,
                _drop((volume.left + volume.width / 2, volume.bottom), (at, 7), low),
            )
        )
        labels.append(Label(volume.middle, volume.top + LINE + 3, (_way_text(item.way),), kind=kind))
    return links, pluses, extra


def _arc(
    start: tuple[float, float], end: tuple[float, float], roof: float, corner: bool = False
) -> tuple[tuple[float, float], ...]:
    """A smooth way up from ``start`` to ``roof`` and to ``end``."""
    (x0, y0), (x3, y3) = start, end
    one, two = ((x0, roof), (x0, roof)) if corner else ((x0, roof + (roof - y0) * 0.3), (x3, roof + (roof - y0) * 0.3))
    points: list[tuple[float, float]] = []
    for i in range(17):
        t = i / 16
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        points.append((a * x0 + b * one[0] + c * two[0] + d * x3, a * y0 + b * one[1] + c * two[1] + d * y3))
    return tuple(points)


def _drop(start: tuple[float, float], end: tuple[float, float], low: float) -> tuple[tuple[float, float], ...]:
    """Down from under a shortcut's volume, then in the gap between two volumes to the addition."""
    return (start, (start[0], low - 8), (end[0], low - 8), end)


def _block(trace: Trace, focus: str | None) -> Scene:
    names = block_names(trace)
    if not names:
        raise InputError("level", "block", "this network has no residual blocks named layerK.J", "use level='network'")
    name = focus or names[0]
    if name not in names:
        raise InputError("focus", name, "is no block of this network", f"use {names[0]} … {names[-1]}")
    part = [step for step in trace.steps if step.stage is not None and f"layer{step.stage}.{step.block}" == name]
    source = trace.steps[part[0].reads[0]]
    main = [step for step in part if step.path == "main"]
    way = tuple(step for step in part if step.path == "shortcut")
    add = next(step for step in part if step.kind == "add")
    role = f"stage{part[0].stage}"
    source_role = f"stage{source.stage}" if source.stage else "stem" if source.index else "input"
    convs = [step for step in main if step.kind == "conv"]
    out = part[-1]
    boxes = [_box(source, source_role, 0.0, 1.0)]
    labels = [Label(0, 0, (f"in: {source.name}", map_text(source.output)), strong=True)]
    links: list[Link] = []
    x = max(boxes[0].right, text_width(labels[0].lines))
    boxes[0] = replace(boxes[0], x=(x - boxes[0].right) / 2)
    tallest = max(_box(step, role, 0, 1).height for step in (source, *convs, out))
    floor = -tallest / 2 - 8
    labels[0] = replace(labels[0], x=boxes[0].middle, y=floor)
    x = max(boxes[0].right, labels[0].rect[2])
    for conv in convs:
        words = _conv_words(conv)
        box = _box(conv, role, 0, 1.0)
        text = (conv.name.split(".")[-1], map_text(conv.output))
        half = max((box.right - box.left), text_width(text)) / 2
        room = text_width(words) + 28
        at = x + room + half
        box = replace(box, x=at - (box.right - box.left) / 2)
        previous = boxes[-1]
        links.append(Link(previous.step, conv.index, "main", ((previous.right, 0), (box.left, 0))))
        labels.append(Label((previous.right + box.left) / 2, 8 + LINE * len(words), words))
        after = tuple(
            s.name.split(".")[-1]
            for s in main
            if conv.index < s.index < add.index
            and s.kind != "conv"
            and not any(conv.index < c.index < s.index for c in convs)
        )
        labels.append(Label(at, floor, (*text, "then " + ", ".join(after)) if after else text, strong=True))
        boxes.append(box)
        x = at + max(half, labels[-1].width / 2)
    sum_text = (map_text(add.inputs[0]), f"+ {map_text(add.inputs[1])}", "equal: added")
    plus_x = x + max(44.0, text_width(sum_text) / 2 + 4)
    links.append(Link(boxes[-1].step, add.index, "main", ((boxes[-1].right, 0), (plus_x - 8, 0))))
    box = _box(out, role, 0, 1.0)
    text = (f"out: {out.name.split('.')[-1]}", map_text(out.output))
    half = max(box.right - box.left, text_width(text)) / 2
    at = plus_x + max(44.0, text_width(sum_text) / 2 + 4) + half
    box = replace(box, x=at - (box.right - box.left) / 2)
    links.append(Link(add.index, out.index, "main", ((plus_x + 8, 0), (box.left, 0))))
    labels.append(Label(at, floor, text, strong=True))
    labels.append(Label(plus_x, -12, sum_text))
    boxes.append(box)
    x = at + half
    roof = max(*(b.top for b in boxes), *(label.y for label in labels)) + 14
    kind = _way_kind(way)
    start, end = (boxes[0].middle, boxes[0].top), (plus_x, 9.0)
    pluses = (Plus(add.index, plus_x, 0.0),)
    if kind == "identity":
        links.append(Link(source.index, add.index, kind, (start, (start[0], roof + 8), (plus_x, roof + 8), end)))
        labels.append(
            Label(
                (start[0] + plus_x) / 2,
                roof + 14 + LINE,
                ("identity shortcut: the same tensor, nothing computed",),
                kind=kind,
            )
        )
    else:
        last = way[-1]
        volume = _box(last, role, 0, 1.0, shortcut=True)
        words = _conv_words(way[0]) if kind == "projection" else _pad_words(way[0])
        middle = max((start[0] + plus_x) / 2, start[0] + text_width(words) + 24 + (volume.right - volume.left) / 2)
        volume = replace(volume, x=middle - (volume.right - volume.left) / 2, y=roof + 2 * LINE + 4 + volume.height / 2)
        boxes.append(volume)
        mid = volume.y
        name_text = (
            "projection: 1×1 conv, BN" if kind == "projection" else "option A: no parameters",
            map_text(last.output),
        )
        links.append(Link(source.index, last.index, kind, (start, (start[0], mid), (volume.left, mid))))
        links.append(Link(last.index, add.index, kind, ((volume.right, mid), (plus_x, mid), end)))
        labels.append(Label((start[0] + volume.left) / 2, mid + 6 + LINE * len(words), words, kind=kind))
        labels.append(Label(volume.middle, volume.bottom - 3, name_text, strong=True, kind=kind))
    top = max(*(b.top for b in boxes), *(label.y for label in labels))
    bottom = min(label.rect[1] for label in labels)
    left = min(*(b.left for b in boxes), *(label.rect[0] for label in labels))
    right = max(x, *(label.rect[2] for label in labels))
    return Scene(
        f"{name}, {kind} shortcut",
        "block",
        tuple(boxes),
        tuple(links),
        tuple(labels),
        pluses,
        (),
        (left - 12, bottom - 6, right + 12, top + 10),
    )


def _conv_words(step: Step) -> tuple[str, ...]:
    op = step.op
    assert isinstance(op, Conv)
    grouped = f", {op.groups} groups" if op.groups > 1 else ""
    first = f"{op.kernel[0]}×{op.kernel[1]} conv, {step.output[1]} filters{grouped}"
    second = f"stride {op.stride[0]}, padding {op.padding[0]}"
    lines = [size_line(step.inputs[0][2], op.kernel[0], op.stride[0], op.padding[0], op.dilation[0])]
    if step.inputs[0][2] != step.inputs[0][3]:
        lines = [
            "H: " + lines[0],
            "W: " + size_line(step.inputs[0][3], op.kernel[1], op.stride[1], op.padding[1], op.dilation[1]),
        ]
    return (first, second, *lines)


def _pad_words(step: Step) -> tuple[str, ...]:
    op = step.op
    assert isinstance(op, Pad)
    every = f"every {op.stride[0]}nd row and column" if op.stride[0] == 2 else "every row and column"
    return (
        every,
        f"{op.before} + {op.after} zero channels",
        f"⌈{step.inputs[0][2]}/{op.stride[0]}⌉ = {ceil(step.inputs[0][2] / op.stride[0])}",
    )
