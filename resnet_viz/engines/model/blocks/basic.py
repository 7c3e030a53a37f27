"""The basic block: 3x3, 3x3 (paper, figure 5 left)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from ....spec import ResNetSpec
from ..attention import make_attention
from ..parts import Add, add_shortcut, conv2d, low_pass, make_norm


class Block(nn.Module):
    """``(N, C, H, W)`` to ``(N, width, ceil(H/stride), ceil(W/stride))``."""

    if TYPE_CHECKING:  # it has one of the two
        downsample: nn.Module
        shortcut: nn.Module

    def __init__(self, spec: ResNetSpec, in_channels: int, width: int, stride: int, dilation: int, device: str) -> None:
        super().__init__()
        pool = low_pass(spec, stride)
        self.conv1 = conv2d(in_channels, width, 3, 1 if pool else stride, device, 1, dilation)
        self.bn1 = make_norm(spec, width, device)
        self.relu1 = nn.ReLU()
        self.aa = pool
        self.conv2 = conv2d(width, width, 3, 1, device, 1, dilation)
        self.bn2 = make_norm(spec, width, device)
        self.se = make_attention(spec, width, device)
        add_shortcut(self, spec, in_channels, width, stride, device)
        self.add = Add()
        self.relu2 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu1(self.bn1(self.conv1(x)))
        if self.aa is not None:
            y = self.aa(y)
        y = self.bn2(self.conv2(y))
        if self.se is not None:
            y = self.se(y)
        shortcut = self.downsample(x) if hasattr(self, "downsample") else self.shortcut(x)
        return self.relu2(self.add(y, shortcut))

    last_norm = "bn2"  # the one that may start at 0
