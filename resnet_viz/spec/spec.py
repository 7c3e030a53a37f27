# pyright: strict, reportUnnecessaryIsInstance=false
"""What may I build?  A ResNet as a frozen, hashable record; its rules; to and from JSON.

Every field says in one line what it changes. A change makes a copy: ``replace(spec, stem=CIFAR_STEM)``.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, cast, get_args

from ..checks import check_kind, check_text, check_whole
from ..errors import SpecError, shown

StemPool = Literal["max", "max_ceil", "max_unpadded", "conv", "none"]
StemStride = Literal[1, 2, 4]
StrideIn = Literal["3x3", "1x1"]
Shortcut = Literal["A", "B", "C"]
Attention = Literal["none", "se", "eca"]
NormName = Literal["batch", "group"]
AntiAlias = Literal["none", "avg", "blur"]

NORM_GROUPS = 32  # groups of a group norm (1803.08494)


def _one_of(field: str, value: object, allowed: tuple[object, ...]) -> None:
    if not any(type(value) is type(option) and value == option for option in allowed):
        raise SpecError(
            field, value, "must be one of " + ", ".join(repr(option) for option in allowed), f"use {allowed[0]!r}"
        )


def _integer(field: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise SpecError(
            field, value, f"must be a whole number from {low} to {high}", f"use a value from {low} to {high}"
        )


def _integers(
    field: str, values: object, low_value: int, high: int, *, most: int, low: str = "", fix: str = ""
) -> None:
    entries = cast("tuple[object, ...]", values) if isinstance(values, tuple) else ()
    if not 1 <= len(entries) <= most:
        raise SpecError(
            field,
            cast("object", values),
            f"must be a tuple of 1 to {most} whole numbers",
            "give one number per stage",
        )
    for value in entries:
        if isinstance(value, int) and not isinstance(value, bool) and value < low_value and low:
            raise SpecError(field, entries, low, fix)
        if not isinstance(value, int) or isinstance(value, bool) or not low_value <= value <= high:
            raise SpecError(
                field,
                entries,
                f"every entry must be a whole number from {low_value} to {high}",
                f"change {shown(value)}",
            )


@dataclass(frozen=True, slots=True)
class BlockKind:
    """A residual block that the package can build: ``engines/model/blocks/NAME.py`` and ``engines/formulas/NAME.py``."""

    name: str
    expansion: int
    grouped: bool  # has the grouped 3x3 in the middle, so groups and width_per_group mean something
    preact: str  # the files of its pre-activation form; "" where it has none
    sentence: str


BLOCKS: tuple[BlockKind, ...] = (
    BlockKind("basic", 1, False, "preact_basic", "two 3x3 convs (ResNet-18 and -34, CIFAR nets)"),
    BlockKind(
        "bottleneck",
        4,
        True,
        "preact_bottleneck",
        "1x1, 3x3, 1x1 convs; the output has 4 x width channels (ResNet-50 and deeper)",
    ),
)

# Bounds on untrusted specs (a URL, a file): far beyond any published network, small enough to stay quick.
MAX_STAGES, MAX_BLOCKS, MAX_CHANNELS, MAX_CLASSES = 12, 2048, 65_536, 1_000_000


@dataclass(frozen=True, slots=True)
class Stem:
    """What stands before the first stage. One entry of ``channels`` is one conv; only the first is strided.

    The pool is 3×3 of stride 2: "max" has padding 1 and rounds its size down, "max_ceil" rounds it up, "max_unpadded"
    has no padding and rounds up (Caffe's). "conv" is a conv in its place, "none" nothing.

    >>> from resnet_viz import CIFAR_STEM, DEEP_STEM, IMAGENET_STEM
    >>> [(stem.channels, stem.kernel, stem.stride, stem.pool) for stem in (IMAGENET_STEM, DEEP_STEM, CIFAR_STEM)]
    [((64,), 7, 2, 'max'), ((32, 32, 64), 3, 2, 'max'), ((64,), 3, 1, 'none')]
    """

    channels: tuple[int, ...] = (64,)
    kernel: int = 7
    stride: StemStride = 2
    pool: StemPool = "max"

    def __post_init__(self) -> None:
        _integers("stem.channels", self.channels, 1, MAX_CHANNELS, most=8)
        _integer("stem.kernel", self.kernel, 1, 31)
        if self.kernel % 2 == 0:
            raise SpecError(
                "stem.kernel", self.kernel, "must be odd, so that padding k//2 keeps the centre", "use 3 or 7"
            )
        _one_of("stem.stride", self.stride, get_args(StemStride))
        _one_of("stem.pool", self.pool, get_args(StemPool))

    def __repr__(self) -> str:
        return _short(self)


IMAGENET_STEM = Stem()  # 7x7/2 and a 3x3/2 max pool: a quarter of the input's size
CIFAR_STEM = Stem((64,), 3, 1, "none")  # 3x3/1, no pool: the input's size is kept
DEEP_STEM = Stem((32, 32, 64), 3, 2, "max")  # three 3x3 in place of the 7x7 (ResNet-C, 1812.01187 section 4.2)


@dataclass(frozen=True, slots=True)
class ResNetSpec:
    """One residual network. Fields and rules follow the published variants; see each field's comment.

    Raises :class:`SpecError` naming field, value, rule and fix.

    >>> ResNetSpec(block="bottleneck", blocks=(3, 4, 6, 3)).out_channels
    (256, 512, 1024, 2048)
    """

    block: str = "bottleneck"  # "basic" or "bottleneck"
    blocks: tuple[int, ...] = (3, 4, 6, 3)  # residual blocks per stage
    widths: tuple[int, ...] = (64, 128, 256, 512)  # planes per stage; a stage's output is width * expansion
    groups: int = 1  # groups of the bottleneck's 3x3 (ResNeXt's cardinality)
    width_per_group: int = 64  # bottleneck middle = int(width * width_per_group / 64) * groups
    preact: bool = False  # norm and ReLU before each conv (1603.05027)
    stem: Stem = IMAGENET_STEM
    stride_in: StrideIn = (
        "3x3"  # where a strided bottleneck strides: "3x3" (v1.5, torchvision) or "1x1" (v1, the paper)
    )
    shortcut: Shortcut = "B"  # A: slice and zero channels; B: 1x1 conv where the shape changes; C: always a 1x1 conv
    shortcut_pool: bool = False  # ResNet-D: average pool, then a 1x1 of stride 1
    anti_alias: AntiAlias = "none"  # a strided 3x3 keeps its size and a pool after it halves: "avg" 2x2, "blur" 3x3
    attention: Attention = "none"  # a gate per channel before the addition: "se" or "eca"
    se_ratio: float = 1 / 16  # hidden channels of SE over the block's, rounded to a multiple of 8
    norm: NormName = "batch"  # "group": 32 groups of channels, no running statistics
    zero_init: bool = False  # the last norm of each block starts at 0 (values only, no shape changes)
    dilated_stages: int = 0  # the last n stages keep their size: stride 1, and a dilation that doubles instead
    in_channels: int = 3
    num_classes: int = 1000

    def __post_init__(self) -> None:
        _one_of("block", self.block, tuple(kind.name for kind in BLOCKS))
        _integers(
            "blocks",
            self.blocks,
            1,
            MAX_BLOCKS,
            most=MAX_STAGES,
            low="every stage needs at least 1 block",
            fix="drop the stage instead",
        )
        _integers("widths", self.widths, 1, MAX_CHANNELS, most=MAX_STAGES)
        if len(self.blocks) != len(self.widths):
            raise SpecError(
                "widths",
                self.widths,
                f"must have one entry per stage, and blocks={self.blocks} has {len(self.blocks)}",
                f"give {len(self.blocks)} widths",
            )
        if sum(self.blocks) > MAX_BLOCKS:
            raise SpecError(
                "blocks", self.blocks, f"must sum to at most {MAX_BLOCKS} blocks", "make the stages shorter"
            )
        _integer("groups", self.groups, 1, MAX_CHANNELS)
        _integer("width_per_group", self.width_per_group, 1, MAX_CHANNELS)
        _one_of("stride_in", self.stride_in, get_args(StrideIn))
        _one_of("shortcut", self.shortcut, get_args(Shortcut))
        _one_of("attention", self.attention, get_args(Attention))
        _one_of("norm", self.norm, get_args(NormName))
        _one_of("anti_alias", self.anti_alias, get_args(AntiAlias))
        for field in ("preact", "shortcut_pool", "zero_init"):
            _one_of(field, getattr(self, field), (True, False))
        if isinstance(self.se_ratio, bool) or not isinstance(self.se_ratio, (int, float)) or not 0 < self.se_ratio <= 1:
            raise SpecError(
                "se_ratio", self.se_ratio, "must be a number above 0 and at most 1", "use 1/16, as SE-ResNet does"
            )
        if not isinstance(self.stem, Stem):
            raise SpecError(
                "stem", self.stem, "must be a Stem", "use IMAGENET_STEM, CIFAR_STEM, DEEP_STEM or Stem(...)"
            )
        _integer("in_channels", self.in_channels, 1, 4096)
        _integer("num_classes", self.num_classes, 1, MAX_CLASSES)
        if not self.kind.grouped:
            for field, plain in (("groups", 1), ("width_per_group", 64), ("stride_in", "3x3")):
                value = getattr(self, field)
                if value != plain:
                    raise SpecError(
                        field,
                        value,
                        f"only the bottleneck block has this; block='{self.block}' needs {field}={plain!r}",
                        "use block='bottleneck' or leave it out",
                    )
        for width in self.widths:
            if self.mid_channels(width) < 1:
                raise SpecError(
                    "width_per_group",
                    self.width_per_group,
                    f"leaves stage width {width} without a channel: int({width} * {self.width_per_group} / 64) = 0",
                    f"use at least {-(-64 // width)}",
                )
            if self.mid_channels(width) > MAX_CHANNELS or width * self.expansion > MAX_CHANNELS:
                raise SpecError(
                    "widths",
                    self.widths,
                    f"a conv would have more than {MAX_CHANNELS} channels",
                    "make the stages or the groups narrower",
                )
        if self.shortcut == "A":
            if self.shortcut_pool:
                raise SpecError("shortcut_pool", True, "option A has no conv to pool for", "use shortcut='B'")
            channels = (self.stem.channels[-1], *self.out_channels)
            for before, after in pairwise(channels):
                if after < before:
                    raise SpecError(
                        "shortcut",
                        "A",
                        f"can only add zero channels, and a stage goes from {before} to {after}",
                        "use shortcut='B' or widths that never shrink",
                    )
        _integer("dilated_stages", self.dilated_stages, 0, MAX_STAGES)
        if self.dilated_stages >= len(self.blocks):
            raise SpecError(
                "dilated_stages",
                self.dilated_stages,
                f"the first stage has no stride to replace, so of {len(self.blocks)} stages at most {len(self.blocks) - 1} can",
                f"use at most {len(self.blocks) - 1}",
            )
        if self.preact and not self.kind.preact:
            raise SpecError(
                "preact", True, f"block='{self.block}' has no pre-activation form", "use preact=False or another block"
            )
        if self.anti_alias != "none":
            for field, plain in (("preact", False), ("stride_in", "3x3")):
                if getattr(self, field) != plain:
                    raise SpecError(
                        "anti_alias",
                        self.anti_alias,
                        f"stands after a strided 3x3 and its ReLU, and {field}={getattr(self, field)!r} has none",
                        f"use {field}={plain!r} or anti_alias='none'",
                    )
            if self.stem.pool not in ("max", "none"):
                rule = (
                    f"changes the stem's max pool, and stem.pool={self.stem.pool!r} has none"
                    if self.stem.pool == "conv"
                    else f"puts a pool of its own in place of stem.pool={self.stem.pool!r}"
                )
                raise SpecError(
                    "anti_alias",
                    self.anti_alias,
                    rule,
                    "use stem.pool='max' or 'none'",
                )
        if self.norm == "group":
            for channels in (*self.stem.channels, *map(self.mid_channels, self.widths), *self.out_channels):
                if channels % NORM_GROUPS:
                    raise SpecError(
                        "norm",
                        "group",
                        f"divides channels into {NORM_GROUPS} groups, and a norm of this network has {channels} channels",
                        f"make every width and stem channel a multiple of {NORM_GROUPS}, or use norm='batch'",
                    )

    def __repr__(self) -> str:
        return _short(self)

    @property
    def kind(self) -> BlockKind:
        """The record of this network's block."""
        return next(kind for kind in BLOCKS if kind.name == self.block)

    @property
    def block_file(self) -> str:
        """The name of the block's files in ``model/blocks`` and ``forecasting``."""
        return self.kind.preact if self.preact else self.block

    @property
    def expansion(self) -> int:
        """Output channels of a block over its width: 1 for basic, 4 for bottleneck."""
        return self.kind.expansion

    @property
    def out_channels(self) -> tuple[int, ...]:
        """Channels at the end of each stage."""
        return tuple(width * self.expansion for width in self.widths)

    @property
    def stage_names(self) -> tuple[str, ...]:
        """What the stages are called, as torchvision names them."""
        return tuple([f"layer{stage}" for stage in range(1, len(self.blocks) + 1)])

    @property
    def halves_to(self) -> int:
        """Input sides that are multiples of this halve exactly all the way: stem, pool and strided stages together.

        A pool "max_ceil" makes one cell more than the half of an even side, so behind it only what is odd halves exactly.
        """
        stages = len(self.blocks) - 1 - self.dilated_stages
        return self.stem.stride * (1 if self.stem.pool == "none" else 2) * 2**stages

    def mid_channels(self, width: int) -> int:
        """Channels of the bottleneck's 3x3: ``int(width * width_per_group / 64) * groups``."""
        check_whole("width", width, 1, MAX_CHANNELS)
        return int(width * self.width_per_group / 64) * self.groups

    def se_channels(self, channels: int) -> int:
        """Hidden channels of SE: ``max(8, (int(channels * se_ratio + 4) // 8) * 8)``, timm's rounding."""
        check_whole("channels", channels, 1, MAX_CHANNELS)
        return max(8, int(channels * self.se_ratio + 4) // 8 * 8)

    def to_json(self) -> str:
        """The spec as JSON with every field; :meth:`from_json` reads it back to an equal spec."""
        return json.dumps(dataclasses.asdict(self))

    @staticmethod
    def from_json(text: str) -> ResNetSpec:
        """Read a spec from untrusted JSON. Raises :class:`SpecError` for anything but known fields with valid values."""
        check_text("text", text, '{"block": "basic", ...}')
        if len(text) > 20_000:
            raise SpecError("json", f"{len(text)} characters", "must be at most 20000 characters", "send one spec")
        try:
            data: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise SpecError(
                "json", text[:40], f"is not JSON ({type(error).__name__})", 'write {"block": "basic", ...}'
            ) from None
        fields = _known_fields("json", data, ResNetSpec)
        if "stem" in fields:
            fields["stem"] = Stem(**_known_fields("stem", fields["stem"], Stem))
        return ResNetSpec(**fields)


def replace(spec: ResNetSpec, **changes: Any) -> ResNetSpec:
    """A copy of ``spec`` with some fields changed and every rule checked again. Raises a ``ResNetVizError``.

    >>> replace(ResNetSpec(), num_classes=10).num_classes
    10
    """
    check_kind("spec", spec, ResNetSpec, "a ResNetSpec", "get one with variant('resnet18')")
    unknown = changes.keys() - {field.name for field in dataclasses.fields(spec)}
    if unknown:
        name = min(unknown)
        raise SpecError(
            name,
            changes[name],
            "is no field of a ResNetSpec",
            "use one of " + ", ".join(field.name for field in dataclasses.fields(spec)),
        )
    return dataclasses.replace(spec, **changes)


def _known_fields(where: str, data: object, cls: type[ResNetSpec] | type[Stem]) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise SpecError(where, data, "must be a JSON object", 'write {"field": value, ...}')
    entries = cast("dict[str, Any]", data)
    names = [field.name for field in dataclasses.fields(cls)]
    for name in entries:
        if name not in names:
            raise SpecError(
                name[:40], entries[name], f"is no field of {cls.__name__}", "use one of " + ", ".join(names)
            )
    return {
        name: tuple(cast("list[Any]", value)) if isinstance(value, list) else value for name, value in entries.items()
    }


def _short(record: ResNetSpec | Stem) -> str:
    """The call that makes ``record``, without the fields that have their default."""
    named = (field for field in dataclasses.fields(record) if getattr(record, field.name) != field.default)
    return f"{type(record).__name__}({', '.join(f'{field.name}={getattr(record, field.name)!r}' for field in named)})"
