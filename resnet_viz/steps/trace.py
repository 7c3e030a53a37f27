"""What is a trace?  Every step of one network at one input, with its totals and its structure.

Both engines, the formulas and the forward hooks, give the same :class:`Trace`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from ..checks import check_kind, check_text
from ..errors import InputError
from ..spec import ResNetSpec
from ..spec.sizes import Shape
from ..wording import MOST_NAMED, plural, share, short, some
from . import table
from .ops import is_conv
from .parts import Join, Part
from .step import Step

if TYPE_CHECKING:
    import pandas  # pyright: ignore[reportMissingTypeStubs]

Engine = Literal["formulas", "hooks", "onnx"]


@dataclass(frozen=True, slots=True)
class Unowned:
    """A parameter that belongs to no step: its qualified name, its numbers, and why ("not run")."""

    name: str
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a trace. ``activation_bytes`` leaves out the input and what only renames a tensor (identity, flatten).

    ``macs`` leaves out the steps ``uncounted``, by name; ``unowned_params`` belong to no step and are not in ``params``.
    """

    params: int
    macs: int
    activation_bytes: int
    final_map: Shape
    convs: int
    adds: int
    time_ms: float | None
    uncounted: tuple[str, ...] = ()
    unowned_params: int = 0


@dataclass(frozen=True, slots=True)
class Trace:
    """Every step of one network at one input, and how that was found out.

    ``engine`` is "formulas" (computed, nothing ran) or "hooks" (PyTorch ran on ``device``).
    ``blocks_run`` says, for hooks on meta, how many blocks really ran out of how many: equal blocks at an equal
    input shape run once and are repeated.

    >>> from resnet_viz import forecast
    >>> trace = forecast("resnet18", 224)
    >>> trace.totals.params, trace.totals.final_map, trace.rows()[1]["output_shape"]
    (11689512, (1, 512, 7, 7), '1x64x112x112')
    """

    steps: tuple[Step, ...]
    engine: Engine
    device: str
    dtype: str = "float32"
    batch: int = 1
    spec: ResNetSpec | None = None
    elapsed_ms: float | None = None
    blocks_run: tuple[int, int] | None = None
    unowned: tuple[Unowned, ...] = ()
    returns: tuple[int, ...] = ()  # the steps whose outputs the network returns; () for the last
    title: str = ""  # what somebody else's network calls itself
    _structure: tuple[tuple[Join, ...], Part] | None = field(default=None, init=False, repr=False, compare=False)
    _totals: Totals | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def returned(self) -> tuple[int, ...]:
        """The indices of the steps whose outputs the network returns."""
        return self.returns or (len(self.steps) - 1,)

    @property
    def outputs(self) -> tuple[Shape, ...]:
        """The shapes that the network returns, containers flattened in order."""
        return tuple([self.steps[index].output for index in self.returned])

    @property
    def joins(self) -> tuple[Join, ...]:
        """Every addition, product and concatenation of tensors that depend on the input, in order of execution."""
        return self._derived()[0]

    @property
    def parts(self) -> Part:
        """The network as a tree of stages, blocks and branches, from who reads whom and the modules' paths alone."""
        return self._derived()[1]

    @property
    def stages(self) -> tuple[Part, ...]:
        """The stages in order.

        >>> from resnet_viz import forecast
        >>> [stage.path for stage in forecast("resnet18").stages]
        ['layer1', 'layer2', 'layer3', 'layer4']
        """
        return tuple([part for part in self.parts.parts if part.kind == "stage"])

    @property
    def blocks(self) -> tuple[Part, ...]:
        """The blocks of all stages in order, without those within a block."""
        return tuple([part for stage in self.stages for part in stage.parts if part.kind == "block"])

    def part(self, path: str) -> Part:
        """The part of that path. Raises :class:`InputError` that offers the nearest."""
        check_text("path", path, "layer1.0")
        known = {part.path: part for part in reversed(list(self.parts.walk()))}
        if path in known:
            return known[path]
        from difflib import get_close_matches

        near = get_close_matches(path, known, 3, 0.5) or [name for name in known if name][-3:]
        raise InputError(
            "part", path, "is in this network no part", "try " + ", ".join(near) if near else "it has none"
        )

    def keep_structure(self, joins: tuple[Join, ...], network: Part) -> None:
        """Keep what was derived of these very steps, so that it is not derived again."""
        object.__setattr__(self, "_structure", (joins, network))  # what follows from the other fields

    def _derived(self) -> tuple[tuple[Join, ...], Part]:
        if self._structure is None:
            self.keep_structure(*import_module("resnet_viz.steps.structure").derive(self))
        assert self._structure is not None
        return self._structure

    @property
    def input_size(self) -> Shape:
        """Height and width of the input; of one that is no image as many sides as lie behind batch and channels."""
        return self.steps[0].output[2:]

    @property
    def totals(self) -> Totals:
        """Parameters, MACs and activation bytes of the whole network, and the last map before the head."""
        if self._totals is None:
            object.__setattr__(self, "_totals", self._summed())  # a page asks for them three times a change
        assert self._totals is not None
        return self._totals

    def _summed(self) -> Totals:
        body = [step for step in self.steps if step.path != "head"]
        # four axes alone do not make a map: attention's scores have them too, and no place on the image
        maps = [step.output for step in body if len(step.output) == 4 and step.output_stride is not None]
        maps = maps or [step.output for step in body if len(step.output) == len(self.steps[0].output)]
        maps = maps or [self.steps[0].output]
        timed = [step.time_ms for step in self.steps if step.time_ms is not None]
        return Totals(
            sum(step.params for step in self.steps),
            sum(step.macs or 0 for step in self.steps),
            sum(step.output_bytes for step in self.steps if step.kind not in ("input", "identity", "flatten")),
            maps[-1],
            sum(is_conv(step.op) for step in self.steps),
            sum(step.kind == "add" for step in self.steps),
            sum(timed) if timed else None,
            tuple([step.name for step in self.steps if step.macs is None]),
            sum(one.count for one in self.unowned),
        )

    def __repr__(self) -> str:
        return "\n  ".join(self.summary)

    def _repr_html_(self) -> str:
        """What a notebook shows: the picture and the totals. The layer that draws is loaded when it is asked to."""
        return import_module("resnet_viz.picture.figures.still").trace_html(self)

    @property
    def summary(self) -> tuple[str, ...]:
        """What this is and its totals, in a few lines."""
        totals = self.totals
        shape = self.steps[0].output
        size = f"{shape[2]}×{shape[3]} px, batch {self.batch}" if len(shape) == 4 else "×".join(map(str, shape))
        last = totals.final_map
        end = f", the last map {'×'.join(map(str, last[1:]))} (C×H×W)" if len(last) == 4 else ""
        way = {"formulas": "formulas", "onnx": "an ONNX file"}.get(self.engine, f"hooks on {self.device}")
        time = "" if totals.time_ms is None else f", {totals.time_ms:,.2f} ms"
        return (
            f"Trace of {len(self.steps):,} steps at {size}, {self.dtype}, by {way}",
            f"of {self.title or 'a module'}, somebody else's" if self.spec is None else f"{self.spec!r}",
            f"{totals.params:,} parameters, {totals.macs:,} MACs, {totals.activation_bytes:,} bytes of activations{time}",
            f"{plural(totals.convs, 'conv')}, {plural(totals.adds, 'addition')}{end}",
            *self.coverage,
        )

    @property
    def coverage(self) -> tuple[str, ...]:
        """What the totals leave out, a sentence each; nothing of our own networks, whose every number is known."""
        totals, told = self.totals, list[str]()
        left = totals.uncounted
        if left:
            are = f"{plural(len(left), 'operation')} that {'is' if len(left) == 1 else 'are'} not counted"
            told.append(f"{short(totals.macs)} MACs, without {are}: {some(left)}")
        if self.unowned:
            names = [one.name for one in self.unowned]
            if len(names) <= MOST_NAMED:
                names = [f"{one.name} ({one.reason})" if one.reason else one.name for one in self.unowned]
            whole = totals.params + totals.unowned_params
            belong = "belongs" if len(names) == 1 else "belong"
            told.append(
                f"{share(totals.params, whole)} parameters are in the steps shown; {some(names)} {belong} to none"
            )
        return tuple(told)

    def step(self, name: str) -> Step:
        """The step of that name. Raises :class:`InputError` that offers the nearest names."""
        check_text("name", name, "conv1")
        for step in self.steps:
            if step.name == name:
                return step
        from difflib import get_close_matches

        names = [step.name for step in self.steps]
        near = get_close_matches(name, names, 3, 0.5) or names[1:4]
        raise InputError("step", name, "is not in this network", "try " + ", ".join(near))

    def confirm(self, other: Trace) -> list[str]:
        """Differences between two traces, in words, one a line; an empty list means they agree step by step."""
        check_kind("other", other, Trace, "a Trace", "make one with resnet_viz.forecast or resnet_viz.trace")
        found: list[str] = []
        if len(self.steps) != len(other.steps):
            found.append(f"steps: {len(self.steps)} by {self.engine}, {len(other.steps)} by {other.engine}")
        for mine, theirs in zip(self.steps, other.steps, strict=False):
            if mine[:14] == theirs[:14]:  # all but the time
                continue
            for number in Step._fields[:14]:
                left, right = getattr(mine, number), getattr(theirs, number)
                if left != right:
                    found.append(f"{mine.name}: {number} is {left} by {self.engine}, {right} by {other.engine}")
        return found

    def rows(self) -> list[dict[str, Any]]:
        """The shape table: one dict a step, keys :data:`~resnet_viz.steps.COLUMNS`; what does not apply is ``""``, what is unknown None."""
        return table.rows(self.steps)

    def to_csv(self) -> str:
        """The shape table as CSV with a header, one row a step in execution order, row 0 the input; what is unknown is empty."""
        return table.to_csv(self.steps)

    def to_json(self) -> str:
        """The whole trace as JSON, for another process or to keep; :meth:`from_json` reads it back to an equal trace."""
        return import_module("resnet_viz.steps.json").to_json(self)

    @staticmethod
    def from_json(text: str) -> Trace:
        """Read a trace from untrusted JSON, bounded and checked. Raises :class:`InputError` for anything else.

        >>> from resnet_viz import forecast
        >>> Trace.from_json(forecast("resnet18").to_json()) == forecast("resnet18")
        True
        """
        return import_module("resnet_viz.steps.json").from_json(check_text("text", text, "what Trace.to_json wrote"))

    def to_dataframe(self) -> pandas.DataFrame:
        """The shape table as a pandas DataFrame; missing numbers are NA."""
        return table.to_dataframe(self.steps)
