"""The numbers of a file of weights, once its names and shapes are known to fit: as data, and no more of it than the network has."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..advise.weights import Fit, Weights, check_weights, harmless, read_weights, report, verdict
from ..advise.weights.fitting import best_fits
from ..advise.weights.reading import Network
from ..engines.model import ResNet
from ..errors import CheckpointError
from ..extras import require
from ..spec import ResNetSpec
from ..wording import plural

MAX_NUMBERS = 2_000_000_000  # of a network's weights; the largest of the catalogue has 0.9 billion
MAX_WHOLE = 4 * 2**30  # bytes of a file that can only be read whole: PyTorch's format before 1.6
_PURPOSE = "reading a file of weights"
_PLACE = re.compile(r"\[(\d{1,4})\]")


def load_into(module: ResNet, path: str | Path) -> tuple[tuple[str, ...], bool]:
    """Fill ``module`` from the file; what was done, a phrase each, and whether its classifier was there.

    Raises :class:`CheckpointError` where the file is not this network's, with what it is and what does not fit.
    """
    weights = read_weights(path)
    fit = check_weights(weights, module.spec)
    if not fit.identified or not weights.networks:
        raise _refusal(weights, fit, module.spec)
    network = weights.networks[0]
    with _opened(weights, _file(Path(path)), network) as held:
        state = _state(held, network, module)
    module.load_state_dict(state, strict=False)
    how = [f"the weights of {weights.file}"]
    how += [f"{phrase} in it" for phrase in ([network.place] if network.place else [])]
    if fit.headless:
        how.append("its classifier is not in the file, and random here")
    if fit.frozen:
        how.append("its norms' running statistics are folded into scale and shift")
    if fit.bare_gates:
        how.append("its gates' biases, which the file has not, are 0")
    return tuple(how), not fit.headless


def _refusal(weights: Weights, fit: Fit, spec: ResNetSpec) -> CheckpointError:
    """Why the file is not this network's: the first names that do not fit, and what network it is."""
    lines = report(fit, most=2)
    rule = f"holds other weights than this network's: {'; '.join(lines[:3])}" if lines else "holds other weights"
    fits = best_fits(weights, 1)
    network = None
    if fits and fits[0].identified:
        fix = verdict(weights, fits)
        if fits[0].name:
            network = fits[0].name + _settings(fits[0])
            fix += f" Look into that: {network}"
    else:
        fix = "see what it holds: resnet-viz check FILE"
    error = CheckpointError("weights", weights.file, rule, fix)
    error.network = network
    return error


def _settings(fit: Fit) -> str:
    from ..spec.catalogue import entry
    from ..spec.settings import settings

    changed = settings(fit.spec, entry(fit.name).spec)
    return (":" + ",".join(f"{name}={value}" for name, value in changed.items())) if changed else ""


def _file(path: Path) -> Path:
    """The file that a folder holds, as :func:`read_weights` finds it."""
    if not path.is_dir():
        return path
    from ..advise.weights.reading import _in_folder

    return _in_folder(path, path.name)


# ---- the tensors of a file, by the dictionary that they lie in --------------------------------------------------------


class _Held:
    """What a file holds by name; ``take`` gives one tensor."""

    def __init__(self, take: Callable[[str], Tensor], close: Callable[[], None]) -> None:
        self.take, self.close = take, close

    def __enter__(self) -> _Held:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _opened(weights: Weights, path: Path, network: Network) -> _Held:
    match weights.opened:
        case "torch" | "settings":
            return _from_torch(_torch(path, weights.opened), network)
        case "safetensors":
            return _from_safetensors([path])
        case "numpy":
            return _from_numpy(path)
        case "shards" | "torch shards":
            index: Mapping[str, str] = json.loads(path.read_bytes())["weight_map"]
            files = [path.parent / name for name in sorted(set(index.values()))]
            if weights.opened == "shards":
                return _from_safetensors(files)
            whole: dict[Any, Any] = {}
            for file in files:
                whole |= _torch(file, "torch")
            return _from_torch(whole, network)
        case _:
            what = "TorchScript, which is code" if weights.opened == "script" else "a pickle, which is a program"
            raise CheckpointError(
                "weights", weights.file, f"is {what}: its names are read, its numbers are not",
                "save its weights alone: torch.save(model.state_dict(), file)",
            )  # fmt: skip


def _torch(path: Path, opened: str) -> Any:
    """By ``torch.load(weights_only=True)``, as in the process that has read its names; of a zip the numbers stay in the file
    until they are asked for."""
    with path.open("rb") as file:
        zipped = file.read(4) == b"PK\x03\x04"
    if not zipped and path.stat().st_size > MAX_WHOLE:
        raise CheckpointError("weights", path.name, f"is in PyTorch's old format and has more than {MAX_WHOLE:,} bytes", "save it anew with torch.save")  # fmt: skip
    allowed: Any = harmless() if opened == "settings" else []
    try:
        with torch.serialization.safe_globals(allowed):
            return torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except Exception:  # it was read a moment ago: it has changed since, or the machine has no memory for it
        raise CheckpointError("weights", path.name, "cannot be read", "save the state dict alone") from None


def _from_torch(data: Any, network: Network) -> _Held:
    for key in network.where:
        place = _PLACE.fullmatch(key)
        data = data[int(place[1])] if place and isinstance(data, list | tuple) else data[key]
    named = dict(_flat(data, "")) if network.nested else data
    return _Held(lambda name: named[name], lambda: None)


def _flat(inside: Mapping[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for key, value in inside.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _from_safetensors(files: list[Path]) -> _Held:
    require("safetensors", _PURPOSE)
    from safetensors import safe_open

    opened = [safe_open(file, framework="pt") for file in files]
    where = {name: file for file in opened for name in file.keys()}  # noqa: SIM118  (no dictionary)
    return _Held(lambda name: where[name].get_tensor(name), opened.clear)


def _from_numpy(path: Path) -> _Held:
    import numpy

    file = numpy.load(path, allow_pickle=False)
    return _Held(lambda name: torch.from_numpy(file[name]), file.close)


def _state(held: _Held, network: Network, module: ResNet) -> dict[str, Tensor]:
    """A state dict under our names and in our shapes."""
    wanted = module.state_dict()
    state: dict[str, Tensor] = {}
    total = sum(tensor.numel() for tensor in wanted.values())
    if total > MAX_NUMBERS:
        raise CheckpointError("weights", f"{total:,} numbers", f"must be at most {plural(MAX_NUMBERS, 'number')}", "use a smaller network")  # fmt: skip
    for ours, theirs in network.names.items():
        if ours not in wanted:
            continue
        value = held.take(theirs)
        if network.turned:
            value = value.permute(3, 2, 0, 1) if value.dim() == 4 else value.mT if value.dim() == 2 else value
        if value.is_quantized or value.is_sparse or value.numel() != wanted[ours].numel():
            raise CheckpointError("weights", theirs, "is another kind of tensor than its network's", "save plain tensors")  # fmt: skip
        if value.is_floating_point() and not bool(torch.isfinite(value).all()):
            raise CheckpointError("weights", theirs, "has numbers that are NaN or infinite", "take another checkpoint: this training has diverged")  # fmt: skip
        state[ours] = value.reshape(wanted[ours].shape).to(wanted[ours].dtype)
    return state
