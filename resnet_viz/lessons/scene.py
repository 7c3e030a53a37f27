"""What a lesson is about: a network at an input, its blocks, and the steps that lessons speak of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..engines.formulas import forecast
from ..spec import ResNetSpec
from ..spec.catalogue import entry
from ..spec.configuration import Configuration, configuration
from ..steps import Pair, Step, Trace


@dataclass(frozen=True)
class Scene:
    """The network that a lesson is about, at an input."""

    name: str  # in the catalogue
    spec: ResNetSpec
    size: Pair

    @staticmethod
    def of(name: str, size: int | Pair | None = None, spec: ResNetSpec | None = None) -> Scene:
        """The catalogue's network ``name``, or ``spec`` made from it. Raises a ``ResNetVizError`` where it cannot run."""
        known = entry(name)
        side = size or known.input_size
        made = Scene(known.name, spec or known.spec, (side, side) if isinstance(side, int) else side)
        assert made.trace
        return made

    @staticmethod
    def read(text: str) -> Scene:
        """The scene of a configuration, ``resnet18:num_classes=10@32``. Raises a ``ResNetVizError``."""
        made = configuration(text)
        return Scene.of(made.name, made.size, made.spec)

    @property
    def text(self) -> str:
        """The configuration; :meth:`read` reads it back."""
        return Configuration(self.name, self.spec, self.size).text

    @cached_property
    def trace(self) -> Trace:
        """One image through it, by formulas."""
        return forecast(self.spec, self.size)

    @property
    def title(self) -> str:
        """``ResNet-34``"""
        return entry(self.name).title

    def of_spec(self, spec: ResNetSpec, size: Pair | None = None) -> Scene:
        """The same with another spec or input. Raises a ``ResNetVizError``."""
        if (spec, size or self.size) == (self.spec, self.size):
            return self
        return Scene.of(self.name, size or self.size, spec)

    @property
    def image(self) -> Step:
        """The input."""
        return self.trace.steps[0]

    @property
    def first_conv(self) -> Step:
        """The first conv of all."""
        return next(step for step in self.trace.steps if step.kind == "conv")

    @property
    def pool(self) -> Step | None:
        """The stem's max pool, where there is one."""
        return next((step for step in self.trace.steps if step.path == "stem" and step.kind == "maxpool"), None)

    @property
    def stages(self) -> int:
        """How many stages."""
        return len(self.trace.stages)

    @cached_property
    def by_block(self) -> dict[str, list[Step]]:
        """The steps of each block, by its path, in order."""
        return {part.path: list(self.trace.steps[part.start : part.stop]) for part in self.trace.blocks}

    def blocks(self, stage: int | None = None) -> list[Block]:
        """Every block, or those of a stage."""
        return [Block(self, name) for name, steps in self.by_block.items() if stage in (None, steps[0].stage)]

    @property
    def last_map(self) -> Step:
        """The step whose map the head reads."""
        return [s for s in self.trace.steps if s.path not in ("head", "gate") and len(s.output) == 4][-1]

    @property
    def halving(self) -> Block | None:
        """The first block that makes the map smaller."""
        return next((block for block in self.blocks() if block.source.output[2:] != block.add.output[2:]), None)

    @cached_property
    def main_convs(self) -> list[Step]:
        """Convs that are not on a shortcut, as papers count them."""
        return [step for step in self.trace.steps if step.kind == "conv" and step.path in ("stem", "main")]

    @property
    def shortcut_convs(self) -> list[Step]:
        """The projections."""
        return [step for step in self.trace.steps if step.kind == "conv" and step.path == "shortcut"]


@dataclass(frozen=True)
class Block:
    """A residual block within a scene."""

    scene: Scene
    name: str

    @property
    def steps(self) -> list[Step]:
        """All its steps, in order."""
        return self.scene.by_block[self.name]

    @property
    def source(self) -> Step:
        """What the block reads."""
        return self.scene.trace.steps[self.steps[0].reads[0]]

    @property
    def add(self) -> Step:
        """Its addition."""
        return next(step for step in self.steps if step.kind == "add")

    @property
    def convs(self) -> list[Step]:
        """The convs of its main path."""
        return [step for step in self.steps if step.kind == "conv" and step.path == "main"]

    @property
    def way(self) -> list[Step]:
        """The steps of its shortcut."""
        return [step for step in self.steps if step.path == "shortcut"]

    @property
    def projection(self) -> Step | None:
        """The conv of its shortcut."""
        return next((step for step in self.way if step.kind == "conv"), None)
