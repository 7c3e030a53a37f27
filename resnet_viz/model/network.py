"""The whole network; its state-dict keys are torchvision's wherever torchvision has the network."""

from __future__ import annotations

from importlib import import_module

from torch import Tensor, nn

from ..spec import ResNetSpec
from .parts import BatchNorm2d, Conv2d, Linear, initialise


class ResNet(nn.Module):
    """``(N, in_channels, H, W)`` to ``(N, num_classes)`` for any H, W of at least 1."""

    def __init__(self, spec: ResNetSpec, device: str = "cpu") -> None:
        super().__init__()
        self.spec = spec
        stem = spec.stem
        convs = _stem_convs(spec, device)
        self.conv1 = convs[0] if len(convs) == 1 else nn.Sequential(*convs)
        channels = stem.channels[-1]
        self.bn1 = BatchNorm2d(channels, device)
        self.relu = nn.ReLU()
        if stem.pool == "max":
            self.maxpool = nn.MaxPool2d(3, 2, 1)
        elif stem.pool == "conv":
            self.maxpool = nn.Sequential(
                Conv2d(channels, channels, 3, 2, device), BatchNorm2d(channels, device), nn.ReLU()
            )
        make = import_module(f".blocks.{spec.block}", __package__).Block
        for stage, (blocks, width) in enumerate(zip(spec.blocks, spec.widths, strict=True), 1):
            layer: list[nn.Module] = []
            for block in range(blocks):
                stride = 2 if block == 0 and stage > 1 else 1
                made = make(spec, channels, width, stride, device)
                made.signature = (width, stride, channels)  # with the spec, all that decides a block's make-up
                layer.append(made)
                channels = width * spec.expansion
            self.add_module(f"layer{stage}", nn.Sequential(*layer))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = Linear(channels, spec.num_classes, device=device)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        if self.spec.stem.pool != "none":
            x = self.maxpool(x)
        for stage in range(len(self.spec.blocks)):
            x = self._modules[f"layer{stage + 1}"](x)  # type: ignore[misc]
        return self.fc(self.flatten(self.avgpool(x)))

    def blocks(self) -> list[tuple[str, nn.Module]]:
        """(name, block) of every residual block, in order."""
        return [
            (f"layer{i}.{name}", block)
            for i in range(1, len(self.spec.blocks) + 1)
            for name, block in self.get_submodule(f"layer{i}").named_children()
        ]


def _stem_convs(spec: ResNetSpec, device: str) -> list[nn.Module]:
    """conv, then (norm, ReLU, conv) for each further conv of a deep stem; the last one's norm is ``bn1``."""
    stem, before, made = spec.stem, spec.in_channels, list[nn.Module]()
    for i, channels in enumerate(stem.channels):
        if i:
            made += [BatchNorm2d(before, device), nn.ReLU()]
        made.append(Conv2d(before, channels, stem.kernel, stem.stride if i == 0 else 1, device))
        before = channels
    return made


def build(spec: ResNetSpec, device: str = "cpu", *, init: bool = True) -> ResNet:
    """The PyTorch network of ``spec`` on ``device`` ("cpu", "cuda", "cuda:1", "meta").

    ``init=False`` leaves the weights as they lie in memory: quick, for shapes only. On meta there are none to fill.
    """
    network = ResNet(spec, device)
    if init and device != "meta":
        initialise(network)
        if spec.zero_init:
            for _, block in network.blocks():
                nn.init.zeros_(block.last_norm.weight)  # type: ignore[union-attr, arg-type]
    return network
