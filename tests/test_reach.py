"""What one cell of anybody's network sees, as gradients tell it: beyond a ResNet's own convs, pools and additions."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import resnet_viz as rv

SIZE = (24, 32)


class Chain(nn.Module):
    """A conv with a stride of its own for each axis, so that axes cannot be mixed up, and what comes after it."""

    def __init__(self, after: Callable[[Tensor], Tensor] | nn.Module) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 4, (3, 5), (2, 4), (1, 2))
        self.after = after

    def forward(self, x: Tensor) -> Tensor:
        return self.after(self.first(x))


def seen(module: nn.Module) -> tuple[tuple[int, int], tuple[int, int]]:
    """Height and width of what a cell sees at most, and the image's pixels for each cell, by the gradients of every cell."""
    module = module.double()
    with torch.no_grad():
        for weight in module.parameters():
            weight.abs_().add_(0.1)  # nothing cancels out
    image = torch.rand(1, 1, *SIZE, dtype=torch.float64, requires_grad=True)
    output = module(image)[0].sum(0)
    each = torch.eye(output.numel(), dtype=torch.float64).reshape(-1, *output.shape)
    (gradients,) = torch.autograd.grad(output, image, each, is_grads_batched=True)
    most = [0, 0]
    for gradient in gradients:
        for axis, places in enumerate(gradient[0, 0].nonzero().T):
            if len(places):  # a dilated kernel leaves cells out
                most[axis] = max(most[axis], int(places.max() - places.min()) + 1)
    return (most[0], most[1]), (SIZE[0] // output.shape[0], SIZE[1] // output.shape[1])


ON_A_MAP = {
    "a pool": nn.AvgPool2d((3, 2), (3, 2)),
    "a dilated conv": nn.Conv2d(4, 2, (3, 2), dilation=(2, 3), padding=(2, 0)),
    "nearest": lambda x: functional.interpolate(x, scale_factor=2),
    "nearest, one axis": lambda x: functional.interpolate(x, scale_factor=(1, 4)),
    "bilinear": lambda x: functional.interpolate(x, scale_factor=2, mode="bilinear"),
    "bicubic": lambda x: functional.interpolate(x, scale_factor=2, mode="bicubic"),
    "a transposed conv": nn.ConvTranspose2d(4, 2, (4, 6), 2, (1, 2)),
    "a transposed conv of an odd kernel": nn.ConvTranspose2d(4, 2, (3, 5), (2, 2), (1, 2), output_padding=1),
    "a dilated transposed conv": nn.ConvTranspose2d(4, 2, (2, 3), (2, 4), dilation=(2, 2), output_padding=(0, 0)),
    "a transposed conv without overlap": nn.ConvTranspose2d(4, 2, (2, 4), (2, 4)),
    "pixels of channels": nn.PixelShuffle(2),
    "a number a channel": lambda x: x + torch.arange(1.0, 5.0, dtype=x.dtype).view(1, 4, 1, 1),
    "the channels turned round": lambda x: x.flip(1),
    "a piece of the channels": lambda x: functional.avg_pool2d(x[:, 1:3], (2, 4)),
    "two ways that meet": lambda x: torch.cat([functional.avg_pool2d(x, 3, 1, 1), functional.avg_pool2d(x, (1, 5), 1, (0, 2))], 1),
}  # fmt: skip


@pytest.mark.parametrize("after", ON_A_MAP.values(), ids=ON_A_MAP)
def test_what_a_cell_sees_is_where_its_gradient_is(after: Callable[[Tensor], Tensor] | nn.Module) -> None:
    module = Chain(after)
    last = rv.trace(module, SIZE, device="cpu").steps[-1]
    field, stride = seen(module)
    assert last.receptive_field == field
    if "dilated" not in next(name for name, it in ON_A_MAP.items() if it is after):  # their maps end early
        assert last.output_stride == stride


def gated(x: Tensor) -> Tensor:
    return x * torch.sigmoid(x.mean((2, 3), keepdim=True))


def spread_first(x: Tensor) -> Tensor:
    return x.mean((2, 3), keepdim=True) + x


@pytest.mark.parametrize("after", [gated, spread_first])
def test_what_is_spread_over_a_map_does_not_count_beside_it(after: Callable[[Tensor], Tensor]) -> None:
    last = rv.trace(Chain(after), SIZE, device="cpu").steps[-1]
    assert (last.receptive_field, last.output_stride) == ((3, 5), (2, 4))  # the conv's


def test_a_mean_over_the_map_and_a_list_of_its_cells_see_all_of_it() -> None:
    rows, columns = 3 + 11 * 2, 5 + 7 * 4  # the first of 12×8 windows, and a step for each of the others
    for after in (nn.AdaptiveAvgPool2d(1), lambda x: x.mean((2, 3)), nn.Flatten()):
        last = rv.trace(Chain(after), SIZE, device="cpu").steps[-1]
        assert last.receptive_field == (rows, columns)
        assert last.output_stride == (24, 32)
    linear = rv.trace(Chain(nn.Sequential(nn.Flatten(), nn.Linear(4 * 12 * 8, 3))), SIZE, device="cpu").steps[-1]
    assert linear.receptive_field == (rows, columns)


UNKNOWN = {
    "half of it over the map": lambda x: functional.interpolate(x, size=(18, 8)),
    "a row for a map": lambda x: functional.conv1d(x.flatten(2), torch.ones(2, 4, 3, dtype=x.dtype)),
    "attention": lambda x: functional.scaled_dot_product_attention(x, x, x),
    "a matrix product": lambda x: x @ x.transpose(2, 3),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_cannot_be_said_is_unknown(name: str) -> None:
    last = rv.trace(Chain(UNKNOWN[name]), SIZE, device="cpu").steps[-1]
    assert last.output_stride is None
    assert last.receptive_field == ((3, 5) if name == "half of it over the map" else None)


def test_after_what_is_unknown_all_is() -> None:
    module = Chain(nn.Sequential(nn.Upsample((18, 8), mode="bilinear"), nn.Conv2d(4, 4, 3)))
    assert [step.receptive_field for step in rv.trace(module, SIZE, device="cpu").steps] == [
        (1, 1),
        (3, 5),
        (5, 9),  # the neighbours that it reads, although not where the next one's are
        None,
    ]
