"""What ``build`` makes passes torch.fx and TorchScript: feature extraction, quantisation and export need one or both."""

import copy
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import fx, nn

import resnet_viz as rv
from resnet_viz.spec.catalogue import CATALOGUE

from .strategies import specs

# one network of each idea, narrow and short: what TorchScript compiles depends on the parts and not on how many
NARROW = {"blocks": (1, 2), "widths": (32, 64), "num_classes": 5}
IDEAS = {
    "basic": {"block": "basic"},
    "bottleneck": {"stride_in": "1x1"},
    "pre-activation": {"block": "basic", "preact": True, "stem": rv.CIFAR_STEM},
    "pre-activation bottleneck": {"preact": True, "shortcut": "A", "widths": (32, 128)},
    "deep stem": {"stem": rv.DEEP_STEM, "shortcut_pool": True},
    "conv in place of the pool": {"stem": rv.Stem((32,), 3, 2, "conv"), "preact": True},
    "option A": {"block": "basic", "shortcut": "A", "stem": rv.Stem((32,))},
    "option C": {"shortcut": "C"},
    "se": {"attention": "se"},
    "eca": {"attention": "eca"},
    "group norm": {"norm": "group", "dilated_stages": 1},
    "blur": {"anti_alias": "blur"},
    "average": {"anti_alias": "avg"},
}


def _scripted(network: nn.Module) -> Any:
    with pytest.warns(DeprecationWarning, match="torch.jit"):  # TorchScript itself is deprecated in torch 2.13
        return torch.jit.script(network)


def _check(spec: rv.ResNetSpec, size: int, scripted: bool) -> None:
    network = rv.build(spec).eval()
    image = torch.randn(2, spec.in_channels, size, size)
    with torch.no_grad():
        made = network(image)
        assert torch.equal(fx.symbolic_trace(network)(image), made)
        if scripted:
            assert torch.equal(_scripted(network)(image), made)


def _parts(spec: rv.ResNetSpec) -> tuple[object, ...]:
    """What the network's modules depend on, but for how many there are and how wide."""
    counted = {"blocks", "widths", "stem", "in_channels", "num_classes", "se_ratio", "groups", "width_per_group"}
    fields = (getattr(spec, name) for name in rv.ResNetSpec.__dataclass_fields__ if name not in counted)
    return *fields, spec.groups > 1, len(spec.blocks), len(spec.stem.channels), spec.stem.stride, spec.stem.pool


def _networks() -> list[str]:
    """Of all networks that are made of the same parts the one of the fewest blocks, and in the nightly run each."""
    if settings.get_current_profile_name() == "nightly":
        return [known.name for known in CATALOGUE if sum(known.spec.blocks) < 300]
    longest_first = sorted(CATALOGUE, key=lambda known: -sum(known.spec.blocks))
    return sorted({_parts(known.spec): known.name for known in longest_first}.values())


@pytest.mark.parametrize("name", _networks())
def test_each_sort_of_network_is_a_graph_whose_layers_are_pytorchs_own(name: str) -> None:
    network = rv.build(name, "meta")
    graph = fx.symbolic_trace(network)
    steps = rv.forecast(name, 64).steps
    layers = [type(graph.get_submodule(str(node.target))) for node in graph.graph.nodes if node.op == "call_module"]
    assert sum(layer is nn.Conv2d for layer in layers) == sum(step.kind == "conv" for step in steps)
    assert sum(layer in (nn.BatchNorm2d, nn.GroupNorm) for layer in layers) == sum(
        step.kind == "norm" for step in steps
    )
    assert sum(layer is nn.Linear for layer in layers) == 1
    adds = [node for node in graph.graph.nodes if getattr(node.target, "__name__", "") == "add"]
    assert len(adds) == sum(step.kind == "add" for step in steps)


@pytest.mark.parametrize("idea", IDEAS)
def test_graph_and_script_compute_what_the_network_computes(idea: str) -> None:
    _check(rv.ResNetSpec(**{**NARROW, **IDEAS[idea]}), 32, scripted=True)  # type: ignore[arg-type]


@given(spec=specs())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_random_networks_are_graphs(spec: rv.ResNetSpec) -> None:
    _check(spec, 2 * spec.halves_to, scripted=False)


@given(spec=specs())
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
def test_random_networks_are_scripts(spec: rv.ResNetSpec) -> None:
    _check(spec, 2 * spec.halves_to, scripted=True)


def test_a_script_refuses_unequal_paths_as_the_network_does() -> None:
    network = rv.build(rv.ResNetSpec(block="basic", **NARROW)).eval()  # type: ignore[arg-type]
    network.layer2[0].downsample = nn.Conv2d(32, 64, 1)  # type: ignore[operator]
    image = torch.zeros(1, 3, 8, 8)  # the main path ends in 1×1 there, which PyTorch would repeat
    told = r"shapes of main path and shortcut differ: \[1, 64, 1, 1\], \[1, 64, 2, 2\]"
    with pytest.raises(RuntimeError, match=told):
        network(image)
    with pytest.raises(torch.jit.Error, match=told):
        _scripted(copy.deepcopy(network))(image)
