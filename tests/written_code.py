"""The files that ``export NAME code`` writes, imported from a folder, as their readers do."""

import re
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import Tensor, nn

import resnet_viz as rv

_NUMBERS = count()


def imported(source: str, folder: Path) -> ModuleType:
    """The module, kept as a file too: TorchScript reads a class there."""
    file = folder / f"written{next(_NUMBERS)}.py"
    file.write_text(source, encoding="utf-8")
    module = ModuleType(file.stem)
    module.__file__ = str(file)
    exec(compile(source, file, "exec"), module.__dict__)
    return module


def network_in(module: ModuleType, source: str) -> Any:
    """What the file's last function makes."""
    return getattr(module, re.findall(r"^def (\w+)", source, re.MULTILINE)[-1])()


def shapes(network: nn.Module) -> list[tuple[str, tuple[int, ...]]]:
    """Names and shapes of its state, in order."""
    return [(name, tuple(tensor.shape)) for name, tensor in network.state_dict().items()]


def code(network: Any) -> str:
    made = rv.export_as(network, "code")
    assert isinstance(made, str)
    return made


def same(one: Tensor, other: Tensor) -> bool:
    """Bit by bit, where neither is NaN."""
    return one.shape == other.shape and bool(((one == other) | (one.isnan() & other.isnan())).all())
