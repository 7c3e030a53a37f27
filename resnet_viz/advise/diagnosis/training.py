"""What training needs: more than one value for each norm, and memory."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from ...steps import Norm, Trace
from ...why.memory import inference_bytes, training_bytes
from .finding import Case, Finding, Remedy, candidates, some


def one_value_norm(case: Case) -> Finding | None:
    """A batch norm in training that gets one value a channel."""
    assert case.trace is not None
    if case.mode != "train" or not case.asked:
        return None
    single = [
        step
        for step in case.trace.steps
        if isinstance(step.op, Norm)
        and not step.op.groups
        and not step.op.over
        and step.output[0] * prod(step.output[2:]) == 1
    ]
    if not single:
        return None
    first = single[0]
    shape = ", ".join(map(str, first.output))
    return Finding(
        "one-value-norm",
        "error",
        f"Training raises in {first.name}",
        f"batch {case.batch} at a map of 1×1 is one value a channel, in {some([s.name for s in single])}; PyTorch: "
        f"“Expected more than 1 value per channel when training, got input size torch.Size([{shape}])”",
        "A batch norm in training takes mean and variance over batch, height and width. Of one value the variance is 0 "
        "and the result would be 0 whatever came in, so PyTorch refuses. In eval mode it uses its running statistics and runs.",
        "1502.03167; torch.nn.functional.batch_norm",
        tuple(step.name for step in single),
        (
            Remedy("Use a batch of 2 or more", batch=2),
            Remedy("Use eval mode", mode="eval"),
            Remedy("Use group norm", {"norm": "group"}),
            *candidates(case),
        ),
    )


def memory(case: Case) -> Finding | None:
    """More than a GPU has, where one was named."""
    assert case.trace is not None
    if not case.memory:
        return None
    parts = estimate(case.trace, case.mode, case.optimizer)
    needed = sum(parts.values())
    if needed <= case.memory:
        return None
    most = largest_batch(case)
    told = ", ".join(f"{name} {gib(value)}" for name, value in parts.items())
    return Finding(
        "memory",
        "error",
        f"About {gib(needed)} is more than {gib(case.memory)}",
        f"estimate for batch {case.batch}, float32, {case.mode}{f', {case.optimizer}' if case.mode == 'train' else ''}: {told}",
        "Training keeps every map that the backward pass needs, and these grow with the batch and with the square of the "
        "input's side; weights, gradients and the optimizer's numbers do not. An estimate: the workspace of a conv's "
        "algorithm and the allocator's rounding come on top.",
        "",
        (),
        (Remedy(f"Use a batch of {most}", batch=most), *_halved(case)),  # 0 changes nothing, so it is not kept
    )


def _halved(case: Case) -> tuple[Remedy, ...]:
    side = max(32, min(case.size) // 2)
    return (Remedy(f"Use an input of {side}×{side}", size=(side, side)),) if side < min(case.size) else ()


def estimate(trace: Trace, mode: str, optimizer: str = "sgd") -> dict[str, int]:
    """Bytes by part for one step of training, or for a pass without gradients."""
    params = trace.totals.params + trace.totals.unowned_params
    if mode == "train":
        return training_bytes(trace.steps, params, optimizer)
    return {"weights": 4 * params, "maps": inference_bytes(trace.steps, params) - 4 * params}


def largest_batch(case: Case) -> int:
    """The most images at once that fit into ``case.memory``; 0 where not even one does."""
    assert case.trace is not None
    return most_images(estimate(case.trace, case.mode, case.optimizer), case.batch, case.memory)


def most_images(parts: Mapping[str, int], batch: int, memory: int) -> int:
    """How many images at once fit into ``memory`` bytes where ``batch`` take ``parts``."""
    each = sum(parts[name] for name in ("activations", "on the way back", "maps") if name in parts) / batch
    fixed = sum(parts.values()) - each * batch
    return max(0, int((memory - fixed) / each))


def gib(value: float) -> str:
    """``1.87 GiB``, or MiB below one."""
    return f"{value / 2**30:.2f} GiB" if value >= 2**30 else f"{value / 2**20:.1f} MiB"
