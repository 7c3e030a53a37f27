"""Small networks of other families, written from their papers: what their pictures are tested on.

Each is a handful of modules as its authors name them, narrow and short; :data:`ZOO` lists them with an input.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (as everybody writes it)


def _conv(inside: int, outside: int, kernel: int = 3, stride: int = 1, groups: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(inside, outside, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outside), nn.ReLU())


class Basic(nn.Module):
    """1512.03385, figure 2, with functional activations and ``+=``."""

    def __init__(self, inside: int, outside: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside)
        self.conv2, self.bn2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False), nn.BatchNorm2d(outside)
        self.downsample = None
        if stride > 1 or inside != outside:
            self.downsample = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        out += x if self.downsample is None else self.downsample(x)
        return F.relu(out)


class ResNet(nn.Module):
    """A ResNet-18 that is nobody's: own names, functional pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        widths = (64, 64, 128, 256, 512)
        for stage in range(1, 5):
            inside, outside = widths[stage - 1], widths[stage]
            setattr(self, f"layer{stage}", nn.Sequential(Basic(inside, outside, 1 + (stage > 1)), Basic(outside, outside)))  # fmt: skip
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(512, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(F.relu(self.bn1(self.conv1(x))))
        for stage in range(1, 5):
            x = getattr(self, f"layer{stage}")(x)
        return self.fc(self.avgpool(x).flatten(1))


class Up(nn.Module):
    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(inside, outside, 2, 2)
        self.conv = nn.Sequential(_conv(2 * outside, outside), _conv(outside, outside))

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.conv(torch.cat((skip, self.up(x)), 1))


class UNet(nn.Module):
    """1505.04597 with padded convs."""

    def __init__(self) -> None:
        super().__init__()
        self.inc = nn.Sequential(_conv(3, 8), _conv(8, 8))
        self.down1, self.down2, self.down3 = (
            nn.Sequential(nn.MaxPool2d(2), _conv(n, 2 * n), _conv(2 * n, 2 * n)) for n in (8, 16, 32)
        )
        self.up1, self.up2, self.up3 = Up(64, 32), Up(32, 16), Up(16, 8)
        self.outc = nn.Conv2d(8, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        one = self.inc(x)
        two = self.down1(one)
        three = self.down2(two)
        return self.outc(self.up3(self.up2(self.up1(self.down3(three), three), two), one))


class DenseLayer(nn.Module):
    def __init__(self, inside: int, growth: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(inside), nn.Conv2d(inside, 4 * growth, 1, bias=False)
        self.norm2, self.conv2 = nn.BatchNorm2d(4 * growth), nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, features: list[Tensor]) -> Tensor:
        x = self.conv1(F.relu(self.norm1(torch.cat(features, 1))))
        return self.conv2(F.relu(self.norm2(x)))


class DenseBlock(nn.ModuleList):
    def forward(self, x: Tensor) -> Tensor:
        features = [x]
        for layer in self:
            features.append(layer(features))
        return torch.cat(features, 1)


class DenseNet(nn.Module):
    """1608.06993; ``layers`` a block."""

    def __init__(self, layers: tuple[int, ...] = (3, 4), growth: int = 8) -> None:
        super().__init__()
        width = 16
        self.stem = nn.Sequential(nn.Conv2d(3, width, 7, 2, 3), nn.MaxPool2d(3, 2, 1))
        body: list[nn.Module] = []
        for number, count in enumerate(layers):
            body.append(DenseBlock(DenseLayer(width + k * growth, growth) for k in range(count)))
            width += count * growth
            if number + 1 < len(layers):
                body.append(nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width // 2, 1), nn.AvgPool2d(2)))  # fmt: skip
                width //= 2
        self.features = nn.Sequential(*body)
        self.classifier = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(F.relu(self.features(self.stem(x))).mean((2, 3)))


class Inception(nn.Module):
    """1409.4842, figure 2(b)."""

    def __init__(self, inside: int) -> None:
        super().__init__()
        self.branch1 = _conv(inside, 16, 1)
        self.branch2 = nn.Sequential(_conv(inside, 12, 1), _conv(12, 16))
        self.branch3 = nn.Sequential(_conv(inside, 4, 1), _conv(4, 8, 5))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), _conv(inside, 8, 1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class GoogLeNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = _conv(3, 32, 7, 2)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.inception3a, self.inception3b, self.inception4a = Inception(32), Inception(48), Inception(48)
        self.fc = nn.Linear(48, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.inception3b(self.inception3a(self.pool(self.conv1(x))))
        return self.fc(self.inception4a(self.pool(x)).mean((2, 3)))


class Gate(nn.Module):
    """Squeeze and excitation, 1709.01507."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1, self.fc2 = nn.Conv2d(channels, channels // 4, 1), nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.fc2(F.silu(self.fc1(self.avgpool(x)))))


class Inverted(nn.Module):
    """1801.04381; with a gate 1905.11946."""

    def __init__(self, inside: int, outside: int, stride: int, gate: bool) -> None:
        super().__init__()
        wide = 4 * inside
        self.same = stride == 1 and inside == outside
        self.block = nn.Sequential(
            _conv(inside, wide, 1), _conv(wide, wide, 3, stride, wide), *([Gate(wide)] if gate else []),
            nn.Conv2d(wide, outside, 1, bias=False), nn.BatchNorm2d(outside),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x + self.block(x) if self.same else self.block(x)


class Mobile(nn.Module):
    def __init__(self, gate: bool = False) -> None:
        super().__init__()
        settings = ((8, 8, 1), (8, 16, 2), (16, 16, 1), (16, 16, 1), (16, 24, 2), (24, 24, 1))
        self.features = nn.Sequential(
            _conv(3, 8, 3, 2), *(Inverted(*each, gate) for each in settings), _conv(24, 64, 1)
        )
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(64, 10))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


class ConvNeXtBlock(nn.Module):
    """2201.03545: channels last within the block."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm, self.pwconv1 = nn.LayerNorm(channels), nn.Linear(channels, 4 * channels)
        self.pwconv2, self.gamma = nn.Linear(4 * channels, channels), nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        out = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        out = self.gamma * self.pwconv2(F.gelu(self.pwconv1(out)))
        return x + out.permute(0, 3, 1, 2)


class ConvNeXt(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 12, 4, 4)
        self.stage1 = nn.Sequential(ConvNeXtBlock(12), ConvNeXtBlock(12))
        self.downsample = nn.Conv2d(12, 24, 2, 2)
        self.stage2 = nn.Sequential(ConvNeXtBlock(24), ConvNeXtBlock(24), ConvNeXtBlock(24))
        self.head = nn.Linear(24, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.stage2(self.downsample(self.stage1(self.stem(x)))).mean((2, 3)))


class Res2Block(nn.Module):
    """1904.01169, figure 2(b), of four scales."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.conv3 = _conv(channels, channels, 1), nn.Conv2d(channels, channels, 1)
        self.convs = nn.ModuleList(_conv(channels // 4, channels // 4) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        parts = self.conv1(x).chunk(4, 1)
        made = [parts[0]]
        for conv, part in zip(self.convs, parts[1:], strict=True):
            made.append(conv(part if len(made) == 1 else part + made[-1]))
        return F.relu(x + self.conv3(torch.cat(made, 1)))


class Res2Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = _conv(3, 16, 3, 2)
        self.layer1 = nn.Sequential(Res2Block(16), Res2Block(16))
        self.head = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layer1(self.stem(x)).mean((2, 3)))


class Resolutions(nn.Module):
    """One exchange of an HRNet, 1908.07919: a branch a resolution, each sum fed by all."""

    def __init__(self, widths: tuple[int, ...], blocks: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(nn.Sequential(*(Basic(width, width) for _ in range(blocks))) for width in widths)
        self.fuse = nn.ModuleList(
            nn.ModuleList(
                nn.Identity() if low == high
                else _conv(widths[low], widths[high], 1) if low > high
                else nn.Sequential(*(_conv(widths[low] if k == low else widths[high], widths[high], 3, 2) for k in range(low, high)))
                for low in range(len(widths))
            )
            for high in range(len(widths))
        )  # fmt: skip

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        maps = [branch(x) for branch, x in zip(self.branches, maps, strict=True)]
        made: list[Tensor] = []
        for high, ways in enumerate(self.fuse):
            total = maps[high]
            for low, way in enumerate(ways):
                if low != high:
                    other = way(maps[low])
                    total = total + (F.interpolate(other, total.shape[2:]) if low > high else other)
            made.append(F.relu(total))
        return made


class HRNet(nn.Module):
    """Two resolutions, then three; ``modules`` exchanges a stage of ``blocks`` blocks a branch."""

    def __init__(self, modules: int = 1, blocks: int = 2) -> None:
        super().__init__()
        self.stem = nn.Sequential(_conv(3, 8, 3, 2), _conv(8, 8, 3, 2))
        self.transition1 = _conv(8, 16, 3, 2)
        self.stage2 = nn.ModuleList(Resolutions((8, 16), blocks) for _ in range(modules))
        self.transition2 = _conv(16, 32, 3, 2)
        self.stage3 = nn.ModuleList(Resolutions((8, 16, 32), blocks) for _ in range(modules))
        self.last = nn.Conv2d(56, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        maps = [x, self.transition1(x)]
        for module in self.stage2:
            maps = module(maps)
        maps.append(self.transition2(maps[-1]))
        for module in self.stage3:
            maps = module(maps)
        return self.last(torch.cat([maps[0], *(F.interpolate(low, maps[0].shape[2:]) for low in maps[1:])], 1))


class ASPP(nn.Module):
    """1706.05587: rates beside each other, and the mean of the whole map."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            [
                _conv(inside, outside, 1),
                *(nn.Conv2d(inside, outside, 3, padding=rate, dilation=rate) for rate in (2, 4)),
            ]
        )
        self.pool, self.project = _conv(inside, outside, 1), _conv(4 * outside, outside, 1)

    def forward(self, x: Tensor) -> Tensor:
        mean = F.interpolate(self.pool(F.adaptive_avg_pool2d(x, 1)), x.shape[2:], mode="bilinear")
        return self.project(torch.cat([*(conv(x) for conv in self.convs), mean], 1))


class DeepLab(nn.Module):
    """1802.02611: with the skip of low level."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _conv(3, 8, 3, 2)
        self.layer1 = nn.Sequential(Basic(8, 8), Basic(8, 8))
        self.layer2 = nn.Sequential(Basic(8, 16, 2), Basic(16, 16))
        self.aspp = ASPP(16, 8)
        self.low, self.classifier = _conv(8, 4, 1), nn.Sequential(_conv(12, 8), nn.Conv2d(8, 3, 1))

    def forward(self, x: Tensor) -> Tensor:
        low = self.layer1(self.stem(x))
        high = F.interpolate(self.aspp(self.layer2(low)), low.shape[2:], mode="bilinear")
        return F.interpolate(self.classifier(torch.cat((high, self.low(low)), 1)), x.shape[2:], mode="bilinear")


class Encoder(nn.Module):
    """A pre-norm transformer block, 2010.11929, figure 1."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, 2, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        asked = self.ln_1(x)
        x = x + self.attention(asked, asked, asked, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class ViT(nn.Module):
    def __init__(self, blocks: int = 3) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, 24, 8, 8)
        self.cls = nn.Parameter(torch.zeros(1, 1, 24))
        self.layers = nn.Sequential(*(Encoder(24) for _ in range(blocks)))
        self.head = nn.Linear(24, 10)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.patch(x).flatten(2).transpose(1, 2)
        tokens = torch.cat((self.cls.expand(len(x), -1, -1), tokens), 1)
        return self.head(self.layers(tokens)[:, 0])


class Windows(nn.Module):
    """Attention within windows of four by four, as Swin's (2103.14030), and a merging of patches."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.block = Encoder(width)
        self.reduction = nn.Linear(4 * width, 2 * width)

    def forward(self, x: Tensor) -> Tensor:
        n, h, w, c = x.shape
        cut = x.reshape(n, h // 4, 4, w // 4, 4, c).transpose(2, 3).reshape(-1, 16, c)
        x = self.block(cut).reshape(n, h // 4, w // 4, 4, 4, c).transpose(2, 3).reshape(n, h, w, c)
        return self.reduction(torch.cat([x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)], -1))


class Swin(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patch, self.stages = nn.Conv2d(3, 8, 2, 2), nn.Sequential(Windows(8), Windows(16))
        self.head = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.stages(self.patch(x).permute(0, 2, 3, 1)).mean((1, 2)))


class Signal(nn.Module):
    """1-D."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Conv1d(2, 8, 9, 4), nn.ReLU(), nn.MaxPool1d(4), nn.Conv1d(8, 16, 3, padding=1))
        self.fc = nn.Linear(16, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.net(x).mean(2))


class Volume(nn.Module):
    """3-D."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Conv3d(1, 8, 3, 2, 1), nn.ReLU(), nn.MaxPool3d(2), nn.Conv3d(8, 16, 3, padding=1))
        self.fc = nn.Linear(16, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.net(x).mean((2, 3, 4)))


IMAGE = (1, 3, 64, 64)
ZOO: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "ResNet": (ResNet, (1, 3, 224, 224)),
    "U-Net": (UNet, IMAGE),
    "DenseNet": (DenseNet, IMAGE),
    "GoogLeNet": (GoogLeNet, IMAGE),
    "MobileNet": (Mobile, IMAGE),
    "EfficientNet": (lambda: Mobile(gate=True), IMAGE),
    "ConvNeXt": (ConvNeXt, IMAGE),
    "Res2Net": (Res2Net, IMAGE),
    "HRNet": (HRNet, IMAGE),
    "DeepLab": (DeepLab, IMAGE),
    "ViT": (ViT, IMAGE),
    "Swin": (Swin, IMAGE),
    "Signal": (Signal, (1, 2, 640)),
    "Volume": (Volume, (1, 1, 16, 32, 32)),
}
