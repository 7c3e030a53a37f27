"""How is a spec said?  Each field with its sentence and source; a spec as ``field=value`` settings, and in words.

The command line's ``--set``, the app's editor and its address all speak these settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from typing import Any, cast

from ..errors import SpecError
from ..wording import plural
from .spec import ResNetSpec, Stem, replace


@dataclass(frozen=True, slots=True)
class Field:
    """One knob of the spec: its name in settings, a title, what it does in a sentence, and where that is from."""

    name: str
    title: str
    sentence: str
    source: str


FIELDS: tuple[Field, ...] = (
    Field(
        "block",
        "Block",
        "basic: two 3×3 convs. bottleneck: 1×1, 3×3, 1×1, and four times as many channels out.",
        "1512.03385, figure 5",
    ),
    Field("blocks", "Blocks per stage", "How many residual blocks each stage has.", "1512.03385, table 1"),
    Field(
        "widths",
        "Width per stage",
        "Channels of the 3×3 convs in each stage; a bottleneck's output has four times as many.",
        "1512.03385, table 1; widened in 1605.07146",
    ),
    Field(
        "groups",
        "Groups",
        "Splits the bottleneck's 3×3 into this many groups that do not see each other (cardinality).",
        "1611.05431",
    ),
    Field(
        "width_per_group",
        "Width per group",
        "Channels of the bottleneck's 3×3: width · this / 64, times the groups. 4 is ResNeXt's, 128 Wide ResNet's.",
        "1611.05431; 1605.07146",
    ),
    Field(
        "preact",
        "Pre-activation",
        "Norm and ReLU stand before each conv, so the shortcuts run through the whole network untouched.",
        "1603.05027, figure 4e",
    ),
    Field(
        "stem.channels",
        "Stem: channels",
        "One entry is one conv; only the first has a stride. Three 3×3 in place of the 7×7 make a deep stem.",
        "1812.01187, figure 2b",
    ),
    Field("stem.kernel", "Stem: kernel", "Side of the stem's convs: 7 for ImageNet, 3 for small images.", "1512.03385"),
    Field(
        "stem.stride",
        "Stem: stride",
        "2 halves the input at once; 1 keeps it, for small images; 4 makes every map of a large image half as large again.",
        "1512.03385, 4.2",
    ),
    Field(
        "stem.pool",
        "Stem: pool",
        "What halves after the stem's convs: a 3×3 max pool, a 3×3 conv of stride 2, or nothing. max_ceil rounds the pool's "
        "size up, max_unpadded does so without padding, as Caffe's networks do.",
        "1512.03385; conv: 2103.07579; max_ceil: pytorch-deeplab-resnet; max_unpadded: Caffe, pretrained-models.pytorch",
    ),
    Field(
        "stride_in",
        "Stride in",
        "Where a strided bottleneck has its stride: 3x3 reads every cell, 1x1 (the paper's) a quarter of them.",
        "fb.resnet.torch; 1512.03385",
    ),
    Field(
        "shortcut",
        "Shortcut option",
        "Where the shape changes, A pads zero channels and B projects by a 1×1 conv; C projects everywhere.",
        "1512.03385, 3.3 and table 3",
    ),
    Field(
        "shortcut_pool",
        "Pool in the shortcut",
        "A 2×2 average pool halves before the shortcut's 1×1, so that no cell is skipped (ResNet-D).",
        "1812.01187, figure 2c",
    ),
    Field(
        "anti_alias",
        "Anti-aliasing",
        "A strided 3×3 keeps its size and a low-pass pool after it halves: avg 2×2, or a fixed 3×3 blur.",
        "1904.11486; avg: timm",
    ),
    Field(
        "attention",
        "Channel gate",
        "Scales each channel by a number between 0 and 1 before the addition: se by two small convs, eca by one.",
        "1709.01507; 1910.03151",
    ),
    Field("se_ratio", "SE ratio", "Hidden channels of SE over the block's, rounded to a multiple of 8.", "1709.01507"),
    Field(
        "norm",
        "Norm",
        "batch: each channel over the batch. group: 32 groups of channels within each image, for small batches.",
        "1502.03167; 1803.08494",
    ),
    Field(
        "dilated_stages",
        "Dilated stages",
        "The last n stages keep their size: stride 1, and kernels spread by a dilation that doubles. "
        "1 ends at output stride 16, 2 at 8, behind an ImageNet stem.",
        "1706.05587; torchvision's replace_stride_with_dilation",
    ),
    Field(
        "zero_init",
        "Last norm starts at 0",
        "Each block starts as the identity. Changes the weights at the start, no shape.",
        "1706.02677, 5.1",
    ),
    Field("in_channels", "Input channels", "3 for RGB, 1 for grey images.", "your data"),
    Field("num_classes", "Classes", "Outputs of the linear layer at the end.", "your data"),
)
NAMES = tuple(field.name for field in FIELDS)
STEMS = ("imagenet", "cifar", "deep")


def stem_preset(name: str, spec: ResNetSpec) -> Stem:
    """A stem by name that ends in as many channels as the stem of ``spec``."""
    last = spec.stem.channels[-1]
    half = max(1, last // 2)
    match name:
        case "imagenet":
            return Stem((last,), 7, 2, "max")
        case "cifar":
            return Stem((last,), 3, 1, "none")
        case "deep":
            return Stem((half, half, last), 3, 2, "max")
        case _:
            raise SpecError("stem", name, "must be one of " + ", ".join(STEMS), "use stem=cifar for small images")


def get(spec: ResNetSpec, name: str) -> Any:
    """The value of a field, ``stem.kernel`` too."""
    return getattr(spec.stem, name[5:]) if name.startswith("stem.") else getattr(spec, name)


def text(value: object) -> str:
    """A field's value as settings write it: ``3,4,6,3``, ``true``, ``0.0625``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, cast("tuple[int, ...]", value))) if isinstance(value, tuple) else str(value)


