"""Which networks are known?  Published ResNets as specs, in teaching order, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from .errors import UnknownNameError
from .spec import CIFAR_STEM, ResNetSpec, Stem

RESNET = "Deep Residual Learning (2015), arXiv 1512.03385"
RESNEXT = "Aggregated Residual Transformations (2016), arXiv 1611.05431"
WIDE = "Wide Residual Networks (2016), arXiv 1605.07146"


@dataclass(frozen=True, slots=True)
class Variant:
    """A published network: its spec, what it is in a line, where it is from, and the input it was made for."""

    name: str
    title: str
    family: str
    description: str
    paper: str
    spec: ResNetSpec
    input_size: int


def _imagenet(name: str, title: str, family: str, description: str, paper: str, **fields: Any) -> Variant:
    return Variant(name, title, family, description, paper, ResNetSpec(**fields), 224)


def _cifar(depth: int) -> Variant:
    n = (depth - 2) // 6  # 6n + 2 layers: the stem, three stages of n blocks with two convs, and the linear layer
    spec = ResNetSpec(
        block="basic",
        blocks=(n, n, n),
        widths=(16, 32, 64),
        stem=Stem((16,), 3, 1, "none"),
        shortcut="A",
        num_classes=10,
    )
    return Variant(
        f"cifar_resnet{depth}",
        f"ResNet-{depth} (CIFAR)",
        "ResNet for CIFAR, as in the paper",
        f"6·{n} + 2 layers in three stages of 16, 32, 64 channels, shortcut option A",
        RESNET + ", section 4.2",
        spec,
        32,
    )


def _wide_cifar(depth: int, block: str, blocks: tuple[int, ...]) -> Variant:
    spec = ResNetSpec(block=block, blocks=blocks, stem=CIFAR_STEM, num_classes=10)
    return Variant(
        f"resnet{depth}_cifar",
        f"ResNet-{depth}, CIFAR stem",
        "ImageNet ResNet with a CIFAR stem",
        f"ResNet-{depth}'s stages behind one 3×3 conv of stride 1 and no pool, so that 32 px ends at 4×4",
        RESNET + "; stem as in kuangliu/pytorch-cifar",
        spec,
        32,
    )


_34, _50, _101, _152 = (3, 4, 6, 3), (3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3)
_V1 = "ResNet v1 (stride in the first 1×1)"

CATALOGUE: tuple[Variant, ...] = (
    _imagenet(
        "resnet18",
        "ResNet-18",
        "ResNet",
        "the smallest of the paper's: 8 basic blocks",
        RESNET,
        block="basic",
        blocks=(2, 2, 2, 2),
    ),
    _imagenet(
        "resnet34", "ResNet-34", "ResNet", "the paper's figure 3: 16 basic blocks", RESNET, block="basic", blocks=_34
    ),
    _imagenet(
        "resnet50",
        "ResNet-50",
        "ResNet",
        "34's block counts with bottlenecks; stride in the 3×3 (v1.5)",
        RESNET,
        blocks=_50,
    ),
    _imagenet("resnet101", "ResNet-101", "ResNet", "23 bottlenecks in the third stage", RESNET, blocks=_101),
    _imagenet("resnet152", "ResNet-152", "ResNet", "36 bottlenecks in the third stage", RESNET, blocks=_152),
    _imagenet(
        "resnet50_v1",
        "ResNet-50 v1",
        _V1,
        "as the paper ran it: a strided block reads a quarter of its input at once",
        RESNET,
        blocks=_50,
        stride_in="1x1",
    ),
    _imagenet(
        "resnet101_v1", "ResNet-101 v1", _V1, "ResNet-101 as the paper ran it", RESNET, blocks=_101, stride_in="1x1"
    ),
    _imagenet(
        "resnet152_v1", "ResNet-152 v1", _V1, "ResNet-152 as the paper ran it", RESNET, blocks=_152, stride_in="1x1"
    ),
    _imagenet(
        "resnext50_32x4d",
        "ResNeXt-50 32×4d",
        "ResNeXt",
        "the 3×3 in 32 groups of 4 channels",
        RESNEXT,
        blocks=_50,
        groups=32,
        width_per_group=4,
    ),
    _imagenet(
        "resnext101_32x8d",
        "ResNeXt-101 32×8d",
        "ResNeXt",
        "32 groups of 8 channels",
        RESNEXT,
        blocks=_101,
        groups=32,
        width_per_group=8,
    ),
    _imagenet(
        "resnext101_64x4d",
        "ResNeXt-101 64×4d",
        "ResNeXt",
        "64 groups of 4 channels",
        RESNEXT,
        blocks=_101,
        groups=64,
        width_per_group=4,
    ),
    _imagenet(
        "wide_resnet50_2",
        "Wide ResNet-50-2",
        "Wide ResNet",
        "the 3×3 twice as wide",
        WIDE,
        blocks=_50,
        width_per_group=128,
    ),
    _imagenet(
        "wide_resnet101_2",
        "Wide ResNet-101-2",
        "Wide ResNet",
        "ResNet-101 with the 3×3 twice as wide",
        WIDE,
        blocks=_101,
        width_per_group=128,
    ),
    *(_cifar(depth) for depth in (20, 32, 44, 56, 110, 1202)),
    _wide_cifar(18, "basic", (2, 2, 2, 2)),
    _wide_cifar(34, "basic", _34),
    _wide_cifar(50, "bottleneck", _50),
    _wide_cifar(101, "bottleneck", _101),
    _wide_cifar(152, "bottleneck", _152),
)
_BY_NAME = {known.name: known for known in CATALOGUE}


def variants() -> tuple[str, ...]:
    """The catalogue's names, in teaching order."""
    return tuple(_BY_NAME)


def entry(name: str) -> Variant:
    """The catalogue's record of ``name``. Raises :class:`UnknownNameError` that offers the nearest names."""
    if name not in _BY_NAME:
        near = get_close_matches(name[:60].lower(), _BY_NAME, 3, 0.4) or ["resnet18", "resnet34", "resnet50"]
        raise UnknownNameError("name", name, "is not in the catalogue", "did you mean " + ", ".join(near) + "?")
    return _BY_NAME[name]


def variant(name: str) -> ResNetSpec:
    """The spec of a published network: ``variant("resnet34")``. Raises :class:`UnknownNameError`."""
    return entry(name).spec
