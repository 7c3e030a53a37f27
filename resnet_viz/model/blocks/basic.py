"""The basic block: 3x3, 3x3 (paper, figure 5 left)."""

from __future__ import annotations

from torch import Tensor, nn

from ...spec import ResNetSpec
from ..parts import Add, BatchNorm2d, Conv2d, add_shortcut, run_shortcut


class Block(nn.Module):
    """``(N, C, H, W)`` to ``(N, width, ceil(H/stride), ceil(W/stride))``."""

    def __init__(self, spec: ResNetSpec, in_channels: int, width: int, stride: int, device: str) -> None:
        super().__init__()
        self.conv1 = Conv2d(in_channels, width, 3, stride, device)
        self.bn1 = BatchNorm2d(width, device)
        self.relu1 = nn.ReLU()
        self.conv2 = Conv2d(width, width, 3, 1, device)
        self.bn2 = BatchNorm2d(width, device)
        add_shortcut(self, spec.shortcut, in_channels, width, stride, device)
        self.add = Add()
        self.relu2 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu1(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu2(self.add(y, run_shortcut(self, x)))

    @property
    def last_norm(self) -> nn.BatchNorm2d:
        return self.bn2
