"""The example files of the app's page and those of the tests; ``python -m tests.onnx_examples`` makes them anew.

The files hold names and shapes; the weights' numbers are said to lie in another file, which is not there.
"""

import contextlib
import io
import warnings
from collections.abc import Mapping
from pathlib import Path

import onnx
import torch
import torch.nn.functional as functional
from torch import Tensor, nn

import resnet_viz as rv
from resnet_viz.engines.onnx import EXAMPLES
from resnet_viz.engines.onnx.slimming import slim


def conv(before: int, after: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    padding = kernel // 2
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, stride, padding, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True)
    )


class TwoConvs(nn.Sequential):
    def __init__(self, before: int, after: int) -> None:
        super().__init__(conv(before, after), conv(after, after))


class Up(nn.Module):
    """Twice the size, and beside it what the encoder had there; by a resizing or by a transposed conv."""

    def __init__(self, before: int, after: int, *, transposed: bool) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(before, after, 2, 2) if transposed else nn.Conv2d(before, after, 1)
        self.convs = TwoConvs(2 * after, after)

    def forward(self, x: Tensor, beside: Tensor) -> Tensor:
        x = self.up(x)
        if x.shape[-1] != beside.shape[-1]:
            x = functional.interpolate(x, scale_factor=2, mode="bilinear")
        return self.convs(torch.cat([beside, x], 1))


