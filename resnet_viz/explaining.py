"""One step in words: what it reads, and the worked line of each of its numbers."""

from __future__ import annotations

from . import arithmetic
from .steps import Step, Trace


def explain(trace: Trace, name: str) -> str:
    """The worked formulas of the step ``name`` as text, one a line. Raises ``InputError`` for an unknown name."""
    step = trace.step(name)
    head = (
        f"{step.name} ({step.kind}): {shape_text(step.inputs)} → {shape_text((step.output,))}"
        if step.inputs
        else f"{step.name}: {shape_text((step.output,))}"
    )
    reads = [trace.steps[read].name for read in step.reads]
    lines = [head, *([f"reads: {' and '.join(reads)}"] if reads else [])]
    return "\n".join(lines + [f"{title}: {line}" for title, line in worked_lines(trace, step)])


def worked_lines(trace: Trace, step: Step) -> list[tuple[str, str]]:
    """(title, worked line) of each number of ``step``."""
    return arithmetic.worked(step, tuple(trace.steps[read] for read in step.reads))


def shape_text(shapes: tuple[tuple[int, ...], ...]) -> str:
    """``64×56×56`` (C×H×W, PyTorch's order without the batch); several joined by ``+``."""
    return " + ".join("×".join(map(str, shape[1:])) for shape in shapes)
