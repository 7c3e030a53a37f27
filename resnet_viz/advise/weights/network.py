"""A residual network that was found, as a spec, and its tensors under our names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...errors import SpecError
from ...spec import MAX_STAGES, ResNetSpec, Stem
from ...spec.catalogue import CATALOGUE, Variant
from ...steps import Shape
from .blocks import BlockFound
from .finding import Chain
from .tree import Node, Tensor


@dataclass(frozen=True, slots=True)
class Reading:
    """What a chain of blocks is: its spec, or why there is none; and whether its names tell of a pool in the shortcut."""

    spec: ResNetSpec | None
    problems: tuple[str, ...]
    pooled: bool | None


def read(chain: Chain) -> Reading:
    """The spec of a chain, as far as the spec can say it; ``problems`` name what it cannot."""
    first = chain.blocks[0]
    problems: list[str] = []
    volumes = len(first.kernel)
    if volumes != 2:
        kind = {1: "a 1-D network", 3: "a 3-D network"}.get(volumes, f"a {volumes}-D network")
        kernel = "×".join(map(str, chain.stem[0].kernel))
        problems.append(f"it is {kind}: its first kernel is {kernel}, and networks here are 2-D")
    elif first.kernel != (3, 3):
        problems.append(f"its blocks have kernels of {'×'.join(map(str, first.kernel))}, and those here 3×3")
    if any("mask" in conv.shapes for block in chain.blocks for conv in block.main):
        problems.append("its weights are pruned, each beside a mask: make them one with torch.nn.utils.prune.remove")
    if not first.norms:
        folded = all("bias" in conv.shapes for conv in first.main)
        problems.append(
            "its blocks have no norms"
            + ": they are folded into the convs, as for use after training, or have no numbers of their own, as instance norms"
            * folded
        )
    if chain.unexplained:
        names = [".".join(node.path) for node in chain.unexplained]
        problems.append(f"its blocks hold more than blocks here do: {', '.join(names[:3])}{', …' if names[3:] else ''}")
    made, why = _spec(chain)
    if why:
        problems.append(why)
    return Reading(made, tuple(problems), _pooled(chain))


def _spec(chain: Chain) -> tuple[ResNetSpec | None, str]:
    first = chain.blocks[0]
    if len(chain.stages) > MAX_STAGES:
        return None, f"it has {len(chain.stages)} stages, and networks here at most {MAX_STAGES}"
    uneven = [stage for stage in chain.stages if len({(block.mid, block.out) for block in stage}) > 1]
    if uneven:
        return None, "blocks of one stage differ in width"
    fields: dict[str, object] = {"block": "bottleneck" if first.bottleneck else "basic"}
    fields["blocks"] = tuple(len(stage) for stage in chain.stages)
    if first.bottleneck:
        if any(stage[0].out % 4 for stage in chain.stages):
            return None, "its blocks do not end in four times a width"
        widths = tuple(stage[0].out // 4 for stage in chain.stages)
        each = _per_group(tuple(stage[0].mid for stage in chain.stages), widths, first.groups)
        if each is None:
            return None, "the width of its 3×3 is no fixed share of its stage's"
        fields |= {"widths": widths, "groups": first.groups, "width_per_group": each}
    else:
        fields["widths"] = tuple(stage[0].out for stage in chain.stages)
    shortcut = _shortcut(chain)
    if shortcut is None:
        return None, "its projections stand where no shortcut option has them"
    stem = chain.stem
    pool = bool(stem[1:]) and stem[-1].weight[0] == stem[-1].weight[1] and _is_pool_conv(chain)
    convs = stem[:-1] if pool else stem
    kernel = convs[0].kernel[-1]
    small = kernel < 7 and not convs[1:]
    try:
        fields["stem"] = Stem(tuple(c.out for c in convs), kernel, 1 if small else 2, "conv" if pool else "none" if small else "max")  # fmt: skip
        gate = first.gate_kind
        ratio = _ratio(chain) if gate == "se" else 1 / 16
        if ratio is None:
            return None, "the hidden width of its gates is no fixed share of a block's"
        head = chain.plain_head
        fields |= {
            "preact": chain.preact, "shortcut": shortcut, "shortcut_pool": bool(_pooled(chain)) and shortcut != "A", "attention": gate,
            "se_ratio": ratio, "norm": _norm(chain), "in_channels": convs[0].weight[1], "num_classes": head.out if head else 1000,
        }  # fmt: skip
        return ResNetSpec(**fields), ""  # type: ignore[arg-type]
    except SpecError as error:
        return None, str(error)


def _per_group(mids: tuple[int, ...], widths: tuple[int, ...], groups: int) -> int | None:
    """The ``width_per_group`` that gives these widths of the 3×3: ``int(width * width_per_group / 64) * groups``."""
    least = -(-64 * (mids[0] // groups) // widths[0])
    for each in range(least, least + -(-64 // widths[0]) + 1):
        if all(int(width * each / 64) * groups == mid for width, mid in zip(widths, mids, strict=True)):
            return each
    return None


def _shortcut(chain: Chain) -> str | None:
    """Option A, B or C, by where the projections stand."""
    changes = {id(block) for block in chain.blocks if block.into != block.out}
    changes |= {id(stage[0]) for stage in chain.stages[1:]}
    has = {id(block) for block in chain.blocks if block.shortcut is not None}
    everything = {id(block) for block in chain.blocks}
    return "B" if has == changes else "A" if not has else "C" if has == everything else None


def _is_pool_conv(chain: Chain) -> bool:
    """Whether the stem's last conv stands where networks here have the max pool (ResNet-RS)."""
    last = chain.stem[-1]
    if last.kernel != (3, 3):
        return False
    if chain.stem[0].kernel != last.kernel or "pool" in ".".join(last.path).lower():
        return True
    # four 3x3 convs, the last as wide as the one before: a deep stem has three
    return len(chain.stem) == 4


