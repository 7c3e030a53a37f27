"""What does PyTorch's shape error mean?  Its own words read, explained, and found in a network."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .checks import check_text
from .configuration import Network
from .errors import InputError
from .forecasting import as_trace
from .steps import AvgPool, Conv, Linear, MaxPool, Norm, Shape, Step, Trace
from .wording import plural

MAX_TEXT = 20_000
_AXES = ("the batch", "channels", "height", "width")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an error says, in plain words, what mends it, and the steps of a network where it fits.

    >>> found = explain_error("mat1 and mat2 shapes cannot be multiplied (1x8192 and 2048x1000)")
    >>> found.kind, found.fix
    ('linear', 'Use nn.AdaptiveAvgPool2d(1) before the flatten; then any input size ends as one cell a channel.')
    """

    kind: str
    quote: str  # the part of the text that was understood
    sentence: str
    fix: str
    steps: tuple[str, ...] = ()

    def __repr__(self) -> str:
        where = (
            f"\n  in {self.steps[0]}" + f" and {len(self.steps) - 1} more" * (len(self.steps) > 1) if self.steps else ""
        )
        return f"Explanation ({self.kind}): {self.sentence}\n  {self.fix}{where}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A message of PyTorch's and what it means; ``find`` tells which steps of a trace could have raised it."""

    kind: str
    regex: re.Pattern[str]
    explain: Callable[[re.Match[str]], tuple[str, str]]
    find: Callable[[re.Match[str], Trace], list[Step]]


def explain_error(text: str, trace: Trace | Network | None = None) -> Explanation | None:
    """Explain the first shape error that ``text`` (a message, or a whole traceback) holds; None where it holds none.

    With ``trace``, or a network to forecast, its steps name the places where this network could raise it. Raises :class:`InputError` for a
    text of more than 20,000 characters.

    >>> found = explain_error("RuntimeError: mat1 and mat2 shapes cannot be multiplied (1x8192 and 2048x1000)")
    >>> found.kind
    'linear'
    """
    check_text("text", text, "RuntimeError: mat1 and mat2 shapes cannot be multiplied (1x8192 and 2048x1000)")
    if trace is not None:
        trace = as_trace(trace)
    if len(text) > MAX_TEXT:
        raise InputError("text", f"{len(text):,} characters", f"must have at most {MAX_TEXT:,}", "paste the last lines")
    flat = " ".join(text.split())
    for pattern in PATTERNS:
        match = pattern.regex.search(flat)
        if match:
            sentence, fix = pattern.explain(match)
            steps = tuple(step.name for step in pattern.find(match, trace)) if trace else ()
            return Explanation(pattern.kind, match.group(0), sentence, fix, steps)
    return None


def _numbers(text: str) -> Shape:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:8] if len(number) < 10)


def _shape(shape: Shape) -> str:
    return "×".join(map(str, shape)) or "one number"


def _nowhere(match: re.Match[str], trace: Trace) -> list[Step]:
    return []


def _add(match: re.Match[str]) -> tuple[str, str]:
    a, b, axis = (int(n) for n in match.groups())
    name = _AXES[axis] if axis < 4 else f"dimension {axis}"
    which = {
        1: "The shortcut has another number of channels than the main path, and only",
        2: "The two paths were not made smaller equally, and only",
        3: "The two paths were not made smaller equally, and only",
    }.get(axis, "Only")
    return (
        f"Two tensors were to be added that differ in {name}: {a} against {b}. {which} equal shapes can be added (a side of 1 "
        "would be repeated).",
        "Give the shortcut a 1×1 conv with the main path's stride and output channels, or find what rounds differently.",
    )


def _find_add(match: re.Match[str], trace: Trace) -> list[Step]:
    a, b, axis = (int(n) for n in match.groups())
    found: list[Step] = []
    for add in (step for step in trace.steps if step.kind == "add" and axis < 4):
        source = next(s for s in trace.steps if (s.stage, s.block) == (add.stage, add.block)).reads[0]
        before, after = trace.steps[source].output[axis], add.output[axis]
        # without its projection the shortcut brings the block's input; else something near the main path's size
        if {a, b} == {before, after} or (axis > 1 and after in (a, b) and abs(a - b) == 1 and before != after):
            found.append(add)
    return found


