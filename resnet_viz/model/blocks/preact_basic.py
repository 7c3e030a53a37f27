"""The basic block in full pre-activation order: BN, ReLU, conv, twice (1603.05027, figure 4e)."""

from __future__ import annotations

from torch import Tensor, nn

from ...spec import ResNetSpec
from ..attention import make_attention
from ..parts import Add, Conv2d, add_shortcut, make_norm, run_shortcut


class Block(nn.Module):
    """``(N, C, H, W)`` to ``(N, width, ceil(H/stride), ceil(W/stride))``; nothing follows the addition."""

    def __init__(self, spec: ResNetSpec, in_channels: int, width: int, stride: int, dilation: int, device: str) -> None:
        super().__init__()
        self.bn1 = make_norm(spec, in_channels, device)
        self.relu1 = nn.ReLU()
        self.conv1 = Conv2d(in_channels, width, 3, stride, device, 1, dilation)
        self.bn2 = make_norm(spec, width, device)
        self.relu2 = nn.ReLU()
        self.conv2 = Conv2d(width, width, 3, 1, device, 1, dilation)
        self.se = make_attention(spec, width, device)
        add_shortcut(self, spec, in_channels, width, stride, device)
        self.add = Add()

    def forward(self, x: Tensor) -> Tensor:
        activated = self.relu1(self.bn1(x))
        y = self.conv1(activated)
        y = self.conv2(self.relu2(self.bn2(y)))
        if self.se is not None:
            y = self.se(y)
        return self.add(y, run_shortcut(self, x, activated))

    @property
    def last_norm(self) -> nn.Module:
        return self.bn2
