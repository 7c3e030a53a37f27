import copy
import gc

import pytest
import torch
from torch import nn

import resnet_viz as rv
from resnet_viz.tracing import _run, bytes_needed

SMALL = rv.replace(rv.variant("resnet18"), widths=(4, 8, 8, 8), stem=rv.Stem((4,)), num_classes=5)


def _state(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


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
