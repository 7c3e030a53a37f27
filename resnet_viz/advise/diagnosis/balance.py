"""Where the work and the memory go, and maps that stay large to the end."""

from __future__ import annotations

from ...steps import AvgPool, Mean, Trace
from ...steps.structure import place_names
from .finding import Case, Finding, Remedy

SHARE = 0.6
LARGE = 16  # cells a side: twice what published classifiers end with


def lopsided(case: Case) -> Finding | None:
    """One stage that takes most of the work or of the memory."""
    assert case.trace is not None
    totals = case.trace.totals
    stages = sorted({step.stage for step in case.trace.steps if step.stage is not None})
    if len(stages) < 2:
        return None
    told: list[tuple[float, str, int]] = []
    # not the parameters: most stand in the last stage by design, twice the channels being four times the weights
    for what, whole, of in (
        ("MACs", totals.macs, lambda step: step.macs or 0),
        ("activation bytes", totals.activation_bytes, lambda step: step.output_bytes * (step.kind not in ("identity", "flatten"))),
    ):  # fmt: skip
        if what == "MACs" and totals.uncounted:
            continue  # a share of a sum that is not all would be no share of the work
        for stage in stages:
            share = sum(of(step) for step in case.trace.steps if step.stage == stage) / max(
                1, whole
            )  # of somebody else's network perhaps 0
            if share > SHARE:
                told.append((share, what, stage))
    if not told:
        return None
    share, what, stage = max(told)
    places = place_names(case.trace)
    names = [f"{places[stage, None]} has {share:.0%} of all {what}" for share, what, stage in told]
    return Finding(
        "lopsided",
        "note",
        f"{places[stage, None]} takes most of the {what}",
        "; ".join(names),
        "Published networks spread the work: half the size for twice the channels keeps it equal from stage to stage. "
        "A network that must be made smaller or quicker is best changed there.",
        "1512.03385, 3.3",
        tuple(step.name for step in case.trace.steps if step.stage == stage and step.kind == "add")[:1],
    )


def large_final_map(case: Case) -> Finding | None:
    """A head that averages very many cells."""
    assert case.trace is not None
    height, width = case.trace.totals.final_map[2:]
    if min(height, width) <= LARGE or (case.spec is not None and case.spec.dilated_stages):
        return None
    if case.spec is None and not _averages(case.trace):
        return None
    return Finding(
        "large-final-map",
        "note",
        f"The head averages {height * width:,} cells",
        f"the final map is {height}×{width}, {case.trace.totals.macs:,} MACs in all",
        "The mean over so many cells blurs what any of them saw, and most of the work is spent on cells that one "
        "number a channel stands for. More stages, a stem that reduces, or a smaller input ends with 7×7 or 8×8.",
        "1512.03385, table 1 ends with 7×7; the networks for CIFAR with 8×8",
        (),
        _smaller(case),
    )


def _averages(trace: Trace) -> bool:
    """Whether the head takes the mean of the final map."""
    last = trace.totals.final_map
    return any(
        (isinstance(step.op, Mean) or (isinstance(step.op, AvgPool) and step.op.kernel == last[2:]))
        for step in trace.steps
        if step.path == "head" and step.inputs == (last,)
    )


def _smaller(case: Case) -> tuple[Remedy, ...]:
    spec = case.spec
    if spec is None:
        return ()
    remedies = [Remedy(f"Use an input of {side}×{side}", size=(side, side)) for side in (224, 32)]
    if spec.stem.stride == 1 or spec.stem.pool == "none":
        remedies.append(Remedy("Use the ImageNet stem: 7×7 of stride 2, max pool", {"stem": "imagenet"}))
    more = {"blocks": f"{','.join(map(str, spec.blocks))},{spec.blocks[-1]}", "widths": f"{','.join(map(str, spec.widths))},{2 * spec.widths[-1]}"}  # fmt: skip
    remedies.append(Remedy("Add a stage of twice the width", more))
    return tuple(remedies)
