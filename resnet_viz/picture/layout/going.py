"""What is seen of a step, and what a second click on it opens: where the levels of a picture lead to each other."""

from __future__ import annotations

from ...steps import Activation, Norm, Step, Trace
from .asked import asked
from .look import Place
from .parts import home
from .window import operation_names


def inside(trace: Trace, level: str, index: int) -> Place | None:
    """What lies in the volume of step ``index`` as it is drawn at ``level``: its stage, its block, or its window. None
    where there is nothing deeper.

    >>> from resnet_viz import forecast
    >>> inside(forecast("resnet18"), "network", 30).text
    'stage layer2'
    """
    step = trace.steps[index]
    if level == "block" or step.stage is None:
        step = trace.steps[asked(trace, index)]  # a volume is a norm's or a ReLU's, and the window its conv's
        return Place("operation", step.name) if step.name in operation_names(trace) else None
    deeper = {"network": "stage", "stage": "block"}.get(level)
    part = home(trace, index, deeper) if deeper else None
    return Place(str(deeper), part.path) if part else None


def drawn_at(trace: Trace, step: Step | None, level: str) -> int | None:
    """Whose volume ``step`` is marked on, by index. At network level a step inside a block is marked on the block's volume; at stage level a norm on its conv.

    A projection has a volume of its own, which its last step names.
    """
    if step is None:
        return None
    if level != "network" and step.kind == "identity":  # nothing is computed: it is the line to what reads it
        step = next((later for later in trace.steps[step.index :] if step.index in later.reads), step)
    while level == "block" and step.path == "gate" and isinstance(step.op, Activation | Norm):
        step = trace.steps[step.reads[0]]
    while (
        level == "network" and step.stage is None and step.kind in ("norm", "relu", "flatten") and len(step.reads) == 1
    ):
        step = trace.steps[step.reads[0]]  # the stem and the head draw no volume for what keeps the numbers there are
    part = [
        s
        for s in trace.steps
        if (s.stage, s.block, s.stage is None or s.path == "main") == (step.stage, step.block, True)
    ]
    way = [s for s in trace.steps if (s.stage, s.block, s.path) == (step.stage, step.block, "shortcut")]
    if step.stage is not None and step in way and way[-1].kind != "identity":
        return way[-1].index
    if level == "network" and step.stage is not None:
        return part[-1].index
    if (
        level != "network"
        and step.kind in ("norm", "relu")
        and step.path == "main"
        and (level == "stage" or step is not part[-1])
    ):
        before = [s.index for s in part if s.index < step.index and s.kind not in ("norm", "relu")]
        return before[-1] if before else part[0].reads[0]  # a pre-activation block first norms what it reads
    return step.index
