"""Memory: against what autograd keeps, what optimizers keep, tensors that live and die, and sums by hand."""

from collections.abc import Sequence
from weakref import WeakSet

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import resnet_viz as rv
from resnet_viz.spec import ResNetSpec
from resnet_viz.steps import Add, AvgPool, Conv, Flatten, Identity, Input, Linear, MaxPool, Op, Path, Step, Trace
from resnet_viz.why import memory
from tests.strategies import sizes, specs

SMALL = rv.replace(rv.variant("resnet18"), widths=(4, 8, 8, 8), stem=rv.Stem((4,)), num_classes=5)


def _forecast(spec: ResNetSpec, size: int | tuple[int, int], batch: int = 1) -> Trace:
    try:
        return rv.forecast(spec, size, batch)
    except rv.InputError:
        assume(False)
        raise


def _hand(index: int, op: Op, reads: tuple[int, ...], size: int) -> Step:
    """A step of ``size`` bytes of which nothing else is of interest."""
    return Step(index, f"s{index}", op, None, None, "main", reads, (), (1,), 0, 0, (1, 1), (1, 1), size)


# ---- training ----------------------------------------------------------------------------------------------------


def _saved_by_autograd(spec: ResNetSpec, batch: int, size: tuple[int, int]) -> int:
    """Bytes of the maps that PyTorch's autograd keeps when it runs the network; a tensor counts once."""
    model = rv.build(spec, device="cpu").train()
    own = {parameter.data_ptr() for parameter in model.parameters()}
    own |= {buffer.data_ptr() for buffer in model.buffers()}
    saved: dict[int, int] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        # the statistics of norms, a number a channel, and the shortcut's windows on a map are no maps of their own
        if tensor.data_ptr() not in own and tensor.dim() >= 2:
            storage = tensor.untyped_storage()
            saved[storage.data_ptr()] = max(saved.get(storage.data_ptr(), 0), storage.nbytes())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        made = model(torch.randn(batch, spec.in_channels, *size))
    found = sum(saved.values())
    del made
    return found


@settings(max_examples=15)
@given(specs(), st.tuples(st.integers(4, 30), st.integers(4, 30)))
def test_saved_bytes_are_what_autograd_saves(spec: ResNetSpec, size: tuple[int, int]) -> None:
    # a blur is made of a padded copy and two means here, and a group norm keeps its statistics as a matrix
    spec = rv.replace(spec, norm="batch", anti_alias="avg" if spec.anti_alias == "blur" else spec.anti_alias)
    trace = _forecast(spec, size, 2)
    assume(trace.totals.params < 2_000_000)
    assert memory.saved_bytes(trace.steps) == _saved_by_autograd(spec, 2, size)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"attention": "se"},
        {"attention": "eca"},
        {"anti_alias": "avg"},
        {"shortcut": "A"},
        {"shortcut_pool": True, "stem": rv.DEEP_STEM},
        {"block": "bottleneck", "preact": True},
    ],
)
def test_saved_bytes_of_each_kind_are_what_autograd_saves(more: dict[str, object]) -> None:
    spec = rv.replace(SMALL, blocks=(1, 2), widths=(4, 8), **more)  # type: ignore[arg-type]
    assert memory.saved_bytes(rv.forecast(spec, 32, 2).steps) == _saved_by_autograd(spec, 2, (32, 32))


def test_a_blur_keeps_what_it_reads() -> None:
    """Beside the same network without one, where the convs stride: each kind of map, by hand."""
    spec = rv.replace(SMALL, blocks=(1, 1), widths=(4, 8), anti_alias="blur", shortcut="A")
    at = 16 * 16 * 4 * 4  # bytes of the stem's maps: 4 channels of 16 by 16
    at_2, wide, out = 8 * 8 * 4 * 4, 8 * 8 * 8 * 4, 4 * 4 * 8 * 4
    kept = 32 * 32 * 3 * 4 + at + at  # the image for the conv, the conv's map for the norm, the ReLU's own
    kept += 2 * at + at  # the pool of stride 1 keeps an index of 8 bytes a cell, and the blur its map
    kept += (
        5 * at_2
    )  # layer1: what the blur made, conv1's, relu1's, conv2's and relu2's maps, and none for the addition
    kept += wide + wide  # layer2: conv1's, at a stride of 1, for its norm; relu1's own, which the blur reads
    kept += out + out + out  # what the blur made for conv2, conv2's for its norm, the last ReLU
    kept += 8 * 4  # the mean, for the linear layer
    assert memory.saved_bytes(rv.forecast(spec, 32).steps) == kept


@pytest.mark.parametrize("path", ["main", "shortcut", "head", "gate"])
def test_an_average_of_a_sum_is_kept_but_for_the_mean_of_the_whole_map(path: Path) -> None:
    """Nothing else keeps a sum's result, so this shows whether the pool does, as autograd itself says."""
    whole = path in ("head", "gate")
    module = torch.nn.AdaptiveAvgPool2d(1) if whole else torch.nn.AvgPool2d(2)
    image = torch.ones(1, 3, 8, 8, requires_grad=True)
    kept: dict[int, int] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        made = module(image + image)
    op = AvgPool((8, 8), (8, 8)) if whole else AvgPool((2, 2), (2, 2))
    steps = [
        _hand(0, Input(), (), 768),
        _hand(1, Add(), (0, 0), 768),
        _hand(2, op, (1,), made.nbytes)._replace(path=path),
    ]
    assert memory.saved_bytes(steps) == sum(kept.values())


