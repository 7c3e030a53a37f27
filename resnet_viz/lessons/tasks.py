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
    return Condition(
        f"images of {side}×{side} px", made.size == (side, side), f"it gets {made.size[0]}×{made.size[1]} px"
    )


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
            "at least a billion multiply-adds per image",
            scene.trace.totals.macs >= 10**9,
            f"it has {scene.trace.totals.macs:,}",
        ),
    ]


def _never(made: Configuration, scene: Scene) -> list[Condition]:
    return []


TASKS: tuple[Task, ...] = (
    Task("tiny", "A network for tiny images", f"For images of 32×32 px: a last map of 8×8, three stages, and fewer than {_SMALL:,} parameters.", "resnet18@32",
         ("How many halvings lead from 32 to 8? Every stage but the first has one.", "So the stem must not halve, and there is one stage less. Parameters grow with the square of the widths.", "The paper has a family for just this, with widths of 16, 32 and 64: look for CIFAR among the networks."), _tiny),
    Task("grey", "Small grey images, an output stride of 8", "For images of 64×64 px with one channel: the last map has an output stride of 8.", "resnet18@64",
         ("The output stride is the product of all strides. Which steps have one?", "A conv and a pool in the stem halve, and so do three stages: that makes 32. Three halvings give 8.", "Choose the CIFAR stem, or set the field of dilated stages. Then set one input channel."), _grey),
    Task("half", "Half the work, nearly the sight", f"Bottlenecks at {_IMAGE}×{_IMAGE} px: at most half of ResNet-50's multiply-adds, and a receptive field above {_FIELD} px.", "resnet50@224",
         ("Which changes make the receptive field smaller, and which do not?", "It depends on kernels and strides, and on how many convs there are. It does not depend on the widths.", "Pick the field of widths, and set smaller ones for the stages."), _half),
    Task("fail", "Make a shortcut fail", "Find a network and an input where a shortcut and its main path cannot be added.", "resnet50d@224",
         ("All reductions of a plain ResNet make half the side, rounded up. Which one rounds down?", "The average pool of anti-aliasing does, which stands on the main path alone.", "Set the field of anti-aliasing to avg, and choose an input that comes to an odd side before a stage."), _never, fails=True),
    Task("repair", "Repair it", "Make this network run at 240×240 px, and keep it anti-aliased.", "resnetaa50@240",
         ("Where does it fail, and what does each path make of an odd side?", "Either the odd side is not halved any more, or the pool rounds as the shortcut does.", "Set the field of anti-aliasing to blur, which rounds up, or dilate the last stage, which then does not halve."), _repair),
    Task("awake", "No sleeping weights", "For images of 32×32 px in ten classes: every weight meets the map, the last map is at least 4×4, and there are a million parameters or more.", "resnet18:num_classes=10@32",
         ("Where do weights meet only padding? A deeper step of the tour is about them.", "The map must stay larger, so it has to be halved less often.", "Choose the CIFAR stem: it does not halve, where the usual one halves twice."), _awake),
    Task("seeing", "Far sight with few layers", f"Basic blocks at {_IMAGE}×{_IMAGE} px: at most {_LAYERS} layers with weights on the main path, and a cell of the last map sees at least {_IMAGE} px.", "resnet18:blocks=1,1,1,1@224",
         ("You can have one more block. Does it matter in which stage?", "A conv widens the receptive field by its kernel less one, times the pixels between neighbouring cells of its input.", "So the later a block stands, the more it adds: pick the field of blocks, and add one to the last stage."), _seeing),
    Task("bare", "No projection at all", "A network of 34 layers with weights on the main path whose shortcuts have no conv, though its maps are halved.", "resnet34@224",
         ("The two shapes must still agree at each sum.", "One of the paper's options for the shortcut has no weights.", "It is option A, which fills up with zero channels: choose it under Shortcut."), _bare),
    Task("balance", "Work in balance", f"Four stages at {_IMAGE}×{_IMAGE} px, each of two blocks or more, with between 20 % and 30 % of the stages' multiply-adds in each.", "resnet34@224",
         ("What does one block cost in each stage? A step of the tour is about that work.", "Blocks that keep the shape cost the same in each stage.", "So give each stage the same number of blocks: pick the field of blocks."), _balance),
    Task("memory", "Training within a small GPU", f"At {_IMAGE}×{_IMAGE} px, with a batch of {_BATCH} and SGD, in {gib(_MEMORY)}: at least 20 convs on the main path and a billion multiply-adds per image.", "resnet50@224",
         ("Training keeps each activation for the backward pass. Which networks have many?", "Wide maps in early stages are the most. Basic blocks keep fewer than bottlenecks, which end with four times as many channels.", "Take a network of basic blocks with twice as many as ResNet-18, or a narrower one by the field of widths."), _memory),
)  # fmt: skip

__all__ = ["TASKS", "Condition", "Task", "judge", "passed"]
