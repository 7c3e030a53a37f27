"""Design tasks: what a network has to fulfil, checked against its trace, with hints that say more and more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..advise.diagnosis import estimate, gib
from ..engines.formulas import forecast
from ..errors import InputError
from ..spec.catalogue import variant
from ..spec.configuration import Configuration
from ..steps import known
from ..why import cost
from ..why.memory import gib_bytes
from .base import hw, percent
from .scene import Scene

_SMALL = 300_000
_FIELD = 200
_LAYERS = 12
_IMAGE = 224
_MEMORY, _BATCH = gib_bytes(4), 64


@dataclass(frozen=True)
class Condition:
    """One thing that is asked for: whether it is met, and what the trace says."""

    text: str
    met: bool
    told: str


@dataclass(frozen=True)
class Task:
    """A goal with conditions; ``check`` gets the configuration and its scene."""

    name: str
    title: str
    goal: str
    start: str
    hints: tuple[str, ...]
    check: Callable[[Configuration, Scene], list[Condition]]
    fails: bool = False  # a network that cannot run is what is asked for


def judge(task: Task, made: Configuration) -> list[Condition]:
    """Each condition of ``task`` for a configuration; where the network cannot run, that is the one that is told."""
    try:
        scene = Scene.of(made.name, made.size, made.spec)
    except InputError as error:
        if "cannot run" not in error.rule:
            raise
        at_sum = ".add cannot run" in error.rule
        if task.fails:
            return [Condition("a shortcut and its main path cannot be added", at_sum, error.rule)]
        return [Condition("the network runs at this input", False, error.rule)]
    if task.fails:
        return [
            Condition(
                "a shortcut and its main path cannot be added",
                False,
                f"it runs, and its last map is {hw(scene.trace.totals.final_map)}",
            )
        ]
    return task.check(made, scene)


def passed(conditions: list[Condition]) -> bool:
    """Whether every condition is met."""
    return all(condition.met for condition in conditions)


def _input(made: Configuration, side: int) -> Condition:
    return Condition(f"images of {side}×{side}", made.size == (side, side), f"it gets {made.size[0]}×{made.size[1]}")


def _dead(scene: Scene) -> int:
    return sum(cost.dead_weights(step.op, step.inputs, step.output) for step in scene.trace.steps)


def _tiny(made: Configuration, scene: Scene) -> list[Condition]:
    totals = scene.trace.totals
    return [
        _input(made, 32),
        Condition("a last map of 8×8", totals.final_map[2:] == (8, 8), f"it is {hw(totals.final_map)}"),
        Condition(f"fewer than {_SMALL:,} parameters", totals.params < _SMALL, f"it has {totals.params:,}"),
        Condition("three stages", scene.stages == 3, f"it has {scene.stages}"),
    ]


def _grey(made: Configuration, scene: Scene) -> list[Condition]:
    stride = known(scene.last_map.output_stride)[0]
    return [
        _input(made, 64),
        Condition("one input channel", made.spec.in_channels == 1, f"it has {made.spec.in_channels}"),
        Condition(
            "an output stride of 8 at the last map",
            stride == 8,
            f"it is {stride}: the last map is {hw(scene.trace.totals.final_map)}",
        ),
    ]


def _half(made: Configuration, scene: Scene) -> list[Condition]:
    most = forecast(variant("resnet50"), _IMAGE).totals.macs // 2
    macs, field = scene.trace.totals.macs, known(scene.last_map.receptive_field)[0]
    return [
        _input(made, _IMAGE),
        Condition("bottleneck blocks", made.spec.block == "bottleneck", f"it has {made.spec.block} blocks"),
        Condition(f"at most {most:,} multiply-adds", macs <= most, f"it has {macs:,}"),
        Condition(f"a receptive field above {_FIELD} px", field > _FIELD, f"a cell of the last map sees {field} px"),
    ]


def _repair(made: Configuration, scene: Scene) -> list[Condition]:
    return [
        _input(made, 240),
        Condition("still anti-aliased", made.spec.anti_alias != "none", f"anti_alias is {made.spec.anti_alias}"),
        Condition("every sum gets two equal shapes", True, f"its last map is {hw(scene.trace.totals.final_map)}"),
    ]


def _awake(made: Configuration, scene: Scene) -> list[Condition]:
    totals, dead = scene.trace.totals, _dead(scene)
    return [
        _input(made, 32),
        Condition("ten classes", made.spec.num_classes == 10, f"it has {made.spec.num_classes:,}"),
        Condition(
            "every weight meets the map",
            dead == 0,
            f"{dead:,} weights, {percent(dead / totals.params)}, only ever meet padding",
        ),
        Condition("a last map of at least 4×4", min(totals.final_map[2:]) >= 4, f"it is {hw(totals.final_map)}"),
        Condition("at least a million parameters", totals.params >= 1_000_000, f"it has {totals.params:,}"),
    ]


def _seeing(made: Configuration, scene: Scene) -> list[Condition]:
    layers, field = len(scene.main_convs) + 1, known(scene.last_map.receptive_field)[0]
    return [
        _input(made, _IMAGE),
        Condition("basic blocks", made.spec.block == "basic", f"it has {made.spec.block} blocks"),
        Condition(f"at most {_LAYERS} layers with weights on the main path", layers <= _LAYERS, f"it has {layers}"),
        Condition(
            f"a receptive field of at least {_IMAGE} px", field >= _IMAGE, f"a cell of the last map sees {field} px"
        ),
    ]


def _bare(made: Configuration, scene: Scene) -> list[Condition]:
    ways, convs = len(scene.shortcut_convs), len(scene.main_convs) + 1
    return [
        Condition("34 layers with weights on the main path", convs == 34, f"it has {convs}"),
        Condition("no projection", ways == 0, f"it has {ways}"),
        Condition(
            "a map that is halved on a shortcut",
            scene.halving is not None,
            f"in {scene.halving.name}" if scene.halving else "no block halves",
        ),
    ]


def _balance(made: Configuration, scene: Scene) -> list[Condition]:
    macs = [
        sum(known(step.macs) for block in scene.blocks(n) for step in block.steps) for n in range(1, scene.stages + 1)
    ]
    shares = [count / sum(macs) for count in macs]
    told = ", ".join(percent(share) for share in shares)
    return [
        _input(made, _IMAGE),
        Condition("four stages", scene.stages == 4, f"it has {scene.stages}"),
        Condition(
            "between 20 % and 30 % of the stages' multiply-adds in each",
            all(0.2 <= share <= 0.3 for share in shares),
            f"they have {told}",
        ),
        Condition(
            "at least two blocks in each",
            min(made.spec.blocks) >= 2,
            f"they have {', '.join(map(str, made.spec.blocks))}",
        ),
    ]


def _memory(made: Configuration, scene: Scene) -> list[Condition]:
    trace = forecast(made.spec, made.size, _BATCH)
    needed = sum(estimate(trace, "train", "sgd").values())
    return [
        _input(made, _IMAGE),
        Condition(
            f"training with a batch of {_BATCH} in {gib(_MEMORY)}, by the estimate",
            needed <= _MEMORY,
            f"about {gib(needed)}",
        ),
        Condition("at least 20 convs on the main path", len(scene.main_convs) >= 20, f"it has {len(scene.main_convs)}"),
        Condition(
            "at least a billion multiply-adds an image",
            scene.trace.totals.macs >= 10**9,
            f"it has {scene.trace.totals.macs:,}",
        ),
    ]


def _never(made: Configuration, scene: Scene) -> list[Condition]:
    return []


TASKS: tuple[Task, ...] = (
    Task("tiny", "A network for tiny images", f"For images of 32×32: a last map of 8×8, three stages, and fewer than {_SMALL:,} parameters.", "resnet18@32",
         ("Count the halvings from 32 to 8, and where three stages have theirs.", "So the stem must not halve. Parameters grow with the square of the widths.", "The paper has a family for just this, with widths 16, 32, 64."), _tiny),
    Task("grey", "Small grey images, an output stride of 8", "For images of 64×64 with one channel: the last map has an output stride of 8.", "resnet18@64",
         ("The output stride is the product of all strides.", "A stage halves, the stem halves, the pool halves: three of these are enough.", "Change the stem, or dilate the last stages instead of striding."), _grey),
    Task("half", "Half the work, nearly the sight", f"Bottlenecks at {_IMAGE}×{_IMAGE}: at most half of ResNet-50's multiply-adds, and a receptive field above {_FIELD} px.", "resnet50@224",
         ("Which changes cost receptive field, and which do not?", "Width changes work and leaves the receptive field alone.", "Set widths to something smaller in each stage."), _half),
    Task("fail", "Make a shortcut fail", "Find a network and an input where a shortcut and its main path cannot be added.", "resnet50d@224",
         ("All reductions of a plain ResNet round up. Which do not?", "The average pool of anti_alias=avg rounds down.", "Then feed a size that does not halve all the way."), _never, fails=True),
    Task("repair", "Repair it", "Make this network run at 240×240, and keep it anti-aliased.", "resnetaa50@240",
         ("Where does it fail, and what does each path make of an odd side?", "Either the last odd side is not halved, or the pool must round as the shortcut does.", "Another anti_alias rounds up; a dilated stage does not halve."), _repair),
    Task("awake", "No sleeping weights", "For images of 32×32 in ten classes: every weight meets the map, the last map is at least 4×4, and there are a million parameters or more.", "resnet18:num_classes=10@32",
         ("Where do weights meet only padding? See the lesson on them.", "The map must stay larger: halve less often.", "A CIFAR stem does not halve at all, and the usual one halves twice."), _awake),
    Task("seeing", "Far sight with few layers", f"Basic blocks at {_IMAGE}×{_IMAGE}: at most {_LAYERS} layers with weights on the main path, and a cell of the last map sees at least {_IMAGE} px.", "resnet18:blocks=1,1,1,1@224",
         ("You can have one block more. Does it matter where?", "A conv widens the field by its kernel times the stride so far.", "So the later a block stands, the more it adds."), _seeing),
    Task("bare", "No projection at all", "A network of 34 layers with weights on the main path whose shortcuts have no conv, though its maps are halved.", "resnet34@224",
         ("Shapes must still agree at each sum.", "Which option has no weights on the shortcut?", "Option A: slice, and fill up with zero channels."), _bare),
    Task("balance", "Work in balance", f"Four stages at {_IMAGE}×{_IMAGE}, each of two blocks or more, with between 20 % and 30 % of the stages' multiply-adds in each.", "resnet34@224",
         ("What does one block cost in each stage? See the lesson on work.", "Blocks that keep the shape cost the same in each stage.", "So give each stage the same number of blocks."), _balance),
    Task("memory", "Training within a small GPU", f"At {_IMAGE}×{_IMAGE}, with a batch of {_BATCH} and SGD, in {gib(_MEMORY)}: at least 20 convs on the main path and a billion multiply-adds an image.", "resnet50@224",
         ("What is kept for the way back? Which networks keep much?", "Maps at full width in early stages are the most. Basic blocks keep less than bottlenecks.", "A basic network of twice ResNet-18's blocks, or a narrower one."), _memory),
)  # fmt: skip

__all__ = ["TASKS", "Condition", "Task", "judge", "passed"]
