"""One step in words, by its name: why it has this shape, what it reads, and the worked line of each of its numbers."""

from __future__ import annotations

from ..engines.formulas import as_trace
from ..spec.configuration import Network
from ..steps import Trace
from ..why.shape import shape_text
from ..why.words import why
from ..why.worked import worked_lines


def explain(trace: Trace | Network, name: str) -> str:
    """Why the step ``name`` has its shape, then its worked formulas, one a line.

    ``trace`` may also be a network, whose forecast is explained. Raises ``InputError`` for an unknown name.

    >>> print(explain("resnet18@224", "maxpool"))
    maxpool (maxpool): 64×112×112 → 64×56×56
    ...
    size: ⌊(112 + 2·1 − 3)/2⌋ + 1 = 56
    ...
    """
    trace = as_trace(trace)
    step = trace.step(name)
    head = (
        f"{step.name} ({step.kind}): {shape_text(step.inputs)} → {shape_text((step.output,))}"
        if step.inputs
        else f"{step.name}: {shape_text((step.output,))}"
    )
    reads = [trace.steps[read].name for read in step.reads]
    lines = [head, why(trace, step), *([f"reads: {' and '.join(reads)}"] if reads else [])]
    return "\n".join(lines + [f"{title}: {line}" for title, line in worked_lines(trace, step)])
