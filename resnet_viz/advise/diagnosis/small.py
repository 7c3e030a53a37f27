"""An input that is too small for the network: what shrinks away, and what it costs."""

from __future__ import annotations

from ...steps import Conv, Step
from ...why import cost
from .finding import Case, Finding, some


def _stem_end(case: Case) -> Step | None:
    assert case.trace is not None
    stem = [step for step in case.trace.steps if step.path == "stem" and len(step.output) == 4]
    return stem[-1] if stem and any(step.stage is not None for step in case.trace.steps) else None


def dead_weights(case: Case) -> Finding | None:
    """Weights that only ever meet padding."""
    assert case.trace is not None
    dead = [(step, cost.dead_weights(step.op, step.inputs, step.output)) for step in case.trace.steps]
    dead = [(step, count) for step, count in dead if count]
    total, params = sum(count for _, count in dead), case.trace.totals.params
    if not total:
        return None
    worst = max(dead, key=lambda pair: pair[1])
    return Finding(
        "dead-weights",
        "warning" if 100 * total > params else "note",
        f"{total / params:.1%} of all weights only ever meet padding",
        f"{total:,} of {params:,} parameters, in {some([step.name for step, _ in dead])}; the most in {worst[0].name}: "
        f"{worst[1]:,} of {worst[0].params:,}",
        "At a map this small the outer taps of a padded kernel never stand over the map. They multiply zeros in every "
        "pass, so their gradient is exactly zero: they are stored and shipped, and never learn.",
        "computed; autograd's zero gradients are the same weights",
        tuple(step.name for step, _ in dead),
    )


def collapsed(case: Case) -> Finding | None:
    """A map of one cell before the head."""
    assert case.trace is not None
    if case.size == (1, 1):
        return None
    last = case.trace.totals.final_map
    inside = [s for s in case.trace.steps if s.path != "gate" and len(s.output) == 4]
    if last[2:] == (1, 1):
        first = next(step for step in inside if step.output[2:] == (1, 1))
        left = [
            step
            for step in inside
            if step.index > first.index and isinstance(step.op, Conv) and max(step.op.kernel) > 1
        ]
        if not left:
            return None
        title, seen = (
            f"The map is 1×1 from {first.name} on",
            f"{'1 more conv looks' if len(left) == 1 else f'{len(left)} more convs look'} for patterns in one cell",
        )
    else:
        small = [s for s in inside if isinstance(s.op, Conv) and min(s.inputs[0][2:]) < min(s.op.kernel)]
        if not small:
            return None
        first = small[0]
        assert isinstance(first.op, Conv)
        title = f"From {first.name} on a {'×'.join(map(str, first.op.kernel))} kernel is larger than its map"
        seen = f"its map is {first.inputs[0][2]}×{first.inputs[0][3]}"
    reduced = case.trace.steps[first.index].output_stride
    stride = f", output stride {reduced[0]} at {first.name}" if reduced else ""
    return Finding(
        "collapsed",
        "warning",
        title,
        f"input {case.size[0]}×{case.size[1]}{stride}; {seen}",
        "Where a thing is in the image can no longer be told there, and a k×k conv works as a 1×1. The stem and each "
        "later stage halve the map, which is right for 224 px and too much here.",
        "1512.03385, 4.2 uses three stages and no pool at 32 px",
        (first.name,),
    )


def early_stem(case: Case) -> Finding | None:
    """A stem that reduces a small image before the first block."""
    assert case.trace is not None
    end = _stem_end(case)
    if end is None or end.output_stride is None:
        return None
    stride, side = end.output_stride[0], min(end.output[2:])
    if stride < 4 or side > 16:
        return None
    return Finding(
        "early-stem",
        "warning",
        f"The stem leaves the blocks only {end.output[2]}×{end.output[3]}",
        f"output stride {stride} after {end.name}; at 224 px the same stem leaves {-(-224 // stride)}×{-(-224 // stride)}",
        "Fine detail is averaged away before any residual block sees it, and the later stages have little left to halve. "
        "For small images published networks keep the size in the stem.",
        "1512.03385, 4.2; kuangliu/pytorch-cifar",
        (end.name,),
    )


def field_past_input(case: Case) -> Finding | None:
    """The step from which one cell sees more than the image."""
    assert case.trace is not None
    height, width = case.size
    seen = [s for s in case.trace.steps if s.path not in ("head", "gate") and len(s.output) == 4]
    known = [(s, s.receptive_field) for s in seen if s.receptive_field is not None]
    past = [(s, field[0]) for s, field in known if field[0] > height and field[1] > width]
    if not past:
        return None
    (first, there), end = past[0], known[-1][1][0]
    return Finding(
        "field-past-input",
        "note",
        f"From {first.name} on a cell sees more than the image",
        f"receptive field {there} px there and {end} px at the end; the image has {height}×{width}",
        "A cell in the middle then sees all of the image, and the later convs add depth, not sight. Most published "
        "networks do so at the end, which is no fault.",
        "1603.05027; 1701.04128 on how little of the field really counts",
        (first.name,),
    )
