"""The bottleneck block in full pre-activation order: BN, ReLU, conv, three times (1603.05027, appendix)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from ....spec import ResNetSpec
from ..attention import make_attention
from ..parts import Add, add_shortcut, conv2d, make_norm


class Block(nn.Module):
    """``(N, C, H, W)`` to ``(N, 4*width, ceil(H/stride), ceil(W/stride))``; nothing follows the addition."""

    if TYPE_CHECKING:  # it has one of the two
        downsample: nn.Module
        shortcut: nn.Module
        changes_shape: bool

    def __init__(self, spec: ResNetSpec, in_channels: int, width: int, stride: int, dilation: int, device: str) -> None:
        super().__init__()
        mid, out = spec.mid_channels(width), width * spec.expansion
        first, middle = (stride, 1) if spec.stride_in == "1x1" else (1, stride)
        self.bn1 = make_norm(spec, in_channels, device)
        self.relu1 = nn.ReLU()
        self.conv1 = conv2d(in_channels, mid, 1, first, device)
        self.bn2 = make_norm(spec, mid, device)
        self.relu2 = nn.ReLU()
        self.conv2 = conv2d(mid, mid, 3, middle, device, spec.groups, dilation)
        self.bn3 = make_norm(spec, mid, device)
        self.relu3 = nn.ReLU()
        self.conv3 = conv2d(mid, out, 1, 1, device)
        self.se = make_attention(spec, out, device)
        add_shortcut(self, spec, in_channels, out, stride, device)
        self.add = Add()

    def forward(self, x: Tensor) -> Tensor:
        activated = self.relu1(self.bn1(x))
        y = self.conv1(activated)
        y = self.conv2(self.relu2(self.bn2(y)))
        y = self.conv3(self.relu3(self.bn3(y)))
        if self.se is not None:
            y = self.se(y)
        if hasattr(self, "downsample"):
            shortcut = self.downsample(activated)
        else:
            shortcut = self.shortcut(activated if self.changes_shape else x)
        return self.add(y, shortcut)

    last_norm = "bn3"  # the one that may start at 0
