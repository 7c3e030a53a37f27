"""Reads the ground truth; see README.md beside this file."""

import csv
import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def dumps() -> list[str]:
    """``torchvision_shapes/resnet18@224`` … of every dump here."""
    return sorted(f"{path.parent.name}/{path.name.removesuffix('.json.gz')}" for path in HERE.glob("*/*.json.gz"))


def dump(name: str) -> dict[str, Any]:
    return json.loads(gzip.decompress((HERE / f"{name}.json.gz").read_bytes()))


@cache
def variants() -> list[dict[str, str]]:
    """Rows of variants.csv; a name may have several, one a source."""
    with (HERE / "variants.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


# Rows that name a network of the catalogue by another name.
ROWS: dict[str, tuple[str, ...]] = {
    **{f"resnet{n}_v1": (f"ResNet-{n} v1 (original Caffe)",) for n in (50, 101, 152)},
    "resnet18": ("ResNet-18 option B",),
    "resnet34": ("ResNet-34 option B",),
    **{f"resnet{n}_option_{o.lower()}": (f"ResNet-{n} option {o}",) for n in (18, 34) for o in "AC"},
    "resnet50": ("ResNet-50-B (bag of tricks)", "transformers ResNetConfig() default, num_labels=1000"),
    "resnet50c": ("ResNet-50-C (bag of tricks)",),
    "resnet50d": ("ResNet-50-D (bag of tricks)",),
    **{f"cifar_resnet{n}": (f"CIFAR ResNet-{n}",) for n in (20, 32, 44, 56, 110, 1202)},
    **{f"resnet{n}_cifar": (f"ResNet{n} with CIFAR stem (kuangliu)",) for n in (18, 34, 50, 101, 152)},
    **{f"preact_resnet{n}": (f"Pre-act ResNet-{n} (CIFAR)",) for n in (110, 164, 1001)},
    "preact_resnet200": ("Pre-act ResNet-200 (ImageNet)",),
    **{f"wrn_{n}_{k}": (f"WRN-{n}-{k}",) for n, k in ((16, 8), (22, 8), (28, 10), (40, 2), (40, 4))},
    **{f"resnext29_{c}x64d": (f"ResNeXt-29 {c}x64d",) for c in (8, 16)},
    "resnext50_32x4d": ("ResNeXt-50 32x4d (original)",),
    **{f"resnext101_{c}x4d": (f"ResNeXt-101 {c}x4d (original)",) for c in (32, 64)},
    **{f"seresnet{n}_v1": (f"SE-ResNet-{n} (original Caffe)",) for n in (50, 101)},
    "seresnext50_32x4d": ("SE-ResNeXt-50 (original Caffe)",),
}
# Backbones of segmentation networks: no row of their own, but every weight is the plain network's.
NO_ROW = {f"resnet{n}_os{stride}" for n in (50, 101) for stride in (16, 8)}


def receptive_fields() -> dict[str, Any]:
    return json.loads((HERE / "receptive_field.json").read_text())
