"""What a diagnosis says: a finding with its evidence, and remedies that can be applied and looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from dataclasses import replace as copy
from html import escape
from typing import Literal

from ...engines.formulas import forecast
from ...errors import InputError, ResNetVizError
from ...spec import ResNetSpec
from ...spec.settings import apply
from ...steps import Pair, Trace
from ...wording import plural

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")  # the worst first
Mode = Literal["train", "eval"]
MODES: tuple[Mode, ...] = ("train", "eval")


@dataclass(frozen=True, slots=True)
class Case:
    """A network at an input, and what it is wanted for; ``trace`` is None where it cannot run at this input.

    ``spec`` is None for somebody else's network, of which only the trace is known: nothing can be changed and tried.
    """

    spec: ResNetSpec | None
    size: Pair
    batch: int = 1
    mode: Mode = "train"
    data: str = ""  # a data set of DATA, where one is meant
    memory: int = 0  # bytes of a GPU, where one is meant
    optimizer: str = "sgd"
    trace: Trace | None = None
    refused: str = ""  # why it cannot run
    asked: bool = True  # for just so many images; False where nobody said how many

    @staticmethod
    def of(
        spec: ResNetSpec,
        size: int | Pair = 224,
        batch: int = 1,
        forecasting: Callable[[ResNetSpec, Pair, int], Trace] = forecast,
        **more: object,
    ) -> Case:
        """The case with its forecast, from ``forecasting`` if that has it ready. Raises :class:`InputError` for a size or batch that is none."""
        pair = (size, size) if isinstance(size, int) else size
        try:
            trace, refused = forecasting(spec, pair, batch), ""
        except InputError as error:
            if "cannot run" not in error.rule:
                raise
            trace, refused = None, error.rule
        return Case(spec, pair, batch, trace=trace, refused=refused, **more)  # type: ignore[arg-type]

    @staticmethod
    def of_trace(trace: Trace, **more: object) -> Case:
        """The case of a trace as it is, anybody's. Raises :class:`InputError` for one that does not read images."""
        shape = trace.steps[0].output
        if len(shape) != 4:
            read = "×".join(map(str, shape))
            raise InputError(
                "network",
                read,
                "reads no image (N, C, H, W), which is what findings are about",
                "trace it with an image",
            )
        return Case(trace.spec, (shape[2], shape[3]), trace.batch, trace=trace, **more)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change that can be applied: settings as ``apply`` takes them, another input size, batch or mode."""

    title: str
    changes: Mapping[str, str] = field(default_factory=dict[str, str])
    size: Pair | None = None
    batch: int | None = None
    mode: Mode | None = None

    @property
    def only_size(self) -> bool:
        """Whether the input's size is all that it changes."""
        return self.size is not None and not self.changes

    def apply(self, case: Case) -> Case:
        """The case after the change. Raises a ``ResNetVizError`` where it cannot be made."""
        assert case.spec is not None  # works() lets no other case come here
        spec = apply(case.spec, self.changes) if self.changes else case.spec
        made = Case.of(spec, self.size or case.size, self.batch or case.batch)
        return copy(case, spec=spec, size=made.size, batch=made.batch, mode=self.mode or case.mode, trace=made.trace, refused=made.refused)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is worth knowing about a network at an input. ``steps`` are the names of the steps it is about.

    >>> from resnet_viz import diagnose
    >>> first = diagnose("resnet18@32", batch=8)[0]
    >>> first.severity, first.title, first.steps
    ('warning', 'The map is 1×1 from layer4.0.conv1 on', ('layer4.0.conv1',))
    """

    code: str
    severity: Severity
    title: str
    evidence: str
    explanation: str
    source: str = ""
    steps: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()

    def __repr__(self) -> str:
        mends = "".join(f"\n  remedy: {remedy.title}" for remedy in self.remedies)
        return f"{self.severity}: {self.title}\n  {self.evidence}{mends}"


class Findings(tuple[Finding, ...]):
    """What a diagnosis found, the worst first.

    >>> from resnet_viz import diagnose
    >>> diagnose("resnet18:stem=cifar@32", batch=8)
    2 findings
      note: From layer3.0.conv2 on a cell sees more than the image
      note: Published weights of resnet18_cifar fit but for fc
    """

    __slots__ = ()

    def __repr__(self) -> str:
        lines = [f"{finding.severity}: {finding.title}" for finding in self]
        if len(lines) > 9:
            lines = [*lines[:8], f"and {len(lines) - 8} more"]
        return "\n  ".join([plural(len(self), "finding"), *lines])

    def _repr_html_(self) -> str:
        """What a notebook shows: a list, each finding with its evidence and remedies."""
        if not self:
            return "<p>Nothing to say against this network at this input.</p>"
        return f"<ul>{''.join(map(_item, self))}</ul>"


def _item(finding: Finding) -> str:
    mends = "".join(f"<li>{escape(remedy.title)}</li>" for remedy in finding.remedies)
    return (
        f"<li><b>{escape(finding.severity)}: {escape(finding.title)}</b><br>{escape(finding.evidence)}"
        + (f"<br>What helps:<ul>{mends}</ul>" if mends else "")
        + "</li>"
    )


def works(case: Case, remedy: Remedy) -> Case | None:
    """The case after ``remedy``, or None where that cannot be built or cannot run."""
    if case.spec is None:
        return None
    try:
        made = remedy.apply(case)
    except ResNetVizError:
        return None
    return made if made.trace is not None else None


def candidates(case: Case) -> Iterator[Remedy]:
    """Changes that help a network at a small input, the mildest first."""
    spec = case.spec
    if spec is None:
        return
    if spec.stem.stride == 2 or spec.stem.pool != "none":
        yield Remedy("Use a CIFAR stem: one 3×3 of stride 1, no pool", {"stem": "cifar"})
    if spec.stem.pool != "none":
        yield Remedy("Leave out the stem's pool", {"stem.pool": "none"})
    for stages in range(1, len(spec.blocks)):
        if stages > spec.dilated_stages:
            what = "the last stage" if stages == 1 else f"the last {stages} stages"
            yield Remedy(f"Dilate {what} instead of striding", {"dilated_stages": str(stages)})
    if spec.dilated_stages < len(spec.blocks) - 1:
        fewer = {name: ",".join(map(str, getattr(spec, name)[:-1])) for name in ("blocks", "widths")}
        yield Remedy(f"Leave out the last stage, {spec.stage_names[-1]}", fewer)
    for side in larger(case):
        yield Remedy(f"Use an input of {side}×{side}", size=(side, side))


def larger(case: Case) -> Iterator[int]:
    """Sides above the input's that halve exactly all the way, up to 512 px."""
    if case.spec is None:
        return
    step = case.spec.halves_to
    side = max(case.size) // step * step + step
    while side <= max(512, step):
        yield side
        side += step


def some(names: list[str]) -> str:
    """``layer4.0.conv1, layer4.0.conv2 and 3 more``"""
    if len(names) <= 3:
        return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
    return f"{names[0]}, {names[1]} and {len(names) - 2} more"
