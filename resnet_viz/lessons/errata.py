"""Statements about ResNets that one often reads, each tested on every network of the catalogue, and on one: true for it or
false, because …"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..advise.diagnosis.sizes import HEAD
from ..errors import ResNetVizError
from ..spec import replace
from ..spec.catalogue import CATALOGUE, Family, entry
from ..steps import Conv
from ..wording import MOST_NAMED, plural
from .base import attempt, hw
from .scene import Scene

SIZES = (32, 64, 224, 256)


@dataclass(frozen=True)
class Verdict:
    """Whether a statement holds for a network, and what in its trace says so."""

    true: bool
    because: str


@dataclass(frozen=True)
class Claim:
    """A statement in our words; ``lesson`` is where the tour comes to it."""

    name: str
    text: str
    lesson: str
    check: Callable[[Scene], Verdict]


@dataclass(frozen=True)
class Standing:
    """What becomes of a statement over networks of the catalogue: for how many of its networks it is true, and some for which it
    is and is not, each of another family, the latter with their reason."""

    claim: Claim
    holds: int
    of: int
    for_example: tuple[str, ...]
    but_not: tuple[tuple[str, str], ...]


def standings(names: Iterable[str]) -> tuple[Standing, ...]:
    """Every statement tested on the networks ``names`` of the catalogue, each at its own input."""
    scenes = [Scene.of(name) for name in names]
    made: list[Standing] = []
    for claim in CLAIMS:
        found = [(scene, claim.check(scene)) for scene in scenes]
        held = [scene for scene, verdict in found if verdict.true]
        failed = [(scene, verdict.because) for scene, verdict in found if not verdict.true]
        some = tuple(scene.title for scene in _one_of_each_family(held))
        others = _one_of_each_family([scene for scene, _ in failed])
        reasons = tuple((scene.title, because) for scene, because in failed if scene in others)
        made.append(Standing(claim, len(held), len(found), some, reasons))
    return tuple(made)


def _one_of_each_family(scenes: list[Scene]) -> list[Scene]:
    """The first of each family, of a few families."""
    first: dict[Family, Scene] = {}
    for scene in scenes:
        first.setdefault(entry(scene.name).family, scene)
    return list(first.values())[:MOST_NAMED]


def _stride_first(scene: Scene) -> Verdict:
    first = {stage.path: scene.blocks(number)[0].convs[0] for number, stage in enumerate(scene.trace.stages, 1)}
    strides = {path: conv.op.stride[0] for path, conv in first.items()}  # type: ignore[union-attr]
    holds = [name for name, stride in strides.items() if stride == 2]
    fails = [name for name in strides if name not in holds]
    told = f"it has stride two in {', '.join(holds) or 'no stage'}" + (
        f", but not in {', '.join(fails)}" if fails else ""
    )
    return Verdict(not fails, told)


def _constant(scene: Scene) -> Verdict:
    changing = [block for block in scene.blocks() if block.source.output[2:] != block.add.output[2:]]
    told = ", ".join(f"{block.name} makes {hw(block.add.output)} of {hw(block.source.output)}" for block in changing)
    return Verdict(not changing, told or "no block of it changes the map's sides")


def _stem(scene: Scene) -> Verdict:
    kinds = [step.kind for step in scene.trace.steps if step.path == "stem" and step.index]
    return Verdict(kinds == ["conv", "norm", "maxpool"], f"its stem is {' → '.join(kinds)}")


def _deeper(scene: Scene) -> Verdict:
    family = entry(scene.name).family
    members = sorted(
        (v for v in CATALOGUE if v.family == family), key=lambda other: (sum(other.spec.blocks), other.spec.expansion)
    )
    names = [other.name for other in members]
    at = names.index(scene.name)
    near_by = members[at + 1] if at + 1 < len(members) else members[at - 1] if at else None
    if near_by is None:
        return Verdict(False, "its family has no other depth to compare with")
    other = Scene.of(near_by.name)
    near, far = len(scene.blocks()[0].convs), len(other.blocks()[0].convs)
    blocks = f"{plural(len(scene.blocks()), 'block')} against {len(other.blocks())}"
    return Verdict(near != far, f"its blocks have {plural(near, 'conv')} and {other.title}'s have {far}; {blocks}")


def _four(scene: Scene) -> Verdict:
    return Verdict(scene.stages == 4, f"it has {plural(scene.stages, 'stage')}")


def _last_relu(scene: Scene) -> Verdict:
    block = scene.blocks()[-1]
    later = [step for step in block.steps if step.index > block.add.index and step.kind == "relu"]
    return Verdict(
        not later, f"`{later[0].name}` follows the addition" if later else "its blocks end with the addition"
    )


def _two_options(scene: Scene) -> Verdict:
    plain, told = attempt(scene, lambda spec: replace(spec, shortcut="A", shortcut_pool=False), "resnet34")
    made = [plain.of_spec(replace(plain.spec, shortcut=option)) for option in "ABC"]
    counts = [len(scene.shortcut_convs) for scene in made]
    sizes = ", ".join(f"{scene.trace.totals.params / 1e6:.3f}" for scene in made)
    kinds = len({(count, scene.trace.totals.params) for count, scene in zip(counts, made, strict=True)})
    return Verdict(
        kinds == 2,
        f"{told}the paper compares A, B and C: {', '.join(map(str, counts))} projections, {sizes} M parameters"
        + ("; two of them coincide here" if kinds == 2 else ""),
    )


def _one_more(scene: Scene) -> Verdict:
    wide, told = attempt(scene, lambda spec: replace(spec, block="bottleneck"), "resnet50")
    block = wide.blocks(1)[0]
    way = "a projection of stride one" if block.projection is not None else "no projection"
    more = wide.spec.expansion == 1 and block.projection is None
    return Verdict(
        more,
        f"{told}a bottleneck also widens {plural(wide.spec.widths[0], 'channel')} to {wide.spec.out_channels[0]}, and so {wide.trace.stages[0].path} begins with {way}",
    )


def _stride_place(scene: Scene) -> Verdict:
    block = scene.halving
    if block is None:
        return Verdict(False, "no block of it halves")
    strided = next((c for c in block.convs if isinstance(c.op, Conv) and c.op.stride[0] > 1), None)
    if strided is None:
        return Verdict(False, f"in {block.name} no conv of the main path has it")
    return Verdict(strided is block.convs[0], f"in {block.name} it is in {strided.name.rpartition('.')[2]}")


def _forces(scene: Scene) -> Verdict:
    ran: list[str] = []
    for side in SIZES:
        try:
            ran.append(f"{side} → {hw(scene.of_spec(scene.spec, (side, side)).trace.totals.final_map)}")
        except ResNetVizError:
            return Verdict(True, f"it cannot run at {side}")
    return Verdict(False, f"it runs unchanged, and its last map is: {', '.join(ran)}")


def _fixed_head(scene: Scene) -> Verdict:
    height, width = scene.trace.totals.final_map[2:]
    fits = (height, width) == (HEAD, HEAD)
    told = f"at {scene.size[0]}×{scene.size[1]} the last map is {height}×{width}"
    if min(height, width) < HEAD:
        return Verdict(False, f"{told}, smaller than the window: it raises")
    left = (height - HEAD + 1, width - HEAD + 1)
    return Verdict(
        fits,
        f"{told}, which leaves {left[0]}×{left[1]} for the linear layer"
        + ("" if fits else ", and that is made for one cell"),
    )


def _comments(scene: Scene) -> Verdict:
    lines = [step for step in scene.trace.steps if step.path == "stem" and step.kind in ("conv", "maxpool")]
    wrong = [step for step in lines if step.inputs[0][2:] != step.output[2:]]
    told = ", ".join(f"{step.name} gets {hw(step.inputs[0])} and makes {hw(step.output)}" for step in wrong)
    return Verdict(not wrong, told or f"{lines[0].name} gets and makes {hw(lines[0].output)}")


CLAIMS: tuple[Claim, ...] = (
    Claim("stride-first", "The first conv of each stage has stride two.", "first-stage", _stride_first),
    Claim("constant", "Height and width stay the same within each block and each stage.", "halving", _constant),
    Claim("stem", "The network begins with a conv, a norm and a max pool.", "reading", _stem),
    Claim("deeper", "A deeper network of the family has more convs in each block.", "counting", _deeper),
    Claim("four", "There are always four stages.", "counting", _four),
    Claim("last-relu", "A block ends without a ReLU.", "pre-activation", _last_relu),
    Claim("two-options", "There are two ways to make a shortcut fit.", "options", _two_options),
    Claim("one-more", "A bottleneck is a block with one more conv, and nothing else.", "projecting", _one_more),
    Claim("stride-place", "Where a block halves, its first conv has the stride.", "stride-place", _stride_place),
    Claim("forces", "Another image size forces another architecture.", "small-input", _forces),
    Claim("fixed-head", "An average pool of one fixed window, seven by seven, fits before the classifier.", "small-input", _fixed_head),
    Claim("comments", "A size that is noted beside a line of the stem's code can be read either way, as what goes in or as what comes out.", "floor", _comments),
)  # fmt: skip

__all__ = ["CLAIMS", "Claim", "Standing", "Verdict", "standings"]
