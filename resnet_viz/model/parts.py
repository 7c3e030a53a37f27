"""Operations that PyTorch code usually writes as functions, as modules: a forward hook sees modules only."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Conv2d(nn.Conv2d):
    """A conv without bias that leaves its weights as they lie in memory; :func:`initialise` fills them.

    A trace on meta has nothing to fill, and filling is most of the time that building takes.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int, stride: int, device: str, groups: int = 1
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel, stride, kernel // 2, groups=groups, bias=False, device=device
        )

    def reset_parameters(self) -> None:
        pass


class BatchNorm2d(nn.BatchNorm2d):
    """A batch norm whose weight and bias :func:`initialise` fills.

    In eval mode on meta it answers by the rule that a norm keeps its input's shape, after PyTorch's own checks:
    there PyTorch's kernel runs eight Python operations for the same answer, most of the time of a whole pass.
    """

    def __init__(self, channels: int, device: str) -> None:
        super().__init__(channels, device=device)

    def reset_parameters(self) -> None:
        pass

    def forward(self, input: Tensor) -> Tensor:
        if self.training or not input.is_meta:
            return super().forward(input)
        self._check_input_dim(input)
        if input.shape[1] != self.num_features:
            raise RuntimeError(f"running_mean should contain {input.shape[1]} elements not {self.num_features}")
        return torch.empty_like(input)


class Linear(nn.Linear):
    """A linear layer whose weight and bias :func:`initialise` fills."""

    def reset_parameters(self) -> None:
        pass


class Add(nn.Module):
    """Where the main path and the shortcut meet; both tensors must have the same shape."""

    def forward(self, main: Tensor, shortcut: Tensor) -> Tensor:
        return main + shortcut


class IdentityShortcut(nn.Module):
    """Passes the block's input on, unchanged."""

    def forward(self, x: Tensor) -> Tensor:
        return x


class ZeroPadShortcut(nn.Module):
    """Option A: every ``stride``-th row and column, then zero channels, half before and half after."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        extra = out_channels - in_channels
        self.before, self.after = extra // 2, extra - extra // 2

    def forward(self, x: Tensor) -> Tensor:
        x = x[:, :, :: self.stride, :: self.stride]  # (N, C, ceil(H/s), ceil(W/s))
        return functional.pad(x, (0, 0, 0, 0, self.before, self.after))  # (N, before + C + after, ...)


def projection(in_channels: int, out_channels: int, stride: int, device: str) -> nn.Sequential:
    """Options B and C: a 1x1 conv and a norm (paper, equation 2)."""
    return nn.Sequential(Conv2d(in_channels, out_channels, 1, stride, device), BatchNorm2d(out_channels, device))


def add_shortcut(block: nn.Module, option: str, in_channels: int, out_channels: int, stride: int, device: str) -> None:
    """Give ``block`` its shortcut: ``downsample`` (a projection, torchvision's name) or ``shortcut`` (no weights)."""
    changes = stride != 1 or in_channels != out_channels
    if option == "C" or (option == "B" and changes):
        block.downsample = projection(in_channels, out_channels, stride, device)
    elif changes:
        block.shortcut = ZeroPadShortcut(in_channels, out_channels, stride)
    else:
        block.shortcut = IdentityShortcut()


def run_shortcut(block: nn.Module, x: Tensor) -> Tensor:
    """The block's input through whichever shortcut it has."""
    way = block._modules.get("downsample") or block._modules["shortcut"]
    assert way is not None
    return way(x)


def initialise(network: nn.Module) -> None:
    """He initialisation for ReLU networks, as published code does; norms start as the identity."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            nn.Linear.reset_parameters(module)