def test_each_max_pool_keeps_what_it_reads_and_the_places_it_took() -> None:
    pool = MaxPool((2, 2), (2, 2), (0, 0))
    steps = [
        _hand(0, Input(), (), 4 * 64),
        _hand(1, pool, (0,), 4 * 16)._replace(output=(1, 1, 4, 4)),
        _hand(2, pool, (1,), 4 * 4)._replace(output=(1, 1, 2, 2)),
    ]
    assert memory.saved_bytes(steps) == 4 * 64 + 8 * 16 + 4 * 16 + 8 * 4


@pytest.mark.parametrize(
    ("name", "optimizer"),
    [
        ("sgd", lambda parameters: torch.optim.SGD(parameters, 0.1, momentum=0.9)),
        ("adam", lambda parameters: torch.optim.Adam(parameters, 0.1)),
    ],
)
def test_what_training_keeps_a_parameter_is_what_pytorch_keeps(name: str, optimizer: object) -> None:
    model = rv.build(SMALL, device="cpu").train()
    made = optimizer(model.parameters())  # type: ignore[operator]
    model(torch.randn(2, 3, 32, 32)).sum().backward()
    made.step()
    trace = rv.forecast(SMALL, 32, 2)
    parts = memory.training_bytes(trace.steps, trace.totals.params, name)
    states = [value for state in made.state.values() for value in state.values() if value.dim()]  # not the step's count
    assert list(parts) == ["weights", "gradients", "optimizer", "activations", "on the way back"]
    assert parts["weights"] == sum(parameter.nbytes for parameter in model.parameters())
    assert parts["gradients"] == sum(p.grad.nbytes for p in model.parameters() if p.grad is not None)
    assert parts["optimizer"] == sum(value.nbytes for value in states)
    assert parts["activations"] == _saved_by_autograd(SMALL, 2, (32, 32))
    # the stem's maps, of 4 channels at 16 by 16, are the widest; the image has 3 channels at 32 by 32
    assert parts["on the way back"] == 2 * (3 * 32 * 32 + 4 * 16 * 16) * 4


def test_the_optimizers_that_are_offered() -> None:
    assert list(memory.OPTIMIZERS) == ["sgd", "adam"]


# ---- without gradients -------------------------------------------------------------------------------------------


class _Tensor:
    def __init__(self, size: int) -> None:
        self.size = size


def _most_alive(steps: Sequence[Step]) -> int:
    """The steps run as a program whose tensors are Python's objects: each is let go after its last reader."""
    last = {read: step.index for step in steps for read in step.reads}
    alive: WeakSet[_Tensor] = WeakSet()
    held: dict[int, _Tensor] = {}
    most = 0
    for step in steps:
        if step.kind in ("identity", "flatten"):
            held[step.index] = held[step.reads[0]]  # another name for the same tensor
        else:
            held[step.index] = _Tensor(step.output_bytes)
            alive.add(held[step.index])
        most = max(most, sum(tensor.size for tensor in alive))
        for index in [index for index in held if last.get(index, len(steps)) <= step.index]:
            del held[index]
    return most


@given(specs(), sizes, st.integers(1, 3))
def test_the_most_that_is_alive_is_that_of_tensors_that_live_and_die(
    spec: ResNetSpec, size: tuple[int, int], batch: int
) -> None:
    trace = _forecast(spec, size, batch)
    assert memory.peak_bytes(trace.steps) == _most_alive(trace.steps)
    assert memory.inference_bytes(trace.steps, 1000) == 4 * 1000 + _most_alive(trace.steps)


@pytest.mark.parametrize(
    ("name", "size", "batch", "most"),
    [
        # the stem's conv and its norm, or its norm and its ReLU: two maps of 64 channels at 112 by 112
        ("resnet18", 224, 1, 2 * 64 * 112 * 112 * 4),
        ("resnet18", 224, 3, 3 * 2 * 64 * 112 * 112 * 4),
        # at an addition in layer1 the main path, the shortcut and the sum: three maps of 256 channels at 56 by 56
        ("resnet50", 224, 1, 3 * 256 * 56 * 56 * 4),
        # no pool and no projection: conv2's map, its norm's and the block's input, 16 channels at 32 by 32
        ("cifar_resnet20", 32, 1, 3 * 16 * 32 * 32 * 4),
    ],
)
def test_the_most_that_is_alive_by_hand(name: str, size: int, batch: int, most: int) -> None:
    assert memory.peak_bytes(rv.forecast(rv.variant(name), size, batch).steps) == most


def test_what_only_gets_another_name_lives_on_under_it() -> None:
    """A map of 100 bytes is read last by an identity, whose output the addition reads when it has made 100 of its own."""

    conv = Conv((1, 1), (1, 1), (0, 0))
    steps = [
        _hand(0, Input(), (), 8),
        _hand(1, conv, (0,), 100),
        _hand(2, Identity(), (1,), 100),
        _hand(3, conv, (0,), 50),
        _hand(4, Add(), (3, 2), 100),
        _hand(5, Flatten(), (4,), 100),
        _hand(6, Linear(), (5,), 7),
    ]
    assert memory.peak_bytes(steps) == 100 + 50 + 100
    assert memory.peak_bytes(steps[:2]) == 8 + 100
    # the convs keep the input, once; the linear layer what it reads, which is the addition's
    assert memory.saved_bytes(steps) == 8 + 100
