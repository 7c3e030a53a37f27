"""Number by number: activations, additions, gates and products."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...steps import Activation
from .parts import At, Cell, Index, Made, Term

# functions of one number that have no numbers of their own
_PLAIN = {
    "relu": torch.relu, "relu6": functional.relu6, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "silu": functional.silu,
    "mish": functional.mish, "hardswish": functional.hardswish, "hardsigmoid": functional.hardsigmoid,
    "selu": functional.selu, "gelu": functional.gelu, "softplus": functional.softplus, "softsign": functional.softsign,
    "elu": functional.elu, "celu": functional.celu, "leaky_relu": functional.leaky_relu, "log_sigmoid": functional.logsigmoid,
    "hardtanh": functional.hardtanh, "tanhshrink": functional.tanhshrink, "hardshrink": functional.hardshrink,
    "softshrink": functional.softshrink,
}  # fmt: skip
_OF_ALL = ("softmax", "log_softmax", "softmin", "glu")  # which read more than the one number


def activation(at: At) -> Made:
    """A fixed function of the one cell at the same place."""
    op = at.step.op
    function = op.function if isinstance(op, Activation) else ""
    cell = at.cell(at.index)
    if function == "relu":
        passed = cell.value > 0
        words = "above 0, and passed on as it is" if passed else "not above 0, so it becomes 0"
        return Made(words, [Term(cell, float(passed), cell.value if passed else 0.0)])
    if isinstance(at.module, nn.PReLU):
        slopes = at.module.weight.detach()
        slope = 1.0 if cell.value > 0 else float(slopes[at.index[0] if len(slopes) > 1 else 0])
        words = "above 0, and passed on as it is" if cell.value > 0 else "below 0, and times its channel's slope"
        return Made(words, [Term(cell, slope, cell.value * slope)])
    x = torch.tensor(cell.value, dtype=torch.float64)
    plain = _PLAIN.get(function)
    layer = at.module if type(at.module).__module__ == "torch.nn.modules.activation" else None
    if function in _OF_ALL or (plain is None and layer is None) or isinstance(layer, nn.RReLU):
        raise at.unknown(f"is a {function or at.step.kind}, which is not taken apart here")
    made = float(layer(x.clone()) if layer is not None else plain(x))  # type: ignore[misc]
    return Made(f"{function} of the cell at the same place", [Term(cell, None, made, note=f"→ {function}")])


def _aligned(at: At, place: int) -> Index:
    """Where in an operand the number at this place is read: an axis of one cell, or one it has not, is read everywhere."""
    shape = tuple(at.inputs[place].shape)
    if len(shape) < len(at.index) and shape and shape[0] == at.step.output[1]:  # (C,) against (C, H, W)
        shape_at = (at.index[0], *at.index[len(at.index) - len(shape) + 1 :])
    else:
        shape_at = at.index[len(at.index) - len(shape) :]
    return tuple([i if side > 1 else 0 for i, side in zip(shape_at, shape, strict=True)])


def add(at: At) -> Made:
    """What is read at this place of each tensor."""
    cells = [at.cell(_aligned(at, place), place) for place in range(len(at.inputs))]
    if len(cells) < 2:
        raise at.unknown("adds what is not a step's")
    return Made("the sum of the cells at this place", [Term(cell, 1.0, cell.value) for cell in cells])


def scale(at: At) -> Made:
    """A channel's number in the gate times the cell."""
    cell = at.cell(at.index)
    gate = at.inputs[1]
    by = at.cell((at.index[0], *[0] * (gate.dim() - 1)), 1)
    return Made("the cell times its channel's gate", [Term(cell, by.value, cell.value * by.value, by)])


def multiply(at: At) -> Made:
    """The cell of one tensor times that of the other."""
    if len(at.inputs) != 2:
        raise at.unknown("multiplies what is not a step's")
    cell, by = at.cell(_aligned(at, 0)), at.cell(_aligned(at, 1), 1)
    return Made("the product of the cells at this place", [Term(cell, by.value, cell.value * by.value, by)])


def linear(at: At) -> Made:
    """Each number of the vector times its weight."""
    module = at.module
    if not isinstance(module, nn.Linear):
        raise at.unknown(
            "is a linear layer whose weights are no layer's, so what each cell is multiplied by is not known"
        )
    *before, out = at.index
    return _weighted(at, module.weight.detach()[out].double(), tuple(before), module.bias, out)


def _weighted(at: At, weights: Tensor, before: Index, bias: Tensor | None, out: int) -> Made:
    terms: list[Term] = []
    for place, weight in enumerate(weights.tolist()):
        cell = at.cell((*before, place))
        terms.append(Term(cell, weight, cell.value * weight))
    return Made("each number times its weight", terms, None if bias is None else float(bias.detach()[out]))


def channel_conv(at: At) -> Made:
    """ECA's conv: the channel and its neighbours, each times the kernel's number."""
    module = at.module
    if not isinstance(module, nn.Conv1d):
        raise at.unknown("is a conv along the channels whose weights are no layer's")
    kernel = module.weight.detach()[0, 0].double().tolist()
    channels, terms = int(at.inputs[0].shape[0]), list[Term]()
    for offset, weight in enumerate(kernel):
        channel = at.index[0] + offset - len(kernel) // 2
        if 0 <= channel < channels:
            cell = at.cell((channel, *[0] * (at.inputs[0].dim() - 1)))
            terms.append(Term(cell, weight, cell.value * weight))
        else:
            terms.append(Term(None, weight, 0.0, note="padding zero"))
    return Made("the channel and its neighbours, each times its weight", terms)


def passed(cell: Cell, words: str) -> Made:
    """One cell, unchanged."""
    return Made(words, [Term(cell, 1.0, cell.value)])
