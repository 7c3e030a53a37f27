"""What a network's file has to hold: its stages, and which of the ways of a block really occur in it."""

from __future__ import annotations

from dataclasses import dataclass

from ...spec import NORM_GROUPS, ResNetSpec


@dataclass(frozen=True, slots=True)
class Stage:
    """Blocks of one width, of which the first may stride, or have the dilation of the stage before."""

    name: str
    blocks: int
    in_channels: int
    width: int
    stride: int
    first_dilation: int
    dilation: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A spec, and what follows from it for the file."""

    spec: ResNetSpec
    stages: tuple[Stage, ...]

    @staticmethod
    def of(spec: ResNetSpec) -> Plan:
        """The stages as the paper's Table 1 has them; a dilated one dilates in place of striding (1706.05587)."""
        made: list[Stage] = []
        channels, dilation = spec.stem.channels[-1], 1
        kept = len(spec.blocks) - spec.dilated_stages
        for number, (name, blocks, width) in enumerate(zip(spec.stage_names, spec.blocks, spec.widths, strict=True), 1):
            before, stride = dilation, 2 if number > 1 else 1
            if number > kept:
                dilation, stride = dilation * stride, 1
            made.append(Stage(name, blocks, channels, width, stride, before, dilation))
            channels = width * spec.expansion
        return Plan(spec, tuple(made))

    @property
    def strided(self) -> bool:
        """Whether any block strides."""
        return any(stage.stride > 1 for stage in self.stages)

    @property
    def dilated(self) -> bool:
        """Whether any block dilates."""
        return any(stage.dilation > 1 for stage in self.stages)

    @property
    def widened(self) -> bool:
        """Whether any block has other channels than what it reads."""
        return any(stage.in_channels != self.out(stage) for stage in self.stages)

    @property
    def passes(self) -> bool:
        """Whether any block's shortcut is the block's input as it is."""
        if self.spec.shortcut == "C":
            return False
        return any(stage.blocks > 1 or not self._changes(stage) for stage in self.stages)

    @property
    def changes(self) -> bool:
        """Whether any block's shortcut changes what it reads."""
        return self.spec.shortcut == "C" or any(map(self._changes, self.stages))

    @property
    def pool(self) -> str:
        """What halves after a conv that would stride in another network; empty where none does."""
        return "" if self.spec.anti_alias == "none" else "nn.AvgPool2d(2)" if self.spec.anti_alias == "avg" else "BlurPool()"  # fmt: skip

    def out(self, stage: Stage) -> int:
        """Channels behind a stage."""
        return stage.width * self.spec.expansion

    def norm(self, channels: str) -> str:
        """The norm over so many channels."""
        return f"nn.GroupNorm({NORM_GROUPS}, {channels})" if self.spec.norm == "group" else f"nn.BatchNorm2d({channels})"  # fmt: skip

    def middle(self) -> str:
        """Channels of a bottleneck's 3x3 as an expression of its ``width``."""
        per_group, groups = self.spec.width_per_group, self.spec.groups
        times = per_group * groups
        if times % 64 == 0 and all(stage.width * per_group % 64 == 0 for stage in self.stages):
            return "width" if times == 64 else f"width * {times // 64}"
        return f"width * {per_group} // 64" + (f" * {groups}" if groups > 1 else "")

    def _changes(self, stage: Stage) -> bool:
        return stage.stride != 1 or stage.in_channels != self.out(stage)
