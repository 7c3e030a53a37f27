"""Which network do these weights fit?  Names and shapes against those that a spec asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ...checks import check_kind, check_text, check_whole
from ...engines.formulas import forecast
from ...errors import SpecError
from ...spec import ResNetSpec, replace
from ...spec.catalogue import CATALOGUE, entry
from ...spec.configuration import Network as AnyNetwork
from ...spec.configuration import as_configuration
from ...steps import ChannelConv, Conv, Linear, Norm, Shape
from .reading import Network, Weights

HEAD = ("fc.weight", "fc.bias")
_FIRST = ("conv1.weight", "conv1.0.weight", "layer1.0.conv1.weight")  # of these every network here has one or two


@dataclass(frozen=True, slots=True)
class Fit:
    """How a file's weights meet a network's: by name, sorted as the network has them.

    ``name`` is the catalogue's name, "" for another spec. A counter that some files leave out
    (``num_batches_tracked``) is never missing. ``where`` and ``prefix`` tell where in the file the network lies,
    ``heads`` the names and shapes of other heads than its classifier, ``besides`` what else there is, ``problems`` what no
    spec can say.

    >>> check_weights(Weights(expected_shapes(ResNetSpec()), ()), "resnet50").complete
    True
    """

    name: str
    spec: ResNetSpec
    matching: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    different: tuple[tuple[str, Shape, Shape], ...]  # name, the network's shape, the file's
    where: tuple[str, ...] = ()
    prefix: str = ""
    heads: tuple[tuple[tuple[str, Shape], ...], ...] = ()
    besides: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def __repr__(self) -> str:
        counts = (("missing", self.missing), ("unexpected", self.unexpected), ("of another shape", self.different))
        rest = ", ".join(f"{len(names):,} {word}" for word, names in counts)
        return f"Fit of {self.name or repr(self.spec)}: {len(self.matching):,} names match, {rest}"

    @property
    def complete(self) -> bool:
        """Every weight of the network is there in its shape, and nothing else is."""
        return not (self.missing or self.unexpected or self.different or self.problems)

    @property
    def headless(self) -> bool:
        """The classifier is not there, or another stands in its place."""
        return set(HEAD) & set(self.missing) == set(HEAD)

    @property
    def frozen(self) -> bool:
        """All norms are there, and none with running statistics: these were folded into scale and shift."""
        statistics = (".running_mean", ".running_var")
        scales = {f"{key.rpartition('.')[0]}.weight" for key in self.missing if key.endswith(statistics)}
        return self._lacks_all(statistics) and scales <= set(self.matching)

    @property
    def bare_gates(self) -> bool:
        """No layer of the gates has a bias; where it is zero, nothing changes."""
        return self._lacks_all((".se.fc1.bias", ".se.fc2.bias"))

    def _lacks_all(self, ends: tuple[str, ...]) -> bool:
        wanted = {key for key in expected_shapes(self.spec) if key.endswith(ends)}
        return bool(wanted) and wanted <= set(self.missing)

    @property
    def lacking(self) -> tuple[str, ...]:
        """What is missing beside a classifier, running statistics that are folded and biases that gates go without."""
        known = (*HEAD,) if self.headless else ()
        known += (".running_mean", ".running_var") if self.frozen else ()
        known += (".se.fc1.bias", ".se.fc2.bias") if self.bare_gates else ()
        return tuple(key for key in self.missing if not known or not key.endswith(known))

    @property
    def biased(self) -> tuple[str, ...]:
        """Convs that have a bias in the file, and none in the network."""
        convs = {key.removesuffix(".weight") for key, shape in expected_shapes(self.spec).items() if len(shape) == 4}
        return tuple(key for key in self.unexpected if key.endswith(".bias") and key.removesuffix(".bias") in convs)

    @property
    def open_end(self) -> bool:
        """Pre-activation without the norm behind the last block, as kuangliu's code has it; all else is there."""
        heads = {name for head in self.heads for name, _ in head}
        lacks = {key for key in self.missing if not (self.headless and key in HEAD)}
        whole = bool(lacks) and all(key.startswith("last_norm.") for key in lacks)
        return whole and not (set(self.unexpected) - heads or self.different or self.problems)

    @property
    def only_biased(self) -> bool:
        """Nothing but the biases of its convs keeps it from being this network."""
        heads = {name for head in self.heads for name, _ in head}
        rest = set(self.unexpected) - heads - set(self.biased)
        return bool(self.biased) and not (self.lacking or rest or self.different or self.problems)

    @property
    def identified(self) -> bool:
        """All that makes it this network is there, and nothing in it is unexplained; its classifier may be another."""
        heads = {name for head in self.heads for name, _ in head}
        return not (self.lacking or set(self.unexpected) - heads or self.different or self.problems)

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


