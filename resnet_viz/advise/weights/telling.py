"""What a file of weights is, in words: the sentence, what does not fit, and the lines of Python that load it."""

from __future__ import annotations

import re

from ...spec import ResNetSpec, replace
from ...spec.catalogue import CATALOGUE, nearest
from ...spec.settings import describe, settings
from ...steps import Shape
from ...wording import plural, some
from .fitting import HEAD, Fit, expected_shapes
from .network import seen
from .reading import Network, Weights
from .strangers import stranger

_KNOWN = {known.name: known for known in CATALOGUE}
# A network that the catalogue has not is called a changed one of it where one of these alone differs.
_FEWEST_PROJECTED = 64  # numbers that a projection of contrastive learning ends in; its first layer does not narrow
SMALL_CHANGES = {"shortcut", "stem", "attention", "se_ratio", "norm", "shortcut_pool"}


def verdict(weights: Weights, fits: tuple[Fit, ...]) -> str:
    """The best fits in a few sentences: what the file is, or what it is nearest to, where that lies, and what else does."""
    weights, best = weights.searched(), fits[0]
    networks = weights.networks
    known = networks and (best.identified or best.only_biased or best.open_end)
    names = (*weights.shapes, *weights.names.values(), *best.unexpected)
    other = "" if known else stranger(names)
    if other and not networks:
        return f"No network of the catalogue is near: this is {other}."
    if not networks:
        if not any(len(shape) > 2 for shape in weights.shapes.values()):
            return f"No network of the catalogue is near: {_without_convs(weights)}."
        if best.share < 0.5:
            volume = next((shape for shape in weights.shapes.values() if len(shape) == 5), None)
            nature = f"This is a 3-D network, with kernels as {shape_words(volume[2:])}. " if volume else ""
            return nature + (
                f"No network of the catalogue is near: the nearest, {_called(best)}, shares {len(best.matching)} of "
                f"{len(weights.shapes)} names and shapes."
            )
        return _nearest(best)
    if networks[0].problems:
        return _problem(best, networks[0]) + (f" By its names it is {other}." if other else "")
    if not (best.identified or best.only_biased or best.open_end):
        return _nearest(best) + _placed(weights)
    said = f"This is {_called(best)}{_head(best)}."
    if not best.name and best.headless and (longer := begun(best.spec)):
        said += f" These are the first {plural(len(best.spec.blocks), 'stage')} of {', '.join(longer)}."
    if best.biased:
        said = (
            said[:-1]
            + f", but {plural(len(best.biased), 'conv')} of it {'has a bias' if len(best.biased) == 1 else 'have biases'}, which networks here have not."
        )
    if best.open_end:
        said = (
            said[:-1]
            + ", but no norm stands behind its last block, as networks here have it: it does not load as one of these."
        )
    if best.bare_gates:
        said += " Its gates have no biases."
    if best.frozen:
        said += " Its norms' running statistics are folded into a scale and a shift."
    said += _placed(weights)
    others = [fit.name for fit in fits[1:]]
    if others:
        said += f" Names and shapes cannot tell it from {', '.join(others)}: these differ in what they compute, not in what they store."
    return said


def _without_convs(weights: Weights) -> str:
    layers = [f"{name} ({shape_words(shape)})" for name, shape in weights.shapes.items() if len(shape) == 2]
    what = (
        f"a linear layer, {layers[0]}" if len(layers) == 1 else f"{len(layers)} linear layers" if layers else "numbers"
    )
    return f"the file holds {plural(len(weights.shapes), 'tensor')} and no conv, {what}"


def _called(fit: Fit) -> str:
    """``a resnet50 with 10 classes and 1 input channel``"""
    known = _KNOWN.get(fit.name)
    name = _a(fit.name) if known else spec_words(fit.spec)
    return name + _data(fit, (known or nearest(fit.spec)).spec)