def _ratio(chain: Chain) -> float | None:
    """The ``se_ratio`` that gives each gate its hidden width."""
    wanted = [(stage[0].out, stage[0].gate[0].out) for stage in chain.stages]
    plain = ResNetSpec()
    out, hidden = wanted[-1]
    for ratio in (1 / 16, 0.25, 1 / 8, 0.5, 1 / 32, 1 / 4, 1.0, hidden / out):
        spec = ResNetSpec(se_ratio=ratio)
        if all(spec.se_channels(o) == h for o, h in wanted):
            return plain.se_ratio if ratio == plain.se_ratio else ratio
    return None


def _norm(chain: Chain) -> str:
    """A norm without running statistics is a group norm, or a batch norm that was folded to a scale and a shift."""
    norms = [norm for block in chain.blocks for norm in block.norms]
    if any("running_mean" in norm.shapes for norm in norms) or not norms:
        return "batch"
    frozen = chain.scheme is not None and dict(chain.scheme.computes).get("stride_in") == "1x1"
    return "batch" if frozen or any(norm.width % 32 for norm in norms) else "group"


def _pooled(chain: Chain) -> bool | None:
    """Whether a pool stands before the shortcut's conv: its place in a Sequential tells, other names do not."""
    said = dict(chain.scheme.computes).get("shortcut_pool") if chain.scheme else None
    if said is not None:
        return bool(said)
    places = {
        block.shortcut.name
        for block in chain.blocks
        if block.shortcut is not None and block.shortcut.parent is not block.node
    }
    if places and all(place.isdigit() for place in places):
        return places == {"1"} or places == {"0", "1"}
    deep = len(chain.stem) > 1 and chain.scheme is not None and chain.scheme.title == "timm's ResNetV2"
    return True if deep else None


