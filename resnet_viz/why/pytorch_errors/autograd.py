"""Errors of the backward pass."""

from __future__ import annotations

from .entry import Cause, Entry, Found, Told, shape, sides


def _changed(found: Found) -> Told | None:
    given = found.shape("given")
    return Told(
        f"A tensor{f' of {sides(given)}' if given else ''} that the backward pass needs was changed in place after the forward pass read it.",
        (
            Cause("An addition in place (out += identity) or ReLU(inplace=True) wrote over it.", "Write it out of place.", "out = out + identity"),
            Cause("To see which operation it was,", "let PyTorch remember them.", "torch.autograd.set_detect_anomaly(True)"),
        ),
    )  # fmt: skip


def _twice(found: Found) -> Told | None:
    return Told(
        "backward() ran a second time through maps that the first had freed.",
        (
            Cause("Something from the step before is used again: a hidden state, or a sum of losses.", "Cut it off from the step before.", "state = state.detach()"),
            Cause("Two losses share one forward pass:", "add them up first.", "(loss1 + loss2).backward()"),
        ),
    )  # fmt: skip


def _no_gradient(found: Found) -> Told | None:
    return Told(
        "The loss depends on no parameter that can learn.",
        (
            Cause("The forward pass ran under no_grad, or every parameter is frozen, or the output went through argmax, item() or NumPy.", "Let the last layer learn, and compute the loss from the output itself.", "for p in model.fc.parameters(): p.requires_grad = True"),
        ),
    )  # fmt: skip


def _scalar(found: Found) -> Told | None:
    return Told(
        "backward() begins from one number, and the loss has several.",
        (
            Cause(
                "The loss was made without a reduction, or by DataParallel on each GPU.",
                "Average it.",
                "loss.mean().backward()",
            ),
        ),
    )


ENTRIES = (
    Entry("changed in place", _changed, ((rf"one of the variables needed for gradient computation has been modified by an inplace operation(?:: \[[\w.]{{1,40}}(?: {shape('given')})?)?", "0.3–"),)),
    Entry("backward twice", _twice, ((r"Trying to backward through the graph a second time", "0.3–"),)),
    Entry("no gradient", _no_gradient, ((r"element \d{1,3} of (?:tensors|variables) does not require grad", "0.3–"),)),
    Entry("loss of many numbers", _scalar, ((r"grad can be implicitly created only for scalar outputs", "0.3–"),)),
)  # fmt: skip
