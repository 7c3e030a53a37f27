"""What operations of anybody's network cost, by counting each weight's uses, and how their lines say it."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import resnet_viz as rv


class Does(nn.Module):
    """Any function of some tensors, and the modules that it uses."""

    def __init__(self, function: Callable[..., Tensor], **parts: nn.Module) -> None:
        super().__init__()
        self.function = function
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, *tensors: Tensor) -> Any:
        return self.function(self, *tensors)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_a_recurrent_layer_uses_each_weight_once_at_each_position(kind: Any, layers: int, both: bool) -> None:
    module = kind(5, 7, layers, bidirectional=both, batch_first=True)
    step = rv.trace(module, inputs=(2, 3, 5)).steps[1]
    products = sum(weight.numel() for weight in module.parameters() if weight.dim() == 2)  # not the biases
    assert step.kind == "recurrent" and step.macs == 2 * 3 * products


def test_attention_holds_each_query_against_each_key_and_weighs_as_many_values() -> None:
    module = Does(lambda self, *tensors: functional.scaled_dot_product_attention(*tensors))
    shapes = (2, 3, 4, 6), (2, 3, 5, 6), (2, 3, 5, 8)
    step = rv.trace(module, inputs=[torch.zeros(shape) for shape in shapes]).steps[-1]
    assert step.macs == 2 * 3 * 4 * 5 * (6 + 8)  # images, heads, queries, keys; the width of a key and of a value


@pytest.mark.parametrize(
    ("a", "b", "macs"), [((2, 4, 6), (2, 6, 3), 2 * 4 * 6 * 3), ((4, 6), (6, 3), 4 * 6 * 3), ((2, 3, 4, 6), (6, 5), 2 * 3 * 4 * 6 * 5)]
)  # fmt: skip
def test_a_matrix_product_sums_as_many_products_as_the_first_has_columns(
    a: tuple[int, ...], b: tuple[int, ...], macs: int
) -> None:
    module = Does(lambda self, *tensors: tensors[0] @ tensors[1])
    assert rv.trace(module, inputs=[torch.zeros(a), torch.zeros(b)]).steps[-1].macs == macs


@pytest.mark.parametrize("module", [nn.ConvTranspose2d(4, 6, 3, groups=2), nn.ConvTranspose1d(4, 6, 3, groups=2), nn.Conv1d(4, 6, 3, groups=2)])  # fmt: skip
def test_counts_are_whole_numbers(module: nn.Module) -> None:
    shape = (1, 4, 5, 5)[: 4 if isinstance(module, nn.ConvTranspose2d) else 3]
    step = rv.trace(module, inputs=shape).steps[-1]
    assert type(step.macs) is int and type(step.params) is int


X = (2, 4, 6, 5)
LINES = [
    ("one norm over the map", nn.LayerNorm([4, 6, 5]), [X], ["size: a norm keeps the shape", "parameters: 240"]),
    ("a norm without weights", nn.InstanceNorm2d(4), [X], ["size: a norm keeps the shape", "parameters: none: it only rescales"]),
    ("a norm of groups", nn.GroupNorm(2, 4), [X], ["size: a norm keeps the shape: it rescales the channels in 2 groups, image by image", "parameters: 2·4 = 8 (a weight and a bias a channel)"]),
    ("a norm that only rescales", nn.BatchNorm2d(4, affine=False), [X], ["size: a norm keeps the shape: it rescales each channel", "parameters: none: it only rescales"]),
    ("an activation that is known", nn.Hardswish(), [X], ["size: x·min(max(0, x + 3), 6)/6 for every number: the shape stays"]),
    ("an activation of two words", nn.LeakyReLU(), [X], ["size: x where it is above 0, else a small part of it: the shape stays"]),
    ("one with weights", nn.PReLU(4), [X], ["size: x where it is above 0, else a learnt part of it: the shape stays", "parameters: 4"]),
    ("one with a colon in its words", nn.Softmax(1), [X], ["size: eˣ over the sum of all eˣ along one axis: shares that add up to 1, the shape stays"]),
    ("an activation that is not", nn.Softsign(), [X], ["size: softsign(x) for every number: the shape stays"]),
    ("a linear layer at each position", nn.Linear(5, 3), [(2, 4, 5)], ["parameters: 5·3 + 3 = 18", "MACs: 2·4·5·3 = 120"]),
    ("what is repeated and added", Does(lambda self, a, b: a + b), [X, (2, 4, 1, 1)], ["size: 4×6×5 + 4×1×1, added cell by cell: 4×6×5"]),
    ("two equal shapes", Does(lambda self, a, b: a + b), [X, X], ["size: 4×6×5 + 4×6×5: equal shapes, added cell by cell, so the shape stays"]),
    ("a product of two maps", Does(lambda self, a, b: a * b), [X, X], ["size: 4×6×5 · 4×6×5, number by number: 4×6×5"]),
    ("a gate", Does(lambda self, x: x * self.gate(x.mean((2, 3), keepdim=True)).sigmoid(), gate=nn.Conv2d(4, 4, 1)), [X], ["size: each of 4 channels times its own number, at all 6×5 cells: the shape stays", "receptive field: 1 px, the main path's; the gate also knows the whole map"]),
    ("what has no formula", Does(lambda self, x: functional.grid_sample(x, torch.zeros(2, 6, 5, 2), align_corners=False)), [X], ["MACs: unknown: there is no formula for them here", "receptive field: unknown"]),
]  # fmt: skip


@pytest.mark.parametrize(("module", "shapes", "lines"), [row[1:] for row in LINES], ids=[row[0] for row in LINES])
def test_the_lines_of_an_operation(module: nn.Module, shapes: list[tuple[int, ...]], lines: list[str]) -> None:
    trace = rv.trace(module, inputs=[torch.zeros(shape) for shape in shapes])
    last = trace.steps[-1]
    told = rv.explain(trace, last.name).splitlines()
    reads = next(number for number, line in enumerate(told) if line.startswith("reads: "))
    assert told[reads + 1 : -1] == lines
    assert told[-1].startswith(f"bytes: {'·'.join(map(str, last.output))}·4 B = ")


def test_a_conv_that_is_called_again_has_its_weights_once() -> None:
    conv = nn.Conv2d(4, 4, 3, bias=False)
    trace = rv.trace(nn.Sequential(conv, conv), inputs=(1, 4, 9, 9))
    first, again = (rv.explain(trace, step.name).splitlines() for step in trace.steps[1:])
    assert "parameters: 4·4·3·3 = 144" in first and "parameters: 0" in again
    assert "MACs: 7·7·4 · 4·3·3 = 7,056" in first and "MACs: 5·5·4 · 4·3·3 = 3,600" in again
