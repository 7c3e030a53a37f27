"""Operations that PyTorch code usually writes as functions, as modules: a forward hook sees modules only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from ...spec import NORM_GROUPS, ResNetSpec
from ...steps import Path

# These leave their weights as they lie in memory; :func:`initialise` fills them. A trace on meta has nothing to fill,
# and filling is most of the time that building takes.


class _Conv2d(nn.Conv2d):
    def reset_parameters(self) -> None:
        pass


class _BatchNorm2d(nn.BatchNorm2d):
    def reset_parameters(self) -> None:
        pass


class _GroupNorm(nn.GroupNorm):
    def reset_parameters(self) -> None:
        pass


class _Linear(nn.Linear):
    def reset_parameters(self) -> None:
        pass


def _plain(made: nn.Module, layer: type[nn.Module]) -> Any:
    """``made`` as PyTorch's own ``layer``: torch.fx and quantisation know a layer by its class."""
    made.__class__ = layer
    return made


def conv2d(
    in_channels: int,
    out_channels: int,
    kernel: int,
    stride: int,
    device: str,
    groups: int = 1,
    dilation: int = 1,
    bias: bool = False,
) -> nn.Conv2d:
    """A conv whose padding keeps an odd kernel's centre on the cell: the size stays, or shrinks by the stride alone."""
    made = _Conv2d(
        in_channels,
        out_channels,
        kernel,
        stride,
        dilation * (kernel // 2),
        groups=groups,
        dilation=dilation,
        bias=bias,
        device=device,
    )
    return _plain(made, nn.Conv2d)


def linear(in_features: int, out_features: int, device: str) -> nn.Linear:
    """The classifier."""
    return _plain(_Linear(in_features, out_features, device=device), nn.Linear)


def make_norm(spec: ResNetSpec, channels: int, device: str) -> nn.Module:
    """The kind of norm that ``spec`` asks for: a batch norm, or a group norm of 32 groups (1803.08494)."""
    if spec.norm == "group":
        return _plain(_GroupNorm(NORM_GROUPS, channels, device=device), nn.GroupNorm)
    return _plain(_BatchNorm2d(channels, device=device), nn.BatchNorm2d)


class BlurPool(nn.Module):
    """A fixed 3x3 blur of stride 2 over a reflected border (1904.11486).

    The kernel 1 2 1 by 1 2 1 over 16 is two 2x2 means one after the other, so no weights are needed.
    """

    def forward(self, x: Tensor) -> Tensor:
        x = functional.pad(x, [1, 1, 1, 1], mode="reflect")  # (N, C, H + 2, W + 2)
        return functional.avg_pool2d(functional.avg_pool2d(x, 2, 1), 2, 2)  # (N, C, ceil(H/2), ceil(W/2))


def low_pass(spec: ResNetSpec, stride: int) -> nn.Module | None:
    """What takes a stride over from a conv where ``spec`` is anti-aliased; else None."""
    if stride == 1 or spec.anti_alias == "none":
        return None
    return nn.AvgPool2d(2) if spec.anti_alias == "avg" else BlurPool()


class Add(nn.Module):
    """Where the main path and the shortcut meet; both tensors must have the same shape.

    PyTorch itself would broadcast a side of 1 in silence, and the sum would be of something else.
    """

    def forward(self, main: Tensor, shortcut: Tensor) -> Tensor:
        if isinstance(main, Tensor):  # torch.fx passes symbols, which have no shape to look at
            sides, others = list(main.shape), list(shortcut.shape)
            if sides != others:
                raise RuntimeError(f"shapes of main path and shortcut differ: {sides}, {others}")
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
        return functional.pad(x, [0, 0, 0, 0, self.before, self.after])  # (N, before + C + after, ...)


def projection(spec: ResNetSpec, in_channels: int, out_channels: int, stride: int, device: str) -> nn.Sequential:
    """Options B and C: a 1x1 conv and a norm (paper, equation 2).

    ResNet-D averages 2x2 cells first, so that the 1x1 reads every cell (1812.01187, figure 2c). ``ceil_mode`` because
    the main path rounds up: 57 ends at 29 on both. In a pre-activation block there is no norm.
    """
    parts: list[nn.Module] = []
    if spec.shortcut_pool:
        pool = nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False)
        parts.append(pool if stride > 1 else IdentityShortcut())
        stride = 1
    parts.append(conv2d(in_channels, out_channels, 1, stride, device))
    if not spec.preact:
        parts.append(make_norm(spec, out_channels, device))
    return nn.Sequential(*parts)


def add_shortcut(
    block: nn.Module, spec: ResNetSpec, in_channels: int, out_channels: int, stride: int, device: str
) -> None:
    """Give ``block`` its shortcut: ``downsample`` (a projection, torchvision's name) or ``shortcut`` (no weights).

    A block asks ``hasattr`` which it has: TorchScript answers that when it compiles.
    """
    changes = stride != 1 or in_channels != out_channels
    block.__dict__["changes_shape"] = changes
    if spec.shortcut == "C" or (spec.shortcut == "B" and changes):
        block.downsample = projection(spec, in_channels, out_channels, stride, device)
    elif changes:
        block.shortcut = ZeroPadShortcut(in_channels, out_channels, stride)
    else:
        block.shortcut = IdentityShortcut()


# What a block calls its children that are not on its main path.
WAYS: Mapping[str, Path] = MappingProxyType({"downsample": "shortcut", "shortcut": "shortcut", "se": "gate"})


def initialise(network: nn.Module) -> None:
    """He initialisation for ReLU networks, as published code does; norms start as the identity."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Conv1d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d | nn.GroupNorm):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            nn.Linear.reset_parameters(module)