def _in_place(match: re.Match[str]) -> tuple[str, str]:
    own, wanted = (_numbers(text) for text in match.groups())
    return (
        f"An in-place addition (+=) would have had to grow its left side from {_shape(own)} to {_shape(wanted)}. Out of place "
        "the same sum is broadcast in silence, which is worse: the map is then larger than the network meant.",
        "Make both paths end in one shape; the usual cause is a stride that the shortcut lacks.",
    )


def _find_in_place(match: re.Match[str], trace: Trace) -> list[Step]:
    own = _numbers(match.group(1))
    return [step for step in trace.steps if step.kind == "add" and step.output[1:] == own[1:]]


def _channels(match: re.Match[str]) -> tuple[str, str]:
    _groups_of, weight, given, wanted, got = match.groups()
    shape = _numbers(weight)
    first = len(shape) == 4 and int(wanted) in (1, 3) and int(got) in (1, 2, 3, 4)
    fix = (
        f"Build the network with in_channels={got}, or give it images of {plural(int(wanted), 'channel')} (one grey channel can be repeated)."
        if first
        else "Give this conv as many input channels as what it reads has."
    )
    return (
        f"A conv whose filters are {_shape(shape[1:])} reads {plural(int(wanted), 'channel')}, and its input [{given}] has {int(got):,}.",
        fix,
    )


def _find_channels(match: re.Match[str], trace: Trace) -> list[Step]:
    weight = _numbers(match.group(2))
    if len(weight) != 4:
        return []
    out, inside, *kernel = weight
    return [
        step
        for step in trace.steps
        if isinstance(step.op, Conv)
        and step.output[1] == out
        and step.inputs[0][1] // step.op.groups == inside
        and list(step.op.kernel) == kernel
    ]


def _matrices(match: re.Match[str]) -> tuple[str, str]:
    _images, columns, wanted, classes = (int(n) for n in match.groups())
    times = columns / wanted if wanted else 0
    side = round(times**0.5)
    why = (
        f" {columns:,} = {wanted:,}·{side}·{side}: the map before the flatten is {side}×{side} and should be 1×1."
        if side > 1 and side * side == times
        else ""
    )
    return (
        f"The linear layer has weights for {plural(wanted, 'number')} an image ({plural(classes, 'class', 'classes')}) and gets {columns:,}.{why}",
        "Use nn.AdaptiveAvgPool2d(1) before the flatten; then any input size ends as one cell a channel.",
    )


def _find_linear(match: re.Match[str], trace: Trace) -> list[Step]:
    return [step for step in trace.steps if isinstance(step.op, Linear)]


def _pool(match: re.Match[str]) -> tuple[str, str]:
    given = _numbers(match.group(1))
    return (
        f"A pool's window is larger than the map it reads, {_shape(given)} (C×H×W), so nothing would be left.",
        "Use an adaptive pool, a larger input, or a stem that reduces less.",
    )


def _find_pool(match: re.Match[str], trace: Trace) -> list[Step]:
    given = _numbers(match.group(1))
    return [s for s in trace.steps if isinstance(s.op, AvgPool | MaxPool) and s.inputs[0][1:] == given]


def _kernel(match: re.Match[str]) -> tuple[str, str]:
    given, kernel = (_numbers(text) for text in match.groups())
    return (
        f"A conv's {_shape(kernel)} kernel is larger than its input with padding, {_shape(given)}.",
        "Use a larger input, fewer strides, or padding of half the kernel.",
    )


def _find_kernel(match: re.Match[str], trace: Trace) -> list[Step]:
    kernel = _numbers(match.group(2))
    return [
        s
        for s in trace.steps
        if isinstance(s.op, Conv) and s.op.kernel == kernel and min(s.inputs[0][2:]) <= max(kernel)
    ]


def _one_value(match: re.Match[str]) -> tuple[str, str]:
    shape = _numbers(match.group(1))
    return (
        f"A batch norm in training got one value a channel: {_shape(shape)}. The variance of one value is 0, so nothing could "
        "be told apart.",
        "Use a batch of 2 or more (drop_last=True for a last batch of 1), eval mode, group norm, or a larger map.",
    )


