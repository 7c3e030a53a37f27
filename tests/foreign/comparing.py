"""One public model's trace beside the facts about it."""

import json
from collections import Counter
from math import prod
from pathlib import Path
from typing import Any

import resnet_viz as rv
from resnet_viz.steps import Step
from resnet_viz.steps.main_path import map_stages

FACTS = Path(__file__).parents[1] / "facts" / "foreign_models.json"
CONVS = ("conv", "conv_transpose", "conv1d", "conv_transpose1d", "conv3d", "conv_transpose3d")
KINDS = {"identity": "identity", "projection": "projection", "padded": "padding", "other": "merge"}


def facts() -> dict[str, dict[str, Any]]:
    """What is known of each model, by its name."""
    return {model["name"]: model for model in json.loads(FACTS.read_text(encoding="utf-8"))["models"]}


def seen(trace: rv.Trace) -> dict[str, Any]:
    """The facts' numbers as a trace has them."""
    steps, kinds = trace.steps, Counter(step.kind for step in trace.steps)
    several = [step for step in steps if len(step.reads) > 1]
    smallest = smallest_maps(trace)
    return {
        "params_total": trace.totals.params + trace.totals.unowned_params,
        "params_used": trace.totals.params,
        "macs_full": None if trace.totals.uncounted else trace.totals.macs,
        "convs": sum(kinds[kind] for kind in CONVS),
        "convs_transposed": sum(kinds[kind] for kind in CONVS if "transpose" in kind),
        "linears": kinds["linear"],
        "adds": kinds["add"],
        "cats": sum(step.kind == "concat" for step in several),
        "stacks": sum(step.kind == "stack" for step in several),
        "muls": kinds["scale"] + kinds["multiply"],
        "outputs": [list(shape) for shape in trace.outputs],
        "output_stride": _agreed(step.output_stride for step in smallest),
        "receptive_field": _agreed(step.receptive_field for step in smallest),
        "stages": [{"h": side[0], "w": side[1], "channels": channels} for side, channels in map_stages(trace)],
        "joins": dict(Counter(join.kind for join in trace.joins if steps[join.step].kind == "add")),
    }


def differences(trace: rv.Trace, fact: dict[str, Any]) -> list[str]:
    """Where ``trace`` is not what the facts say, in words; what the facts leave open (null) is not compared."""
    found = seen(trace)
    known = {name: fact[name] for name in found if name != "joins" and fact.get(name) is not None}
    known["params_used"] = fact.get("params_touched", fact["params_used"])
    known["joins"] = {KINDS[kind]: count for kind, count in fact["joins"].items() if count}
    wrong = [f"{name}: {value} is known, {found[name]} seen" for name, value in known.items() if found[name] != value]
    for step in trace.steps:
        made = tuple([trace.steps[read].output for read in step.reads])
        if step.inputs != made:
            wrong.append(f"{step.name}: reads {made} as {step.inputs}")
    return wrong


def smallest_maps(trace: rv.Trace) -> list[Step]:
    """The smallest maps of the main path; 1x1 is none.

    That path is what every way from the inputs to the first smallest map leads through, and every way from there to
    the first output.
    """
    maps = [step for step in trace.steps if len(step.output) == 4 and prod(step.output[2:]) > 1]
    least = min(map(_cells, maps), default=0)
    small = [step for step in maps if _cells(step) == least]
    first, last = small[0].index, trace.returns[0] if trace.returns else len(trace.steps) - 1
    starts = {step.index for step in trace.steps if not step.reads}
    return [
        step
        for step in small
        if step.index == first
        or not _leads(trace, starts, first, step.index)
        or (step.index > first and not _leads(trace, {first}, last, step.index))
    ]


def _cells(step: Step) -> int:
    return step.output[2] * step.output[3]


def _leads(trace: rv.Trace, starts: set[int], goal: int, around: int) -> bool:
    """Whether a way leads from one of ``starts`` to ``goal`` around one step."""
    reached: set[int] = set()
    for step in trace.steps:
        if step.index != around and (step.index in starts or any(read in reached for read in step.reads)):
            reached.add(step.index)
    return goal in reached


def _agreed(values: Any) -> int | None:
    """The largest, in pixels, where the axes have the same; None where nothing is known."""
    known = [max(value) for value in values if value is not None]
    return max(known) if known else None
