"""The same network from a library, where it has this one or one that a few lines turn into it.

Only what was verified: the names are those whose weights load into ours, and whose outputs are ours (``tests/facts``).
"""

from __future__ import annotations

from ...spec import ResNetSpec
from ...spec.catalogue import variant
from ...spec.settings import settings
from .lines import conv

TORCHVISION = (
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d",
    "wide_resnet50_2", "wide_resnet101_2",
)  # fmt: skip
"""torchvision 0.28's, whose state dicts have the very names and shapes of ours."""

TIMM = (
    "resnet26", "resnet200", "resnetv2_18", "resnetv2_34", "resnetv2_50", "resnetv2_101", "resnetv2_152",
    "resnext101_32x4d", "resnext101_32x16d", "resnext101_32x32d", "seresnet18", "seresnet34", "seresnet50",
    "seresnet101", "seresnet152", "seresnext50_32x4d", "seresnext101_32x4d", "seresnext101_32x8d",
    "seresnext101_64x4d", "resnet50_gn", "resnetv2_50d_gn", "resnet50c", "resnet101c", "resnet152c", "resnet18d",
    "resnet26d", "resnet34d", "resnet50d", "resnet101d", "resnet152d", "resnet200d", "resnext50d_32x4d",
    "resnetv2_18d", "resnetv2_34d", "resnetv2_50d", "resnetv2_101d", "resnetv2_152d", "resnet50s", "resnet101s",
    "resnet152s", "resnet10t", "resnet14t", "resnet26t", "resnet50t", "resnetv2_50t", "seresnet152d",
    "seresnet200d", "seresnet269d", "seresnet50t", "seresnext26d_32x4d", "seresnext26t_32x4d",
    "seresnext101d_32x8d", "ecaresnet50d", "ecaresnet101d", "ecaresnet200d", "ecaresnet269d", "ecaresnet26t",
    "ecaresnet50t", "ecaresnetlight", "ecaresnext26t_32x4d", "ecaresnext50t_32x4d", "resnetrs50", "resnetrs101",
    "resnetrs152", "resnetrs200", "resnetrs270", "resnetrs350", "resnetrs420",
)  # fmt: skip
"""timm 1.0.31's: the same layers in the same order, and the same outputs; of some it has other names for them."""

_DATA = {"num_classes", "in_channels", "zero_init"}
_CHANGED = {*_DATA, "stem", "stem.kernel", "stem.stride", "stem.pool", "dilated_stages"}


def recipe(spec: ResNetSpec) -> list[str]:
    """Lines for the file's docstring, none where no library is known to have the network."""
    near = next((name for name in TORCHVISION if _near(spec, name)), "")
    if near:
        return ["", *_torchvision(spec, near)]
    same = next((name for name in TIMM if set(settings(spec, variant(name))) <= _DATA - {"zero_init"}), "")
    return ["", *_timm(spec, same)] if same else []


def _near(spec: ResNetSpec, name: str) -> bool:
    """Whether lines of Python turn torchvision's network into this one."""
    known = variant(name)
    changed = set(settings(spec, known))
    dilates = "dilated_stages" not in changed or (spec.block == "bottleneck" and len(spec.blocks) == 4)
    return (
        changed <= _CHANGED
        and spec.stem.pool != "conv"
        and spec.stem.pool != "conv"
        and spec.stem.channels == known.stem.channels
        and dilates
    )


def _torchvision(spec: ResNetSpec, base: str) -> list[str]:
    known = variant(base)
    given: list[str] = []
    if spec.num_classes != known.num_classes:
        given.append(f"num_classes={spec.num_classes}")
    if spec.zero_init:
        given.append("zero_init_residual=True")
    if spec.dilated_stages:
        dilates = [number > 3 - spec.dilated_stages for number in (1, 2, 3)]
        given.append(f"replace_stride_with_dilation={dilates}")
    lines = [f"    net = torchvision.models.{base}({', '.join(given)})"]
    stem, theirs = spec.stem, known.stem
    if (spec.in_channels, stem.kernel, stem.stride) != (known.in_channels, theirs.kernel, theirs.stride):
        made = conv(str(spec.in_channels), str(stem.channels[0]), stem.kernel, str(stem.stride))
        lines.append(f"    net.conv1 = torch.nn.Conv2d({', '.join(made)})")
    if stem.pool != theirs.pool:
        lines += _pool(spec)
    head = "torchvision has this network, and its weights load into this file's:" if len(lines) == 1 and not given else "The same from torchvision, with the same names in its state dict:"  # fmt: skip
    return [head, "", *lines]


def _timm(spec: ResNetSpec, name: str) -> list[str]:
    known = variant(name)
    given = [f'"{name}"']
    if spec.num_classes != known.num_classes:
        given.append(f"num_classes={spec.num_classes}")
    if spec.in_channels != known.in_channels:
        given.append(f"in_chans={spec.in_channels}")
    return ["timm has this network:", "", f"    net = timm.create_model({', '.join(given)})"]


def _pool(spec: ResNetSpec) -> list[str]:
    pools = {
        "none": "Identity()",
        "max_ceil": "MaxPool2d(3, 2, padding=1, ceil_mode=True)",
        "max_unpadded": "MaxPool2d(3, 2, ceil_mode=True)",
    }
    return [f"    net.maxpool = torch.nn.{pools[spec.stem.pool]}"]