class UNet(nn.Module):
    """Ronneberger and others 2015 (1505.04597), with a quarter of its channels and padded convs."""

    def __init__(self) -> None:
        super().__init__()
        widths = (16, 32, 64, 128)
        self.encoder = nn.ModuleList([TwoConvs(a, b) for a, b in zip((3, *widths), widths, strict=False)])
        self.pool = nn.MaxPool2d(2)
        self.decoder = nn.ModuleList(
            [Up(b, a, transposed=b > 32) for a, b in zip(widths[-2::-1], widths[:0:-1], strict=True)]
        )
        self.head = nn.Conv2d(16, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        kept: list[Tensor] = []
        for number, stage in enumerate(self.encoder):
            x = stage(self.pool(x) if number else x)
            kept.append(x)
        for stage, beside in zip(self.decoder, kept[-2::-1], strict=True):
            x = stage(x, beside)
        return self.head(x)


class DenseLayer(nn.Module):
    def __init__(self, before: int, growth: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(before), nn.Conv2d(before, 4 * growth, 1, bias=False)
        self.norm2, self.conv2 = nn.BatchNorm2d(4 * growth), nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        made = self.conv1(functional.relu(self.norm1(x)))
        return torch.cat([x, self.conv2(functional.relu(self.norm2(made)))], 1)


class Transition(nn.Sequential):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm, self.relu = nn.BatchNorm2d(channels), nn.ReLU()
        self.conv, self.pool = nn.Conv2d(channels, channels // 2, 1, bias=False), nn.AvgPool2d(2)


class DenseNet(nn.Module):
    """Huang and others 2016 (1608.06993) for small images: three dense blocks of four layers, growth 12."""

    def __init__(self, growth: int = 12, layers: int = 4) -> None:
        super().__init__()
        channels = 2 * growth
        self.stem = nn.Conv2d(3, channels, 3, padding=1, bias=False)
        self.blocks, self.transitions = nn.ModuleList(), nn.ModuleList()
        for number in range(3):
            self.blocks.append(nn.Sequential(*[DenseLayer(channels + i * growth, growth) for i in range(layers)]))
            channels += layers * growth
            if number < 2:
                self.transitions.append(Transition(channels))
                channels //= 2
        self.norm, self.classifier = nn.BatchNorm2d(channels), nn.Linear(channels, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number < len(self.transitions):
                x = self.transitions[number](x)
        return self.classifier(functional.relu(self.norm(x)).mean((2, 3)))


class Gate(nn.Module):
    """Squeeze and excitation (1709.01507)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(channels, channels // 4, 1), nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.fc2(functional.relu(self.fc1(x.mean((2, 3), keepdim=True)))))


class Block(nn.Module):
    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1 = conv(before, after, stride=stride)
        self.conv2, self.norm2 = nn.Conv2d(after, after, 3, padding=1, bias=False), nn.BatchNorm2d(after)
        self.gate = Gate(after)
        self.shortcut = nn.Identity() if before == after else nn.Conv2d(before, after, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.gate(self.norm2(self.conv2(self.conv1(x)))) + self.shortcut(x))


class SEResNet(nn.Module):
    """Three stages of two blocks, each with its gate; names of its own, so that none is known beforehand."""

    def __init__(self) -> None:
        super().__init__()
        self.entry = conv(3, 16)
        stages = [(16, 16, 1), (16, 32, 2), (32, 64, 2)]
        self.body = nn.ModuleList([nn.Sequential(Block(a, b, s), Block(b, b, 1)) for a, b, s in stages])
        self.exit = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.entry(x)
        for stage in self.body:
            x = stage(x)
        return self.exit(torch.flatten(functional.adaptive_avg_pool2d(x, 1), 1))


SOURCES: Mapping[str, tuple[type[nn.Module], int]] = {
    "U-Net": (UNet, 64),
    "DenseNet": (DenseNet, 32),
    "SE-ResNet": (SEResNet, 32),
}


def export(module: nn.Module, *inputs: Tensor, dynamo: bool, **options: object) -> bytes:
    """The bytes of an ONNX file by PyTorch's exporter, or by the one before it."""
    file = io.BytesIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), torch.random.fork_rng():
        warnings.simplefilter("ignore")  # PyTorch's exporters warn of themselves
        torch.onnx.export(module.eval(), inputs, file, dynamo=dynamo, **options)  # type: ignore[arg-type]
    return file.getvalue()


def without_numbers(file: bytes, title: str = "") -> bytes:
    """The file with its weights' numbers said to lie elsewhere, and without what tells about the machine it was made on."""
    model = onnx.ModelProto.FromString(slim(file))
    model.graph.name = title or model.graph.name
    for tensor in model.graph.initializer:
        if not any((tensor.raw_data, tensor.int64_data, tensor.float_data)):
            tensor.data_location = onnx.TensorProto.EXTERNAL
            tensor.external_data.add(key="location", value="weights-are-not-included")
    return model.SerializeToString(deterministic=True)


def with_own_numbers(module: nn.Module) -> nn.Module:
    """No two weights of ``module`` equal: exporters store equal ones once, and then they count once."""
    torch.manual_seed(0)
    for tensor in (*module.parameters(), *module.buffers()):
        if tensor.is_floating_point():
            nn.init.uniform_(tensor, 0.5, 1.5)
    return module


def example(title: str) -> bytes:
    """The file of that title, made anew; its batch is left open."""
    kind, side = SOURCES[title]
    open_axes = {"dynamic_axes": {"image": {0: "batch"}}, "input_names": ["image"], "output_names": ["output"]}
    with torch.random.fork_rng():
        module = with_own_numbers(kind())
    return without_numbers(export(module, torch.zeros(1, 3, side, side), dynamo=False, **open_axes), title)


FACTS = Path(__file__).parent / "facts" / "onnx"
OWN = ("resnet50@64", "cifar_resnet20@32", "resnetv2_18@64", "seresnet50@64", "resnet50d@64", "resnet50_gn@64")


def own(written: str) -> bytes:
    """A network of the catalogue by PyTorch's exporter, which takes 5 to 15 seconds: kept as a file of the tests."""
    with torch.random.fork_rng():
        module = with_own_numbers(rv.build(written))
    side = rv.forecast(written).input_size
    return without_numbers(export(module, torch.zeros(1, 3, *side), dynamo=True))


if __name__ == "__main__":
    made = [(path, example(title)) for title, path in EXAMPLES.items()]
    made += [(FACTS / f"{written.partition('@')[0]}.onnx", own(written)) for written in OWN]
    for path, data in made:
        path.write_bytes(data)
        print(path.name, len(data))