def check_weights(weights: Weights, network: AnyNetwork, name: str = "") -> Fit:
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
    weights = weights.searched()
    return _fit(weights, network, name, weights.networks[0] if weights.networks else None)


def _check_weights(weights: object) -> None:
    check_kind("weights", weights, Weights, "weights of a file", "read them with read_weights('model.pth')")


def _fit(weights: Weights, spec: ResNetSpec, name: str, found: Network | None) -> Fit:
    wanted = expected_shapes(spec)
    have = dict(found.shapes) if found else dict(weights.shapes)
    if found and not found.pool_told:
        have = _as_pooled(have, wanted)
    matching = tuple(key for key in wanted if have.get(key) == wanted[key])
    different = tuple((key, wanted[key], have[key]) for key in wanted if key in have and have[key] != wanted[key])
    missing = tuple(key for key in wanted if key not in have and not key.endswith(".num_batches_tracked"))
    unexpected = tuple(key for key in have if key not in wanted)
    if found is None:
        return Fit(name, spec, matching, missing, unexpected, different)
    unexpected += (*(key for head in found.heads for key, _ in head), *found.unexplained)
    told = (found.where, found.prefix, found.heads, weights.besides, found.problems)
    return Fit(name, spec, matching, missing, unexpected, different, *told)


def _as_pooled(have: dict[str, Shape], wanted: dict[str, Shape]) -> dict[str, Shape]:
    """``have`` with its projections behind a pool, or not, as ``wanted`` has them; where the file's names do not tell."""

    def behind(shapes: dict[str, Shape]) -> bool:
        return any(key.endswith(".downsample.1.weight") and len(shape) > 1 for key, shape in shapes.items())

    step = behind(wanted) - behind(have)
    if not step:
        return have
    return {
        re.sub(r"\.downsample\.(\d)\.", lambda m: f".downsample.{int(m[1]) + step}.", k): v for k, v in have.items()
    }


def adapted(weights: Weights, spec: ResNetSpec) -> ResNetSpec:
    """``spec`` with as many classes and input channels as the file's first and last weights have."""
    have = weights.searched().shapes
    changes: dict[str, int] = {}
    last = have.get("fc.weight", ())
    first = have.get("conv1.weight", have.get("conv1.0.weight", ()))
    if len(last) == 2:
        changes["num_classes"] = last[0]
    if len(first) == 4:
        changes["in_channels"] = first[1]
    try:
        return replace(spec, **changes)
    except SpecError:
        return spec


def best_fits(weights: Weights, most: int = 5) -> tuple[Fit, ...]:
    """The networks that ``weights`` fit best, with the file's own classes and input channels.

    Where a residual network lies in the file, it is told by its shapes: all the catalogue's networks that are stored
    just so, in teaching order, since names and shapes cannot tell them apart; one that the catalogue has not is given
    as its spec, without a name. Else the catalogue's networks that share most names come, at most ``most`` of them.

    >>> from resnet_viz.advise.weights import Weights
    >>> from resnet_viz import variant
    >>> best_fits(Weights(expected_shapes(variant("resnet34")), ()))[0].name
    'resnet34'
    """
    _check_weights(weights)
    check_whole("most", most, 1, len(CATALOGUE))
    weights = weights.searched()
    found = weights.networks[0] if weights.networks else None
    if found and found.known:
        return tuple(_fit(weights, adapted(weights, entry(name).spec), name, found) for name in found.known)
    if found and found.spec:
        return (_fit(weights, found.spec, "", found),)
    ours = any(name in weights.shapes for name in _FIRST)
    near = [known for known in CATALOGUE if _near(weights, known.spec)] or (CATALOGUE if ours else CATALOGUE[:most])
    fits = [_fit(weights, adapted(weights, known.spec), known.name, found) for known in near]
    return tuple(sorted(fits, key=lambda fit: -fit.share)[:most])


def _near(weights: Weights, spec: ResNetSpec) -> bool:
    """Whether the last block's name is the network's: a quick look that leaves few to compare in full."""
    last = f"layer{len(spec.blocks)}.{spec.blocks[-1] - 1}."
    beyond = f"layer{len(spec.blocks)}.{spec.blocks[-1]}."
    names = weights.shapes
    return any(key.startswith(last) for key in names) and not any(key.startswith(beyond) for key in names)