def read(name: str, written: str) -> Any:
    """``written`` as the type of the field ``name``; whether the value is allowed is the spec's to say."""
    if name not in NAMES:
        near = get_close_matches(name[:40], (*NAMES, "stem"), 1, 0.6)
        fix = f"did you mean {near[0]}?" if near else "use one of " + ", ".join((*NAMES, "stem"))
        raise SpecError(name[:40], written, "is no field of a network", fix)
    example: object = get(ResNetSpec(), name)
    plain = text(example)
    try:
        if isinstance(example, bool):
            return {"true": True, "false": False}[written.strip().lower()]
        if isinstance(example, tuple):
            parts = written.strip().strip("()[]").replace(" ", ",").split(",")
            return tuple(_whole(part) for part in parts if part)
        if isinstance(example, int):
            return _whole(written)
        if isinstance(example, float):
            top, slash, bottom = written.partition("/")
            return float(top) / float(bottom) if slash else float(top)
        return written.strip()
    except (ValueError, KeyError, ZeroDivisionError):
        raise SpecError(name, written, f"must be written like {plain}", f"write {name}={plain}") from None


def _whole(written: str) -> int:
    if len(written.strip()) > 9:
        raise ValueError
    return int(written)


def apply(base: ResNetSpec, settings: Mapping[str, str]) -> ResNetSpec:
    """``base`` with settings applied at once, so that their order does not matter. Raises :class:`SpecError`.

    ``stem`` takes a preset's name; ``stem.channels`` and the like change it further.
    """
    stem = stem_preset(settings["stem"], base) if "stem" in settings else base.stem
    changes: dict[str, Any] = {}
    parts: dict[str, Any] = asdict(stem)
    for name, written in settings.items():
        if name == "stem":
            continue
        value = read(name, written)
        if name.startswith("stem."):
            parts[name[5:]] = value
        else:
            changes[name] = value
    return replace(base, stem=Stem(**parts), **changes)


def settings(spec: ResNetSpec, base: ResNetSpec) -> dict[str, str]:
    """The fewest settings that turn ``base`` into ``spec``: ``apply(base, settings(spec, base)) == spec``."""
    found: dict[str, str] = {}
    if spec.stem != base.stem:
        preset = next((known for known in STEMS if stem_preset(known, base) == spec.stem), None)
        if preset:
            found["stem"] = preset
    for name in NAMES:
        if name.startswith("stem.") and "stem" in found:
            continue
        value = get(spec, name)
        if value != get(base, name):
            found[name] = text(value)
    return found


