"""A network against a data set, and against published weights."""

from __future__ import annotations

from dataclasses import dataclass

from ...engines.formulas import forecast
from ...spec.catalogue import nearest
from ...spec.settings import settings
from ...steps import Step
from ...wording import plural
from .finding import Case, Finding, Remedy, some


@dataclass(frozen=True, slots=True)
class DataSet:
    """What a data set needs of a network."""

    name: str
    title: str
    side: int
    channels: int
    classes: int


DATA: tuple[DataSet, ...] = (
    DataSet("imagenet", "ImageNet-1k", 224, 3, 1000),
    DataSet("cifar10", "CIFAR-10", 32, 3, 10),
    DataSet("cifar100", "CIFAR-100", 32, 3, 100),
    DataSet("svhn", "SVHN", 32, 3, 10),
    DataSet("mnist", "MNIST", 28, 1, 10),
    DataSet("fashion-mnist", "Fashion-MNIST", 28, 1, 10),
    DataSet("tiny-imagenet", "Tiny ImageNet", 64, 3, 200),
    DataSet("stl10", "STL-10", 96, 3, 10),
)


def wrong_data(case: Case) -> Finding | None:
    """Classes, channels or size that are not the data set's."""
    known = next((known for known in DATA if known.name == case.data), None)
    if known is None:
        return None
    channels, classes = _ends(case)
    told: list[str] = []
    changes: dict[str, str] = {}
    if channels != known.channels:
        told.append(f"{plural(channels, 'input channel')}, and its images have {known.channels}")
        changes["in_channels"] = str(known.channels)
    if classes is not None and classes != known.classes:
        told.append(f"{plural(classes, 'class', 'classes')}, and it has {known.classes:,}")
        changes["num_classes"] = str(known.classes)
    # a deep stem's first conv is conv1.0
    first = next(step.name for step in case.trace.steps if step.kind == "conv") if case.trace else "conv1"
    size = None if case.size == (known.side, known.side) else (known.side, known.side)
    if size:
        told.append(f"an input of {case.size[0]}×{case.size[1]}, and its images are {known.side}×{known.side}")
    if not told:
        return None
    return Finding(
        "wrong-data",
        "error" if "in_channels" in changes else "warning",
        f"The network is not made for {known.title}",
        "; ".join(told),
        "Wrong channels raise in the first conv. Wrong classes raise in the loss where a label is too large, and waste "
        "outputs where none is. Another size runs, at other maps: images can also be resized to the input.",
        "",
        (first, "fc" if case.spec else case.trace.steps[-1].name if case.trace else ""),
        (Remedy(f"Fit it to {known.title}", changes, size),),
    )


def _ends(case: Case) -> tuple[int, int | None]:
    """Input channels, and classes where the network ends in a vector."""
    if case.spec is not None:
        return case.spec.in_channels, case.spec.num_classes
    assert case.trace is not None
    last = case.trace.outputs[0]
    return case.trace.steps[0].output[1], last[1] if len(last) == 2 else None


def weight_shapes(step: Step) -> tuple[object, ...]:
    """What a step's tensors in a state dict look like: two that are equal here have the same shapes."""
    return step.kind, getattr(step.op, "kernel", None), step.output[1], step.params


def published_weights(case: Case) -> Finding | None:
    """What of the published weights of the nearest network cannot be loaded."""
    if case.spec is None:
        return None
    known = nearest(case.spec)
    changed = settings(case.spec, known.spec)
    changed.pop("zero_init", None)
    # only what touches the ends of the network leaves the rest of the weights usable
    ends = {"num_classes", "in_channels", "stem", "stem.channels", "stem.kernel", "stem.stride", "stem.pool"}
    if not changed or not set(changed) <= ends:
        return None
    assert case.trace is not None
    published = {step.name: weight_shapes(step) for step in forecast(known.spec, known.input_size).steps}
    lost = [step.name for step in case.trace.steps if step.params and published.get(step.name) != weight_shapes(step)]
    if not lost:
        return None
    back = {name: value for name, value in settings(known.spec, case.spec).items() if name != "zero_init"}
    return Finding(
        "published-weights",
        "note",
        f"Published weights of {known.name} fit but for {some(lost)}",
        "; ".join(f"{name}={value}" for name, value in changed.items()),
        "load_state_dict raises for a tensor of another shape, even with strict=False. Drop those keys from the state "
        "dict first; the layers then start untrained and the rest is kept.",
        "torch.nn.Module.load_state_dict",
        tuple(lost),
        (Remedy(f"Back to {known.name} as published", back),),
    )