def _find_one_value(match: re.Match[str], trace: Trace) -> list[Step]:
    shape = _numbers(match.group(1))
    return [s for s in trace.steps if isinstance(s.op, Norm) and s.output[1:] == shape[1:]]


def _groups(match: re.Match[str]) -> tuple[str, str]:
    return (
        f"A conv in groups gives each group as many {match.group(1)}put channels as the others, and these do not divide.",
        "Use a number of groups that divides both input and output channels.",
    )


def _norm(match: re.Match[str]) -> tuple[str, str]:
    given, own = match.groups()
    return (
        f"A batch norm for {plural(int(own), 'channel')} got a tensor of {int(given):,}.",
        "Give the norm the output channels of the conv before it.",
    )


def _find_norm(match: re.Match[str], trace: Trace) -> list[Step]:
    return [step for step in trace.steps if isinstance(step.op, Norm) and step.output[1] == int(match.group(2))]


def _checkpoint(match: re.Match[str]) -> tuple[str, str]:
    name, stored, own = match.groups()
    last = name.endswith(("fc.weight", "fc.bias"))
    return (
        f"The file's {name} is {_shape(_numbers(stored))} and the network's {_shape(_numbers(own))}.",
        "The file has another number of classes: drop the fc.* keys from the state dict, then load with strict=False."
        if last
        else "The file is another network's, or has other input channels or another stem. “Check weights” tells which.",
    )


def _find_checkpoint(match: re.Match[str], trace: Trace) -> list[Step]:
    name = match.group(1).rpartition(".")[0]
    return [step for step in trace.steps if step.name == name]


def _memory(match: re.Match[str]) -> tuple[str, str]:
    return (
        f"The GPU had no {match.group(1)} left. Most of it are the maps that the backward pass needs.",
        "Use a smaller batch or input; the diagnosis estimates the largest batch for a GPU's memory.",
    )


PATTERNS: tuple[Pattern, ...] = tuple(
    Pattern(kind, re.compile(regex), explain, find)
    for kind, regex, explain, find in (
        ("add", r"The size of tensor a \((\d{1,9})\) must match the size of tensor b \((\d{1,9})\) at non-singleton dimension (\d)", _add, _find_add),
        ("add in place", r"output with shape \[([\d, ]{1,60})\] doesn't match the broadcast shape \[([\d, ]{1,60})\]", _in_place, _find_in_place),
        ("channels", r"Given groups=(\d{1,9}), weight(?: of size )?\[?([\d, ]{1,60})\]?,(?: so)? expected input\[([\d, ]{1,60})\] to have (\d{1,9}) channels, but got (\d{1,9}) channels instead", _channels, _find_channels),
        ("linear", r"(?:mat1 and mat2 shapes cannot be multiplied \(|size mismatch, m1: \[)(\d{1,9}) ?x ?(\d{1,9})(?: and |\], m2: \[)(\d{1,9}) ?x ?(\d{1,9})[)\]]", _matrices, _find_linear),
        ("pool", r"Given input size: \(([\dx]{1,40})\)\. Calculated output size: \([-\dx]{1,40}\)\. Output size is too small", _pool, _find_pool),
        ("kernel", r"Calculated padded input size per channel: \(([\dx ]{1,40})\)\. Kernel size: \(([\dx ]{1,40})\)\. Kernel size can't (?:be )?greater than actual input size", _kernel, _find_kernel),
        ("one value", r"Expected more than 1 value per channel when training, got input size (?:torch\.Size\()?\[([\d, ]{1,60})\]\)?", _one_value, _find_one_value),
        ("groups", r"(in|out)_channels must be divisible by groups", _groups, _nowhere),
        ("norm", r"running_mean should contain (\d{1,9}) elements not (\d{1,9})", _norm, _find_norm),
        ("checkpoint", r"size mismatch for ([\w.]{1,120}): copying a param (?:with shape|of) torch\.Size\(\[([\d, ]{0,60})\]\) from checkpoint, (?:the shape in current model is|where the shape is) torch\.Size\(\[([\d, ]{0,60})\]\)", _checkpoint, _find_checkpoint),
        ("memory", r"CUDA out of memory\. Tried to allocate ([\d.]{1,12} \w{1,4})", _memory, _nowhere),
    )
)  # fmt: skip
