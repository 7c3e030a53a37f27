"""The whole network; its state-dict keys are torchvision's wherever torchvision has the network."""

from __future__ import annotations

from importlib import import_module

from torch import Tensor, nn

from ...checks import check_flag
from ...errors import DeviceError
from ...spec import ResNetSpec
from ...spec.configuration import Network, spec_and_size
from ...steps import Path
from .attention import Scale
from .device import resolve_device
from .parts import WAYS, BlurPool, conv2d, initialise, linear, make_norm


class ResNet(nn.Module):
    """``(N, in_channels, H, W)`` to ``(N, num_classes)``, for any H, W of at least 1 unless it is anti-aliased or its pool unpadded."""

    def __init__(self, spec: ResNetSpec, device: str = "cpu") -> None:
        super().__init__()
        self.spec = spec
        channels = spec.stem.channels[-1]
        self._make_stem(device)
        make = import_module(f".blocks.{spec.block_file}", __package__).Block
        dilation = 1
        for stage, (name, blocks, width) in enumerate(zip(spec.stage_names, spec.blocks, spec.widths, strict=True), 1):
            layer: list[nn.Module] = []
            stride, before = (2 if stage > 1 else 1), dilation
            if stage > len(spec.blocks) - spec.dilated_stages:  # torchvision's replace_stride_with_dilation
                dilation, stride = dilation * stride, 1
            for block in range(blocks):
                # the first block of a dilated stage still has the dilation of the stage before
                place = (width, stride if block == 0 else 1, before if block == 0 else dilation)
                made = make(spec, channels, *place, device)
                made.signature = (*place, channels)  # with the spec, all that decides a block's make-up
                layer.append(made)
                channels = width * spec.expansion
            self.add_module(name, nn.Sequential(*layer))
        if spec.preact:
            self.last_norm = make_norm(spec, channels, device)
            self.last_relu = nn.ReLU()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = linear(channels, spec.num_classes, device=device)

    def _make_stem(self, device: str) -> None:
        spec, stem = self.spec, self.spec.stem
        channels = stem.channels[-1]
        convs = _stem_convs(spec, device)
        self.conv1 = convs[0] if len(convs) == 1 else nn.Sequential(*convs)
        norm, relu = make_norm(spec, channels, device), nn.ReLU()
        # Pre-activation blocks norm what they read, so the last conv before them has neither norm nor ReLU.
        if not spec.preact or stem.pool == "conv":
            self.bn1, self.relu = norm, relu
        if stem.pool == "max":
            if spec.anti_alias == "avg":
                self.maxpool = nn.AvgPool2d(2)
            elif spec.anti_alias == "blur":
                self.maxpool = nn.Sequential(nn.MaxPool2d(3, 1, 1), BlurPool())
            else:
                self.maxpool = nn.MaxPool2d(3, 2, 1)
        elif stem.pool == "max_ceil":
            self.maxpool = nn.MaxPool2d(3, 2, 1, ceil_mode=True)
        elif stem.pool == "max_unpadded":
            self.maxpool = nn.MaxPool2d(3, 2, 0, ceil_mode=True)
        elif stem.pool == "conv":
            conv = conv2d(channels, channels, 3, 2, device)
            after = [] if spec.preact else [make_norm(spec, channels, device), nn.ReLU()]
            self.maxpool = nn.Sequential(conv, *after)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        if hasattr(self, "bn1"):
            x = self.relu(self.bn1(x))
        if hasattr(self, "maxpool"):
            x = self.maxpool(x)
        for name, part in self.named_children():  # TorchScript unrolls this
            if name.startswith("layer"):
                x = part(x)
        if hasattr(self, "last_norm"):
            x = self.last_relu(self.last_norm(x))
        return self.fc(self.flatten(self.avgpool(x)))

    def blocks(self) -> list[tuple[str, nn.Module]]:
        """(name, block) of every residual block, in order."""
        return [
            (f"{stage}.{name}", block)
            for stage in self.spec.stage_names
            for name, block in self.get_submodule(stage).named_children()
        ]

    def chain(self) -> list[tuple[str, nn.Module]]:
        """(name, module) of what :meth:`forward` calls one after the other, each on what the one before made."""
        stages = {stage: self.get_submodule(stage) for stage in self.spec.stage_names if stage in self._modules}
        links: list[tuple[str, nn.Module]] = []
        for name, part in self.named_children():
            if name in stages and part._modules:
                links += [(f"{name}.{number}", block) for number, block in part.named_children()]
            else:
                links.append((name, part))
        return links

    def places(self) -> dict[str, tuple[int | None, int | None, Path]]:
        """Stage (from 1), block (from 0) and way of each operation in a stage, by its path: as they were put together.

        The graph alone does not tell them of every block: where both ways are one conv, either may be the shortcut.
        """
        found: dict[str, tuple[int | None, int | None, Path]] = {}
        for stage, name in enumerate(self.spec.stage_names, 1):
            blocks = self._modules.get(name)
            if blocks is None:
                continue  # somebody took it out
            if not blocks._modules:
                found[name] = (None, None, "main")  # somebody put one operation in its place
            for block, (number, made) in enumerate(blocks.named_children()):
                for path, part in made.named_modules():
                    if not part._modules:
                        way: Path = "main" if isinstance(part, Scale) else WAYS.get(path.partition(".")[0], "main")
                        found[f"{name}.{number}.{path}" if path else f"{name}.{number}"] = (stage, block, way)
        return found


def _stem_convs(spec: ResNetSpec, device: str) -> list[nn.Module]:
    """conv, then (norm, ReLU, conv) for each further conv of a deep stem; the last one's norm is ``bn1``."""
    stem, before, made = spec.stem, spec.in_channels, list[nn.Module]()
    for i, channels in enumerate(stem.channels):
        if i:
            made += [make_norm(spec, before, device), nn.ReLU()]
        made.append(conv2d(before, channels, stem.kernel, stem.stride if i == 0 else 1, device))
        before = channels
    return made


def build(network: Network, device: str = "cpu", *, init: bool = True) -> ResNet:
    """The PyTorch network of ``network`` on ``device`` ("cpu", "cuda", "cuda:1", "meta").

    ``network`` is a spec, a configuration or its text, whose input size plays no part: the network takes any.
    ``init=False`` leaves the weights as they lie in memory: quick, for shapes only. On meta there are none to fill.
    It passes ``torch.fx.symbolic_trace`` and ``torch.jit.script``. Raises a ``ResNetVizError``.

    >>> build("resnet18:num_classes=10").fc.out_features
    10
    """
    spec, _ = spec_and_size(network)
    check_flag("init", init)
    if device == "auto":
        raise DeviceError("device", device, "must be cpu, cuda, cuda:N or meta", "use 'cpu'")
    place = resolve_device(device)
    made = ResNet(spec, place)
    if init and place != "meta":
        initialise(made)
        if spec.zero_init:
            for _, block in made.blocks():
                nn.init.zeros_(getattr(block, block.last_norm).weight)  # type: ignore[arg-type]
    return made