def _a(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _data(fit: Fit, published: ResNetSpec) -> str:
    data: list[str] = []
    if fit.spec.num_classes != published.num_classes and not fit.headless:
        data.append(plural(fit.spec.num_classes, "class", "classes"))
    if fit.spec.in_channels != published.in_channels:
        data.append(plural(fit.spec.in_channels, "input channel"))
    return " with " + " and ".join(data) if data else ""


def _head(fit: Fit) -> str:
    if not fit.headless:
        return ""
    layers = [[shape for _, shape in head if len(shape) > 1] for head in fit.heads]
    if not layers:
        return " without its classifier"
    ends = [plural(shapes[-1][0], "class", "classes") for shapes in layers]
    if len(ends) > 1:
        return f" with {len(ends)} other heads, of {' and '.join(ends)}"
    shapes, last = layers[0], layers[0][-1][0]
    projected = shapes[0][0] >= shapes[0][1] == fit.spec.out_channels[-1] and last >= _FEWEST_PROJECTED
    if len(shapes) > 1 and (
        2 * last >= fit.spec.out_channels[-1] or projected
    ):  # as wide as what it reads: these are no classes
        return f" without its classifier: in its place stand {len(shapes)} layers that give {last:,} numbers"
    how = plural(len(shapes), "layer") if len(shapes) > 1 else "a layer without a bias"
    return f" with another head of {ends[0]}, {how}"


def _placed(weights: Weights) -> str:
    """Where in the file, how often, and beside what."""
    networks, said = weights.networks, ""
    if networks[1:]:
        places = "; ".join(f"{network_name(network)}{_space(network.place)}" for network in networks)
        said += f" The file holds {len(networks)} networks: {places}."
    elif networks[0].place:
        said += f" It lies {networks[0].place}."
    if weights.besides:
        said += f" Beside it {'lies' if len(weights.besides) == 1 else 'lie'} {some(weights.besides, 4)}."
    return said


def _space(place: str) -> str:
    return f" {place}" if place else ""


def network_name(network: Network) -> str:
    """The catalogue's name, or what kind of network it is."""
    if network.known:
        return _a(network.known[0])
    return spec_words(network.spec) if network.spec else "a network that no spec here says"


def _nearest(best: Fit) -> str:
    what = _called(best)
    return (
        f"Nearest is {what}: {plural(len(best.matching), 'weight')} match{'es' * (len(best.matching) == 1)}, "
        f"{len(best.missing)} missing, {len(best.different)} with another shape, {len(best.unexpected)} not its own."
    )


def _problem(best: Fit, network: Network) -> str:
    nature = next((p for p in network.problems if p.startswith("it is a ")), "")
    name = network_name(network)
    if nature:
        head = f"This is {nature.removeprefix('it is ')}; its blocks are those of {name}."
        rest = [problem for problem in network.problems if problem != nature]
    else:
        like = f"in stem, blocks and widths it is like {name}, but " if network.spec else ""
        head = f"No network of the catalogue: {like}{network.problems[0]}."
        rest = list(network.problems[1:])
    more = f" And {'; '.join(rest)}." if rest else ""
    place = f" It lies {network.place}." if network.place else ""
    return head + more + place


def spec_words(spec: ResNetSpec) -> str:
    """A network that the catalogue has not: as a changed one of it where little differs, else what it is made of.

    >>> spec_words(ResNetSpec(blocks=(3, 4, 7, 3)))
    'a bottleneck ResNet with 3, 4, 7, 3 blocks: 53 layers'
    """
    known = nearest(spec)
    plain = replace(spec, in_channels=known.spec.in_channels, num_classes=known.spec.num_classes)
    changed = settings(plain, known.spec).keys() - {"zero_init"}
    if len({name.split(".")[0] for name in changed}) == 1 and {name.split(".")[0] for name in changed} <= SMALL_CHANGES:
        if "shortcut" in changed:
            return f"{_a(known.name)} with option {spec.shortcut}"
        return f"{_a(known.name)} with " + "; ".join(describe(plain, replace(known.spec, zero_init=plain.zero_init)))
    return _made_of(spec)


def _made_of(spec: ResNetSpec) -> str:
    plain = ResNetSpec()
    layers = sum(spec.blocks) * (3 if spec.kind.grouped else 2) + 2
    blocks = f"{plural(spec.blocks[0], 'block')} a stage" if len(set(spec.blocks)) == 1 else f"{', '.join(map(str, spec.blocks))} blocks"  # fmt: skip
    told = [f"a {'pre-activation ' * spec.preact}{spec.block} ResNet with {blocks}"]
    doubling = tuple(spec.widths[0] * 2**place for place in range(len(spec.widths)))
    if spec.widths != doubling or spec.widths[0] not in (16, 64) or (spec.widths[0] == 16) != (len(spec.widths) == 3):
        told.append(f"widths {', '.join(map(str, spec.widths))}")
    if spec.shortcut != "B" or len(spec.widths) == 3:
        told.append(f"option {spec.shortcut}")
    told += [
        phrase
        for phrase in describe(
            replace(
                plain, groups=spec.groups, width_per_group=spec.width_per_group, attention=spec.attention,
                se_ratio=spec.se_ratio, norm=spec.norm,
            ) if spec.kind.grouped else replace(plain, attention=spec.attention, se_ratio=spec.se_ratio, norm=spec.norm),
            plain,
        )
    ]  # fmt: skip
    if spec.stem != plain.stem and not (spec.stem.kernel == 3 and len(spec.stem.channels) == 1):
        convs = f"{len(spec.stem.channels)} {spec.stem.kernel}×{spec.stem.kernel} convs"
        single = f"one {spec.stem.kernel}×{spec.stem.kernel} conv of {spec.stem.channels[0]} channels"
        told.append(f"a stem of {convs if spec.stem.channels[1:] else single}")
    return ", ".join(told) + f": {layers} layers"


def begun(spec: ResNetSpec) -> tuple[str, ...]:
    """The catalogue's networks that begin with these stages, as a backbone that was cut off does."""
    stages = len(spec.blocks)
    longer = [
        known for known in CATALOGUE if len(known.spec.blocks) > stages and known.spec.blocks[:stages] == spec.blocks
    ]
    cut = [(known.name, replace(known.spec, blocks=known.spec.blocks[:stages], widths=known.spec.widths[:stages], dilated_stages=0)) for known in longer]  # fmt: skip
    return tuple(name for name, begin in cut if seen(begin) == seen(spec))


def report(fit: Fit, most: int = 12) -> list[str]:
    """What does not fit, a line each, at most ``most`` of a sort; the last line counts what does."""
    lines = list(fit.problems)
    missing = (*fit.lacking, *(key for key in HEAD if fit.headless))
    if fit.frozen:
        lines.append("missing: the running statistics of all norms")
    if fit.bare_gates:
        lines.append("missing: the biases of all gates")
    sorts = (
        ("missing", [f"{key}: the network has {shape_words(expected_shapes(fit.spec)[key])}" for key in missing]),
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


OPENED = {
    "torch": ("import torch", 'torch.load({file}, map_location="cpu", weights_only=True)'),
    "safetensors": ("from safetensors.torch import load_file", "load_file({file})"),
    "settings": ("import torch\nfrom resnet_viz.advise.weights import harmless\ntorch.serialization.add_safe_globals(harmless())", 'torch.load({file}, map_location="cpu", weights_only=True)'),
    "shards": ("import json, pathlib\nfrom safetensors.torch import load_file", '{{k: v for part in sorted(set(json.loads(pathlib.Path({file}).read_text())["weight_map"].values())) for k, v in load_file(pathlib.Path({file}).parent / part).items()}}'),
    "torch shards": ("import json, pathlib, torch", '{{k: v for part in sorted(set(json.loads(pathlib.Path({file}).read_text())["weight_map"].values())) for k, v in torch.load(pathlib.Path({file}).parent / part, map_location="cpu", weights_only=True).items()}}'),
    "script": ("import torch", 'torch.jit.load({file}, map_location="cpu").state_dict()'),
    "numpy": ("import numpy, torch", "numpy.load({file})"),
    "pickle": ("import pathlib, pickle, torch", 'pickle.loads(pathlib.Path({file}).read_bytes(), encoding="latin1")  # runs code that is in the file: only if you trust it'),
}  # fmt: skip


_PLACE = re.compile(r"\[\d{1,4}\]")  # of a list, where a dictionary's key stands elsewhere


def python_lines(weights: Weights, fit: Fit, file: str = "", number: int = 0) -> tuple[str, ...]:
    """The lines of Python that load a file's network into ours; none where it is not identified.

    ``number`` is which of its networks. The names of the file stand in them as text, and nothing of them is code.
    """
    if not weights.networks or not fit.identified:
        return ()
    network = weights.networks[number]
    imports, opened = OPENED[weights.opened]
    path = repr(file or weights.file or "weights.pth")
    held, _, remark = opened.format(file=path).partition("  # ")
    held += "".join(
        key if _PLACE.fullmatch(key) else f"[{key!r}]" for key in network.where if weights.opened != "script"
    )
    held, helper = (f"flat({held})", _FLAT) if network.nested else (held, ())
    lines = [*imports.splitlines(), "import resnet_viz as rv", *helper, f"held = {held}" + (f"  # {remark}" if remark else "")]  # fmt: skip
    lines.append(f"model = {_build(fit)}" + ("; model.fc = torch.nn.Identity()" if fit.headless else ""))
    if fit.headless and not re.search(r"^import .*\btorch$", imports, re.MULTILINE):
        lines.insert(0, "import torch")
    strict = ", strict=False" if fit.frozen or fit.bare_gates else ""
    lines.append(f"model.load_state_dict({_state(weights, network, path, number)}{strict})")
    return tuple(lines)


def _build(fit: Fit) -> str:
    known = _KNOWN.get(fit.name)
    if known is None:  # a spec of its own, or a text that somebody gave it for a name
        return f"rv.build(rv.{fit.spec!r})".replace("stem=Stem(", "stem=rv.Stem(")
    changes = [
        f"{field}={getattr(fit.spec, field)}"
        for field in ("num_classes", "in_channels")
        if getattr(fit.spec, field) != getattr(known.spec, field)
    ]
    return f"rv.build({fit.name + (':' + ','.join(changes) if changes else '')!r})"


def _state(weights: Weights, network: Network, path: str, number: int) -> str:
    """The expression for a state dict under our names, out of ``held``."""
    plain = (
        weights.opened in ("torch", "settings", "safetensors", "shards", "torch shards", "script")
        and not network.turned
    )
    prefix = network.prefix
    fits_shape = _shapes_as_stored(network)
    if plain and fits_shape and all(theirs == prefix + ours for ours, theirs in network.names.items()):
        ends = len(prefix)
        if not (weights.besides or network.heads or prefix or len(weights.networks) > 1):
            return "held"
        take = f"k[{ends}:]" if prefix else "k"
        own = "if " + (f"k.startswith({prefix!r}) and " if prefix else "") + f"{take} in model.state_dict()"
        return f"{{{take}: v for k, v in held.items() {own}}}"
    names = f"rv.read_weights({path}){'.names' if not number else f'.networks[{number}].names'}.items()"
    value = "held[theirs]"
    if weights.opened in ("numpy", "pickle"):
        axes = f"{value}.transpose(3, 2, 0, 1) if {value}.ndim == 4 else {value}.T" if network.turned else value
        value = f"torch.as_tensor({axes})"
    elif network.turned:
        value = f"({value}.permute(3, 2, 0, 1) if {value}.ndim == 4 else {value}.T)"
    shaped = f"{value}.reshape(model.state_dict()[ours].shape)"
    return f"{{ours: {shaped} for ours, theirs in {names} if ours in model.state_dict()}}"


def _shapes_as_stored(network: Network) -> bool:
    """Whether no gate's layer and no 1×1 conv at the end has to be put in another shape."""
    return not network.scheme.startswith(("the SE-ResNet codes", "Google", "timm's ResNetV2"))


_FLAT = (
    "def flat(inside, before=''):",
    "    return {k: v for key, value in inside.items() for k, v in (flat(value, f'{before}{key}.') if isinstance(value, dict) else {before + key: value}).items()}",
)


def known_words(fit: Fit) -> str:
    """What the catalogue says of the network; "" where it has it not."""
    known = _KNOWN.get(fit.name)
    return f"{known.description}. {known.family.idea}" if known else ""
