"""What may I build?  Every ResNet is a :class:`ResNetSpec`; here are its rules, its words, the known ones, and sizes."""

from .spec import (
    BLOCKS,
    CIFAR_STEM,
    DEEP_STEM,
    IMAGENET_STEM,
    MAX_CHANNELS,
    MAX_CLASSES,
    MAX_STAGES,
    NORM_GROUPS,
    BlockKind,
    ResNetSpec,
    Stem,
    replace,
)

__all__ = [
    "BLOCKS",
    "CIFAR_STEM",
    "DEEP_STEM",
    "IMAGENET_STEM",
    "MAX_CHANNELS",
    "MAX_CLASSES",
    "MAX_STAGES",
    "NORM_GROUPS",
    "BlockKind",
    "ResNetSpec",
    "Stem",
    "replace",
]
