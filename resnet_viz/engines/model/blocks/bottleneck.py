"""The bottleneck block: 1x1, 3x3, 1x1 with four times the channels at the end (paper, figure 5 right)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from ....spec import ResNetSpec
from ..attention import make_attention
from ..parts import Add, add_shortcut, conv2d, low_pass, make_norm


class Block(nn.Module):
    """``(N, C, H, W)`` to ``(N, 4*width, ceil(H/stride), ceil(W/stride))``.

    The stride sits in the 3x3 (v1.5, what torchvision trains) or in the first 1x1 (v1, what the paper counted).
    """

    if TYPE_CHECKING:  # it has one of the two
        downsample: nn.Module
        shortcut: nn.Module

    def __init__(self, spec: ResNetSpec, in_channels: int, width: int, stride: int, dilation: int, device: str) -> None:
        super().__init__()
        mid, out = spec.mid_channels(width), width * spec.expansion
        first, middle = (stride, 1) if spec.stride_in == "1x1" else (1, stride)
        pool = low_pass(spec, middle)
        self.conv1 = conv2d(in_channels, mid, 1, first, device)
        self.bn1 = make_norm(spec, mid, device)
        self.relu1 = nn.ReLU()
        self.conv2 = conv2d(mid, mid, 3, 1 if pool else middle, device, spec.groups, dilation)
        self.bn2 = make_norm(spec, mid, device)
        self.relu2 = nn.ReLU()
        self.aa = pool
        self.conv3 = conv2d(mid, out, 1, 1, device)
        self.bn3 = make_norm(spec, out, device)
        self.se = make_attention(spec, out, device)
        add_shortcut(self, spec, in_channels, out, stride, device)
        self.add = Add()
        self.relu3 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu1(self.bn1(self.conv1(x)))
        y = self.relu2(self.bn2(self.conv2(y)))
        if self.aa is not None:
            y = self.aa(y)
        y = self.bn3(self.conv3(y))
        if self.se is not None:
            y = self.se(y)
        shortcut = self.downsample(x) if hasattr(self, "downsample") else self.shortcut(x)
        return self.relu3(self.add(y, shortcut))

    last_norm = "bn3"  # the one that may start at 0