def describe(spec: ResNetSpec, base: ResNetSpec) -> list[str]:
    """What ``spec`` changes over ``base``, a phrase each; empty where they are equal."""
    phrases: list[str] = []
    for field in fields(spec):
        if getattr(spec, field.name) != getattr(base, field.name):
            phrase = _phrase(spec, base, field.name)
            if phrase not in phrases:
                phrases.append(phrase)
    return phrases


def _phrase(spec: ResNetSpec, base: ResNetSpec, name: str) -> str:
    now: Any = getattr(spec, name)
    before: Any = getattr(base, name)
    match name:
        case "block":
            return f"{spec.block} blocks instead of {base.block}"
        case "blocks" | "widths":
            what = "blocks per stage" if name == "blocks" else "widths"
            return f"{what} {_commas(now)} instead of {_commas(before)}"
        case "groups" | "width_per_group" if spec.groups > 1:
            each = spec.mid_channels(spec.widths[0]) // spec.groups
            return (
                f"the 3×3 in {plural(spec.groups, 'group')}, of {plural(each, 'channel')} each in {spec.stage_names[0]}"
            )
        case "groups":
            return "the 3×3 not grouped"
        case "width_per_group":
            times = spec.width_per_group / 64
            return "the 3×3 twice as wide" if times == 2 else f"the 3×3 {times:g} times its stage's width"
        case "preact":
            return "norm and ReLU before each conv" if now else "norm and ReLU after each conv"
        case "stem":
            return "stem: " + stem_words(spec.stem)
        case "stride_in":
            return "stride in the first 1×1" if now == "1x1" else "stride in the 3×3"
        case "shortcut":
            options = {"A": "zero channels", "B": "projects where the shape changes", "C": "always projects"}
            return f"shortcut option {now}: {options[now]}"
        case "shortcut_pool":
            return "average pool before the shortcut's 1×1" if now else "no pool in the shortcut"
        case "anti_alias":
            return {"none": "no anti-aliasing", "avg": "2×2 average pools that halve", "blur": "blur pools that halve"}[
                now
            ]
        case "attention" | "se_ratio" if spec.attention == "se":
            ratio = f"1/{1 / spec.se_ratio:g}" if (1 / spec.se_ratio).is_integer() else f"{spec.se_ratio:g}"
            return f"squeeze-and-excitation, ratio {ratio}"
        case "attention":
            return "efficient channel attention" if now == "eca" else "no channel gate"
        case "norm":
            return f"{now} norm instead of {before} norm"
        case "zero_init":
            return "the last norm of each block starts at 0" if now else "the last norm of each block starts at 1"
        case "dilated_stages":
            last = "the last stage" if now == 1 else f"the last {now} stages"
            return f"{last} dilated instead of strided" if now else "no dilated stage"
        case "in_channels":
            return f"{now} input channel{'s' * (now > 1)}"
        case "num_classes":
            return f"{now:,} class{'es' * (now > 1)}"
        case _:
            return f"{name} {text(now)}"


def stem_words(stem: Stem) -> str:
    """``one 7×7 conv of 64 channels, stride 2, then max pool``"""
    number = {1: "one", 2: "two", 3: "three"}.get(len(stem.channels), str(len(stem.channels)))
    convs = f"{number} {stem.kernel}×{stem.kernel} conv{'s' * (len(stem.channels) > 1)} of {_commas(stem.channels)} channels"
    after = {
        "max": ", then max pool",
        "max_ceil": ", then max pool rounded up",
        "max_unpadded": ", then max pool without padding, rounded up",
        "conv": ", then a 3×3 conv of stride 2",
        "none": ", no pool",
    }[stem.pool]
    return f"{convs}, stride {stem.stride}{after}"


def _commas(values: tuple[int, ...]) -> str:
    return ", ".join(map(str, values))
