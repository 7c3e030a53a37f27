"""What happens if I do it wrong?  A real network is really broken and run; the true exception is caught and located."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module

import torch
from torch import Tensor, nn

from ..checks import check_one_of, check_text
from ..engines.formulas import forecast
from ..engines.hooks import trace_as_is
from ..engines.model import ResNet, build
from ..engines.model.parts import Add, IdentityShortcut, make_norm
from ..errors import InputError, TraceError
from ..spec import ResNetSpec
from ..spec.configuration import Network, spec_and_size
from ..steps import Broken, Conv, Pair, Shape, Step, Trace
from ..wording import plural
from .shape_errors import Explanation, explain_error

# What a page can wait for on a processor: some seconds, and half a gigabyte of weights.
MAX_MACS, MAX_PARAMS = 60_000_000_000, 130_000_000


class PlainAdd(Add):
    """``main + shortcut`` as code usually has it: PyTorch broadcasts a side of 1."""

    def forward(self, main: Tensor, shortcut: Tensor) -> Tensor:
        return main + shortcut


class InPlaceAdd(Add):
    """``main += shortcut``"""

    def forward(self, main: Tensor, shortcut: Tensor) -> Tensor:
        main += shortcut
        return main


@dataclass(frozen=True, slots=True)
class Break:
    """One mistake: ``apply(model, block, spec)`` makes it in a real network; ``code`` is the line that does it."""

    name: str
    title: str
    sentence: str
    code: str
    mend: str
    apply: Callable[[ResNet, str, ResNetSpec], None]
    block: bool = True  # made in one block that changes the shape, else in the whole network
    train: bool = False
    add: type[nn.Module] = PlainAdd


@dataclass(frozen=True, slots=True)
class Outcome:
    """What PyTorch did: its error in its own words and the step where it arose, or the shapes where it ran all the same.

    ``broken`` is the network with the mistake in it, for a picture: ``resnet_viz.draw(outcome)``.

    >>> found = break_it("resnet18@32", "remove-projection")
    >>> found.step, found.reads
    ('layer2.0.add', ((1, 128, 4, 4), (1, 64, 8, 8)))
    """

    case: str
    block: str
    error: str  # empty where it ran
    error_type: str
    step: str  # where the error arose, or from where on the shapes are other than they were
    reads: tuple[Shape, ...]  # what that step was given
    explanation: Explanation | None
    sentence: str
    broken: Broken

    @property
    def trace(self) -> Trace | None:
        """What forward hooks saw of the broken network, up to the error; None where it could not even be built."""
        return self.broken.ran

    @property
    def stopped(self) -> Step | None:
        """The step that raised, with ``()`` for its output, as a :class:`TraceError` has it; None where nothing raised."""
        return self.broken.stopped

    def __repr__(self) -> str:
        told = [f"Outcome of {self.case}" + (f" in {self.block}" if self.block else ""), self.sentence]
        if self.error:
            told.append(" ".join(self.error.split())[:200])
        return "\n  ".join(told + ([_known(self.case).mend] if self.error or self.step else []))

    def _repr_html_(self) -> str:
        """What a notebook shows: the picture and what is told. The layer that draws is loaded when it is asked to."""
        return import_module("resnet_viz.picture.figures.failure").outcome_html(self)


def _remove(model: ResNet, block: str, spec: ResNetSpec) -> None:
    _set_way(model, block, IdentityShortcut())


def _set_way(model: ResNet, block: str, way: nn.Module) -> None:
    module = model.get_submodule(block)
    if "downsample" in module._modules:
        module.downsample = way
    else:
        module.shortcut = way


def _widths(model: ResNet, block: str) -> tuple[int, int, int]:
    """Input channels, output channels and stride of a block."""
    module = model.get_submodule(block)
    width, stride, _, channels = module.signature  # type: ignore[misc, union-attr]
    return int(channels), int(width) * model.spec.expansion, int(stride)  # type: ignore[arg-type]


def _floor_pool(model: ResNet, block: str, spec: ResNetSpec) -> None:
    before, after, stride = _widths(model, block)
    conv = nn.Conv2d(before, after, 1, bias=False)
    _set_way(model, block, nn.Sequential(nn.AvgPool2d(stride), conv, make_norm(spec, after, "cpu")))


def _pad_1x1(model: ResNet, block: str, spec: ResNetSpec) -> None:
    before, after, stride = _widths(model, block)
    conv = nn.Conv2d(before, after, 1, stride, padding=1, bias=False)
    _set_way(model, block, nn.Sequential(conv, make_norm(spec, after, "cpu")))


def _no_stride(model: ResNet, block: str, spec: ResNetSpec) -> None:
    before, after, _ = _widths(model, block)
    _set_way(model, block, nn.Sequential(nn.Conv2d(before, after, 1, bias=False), make_norm(spec, after, "cpu")))


def _odd_groups(channels: int) -> int:
    """The fewest groups that do not divide."""
    return next(n for n in range(2, channels + 2) if channels % n)


def _groups(model: ResNet, block: str, spec: ResNetSpec) -> None:
    conv = model.get_submodule(f"{block}.conv2")
    assert isinstance(conv, nn.Conv2d)
    groups = _odd_groups(conv.in_channels)
    module = model.get_submodule(block)
    module.conv2 = nn.Conv2d(conv.in_channels, conv.out_channels, 3, conv.stride, 1, groups=groups, bias=False)  # type: ignore[arg-type]


def _fixed_head(model: ResNet, block: str, spec: ResNetSpec) -> None:
    model.avgpool = nn.AvgPool2d(7, stride=1)  # type: ignore[assignment]


def _nothing(model: ResNet, block: str, spec: ResNetSpec) -> None:
    pass


BREAKS: tuple[Break, ...] = (
    Break(
        "remove-projection", "Remove a projection", "The shortcut of a block that changes the shape passes its input on as it is.",
        "self.downsample = nn.Identity()", "Put the 1×1 conv back, with the block's stride.", _remove,
    ),
    Break(
        "fixed-head", "Fix the head's pool at 7", "The head averages a window of 7×7 instead of whatever map there is.",
        "self.avgpool = nn.AvgPool2d(7, stride=1)", "Use nn.AdaptiveAvgPool2d(1).", _fixed_head, block=False,
    ),
    Break(
        "floor-pool", "Pool the shortcut and round down", "The shortcut is halved by AvgPool2d(2), which rounds down, where the main path rounds up.",
        "self.downsample = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(…, 1), nn.BatchNorm2d(…))", "Give the pool ceil_mode=True.", _floor_pool,
    ),
    Break(
        "pad-1x1", "Pad the 1×1", "The projection's 1×1 conv gets the padding of a 3×3.",
        "nn.Conv2d(…, 1, stride=2, padding=1)", "A 1×1 needs no padding.", _pad_1x1,
    ),
    Break(
        "odd-groups", "Groups that do not divide", "A conv is split into groups that do not divide its channels.",
        "nn.Conv2d(…, 3, groups=3)", "Use a number of groups that divides the channels.", _groups,
    ),
    Break(
        "one-image", "Train with a batch of 1", "The sound network in training mode, with one image.",
        "model.train(); model(images[:1])", "Use a batch of 2 or more, eval mode, or group norm.", _nothing, block=False, train=True,
    ),
    Break(
        "forgotten-stride", "Forget the stride, add out of place", "The projection has stride 1, and the sum is main + shortcut.",
        "nn.Conv2d(…, 1)  # stride=2 is missing\nreturn out + identity", "Give the 1×1 the block's stride.", _no_stride,
    ),
    Break(
        "forgotten-stride-in-place", "Forget the stride, add in place", "The projection has stride 1, and the sum is main += shortcut.",
        "nn.Conv2d(…, 1)  # stride=2 is missing\nout += identity", "Give the 1×1 the block's stride.", _no_stride, add=InPlaceAdd,
    ),
)  # fmt: skip


def breakable_blocks(trace: Trace) -> tuple[str, ...]:
    """Blocks whose shortcut changes the shape, ``layer2.0``; those where a mistake in it shows."""
    return tuple([block.path for block in trace.blocks if _reshapes(trace.steps[block.start : block.stop])])


def _reshapes(block: Sequence[Step]) -> bool:
    return any(step.path == "shortcut" and step.kind in ("conv", "pad") for step in block)


def usual_block(trace: Trace) -> str | None:
    """The one of :func:`breakable_blocks` that is broken where none is named: the first after the first stage, where
    the map gets smaller, else the first of all; None where there is none."""
    places = breakable_blocks(trace)
    later = [path for path in places if trace.part(path).start >= trace.stages[0].stop]
    return next(iter(later or places), None)


def break_it(network: Network, case: str, input_size: int | Pair | None = None, block: str | None = None) -> Outcome:
    """Make the mistake ``case`` in a real network on the processor, run it on one image, and say what came of it.

    ``network`` is a spec, a configuration or its text; ``input_size`` by default the configuration's, or 224.
    ``block`` is one of :func:`breakable_blocks`, by default the first that halves. Raises :class:`InputError` for an
    unknown case or block, and for a network that is too large to run for this.

    >>> from resnet_viz import variant
    >>> outcome = break_it(variant("resnet18"), "remove-projection", 64)
    >>> outcome.step, outcome.error_type
    ('layer2.0.add', 'RuntimeError')
    """
    known = _known(case)
    if block is not None:
        check_text("block", block, "layer2.0")
    spec, size = spec_and_size(network, input_size)
    sound = forecast(spec, size, 1)
    if sound.totals.macs > MAX_MACS or sound.totals.params > MAX_PARAMS:
        raise InputError("network", case, "is too large to be run for this", "use a smaller network or input")
    places = breakable_blocks(sound)
    if known.block and not places:
        raise InputError("network", case, "no block of this network changes the shape", "use one with two stages")
    where = block or usual_block(sound) or ""
    if known.block and where not in places:
        raise InputError("block", where, "has no shortcut that changes the shape", "use one of " + ", ".join(places))
    model = _plain(spec, known)
    try:
        known.apply(model, where, spec)
    except ValueError as error:
        return _outcome(
            known, where, error, (), Broken(None, _unbuilt(sound.step(f"{where}.conv2")), f"{where}.conv2", sound)
        )
    return _run(model, known, where, sound)


def _unbuilt(conv: Step) -> Step:
    """The conv whose making raised: it was given nothing."""
    assert isinstance(conv.op, Conv)
    groups = _odd_groups(conv.inputs[0][1])
    return conv._replace(op=replace(conv.op, groups=groups), reads=(), inputs=(), output=(), params=0, macs=None)


def _plain(spec: ResNetSpec, known: Break) -> ResNet:
    """The real network with sums as code usually has them; its weights are of no matter."""
    model = build(spec, "cpu", init=False)
    for _, block in model.blocks():
        block.add = known.add()
    return model.train(known.train)


def _known(case: str) -> Break:
    check_one_of("case", case, [known.name for known in BREAKS])
    return next(known for known in BREAKS if known.name == case)


def mend_it(network: Network, case: str, input_size: int | Pair | None = None) -> str:
    """Run the sound network the same way and say what came out. Raises :class:`InputError` as :func:`break_it` does."""
    known = _known(case)
    batch = 2 if known.train else 1
    spec, size = spec_and_size(network, input_size)
    sound = forecast(spec, size, batch)
    with torch.no_grad():
        made = _plain(spec, known)(torch.zeros(batch, spec.in_channels, *sound.input_size))
    return f"The sound network ran on {plural(batch, 'image')}: out come {'×'.join(map(str, made.shape))} numbers."


def _run(model: ResNet, known: Break, where: str, sound: Trace) -> Outcome:
    """Run the broken network once, under forward hooks."""
    height, width = sound.input_size
    try:
        ran = replace(trace_as_is(model, (height, width)), spec=None, title=known.title)
    except TraceError as error:
        cause, stopped = error.__cause__, error.stopped
        assert isinstance(cause, Exception) and stopped is not None
        broken = Broken(replace(error.so_far, title=known.title), stopped, _place(stopped.name, sound), sound)
        return _outcome(known, where, cause, stopped.inputs, broken)
    made = {step.name: step.output for step in ran.steps}
    changed = next((s for s in sound.steps if s.path != "shortcut" and made.get(s.name, s.output) != s.output), None)
    if changed is None:
        sentence = "It ran, and every step of the main path has the shape that it should have: at this input the mistake does not show."
        return Outcome(known.name, where, "", "", "", (), None, sentence, Broken(ran, None, "", sound))
    now, then = ("×".join(map(str, shape[1:])) for shape in (made[changed.name], changed.output))
    sentence = (
        f"It ran, in silence, and is wrong: from {changed.name} on the map is {now} and should be {then}. A side of 1 was "
        "repeated to fit the other path, so PyTorch saw nothing to complain about."
    )
    broken = Broken(ran, None, changed.name, sound)
    return Outcome(known.name, where, "", "", changed.name, (), None, sentence, broken)


def _place(name: str, sound: Trace) -> str:
    """The sound network's step at the module ``name``, which the mistake may have put there: the nearest around it."""
    names = [step.name for step in sound.steps]
    while name and name not in names:
        inside = [other for other in names if other.startswith(f"{name}.")]
        name = inside[-1] if inside else name.rpartition(".")[0]
    return name


def _outcome(known: Break, where: str, error: Exception, given: tuple[Shape, ...], broken: Broken) -> Outcome:
    text = str(error)
    explanation = explain_error(text, broken.plan)
    shapes = " and ".join("×".join(map(str, shape)) for shape in given)
    sentence = f"{type(error).__name__} in {broken.at}" + (
        f", which was given {shapes}" if shapes else ", when it was built"
    )
    return Outcome(known.name, where, text, type(error).__name__, broken.at, given, explanation, sentence + ".", broken)
