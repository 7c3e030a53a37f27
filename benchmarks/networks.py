"""Other people's networks, written from the papers, for measuring how long it takes to trace them."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional


def conv(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """Conv, batch norm and ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(True)
    )


class Bottleneck(nn.Module):
    """1512.03385, figure 5."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.way = nn.Sequential(conv(inputs, width, 1), conv(width, width, 3, stride))
        self.last = nn.Sequential(nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width))
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or inputs != 4 * width:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width)
            )

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.last(self.way(x)) + self.shortcut(x))


class ResNet50(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1))
        stages: list[nn.Module] = []
        inputs = 64
        for width, count, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
            blocks = [Bottleneck(inputs, width, stride)] + [Bottleneck(4 * width, width, 1) for _ in range(count - 1)]
            stages.append(nn.Sequential(*blocks))
            inputs = 4 * width
        self.stages = nn.ModuleList(stages)
        self.head = nn.Linear(inputs, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        return self.head(x.mean((2, 3)))


class DenseLayer(nn.Module):
    """1608.06993: reads all maps before it."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, 128, 1, bias=False)
        self.norm2, self.conv2 = nn.BatchNorm2d(128), nn.Conv2d(128, 32, 3, padding=1, bias=False)

    def forward(self, maps: list[Tensor]) -> Tensor:
        x = self.conv1(functional.relu(self.norm1(torch.cat(maps, 1))))
        return self.conv2(functional.relu(self.norm2(x)))


class DenseBlock(nn.ModuleList):
    def forward(self, x: Tensor) -> Tensor:
        maps = [x]
        for layer in self:
            maps.append(layer(maps))
        return torch.cat(maps, 1)


class DenseNet121(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        parts: list[nn.Module] = [conv(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1)]
        channels = 64
        for number, count in enumerate((6, 12, 24, 16)):
            parts.append(DenseBlock(DenseLayer(channels + 32 * k) for k in range(count)))
            channels += 32 * count
            if number < 3:
                norm, shrink = nn.BatchNorm2d(channels), nn.Conv2d(channels, channels // 2, 1, bias=False)
                parts += [norm, nn.ReLU(True), shrink, nn.AvgPool2d(2)]
                channels //= 2
        self.features = nn.Sequential(*parts, nn.BatchNorm2d(channels), nn.ReLU(True))
        self.head = nn.Linear(channels, 1000)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x).mean((2, 3)))


class UNet(nn.Module):
    """1505.04597, with padded convs."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        sizes = [width * 2**k for k in range(5)]
        self.down = nn.ModuleList(
            nn.Sequential(conv(a, b), conv(b, b)) for a, b in zip([3, *sizes[:-1]], sizes, strict=True)
        )
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * n, n, 2, 2) for n in sizes[-2::-1])
        self.merge = nn.ModuleList(nn.Sequential(conv(2 * n, n), conv(n, n)) for n in sizes[-2::-1])
        self.out = nn.Conv2d(width, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips: list[Tensor] = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else functional.max_pool2d(x, 2))
            skips.append(x)
        for up, merge, skip in zip(self.up, self.merge, skips[-2::-1], strict=True):
            x = merge(torch.cat([skip, up(x)], 1))
        return self.out(x)


class Basic(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.one = conv(width, width)
        self.two = nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.two(self.one(x)))


class Exchange(nn.Module):
    """1908.07919: branches of one resolution each, and every one into every other."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.branches = nn.ModuleList(nn.Sequential(*(Basic(width) for _ in range(4))) for width in widths)
        self.fuse = nn.ModuleList(
            nn.ModuleList(nn.Identity() if i == j else self._way(widths, j, i) for j in range(len(widths)))
            for i in range(len(widths))
        )

    @staticmethod
    def _way(widths: tuple[int, ...], source: int, target: int) -> nn.Sequential:
        if source > target:
            up = nn.Upsample(scale_factor=2 ** (source - target))
            return nn.Sequential(conv(widths[source], widths[target], 1), up)
        steps = [conv(widths[source], widths[source], 3, 2) for _ in range(target - source - 1)]
        return nn.Sequential(*steps, conv(widths[source], widths[target], 3, 2))

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        maps = [branch(x) for branch, x in zip(self.branches, maps, strict=True)]
        made: list[Tensor] = []
        for ways in self.fuse:
            total = ways[0](maps[0])
            for way, x in zip(list(ways)[1:], maps[1:], strict=True):
                total = total + way(x)
            made.append(functional.relu(total))
        return made


class HRNet(nn.Module):
    def __init__(self, width: int = 18) -> None:
        super().__init__()
        widths = tuple(width * 2**k for k in range(4))
        self.stem = nn.Sequential(conv(3, 64, 3, 2), conv(64, width, 3, 2))
        self.transitions = nn.ModuleList(conv(a, b, 3, 2) for a, b in pairwise(widths))
        self.stages = nn.ModuleList(
            nn.Sequential(*(Exchange(widths[:count]) for _ in range(repeats)))
            for count, repeats in ((2, 1), (3, 4), (4, 3))
        )
        self.head = nn.Linear(widths[-1], 1000)

    def forward(self, x: Tensor) -> Tensor:
        maps = [self.stem(x)]
        for transition, stage in zip(self.transitions, self.stages, strict=True):
            maps = stage([*maps, transition(maps[-1])])
        return self.head(maps[-1].mean((2, 3)))


NETWORKS = {"ResNet-50": ResNet50, "DenseNet-121": DenseNet121, "U-Net": UNet, "HRNet-like": HRNet}