def seen(spec: ResNetSpec) -> tuple[object, ...]:
    """What names and shapes show of a spec: networks with the same are stored alike, whatever they compute."""
    hidden: object = 0
    if spec.attention == "se":
        hidden = tuple(spec.se_channels(out) for out in spec.out_channels)
    mids = tuple(spec.mid_channels(width) for width in spec.widths) if spec.kind.grouped else ()
    stem = spec.stem
    # a conv that pools is stored like one more conv of the stem
    channels = (*stem.channels, *stem.channels[-1:]) if stem.pool == "conv" else stem.channels
    kernel = (stem.kernel, stem.pool == "conv" and stem.kernel != 3)
    shortcut = "A" if spec.shortcut == "A" else spec.shortcut
    return (
        spec.block, spec.blocks, spec.out_channels, mids, spec.groups, spec.preact, channels, kernel, shortcut,
        spec.attention, hidden, spec.norm,
    )  # fmt: skip


def known_as(chain: Chain, reading: Reading) -> tuple[Variant, ...]:
    """The catalogue's networks that are stored like this one; those first that its code is known to have."""
    spec = reading.spec
    if spec is None:
        return ()
    found = [known for known in CATALOGUE if seen(known.spec) == seen(spec)]
    if reading.pooled is not None:
        found = [known for known in found if known.spec.shortcut_pool == reading.pooled or spec.shortcut == "A"]
    hints = chain.scheme.computes if chain.scheme else ()
    return tuple(sorted(found, key=lambda known: -sum(getattr(known.spec, f) == v for f, v in hints)))


def named(chain: Chain, spec: ResNetSpec) -> Iterator[tuple[str, Tensor, Shape]]:
    """Every tensor that is explained under the name that ``spec`` gives it, with its shape as ours."""
    pool = spec.stem.pool == "conv"
    convs = len(chain.stem) - pool
    for place, (conv, norm) in enumerate(zip(chain.stem, chain.stem_norms, strict=True)):
        if place == convs:
            names = "maxpool.0", "maxpool.1"
        elif convs == 1:
            names = "conv1", "bn1"
        else:
            names = f"conv1.{3 * place}", ("bn1" if place == convs - 1 else f"conv1.{3 * place + 1}")
        yield from _params(conv, names[0])
        yield from _params(norm, names[1])
    for number, stage in enumerate(chain.stages, 1):
        for place, block in enumerate(stage):
            yield from _block(block, f"layer{number}.{place}", spec)
    yield from _params(chain.last_norm, "last_norm")
    head = chain.plain_head
    if head is not None:
        for name, tensor, shape in _params(head, "fc"):
            yield name, tensor, shape[:2]  # a 1x1 conv as the last layer holds the same numbers


def _block(block: BlockFound, at: str, spec: ResNetSpec) -> Iterator[tuple[str, Tensor, Shape]]:
    for place, conv in enumerate(block.main, 1):
        norm = block.norms[place - 1] if block.norms else None
        pair = (conv, f"{at}.conv{place}"), (norm, f"{at}.bn{place}")
        for module, name in reversed(pair) if spec.preact else pair:
            yield from _params(module, name)
    start = 1 if spec.shortcut_pool else 0
    yield from _params(block.shortcut, f"{at}.downsample.{start}")
    yield from _params(block.shortcut_norm, f"{at}.downsample.{start + 1}")
    if len(block.gate) == 1:
        for name, tensor, shape in _params(block.gate[0], f"{at}.se.conv"):
            yield name, tensor, shape
    elif block.gate:
        for layer, name in zip(block.gate, ("fc1", "fc2"), strict=True):
            for key, tensor, shape in _params(layer, f"{at}.se.{name}"):
                yield key, tensor, (*shape, 1, 1) if len(shape) == 2 else shape


def _params(module: Node | None, name: str) -> Iterator[tuple[str, Tensor, Shape]]:
    if module is not None:
        for role, tensor in module.params.items():
            yield f"{name}.{role}", tensor, module.shapes[role]
