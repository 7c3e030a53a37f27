"""Which step does a chosen volume ask about?  Never the norm or ReLU that it happens to end with: these keep the shape."""

from __future__ import annotations

from ...steps import Activation, Conv, ConvTranspose, Identity, Norm, Part, Step, Trace

_CONVS = Conv | ConvTranspose


def asked(trace: Trace, index: int) -> int:
    """The step that gave the volume of step ``index`` its shape, by index.

    Of a block's last step that is the block's last conv on its main path which changes height, width or channels, or its
    last conv where none does; of a norm or activation after a conv, a pool or an addition that very one.
    """
    step = trace.steps[index]
    block = next((part for part in trace.parts.walk() if part.kind == "block" and part.stop - 1 == index), None)
    if block is not None and (giver := _of_block(trace, block)) is not None:
        return giver.index
    while isinstance(step.op, Norm | Activation | Identity) and len(step.reads) == 1:
        before = trace.steps[step.reads[0]]
        if before.output != step.output:
            break
        step = before
    return step.index


def _of_block(trace: Trace, block: Part) -> Step | None:
    convs = [
        step
        for step in trace.steps[block.start : block.stop]
        if isinstance(step.op, _CONVS) and step.path == "main" and step.inputs
    ]
    changing = [step for step in convs if step.inputs[0] != step.output]
    return next(reversed(changing or convs), None)
