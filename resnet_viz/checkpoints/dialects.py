"""Other codes' names for the same weights, in the words of torchvision, which are ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..steps import Shape

Rename = tuple[str, str | Callable[[re.Match[str]], str]]


def _deeper(pattern: str) -> Callable[[re.Match[str]], str]:
    """``layer{}.{}``: a stage that is counted from 0 there is counted from 1 here."""
    return lambda match: pattern.format(int(match[1]) + 1, match[2])


@dataclass(frozen=True, slots=True)
class Dialect:
    """A code's naming: it is spoken where a name matches ``sign``; each name goes through ``renames``."""

    title: str
    sign: str
    renames: tuple[Rename, ...]


DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        "Hugging Face transformers",
        r"(resnet\.)?embedder\.embedder\.",
        (
            (r"^resnet\.", ""),
            (r"^embedder\.embedder\.convolution\.", "conv1."),
            (r"^embedder\.embedder\.normalization\.", "bn1."),
            (r"^encoder\.stages\.(\d+)\.layers\.(\d+)\.", _deeper("layer{}.{}.")),
            (r"\.layer\.(\d)\.convolution\.", lambda match: f".conv{int(match[1]) + 1}."),
            (r"\.layer\.(\d)\.normalization\.", lambda match: f".bn{int(match[1]) + 1}."),
            (r"\.shortcut\.convolution\.", ".downsample.0."),
            (r"\.shortcut\.normalization\.", ".downsample.1."),
            (r"^classifier\.1\.", "fc."),
        ),
    ),
    Dialect(
        "timm's ResNetV2",
        r"stages\.\d+\.blocks\.\d+\.norm1\.",
        (
            (r"^stages\.(\d+)\.blocks\.(\d+)\.", _deeper("layer{}.{}.")),
            (r"(^|\.)norm(\d)\.", r"\1bn\2."),
            (r"^stem\.conv\.", "conv1."),
            (r"^stem\.conv1\.", "conv1.0."),
            (r"^stem\.bn1\.", "conv1.1."),
            (r"^stem\.conv2\.", "conv1.3."),
            (r"^stem\.bn2\.", "conv1.4."),
            (r"^stem\.conv3\.", "conv1.6."),
            (r"^norm\.", "last_norm."),
            (r"^head\.fc\.", "fc."),
        ),
    ),
    Dialect(
        "CIFAR codes (akamaster, kuangliu)",
        r"linear\.weight$",
        ((r"^linear\.", "fc."), (r"\.shortcut\.", ".downsample.")),
    ),
)


def translate(shapes: Mapping[str, Shape]) -> tuple[dict[str, Shape], list[str]]:
    """``shapes`` under our names, and what was done in words."""
    spoken = next((d for d in DIALECTS if any(re.match(d.sign, key) for key in shapes)), None)
    if spoken is None:
        return dict(shapes), []
    named: dict[str, Shape] = {}
    for key, shape in shapes.items():
        for pattern, new in spoken.renames:
            key = re.sub(pattern, new, key)
        named[key] = shape
    if len(named.get("fc.weight", ())) == 4:  # a 1x1 conv as the last layer holds the same numbers
        named["fc.weight"] = named["fc.weight"][:2]
    return _projections(named), [f"names of {spoken.title}"]


def _projections(named: dict[str, Shape]) -> dict[str, Shape]:
    """timm's ``downsample.conv`` is ``downsample.0`` here, and ``.1`` behind a pool, which the names do not tell.

    A deep stem is what ResNet-D and its pool come with there, so that decides.
    """
    number = 1 if "conv1.0.weight" in named else 0
    return {key.replace(".downsample.conv.", f".downsample.{number}."): shape for key, shape in named.items()}
