"""What is a part called in a picture, which part does a focus mean, and which blocks are drawn as a ResNet's?"""

from __future__ import annotations

from ...errors import InputError
from ...steps import Activation, Add, AvgPool, BlurPool, Conv, Identity, Join, Norm, Pad, Part, Scale, Step, Trace

NAME = 22  # letters of a name under a volume
_MAIN = Conv | AvgPool | BlurPool | Norm | Activation | Identity | Add | Scale
_SHORTCUT = Conv | AvgPool | BlurPool | Norm | Pad | Identity
_GATE = ("avgpool", "mean", "conv", "conv1d", "linear", "flatten", "reshape", "identity")


def block_names(trace: Trace) -> tuple[str, ...]:
    """The paths of the blocks in order, ``layer1.0`` …; of a network without blocks those of its parts."""
    blocks = tuple(part.path for part in trace.parts.walk() if part.kind == "block")
    return blocks or tuple(part.path for part in trace.parts.parts)


def stage_names(trace: Trace) -> tuple[str, ...]:
    """The paths of the stages in order, ``layer1`` …; of a network without stages those of its parts."""
    stages = tuple(part.path for part in trace.parts.parts if part.kind == "stage")
    return stages or tuple(part.path for part in trace.parts.parts)


def stage_part(trace: Trace, focus: str | None) -> Part:
    """The stage ``focus``, or the one that the block ``focus`` is in, or the first. Raises :class:`InputError`."""
    names = stage_names(trace)
    name = focus or names[0]
    for outer in trace.parts.parts:
        if any(part.path == name for part in outer.walk()):
            return outer
    within = _holding(trace, name)
    if within is not None:
        return next(outer for outer in trace.parts.parts if within.start in outer.steps)
    raise InputError("focus", focus, "is no stage of this network", f"use {_span(names)}")


def block_part(trace: Trace, focus: str | None) -> Part:
    """The part ``focus``, or the first block. Raises :class:`InputError`."""
    names = block_names(trace)
    name = focus or names[0]
    for part in trace.parts.walk():
        if part.path == name and part.kind != "network":
            return part
    within = _holding(trace, name)
    if within is not None:
        return within
    raise InputError("focus", name, "is no block of this network", f"use {_span(names)}")


def _holding(trace: Trace, module: str) -> Part | None:
    """The smallest part that holds all steps of a module of somebody else's network, whose name may be no part's."""
    if trace.spec is not None:
        return None
    inside = [step.index for step in trace.steps if step.name == module or step.name.startswith(module + ".")]
    parts = [part for part in trace.parts.walk() if part.kind != "network" and set(inside) <= set(part.steps)]
    return min(parts, key=lambda part: len(part.steps)) if inside and parts else None


