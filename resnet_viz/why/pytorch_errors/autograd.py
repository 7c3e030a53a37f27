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


def _to_numpy(found: Found) -> Told | None:
    return Told(
        "NumPy knows no gradients, and this tensor carries one.",
        (
            Cause(
                "It comes out of a network that is to learn.",
                "Cut it off first, or compute it without gradients.",
                "x = x.detach().cpu().numpy()",
            ),
        ),
    )


def _leaf(found: Found) -> Told | None:
    return Told(
        "A parameter, or another tensor that asks for a gradient, was to be changed in place.",
        (
            Cause(
                "A weight is set by hand, such as to copy or to begin it.",
                "Do it without gradients.",
                "with torch.no_grad(): layer.weight.copy_(value)",
            ),
            Cause(
                "The input asks for a gradient and a layer begins with ReLU(inplace=True):",
                "write it out of place.",
                "nn.ReLU(inplace=False)",
            ),
        ),
    )


def _nan(found: Found) -> Told | None:
    return Told(
        f"The backward pass of {found.word('operation').removesuffix('Backward0').removesuffix('Backward')} gave NaN.",
        (
            Cause(
                "A division by 0, a logarithm or root of 0, or numbers that grew beyond float16.",
                "Lower the learning rate, add a small number under root and logarithm, and clip the gradients.",
                "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
            ),
        ),
    )


def _item(found: Found) -> Told | None:
    return Told(
        "One number was asked of a tensor that has several, or none.",
        (
            Cause(
                "item(), float() or an if was given a whole tensor, such as a loss without a reduction.",
                "Reduce it first, or take one of its numbers.",
                "loss.mean().item()",
            ),
        ),
    )


ENTRIES = (
    Entry("changed in place", _changed, ((rf"one of the variables needed for gradient computation has been modified by an inplace operation(?:: \[[\w.]{{1,40}}(?: {shape('given')})?)?", "0.3–"),)),
    Entry("backward twice", _twice, ((r"Trying to backward through the graph a second time", "0.3–"),)),
    Entry("no gradient", _no_gradient, ((r"element \d{1,3} of (?:tensors|variables) does not require grad", "0.3–"),)),
    Entry("numbers with a gradient", _to_numpy, ((r"Can't call numpy\(\) on (?:Tensor|Variable) that requires grad", "0.3–"),)),
    Entry("leaf in place", _leaf, ((r"a (?:leaf Variable|view of a leaf Variable) that requires grad (?:is being|has been) used in an in-?place operation", "0.3–"),)),
    Entry("NaN", _nan, ((r"Function '?(?P<operation>\w{1,60})'? returned nan values in its \d{1,3}th output", "0.4–"),)),
    Entry("one number", _item, ((r"only one element tensors can be converted to Python scalars", "0.4–"), (r"a Tensor with \d{1,15} elements cannot be converted to Scalar", "1.13–"), (r"Boolean value of Tensor with (?:more than one|no) values? is ambiguous", "0.4–"))),
    Entry("loss of many numbers", _scalar, ((r"grad can be implicitly created only for scalar outputs", "0.3–"),)),
)  # fmt: skip
