"""Which network do these weights fit?  Names and shapes against those that a spec asks for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ..catalogue import CATALOGUE, entry
from ..checks import check_kind, check_text, check_whole
from ..configuration import Network, as_configuration
from ..errors import SpecError
from ..forecasting import forecast
from ..spec import ResNetSpec, replace
from ..steps import ChannelConv, Conv, Linear, Norm, Shape
from ..wording import plural
from .reading import Weights


@dataclass(frozen=True, slots=True)
class Fit:
    """How a file's weights meet a network's: by name, sorted as the network has them.

    ``name`` is the catalogue's name, "" for another spec. A counter that some files leave out
    (``num_batches_tracked``) is never missing.

    >>> check_weights(Weights(expected_shapes(ResNetSpec()), ()), "resnet50").complete
    True
    """

    name: str
    spec: ResNetSpec
    matching: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    different: tuple[tuple[str, Shape, Shape], ...]  # name, the network's shape, the file's

    def __repr__(self) -> str:
        counts = (("missing", self.missing), ("unexpected", self.unexpected), ("of another shape", self.different))
        rest = ", ".join(f"{len(names):,} {word}" for word, names in counts)
        return f"Fit of {self.name or repr(self.spec)}: {len(self.matching):,} names match, {rest}"

    @property
    def complete(self) -> bool:
        """Every weight of the network is there in its shape, and nothing else is."""
        return not (self.missing or self.unexpected or self.different)

    @property
    def share(self) -> float:
        """Matching names over all names of either side, from 0 to 1."""
        everything = len(self.matching) + len(self.missing) + len(self.unexpected) + len(self.different)
        return len(self.matching) / max(1, everything)


@lru_cache(maxsize=160)  # a little more than the catalogue has
def expected_shapes(spec: ResNetSpec) -> dict[str, Shape]:
    """The state dict of ``spec``: shape by name, in order, worked out from the forecast's steps without PyTorch."""
    shapes: dict[str, Shape] = {}
    for step in forecast(spec, 2 * spec.halves_to).steps:
        name, op = step.name, step.op
        match op:
            case Conv():
                shapes[f"{name}.weight"] = (step.output[1], step.inputs[0][1] // op.groups, *op.kernel)
            case ChannelConv():
                shapes[f"{name}.weight"] = (1, 1, op.kernel)
            case Linear():
                shapes[f"{name}.weight"] = (step.output[-1], step.inputs[0][-1])
            case Norm():
                shapes[f"{name}.weight"] = (step.output[1],)
                shapes[f"{name}.bias"] = (step.output[1],)
                if op.groups is None:
                    shapes[f"{name}.running_mean"] = shapes[f"{name}.running_var"] = (step.output[1],)
                    shapes[f"{name}.num_batches_tracked"] = ()
            case _:
                continue
        if isinstance(op, Conv | Linear) and op.bias:
            shapes[f"{name}.bias"] = (step.output[1],)
    return shapes


def check_weights(weights: Weights, network: Network, name: str = "") -> Fit:
    """How ``weights`` meet those of ``network``: a spec, a configuration or its text, whose input plays no part.

    ``name`` is what the fit calls the network; by default its name where it came with one. Raises a ``ResNetVizError``.

    >>> from resnet_viz import variant
    >>> weights = Weights(expected_shapes(variant("resnet18")), ())
    >>> fit = check_weights(weights, "resnet34")
    >>> fit.complete, fit.missing[0]
    (False, 'layer1.2.conv1.weight')
    """
    _check_weights(weights)
    check_text("name", name, "resnet18")
    if not isinstance(network, ResNetSpec):
        made = as_configuration(network)
        name, network = name or (made.name if made.spec == entry(made.name).spec else ""), made.spec
    return _fit(weights, network, name)


def _check_weights(weights: object) -> None:
    check_kind("weights", weights, Weights, "weights of a file", "read them with read_weights('model.pth')")


def _fit(weights: Weights, spec: ResNetSpec, name: str) -> Fit:
    wanted, have = expected_shapes(spec), weights.shapes
    matching = tuple(key for key in wanted if have.get(key) == wanted[key])
    different = tuple((key, wanted[key], have[key]) for key in wanted if key in have and have[key] != wanted[key])
    missing = tuple(key for key in wanted if key not in have and not key.endswith(".num_batches_tracked"))
    return Fit(name, spec, matching, missing, tuple(key for key in have if key not in wanted), different)


def adapted(weights: Weights, spec: ResNetSpec) -> ResNetSpec:
    """``spec`` with as many classes and input channels as the file's first and last weights have."""
    changes: dict[str, int] = {}
    last = weights.shapes.get("fc.weight", ())
    first = weights.shapes.get("conv1.weight", weights.shapes.get("conv1.0.weight", ()))
    if len(last) == 2:
        changes["num_classes"] = last[0]
    if len(first) == 4:
        changes["in_channels"] = first[1]
    try:
        return replace(spec, **changes)
    except SpecError:
        return spec


def best_fits(weights: Weights, most: int = 5) -> tuple[Fit, ...]:
    """The catalogue's networks that ``weights`` fit best, with the file's own classes and input channels.

    Networks that fit equally well stand in teaching order; where the first is complete, all that are complete come,
    since names and shapes cannot tell them apart.

    >>> from resnet_viz.checkpoints import Weights
    >>> from resnet_viz import variant
    >>> best_fits(Weights(expected_shapes(variant("resnet34")), ()))[0].name
    'resnet34'
    """
    _check_weights(weights)
    check_whole("most", most, 1, len(CATALOGUE))
    fits = [
        _fit(weights, adapted(weights, known.spec), known.name) for known in CATALOGUE if _near(weights, known.spec)
    ]
    fits = fits or [_fit(weights, adapted(weights, known.spec), known.name) for known in CATALOGUE]
    ranked = sorted(fits, key=lambda fit: -fit.share)
    complete = tuple(fit for fit in ranked if fit.complete)
    return complete or tuple(ranked[:most])


def _near(weights: Weights, spec: ResNetSpec) -> bool:
    """Whether the last block's name is the network's: a quick look that leaves few to compare in full."""
    last = f"layer{len(spec.blocks)}.{spec.blocks[-1] - 1}."
    beyond = f"layer{len(spec.blocks)}.{spec.blocks[-1]}."
    names = weights.shapes
    return any(key.startswith(last) for key in names) and not any(key.startswith(beyond) for key in names)


def verdict(weights: Weights, fits: tuple[Fit, ...]) -> str:
    """The best fits in a sentence or two: what the file is, or what it is nearest to."""
    best = fits[0]
    published = next(known.spec for known in CATALOGUE if known.name == best.name)
    data: list[str] = []
    if best.spec.num_classes != published.num_classes:
        data.append(f"{plural(best.spec.num_classes, 'class', 'classes')}")
    if best.spec.in_channels != published.in_channels:
        data.append(f"{plural(best.spec.in_channels, 'input channel')}")
    what = best.name + (" with " + " and ".join(data) if data else "")
    if best.complete:
        others = ", ".join(fit.name for fit in fits[1:])
        also = (
            f" Names and shapes cannot tell it from {others}: these differ in what they compute, not in what they store."
            if others
            else ""
        )
        return f"This is a {what}.{also}"
    if best.share < 0.5:
        return f"No network of the catalogue is near: the nearest, {what}, shares {len(best.matching)} of {len(weights.shapes)} names and shapes."
    return (
        f"Nearest is a {what}: {plural(len(best.matching), 'weight')} match{'es' * (len(best.matching) == 1)}, {len(best.missing)} missing, "
        f"{len(best.different)} with another shape, {len(best.unexpected)} not its own."
    )


def report(fit: Fit, most: int = 12) -> list[str]:
    """What does not fit, a line each, at most ``most`` of a sort; the last line counts what does."""
    lines: list[str] = []
    sorts = (
        ("missing", [f"{key}: the network has {shape_words(expected_shapes(fit.spec)[key])}" for key in fit.missing]),
        ("another shape", [f"{key}: the network has {shape_words(want)}, the file {shape_words(have)}" for key, want, have in fit.different]),
        ("not in the network", list(fit.unexpected)),
    )  # fmt: skip
    for title, found in sorts:
        lines += [f"{title}: {line}" for line in found[:most]]
        if len(found) > most:
            lines.append(f"{title}: {len(found) - most} more")
    for key, _, have in fit.different:
        if key == "fc.weight":
            lines.append(f"the last layer fits a network with num_classes={have[0]}")
    return [*lines, f"matching: {len(fit.matching)} of {len(fit.matching) + len(fit.missing) + len(fit.different)}"]


def shape_words(shape: Shape) -> str:
    """``64×3×7×7``; a single number is ``one number``."""
    return "×".join(map(str, shape)) or "one number"
