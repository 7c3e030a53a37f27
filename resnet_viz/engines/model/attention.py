"""Channel gates: each channel of a block's result is scaled by a number between 0 and 1 before the addition."""

from __future__ import annotations

import math

from torch import Tensor, nn

from ...spec import ResNetSpec
from .parts import conv2d


class Scale(nn.Module):
    """``(N, C, H, W)`` times a gate ``(N, C)`` or ``(N, C, 1, 1)``: one number a channel."""

    def forward(self, x: Tensor, gate: Tensor) -> Tensor:
        return x * gate.view(gate.shape[0], gate.shape[1], 1, 1)


class ChannelConv(nn.Conv1d):
    """ECA's conv: one odd kernel slides along the channels, ``(N, C)`` to ``(N, C)``."""

    def __init__(self, kernel: int, device: str) -> None:
        super().__init__(1, 1, kernel, padding=kernel // 2, bias=False, device=device)

    def reset_parameters(self) -> None:
        pass

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input.unsqueeze(1), self.weight, self.bias).squeeze(1)


class SqueezeExcitation(nn.Module):
    """The map's mean, two 1x1 convs with a bottleneck between, a sigmoid (1709.01507, figure 2)."""

    def __init__(self, channels: int, hidden: int, device: str) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = conv2d(channels, hidden, 1, 1, device, bias=True)
        self.act = nn.ReLU()
        self.fc2 = conv2d(hidden, channels, 1, 1, device, bias=True)
        self.gate = nn.Sigmoid()
        self.scale = Scale()

    def forward(self, x: Tensor) -> Tensor:
        gate = self.fc2(self.act(self.fc1(self.pool(x))))  # (N, C, 1, 1)
        return self.scale(x, self.gate(gate))


class EfficientChannelAttention(nn.Module):
    """The map's mean, one small conv along the channels, a sigmoid (1910.03151, figure 2)."""

    def __init__(self, channels: int, device: str) -> None:
        super().__init__()
        near = int(abs(math.log(channels, 2) + 1) / 2)  # equation 12 with gamma = 2, b = 1
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.conv = ChannelConv(max(near + 1 - near % 2, 3), device)
        self.gate = nn.Sigmoid()
        self.scale = Scale()

    def forward(self, x: Tensor) -> Tensor:
        gate = self.conv(self.flatten(self.pool(x)))  # (N, C)
        return self.scale(x, self.gate(gate))


def make_attention(spec: ResNetSpec, channels: int, device: str) -> nn.Module | None:
    """The gate that ``spec`` asks for, or None. As a block's ``se`` its keys are timm's."""
    if spec.attention == "se":
        return SqueezeExcitation(channels, spec.se_channels(channels), device)
    return EfficientChannelAttention(channels, device) if spec.attention == "eca" else None
