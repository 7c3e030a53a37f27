"""Which network is looked into: one of the catalogue with random weights or a file's, one that was trained here, or a person's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from torch import nn

from ..engines.hooks import check_memory
from ..engines.model import ResNet, build
from ..engines.module import inputs as given
from ..engines.module.keeping import is_lazy, unwrapped
from ..engines.module.tree import Tree
from ..errors import DeviceError, InputError
from ..spec import ResNetSpec
from ..spec.configuration import Configuration, Network, check_network, spec_and_size
from ..spec.sizes import Pair, check_input
from .images import Range
from .weights import load_into


@runtime_checkable
class Learned(Protocol):
    """A trained network with what its numbers mean: the size it was trained at, its classes' names, and the mean and
    spread of its images."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> Pair: ...
    @property
    def module(self) -> nn.Module: ...
    @property
    def spec(self) -> ResNetSpec: ...
    @property
    def classes(self) -> Sequence[str]: ...
    @property
    def mean(self) -> Sequence[float]: ...
    @property
    def std(self) -> Sequence[float]: ...


Lookable = Network | Learned | nn.Module


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A module and what is known of it: ``spec`` where it is built as that says, ``size`` what an image is brought to,
    ``normal`` the mean and spread of its images, ``headed`` whether its classifier was learned or random with all else."""

    module: nn.Module
    name: str
    how: tuple[str, ...]
    channels: int
    spec: ResNetSpec | None = None
    size: Pair | None = None
    classes: tuple[str, ...] = ()
    normal: Range | None = None
    headed: bool = True


@contextmanager
def smaller() -> Iterator[None]:
    """Where the memory does not suffice, what is looked at has to be smaller: there is one image, and it has to be computed."""
    try:
        yield
    except DeviceError as error:
        raise DeviceError(error.field, error.value, error.rule, "use a smaller image or network") from error


def subject(network: object, weights: object, input_size: int | Pair | None, seed: int) -> Subject:
    """What ``rv.look`` was given. Raises a ``ResNetVizError``."""
    if isinstance(network, type) and issubclass(network, nn.Module):
        name = network.__name__
        raise InputError("network", name, "is a class of modules and no module", f"make one: {name}(…)")
    size = None if input_size is None else check_input(input_size, 1, "float32")[0]
    if isinstance(network, nn.Module):
        _no_weights(weights, "its weights are in it", "load them first: module.load_state_dict(…)")
        return _own(unwrapped(network), size)
    if isinstance(network, Learned):
        _no_weights(weights, "it has been trained", "leave weights out")
        return _learned(network, size)
    return _ours(check_network("network", network), weights, size, seed)


def _no_weights(weights: object, rule: str, fix: str) -> None:
    if weights is not None:
        raise InputError("weights", weights, f"are not for this network: {rule}", fix)


def _own(module: nn.Module, size: Pair | None) -> Subject:
    if is_lazy(Tree(module)):
        raise InputError("network", type(module).__name__, "has parameters whose shape is still open", "run it once before")  # fmt: skip
    channels = given.image(module, size or (1, 1), 1, size is not None)[1]
    name = type(module).__name__
    return Subject(module, name, (f"{name}, somebody's own, with the weights that it has",), channels, None, size)


def _learned(network: Learned, size: Pair | None) -> Subject:
    spec, module = network.spec, unwrapped(network.module)
    how = (f"a trained network of {len(network.classes)} classes",)
    normal = (tuple(network.mean), tuple(network.std))
    same = spec if type(module) is ResNet else None
    return Subject(
        module,
        network.name,
        how,
        spec.in_channels,
        same,
        size or network.size,
        tuple(map(str, network.classes)),
        normal,
    )


def _ours(network: Network, weights: object, size: Pair | None, seed: int) -> Subject:
    spec, own_size = spec_and_size(network, size)
    name = network if isinstance(network, str) else network.text if isinstance(network, Configuration) else "a network"
    if not isinstance(weights, str | Path | None):
        rule = f"must be the path of a file, not {type(weights).__name__}"
        raise InputError("weights", weights, rule, "name a .pth or .safetensors file, or leave it out for random ones")
    with smaller():
        check_memory(spec, (2 * spec.halves_to, 2 * spec.halves_to), 1, "float32", "cpu")  # for its weights alone
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = build(spec)
    module.eval()
    if weights is None:
        how, headed = (f"random weights (seed {seed}): nothing in it was learned",), True
    else:
        how, headed = load_into(module, weights)
    return Subject(module, name, how, spec.in_channels, spec, own_size, (), None, headed)