def _span(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"


def home(trace: Trace, index: int, level: str) -> Part | None:
    """The stage, or at level "block" the innermost block, that a step is in; None at the network's ends."""
    found: Part | None = None
    for part in trace.parts.walk():
        if index in part.steps and (part.kind == "stage" if level == "stage" else part.kind in ("stage", "block")):
            found = part
    return found if found is None or level == "stage" or found.kind == "block" else None


def outer_blocks(trace: Trace) -> list[Part | None]:
    """For each step the outermost block that it is in: a volume of the network level."""
    found: list[Part | None] = [None] * len(trace.steps)
    for part in trace.parts.walk():
        if part.kind == "block" and found[part.start] is None:
            found[part.start : part.stop] = [part] * (part.stop - part.start)
    return found


def role_of(trace: Trace, index: int) -> str:
    """The colour's name of what a step makes: "input", "stem", "head", or "stage1" … "stageN"."""
    number = 0
    for part in trace.parts.parts:
        number += part.kind == "stage"
        if index in part.steps:
            kind = "input" if trace.steps[index].kind == "input" else part.kind
            return f"stage{number}" if kind == "stage" else kind
    return "stem"


def short_name(step: Step, part: Part) -> str:
    """A step's name within its part: ``conv1`` of ``layer1.0.conv1``."""
    return step.name.removeprefix(part.path.partition("#")[0] + ".")


def is_residual(trace: Trace, part: Part) -> bool:
    """Whether a block is drawn as a ResNet's: one way of convs and one shortcut from what it read, added up at its end,
    perhaps with one channel gate before the sum."""
    sums = [join for join in part.joins if join.is_residual]
    gates = [join for join in part.joins if join.kind == "gate"]
    if part.parts or part.source is None or len(sums) != 1 or len(gates) > 1 or len(part.joins) != 1 + len(gates):
        return False
    (join,) = sums
    steps = trace.steps[part.start : part.stop]
    if any(read < part.start and read != part.source for step in steps for read in step.reads):
        return False
    if any(len(step.output) != 4 for step in (trace.steps[part.source], *steps) if step.path != "gate"):
        return False
    if join.fork != part.source and not _activates(trace, part, join):
        return False
    if any(not isinstance(step.op, Norm | Activation | Identity) for step in steps if step.index > join.step):
        return False
    main = [step for step in steps if step.path == "main"]
    if not any(isinstance(step.op, Conv) for step in main) or not all(isinstance(step.op, _MAIN) for step in main):
        return False
    if not all(isinstance(step.op, _SHORTCUT) for step in steps if step.path == "shortcut"):
        return False
    if join.kind != "identity" and not any(step.path == "shortcut" for step in steps):
        return False
    if any(isinstance(step.op, Conv) and step.index > gate.step for gate in gates for step in main):
        return False  # the gate of a MobileNet's block stands before its last conv
    gated = [step for step in steps if step.path == "gate"]
    return bool(gated) == bool(gates) and all(
        step.kind in _GATE or isinstance(step.op, Activation | Norm) for step in gated
    )


def _activates(trace: Trace, part: Part, join: Join) -> bool:
    """Whether a pre-activation block forks after its first norm and activation."""
    at = join.fork
    while at is not None and at >= part.start:
        step = trace.steps[at]
        if not isinstance(step.op, Norm | Activation | Identity) or len(step.reads) != 1:
            return False
        at = step.reads[0]
    return at == part.source


def is_residual_stage(trace: Trace, stage: Part) -> bool:
    """Whether a stage is one residual block after the other and nothing else."""
    at = stage.start
    for block in stage.parts:
        if block.start != at or not is_residual(trace, block):
            return False
        at = block.stop
    return bool(stage.parts) and at == stage.stop


def is_resnet(trace: Trace) -> bool:
    """Whether a network is a stem, stages of residual blocks and a head, each reading the one before."""
    parts = trace.parts.parts
    if trace.spec is not None:
        return True
    if [part.kind for part in parts[:1]] != ["stem"] or trace.parts.joins:
        return False
    middle = [part for part in parts if part.kind == "stage"]
    if not middle or not all(is_residual_stage(trace, stage) for stage in middle):
        return False
    if any(part.kind in ("stem", "head") and (part.parts or part.joins) for part in parts):
        return False
    for part in parts:
        for step in trace.steps[part.start : part.stop]:
            if any(read < part.start - 1 for read in step.reads):
                return False
    ends = [step for part in parts if part.kind != "stage" for step in trace.steps[part.start : part.stop]]
    return all(step.reads == (step.index - 1,) for step in ends[1:] if step.index != parts[0].stop)


def stage_title(trace: Trace, stage: Part) -> str:
    """The part's title; in a ResNet the paper's name beside it: ``layer2 · conv3_x``."""
    stages = [part.path for part in trace.parts.parts if part.kind == "stage"]
    title = stage.title if trace.spec is not None else cut(stage.title.removeprefix(common_prefix(trace)), NAME)
    if stage.kind != "stage" or not (trace.spec is not None or _is_papers(trace)):
        return title
    return f"{title} · conv{stages.index(stage.path) + 2}_x"


def _is_papers(trace: Trace) -> bool:
    """Whether the blocks are those of 1512.03385: two convs of 3×3, or 1×1, 3×3 and 1×1."""
    if not is_resnet(trace):
        return False
    for stage in trace.parts.parts:
        for block in stage.parts:
            main = [step for step in trace.steps[block.start : block.stop] if step.path == "main"]
            kernels = [step.op.kernel for step in main if isinstance(step.op, Conv)]
            widths = [step.output[1] for step in main if isinstance(step.op, Conv)]
            if kernels != [(3, 3)] * 2 and (kernels != [(1, 1), (3, 3), (1, 1)] or widths[-1] <= widths[0]):
                return False
    return True


def common_prefix(trace: Trace) -> str:
    """What the paths of all stages begin with: ``features.``."""
    paths = [part.path for part in trace.parts.parts if part.kind == "stage"]
    heads = {path.partition(".")[0] for path in paths}
    tails = [path.partition(".")[2] for path in paths]
    return f"{heads.pop()}." if len(heads) == 1 and not any(tail[:1] in "0123456789" for tail in tails) else ""


def cut(name: str, most: int) -> str:
    """As much of a long name's end as there is room for: whole words, and not a number or a short word alone."""
    if len(name) <= most or " " in name:
        head = name.partition(": ")[0]
        return name if len(name) <= most else head if len(head) <= most else name[: most - 1] + "…"
    *outer, last = name.split(".")
    short = last
    for word in reversed(outer):
        if len(word) + 1 + len(short) > most:
            if len(short) > 5:
                break
            return word if len(word) <= most else f"{word[: most - 2 - len(short)]}….{short}"
        short = f"{word}.{short}"
    return short if len(short) <= most else short[: most - 1] + "…"
