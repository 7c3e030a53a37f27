"""Collects forecast steps; a block equal to an earlier one is copied with its numbers moved on."""

from __future__ import annotations

from math import prod
from typing import cast

from ...errors import InputError
from ...steps import Add, Input, Norm, Op, Pair, Path, Shape, Step, known
from ...why import cost
from ...why.field import receptive_field
from ...why.shape import output_shape, refusal


class Recorder:
    """Append steps; each returns its index, which later steps name in ``reads``."""

    def __init__(self, shape: Shape, item_bytes: int, norm: Norm, halves_to: int) -> None:
        self.norm = norm
        self.halves_to = halves_to  # sides that are multiples of this halve exactly all the way
        self.item_bytes = item_bytes
        self.stage: int | None = None
        self.block: int | None = None
        self.prefix = ""
        self.steps: list[Step] = [
            Step(0, "input", Input(), None, None, "stem", (), (), shape, 0, 0, (1, 1), (1, 1), prod(shape) * item_bytes)
        ]

    def add(self, name: str, op: Op, reads: tuple[int, ...], path: Path, channels: int | None = None) -> int:
        """Record ``op`` on the outputs of ``reads``; ``channels`` for a conv or linear."""
        steps = self.steps
        sources = [steps[read] for read in reads]
        inputs = tuple(source.output for source in sources)
        output = output_shape(op, inputs, channels)
        refused = refusal(op, inputs, output)
        if refused:
            size = steps[0].output[2:]
            raise InputError(
                "input_size",
                size,
                f"{self.prefix}{name} cannot run: {refused}",
                f"use sides that are multiples of {self.halves_to}" if isinstance(op, Add) else "use a larger input",
            )
        # in a forecast every field is known; a check of each would cost what the whole step does
        fields = cast("tuple[Pair, ...]", tuple([source.receptive_field for source in sources]))
        strides = cast("tuple[Pair, ...]", tuple([source.output_stride for source in sources]))
        field, stride = receptive_field(op, fields, strides)
        index = len(steps)
        steps.append(
            Step(
                index,
                self.prefix + name,
                op,
                self.stage,
                self.block,
                path,
                reads,
                inputs,
                output,
                cost.params(op, inputs, output),
                cost.macs(op, inputs, output),
                field,
                stride,
                prod(output) * self.item_bytes,
            )
        )
        return index

    def output(self, index: int) -> Shape:
        """The output shape of a recorded step."""
        return self.steps[index].output

    def repeat(self, start: int, stop: int, source: int) -> int:
        """Copy the block recorded at ``start:stop`` as the current one, reading ``source``; returns its last index.

        Only valid where the earlier block had the same make-up, input shape and output stride: then every number
        is equal but the receptive field, which grows by what it grew there.
        """
        steps = self.steps
        shift = len(steps) - start
        old_source = steps[start].reads[0]
        old_prefix = len(f"layer{steps[start].stage}.{steps[start].block}.")
        base, here = known(steps[old_source].receptive_field), known(steps[source].receptive_field)
        grown: Pair = (here[0] - base[0], here[1] - base[1])
        for step in steps[start:stop]:
            index, name, op, _, _, path, reads, inputs, output, params, macs, reach, stride, size, _ = step
            field = cast("Pair", reach)
            steps.append(
                Step(
                    index + shift,
                    self.prefix + name[old_prefix:],
                    op,
                    self.stage,
                    self.block,
                    path,
                    tuple([source if read == old_source else read + shift for read in reads]),
                    inputs,
                    output,
                    params,
                    macs,
                    (field[0] + grown[0], field[1] + grown[1]),
                    stride,
                    size,
                )
            )
        return len(steps) - 1
