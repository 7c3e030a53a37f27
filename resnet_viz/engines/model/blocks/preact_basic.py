"""The basic block in full pre-activation order: BN, ReLU, conv, twice (1603.05027, figure 4e)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from ....spec import ResNetSpec
from ..attention import make_attention
from ..parts import Add, add_shortcut, conv2d, make_norm


class Block(nn.Module):
    """``(N, C, H, W)`` to ``(N, width, ceil(H/stride), ceil(W/stride))``; nothing follows the addition."""

    if TYPE_CHECKING:  # it has one of the two
        downsample: nn.Module
        shortcut: nn.Module
        changes_shape: bool

    def __init__(self, spec: ResNetSpec, in_channels: int, width: int, stride: int, dilation: int, device: str) -> None:
        super().__init__()
        self.bn1 = make_norm(spec, in_channels, device)
        self.relu1 = nn.ReLU()
        self.conv1 = conv2d(in_channels, width, 3, stride, device, 1, dilation)
        self.bn2 = make_norm(spec, width, device)
        self.relu2 = nn.ReLU()
        self.conv2 = conv2d(width, width, 3, 1, device, 1, dilation)
        self.se = make_attention(spec, width, device)
        add_shortcut(self, spec, in_channels, width, stride, device)
        self.add = Add()

    def forward(self, x: Tensor) -> Tensor:
        activated = self.relu1(self.bn1(x))
        y = self.conv1(activated)
        y = self.conv2(self.relu2(self.bn2(y)))
        if self.se is not None:
            y = self.se(y)
        if hasattr(self, "downsample"):
            shortcut = self.downsample(activated)
        else:
            shortcut = self.shortcut(activated if self.changes_shape else x)
        return self.add(y, shortcut)

    last_norm = "bn2"  # the one that may start at 0
