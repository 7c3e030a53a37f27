import copy
import gc
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

import resnet_viz as rv
from resnet_viz.engines import hooks as tracing
from resnet_viz.engines import timing
from resnet_viz.engines.hooks import _run, bytes_needed, resolve_device
from resnet_viz.engines.model import parts
from resnet_viz.engines.module import running

SMALL = rv.replace(rv.variant("resnet18"), widths=(4, 8, 8, 8), stem=rv.Stem((4,)), num_classes=5)


def _state(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_a_changed_network_of_ours_is_traced_up_to_its_error(device: str) -> None:
    model = rv.build("resnet18", device)
    model.layer2[0].downsample = nn.Identity()  # type: ignore[index, union-attr]
    with pytest.raises(rv.TraceError) as caught:
        rv.trace(model, 32)
    ran, stopped = caught.value.so_far, caught.value.stopped
    assert ran.steps[-1].name == "layer2.0.downsample" and ran.spec is None and ran.device == device
    assert stopped.name == "layer2.0.add" and stopped.output == ()
    assert stopped.inputs == ((1, 128, 4, 4), (1, 64, 8, 8))
    assert [ran.steps[read].name for read in stopped.reads] == ["layer2.0.bn2", "layer2.0.downsample"]
    rv.draw(ran)  # as any trace


@pytest.mark.parametrize("raises", [False, True])
def test_module_is_left_as_found(raises: bool) -> None:
    module = rv.build(SMALL)
    module.train()
    module.layer1.eval()
    if raises:
        module.fc = nn.Linear(3, 3)
    kept, modes = _state(module), [part.training for part in module.modules()]
    hooks = [copy.copy(part._forward_hooks) for part in module.modules()]
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    if raises:
        with pytest.raises(rv.TraceError, match=r"^network='ResNet at 3×20×20, batch 2, on cpu': PyTorch says: "):
            rv.trace(module, 20, 2)
    else:
        rv.trace(module, 20, 2)
    assert torch.equal(torch.rand(3), expected)
    assert [part.training for part in module.modules()] == modes
    assert [part._forward_hooks for part in module.modules()] == hooks
    assert all(not part._forward_pre_hooks for part in module.modules())
    assert all("forward" not in part.__dict__ for part in module.modules())
    assert all(torch.equal(value, kept[name]) for name, value in module.state_dict().items())


def test_cpu_has_times_and_meta_has_none() -> None:
    cpu, meta = (rv.trace(SMALL, 32, device=device) for device in ("cpu", "meta"))
    assert all(step.time_ms is not None and step.time_ms >= 0 for step in cpu.steps[1:])
    assert all(step.time_ms is None for step in meta.steps)
    assert cpu.blocks_run is None
    assert meta.blocks_run == (7, 8)
    assert cpu.confirm(meta) == []


def test_reads_come_from_the_tensors() -> None:
    """A foreign network whose shortcut skips what its names suggest."""

    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c = (nn.Conv2d(3, 3, 3, padding=1) for _ in range(3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            a = self.a(x)
            b = self.b(a)
            out = self.c(b)
            out += x
            return torch.relu(out)

    trace = rv.trace(Odd(), 8)
    assert [(step.kind, step.reads) for step in trace.steps] == [
        ("input", ()),
        ("conv", (0,)),
        ("conv", (1,)),
        ("conv", (2,)),
        ("add", (3, 0)),
        ("relu", (4,)),
    ]
    assert trace.totals.params == 3 * (27 * 3 + 3)


def test_a_network_written_with_functions_and_a_shared_relu_has_its_adds() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.bn1, self.relu = (
                nn.Conv2d(4, 4, 3, 1, 1, bias=False),
                nn.BatchNorm2d(4),
                nn.ReLU(inplace=True),
            )
            self.conv2, self.bn2 = nn.Conv2d(4, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
            y += x
            return self.relu(y)

    trace = rv.trace(
        nn.Sequential(
            nn.Conv2d(3, 4, 3, 1, 1), Block(), Block(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)
        ),
        9,
    )
    assert sum(step.kind == "add" for step in trace.steps) == 2
    second = [step for step in trace.steps if step.kind == "add"][1]
    assert trace.steps[second.reads[1]].kind == "relu"  # the first block's output, made in place


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_size": 0}, "input_size=0: height and width must be whole numbers from 1 to 16384 px; use 224, or (H, W)"),
        ({"input_size": 10**9}, "input_size=1000000000: height and width must be whole numbers from 1 to 16384 px; use 224, or (H, W)"),
        ({"input_size": (3, -1)}, "input_size=(3, -1): height and width must be whole numbers from 1 to 16384 px; use 224, or (H, W)"),
        ({"input_size": "224"}, "input_size='224': height and width must be whole numbers from 1 to 16384 px; use 224, or (H, W)"),
        ({"batch": 0}, "batch=0: must be a whole number from 1 to 1048576; use 1"),
        ({"dtype": "int8"}, "dtype='int8': must be one of float32, float16, bfloat16, float64; use 'float32'"),
        ({"device": "tpu"}, "device='tpu': must be auto, cuda, cuda:N, cpu or meta; use 'auto'"),
        ({"device": "cuda:77"}, "device='cuda:77': is not on this machine; use 'meta' for shapes, or 'cpu' to compute"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_its_message(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(rv.ResNetVizError) as caught:
        rv.trace(SMALL, **arguments)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_what_does_not_fit_is_refused_before_it_starts() -> None:
    spec = rv.variant("resnet34")
    needed = bytes_needed(rv.forecast(spec, 224, 1_000_000))
    assert needed > 2**42
    with pytest.raises(
        rv.DeviceError, match=f"batch 1000000 at 224×224 needs at least {needed:,} bytes and .* are free"
    ):
        rv.trace(spec, 224, 1_000_000, "cpu")
    assert rv.trace(spec, 224, 1_000_000, "meta").batch == 1_000_000  # meta stores nothing


def test_bytes_needed_is_the_live_peak() -> None:
    trace = rv.forecast(SMALL, 64)
    # the stem's relu output and its max pool's input are the same tensor; conv1's map lives beside its norm's
    widest = 2 * 4 * 32 * 32 * 4
    assert widest <= bytes_needed(trace) - trace.totals.params * 4 <= sum(step.output_bytes for step in trace.steps)


def test_dtypes() -> None:
    for device in ("cpu", "meta"):
        assert rv.trace(SMALL, 8, dtype="float64", device=device).confirm(rv.forecast(SMALL, 8, dtype="float64")) == []
    assert (
        rv.trace(SMALL, 32, dtype="bfloat16", device="cpu").steps[1].output_bytes * 2
        == rv.forecast(SMALL, 32).steps[1].output_bytes
    )


@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize("place", ["", "layer2.0"])
def test_a_norm_of_the_wrong_width_is_refused_on_meta_as_on_cpu(device: str, place: str) -> None:
    network = rv.build(SMALL, device)
    part = network.get_submodule(place)
    part.bn1 = nn.BatchNorm2d(7, device=device)
    told = f"running_mean should contain {8 if place else 4} elements not 7"
    with pytest.raises(rv.TraceError, match=told):
        _run(network, SMALL, (8, 8), 1, "float32", device, 3, repeat=device == "meta")


def test_the_collector_is_left_as_found() -> None:
    assert gc.isenabled()
    with pytest.raises(rv.DeviceError):
        rv.trace(SMALL, 4096, 100_000, "cpu")
    rv.trace(SMALL, 8, device="meta")
    assert gc.isenabled()


class Clock:
    """A clock that stands still but for what ``burn`` and each look at it take."""

    def __init__(self, look: float = 0.0) -> None:
        self.now, self.look = 1000.0, look

    def __call__(self) -> float:
        self.now += self.look
        return self.now

    def burn(self, seconds: float) -> None:
        self.now += seconds


class Burn(nn.Conv2d):
    """A layer that takes so many seconds."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        super().__init__(4, 4, 1)
        self.clock, self.seconds = clock, seconds

    def _conv_forward(self, input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        self.clock.burn(self.seconds)
        return super()._conv_forward(input, weight, bias)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    for module in (tracing, timing, running):
        monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=found))
    return found


def test_our_own_networks_times_are_milliseconds_of_the_second_pass(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = nn.MaxPool2d.forward

    def slow(self: nn.MaxPool2d, x: torch.Tensor) -> torch.Tensor:
        clock.burn(0.25)
        return forward(self, x)

    monkeypatch.setattr(nn.MaxPool2d, "forward", slow)
    trace = rv.trace(SMALL, 32, device="cpu")
    assert {step.name: step.time_ms for step in trace.steps if step.time_ms} == {"maxpool": 250.0}
    assert trace.elapsed_ms == trace.totals.time_ms == 250.0
    assert clock.now == 1000 + 2 * 0.25  # it ran twice: the first time warms up and is not told


def test_times_are_milliseconds_and_make_up_the_whole(clock: Clock) -> None:
    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.first, self.last = nn.Conv2d(3, 4, 3), Burn(clock, 0.25), Burn(clock, 0.5)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.last(functional.relu(self.first(self.conv(x))).flip(1))

    trace = rv.trace(Network(), 8)
    assert [(step.name, step.time_ms) for step in trace.steps] == [
        ("input", None), ("conv", 0.0), ("first", 250.0), ("relu", 0.0), ("flip", None), ("last", 500.0),
    ]  # fmt: skip
    assert trace.elapsed_ms == trace.totals.time_ms == 750.0
    assert clock.now == 1000.75  # it ran once


def test_a_function_takes_from_one_look_at_the_clock_to_the_next(clock: Clock) -> None:
    class Swish(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * torch.sigmoid(x)

    clock.look = 0.125
    (_, conv, swish) = rv.trace(nn.Sequential(nn.Conv2d(3, 4, 3), Swish()), 8).steps
    assert (conv.time_ms, swish.time_ms) == (125.0, 250.0)  # two functions are one step and one time


def test_on_meta_nothing_is_timed_but_the_whole(clock: Clock) -> None:
    clock.look = 1.0
    trace = rv.trace(SMALL, 8, device="meta")
    assert trace.elapsed_ms == 1000.0  # one look before and one behind, a second apart
    assert trace.totals.time_ms is None


def test_on_a_gpu_events_are_read_after_one_synchronisation(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    waited: list[float] = []

    class Event:
        """What CUDA's does: notes the time when the stream comes to it, and cannot be read before that."""

        def __init__(self, enable_timing: bool = False) -> None:
            assert enable_timing
            self.at: float | None = None

        def record(self) -> None:
            self.at = clock.now

        def elapsed_time(self, other: "Event") -> float:
            assert waited and self.at is not None and other.at is not None
            return (other.at - self.at) * 1e3  # CUDA tells milliseconds

    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: waited.append(clock.now))
    timer = timing.Timer("cuda:1")
    seen = [tracing._Seen(name, rv.steps.Add(), (), (), (1,), 0) for name in "abc"]
    for call, seconds in zip((*seen, seen[0]), (0.25, 0.5, 2.0, 1.0), strict=True):
        timer.start()
        clock.burn(seconds)
        timer.stop()
        clock.burn(4.0)  # what is noted about a call is no part of it
        timer.tell(call)
    assert [call.time_ms for call in seen] == [None] * 3
    timer.finish()
    assert [call.time_ms for call in seen] == [1250.0, 500.0, 2000.0]  # what is one step has one time
    assert len(waited) == 1
    timing.Timer("meta").finish()
    assert len(waited) == 1  # there was nothing to wait for


def _counted(module: nn.Module, *shape: int) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.zeros(shape))
    return counter.get_total_flops() // 2


def test_shared_weights_are_stored_once_and_work_each_time() -> None:
    conv, tied = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1, bias=False)
    tied.weight = conv.weight  # another module, the same numbers
    network = nn.Sequential(nn.Conv2d(3, 4, 1), conv, nn.ReLU(), conv, tied)
    trace = rv.trace(network, 5)
    assert [(step.name, step.params, step.macs) for step in trace.steps if step.kind == "conv"] == [
        ("0", 3 * 4 + 4, 25 * 12), ("1", 4 * 4 * 9 + 4, 25 * 144), ("1#2", 0, 25 * 144), ("4", 0, 25 * 144),
    ]  # fmt: skip
    assert trace.totals.params == sum(parameter.numel() for parameter in network.parameters()) == 16 + 148
    assert trace.totals.macs == _counted(network, 1, 3, 5, 5)


def _padding_before(conv: nn.Conv2d, axis: int) -> int:
    """Rows (or columns) of padding before the image, from which cells the first output cell's gradient reaches."""
    image = torch.zeros(1, 1, 23, 19, requires_grad=True)
    conv(image)[0, 0, 0, 0].backward()
    assert image.grad is not None
    reached = image.grad[0, 0].abs().sum(1 - axis).nonzero().flatten().tolist()
    kernel, gap = conv.kernel_size[axis], conv.dilation[axis]
    # of the kernel's taps, ``gap`` apart, those missing lie in the padding, and the first one left is where it is
    return (kernel - len(reached)) * gap - reached[0]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")  # the copy is made, and no matter
@pytest.mark.parametrize("dilation", [1, (2, 3), (3, 2)])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5, (2, 5), (3, 4), (7, 1)])
def test_same_and_valid_padding_are_what_pytorch_pads(kernel: Any, dilation: Any) -> None:
    for padding in ("same", "valid"):
        conv = nn.Conv2d(1, 1, kernel, padding=padding, dilation=dilation)
        nn.init.ones_(conv.weight)
        step = rv.trace(nn.Sequential(conv), (23, 19)).steps[1]
        assert step.op == rv.steps.Conv(
            conv.kernel_size, (1, 1), (_padding_before(conv, 0), _padding_before(conv, 1)), 1, True, conv.dilation
        )
        assert step.output == tuple(conv(torch.zeros(1, 1, 23, 19)).shape)
        assert step.output[2:] == (23, 19) or padding == "valid"


class _Several(nn.Module):
    """One layer that gives two maps, read as one by what follows."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.MaxPool2d(2, return_indices=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x)[0]


# a layer, and the table's kind, kernel, stride, padding and groups for it, read off the call that made it
LAYERS: list[tuple[nn.Module, tuple[object, ...]]] = [
    (nn.Conv2d(4, 6, (3, 5), (2, 1), (1, 2), groups=2, dilation=(1, 2)), ("conv", "3x5", "2x1", "1x2", 2)),
    (nn.Conv2d(4, 6, 3, bias=False), ("conv", "3x3", "1x1", "0x0", 1)),
    (nn.GroupNorm(2, 4), ("norm", "", "", "", 2)),
    (nn.BatchNorm2d(4), ("norm", "", "", "", "")),
    (nn.LayerNorm(11), ("norm", "", "", "", "")),
    (nn.ReLU(), ("relu", "", "", "", "")),
    (nn.ReLU6(), ("relu6", "", "", "", "")),
    (nn.Sigmoid(), ("sigmoid", "", "", "", "")),
    (nn.MaxPool2d((3, 2), (2, 1), (1, 0)), ("maxpool", "3x2", "2x1", "1x0", "")),
    (nn.MaxPool2d(3), ("maxpool", "3x3", "3x3", "0x0", "")),
    (nn.AvgPool2d((3, 2), (2, 1), (1, 0)), ("avgpool", "3x2", "2x1", "1x0", "")),
    (nn.AvgPool2d(2, ceil_mode=True), ("avgpool", "2x2", "2x2", "0x0", "")),
    (nn.AdaptiveAvgPool2d(1), ("avgpool", "9x11", "9x11", "0x0", "")),
    (nn.AdaptiveAvgPool2d((1, 2)), ("other", "", "", "", "")),
    (nn.Identity(), ("identity", "", "", "", "")),
    (nn.Dropout(), ("identity", "", "", "", "")),
    (nn.Flatten(), ("flatten", "", "", "", "")),
    (nn.Linear(11, 3), ("linear", "", "", "", "")),
    (nn.Linear(11, 3, bias=False), ("linear", "", "", "", "")),
    (nn.Tanh(), ("tanh", "", "", "", "")),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "cells"), LAYERS, ids=lambda value: repr(value) if isinstance(value, nn.Module) else "")  # fmt: skip
def test_every_kind_of_layer_in_the_table(layer: nn.Module, cells: tuple[object, ...]) -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), layer).eval()
    trace = rv.trace(network, (9, 11), 2)
    row = trace.rows()[-1]
    assert (row["name"], row["reads"], row["input_shape"]) == ("1", "1", "2x4x9x11")
    assert tuple(row[name] for name in ("kind", "kernel", "stride", "padding", "groups")) == cells
    assert trace.steps[-1].output == tuple(network(torch.zeros(2, 3, 9, 11)).shape)
    assert row["params"] == sum(parameter.numel() for parameter in layer.parameters())
    assert trace.totals.macs == _counted(network, 2, 3, 9, 11)
    assert getattr(trace.steps[-1].op, "ceil", False) == getattr(layer, "ceil_mode", False)
    assert getattr(trace.steps[-1].op, "bias", False) == (getattr(layer, "bias", None) is not None and row["kind"] != "norm")  # fmt: skip
    if row["kind"] == "other":
        assert trace.steps[-1].op == rv.steps.Other(type(layer).__name__)


class _Written(nn.Module):
    """Written with functions, as much code is."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.halved, self.pool, self.several = (
            nn.Conv2d(3, 4, 1),
            nn.Conv2d(2, 4, 1),
            nn.MaxPool2d(2),
            _Several(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        left, right = self.conv(x).chunk(2, 1)
        both = self.halved(left) + self.halved(right)
        both = torch.cat([both, functional.relu(both)], 1)
        both = 1 + both
        both = both.add_(both).relu_()
        both += both
        assert both.sum() >= 0 and both.mean((0, 2, 3)).dim() == 1  # numbers and lists are no maps
        pooled = self.several(torch.add(both, 0.0))
        made = torch.zeros(1, 8, 4, 4).mul(2.0)  # of nothing that was seen
        return (pooled + made).view(1, -1).reshape(-1, 128).flatten(1)


def test_what_is_computed_between_the_layers() -> None:
    trace = rv.trace(_Written(), 8)
    assert [(step.name, step.kind, step.reads) for step in trace.steps] == [
        ("input", "input", ()),
        ("conv", "conv", (0,)),
        ("slice", "slice", (1,)),
        ("halved", "conv", (2,)),
        ("slice#2", "slice", (1,)),
        ("halved#2", "conv", (4,)),
        ("add", "add", (3, 5)),
        ("relu", "relu", (6,)),
        ("cat", "concat", (6, 7)),
        ("add#2", "pointwise", (8,)),
        ("add#3", "add", (9, 9)),
        ("relu#2", "relu", (10,)),
        ("add#4", "add", (11, 11)),
        ("add#5", "pointwise", (12,)),
        ("several.inner", "maxpool", (13,)),
        ("add#6", "pointwise", (14,)),
        ("flatten", "flatten", (15,)),
    ]
    assert [step.output for step in trace.steps[2:5]] == [(1, 2, 8, 8), (1, 4, 8, 8), (1, 2, 8, 8)]
    assert [step.inputs for step in trace.steps[5:7]] == [((1, 2, 8, 8),), ((1, 4, 8, 8), (1, 4, 8, 8))]
    assert trace.totals.macs == _counted(_Written(), 1, 3, 8, 8)
    assert trace.totals.params == sum(parameter.numel() for parameter in _Written().parameters())


def test_a_step_stands_where_the_network_has_its_module() -> None:
    """Also where the network was changed after it was built."""
    spec = rv.replace(SMALL, attention="se", blocks=(1, 1, 1), widths=(8, 16, 16))
    module = rv.build(spec)
    module.layer1[0].se = nn.Conv2d(8, 8, 1)  # in the gate's place
    module.layer2 = nn.Conv2d(8, 16, 1)
    module.layer3[0] = nn.Identity()
    found = [(step.name, step.stage, step.block, step.path) for step in rv.trace(module, 32).steps]
    assert found == [
        *((name, None, None, "stem") for name in ("input", "conv1", "bn1", "relu", "maxpool")),
        *((f"layer1.0.{name}", 1, 0, "main") for name in ("conv1", "bn1", "relu1", "conv2", "bn2")),
        ("layer1.0.se", 1, 0, "gate"),
        ("layer1.0.downsample.0", 1, 0, "shortcut"),
        ("layer1.0.downsample.1", 1, 0, "shortcut"),
        ("layer1.0.add", 1, 0, "main"),
        ("layer1.0.relu2", 1, 0, "main"),
        ("layer2", None, None, "main"),
        ("layer3.0", 3, 0, "main"),
        *((name, None, None, "head") for name in ("avgpool", "flatten", "fc")),
    ]
    del module.layer3, module.layer2, module.layer1
    module.fc = nn.Linear(4, 5)
    found = [(step.name, step.path) for step in rv.trace(module, 32).steps]
    # without stages there is no stem and no head
    assert found == [
        ("input", "stem"), *((name, "main") for name in ("conv1", "bn1", "relu", "maxpool", "avgpool", "flatten", "fc"))
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["ecaresnet50d", "seresnet50", "resnet34_option_a", "resnetblur50", "resnetaa50d", "resnet50_gn"])  # fmt: skip
def test_every_form_of_block_is_seen_as_it_is_forecast(name: str) -> None:
    spec = rv.variant(name)
    assert rv.trace(spec, (64, 96), 2, "meta").confirm(rv.forecast(spec, (64, 96), 2)) == []


@pytest.mark.parametrize(
    ("name", "ran"),
    # in each stage the first block and one of the others; where the stem's 64 channels are layer1's, the first is as the others
    [("resnet18", (7, 8)), ("resnet50", (8, 16)), ("resnet34", (7, 16)), ("cifar_resnet20", (5, 9)), ("wrn_40_2", (6, 18))],
)  # fmt: skip
def test_on_meta_equal_blocks_run_once(name: str, ran: tuple[int, int]) -> None:
    known = rv.entry(name)
    trace = rv.trace(known.spec, known.input_size, device="meta")
    assert trace.blocks_run == ran
    assert trace.confirm(rv.forecast(known.spec, known.input_size)) == []
    # a network that is there already runs in full
    assert rv.trace(rv.build(known.spec, "meta"), known.input_size).blocks_run is None


class _Asking(nn.Module):
    """Notes what it is run with, then passes it on."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(5, 1, 1)
        self.images: list[torch.Tensor] = []
        self.modes: set[tuple[bool, bool]] = set()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.images.append(x)
        self.modes.add((self.training, torch.is_grad_enabled()))
        return self.conv(x)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_a_module_is_run_as_it_is_in_eval_mode_and_without_gradients(dtype: torch.dtype) -> None:
    module = _Asking().to(dtype).train()
    trace = rv.trace(module, (6, 7), 2)
    assert {(image.dtype, tuple(image.shape)) for image in module.images} == {(dtype, (2, 5, 6, 7))}
    assert module.modes == {(False, False)}
    assert all(torch.equal(image, module.images[0]) for image in module.images) and module.images[0].std() > 0.5
    assert (trace.dtype, trace.device, trace.engine, trace.batch) == (str(dtype)[6:], "cpu", "hooks", 2)
    assert trace.steps[0].output_bytes == 2 * 5 * 6 * 7 * dtype.itemsize
    assert trace.spec is None and trace.blocks_run is None
    own = rv.trace(rv.build(SMALL), 32)
    assert own.spec == SMALL and own.confirm(rv.forecast(SMALL, 32)) == []


def test_a_module_of_functions_alone_gets_three_channels() -> None:
    class Double(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + x

    trace = rv.trace(Double(), 4)
    assert [(step.name, step.output, step.reads) for step in trace.steps] == [("input", (1, 3, 4, 4), ()), ("add", (1, 3, 4, 4), (0, 0))]  # fmt: skip
    assert trace.device == "cpu"


def _raising(error: BaseException) -> nn.Module:
    class Raises(nn.Conv2d):
        def forward(self, input: torch.Tensor) -> torch.Tensor:
            raise error

    return Raises(3, 1, 1)


class _Uncopied(nn.Conv2d):
    """A layer that does not let itself be copied."""

    def __deepcopy__(self, memo: object) -> nn.Module:
        raise TypeError("cannot pickle this")


@pytest.mark.parametrize(
    ("module", "arguments", "kind", "message"),
    [
        *(
            (_raising(error), {"input_size": (4, 5), "batch": 2}, rv.TraceError, f"network='Raises at 3×4×5, batch 2, on cpu': {said}; check that this network accepts this input, or pass its own as inputs=…")
            for error, said in (
                (RuntimeError("sorry"), "RuntimeError: sorry"), (ValueError("my own\n  problem"), "ValueError: my own problem"), (TypeError("sorry"), "TypeError: sorry"),
                (IndexError("sorry"), "IndexError: sorry"), (KeyError("mine"), "KeyError: 'mine'"), (AssertionError(), "AssertionError"), (SystemExit(3), "SystemExit: 3"),
            )
        ),
        *(
            (_raising(error), {"input_size": 4}, rv.DeviceError, "device='cpu': ran out of memory while tracing Raises at 3×4×4, batch 1, on cpu; use a smaller batch or input, or device='meta'")
            for error in (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."), MemoryError())
        ),
        (_raising(torch.OutOfMemoryError("full")), {"input_size": 4}, rv.DeviceError, "device='cpu': ran out of memory while tracing Raises at 3×4×4, batch 1, on cpu; use a smaller batch or input, or device='meta'"),
        (nn.Sequential(), {"input_size": 4}, rv.InputError, "network='Sequential': no module of it ran in the forward pass; pass a network that calls its modules"),
        (_Uncopied(3, 1, 1), {"device": "meta"}, rv.DeviceError, "device='meta': the module's tensors are on cpu; use device='auto', or move it with module.to('meta')"),
        (nn.Conv2d(3, 1, 1, device="meta"), {"device": "cpu"}, rv.DeviceError, "device='cpu': the module's tensors are on meta; use device='auto', or move it with module.to('cpu')"),
        (nn.Conv2d(3, 1, 1, dtype=torch.complex64), {}, rv.TraceError, None),
    ],
)  # fmt: skip
def test_what_a_module_raises_is_said_in_one_line(module: nn.Module, arguments: dict[str, Any], kind: type[Exception], message: str | None) -> None:  # fmt: skip
    with pytest.raises(rv.ResNetVizError) as caught:
        rv.trace(module, **arguments)
    assert type(caught.value) is kind
    assert message is None or str(caught.value) == message


def test_an_interruption_is_not_dressed_up() -> None:
    module = _raising(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        rv.trace(module, 4)
    assert not module._forward_hooks and not module._forward_pre_hooks


def test_a_device_that_is_named_must_be_where_the_module_is() -> None:
    for device, where in (("auto", "cpu"), ("cpu", "cpu"), ("auto", "meta"), ("meta", "meta")):
        assert rv.trace(nn.Conv2d(3, 1, 1, device=where), 4, device=device).device == where


def test_on_meta_runs_a_copy_without_numbers() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    kept = _state(module)
    trace = rv.trace(module, 8, device="meta")
    assert trace.device == "meta" and trace.steps[1:] == tuple(
        step._replace(time_ms=None) for step in rv.trace(module, 8).steps[1:]
    )
    assert all(torch.equal(value, kept[name]) for name, value in module.state_dict().items())


@pytest.mark.parametrize(
    ("gpus", "device", "meant"),
    [
        (0, "auto", "meta"), (2, "auto", "cuda:0"), (2, "cuda", "cuda:0"), (2, "cuda:1", "cuda:1"), (1, "cuda:0", "cuda:0"),
        (2, "cpu", "cpu"), (2, "meta", "meta"), (1000, "cuda:999", "cuda:999"),
    ],
)  # fmt: skip
def test_which_device_is_meant(monkeypatch: pytest.MonkeyPatch, gpus: int, device: str, meant: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    assert resolve_device(device) == meant


@pytest.mark.parametrize(
    ("gpus", "device", "message"),
    [
        (0, "cuda", "device='cuda': is not on this machine; use 'meta' for shapes, or 'cpu' to compute"),
        (1, "cuda:1", "device='cuda:1': is not on this machine; use 'meta' for shapes, or 'cpu' to compute"),
        (2, "cuda:2", "device='cuda:2': is not on this machine; use 'meta' for shapes, or 'cpu' to compute"),
        (2, "cuda:", "device='cuda:': must be auto, cuda, cuda:N, cpu or meta; use 'auto'"),
        (2000, "cuda:1000", "device='cuda:1000': must be auto, cuda, cuda:N, cpu or meta; use 'auto'"),
        (2, "CPU", "device='CPU': must be auto, cuda, cuda:N, cpu or meta; use 'auto'"),
    ],
)
def test_a_device_that_is_none(monkeypatch: pytest.MonkeyPatch, gpus: int, device: str, message: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: max(gpus, 1))  # a driver may count what cannot be used
    with pytest.raises(rv.DeviceError) as caught:
        resolve_device(device)
    assert str(caught.value) == message


def _replayed(trace: rv.Trace) -> int:
    """Most bytes alive while the steps are replayed with real tensors that Python frees after their last reader."""
    last = {read: step.index for step in trace.steps for read in step.reads}
    alive: dict[int, torch.Tensor] = {}
    most = 0
    for step in trace.steps:
        renames = step.kind in ("identity", "flatten")
        alive[step.index] = (
            alive[step.reads[0]].view(step.output) if renames else torch.empty(step.output, dtype=torch.float32)
        )
        storages = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in alive.values()}
        most = max(most, sum(storages.values()))
        for index in [index for index in alive if last.get(index, len(trace.steps)) <= step.index]:
            del alive[index]
    return most


@pytest.mark.parametrize("name", ["resnet18", "resnet50d", "cifar_resnet20", "seresnet50", "ecaresnet50d", "resnetv2_50", "resnetblur50", "resnet34_option_a"])  # fmt: skip
def test_the_bytes_of_a_pass_are_those_of_tensors_that_live_until_they_are_read(name: str) -> None:
    for size in (32, 64):
        trace = rv.forecast(rv.variant(name), size, 2)
        assert bytes_needed(trace) == _replayed(trace) + 4 * trace.totals.params
    half = rv.forecast(rv.variant(name), 64, 2, "float16")
    assert 2 * bytes_needed(half) == bytes_needed(trace)


def test_nine_tenths_of_what_is_free_may_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = rv.replace(SMALL, blocks=(1,), widths=(4,))
    # conv 4·3·49, two 3×3 of 144, three norms of 8, fc 4·5 + 5: 925 numbers; the image and conv1's 4·16·15 live together
    needed = 4 * (588 + 288 + 24 + 25) + 4 * (3 * 32 * 30 + 4 * 16 * 15)
    assert needed == bytes_needed(rv.forecast(spec, (32, 30))) == 19_060
    free = -(-needed * 10 // 9)
    asked: list[str] = []

    def mem_get_info(device: str) -> tuple[int, int]:
        asked.append(device)
        return free, 10**12

    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=free, total=10**12))
    monkeypatch.setattr(torch.cuda, "mem_get_info", mem_get_info)
    for device in ("cpu", "cuda:1"):
        tracing.check_memory(spec, (32, 30), 1, "float32", device)
    assert rv.trace(spec, (32, 30), device="cpu").device == "cpu"
    free -= 2
    for device in ("cpu", "cuda:1"):
        with pytest.raises(rv.DeviceError) as caught:
            tracing.check_memory(spec, (32, 30), 1, "float32", device)
        assert str(caught.value) == (
            f"device='{device}': batch 1 at 32×30 needs at least 19,060 bytes and {free:,} are free; "
            "use a smaller batch or input, or device='meta', which stores nothing"
        )
    assert asked == ["cuda:1"] * 2
    with pytest.raises(rv.DeviceError, match="needs at least"):
        rv.trace(spec, (32, 30), device="cpu")
    assert rv.trace(spec, (32, 30), device="meta").device == "meta"


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        rv.trace(SMALL, 8, device="meta")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_no_tensor_is_kept_by_its_number_alone() -> None:
    """A tensor that is freed leaves its place in memory to another, which nobody has seen made."""

    class Reusing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            for _ in range(20):
                self.conv(x)  # made, seen and freed at once
            return self.conv(x.detach().numpy() is not None and torch.ones(1, 3, 4, 4))

    trace = rv.trace(Reusing(), 4)
    assert [step.reads for step in trace.steps if step.kind == "conv"] == [(0,)] * 20  # ones depend on no input


class _ByName(nn.Module):
    """Gives its modules their tensors by keyword."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.pool = nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.pool(input=self.conv(input=x))


def test_a_class_is_no_network() -> None:
    with pytest.raises(rv.InputError) as caught:
        rv.trace(_ByName, 8)  # type: ignore[arg-type]
    assert str(caught.value) == "network='_ByName': is a class of modules and no module; make one: _ByName(…)"


def test_another_device_than_the_modules() -> None:
    with pytest.raises(rv.DeviceError) as caught:
        rv.trace(_ByName(), 8, device="gpu")
    assert str(caught.value) == "device='gpu': must be auto, cuda, cuda:N, cpu or meta; use 'auto'"
    with pytest.raises(rv.InputError) as refused:
        rv.trace(_ByName(), 8, device=0)  # type: ignore[arg-type]
    assert str(refused.value) == "device=0: must be a text, not int; write e.g. 'auto'"


def test_a_tensor_given_by_name_is_read() -> None:
    trace = rv.trace(_ByName(), 8)
    assert [(step.name, step.reads, step.macs) for step in trace.steps] == [
        ("input", (), 0),
        ("conv", (0,), 6 * 6 * 4 * 3 * 3 * 3),
        ("pool", (1,), 0),
    ]


def test_a_sum_that_is_answered_by_its_rule_refuses_what_the_module_refuses() -> None:
    main, shortcut = torch.empty(1, 2, 3, 3, device="meta"), torch.empty(1, 2, 1, 3, device="meta")
    with pytest.raises(RuntimeError) as caught:
        tracing._sum_by_rule(parts.Add(), main, shortcut)
    assert str(caught.value) == "shapes of main path and shortcut differ: [1, 2, 3, 3], [1, 2, 1, 3]"
    made = tracing._sum_by_rule(parts.Add(), main, main)
    assert (made.shape, made.device.type) == (main.shape, "meta")
